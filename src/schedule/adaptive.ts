/**
 * The policy `adaptive` (5.7): the least waiting for a given number of visits, from what the visits themselves show.
 * A visit is made when the waiting that is to be expected without it has grown to its price.
 */
import { decay } from './decay.js'
import { learn, type Seen } from './learn.js'
import {
  type Expected,
  expectedAfter,
  expectedPerHour,
  fading,
  firstLearned,
  followingOf,
  type Learned,
  readLearned
} from './learned.js'
import { type CycleObservation, type Pace, type PolicyLimits, policyLimits } from './pace.js'
import type { Step } from './stepped.js'

/** Figures of the policy, in milliseconds but for counts, prices and shares. @public */
export interface AdaptivePolicy extends PolicyLimits {
  readonly name: 'adaptive'
  readonly delayMsMin: number
  readonly delayMsMax: number
  /** The longest delay on the first day, while nothing is known of the mailbox. */
  readonly delayMsNormal: number
  /**
   * What a visit costs, in message-seconds: it is made when the messages that are expected to have come by then will have
   * waited as long together. The one figure that moves with the budget of a fleet; the higher, the fewer visits.
   */
  readonly visitPrice: number
  /**
   * How much more long waits count than short ones, from 0 to 1. At 0 every second of waiting counts the same: the least
   * mean. At 1 a second counts in proportion to how long its message has waited by then, `delayMsNormal` as 1: the longest
   * waits become shorter, at some cost to the mean.
   */
  readonly longWaits: number
  /** Changes after which the next delay is at most `busyDelayMsMax`. */
  readonly busyChangesMin: number
  readonly busyDelayMsMax: number
  readonly failureDelayMs: number
  /** Delays double with each failure in a row, up to this one. */
  readonly failureDelayMsMax: number
  /** Share by which a mailbox's id shortens its delays on the first day, at most: later what each has learned does. */
  readonly spread: number
}

/**
 * The one set of figures, for any mailbox. The price is that of a fleet of offices, 25 messages a day in the median, at
 * 288 visits a day; a fleet with a budget finds its own.
 * @public
 */
export const adaptive: AdaptivePolicy = {
  ...policyLimits,
  name: 'adaptive',
  delayMsMin: 2 * 60_000,
  delayMsMax: 12 * 60_000,
  delayMsNormal: 5 * 60_000,
  visitPrice: 10,
  longWaits: 0,
  busyChangesMin: 50,
  busyDelayMsMax: 5 * 60_000,
  failureDelayMs: 5 * 60_000,
  failureDelayMsMax: 30 * 60_000,
  spread: 0.05
}

export const adaptiveStep = (policy: AdaptivePolicy, state: Pace, seen: CycleObservation, nowMs: number): Step => {
  const known = readLearned(state.learned)
  if (seen.error !== undefined) return interrupted(policy, state, known, seen)
  const learned = known === undefined ? firstLearned(nowMs) : learn(known, seenBy(known, seen, nowMs), nowMs)
  const emptyCycles = seen.changes > 0 ? 0 : state.emptyCycles + 1
  if (known === undefined) {
    const delayMs = bounded(policy, seen, firstDelay(policy, state.seed))
    return { emptyCycles, learned, delayMs, reason: reasonOf(seen, true) }
  }
  const wantedMs = wanted(policy, learned, known)
  const delayMs = shortened(policy, bounded(policy, seen, wantedMs), known, state.seed)
  const isBoundByDay = isFirstDay(known) && wantedMs >= Math.min(policy.delayMsMax, policy.delayMsNormal)
  return { emptyCycles, learned, delayMs, reason: reasonOf(seen, isBoundByDay) }
}

const reasonOf = ({ truncated }: CycleObservation, isLearning: boolean): 'busy' | 'learning' | 'learned' =>
  truncated === true ? 'busy' : isLearning ? 'learning' : 'learned'

/** A cycle that did not come to its end teaches nothing: what it left undone is seen by the next. */
const interrupted = (
  policy: AdaptivePolicy,
  { emptyCycles: before, failures, seed }: Pace,
  known: Learned | undefined,
  seen: CycleObservation
): Step => {
  const kept = { emptyCycles: seen.changes > 0 ? 0 : before, ...(known === undefined ? {} : { learned: known }) }
  if (seen.error === 'transient') return { ...kept, delayMs: failureDelay(policy, failures), reason: 'failure' }
  const wantedMs = known === undefined ? policy.delayMsNormal : wanted(policy, known, known)
  return { ...kept, delayMs: shortened(policy, bounded(policy, seen, wantedMs), known, seed), reason: 'throttled' }
}

const bounded = (policy: AdaptivePolicy, { changes, truncated }: CycleObservation, wantedMs: number): number => {
  if (truncated === true) return policy.delayMsMin
  const mostMs = changes >= policy.busyChangesMin ? policy.busyDelayMsMax : policy.delayMsMax
  return Math.max(policy.delayMsMin, Math.min(mostMs, wantedMs))
}

/** Mailboxes that were enabled in one moment come back one after the other. */
const firstDelay = ({ delayMsMin, delayMsNormal }: AdaptivePolicy, seed: number | undefined): number =>
  seed === undefined ? delayMsNormal : delayMsMin + Math.max(0, delayMsNormal - delayMsMin) * (seed / 4_294_967_296)

/**
 * Who has shown nothing yet comes at the delay of everybody. Later the visits would be paid for all the life of a
 * mailbox: where 120 of 180 a day are the floor, half a percent of all took 0.7 points of efficiency.
 */
const shortened = (
  { delayMsMin, spread }: AdaptivePolicy,
  delayMs: number,
  known: Learned | undefined,
  seed: number | undefined
): number =>
  seed === undefined || !isFirstDay(known)
    ? delayMs
    : Math.max(delayMsMin, Math.floor(delayMs * (1 - spread * ((seed % 65_536) / 65_536))))

const isFirstDay = (known: Learned | undefined): boolean => known === undefined || known.age < firstDayS

const failureDelay = ({ failureDelayMs, failureDelayMsMax }: AdaptivePolicy, failures: number): number => {
  let delayMs = failureDelayMs
  for (let failure = 0; failure < failures && delayMs < failureDelayMsMax; failure += 1) delayMs *= 2
  return Math.min(delayMs, Math.max(failureDelayMs, failureDelayMsMax))
}

/** A visit says at most so much, of those whose time is known and of the others: what is imported on one day is no habit. */
const seenMax = 50

const none: ReadonlyArray<number> = []
const nothingSeen: Seen = { arrivalsAtMs: none, others: 0 }

const seenBy = (known: Learned, { changes, arrivalsAtMs = none, uncounted }: CycleObservation, nowMs: number): Seen => {
  if (changes === 0 && arrivalsAtMs.length === 0) return nothingSeen
  const timed = arrivalsAtMs.filter((atMs) => Number.isFinite(atMs))
  const untimed =
    uncounted === true && changes > 0 ? expectedWhereAny(known, nowMs) - timed.length : changes - timed.length
  const cleaned = timed
    .map((atMs) => Math.max(Math.min(known.atMs, nowMs), Math.min(nowMs, atMs)))
    .sort((x, y) => x - y)
    .slice(-seenMax)
  return { arrivalsAtMs: cleaned, others: Math.max(0, Math.min(seenMax, untimed)) }
}

/** How many there were, where only it is known that there were any: the mean of a Poisson number that is not 0. */
const expectedWhereAny = (known: Learned, nowMs: number): number => {
  const expected = expectedPerHour(known) * (Math.max(0, nowMs - known.atMs) / hourMs)
  return expected < 1e-6 ? 1 : Math.min(seenMax, expected / (1 - decay(expected)))
}

/**
 * The first whole second at which the messages expected until then will have waited for the price of a visit: where each
 * gap costs its visit and its waiting, the mean cost is least when ∫ u·λ(u) du reaches the price. Where long waits count
 * more, u stands for u·w(u), w being what a second counts after a wait of u.
 * Laws: never shorter for a higher price (I6), never longer for one message more or for a later one (I4): that is why its
 * age, and how much is followed, are those of before the visit.
 */
const wanted = (policy: AdaptivePolicy, learned: Learned, before: Learned): number => {
  const { visitPrice, delayMsMin, delayMsMax, delayMsNormal } = policy
  const expected = expectedAfter(learned, followingOf(before))
  const least = Math.floor(delayMsMin / 1000)
  const longestMs = isFirstDay(before) ? Math.min(delayMsMax, delayMsNormal) : delayMsMax
  const most = Math.max(least + 1, Math.ceil(longestMs / 1000))
  // Were nothing to fade, it would be reached sooner; were all of that gone, later.
  const isEven = !(policy.longWaits > 0)
  const all = expected.lasting + expected.burst + expected.thread
  let low = isEven ? Math.max(least, Math.floor(reached(visitPrice, all)) - 1) : least
  let high = isEven ? Math.min(most, Math.ceil(reached(visitPrice, expected.lasting)) + 1) : most
  const hasReached = (t: number): boolean =>
    (isEven ? waitingAfter(expected, t) : weighedAfter(policy, expected, t)) >= visitPrice
  if (low >= most || !hasReached(high)) return most * 1000
  if (high <= least || hasReached(low)) return Math.max(least, low) * 1000
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (hasReached(middle)) high = middle
    else low = middle
  }
  return high * 1000
}

const firstDayS = 86_400
const hourMs = 3_600_000

const reached = (price: number, perSecond: number): number => Math.sqrt((2 * price) / perSecond)

/** ∫₀ᵗ u·λ(u) du in message-seconds. */
const waitingAfter = ({ lasting, burst, thread }: Expected, t: number): number =>
  (t * t * lasting) / 2 + burst * fadedWaiting(fading.burst, t) + thread * fadedWaiting(fading.thread, t)

const fadedWaiting = (fadingS: number, t: number): number => fadingS * (fadingS - (fadingS + t) * decay(t / fadingS))

/** ∫₀ᵗ u·w(u)·λ(u) du, where w(u) goes from 1 to u ÷ `delayMsNormal` as `longWaits` goes from 0 to 1. */
const weighedAfter = ({ longWaits, delayMsNormal }: AdaptivePolicy, expected: Expected, t: number): number => {
  const { lasting, burst, thread } = expected
  const share = Math.min(1, longWaits)
  const squared =
    (t * t * t * lasting) / 3 + burst * fadedSquared(fading.burst, t) + thread * fadedSquared(fading.thread, t)
  return (1 - share) * waitingAfter(expected, t) + (share * squared * 1000) / delayMsNormal
}

/** ∫₀ᵗ u²·e^(−u ÷ fading) du. */
const fadedSquared = (fadingS: number, t: number): number =>
  fadingS * (2 * fadingS * fadingS - (t * t + 2 * fadingS * t + 2 * fadingS * fadingS) * decay(t / fadingS))
