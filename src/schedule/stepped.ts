/**
 * The policy `stepped` (5.6): how long until the next cycle, from how much the last ones had to do.
 */
import type { Learned } from './learned.js'
import { type CycleObservation, type Pace, type PaceReason, type PolicyLimits, policyLimits } from './pace.js'

/** Figures of the policy, in milliseconds but for counts. @public */
export interface SteppedPolicy extends PolicyLimits {
  readonly name: 'stepped'
  /** Changes that make a cycle busy. */
  readonly busyChangesMin: number
  readonly busyDelayMs: number
  readonly activeDelayMs: number
  /** Added for each empty cycle in a row after the first. */
  readonly idleStepMs: number
  readonly idleDelayMsMax: number
  readonly failureDelayMs: number
}

/** @public */
export const stepped: SteppedPolicy = {
  ...policyLimits,
  name: 'stepped',
  busyChangesMin: 50,
  busyDelayMs: 2 * 60_000,
  activeDelayMs: 5 * 60_000,
  idleStepMs: 60_000,
  idleDelayMsMax: 12 * 60_000,
  failureDelayMs: 5 * 60_000
}

/** What a policy says of a cycle that has not disabled its mailbox, before any wait that a server asks for. */
export interface Step {
  readonly emptyCycles: number
  readonly learned?: Learned
  readonly delayMs?: number
  readonly reason: Exclude<PaceReason, 'disabled'>
}

/** Laws: PACE-1 the delay lies in [busyDelayMs, idleDelayMsMax] unless a longer wait was told; PACE-2 it never grows with activity. */
export const steppedStep = (
  policy: SteppedPolicy,
  state: Pace,
  { changes, error, truncated }: CycleObservation
): Step => {
  const emptyCycles = changes > 0 ? 0 : state.emptyCycles
  if (error === 'transient') return { emptyCycles, delayMs: policy.failureDelayMs, reason: 'failure' }
  if (error === 'throttled') {
    const delayMs = changes > 0 ? activeDelay(policy, changes) : idleDelay(policy, emptyCycles)
    return { emptyCycles, delayMs, reason: 'throttled' }
  }
  if (truncated === true) return { emptyCycles: 0, delayMs: policy.busyDelayMs, reason: 'busy' }
  if (changes > 0) {
    const reason = changes >= policy.busyChangesMin ? 'busy' : 'active'
    return { emptyCycles: 0, delayMs: activeDelay(policy, changes), reason }
  }
  const idle = emptyCycles + 1
  return { emptyCycles: idle, delayMs: idleDelay(policy, idle), reason: 'idle' }
}

const activeDelay = (policy: SteppedPolicy, changes: number): number =>
  changes >= policy.busyChangesMin ? policy.busyDelayMs : policy.activeDelayMs

const idleDelay = (policy: SteppedPolicy, emptyCycles: number): number =>
  Math.max(
    policy.activeDelayMs,
    Math.min(policy.idleDelayMsMax, policy.activeDelayMs + (emptyCycles - 1) * policy.idleStepMs)
  )
