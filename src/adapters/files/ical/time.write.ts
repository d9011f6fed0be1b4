/**
 * The time of an event as an edit: days stay days, a time keeps the zone that the file has for it. Another zone comes
 * with its definition, so that every reader knows what it means.
 */
import type { Fields, InstantMs, Result, Value } from '../../../model/index.js'
import { fieldOf, instantFromIso, isEmpty, localOfDate, ok, sameValue } from '../../../model/index.js'
import type { Card, Entry, Reader } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import type { Spelled } from '../lines/print.js'
import { timeFields } from './appointment.read.js'
import { definitionsIn, linesNamed, line, paramOf, textIn, treeOf, valueIn, withComponentLines } from './calendar.js'
import type { Edited } from './edit.js'
import { componentOf, withoutNamed, withProperty } from './edit.js'
import { dateText, localText, utcText } from './moment.js'
import type { Extent, Moment } from './time.js'
import { endOf, extentOf } from './time.js'
import { timezoneLines } from './timezone.print.js'
import type { Clock, Times } from './zone.js'
import { clockOf, clockOfZone, utc, zoneNamed } from './zone.js'

export const timeNames = ['start', 'end', 'isAllDay', 'timeZone'] as const

/** The event with the time that these fields give it; those that are not named keep what they say. */
export const withTime = (times: Times, edited: Edited, set: Fields): Result<Edited> => {
  if (!timeNames.some((name) => Object.hasOwn(set, name))) return ok(edited)
  const extent = extentOf(times, edited.card, componentOf(edited), 'dtend')
  if (extent._tag === 'Left') return extent
  const before = timeFields(extent.right)
  const after = timeAfter(before, set)
  if (timeNames.every((name) => sameMoment(before[name], after[name]))) return ok(edited)
  if (isEmpty(after.start))
    return isEmpty(after.end)
      ? ok(withoutNamed(edited, 'dtstart', 'dtend', 'duration'))
      : malformed('start: expected one where there is an end')
  return isDay(after) ? withDays(edited, after, extent.right) : withInstants(times, edited, before, after, extent.right)
}

/**
 * A time must be of some zone: an empty `timeZone` is the one that it has. Whether it is a day, its start says where
 * `isAllDay` does not.
 */
const timeAfter = (before: Fields, set: Fields): Fields => {
  const after: Fields = { ...before, ...Object.fromEntries(timeNames.flatMap((name) => named(set, name))) }
  return {
    ...after,
    timeZone: isEmpty(after.timeZone) ? (before.timeZone ?? null) : (after.timeZone ?? null),
    isAllDay: Object.hasOwn(set, 'start') && !Object.hasOwn(set, 'isAllDay') ? null : (after.isAllDay ?? null)
  }
}

const named = (set: Fields, name: string): ReadonlyArray<readonly [string, Value]> =>
  Object.hasOwn(set, name) ? [[name, fieldOf(set, name) ?? null]] : []

const sameMoment = (x: Value | undefined, y: Value | undefined): boolean => {
  const [xMs, yMs] = [x, y].map((value) => (typeof value === 'string' ? instantFromIso(value) : undefined))
  return xMs === undefined || yMs === undefined ? sameValue(x || null, y || null) : xMs === yMs
}

/** A date is a day, whatever `isAllDay` forgets to say. */
const isDay = ({ start, isAllDay }: Fields): boolean =>
  isAllDay === true || (isEmpty(isAllDay) && typeof start === 'string' && localOfDate(start) !== undefined)

const withDays = (edited: Edited, { start, end }: Fields, before: Extent): Result<Edited> => {
  const startMs = dayOfValue(start)
  const endMs = isEmpty(end) ? startMs : dayOfValue(end)
  if (startMs === undefined) return malformed('start: expected a date YYYY-MM-DD of an all-day appointment')
  if (endMs === undefined) return malformed('end: expected a date YYYY-MM-DD of an all-day appointment')
  if (endMs < startMs) return malformed('end: expected no date before start')
  const from: Moment = { is: 'day', localMs: startMs }
  const to = endOf({ start: from, end: { is: 'day', localMs: endMs } }) ?? from
  const moved = withMoment(edited, 'dtstart', from)
  return ok(withEnd(moved, before, from, to, (next) => withMoment(next, 'dtend', to)))
}

const dayOfValue = (value: Value | undefined): number | undefined =>
  typeof value === 'string' ? localOfDate(value) : undefined

/** How a moment is written: its parameters, and its text on that clock. */
interface Form {
  readonly clock: Clock
  readonly params: Spelled['params']
  readonly text: (instantMs: InstantMs) => string
}

const utcForm: Form = { clock: utc, params: [], text: utcText }

const zoneForm = (clock: Clock, tzid: string | undefined): Form => ({
  clock,
  params: tzid === undefined ? [] : [['tzid', [tzid]]],
  text: (instantMs) => localText(clock.localOf(instantMs))
})

const withInstants = (times: Times, edited: Edited, before: Fields, after: Fields, extent: Extent): Result<Edited> => {
  const startMs = instantOfValue(after.start)
  const endMs = isEmpty(after.end) ? startMs : instantOfValue(after.end)
  if (startMs === undefined) return malformed('start: expected an instant in UTC, or isAllDay')
  if (endMs === undefined) return malformed('end: expected an instant in UTC, or isAllDay')
  if (endMs < startMs) return malformed('end: expected no instant before start')
  const isKept = extent.start?.is === 'time' && sameValue(before.timeZone, after.timeZone)
  const zoned = isKept
    ? ok({ edited, form: undefined })
    : withZone(times, edited, after.timeZone, Math.min(startMs, endMs))
  if (zoned._tag === 'Left') return zoned
  const place = zoned.right
  const from = isKept ? formOfLine(times, edited.card, linesNamed(componentOf(edited), 'dtstart')[0]) : place.form
  const to = isKept ? formOfLine(times, edited.card, linesNamed(componentOf(edited), 'dtend')[0]) : undefined
  const startForm = from ?? utcForm
  const endForm = to ?? startForm
  const start = momentOn(startForm.clock, startMs)
  const end = momentOn(endForm.clock, endMs)
  const moved = withInstant(place.edited, 'dtstart', startMs, startForm)
  return ok(withEnd(moved, extent, start, end, (next) => withInstant(next, 'dtend', endMs, endForm)))
}

const momentOn = (clock: Clock, atMs: InstantMs): Moment => ({ is: 'time', atMs, localMs: clock.localOf(atMs), clock })

const instantOfValue = (value: Value | undefined): InstantMs | undefined =>
  typeof value === 'string' ? instantFromIso(value) : undefined

const withMoment = (edited: Edited, name: string, { localMs }: Moment): Edited =>
  textIn(componentOf(edited), name).trim() === dateText(localMs)
    ? edited
    : withProperty(edited, name, dateText(localMs), [['value', ['DATE']]])

/** Of an hour that the clock shows twice, a local time means the first: the second can only be said in UTC. */
const withInstant = (edited: Edited, name: string, instantMs: InstantMs, wanted: Form): Edited => {
  const form = wanted.clock.instantOf(wanted.clock.localOf(instantMs)) === instantMs ? wanted : utcForm
  const [entry] = linesNamed(componentOf(edited), name)
  const isSame =
    entry !== undefined &&
    valueIn(entry).trim() === form.text(instantMs) &&
    paramOf(entry, 'tzid') === form.params[0]?.[1][0]
  if (isSame) return edited
  const kept = (entry?.property?.params ?? []).filter(([param]) => param !== 'tzid' && param !== 'value')
  return withProperty(edited, name, form.text(instantMs), [...form.params, ...kept])
}

/** An end that the file states by a length, or leaves out, stays so while that is true. */
const withEnd = (
  edited: Edited,
  before: Extent,
  start: Moment,
  end: Moment,
  write: (next: Edited) => Edited
): Edited => {
  const component = componentOf(edited)
  if (linesNamed(component, 'dtend').length > 0) return write(withoutNamed(edited, 'duration'))
  const length = lengthOf(before.start, endOf(before))
  const isTrue = length !== undefined && length === lengthOf(start, end) && before.start?.is === start.is
  const isDefault =
    linesNamed(component, 'duration').length === 0 && lengthOf(start, end) === lengthOf(start, endOf({ start }))
  return (isTrue && before.start !== undefined) || isDefault ? edited : write(withoutNamed(edited, 'duration'))
}

const lengthOf = (start: Moment | undefined, end: Moment | undefined): number | undefined => {
  if (start?.is === 'day' && end?.is === 'day') return end.localMs - start.localMs
  return start?.is === 'time' && end?.is === 'time' ? end.atMs - start.atMs : undefined
}

/** How a line of the file writes its moment: the same way its next value is written. */
const formOfLine = (times: Times, card: Card, entry: Entry | undefined): Form | undefined => {
  if (entry === undefined || entry.property?.valueType === 'date') return undefined
  if (valueIn(entry).trim().endsWith('Z')) return utcForm
  const tzid = paramOf(entry, 'tzid')
  const clock = tzid === undefined ? clockOfZone(times, times.timeZone) : clockOf(times, card, tzid)
  return clock === undefined ? undefined : zoneForm(clock, tzid)
}

const withZone = (
  times: Times,
  edited: Edited,
  timeZone: Value | undefined,
  sinceMs: InstantMs
): Result<{ readonly edited: Edited; readonly form: Form | undefined }> => {
  const zone = typeof timeZone === 'string' && timeZone !== '' ? zoneNamed(times, timeZone) : 'UTC'
  if (zone === undefined) return malformed('timeZone: expected the name of a time zone')
  if (zone === 'UTC') return ok({ edited, form: utcForm })
  const { card, tzid } = withDefinition(times, edited.reader, edited.card, zone, sinceMs)
  return ok({ edited: { ...edited, card }, form: zoneForm(clockOfZone(times, zone), tzid) })
}

/** The TZID by which the file knows a zone of the IANA database; one that it does not know is defined in it. */
export const withDefinition = (
  times: Times,
  reader: Reader,
  card: Card,
  zone: string,
  sinceMs: InstantMs
): { readonly card: Card; readonly tzid: string } => {
  const known = definitionsIn(card).find((tzid) => clockOf(times, card, tzid)?.name === zone)
  if (known !== undefined) return { card, tzid: known }
  const lines = timezoneLines(times.zones, zone, sinceMs).map((text) => line(text, card.eol))
  const at = treeOf(card).children[0]?.from ?? card.entries.length - 1
  return { card: withComponentLines(reader, card, at, lines), tzid: zone }
}
