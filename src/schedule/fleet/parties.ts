/** Those whose limits a visit has to respect, its tenant and its server, and the lane of what is due for both. */
import { Chain, type Linked } from './chain.js'
import type { RateLimits, TenantLimits } from './face.js'
import { Heap, type Placed } from './heap.js'
import type { Pricing } from './pricing.js'
import { Queue } from './queue.js'
import { Rate } from './rate.js'
import { goesBefore, type Rows } from './rows.js'

export class Tenant implements Linked<Tenant>, Placed {
  readonly name: string
  readonly index: number
  limits: TenantLimits = {}
  readonly rate = new Rate()
  readonly pricing: Pricing
  /** Its lanes with due work that no server keeps asleep, by their first schedules. */
  readonly ready: Heap<Lane>
  inFlight = 0
  /** Schedules that are due at some time. */
  scheduled = 0
  /** Schedules that are due now. */
  due = 0
  /** Of this turn; a turn has as many visits as the tenant has shares. */
  visitsLeft = 0
  /** While it waits for its rate. */
  wakeAtMs = 0
  place = -1
  ahead: Tenant | undefined
  behind: Tenant | undefined
  isQueued = false

  constructor(name: string, index: number, pricing: Pricing, rows: Rows) {
    this.name = name
    this.index = index
    this.pricing = pricing
    this.ready = new Heap((x, y) => goesBefore(rows, x.queue.first(), y.queue.first()))
  }

  limit(limits: TenantLimits, atMs: number): void {
    this.limits = limits
    this.rate.limit(limits, atMs)
  }

  get isFull(): boolean {
    return this.limits.inFlightMax !== undefined && this.inFlight >= this.limits.inFlightMax
  }
}

export class Server implements Placed {
  readonly name: string
  readonly index: number
  private readonly recoveryMs: number
  limits: RateLimits = {}
  readonly rate = new Rate()
  /** Lanes that wait for it, each in its turn. */
  readonly sleepers = new Chain<Lane>()
  inFlight = 0
  /** Lanes that were woken for a visit they have not begun: nobody may overtake them. */
  promised = 0
  wakeAtMs = 0
  place = -1
  /** The part of its limits that was in force at `partAtMs`, the last throttle. */
  part = 1
  partAtMs = 0
  /** Visits in flight when it throttled first, for a server without a limit. */
  inFlightSeen = 1

  constructor(name: string, index: number, recoveryMs: number) {
    this.name = name
    this.index = index
    this.recoveryMs = recoveryMs
  }

  limit(limits: RateLimits, atMs: number): void {
    this.limits = limits
    this.rate.limit(limits, atMs)
  }

  /** Visits that may begin at once and are promised to nobody. */
  free(atMs: number): number {
    return Math.min(this.inFlightMax(atMs) - this.inFlight, this.rate.allowance(atMs)) - this.promised
  }

  /** Additive increase, multiplicative decrease; what was in flight together says so together. */
  halve(atMs: number): void {
    if (this.part < 1 && atMs - this.partAtMs < oneThrottleMs) return
    const part = this.partAt(atMs)
    if (part === 1) this.inFlightSeen = Math.max(1, this.inFlight)
    this.part = Math.max(partMin, part / 2)
    this.partAtMs = atMs
  }

  partAt(atMs: number): number {
    return this.part === 1 ? 1 : Math.min(1, this.part + (atMs - this.partAtMs) / this.recoveryMs)
  }

  inFlightMax(atMs: number): number {
    const part = this.partAt(atMs)
    const { inFlightMax, perSecondMax } = this.limits
    // Where only a rate is told, that is halved; where nothing is, what was in flight.
    const whole =
      inFlightMax ?? (part === 1 || perSecondMax !== undefined ? Number.POSITIVE_INFINITY : this.inFlightSeen)
    return Math.max(1, Math.floor(part * whole))
  }
}

const oneThrottleMs = 10_000
const partMin = 1 / 64

/** What is due of one tenant at one server. */
export class Lane implements Linked<Lane>, Placed {
  readonly tenant: Tenant
  readonly server: Server
  readonly queue: Queue
  /** Schedules in it, due or not: without any it is let go. */
  schedules = 0
  isPromised = false
  /** In the tenant's `ready`. */
  place = -1
  /** Among the server's sleepers. */
  ahead: Lane | undefined
  behind: Lane | undefined
  isQueued = false

  constructor(tenant: Tenant, server: Server, rows: Rows) {
    this.tenant = tenant
    this.server = server
    this.queue = new Queue(rows)
  }
}
