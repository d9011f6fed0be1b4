/**
 * Looking records up by match code. A code is indexed from the first time somebody asks by it: the terms of all
 * records of the type then go into a table, and every later write keeps that table in step. The table is ordered as
 * hits are told, so that a look-up reads the few rows that it answers, however many records there are. Names of
 * fields and terms are bound, never part of a statement.
 */
import type { MatchCode, RecordSnapshot, RecordType, Ref, Result } from '../../model/index.js'
import { codeName, createdMsOf, digestOf, hitsAsked, ok, termsOf } from '../../model/index.js'
import type { Hits, RecordKeyQuery } from '../../engine/ports.js'
import type { Connection } from './connection.js'
import { inTransaction } from './connection.js'
import { numberFrom } from './links.codec.js'
import { type Indexed, foundRows, indexedRows, refRows } from './records.codec.js'
import { keyFromText } from './text.js'

/** A longer term is kept as its digest. */
const termLengthMax = 256

const rowsPerStep = 500

const insertIndex = 'INSERT INTO liaison_indexed (type, code, body) VALUES (?, ?, ?)'
const selectIndexed = 'SELECT id, body FROM liaison_indexed WHERE type = ?'
const selectIndex = 'SELECT id AS value FROM liaison_indexed WHERE type = ? AND code = ?'
const insertTerm = 'INSERT OR IGNORE INTO liaison_terms (index_id, term, created_ms, ref) VALUES (?, ?, ?, ?)'
const removeTerms = 'DELETE FROM liaison_terms WHERE ref = ?'
// `CROSS JOIN` keeps the order in which SQLite visits the tables, which is that of the hits. Fields that were spoilt
// beside this adapter are found by nobody.
const selectHits = `
  SELECT terms.ref FROM liaison_terms AS terms
  CROSS JOIN liaison_records AS records
    ON records.type = ? AND records.ref = terms.ref AND records.gone = 0 AND json_valid(records.fields)
  WHERE terms.index_id = ? AND terms.term = ? ORDER BY terms.created_ms DESC, terms.ref LIMIT ?`
const selectSlice = `
  SELECT type, ref, seq, owner, state, status, created_ms, changed_ms, fields FROM liaison_records
  WHERE type = ? AND gone = 0 AND ref > ? ORDER BY ref LIMIT ?`

export const lookUp = (db: Connection, keys: ReadonlyArray<RecordKeyQuery>): Result<ReadonlyArray<Hits>> => {
  const hits: Array<Hits> = []
  const indexes = indexesFor(
    db,
    keys.filter(({ term }) => term !== '')
  )
  if (indexes._tag === 'Left') return indexes
  for (const key of keys) {
    const id = indexes.right.get(key.type)?.get(codeName(key.code))
    const refs = id === undefined || key.term === '' ? ok([]) : refsOf(db, id, key)
    if (refs._tag === 'Left') return refs
    hits.push({ refs: refs.right })
  }
  return ok(hits)
}

const refsOf = (db: Connection, id: number, { type, term, max }: RecordKeyQuery): Result<ReadonlyArray<Ref>> =>
  refRows(db.rows(selectHits, keyFromText(type), id, keptTerm(term), hitsAsked(max)))

const keptTerm = (term: string): string => keyFromText(term.length > termLengthMax ? `\u0000${digestOf(term)}` : term)

/** Codes by their names. */
type Codes = ReadonlyMap<string, MatchCode>

/** Ids of indexes by the names of their codes. */
type Ids = Map<string, number>

/** The indexes of what is asked, by type; those that are missing are made. */
const indexesFor = (db: Connection, keys: ReadonlyArray<RecordKeyQuery>): Result<ReadonlyMap<RecordType, Ids>> => {
  const indexes = new Map<RecordType, Ids>()
  for (const type of new Set(keys.map((key) => key.type))) {
    const own = keys.filter((key) => key.type === type)
    const codes = new Map(own.map(({ code }) => [codeName(code), code]))
    const standing = idsOf(db, type, codes)
    const ids = standing._tag === 'Left' || standing.right.size === codes.size ? standing : indexedNow(db, type, codes)
    if (ids._tag === 'Left') return ids
    indexes.set(type, ids.right)
  }
  return ok(indexes)
}

/** Of those that there are. */
const idsOf = (db: Connection, type: RecordType, codes: Codes): Result<Ids> => {
  const ids: Ids = new Map()
  for (const name of codes.keys()) {
    const id = numberFrom(db.row(selectIndex, keyFromText(type), keyFromText(name)))
    if (id._tag === 'Left') return id
    if (id.right !== undefined) ids.set(name, id.right)
  }
  return ok(ids)
}

const indexedNow = (db: Connection, type: RecordType, codes: Codes): Result<Ids> =>
  inTransaction(db, () => {
    // Asked again: another process may have indexed while this one waited for the lock.
    const before = idsOf(db, type, codes)
    if (before._tag === 'Left') return before
    const missing = [...codes].filter(([name]) => !before.right.has(name))
    for (const [name, code] of missing) db.run(insertIndex, keyFromText(type), keyFromText(name), bodyOf(code))
    const ids = idsOf(db, type, codes)
    if (ids._tag === 'Left') return ids
    const added = missing.map(([name, code]): Indexed => ({ id: ids.right.get(name) ?? 0, code }))
    const filled = indexAll(db, type, added)
    return filled._tag === 'Left' ? filled : ids
  })

/** What is kept of a code, and nothing else that may hang on it. */
const bodyOf = ({ parts, blanks }: MatchCode): string =>
  JSON.stringify({ parts: parts.map(({ field, op, n }) => ({ field, op, n })), blanks })

/** Fills new indexes in one pass, by slices: the records of a type may be many. */
const indexAll = (db: Connection, type: RecordType, indexes: ReadonlyArray<Indexed>): Result<void> => {
  let after = ''
  for (;;) {
    const slice = foundRows(db.rows(selectSlice, keyFromText(type), after, rowsPerStep))
    if (slice._tag === 'Left') return slice
    for (const found of slice.right) {
      if (found._tag === 'Known') addTerms(db, found.snapshot, indexes)
    }
    const last = slice.right.at(-1)
    if (last === undefined) return ok(undefined)
    after = keyFromText(last._tag === 'Known' ? last.snapshot.ref : last.ref)
  }
}

const addTerms = (db: Connection, record: RecordSnapshot, indexes: ReadonlyArray<Indexed>): void => {
  const ref = keyFromText(record.ref)
  const createdMs = createdMsOf(record)
  for (const { id, code } of indexes)
    for (const term of termsOf(code, record.fields)) db.run(insertTerm, id, keptTerm(term), createdMs, ref)
}

/** Forgets what a record was found by. */
export const dropTerms = (db: Connection, ref: Ref): void => {
  db.run(removeTerms, keyFromText(ref))
}

/** Keeps the terms of a record in step with its fields. */
export const renewTerms = (db: Connection, record: RecordSnapshot): Result<void> => {
  const indexed = indexedRows(db.rows(selectIndexed, keyFromText(record.type)))
  if (indexed._tag === 'Left') return indexed
  dropTerms(db, record.ref)
  addTerms(db, record, indexed.right)
  return ok(undefined)
}
