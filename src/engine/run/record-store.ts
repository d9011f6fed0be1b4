/**
 * A record store made of a host's own five functions. For applications whose tables have ids and an `updated_at`, and
 * nothing else: deletions come from `deleted_at`, or from asking; changes from the column of times, with an overlap.
 */
import type {
  Answer,
  Effect,
  Fields,
  Found,
  InstantMs,
  MatchCode,
  Outcome,
  Page,
  RecordSnapshot,
  RecordType,
  Ref,
  SyncError,
  Value
} from '../../model/index.js'
import {
  byCodeUnits,
  byCreation,
  codeName,
  digestOf,
  fail,
  fieldOf,
  firstState,
  hitsAsked,
  limits,
  ok,
  termsOf
} from '../../model/index.js'
import { type Hits, port, type RecordCan, type RecordKeyQuery, type RecordStore } from '../ports.js'
import { systemClock } from './defaults.js'

/** A row as the host's functions give it: an `id`, columns, and whatever columns the options name. @public */
export type HostRow = { readonly [column: string]: Value }

/** The host's five functions. Each may throw; what is thrown as a `SyncError` is taken as one. @public */
export interface HostFunctions {
  /**
   * Rows in the order of their `updatedAt` column, and of their ids where they share one time; at most `max`. With
   * `since` (epoch ms) those at or after it; with `after` too, those later than `since`, and those at `since` whose
   * id comes behind `after`. Deleted rows too where `deletedAt` names a column.
   */
  readonly list: (query: {
    readonly type: RecordType
    readonly since?: InstantMs
    readonly after?: Ref
    readonly max: number
  }) => Promise<ReadonlyArray<HostRow>>
  readonly get: (type: RecordType, ids: ReadonlyArray<Ref>) => Promise<ReadonlyArray<HostRow>>
  /** Inserts and answers the row's id. `id` is a UUID that the host may use as the row's own. */
  readonly create: (type: RecordType, fields: Fields, id: string) => Promise<Ref | number>
  /** Sets columns; `null` empties one. What answers `false` has met no row. */
  readonly update: (type: RecordType, id: Ref, set: Fields) => Promise<unknown>
  readonly remove: (type: RecordType, id: Ref) => Promise<unknown>
}

/** @public */
export interface HostOptions {
  /** Types that the host keeps; `contact` by default. */
  readonly types?: ReadonlyArray<RecordType>
  /** Column names. Times are epoch ms or ISO 8601; one that names no zone, such as SQLite's, is UTC. */
  readonly columns?: {
    readonly id?: string
    readonly updatedAt?: string
    /** Tells which of several rows that a look-up finds is the newest; without it they come by id. */
    readonly createdAt?: string
    readonly deletedAt?: string
    readonly owner?: string
    readonly state?: string
    readonly status?: string
  }
  /** Owner of a row that has none: the one user of a small application. */
  readonly owner?: string
  /** Whether `create` stores the id it is given as the row's own. */
  readonly takesIds?: boolean
  /** How far `updated_at` may lag behind the commit that sets it; 5 seconds by default. */
  readonly overlapMs?: number
  /** Now. A time in the future is no place to go on from: everything changed until then would be passed over. */
  readonly clock?: () => InstantMs
}

const overlapMsDefault = 5000

/** @public */
export const recordStore = (functions: HostFunctions, options: HostOptions = {}): RecordStore => {
  const store = new HostStore(functions, options)
  return {
    can: canOf(options),
    changes: port((scope: RecordType, cursor: string | undefined, max: number) => store.changes(scope, cursor, max)),
    read: port((type: RecordType, refs: ReadonlyArray<Ref>) => store.read(type, refs)),
    members: port(
      (query: { readonly type: RecordType }, _as: unknown, page: { readonly after?: string; readonly max: number }) =>
        store.members(query.type, page.after, page.max)
    ),
    lookup: port((keys: ReadonlyArray<RecordKeyQuery>) => store.lookup(keys)),
    write: (effects) => store.write(effects),
    content: (ref) => noContent(ref)
  }
}

/** No row names a content, so that none can be asked for in good faith. */
const noContent = (ref: Ref): AsyncIterable<Uint8Array> => ({
  [Symbol.asyncIterator]: () => ({ next: () => Promise.reject({ _tag: 'Gone', ref } satisfies SyncError) })
})

const writeBatchMax = 100

const canOf = (options: HostOptions): RecordCan => ({
  types: options.types ?? ['contact'],
  feed: 'updated-at',
  deletionsInFeed: options.columns?.deletedAt !== undefined,
  conditional: false,
  clientIds: options.takesIds ?? false,
  readYourWrites: true,
  representationOnWrite: false,
  versions: true,
  changeTimes: 'server',
  writeBatchMax,
  itemBytesMax: 1_048_576,
  uniqueKeys: false,
  filteredFeed: false,
  query: false
})

/** `2026-03-02 09:00:00`, as SQLite and many drivers write it: read as UTC, never by the zone of the process. */
const zoneless = /^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)$/

const timeOf = (value: Value | undefined): InstantMs | undefined => {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value !== 'string') return undefined
  const parsed = Date.parse(value.replace(zoneless, '$1T$2Z'))
  return Number.isNaN(parsed) ? undefined : parsed
}

/** Where a listing goes on: behind the row `after` among those of `sinceMs`. */
interface Place {
  readonly sinceMs: InstantMs
  readonly after: Ref
}

/** `reachedMs`: the latest time seen. `place`: a listing that is under way; it ends before the next one begins. */
interface FeedCursor {
  readonly reachedMs: InstantMs
  readonly place?: Place
}

class HostStore {
  readonly #functions: HostFunctions
  readonly #options: HostOptions
  /** A listing whose pages are being read: the functions know no order of ids, so it is listed once. */
  #listing: { readonly type: RecordType; readonly rows: ReadonlyArray<HostRow>; readonly next: Ref } | undefined

  constructor(functions: HostFunctions, options: HostOptions) {
    this.#functions = functions
    this.#options = options
  }

  async changes(type: RecordType, cursor: string | undefined, max: number): Promise<Page<RecordSnapshot>> {
    const from = cursor === undefined ? undefined : cursorFrom(cursor, type)
    const overlap = this.#options.overlapMs ?? overlapMsDefault
    // A page in the middle of a listing goes on exactly; a new listing looks back a little, for rows that came late.
    const start = from?.place ?? (from === undefined ? undefined : { sinceMs: from.reachedMs - overlap })
    const page = await this.#listPage(type, start, max)
    const latestMs = Math.max(0, ...page.rows.map((row) => this.#timeOf(row) ?? 0))
    const reachedMs = Math.max(from?.reachedMs ?? 0, Math.min(latestMs, (this.#options.clock ?? systemClock)()))
    const next: FeedCursor = { reachedMs, ...(page.place === undefined ? {} : { place: page.place }) }
    const seen = new Map(page.rows.map((row) => [this.#idOf(row), row]))
    return {
      rows: [...seen.values()].map((row) =>
        this.#isDeleted(row) ? { ref: this.#idOf(row), gone: true } : this.#row(type, row)
      ),
      cursor: JSON.stringify(next),
      more: page.place !== undefined
    }
  }

  async read(type: RecordType, refs: ReadonlyArray<Ref>): Promise<ReadonlyArray<Found<RecordSnapshot>>> {
    const rows = await this.#standing(type, refs)
    return refs.map((ref) => {
      const row = rows.get(ref)
      return row === undefined ? { _tag: 'Absent', ref } : { _tag: 'Known', snapshot: this.#snapshot(type, row) }
    })
  }

  /** Everything there is, in the order of ids: the engine judges each. */
  async members(type: RecordType, after: string | undefined, max: number): Promise<Page<RecordSnapshot>> {
    const kept = this.#listing
    const isUnderWay = kept !== undefined && kept.type === type && kept.next === after
    const all = isUnderWay ? kept.rows : await this.#everything(type)
    const behind = after === undefined ? all : all.filter((row) => this.#idOf(row) > after)
    const page = behind.slice(0, Math.max(1, Math.min(max, limits.pageRowsMax)))
    const last = page.at(-1)
    const next = last === undefined ? (after ?? '') : this.#idOf(last)
    const more = behind.length > page.length
    this.#listing = more ? { type, rows: behind.slice(page.length), next } : undefined
    return { rows: page.map((row) => this.#row(type, row)), cursor: next, more }
  }

  /** One pass over the rows of each type answers all keys. */
  async lookup(keys: ReadonlyArray<RecordKeyQuery>): Promise<ReadonlyArray<Hits>> {
    const found = new Map(keys.map((key) => [key, [] as RecordSnapshot[]]))
    for (const type of new Set(keys.map((key) => key.type))) {
      const wanted = byCode(keys.filter((key) => key.type === type && key.term !== ''))
      for (const row of await this.#everything(type)) {
        for (const { code, byTerm } of wanted)
          for (const term of new Set(termsOf(code, row)))
            for (const key of byTerm.get(term) ?? []) found.get(key)?.push(this.#snapshot(type, row))
      }
    }
    return keys.map((key) => {
      const newest = [...(found.get(key) ?? [])].sort(byCreation).slice(0, hitsAsked(key.max))
      return { refs: newest.map(({ ref }) => ref) }
    })
  }

  /** Every row that is not deleted, by id in code-unit order. */
  async #everything(type: RecordType): Promise<ReadonlyArray<HostRow>> {
    const rows = new Map<Ref, HostRow>()
    let place: Place | undefined
    do {
      const page = await this.#listPage(type, place, limits.pageRowsMax)
      for (const row of page.rows) rows.set(this.#idOf(row), row)
      place = page.place
    } while (place !== undefined)
    return [...rows.values()]
      .filter((row) => !this.#isDeleted(row))
      .sort((x, y) => byCodeUnits(this.#idOf(x), this.#idOf(y)))
  }

  /** One call of `list`; `place`: where the next one goes on, absent at the end. A listing that does not move is refused. */
  async #listPage(
    type: RecordType,
    from: { readonly sinceMs: InstantMs; readonly after?: Ref } | undefined,
    asked: number
  ): Promise<{ readonly rows: ReadonlyArray<HostRow>; readonly place: Place | undefined }> {
    const max = Math.max(1, Math.min(asked, limits.pageRowsMax))
    const listed = await this.#functions.list({
      type,
      ...(from === undefined ? {} : { since: from.sinceMs }),
      ...(from?.after === undefined ? {} : { after: from.after }),
      max
    })
    const rows = listed.slice(0, max)
    const last = rows.at(-1)
    if (last === undefined || listed.length < max) return { rows, place: undefined }
    const sinceMs = this.#timeOf(last)
    if (sinceMs === undefined)
      throw unsupported(
        `rows without a time in the column ${this.#column('updatedAt', 'updated_at')}`,
        'give every row a time: epoch ms or ISO 8601'
      )
    const after = this.#idOf(last)
    const stands =
      from?.after !== undefined &&
      rows.some((row) => this.#idOf(row) === from.after && this.#timeOf(row) === from.sinceMs)
    if (stands || sinceMs < (from?.sinceMs ?? sinceMs)) {
      throw unsupported(
        'a `list` that begins again at every page',
        'answer rows later than `since`, and those at `since` whose id comes behind `after`'
      )
    }
    return { rows, place: { sinceMs, after } }
  }

  async write(effects: ReadonlyArray<Effect>): Answer<ReadonlyArray<Outcome>> {
    if (effects.length > writeBatchMax) return fail({ _tag: 'TooLarge', limit: writeBatchMax, actual: effects.length })
    const outcomes: Array<Outcome> = []
    for (const effect of effects) {
      const answer = await port((given: Effect) => this.#writeOne(given))(effect)
      outcomes.push(answer._tag === 'Right' ? answer.right : { _tag: 'Failed', key: effect.key, error: answer.left })
    }
    return ok(outcomes)
  }

  async #writeOne(effect: Effect): Promise<Outcome> {
    const { create, update, remove } = this.#functions
    switch (effect._tag) {
      case 'Create': {
        const fields = { ...effect.fields, ...this.#columns(effect) }
        return { _tag: 'Done', key: effect.key, ref: String(await create(effect.type ?? '', fields, effect.id)) }
      }
      case 'Update':
        await this.#mustStand(effect.type, effect.ref)
        if ((await update(effect.type, effect.ref, { ...effect.set, ...this.#columns(effect) })) === false)
          throw gone(effect.ref)
        return { _tag: 'Done', key: effect.key, ref: effect.ref }
      case 'Delete':
        await this.#mustStand(effect.type, effect.ref)
        if ((await remove(effect.type, effect.ref)) === false) throw gone(effect.ref)
        return { _tag: 'Done', key: effect.key, ref: effect.ref }
    }
  }

  /** Owner, state and status, where the host has columns for them. */
  #columns(effect: { readonly owner?: string; readonly state?: string; readonly status?: string }): Fields {
    const { columns } = this.#options
    return Object.fromEntries(
      (['owner', 'state', 'status'] as const).flatMap((name) => {
        const column = columns?.[name]
        const value = effect[name]
        return column === undefined || value === undefined ? [] : [[column, value] as const]
      })
    )
  }

  /** An `UPDATE` that meets no row fails nowhere, and one that meets a deleted row would bring it back to life. */
  async #mustStand(type: RecordType, ref: Ref): Promise<void> {
    if (!(await this.#standing(type, [ref])).has(ref)) throw gone(ref)
  }

  async #standing(type: RecordType, refs: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, HostRow>> {
    const rows = await this.#functions.get(type, refs)
    return new Map(rows.filter((row) => !this.#isDeleted(row)).map((row) => [this.#idOf(row), row]))
  }

  #column(name: 'id' | 'updatedAt', otherwise: string): string {
    return this.#options.columns?.[name] ?? otherwise
  }

  #idOf(row: HostRow): Ref {
    return String(fieldOf(row, this.#column('id', 'id')) ?? '')
  }

  #timeOf(row: HostRow): InstantMs | undefined {
    return timeOf(fieldOf(row, this.#column('updatedAt', 'updated_at')))
  }

  #isDeleted(row: HostRow): boolean {
    const column = this.#options.columns?.deletedAt
    const value = column === undefined ? undefined : fieldOf(row, column)
    return value !== undefined && value !== null && value !== ''
  }

  #row(type: RecordType, row: HostRow): Page<RecordSnapshot>['rows'][number] {
    const snapshot = this.#snapshot(type, row)
    return { ref: snapshot.ref, ...(snapshot.version === undefined ? {} : { version: snapshot.version }), snapshot }
  }

  /** The version is a digest of the row: a column of times alone does not tell two changes of one millisecond apart. */
  #snapshot(type: RecordType, row: HostRow): RecordSnapshot {
    const { columns } = this.#options
    const changedAtMs = this.#timeOf(row)
    const createdAtMs = columns?.createdAt === undefined ? undefined : timeOf(fieldOf(row, columns.createdAt))
    const owner = columns?.owner === undefined ? undefined : fieldOf(row, columns.owner)
    const ownerId = owner === undefined || owner === null || owner === '' ? this.#options.owner : String(owner)
    const state = columns?.state === undefined ? undefined : fieldOf(row, columns.state)
    const status = columns?.status === undefined ? undefined : fieldOf(row, columns.status)
    return {
      ref: this.#idOf(row),
      version: digestOf(row),
      type,
      ...(ownerId === undefined ? {} : { owner: ownerId }),
      state: typeof state === 'string' && state !== '' ? state : firstState(type),
      ...(typeof status === 'string' && status !== '' ? { status } : {}),
      ...(createdAtMs === undefined ? {} : { createdAtMs }),
      ...(changedAtMs === undefined ? {} : { changedAtMs }),
      fields: row
    }
  }
}

/** Keys that are read from a row in one way, by what they ask for. */
interface Wanted {
  readonly code: MatchCode
  readonly byTerm: Map<string, Array<RecordKeyQuery>>
}

const byCode = (keys: ReadonlyArray<RecordKeyQuery>): ReadonlyArray<Wanted> => {
  const wanted = new Map<string, Wanted>()
  for (const key of keys) {
    const name = codeName(key.code)
    const same: Wanted = wanted.get(name) ?? { code: key.code, byTerm: new Map() }
    wanted.set(name, same)
    same.byTerm.set(key.term, [...(same.byTerm.get(key.term) ?? []), key])
  }
  return [...wanted.values()]
}

const gone = (ref: Ref): SyncError => ({ _tag: 'Gone', ref })

const unsupported = (what: string, remedy: string): SyncError => ({ _tag: 'Unsupported', what, remedy })

const cursorFrom = (cursor: string, scope: string): FeedCursor => {
  try {
    const given: unknown = JSON.parse(cursor)
    if (typeof given === 'object' && given !== null && 'reachedMs' in given && typeof given.reachedMs === 'number') {
      const place = 'place' in given ? placeFrom(given.place) : undefined
      return { reachedMs: given.reachedMs, ...(place === undefined ? {} : { place }) }
    }
  } catch {
    // A cursor that is none of ours is an expired one.
  }
  throw { _tag: 'CursorExpired', scope } satisfies SyncError
}

const placeFrom = (given: unknown): Place | undefined =>
  typeof given === 'object' &&
  given !== null &&
  'sinceMs' in given &&
  typeof given.sinceMs === 'number' &&
  'after' in given &&
  typeof given.after === 'string'
    ? { sinceMs: given.sinceMs, after: given.after }
    : undefined
