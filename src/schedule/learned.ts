/**
 * What the policy `adaptive` knows of a mailbox: counts that fade over months, days and hours, two traces that fade
 * within minutes, and its week. Eleven numbers and 64 characters, however long it has lived.
 */
import { decay } from './decay.js'
import { evenWeek, isWeek } from './week.js'

/** @public */
export interface Learned {
  readonly form: 'week-1'
  /** End of the last cycle that was learned from, ms of the epoch. */
  readonly atMs: number
  /** Seconds of the mailbox's own time since the first one: an hour that is twice as lively as the mean counts double. */
  readonly age: number
  /** Messages, each fading in the mailbox's own time. */
  readonly months: number
  readonly days: number
  readonly hours: number
  /** Messages, each fading by the clock: what comes in one go, and what is talked about. */
  readonly burst: number
  readonly thread: number
  /** Of the messages of months, those that followed others, as far as can be told. */
  readonly followed: number
  /** Messages of the hour that has begun. */
  readonly hour: number
  /** How lively the mailbox is expected to be when this hour begins and when it ends; the mean of its week is 1. */
  readonly opening: number
  readonly closing: number
  /** Its week, as 64 characters. */
  readonly week: string
}

/** In seconds: how long a message is remembered by each of the counts. */
export const fading = { months: 60 * 86_400, days: 43 * 3600, hours: 11_500, burst: 1070, thread: 5120 }

/** What is taken for true of a mailbox before it has shown anything, in messages; `seconds` is the time they stand for. */
const prior = { messages: 1.1, seconds: 43_200 }
/** How many messages a slower count is believed for. */
const belief = { days: 2.6, hours: 2.6, following: 12 }
/** Messages that follow one message, in the mean of mailboxes: within a burst, and in a thread. */
const following = { burst: 0.095, thread: 0.114 }
/** By how much a mailbox may have more of that than the mean. */
const followingMax = 2.5
/** The share of what is expected anyway that is expected as following. */
const followingShare = 0.183
/** A mailbox that has been silent for months is still visited with some hope. */
const leastPerSecond = 0.0047 / 86_400

export const firstLearned = (nowMs: number): Learned => ({
  form: 'week-1',
  atMs: nowMs,
  age: 0,
  months: 0,
  days: 0,
  hours: 0,
  burst: 0,
  thread: 0,
  followed: 0,
  hour: 0,
  opening: 1,
  closing: 1,
  week: evenWeek
})

/** What was kept, where this version has written it; otherwise the mailbox is learned anew. */
export const readLearned = (kept: Learned | undefined): Learned | undefined =>
  kept !== undefined && kept.form === 'week-1' && isWeek(kept.week) && isSound(kept) ? kept : undefined

const isSound = ({
  atMs,
  age,
  months,
  days,
  hours,
  burst,
  thread,
  followed,
  hour,
  opening,
  closing
}: Learned): boolean =>
  Number.isFinite(atMs + age + months + days + hours + burst + thread + followed + hour + opening + closing) &&
  Math.min(age, months, days, hours, burst, thread, followed, hour, opening, closing) >= 0

/** Of `age` seconds, how many a count that fades so still holds. */
const remembered = (age: number, fadingS: number): number => fadingS * (1 - decay(age / fadingS))

/** What its months say of a mailbox. */
export interface Evidence {
  readonly messagesPerHour: number
  readonly weeks: number
}

export const evidenceOf = ({ age, months }: Learned): Evidence => {
  const seconds = remembered(age, fading.months)
  return {
    messagesPerHour: ((months + prior.messages) / (seconds + prior.seconds)) * 3600,
    weeks: seconds / (7 * 86_400)
  }
}

/**
 * Messages a second of the mailbox's own time, without what follows others: what months say, corrected by days and by
 * hours, each as far as its own count bears (Gamma-Poisson, one within the other).
 */
const levelOf = ({ age, months, days, hours }: Learned): number => {
  const long = (months + prior.messages) / (remembered(age, fading.months) + prior.seconds)
  const daily = corrected(long, days, remembered(age, fading.days), belief.days)
  return corrected(daily, hours, remembered(age, fading.hours), belief.hours)
}

const corrected = (level: number, count: number, seconds: number, believed: number): number =>
  (level * (count + believed)) / (level * seconds + believed)

/** How much more messages of this mailbox are followed than those of others. */
export const followingOf = ({ months, followed }: Learned): number => {
  const mean = following.burst + following.thread
  return Math.min(followingMax, (followed + belief.following * mean) / ((months + belief.following) * mean))
}

/** What is expected to come, in messages a second: what lasts, and what fades. */
export interface Expected {
  readonly lasting: number
  readonly burst: number
  readonly thread: number
}

/** After a visit. `more`: how much more is followed in this mailbox, as `followingOf` says. */
export const expectedAfter = (learned: Learned, more: number): Expected => {
  const { atMs, opening, closing, burst, thread } = learned
  const ofHour = atMs / hourMs - Math.floor(atMs / hourMs)
  const liveliness = opening + (closing - opening) * ofHour
  return {
    lasting: levelOf(learned) * liveliness * (1 - followingShare * more) + leastPerSecond,
    burst: burst * more * perMessage.burst,
    thread: thread * more * perMessage.thread
  }
}

/** What a message that has just come makes expected, in messages a second. */
export const perMessage = { burst: following.burst / fading.burst, thread: following.thread / fading.thread }

const hourMs = 3_600_000

/** Messages an hour that are expected just after the last visit. @public */
export const expectedPerHour = (learned: Learned): number => {
  const { lasting, burst, thread } = expectedAfter(learned, followingOf(learned))
  return (lasting + burst + thread) * 3600
}
