/**
 * The link store on SQLite: one promise of `engine/ports.ts` per line, one statement per question. Lists of refs go in
 * as one JSON text, so that a batch costs one call.
 */
import type { Claim, Gesture, InstantMs, MailboxKey, Ref, Result } from '../../model/index.js'
import { byCodeUnits, fail, limits, ok } from '../../model/index.js'
import type { LinkStore } from '../../engine/ports.js'
import type { Ask, Connection } from './connection.js'
import { inTransaction, rowsMax } from './connection.js'
import { forgetIn } from './forget.js'
import { pairsMentioning } from './mentioning.js'
import { endTerm, takeLease } from './leases.js'
import {
  claimFrom,
  conflictsFrom,
  decisionsFrom,
  dueFrom,
  formerFrom,
  historyFrom,
  inboxFrom,
  intentsFrom,
  linksFrom,
  numberFrom,
  pendingFrom,
  stateFrom
} from './links.codec.js'
import { keyFromText, keyList } from './text.js'
import { commit } from './transact.js'

/** `nowMs` is the clock that leases live by, in whole milliseconds. */
export const linksOn = (ask: Ask, nowMs: () => InstantMs): LinkStore => ({
  lease: (tenant, name, holder, ttlMs) => ask((db) => takeLease(db, { tenant, name, holder, ttlMs }, nowMs())),
  release: (lease) => ask((db) => endTerm(db, lease)),
  claim: (tenant, claims) => ask((db) => inTransaction(db, () => claimAll(db, keyFromText(tenant), claims))),
  raise: (tenant, from, to) => ask((db) => inTransaction(db, () => raise(db, keyFromText(tenant), from, to))),
  linksOf: (tenant, by, refs, mailbox) =>
    ask((db) => linksFrom(rowsOfRefs(db, selectLinks[by], [tenant, ...within(mailbox)], refs))),
  walk: (key, after, max) => {
    const from = after === undefined ? [] : [keyFromText(after)]
    const sql = from.length === 0 ? walkFromStart : walkOn
    return ask((db) => linksFrom(db.rows(sql, ...placeOf(key), ...from, rowsMax(max))))
  },
  formerOf: (tenant, by, refs, mailbox) =>
    ask((db) => formerFrom(rowsOfRefs(db, selectFormer[by], [tenant, ...within(mailbox)], refs))),
  openIntents: (key, max) => ask((db) => intentsFrom(db.rows(selectIntents, ...placeOf(key), rowsMax(max)))),
  append: (key, gestures, atMs) => ask((db) => inTransaction(db, () => append(db, key, gestures, atMs))),
  pending: (key, max) => ask((db) => pendingFrom(db.rows(selectPending, ...placeOf(key), rowsMax(max)))),
  inbox: (key, after, max) => ask((db) => inboxFrom(db.rows(selectInbox, ...placeOf(key), after, rowsMax(max)))),
  due: (key, max, nowMs) =>
    ask((db) => {
      const awake = db.rows(selectDue, ...placeOf(key), rowsMax(max))
      const woken = db.rows(selectWoken, ...placeOf(key), nowMs, rowsMax(max))
      const due = dueFrom([...awake, ...woken])
      if (due._tag === 'Left' || woken.length === 0) return due
      return ok([...due.right].sort((x, y) => byCodeUnits(x.key, y.key)).slice(0, rowsMax(max)))
    }),
  dueOf: (key, keys) => ask((db) => dueFrom(db.rows(selectDueOf, keyList(keys), ...placeOf(key)))),
  decisionsOf: (key, side, refs) =>
    ask((db) => decisionsFrom(db.rows(selectDecisions, keyList(refs), ...placeOf(key), side))),
  conflicts: (key, max) => ask((db) => conflictsFrom(db.rows(selectConflicts, ...placeOf(key), rowsMax(max)))),
  historyOf: (key, side, ref, before, max) => {
    const from = before === undefined ? [] : [keyFromText(before)]
    const sql = from.length === 0 ? selectHistoryOf : selectHistoryBefore
    return ask((db) => historyFrom(db.rows(sql, ...placeOf(key), side, keyFromText(ref), ...from, rowsMax(max))))
  },
  historyIn: (key, cycle, after, max) => {
    const from = after === undefined ? [] : [keyFromText(after)]
    const sql = from.length === 0 ? selectHistoryIn : selectHistoryAfter
    return ask((db) => historyFrom(db.rows(sql, ...placeOf(key), keyFromText(cycle), ...from, rowsMax(max))))
  },
  mentioning: (tenant, address, max) => ask((db) => pairsMentioning(db, keyFromText(tenant), address, rowsMax(max))),
  forget: (tenant, what) => ask((db) => forgetIn(db, keyFromText(tenant), what)),
  state: (tenant, name) => ask((db) => stateFrom(db.row(selectState, keyFromText(tenant), keyFromText(name)))),
  transact: (transaction) => ask((db) => commit(db, transaction))
})

const placeOf = ({ tenant, mailbox }: MailboxKey): readonly [string, string] => [
  keyFromText(tenant),
  keyFromText(mailbox)
]

const insertClaim = `
  INSERT INTO liaison_claims (tenant, identity, generation, body) VALUES (?, ?, ?, ?)
  ON CONFLICT (tenant, identity) DO NOTHING`
const selectClaim = 'SELECT body FROM liaison_claims WHERE tenant = ? AND identity = ?'
const raiseClaim = `
  UPDATE liaison_claims SET generation = ?, body = ? WHERE tenant = ? AND identity = ? AND generation = ?`

const claimOne = (db: Connection, tenant: string, claim: Claim): Result<Claim> => {
  const identity = keyFromText(claim.identity)
  db.run(insertClaim, tenant, identity, claim.generation, JSON.stringify(claim))
  const standing = claimFrom(db.row(selectClaim, tenant, identity))
  return standing._tag === 'Left' ? standing : ok(standing.right ?? claim)
}

const claimAll = (db: Connection, tenant: string, claims: ReadonlyArray<Claim>): Result<ReadonlyArray<Claim>> => {
  const standing: Array<Claim> = []
  for (const claim of claims) {
    const one = claimOne(db, tenant, claim)
    if (one._tag === 'Left') return one
    standing.push(one.right)
  }
  return ok(standing)
}

/** Where no claim stands at all (a restored backup), the raised one is the first. */
const raise = (db: Connection, tenant: string, from: number, to: Claim): Result<Claim> => {
  db.run(raiseClaim, to.generation, JSON.stringify(to), tenant, keyFromText(to.identity), from)
  return claimOne(db, tenant, to)
}

const insertPending = 'INSERT INTO liaison_pending (tenant, mailbox, body) VALUES (?, ?, ?)'
const countPending = 'SELECT count(*) AS value FROM liaison_pending WHERE tenant = ? AND mailbox = ?'

/** All of the gestures, or none: past the limit the transaction is rolled back. */
const append = (db: Connection, key: MailboxKey, gestures: ReadonlyArray<Gesture>, atMs: InstantMs): Result<number> => {
  const place = placeOf(key)
  for (const gesture of gestures) db.run(insertPending, ...place, JSON.stringify({ gesture, atMs }))
  const waiting = numberFrom(db.row(countPending, ...place))
  if (waiting._tag === 'Left') return waiting
  const count = waiting.right ?? 0
  return count > limits.pendingMax ? fail({ _tag: 'QuotaExceeded', limit: limits.pendingMax }) : ok(count)
}

/** A question about all mailboxes of a tenant, and the same about one. */
interface Question {
  readonly everywhere: string
  readonly inMailbox: string
}

const within = (mailbox: string | undefined): ReadonlyArray<string> => (mailbox === undefined ? [] : [mailbox])

const rowsOfRefs = (
  db: Connection,
  question: Question,
  place: ReadonlyArray<string>,
  refs: ReadonlyArray<Ref>
): ReadonlyArray<unknown> =>
  db.rows(place.length > 1 ? question.inMailbox : question.everywhere, keyList(refs), ...place.map(keyFromText))

// `CROSS JOIN` keeps the order in which SQLite visits the tables: first what was asked, then the index.
const byPair = (table: 'links' | 'former', column: 'item' | 'record'): Question => {
  const sql = (condition: string): string => `
    SELECT pair.body, pair.base FROM json_each(?) AS asked
    CROSS JOIN liaison_${table} AS pair ON pair.tenant = ? AND pair.${column} = asked.value ${condition}
    ORDER BY asked.key, pair.mailbox, pair.id`
  return { everywhere: sql(''), inMailbox: sql('AND pair.mailbox = ?') }
}

/** A link that shows several of the records asked for is one link. */
const byRelated = (): Question => {
  const sql = (condition: string): string => `
    SELECT links.body, links.base FROM json_each(?) AS asked
    CROSS JOIN liaison_related AS related ON related.tenant = ? AND related.ref = asked.value ${condition}
    CROSS JOIN liaison_links AS links
      ON links.tenant = related.tenant AND links.mailbox = related.mailbox AND links.id = related.link
    GROUP BY links.mailbox, links.id`
  return { everywhere: sql(''), inMailbox: sql('AND related.mailbox = ?') }
}

const selectLinks = { item: byPair('links', 'item'), record: byPair('links', 'record'), related: byRelated() } as const
const selectFormer = { item: byPair('former', 'item'), record: byPair('former', 'record') } as const

const walkFromStart = 'SELECT body, base FROM liaison_links WHERE tenant = ? AND mailbox = ? ORDER BY id LIMIT ?'
const walkOn = 'SELECT body, base FROM liaison_links WHERE tenant = ? AND mailbox = ? AND id > ? ORDER BY id LIMIT ?'

const selectIntents = 'SELECT body FROM liaison_intents WHERE tenant = ? AND mailbox = ? ORDER BY key LIMIT ?'
const selectPending = 'SELECT id, body FROM liaison_pending WHERE tenant = ? AND mailbox = ? ORDER BY id LIMIT ?'
const selectInbox = `
  SELECT seq, body FROM liaison_inbox WHERE tenant = ? AND mailbox = ? AND seq > ? ORDER BY seq LIMIT ?`
const selectDue = 'SELECT body FROM liaison_due WHERE tenant = ? AND mailbox = ? AND rests = 0 ORDER BY key LIMIT ?'
// An index of its own: what sleeps costs a quiet cycle nothing.
const selectWoken = `
  SELECT body FROM liaison_due WHERE tenant = ? AND mailbox = ? AND rests = 1 AND wakes_at_ms <= ?
  ORDER BY wakes_at_ms LIMIT ?`
const selectDueOf = `
  SELECT due.body FROM json_each(?) AS asked
  CROSS JOIN liaison_due AS due ON due.tenant = ? AND due.mailbox = ? AND due.key = asked.value
  ORDER BY due.key`
const selectDecisions = `
  SELECT decisions.body FROM json_each(?) AS asked
  CROSS JOIN liaison_decisions AS decisions
    ON decisions.tenant = ? AND decisions.mailbox = ? AND decisions.side = ? AND decisions.ref = asked.value
  ORDER BY asked.key`
const selectConflicts = `
  SELECT body FROM liaison_conflicts WHERE tenant = ? AND mailbox = ? ORDER BY at_ms, rowid LIMIT ?`
const historyOf = 'SELECT body FROM liaison_history WHERE tenant = ? AND mailbox = ? AND side = ? AND ref = ?'
const selectHistoryOf = `${historyOf} ORDER BY key DESC LIMIT ?`
const selectHistoryBefore = `${historyOf} AND key < ? ORDER BY key DESC LIMIT ?`
const historyIn = 'SELECT body FROM liaison_history WHERE tenant = ? AND mailbox = ? AND cycle = ?'
const selectHistoryIn = `${historyIn} ORDER BY key LIMIT ?`
const selectHistoryAfter = `${historyIn} AND key > ? ORDER BY key LIMIT ?`
const selectState = 'SELECT body FROM liaison_state WHERE tenant = ? AND name = ?'
