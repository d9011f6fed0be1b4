/** ISO 8601 durations of weeks, days, hours, minutes and seconds: the lengths that do not depend on a calendar. */

const pattern =
  /^P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?=\d)(?:(\d{1,8})H)?(?:(\d{1,10})M)?(?:(\d{1,12}(?:\.\d{1,3})?)S)?)?)$/

/** Milliseconds of a duration, `undefined` where the text is none. @public */
export const durationMs = (text: string): number | undefined => {
  const match = pattern.exec(text)
  if (match === null || text === 'P') return undefined
  const [, weeks = '0', days = '0', hours = '0', minutes = '0', seconds = '0'] = match
  return (
    Number(weeks) * 604_800_000 +
    Number(days) * 86_400_000 +
    Number(hours) * 3_600_000 +
    Number(minutes) * 60_000 +
    Math.round(Number(seconds) * 1000)
  )
}

/** The duration of so many milliseconds, in its shortest spelling of minutes and seconds. @public */
export const durationOf = (ms: number): string => {
  const seconds = ms / 1000
  const minutes = Math.floor(seconds / 60)
  const rest = seconds - minutes * 60
  if (minutes === 0) return `PT${rest}S`
  return rest === 0 ? `PT${minutes}M` : `PT${minutes}M${rest}S`
}
