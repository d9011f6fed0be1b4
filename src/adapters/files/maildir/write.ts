/**
 * Flags and the folder of a message, which stand in the name and the place of its file. Its bytes are never written:
 * a message is what was sent. A message that is moved has its new name before it loses the old one, so that at no
 * moment it is nowhere.
 */
import { link, mkdir, rename, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Answer, Effect, Fields, Outcome, Result, SyncError, UpdateEffect } from '../../../model/index.js'
import { fail, fieldOf, isEmpty, limits, ok } from '../../../model/index.js'
import { isPathThere, syncFolder, withoutLinks } from '../atomic.js'
import { answering, errnoOf } from '../errors.js'
import type { Box, MessageAt } from './box.js'
import { fileOfMessage, openBox, pathOfMessage, versionOfMessage } from './box.js'
import { flagFields } from './message.read.js'
import { folderName, nameText, newDirectory, withFlag } from './name.js'
import type { MailBox } from './snapshot.js'
import { snapshotOfMessage } from './snapshot.js'

const failed = ({ key }: Effect, error: SyncError): Outcome => ({ _tag: 'Failed', key, error })

/** One effect on a message. */
export const writeMessage = async (of: MailBox, effect: Effect): Promise<Outcome> => {
  if (effect._tag !== 'Update') return failed(effect, unsupported(effect._tag === 'Create' ? 'made' : 'deleted'))
  const box = await answering(() => openBox(of.mailbox))
  if (box._tag === 'Left') return failed(effect, box.left)
  const outcome = await answering(() => updated(of, box.right, effect), effect.ref)
  return outcome._tag === 'Left' ? failed(effect, outcome.left) : outcome.right
}

const unsupported = (what: string): SyncError => ({
  _tag: 'Unsupported',
  what: `messages ${what} in a Maildir`,
  remedy: 'write flags and folders alone to the messages of this mailbox'
})

const updated = async (of: MailBox, box: Box, effect: UpdateEffect): Answer<Outcome> => {
  const { ref, expected } = effect
  const message = box.messages.find((one) => one.ref === ref)
  const file = message === undefined ? 'absent' : await fileOfMessage(box, message, limits.messageBytesMax)
  if (message === undefined || file === 'absent') return fail({ _tag: 'Gone', ref })
  if (file === 'hidden') return fail({ _tag: 'Forbidden', side: 'mail', ref })
  if (file === 'unstable') return fail({ _tag: 'VersionMismatch', ref })
  if (expected !== undefined && expected !== versionOfMessage(file.version, message))
    return fail({ _tag: 'VersionMismatch', ref })
  if (effect.categories !== undefined) return fail(unsupported('given categories'))
  const target = targetOf(box, message, effect.set)
  if (target._tag === 'Left') return target
  const moved = await moveTo(box, message, target.right)
  if (moved._tag === 'Left') return moved
  const snapshot = await snapshotOfMessage(of, target.right, file)
  return ok({
    _tag: 'Done',
    key: effect.key,
    ref,
    version: versionOfMessage(file.version, target.right),
    ...(snapshot._tag === 'Right' && { snapshot: snapshot.right })
  })
}

/** Where the message lies with these fields. A field that stands in its bytes cannot be set. */
const targetOf = (box: Box, message: MessageAt, set: Fields): Result<MessageAt> => {
  const other = Object.keys(set).find((field) => field !== 'folder' && !Object.hasOwn(flagFields, field))
  if (other !== undefined) return fail(unsupported('changed'))
  const flags = Object.entries(flagFields).reduce(
    (now, [field, flag]) => (Object.hasOwn(set, field) ? withFlag(now, flag, fieldOf(set, field) === true) : now),
    message.flags
  )
  const folder = fieldOf(set, 'folder')
  const directory = isEmpty(folder) ? message.directory : directoryNamed(box, message, folder)
  if (directory === undefined)
    return fail({ _tag: 'Malformed', side: 'mail', ref: message.ref, paths: ['folder: expected the name of a folder'] })
  // Flags stand in names below `cur` alone; a message that has none stays as new as it was.
  const state = flags === message.flags ? message.state : 'cur'
  const name = flags === message.flags ? message.name : nameText({ unique: message.unique, flags })
  return ok({ ...message, flags, directory, state, name })
}

const directoryNamed = ({ messages }: Box, message: MessageAt, folder: unknown): string | undefined => {
  if (typeof folder !== 'string') return undefined
  const all = [message, ...messages].map(({ directory }) => directory)
  return all.find((directory) => folderName(directory) === folder) ?? newDirectory(folder)
}

const moveTo = async (box: Box, from: MessageAt, to: MessageAt): Answer<void> => {
  const [old, target] = [pathOfMessage(box, from), pathOfMessage(box, to)]
  if (old === target) return ok(undefined)
  if (to.directory !== '') await makeFolder(join(box.root, to.directory))
  try {
    await link(old, target)
  } catch (thrown) {
    const code = errnoOf(thrown)
    if (code === 'EEXIST') return fail({ _tag: 'VersionMismatch', ref: from.ref })
    if (code === undefined || !withoutLinks.has(code)) throw thrown
    if (await isPathThere(target)) return fail({ _tag: 'VersionMismatch', ref: from.ref })
    await rename(old, target)
  }
  await unlink(old).catch((thrown: unknown) => {
    // Whoever renamed it meanwhile has left the message where he put it, and there it is found.
    if (errnoOf(thrown) !== 'ENOENT') throw thrown
  })
  await syncFolder(target)
  await syncFolder(old)
  return ok(undefined)
}

/** A folder after Maildir++, with the file that says that it is one. */
const makeFolder = async (path: string): Promise<void> => {
  for (const state of ['tmp', 'new', 'cur']) await mkdir(join(path, state), { recursive: true })
  await writeFile(join(path, 'maildirfolder'), '', { flag: 'a' })
}
