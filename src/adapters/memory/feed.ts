/**
 * The change feed of one scope, in the three ways of `SideCan.feed`. A cursor is `epoch:place`, or `epoch:place:ref`
 * in the middle of a listing or of a column of times: place is a position in the log, or a time.
 *
 * A ref stands in the log as often as it changed; only its last place tells, so that no page holds it twice.
 */
import type { ChangeRow, Cursor, InstantMs, Page, Ref, Result, Snapshot } from '../../model/index.js'
import { byCodeUnits, fail, ok } from '../../model/index.js'
import type { SideCan } from '../../engine/ports.js'

/** What a column of times is read back by: two changes may bear one time, and clocks are set. */
const overlapMs = 1000

/** Before the first of all instants. */
const dawn = -8_640_000_000_000_000

export interface FeedSettings<S extends Snapshot> {
  readonly feed: SideCan['feed']
  readonly scope: string
  /** The row of a ref as it is now; nothing where the feed keeps silent about it. */
  readonly row: (ref: Ref) => ChangeRow<S> | undefined
}

export interface Feed<S extends Snapshot> {
  /** A ref has changed. */
  readonly note: (ref: Ref, atMs: InstantMs, isThere: boolean) => void
  /** What is there, in order of ref. */
  readonly refs: () => ReadonlyArray<Ref>
  readonly page: (cursor: Cursor | undefined, max: number) => Result<Page<S>>
  /** The cursor from which everything is told. */
  readonly start: () => Cursor
  /** Makes every cursor given so far too old. */
  readonly expire: () => void
}

/** Where a cursor stands. `after`: the ref behind which a listing goes on. */
interface Spot {
  readonly place: number
  readonly after: Ref | undefined
}

export const feedOf = <S extends Snapshot>({ feed, scope, row }: FeedSettings<S>): Feed<S> => {
  const log: Array<Ref> = []
  const changed = new Map<Ref, { readonly position: number; readonly atMs: InstantMs }>()
  const there = new Set<Ref>()
  let ordered: ReadonlyArray<Ref> | undefined
  let epoch = 0
  let newestMs = dawn

  const refs = (): ReadonlyArray<Ref> => {
    ordered ??= [...there].sort(byCodeUnits)
    return ordered
  }
  const cursorAt = (place: number, after?: Ref): Cursor =>
    after === undefined ? `${epoch}:${place}` : `${epoch}:${place}:${after}`

  const spotOf = (cursor: Cursor): Spot | undefined => {
    const form = cursorForm.exec(cursor)
    if (form === null || Number(form[1]) !== epoch) return undefined
    const place = Number(form[2])
    if (feed === 'log' && (place < 0 || place > log.length)) return undefined
    return { place, after: form[3] }
  }

  /** What is there, by ref; what changes meanwhile comes behind `end`, which was fixed before. */
  const list = (end: number, after: Ref, max: number): Page<S> => {
    const all = refs()
    const rows: Array<ChangeRow<S>> = []
    let index = indexAfter(all, after)
    for (; index < all.length && rows.length < max; index += 1) {
      const told = row(all[index] ?? '')
      if (told !== undefined && told.gone !== true) rows.push(told)
    }
    const last = all[index - 1]
    if (index < all.length && last !== undefined) return { rows, cursor: cursorAt(end, last), more: true }
    return feed === 'list'
      ? { rows, cursor: cursorAt(0, ''), more: false }
      : { rows, cursor: cursorAt(end), more: end < log.length }
  }

  const rowAt = (position: number): ChangeRow<S> | undefined => {
    const ref = log[position] ?? ''
    return changed.get(ref)?.position === position ? row(ref) : undefined
  }

  const follow = (position: number, max: number): Page<S> => {
    const rows: Array<ChangeRow<S>> = []
    let index = position
    for (; index < log.length; index += 1) {
      const told = rowAt(index)
      if (told === undefined) continue
      if (rows.length === max) break
      rows.push(told)
    }
    return { rows, cursor: cursorAt(index), more: index < log.length }
  }

  const since = (place: InstantMs, after: Ref, max: number): Page<S> => {
    const later = [...changed]
      .filter(([ref, { atMs }]) => atMs > place || (atMs === place && ref > after))
      .sort(([x, { atMs: xMs }], [y, { atMs: yMs }]) => xMs - yMs || byCodeUnits(x, y))
    const slice = later.slice(0, max)
    const rows = slice.flatMap(([ref]) => row(ref) ?? [])
    const last = slice.at(-1)
    if (later.length > max && last !== undefined) return { rows, cursor: cursorAt(last[1].atMs, last[0]), more: true }
    return { rows, cursor: cursorAt(Math.max(dawn, newestMs - overlapMs), ''), more: false }
  }

  const pageAt = ({ place, after }: Spot, max: number): Page<S> => {
    if (feed === 'updated-at') return since(place, after ?? '', max)
    return after === undefined ? follow(place, max) : list(place, after, max)
  }

  const startSpot = (): Spot => ({
    place: feed === 'updated-at' ? dawn : feed === 'log' ? log.length : 0,
    after: ''
  })

  return {
    note: (ref, atMs, isThere) => {
      changed.set(ref, { position: log.length, atMs })
      log.push(ref)
      newestMs = Math.max(newestMs, atMs)
      if (there.has(ref) === isThere) return
      if (isThere) there.add(ref)
      else there.delete(ref)
      ordered = undefined
    },
    refs,
    page: (cursor, max) => {
      const spot = cursor === undefined ? startSpot() : spotOf(cursor)
      return spot === undefined ? fail({ _tag: 'CursorExpired', scope }) : ok(pageAt(spot, max))
    },
    start: () => {
      const { place, after } = startSpot()
      return cursorAt(place, after)
    },
    expire: () => {
      epoch += 1
    }
  }
}

const cursorForm = /^(\d{1,15}):(-?\d{1,16})(?::([\s\S]*))?$/

/** Index of the first ref that comes after `after`. */
export const indexAfter = (refs: ReadonlyArray<Ref>, after: Ref): number => {
  let low = 0
  let high = refs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((refs[middle] ?? '') > after) high = middle
    else low = middle + 1
  }
  return low
}
