/**
 * Who goes next. Tenants take turns, a share at a time; within a tenant the longest due goes first. A tenant at its
 * limit leaves the line until it may go on; a lane whose server is at its limit sleeps in that server's line and is
 * woken for a place that is promised to it. So a blocked one costs nothing while it waits, and nobody overtakes it.
 */
import { Chain } from './chain.js'
import { Heap } from './heap.js'
import { Lane, type Server, type Tenant } from './parties.js'
import { none, type Rows } from './rows.js'

export class Admission {
  private readonly rows: Rows
  private readonly lanes: Array<Lane | undefined> = []
  private readonly freeLanes: Array<number> = []
  private readonly laneAt = new Map<number, number>()
  readonly turns = new Chain<Tenant>()
  readonly rated = new Heap<Tenant>((x, y) => wakesBefore(x, y))
  readonly servers = new Heap<Server>((x, y) => wakesBefore(x, y))

  constructor(rows: Rows) {
    this.rows = rows
  }

  laneOf(row: number): Lane {
    const lane = this.lanes[this.rows.lane(row)]
    if (lane === undefined) throw new RangeError('a schedule has a lane')
    return lane
  }

  allLanes(): ReadonlyArray<Lane> {
    return this.lanes.filter((lane) => lane !== undefined)
  }

  enrol(row: number, tenant: Tenant, server: Server): void {
    const key = tenant.index * partiesMax + server.index
    let at = this.laneAt.get(key)
    if (at === undefined) {
      at = this.freeLanes.pop() ?? this.lanes.length
      this.lanes[at] = new Lane(tenant, server, this.rows)
      this.laneAt.set(key, at)
    }
    this.rows.setLane(row, at)
    this.laneOf(row).schedules += 1
  }

  dismiss(row: number): void {
    const lane = this.laneOf(row)
    lane.schedules -= 1
    if (lane.schedules > 0) return
    this.laneAt.delete(lane.tenant.index * partiesMax + lane.server.index)
    this.lanes[this.rows.lane(row)] = undefined
    this.freeLanes.push(this.rows.lane(row))
  }

  /** What has become due together. Lanes join in one order, whatever the order of the rows. */
  joinAll(rows: ReadonlyArray<number>): void {
    const fresh: Array<Lane> = []
    for (const row of rows) {
      const lane = this.laneOf(row)
      if (lane.queue.size === 0) fresh.push(lane)
      this.push(lane, row)
    }
    for (const lane of fresh.length > 1 ? fresh.sort(byNumber) : fresh) this.ready(lane)
  }

  join(row: number): void {
    const lane = this.laneOf(row)
    this.push(lane, row)
    if (lane.queue.size === 1) this.ready(lane)
  }

  /** The lane of a tenant at a server, if it has any schedules. */
  laneBetween(tenant: Tenant, server: Server): Lane | undefined {
    const at = this.laneAt.get(tenant.index * partiesMax + server.index)
    return at === undefined ? undefined : this.lanes[at]
  }

  leave(row: number, atMs: number): void {
    const lane = this.laneOf(row)
    const wasFirst = lane.queue.first() === row
    lane.queue.remove(row)
    if (lane.queue.size > 0) {
      if (wasFirst && lane.place !== -1) lane.tenant.ready.moved(lane)
      return
    }
    if (lane.isQueued) lane.server.sleepers.remove(lane)
    if (lane.place !== -1) this.unready(lane)
    if (!lane.isPromised) return
    lane.isPromised = false
    lane.server.promised -= 1
    this.wake(lane.server, atMs)
  }

  /** A lane as it was stored, with all of its due schedules in it. */
  restore(lane: Lane, was: 'ready' | 'promised' | 'asleep'): void {
    if (lane.queue.size === 0) return
    lane.isPromised = was === 'promised'
    lane.server.promised += Number(lane.isPromised)
    if (was === 'asleep') lane.server.sleepers.append(lane)
    else lane.tenant.ready.push(lane)
  }

  /** The schedule that may begin now, still in its lane; `none` where nobody may. */
  next(atMs: number): number {
    for (;;) {
      const tenant = this.turns.first
      const lane = tenant?.ready.first
      if (tenant === undefined || lane === undefined) return none
      if (tenant.isFull) this.stepOut(tenant)
      else if (tenant.rate.allowance(atMs) < 1) {
        this.stepOut(tenant)
        tenant.wakeAtMs = tenant.rate.allowsAtMs(1, atMs)
        this.rated.push(tenant)
      } else if (lane.server.free(atMs) + (lane.isPromised ? 1 : 0) < 1) this.sleep(lane, atMs)
      else return lane.queue.first()
    }
  }

  begin(row: number, atMs: number): Lane {
    const lane = this.laneOf(row)
    const { tenant, server } = lane
    if (lane.isPromised) {
      lane.isPromised = false
      server.promised -= 1
    }
    tenant.rate.spend(atMs)
    server.rate.spend(atMs, server.partAt(atMs))
    tenant.inFlight += 1
    server.inFlight += 1
    tenant.visitsLeft = (tenant.visitsLeft > 0 ? tenant.visitsLeft : shareOf(tenant)) - 1
    this.leave(row, atMs)
    if (tenant.visitsLeft === 0 && tenant.isQueued) {
      this.turns.remove(tenant)
      this.turns.append(tenant)
    }
    return lane
  }

  end({ tenant, server }: Lane, atMs: number): void {
    tenant.inFlight -= 1
    server.inFlight -= 1
    this.stepIn(tenant)
    this.wake(server, atMs)
  }

  /** Limits have changed, or time has passed. */
  wakeAll(atMs: number): void {
    for (let tenant = this.rated.first; tenant !== undefined && tenant.wakeAtMs <= atMs; tenant = this.rated.first) {
      this.rated.remove(tenant)
      this.stepIn(tenant)
    }
    for (let server = this.servers.first; server !== undefined && server.wakeAtMs <= atMs; server = this.servers.first)
      this.wake(server, atMs)
  }

  relimit(tenant: Tenant): void {
    if (tenant.place !== -1) this.rated.remove(tenant)
    this.stepIn(tenant)
  }

  /** Wakes as many lanes as the server has places; for the next one it waits where only its rate is in the way. */
  wake(server: Server, atMs: number): void {
    if (server.place !== -1) this.servers.remove(server)
    for (let free = server.free(atMs); free >= 1 && server.sleepers.first !== undefined; free -= 1) {
      const lane = server.sleepers.first
      server.sleepers.remove(lane)
      lane.isPromised = true
      server.promised += 1
      this.ready(lane)
    }
    this.waitFor(server, atMs)
  }

  private waitFor(server: Server, atMs: number): void {
    if (server.sleepers.first === undefined || server.place !== -1) return
    if (server.inFlight + server.promised >= server.inFlightMax(atMs)) return
    server.wakeAtMs = server.rate.allowsAtMs(server.promised + 1, atMs)
    this.servers.push(server)
  }

  private push(lane: Lane, row: number): void {
    lane.queue.push(row)
    if (lane.place !== -1 && lane.queue.first() === row) lane.tenant.ready.moved(lane)
  }

  private ready(lane: Lane): void {
    lane.tenant.ready.push(lane)
    this.stepIn(lane.tenant)
  }

  private unready(lane: Lane): void {
    lane.tenant.ready.remove(lane)
    if (lane.tenant.ready.first === undefined) this.stepOut(lane.tenant)
  }

  private sleep(lane: Lane, atMs: number): void {
    this.unready(lane)
    if (lane.isPromised) {
      lane.isPromised = false
      lane.server.promised -= 1
    }
    lane.server.sleepers.append(lane)
    this.waitFor(lane.server, atMs)
  }

  private stepIn(tenant: Tenant): void {
    const isWaiting = tenant.isQueued || tenant.place !== -1 || tenant.isFull
    if (!isWaiting && tenant.ready.first !== undefined) this.turns.append(tenant)
  }

  private stepOut(tenant: Tenant): void {
    if (tenant.isQueued) this.turns.remove(tenant)
    tenant.visitsLeft = 0
  }
}

/** No fleet has as many tenants or servers. */
const partiesMax = 1_048_576

const shareOf = ({ limits }: Tenant): number => limits.share ?? 1

const wakesBefore = (x: Tenant | Server, y: Tenant | Server): boolean =>
  x.wakeAtMs === y.wakeAtMs ? x.index < y.index : x.wakeAtMs < y.wakeAtMs

const byNumber = (x: Lane, y: Lane): number =>
  x.tenant.index === y.tenant.index ? x.server.index - y.server.index : x.tenant.index - y.tenant.index
