/** Converters of times: instants and dates, the time of an appointment, recurrence (4.6, 4.8, 4.9). */
import type { Value } from '../../model/index.js'
import {
  byCodeUnits,
  dateIn,
  dateOfLocal,
  dayMs,
  instantFromIso,
  instantOf,
  isZone,
  localOf,
  localOfDate
} from '../../model/index.js'
import type { ConvertContext, Converter } from './converter.js'

const instantIn = (value: Value): number | undefined => (typeof value === 'string' ? instantFromIso(value) : undefined)

const isDate = (value: Value): value is string => typeof value === 'string' && localOfDate(value) !== undefined

const isoOf = (atMs: number): string => new Date(atMs).toISOString().replace('.000Z', 'Z')

/** Instants are compared by value; what is none stays as it is. */
const normalInstant = (value: Value): Value => {
  const atMs = instantIn(value)
  return atMs === undefined ? value : isoOf(atMs)
}

const normalDate = (value: Value): Value =>
  typeof value === 'string' && localOfDate(value.slice(0, 10)) !== undefined ? value.slice(0, 10) : value

/** A date in the new place, at the time of day that the record had in the user's zone, else at midnight (4.9/31). */
const onDate = (date: string, record: Value, { zones, timeZone }: ConvertContext): Value => {
  const midnight = localOfDate(date)
  if (midnight === undefined || isDate(record)) return date
  const atMs = instantIn(record)
  const timeOfDay = atMs === undefined ? 0 : localOf(zones, timeZone, atMs) - dayStart(localOf(zones, timeZone, atMs))
  const moved = instantOf(zones, timeZone, midnight + timeOfDay)
  return moved === atMs ? record : isoOf(moved)
}

const dayStart = (localMs: number): number => Math.floor(localMs / dayMs) * dayMs

/** A date on the item, an instant on the record. */
const day: Converter = {
  id: 'day',
  version: 1,
  expected: { mail: 'a date YYYY-MM-DD', record: 'an instant in ISO 8601, or a date' },
  accepts: {
    mail: (value) => isDate(normalDate(value)),
    record: (value) => isDate(value) || instantIn(value) !== undefined
  },
  normal: { mail: normalDate, record: normalInstant },
  toRecord: (mail, record, context) => onDate(String(normalDate(mail)), record, context),
  toMail: (record, _mail, { zones, timeZone }) => {
    const atMs = instantIn(record)
    return atMs === undefined ? record : dateIn(zones, timeZone, atMs)
  }
}

/** When an appointment is: two instants, or two dates of which the second is the first day after. */
interface Span {
  readonly start: Value
  readonly end: Value
  readonly isAllDay: boolean
}

const at = (value: Value, index: number): Value => (Array.isArray(value) ? (value[index] ?? null) : null)

const spanOf = (start: Value, end: Value, isAllDay: boolean): Span => {
  if (!isAllDay) return { start: normalInstant(start), end: normalInstant(end), isAllDay }
  const first = normalDate(start)
  return { start: first, end: end === null ? dayAfter(first) : normalDate(end), isAllDay }
}

const dayAfter = (date: Value): Value => {
  const midnight = typeof date === 'string' ? localOfDate(date) : undefined
  return midnight === undefined ? null : dateOfLocal(midnight + dayMs)
}

const minuteMs = 60_000

/** A record may say how long instead of until when. */
const endOf = (start: Value, end: Value, minutes: Value): Value => {
  const startMs = instantIn(start)
  if (end !== null || startMs === undefined || typeof minutes !== 'number') return end
  return isoOf(startMs + minutes * minuteMs)
}

const itemSpan = (mail: Value): Span => spanOf(at(mail, 0), at(mail, 1), at(mail, 2) === true)

const recordSpan = (record: Value): Span =>
  spanOf(at(record, 0), endOf(at(record, 0), at(record, 1), at(record, 2)), at(record, 3) === true)

const normalSpan = ({ start, end, isAllDay }: Span): Value =>
  start === null && end === null && !isAllDay ? null : [start, end, isAllDay]

const minutesOf = ({ start, end, isAllDay }: Span): Value => {
  const msOf = (value: Value): number | undefined =>
    isAllDay && typeof value === 'string' ? localOfDate(value) : instantIn(value)
  const startMs = msOf(start)
  const endMs = msOf(end)
  return startMs === undefined || endMs === undefined ? null : Math.round((endMs - startMs) / minuteMs)
}

const isSpan = ({ start, end, isAllDay }: Span): boolean => {
  const isOne = (value: Value): boolean => (isAllDay ? isDate(value) : instantIn(value) !== undefined)
  return isOne(start) && (end === null || isOne(end))
}

/**
 * start, end, isAllDay, timeZone ↔ scheduledstart, scheduledend, scheduleddurationminutes, isalldayevent. The zone is
 * the item's own; another zone for the same instants is no edit.
 */
const span: Converter = {
  id: 'span',
  version: 1,
  whole: true,
  expected: {
    mail: 'a start and an end as instants, or as dates of an all-day one, and the name of a known time zone',
    record: 'a start and an end as instants, or as dates of an all-day one'
  },
  accepts: {
    mail: (value, { zones }) => {
      const zone = at(value, 3)
      return isSpan(itemSpan(value)) && (zone === null || (typeof zone === 'string' && isZone(zones, zone)))
    },
    record: (value) => isSpan(recordSpan(value))
  },
  normal: { mail: (mail) => normalSpan(itemSpan(mail)), record: (record) => normalSpan(recordSpan(record)) },
  toRecord: (mail, record) => {
    if (mail === null) return null
    const { start, end, isAllDay } = itemSpan(mail)
    return [start, end, minutesOf({ start, end, isAllDay }), isAllDay ? true : at(record, 3) === null ? null : false]
  },
  toMail: (record, mail) => {
    if (record === null) return null
    const { start, end, isAllDay } = recordSpan(record)
    return [start, end, isAllDay ? true : at(mail, 2) === null ? null : false, isAllDay ? null : at(mail, 3)]
  }
}

/** `RRULE` and its like: parts, dates and lines in any order are one recurrence (4.6/22). */
const normalRecurrence = (value: Value): Value => {
  if (typeof value !== 'string') return value
  const lines = value
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(normalLine)
    .sort(byCodeUnits)
  return lines.length === 0 ? null : lines.join('\n')
}

const normalLine = (line: string): string => {
  const colon = line.indexOf(':')
  if (colon < 0) return line
  const [name = '', ...parameters] = line.slice(0, colon).split(';')
  const head = [name.toUpperCase(), ...parameters.sort(byCodeUnits)].join(';')
  const rest = line.slice(colon + 1)
  const parts = name.toUpperCase() === 'RRULE' ? rest.toUpperCase().split(';') : rest.split(',')
  return `${head}:${parts
    .filter((part) => part !== '')
    .sort(byCodeUnits)
    .join(name.toUpperCase() === 'RRULE' ? ';' : ',')}`
}

const isRecurrence = (value: Value): boolean => typeof value === 'string' && /^(RRULE|RDATE)[;:]/im.test(value)

const recurrence: Converter = {
  id: 'recurrence',
  version: 1,
  expected: { mail: 'lines of iCalendar with an RRULE or RDATE', record: 'lines of iCalendar with an RRULE or RDATE' },
  accepts: { mail: isRecurrence, record: isRecurrence },
  normal: { mail: normalRecurrence, record: normalRecurrence },
  toRecord: (mail) => mail,
  toMail: (record) => record
}

export const time = { day, span, recurrence } as const
