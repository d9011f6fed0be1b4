/**
 * One commit: everything that a batch has settled, or nothing. The lease is looked at first, inside the transaction.
 * What is removed goes before what is written, so that a row that one commit both settles and writes anew stands.
 */
import type { FormerLink, HistoryRow, InboxRow, Link, Result } from '../../model/index.js'
import { ok } from '../../model/index.js'
import type { Transaction } from '../../engine/ports.js'
import type { Connection } from './connection.js'
import { inTransaction } from './connection.js'
import { fence } from './leases.js'
import { removeOutdated } from './outdated.js'
import { keyFromText } from './text.js'

export const commit = (db: Connection, transaction: Transaction): Result<void> =>
  inTransaction(db, () => {
    const fenced = fence(db, transaction.lease)
    if (fenced._tag === 'Left') return fenced
    const at: Place = [keyFromText(transaction.lease.tenant), keyFromText(transaction.mailbox)]
    settle(db, at, transaction)
    endLinks(db, at, transaction)
    for (const link of transaction.links ?? []) writeLink(db, at, link)
    writeRows(db, at, transaction)
    if (transaction.outdated !== undefined) removeOutdated(db, at, transaction.outdated)
    return ok(undefined)
  })

/** Tenant and mailbox, as keys: every row of a commit but those of the inbox is theirs. */
export type Place = readonly [tenant: string, mailbox: string]

const closeIntent = 'DELETE FROM liaison_intents WHERE tenant = ? AND mailbox = ? AND key = ?'
const settleInbox = 'DELETE FROM liaison_inbox WHERE tenant = ? AND mailbox = ? AND type = ? AND ref = ? AND seq = ?'
const settlePending = 'DELETE FROM liaison_pending WHERE tenant = ? AND mailbox = ? AND id = ?'
const settleDue = 'DELETE FROM liaison_due WHERE tenant = ? AND mailbox = ? AND key = ?'
const forgetFormer = 'DELETE FROM liaison_former WHERE tenant = ? AND mailbox = ? AND id = ?'

const settle = (db: Connection, at: Place, transaction: Transaction): void => {
  for (const key of transaction.closed ?? []) db.run(closeIntent, ...at, keyFromText(key))
  // A later change of the same record has another number: that row is not the one that was settled.
  for (const { type, ref, seq } of transaction.settledInbox ?? []) {
    db.run(settleInbox, ...at, keyFromText(type), keyFromText(ref), seq)
  }
  for (const id of transaction.settledPending ?? []) db.run(settlePending, ...at, id)
  for (const key of transaction.settledDue ?? []) db.run(settleDue, ...at, keyFromText(key))
  for (const id of transaction.revived ?? []) db.run(forgetFormer, ...at, keyFromText(id))
}

const removeLink = 'DELETE FROM liaison_links WHERE tenant = ? AND mailbox = ? AND id = ?'
const removeRelated = 'DELETE FROM liaison_related WHERE tenant = ? AND mailbox = ? AND link = ?'
const insertFormer = `
  INSERT INTO liaison_former (tenant, mailbox, id, item, record, body, base) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, id) DO UPDATE
  SET item = excluded.item, record = excluded.record, body = excluded.body, base = excluded.base`

const endLinks = (db: Connection, at: Place, transaction: Transaction): void => {
  for (const former of transaction.ended ?? []) {
    const id = keyFromText(former.id)
    db.run(removeLink, ...at, id)
    db.run(removeRelated, ...at, id)
    db.run(insertFormer, ...at, id, ...pairColumns(former))
  }
}

const upsertLink = `
  INSERT INTO liaison_links (tenant, mailbox, id, item, record, body, base) VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, id) DO UPDATE
  SET item = excluded.item, record = excluded.record, body = excluded.body, base = excluded.base`
const insertRelated = 'INSERT OR IGNORE INTO liaison_related (tenant, mailbox, link, ref) VALUES (?, ?, ?, ?)'

export const writeLink = (db: Connection, at: Place, link: Link): void => {
  const id = keyFromText(link.id)
  db.run(upsertLink, ...at, id, ...pairColumns(link))
  db.run(removeRelated, ...at, id)
  for (const ref of link.related ?? []) db.run(insertRelated, ...at, id, keyFromText(ref))
}

/** Item, record, body and base: the base is the large part and is kept by itself. */
const pairColumns = (link: Link | FormerLink): readonly [string, string, string, string] => {
  const { base, ...body } = link
  return [keyFromText(link.item), keyFromText(link.record), JSON.stringify(body), JSON.stringify(base)]
}

const upsertIntent = `
  INSERT INTO liaison_intents (tenant, mailbox, key, body) VALUES (?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, key) DO UPDATE SET body = excluded.body`
const upsertDecision = `
  INSERT INTO liaison_decisions (tenant, mailbox, side, ref, kept_ms, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, side, ref) DO UPDATE SET kept_ms = excluded.kept_ms, body = excluded.body`
const upsertDue = `
  INSERT INTO liaison_due (tenant, mailbox, key, rests, wakes_at_ms, body) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, key)
    DO UPDATE SET rests = excluded.rests, wakes_at_ms = excluded.wakes_at_ms, body = excluded.body`
const upsertState = `
  INSERT INTO liaison_state (tenant, name, body) VALUES (?, ?, ?)
  ON CONFLICT (tenant, name) DO UPDATE SET body = excluded.body`
const upsertConflict = `
  INSERT INTO liaison_conflicts (tenant, mailbox, item, record, field, cycle, at_ms, body) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, item, record, field, cycle) DO UPDATE SET at_ms = excluded.at_ms, body = excluded.body`
const upsertHistory = `
  INSERT INTO liaison_history (tenant, mailbox, key, cycle, side, ref, other, at_ms, body)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, mailbox, key) DO UPDATE
  SET cycle = excluded.cycle, side = excluded.side, ref = excluded.ref, other = excluded.other,
      at_ms = excluded.at_ms, body = excluded.body`

const writeRows = (db: Connection, at: Place, transaction: Transaction): void => {
  for (const intent of transaction.intents ?? []) {
    db.run(upsertIntent, ...at, keyFromText(intent.key), JSON.stringify(intent))
  }
  for (const row of transaction.decisions ?? []) {
    db.run(upsertDecision, ...at, row.side, keyFromText(row.ref), row.atMs, JSON.stringify(row))
  }
  for (const row of transaction.conflicts ?? []) {
    const names = [row.item, row.record, row.field, row.cycle].map(keyFromText)
    db.run(upsertConflict, ...at, ...names, row.atMs, JSON.stringify(row))
  }
  for (const due of transaction.due ?? []) {
    db.run(upsertDue, ...at, keyFromText(due.key), due.rests ? 1 : 0, due.wakesAtMs ?? null, JSON.stringify(due))
  }
  for (const row of transaction.history ?? []) writeHistory(db, at, row)
  for (const row of transaction.inbox ?? []) writeInbox(db, at[0], row)
  for (const { name, document } of transaction.state ?? []) {
    db.run(upsertState, at[0], keyFromText(name), JSON.stringify(document))
  }
}

const writeHistory = (db: Connection, at: Place, row: HistoryRow): void => {
  const [key, cycle, ref, other] = [
    keyFromText(row.key),
    keyFromText(row.cycle),
    keyFromText(row.ref),
    keyFromText(row.other)
  ]
  db.run(upsertHistory, ...at, key, cycle, row.side, ref, other, row.atMs, JSON.stringify(row))
}

const nextInbox = `UPDATE liaison_counters SET value = value + 1 WHERE name = 'inbox'`
const upsertInbox = `
  INSERT INTO liaison_inbox (tenant, mailbox, type, ref, seq, body)
  VALUES (?, ?, ?, ?, (SELECT value FROM liaison_counters WHERE name = 'inbox'), ?)
  ON CONFLICT (tenant, mailbox, type, ref) DO UPDATE SET seq = excluded.seq, body = excluded.body`

/** One counter for all mailboxes: a number is never given twice, also where rows were settled. */
const writeInbox = (db: Connection, tenant: string, row: InboxRow): void => {
  const { mailbox, type, ref, version, gone } = row
  const body = { mailbox, type, ref, version, gone }
  db.run(nextInbox)
  db.run(upsertInbox, tenant, ...[mailbox, type, ref].map(keyFromText), JSON.stringify(body))
}
