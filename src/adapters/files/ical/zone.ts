/**
 * Which clock a TZID means. A name of the IANA database is that zone, whatever the file defines; so are Windows'
 * names, and the names of old exports with such a name at their end. Any other is what the file defines, if it does.
 */
import type { InstantMs, LocalMs, Zones } from '../../../model/index.js'
import { instantOf, isZone, localOf } from '../../../model/index.js'
import type { Card } from '../lines/entry.js'
import type { VCardLibrary } from '../lines/library.js'
import type { Component } from './calendar.js'
import { textIn, treeOf } from './calendar.js'
import type { OffsetAt } from './definition.js'
import { offsetOfDefinition } from './definition.js'
import { zoneOfWindows } from './windows.js'

/** What reading times needs to know: the platform's zones, and the mailbox's own one for times without any. */
export interface Times {
  readonly library: VCardLibrary
  readonly zones: Zones
  readonly timeZone: string
}

/** The clock of one zone. `name`: of the IANA database; absent where only the file knows it. */
export interface Clock {
  readonly name?: string
  readonly instantOf: (localMs: LocalMs) => InstantMs
  readonly localOf: (instantMs: InstantMs) => LocalMs
}

export const utc: Clock = { name: 'UTC', instantOf: (localMs) => localMs, localOf: (instantMs) => instantMs }

export const clockOfZone = ({ zones }: Pick<Times, 'zones'>, name: string): Clock => ({
  name,
  instantOf: (localMs) => instantOf(zones, name, localMs),
  localOf: (instantMs) => localOf(zones, name, instantMs)
})

/** The IANA zone that a name means on its own, without a definition. */
export const zoneNamed = ({ zones }: Pick<Times, 'zones'>, name: string): string | undefined => {
  const trimmed = name.trim()
  if (trimmed === '' || trimmed.length > 255) return undefined
  const windows = zoneOfWindows(trimmed)
  const candidates = [
    ...(/^[A-Za-z][\w+-]*(\/[\w+-]+){0,2}$/.test(trimmed) ? [trimmed] : []),
    ...(windows === undefined ? [] : [windows]),
    ...endings(trimmed)
  ]
  return candidates.find((candidate) => isZone(zones, candidate))
}

/** `/mozilla.org/20071231_1/Europe/Madrid`: the last names of a path, the longest first. */
const endings = (name: string): ReadonlyArray<string> => {
  const parts = name.split('/')
  return parts.length < 3 ? [] : [3, 2].map((count) => parts.slice(-count).join('/'))
}

const remembered = new WeakMap<Card, Map<string, Clock | undefined>>()

/** The clock of a TZID in a file; `undefined` where nobody knows it. */
export const clockOf = (times: Times, card: Card, tzid: string): Clock | undefined => {
  const known = remembered.get(card) ?? new Map<string, Clock | undefined>()
  remembered.set(card, known)
  if (!known.has(tzid)) known.set(tzid, newClock(times, card, tzid))
  return known.get(tzid)
}

const newClock = (times: Times, card: Card, tzid: string): Clock | undefined => {
  const zone = definitionIn(card, tzid)
  const named = zoneNamed(times, tzid) ?? (zone && zoneNamed(times, textIn(zone, 'x-lic-location')))
  if (named !== undefined) return clockOfZone(times, named)
  const offsetAt = (zone && offsetOfDefinition(times.library, zone)) ?? fixedOffset(tzid)
  if (offsetAt === undefined) return undefined
  const own: Zones = { version: 'file', offsetMs: (_name, instantMs) => offsetAt(instantMs) }
  return {
    instantOf: (localMs) => instantOf(own, tzid, localMs),
    localOf: (instantMs) => localOf(own, tzid, instantMs)
  }
}

/** `UTC+01:00`, `(GMT -3)`: a clock that is never set. With a place behind it, it would be another one in summer. */
const fixedOffset = (tzid: string): OffsetAt | undefined => {
  const [, sign, hours, minutes = '0'] = /^\(?(?:UTC|GMT)\s*([+-])(\d{1,2})(?::?(\d{2}))?\)?$/i.exec(tzid.trim()) ?? []
  if (sign === undefined || Number(hours) > 18 || Number(minutes) > 59) return undefined
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000
  return () => (sign === '-' ? -ms : ms)
}

/** The VTIMEZONE of a TZID. */
const definitionIn = (card: Card, tzid: string): Component | undefined =>
  treeOf(card).children.find((zone) => zone.name === 'VTIMEZONE' && textIn(zone, 'tzid') === tzid)
