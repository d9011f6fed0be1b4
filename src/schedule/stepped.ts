/**
 * The policy `stepped` (5.6): how long until the next cycle, from how much the last ones had to do.
 * Pure: it reads no clock; the delay counts from the end of the cycle. Only + − × ÷ and comparisons.
 */

/** Figures of the policy, in milliseconds but for counts. @public */
export interface SteppedPolicy {
  readonly name: 'stepped'
  /** Changes that make a cycle busy. */
  readonly busyChangesMin: number
  readonly busyDelayMs: number
  readonly activeDelayMs: number
  /** Added for each empty cycle in a row after the first. */
  readonly idleStepMs: number
  readonly idleDelayMsMax: number
  readonly failureDelayMs: number
  /** The failure in a row that disables. */
  readonly failureLimit: number
}

/** @public */
export const stepped: SteppedPolicy = {
  name: 'stepped',
  busyChangesMin: 50,
  busyDelayMs: 2 * 60_000,
  activeDelayMs: 5 * 60_000,
  idleStepMs: 60_000,
  idleDelayMsMax: 12 * 60_000,
  failureDelayMs: 5 * 60_000,
  failureLimit: 10
}

/** The pace of one mailbox. JSON; starts as `{ emptyCycles: 0, failures: 0 }`. @public */
export interface Pace {
  readonly emptyCycles: number
  readonly failures: number
  readonly disabled?: boolean
}

/** @public */
export const freshPace: Pace = { emptyCycles: 0, failures: 0 }

/** What one cycle had to do. @public */
export interface Observation {
  /** Items and records created, updated, deleted, linked or unlinked, each counted once. */
  readonly changes: number
  readonly error?: 'transient' | 'permanent' | 'throttled'
  /** A lower bound of the delay, told by the server. */
  readonly retryAfterMs?: number
}

/** @public */
export type Next =
  | {
      readonly state: Pace
      readonly disabled: false
      readonly delayMs: number
      readonly reason: 'busy' | 'active' | 'idle' | 'failure' | 'throttled'
    }
  | { readonly state: Pace; readonly disabled: true; readonly reason: 'disabled' }

/** Laws: PACE-1 the delay lies in [busyDelayMs, idleDelayMsMax] unless a longer wait was told; PACE-2 it never grows with activity. @public */
export const nextSync = (policy: SteppedPolicy, state: Pace, observation: Observation): Next => {
  const { changes, error } = observation
  if (state.disabled === true || error === 'permanent') return off({ ...state, disabled: true })
  const atLeast = (delayMs: number): number => Math.max(delayMs, observation.retryAfterMs ?? 0)
  const emptyCycles = changes > 0 ? 0 : state.emptyCycles
  if (error === 'transient') {
    const failed = { emptyCycles, failures: state.failures + 1 }
    if (failed.failures >= policy.failureLimit) return off({ ...failed, disabled: true })
    return on(failed, atLeast(policy.failureDelayMs), 'failure')
  }
  if (error === 'throttled') {
    const base = changes > 0 ? activeDelay(policy, changes) : idleDelay(policy, emptyCycles)
    return on({ emptyCycles, failures: state.failures }, atLeast(base), 'throttled')
  }
  if (changes > 0) {
    const reason = changes >= policy.busyChangesMin ? 'busy' : 'active'
    return on({ emptyCycles: 0, failures: 0 }, atLeast(activeDelay(policy, changes)), reason)
  }
  const idle = emptyCycles + 1
  return on({ emptyCycles: idle, failures: 0 }, atLeast(idleDelay(policy, idle)), 'idle')
}

const off = (state: Pace): Next => ({ state, disabled: true, reason: 'disabled' })

const on = (state: Pace, delayMs: number, reason: 'busy' | 'active' | 'idle' | 'failure' | 'throttled'): Next => ({
  state,
  disabled: false,
  delayMs,
  reason
})

const activeDelay = (policy: SteppedPolicy, changes: number): number =>
  changes >= policy.busyChangesMin ? policy.busyDelayMs : policy.activeDelayMs

const idleDelay = (policy: SteppedPolicy, emptyCycles: number): number =>
  Math.max(
    policy.activeDelayMs,
    Math.min(policy.idleDelayMsMax, policy.activeDelayMs + (emptyCycles - 1) * policy.idleStepMs)
  )
