/** ISO 8601 durations of weeks, days, hours, minutes and seconds: the lengths that do not depend on a calendar. */
import { milliseconds } from 'date-fns/milliseconds'

const pattern =
  /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,10})M)?(?:(\d{1,12}(?:\.\d{1,3})?)S)?)?)$/

/** Milliseconds of a duration, `undefined` where the text is none. @public */
export const durationMs = (text: string): number | undefined => {
  const match = pattern.exec(text)
  if (match === null || text === 'P') return undefined
  const [weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((part) => Number(part ?? 0))
  return Math.round(milliseconds({ weeks, days, hours, minutes, seconds }))
}

/** The duration of so many milliseconds, in its shortest spelling of minutes and seconds. @public */
export const durationOf = (ms: number): string => {
  const seconds = ms / 1000
  const minutes = Math.floor(seconds / 60)
  const rest = seconds - minutes * 60
  if (minutes === 0) return `PT${rest}S`
  return rest === 0 ? `PT${minutes}M` : `PT${minutes}M${rest}S`
}
