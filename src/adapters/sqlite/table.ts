/**
 * The table of records, its change log and nothing else: one row per record, numbered by its last change. Whoever
 * writes a record (the engine through the port, the application through `host`) comes through here, so that no change
 * is missing from the log.
 */
import type { Fields, Found, InstantMs, RecordSnapshot, RecordType, Ref, Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Connection } from './connection.js'
import { numberFrom } from './links.codec.js'
import { fieldsPaths, foundRow } from './records.codec.js'
import { dropTerms, renewTerms } from './terms.js'
import { keyFromText } from './text.js'

/** A record as it is to stand in the table. */
export interface RecordDraft {
  readonly type: RecordType
  readonly ref: Ref
  readonly owner?: string
  readonly state: string
  readonly status?: string
  readonly createdAtMs?: InstantMs
  readonly fields: Fields
}

/** Named by their table: `json_each` has a column `type` too. */
export const recordColumns = `records.type, records.ref, records.seq, records.owner, records.state, records.status,
  records.created_ms, records.changed_ms, records.fields`

const selectRecord = `SELECT ${recordColumns} FROM liaison_records AS records WHERE type = ? AND ref = ? AND gone = 0`

const selectTaken = 'SELECT ref FROM liaison_records WHERE ref = ? AND gone = 0'

// RETURNING in an UPDATE of the one row of that name: number and growth are one statement.
const nextChange = `UPDATE liaison_counters SET value = value + 1 WHERE name = 'log' RETURNING value`
const lastChange = `SELECT value FROM liaison_counters WHERE name = 'log'`

const upsertRecord = `
  INSERT INTO liaison_records (type, ref, seq, gone, owner, state, status, created_ms, changed_ms, fields)
  VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (type, ref) DO UPDATE
  SET seq = excluded.seq, gone = 0, owner = excluded.owner, state = excluded.state, status = excluded.status,
    created_ms = excluded.created_ms, changed_ms = excluded.changed_ms, fields = excluded.fields`

/** A tombstone keeps the ref and the place in the log; nothing of what the record held. */
const buryRecord = `
  UPDATE liaison_records SET seq = ?, gone = 1, owner = NULL, state = '', status = NULL, created_ms = NULL,
    changed_ms = NULL, fields = '{}'
  WHERE type = ? AND ref = ? AND gone = 0`

export const recordAt = (db: Connection, type: RecordType, ref: Ref): Result<Found<RecordSnapshot> | undefined> =>
  foundRow(db.row(selectRecord, keyFromText(type), keyFromText(ref)))

/** Whether a record of any type bears the ref. */
export const isTaken = (db: Connection, ref: Ref): boolean => db.row(selectTaken, keyFromText(ref)) !== undefined

/** The number of the last change of all. */
export const headOf = (db: Connection): Result<number> => {
  const head = numberFrom(db.row(lastChange))
  return head._tag === 'Left' ? head : ok(head.right ?? 0)
}

const nextSeq = (db: Connection): Result<number> => {
  const next = numberFrom(db.row(nextChange))
  return next._tag === 'Left' ? next : ok(next.right ?? 1)
}

/** Writes a record and answers it as the table now holds it. Runs inside a transaction. */
export const storeRecord = (
  db: Connection,
  draft: RecordDraft,
  nowMs: InstantMs,
  bytesMax: number
): Result<RecordSnapshot> => {
  const text = JSON.stringify(draft.fields)
  const refused = refusalOf(draft, text, bytesMax)
  if (refused !== undefined) return refused
  const seq = nextSeq(db)
  if (seq._tag === 'Left') return seq
  const { type, ref, owner, state, status, createdAtMs } = draft
  const names = [type, ref].map(keyFromText)
  const attributes = [optionalKey(owner), keyFromText(state), optionalKey(status), createdAtMs ?? nowMs, nowMs]
  db.run(upsertRecord, ...names, seq.right, ...attributes, text)
  return afterWrite(db, type, ref)
}

const optionalKey = (text: string | undefined): string | null => (text === undefined ? null : keyFromText(text))

/** What could not be read again is not written. */
const refusalOf = (draft: RecordDraft, text: string, bytesMax: number): Result<never> | undefined => {
  const { ref } = draft
  const actual = new TextEncoder().encode(text).length
  if (actual > bytesMax) return fail({ _tag: 'TooLarge', limit: bytesMax, actual })
  const paths = [...(ref === '' ? ['ref: expected a text that is not empty'] : []), ...fieldsPaths(draft.fields)]
  return paths.length === 0 ? undefined : fail({ _tag: 'Malformed', side: 'record', ref, paths })
}

const afterWrite = (db: Connection, type: RecordType, ref: Ref): Result<RecordSnapshot> => {
  const stored = recordAt(db, type, ref)
  if (stored._tag === 'Left') return stored
  if (stored.right?._tag !== 'Known') return fail({ _tag: 'Malformed', side: 'record', ref, paths: ['fields'] })
  const indexed = renewTerms(db, stored.right.snapshot)
  return indexed._tag === 'Left' ? indexed : ok(stored.right.snapshot)
}

/** Makes a record a tombstone; answers whether there was one. Runs inside a transaction. */
export const removeRecord = (db: Connection, type: RecordType, ref: Ref): Result<boolean> => {
  // Asked first: what is not there must not use up a number of the log.
  if (db.row(selectRecord, keyFromText(type), keyFromText(ref)) === undefined) return ok(false)
  const seq = nextSeq(db)
  if (seq._tag === 'Left') return seq
  dropTerms(db, ref)
  db.run(buryRecord, seq.right, keyFromText(type), keyFromText(ref))
  return ok(true)
}
