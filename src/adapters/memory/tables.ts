/**
 * Tables of the link store: rows by place (tenant and mailbox) and name, and pairs with their indexes. Places, names
 * and refs are joined as JSON, so that no two lists of texts give one key.
 */
import type { MailboxKey, Ref } from '../../model/index.js'
import { byCodeUnits } from '../../model/index.js'
import { indexAfter } from './feed.js'

/** A row as it stands in a dump. @public */
export interface DumpedRow<R> {
  readonly tenant: string
  readonly mailbox: string
  readonly row: R
}

const placeOf = ({ tenant, mailbox }: MailboxKey): string => JSON.stringify([tenant, mailbox])

const byPlace = <R>(x: DumpedRow<R>, y: DumpedRow<R>): number =>
  byCodeUnits(x.tenant, y.tenant) || byCodeUnits(x.mailbox, y.mailbox)

export interface Table<R> {
  readonly put: (key: MailboxKey, row: R) => void
  readonly remove: (key: MailboxKey, name: string) => void
  readonly removeRow: (key: MailboxKey, row: R) => void
  readonly at: (key: MailboxKey, name: string) => R | undefined
  /** In the order in which they were first written. */
  readonly of: (key: MailboxKey) => ReadonlyArray<R>
  readonly count: (key: MailboxKey) => number
  readonly clear: () => void
  /** By tenant and mailbox, and within one by name, or in the order of `of` where that order says something. */
  readonly dump: () => ReadonlyArray<DumpedRow<R>>
}

export const tableOf = <R>(nameOf: (row: R) => string, order: 'by-name' | 'as-written' = 'by-name'): Table<R> => {
  const places = new Map<string, { readonly key: MailboxKey; readonly rows: Map<string, R> }>()
  return {
    put: (key, row) => {
      const place = placeOf(key)
      const standing = places.get(place) ?? { key: { tenant: key.tenant, mailbox: key.mailbox }, rows: new Map() }
      standing.rows.set(nameOf(row), row)
      places.set(place, standing)
    },
    remove: (key, name) => {
      places.get(placeOf(key))?.rows.delete(name)
    },
    removeRow: (key, row) => {
      places.get(placeOf(key))?.rows.delete(nameOf(row))
    },
    at: (key, name) => places.get(placeOf(key))?.rows.get(name),
    of: (key) => [...(places.get(placeOf(key))?.rows.values() ?? [])],
    count: (key) => places.get(placeOf(key))?.rows.size ?? 0,
    clear: () => places.clear(),
    dump: () => {
      const all = [...places.values()].flatMap(({ key, rows }) => [...rows.values()].map((row) => ({ ...key, row })))
      const within = (x: R, y: R): number => (order === 'by-name' ? byCodeUnits(nameOf(x), nameOf(y)) : 0)
      return all.sort((x, y) => byPlace(x, y) || within(x.row, y.row))
    }
  }
}

/** What links and former links have in common. */
export interface Pair {
  readonly id: string
  readonly item: Ref
  readonly record: Ref
  readonly related?: ReadonlyArray<Ref>
}

type PairKey = 'item' | 'record' | 'related'

export interface Pairs<R extends Pair> {
  readonly put: (key: MailboxKey, row: R) => void
  readonly remove: (key: MailboxKey, id: string) => void
  /** Each row once, in the order of the refs, then of mailbox and id. */
  readonly find: (tenant: string, by: PairKey, refs: ReadonlyArray<Ref>, mailbox?: string) => ReadonlyArray<R>
  readonly walk: (key: MailboxKey, after: string | undefined, max: number) => ReadonlyArray<R>
  readonly clear: () => void
  readonly dump: () => ReadonlyArray<DumpedRow<R>>
}

export const pairsOf = <R extends Pair>(): Pairs<R> => {
  const table = tableOf<R>(({ id }) => id)
  /** Ids in order, by place: made at the first walk, forgotten when a row comes or goes. */
  const ordered = new Map<string, ReadonlyArray<string>>()
  const index = new Map<string, Map<string, DumpedRow<R>>>()

  const keysOf = (tenant: string, { item, record, related = [] }: R): ReadonlyArray<string> => [
    JSON.stringify(['item', tenant, item]),
    JSON.stringify(['record', tenant, record]),
    ...related.map((ref) => JSON.stringify(['related', tenant, ref]))
  ]
  const rowKeyOf = (mailbox: string, id: string): string => JSON.stringify([mailbox, id])

  const unindex = (key: MailboxKey, row: R): void => {
    for (const name of keysOf(key.tenant, row)) {
      const hits = index.get(name)
      hits?.delete(rowKeyOf(key.mailbox, row.id))
      if (hits?.size === 0) index.delete(name)
    }
  }

  const idsOf = (key: MailboxKey): ReadonlyArray<string> => {
    const place = placeOf(key)
    const ids =
      ordered.get(place) ??
      table
        .of(key)
        .map(({ id }) => id)
        .sort(byCodeUnits)
    ordered.set(place, ids)
    return ids
  }

  const hitsAt = (name: string, mailbox: string | undefined): ReadonlyArray<DumpedRow<R>> =>
    [...(index.get(name)?.values() ?? [])]
      .filter((hit) => mailbox === undefined || hit.mailbox === mailbox)
      .sort((x, y) => byCodeUnits(x.mailbox, y.mailbox) || byCodeUnits(x.row.id, y.row.id))

  return {
    put: (key, row) => {
      const { tenant, mailbox } = key
      const standing = table.at(key, row.id)
      if (standing === undefined) ordered.delete(placeOf(key))
      else unindex(key, standing)
      table.put(key, row)
      for (const name of keysOf(tenant, row)) {
        const hits = index.get(name) ?? new Map<string, DumpedRow<R>>()
        hits.set(rowKeyOf(mailbox, row.id), { tenant, mailbox, row })
        index.set(name, hits)
      }
    },
    remove: (key, id) => {
      const standing = table.at(key, id)
      if (standing === undefined) return
      unindex(key, standing)
      table.remove(key, id)
      ordered.delete(placeOf(key))
    },
    find: (tenant, by, refs, mailbox) => {
      const found = new Map<string, R>()
      for (const ref of refs) {
        for (const hit of hitsAt(JSON.stringify([by, tenant, ref]), mailbox)) {
          found.set(rowKeyOf(hit.mailbox, hit.row.id), hit.row)
        }
      }
      return [...found.values()]
    },
    walk: (key, after, max) => {
      const ids = idsOf(key)
      const from = after === undefined ? 0 : indexAfter(ids, after)
      return ids.slice(from, from + rowsMax(max)).flatMap((id) => table.at(key, id) ?? [])
    },
    clear: () => {
      table.clear()
      ordered.clear()
      index.clear()
    },
    dump: table.dump
  }
}

export const rowsMax = (max: number): number => Math.max(0, Math.trunc(max))
