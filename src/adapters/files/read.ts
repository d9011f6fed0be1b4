/**
 * Items by ref, each with the version of exactly the bytes that it was made of. One that is not there is absent, one
 * that may not be read or cannot be understood is unreadable with a reason: neither stops the others.
 */
import type { Found, ItemSnapshot, Ref, SyncError } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Answer } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import { answering, errnoOf, syncErrorOf } from './errors.js'
import type { FileRead } from './file.js'
import { readWhole } from './file.js'
import type { Folder } from './folder.js'
import { folderOf, placeOf } from './folder.js'
import type { Store } from './store.js'
import { folderOfKind, inTurn } from './store.js'

export const readOf =
  (store: Store): MailStore['read'] =>
  (refs) =>
    answering(async () => {
      const folder = await folderOfKind(store, store.codec.kind)
      if (folder._tag === 'Left') return folder
      const found = await inTurn(refs, (ref) => answering(() => foundAt(store, folder.right, ref), ref))
      const failed = found.find((one) => one._tag === 'Left')
      return failed?._tag === 'Left' ? failed : ok(found.flatMap((one) => (one._tag === 'Right' ? [one.right] : [])))
    })

const foundAt = async (store: Store, folder: Folder, ref: Ref): Answer<Found<ItemSnapshot>> => {
  const file = await fileAt(store, folder, ref)
  if (file === 'absent') return ok({ _tag: 'Absent', ref })
  if (file === 'hidden') return ok({ _tag: 'Unreadable', ref, why: 'hidden' })
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  const decoded = await snapshotOf(store, folder, ref, file)
  if (decoded._tag === 'Right') return ok({ _tag: 'Known', snapshot: decoded.right })
  return decoded.left._tag === 'Malformed'
    ? ok({ _tag: 'Unreadable', ref, why: 'malformed', paths: decoded.left.paths, version: file.version })
    : decoded
}

/** The file of a ref, or why there is none to read. A ref that leaves the mailbox names nothing in it. */
export const fileAt = async (
  store: Store,
  folder: Folder,
  ref: Ref
): Promise<FileRead | 'absent' | 'hidden' | 'unstable'> => {
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

/** The snapshot of a file that was read. `Malformed` where it is too large, or no item of its kind. */
export const snapshotOf = async (store: Store, folder: Folder, ref: Ref, file: FileRead): Answer<ItemSnapshot> => {
  if (file.bytes === undefined) return fail(tooLarge(store, ref))
  const decoded = await store.codec.read(file.bytes)
  if (decoded._tag === 'Left') return decoded
  return ok({
    ref,
    version: file.version,
    kind: store.codec.kind,
    folder: folderOf(folder, ref),
    changedAtMs: file.changedAtMs,
    ...decoded.right
  })
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
  const folder = await folderOfKind(store, store.codec.kind)
  if (folder._tag === 'Left') return folder
  const file = await fileAt(store, folder.right, ref)
  if (file === 'absent') return fail({ _tag: 'Gone', ref })
  if (file === 'hidden') return fail({ _tag: 'Forbidden', side: 'mail', ref })
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  if (file.bytes === undefined) return fail(tooLarge(store, ref))
  const content = await store.codec.content(file.bytes, part)
  if (content._tag === 'Left') return content
  return content.right === undefined ? fail({ _tag: 'Gone', ref }) : ok(content.right)
}

/** The failure of one thing that was thrown at, by its ref. Rethrows what is a defect. */
export const failureOf = (thrown: unknown, ref: Ref, unsure = false): SyncError => {
  const error = syncErrorOf(thrown, ref, unsure)
  if (error === undefined) throw thrown
  return error
}
