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
  Fields,
  Kind,
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
import { failureOf, fileAt, snapshotOf, versionIn } from './read.js'
import type { Spot, Store } from './store.js'
import { foldersOf, isThere, spotOf, unsupported } from './store.js'

/** Effects of one call; a longer batch is refused whole. */
export const writeBatchMax = limits.decideBatchMax

/** How long an unfinished file is left alone: another process may still be writing it. */
const unfinishedForMs = 60 * 60_000

export const writeOf = (store: Store, clock: () => number): MailStore['write'] => {
  let last: Promise<unknown> = Promise.resolve()
  let isClean = false
  const write = (effects: ReadonlyArray<Effect>): Answer<ReadonlyArray<Outcome>> =>
    answering(async () => {
      const open = foldersOf(store)
      const actual = effects.length
      if (actual > writeBatchMax) return fail({ _tag: 'TooLarge', limit: writeBatchMax, actual })
      for (const { codec } of store.shelves) {
        const folder = await open(codec.kind)
        if (folder._tag === 'Left') return folder
        if (!isClean) await cleaned(folder.right, clock())
      }
      isClean = true
      const outcomes: Array<Outcome> = []
      for (const effect of effects) outcomes.push(await outcomeOf(store, open, effect))
      return ok(outcomes)
    })
  return (effects) => {
    const next = last.then(() => write(effects))
    last = next.catch(() => undefined)
    return next
  }
}

type Open = ReturnType<typeof foldersOf>

/** Removes what writers that died have left. */
const cleaned = async (folder: Folder, nowMs: number): Promise<void> => {
  const left: Array<string> = []
  await listRefs(folder, (path) => left.push(path))
  for (const path of left) {
    const stats = await lstat(path).catch(() => undefined)
    if (stats !== undefined && nowMs - stats.mtimeMs > unfinishedForMs) await unlink(path).catch(() => undefined)
  }
}

const outcomeOf = async (store: Store, open: Open, effect: Effect): Promise<Outcome> => {
  const ref = effect._tag === 'Create' ? effect.id : effect.ref
  try {
    const kind = effect._tag === 'Create' ? (effect.kind ?? store.shelves[0]?.codec.kind ?? '') : effect.type
    if (!store.shelves.some(({ codec }) => codec.kind === kind)) return failed(effect, unsupported(kind, store.shelves))
    if (effect._tag === 'Create') return await create(store, open, effect, kind)
    const spot = await spotOf(store, open, ref)
    if (spot._tag === 'Left') return failed(effect, spot.left)
    // What bears that ref is of another kind: of this kind there is none.
    if (spot.right.folder.codec.kind !== kind) return failed(effect, { _tag: 'Gone', ref })
    return effect._tag === 'Update' ? await update(store, spot.right, effect) : await remove(store, spot.right, effect)
  } catch (thrown) {
    if (thrown instanceof Unsure)
      return failed(effect, { _tag: 'Transient', message: `not synced: ${ref}`, unsure: true })
    return failed(effect, failureOf(thrown, ref))
  }
}

const failed = ({ key }: Effect, error: SyncError): Outcome => ({ _tag: 'Failed', key, error })

const create = async (store: Store, open: Open, effect: CreateEffect, kind: Kind): Promise<Outcome> => {
  const opened = await open(kind)
  if (opened._tag === 'Left') return failed(effect, opened.left)
  const folder = opened.right
  const ref = refOfNew(folder, effect.id, effect.folder)
  if (ref === undefined) return failed(effect, { _tag: 'Forbidden', side: 'mail', ref: effect.id })
  const bytes = await folder.codec.create({ ...effect, fields: written(effect.fields, effect) })
  if (bytes._tag === 'Left') return failed(effect, bytes.left)
  if (bytes.right.length > store.itemBytesMax) return failed(effect, tooLarge(store, bytes.right))
  // An id is one thing's, of whatever kind.
  const same = await spotOf(store, open, ref)
  if (same._tag === 'Right' && same.right.folder.codec.kind !== kind && (await isThere(same.right)))
    return failed(effect, { _tag: 'AlreadyExists', ref })
  const place = (await makeFolder(folder, ref)) ? await placeOf(folder, ref) : undefined
  if (place?._tag !== 'Inside') return failed(effect, { _tag: 'Forbidden', side: 'mail', ref })
  const isMade = await createFile(place.path, bytes.right)
  return isMade
    ? done(store, { folder, file: ref, within: '' }, effect, ref, place.path)
    : failed(effect, { _tag: 'AlreadyExists', ref })
}

/** What is written into a file: categories are one property of it among others. */
const written = (fields: Fields, { categories }: CreateEffect | UpdateEffect): Fields =>
  categories === undefined ? fields : { ...fields, categories }

/** How often a write that expects no version begins anew where somebody writes under its hands. */
const triesMax = 3

const repeated = async (
  effect: UpdateEffect | DeleteEffect,
  once: () => Promise<Outcome | undefined>
): Promise<Outcome> => {
  const tries = effect.expected === undefined ? triesMax : 1
  for (let left = tries; left > 0; left--) {
    const outcome = await once()
    if (outcome !== undefined) return outcome
  }
  return failed(effect, { _tag: 'VersionMismatch', ref: effect.ref })
}

const update = (store: Store, spot: Spot, effect: UpdateEffect): Promise<Outcome> =>
  repeated(effect, () => updateOnce(store, spot, effect))

/** `undefined`: the file changed between our reading and our rename, and nothing was written. */
const updateOnce = async (store: Store, spot: Spot, effect: UpdateEffect): Promise<Outcome | undefined> => {
  const { ref } = effect
  const there = await thereOf(store, spot, effect)
  if ('_tag' in there) return failed(effect, there)
  const { file, path } = there
  if (file.bytes === undefined) return failed(effect, malformed(ref, [`bytes: expected at most ${store.itemBytesMax}`]))
  const bytes = await spot.folder.codec.update(file.bytes, written(effect.set, effect), spot.within, effect.marker)
  if (bytes._tag === 'Left') return failed(effect, named(bytes.left, ref))
  if (bytes.right === file.bytes) return done(store, spot, effect, ref, path)
  if (bytes.right.length > store.itemBytesMax) return failed(effect, tooLarge(store, bytes.right))
  const isDone = await replaceFile(path, bytes.right, file.rights, () => isStill(store, path, file.version))
  return isDone ? done(store, spot, effect, ref, path) : undefined
}

/** The same moment is open between the look and the unlinking. An occurrence leaves its file, the others stay. */
const remove = (store: Store, spot: Spot, effect: DeleteEffect): Promise<Outcome> =>
  repeated(effect, async () => {
    const there = await thereOf(store, spot, effect)
    if ('_tag' in there) return failed(effect, there)
    const { file, path } = there
    const gone: Outcome = { _tag: 'Done', key: effect.key, ref: effect.ref }
    const { without } = spot.folder.codec
    if (spot.within !== '' && without !== undefined && file.bytes !== undefined) {
      const rest = await without(file.bytes, spot.within)
      if (rest._tag === 'Left') return failed(effect, named(rest.left, effect.ref))
      if (rest.right !== undefined) {
        const isDone = await replaceFile(path, rest.right, file.rights, () => isStill(store, path, file.version))
        return isDone ? gone : undefined
      }
    }
    await removeFile(path)
    return gone
  })

interface There {
  readonly path: string
  readonly file: FileRead
}

/** The file that an effect is about, of the version that it expects. */
const thereOf = async (
  store: Store,
  { folder, file: fileRef, within }: Spot,
  { ref, expected }: UpdateEffect | DeleteEffect
): Promise<There | SyncError> => {
  const place = await placeOf(folder, fileRef)
  if (place._tag === 'Refused') return { _tag: 'Forbidden', side: 'mail', ref }
  if (place._tag === 'Missing') return { _tag: 'Gone', ref }
  const file = await fileAt(store, folder, fileRef)
  if (file === 'absent')
    return (await isLink(place.path)) ? { _tag: 'Forbidden', side: 'mail', ref } : { _tag: 'Gone', ref }
  if (file === 'hidden') return { _tag: 'Forbidden', side: 'mail', ref }
  if (file === 'unstable') return { _tag: 'VersionMismatch', ref }
  const parts = file.bytes === undefined ? undefined : folder.codec.parts?.(file.bytes)
  if (parts?.every((part) => part.within !== within)) return { _tag: 'Gone', ref }
  return expected === undefined || expected === versionIn(folder, file, within)
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
const done = async (store: Store, spot: Spot, { key }: Effect, ref: Ref, path: string): Promise<Outcome> => {
  const file = await readWhole(path, store.itemBytesMax)
  if (typeof file === 'string') return { _tag: 'Done', key, ref }
  const version = versionIn(spot.folder, file, spot.within)
  const snapshot = await snapshotOf(store, spot, ref, file)
  return snapshot._tag === 'Right' && snapshot.right !== undefined
    ? { _tag: 'Done', key, ref, version, snapshot: snapshot.right }
    : { _tag: 'Done', key, ref, version }
}

/** A codec knows bytes, and not whose they are. */
const named = (error: SyncError, ref: Ref): SyncError =>
  error._tag === 'Malformed' || error._tag === 'Forbidden' || error._tag === 'Gone' ? { ...error, ref } : error

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
