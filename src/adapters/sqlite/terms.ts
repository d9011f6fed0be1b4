/**
 * Looking records up by the value of a field. A field is indexed from the first time somebody asks by it: what
 * records hold of it then goes into a table of terms, and every later write keeps that table in step. Names of fields
 * and values are bound, never part of a statement.
 *
 * Texts are compared without regard to case, as addresses must be (R5); a list of texts answers to each of them.
 */
import type { Fields, RecordSnapshot, Ref, Result, Value } from '../../model/index.js'
import { digestOf, fieldOf, ok } from '../../model/index.js'
import type { Hits, RecordKeyQuery } from '../../engine/ports.js'
import type { Connection } from './connection.js'
import { inTransaction } from './connection.js'
import { fieldRows, foundRows, refRows } from './records.codec.js'
import { keyFromText } from './text.js'

/** The engine only asks none, one or several. */
const hitsMax = 3

/** A longer text is kept as its digest. */
const termLengthMax = 256

const rowsPerStep = 500

const insertIndexed = 'INSERT OR IGNORE INTO liaison_indexed (type, field) VALUES (?, ?)'
const selectIndexed = 'SELECT field FROM liaison_indexed WHERE type = ?'
const isIndexedField = 'SELECT field FROM liaison_indexed WHERE type = ? AND field = ?'
const insertTerm = 'INSERT OR IGNORE INTO liaison_terms (type, field, value, ref) VALUES (?, ?, ?, ?)'
const removeTerms = 'DELETE FROM liaison_terms WHERE type = ? AND ref = ?'
const selectTerm = 'SELECT ref FROM liaison_terms WHERE type = ? AND field = ? AND value = ? ORDER BY ref LIMIT ?'
const selectSlice = `
  SELECT type, ref, seq, owner, state, status, created_ms, changed_ms, fields FROM liaison_records
  WHERE type = ? AND gone = 0 AND ref > ? ORDER BY ref LIMIT ?`

export const lookUp = (db: Connection, keys: ReadonlyArray<RecordKeyQuery>): Result<ReadonlyArray<Hits>> => {
  const hits: Array<Hits> = []
  for (const key of keys) {
    const indexed = ensureIndexed(db, key.type, key.field)
    if (indexed._tag === 'Left') return indexed
    const refs = refRows(db.rows(selectTerm, ...[key.type, key.field, termOf(key.value)].map(keyFromText), hitsMax))
    if (refs._tag === 'Left') return refs
    hits.push({ refs: refs.right })
  }
  return ok(hits)
}

/** Texts that only differ in case are one term. */
const termOf = (value: string): string => {
  const folded = value.toLowerCase()
  return folded.length > termLengthMax ? `\u0000${digestOf(folded)}` : folded
}

const ensureIndexed = (db: Connection, type: string, field: string): Result<void> => {
  const names = [keyFromText(type), keyFromText(field)]
  if (db.row(isIndexedField, ...names) !== undefined) return ok(undefined)
  return inTransaction(db, () => {
    db.run(insertIndexed, ...names)
    return indexAll(db, type, field)
  })
}

/** Fills a new index, by slices: the records of a type may be many. */
const indexAll = (db: Connection, type: string, field: string): Result<void> => {
  let after = ''
  for (;;) {
    const slice = foundRows(db.rows(selectSlice, keyFromText(type), after, rowsPerStep))
    if (slice._tag === 'Left') return slice
    for (const found of slice.right) {
      if (found._tag === 'Known') addTerms(db, found.snapshot, field)
    }
    const last = slice.right.at(-1)
    if (last === undefined) return ok(undefined)
    after = keyFromText(last._tag === 'Known' ? last.snapshot.ref : last.ref)
  }
}

const textsOf = (value: Value | undefined): ReadonlyArray<string> => {
  const entries: ReadonlyArray<Value | undefined> = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry) => (typeof entry === 'string' && entry !== '' ? [entry] : []))
}

const addTerms = (db: Connection, record: { type: string; ref: Ref; fields: Fields }, field: string): void => {
  for (const text of textsOf(fieldOf(record.fields, field))) {
    db.run(insertTerm, ...[record.type, field, termOf(text), record.ref].map(keyFromText))
  }
}

/** Forgets what a record was found by. */
export const dropTerms = (db: Connection, type: string, ref: Ref): void => {
  db.run(removeTerms, keyFromText(type), keyFromText(ref))
}

/** Keeps the terms of a record in step with its fields. */
export const renewTerms = (db: Connection, record: RecordSnapshot): Result<void> => {
  const indexed = fieldRows(db.rows(selectIndexed, keyFromText(record.type)))
  if (indexed._tag === 'Left') return indexed
  dropTerms(db, record.type, record.ref)
  for (const field of indexed.right) addTerms(db, record, field)
  return ok(undefined)
}
