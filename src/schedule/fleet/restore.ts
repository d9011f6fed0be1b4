/** From plain JSON, already checked, to a fleet. What follows from the schedules is counted anew. */
import type { Congestion } from './congestion.js'
import type { Server, Tenant } from './parties.js'
import { learningBit, none, parkingBit, pricedBit, type Rows, type Status, status, statusBits } from './rows.js'
import type { Parts } from './snapshot.js'
import type { FleetSnapshot, StoredSchedules, StoredServer, StoredTenant } from './stored.js'

export const restoreParts = (parts: Parts, stored: FleetSnapshot): void => {
  const { admission, control, rate, tenants, servers } = parts
  rate.fullAtMs = stored.fullAtMs
  parts.freed.push(...stored.freed)
  control.atMs = stored.control.atMs
  control.minutes = stored.control.minutes
  control.pending = [...stored.control.notices]
  for (const party of stored.control.infeasible) control.infeasible.add(party)
  restoreCongestion(control.congestion, stored.control.congestion)
  stored.tenants.forEach((each, index) => {
    restoreTenant(tenants[index], each, stored.atMs)
  })
  stored.servers.forEach((each, index) => {
    restoreServer(servers[index], each, stored.atMs)
  })
  restoreSchedules(parts, stored.schedules)
  restoreLanes(parts, stored.servers)
  for (const index of stored.turns) {
    const tenant = tenants[index]
    if (tenant?.ready.first !== undefined) admission.turns.append(tenant)
  }
  for (const tenant of tenants) if (tenant.wakeAtMs > 0) admission.rated.push(tenant)
  for (const server of servers) if (server.wakeAtMs > 0) admission.servers.push(server)
}

const restoreCongestion = (congestion: Congestion, [root, backlog]: readonly [number, number]): void => {
  congestion.root = root
  congestion.backlog = backlog
}

const restoreTenant = (tenant: Tenant | undefined, stored: StoredTenant, atMs: number): void => {
  if (tenant === undefined) return
  tenant.limit(stored.limits, atMs)
  tenant.rate.fullAtMs = stored.fullAtMs
  tenant.visitsLeft = stored.visitsLeft
  tenant.wakeAtMs = Math.max(0, stored.wakeAtMs)
  tenant.pricing.visits = stored.visits
  tenant.pricing.priced = stored.priced
  tenant.pricing.learning = stored.learning
  restoreCongestion(tenant.pricing.congestion, stored.congestion)
  if (stored.budget !== undefined) tenant.pricing.restore(stored.budget)
}

const restoreServer = (server: Server | undefined, stored: StoredServer, atMs: number): void => {
  if (server === undefined) return
  server.limit(stored.limits, atMs)
  server.rate.fullAtMs = stored.fullAtMs
  server.wakeAtMs = Math.max(0, stored.wakeAtMs)
  server.part = stored.part
  server.partAtMs = stored.partAtMs
  server.inFlightSeen = stored.inFlightSeen
}

const restoreSchedules = (parts: Parts, stored: StoredSchedules): void => {
  const { rows, admission, wheel, leases, tenants, servers } = parts
  const inFlight: Array<number> = []
  for (let row = 0; row < stored.status.length; row += 1) {
    rows.append()
    rows.clear(row)
    const tenant = tenants[stored.tenant[row] ?? none]
    const server = servers[stored.server[row] ?? none]
    if (tenant === undefined || server === undefined) continue
    admission.enrol(row, tenant, server)
    restoreRow(rows, row, stored)
    if (rows.status(row) === status.waiting) wheel.insert(row)
    else if (rows.status(row) === status.inFlight) inFlight.push(row)
  }
  for (const row of inFlight.sort((x, y) => rows.until(x) - rows.until(y) || x - y)) leases.append(row, rows.until(row))
  for (let row = 0; row < stored.status.length; row += 1) {
    const visiting = firstInFlight(rows, row)
    if (rows.status(row) === status.due && visiting === none) admission.laneOf(row).queue.push(row)
    if (rows.status(row) !== status.inFlight || visiting !== row) continue
    const { tenant, server } = admission.laneOf(row)
    tenant.inFlight += 1
    server.inFlight += 1
  }
}

const restoreRow = (rows: Rows, row: number, stored: StoredSchedules): void => {
  const marks = stored.status[row] ?? 0
  const at = (column: ReadonlyArray<number>): number => {
    const atMs = column[row] ?? none
    return atMs < 0 ? Number.POSITIVE_INFINITY : atMs
  }
  rows.setPriority(row, stored.priority[row] ?? 0)
  rows.setSibling(row, stored.sibling[row] ?? row)
  rows.setDueAt(row, at(stored.dueAtMs))
  rows.setNotBefore(row, stored.notBeforeMs[row] ?? 0)
  rows.setUntil(row, at(stored.untilMs))
  rows.setLease(row, stored.lease[row] ?? none)
  rows.setHintedAt(row, at(stored.hintedAtMs))
  rows.setPlace(row, none)
  rows.setStatus(row, (marks & statusBits) as Status)
  rows.setPriced(row, (marks & pricedBit) !== 0)
  rows.setParking(row, (marks & parkingBit) !== 0)
  rows.setLearning(row, (marks & learningBit) !== 0)
}

/** The lowest handle of its mailbox that is in flight: it stands for the visit. */
const firstInFlight = (rows: Rows, row: number): number => {
  if (rows.status(row) === status.removed) return none
  let first = none
  let other = row
  do {
    if (rows.status(other) === status.inFlight && (first === none || other < first)) first = other
    other = rows.sibling(other)
  } while (other !== row)
  return first
}

const restoreLanes = ({ admission, tenants, servers }: Parts, stored: ReadonlyArray<StoredServer>): void => {
  stored.forEach(({ asleep, promised }, index) => {
    const server = servers[index]
    const wakes = [...asleep.map((of) => [of, 'asleep'] as const), ...promised.map((of) => [of, 'promised'] as const)]
    for (const [of, was] of wakes) {
      const tenant = tenants[of]
      const lane = tenant === undefined || server === undefined ? undefined : admission.laneBetween(tenant, server)
      if (lane !== undefined && !lane.isQueued && lane.place === none) admission.restore(lane, was)
    }
  })
  for (const lane of admission.allLanes()) if (!lane.isQueued && lane.place === none) admission.restore(lane, 'ready')
}
