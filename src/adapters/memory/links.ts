/**
 * The engine's memory in memory: one promise of `engine/ports.ts` per function. `dump` gives all of it as JSON in a
 * fixed order, `restore` puts it back: a crash test starts anew from what was committed.
 */
import type {
  Claim,
  ConflictRow,
  DecisionRow,
  Due,
  FormerLink,
  Gesture,
  HistoryRow,
  InboxEntry,
  InstantMs,
  Intent,
  Link,
  MailboxKey,
  Pending,
  Result
} from '../../model/index.js'
import { byCodeUnits, fail, limits, ok } from '../../model/index.js'
import type { LinkStore, StateDocument, Transaction } from '../../engine/ports.js'
import { frozenCopy } from './clone.js'
import type { MemoryFaults } from './faults.js'
import { doorOf } from './faults.js'
import type { StandingLease } from './leases.js'
import { leasesOf } from './leases.js'
import { forgetIn, pairsMentioning } from './forget.js'
import { removeOutdated } from './outdated.js'
import { countingClock } from './side.js'
import type { Claims, Documents } from './rows.js'
import { decisionName, inboxName, rowsOf, tenantKey } from './rows.js'
import type { DumpedRow } from './tables.js'
import { rowsMax } from './tables.js'

/** @public */
export interface MemoryLinksSettings {
  /** The clock that leases live by, in milliseconds. Counts from 0 where left out. */
  readonly clock?: () => InstantMs
  readonly faults?: MemoryFaults
}

/** Everything that a store of links holds. @public */
export interface LinksDump {
  readonly leases: ReadonlyArray<StandingLease>
  readonly claims: ReadonlyArray<{ readonly tenant: string; readonly claim: Claim }>
  readonly links: ReadonlyArray<DumpedRow<Link>>
  readonly former: ReadonlyArray<DumpedRow<FormerLink>>
  readonly intents: ReadonlyArray<DumpedRow<Intent>>
  readonly pending: ReadonlyArray<DumpedRow<Pending>>
  readonly inbox: ReadonlyArray<DumpedRow<InboxEntry>>
  readonly due: ReadonlyArray<DumpedRow<Due>>
  readonly decisions: ReadonlyArray<DumpedRow<DecisionRow>>
  readonly conflicts: ReadonlyArray<DumpedRow<ConflictRow>>
  readonly history: ReadonlyArray<DumpedRow<HistoryRow>>
  readonly state: ReadonlyArray<{ readonly tenant: string; readonly name: string; readonly document: StateDocument }>
  /** Numbers that are never given twice: the last gesture, the last inbox row. */
  readonly counters: { readonly pending: number; readonly inbox: number }
}

/** @public */
export interface MemoryLinks extends LinkStore {
  readonly dump: () => LinksDump
  readonly restore: (dump: LinksDump) => void
}

/**
 * The engine's memory, in memory.
 * @public
 */
export const memoryLinks = (settings: MemoryLinksSettings = {}): MemoryLinks => {
  const clock = settings.clock ?? countingClock()
  const { enter, pass } = doorOf('links', settings.faults)
  const leases = leasesOf()
  const claims: Claims = new Map()
  const state: Documents = new Map()
  const rows = rowsOf()
  let counters = { pending: 0, inbox: 0 }

  const claimOne = (tenant: string, claim: Claim): Claim => {
    const key = tenantKey(tenant, claim.identity)
    const standing = claims.get(key) ?? { tenant, claim: frozenCopy(claim) }
    claims.set(key, standing)
    return standing.claim
  }

  /** Where no claim stands at all (a restored backup), the raised one is the first. */
  const raise = (tenant: string, from: number, to: Claim): Claim => {
    const key = tenantKey(tenant, to.identity)
    if (claims.get(key)?.claim.generation === from) claims.set(key, { tenant, claim: frozenCopy(to) })
    return claimOne(tenant, to)
  }

  /** All of the gestures, or none. */
  const append = (key: MailboxKey, gestures: ReadonlyArray<Gesture>, atMs: InstantMs): Result<number> => {
    const count = rows.pending.count(key) + gestures.length
    if (count > limits.pendingMax) return fail({ _tag: 'QuotaExceeded', limit: limits.pendingMax })
    for (const gesture of frozenCopy(gestures)) {
      counters = { ...counters, pending: counters.pending + 1 }
      rows.pending.put(key, Object.freeze({ id: counters.pending, gesture, atMs }))
    }
    return ok(count)
  }

  /** What is removed goes before what is written: a row that one commit both settles and writes anew stands. */
  const settle = (key: MailboxKey, transaction: Transaction): void => {
    for (const name of transaction.closed ?? []) rows.intents.remove(key, name)
    // A later change of the same record has another number: that row is not the one that was settled.
    for (const { type, ref, seq } of transaction.settledInbox ?? []) {
      const name = inboxName(type, ref)
      if (rows.inbox.at(key, name)?.seq === seq) rows.inbox.remove(key, name)
    }
    for (const id of transaction.settledPending ?? []) rows.pending.remove(key, String(id))
    for (const name of transaction.settledDue ?? []) rows.due.remove(key, name)
    for (const id of transaction.revived ?? []) rows.former.remove(key, id)
    for (const { id } of transaction.ended ?? []) rows.links.remove(key, id)
  }

  const write = (key: MailboxKey, transaction: Transaction): void => {
    const { tenant } = key
    for (const former of transaction.ended ?? []) rows.former.put(key, former)
    for (const link of transaction.links ?? []) rows.links.put(key, link)
    for (const intent of transaction.intents ?? []) rows.intents.put(key, intent)
    for (const row of transaction.decisions ?? []) rows.decisions.put(key, row)
    for (const row of transaction.conflicts ?? []) rows.conflicts.put(key, row)
    for (const due of transaction.due ?? []) rows.due.put(key, due)
    for (const { name, document } of transaction.state ?? []) {
      state.set(tenantKey(tenant, name), { tenant, name, document })
    }
    for (const row of transaction.history ?? []) rows.history.put(key, row)
    for (const row of transaction.inbox ?? []) {
      counters = { ...counters, inbox: counters.inbox + 1 }
      rows.inbox.put({ tenant, mailbox: row.mailbox }, Object.freeze({ ...row, seq: counters.inbox }))
    }
  }

  /** Copied before anything is touched: what cannot be copied is not stored by halves. */
  const commit = (given: Transaction): Result<void> => {
    if (!leases.isStanding(given.lease)) return fail({ _tag: 'LeaseLost' })
    const transaction = frozenCopy(given)
    const key = { tenant: transaction.lease.tenant, mailbox: transaction.mailbox }
    settle(key, transaction)
    write(key, transaction)
    if (transaction.outdated !== undefined) removeOutdated(rows, key, transaction.outdated)
    return ok(undefined)
  }

  const port: LinkStore = {
    lease: (tenant, name, holder, ttlMs) =>
      enter('links.lease', () => ok(leases.take(tenant, name, holder, ttlMs, Math.trunc(clock())))),
    release: (lease) => enter('links.release', () => ok(leases.release(lease))),
    claim: (tenant, asked) => enter('links.claim', () => ok(asked.map((claim) => claimOne(tenant, claim)))),
    raise: (tenant, from, to) => enter('links.raise', () => ok(raise(tenant, from, to))),
    linksOf: (tenant, by, refs, mailbox) =>
      enter('links.linksOf', () => ok(rows.links.find(tenant, by, refs, mailbox))),
    walk: (key, after, max) => enter('links.walk', () => ok(rows.links.walk(key, after, max))),
    formerOf: (tenant, by, refs, mailbox) =>
      enter('links.formerOf', () => ok(rows.former.find(tenant, by, refs, mailbox))),
    openIntents: (key, max) => enter('links.openIntents', () => ok(rows.intents.of(key).slice(0, rowsMax(max)))),
    append: (key, gestures, atMs) => enter('links.append', () => append(key, gestures, atMs)),
    pending: (key, max) => enter('links.pending', () => ok(rows.pending.of(key).slice(0, rowsMax(max)))),
    inbox: (key, after, max) =>
      enter('links.inbox', () => {
        const later = rows.inbox.of(key).filter(({ seq }) => seq > after)
        return ok(later.sort((x, y) => x.seq - y.seq).slice(0, rowsMax(max)))
      }),
    due: (key, max, nowMs) =>
      enter('links.due', () => {
        const awake = rows.due
          .of(key)
          .filter(({ rests, wakesAtMs }) => !rests || (wakesAtMs !== undefined && wakesAtMs <= nowMs))
        return ok(awake.sort((x, y) => byCodeUnits(x.key, y.key)).slice(0, rowsMax(max)))
      }),
    dueOf: (key, keys) =>
      enter('links.dueOf', () =>
        ok([...new Set(keys)].sort(byCodeUnits).flatMap((name) => rows.due.at(key, name) ?? []))
      ),
    decisionsOf: (key, side, refs) =>
      enter('links.decisionsOf', () =>
        ok([...new Set(refs)].flatMap((ref) => rows.decisions.at(key, decisionName(side, ref)) ?? []))
      ),
    conflicts: (key, max) =>
      enter('links.conflicts', () =>
        ok([...rows.conflicts.of(key)].sort((x, y) => x.atMs - y.atMs).slice(0, rowsMax(max)))
      ),
    historyOf: (key, side, ref, before, max) =>
      enter('links.historyOf', () => {
        const written = rows.history.of(key).filter((row) => row.side === side && row.ref === ref)
        const earlier = written.filter((row) => before === undefined || byCodeUnits(row.key, before) < 0)
        return ok(earlier.sort((x, y) => byCodeUnits(y.key, x.key)).slice(0, rowsMax(max)))
      }),
    historyIn: (key, cycle, after, max) =>
      enter('links.historyIn', () => {
        const written = rows.history.of(key).filter((row) => row.cycle === cycle)
        const later = written.filter((row) => after === undefined || byCodeUnits(row.key, after) > 0)
        return ok(later.sort((x, y) => byCodeUnits(x.key, y.key)).slice(0, rowsMax(max)))
      }),
    state: (tenant, name) => enter('links.state', () => ok(state.get(tenantKey(tenant, name))?.document)),
    mentioning: (tenant, address, max) =>
      enter('links.mentioning', () => ok(pairsMentioning(rows, tenant, address).slice(0, rowsMax(max)))),
    forget: (tenant, what) => enter('links.forget', () => ok(forgetIn({ ...rows, claims, state }, tenant, what))),
    transact: (transaction) =>
      enter('links.transact', () => pass('commit', { scope: transaction.mailbox }, () => commit(transaction)))
  }

  const dump = (): LinksDump => ({
    leases: leases.dump(),
    claims: [...claims].sort(([x], [y]) => byCodeUnits(x, y)).map(([, claim]) => claim),
    links: rows.links.dump(),
    former: rows.former.dump(),
    intents: rows.intents.dump(),
    pending: rows.pending.dump(),
    inbox: rows.inbox.dump(),
    due: rows.due.dump(),
    decisions: rows.decisions.dump(),
    conflicts: rows.conflicts.dump(),
    history: rows.history.dump(),
    state: [...state].sort(([x], [y]) => byCodeUnits(x, y)).map(([, document]) => document),
    counters: { ...counters }
  })

  const restore = (given: LinksDump): void => {
    const kept = frozenCopy(given)
    for (const table of [leases, claims, state, ...Object.values(rows)]) table.clear()
    for (const lease of kept.leases) leases.put(lease)
    for (const entry of kept.claims) claims.set(tenantKey(entry.tenant, entry.claim.identity), entry)
    for (const entry of kept.state) state.set(tenantKey(entry.tenant, entry.name), entry)
    refill(rows.links, kept.links)
    refill(rows.former, kept.former)
    refill(rows.intents, kept.intents)
    refill(rows.pending, kept.pending)
    refill(rows.inbox, kept.inbox)
    refill(rows.due, kept.due)
    refill(rows.decisions, kept.decisions)
    refill(rows.conflicts, kept.conflicts)
    refill(rows.history, kept.history)
    counters = { ...kept.counters }
  }
  return { ...port, dump, restore }
}

const refill = <R>(
  table: { readonly put: (key: MailboxKey, row: R) => void },
  dumped: ReadonlyArray<DumpedRow<R>>
): void => {
  for (const { tenant, mailbox, row } of dumped) table.put({ tenant, mailbox }, row)
}
