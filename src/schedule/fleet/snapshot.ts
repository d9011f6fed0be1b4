/** From a fleet to plain JSON; `restore.ts` is the way back. */
import type { Admission } from './admission.js'
import type { Congestion } from './congestion.js'
import type { Control } from './control.js'
import type { Leases } from './leases.js'
import type { Server, Tenant } from './parties.js'
import type { Rate } from './rate.js'
import { learningBit, none, parkingBit, pricedBit, type Rows, status } from './rows.js'
import type { FleetSnapshot, StoredSchedules, StoredServer, StoredTenant } from './stored.js'
import type { Wheel } from './wheel.js'

/** What a planner consists of, but for its numbers. */
export interface Parts {
  readonly rows: Rows
  readonly freed: Array<number>
  readonly wheel: Wheel
  readonly leases: Leases
  readonly admission: Admission
  readonly rate: Rate
  readonly control: Control
  readonly tenants: Array<Tenant>
  readonly servers: Array<Server>
}

export const partsStored = (parts: Parts): Omit<FleetSnapshot, Numbers> => ({
  version: 1,
  fullAtMs: parts.rate.fullAtMs,
  freed: [...parts.freed],
  schedules: schedulesStored(parts),
  tenants: parts.tenants.map(tenantStored),
  servers: serversStored(parts),
  turns: parts.admission.turns.inOrder().map(({ index }) => index),
  control: {
    atMs: parts.control.atMs,
    minutes: parts.control.minutes,
    congestion: congestionStored(parts.control.congestion),
    infeasible: [...parts.control.infeasible].sort((x, y) => x - y),
    notices: [...parts.control.pending]
  }
})

type Numbers = 'atMs' | 'shiftMs' | 'visits' | 'shared' | 'forcedUnlocks' | 'refused'

const schedulesStored = ({ rows, admission }: Parts): StoredSchedules => {
  const column = (cell: (row: number) => number): ReadonlyArray<number> =>
    Array.from({ length: rows.used }, (_, row) => (rows.status(row) === status.removed ? none : cell(row)))
  const atOrNever = (atMs: number): number => (atMs === Number.POSITIVE_INFINITY ? never : atMs)
  const inFlight = (row: number, value: number): number => (rows.status(row) === status.inFlight ? value : never)
  return {
    tenant: column((row) => admission.laneOf(row).tenant.index),
    server: column((row) => admission.laneOf(row).server.index),
    status: Array.from({ length: rows.used }, (_, row) => marksOf(rows, row)),
    priority: column((row) => rows.priority(row)),
    sibling: column((row) => rows.sibling(row)),
    dueAtMs: column((row) => atOrNever(rows.dueAt(row))),
    notBeforeMs: column((row) => rows.notBefore(row)),
    untilMs: column((row) => inFlight(row, rows.until(row))),
    lease: column((row) => inFlight(row, rows.lease(row))),
    hintedAtMs: column((row) => inFlight(row, atOrNever(rows.hintedAt(row))))
  }
}

const marksOf = (rows: Rows, row: number): number => {
  const is = rows.status(row)
  if (is === status.removed) return is
  const marks = (rows.isPriced(row) ? pricedBit : 0) + (rows.isParking(row) ? parkingBit : 0)
  return is + marks + (rows.isLearning(row) ? learningBit : 0)
}

const never = -1

const tenantStored = (tenant: Tenant): StoredTenant => ({
  name: tenant.name,
  limits: tenant.limits,
  fullAtMs: tenant.rate.fullAtMs,
  visitsLeft: tenant.visitsLeft,
  wakeAtMs: tenant.place === none ? never : tenant.wakeAtMs,
  visits: tenant.pricing.visits,
  priced: tenant.pricing.priced,
  learning: tenant.pricing.learning,
  congestion: congestionStored(tenant.pricing.congestion),
  ...(tenant.pricing.budget === undefined ? {} : { budget: tenant.pricing.budget.stored() })
})

const congestionStored = ({ root, backlog }: Congestion): readonly [number, number] => [root, backlog]

const serversStored = ({ servers, admission }: Parts): ReadonlyArray<StoredServer> => {
  const promised = servers.map((): Array<number> => [])
  for (const lane of admission.allLanes()) if (lane.isPromised) promised[lane.server.index]?.push(lane.tenant.index)
  return servers.map((server) => serverStored(server, promised[server.index] ?? []))
}

const serverStored = (server: Server, promised: ReadonlyArray<number>): StoredServer => ({
  name: server.name,
  limits: server.limits,
  fullAtMs: server.rate.fullAtMs,
  wakeAtMs: server.place === none ? never : server.wakeAtMs,
  part: server.part,
  partAtMs: server.partAtMs,
  inFlightSeen: server.inFlightSeen,
  asleep: server.sleepers.inOrder().map(({ tenant }) => tenant.index),
  // Whose place is used first is of no matter, and lanes stand in no order that lasts.
  promised: [...promised].sort((x, y) => x - y)
})
