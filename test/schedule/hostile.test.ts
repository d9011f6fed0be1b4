/** I9: clocks that lie, servers that lie, and states that nobody has written. There is always an answer, within bounds. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CycleObservation, nextSync, type Observation, type Pace, type Policy } from '../../src/schedule/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'
import {
  boundsOf,
  cycle,
  day,
  delayOf,
  failureMost,
  history,
  hostileWait,
  hour,
  minute,
  numbersIn,
  policies,
  reached,
  soundWait,
  startMs
} from './histories.js'

const { observation, pace, request } = arbitraries(fc)
const year = 365 * day

/** Instants of a clock that goes wrong by a little, by years, and into what is no instant. */
const instant = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -2 * hour, max: 2 * hour }).map((by) => startMs + by) },
  { weight: 2, arbitrary: fc.integer({ min: -60, max: 60 }).map((years) => startMs + years * year) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(0, -1, -1e15, 8.64e15, 9e15, 1e23, -1e23, 1e300, -1e300, NaN, Infinity, -Infinity, 0.5)
  }
)
const number = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -0,
    -1,
    0.5,
    1e9,
    1e15,
    1e300,
    -1e300,
    NaN,
    Infinity,
    -Infinity,
    null,
    undefined,
    '7',
    'x',
    {},
    true
  ),
  fc.double()
) as fc.Arbitrary<number>

const hostileCycle: fc.Arbitrary<CycleObservation> = fc.record(
  {
    changes: fc.oneof(fc.nat({ max: 3 }), number),
    error: fc.constantFrom<'transient' | 'throttled'>('transient', 'throttled'),
    retryAfterMs: fc.oneof(soundWait, hostileWait),
    arrivalsAtMs: fc.array(fc.oneof(instant, number), { maxLength: 12 }),
    uncounted: fc.boolean(),
    truncated: fc.boolean()
  },
  { requiredKeys: ['changes'] }
)
const hostile: fc.Arbitrary<Observation> = fc.oneof(
  { weight: 5, arbitrary: hostileCycle },
  { weight: 2, arbitrary: cycle },
  { weight: 1, arbitrary: observation.filter(({ error }) => error !== 'permanent') },
  { weight: 1, arbitrary: request }
)

/** A state of which some entries are lost, or were never written by this version. */
const garbage: fc.Arbitrary<Pace> = fc
  .record({
    pace,
    broken: fc.dictionary(
      fc.constantFrom('emptyCycles', 'failures', 'dueAtMs', 'notBeforeMs', 'seed', 'reason', 'learned'),
      fc.oneof(number, fc.constantFrom<unknown>('week-1', [], { form: 'week-1' }, { form: 'week-2', atMs: 1 }))
    ),
    learned: fc.dictionary(
      fc.constantFrom(
        'form',
        'atMs',
        'age',
        'months',
        'followed',
        'days',
        'hours',
        'burst',
        'thread',
        'hour',
        'opening',
        'closing',
        'week'
      ),
      fc.oneof(
        number,
        instant,
        fc.constantFrom<unknown>('', 'x', 'I'.repeat(63), '\u{1F600}'.repeat(32), 'é'.repeat(64), '~'.repeat(64))
      )
    ),
    lost: fc.array(fc.constantFrom<string>('emptyCycles', 'failures', 'seed', 'reason', 'learned'), { maxLength: 2 }),
    isLearnedBroken: fc.boolean(),
    isStored: fc.boolean()
  })
  .map(({ pace: sound, broken, learned, lost, isLearnedBroken, isStored }) => {
    const mixed = {
      ...sound,
      ...(isLearnedBroken && sound.learned !== undefined ? { learned: { ...sound.learned, ...learned } } : {}),
      ...broken
    }
    // Nothing here is of its type any more: that is what is tested.
    const left = Object.fromEntries(Object.entries(mixed).filter(([key]) => !lost.includes(key)))
    return (isStored ? JSON.parse(JSON.stringify(left)) : left) as unknown as Pace
  })

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** Of any answer to anything: bounds, a finite state, JSON. */
const expectAnswer = (policy: Policy, seen: Observation, next: ReturnType<typeof nextSync>): void => {
  // What another version has learned is handed on as it is by who does not read it.
  const { learned, ...own } = next.state
  expect(numbersIn(!next.disabled && isRead(policy, seen) ? next.state : own).every(Number.isFinite)).toBe(true)
  expect(Number.isInteger(next.state.failures) && next.state.failures >= 0).toBe(true)
  expect(next.state.emptyCycles).toBeGreaterThanOrEqual(0)
  if (next.disabled) return
  expect(isNumber(next.delayMs) && isNumber(next.state.dueAtMs)).toBe(true)
  if ('request' in seen) return
  const { least, most } = boundsOf(policy)
  const asked = isNumber(seen.retryAfterMs) ? seen.retryAfterMs : 0
  const told = Math.min(Math.max(0, asked), policy.retryAfterMsMax)
  const isFailure = seen.error === 'transient'
  expect(delayOf(next)).toBeGreaterThanOrEqual(Math.max(told, isFailure ? policy.failureDelayMs : least))
  expect(delayOf(next)).toBeLessThanOrEqual(Math.max(told, isFailure ? failureMost(policy) : most))
}

const isRead = (policy: Policy, seen: Observation): boolean => policy.name === 'adaptive' && !('request' in seen)

const moments = fc.array(fc.record({ nowMs: instant, seen: hostile }), { minLength: 1, maxLength: 12 })

describe('I9: hostility', () => {
  test('I9: a clock that jumps by years either way, and arrivals that cannot be: bounds, a finite state, JSON', () => {
    fc.assert(
      fc.property(policies, history(), moments, (policy, told, turns) => {
        let { state } = reached(policy, told)
        for (const { nowMs, seen } of turns) {
          const next = nextSync(policy, state, seen, nowMs)
          expectAnswer(policy, seen, next)
          if (next.disabled) return
          state = next.state
        }
      }),
      runs()
    )
  })

  test('I9: a state that nobody has written is read as far as it goes', () => {
    fc.assert(
      fc.property(policies, garbage, moments, (policy, broken, turns) => {
        let state = broken
        for (const { nowMs, seen } of turns) {
          const next = nextSync(policy, state, seen, nowMs)
          expectAnswer(policy, seen, next)
          if (next.disabled) return
          state = next.state
        }
      }),
      runs()
    )
  })

  test('I9: a clock that was set back makes nobody wait longer than any wait that may be told', () => {
    fc.assert(
      fc.property(
        policies,
        history(),
        hostileCycle,
        fc.integer({ min: 0, max: 60 * 365 }),
        request,
        (policy, told, seen, days, asked) => {
          const { state, nowMs } = reached(policy, told)
          const next = nextSync(policy, state, seen, nowMs)
          const back = nextSync(policy, next.state, asked, nowMs - days * day)
          if (back.disabled) return
          expect(delayOf(back)).toBeGreaterThanOrEqual(0)
          if (asked.request === 'gesture' || next.state.failures === 0)
            expect(delayOf(back)).toBeLessThanOrEqual(Math.max(policy.retryAfterMsMax, policy.pushDelayMs))
        }
      ),
      runs()
    )
  })

  test('I9: where the clock went back no time has passed: what was learned has not faded', () => {
    fc.assert(
      fc.property(policies, history(), fc.integer({ min: 0, max: 3 * year }), (policy, told, backMs) => {
        const { state, nowMs } = reached(policy, told)
        if (policy.name !== 'adaptive' || state.learned === undefined) return
        const { learned } = nextSync(policy, state, { changes: 0 }, Math.min(nowMs, state.learned.atMs) - backMs).state
        const { age, months, followed, days, hours, burst, thread, week } = state.learned
        expect(learned).toMatchObject({ age, months, followed, days, hours, burst, thread, week })
      }),
      runs()
    )
  })

  test('I9: arrivals that are doubled, out of order or in the future count as those that can be', () => {
    fc.assert(
      fc.property(
        policies,
        history(),
        fc.array(fc.integer({ min: 0, max: hour }), { minLength: 1, maxLength: 8 }),
        fc.array(fc.constantFrom(NaN, Infinity, -Infinity), { maxLength: 3 }),
        (policy, told, agos, noise) => {
          const { state, nowMs } = reached(policy, told)
          const atMs = nowMs + hour
          const answer = (arrivalsAtMs: ReadonlyArray<number>) =>
            nextSync(policy, state, { changes: agos.length, arrivalsAtMs }, atMs)
          const given = agos.map((ago) => atMs - ago)
          expect(answer([...noise, ...given].reverse())).toEqual(answer(given))
          expect(answer(given.map((each) => (each === atMs ? atMs + year : each)))).toEqual(answer(given))
        }
      ),
      runs()
    )
  })

  test('I9: what is imported on one day is no habit: a thousand million changes of one visit are learned as fifty', () => {
    fc.assert(
      fc.property(policies, fc.constantFrom(1e9, 1e15, Number.MAX_VALUE), (policy, changes) => {
        let state: Pace = { emptyCycles: 0, failures: 0 }
        let nowMs = startMs
        for (const seen of [0, changes, ...Array<number>(20).fill(0)]) {
          const next = nextSync(policy, state, { changes: seen }, nowMs)
          expectAnswer(policy, { changes: seen }, next)
          state = next.state
          nowMs += 10 * minute
        }
        expect((state.learned?.months ?? 0) <= 51).toBe(true)
      }),
      runs(0.1)
    )
  })
})
