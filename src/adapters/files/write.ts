/**
 * Effects carried out, one after the other, each by a write that is there whole or not at all. The version is looked
 * at last thing before the rename. What remains open is the moment between that look and the rename: what another
 * process writes in it is lost, as no file system offers "rename if unchanged". Writers in this process wait for each other.
 */
import { unlink, lstat } from 'node:fs/promises'
import type {
  Answer,
  CreateEffect,
  DeleteEffect,
  Effect,
  Outcome,
  Ref,
  SyncError,
  UpdateEffect,
  Version
} from '../../model/index.js'
import { fail, limits, ok } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import { createFile, makeFolder, removeFile, replaceFile, Unsure } from './atomic.js'
import { answering } from './errors.js'
import type { FileRead } from './file.js'
import { readWhole } from './file.js'
import type { Folder } from './folder.js'
import { listRefs, placeOf, refOfNew } from './folder.js'
import { failureOf, fileAt, snapshotOf } from './read.js'
import type { Store } from './store.js'
import { folderOfKind, unsupported } from './store.js'

/** Effects of one call; a longer batch is refused whole. */
export const writeBatchMax = limits.decideBatchMax

/** How long an unfinished file is left alone: another process may still be writing it. */
const unfinishedForMs = 60 * 60_000

export const writeOf = (store: Store, clock: () => number): MailStore['write'] => {
  let last: Promise<unknown> = Promise.resolve()
  let isClean = false
  const write = (effects: ReadonlyArray<Effect>): Answer<ReadonlyArray<Outcome>> =>
    answering(async () => {
      const folder = await folderOfKind(store, store.codec.kind)
      if (folder._tag === 'Left') return folder
      const actual = effects.length
      if (actual > writeBatchMax) return fail({ _tag: 'TooLarge', limit: writeBatchMax, actual })
      if (!isClean) await cleaned(folder.right, clock())
      isClean = true
      const outcomes: Array<Outcome> = []
      for (const effect of effects) outcomes.push(await outcomeOf(store, folder.right, effect))
      return ok(outcomes)
    })
  return (effects) => {
    const next = last.then(() => write(effects))
    last = next.catch(() => undefined)
    return next
  }
}

/** Removes what writers that died have left. */
const cleaned = async (folder: Folder, nowMs: number): Promise<void> => {
  const left: Array<string> = []
  await listRefs(folder, (path) => left.push(path))
  for (const path of left) {
    const stats = await lstat(path).catch(() => undefined)
    if (stats !== undefined && nowMs - stats.mtimeMs > unfinishedForMs) await unlink(path).catch(() => undefined)
  }
}

const outcomeOf = async (store: Store, folder: Folder, effect: Effect): Promise<Outcome> => {
  const ref = effect._tag === 'Create' ? effect.id : effect.ref
  try {
    const kind = effect._tag === 'Create' ? (effect.kind ?? store.codec.kind) : effect.type
    if (kind !== store.codec.kind) return failed(effect, unsupported(kind, store.codec.kind))
    switch (effect._tag) {
      case 'Create':
        return await create(store, folder, effect)
      case 'Update':
        return await update(store, folder, effect)
      case 'Delete':
        return await remove(store, folder, effect)
    }
  } catch (thrown) {
    if (thrown instanceof Unsure)
      return failed(effect, { _tag: 'Transient', message: `not synced: ${ref}`, unsure: true })
    return failed(effect, failureOf(thrown, ref))
  }
}

const failed = ({ key }: Effect, error: SyncError): Outcome => ({ _tag: 'Failed', key, error })

const create = async (store: Store, folder: Folder, effect: CreateEffect): Promise<Outcome> => {
  const ref = refOfNew(folder, effect.id, effect.folder)
  if (ref === undefined) return failed(effect, { _tag: 'Forbidden', side: 'mail', ref: effect.id })
  const bytes = await store.codec.create(effect)
  if (bytes._tag === 'Left') return failed(effect, bytes.left)
  if (bytes.right.length > store.itemBytesMax) return failed(effect, tooLarge(store, bytes.right))
  const place = (await makeFolder(folder, ref)) ? await placeOf(folder, ref) : undefined
  if (place?._tag !== 'Inside') return failed(effect, { _tag: 'Forbidden', side: 'mail', ref })
  const isMade = await createFile(place.path, bytes.right)
  return isMade ? done(store, folder, effect, ref, place.path) : failed(effect, { _tag: 'AlreadyExists', ref })
}

/** How often an update that expects no version begins anew where somebody writes under its hands. */
const triesMax = 3

const update = async (store: Store, folder: Folder, effect: UpdateEffect): Promise<Outcome> => {
  const tries = effect.expected === undefined ? triesMax : 1
  for (let left = tries; left > 0; left--) {
    const outcome = await updateOnce(store, folder, effect)
    if (outcome !== undefined) return outcome
  }
  return failed(effect, { _tag: 'VersionMismatch', ref: effect.ref })
}

/** `undefined`: the file changed between our reading and our rename, and nothing was written. */
const updateOnce = async (store: Store, folder: Folder, effect: UpdateEffect): Promise<Outcome | undefined> => {
  const { ref } = effect
  const there = await thereOf(store, folder, effect)
  if ('_tag' in there) return failed(effect, there)
  const { file, path } = there
  if (file.bytes === undefined) return failed(effect, malformed(ref, [`bytes: expected at most ${store.itemBytesMax}`]))
  const bytes = await store.codec.update(file.bytes, effect.set)
  if (bytes._tag === 'Left') return failed(effect, named(bytes.left, ref))
  if (bytes.right === file.bytes) return done(store, folder, effect, ref, path)
  if (bytes.right.length > store.itemBytesMax) return failed(effect, tooLarge(store, bytes.right))
  const isDone = await replaceFile(path, bytes.right, file.rights, () => isStill(store, path, file.version))
  return isDone ? done(store, folder, effect, ref, path) : undefined
}

/** The same moment is open between the look and the unlinking. */
const remove = async (store: Store, folder: Folder, effect: DeleteEffect): Promise<Outcome> => {
  const there = await thereOf(store, folder, effect)
  if ('_tag' in there) return failed(effect, there)
  await removeFile(there.path)
  return { _tag: 'Done', key: effect.key, ref: effect.ref }
}

interface There {
  readonly path: string
  readonly file: FileRead
}

/** The file that an effect is about, of the version that it expects. */
const thereOf = async (
  store: Store,
  folder: Folder,
  { ref, expected }: UpdateEffect | DeleteEffect
): Promise<There | SyncError> => {
  const place = await placeOf(folder, ref)
  if (place._tag === 'Refused') return { _tag: 'Forbidden', side: 'mail', ref }
  if (place._tag === 'Missing') return { _tag: 'Gone', ref }
  const file = await fileAt(store, folder, ref)
  if (file === 'absent')
    return (await isLink(place.path)) ? { _tag: 'Forbidden', side: 'mail', ref } : { _tag: 'Gone', ref }
  if (file === 'hidden') return { _tag: 'Forbidden', side: 'mail', ref }
  if (file === 'unstable') return { _tag: 'VersionMismatch', ref }
  return expected === undefined || expected === file.version
    ? { path: place.path, file }
    : { _tag: 'VersionMismatch', ref }
}

const isLink = async (path: string): Promise<boolean> =>
  (await lstat(path).catch(() => undefined))?.isSymbolicLink() === true

const isStill = async (store: Store, path: string, version: Version): Promise<boolean> => {
  const now = await readWhole(path, store.itemBytesMax)
  return typeof now !== 'string' && now.version === version
}

/** The item as it stands after the write, read from the disk: that is what the next cycle will see. */
const done = async (store: Store, folder: Folder, { key }: Effect, ref: Ref, path: string): Promise<Outcome> => {
  const file = await readWhole(path, store.itemBytesMax)
  if (typeof file === 'string') return { _tag: 'Done', key, ref }
  const snapshot = await snapshotOf(store, folder, ref, file)
  return snapshot._tag === 'Right'
    ? { _tag: 'Done', key, ref, version: file.version, snapshot: snapshot.right }
    : { _tag: 'Done', key, ref, version: file.version }
}

/** A codec knows bytes, and not whose they are. */
const named = (error: SyncError, ref: Ref): SyncError =>
  error._tag === 'Malformed' || error._tag === 'Forbidden' ? { ...error, ref } : error

const malformed = (ref: Ref, paths: ReadonlyArray<string>): SyncError => ({
  _tag: 'Malformed',
  side: 'mail',
  ref,
  paths
})

const tooLarge = (store: Store, bytes: Uint8Array): SyncError => ({
  _tag: 'TooLarge',
  limit: store.itemBytesMax,
  actual: bytes.length
})
