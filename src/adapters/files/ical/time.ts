/**
 * The times of a component: when it starts and ends, and what a line of it says as a moment. A day is a day: nothing
 * here moves it through a zone.
 */
import type { InstantMs, LocalMs, Result } from '../../../model/index.js'
import { dateOfLocal, dayMs, ok } from '../../../model/index.js'
import type { Card, Entry } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import type { IcalDuration, VCardLibrary } from '../lines/library.js'
import type { Component } from './calendar.js'
import { linesNamed, paramOf, valueIn } from './calendar.js'
import { writtenOf } from './moment.js'
import type { Clock, Times } from './zone.js'
import { clockOf, clockOfZone, utc } from './zone.js'

/** A moment with the clock that it was read from. `localMs` of a day is its midnight, and it has no instant. */
export type Moment =
  | { readonly is: 'day'; readonly localMs: LocalMs }
  | { readonly is: 'time'; readonly localMs: LocalMs; readonly atMs: InstantMs; readonly clock: Clock }

/** What a line says. `Malformed` with its name where it is no moment, or of a zone that nobody knows. */
export const momentOf = (times: Times, card: Card, entry: Entry, text = valueIn(entry)): Result<Moment> => {
  const written = writtenOf(text)
  const name = entry.name.toUpperCase()
  if (written === undefined) return malformed(`${name}: expected a date or a time`)
  const { is, localMs } = written
  if (is === 'date') return ok({ is: 'day', localMs })
  if (is === 'utc') return ok({ is: 'time', localMs, atMs: localMs, clock: utc })
  const tzid = paramOf(entry, 'tzid')
  const clock = tzid === undefined ? clockOfZone(times, times.timeZone) : clockOf(times, card, tzid)
  if (clock === undefined) return malformed(`${name}.TZID: expected a zone that is known, or defined in the file`)
  return ok({ is: 'time', localMs, atMs: clock.instantOf(localMs), clock })
}

/** The moment of the first line of that name; `undefined` where there is none. */
export const momentIn = (
  times: Times,
  card: Card,
  component: Component,
  ...names: ReadonlyArray<string>
): Result<Moment | undefined> => {
  const [entry] = linesNamed(component, ...names)
  return entry === undefined || valueIn(entry).trim() === '' ? ok(undefined) : momentOf(times, card, entry)
}

/** A span of time. Days are days of the calendar, the rest is exact. */
interface Span {
  readonly days: number
  readonly ms: number
}

const spanMax = 10_000 * 366

/** `undefined` where the text is no span, or a longer one than the calendar. */
export const spanOf = (library: VCardLibrary, text: string): Span | undefined => {
  const found = durationOf(library, text.trim())
  if (found === undefined) return undefined
  const sign = found.isNegative ? -1 : 1
  const days = found.weeks * 7 + found.days
  const ms = ((found.hours * 60 + found.minutes) * 60 + found.seconds) * 1000
  return days + ms / dayMs <= spanMax ? { days: sign * days, ms: sign * ms } : undefined
}

const durationOf = (library: VCardLibrary, text: string): IcalDuration | undefined => {
  if (text.length > 64) return undefined
  try {
    return library.Duration?.fromString(text)
  } catch {
    return undefined
  }
}

/** The moment so much later. */
export const later = (moment: Moment, { days, ms }: Span): Moment => {
  if (moment.is === 'day') return { is: 'day', localMs: moment.localMs + days * dayMs + Math.trunc(ms / dayMs) * dayMs }
  const { clock, localMs, atMs } = moment
  const dayLaterMs = days === 0 ? atMs : clock.instantOf(localMs + days * dayMs)
  return { is: 'time', atMs: dayLaterMs + ms, localMs: clock.localOf(dayLaterMs + ms), clock }
}

/** When a component starts and ends; what it does not say is `undefined`. */
export interface Extent {
  readonly start?: Moment
  readonly end?: Moment
}

/** Of an event (`dtend`) or a task (`due`): its end may be a moment of its own, or so much after its start. */
export const extentOf = (times: Times, card: Card, component: Component, endName: 'dtend' | 'due'): Result<Extent> => {
  const start = momentIn(times, card, component, 'dtstart')
  if (start._tag === 'Left') return start
  const stated = momentIn(times, card, component, endName)
  if (stated._tag === 'Left') return stated
  if (stated.right !== undefined) return ok(extent(start.right, stated.right))
  const [duration] = linesNamed(component, 'duration')
  if (start.right === undefined || duration === undefined) return ok(extent(start.right, undefined))
  const span = spanOf(times.library, valueIn(duration))
  return span === undefined
    ? malformed('DURATION: expected a span of time')
    : ok(extent(start.right, later(start.right, span)))
}

const extent = (start: Moment | undefined, end: Moment | undefined): Extent => ({
  ...(start !== undefined && { start }),
  ...(end !== undefined && { end })
})

/** The end of an event that states none: a day has one day, a time has no length. Ends of days are days. */
export const endOf = ({ start, end }: Extent): Moment | undefined => {
  if (start === undefined) return undefined
  if (end === undefined) return start.is === 'day' ? { is: 'day', localMs: start.localMs + dayMs } : start
  if (start.is === 'time') return end.is === 'time' ? end : timeOf(start, end.localMs)
  const midnightMs = Math.floor(end.localMs / dayMs) * dayMs
  const dayEndMs = midnightMs < end.localMs ? midnightMs + dayMs : midnightMs
  return { is: 'day', localMs: Math.max(dayEndMs, start.localMs + dayMs) }
}

const timeOf = ({ clock }: Moment & { readonly is: 'time' }, localMs: LocalMs): Moment => ({
  is: 'time',
  localMs,
  atMs: clock.instantOf(localMs),
  clock
})

/** `YYYY-MM-DD` as a moment shows it on its own clock. */
export const dayOf = (moment: Moment): string => dateOfLocal(moment.localMs)
