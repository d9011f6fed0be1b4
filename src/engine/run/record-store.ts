/**
 * A record store made of a host's own five functions. For applications whose tables have ids and an `updated_at`, and
 * nothing else: deletions come from `deleted_at`, or from asking; changes from the column of times, with an overlap.
 */
import type { Answer, Effect, Fields, Found, InstantMs, Outcome, Page, RecordSnapshot, RecordType, Ref, Value } from '../../model/index.js'
import { byCodeUnits, digestOf, fieldOf, ok } from '../../model/index.js'
import { port, type RecordCan, type RecordStore } from '../ports.js'

/** A row as the host's functions give it: an `id`, columns, and whatever columns the options name. @public */
export type HostRow = { readonly [column: string]: Value }

/** The host's five functions. Each may throw; what is thrown as a `SyncError` is taken as one. @public */
export interface HostFunctions {
  /**
   * Rows whose `updatedAt` column is at or after `since` (epoch ms; everything where absent), ordered by it and then
   * by id, at most `max`, and behind `after` where rows share one time. Deleted rows too where `deletedAt` names a column.
   */
  readonly list: (query: { readonly type: RecordType; readonly since?: InstantMs; readonly after?: Ref; readonly max: number }) => Promise<ReadonlyArray<HostRow>>
  readonly get: (type: RecordType, ids: ReadonlyArray<Ref>) => Promise<ReadonlyArray<HostRow>>
  /** Inserts and answers the row's id. `id` is a UUID that the host may use as the row's own. */
  readonly create: (type: RecordType, fields: Fields, id: string) => Promise<Ref>
  readonly update: (type: RecordType, id: Ref, set: Fields) => Promise<void>
  readonly remove: (type: RecordType, id: Ref) => Promise<void>
}

/** @public */
export interface HostOptions {
  /** Types that the host keeps; `contact` by default. */
  readonly types?: ReadonlyArray<RecordType>
  /** Column names. Times are epoch ms or ISO 8601. */
  readonly columns?: {
    readonly id?: string
    readonly updatedAt?: string
    readonly deletedAt?: string
    readonly owner?: string
    readonly state?: string
  }
  /** Owner of a row that has none: the one user of a small application. */
  readonly owner?: string
  /** Whether `create` stores the id it is given as the row's own. */
  readonly takesIds?: boolean
  /** How far `updated_at` may lag behind the commit that sets it. */
  readonly overlapMs?: number
}

const overlapMsDefault = 5000

/** @public */
export const recordStore = (functions: HostFunctions, options: HostOptions = {}): RecordStore => {
  const store = new HostStore(functions, options)
  return {
    can: canOf(options),
    changes: port((scope: RecordType, cursor: string | undefined, max: number) => store.changes(scope, cursor, max)),
    read: port((type: RecordType, refs: ReadonlyArray<Ref>) => store.read(type, refs)),
    members: port((query: { readonly type: RecordType }, _as: unknown, page: { readonly after?: string; readonly max: number }) =>
      store.members(query.type, page.after, page.max)
    ),
    lookup: port(async (keys: ReadonlyArray<unknown>) => keys.map(() => ({ refs: [] }))),
    write: (effects) => store.write(effects),
    content: async function* () {}
  }
}

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
  writeBatchMax: 100,
  itemBytesMax: 1_048_576,
  uniqueKeys: false,
  filteredFeed: false,
  query: false
})

const timeOf = (value: Value | undefined): InstantMs | undefined => {
  if (typeof value === 'number') return value
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

/** A cursor is the time reached and, where rows share it, the id behind which the next page begins. */
interface Place {
  readonly sinceMs: InstantMs
  readonly after?: Ref
}

class HostStore {
  readonly #functions: HostFunctions
  readonly #options: HostOptions

  constructor(functions: HostFunctions, options: HostOptions) {
    this.#functions = functions
    this.#options = options
  }

  async changes(type: RecordType, cursor: string | undefined, max: number): Promise<Page<RecordSnapshot>> {
    const place = cursor === undefined ? undefined : placeOf(cursor)
    const overlap = this.#options.overlapMs ?? overlapMsDefault
    // A page in the middle of a listing goes on exactly; a new cycle looks back a little, for rows that came late.
    const since = place === undefined ? undefined : place.after === undefined ? place.sinceMs - overlap : place.sinceMs
    const rows = await this.#functions.list({
      type,
      ...(since === undefined ? {} : { since }),
      ...(place?.after === undefined ? {} : { after: place.after }),
      max
    })
    const last = rows.at(-1)
    const reached = last === undefined ? undefined : timeOf(fieldOf(last, this.#column('updatedAt', 'updated_at')))
    const more = rows.length >= max
    const next: Place = {
      sinceMs: Math.max(reached ?? 0, place?.sinceMs ?? 0),
      ...(more && last !== undefined ? { after: this.#idOf(last) } : {})
    }
    const seen = new Map(rows.map((row) => [this.#idOf(row), row]))
    return {
      rows: [...seen.values()].map((row) => (this.#isDeleted(row) ? { ref: this.#idOf(row), gone: true } : this.#row(type, row))),
      cursor: JSON.stringify(next),
      more
    }
  }

  async read(type: RecordType, refs: ReadonlyArray<Ref>): Promise<ReadonlyArray<Found<RecordSnapshot>>> {
    const rows = await this.#functions.get(type, refs)
    const byId = new Map(rows.filter((row) => !this.#isDeleted(row)).map((row) => [this.#idOf(row), row]))
    return refs.map((ref) => {
      const row = byId.get(ref)
      return row === undefined ? { _tag: 'Absent', ref } : { _tag: 'Known', snapshot: this.#snapshot(type, row) }
    })
  }

  /** Everything there is, in the order of ids: the engine judges each. */
  async members(type: RecordType, after: string | undefined, max: number): Promise<Page<RecordSnapshot>> {
    const all = await this.#everything(type)
    const sorted = all.filter((row) => !this.#isDeleted(row) && (after === undefined || this.#idOf(row) > after)).sort((x, y) => byCodeUnits(this.#idOf(x), this.#idOf(y)))
    const page = sorted.slice(0, max)
    const last = page.at(-1)
    return { rows: page.map((row) => this.#row(type, row)), cursor: last === undefined ? (after ?? '') : this.#idOf(last), more: sorted.length > max }
  }

  async #everything(type: RecordType): Promise<ReadonlyArray<HostRow>> {
    const rows = new Map<Ref, HostRow>()
    let place: Place | undefined
    for (;;) {
      const page = await this.#functions.list({
        type,
        ...(place === undefined ? {} : { since: place.sinceMs }),
        ...(place?.after === undefined ? {} : { after: place.after }),
        max: pageMax
      })
      for (const row of page) rows.set(this.#idOf(row), row)
      const last = page.at(-1)
      if (page.length < pageMax || last === undefined) return [...rows.values()]
      place = { sinceMs: timeOf(fieldOf(last, this.#column('updatedAt', 'updated_at'))) ?? 0, after: this.#idOf(last) }
    }
  }

  async write(effects: ReadonlyArray<Effect>): Answer<ReadonlyArray<Outcome>> {
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
        const owner = this.#options.columns?.owner
        const fields = owner === undefined || effect.owner === undefined ? effect.fields : { ...effect.fields, [owner]: effect.owner }
        return { _tag: 'Done', key: effect.key, ref: String(await create(effect.type ?? '', fields, effect.id)) }
      }
      case 'Update':
        await update(effect.type, effect.ref, effect.set)
        return { _tag: 'Done', key: effect.key, ref: effect.ref }
      case 'Delete':
        await remove(effect.type, effect.ref)
        return { _tag: 'Done', key: effect.key, ref: effect.ref }
    }
  }

  #column(name: 'id' | 'updatedAt', otherwise: string): string {
    return this.#options.columns?.[name] ?? otherwise
  }

  #idOf(row: HostRow): Ref {
    return String(fieldOf(row, this.#column('id', 'id')) ?? '')
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
    const changedAtMs = timeOf(fieldOf(row, this.#column('updatedAt', 'updated_at')))
    const owner = columns?.owner === undefined ? undefined : fieldOf(row, columns.owner)
    const ownerId = owner === undefined || owner === null || owner === '' ? this.#options.owner : String(owner)
    const state = columns?.state === undefined ? undefined : fieldOf(row, columns.state)
    return {
      ref: this.#idOf(row),
      version: digestOf(row),
      type,
      ...(ownerId === undefined ? {} : { owner: ownerId }),
      state: typeof state === 'string' && state !== '' ? state : 'active',
      ...(changedAtMs === undefined ? {} : { changedAtMs }),
      fields: row
    }
  }
}

const pageMax = 500

const placeOf = (cursor: string): Place => {
  try {
    const place: unknown = JSON.parse(cursor)
    if (typeof place === 'object' && place !== null && 'sinceMs' in place && typeof place.sinceMs === 'number') {
      return { sinceMs: place.sinceMs, ...('after' in place && typeof place.after === 'string' ? { after: place.after } : {}) }
    }
  } catch {
    // A cursor that is none of ours is an expired one.
  }
  throw { _tag: 'CursorExpired', scope: 'list' } as const
}

