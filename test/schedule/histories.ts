/** What may become of a mailbox: policies with sensible figures, and histories that end in any state that can be reached. */
import fc from 'fast-check'
import {
  type AdaptivePolicy,
  adaptive,
  type ClientPolicy,
  client,
  type CycleObservation,
  freshPace,
  type Next,
  nextSync,
  type Observation,
  type Pace,
  paceFor,
  type Policy,
  type SteppedPolicy,
  stepped
} from '../../src/schedule/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'

const { observation, pace, request } = arbitraries(fc)

export const second = 1000
export const minute = 60_000
export const hour = 60 * minute
export const day = 24 * hour
export const week = 7 * day
export const startMs = Date.UTC(2026, 2, 2, 8)

/** 30 seconds to an hour, in order. */
const bounds = (count: number): fc.Arbitrary<ReadonlyArray<number>> =>
  fc
    .array(
      fc.oneof(
        fc.integer({ min: 30, max: 3600 }).map((s) => s * second),
        fc.integer({ min: 30_000, max: hour })
      ),
      {
        minLength: count,
        maxLength: count
      }
    )
    .map((drawn) => [...drawn].sort((x, y) => x - y))

const limits = {
  failureLimit: fc.integer({ min: 1, max: 12 }),
  retryAfterMsMax: fc.constantFrom(day, 2 * hour, 3 * day),
  pushDelayMs: fc.integer({ min: 0, max: minute })
}

export const price: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0.01, 1, 10, 1e5),
  fc.integer({ min: -2000, max: 5000 }).map((exponent) => 10 ** (exponent / 1000))
)

const longWaits: fc.Arbitrary<number> = fc.constantFrom(0, 0, 0.3, 1)

/** Where a delay is hardly ever at one of its bounds, and the least difference is seen. */
export const wide = {
  delayMsMin: 30 * second,
  delayMsMax: hour,
  delayMsNormal: hour,
  busyChangesMin: 1000,
  busyDelayMsMax: hour,
  spread: 0
}

export const adaptivePolicy: fc.Arbitrary<AdaptivePolicy> = fc.oneof(
  price.map((visitPrice): AdaptivePolicy => ({ ...adaptive, visitPrice })),
  fc.record({ visitPrice: price, longWaits }).map((drawn): AdaptivePolicy => ({ ...adaptive, ...wide, ...drawn })),
  fc
    .record({
      ...limits,
      bounds: bounds(4),
      isBusyFirst: fc.boolean(),
      failures: bounds(2),
      visitPrice: price,
      longWaits,
      busyChangesMin: fc.integer({ min: 1, max: 100 }),
      spread: fc.constantFrom(0, 0.02, 0.05)
    })
    .map(
      ({
        bounds: [least = 0, low = 0, high = 0, most = 0],
        failures: [base = 0, top = 0],
        isBusyFirst,
        ...drawn
      }): AdaptivePolicy => ({
        ...drawn,
        name: 'adaptive',
        delayMsMin: least,
        delayMsMax: most,
        delayMsNormal: isBusyFirst ? high : low,
        busyDelayMsMax: isBusyFirst ? low : high,
        failureDelayMs: base,
        failureDelayMsMax: top
      })
    )
)

export const steppedPolicy: fc.Arbitrary<SteppedPolicy> = fc.oneof(
  fc.constant(stepped),
  fc
    .record({
      ...limits,
      bounds: bounds(3),
      idleStepMs: fc.integer({ min: 0, max: 5 * minute }),
      failureDelayMs: fc.integer({ min: 30_000, max: hour }),
      busyChangesMin: fc.integer({ min: 1, max: 100 })
    })
    .map(
      ({ bounds: [busyDelayMs = 0, activeDelayMs = 0, idleDelayMsMax = 0], ...drawn }): SteppedPolicy => ({
        ...drawn,
        name: 'stepped',
        busyDelayMs,
        activeDelayMs,
        idleDelayMsMax
      })
    )
)

export const clientPolicy: fc.Arbitrary<ClientPolicy> = fc.oneof(
  fc.constant(client),
  fc.record({ ...limits, bounds: bounds(3), isShortened: fc.boolean() }).map(
    ({ bounds: [failureDelayMs = 0, x = 0, y = 0], isShortened, ...drawn }): ClientPolicy => ({
      ...drawn,
      name: 'client',
      intervalMs: isShortened ? x : y,
      intervalMsMin: isShortened ? y : x,
      manual: false,
      failureDelayMs
    })
  )
)

export const policies: fc.Arbitrary<Policy> = fc.oneof(
  { weight: 3, arbitrary: adaptivePolicy },
  { weight: 1, arbitrary: steppedPolicy },
  { weight: 1, arbitrary: clientPolicy }
)

/** Between which a policy says it comes back after a cycle that came to its end. */
export const boundsOf = (policy: Policy): { readonly least: number; readonly most: number } => {
  if (policy.name === 'adaptive') return { least: policy.delayMsMin, most: policy.delayMsMax }
  if (policy.name === 'stepped') return { least: policy.busyDelayMs, most: policy.idleDelayMsMax }
  const interval = Math.max(policy.intervalMs, policy.intervalMsMin)
  return { least: interval, most: interval }
}

export const failureMost = (policy: Policy): number =>
  policy.name === 'adaptive' ? policy.failureDelayMsMax : policy.failureDelayMs

/** One visit, or one request: when, and what it saw. */
export interface Turn {
  /** After the one before; absent: as it was told, and `lateMs` later. */
  readonly afterMs?: number
  readonly lateMs: number
  /** Where between the two visits each arrival lies. */
  readonly shares: ReadonlyArray<number>
  readonly seen: Observation
}

const changes = fc.oneof(
  { weight: 5, arbitrary: fc.constant(0) },
  { weight: 4, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 200 }) }
)
/** Even between 0 and 1: drawn as doubles nearly all would be next to 0. */
export const share = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, 1) },
  { weight: 9, arbitrary: fc.nat({ max: 1_000_000 }).map((drawn) => drawn / 1_000_000) }
)
export const shares = fc.array(share, { maxLength: 6 })

/** Asked for by a server: seconds to days, and what is no number of milliseconds. */
export const hostileWait: fc.Arbitrary<number> = fc.constantFrom<unknown>(
  Number.NaN,
  -1,
  -1e9,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  '600000',
  'Wed, 21 Oct 2026 07:28:00 GMT',
  '',
  null,
  true,
  {},
  []
) as fc.Arbitrary<number>
export const soundWait = fc.oneof(
  fc.integer({ min: 0, max: 2 * hour }),
  fc.integer({ min: 0, max: 5 * day }),
  fc.double({ min: 0, max: 1e12, noNaN: true })
)

/** A cycle that came to its end, as a server tells of it. */
export const success: fc.Arbitrary<CycleObservation> = fc.record(
  { changes, uncounted: fc.boolean(), truncated: fc.boolean() },
  { requiredKeys: ['changes'] }
)
const unfinished: fc.Arbitrary<CycleObservation> = fc.record(
  {
    changes,
    error: fc.constantFrom<'transient' | 'throttled'>('transient', 'throttled'),
    retryAfterMs: soundWait.map(Math.round)
  },
  { requiredKeys: ['changes', 'error'] }
)
export const cycle: fc.Arbitrary<CycleObservation> = fc.oneof(
  { weight: 8, arbitrary: success },
  { weight: 2, arbitrary: unfinished },
  { weight: 1, arbitrary: observation }
)

const turn: fc.Arbitrary<Turn> = fc.record(
  {
    afterMs: fc.oneof(
      { weight: 3, arbitrary: fc.integer({ min: 0, max: hour }) },
      { weight: 2, arbitrary: fc.integer({ min: 0, max: 2 * day }) },
      { weight: 1, arbitrary: fc.integer({ min: -hour, max: 40 * day }) }
    ),
    lateMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 5 * minute })),
    shares,
    seen: fc.oneof({ weight: 9, arbitrary: cycle }, { weight: 1, arbitrary: request })
  },
  { requiredKeys: ['lateMs', 'shares', 'seen'] }
)

/** A mailbox before the history: a new one, with an id or without, or one that has lived. */
const from: fc.Arbitrary<Pace> = fc.oneof(
  fc.constant(freshPace),
  fc.string({ maxLength: 8 }).map(paceFor),
  fc.record({ pace, ago: fc.integer({ min: 0, max: 3 * hour }) }).map(({ pace: drawn, ago }) => aged(drawn, ago))
)

const aged = (drawn: Pace, ago: number): Pace => {
  const { dueAtMs: _due, notBeforeMs: _silence, ...kept } = drawn
  return drawn.learned === undefined ? kept : { ...kept, learned: { ...drawn.learned, atMs: startMs - ago } }
}

export interface History {
  readonly from: Pace
  readonly turns: ReadonlyArray<Turn>
}

export const history = (turnsMax = 20): fc.Arbitrary<History> =>
  fc.record({ from, turns: fc.array(turn, { maxLength: turnsMax }) })

export interface Walked {
  readonly observation: Observation
  readonly nowMs: number
  readonly before: Pace
  readonly next: Next
}

/** A person enables it again: counts are 0, what was learned is kept. */
const enabled = ({ disabled: _was, reason: _why, ...rest }: Pace): Pace => ({ ...rest, emptyCycles: 0, failures: 0 })

/** The arrivals of a visit that come after the one before; their number is the least that has changed. */
export const seenAt = (
  seen: Observation,
  shares: ReadonlyArray<number>,
  lastMs: number,
  nowMs: number
): Observation => {
  if ('request' in seen || shares.length === 0 || seen.changes === 0) return seen
  const arrivalsAtMs = shares.map((share) => nowMs - Math.floor(share * Math.max(0, nowMs - lastMs)))
  return { ...seen, changes: Math.max(seen.changes, shares.length), arrivalsAtMs }
}

/** `kept` is what becomes of a state between two turns. */
export const walk = (
  policy: Policy,
  { from: first, turns }: History,
  begins = startMs,
  kept: (state: Pace) => Pace = (state) => state
): ReadonlyArray<Walked> => {
  let state = first
  let nowMs = begins
  return turns.map(({ afterMs, lateMs, shares: drawn, seen }) => {
    const lastMs = nowMs
    nowMs = afterMs === undefined ? Math.max(nowMs, Math.ceil(state.dueAtMs ?? nowMs) + lateMs) : nowMs + afterMs
    const before = kept(state.disabled === true ? enabled(state) : state)
    const observation = seenAt(seen, drawn, lastMs, nowMs)
    const next = nextSync(policy, before, observation, nowMs)
    state = next.state
    return { observation, nowMs, before, next }
  })
}

/** Where a history ends: an enabled mailbox, and the instant of its last visit. */
export const reached = (policy: Policy, told: History): { readonly state: Pace; readonly nowMs: number } => {
  const last = walk(policy, told).at(-1)
  if (last === undefined) return { state: told.from, nowMs: startMs }
  const { state } = last.next
  return { state: state.disabled === true ? enabled(state) : state, nowMs: last.nowMs }
}

/** In ms; a mailbox that is disabled, or runs only when asked, never comes back by itself. */
export const delayOf = (next: Next): number =>
  next.disabled ? Number.POSITIVE_INFINITY : (next.delayMs ?? Number.POSITIVE_INFINITY)

/** All numbers that stand in a value. */
export const numbersIn = (value: unknown): ReadonlyArray<number> => {
  if (typeof value === 'number') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(numbersIn) : []
}
