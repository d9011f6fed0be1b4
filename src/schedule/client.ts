/**
 * The policy `client` (5.1): a program on somebody's desk runs at one interval, or only when it is asked to.
 */
import { type CycleObservation, type Pace, type PolicyLimits, policyLimits } from './pace.js'
import type { Step } from './stepped.js'

/** Figures of the policy, in milliseconds but for counts. @public */
export interface ClientPolicy extends PolicyLimits {
  readonly name: 'client'
  /** What the user has chosen; it may lengthen `intervalMsMin` and not shorten it. */
  readonly intervalMs: number
  readonly intervalMsMin: number
  /** No run is scheduled: the host calls a cycle when somebody asks for one. */
  readonly manual: boolean
  readonly failureDelayMs: number
}

/** @public */
export const client: ClientPolicy = {
  ...policyLimits,
  name: 'client',
  intervalMs: 15 * 60_000,
  intervalMsMin: 15 * 60_000,
  manual: false,
  failureDelayMs: 5 * 60_000
}

export const clientStep = (policy: ClientPolicy, state: Pace, { changes, error }: CycleObservation): Step => {
  const emptyCycles = changes > 0 ? 0 : state.emptyCycles + (error === undefined ? 1 : 0)
  if (policy.manual) return { emptyCycles, reason: 'manual' }
  if (error === 'transient') return { emptyCycles, delayMs: policy.failureDelayMs, reason: 'failure' }
  const delayMs = Math.max(policy.intervalMs, policy.intervalMsMin)
  return { emptyCycles, delayMs, reason: error === 'throttled' ? 'throttled' : 'interval' }
}
