/** What the planner is told and what it answers, but for the planner itself. */

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
   * What it may spend: visits per schedule that is not parked and day, met over weeks by moving `visitPrice`. Within a
   * day the visits go where the changes are. A companion that goes along costs nothing. Without it the price stays
   * where `price.initial` puts it. Law PRICE-1: met within 1 % after weeks, wherever the price began.
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
  /** Why then, as `nextSync` says it: a delay of `learning` says nothing of what another price would have given. */
  readonly reason?: string
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
 * make than the capacity, or the budget, of `scope` allows, companions not counted. Looked at every minute; told once
 * when it begins and once when it ends.
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
