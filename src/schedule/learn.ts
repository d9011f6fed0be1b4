/**
 * How a visit adds to what is known of a mailbox. All that fades does so by the time that has passed, in one step or in
 * many; what a visit has seen moves the expectations of the week, and of what follows, from a later visit on, so that one
 * message more never makes the next visit come later.
 */
import { decay, meanDecay } from './decay.js'
import { evidenceOf, type Evidence, expectedAfter, fading, followingOf, type Learned, perMessage } from './learned.js'
import { hoursOf, livelinessAt, partOf, smoothLiveliness, withLiveliness } from './week.js'

/** What a visit has seen, cleaned of what cannot be. */
export interface Seen {
  /** In order, none before the last visit and none after this one. */
  readonly arrivalsAtMs: ReadonlyArray<number>
  /** Messages of which only the number is known: they are taken to have come evenly. */
  readonly others: number
}

/** Of a longer silence no more than this is walked through hour by hour. */
const walkedHoursMax = 14 * 24
const hourMs = 3_600_000

/** A visit at `nowMs`. Where the clock went back, no time has passed. */
export const learn = (known: Learned, seen: Seen, nowMs: number): Learned => {
  const { ownS, hour, opening, closing, week } = walk(known, seen, nowMs)
  const traced = trace(known, seen, nowMs)
  const count = seen.arrivalsAtMs.length + seen.others
  const left = decay(ownS / fading.months)
  return {
    form: 'week-1',
    atMs: nowMs,
    age: rounded(known.age + ownS),
    months: rounded(known.months * left + count),
    days: rounded(known.days * decay(ownS / fading.days) + count),
    hours: rounded(known.hours * decay(ownS / fading.hours) + count),
    burst: rounded(traced.burst),
    thread: rounded(traced.thread),
    followed: rounded(known.followed * left + traced.followed),
    hour: rounded(hour),
    opening: rounded(opening),
    closing: rounded(closing),
    week
  }
}

/** Kept numbers are multiples of 2⁻²⁰. */
const rounded = (value: number): number => Math.round(value * 1_048_576) / 1_048_576

type Traced = Pick<Learned, 'burst' | 'thread' | 'followed'>

/** What fades by the clock, and how much of what came was to be expected from what had come just before. */
const trace = (known: Learned, { arrivalsAtMs, others }: Seen, nowMs: number): Traced => {
  const begunMs = Math.min(known.atMs, nowMs)
  const spanS = (nowMs - begunMs) / 1000
  const meanBurst = meanDecay(spanS / fading.burst)
  const meanThread = meanDecay(spanS / fading.thread)
  let { burst, thread } = known
  let followed = 0
  let at = begunMs
  if (arrivalsAtMs.length + others > 0) {
    const more = followingOf(known)
    const { lasting } = expectedAfter(known, more)
    const share = (bursting: number, talked: number): number => {
      const following = more * (bursting * perMessage.burst + talked * perMessage.thread)
      return following / (following + lasting)
    }
    followed += others === 0 ? 0 : others * share(burst * meanBurst, thread * meanThread)
    for (const atMs of arrivalsAtMs) {
      burst *= decay((atMs - at) / 1000 / fading.burst)
      thread *= decay((atMs - at) / 1000 / fading.thread)
      followed += share(burst, thread)
      burst += 1
      thread += 1
      at = atMs
    }
  }
  const sinceS = (nowMs - at) / 1000
  return {
    burst: burst * decay(sinceS / fading.burst) + others * meanBurst,
    thread: thread * decay(sinceS / fading.thread) + others * meanThread,
    followed
  }
}

type Walked = Pick<Learned, 'hour' | 'opening' | 'closing' | 'week'> & {
  /** Seconds of the mailbox's own time that have passed. */
  readonly ownS: number
}

/**
 * From the last visit to this one, hour by hour. What an hour held is written into the week when it ends, after the
 * expectation of the hour that begins was read from it.
 */
const walk = (known: Learned, seen: Seen, nowMs: number): Walked => {
  const lastHour = Math.floor(nowMs / hourMs)
  let { hour, opening, closing, week } = known
  let at = Math.min(known.atMs, nowMs)
  let current = Math.floor(at / hourMs)
  let ownS = 0
  if (current < Math.floor(known.atMs / hourMs) || lastHour - current > walkedHoursMax) {
    const skippedTo = Math.max(current, lastHour - walkedHoursMax)
    const begun = Math.max(at, skippedTo * hourMs)
    ownS = (begun - at) / 1000
    at = begun
    current = skippedTo
    hour = 0
    const evidence = evidenceOf(known)
    opening = borderOf(week, current, evidence)
    closing = borderOf(week, current + 1, evidence)
  }
  const spanMs = nowMs - at
  let index = 0
  for (; ; current += 1) {
    const endMs = current < lastHour ? (current + 1) * hourMs : nowMs
    const middle = (at + endMs) / 2 / hourMs - current
    ownS += ((endMs - at) / 1000) * (opening + (closing - opening) * middle)
    hour += spanMs > 0 ? (seen.others * (endMs - at)) / spanMs : seen.others
    for (; index < seen.arrivalsAtMs.length; index += 1) {
      if (current < lastHour && (seen.arrivalsAtMs[index] ?? 0) >= endMs) break
      hour += 1
    }
    if (current === lastHour) return { ownS, hour, opening, closing, week }
    const evidence = evidenceOf(known)
    opening = closing
    closing = borderOf(week, current + 2, evidence)
    week = written(week, partOf(current), hour, evidence)
    hour = 0
    at = endMs
  }
}

/** Liveliness where one hour ends and the next begins. */
const borderOf = (week: string, hour: number, evidence: Evidence): number =>
  (smoothLiveliness(week, partOf(hour - 1), evidence) + smoothLiveliness(week, partOf(hour), evidence)) / 2

const written = (week: string, part: number, messages: number, { messagesPerHour, weeks }: Evidence): string => {
  const before = livelinessAt(week, part)
  const share = 1 / (weeks * hoursOf(part) + 1)
  return withLiveliness(week, part, before + share * (messages / messagesPerHour - before))
}
