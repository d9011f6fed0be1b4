/**
 * What the parts of one mailbox share: where it lies, which kinds it holds, what it remembers of its files. Each
 * call of the port opens the folders anew, so that a mailbox that went away is a failure, and never an empty one.
 */
import { lstat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Answer, Kind, Ref, SyncError } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import { answering, errnoOf } from './errors.js'
import type { Folder, Shelf } from './folder.js'
import { isInside, namesOf, openFolder } from './folder.js'

export interface Store {
  readonly root: string
  /** In the order in which a ref that may be of several kinds is looked for. */
  readonly shelves: ReadonlyArray<Shelf>
  readonly itemBytesMax: number
}

/** The folder of a kind; `Unsupported` for one that this mailbox does not hold. */
export const folderOfKind = async ({ root, shelves }: Store, kind: Kind): Answer<Folder> => {
  const shelf = shelves.find(({ codec }) => codec.kind === kind)
  return shelf === undefined ? fail(unsupported(kind, shelves)) : openFolder(root, shelf)
}

export const unsupported = (kind: Kind, held: ReadonlyArray<Shelf>): SyncError => ({
  _tag: 'Unsupported',
  what: `items of kind ${kind} in a mailbox of files`,
  remedy: `sync ${held.map(({ codec }) => codec.kind).join(', ')} alone with this mailbox, or take another adapter`
})

/** Where an item is looked for: the file of a folder, and which of the items in it. */
export interface Spot {
  readonly folder: Folder
  readonly file: Ref
  readonly within: string
}

/** The folders of one call, each opened once. */
export const foldersOf = (store: Store): ((kind: Kind) => Answer<Folder>) => {
  const open = new Map<Kind, Answer<Folder>>()
  return (kind) => {
    // Its failure is the mailbox's, and not that of the item that asked first.
    const folder = open.get(kind) ?? answering(() => folderOfKind(store, kind))
    open.set(kind, folder)
    return folder
  }
}

/** Behind a file's ref, the occurrence of it that an item is. */
const withinPattern = /^(.+)#(\d{8}(?:T\d{6}Z?)?)$/

export const refOfPart = (file: Ref, within: string): Ref => (within === '' ? file : `${file}#${within}`)

/**
 * The spot of a ref. An id alone does not say its kind: it is the first whose folder has such a file. A ref that can
 * be no item's is sent to the first folder, which refuses it.
 */
export const spotOf = async (store: Store, open: (kind: Kind) => Answer<Folder>, ref: Ref): Answer<Spot> => {
  const spots = store.shelves.flatMap(({ codec }) => {
    const [, file = '', within = ''] = codec.parts === undefined ? [] : (withinPattern.exec(ref) ?? [])
    const name = within === '' ? ref : file
    return isInside(codec, name) ? [{ kind: codec.kind, file: name, within }] : []
  })
  const [first] = spots
  if (first === undefined) return at(open, store.shelves[0]?.codec.kind ?? '', ref, '')
  for (const { kind, file, within } of spots.length > 1 ? spots : []) {
    const spot = await at(open, kind, file, within)
    if (spot._tag === 'Left' || (await isThere(spot.right))) return spot
  }
  return at(open, first.kind, first.file, first.within)
}

const at = async (open: (kind: Kind) => Answer<Folder>, kind: Kind, file: Ref, within: string): Answer<Spot> => {
  const folder = await open(kind)
  return folder._tag === 'Left' ? folder : ok({ folder: folder.right, file, within })
}

/** Whether a file of that name is there, whatever it is. */
export const isThere = async ({ folder, file }: Pick<Spot, 'folder' | 'file'>): Promise<boolean> => {
  try {
    await lstat(join(folder.root, ...namesOf(folder, file)))
    return true
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown
    return false
  }
}

/** How many files are open at once: enough to keep a disk busy, far from any limit of a process. */
const filesOpenMax = 8

/** Runs over all, at most so many at once, and answers in their order. */
export const inTurn = async <A, B>(all: ReadonlyArray<A>, run: (one: A) => Promise<B>): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  const waiting = all.entries()
  const worker = async (): Promise<void> => {
    for (const [index, one] of waiting) results[index] = await run(one)
  }
  await Promise.all(Array.from({ length: Math.min(filesOpenMax, all.length) }, worker))
  return results
}
