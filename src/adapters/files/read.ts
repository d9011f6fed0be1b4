/**
 * Items by ref, each with the version of exactly the bytes that it was made of. One that is not there is absent, one
 * that may not be read or cannot be understood is unreadable with a reason: neither stops the others.
 */
import type { Found, ItemSnapshot, Ref, SyncError, Version } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Answer } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import { answering, errnoOf, syncErrorOf } from './errors.js'
import type { FileRead } from './file.js'
import { readWhole } from './file.js'
import type { Folder } from './folder.js'
import { folderOf, placeOf } from './folder.js'
import type { Spot, Store } from './store.js'
import { foldersOf, inTurn, spotOf } from './store.js'

export const readOf =
  (store: Store): MailStore['read'] =>
  (refs) =>
    answering(async () => {
      const open = foldersOf(store)
      const files = new Map<string, Promise<FileAt>>()
      const found = await inTurn(refs, (ref) => answering(() => foundAt(store, open, files, ref), ref))
      const failed = found.find((one) => one._tag === 'Left')
      return failed?._tag === 'Left' ? failed : ok(found.flatMap((one) => (one._tag === 'Right' ? [one.right] : [])))
    })

type FileAt = FileRead | 'absent' | 'hidden' | 'unstable'

const foundAt = async (
  store: Store,
  open: ReturnType<typeof foldersOf>,
  files: Map<string, Promise<FileAt>>,
  ref: Ref
): Answer<Found<ItemSnapshot>> => {
  // A mailbox of messages alone holds nothing else.
  if (store.shelves.length === 0) return ok({ _tag: 'Absent', ref })
  const found = await spotOf(store, open, ref)
  if (found._tag === 'Left') return found
  const spot = found.right
  // Occurrences of one series lie in one file, which is read once for all of them.
  const key = JSON.stringify([spot.folder.codec.kind, spot.file])
  const reading = files.get(key) ?? fileAt(store, spot.folder, spot.file)
  if (spot.within !== '') files.set(key, reading)
  const file = await reading
  if (file === 'absent') return ok({ _tag: 'Absent', ref })
  if (file === 'hidden') return ok({ _tag: 'Unreadable', ref, why: 'hidden' })
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  const version = versionIn(spot.folder, file, spot.within)
  const decoded = await snapshotOf(store, spot, ref, file)
  if (decoded._tag === 'Right')
    return ok(decoded.right === undefined ? { _tag: 'Absent', ref } : { _tag: 'Known', snapshot: decoded.right })
  return decoded.left._tag === 'Malformed'
    ? ok({ _tag: 'Unreadable', ref, why: 'malformed', paths: decoded.left.paths, version })
    : decoded
}

/** The file of a ref, or why there is none to read. A ref that leaves the mailbox names nothing in it. */
export const fileAt = async (store: Store, folder: Folder, ref: Ref): Promise<FileAt> => {
  try {
    const place = await placeOf(folder, ref)
    if (place._tag !== 'Inside') return 'absent'
    const read = await readWhole(place.path, store.itemBytesMax)
    return read === 'not-a-file' ? 'absent' : read
  } catch (thrown) {
    switch (errnoOf(thrown)) {
      case 'ENOENT':
      case 'ENOTDIR':
      case 'ENAMETOOLONG':
      case 'ELOOP':
        return 'absent'
      case 'EACCES':
      case 'EPERM':
        return 'hidden'
      default:
        throw thrown
    }
  }
}

/**
 * The snapshot of an item in a file that was read; `undefined` where the file holds no such item. `Malformed` where
 * the file is too large, or no item of its kind.
 */
export const snapshotOf = async (
  store: Store,
  { folder, file: fileRef, within }: Spot,
  ref: Ref,
  file: FileRead
): Answer<ItemSnapshot | undefined> => {
  if (file.bytes === undefined) return fail(tooLarge(store, ref))
  const decoded = await folder.codec.read(file.bytes, within)
  if (decoded._tag === 'Left') return decoded
  if (decoded.right === undefined) return ok(undefined)
  return ok({
    ref,
    version: versionIn(folder, file, within),
    kind: folder.codec.kind,
    folder: folderOf(folder, fileRef),
    changedAtMs: file.changedAtMs,
    ...decoded.right
  })
}

/** The version of an item: the file's, but for one that has a version of its own. */
export const versionIn = ({ codec }: Folder, file: FileRead, within: string): Version => {
  if (within === '' || file.bytes === undefined) return file.version
  return codec.parts?.(file.bytes).find((part) => part.within === within)?.version ?? file.version
}

const tooLarge = (store: Store, ref: Ref): SyncError => ({
  _tag: 'Malformed',
  side: 'mail',
  ref,
  paths: [`bytes: expected at most ${store.itemBytesMax}`]
})

const pieceBytes = 64 * 1024

/** The bytes of a content ref, in pieces. What goes wrong is thrown as a `SyncError`: a stream has no other answer. */
export const contentOf = (store: Store): MailStore['content'] =>
  async function* (ref, part) {
    const bytes = await answering(() => partOf(store, ref, part), ref)
    if (bytes._tag === 'Left') throw bytes.left
    for (let at = 0; at < bytes.right.length; at += pieceBytes) yield bytes.right.subarray(at, at + pieceBytes)
  }

const partOf = async (store: Store, ref: Ref, part: string): Answer<Uint8Array> => {
  if (store.shelves.length === 0) return fail({ _tag: 'Gone', ref })
  const found = await spotOf(store, foldersOf(store), ref)
  if (found._tag === 'Left') return found
  const { folder, file: fileRef, within } = found.right
  const file = await fileAt(store, folder, fileRef)
  if (file === 'absent') return fail({ _tag: 'Gone', ref })
  if (file === 'hidden') return fail({ _tag: 'Forbidden', side: 'mail', ref })
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  if (file.bytes === undefined) return fail(tooLarge(store, ref))
  const content = await folder.codec.content(file.bytes, part, within)
  if (content._tag === 'Left') return content
  return content.right === undefined ? fail({ _tag: 'Gone', ref }) : ok(content.right)
}

/** The failure of one thing that was thrown at, by its ref. Rethrows what is a defect. */
export const failureOf = (thrown: unknown, ref: Ref, unsure = false): SyncError => {
  const error = syncErrorOf(thrown, ref, unsure)
  if (error === undefined) throw thrown
  return error
}
