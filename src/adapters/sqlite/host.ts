/**
 * The application's own hand on its records: what a person does in the CRM, as against what the engine writes through
 * the port. It writes the same table and the same log. These functions reject where the file refuses.
 */
import type { Answer, Fields, Found, RecordSnapshot, RecordType, Ref, Result } from '../../model/index.js'
import { fail, mergedFields, Misuse, ok } from '../../model/index.js'
import type { Ask, Connection } from './connection.js'
import { inTransaction } from './connection.js'
import type { RecordsSettings } from './records.js'
import { recordAt, removeRecord, storeRecord } from './table.js'

/** A record as the application writes it. @public */
export interface HostRecord {
  readonly type: RecordType
  readonly ref: Ref
  readonly owner?: string
  /** `active` where it is not named. */
  readonly state?: string
  readonly status?: string
  readonly fields: Fields
}

/** The application's own reads and writes. @public */
export interface Host {
  /** Writes a record whole: what it held before is replaced. A ref is one record's, whatever its type. */
  readonly put: (record: HostRecord) => Promise<RecordSnapshot>
  /** Sets some fields; `null` empties one. Nothing happens where the record is not there. */
  readonly edit: (type: RecordType, ref: Ref, set: Fields) => Promise<RecordSnapshot | undefined>
  /** Answers whether there was one. */
  readonly remove: (type: RecordType, ref: Ref) => Promise<boolean>
  readonly look: (type: RecordType, ref: Ref) => Promise<RecordSnapshot | undefined>
}

export const hostOn = (ask: Ask, settings: RecordsSettings): Host => {
  const change = <A>(type: RecordType, run: (db: Connection) => Result<A>): Promise<A> => {
    if (!settings.types.includes(type)) throw new Misuse(`no type ${type}: name it in sqlite({ types })`, ['types'])
    return orReject(ask((db) => inTransaction(db, () => run(db))))
  }
  return {
    put: async (record) => change(record.type, (db) => put(db, record, settings)),
    edit: async (type, ref, set) => change(type, (db) => edit(db, type, ref, set, settings)),
    remove: async (type, ref) => change(type, (db) => removeRecord(db, type, ref)),
    look: async (type, ref) => orReject(ask((db) => snapshotAt(db, type, ref)))
  }
}

const put = (db: Connection, record: HostRecord, settings: RecordsSettings): Result<RecordSnapshot> => {
  const standing = recordAt(db, record.type, record.ref)
  if (standing._tag === 'Left') return standing
  const createdAtMs = standing.right?._tag === 'Known' ? standing.right.snapshot.createdAtMs : undefined
  const draft = {
    ...record,
    state: record.state ?? 'active',
    fields: mergedFields({}, record.fields),
    ...(createdAtMs === undefined ? {} : { createdAtMs })
  }
  return storeRecord(db, draft, settings.nowMs(), settings.itemBytesMax)
}

const edit = (
  db: Connection,
  type: RecordType,
  ref: Ref,
  set: Fields,
  settings: RecordsSettings
): Result<RecordSnapshot | undefined> => {
  const standing = snapshotAt(db, type, ref)
  if (standing._tag === 'Left' || standing.right === undefined) return standing
  const draft = { ...standing.right, fields: mergedFields(standing.right.fields, set) }
  return storeRecord(db, draft, settings.nowMs(), settings.itemBytesMax)
}

const snapshotAt = (db: Connection, type: RecordType, ref: Ref): Result<RecordSnapshot | undefined> => {
  const found = recordAt(db, type, ref)
  return found._tag === 'Left' ? found : snapshotOf(found.right)
}

const snapshotOf = (found: Found<RecordSnapshot> | undefined): Result<RecordSnapshot | undefined> => {
  if (found === undefined || found._tag === 'Absent') return ok(undefined)
  if (found._tag === 'Known') return ok(found.snapshot)
  return fail({ _tag: 'Malformed', side: 'record', ref: found.ref, paths: found.paths ?? [] })
}

const orReject = async <A>(answer: Answer<A>): Promise<A> => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(`the records refused: ${result.left._tag}`, { cause: result.left })
  return result.right
}
