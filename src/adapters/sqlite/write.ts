/**
 * Carries effects out, in one transaction, each behind a savepoint: a refused one leaves nothing and stops no other.
 * Where the file itself fails (full, locked) the whole call has not happened.
 */
import type {
  CreateEffect,
  DeleteEffect,
  Effect,
  Found,
  InstantMs,
  Outcome,
  RecordSnapshot,
  RecordType,
  Ref,
  Result,
  SyncError,
  UpdateEffect
} from '../../model/index.js'
import { fail, firstState, mergedFields, ok } from '../../model/index.js'
import type { Connection } from './connection.js'
import { inSavepoint } from './connection.js'
import { isTaken, recordAt, removeRecord, storeRecord } from './table.js'

/** What this writer may do, and by which clock. */
export interface Writer {
  readonly nowMs: InstantMs
  readonly bytesMax: number
  readonly holds: (type: RecordType) => boolean
  readonly mayWrite: (ref: Ref) => boolean
}

export const carryOut = (db: Connection, effects: ReadonlyArray<Effect>, writer: Writer): ReadonlyArray<Outcome> =>
  effects.map((effect) => {
    const written = inSavepoint(db, () => writeOne(db, effect, writer))
    const { key } = effect
    if (written._tag === 'Left') return { _tag: 'Failed', key, error: written.left }
    const { ref, snapshot } = written.right
    return {
      _tag: 'Done',
      key,
      ref,
      ...(snapshot?.version === undefined ? {} : { version: snapshot.version, snapshot })
    }
  })

interface Written {
  readonly ref: Ref
  readonly snapshot?: RecordSnapshot
}

const writeOne = (db: Connection, effect: Effect, writer: Writer): Result<Written> => {
  switch (effect._tag) {
    case 'Create':
      return create(db, effect, writer)
    case 'Update':
      return update(db, effect, writer)
    case 'Delete':
      return remove(db, effect, writer)
  }
}

const create = (db: Connection, effect: CreateEffect, writer: Writer): Result<Written> => {
  const { id: ref, type, owner, fields } = effect
  if (type === undefined) {
    return fail({ _tag: 'Malformed', side: 'record', ref, paths: ['type: expected a record type'] })
  }
  if (!writer.holds(type)) return fail(unknownType(type))
  if (isTaken(db, ref)) return fail({ _tag: 'AlreadyExists', ref })
  const draft = {
    type,
    ref,
    ...(owner === undefined ? {} : { owner }),
    state: effect.state ?? firstState(type),
    ...(effect.status === undefined ? {} : { status: effect.status }),
    fields: mergedFields({}, fields)
  }
  return written(storeRecord(db, draft, writer.nowMs, writer.bytesMax))
}

const update = (db: Connection, effect: UpdateEffect, writer: Writer): Result<Written> => {
  const standing = target(db, effect, writer)
  if (standing._tag === 'Left') return standing
  const found = standing.right
  if (found._tag !== 'Known') {
    return fail({ _tag: 'Malformed', side: 'record', ref: effect.ref, paths: found.paths ?? [] })
  }
  const { state, status } = effect
  const draft = {
    ...found.snapshot,
    ...(state === undefined ? {} : { state }),
    ...(status === undefined ? {} : { status }),
    fields: mergedFields(found.snapshot.fields, effect.set)
  }
  return written(storeRecord(db, draft, writer.nowMs, writer.bytesMax))
}

const remove = (db: Connection, effect: DeleteEffect, writer: Writer): Result<Written> => {
  const standing = target(db, effect, writer)
  if (standing._tag === 'Left') return standing
  const removed = removeRecord(db, effect.type, effect.ref)
  return removed._tag === 'Left' ? removed : ok({ ref: effect.ref })
}

const written = (stored: Result<RecordSnapshot>): Result<Written> =>
  stored._tag === 'Left' ? stored : ok({ ref: stored.right.ref, snapshot: stored.right })

/**
 * What an update or a delete is about. The transaction holds the write lock: a version that is compared here is still
 * the record's when the next statement writes it.
 */
const target = (
  db: Connection,
  effect: UpdateEffect | DeleteEffect,
  writer: Writer
): Result<Exclude<Found<RecordSnapshot>, { _tag: 'Absent' }>> => {
  const { type, ref, expected } = effect
  if (!writer.holds(type)) return fail(unknownType(type))
  const standing = recordAt(db, type, ref)
  if (standing._tag === 'Left') return standing
  const found = standing.right
  if (found === undefined || found._tag === 'Absent') return fail({ _tag: 'Gone', ref })
  if (!writer.mayWrite(ref)) return fail({ _tag: 'Forbidden', side: 'record', ref })
  const version = found._tag === 'Known' ? found.snapshot.version : found.version
  return expected === undefined || expected === version ? ok(found) : fail({ _tag: 'VersionMismatch', ref })
}

/** A type that is missing from the options must not look like a type without records. */
export const unknownType = (type: RecordType): SyncError => ({
  _tag: 'Unsupported',
  what: `records of type ${type}`,
  remedy: 'name the type in sqlite({ types: […] })'
})
