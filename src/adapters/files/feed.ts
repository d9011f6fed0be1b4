/**
 * The change feed of a folder: a listing of everything with versions, in pages by ref. The engine compares; what is
 * not in a listing it asks for by ref before it calls it gone. A file of several items is told item by item.
 */
import type { Answer, ChangeRow, Cursor, ItemSnapshot, Kind, Page, Ref } from '../../model/index.js'
import { byCodeUnits, limits, ok } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import type { Place } from './cursor.codec.js'
import { cursorOf, afterOf } from './cursor.codec.js'
import { answering, errnoOf } from './errors.js'
import type { Folder } from './folder.js'
import { listRefs, placeOf } from './folder.js'
import type { Store } from './store.js'
import { foldersOf, inTurn, isThere, refOfPart } from './store.js'

type Row = ChangeRow<ItemSnapshot>

/** The rows of one file, each with what tells it from the others. */
interface FileRows {
  readonly file: Ref
  readonly rows: ReadonlyArray<{ readonly within: string; readonly row: Row }>
}

/** Lists; a listing that is under way is kept, so that its pages fit together and no folder is read once per page. */
export const feedOf = (store: Store): MailStore['changes'] => {
  let underWay: { readonly scope: Kind; readonly refs: ReadonlyArray<Ref>; readonly next: Cursor } | undefined
  return (scope: Kind, cursor: Cursor | undefined, max: number): Answer<Page<ItemSnapshot>> =>
    answering(async () => {
      const open = foldersOf(store)
      const folder = await open(scope)
      if (folder._tag === 'Left') return folder
      const after = afterOf(cursor, scope)
      if (after._tag === 'Left') return after
      const place = after.right
      const isNext = place !== undefined && underWay?.scope === scope && underWay.next === cursor
      const refs = isNext && underWay !== undefined ? underWay.refs : await listRefs(folder.right)
      if (place === undefined) folder.right.versions.keep(refs)
      const from = place === undefined ? 0 : firstFrom(refs, place)
      const rowsMax = Math.max(1, Math.min(max, limits.pageRowsMax))
      const slice = refs.slice(from, from + rowsMax)
      const files = await inTurn(slice, (ref) => rowsOf(store, open, folder.right, ref))
      const page = pageOf(files, place, rowsMax, from + slice.length < refs.length)
      underWay = page.more ? { scope, refs, next: page.cursor } : undefined
      return ok(page)
    })
}

const pageOf = (
  files: ReadonlyArray<FileRows>,
  after: Place | undefined,
  max: number,
  hasMore: boolean
): Page<ItemSnapshot> => {
  const told = files.flatMap(({ file, rows }) =>
    rows
      .filter(({ within }) => after?.within === undefined || after.file !== file || within > after.within)
      .map((row) => ({ ...row, file }))
  )
  const rows = told.slice(0, max).map(({ row }) => row)
  const last = told[max - 1]
  if (told.length > max && last !== undefined)
    return { rows, cursor: cursorOf({ file: last.file, within: last.within }), more: true }
  const file = files.at(-1)?.file
  return { rows, cursor: cursorOf(hasMore && file !== undefined ? { file } : undefined), more: hasMore }
}

/** Refs are sorted by code units; the file itself may be gone by now. One that was told in part comes again. */
const firstFrom = (refs: ReadonlyArray<Ref>, { file, within }: Place): number => {
  let low = 0
  let high = refs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const ref = refs[middle] ?? ''
    if (within === undefined ? ref <= file : ref < file) low = middle + 1
    else high = middle
  }
  return low
}

type Open = ReturnType<typeof foldersOf>

const rowsOf = async (store: Store, open: Open, folder: Folder, file: Ref): Promise<FileRows> => {
  const ref = await ownRef(store, open, folder, file)
  return { file, rows: await rowsIn(folder, file, ref) }
}

/** An id that a file of an earlier kind bears too is told with its folder, or two items would have one ref. */
const ownRef = async (store: Store, open: Open, folder: Folder, file: Ref): Promise<Ref> => {
  const { codec } = folder
  if (codec.rootToo || file.includes('/')) return file
  for (const { codec: earlier } of store.shelves) {
    if (earlier === codec) return file
    const other = await open(earlier.kind)
    if (other._tag === 'Right' && (await isThere({ folder: other.right, file })))
      return `${codec.folder}/${file}${codec.extension}`
  }
  return file
}

/** A file that went away since it was listed has no row; one that may not be read has no version. */
const rowsIn = async (folder: Folder, file: Ref, ref: Ref): Promise<FileRows['rows']> => {
  try {
    const place = await placeOf(folder, file)
    if (place._tag !== 'Inside') return []
    const told = await folder.versions.of(file, place.path)
    if (told === undefined) return [{ within: '', row: { ref } }]
    return [...told.parts]
      .sort((x, y) => byCodeUnits(x.within, y.within))
      .map(({ within, version = told.version }) => ({ within, row: { ref: refOfPart(ref, within), version } }))
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    if (code === 'EACCES' || code === 'EPERM') return [{ within: '', row: { ref } }]
    throw thrown
  }
}
