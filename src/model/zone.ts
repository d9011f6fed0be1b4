/**
 * Time zones as an input: what a zone's clock shows at an instant is asked of `Zones`; everything else is arithmetic
 * on the proleptic Gregorian calendar. A *local* time is milliseconds as if its clock stood on UTC.
 */
import type { InstantMs } from './ids.js'

/** Time-zone data. The same data give the same plans; `version` names them in reports. @public */
export interface Zones {
  readonly version: string
  /** Milliseconds that the zone's clock is ahead of UTC at an instant; `undefined` where the zone is not known. */
  readonly offsetMs: (zone: string, instantMs: InstantMs) => number | undefined
}

/** Milliseconds as if a local clock stood on UTC. @public */
export type LocalMs = number

const hourMs = 60 * 60_000
export const dayMs = 24 * hourMs
/** No zone has ever been further from UTC than this. */
const offsetMsMax = 16 * hourMs

/** Whether the data know a zone of that name. @public */
export const isZone = (zones: Zones, zone: string): boolean => zones.offsetMs(zone, 0) !== undefined

/** What the zone's clock shows at an instant; a zone that is not known counts as UTC. @public */
export const localOf = (zones: Zones, zone: string, instantMs: InstantMs): LocalMs =>
  instantMs + (zones.offsetMs(zone, instantMs) ?? 0)

/**
 * The instant at which the zone's clock shows a local time. One that does not exist moves forward by the gap; of one
 * that exists twice it is the earlier (30 of `filters.md`).
 * @public
 */
export const instantOf = (zones: Zones, zone: string, localMs: LocalMs): InstantMs => {
  const before = zones.offsetMs(zone, localMs - offsetMsMax) ?? 0
  const after = zones.offsetMs(zone, localMs + offsetMsMax) ?? 0
  const candidates = [localMs - before, localMs - after].filter((atMs) => localOf(zones, zone, atMs) === localMs)
  return candidates.length === 0 ? localMs - before : Math.min(...candidates)
}

/** A calendar date of four-digit years. */
const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/

/** A date `YYYY-MM-DD` as its local midnight; `undefined` where there is no such date. @public */
export const localOfDate = (date: string): LocalMs | undefined => {
  const found = datePattern.exec(date)
  if (found === null) return undefined
  // `Date.UTC` reads years below 100 as of the twentieth century; the parser does not.
  const atMs = Date.parse(`${date}T00:00:00.000Z`)
  return Number.isNaN(atMs) || dateOfLocal(atMs) !== date ? undefined : atMs
}

/** The date of a local time. @public */
export const dateOfLocal = (localMs: LocalMs): string => new Date(localMs).toISOString().slice(0, 10)

/** The date that the zone's calendar shows at an instant. @public */
export const dateIn = (zones: Zones, zone: string, instantMs: InstantMs): string =>
  dateOfLocal(localOf(zones, zone, instantMs))

/** The first instant of a date in a zone, which is not always midnight. @public */
export const startOfDate = (zones: Zones, zone: string, date: string): InstantMs | undefined => {
  const localMs = localOfDate(date)
  return localMs === undefined ? undefined : instantOf(zones, zone, localMs)
}

const instantPattern = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/

/** An instant in ISO 8601 with an offset or `Z`, cut to the millisecond; `undefined` where it is none. @public */
export const instantFromIso = (text: string): InstantMs | undefined => {
  const found = instantPattern.exec(text)
  if (found === null || localOfDate(found[1] ?? '') === undefined) return undefined
  const atMs = Date.parse(text)
  return Number.isNaN(atMs) ? undefined : atMs
}
