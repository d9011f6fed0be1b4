/**
 * What the policy `adaptive` knows of a mailbox, and how a visit adds to it: counts that fade over months, weeks, days
 * and hours, two traces that fade within minutes, and the week of the mailbox. Twelve numbers and 64 characters, however
 * long it has lived; all that fades does so by the time that has passed, in one step or in many.
 */
import { decay, meanDecay } from './decay.js'
import {
  type Evidence,
  evenWeek,
  hoursOf,
  isWeek,
  livelinessAt,
  partOf,
  smoothLiveliness,
  withLiveliness
} from './week.js'

/** @public */
export interface Learned {
  readonly form: 'week-1'
  /** End of the last cycle that was learned from, ms of the epoch. */
  readonly atMs: number
  /** Seconds of the mailbox's own time since the first one: an hour that is twice as lively as the mean counts double. */
  readonly age: number
  /** Messages, each fading in the mailbox's own time. */
  readonly months: number
  readonly weeks: number
  readonly days: number
  readonly hours: number
  /** Messages, each fading by the clock: what comes in one go, and what is answered. */
  readonly burst: number
  readonly thread: number
  /** Messages of the hour that has begun. */
  readonly hour: number
  /** How lively the mailbox is expected to be when this hour begins and when it ends; the mean of its week is 1. */
  readonly opening: number
  readonly closing: number
  readonly week: string
}

/** What a visit has seen, cleaned of what cannot be. */
export interface Seen {
  /** In order, each later than the last visit and not later than this one. */
  readonly arrivalsAtMs: ReadonlyArray<number>
  /** Messages of which only the number is known. */
  readonly others: number
}

/** In seconds: how long a message is remembered by each of the counts. */
export const fading = {
  months: 138 * 86_400,
  weeks: 15 * 86_400,
  days: 43 * 3600,
  hours: 11_500,
  burst: 1070,
  thread: 5120
}

/** Weeks after which the week of a mailbox moves no slower any more. */
const weeksMax = 46
/** Of a longer silence no more than this is walked through hour by hour. */
const walkedHoursMax = 14 * 24
/** Nothing is known yet: somewhat less than two messages a day. */
const prior = { messages: 0.9, seconds: 43_200 }

const hourMs = 3_600_000

export const firstLearned = (nowMs: number): Learned => ({
  form: 'week-1',
  atMs: nowMs,
  age: 0,
  months: 0,
  weeks: 0,
  days: 0,
  hours: 0,
  burst: 0,
  thread: 0,
  hour: 0,
  opening: 1,
  closing: 1,
  week: evenWeek
})

/** What was kept, where this version has written it; otherwise the mailbox is learned anew. */
export const readLearned = (kept: Learned | undefined): Learned | undefined =>
  kept?.form === 'week-1' && isWeek(kept.week) && isSound(kept) ? kept : undefined

/** Those that a `Date` can have. Far beyond them an hour is less than the last digit of a number. */
export const isInstant = (atMs: number): boolean => Number.isFinite(atMs) && Math.abs(atMs) <= 8_640_000_000_000_000

/** More than any mailbox can come to, in messages and in seconds. */
const most = 1e15

const isSound = ({
  atMs,
  age,
  months,
  weeks,
  days,
  hours,
  burst,
  thread,
  hour,
  opening,
  closing
}: Learned): boolean => {
  const sum = age + months + weeks + days + hours + burst + thread + hour + opening + closing
  const least = Math.min(age, months, weeks, days, hours, burst, thread, hour, opening, closing)
  return isInstant(atMs) && Number.isFinite(sum) && sum < most && least >= 0
}

/** A visit at `nowMs`. Where the clock went back, no time has passed. */
export const learn = (known: Learned, seen: Seen, nowMs: number): Learned => {
  const elapsedS = Math.max(0, nowMs - known.atMs) / 1000
  const walked = walk(known, seen, nowMs)
  const count = seen.arrivalsAtMs.length + seen.others
  let burst = known.burst * decay(elapsedS / fading.burst) + seen.others * meanDecay(elapsedS / fading.burst)
  let thread = known.thread * decay(elapsedS / fading.thread) + seen.others * meanDecay(elapsedS / fading.thread)
  for (const atMs of seen.arrivalsAtMs) {
    const agoS = (nowMs - atMs) / 1000
    burst += decay(agoS / fading.burst)
    thread += decay(agoS / fading.thread)
  }
  return {
    form: 'week-1',
    atMs: nowMs,
    age: rounded(known.age + walked.ownS),
    months: rounded(known.months * decay(walked.ownS / fading.months) + count),
    weeks: rounded(known.weeks * decay(walked.ownS / fading.weeks) + count),
    days: rounded(known.days * decay(walked.ownS / fading.days) + count),
    hours: rounded(known.hours * decay(walked.ownS / fading.hours) + count),
    burst: rounded(burst),
    thread: rounded(thread),
    hour: rounded(walked.hour),
    opening: rounded(walked.opening),
    closing: rounded(walked.closing),
    week: walked.week
  }
}

type Walked = Pick<Learned, 'hour' | 'opening' | 'closing' | 'week'> & {
  /** Seconds of the mailbox's own time that have passed. */
  readonly ownS: number
}

/**
 * From the last visit to this one, hour by hour. What an hour held is written into the week when it ends, after the
 * expectation of the hour that begins was read from it: what a visit has seen moves the expectations of a later one.
 */
const walk = (known: Learned, seen: Seen, nowMs: number): Walked => {
  const lastHour = Math.floor(nowMs / hourMs)
  let { hour, opening, closing, week } = known
  let at = Math.min(known.atMs, nowMs)
  let current = Math.floor(at / hourMs)
  let ownS = 0
  if (current < Math.floor(known.atMs / hourMs) || lastHour - current > walkedHoursMax) {
    current = Math.max(current, lastHour - walkedHoursMax)
    const begun = Math.max(at, current * hourMs)
    ownS = (begun - at) / 1000
    at = begun
    hour = 0
    const evidence = evidenceAfter(known, ownS)
    opening = borderOf(week, current, evidence)
    closing = borderOf(week, current + 1, evidence)
  }
  const spanMs = nowMs - at
  let index = 0
  for (; ; current += 1) {
    const endMs = current < lastHour ? (current + 1) * hourMs : nowMs
    const middle = (at + endMs) / 2 / hourMs - current
    ownS += ((endMs - at) / 1000) * (opening + (closing - opening) * middle)
    for (
      ;
      index < seen.arrivalsAtMs.length && (current === lastHour || (seen.arrivalsAtMs[index] ?? 0) < endMs);
      index += 1
    )
      hour += 1
    hour += spanMs > 0 ? (seen.others * (endMs - at)) / spanMs : seen.others
    if (current === lastHour) break
    const evidence = evidenceAfter(known, ownS)
    opening = closing
    closing = borderOf(week, current + 2, evidence)
    week = written(week, partOf(current), hour, evidence)
    hour = 0
    at = endMs
  }
  return { ownS, hour, opening, closing, week }
}

/** When an hour ends, `ownS` after the last visit: it is the same in one step and in many (I10). */
const evidenceAfter = ({ age, months }: Learned, ownS: number): Evidence => {
  const rememberedS = remembered(age + ownS, fading.months)
  return {
    messagesPerHour: ((months * decay(ownS / fading.months) + prior.messages) / (rememberedS + prior.seconds)) * 3600,
    weeks: Math.min(weeksMax, rememberedS / (7 * 86_400))
  }
}

/** Liveliness where one hour ends and the next begins. */
const borderOf = (week: string, hour: number, evidence: Evidence): number =>
  (smoothLiveliness(week, partOf(hour - 1), evidence) + smoothLiveliness(week, partOf(hour), evidence)) / 2

const written = (week: string, part: number, messages: number, evidence: Evidence): string => {
  const before = livelinessAt(week, part)
  const share = 1 / (evidence.weeks * hoursOf(part) + 1)
  return withLiveliness(week, part, before + share * (messages / evidence.messagesPerHour - before))
}

/** Of `age` seconds, how many a count that fades so still holds. */
const remembered = (age: number, fadingS: number): number => fadingS * (1 - decay(age / fadingS))

/**
 * Messages a second of the mailbox's own time, without what fades within minutes: what months say, corrected by weeks,
 * days and hours, each as far as its own count bears (Gamma-Poisson, one within the other).
 */
export const levelOf = ({ age, months, weeks, days, hours }: Learned): number => {
  const long = (months + prior.messages) / (remembered(age, fading.months) + prior.seconds)
  const weekly = corrected(long, weeks, remembered(age, fading.weeks), belief.weeks)
  const daily = corrected(weekly, days, remembered(age, fading.days), belief.days)
  return corrected(daily, hours, remembered(age, fading.hours), belief.hours)
}

/** What a slower count is believed for, in messages. */
const belief = { weeks: 18, days: 3.1, hours: 2.6 }

const corrected = (level: number, count: number, seconds: number, believed: number): number =>
  (level * (count + believed)) / (level * seconds + believed)

/** Kept numbers are multiples of 2⁻²⁰. */
const rounded = (value: number): number => Math.round(value * 1_048_576) / 1_048_576
