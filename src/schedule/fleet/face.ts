/**
 * The planner of many schedules: what it is told and what it answers. It holds no id and no pace: a host keeps both
 * beside the handle. It reads no clock; every instant is the host's, in ms of the epoch, and fractions of a
 * millisecond are rounded up, so that nothing is due too early.
 */

/** What limits the visits of a tenant or to a server. What is left out is unlimited. @public */
export interface RateLimits {
  /** Visits that begin within a second, on average; a fraction is one every few seconds. */
  readonly perSecondMax?: number
  /** Visits that may begin at once after a rest; by default one second's, at least 1. */
  readonly burstMax?: number
  /** Visits in flight at once. */
  readonly inFlightMax?: number
}

/** @public */
export interface TenantLimits extends RateLimits {
  /** Its part where tenants compete: one of share 2 gets two turns to another's one. An integer, 1 by default. */
  readonly share?: number
  /**
   * What it may spend: visits per enabled schedule and day, met over weeks by moving `visitPrice`. Within a day the
   * visits go where the changes are. Without it the price stays where `price.initial` puts it.
   */
  readonly visitsPerDay?: number
}

/** @public */
export interface FleetOptions extends RateLimits {
  /** Schedules at once: 4,194,304 by default, which is also the most. */
  readonly schedulesMax?: number
  /** 65,536 each by default. */
  readonly tenantsMax?: number
  readonly serversMax?: number
  /** The term of a lease that is not renewed, 10 minutes by default. */
  readonly leaseMs?: number
  /** Schedules of one mailbox that are due within this time share a visit, 20 seconds by default; 0: never. */
  readonly shareMs?: number
  /** The bounds of the policy in use: between them a delay is moved by the price. 2 and 12 minutes by default. */
  readonly delayMsMin?: number
  readonly delayMsMax?: number
  /** In message-seconds, as `AdaptivePolicy.visitPrice`. By default 20, and from 0.01 to 100,000. */
  readonly price?: { readonly initial?: number; readonly min?: number; readonly max?: number }
  /** A server that throttles gets half; it is back at the whole after this time without another throttle. 10 minutes by default. */
  readonly recoveryMs?: number
}

/** When a schedule is due. A `Pace` is one, so `nextSync(…).state` is what `done` is told. @public */
export interface Due {
  /** Absent: to `add` and `enable` at once; to `done` and `reschedule` only when somebody asks (policy `manual`). */
  readonly dueAtMs?: number
  /** A server's silence: no hint and no shared visit goes before it. */
  readonly notBeforeMs?: number
  /** Parked until `enable`. */
  readonly disabled?: boolean
}

/** @public */
export interface NewSchedule extends Due {
  /** Names of what was declared by `tenant` and `server`; an unknown one comes into being without limits. */
  readonly tenant: string
  /** What several mailboxes are reached through. */
  readonly server: string
  /** The handle of another schedule of the same mailbox: never two of one mailbox are in flight apart. */
  readonly mailbox?: number
  /** Among equally due ones of a tenant the lower goes first: an integer from 0 to 255, 100 by default. */
  readonly priority?: number
}

/** A visit: who is to be synchronised now, and by what right. @public */
export interface Visit {
  readonly handle: number
  /** Other schedules of the mailbox that go along under the same lease; each needs a `done` of its own. */
  readonly companions: ReadonlyArray<number>
  /** Grows with every visit of the fleet. */
  readonly lease: number
  /** The lease ends then unless it is renewed; the visit is taken back and counted in `forcedUnlocks`. */
  readonly untilMs: number
  /** Since when it has been due. */
  readonly dueAtMs: number
}

/** What a schedule is. `waiting` its time has not come · `due` it has · `in-flight` it is leased · `parked` it is disabled. @public */
export type ScheduleStatus = 'waiting' | 'due' | 'in-flight' | 'parked'

/** Law FLEET-7: the first four add up to the schedules that were added and not removed. @public */
export interface FleetCounts {
  readonly waiting: number
  readonly due: number
  readonly inFlight: number
  readonly parked: number
  /** Visits begun, and companions that went along. */
  readonly visits: number
  readonly shared: number
  readonly forcedUnlocks: number
  /** `done` and `renew` under a lease that was no longer theirs. */
  readonly refused: number
}

/**
 * Something a person should know. `budget-infeasible`: even with every delay at its maximum there are more visits to
 * make than the capacity, or the budget, of `scope` allows; told once when it begins and once when it ends.
 * @public
 */
export interface FleetNotice {
  readonly notice: 'budget-infeasible'
  readonly begins: boolean
  readonly atMs: number
  readonly scope: 'fleet' | 'tenant'
  /** Of the tenant. */
  readonly name?: string
  /** Visits a second that are needed at least, and those there are. */
  readonly neededPerSecond: number
  readonly allowedPerSecond: number
}

/**
 * Which schedule is due, who may go next, and what a visit costs. Misuse of it throws `Misuse` with the path.
 *
 * Laws: FLEET-1 never two visits of one mailbox in flight. FLEET-2 within any time t at most burstMax + perSecondMax × t
 * visits begin, for the fleet, each tenant and each server. FLEET-3 what is due waits at most backlog ÷ rate, however
 * much comes after it. FLEET-4 tenants with work waiting get turns by their shares. FLEET-5 a restored fleet goes on as
 * the one that was stored. FLEET-6 a hint never postpones. FLEET-7 every schedule is exactly one of the four statuses.
 * A clock that is set back moves all that waits with it: what was due in a minute is due in a minute.
 * @public
 */
export interface Fleet {
  /** Declares a tenant, or changes its limits. */
  readonly tenant: (name: string, limits: TenantLimits, nowMs: number) => void
  /** Declares a server, or changes its limits. */
  readonly server: (name: string, limits: RateLimits, nowMs: number) => void
  /** A new schedule; its handle is an integer from 0, and may have been a removed one's. */
  readonly add: (schedule: NewSchedule, nowMs: number) => number
  /** Ends it, in flight or not. */
  readonly remove: (handle: number, nowMs: number) => void
  /** The next visit, if one is due and may begin; to be asked until there is none. */
  readonly take: (nowMs: number) => Visit | undefined
  /** Prolongs a lease from now, for all that share it. False: it is no longer theirs, stop. */
  readonly renew: (handle: number, lease: number, nowMs: number) => boolean
  /** Ends a visit and tells when to come back. False: the lease is no longer theirs and nothing has changed. */
  readonly done: (handle: number, lease: number, next: Due, nowMs: number) => boolean
  /**
   * Somebody asks: due at `atMs`, or earlier if it was. In flight it is remembered, once, and runs after the end. It
   * goes before no `notBeforeMs`; a parked one stays parked.
   */
  readonly hint: (handle: number, atMs: number, nowMs: number) => void
  /** Sets when it is due, earlier or later; in flight `done` decides. */
  readonly reschedule: (handle: number, next: Due, nowMs: number) => void
  /** Disabled, once it is no longer in flight. */
  readonly park: (handle: number, nowMs: number) => void
  readonly enable: (handle: number, next: Due, nowMs: number) => void
  /** A server asks for silence of all: half of what it gets, at once, and slowly more again. */
  readonly throttled: (server: string, nowMs: number) => void
  /** What a visit of it costs now, for `AdaptivePolicy.visitPrice`: the higher of its tenant's and the fleet's price. */
  readonly visitPrice: (handle: number) => number
  /** When to ask `take` again after it had nothing: nothing can be taken before. Absent: only after another call. */
  readonly nextAtMs: (nowMs: number) => number | undefined
  readonly status: (handle: number) => ScheduleStatus | undefined
  /** Absent: it waits until somebody asks. */
  readonly dueAtMs: (handle: number) => number | undefined
  readonly counts: (nowMs: number) => FleetCounts
  /** What has come up since this was last asked, oldest first; of more than a thousand the newest. */
  readonly notices: () => ReadonlyArray<FleetNotice>
  /** All there is to know, as plain JSON; `restoreFleet` takes it. */
  readonly snapshot: () => FleetSnapshot
}

/** JSON. The columns of `schedules` are by handle; instants are on the fleet's own clock, `nowMs + shiftMs`. @public */
export interface FleetSnapshot {
  readonly version: 1
  readonly clock: { readonly atMs: number; readonly shiftMs: number }
  readonly schedules: Readonly<Record<string, ReadonlyArray<number>>>
  readonly fleet: Readonly<Record<string, unknown>>
  readonly tenants: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly servers: ReadonlyArray<Readonly<Record<string, unknown>>>
}
