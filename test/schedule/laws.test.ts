/**
 * The laws of `nextSync` (5.7, 5.8; I1, I2, I3, I6, I7, I8, I14) over every state that a history can reach, for all
 * three policies. What a mailbox learns is in `learning.test.ts`, what no server should say in `hostile.test.ts`.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type CycleObservation,
  freshPace,
  nextSync,
  type Policy,
  type SteppedPolicy,
  stepped,
  adaptive
} from '../../src/schedule/index.js'
import { firstLearned } from '../../src/schedule/learned.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'
import {
  adaptivePolicy,
  boundsOf,
  clientPolicy,
  cycle,
  delayOf,
  failureMost,
  history,
  hostileWait,
  hour,
  minute,
  policies,
  price,
  reached,
  second,
  seenAt,
  shares,
  soundWait,
  startMs,
  steppedPolicy,
  success,
  walk,
  wide
} from './histories.js'

const { request } = arbitraries(fc)
const gap = fc.integer({ min: 0, max: 2 * hour })

describe('I1: bounds after a success', () => {
  test('I1: min ≤ delay ≤ max, what spreads mailboxes included; 50 changes or more, or what waits: sooner', () => {
    fc.assert(
      fc.property(policies, history(), success, shares, gap, (policy, told, seen, drawn, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const observation = seenAt(seen, drawn, nowMs, nowMs + gapMs) as CycleObservation
        const next = nextSync(policy, state, observation, nowMs + gapMs)
        const { least, most } = boundsOf(policy)
        expect(next.disabled).toBe(false)
        expect(delayOf(next)).toBeGreaterThanOrEqual(least)
        expect(delayOf(next)).toBeLessThanOrEqual(most)
        if (policy.name === 'client') return
        if (observation.truncated === true) expect(delayOf(next)).toBe(least)
        else if (observation.changes >= policy.busyChangesMin)
          expect(delayOf(next)).toBeLessThanOrEqual(
            policy.name === 'adaptive' ? policy.busyDelayMsMax : policy.busyDelayMs
          )
      }),
      runs()
    )
  })

  test('I1: what spreads mailboxes only shortens, by its share at most, and on the first day alone', () => {
    fc.assert(
      fc.property(
        adaptivePolicy,
        history(),
        success,
        fc.nat({ max: 4_294_967_295 }),
        gap,
        (policy, told, seen, seed, gapMs) => {
          const { state, nowMs } = reached(policy, told)
          if (state.learned === undefined) return
          const { seed: _own, ...plain } = state
          const whole = delayOf(nextSync(policy, plain, seen, nowMs + gapMs))
          const spread = delayOf(nextSync(policy, { ...plain, seed }, seen, nowMs + gapMs))
          expect(spread).toBeLessThanOrEqual(whole)
          const share = state.learned.age < 86_400 ? policy.spread : 0
          expect(spread).toBeGreaterThanOrEqual(Math.floor(whole * (1 - share)))
        }
      ),
      runs()
    )
  })
})

describe('I2: what a server asks for', () => {
  test('I2: the wait is a lower bound of everything up to its cap, nothing is added, above it is flagged; no number is none', () => {
    fc.assert(
      fc.property(
        policies,
        history(),
        cycle,
        fc.oneof({ weight: 2, arbitrary: soundWait }, { weight: 1, arbitrary: hostileWait }),
        gap,
        (policy, told, seen, retryAfterMs, gapMs) => {
          const { state, nowMs } = reached(policy, told)
          const { retryAfterMs: _other, ...untold } = seen
          const without = nextSync(policy, state, untold, nowMs + gapMs)
          const next = nextSync(policy, state, { ...untold, retryAfterMs }, nowMs + gapMs)
          expect(next.disabled).toBe(without.disabled)
          const isWait =
            typeof retryAfterMs === 'number' && retryAfterMs >= 0 && retryAfterMs < Number.POSITIVE_INFINITY
          const wait = isWait ? Math.min(retryAfterMs, policy.retryAfterMsMax) : 0
          // Who is disabled has been told to be silent all the same, and stays so.
          const silentUntilMs = wait > 0 ? nowMs + gapMs + wait : undefined
          expect(next.state.notBeforeMs).toBe(state.disabled === true ? state.notBeforeMs : silentUntilMs)
          if (next.disabled) return
          expect(delayOf(next)).toBe(Math.max(delayOf(without), wait))
          expect(next.capped).toBe(isWait && retryAfterMs > policy.retryAfterMsMax ? true : undefined)
        }
      ),
      runs()
    )
  })

  test('I2: a throttle without a time keeps the bounds of a success, counts no failure and disables nothing', () => {
    fc.assert(
      fc.property(policies, history(), success, gap, (policy, told, seen, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const next = nextSync(policy, state, { ...seen, error: 'throttled' }, nowMs + gapMs)
        const { least, most } = boundsOf(policy)
        expect(next.disabled).toBe(false)
        expect(delayOf(next)).toBeGreaterThanOrEqual(least)
        expect(delayOf(next)).toBeLessThanOrEqual(most)
        expect(next.state.failures).toBe(state.failures)
        if (policy.name === 'adaptive') expect(next.state.learned).toEqual(state.learned)
      }),
      runs()
    )
  })
})

describe('I3: failures', () => {
  test('I3: delays do not fall while the row lasts, end at the cap, and the limit disables; one success begins anew', () => {
    fc.assert(
      fc.property(
        policies,
        history(),
        fc.array(fc.record({ changes: fc.nat({ max: 100 }), gapMs: gap, isThrottle: fc.boolean() }), { maxLength: 16 }),
        success,
        (policy, told, row, after) => {
          let { state, nowMs } = reached(policy, told)
          const healthy = nextSync(policy, state, after, nowMs)
          expect(healthy.state.failures).toBe(0)
          state = healthy.state
          let lastMs = 0
          let failures = 0
          for (const { changes, gapMs, isThrottle } of row) {
            nowMs += gapMs
            const next = nextSync(policy, state, { changes, error: isThrottle ? 'throttled' : 'transient' }, nowMs)
            state = next.state
            if (isThrottle) continue
            failures += 1
            expect(next.disabled).toBe(failures === policy.failureLimit)
            if (next.disabled) return
            expect(delayOf(next)).toBeGreaterThanOrEqual(Math.max(lastMs, policy.failureDelayMs))
            expect(delayOf(next)).toBeLessThanOrEqual(failureMost(policy))
            lastMs = delayOf(next)
          }
          expect(nextSync(policy, state, after, nowMs).state.failures).toBe(0)
          const first = nextSync(policy, healthy.state, { changes: 0, error: 'transient' }, nowMs)
          if (!first.disabled) expect(delayOf(first)).toBe(policy.failureDelayMs)
        }
      ),
      runs()
    )
  })

  test('I3: `adaptive` as shipped comes back after 5, 10, 20, 30, 30 … minutes, and the tenth failure disables', () => {
    const row = walk(adaptive, {
      from: { emptyCycles: 0, failures: 0 },
      turns: Array.from({ length: 10 }, () => ({ lateMs: 0, shares: [], seen: { changes: 0, error: 'transient' } }))
    })
    expect(row.map(({ next }) => delayOf(next) / minute)).toEqual([5, 10, 20, 30, 30, 30, 30, 30, 30, Infinity])
  })

  test('I3: a permanent failure disables at once; a disabled mailbox stays so and is never due', () => {
    fc.assert(
      fc.property(policies, history(), cycle, fc.oneof(cycle, request), gap, (policy, told, seen, later, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const off = nextSync(policy, state, { ...seen, error: 'permanent' }, nowMs)
        const still = nextSync(policy, off.state, later, nowMs + gapMs)
        for (const next of [off, still]) {
          expect(next).toMatchObject({ disabled: true, reason: 'disabled', state: { disabled: true } })
          expect('delayMs' in next || 'dueAtMs' in next.state).toBe(false)
        }
        expect(still.state.notBeforeMs).toBe(off.state.notBeforeMs)
      }),
      runs()
    )
  })
})

describe('I6: price', () => {
  test('I6: a higher price never shortens', () => {
    fc.assert(
      fc.property(adaptivePolicy, price, history(), cycle, shares, gap, (policy, other, told, seen, drawn, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const observation = seenAt(seen, drawn, nowMs, nowMs + gapMs)
        const at = (visitPrice: number): number =>
          delayOf(nextSync({ ...policy, visitPrice }, state, observation, nowMs + gapMs))
        const [low, high] = other < policy.visitPrice ? [other, policy.visitPrice] : [policy.visitPrice, other]
        expect(at(high)).toBeGreaterThanOrEqual(at(low))
      }),
      runs()
    )
  })

  test('I6: four times the price doubles a delay; where long waits count more, eight times does', () => {
    const lived = { ...freshPace, learned: { ...firstLearned(startMs), age: 1e7, months: 300, days: 4, hours: 0.3 } }
    const delayAt = (visitPrice: number, longWaits: number): number => {
      const policy = { ...adaptive, ...wide, delayMsNormal: 5 * minute, visitPrice, longWaits }
      return delayOf(nextSync(policy, lived, { changes: 0 }, startMs)) / second
    }
    for (const price of [0.3, 1, 3.1, 7, 11]) {
      expect(Math.abs(delayAt(4 * price, 0) - 2 * delayAt(price, 0))).toBeLessThanOrEqual(2)
      expect(Math.abs(delayAt(8 * price, 1) - 2 * delayAt(price, 1))).toBeLessThanOrEqual(2)
      const [even, half, long] = [0, 0.5, 1].map((share) => delayAt(price, share))
      expect([even, half, long].sort((x = 0, y = 0) => x - y)[1]).toBe(half)
    }
  })

  test('I6: what is learned does not depend on the price', () => {
    fc.assert(
      fc.property(adaptivePolicy, price, history(), cycle, gap, (policy, other, told, seen, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const learnedAt = (visitPrice: number) =>
          nextSync({ ...policy, visitPrice }, state, seen, nowMs + gapMs).state.learned
        expect(learnedAt(other)).toEqual(learnedAt(policy.visitPrice))
      }),
      runs()
    )
  })
})

describe('I7: progress', () => {
  test('I7: after a cycle every enabled mailbox is due later than now, and no later than its bounds or a wait that was told', () => {
    fc.assert(
      fc.property(policies, history(), (policy, told) => {
        for (const { observation, nowMs, next } of walk(policy, told)) {
          if (next.disabled || 'request' in observation) continue
          expect(delayOf(next)).toBeGreaterThan(0)
          expect(delayOf(next)).toBeLessThanOrEqual(
            Math.max(
              boundsOf(policy).most,
              failureMost(policy),
              Math.min(observation.retryAfterMs ?? 0, policy.retryAfterMsMax)
            )
          )
          expect(next.state.dueAtMs).toBe(nowMs + delayOf(next))
        }
      }),
      runs()
    )
  })

  test('I7: a request never postpones, goes before no silence, and counts as no cycle', () => {
    fc.assert(
      fc.property(policies, history(), request, fc.integer({ min: 0, max: 3 * hour }), (policy, told, asked, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const atMs = nowMs + gapMs
        const next = nextSync(policy, state, asked, atMs)
        const dueAtMs = next.state.dueAtMs ?? Number.NaN
        const soonestMs = Math.max(atMs, state.notBeforeMs ?? atMs)
        expect(next.disabled).toBe(false)
        expect(dueAtMs).toBe(atMs + delayOf(next))
        expect(dueAtMs).toBeGreaterThanOrEqual(soonestMs)
        expect(dueAtMs).toBeLessThanOrEqual(Math.max(soonestMs, state.dueAtMs ?? Number.POSITIVE_INFINITY))
        if (asked.request === 'gesture') expect(dueAtMs).toBe(soonestMs)
        else if (state.failures === 0)
          expect(dueAtMs).toBeLessThanOrEqual(Math.max(soonestMs, atMs + policy.pushDelayMs))
        else if (state.dueAtMs !== undefined) expect(dueAtMs).toBe(Math.max(soonestMs, state.dueAtMs))
        const { dueAtMs: _due, reason: _why, ...rest } = next.state
        const { dueAtMs: _was, reason: _before, ...kept } = state
        expect(rest).toEqual(kept)
      }),
      runs()
    )
  })

  test('I7: under `client` by hand no run is scheduled, whatever a cycle had to do, until somebody asks', () => {
    fc.assert(
      fc.property(clientPolicy, history(), cycle, request, (given, told, seen, asked) => {
        const policy: Policy = { ...given, manual: true }
        const { state, nowMs } = reached(policy, told)
        const next = nextSync(policy, state, seen, nowMs)
        if (next.disabled) return
        expect(next.delayMs).toBeUndefined()
        expect(next.state.dueAtMs).toBeUndefined()
        expect(nextSync(policy, next.state, asked, nowMs).state.dueAtMs).toBeGreaterThanOrEqual(nowMs)
      }),
      runs(0.3)
    )
  })
})

describe('I8: the same gives the same', () => {
  test('I8: the same history gives the same answers byte for byte, and JSON in between changes nothing', () => {
    fc.assert(
      fc.property(policies, history(), (policy, told) => {
        const answers = (kept?: Parameters<typeof walk>[3]): string =>
          JSON.stringify(walk(policy, told, undefined, kept).map(({ next }) => next))
        for (const { next } of walk(policy, told)) expect(JSON.parse(JSON.stringify(next))).toEqual(next)
        const first = answers()
        expect(answers()).toBe(first)
        expect(answers((state) => JSON.parse(JSON.stringify(state)))).toBe(first)
      }),
      runs()
    )
  })

  test('I8: what was handed in is left as it was', () => {
    fc.assert(
      fc.property(policies, history(), cycle, shares, gap, (policy, told, seen, drawn, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const observation = seenAt(seen, drawn, nowMs, nowMs + gapMs)
        const before = JSON.stringify([policy, state, observation])
        nextSync(policy, deeplyFrozen(state), deeplyFrozen(observation), nowMs + gapMs)
        expect(JSON.stringify([policy, state, observation])).toBe(before)
      }),
      runs(0.3)
    )
  })
})

const deeplyFrozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deeplyFrozen)
  return value
}

describe('I14: the exact ladder under the same signature', () => {
  /** Read off the table of 5.6 by itself. */
  const ladder = (policy: SteppedPolicy, seen: CycleObservation, empty: number, failures: number) => {
    const idle = (n: number): number =>
      Math.min(policy.idleDelayMsMax, policy.activeDelayMs + Math.max(0, n - 1) * policy.idleStepMs)
    const active = seen.changes >= policy.busyChangesMin ? policy.busyDelayMs : policy.activeDelayMs
    const left = seen.changes > 0 ? 0 : empty
    if (seen.error === 'permanent') return { off: true, empty, failures, delayMs: Infinity }
    if (seen.error === 'transient' && failures + 1 >= policy.failureLimit)
      return { off: true, empty, failures: failures + 1, delayMs: Infinity }
    if (seen.error === 'transient')
      return { off: false, empty: left, failures: failures + 1, delayMs: policy.failureDelayMs }
    if (seen.error === 'throttled')
      return { off: false, empty: left, failures, delayMs: seen.changes > 0 ? active : idle(empty) }
    if (seen.truncated === true) return { off: false, empty: 0, failures: 0, delayMs: policy.busyDelayMs }
    if (seen.changes > 0) return { off: false, empty: 0, failures: 0, delayMs: active }
    return { off: false, empty: empty + 1, failures: 0, delayMs: idle(empty + 1) }
  }

  test('I14: `stepped` is the table of 5.6 in every history', () => {
    fc.assert(
      fc.property(steppedPolicy, history(40), (policy, told) => {
        for (const { observation, before, next } of walk(policy, told)) {
          if ('request' in observation) continue
          const { off, empty, failures, delayMs } = ladder(policy, observation, before.emptyCycles, before.failures)
          expect(next.disabled).toBe(off)
          expect(next.state).toMatchObject({ emptyCycles: empty, failures })
          const wait = Math.min(observation.retryAfterMs ?? 0, policy.retryAfterMsMax)
          expect(delayOf(next)).toBe(Math.max(delayMs, wait))
        }
      }),
      runs()
    )
  })

  test('I14: as shipped 5, 6, 7, 8, 9, 10, 11, 12, 12 … minutes; 5 after a change, 2 after 50', () => {
    const seen = [...Array<number>(10).fill(0), 1, 49, 50, 51, 0, 0]
    const turns = seen.map((changes) => ({ lateMs: 0, shares: [], seen: { changes } }))
    const row = walk(stepped, { from: { emptyCycles: 0, failures: 0 }, turns })
    expect(row.map(({ next }) => delayOf(next) / minute)).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 5, 5, 2, 2, 5, 6])
  })
})
