/**
 * Opens the database, once, at first use: loads the binding, sets the pragmas of a file of our own, migrates. An
 * attempt that failed is not remembered: the next caller tries again.
 */
import type { Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Connection, Database, Open } from './connection.js'
import { connectionOf } from './connection.js'
import { closedStore, errorFromSqlite } from './errors.js'
import { migrate } from './schema.js'

/** A file to be opened, or a connection that is. */
export type Source =
  | { readonly database: Database }
  | { readonly path: string; readonly busyTimeoutMs: number; readonly synchronous: 'normal' | 'full' }

interface Opened {
  readonly connection: Connection
  readonly close: () => void
}

export interface Opener {
  readonly open: Open
  readonly close: () => void
}

export const openerOf = (source: Source): Opener => {
  let attempt: Promise<Result<Opened>> | undefined
  let standing: Opened | undefined
  let isClosed = false
  const open: Open = async () => {
    if (isClosed) return fail(closedStore)
    if (standing !== undefined) return ok(standing.connection)
    attempt ??= answered(() => opened(source))
    const mine = attempt
    const result = await mine
    if (attempt === mine) attempt = undefined
    if (result._tag === 'Left') return result
    if (isClosed) {
      result.right.close()
      return fail(closedStore)
    }
    standing = result.right
    return ok(standing.connection)
  }
  const close = (): void => {
    isClosed = true
    standing?.close()
    standing = undefined
  }
  return { open, close }
}

const answered = async <A>(run: () => Promise<Result<A>>): Promise<Result<A>> => {
  try {
    return await run()
  } catch (thrown) {
    const error = errorFromSqlite(thrown)
    if (error === undefined) throw thrown
    return fail(error)
  }
}

const opened = async (source: Source): Promise<Result<Opened>> => {
  if ('database' in source) return migrated({ connection: connectionOf(source.database), close: () => {} })
  const binding = await loadBinding()
  if (binding._tag === 'Left') return binding
  const database = new binding.right.DatabaseSync(source.path)
  const connection = connectionOf(database)
  const close = onceOnly(() => database.close())
  return closingOnFailure(close, () => {
    setPragmas(connection, source)
    return migrated({ connection, close })
  })
}

/** Several callers may have waited for one opening. */
const onceOnly = (run: () => void): (() => void) => {
  let isDone = false
  return () => {
    if (!isDone) run()
    isDone = true
  }
}

const closingOnFailure = <A>(close: () => void, run: () => Result<A>): Result<A> => {
  let isKept = false
  try {
    const result = run()
    isKept = result._tag === 'Right'
    return result
  } finally {
    if (!isKept) close()
  }
}

const migrated = (it: Opened): Result<Opened> => {
  const migration = migrate(it.connection)
  return migration._tag === 'Left' ? migration : ok(it)
}

const setPragmas = (db: Connection, source: { readonly busyTimeoutMs: number; readonly synchronous: string }): void => {
  db.exec(`PRAGMA busy_timeout = ${Math.max(0, Math.trunc(source.busyTimeoutMs))}`)
  // Asked before it is set: the switch needs the file alone, and another process may be at work in it.
  const mode = db.row('PRAGMA journal_mode')
  const isWal = typeof mode === 'object' && mode !== null && Reflect.get(mode, 'journal_mode') === 'wal'
  if (!isWal) db.exec('PRAGMA journal_mode = WAL')
  db.exec(`PRAGMA synchronous = ${source.synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
  // There are none in this schema, and `node:sqlite` switches them on.
  db.exec('PRAGMA foreign_keys = OFF')
}

/** Older versions of Node do not have it, or only behind a flag. */
const loadBinding = async () => {
  try {
    return ok(await import('node:sqlite'))
  } catch {
    return fail({
      _tag: 'Unsupported',
      what: 'node:sqlite, which this runtime does not have',
      remedy:
        'run on Node 22.13 or later, or install better-sqlite3 and hand a connection in: sqlite({ database: new Database(path) })'
    })
  }
}
