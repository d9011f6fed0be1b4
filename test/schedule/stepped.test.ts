/** The policy `stepped` (5.6, 5.8): its table, its bounds, its traps. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  freshPace,
  type Next,
  nextSync,
  type CycleObservation as Observation,
  type Pace,
  type SteppedPolicy,
  stepped
} from '../../src/schedule/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'

const { observation, pace } = arbitraries(fc)
const minute = 60_000
const at = Date.UTC(2026, 2, 2, 8)

const policies: fc.Arbitrary<SteppedPolicy> = fc
  .record({
    busy: fc.integer({ min: 1, max: 10 }),
    active: fc.integer({ min: 0, max: 10 }),
    step: fc.integer({ min: 0, max: 5 }),
    idle: fc.integer({ min: 0, max: 20 }),
    failure: fc.integer({ min: 1, max: 30 }),
    failureLimit: fc.integer({ min: 1, max: 12 }),
    busyChangesMin: fc.integer({ min: 1, max: 100 })
  })
  .map((drawn) => ({
    ...stepped,
    name: 'stepped',
    busyChangesMin: drawn.busyChangesMin,
    busyDelayMs: drawn.busy * minute,
    activeDelayMs: (drawn.busy + drawn.active) * minute,
    idleStepMs: drawn.step * minute,
    idleDelayMsMax: (drawn.busy + drawn.active + drawn.idle) * minute,
    failureDelayMs: drawn.failure * minute,
    failureLimit: drawn.failureLimit
  }))

const anyPolicy = fc.oneof(fc.constant(stepped), policies)
const history = fc.array(observation, { maxLength: 40 })

/** Every step of a history, and the state it ends in. */
const walk = (
  policy: SteppedPolicy,
  observations: ReadonlyArray<Observation>,
  from: Pace = freshPace
): ReadonlyArray<Next> => {
  let state = from
  return observations.map((each) => {
    const next = nextSync(policy, state, each, at)
    state = next.state
    return next
  })
}

const delayOf = (next: Next | undefined): number =>
  next === undefined || next.disabled ? Number.POSITIVE_INFINITY : (next.delayMs ?? Number.POSITIVE_INFINITY)

describe('bounds of `stepped` (33, 5.8)', () => {
  test('PACE-1: after a success the delay lies between busy and idle, unless a longer wait was told', () => {
    fc.assert(
      fc.property(anyPolicy, pace, observation, (policy, state, seen) => {
        const next = nextSync(policy, state, seen, at)
        const told = seen.retryAfterMs ?? 0
        if (next.disabled) return
        expect(next.delayMs).toBeGreaterThanOrEqual(told)
        if (seen.error === 'transient') expect(next.delayMs).toBe(Math.max(policy.failureDelayMs, told))
        else {
          expect(next.delayMs).toBeGreaterThanOrEqual(policy.busyDelayMs)
          expect(next.delayMs).toBeLessThanOrEqual(Math.max(policy.idleDelayMsMax, told))
        }
      }),
      runs()
    )
  })

  test('PACE-2: more changes never make the delay longer', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        pace,
        fc.nat({ max: 200 }),
        fc.nat({ max: 200 }),
        fc.constantFrom<Observation['error']>(undefined, 'throttled'),
        (policy, state, x, y, error) => {
          const of = (changes: number): number =>
            delayOf(nextSync(policy, state, { changes, ...(error === undefined ? {} : { error }) }, at))
          const [less, more] = x < y ? [x, y] : [y, x]
          expect(of(more)).toBeLessThanOrEqual(of(less))
        }
      ),
      runs()
    )
  })

  test('idle delays never fall, and one change resets to the active delay or less', () => {
    fc.assert(
      fc.property(
        anyPolicy,
        history,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 300 }),
        (policy, before, empties, changes) => {
          const reached = walk(policy, before).at(-1)?.state ?? freshPace
          if (reached.disabled === true) return
          const idle = walk(
            policy,
            Array.from({ length: empties }, () => ({ changes: 0 })),
            reached
          ).map(delayOf)
          for (const [index, delay] of idle.entries())
            if (index > 0) expect(delay).toBeGreaterThanOrEqual(idle[index - 1] ?? 0)
          expect(delayOf(nextSync(policy, { emptyCycles: empties, failures: 0 }, { changes }, at))).toBeLessThanOrEqual(
            policy.activeDelayMs
          )
        }
      ),
      runs()
    )
  })

  test('a success sets the failures to 0; a throttle counts nothing, breaks no row and disables nothing', () => {
    fc.assert(
      fc.property(anyPolicy, pace, observation, (policy, state, seen) => {
        const next = nextSync(policy, state, seen, at)
        if (seen.error === undefined) expect(next.state.failures).toBe(0)
        if (seen.error === 'throttled') {
          expect(next.disabled).toBe(false)
          expect(next.state.failures).toBe(state.failures)
          expect(next.state.emptyCycles).toBe(seen.changes > 0 ? 0 : state.emptyCycles)
        }
        if (seen.error === 'permanent') expect(next.disabled).toBe(true)
        if (next.disabled) expect(next.state.disabled).toBe(true)
      }),
      runs()
    )
  })

  test('disabled answers disabled to everything, and a disabled mailbox has no delay', () => {
    fc.assert(
      fc.property(anyPolicy, pace, observation, (policy, state, seen) => {
        const next = nextSync(policy, { ...state, disabled: true }, seen, at)
        expect(next).toMatchObject({ disabled: true, reason: 'disabled' })
        expect('delayMs' in next).toBe(false)
      }),
      runs()
    )
  })

  test('disabled by failures exactly at the limit in a row, whatever throttles stand between', () => {
    fc.assert(
      fc.property(anyPolicy, fc.array(fc.boolean(), { maxLength: 60 }), (policy, isThrottle) => {
        let failures = 0
        let state = freshPace
        for (const throttle of isThrottle) {
          const next = nextSync(policy, state, { changes: 0, error: throttle ? 'throttled' : 'transient' }, at)
          if (!throttle) failures += 1
          expect(next.disabled).toBe(failures >= policy.failureLimit)
          if (next.disabled) return
          state = next.state
        }
      }),
      runs()
    )
  })

  test('the state is JSON of whole numbers, the delay is finite, and the same gives the same', () => {
    fc.assert(
      fc.property(anyPolicy, history, (policy, observations) => {
        const steps = walk(policy, observations)
        expect(walk(policy, observations)).toEqual(steps)
        for (const step of steps) {
          expect(JSON.parse(JSON.stringify(step.state))).toEqual(step.state)
          expect(Number.isInteger(step.state.emptyCycles) && Number.isInteger(step.state.failures)).toBe(true)
          if (!step.disabled) expect(Number.isFinite(delayOf(step)) && delayOf(step) > 0).toBe(true)
        }
      }),
      runs()
    )
  })
})

describe('traps of `schedule.md`', () => {
  const minutes = (observations: ReadonlyArray<Observation>): ReadonlyArray<number> =>
    walk(stepped, observations).map((next) => delayOf(next) / minute)
  const empty: Observation = { changes: 0 }
  const failed: Observation = { changes: 0, error: 'transient' }
  const times = (count: number, each: Observation): ReadonlyArray<Observation> =>
    Array.from({ length: count }, () => each)

  test('2: changes 0, 0, 0 → 5, 6, 7 minutes; the eighth and the ninth empty one 12', () => {
    expect(minutes(times(10, empty))).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 12, 12])
  })
  test('3: 49 changes → 5; 50 → 2; then 0 → 5; 0 → 6', () => {
    expect(minutes([{ changes: 49 }, { changes: 50 }, empty, empty])).toEqual([5, 2, 5, 6])
  })
  test('4: nine failures, a success, nine more → never disabled; ten in a row → disabled at the tenth', () => {
    expect(walk(stepped, [...times(9, failed), empty, ...times(9, failed)]).some((next) => next.disabled)).toBe(false)
    expect(walk(stepped, times(10, failed)).map((next) => next.disabled)).toEqual([
      ...Array<boolean>(9).fill(false),
      true
    ])
  })
  test('5: permanent at the first cycle → disabled at once', () => {
    expect(walk(stepped, [{ changes: 0, error: 'permanent' }])).toMatchObject([{ disabled: true }])
  })
  test('6: nine failures, a throttle, one failure → disabled', () => {
    expect(walk(stepped, [...times(9, failed), { changes: 0, error: 'throttled' }, failed]).at(-1)).toMatchObject({
      disabled: true
    })
  })
  test('7: throttled for 20 minutes → 20; for 1, without changes → 5; ten throttles → never disabled', () => {
    const throttled = (wait: number): Observation => ({ changes: 0, error: 'throttled', retryAfterMs: wait * minute })
    expect(minutes([throttled(20)])).toEqual([20])
    expect(minutes([throttled(1)])).toEqual([5])
    expect(walk(stepped, times(10, throttled(1))).some((next) => next.disabled)).toBe(false)
  })
  test('8: empty, empty, throttled without changes and time → 6; then empty → 7', () => {
    expect(minutes([empty, empty, { changes: 0, error: 'throttled' }, empty])).toEqual([5, 6, 6, 7])
  })
  test('9: a failure with a wait of 10 minutes → 10', () => {
    expect(minutes([{ ...failed, retryAfterMs: 10 * minute }])).toEqual([10])
  })
  test('10: empty ×3, failure → 5, empty → 8: the failure did not end the row', () => {
    expect(minutes([empty, empty, empty, failed, empty])).toEqual([5, 6, 7, 5, 8])
  })
})
