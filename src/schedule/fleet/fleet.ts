/**
 * The planner of many schedules. It holds no id and no pace: a host keeps both beside the handle. It reads no clock;
 * every instant is the host's, in ms of the epoch, and fractions of a millisecond are rounded up, so that nothing is
 * due too early.
 */
import type {
  Due,
  FleetCounts,
  FleetNotice,
  NewSchedule,
  RateLimits,
  ScheduleStatus,
  TenantLimits,
  Visit
} from './face.js'
import type { FleetSnapshot } from './stored.js'

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
