/**
 * Calendar dates as day numbers: days since 1970-01-01 in the proleptic Gregorian calendar. Plain arithmetic and no
 * date library: those at hand calculate in the process's own time zone, which no filter may depend on.
 */
import { dateOfLocal, dayMs, type LocalMs, localOfDate } from '../model/index.js'

/** Days since 1970-01-01. */
export type Day = number

export interface Civil {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
}

const daysPerEra = 146_097

/** The day of a civil date that exists. Years begin in March here, so that the leap day is their last. */
export const dayOf = ({ year, month, day }: Civil): Day => {
  const shifted = month > 2 ? year : year - 1
  const era = Math.floor(shifted / 400)
  const yearOfEra = shifted - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return (
    era * daysPerEra + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  )
}

/** The civil date of a day. */
export const civilOf = (day: Day): Civil => {
  const shifted = day + 719_468
  const era = Math.floor(shifted / daysPerEra)
  const dayOfEra = shifted - era * daysPerEra
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1
  }
}

/** Days of a month. */
const lastOf = (year: number, month: number): number =>
  dayOf(month === 12 ? { year: year + 1, month: 1, day: 1 } : { year, month: month + 1, day: 1 }) -
  dayOf({ year, month, day: 1 })

/** So many months later (or earlier), clamped to the last day of the month (3.8/30). */
export const plusMonths = (from: Day, months: number): Day => {
  const { year, month, day } = civilOf(from)
  const index = year * 12 + month - 1 + months
  const toYear = Math.floor(index / 12)
  const toMonth = index - toYear * 12 + 1
  return dayOf({ year: toYear, month: toMonth, day: Math.min(day, lastOf(toYear, toMonth)) })
}

/** The days that filters know: those of the years 0001 to 9999 (3.8/34). */
export const firstDay: Day = dayOf({ year: 1, month: 1, day: 1 })
export const lastDay: Day = dayOf({ year: 9999, month: 12, day: 31 })

/** 0 is Sunday: 1970-01-01 was a Thursday. */
export const weekdayOf = (day: Day): number => (((day + 4) % 7) + 7) % 7

/** The day of a local time. */
export const dayOfLocal = (localMs: LocalMs): Day => Math.floor(localMs / dayMs)

/** The day of a date `YYYY-MM-DD` of the years 0001 to 9999; `undefined` where there is no such date. */
export const dayFromText = (text: string): Day | undefined => {
  const localMs = localOfDate(text)
  if (localMs === undefined) return undefined
  const day = localMs / dayMs
  return day < firstDay ? undefined : day
}

/** `YYYY-MM-DD` of a day of the years 0001 to 9999. */
export const textOfDay = (day: Day): string => dateOfLocal(day * dayMs)
