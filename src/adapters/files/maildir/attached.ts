/**
 * The message that is attached to a message (`message/rfc822`): decoded by the same hands and under the same limits as its
 * carrier. Its parts are named after the carrier's ref, so that their bytes can be asked for.
 */
import type { Answer, ContentRef, ItemSnapshot } from '../../../model/index.js'
import { fail, ok } from '../../../model/index.js'
import type { FileRead } from '../file.js'
import type { MessageAt } from './box.js'
import { versionOfMessage } from './box.js'
import type { ParsedMessage } from './message.codec.js'
import { emailOf, parsedMessage } from './message.read.js'
import { folderName } from './name.js'
import type { MailBox } from './snapshot.js'
import { parsedFile } from './snapshot.js'

const partPrefix = 'forwarded/'

/** The name of a part within the attached message; `undefined` where it is the carrier's own. */
export const partOfAttached = (part: string): string | undefined =>
  part.startsWith(partPrefix) ? part.slice(partPrefix.length) : undefined

/** The first message that is attached; one that is attached to that one is its own affair. */
export const parsedAttached = async (of: MailBox, file: Pick<FileRead, 'bytes'>): Answer<ParsedMessage> => {
  const carrier = await parsedFile(of, file)
  if (carrier._tag === 'Left') return carrier
  const attached = carrier.right.attachments.find(({ mimeType }) => mimeType.toLowerCase() === 'message/rfc822')
  if (attached === undefined)
    return fail({ _tag: 'Malformed', side: 'mail', paths: ['contents: expected an attached message'] })
  const library = await of.library()
  if (library._tag === 'Left') return library
  const { content } = attached
  return parsedMessage(library.right, content instanceof Uint8Array ? content : new Uint8Array(content))
}

/** Version and folder are the carrier's, everything else the attached message's. */
export const snapshotOfAttached = async (
  of: MailBox,
  message: MessageAt,
  file: Pick<FileRead, 'version' | 'bytes' | 'changedAtMs'>
): Answer<ItemSnapshot> => {
  const parsed = await parsedAttached(of, file)
  if (parsed._tag === 'Left') return parsed
  // Flags and the time of delivery are the carrier's: of the attached message nobody knows them.
  const decoded = emailOf(parsed.right, { flags: '', folder: '', deliveredAtMs: undefined })
  if (decoded._tag === 'Left') return decoded
  const { contents, fields } = decoded.right
  return ok({
    ref: message.ref,
    version: versionOfMessage(file.version, message),
    kind: 'email',
    folder: folderName(message.directory),
    changedAtMs: file.changedAtMs,
    fields,
    ...(contents === undefined ? {} : { contents: contents.map(renamed) })
  })
}

/** A body too long for a snapshot is found by its name and not by its part. */
const renamed = (content: ContentRef): ContentRef => ({ ...content, part: `${partPrefix}${content.part}` })
