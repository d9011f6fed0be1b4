/**
 * Writes that are there whole or not at all: a file of its own beside the target, synced, then put in its place by
 * one call of the file system, then the folder synced. What a crash leaves is hidden, ignored and cleaned.
 */
import type { FileHandle } from 'node:fs/promises'
import { link, lstat, mkdir, open, rename, stat, unlink } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { errnoOf } from './errors.js'
import type { Ref } from '../../model/index.js'
import type { Rights } from './file.js'
import type { Folder } from './folder.js'
import { namesOf, temporaryBeside } from './folder.js'

/** Carried out between the unfinished file and its rename; where it answers false nothing is replaced. */
export type LastLook = () => Promise<boolean>

/** What was thrown once the file may be in its place: whether it happened is not known. */
export class Unsure extends Error {
  override readonly name = 'Unsure'
}

/** Replaces the file. False where the last look forbade it. */
export const replaceFile = async (
  path: string,
  bytes: Uint8Array,
  rights: Rights,
  mayReplace: LastLook
): Promise<boolean> =>
  withTemporary(path, bytes, rights, async (temporary) => {
    if (!(await mayReplace())) return false
    await rename(temporary, path)
    await syncFolder(path)
    return true
  })

/** Makes the file. False where one of that name is there: it is never overwritten. */
export const createFile = async (path: string, bytes: Uint8Array): Promise<boolean> =>
  withTemporary(path, bytes, undefined, async (temporary) => {
    try {
      // A second name for the same file: the one call that takes a name only where it is free.
      await link(temporary, path)
    } catch (thrown) {
      const code = errnoOf(thrown)
      if (code === 'EEXIST') return false
      if (code === undefined || !withoutLinks.has(code)) throw thrown
      // FAT and some network folders have no second names: there the look and the rename are two calls.
      if (await isPathThere(path)) return false
      await rename(temporary, path)
    }
    await syncFolder(path)
    return true
  })

/** Makes the folders of a ref one by one, so that none is made behind a link. False where something else is in the way. */
export const makeFolder = async (folder: Folder, ref: Ref): Promise<boolean> => {
  let path = folder.root
  for (const name of namesOf(folder, ref).slice(0, -1)) {
    path = join(path, name)
    const made = await mkdir(path).then(() => true, alreadyThere)
    if (made) await syncFolder(path)
    else if (!(await lstat(path)).isDirectory()) return false
  }
  return true
}

const alreadyThere = (thrown: unknown): boolean => {
  if (errnoOf(thrown) !== 'EEXIST') throw thrown
  return false
}

export const removeFile = async (path: string): Promise<void> => {
  await unlink(path)
  await syncFolder(path)
}

export const withoutLinks: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

export const isPathThere = async (path: string): Promise<boolean> => {
  try {
    await stat(path)
    return true
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return false
    throw thrown
  }
}

const withTemporary = async (
  path: string,
  bytes: Uint8Array,
  rights: Rights | undefined,
  place: (temporary: string) => Promise<boolean>
): Promise<boolean> => {
  const temporary = temporaryBeside(path, randomUUID())
  try {
    await writeSynced(temporary, bytes, rights)
    return await place(temporary)
  } finally {
    // After a rename there is nothing left to remove; what cannot be removed now is cleaned later.
    await unlink(temporary).catch(() => undefined)
  }
}

/** A new file has the rights that the process gives; none is open wider than it will be, not for a moment. */
const writeSynced = async (path: string, bytes: Uint8Array, rights: Rights | undefined): Promise<void> => {
  const handle = await open(path, 'wx', rights === undefined ? 0o666 : 0o600)
  try {
    await handle.writeFile(bytes)
    if (rights !== undefined) await giveRights(handle, rights)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Only an administrator can give a file away: where that is refused, the file is the writer's, and nothing is lost. */
const giveRights = async (handle: FileHandle, { mode, uid, gid }: Rights): Promise<void> => {
  const own = await handle.stat()
  if (own.uid !== uid || own.gid !== gid) {
    await handle.chown(uid, gid).catch((thrown: unknown) => {
      if (errnoOf(thrown) === undefined) throw thrown
    })
  }
  await handle.chmod(mode)
}

/** The folder keeps the new name only once it is synced itself. Windows cannot, and syncs names on its own. */
export const syncFolder = async (path: string): Promise<void> => {
  try {
    const folder = await open(dirname(path), 'r')
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'EISDIR' || code === 'EPERM' || code === 'EACCES' || code === 'EINVAL' || code === 'ENOTSUP') return
    throw new Unsure('the folder could not be synced', { cause: thrown })
  }
}
