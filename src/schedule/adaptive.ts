/**
 * The policy `adaptive` (5.7): the least staleness for a given number of visits, from what the visits themselves show.
 */
import type { Learned } from './learned.js'
import { type CycleObservation, type Pace, type PolicyLimits, policyLimits } from './pace.js'
import type { Step } from './stepped.js'

/** Figures of the policy, in milliseconds but for counts. @public */
export interface AdaptivePolicy extends PolicyLimits {
  readonly name: 'adaptive'
  readonly delayMsMin: number
  readonly delayMsMax: number
  /** Until something is known of the mailbox. */
  readonly delayMsNormal: number
  /**
   * What a visit costs, in message-seconds: one is made when at least as much waiting is to be expected without it.
   * The one figure that moves with the budget of a fleet; the higher, the fewer visits.
   */
  readonly visitPrice: number
  /** Changes after which the next delay is at most `busyDelayMsMax`. */
  readonly busyChangesMin: number
  readonly busyDelayMsMax: number
  readonly failureDelayMs: number
  /** Delays grow with each failure in a row, up to this one. */
  readonly failureDelayMsMax: number
}

/** @public */
export const adaptive: AdaptivePolicy = {
  ...policyLimits,
  name: 'adaptive',
  delayMsMin: 2 * 60_000,
  delayMsMax: 12 * 60_000,
  delayMsNormal: 5 * 60_000,
  visitPrice: 20,
  busyChangesMin: 50,
  busyDelayMsMax: 5 * 60_000,
  failureDelayMs: 5 * 60_000,
  failureDelayMsMax: 30 * 60_000
}

export const adaptiveStep = (
  policy: AdaptivePolicy,
  state: Pace,
  observation: CycleObservation,
  nowMs: number
): Step => {
  const emptyCycles = observation.changes > 0 ? 0 : state.emptyCycles + (observation.error === undefined ? 1 : 0)
  const learned = learn(state.learned, observation, nowMs)
  const told = { emptyCycles, learned }
  if (observation.error === 'transient')
    return { state: told, delayMs: failureDelay(policy, state.failures), reason: 'failure' }
  const wanted = Math.sqrt((2 * policy.visitPrice * 1000 * (learned.exposureMs + dayMs / 2)) / (learned.count + 0.5))
  const most = observation.changes >= policy.busyChangesMin ? policy.busyDelayMsMax : policy.delayMsMax
  const delayMs =
    observation.truncated === true ? policy.delayMsMin : Math.min(most, Math.max(policy.delayMsMin, wanted))
  return { state: told, delayMs, reason: observation.error === 'throttled' ? 'throttled' : 'learned' }
}

const learn = (known: Learned | undefined, { changes, error }: CycleObservation, nowMs: number): Learned => {
  const from = known ?? { version: 1, atMs: nowMs, count: 0, exposureMs: 0 }
  if (error !== undefined) return { ...from, count: from.count + changes }
  const elapsedMs = Math.max(0, nowMs - from.atMs)
  return { version: 1, atMs: nowMs, count: from.count + changes, exposureMs: from.exposureMs + elapsedMs }
}

const failureDelay = ({ failureDelayMs, failureDelayMsMax }: AdaptivePolicy, failures: number): number => {
  let delayMs = failureDelayMs
  for (let failure = 0; failure < failures && delayMs < failureDelayMsMax; failure += 1) delayMs *= 2
  return Math.min(delayMs, failureDelayMsMax)
}

const dayMs = 24 * 60 * 60_000
