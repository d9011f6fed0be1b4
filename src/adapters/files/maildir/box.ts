/**
 * The messages of a Maildir, wherever they lie in it: in `new` or `cur`, of the Maildir itself or of a folder beside
 * them. A message is one file for its life; its ref is the part of the file's name that stays.
 */
import { createHash } from 'node:crypto'
import { lstat, readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Answer, Ref, Version } from '../../../model/index.js'
import { byCodeUnits, fail, limits, ok } from '../../../model/index.js'
import { errnoOf } from '../errors.js'
import type { FileRead, HeadRead, Versions } from '../file.js'
import { readWhole } from '../file.js'
import type { MessageName } from './name.js'
import { folderName, messageName } from './name.js'

/** The folder of the Maildir in the mailbox, and what the refs of its messages begin with. */
export const mailFolder = 'mail'

/** Where a message lies. */
export interface MessageAt extends MessageName {
  readonly ref: Ref
  /** Path of the directory of its folder below the Maildir, empty for the Maildir itself. */
  readonly directory: string
  readonly state: 'new' | 'cur'
  readonly name: string
}

export interface Box {
  /** Real path of the Maildir. */
  readonly root: string
  /** In code-unit order of the refs; a message that lies in two places while it is moved is one message. */
  readonly messages: ReadonlyArray<MessageAt>
}

const refOfMessage = (unique: string): Ref => `${mailFolder}/${unique}`

/** The Maildir as it is now. */
export const openBox = async (mailbox: string): Answer<Box> => {
  const real = await realpath(mailbox)
  const root = join(real, mailFolder)
  const found = await lstat(root).catch(absent)
  if (found?.isSymbolicLink()) return fail({ _tag: 'Forbidden', side: 'mail', ref: mailFolder })
  if (found?.isDirectory() !== true || (await lstat(join(root, 'cur')).catch(absent))?.isDirectory() !== true)
    return fail({ _tag: 'Transient', message: `ENOENT: ${mailFolder}/cur, a folder of the mailbox` })
  const directories = await directoriesIn(root)
  const messages = new Map<Ref, MessageAt>()
  for (const directory of directories) {
    for (const state of ['cur', 'new'] as const) {
      for (const name of await filesIn(join(root, directory, state))) {
        const parsed = messageName(name)
        const ref = parsed === undefined ? '' : refOfMessage(parsed.unique)
        if (parsed !== undefined && !messages.has(ref)) messages.set(ref, { ...parsed, ref, directory, state, name })
      }
    }
  }
  return ok({ root, messages: [...messages.values()].sort((x, y) => byCodeUnits(x.ref, y.ref)) })
}

const absent = (thrown: unknown): undefined => {
  const code = errnoOf(thrown)
  if (code !== 'ENOENT' && code !== 'ENOTDIR') throw thrown
}

/** The Maildir itself, and its folders after Maildir++: directories that begin with a dot and hold a `cur`. */
const directoriesIn = async (root: string): Promise<ReadonlyArray<string>> => {
  const entries = await readdir(root, { withFileTypes: true })
  const named = entries.filter((entry) => entry.isDirectory() && /^\.[^.]/.test(entry.name)).map(({ name }) => name)
  const folders = await Promise.all(
    named.map(async (name) => ((await stat(join(root, name, 'cur')).catch(absent))?.isDirectory() ? [name] : []))
  )
  return ['', ...folders.flat().sort(byCodeUnits)]
}

const filesIn = async (path: string): Promise<ReadonlyArray<string>> => {
  const entries = await readdir(path, { withFileTypes: true }).catch((thrown: unknown) => absent(thrown) ?? [])
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
}

const directoryOf = ({ root }: Box, { directory, state }: Pick<MessageAt, 'directory' | 'state'>): string =>
  join(root, directory, state)

export const pathOfMessage = (box: Box, message: MessageAt): string => join(directoryOf(box, message), message.name)

/** What is read of a message changes with its bytes, its flags and its folder, and with nothing else. */
export const versionOfMessage = (content: Version, { flags, directory }: MessageAt): Version =>
  createHash('sha256')
    .update([content, flags, folderName(directory)].join('\0'))
    .digest('hex')
    .slice(0, 32)

/** `undefined` where it is gone, `hidden` where it may not be read. */
export const fileOfMessage = async (
  box: Box,
  message: MessageAt,
  bytesMax: number
): Promise<FileRead | 'absent' | 'hidden' | 'unstable'> => {
  try {
    const read = await readWhole(pathOfMessage(box, message), bytesMax)
    return read === 'not-a-file' ? 'absent' : read
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return 'absent'
    if (code === 'EACCES' || code === 'EPERM') return 'hidden'
    throw thrown
  }
}

/** Behind the first empty line; `undefined` where none is in sight. */
const endOfHeaders = (bytes: Uint8Array): number | undefined => {
  let isEmpty = true
  for (const [at, byte] of bytes.entries()) {
    if (byte === 0x0a && isEmpty) return at + 1
    isEmpty = byte === 0x0a || (isEmpty && byte === 0x0d)
  }
  return undefined
}

/** The headers of a message, where its version is remembered; `undefined` where it must be read whole. */
export const headOfMessage = async (
  box: Box,
  message: MessageAt,
  versions: Versions
): Promise<HeadRead | undefined> => {
  try {
    return await versions.headOf(message.ref, pathOfMessage(box, message), endOfHeaders, limits.headersBytesMax)
  } catch (thrown) {
    // Whatever is wrong with it is said where it is read whole.
    if (errnoOf(thrown) === undefined) throw thrown
    return undefined
  }
}

/** The version of a message without reading it again where it is remembered. */
export const toldVersion = async (box: Box, message: MessageAt, versions: Versions): Promise<Version | undefined> => {
  const told = await versions.of(message.ref, pathOfMessage(box, message))
  return told && versionOfMessage(told.version, message)
}
