/** From a window of days to a test of a field: dates are compared as dates, instants by the first instant of a day. */
import type { FieldType, InstantMs } from '../model/index.js'
import { type Day, firstDay, lastDay, textOfDay } from './calendar.js'
import type { Moment } from './moment.js'
import { nothing, type Test } from './tests.js'
import type { Edge, Window } from './windows.js'

/**
 * Edges outside the years 0001 to 9999 are open, but what begins behind those years or ends before them holds
 * nothing (3.8/34).
 */
export const inWindow = (type: FieldType, window: Window | undefined, moment: Moment): Test => {
  if (window === undefined) return nothing
  const { from, to } = window
  const starts = from !== undefined && (from.atMs !== undefined || from.day >= firstDay)
  const ends = to !== undefined && (to.atMs !== undefined || to.day <= lastDay)
  if (from !== undefined && from.day > lastDay && starts) return nothing
  if (to !== undefined && to.day < firstDay && ends) return nothing
  if (type === 'date') {
    return {
      _tag: 'Dates',
      ...(starts && from.day >= firstDay ? { from: textOfDay(from.day) } : {}),
      ...(ends && to.day <= lastDay ? { to: textOfDay(to.day) } : {})
    }
  }
  return {
    _tag: 'Instants',
    ...(starts ? { from: instantAt(from, moment) } : {}),
    ...(ends ? { to: instantAt(to, moment) } : {})
  }
}

const instantAt = ({ day, atMs }: Edge, moment: Moment): InstantMs => atMs ?? moment.startOf(day)

/** Whether a day or an instant lies in a period of whatever fiscal year. */
export const periodTest = (timed: boolean, period: number, moment: Moment): Test => {
  const fiscal = moment.fiscal()
  // Asked now, so that who cannot be asked says so before the first record comes.
  if (timed) moment.dayAt(0)
  const begins = new Map<number, number>()
  const beginOf = (index: number): number => {
    const known = begins.get(index)
    if (known !== undefined) return known
    const day = fiscal.beginOfIndex(index)
    const begin = timed ? moment.startOf(day) : day
    begins.set(index, begin)
    return begin
  }
  /** The calendar's answer is off by one at most: where a day begins late, or twice. */
  const indexOf = (at: number, day: Day): number => {
    const index = fiscal.indexOf(day)
    if (at < beginOf(index)) return index - 1
    return at >= beginOf(index + 1) ? index + 1 : index
  }
  const holds = (at: number): boolean => {
    const index = indexOf(at, timed ? moment.dayAt(at) : at)
    return index - Math.floor(index / fiscal.periods) * fiscal.periods === period - 1
  }
  return { _tag: 'Period', timed, holds }
}
