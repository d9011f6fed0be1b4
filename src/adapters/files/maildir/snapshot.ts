/** A message of a Maildir as a snapshot: what its bytes say, and what its name and its place say of it. */
import type { Answer, ItemSnapshot, SyncError } from '../../../model/index.js'
import { fail, limits, ok } from '../../../model/index.js'
import type { FileRead, Versions } from '../file.js'
import type { MessageAt } from './box.js'
import { versionOfMessage } from './box.js'
import type { MimeLibrary } from './library.js'
import type { ParsedMessage } from './message.codec.js'
import { emailOf, parsedMessage } from './message.read.js'
import { deliveredAtMs, folderName } from './name.js'

/** What the parts of a Maildir share. */
export interface MailBox {
  /** The folder of the mailbox, in which the Maildir is. */
  readonly mailbox: string
  readonly library: () => Answer<MimeLibrary>
  readonly versions: Versions
}

/** `file`: all of it, or its beginning. */
export const snapshotOfMessage = async (
  of: MailBox,
  message: MessageAt,
  file: Pick<FileRead, 'version' | 'bytes' | 'changedAtMs'>
): Answer<ItemSnapshot> => {
  const parsed = await parsedFile(of, file)
  if (parsed._tag === 'Left') return parsed
  const folder = folderName(message.directory)
  const decoded = emailOf(parsed.right, { flags: message.flags, folder, deliveredAtMs: deliveredAtMs(message.unique) })
  if (decoded._tag === 'Left') return decoded
  return ok({
    ref: message.ref,
    version: versionOfMessage(file.version, message),
    kind: 'email',
    folder,
    changedAtMs: file.changedAtMs,
    ...decoded.right
  })
}

const tooLarge: SyncError = {
  _tag: 'Malformed',
  side: 'mail',
  paths: [`bytes: expected at most ${limits.messageBytesMax}`]
}

export const parsedFile = async ({ library }: MailBox, { bytes }: Pick<FileRead, 'bytes'>): Answer<ParsedMessage> => {
  if (bytes === undefined) return fail(tooLarge)
  const found = await library()
  return found._tag === 'Left' ? found : parsedMessage(found.right, bytes)
}
