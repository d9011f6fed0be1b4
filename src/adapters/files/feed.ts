/**
 * The change feed of a folder: a listing of everything with versions, in pages by ref. The engine compares; what is
 * not in a listing it asks for by ref before it calls it gone.
 */
import type { Answer, ChangeRow, Cursor, ItemSnapshot, Kind, Page, Ref } from '../../model/index.js'
import { limits, ok } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import { cursorOf, afterOf } from './cursor.codec.js'
import { answering, errnoOf } from './errors.js'
import type { Folder } from './folder.js'
import { listRefs, placeOf } from './folder.js'
import type { Store } from './store.js'
import { folderOfKind, inTurn } from './store.js'

/** Lists; a listing that is under way is kept, so that its pages fit together and no folder is read once per page. */
export const feedOf = (store: Store): MailStore['changes'] => {
  let underWay: { readonly refs: ReadonlyArray<Ref>; readonly next: Ref } | undefined
  return (scope: Kind, cursor: Cursor | undefined, max: number): Answer<Page<ItemSnapshot>> =>
    answering(async () => {
      const folder = await folderOfKind(store, scope)
      if (folder._tag === 'Left') return folder
      const after = afterOf(cursor, scope)
      if (after._tag === 'Left') return after
      const refs =
        after.right !== undefined && underWay?.next === after.right ? underWay.refs : await listRefs(folder.right)
      if (after.right === undefined) store.versions.keep(refs)
      const from = after.right === undefined ? 0 : firstBehind(refs, after.right)
      const slice = refs.slice(from, from + Math.max(1, Math.min(max, limits.pageRowsMax)))
      const last = slice.at(-1)
      const more = last !== undefined && from + slice.length < refs.length
      underWay = more ? { refs, next: last } : undefined
      const rows = await inTurn(slice, (ref) => rowOf(store, folder.right, ref))
      return ok({ rows: rows.flat(), cursor: cursorOf(more ? last : undefined), more })
    })
}

/** Refs are sorted by code units; the ref itself may be gone by now. */
const firstBehind = (refs: ReadonlyArray<Ref>, after: Ref): number => {
  let low = 0
  let high = refs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((refs[middle] ?? '') <= after) low = middle + 1
    else high = middle
  }
  return low
}

/** A file that went away since it was listed has no row; one that may not be read has no version. */
const rowOf = async (store: Store, folder: Folder, ref: Ref): Promise<ReadonlyArray<ChangeRow<ItemSnapshot>>> => {
  try {
    const place = await placeOf(folder, ref)
    if (place._tag !== 'Inside') return []
    const version = await store.versions.of(ref, place.path)
    return [version === undefined ? { ref } : { ref, version }]
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    if (code === 'EACCES' || code === 'EPERM') return [{ ref }]
    throw thrown
  }
}
