/**
 * The planner itself: each call first lets the time pass that has passed, then does the one thing it is asked.
 * Its own clock never goes back: where the host's does, all instants are shifted, so that what waits keeps its wait.
 */
import { Admission } from './admission.js'
import {
  checkDue,
  checkLimits,
  checkName,
  checkSchedule,
  checkTenant,
  instant,
  refuse,
  type Settings,
  settingsOf
} from './check.js'
import { checkSnapshot } from './check-stored.js'
import { Control } from './control.js'
import type {
  Due,
  FleetCounts,
  FleetNotice,
  FleetOptions,
  NewSchedule,
  RateLimits,
  ScheduleStatus,
  TenantLimits,
  Visit
} from './face.js'
import type { Fleet } from './fleet.js'
import { Leases } from './leases.js'
import { Server, Tenant } from './parties.js'
import { Pricing } from './pricing.js'
import { Rate } from './rate.js'
import { restoreParts } from './restore.js'
import { none, Rows, type Status, status } from './rows.js'
import { type Parts, partsStored } from './snapshot.js'
import type { FleetSnapshot } from './stored.js'
import { Wheel } from './wheel.js'

/** A fleet without schedules. @public */
export const createFleet = (options: FleetOptions, nowMs: number): Fleet =>
  new Planner(settingsOf(options), Math.floor(instant('nowMs', nowMs)))

/** The fleet of a snapshot, which goes on as if nothing had happened. @public */
export const restoreFleet = (snapshot: FleetSnapshot, options: FleetOptions): Fleet => {
  const settings = settingsOf(options)
  checkSnapshot(snapshot, settings)
  const planner = new Planner(settings, snapshot.atMs)
  planner.restore(snapshot)
  return planner
}

const never = Number.POSITIVE_INFINITY
const pricedPart = 0.95
const alone: ReadonlyArray<number> = []

class Planner implements Fleet {
  private readonly settings: Settings
  private readonly rows = new Rows()
  private readonly freed: Array<number> = []
  private readonly byStatus = [0, 0, 0, 0, 0, 0]
  private readonly wheel: Wheel
  private readonly leases = new Leases(this.rows)
  private readonly admission = new Admission(this.rows)
  private readonly rate = new Rate()
  private readonly control: Control
  private readonly tenants: Array<Tenant> = []
  private readonly servers: Array<Server> = []
  private readonly tenantOf = new Map<string, Tenant>()
  private readonly serverOf = new Map<string, Server>()
  private atMs: number
  private shiftMs = 0
  private inFlight = 0
  private visits = 0
  private shared = 0
  private forcedUnlocks = 0
  private refused = 0

  constructor(settings: Settings, atMs: number) {
    this.settings = settings
    this.atMs = atMs
    this.wheel = new Wheel(this.rows, atMs)
    this.control = new Control(settings, atMs)
    this.rate.limit(settings, atMs)
  }

  tenant(name: string, limits: TenantLimits, nowMs: number): void {
    checkTenant('limits', limits)
    const atMs = this.advance(nowMs)
    const tenant = this.tenantNamed(checkName('name', name))
    tenant.limit(limits, atMs)
    this.admission.relimit(tenant)
  }

  server(name: string, limits: RateLimits, nowMs: number): void {
    checkLimits('limits', limits)
    const atMs = this.advance(nowMs)
    const server = this.serverNamed(checkName('name', name))
    server.limit(limits, atMs)
    this.admission.wake(server, atMs)
  }

  add(schedule: NewSchedule, nowMs: number): number {
    checkSchedule(schedule)
    const atMs = this.advance(nowMs)
    const tenant = this.tenantNamed(schedule.tenant)
    const server = this.serverNamed(schedule.server)
    if (schedule.mailbox !== undefined) this.checkMailbox(schedule.mailbox, tenant, server)
    const row = this.newRow()
    this.admission.enrol(row, tenant, server)
    this.rows.setPriority(row, schedule.priority ?? 100)
    this.rows.setSibling(row, row)
    if (schedule.mailbox !== undefined) {
      this.rows.setSibling(row, this.rows.sibling(schedule.mailbox))
      this.rows.setSibling(schedule.mailbox, row)
    }
    if (schedule.disabled === true) this.become(row, status.parked)
    else this.settle(row, this.own(schedule.dueAtMs ?? nowMs), schedule.notBeforeMs, atMs)
    return row
  }

  remove(handle: number, nowMs: number): void {
    this.checkHandle(handle)
    const atMs = this.advance(nowMs)
    const wasInFlight = this.rows.status(handle) === status.inFlight
    this.pull(handle, atMs)
    this.become(handle, status.removed)
    if (wasInFlight) this.endVisit(handle, atMs)
    let before = handle
    while (this.rows.sibling(before) !== handle) before = this.rows.sibling(before)
    this.rows.setSibling(before, this.rows.sibling(handle))
    this.admission.dismiss(handle)
    this.freed.push(handle)
  }

  take(nowMs: number): Visit | undefined {
    const atMs = this.advance(nowMs)
    if (this.isFull || this.rate.allowance(atMs) < 1) return undefined
    const handle = this.admission.next(atMs)
    if (handle === none) return undefined
    const { tenant } = this.admission.begin(handle, atMs)
    this.rate.spend(atMs)
    this.inFlight += 1
    this.visits += 1
    tenant.pricing.visits += 1
    if (this.rows.isPriced(handle)) tenant.pricing.priced += 1
    if (this.rows.isLearning(handle)) tenant.pricing.learning += 1
    this.fly(handle, atMs)
    return {
      handle,
      companions: this.rows.sibling(handle) === handle ? alone : this.companionsOf(handle, atMs),
      lease: this.visits,
      untilMs: atMs + this.settings.leaseMs - this.shiftMs,
      dueAtMs: this.rows.dueAt(handle) - this.shiftMs
    }
  }

  renew(handle: number, lease: number, nowMs: number): boolean {
    const atMs = this.advance(nowMs)
    if (!this.isHeld(handle, lease)) return false
    let row = handle
    do {
      if (this.rows.status(row) === status.inFlight) {
        this.leases.remove(row)
        this.leases.append(row, atMs + this.settings.leaseMs)
      }
      row = this.rows.sibling(row)
    } while (row !== handle)
    return true
  }

  done(handle: number, lease: number, next: Due, nowMs: number): boolean {
    checkDue('next', next)
    const atMs = this.advance(nowMs)
    if (!this.isHeld(handle, lease)) return false
    const hintedAt = this.rows.hintedAt(handle)
    const wantedAt = next.dueAtMs === undefined ? never : this.own(next.dueAtMs)
    const dueAt = Math.min(wantedAt, Math.max(hintedAt, atMs))
    const delayMs = wantedAt - atMs
    this.leases.remove(handle)
    const isLearning = next.reason === 'learning'
    const isMoved = dueAt === wantedAt && delayMs < pricedPart * this.settings.delayMsMax
    this.rows.setPriced(handle, isMoved && !isLearning)
    this.rows.setLearning(handle, isLearning)
    // A silence outlasts being parked: whoever enables the schedule meanwhile waits for its end.
    if (next.notBeforeMs !== undefined) this.rows.setNotBefore(handle, this.own(next.notBeforeMs))
    if (next.disabled === true || this.rows.isParking(handle)) this.become(handle, status.parked)
    else this.settle(handle, dueAt, next.notBeforeMs, atMs)
    this.endVisit(handle, atMs)
    return true
  }

  hint(handle: number, atMs: number, nowMs: number): void {
    this.checkHandle(handle)
    instant('atMs', atMs)
    const at = this.advance(nowMs)
    const wantedAt = Math.max(at, this.own(atMs), this.rows.notBefore(handle))
    const is = this.rows.status(handle)
    if (is === status.inFlight) this.rows.setHintedAt(handle, Math.min(this.rows.hintedAt(handle), this.own(atMs)))
    else if (is !== status.parked && wantedAt < this.rows.dueAt(handle)) {
      this.pull(handle, at)
      this.rows.setPriced(handle, false)
      this.settle(handle, wantedAt, undefined, at)
    }
  }

  reschedule(handle: number, next: Due, nowMs: number): void {
    this.checkHandle(handle)
    checkDue('next', next)
    const atMs = this.advance(nowMs)
    const is = this.rows.status(handle)
    if (next.disabled === true) this.shelve(handle, atMs)
    if (next.disabled === true || is === status.inFlight || is === status.parked) return
    this.pull(handle, atMs)
    this.rows.setPriced(handle, false)
    this.settle(handle, next.dueAtMs === undefined ? never : this.own(next.dueAtMs), next.notBeforeMs, atMs)
  }

  park(handle: number, nowMs: number): void {
    this.checkHandle(handle)
    this.shelve(handle, this.advance(nowMs))
  }

  enable(handle: number, next: Due, nowMs: number): void {
    this.checkHandle(handle)
    checkDue('next', next)
    const atMs = this.advance(nowMs)
    const is = this.rows.status(handle)
    if (is === status.inFlight && this.rows.isParking(handle)) {
      this.rows.setParking(handle, false)
      this.rows.setHintedAt(handle, this.own(next.dueAtMs ?? nowMs))
    } else if (is === status.parked) this.settle(handle, this.own(next.dueAtMs ?? nowMs), next.notBeforeMs, atMs)
  }

  throttled(server: string, nowMs: number): void {
    const atMs = this.advance(nowMs)
    this.serverNamed(checkName('server', server)).halve(atMs)
  }

  visitPrice(handle: number): number {
    this.checkHandle(handle)
    const root = Math.max(this.admission.laneOf(handle).tenant.pricing.root, this.control.congestion.root)
    return Math.min(this.settings.price.max, root * root)
  }

  nextAtMs(nowMs: number): number | undefined {
    const atMs = this.advance(nowMs)
    const instants: Array<number> = []
    const lease = this.leases.first
    if (lease !== none) instants.push(this.rows.until(lease))
    if (!this.isFull) {
      if (this.admission.next(atMs) !== none)
        instants.push(this.rate.allowance(atMs) < 1 ? this.rate.allowsAtMs(1, atMs) : atMs)
      instants.push(
        this.wheel.nextAtMs() ?? never,
        this.admission.rated.first?.wakeAtMs ?? never,
        this.admission.servers.first?.wakeAtMs ?? never
      )
    }
    const first = Math.min(...instants)
    return first === never ? undefined : first - this.shiftMs
  }

  status(handle: number): ScheduleStatus | undefined {
    return this.isHandle(handle) ? names[this.rows.status(handle)] : undefined
  }

  dueAtMs(handle: number): number | undefined {
    this.checkHandle(handle)
    const dueAt = this.rows.dueAt(handle)
    return dueAt === never ? undefined : dueAt - this.shiftMs
  }

  counts(nowMs: number): FleetCounts {
    this.advance(nowMs)
    const of = (is: Status): number => this.byStatus[is] ?? 0
    return {
      waiting: of(status.waiting) + of(status.dormant),
      due: of(status.due),
      inFlight: of(status.inFlight),
      parked: of(status.parked),
      visits: this.visits,
      shared: this.shared,
      forcedUnlocks: this.forcedUnlocks,
      refused: this.refused
    }
  }

  notices(): ReadonlyArray<FleetNotice> {
    const told = this.control.pending
    this.control.pending = []
    return told
  }

  snapshot(): FleetSnapshot {
    const { atMs, shiftMs, visits, shared, forcedUnlocks, refused } = this
    return { ...partsStored(this.parts), atMs, shiftMs, visits, shared, forcedUnlocks, refused }
  }

  /** To be called once, on an empty planner. */
  restore(stored: FleetSnapshot): void {
    this.shiftMs = stored.shiftMs
    this.visits = stored.visits
    this.shared = stored.shared
    this.forcedUnlocks = stored.forcedUnlocks
    this.refused = stored.refused
    for (const { name } of stored.tenants) this.tenantNamed(name)
    for (const { name } of stored.servers) this.serverNamed(name)
    restoreParts(this.parts, stored)
    for (let row = 0; row < this.rows.used; row += 1) {
      const is = this.rows.status(row)
      if (is === status.removed) continue
      this.rows.setStatus(row, status.removed)
      this.become(row, is)
    }
    this.inFlight = this.servers.reduce((sum, { inFlight }) => sum + inFlight, 0)
  }

  private get parts(): Parts {
    const { rows, freed, wheel, leases, admission, rate, control, tenants, servers } = this
    return { rows, freed, wheel, leases, admission, rate, control, tenants, servers }
  }

  /** Lets the time pass and answers the instant on the fleet's own clock. */
  private advance(nowMs: number): number {
    const atMs = Math.floor(instant('nowMs', nowMs)) + this.shiftMs
    if (atMs < this.atMs) this.shiftMs += this.atMs - atMs
    if (atMs <= this.atMs) return this.atMs
    this.atMs = atMs
    const fresh: Array<number> = []
    this.wheel.advance(atMs, fresh)
    if (fresh.length > 0) this.admission.joinAll(fresh.filter((row) => this.comeDue(row)))
    this.expire(atMs)
    this.admission.wakeAll(atMs)
    if (this.control.isDue(atMs)) this.control.run(this.tenants, atMs, this.shiftMs)
    return atMs
  }

  /** By handle: which of several leases that end together was renewed first is of no matter. */
  private expire(atMs: number): void {
    const expired: Array<number> = []
    for (let row = this.leases.first; row !== none && this.rows.until(row) <= atMs; row = this.leases.first) {
      this.leases.remove(row)
      expired.push(row)
    }
    for (const row of expired.sort((x, y) => x - y)) {
      this.forcedUnlocks += 1
      if (this.rows.isParking(row)) this.become(row, status.parked)
      else this.settle(row, this.rows.dueAt(row), undefined, atMs)
      this.endVisit(row, atMs)
    }
  }

  private fly(row: number, atMs: number): void {
    this.become(row, status.inFlight)
    this.rows.setLease(row, this.visits)
    this.rows.setHintedAt(row, never)
    this.rows.setParking(row, false)
    this.leases.append(row, atMs + this.settings.leaseMs)
  }

  private companionsOf(handle: number, atMs: number): ReadonlyArray<number> {
    const companions: Array<number> = []
    for (let row = this.rows.sibling(handle); row !== handle; row = this.rows.sibling(row)) {
      const is = this.rows.status(row)
      const isNear = this.rows.dueAt(row) <= atMs + this.settings.shareMs && this.rows.notBefore(row) <= atMs
      if ((is !== status.due && is !== status.waiting) || !isNear) continue
      this.pull(row, atMs)
      this.fly(row, atMs)
      companions.push(row)
    }
    this.shared += companions.length
    return companions
  }

  /** The visit is over where this was the last of its mailbox; what became due meanwhile may go. */
  private endVisit(row: number, atMs: number): void {
    for (let other = this.rows.sibling(row); other !== row; other = this.rows.sibling(other))
      if (this.rows.status(other) === status.inFlight) return
    this.inFlight -= 1
    this.admission.end(this.admission.laneOf(row), atMs)
    let other = row
    do {
      if (this.rows.status(other) === status.due && this.rows.place(other) === none) this.admission.join(other)
      other = this.rows.sibling(other)
    } while (other !== row)
  }

  private settle(row: number, dueAt: number, notBeforeMs: number | undefined, atMs: number): void {
    const notBefore = notBeforeMs === undefined ? this.rows.notBefore(row) : this.own(notBeforeMs)
    const due = Math.max(dueAt, notBefore)
    this.rows.setNotBefore(row, notBefore)
    this.rows.setDueAt(row, due)
    this.rows.setPlace(row, none)
    if (due === never) this.become(row, status.dormant)
    else if (due > atMs) {
      this.become(row, status.waiting)
      this.wheel.insert(row)
    } else if (this.comeDue(row)) this.admission.join(row)
  }

  private shelve(row: number, atMs: number): void {
    if (this.rows.status(row) === status.inFlight) this.rows.setParking(row, true)
    else {
      this.pull(row, atMs)
      this.become(row, status.parked)
    }
  }

  /** Takes it out of where it waits. */
  private pull(row: number, atMs: number): void {
    const is = this.rows.status(row)
    if (is === status.waiting) this.wheel.remove(row)
    else if (is === status.inFlight) this.leases.remove(row)
    else if (is === status.due && this.rows.place(row) !== none) this.admission.leave(row, atMs)
  }

  /** It is due. Answers whether it may join its lane: not while another schedule of its mailbox is in flight. */
  private comeDue(row: number): boolean {
    this.become(row, status.due)
    this.rows.setPlace(row, none)
    for (let other = this.rows.sibling(row); other !== row; other = this.rows.sibling(other))
      if (this.rows.status(other) === status.inFlight) return false
    return true
  }

  private become(row: number, to: Status): void {
    const from = this.rows.status(row)
    const { tenant } = this.admission.laneOf(row)
    this.byStatus[from] = (this.byStatus[from] ?? 0) - 1
    this.byStatus[to] = (this.byStatus[to] ?? 0) + 1
    tenant.scheduled += Number(isScheduled(to)) - Number(isScheduled(from))
    tenant.due += Number(to === status.due) - Number(from === status.due)
    this.rows.setStatus(row, to)
  }

  private newRow(): number {
    const row = this.freed.pop()
    if (row === undefined && this.rows.used >= this.settings.schedulesMax)
      return refuse('schedule', `at most ${this.settings.schedulesMax} schedules`)
    const taken = row ?? this.rows.append()
    this.rows.clear(taken)
    return taken
  }

  private tenantNamed(name: string): Tenant {
    const known = this.tenantOf.get(name)
    if (known !== undefined) return known
    if (this.tenants.length >= this.settings.tenantsMax) refuse('tenant', `at most ${this.settings.tenantsMax} tenants`)
    const tenant = new Tenant(name, this.tenants.length, new Pricing(this.settings.price), this.rows)
    this.tenants.push(tenant)
    this.tenantOf.set(name, tenant)
    return tenant
  }

  private serverNamed(name: string): Server {
    const known = this.serverOf.get(name)
    if (known !== undefined) return known
    if (this.servers.length >= this.settings.serversMax) refuse('server', `at most ${this.settings.serversMax} servers`)
    const server = new Server(name, this.servers.length, this.settings.recoveryMs)
    this.servers.push(server)
    this.serverOf.set(name, server)
    return server
  }

  private checkMailbox(mailbox: number, tenant: Tenant, server: Server): void {
    if (!this.isHandle(mailbox)) refuse('schedule.mailbox', 'the handle of a schedule')
    const lane = this.admission.laneOf(mailbox)
    if (lane.tenant !== tenant || lane.server !== server)
      refuse('schedule.mailbox', 'a schedule of the same tenant and server')
  }

  private checkHandle(handle: number): void {
    if (!this.isHandle(handle)) refuse('handle', 'the handle of a schedule')
  }

  private isHandle(handle: number): boolean {
    return handle >= 0 && handle < this.rows.used && handle % 1 === 0 && this.rows.status(handle) !== status.removed
  }

  private isHeld(handle: number, lease: number): boolean {
    const isHeld =
      this.isHandle(handle) && this.rows.status(handle) === status.inFlight && this.rows.lease(handle) === lease
    if (!isHeld) this.refused += 1
    return isHeld
  }

  private get isFull(): boolean {
    return this.settings.inFlightMax !== undefined && this.inFlight >= this.settings.inFlightMax
  }

  /** On the fleet's own clock, in whole milliseconds. */
  private own(atMs: number): number {
    return Math.ceil(atMs) + this.shiftMs
  }
}

const isScheduled = (is: Status): boolean => is === status.waiting || is === status.due || is === status.inFlight

const names: Readonly<Record<Status, ScheduleStatus | undefined>> = {
  [status.removed]: undefined,
  [status.waiting]: 'waiting',
  [status.due]: 'due',
  [status.inFlight]: 'in-flight',
  [status.parked]: 'parked',
  [status.dormant]: 'waiting'
}
