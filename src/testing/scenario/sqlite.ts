/**
 * Records in a real SQLite database, asked by the rewriting of a filter. The binding is the runtime's own, or
 * better-sqlite3 where that is installed.
 */
import { type SqlCondition, sqlFrom, type SqlTable } from '../../filters/rewrite/index.js'
import type { Judging } from '../../filters/index.js'
import type { Filter, FilterContext, RecordSnapshot } from '../../model/index.js'

/** Not read-only lists, because better-sqlite3's types would not fit then. */
interface Statement {
  run(...values: Array<string | number | null>): unknown
  all(...values: Array<string | number | null>): ReadonlyArray<unknown>
}

interface Database {
  exec(sql: string): unknown
  prepare(sql: string): Statement
  close(): unknown
}

const table: SqlTable = {
  fields: 'fields',
  ref: 'ref',
  owner: 'owner',
  state: 'state',
  status: 'status',
  createdAtMs: 'created_ms',
  changedAtMs: 'changed_ms'
}

// Without a type a column keeps what it is given: a choice may be a number.
const create = `CREATE TABLE records (n INTEGER PRIMARY KEY, ref, owner, state, status, created_ms, changed_ms, fields)`

/** What SQLite lists, and whether it says that this is exact; a text says why it could not be asked. */
export const listedBySqlite = async (
  filter: Filter,
  context: FilterContext,
  judging: Judging,
  records: ReadonlyArray<RecordSnapshot>
): Promise<{ readonly records: ReadonlyArray<RecordSnapshot>; readonly exact: boolean } | string> => {
  const database = await openDatabase()
  if (database === undefined) return 'SQLite: run on Node 22.13 or later, or install better-sqlite3'
  try {
    const condition = sqlFrom(filter, context, table, judging)
    return { records: listed(database, condition, records), exact: condition.exact }
  } finally {
    database.close()
  }
}

const openDatabase = async (): Promise<Database | undefined> => {
  try {
    const { DatabaseSync } = await import('node:sqlite')
    return new DatabaseSync(':memory:')
  } catch {
    return openPeer()
  }
}

const openPeer = async (): Promise<Database | undefined> => {
  try {
    const { default: Peer } = await import('better-sqlite3')
    return new Peer(':memory:')
  } catch {
    return undefined
  }
}

const listed = (
  database: Database,
  { sql, parameters }: SqlCondition,
  records: ReadonlyArray<RecordSnapshot>
): ReadonlyArray<RecordSnapshot> => {
  database.exec(create)
  const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
  for (const [n, { ref, owner, state, status, createdAtMs, changedAtMs, fields }] of records.entries())
    insert.run(
      n,
      ref,
      owner ?? null,
      state,
      status ?? null,
      createdAtMs ?? null,
      changedAtMs ?? null,
      JSON.stringify(fields)
    )
  const rows = database.prepare(`SELECT n FROM records WHERE (${sql}) ORDER BY n`).all(...parameters)
  const numbers = new Set(rows.map((row) => (row as { readonly n: number }).n))
  return records.filter((_, n) => numbers.has(n))
}
