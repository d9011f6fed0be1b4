/**
 * The record store on SQLite: its capabilities, and one promise of `engine/ports.ts` per function. Types that the
 * store was not told of are refused everywhere: an empty answer would look like deletions.
 */
import type { Found, InstantMs, RecordSnapshot, RecordType, Ref, Result } from '../../model/index.js'
import { fail, limits, ok } from '../../model/index.js'
import type { Actor, MembersQuery, RecordCan, RecordStore } from '../../engine/ports.js'
import { sqlFrom, type SqlCondition, type SqlTable } from '../../filters/rewrite/index.js'
import type { Ask, Connection } from './connection.js'
import { inTransaction } from './connection.js'
import { changesAfter } from './feed.js'
import { foundRows } from './records.codec.js'
import { recordColumns } from './table.js'
import { lookUp } from './terms.js'
import { keyFromText, keyList } from './text.js'
import type { Writer } from './write.js'
import { carryOut, unknownType } from './write.js'

/** What the records of one file are told. */
export interface RecordsSettings {
  readonly types: ReadonlyArray<RecordType>
  /** Records that a user may not see. */
  readonly hidden: (user: string, ref: Ref) => boolean
  readonly itemBytesMax: number
  readonly nowMs: () => InstantMs
}

/** A batch is one transaction: other processes wait for its end. */
const writeBatchMax = 500

const canOf = ({ types, itemBytesMax }: RecordsSettings): RecordCan => ({
  feed: 'log',
  deletionsInFeed: true,
  conditional: true,
  clientIds: true,
  readYourWrites: true,
  representationOnWrite: true,
  versions: true,
  changeTimes: 'server',
  writeBatchMax,
  itemBytesMax,
  types,
  uniqueKeys: true,
  filteredFeed: false,
  query: true
})

export const recordsOn = (ask: Ask, settings: RecordsSettings): RecordStore => {
  const holds = (type: RecordType): boolean => settings.types.includes(type)
  const seenBy = (as: Actor): ((ref: Ref) => boolean) =>
    as._tag === 'Engine' ? () => true : (ref) => !settings.hidden(as.id, ref)
  /** Runs where the store holds the type. */
  const askOf = <A>(type: RecordType, run: (db: Connection) => Result<A>) =>
    ask((db) => (holds(type) ? run(db) : fail(unknownType(type))))
  return {
    can: canOf(settings),
    changes: (scope, cursor, max) => askOf(scope, (db) => changesAfter(db, scope, cursor, pageRows(max))),
    read: (type, refs, as) => askOf(type, (db) => readAll(db, type, refs, seenBy(as))),
    members: (query, as, page) => askOf(query.type, (db) => membersOf(db, query, seenBy(as), page)),
    lookup: (keys) => {
      const other = keys.find(({ type }) => !holds(type))
      return ask((db) => (other === undefined ? lookUp(db, keys) : fail(unknownType(other.type))))
    },
    write: (effects, as) =>
      ask((db) => {
        const writer: Writer = {
          nowMs: settings.nowMs(),
          bytesMax: settings.itemBytesMax,
          holds,
          mayWrite: seenBy(as)
        }
        if (effects.length > writeBatchMax) {
          return fail({ _tag: 'TooLarge', limit: writeBatchMax, actual: effects.length })
        }
        return inTransaction(db, () => ok(carryOut(db, effects, writer)))
      }),
    content: noContent
  }
}

const pageRows = (max: number): number => Math.min(limits.pageRowsMax, Math.max(1, Math.trunc(max)))

const selectRecords = `
  SELECT ${recordColumns} FROM json_each(?) AS asked
  CROSS JOIN liaison_records AS records ON records.type = ? AND records.ref = asked.value AND records.gone = 0`

const readAll = (
  db: Connection,
  type: RecordType,
  refs: ReadonlyArray<Ref>,
  isSeen: (ref: Ref) => boolean
): Result<ReadonlyArray<Found<RecordSnapshot>>> => {
  const rows = foundRows(db.rows(selectRecords, keyList(refs), keyFromText(type)))
  if (rows._tag === 'Left') return rows
  const byRef = new Map(rows.right.map((found) => [refOf(found), found]))
  return ok(refs.map((ref) => asSeen(byRef.get(ref) ?? { _tag: 'Absent', ref }, isSeen)))
}

const refOf = (found: Found<RecordSnapshot>): Ref => (found._tag === 'Known' ? found.snapshot.ref : found.ref)

/** What is not there is absent for everybody; what is there may be hidden. */
const asSeen = (found: Found<RecordSnapshot>, isSeen: (ref: Ref) => boolean): Found<RecordSnapshot> =>
  found._tag === 'Absent' || isSeen(refOf(found)) ? found : { _tag: 'Unreadable', ref: refOf(found), why: 'hidden' }

/** The columns that filters are rewritten to. */
const table: SqlTable = {
  fields: 'records.fields',
  ref: 'records.ref',
  owner: 'records.owner',
  state: 'records.state',
  status: 'records.status',
  createdAtMs: 'records.created_ms',
  changedAtMs: 'records.changed_ms',
  spell: keyFromText
}

const listWhere = (condition: string): string => `
  SELECT ${recordColumns} FROM liaison_records AS records WHERE type = ? AND gone = 0 AND ref > ? AND (${condition})
  ORDER BY ref LIMIT ?`

/** Answers a superset: what SQL cannot say exactly the engine judges; whose fields are spoilt, it reads. */
const membersOf = (
  db: Connection,
  query: MembersQuery,
  isSeen: (ref: Ref) => boolean,
  page: { readonly after?: string; readonly max: number }
) => {
  const max = pageRows(page.max)
  const { sql, parameters } = conditionOf(query)
  const names = [query.type, page.after ?? ''].map(keyFromText)
  const listed = foundRows(db.rows(listWhere(sql), ...names, ...parameters, max + 1))
  if (listed._tag === 'Left') return listed
  const slice = listed.right.slice(0, max)
  const last = slice.at(-1)
  return ok({
    rows: slice.filter((found) => isSeen(refOf(found))).map(changeFrom),
    cursor: last === undefined ? (page.after ?? '') : refOf(last),
    more: listed.right.length > max
  })
}

const conditionOf = ({
  filter,
  context,
  not,
  zones,
  schema
}: MembersQuery): Pick<SqlCondition, 'sql' | 'parameters'> => {
  const contexts = not === undefined ? [context] : [context, not.context]
  // Borders of days cannot be had without the zone's data: all of the type is a superset too.
  if (zones === undefined && contexts.some(({ timeZone }) => timeZone !== 'UTC')) return { sql: '1', parameters: [] }
  const judging = { ...(zones === undefined ? {} : { zones }), ...(schema === undefined ? {} : { schema }) }
  const held = sqlFrom(filter, context, table, judging)
  if (not === undefined) return held
  const others = sqlFrom(not.filter, not.context, table, judging, 'less')
  return { sql: `(${held.sql}) AND NOT (${others.sql})`, parameters: [...held.parameters, ...others.parameters] }
}

const changeFrom = (found: Found<RecordSnapshot>) => {
  const version =
    found._tag === 'Known' ? found.snapshot.version : found._tag === 'Unreadable' ? found.version : undefined
  return {
    ref: refOf(found),
    ...(version === undefined ? {} : { version }),
    ...(found._tag === 'Known' ? { snapshot: found.snapshot } : {})
  }
}

/** No snapshot of this store names a content, so that none can be asked for in good faith. */
const noContent = (ref: Ref): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject({ _tag: 'Gone', ref }) })
})
