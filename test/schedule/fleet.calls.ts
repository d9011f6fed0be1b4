/** Any sequence of calls to a fleet, and who makes them. */
import fc from 'fast-check'
import { expect } from 'vitest'
import {
  createFleet,
  type Due,
  type Fleet,
  type FleetOptions,
  type RateLimits,
  restoreFleet,
  type TenantLimits,
  type Visit
} from '../../src/schedule/index.js'
import type { FleetModel } from './fleet.model.js'

export const startMs = Date.UTC(2026, 2, 2, 8)
export const minute = 60_000
const year = 365 * 24 * 60 * minute

/** Which schedule and which lease: places in lists that grow while the calls run. */
export type Call =
  | {
      readonly call: 'add'
      readonly tenant: number
      readonly inMs: number
      readonly priority: number
      readonly mailbox?: number
    }
  | { readonly call: 'take' }
  | { readonly call: 'pass'; readonly byMs: number }
  | { readonly call: 'restart' }
  | { readonly call: 'throttled' }
  | Held
  | Told

type Held =
  | { readonly call: 'done'; readonly which: number; readonly next: Next }
  | { readonly call: 'renew'; readonly which: number }
  /** A `done` with the lease before. */
  | { readonly call: 'stale'; readonly which: number }

type Told =
  | { readonly call: 'hint'; readonly which: number; readonly inMs: number }
  | { readonly call: 'reschedule'; readonly which: number; readonly next: Next }
  | { readonly call: 'enable'; readonly which: number; readonly next: Next }
  | { readonly call: 'remove'; readonly which: number }
  | { readonly call: 'park'; readonly which: number }

interface Next {
  readonly inMs: number
  readonly silenceMs?: number
  readonly disabled?: boolean
  readonly reason?: string
}

const which = fc.nat({ max: 1000 })
const inMs = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -30_000, max: 60_000 }) },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 15 * minute }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 * 24 * 60 * minute }) }
)
const next = fc.record(
  {
    inMs,
    silenceMs: fc.integer({ min: 0, max: 20 * minute }),
    disabled: fc.boolean(),
    reason: fc.constantFrom('learning', 'learned')
  },
  { requiredKeys: ['inMs'] }
)
const byMs = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 1500 }) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 3 * minute }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 * minute }) },
  { weight: 1, arbitrary: fc.constantFrom(-1, -700, -5 * minute, -year, year, 2 * 24 * 60 * minute) }
)
const anyCall: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record(
      {
        call: fc.constant('add' as const),
        tenant: fc.nat({ max: 2 }),
        inMs,
        priority: fc.nat({ max: 2 }),
        mailbox: which
      },
      { requiredKeys: ['call', 'tenant', 'inMs', 'priority'] }
    )
  },
  { weight: 6, arbitrary: fc.constant<Call>({ call: 'take' }) },
  { weight: 4, arbitrary: fc.record({ call: fc.constant('done' as const), which, next }) },
  { weight: 4, arbitrary: fc.record({ call: fc.constant('pass' as const), byMs }) },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('hint' as const), which, inMs }) },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.record({ call: fc.constant('reschedule' as const), which, next }),
      fc.record({ call: fc.constant('enable' as const), which, next })
    )
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.constantFrom<'remove' | 'park' | 'renew' | 'stale'>('remove', 'park', 'renew', 'stale'), which)
      .map(([call, at]): Call => ({ call, which: at }))
  },
  { weight: 1, arbitrary: fc.constant<Call>({ call: 'restart' }) }
)
/** Where a server is limited it may throttle as well; the naive fleet knows none. */
export const throttledCalls = fc.array(
  fc.oneof({ weight: 40, arbitrary: anyCall }, { weight: 1, arbitrary: fc.constant<Call>({ call: 'throttled' }) }),
  { minLength: 10, maxLength: 60, size: 'max' }
)
export const calls = fc.array(anyCall, { minLength: 10, maxLength: 60, size: 'max' })

/** Rates whose intervals are whole milliseconds, so that the naive fleet counts exactly. */
export const limits: fc.Arbitrary<RateLimits> = fc.record(
  {
    perSecondMax: fc.constantFrom(1, 2, 5, 0.1),
    burstMax: fc.integer({ min: 1, max: 4 }),
    inFlightMax: fc.integer({ min: 1, max: 4 })
  },
  { requiredKeys: [] }
)
const tenantLimits: fc.Arbitrary<TenantLimits> = fc
  .tuple(limits, fc.integer({ min: 1, max: 3 }))
  .map(([rates, share]) => ({ ...rates, share }))
export const options: fc.Arbitrary<FleetOptions> = limits.map((rates) => ({ ...rates, leaseMs: 5 * minute }))
export const threeTenants = fc.tuple(tenantLimits, tenantLimits, tenantLimits)
export const names = ['first', 'second', 'third'] as const

export const fleetOf = (given: FleetOptions, tenants: ReadonlyArray<TenantLimits>, server: RateLimits = {}): Fleet => {
  const fleet = createFleet(given, startMs)
  names.forEach((name, at) => {
    fleet.tenant(name, tenants[at] ?? {}, startMs)
  })
  fleet.server('server', server, startMs)
  return fleet
}

const dueOf = (given: Next, now: number): Due => ({
  dueAtMs: now + given.inMs,
  ...(given.silenceMs === undefined ? {} : { notBeforeMs: now + given.silenceMs }),
  ...(given.disabled === true ? { disabled: true } : {}),
  ...(given.reason === undefined ? {} : { reason: given.reason })
})

export interface Seen {
  readonly now: number
  readonly fleet: Fleet
  readonly handles: ReadonlyArray<number>
  /** The mailbox and the tenant of each schedule. */
  readonly mailboxOf: ReadonlyMap<number, number>
  readonly tenantOf: ReadonlyMap<number, number>
  /** Those at the server that has limits; `other` has none. */
  readonly isLimited: ReadonlyMap<number, boolean>
  readonly call: Call
  readonly handle?: number
  readonly visit?: Visit
}

/**
 * Runs the calls on a fleet and answers what was seen after each. Where there is a model, both must answer the same.
 */
export const run = (
  start: Fleet,
  given: FleetOptions,
  calls: ReadonlyArray<Call>,
  look: (seen: Seen) => void = () => undefined,
  model?: FleetModel
): Fleet => {
  const driver = new Driver(start, given, model)
  for (const call of calls) look(driver.make(call))
  return driver.fleet
}

class Driver {
  fleet: Fleet
  private readonly given: FleetOptions
  private readonly model: FleetModel | undefined
  private now = startMs
  private readonly handles: Array<number> = []
  private readonly tenantOf = new Map<number, number>()
  private readonly isLimited = new Map<number, boolean>()
  private readonly mailboxOf = new Map<number, number>()
  private mailboxes = 0
  private readonly leases: Array<readonly [handle: number, lease: number]> = []

  constructor(fleet: Fleet, given: FleetOptions, model: FleetModel | undefined) {
    this.fleet = fleet
    this.given = given
    this.model = model
  }

  make(call: Call): Seen {
    const made = this.answer(call)
    const { now, fleet, handles, mailboxOf, tenantOf, isLimited } = this
    return { now, fleet, handles, mailboxOf, tenantOf, isLimited, call, ...made }
  }

  private answer(call: Call): Pick<Seen, 'handle' | 'visit'> {
    switch (call.call) {
      case 'pass':
        this.now += call.byMs
        return {}
      case 'throttled':
        this.fleet.throttled('server', this.now)
        return {}
      case 'restart':
        this.fleet = restoreFleet(JSON.parse(JSON.stringify(this.fleet.snapshot())), this.given)
        return {}
      case 'take':
        return this.take()
      case 'add':
        return this.add(call)
      case 'done':
      case 'stale':
      case 'renew':
        return this.hold(call)
      default:
        return this.tell(call)
    }
  }

  private take(): Pick<Seen, 'visit'> {
    const visit = this.fleet.take(this.now)
    if (this.model !== undefined) {
      const companions = [...(visit?.companions ?? [])].sort((x, y) => x - y)
      const shown = visit && { handle: visit.handle, companions, lease: visit.lease }
      expect(shown).toEqual(this.model.take(this.now))
    }
    if (visit === undefined) return {}
    for (const each of [visit.handle, ...visit.companions]) this.leases.push([each, visit.lease])
    return { visit }
  }

  private add(call: Extract<Call, { call: 'add' }>): Pick<Seen, 'handle'> {
    const sibling = call.mailbox === undefined ? undefined : pick(this.handles, call.mailbox)
    const tenant = sibling === undefined ? call.tenant : (this.tenantOf.get(sibling) ?? 0)
    const isLimited = sibling === undefined ? call.priority < 2 : (this.isLimited.get(sibling) ?? true)
    const schedule = {
      tenant: names[tenant] ?? 'first',
      server: isLimited ? 'server' : 'other',
      dueAtMs: this.now + call.inMs,
      priority: call.priority,
      ...(sibling === undefined ? {} : { mailbox: sibling })
    }
    const handle = this.fleet.add(schedule, this.now)
    if (this.model !== undefined) expect(this.model.add(schedule, this.now)).toBe(handle)
    this.tenantOf.set(handle, tenant)
    this.isLimited.set(handle, isLimited)
    const mailbox = sibling === undefined ? undefined : this.mailboxOf.get(sibling)
    if (mailbox === undefined) this.mailboxes += 1
    this.mailboxOf.set(handle, mailbox ?? this.mailboxes)
    this.handles.push(handle)
    return { handle }
  }

  private hold(call: Held): Pick<Seen, 'handle'> {
    const held = pick(this.leases, call.which)
    if (held === undefined) return {}
    const [handle, lease] = held
    const token = call.call === 'stale' ? lease - 1 : lease
    const next = call.call === 'done' ? dueOf(call.next, this.now) : {}
    const answers = [this.fleet, this.model].flatMap((each) =>
      each === undefined
        ? []
        : call.call === 'renew'
          ? [each.renew(handle, token, this.now)]
          : [each.done(handle, token, next, this.now)]
    )
    expect(answers.every((answer) => answer === answers[0])).toBe(true)
    return { handle }
  }

  private tell(call: Told): Pick<Seen, 'handle'> {
    const handle = pick(this.handles, call.which)
    if (handle === undefined) return {}
    for (const each of [this.fleet, this.model]) {
      if (call.call === 'hint') each?.hint(handle, this.now + call.inMs, this.now)
      else if (call.call === 'park') each?.park(handle, this.now)
      else if (call.call === 'remove') each?.remove(handle, this.now)
      else if (call.call === 'enable') each?.enable(handle, dueOf(call.next, this.now), this.now)
      else each?.reschedule(handle, dueOf(call.next, this.now), this.now)
    }
    if (call.call === 'remove') this.handles.splice(this.handles.indexOf(handle), 1)
    return { handle }
  }
}

const pick = <T>(list: ReadonlyArray<T>, at: number): T | undefined => list[at % Math.max(1, list.length)]
