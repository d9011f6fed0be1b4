/**
 * The windows of 3.8 and 3.9 as a table. A window is half-open; an edge is a day, and for dates with a time the
 * instant that stands in its place where that is not the day's beginning.
 */
import type { InstantMs, Weekday } from '../model/index.js'
import { civilOf, type Day, dayOf, firstDay, plusMonths, weekdayOf } from './calendar.js'
import type { Fiscal } from './fiscal.js'
import type { Moment } from './moment.js'

export interface Edge {
  readonly day: Day
  /** The edge on a field with a time; the day's first instant where left out. */
  readonly atMs?: InstantMs
}

/** Without `from` or `to` the window is open there. */
export interface Window {
  readonly from?: Edge
  readonly to?: Edge
}

/** A window by now and the number (if any) of the condition. */
export type WindowOf = (moment: Moment, x: number) => Window

const daysFrom = (from: Day, to: Day): Window => ({ from: { day: from }, to: { day: to } })

const around =
  (from: number, to: number): WindowOf =>
  (moment) =>
    daysFrom(moment.today() + from, moment.today() + to)

export const weekdays: ReadonlyArray<Weekday> = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday'
]

const week =
  (away: number): WindowOf =>
  (moment) => {
    const today = moment.today()
    const start = weekdays.indexOf(moment.context.weekStart ?? 'sunday')
    const thisWeek = today - ((weekdayOf(today) - start + 7) % 7)
    return daysFrom(thisWeek + 7 * away, thisWeek + 7 * away + 7)
  }

/** A whole month, or twelve of them from January on. */
const months =
  (count: 1 | 12, away: number): WindowOf =>
  (moment) => {
    const { year, month } = civilOf(moment.today())
    const start = dayOf({ year, month: count === 1 ? month : 1, day: 1 })
    return daysFrom(plusMonths(start, count * away), plusMonths(start, count * (away + 1)))
  }

/** A day moved by so many units of the calendar. */
type Move = (day: Day, x: number) => Day

const byDays: Move = (day, x) => day + x
const byWeeks: Move = (day, x) => day + 7 * x
const byMonths: Move = plusMonths
const byYears: Move = (day, x) => plusMonths(day, 12 * x)

/** From `now` on; a field without time has the whole of today. */
const fromNow = (moment: Moment): Edge => ({ day: moment.today(), atMs: moment.now() })
/** Up to and including now; a field without time has the whole of today. */
const throughNow = (moment: Moment): Edge => ({ day: moment.today() + 1, atMs: moment.now() + 1 })

const last =
  (move: Move): WindowOf =>
  (moment, x) => ({ from: { day: move(moment.today(), -x) }, to: throughNow(moment) })

const next =
  (move: Move): WindowOf =>
  (moment, x) => ({ from: fromNow(moment), to: { day: move(moment.today(), x) + 1 } })

const olderThan =
  (move: Move): WindowOf =>
  (moment, x) => {
    const day = move(moment.today(), -x)
    // No zone has data for days before the year 0001, and no value lies there.
    return { to: day < firstDay ? { day } : { day, atMs: moment.sameTimeOn(day) } }
  }

/** An edge of elapsed time. No field without a time takes the operators that have one. */
const elapsed = (moment: Moment, ms: number): Edge => ({ day: moment.today(), atMs: moment.now() + ms })

const minuteMs = 60_000
const hourMs = 60 * minuteMs

/** `away` years or periods from the current one, as many as `count`. */
const fiscalYears = (moment: Moment, away: number, count: number): Window => {
  const fiscal = moment.fiscal()
  const year = fiscal.yearOf(moment.today()) + away
  return daysFrom(fiscal.beginOfYear(year), fiscal.beginOfYear(year + count))
}

const fiscalPeriods = (moment: Moment, away: number, count: number): Window => {
  const fiscal = moment.fiscal()
  const index = fiscal.indexOf(moment.today()) + away
  return daysFrom(fiscal.beginOfIndex(index), fiscal.beginOfIndex(index + count))
}

const fiscalYear =
  (away: number): WindowOf =>
  (moment) =>
    fiscalYears(moment, away, 1)

const fiscalPeriod =
  (away: number): WindowOf =>
  (moment) =>
    fiscalPeriods(moment, away, 1)

/** Windows that take nothing. */
export const windows: { readonly [op: string]: WindowOf } = {
  yesterday: around(-1, 0),
  today: around(0, 1),
  tomorrow: around(1, 2),
  'last-seven-days': around(-6, 1),
  'next-seven-days': around(0, 7),
  'last-week': week(-1),
  'this-week': week(0),
  'next-week': week(1),
  'last-month': months(1, -1),
  'this-month': months(1, 0),
  'next-month': months(1, 1),
  'last-year': months(12, -1),
  'this-year': months(12, 0),
  'next-year': months(12, 1),
  'this-fiscal-year': fiscalYear(0),
  'last-fiscal-year': fiscalYear(-1),
  'next-fiscal-year': fiscalYear(1),
  'this-fiscal-period': fiscalPeriod(0),
  'last-fiscal-period': fiscalPeriod(-1),
  'next-fiscal-period': fiscalPeriod(1)
}

/** Windows that take x, on fields with and without a time. */
export const windowsOfX: { readonly [op: string]: WindowOf } = {
  'last-x-days': last(byDays),
  'last-x-weeks': last(byWeeks),
  'last-x-months': last(byMonths),
  'last-x-years': last(byYears),
  'next-x-days': next(byDays),
  'next-x-weeks': next(byWeeks),
  'next-x-months': next(byMonths),
  'next-x-years': next(byYears),
  'olderthan-x-days': olderThan(byDays),
  'olderthan-x-weeks': olderThan(byWeeks),
  'olderthan-x-months': olderThan(byMonths),
  'olderthan-x-years': olderThan(byYears),
  'last-x-fiscal-years': (moment, x) => fiscalYears(moment, -x, x),
  'last-x-fiscal-periods': (moment, x) => fiscalPeriods(moment, -x, x),
  'next-x-fiscal-years': (moment, x) => fiscalYears(moment, 1, x),
  'next-x-fiscal-periods': (moment, x) => fiscalPeriods(moment, 1, x)
}

/** Windows of elapsed time: on fields with a time alone (3.7/27). */
export const windowsOfElapsed: { readonly [op: string]: WindowOf } = {
  'last-x-hours': (moment, x) => ({ from: elapsed(moment, -x * hourMs), to: throughNow(moment) }),
  'next-x-hours': (moment, x) => ({ from: fromNow(moment), to: elapsed(moment, x * hourMs) }),
  'olderthan-x-minutes': (moment, x) => ({ to: elapsed(moment, -x * minuteMs) }),
  'olderthan-x-hours': (moment, x) => ({ to: elapsed(moment, -x * hourMs) })
}

/** Windows of one date. */
export const windowsOfDate: { readonly [op: string]: (day: Day) => Window } = {
  on: (day) => daysFrom(day, day + 1),
  'on-or-before': (day) => ({ to: { day: day + 1 } }),
  'on-or-after': (day) => ({ from: { day } })
}

const periodIndex = (fiscal: Fiscal, period: number, year: number): number =>
  fiscal.yearNamed(year) * fiscal.periods + period - 1

/** Windows of a period and a year. */
export const windowsOfPeriod: { readonly [op: string]: (fiscal: Fiscal, period: number, year: number) => Window } = {
  'in-fiscal-period-and-year': (fiscal, period, year) => {
    const index = periodIndex(fiscal, period, year)
    return daysFrom(fiscal.beginOfIndex(index), fiscal.beginOfIndex(index + 1))
  },
  'in-or-before-fiscal-period-and-year': (fiscal, period, year) => ({
    to: { day: fiscal.beginOfIndex(periodIndex(fiscal, period, year) + 1) }
  }),
  'in-or-after-fiscal-period-and-year': (fiscal, period, year) => ({
    from: { day: fiscal.beginOfIndex(periodIndex(fiscal, period, year)) }
  })
}

/** The window of a fiscal year by its number. */
export const windowOfYear = (fiscal: Fiscal, number: number): Window => {
  const year = fiscal.yearNamed(number)
  return daysFrom(fiscal.beginOfYear(year), fiscal.beginOfYear(year + 1))
}
