/** A snapshot comes from outside like everything else: it may be cut, old, or another's. */
import { bins, valuesEach } from './budget.js'
import { type Bounds, checkLimits, checkName, checkTenant, numberIn, refuse, type Settings } from './check.js'
import { status } from './rows.js'
import type { FleetSnapshot, StoredSchedules, StoredServer, StoredTenant } from './stored.js'

export const checkSnapshot = (snapshot: FleetSnapshot, settings: Settings): void => {
  if (typeof snapshot !== 'object' || snapshot === null) refuse('snapshot', 'an object')
  if (snapshot.version !== 1) refuse('snapshot.version', '1')
  const { tenants, servers, schedules, control } = snapshot
  for (const key of ['atMs', 'shiftMs', 'visits', 'shared', 'forcedUnlocks', 'refused', 'fullAtMs'] as const)
    numberIn(`snapshot.${key}`, snapshot[key], upTo(most))
  listOf('snapshot.tenants', tenants, settings.tenantsMax).forEach((each, at) => {
    checkStoredTenant(`snapshot.tenants[${at}]`, each)
  })
  listOf('snapshot.servers', servers, settings.serversMax).forEach((each, at) => {
    checkStoredServer(`snapshot.servers[${at}]`, each, tenants.length)
  })
  distinct('snapshot.tenants', tenants)
  distinct('snapshot.servers', servers)
  const count = checkSchedules(schedules, tenants.length, servers.length, snapshot.atMs, settings)
  numbers('snapshot.turns', snapshot.turns, index(tenants.length), tenants.length)
  numbers('snapshot.freed', snapshot.freed, index(count), count)
  if (typeof control !== 'object' || control === null) refuse('snapshot.control', 'an object')
  numberIn('snapshot.control.atMs', control.atMs, upTo(most))
  numberIn('snapshot.control.minutes', control.minutes, upTo(most))
  numbers('snapshot.control.congestion', control.congestion, upTo(most), 2)
  numbers('snapshot.control.infeasible', control.infeasible, index(tenants.length, -1), tenants.length + 1)
  listOf('snapshot.control.notices', control.notices, 1000)
}

const most = Number.MAX_SAFE_INTEGER
const upTo = (max: number, min = 0): Bounds => ({ min, max })
const index = (count: number, min = 0): Bounds => ({ min, max: Math.max(0, count - 1), integer: true })

const listOf = <T>(path: string, list: ReadonlyArray<T>, most: number): ReadonlyArray<T> =>
  Array.isArray(list) && list.length <= most ? list : refuse(path, `a list of at most ${most}`)

const numbers = (path: string, list: ReadonlyArray<number>, bounds: Bounds, most: number): ReadonlyArray<number> => {
  listOf(path, list, most).forEach((value, at) => {
    numberIn(`${path}[${at}]`, value, bounds)
  })
  return list
}

const distinct = (path: string, named: ReadonlyArray<{ readonly name: string }>): void => {
  if (new Set(named.map(({ name }) => name)).size !== named.length) refuse(path, 'each name once')
}

const checkStoredTenant = (path: string, stored: StoredTenant): void => {
  checkName(`${path}.name`, stored.name)
  checkTenant(`${path}.limits`, stored.limits)
  for (const key of ['fullAtMs', 'visitsLeft', 'visits', 'priced', 'learning'] as const)
    numberIn(`${path}.${key}`, stored[key], upTo(most))
  numberIn(`${path}.wakeAtMs`, stored.wakeAtMs, upTo(most, -1))
  numbers(`${path}.congestion`, stored.congestion, upTo(most), 2)
  const { budget } = stored
  if (budget === undefined) return
  numberIn(`${path}.budget.root`, budget.root, upTo(1e6, 1e-6))
  numberIn(`${path}.budget.startRoot`, budget.startRoot, upTo(1e6, 1e-6))
  numberIn(`${path}.budget.debt`, budget.debt, upTo(most, -most))
  for (const key of ['bin', 'startAtMs', 'atMs'] as const)
    numberIn(`${path}.budget.${key}`, budget[key], upTo(most, -1))
  numbers(`${path}.budget.week`, budget.week, upTo(most), bins * valuesEach)
  numbers(`${path}.budget.running`, budget.running, upTo(most), 6)
}

const checkStoredServer = (path: string, stored: StoredServer, tenants: number): void => {
  checkName(`${path}.name`, stored.name)
  checkLimits(`${path}.limits`, stored.limits)
  for (const key of ['fullAtMs', 'partAtMs', 'inFlightSeen'] as const)
    numberIn(`${path}.${key}`, stored[key], upTo(most))
  numberIn(`${path}.wakeAtMs`, stored.wakeAtMs, upTo(most, -1))
  numberIn(`${path}.part`, stored.part, upTo(1, 1 / 64))
  numbers(`${path}.asleep`, stored.asleep, index(tenants), tenants)
  numbers(`${path}.promised`, stored.promised, index(tenants), tenants)
}

const checkSchedules = (
  stored: StoredSchedules,
  tenants: number,
  servers: number,
  atMs: number,
  { schedulesMax }: Settings
): number => {
  const path = 'snapshot.schedules'
  if (typeof stored !== 'object' || stored === null) return refuse(path, 'an object')
  const { length } = listOf(`${path}.status`, stored.status, schedulesMax)
  const bounds: Readonly<Record<keyof StoredSchedules, Bounds>> = {
    tenant: index(tenants, -1),
    server: index(servers, -1),
    status: { min: 0, max: 0x7f, integer: true },
    priority: { min: -1, max: 255, integer: true },
    sibling: index(length, -1),
    dueAtMs: upTo(most, -1),
    notBeforeMs: upTo(most, -1),
    untilMs: upTo(most, -1),
    lease: upTo(most, -1),
    hintedAtMs: upTo(most, -1)
  }
  for (const [key, within] of Object.entries(bounds) as ReadonlyArray<[keyof StoredSchedules, Bounds]>) {
    if (numbers(`${path}.${key}`, stored[key], within, length).length !== length)
      refuse(`${path}.${key}`, `a list of ${length}`)
  }
  checkRows(path, stored, atMs)
  return length
}

/** What the planner relies on: a ring of siblings closes, what waits is due later, and everybody has a tenant. */
const checkRows = (path: string, stored: StoredSchedules, atMs: number): void => {
  const isSibling = new Uint8Array(stored.status.length)
  stored.status.forEach((marks, row) => {
    const is = marks & 0xf
    if (is > status.dormant) refuse(`${path}.status[${row}]`, 'a status from 0 to 5')
    if (is === status.removed) return
    if ((stored.tenant[row] ?? -1) < 0) refuse(`${path}.tenant[${row}]`, 'a tenant')
    if ((stored.server[row] ?? -1) < 0) refuse(`${path}.server[${row}]`, 'a server')
    const sibling = stored.sibling[row] ?? -1
    const isRing = sibling >= 0 && isSibling[sibling] === 0 && ((stored.status[sibling] ?? 0) & 0xf) !== status.removed
    if (!isRing) refuse(`${path}.sibling[${row}]`, 'a ring')
    isSibling[sibling] = 1
    if (is === status.waiting && !((stored.dueAtMs[row] ?? -1) > atMs))
      refuse(`${path}.dueAtMs[${row}]`, 'an instant to come')
  })
}
