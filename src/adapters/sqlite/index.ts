/**
 * SQLite as the engine's link store and as a store of records, in one file: `sqlite({ path })` uses `node:sqlite`,
 * loaded at first use; `sqlite({ database })` takes any connection with the same `prepare` and `exec`, such as
 * better-sqlite3's. Importing this entry needs neither.
 */
import type { InstantMs, RecordType, Ref } from '../../model/index.js'
import type { LinkStore, RecordStore } from '../../engine/ports.js'
import type { Database } from './connection.js'
import { askOn } from './connection.js'
import type { Host } from './host.js'
import { hostOn } from './host.js'
import { linksOn } from './links.js'
import type { Source } from './open.js'
import { openerOf } from './open.js'
import type { RecordsSettings } from './records.js'
import { recordsOn } from './records.js'

/** @public */
export interface SqliteSettings {
  /** Types of records that this file holds. */
  readonly types?: ReadonlyArray<RecordType>
  /** Records that a user may not see: left out of what is listed as that user, `Unreadable` where asked for. */
  readonly hidden?: (user: string, ref: Ref) => boolean
  /** Milliseconds since 1970, for leases and change times. */
  readonly clock?: () => InstantMs
  /** Bytes of the fields of one record. */
  readonly itemBytesMax?: number
}

/** A file that is opened at first use, with a connection of its own. @public */
export interface SqliteFile extends SqliteSettings {
  /** Path of the file, or `:memory:`. */
  readonly path: string
  readonly database?: never
  /** How long a statement waits for another process. It blocks the event loop meanwhile. */
  readonly busyTimeoutMs?: number
  /** `full` outlives a loss of power at every commit, `normal` every crash of the process: the last commits may go. */
  readonly synchronous?: 'normal' | 'full'
}

/**
 * A connection that the host has opened, and closes. Its pragmas stay as they are. Calls begin transactions of their
 * own: the host must not leave one open across an `await`.
 * @public
 */
export interface SqliteConnection extends SqliteSettings {
  readonly database: Database
  readonly path?: never
}

/** @public */
export interface SqliteStore {
  readonly links: LinkStore
  readonly records: RecordStore
  /** The application's own hand on its records. */
  readonly host: Host
  /** Closes what `path` has opened. Every later call answers `Unsupported`. */
  readonly close: () => void
}

/**
 * A store in one SQLite database.
 * @public
 */
export const sqlite = (settings: SqliteFile | SqliteConnection): SqliteStore => {
  const { open, close } = openerOf(sourceOf(settings))
  const ask = askOn(open)
  const clock = settings.clock ?? Date.now
  const recordsSettings: RecordsSettings = {
    types: settings.types ?? ['contact', 'account'],
    hidden: settings.hidden ?? (() => false),
    itemBytesMax: settings.itemBytesMax ?? 16 * 1024 * 1024,
    nowMs: () => Math.trunc(clock())
  }
  return {
    links: linksOn(ask, recordsSettings.nowMs),
    records: recordsOn(ask, recordsSettings),
    host: hostOn(ask, recordsSettings),
    close
  }
}

const sourceOf = (settings: SqliteFile | SqliteConnection): Source => {
  if (settings.database !== undefined) return { database: settings.database }
  const { path, busyTimeoutMs = 5000, synchronous = 'normal' } = settings
  return { path, busyTimeoutMs, synchronous }
}

/** @public */
export type { Database, SqlValue, Statement } from './connection.js'
/** @public */
export type { Host, HostRecord } from './host.js'
