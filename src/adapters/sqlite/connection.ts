/**
 * One connection: what this adapter asks of a SQLite binding, prepared statements, transactions, and the one place
 * where what SQLite throws becomes an answer. All calls are synchronous, so that no other caller on this connection
 * can come between the statements of a transaction.
 */
import type { Answer, Result } from '../../model/index.js'
import { fail } from '../../model/index.js'
import { errorFromSqlite } from './errors.js'

/** @public */
export type SqlValue = string | number | null

/**
 * A prepared statement of `node:sqlite`, better-sqlite3 or alike. Integers come as numbers.
 * The lists are not read-only because better-sqlite3's types would not fit then.
 * @public
 */
export interface Statement {
  run(...values: Array<SqlValue>): { readonly changes: number | bigint }
  get(...values: Array<SqlValue>): unknown
  all(...values: Array<SqlValue>): ReadonlyArray<unknown>
}

/** What a SQLite binding must have. `DatabaseSync` of `node:sqlite` and better-sqlite3's `Database` fit. @public */
export interface Database {
  prepare(sql: string): Statement
  exec(sql: string): unknown
}

export interface Connection {
  /** Runs a statement; answers how many rows it changed. */
  readonly run: (sql: string, ...values: ReadonlyArray<SqlValue>) => number
  readonly row: (sql: string, ...values: ReadonlyArray<SqlValue>) => unknown
  readonly rows: (sql: string, ...values: ReadonlyArray<SqlValue>) => ReadonlyArray<unknown>
  readonly exec: (sql: string) => void
}

/** Statements of this adapter are fewer; those that filters are rewritten to come and go. */
const preparedMax = 200

/** Statements are prepared once; of more than `preparedMax` the oldest is forgotten. */
export const connectionOf = (database: Database): Connection => {
  const prepared = new Map<string, Statement>()
  const statement = (sql: string): Statement => {
    const known = prepared.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(sql)
    const [oldest] = prepared.size < preparedMax ? [] : prepared.keys()
    if (oldest !== undefined) prepared.delete(oldest)
    prepared.set(sql, made)
    return made
  }
  return {
    run: (sql, ...values) => Number(statement(sql).run(...values).changes),
    row: (sql, ...values) => statement(sql).get(...values),
    rows: (sql, ...values) => statement(sql).all(...values),
    exec: (sql) => {
      database.exec(sql)
    }
  }
}

/** All or nothing. Takes the write lock first, so that what is read inside still holds when it is written. */
export const inTransaction = <A>(db: Connection, run: () => Result<A>): Result<A> => {
  db.exec('BEGIN IMMEDIATE')
  try {
    const result = run()
    db.exec(result._tag === 'Right' ? 'COMMIT' : 'ROLLBACK')
    return result
  } catch (thrown) {
    rollBack(db)
    throw thrown
  }
}

/** A full disk and its like have rolled back already; the first error is the one that counts. */
const rollBack = (db: Connection): void => {
  try {
    db.exec('ROLLBACK')
  } catch {}
}

/** A part of a transaction that may be taken back alone. What throws takes the whole transaction with it. */
export const inSavepoint = <A>(db: Connection, run: () => Result<A>): Result<A> => {
  db.exec('SAVEPOINT part')
  const result = run()
  db.exec(result._tag === 'Right' ? 'RELEASE part' : 'ROLLBACK TO part; RELEASE part')
  return result
}

/** Opens the connection at first use. */
export type Open = () => Promise<Result<Connection>>

/** Runs on the open connection; what SQLite throws is answered, a defect rejects. */
export type Ask = <A>(run: (db: Connection) => Result<A>) => Answer<A>

export const askOn =
  (open: Open): Ask =>
  async (run) => {
    try {
      const opened = await open()
      return opened._tag === 'Left' ? opened : run(opened.right)
    } catch (thrown) {
      const error = errorFromSqlite(thrown)
      if (error === undefined) throw thrown
      return fail(error)
    }
  }

/** `LIMIT -1` would be no limit at all. */
export const rowsMax = (max: number): number => Math.max(0, Math.trunc(max))
