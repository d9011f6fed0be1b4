/**
 * When to come back (5.4 to 5.8): the one function that every policy is asked through. It reads no clock and draws no
 * lots; a delay counts from the end of the cycle.
 */
import { type AdaptivePolicy, adaptiveStep } from './adaptive.js'
import { type ClientPolicy, clientStep } from './client.js'
import { isInstant } from './learned.js'
import type { CycleObservation, Next, Observation, Pace, PaceReason, RequestObservation } from './pace.js'
import { type Step, type SteppedPolicy, steppedStep } from './stepped.js'

/** @public */
export type Policy = SteppedPolicy | ClientPolicy | AdaptivePolicy

/**
 * The next run of a mailbox after a cycle that ended at `nowMs`, or after a request that came then.
 * Total: whatever is observed, there is an answer. Laws: I1 to I14 (`docs/schedule.md`).
 * @public
 */
export const nextSync = (policy: Policy, kept: Pace, observation: Observation, atMs: number): Next => {
  const state = isSound(kept) ? kept : mended(kept)
  const nowMs = isInstant(atMs) ? atMs : (state.dueAtMs ?? 0)
  if (state.disabled === true) return off(state, state.notBeforeMs)
  if ('request' in observation) return requested(policy, state, observation, nowMs)
  const failures = failuresAfter(state.failures, observation)
  const isLast = failures >= policy.failureLimit && observation.error === 'transient'
  if (isLast || observation.error === 'permanent') {
    const told = toldBy(policy, askedBy(observation))
    return off({ ...state, failures }, told > 0 ? nowMs + told : undefined)
  }
  const step = stepOf(policy, state, cleaned(observation), nowMs)
  return due(policy, state, step, failures, askedBy(observation), nowMs)
}

const askedBy = ({ retryAfterMs }: CycleObservation): number =>
  retryAfterMs !== undefined && isCount(retryAfterMs) ? retryAfterMs : 0

const toldBy = ({ retryAfterMsMax }: Policy, asked: number): number => Math.min(asked, retryAfterMsMax)

/** What comes from outside may be no number at all. */
const cleaned = (observation: CycleObservation): CycleObservation =>
  isCount(observation.changes) ? observation : { ...observation, changes: 0 }

const isCount = (count: number): boolean => Number.isFinite(count) && count >= 0

/** A pace may come from another version, or from a store that has lost a part of it. */
const isSound = ({ emptyCycles, failures, dueAtMs, notBeforeMs, reason, seed }: Pace): boolean =>
  isWhole(emptyCycles) &&
  isWhole(failures) &&
  (reason === undefined || typeof reason === 'string') &&
  (dueAtMs === undefined || isInstant(dueAtMs)) &&
  (notBeforeMs === undefined || isInstant(notBeforeMs)) &&
  (seed === undefined || isSeed(seed))

const mended = ({ emptyCycles, failures, dueAtMs, notBeforeMs, reason, seed, ...rest }: Pace): Pace => ({
  ...rest,
  emptyCycles: isWhole(emptyCycles) ? emptyCycles : 0,
  failures: isWhole(failures) ? failures : 0,
  ...(dueAtMs !== undefined && isInstant(dueAtMs) ? { dueAtMs } : {}),
  ...(notBeforeMs !== undefined && isInstant(notBeforeMs) ? { notBeforeMs } : {}),
  ...(typeof reason === 'string' ? { reason } : {}),
  ...(seed !== undefined && isSeed(seed) ? { seed } : {})
})

const isWhole = (count: number): boolean => Number.isSafeInteger(count) && count >= 0
const isSeed = (seed: number): boolean => isWhole(seed) && seed <= 0xffff_ffff

const stepOf = (policy: Policy, state: Pace, observation: CycleObservation, nowMs: number): Step => {
  switch (policy.name) {
    case 'stepped':
      return steppedStep(policy, state, observation)
    case 'client':
      return clientStep(policy, state, observation)
    case 'adaptive':
      return adaptiveStep(policy, state, observation, nowMs)
  }
}

/** A throttle neither counts nor breaks the row. */
const failuresAfter = (failures: number, { error }: CycleObservation): number => {
  if (error === undefined) return 0
  return error === 'transient' ? failures + 1 : failures
}

/** The wait that a server asks for is a lower bound of everything, up to its cap. Written for speed: no object is copied. */
const due = (policy: Policy, { seed }: Pace, step: Step, failures: number, asked: number, nowMs: number): Next => {
  const told = toldBy(policy, asked)
  const reason = step.delayMs !== undefined && told > step.delayMs ? 'throttled' : step.reason
  const state: Writable<Pace> = { emptyCycles: step.emptyCycles, failures, reason }
  if (seed !== undefined) state.seed = seed
  if (step.learned !== undefined) state.learned = step.learned
  if (told > 0) state.notBeforeMs = nowMs + told
  if (step.delayMs === undefined) return { state, disabled: false, reason }
  const delayMs = Math.max(step.delayMs, told)
  state.dueAtMs = nowMs + delayMs
  return asked > told
    ? { state, disabled: false, delayMs, reason, capped: true }
    : { state, disabled: false, delayMs, reason }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * A request pulls the next run forward and never pushes it back. A push waits a moment for what follows it, and while
 * the mailbox fails it changes nothing: ten failures are not to be had within a minute.
 */
const requested = (policy: Policy, state: Pace, { request }: RequestObservation, nowMs: number): Next => {
  const isHeeded = request === 'gesture' || state.failures === 0
  const wantedAtMs = nowMs + (request === 'push' ? policy.pushDelayMs : 0)
  const standsAtMs = state.dueAtMs ?? wantedAtMs
  const pulledAtMs = isHeeded ? Math.min(standsAtMs, wantedAtMs) : standsAtMs
  // Where the clock went back, a silence is no longer than the longest that may be asked for.
  const silentUntilMs = Math.min(state.notBeforeMs ?? nowMs, nowMs + policy.retryAfterMsMax)
  const dueAtMs = Math.max(nowMs, pulledAtMs, silentUntilMs)
  const reason =
    dueAtMs > pulledAtMs && dueAtMs > nowMs ? 'throttled' : reasonOf(state, request, pulledAtMs, wantedAtMs)
  return { state: { ...state, dueAtMs, reason }, disabled: false, delayMs: dueAtMs - nowMs, reason }
}

/** A run that was due before stays due for the reason that it was. */
const reasonOf = (
  { reason }: Pace,
  request: RequestObservation['request'],
  pulledAtMs: number,
  wantedAtMs: number
): Exclude<PaceReason, 'disabled'> =>
  pulledAtMs === wantedAtMs || reason === undefined || reason === 'disabled' ? request : reason

/** The silence that a server has asked for outlasts being disabled: who enables the mailbox again waits for its end. */
const off = ({ dueAtMs: _due, notBeforeMs: _past, ...rest }: Pace, silentUntilMs: number | undefined): Next => {
  const silence = silentUntilMs === undefined ? {} : { notBeforeMs: silentUntilMs }
  return { state: { ...rest, ...silence, disabled: true, reason: 'disabled' }, disabled: true, reason: 'disabled' }
}
