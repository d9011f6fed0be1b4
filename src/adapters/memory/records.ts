/**
 * An application's records in memory: the port, and beside it `host`, the hand of the application. A record that is
 * removed empties the look-ups that name it, which is a change of the records that held them. Every capability can
 * be switched off, and the store then behaves as one that cannot.
 */
import type {
  CreateEffect,
  Fields,
  Found,
  InstantMs,
  RecordSnapshot,
  RecordType,
  Ref,
  SyncError
} from '../../model/index.js'
import {
  activityTypes,
  canonicalJson,
  fail,
  fieldOf,
  firstState,
  isEmpty,
  mergedFields,
  Misuse,
  ok
} from '../../model/index.js'
import type { Actor, MembersQuery, RecordCan, RecordStore } from '../../engine/ports.js'
import type { MemoryFaults } from './faults.js'
import { doorOf } from './faults.js'
import { indexAfter } from './feed.js'
import type { Hand } from './shelf.js'
import { shelfOf } from './shelf.js'
import type { Attached } from './side.js'
import { contentsOf, countingClock, idsOf, pageRows, readPuts, sideCanOf } from './side.js'
import { termIndexes } from './terms.js'
import type { TriedCounts, Writer } from './write.js'
import { carryOut, tallyOf } from './write.js'

/** @public */
export interface MemoryRecordsSettings {
  /** Milliseconds. Counts from 0 where left out. */
  readonly clock?: () => InstantMs
  readonly can?: Partial<RecordCan>
  readonly faults?: MemoryFaults
  /** Types beside contact, account, lead, opportunity, case and the activities. */
  readonly types?: ReadonlyArray<RecordType>
  /** Records that a user may not see: left out of what is listed as that user, `Unreadable` where asked for. */
  readonly hidden?: (user: string, ref: Ref) => boolean
  /** Judges members, such as `compile` of `liaison/filters` does. Where left out all of the type are listed. */
  readonly holds?: (query: MembersQuery, record: RecordSnapshot) => boolean
  /** Fields of a type that no two records may hold alike. */
  readonly unique?: ReadonlyArray<{ readonly type: RecordType; readonly fields: ReadonlyArray<string> }>
  /** Whose records the feed tells of, where `filteredFeed`. */
  readonly owner?: string
  /** Ids that the store gives by itself: `r1`, `r2` … */
  readonly ids?: (n: number) => Ref
  /** Whether rows of the feed carry snapshots. True where left out. */
  readonly snapshotsInFeed?: boolean
}

/** A record as the application writes it. @public */
export interface HostRecord {
  readonly ref?: Ref
  readonly type: RecordType
  readonly owner?: string
  /** `active`, of activities `open`, where left out. */
  readonly state?: string
  readonly status?: string
  /** That of the record which stands there, else the clock's where left out, as `changedAtMs` is. */
  readonly createdAtMs?: InstantMs
  readonly changedAtMs?: InstantMs
  readonly fields: Fields
}

/** @public */
export interface RecordEdit {
  /** `null` empties a field; one that is not named keeps its value. */
  readonly set?: Fields
  readonly owner?: string
  readonly state?: string
  readonly status?: string
  readonly changedAtMs?: InstantMs
}

/** The application's own hand on its records. @public */
export interface RecordHost {
  /** Writes a record whole; answers its ref. */
  readonly put: (record: HostRecord) => Ref
  /** Every edit is a change, also one that sets what stands. */
  readonly edit: (ref: Ref, edit: RecordEdit) => Ref
  /** Answers whether it was there. */
  readonly remove: (ref: Ref) => boolean
  /** Adds an attachment and answers its part. */
  readonly attach: (ref: Ref, bytes: Uint8Array, as?: Attached) => string
  /** Spoils a record: from now on nobody can decode it. */
  readonly corrupt: (ref: Ref) => void
  readonly get: (ref: Ref) => RecordSnapshot | undefined
  /** Everything that is there, in the order in which it came. */
  readonly all: () => ReadonlyArray<RecordSnapshot>
  /** Writes that reached the port, one by one. */
  readonly counts: TriedCounts
  /** Counts begin at 0 again. */
  readonly resetCounts: () => void
  /** Makes every cursor given so far too old. */
  readonly expireCursors: () => void
}

/** @public */
export interface MemoryRecords {
  readonly port: RecordStore
  readonly host: RecordHost
}

/** Fields that hold the ref of another record. */
const lookUps = ['regardingobjectid', 'parentcustomerid']

const recordCanOf = ({ can, types = [] }: MemoryRecordsSettings): RecordCan => ({
  types: [...new Set(['contact', 'account', 'lead', 'opportunity', 'case', ...activityTypes, ...types])],
  uniqueKeys: true,
  filteredFeed: false,
  query: true,
  ...can,
  ...sideCanOf(can)
})

/**
 * Records in memory.
 * @public
 */
export const memoryRecords = (settings: MemoryRecordsSettings = {}): MemoryRecords => {
  const can = recordCanOf(settings)
  const { hidden = () => false, holds, owner } = settings
  const door = doorOf('records', settings.faults)
  const shelf = shelfOf<RecordSnapshot>({
    can,
    clock: settings.clock ?? countingClock(),
    scopeOf: ({ type }) => type,
    carries: settings.snapshotsInFeed ?? true,
    isTold: (record) => !can.filteredFeed || owner === undefined || record.owner === owner,
    onShown: (ref) => indexes.renew(ref)
  })
  const indexes = termIndexes({ refs: shelf.refs, at: (ref) => shelf.row(ref)?.snapshot })
  const nextId = idsOf(settings.ids ?? ((n) => `r${n}`), (ref) => shelf.at(ref) !== undefined)
  const contents = contentsOf(async () => settings.faults?.onCall?.('record.content'))
  const tried = tallyOf({ creates: 0, updates: 0, deletes: 0 })
  const hasType = (type: RecordType): boolean => can.types.includes(type)
  const isSeenBy = (as: Actor, ref: Ref): boolean => as._tag === 'Engine' || !hidden(as.id, ref)

  const draft = (record: HostRecord, ref: Ref): RecordSnapshot => ({
    ref,
    type: record.type,
    ...(record.owner === undefined ? {} : { owner: record.owner }),
    state: record.state ?? firstState(record.type),
    ...(record.status === undefined ? {} : { status: record.status }),
    createdAtMs: record.createdAtMs ?? shelf.nowMs(),
    fields: mergedFields({}, record.fields)
  })

  const holderOf = (asked: RecordSnapshot): Ref | undefined => {
    for (const { type, fields } of can.uniqueKeys ? (settings.unique ?? []) : []) {
      const key = keyOf(asked, fields)
      if (type !== asked.type || key === undefined) continue
      const holder = shelf
        .all()
        .find((other) => other.type === type && other.ref !== asked.ref && keyOf(other, fields) === key)
      if (holder !== undefined) return holder.ref
    }
    return undefined
  }

  const remove = (ref: Ref, hand: Hand): boolean => {
    if (!shelf.drop(ref, hand)) return false
    emptyLookUps(ref, hand)
    return true
  }

  const emptyLookUps = (ref: Ref, hand: Hand): void => {
    for (const record of shelf.all()) {
      const held = lookUps.filter((field) => fieldOf(record.fields, field) === ref)
      if (held.length === 0) continue
      const set = Object.fromEntries(held.map((field) => [field, null]))
      shelf.keep({ ...record, fields: mergedFields(record.fields, set) }, hand)
    }
  }

  const writerAs = (as: Actor): Writer<RecordSnapshot> => ({
    side: 'record',
    can,
    shelf,
    door,
    tried,
    contents,
    typeOf: ({ type }) => type,
    mayWrite: (ref) => isSeenBy(as, ref),
    refusal: (asked) => {
      const ref = holderOf(asked)
      return ref === undefined ? undefined : { _tag: 'AlreadyExists', ref }
    },
    draft: (effect) => {
      const { type } = effect
      if (type === undefined) {
        return fail({ _tag: 'Malformed', side: 'record', ref: effect.id, paths: ['type: expected a record type'] })
      }
      if (!hasType(type)) return fail(otherType(type))
      return ok(draft(recordFrom(effect, type), can.clientIds ? effect.id : nextId()))
    },
    beside: (effect) => {
      if (effect._tag === 'Delete') emptyLookUps(effect.ref, 'engine')
    }
  })

  const foundAs = (type: RecordType, ref: Ref, as: Actor): Found<RecordSnapshot> => {
    const found = shelf.found(ref)
    if (found._tag === 'Absent' || (found._tag === 'Known' && found.snapshot.type !== type))
      return { _tag: 'Absent', ref }
    return isSeenBy(as, ref) ? found : { _tag: 'Unreadable', ref, why: 'hidden' }
  }

  /** Whose fields nobody can decode is listed: the engine finds out by reading it. */
  const memberAt = (query: MembersQuery, ref: Ref, as: Actor) => {
    const row = isSeenBy(as, ref) ? shelf.row(ref) : undefined
    const judges = can.query && row?.snapshot !== undefined ? holds : undefined
    return judges === undefined || row?.snapshot === undefined || judges(query, row.snapshot) ? row : undefined
  }

  const membersOf = (query: MembersQuery, as: Actor, after: string, max: number) => {
    const refs = shelf.refs(query.type)
    const rows: Array<NonNullable<ReturnType<typeof memberAt>>> = []
    for (let index = indexAfter(refs, after); index < refs.length; index += 1) {
      const row = memberAt(query, refs[index] ?? '', as)
      if (row === undefined) continue
      if (rows.length === max) return { rows, cursor: rows.at(-1)?.ref ?? after, more: true }
      rows.push(row)
    }
    return { rows, cursor: refs.at(-1) ?? after, more: false }
  }

  const port: RecordStore = {
    can,
    changes: (scope, cursor, max) =>
      door.enter('record.changes', () => {
        if (!hasType(scope)) return fail(otherType(scope))
        const nothing = () => ({ rows: [], cursor: cursor ?? shelf.start(scope), more: false })
        return door.pass('changes', { scope }, () => shelf.changes(scope, cursor, max), nothing)
      }),
    read: (type, refs, as) =>
      door.enter('record.read', () =>
        hasType(type) ? ok(refs.map((ref) => foundAs(type, ref, as))) : fail(otherType(type))
      ),
    members: (query, as, { after = '', max }) =>
      door.enter('record.members', () => {
        if (!hasType(query.type)) return fail(otherType(query.type))
        const nothing = () => ({ rows: [], cursor: after, more: false })
        return door.pass('query', { scope: query.type }, () => ok(membersOf(query, as, after, pageRows(max))), nothing)
      }),
    lookup: (keys) =>
      door.enter('record.lookup', () => {
        const other = keys.find(({ type }) => !hasType(type))
        if (other !== undefined) return fail(otherType(other.type))
        const nothing = () => keys.map(() => ({ refs: [] }))
        return door.pass('query', {}, () => ok(keys.map(indexes.hits)), nothing)
      }),
    write: async (effects, as) => {
      const puts = await readPuts(effects)
      return door.enter('record.write', () => carryOut(writerAs(as), effects, puts))
    },
    content: contents.read
  }

  const standing = (ref: Ref): RecordSnapshot => {
    const kept = shelf.at(ref)
    if (kept === undefined) throw new Misuse(`there is no record ${ref}`, ['ref'])
    return kept.snapshot
  }

  const host: RecordHost = {
    put: (record) => {
      if (!hasType(record.type))
        throw new Misuse(`no type ${record.type}: name it in memoryRecords({ types })`, ['type'])
      const made = draft(record, record.ref ?? nextId())
      const before = shelf.at(made.ref)?.snapshot
      const createdAtMs = record.createdAtMs ?? (before?.type === made.type ? before.createdAtMs : undefined)
      const whole = createdAtMs === undefined ? made : { ...made, createdAtMs }
      return shelf.keep(whole, 'host', record.changedAtMs).snapshot.ref
    },
    edit: (ref, { set = {}, changedAtMs, ...attributes }) => {
      const before = standing(ref)
      const after = { ...before, ...attributes, fields: mergedFields(before.fields, set) }
      return shelf.keep(after, 'host', changedAtMs).snapshot.ref
    },
    remove: (ref) => remove(ref, 'host'),
    attach: (ref, bytes, as = {}) => {
      const before = standing(ref)
      const content = contents.add(ref, before.contents ?? [], bytes, as)
      shelf.keep({ ...before, contents: [...(before.contents ?? []), content] }, 'host')
      return content.part
    },
    corrupt: shelf.spoil,
    get: (ref) => shelf.at(ref)?.snapshot,
    all: shelf.all,
    get counts() {
      return tried.counts()
    },
    resetCounts: tried.reset,
    expireCursors: shelf.expire
  }
  return { port, host }
}

const recordFrom = ({ owner, state, status, fields }: CreateEffect, type: RecordType): HostRecord => ({
  type,
  fields,
  ...(owner === undefined ? {} : { owner }),
  ...(state === undefined ? {} : { state }),
  ...(status === undefined ? {} : { status })
})

/** Nothing where one of the fields is empty: what is not there is nobody's double. */
const keyOf = ({ fields }: RecordSnapshot, names: ReadonlyArray<string>): string | undefined => {
  const values = names.map((name) => fieldOf(fields, name))
  return values.some(isEmpty) ? undefined : canonicalJson(values)
}

/** A type that is missing from the options must not look like a type without records. */
const otherType = (type: RecordType): SyncError => ({
  _tag: 'Unsupported',
  what: `records of type ${type}`,
  remedy: 'name the type in memoryRecords({ types: […] })'
})
