/**
 * The week of a mailbox: how much livelier than its mean it is at each hour. 24 hours of the days from Monday to Friday
 * and 8 times three hours of the weekend, in UTC: a zone needs no name here, its hours are learned where they lie. An
 * hour that clocks are put forward or back is learned like any other change of habit.
 *
 * Kept as 64 characters, two for each part of the week: the square root of its liveliness in steps of 1/512.
 */

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const values: Uint8Array = (() => {
  const table = new Uint8Array(128)
  for (let value = 0; value < digits.length; value += 1) table[digits.charCodeAt(value)] = value
  return table
})()

const weekdayParts = 24
const weekendParts = 8
const parts = weekdayParts + weekendParts
const stepsOfOne = 512
const stepMax = 4095
/** A part that was silent for months is still visited with some hope. */
const stepMin = 8

/** A mailbox of which nothing is known: each hour is like any other. */
export const evenWeek = 'IA'.repeat(parts)

/** Whatever else stands in it: another character counts as the first. */
export const isWeek = (text: unknown): text is string => typeof text === 'string' && text.length === 2 * parts

/** Of an hour since the epoch. 1 January 1970 was a Thursday; hour 0 of the week is Monday's first. */
export const partOf = (hour: number): number => {
  const ofWeek = (((hour + 72) % 168) + 168) % 168
  const ofDay = ofWeek % 24
  return ofWeek < 120 ? ofDay : weekdayParts + Math.floor(ofDay / 3)
}

/** Hours of a week that a part stands for. */
export const hoursOf = (part: number): number => (part < weekdayParts ? 5 : 6)

export const livelinessAt = (week: string, part: number): number => {
  const root =
    ((values[week.charCodeAt(2 * part)] ?? 0) * 64 + (values[week.charCodeAt(2 * part + 1)] ?? 0)) / stepsOfOne
  return root * root
}

export const withLiveliness = (week: string, part: number, liveliness: number): string => {
  const step = Math.min(stepMax, Math.max(stepMin, Math.floor(Math.sqrt(liveliness) * stepsOfOne + 0.5)))
  const written = digits.charAt(Math.floor(step / 64)) + digits.charAt(step % 64)
  return week.slice(0, 2 * part) + written + week.slice(2 * part + 2)
}

/** Weights of the hours before and after, and what a guess from elsewhere counts for, in messages. */
const neighbours = [0.0698, 0.3063, 0.7439, 1, 0.7439, 0.3063, 0.0698]
const priorMessages = { part: 1.9, hour: 1.2, days: 5 }

/**
 * Liveliness of a part, as far as it may be believed: its own, drawn towards what the hours around it and the kind of
 * day say where few messages have shown it.
 */
export const smoothLiveliness = (
  week: string,
  part: number,
  { messagesPerHour, weeks }: { readonly messagesPerHour: number; readonly weeks: number }
): number => {
  const perPart = messagesPerHour * 5 * weeks
  const days = daysLiveliness(week, 0, weekdayParts, perPart)
  const isWeekend = part >= weekdayParts
  const hour = hourLiveliness(week, isWeekend ? (part - weekdayParts) * 3 + 1 : part, perPart, days)
  const messages = messagesPerHour * hoursOf(part) * weeks
  const kind = isWeekend ? daysLiveliness(week, weekdayParts, weekendParts, messages) : days
  return (messages * livelinessAt(week, part) + priorMessages.part * kind * hour) / (messages + priorMessages.part)
}

const daysLiveliness = (week: string, first: number, count: number, perPart: number): number => {
  let sum = 0
  for (let part = first; part < first + count; part += 1) sum += livelinessAt(week, part)
  return (perPart * sum + priorMessages.days) / (perPart * count + priorMessages.days)
}

/** Of an hour of the day, beside the mean of its days. */
const hourLiveliness = (week: string, hour: number, perPart: number, days: number): number => {
  let sum = 0
  let weight = 0
  for (let index = 0; index < neighbours.length; index += 1) {
    const share = neighbours[index] ?? 0
    sum += share * livelinessAt(week, (hour + index - 3 + weekdayParts) % weekdayParts)
    weight += share
  }
  return (perPart * sum + priorMessages.hour) / (perPart * weight * days + priorMessages.hour)
}
