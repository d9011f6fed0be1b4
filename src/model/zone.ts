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
  return localMs === undefined ? undefined : startOfLocalDay(zones, zone, localMs)
}

/**
 * The first instant at which a zone's clock shows a day or a later one; `midnightMs` is the day's local midnight.
 * Where midnight falls into a gap the day begins when the gap ends, which may have begun the evening before.
 * @public
 */
export const startOfLocalDay = (zones: Zones, zone: string, midnightMs: LocalMs): InstantMs => {
  const atMs = instantOf(zones, zone, midnightMs)
  if (localOf(zones, zone, atMs) === midnightMs) return atMs
  let [before, after] = [atMs - offsetMsMax, atMs]
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2)
    if (localOf(zones, zone, middle) >= midnightMs) after = middle
    else before = middle
  }
  return after
}

const instantPattern = /^(\d{4}-\d{2}-\d{2})T(\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,30}))?)?(?:Z|([+-])(\d{2}):(\d{2}))$/

/** An instant in ISO 8601 with an offset or `Z`, cut to the millisecond; `undefined` where it is none. @public */
export const instantFromIso = (text: string): InstantMs | undefined => {
  const found = instantPattern.exec(text)
  if (found === null) return undefined
  const [, date = '', hour, minute, second = '0', fraction = '', sign = '+', offsetHour = '0', offsetMinute = '0'] =
    found
  const dayAtMs = localOfDate(date)
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)]
  const [aheadHours, aheadMinutes] = [Number(offsetHour), Number(offsetMinute)]
  if (dayAtMs === undefined || hours > 23 || minutes > 59 || seconds > 59 || aheadHours > 23 || aheadMinutes > 59)
    return undefined
  // Digits past the third are cut, never rounded, and no parser of a platform is asked what it makes of them.
  const millis = Number(fraction.slice(0, 3).padEnd(3, '0'))
  const ahead = (aheadHours * 60 + aheadMinutes) * (sign === '-' ? -60_000 : 60_000)
  return dayAtMs + hours * hourMs + minutes * 60_000 + seconds * 1000 + millis - ahead
}
