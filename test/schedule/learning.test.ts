/**
 * The laws of what `adaptive` learns (I4, I5, I10, I11, I12): what one message more does, what silence does, that time
 * passes alike in one step and in many, that a state does not grow, and that hours are those of UTC.
 */
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { decay } from '../../src/schedule/decay.js'
import { learn } from '../../src/schedule/learn.js'
import type { Learned } from '../../src/schedule/learned.js'
import { livelinessAt } from '../../src/schedule/week.js'
import {
  adaptive,
  type AdaptivePolicy,
  type CycleObservation,
  freshPace,
  nextSync,
  type Pace,
  paceFor,
  type Policy
} from '../../src/schedule/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'
import {
  adaptivePolicy,
  day,
  delayOf,
  type History,
  history,
  hour,
  minute,
  numbersIn,
  policies,
  reached,
  share,
  shares,
  startMs,
  walk,
  week,
  wide
} from './histories.js'

const { pace } = arbitraries(fc)
const upToAnHour = fc.integer({ min: 0, max: hour })
const longer = fc.oneof(fc.integer({ min: hour, max: 3 * day }), fc.integer({ min: hour, max: 30 * day }), upToAnHour)
const error = fc.constantFrom<CycleObservation['error']>(undefined, undefined, 'throttled', 'transient')

interface Visit {
  readonly policy: Policy
  readonly told: History
  readonly gapMs: number
  /** Arrivals, and changes of which no arrival is known. */
  readonly shares: ReadonlyArray<number>
  readonly others: number
  readonly error: CycleObservation['error']
}

const visit = (gapMs: fc.Arbitrary<number>, arrivalsMax: number): fc.Arbitrary<Visit> =>
  fc.record({
    policy: policies,
    told: history(),
    gapMs,
    shares: fc.oneof(
      { weight: 6, arbitrary: shares },
      { weight: 1, arbitrary: fc.array(share, { minLength: 40, maxLength: arrivalsMax }) }
    ),
    others: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 3, arbitrary: fc.nat({ max: 3 }) },
      fc.nat({ max: 70 })
    ),
    error
  })

const delayWith = ({ policy, told, gapMs, others, error: fault }: Visit, drawn: ReadonlyArray<number>): number => {
  const { state, nowMs } = reached(policy, told)
  const arrivalsAtMs = drawn.map((each) => nowMs + gapMs - Math.floor(each * gapMs))
  const observation = {
    changes: drawn.length + others,
    ...(drawn.length === 0 ? {} : { arrivalsAtMs }),
    ...(fault === undefined ? {} : { error: fault })
  }
  return delayOf(nextSync(policy, state, observation, nowMs + gapMs))
}

describe('I4: arrivals', () => {
  const neverLengthens = (visits: fc.Arbitrary<Visit>) => () => {
    fc.assert(
      fc.property(visits, share, fc.nat({ max: 60 }), (given, more, at) => {
        const { shares: drawn } = given
        const added = [...drawn.slice(0, at), more, ...drawn.slice(at)]
        expect(delayWith(given, added)).toBeLessThanOrEqual(delayWith(given, drawn))
      }),
      runs()
    )
  }

  test(
    'I4: one arrival more never lengthens, of any number, for gaps up to an hour',
    neverLengthens(visit(upToAnHour, 60))
  )

  // Of more than fifty the earliest are left out, and with them what their hour was.
  test('I4: one arrival more never lengthens, up to fifty, however long the gap', neverLengthens(visit(longer, 49)))

  test('I4: one change more never lengthens, whether its arrival is known or not', () => {
    fc.assert(
      fc.property(visit(longer, 49), (given) => {
        const { others, shares: drawn } = given
        expect(delayWith({ ...given, others: others + 1 }, drawn)).toBeLessThanOrEqual(delayWith(given, drawn))
      }),
      runs()
    )
  })

  test('I4: that there was something, known or not how much, never lengthens', () => {
    fc.assert(
      fc.property(policies, history(), longer, (policy, told, gapMs) => {
        const { state, nowMs } = reached(policy, told)
        const delayAfter = (seen: CycleObservation): number => delayOf(nextSync(policy, state, seen, nowMs + gapMs))
        expect(delayAfter({ changes: 1, uncounted: true })).toBeLessThanOrEqual(
          delayAfter({ changes: 0, uncounted: true })
        )
      }),
      runs()
    )
  })

  test('I4: what has once lengthened: an arrival in the place of a count, and a message by which a first day was over', () => {
    const empty = { lateMs: 0, shares: [] }
    const full: Visit = {
      policy: { ...adaptive, ...wide, visitPrice: 10 },
      told: {
        from: freshPace,
        turns: [
          { ...empty, seen: { changes: 0 } },
          { ...empty, afterMs: 98_378_293, seen: { changes: 1, uncounted: true } }
        ]
      },
      gapMs: 219_401_578,
      shares: [],
      others: 50,
      error: undefined
    }
    expect(delayWith(full, [0])).toBeLessThanOrEqual(delayWith(full, []))
    const young: Visit = {
      ...full,
      policy: adaptive,
      told: {
        from: { ...freshPace, seed: 535_972_289 },
        turns: [
          { ...empty, seen: { changes: 1 } },
          { ...empty, afterMs: 9_157_852 + 411_992 + 2_938_610 + 69_465_593, seen: { request: 'push' } }
        ]
      },
      gapMs: 1_156_159
    }
    for (let others = 0; others < 6; others += 1)
      expect(delayWith({ ...young, others: others + 1 }, [])).toBeLessThanOrEqual(delayWith({ ...young, others }, []))
  })

  test('I4: an arrival made more recent never lengthens, for gaps up to an hour', () => {
    fc.assert(
      fc.property(visit(upToAnHour, 60), share, share, (given, x, y) => {
        const [later, sooner] = x < y ? [x, y] : [y, x]
        expect(delayWith(given, [...given.shares, later])).toBeLessThanOrEqual(
          delayWith(given, [...given.shares, sooner])
        )
      }),
      runs()
    )
  })
})

const quiet = { changes: 0 }

/** A mailbox of any age, whose liveliness does not change within the hour that has begun. */
const level: fc.Arbitrary<{ readonly policy: AdaptivePolicy; readonly state: Pace; readonly nowMs: number }> = fc
  .record({ policy: adaptivePolicy, told: history() })
  .map(({ policy, told }) => {
    const { state, nowMs } = reached(policy, told)
    const { learned } = state
    return {
      policy,
      state: learned === undefined ? state : { ...state, learned: { ...learned, closing: learned.opening } },
      nowMs
    }
  })

describe('I5: silence', () => {
  test('I5: longer silence never shortens, within an hour of the week whose liveliness is level', () => {
    fc.assert(
      fc.property(level, share, share, ({ policy, state, nowMs }, x, y) => {
        const beganMs = state.learned?.atMs ?? nowMs
        const leftMs = (Math.floor(beganMs / hour) + 1) * hour - 1 - beganMs
        const delayAfter = (part: number): number =>
          delayOf(nextSync(policy, state, quiet, beganMs + Math.floor(part * leftMs)))
        expect(delayAfter(Math.max(x, y))).toBeGreaterThanOrEqual(delayAfter(Math.min(x, y)))
      }),
      runs()
    )
  })

  test('I5: nor does it under `stepped` and `client`, over any time', () => {
    fc.assert(
      fc.property(policies, history(), fc.nat({ max: 30 }), longer, (policy, told, visits, gapMs) => {
        if (policy.name === 'adaptive') return
        let { state, nowMs } = reached(policy, told)
        let lastMs = 0
        for (let one = 0; one < visits; one += 1) {
          nowMs += gapMs
          const next = nextSync(policy, state, quiet, nowMs)
          expect(delayOf(next)).toBeGreaterThanOrEqual(lastMs)
          lastMs = delayOf(next)
          state = next.state
        }
      }),
      runs(0.3)
    )
  })
})

const silent = { arrivalsAtMs: [], others: 0 }
const counts = ['age', 'months', 'days', 'hours', 'burst', 'thread', 'followed', 'hour', 'opening', 'closing'] as const

/** A mailbox as a history leaves it. */
const lived: fc.Arbitrary<Learned> = fc
  .record({ policy: adaptivePolicy, told: history(), pace })
  .map(({ policy, told, pace: drawn }) => {
    const { state } = reached(policy, told)
    return state.learned ?? drawn.learned
  })
  .filter((learned) => learned !== undefined)

describe('I10: time passes alike in one step and in many', () => {
  test('I10: what is left after two whiles is what is left after both, within 1e-9', () => {
    const upTo = (most: number) => fc.nat({ max: 2 ** 31 - 1 }).map((drawn) => (drawn / 2 ** 31) * most)
    const x = fc.oneof(upTo(40), upTo(1), upTo(1e-3))
    fc.assert(
      fc.property(x, x, (first, then) => {
        expect(Math.abs(decay(first + then) - decay(first) * decay(then))).toBeLessThanOrEqual(
          1e-9 * decay(first + then) + 2 ** -63
        )
        expect(decay(first + then)).toBeLessThanOrEqual(decay(first) + 1e-12)
      }),
      runs()
    )
  })

  /** At this instant of its silence a part of its week is written half a step above another: seed -1986461835. */
  const onABorder: Learned = {
    form: 'week-1',
    atMs: 1_772_668_800_000,
    age: 55061.343647003174,
    months: 9.887557029724121,
    days: 6.477646827697754,
    hours: 0.029664039611816406,
    burst: 0,
    thread: 0.0000171661376953125,
    followed: 5.722325325012207,
    hour: 0,
    opening: 0.9770183563232422,
    closing: 0.9686613082885742,
    week: 'IAIAIAIAIAIAIAIAIAZlB1CRCoC6DJDXDjDuD4EBEJEQEXEeIAIAIAIAIAIAIAIA'
  }

  test('I10: a silent while of up to 14 days is learned alike in one step and in many; its week within one of its steps', () => {
    fc.assert(
      fc.property(
        lived,
        fc.oneof(upToAnHour, fc.integer({ min: 0, max: 14 * day - hour })),
        fc.array(share, { maxLength: 8 }),
        (known, gapMs, cuts) => {
          const once = learn(known, silent, known.atMs + gapMs)
          const stops = [...cuts.map((cut) => Math.floor(cut * gapMs)), gapMs].sort((x, y) => x - y)
          const often = stops.reduce((each, stop) => learn(each, silent, known.atMs + stop), known)
          // What lies on the border of two steps of the week may be written as either.
          for (let part = 0; part < 32; part += 1) {
            const [x, y] = [often, once].map(({ week }) => Math.sqrt(livelinessAt(week, part)) * 512)
            expect(Math.abs((x ?? 0) - (y ?? 0))).toBeLessThanOrEqual(1 + 1e-9)
          }
          // Each stop rounds the liveliness of the hour too, by which the seconds of all later ones are counted: 1 in a million.
          const kept = 2 ** -20 * (stops.length + 1)
          const seconds = stops.length + 1
          for (const count of counts) {
            const off = Math.abs(often[count] - once[count])
            expect(off).toBeLessThanOrEqual(count === 'age' ? seconds : kept + (known[count] * seconds) / 11_500)
          }
        }
      ),
      { ...runs(), examples: [[onABorder, 163_815_492, [0.285688]]] }
    )
  })
})

const sizeOf = (state: Pace): string => {
  const text = JSON.stringify(state)
  expect(text.length).toBeLessThanOrEqual(600)
  expect(numbersIn(state).length).toBeLessThanOrEqual(16)
  expect(state.learned?.week.length ?? 64).toBe(64)
  expect(numbersIn(state).every(Number.isFinite)).toBe(true)
  return text
}

describe('I11: size', () => {
  test('I11: a state is at most 16 numbers, a week of 64 characters, and 600 characters of JSON', () => {
    fc.assert(
      fc.property(policies, history(40), (policy, told) => {
        for (const { next } of walk(policy, told)) sizeOf(next.state)
      }),
      runs()
    )
  })

  test('I11: so it is after any history of 10,000 visits', () => {
    fc.assert(
      fc.property(policies, history(), fc.nat({ max: 2 ** 31 }), (policy, told, seed) => {
        let { state, nowMs } = reached(policy, told)
        let lot = seed | 1
        const draw = (below: number): number => {
          lot = (Math.imul(lot, 1664525) + 1013904223) >>> 0
          return Math.floor((lot / 2 ** 32) * below)
        }
        for (let visits = 0; visits < 10_000; visits += 1) {
          nowMs = draw(50) === 0 ? nowMs + draw(3 * day) : (state.dueAtMs ?? nowMs) + draw(1000)
          const changes = draw(6) === 0 ? 1 + draw(draw(30) === 0 ? 100 : 4) : 0
          const fault = draw(40)
          const observation: CycleObservation = {
            changes,
            ...(fault === 0 ? { error: 'throttled' as const, retryAfterMs: draw(hour) } : {}),
            ...(fault === 1 ? { error: 'transient' as const } : {}),
            arrivalsAtMs: Array.from({ length: draw(3) === 0 ? 0 : changes }, () => nowMs - draw(10 * minute))
          }
          const { disabled: _was, ...next } = nextSync(policy, state, observation, nowMs).state
          state = next.failures >= policy.failureLimit ? { ...next, failures: 0 } : next
          if (visits % 100 === 0) sizeOf(state)
        }
        sizeOf(state)
      }),
      runs(0.02)
    )
  })
})

describe('I12: hours are those of UTC', () => {
  const own = process.env['TZ']
  afterEach(() => {
    if (own === undefined) delete process.env['TZ']
    else process.env['TZ'] = own
  })

  test('I12: the same history some weeks later gives the same delays', () => {
    fc.assert(
      fc.property(adaptivePolicy, history(), fc.integer({ min: -2000, max: 2000 }), (policy, told, weeks) => {
        const { learned } = told.from
        const moved: History = {
          ...told,
          from:
            learned === undefined
              ? told.from
              : { ...told.from, learned: { ...learned, atMs: learned.atMs + weeks * week } }
        }
        const untimed = told.turns.every(({ seen }) => 'request' in seen || seen.arrivalsAtMs === undefined)
        if (!untimed) return
        const delays = (given: History, begins: number) =>
          walk(policy, given, begins).map(({ next }) => [delayOf(next), next.state.learned?.week])
        expect(delays(moved, startMs + weeks * week)).toEqual(delays(told, startMs))
      }),
      runs()
    )
  })

  test('I12: the zone of the machine is of no matter', () => {
    const zones = ['UTC', 'America/Los_Angeles', 'Asia/Kathmandu', 'Pacific/Kiritimati', 'Australia/Lord_Howe']
    fc.assert(
      fc.property(policies, history(), (policy, told) => {
        const answers = zones.map((zone) => {
          process.env['TZ'] = zone
          return JSON.stringify(walk(policy, told).map(({ next }) => next))
        })
        expect(new Set(answers).size).toBe(1)
      }),
      runs(0.3)
    )
    process.env['TZ'] = 'Asia/Kathmandu'
    expect(new Date(0).getHours()).toBe(5)
  })

  test('I12: clocks that are put forward or back cost less than 1 percent of the waiting in the four weeks after', async () => {
    const { officeFleet } = await import(new URL('../../examples/simulate/generator.mjs', import.meta.url).href)
    const fleet: ReadonlyArray<Office> = officeFleet({ seed: 1, mailboxes: 14, weeks: 14 })
    // The weeks that are measured are the same ones: what came before them lies off.
    const usual = weeksAfter(fleet, 0)
    /** What is visited more or less than usual is worth its price. */
    const cost = (offMs: number): number => {
      const { visits, waitedS } = weeksAfter(fleet, offMs)
      return (waitedS + adaptive.visitPrice * (visits - usual.visits)) / usual.waitedS
    }
    for (const offMs of [hour, -hour]) expect(cost(offMs)).toBeLessThan(1.01)
    // It is no matter of course: half a day costs several times as much.
    expect(cost(12 * hour)).toBeGreaterThan(1.03)
  })
})

interface Office {
  readonly id: string
  readonly startS: number
  readonly arrivals: Float64Array
}

const weeksAfter = (fleet: ReadonlyArray<Office>, offMs: number) => {
  const sum = { waitedS: 0, visits: 0 }
  for (const { id, startS, arrivals } of fleet) {
    const putAtMs = startS * 1000 + 8 * week
    const atMs = Array.from(arrivals, (atS) => atS * 1000).map((each) =>
      each < putAtMs ? Math.min(putAtMs - 1, each + offMs) : each
    )
    atMs.sort((x, y) => x - y)
    let state = paceFor(id)
    let nowMs = startS * 1000
    let seen = 0
    while (nowMs < putAtMs + 4 * week) {
      const from = seen
      while (seen < atMs.length && (atMs[seen] ?? 0) <= nowMs) seen += 1
      const arrivalsAtMs = atMs.slice(from, seen)
      if (nowMs >= putAtMs) {
        sum.visits += 1
        for (const each of arrivalsAtMs) sum.waitedS += each >= putAtMs ? (nowMs - each) / 1000 : 0
      }
      const next = nextSync(adaptive, state, { changes: seen - from, arrivalsAtMs }, nowMs)
      state = next.state
      nowMs += delayOf(next)
    }
  }
  return sum
}
