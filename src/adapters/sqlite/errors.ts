/**
 * What SQLite reports, as what the caller can do about it. `node:sqlite` gives a number (`errcode`), better-sqlite3 a
 * name (`code`); both are brought to SQLite's own primary name. What is no report of SQLite, or says that a statement
 * is wrong, is a defect and stays an exception.
 */
import type { SyncError } from '../../model/index.js'

const nameFromCode: ReadonlyMap<number, string> = new Map([
  [3, 'SQLITE_PERM'],
  [4, 'SQLITE_ABORT'],
  [5, 'SQLITE_BUSY'],
  [6, 'SQLITE_LOCKED'],
  [7, 'SQLITE_NOMEM'],
  [8, 'SQLITE_READONLY'],
  [9, 'SQLITE_INTERRUPT'],
  [10, 'SQLITE_IOERR'],
  [11, 'SQLITE_CORRUPT'],
  [13, 'SQLITE_FULL'],
  [14, 'SQLITE_CANTOPEN'],
  [15, 'SQLITE_PROTOCOL'],
  [17, 'SQLITE_SCHEMA'],
  [18, 'SQLITE_TOOBIG'],
  [19, 'SQLITE_CONSTRAINT'],
  [23, 'SQLITE_AUTH'],
  [26, 'SQLITE_NOTADB']
])

/** Extended codes of a taken key: primary key, unique, rowid. The other constraints are refused content. */
const takenKeys: ReadonlySet<string | number> = new Set([
  1555,
  2067,
  2579,
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_ROWID'
])

export const closedStore: SyncError = {
  _tag: 'Unsupported',
  what: 'a store that was closed',
  remedy: 'make a new one with sqlite({ … })'
}

const unusable = (what: string, remedy: string): SyncError => ({ _tag: 'Unsupported', what, remedy })

const errorFromName = (name: string, extended: string | number): SyncError | undefined => {
  switch (name) {
    case 'SQLITE_ABORT':
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
    case 'SQLITE_NOMEM':
    case 'SQLITE_INTERRUPT':
    case 'SQLITE_IOERR':
    case 'SQLITE_PROTOCOL':
    case 'SQLITE_SCHEMA':
      return { _tag: 'Transient', message: name }
    case 'SQLITE_FULL':
    case 'SQLITE_TOOBIG':
      return { _tag: 'QuotaExceeded' }
    case 'SQLITE_PERM':
    case 'SQLITE_READONLY':
    case 'SQLITE_AUTH':
      return { _tag: 'Forbidden', side: 'record' }
    case 'SQLITE_CONSTRAINT':
      return takenKeys.has(extended) ? { _tag: 'AlreadyExists' } : { _tag: 'Malformed', side: 'record', paths: [] }
    case 'SQLITE_CANTOPEN':
      return unusable('opening the database file', 'check that its folder exists and may be written')
    case 'SQLITE_CORRUPT':
      return unusable('a damaged database file', 'restore it from a backup')
    case 'SQLITE_NOTADB':
      return unusable('a file that is no SQLite database', 'name another path')
    default:
      return undefined
  }
}

const member = (thrown: unknown, name: 'code' | 'errcode' | 'message'): unknown =>
  typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, name) : undefined

/** better-sqlite3 throws a plain `TypeError` there. */
const isClosed = (thrown: unknown): boolean =>
  member(thrown, 'code') === 'ERR_INVALID_STATE' ||
  (thrown instanceof TypeError && member(thrown, 'message') === 'The database connection is not open')

/** The failure that a thrown error reports; `undefined` where it is a defect. */
export const errorFromSqlite = (thrown: unknown): SyncError | undefined => {
  if (isClosed(thrown)) return closedStore
  const errcode = member(thrown, 'errcode')
  if (typeof errcode === 'number') return errorFromName(nameFromCode.get(errcode & 0xff) ?? '', errcode)
  const code = member(thrown, 'code')
  if (typeof code !== 'string') return undefined
  return errorFromName(code.split('_').slice(0, 2).join('_'), code)
}
