/** A fleet as anybody would write it first: lists that are searched and sorted at every question. No servers, no price. */
import type { Due, FleetOptions, NewSchedule, TenantLimits } from '../../src/schedule/index.js'

interface Row {
  readonly handle: number
  readonly tenant: string
  readonly priority: number
  readonly mailbox: number
  status: 'waiting' | 'due' | 'in-flight' | 'parked'
  dueAt: number
  notBefore: number
  until: number
  lease: number
  hintedAt: number
  parking: boolean
}

/** Credit in milliseconds of its rate: a visit costs an interval. */
interface Party {
  readonly name: string
  readonly intervalMs: number
  readonly creditMax: number
  readonly inFlightMax: number
  readonly share: number
  credit: number
  left: number
}

const partyOf = (name: string, limits: TenantLimits): Party => {
  const intervalMs = limits.perSecondMax === undefined ? 0 : 1000 / limits.perSecondMax
  const creditMax = intervalMs * Math.max(1, limits.burstMax ?? limits.perSecondMax ?? 1)
  const inFlightMax = limits.inFlightMax ?? Number.POSITIVE_INFINITY
  return { name, intervalMs, creditMax, inFlightMax, share: limits.share ?? 1, credit: creditMax, left: 0 }
}

export interface ModelVisit {
  readonly handle: number
  readonly companions: ReadonlyArray<number>
  readonly lease: number
}

export class FleetModel {
  readonly rows = new Map<number, Row>()
  private readonly freed: Array<number> = []
  private readonly tenants: Array<Party>
  private readonly fleet: Party
  private readonly leaseMs: number
  private readonly shareMs: number
  private line: Array<Party> = []
  /** Tenants that left the line for want of credit. */
  private resting: Array<Party> = []
  private atMs: number
  private leases = 0
  forcedUnlocks = 0

  constructor(options: FleetOptions, tenants: Readonly<Record<string, TenantLimits>>, atMs: number) {
    this.fleet = partyOf('', options)
    this.tenants = Object.entries(tenants).map(([name, limits]) => partyOf(name, limits))
    this.leaseMs = options.leaseMs ?? 600_000
    this.shareMs = options.shareMs ?? 20_000
    this.atMs = atMs
  }

  add(schedule: NewSchedule, now: number): number {
    this.pass(now)
    const handle = this.freed.pop() ?? this.rows.size
    const sibling = schedule.mailbox === undefined ? undefined : this.rows.get(schedule.mailbox)
    const row: Row = {
      handle,
      tenant: schedule.tenant,
      priority: schedule.priority ?? 100,
      mailbox: sibling?.mailbox ?? this.mailboxes++,
      status: 'parked',
      dueAt: 0,
      notBefore: 0,
      until: 0,
      lease: 0,
      hintedAt: Number.POSITIVE_INFINITY,
      parking: false
    }
    this.rows.set(handle, row)
    if (schedule.disabled !== true) this.settle(row, schedule.dueAtMs ?? now, schedule.notBeforeMs)
    return handle
  }
  private mailboxes = 0

  remove(handle: number, now: number): void {
    this.pass(now)
    const row = this.row(handle)
    this.rows.delete(handle)
    this.freed.push(handle)
    this.released(row, row.status === 'in-flight')
  }

  take(now: number): ModelVisit | undefined {
    this.pass(now)
    if (this.visitsOf(undefined) >= this.fleet.inFlightMax || !mayBegin(this.fleet)) return undefined
    for (let tenant = this.line[0]; tenant !== undefined; tenant = this.line[0]) {
      const row = this.ready(tenant)[0]
      if (row === undefined || this.isFull(tenant)) this.leaveLine(tenant)
      else if (!mayBegin(tenant)) {
        this.leaveLine(tenant)
        this.resting.push(tenant)
      } else return this.begin(row, tenant)
    }
    return undefined
  }

  renew(handle: number, lease: number, now: number): boolean {
    this.pass(now)
    const row = this.rows.get(handle)
    if (row?.status !== 'in-flight' || row.lease !== lease) return false
    for (const each of this.flying()) if (each.mailbox === row.mailbox) each.until = this.atMs + this.leaseMs
    return true
  }

  done(handle: number, lease: number, next: Due, now: number): boolean {
    this.pass(now)
    const row = this.rows.get(handle)
    if (row?.status !== 'in-flight' || row.lease !== lease) return false
    const hinted = Math.max(row.hintedAt, this.atMs)
    row.notBefore = next.notBeforeMs ?? row.notBefore
    if (next.disabled === true || row.parking) row.status = 'parked'
    else this.settle(row, Math.min(next.dueAtMs ?? Number.POSITIVE_INFINITY, hinted), next.notBeforeMs)
    this.released(row, true)
    return true
  }

  hint(handle: number, atMs: number, now: number): void {
    this.pass(now)
    const row = this.row(handle)
    if (row.status === 'in-flight') row.hintedAt = Math.min(row.hintedAt, atMs)
    if (row.status !== 'waiting' && row.status !== 'due') return
    const wanted = Math.max(atMs, this.atMs, row.notBefore)
    if (wanted < row.dueAt) this.move(row, wanted, undefined)
  }

  reschedule(handle: number, next: Due, now: number): void {
    this.pass(now)
    const row = this.row(handle)
    if (next.disabled === true) this.park(handle, now)
    else if (row.status === 'waiting' || row.status === 'due')
      this.move(row, next.dueAtMs ?? Number.POSITIVE_INFINITY, next.notBeforeMs)
  }

  park(handle: number, now: number): void {
    this.pass(now)
    const row = this.row(handle)
    if (row.status === 'in-flight') row.parking = true
    else {
      row.status = 'parked'
      this.released(row, false)
    }
  }

  enable(handle: number, next: Due, now: number): void {
    this.pass(now)
    const row = this.row(handle)
    if (row.status === 'parked') this.settle(row, next.dueAtMs ?? now, next.notBeforeMs)
    else if (row.status === 'in-flight' && row.parking) {
      row.parking = false
      row.hintedAt = next.dueAtMs ?? now
    }
  }

  counts(now: number): Readonly<Record<Row['status'], number>> {
    this.pass(now)
    const counts = { waiting: 0, due: 0, 'in-flight': 0, parked: 0 }
    for (const { status } of this.rows.values()) counts[status] += 1
    return counts
  }

  private pass(now: number): void {
    const elapsed = Math.max(0, now - this.atMs)
    // A clock that is set back takes every instant with it.
    if (now < this.atMs) for (const row of this.rows.values()) shift(row, now - this.atMs)
    this.atMs = now
    if (elapsed === 0) return
    const before = new Map(this.tenants.map((tenant) => [tenant, tenant.credit]))
    for (const party of [this.fleet, ...this.tenants]) party.credit = Math.min(party.creditMax, party.credit + elapsed)
    for (const row of this.rows.values()) if (row.status === 'waiting' && row.dueAt <= now) row.status = 'due'
    for (const tenant of this.tenants) this.enterLine(tenant)
    const expired = this.flying().filter(({ until }) => until <= now)
    for (const row of expired.sort((x, y) => x.handle - y.handle)) {
      this.forcedUnlocks += 1
      row.status = row.parking ? 'parked' : 'due'
      this.released(row, true)
    }
    const rested = this.resting.filter(mayBegin)
    this.resting = this.resting.filter((tenant) => !mayBegin(tenant))
    const restMs = (tenant: Party): number => tenant.intervalMs - (before.get(tenant) ?? 0)
    for (const tenant of rested.sort((x, y) => restMs(x) - restMs(y) || this.index(x) - this.index(y)))
      this.enterLine(tenant)
  }

  private begin(row: Row, tenant: Party): ModelVisit {
    if (tenant.left === 0) tenant.left = tenant.share
    tenant.left -= 1
    tenant.credit -= tenant.intervalMs
    this.fleet.credit -= this.fleet.intervalMs
    this.leases += 1
    const near = [...this.rows.values()].filter(
      (each) =>
        each.mailbox === row.mailbox &&
        each !== row &&
        (each.status === 'due' || each.status === 'waiting') &&
        each.dueAt <= this.atMs + this.shareMs &&
        each.notBefore <= this.atMs
    )
    for (const each of [row, ...near]) {
      each.status = 'in-flight'
      each.lease = this.leases
      each.until = this.atMs + this.leaseMs
      each.hintedAt = Number.POSITIVE_INFINITY
      each.parking = false
    }
    if (this.ready(tenant).length === 0) this.leaveLine(tenant)
    else if (tenant.left === 0) this.line = [...this.line.slice(1), tenant]
    const companions = near.map(({ handle }) => handle).sort((x, y) => x - y)
    return { handle: row.handle, companions, lease: this.leases }
  }

  private settle(row: Row, dueAt: number, notBefore: number | undefined): void {
    row.notBefore = notBefore ?? row.notBefore
    row.dueAt = Math.max(dueAt, row.notBefore)
    row.status = row.dueAt <= this.atMs ? 'due' : 'waiting'
    this.enterLine(this.tenant(row))
  }

  private move(row: Row, dueAt: number, notBefore: number | undefined): void {
    row.status = 'parked'
    this.released(row, false)
    this.settle(row, dueAt, notBefore)
  }

  private released(row: Row, wasInFlight: boolean): void {
    const tenant = this.tenant(row)
    if (this.ready(tenant).length === 0) this.leaveLine(tenant)
    else if (wasInFlight) this.enterLine(tenant)
  }

  /** Due and not held back by another schedule of the mailbox, in their order. */
  private ready(tenant: Party): ReadonlyArray<Row> {
    const busy = new Set(this.flying().map(({ mailbox }) => mailbox))
    return [...this.rows.values()]
      .filter((row) => row.tenant === tenant.name && row.status === 'due' && !busy.has(row.mailbox))
      .sort((x, y) => x.dueAt - y.dueAt || x.priority - y.priority || x.handle - y.handle)
  }

  private enterLine(tenant: Party): void {
    const isAway = !this.line.includes(tenant) && !this.resting.includes(tenant) && !this.isFull(tenant)
    if (isAway && this.ready(tenant).length > 0) this.line.push(tenant)
  }

  private leaveLine(tenant: Party): void {
    this.line = this.line.filter((each) => each !== tenant)
    tenant.left = 0
  }

  private isFull(tenant: Party): boolean {
    return this.visitsOf(tenant.name) >= tenant.inFlightMax
  }

  private visitsOf(tenant: string | undefined): number {
    const flying = this.flying().filter((row) => tenant === undefined || row.tenant === tenant)
    return new Set(flying.map(({ mailbox }) => mailbox)).size
  }

  private flying(): Array<Row> {
    return [...this.rows.values()].filter(({ status }) => status === 'in-flight')
  }

  private index(tenant: Party): number {
    return this.tenants.indexOf(tenant)
  }

  private row(handle: number): Row {
    const row = this.rows.get(handle)
    if (row === undefined) throw new RangeError('no such schedule')
    return row
  }

  private tenant(row: Row): Party {
    const tenant = this.tenants.find(({ name }) => name === row.tenant)
    if (tenant === undefined) throw new RangeError('no such tenant')
    return tenant
  }
}

const mayBegin = ({ credit, intervalMs }: Party): boolean => intervalMs === 0 || credit >= intervalMs

const shift = (row: Row, byMs: number): void => {
  row.dueAt += byMs
  row.until += byMs
  row.notBefore += byMs
  row.hintedAt += byMs
}
