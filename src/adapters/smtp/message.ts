/**
 * An effect as the message that goes out: what stands in its headers and its body, to whom it is handed over, and as
 * how large it is announced. Everything that is wrong with it is found here, before a connection is opened.
 */
import { Readable } from 'node:stream'
import type { ContentPut, CreateEffect, Fields, Result, SyncError, Value } from '../../model/index.js'
import { fail, fieldOf, isEmpty, ok } from '../../model/index.js'
import type { SmtpAddress, SmtpAttachment, SmtpMail } from './library.js'
import type { Placed } from './recipients.js'
import { addressesOf } from './recipients.js'
import { inLines, isMarkup, isMessageId, onOneLine } from './text.js'

/** @public */
export interface SmtpLimits {
  /** Recipients of one message. */
  readonly addressesMax: number
  /** Bytes of one message, as it is transmitted. */
  readonly messageBytesMax: number
}

/** A message that may go out. */
export interface Outgoing {
  readonly from: string
  /** Each address once, with its first place. */
  readonly recipients: ReadonlyArray<Placed>
  /** Of all that is known of its size; it may be larger. */
  readonly bytes: number
  readonly bytesMax: number
  /** As nodemailer composes it. What reading a content throws goes to `onFailure`. */
  readonly mail: (onFailure: (thrown: unknown) => void) => SmtpMail
}

export const outgoingOf = ({ fields, contents = [] }: CreateEffect, limits: SmtpLimits): Result<Outgoing> => {
  const { from, to, cc, bcc, faults } = addressesOf(fields)
  const recipients = onlyOnce([...to, ...cc, ...bcc])
  const inline = inlineOf(fields)
  const paths = [
    ...faults,
    ...(recipients.length > limits.addressesMax ? [`to: expected at most ${limits.addressesMax} recipients`] : []),
    ...(isMessageId(textOf(fields, 'messageId')) ? [] : ['messageId: expected the id of a message in angle brackets']),
    ...(isInstant(fields) ? [] : ['sentAt: expected an instant']),
    ...inline.faults
  ]
  const [sender] = from
  if (sender === undefined || paths.length > 0) return fail({ _tag: 'Malformed', side: 'mail', paths })
  const added = contents.flatMap((content) => (content._tag === 'Add' ? [content] : []))
  const bytes = sizeOf(fields, [...inline.files.map(({ content }) => content.length), ...added.map((one) => one.bytes)])
  if (bytes > limits.messageBytesMax) return fail(tooLarge(limits.messageBytesMax, bytes))
  return ok({
    from: sender.address,
    recipients,
    bytes,
    bytesMax: limits.messageBytesMax,
    mail: (onFailure) => ({
      from: bare(sender),
      to: to.map(bare),
      cc: cc.map(bare),
      ...headersOf(fields),
      ...bodyOf(fields),
      attachments: [...inline.files, ...added.map((one) => attachmentOf(one, onFailure))],
      disableFileAccess: true,
      disableUrlAccess: true
    })
  })
}

export const tooLarge = (limit: number, actual: number): SyncError => ({ _tag: 'TooLarge', limit, actual })

const bare = ({ name, address }: Placed): SmtpAddress => ({ name, address })

const onlyOnce = (all: ReadonlyArray<Placed>): ReadonlyArray<Placed> => {
  const first = new Map<string, Placed>()
  for (const one of all) if (!first.has(one.address)) first.set(one.address, one)
  return [...first.values()]
}

const textOf = (fields: Fields, name: string): string => {
  const value = fieldOf(fields, name)
  return typeof value === 'string' ? value : ''
}

const isInstant = (fields: Fields): boolean =>
  isEmpty(fieldOf(fields, 'sentAt')) || !Number.isNaN(Date.parse(textOf(fields, 'sentAt')))

/** Ancestors that a message names at most: the conversation is known by the last of them. */
const referencesMax = 100

const headersOf = (
  fields: Fields
): Pick<SmtpMail, 'subject' | 'messageId' | 'inReplyTo' | 'references' | 'date' | 'headers'> => {
  const inReplyTo = textOf(fields, 'inReplyTo')
  const sentAt = textOf(fields, 'sentAt')
  const index = textOf(fields, 'conversationIndex')
  // An ancestor whose id is none cannot be named: it is left out, and the message still goes.
  const references = textsOf(fieldOf(fields, 'references')).filter(isMessageId).slice(-referencesMax)
  return {
    subject: onOneLine(textOf(fields, 'subject')),
    messageId: textOf(fields, 'messageId'),
    ...(isMessageId(inReplyTo) ? { inReplyTo } : {}),
    ...(references.length === 0 ? {} : { references }),
    ...(sentAt === '' ? {} : { date: new Date(sentAt) }),
    headers: {
      ...(/^[A-Za-z0-9+/]{1,4096}={0,2}$/.test(index) && { 'Thread-Index': index }),
      ...(fieldOf(fields, 'isPrivate') === true && { Sensitivity: 'Private' })
    }
  }
}

const textsOf = (value: Value | undefined): Array<string> => {
  if (typeof value === 'string') return [value]
  const entries: ReadonlyArray<Value> = Array.isArray(value) ? value : []
  return entries.filter((entry) => typeof entry === 'string')
}

const bodyOf = (fields: Fields): Pick<SmtpMail, 'text' | 'html'> => {
  const body = inLines(textOf(fields, 'body'))
  return isMarkup(body) ? { html: body } : { text: body }
}

interface Inline {
  readonly files: ReadonlyArray<SmtpAttachment & { readonly content: Buffer }>
  readonly faults: ReadonlyArray<string>
}

/** Attachments in the field itself: `{ name, content, type? }`, the content in base64. */
const inlineOf = (fields: Fields): Inline => {
  const value = fieldOf(fields, 'attachments')
  const entries: ReadonlyArray<Value> = isEmpty(value) ? [] : Array.isArray(value) ? value : [value ?? null]
  const files = entries.map(inlineFile)
  return {
    files: files.flatMap((file) => (file === undefined ? [] : [file])),
    faults: files.flatMap((file, at) =>
      file === undefined ? [`attachments.${at}: expected a name, and its content in base64`] : []
    )
  }
}

const inlineFile = (entry: Value): (SmtpAttachment & { readonly content: Buffer }) | undefined => {
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined
  const { name, content, type } = entry as { readonly [member: string]: Value }
  if (typeof name !== 'string' || typeof content !== 'string') return undefined
  const letters = content.replace(/\s+/g, '')
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(letters)) return undefined
  return { ...labelsOf(name, type), content: Buffer.from(letters, 'base64') }
}

type Added = Extract<ContentPut, { readonly _tag: 'Add' }>

const attachmentOf = ({ name, type, read }: Added, onFailure: (thrown: unknown) => void): SmtpAttachment => ({
  ...labelsOf(name, type),
  content: Readable.from(told(read, onFailure), { objectMode: false })
})

/** What a content throws is a `SyncError`, which is no `Error`: a stream wants one, so the other is told beside it. */
async function* told(read: Added['read'], onFailure: (thrown: unknown) => void): AsyncGenerator<Uint8Array> {
  try {
    yield* read()
  } catch (thrown) {
    onFailure(thrown)
    throw new Error('a content could not be read')
  }
}

const nameLengthMax = 200

/** Parts with parts of their own would have to go out as they are, whatever stands in them: they go as plain bytes. */
const labelsOf = (
  name: string | undefined,
  type: Value | undefined
): Pick<SmtpAttachment, 'filename' | 'contentType'> => {
  const filename = onOneLine(name ?? '').slice(-nameLengthMax)
  const contentType = /^[\w.+-]+\/[\w.+-]+(?=\s*(?:;|$))/.exec(typeof type === 'string' ? type : '')?.[0] ?? ''
  return {
    filename: filename === '' ? 'attachment' : filename,
    contentType: contentType === '' || /^(?:message|multipart)\//i.test(contentType) ? bytesType : contentType
  }
}

const bytesType = 'application/octet-stream'

/** At least so large: base64 makes four of three, in lines of 76. */
const sizeOf = (fields: Fields, files: ReadonlyArray<number>): number =>
  files.reduce((sum, bytes) => sum + Math.ceil(bytes / 57) * 78, Buffer.byteLength(textOf(fields, 'body')))
