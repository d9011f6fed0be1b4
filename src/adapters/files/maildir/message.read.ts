/**
 * A message as fields. What a header holds beside what a field says stands in `headers`. Attachments, and a body too
 * long for a snapshot, are contents; nothing that a message only names is fetched.
 */
import type { Answer, ContentRef, Fields, Result, Value } from '../../../model/index.js'
import { fail, isEmpty, limits, ok } from '../../../model/index.js'
import { instantText } from '../ical/moment.js'
import { longestText } from '../lines/plain.js'
import type { Decoded } from '../kind.js'
import { instantOfHeader } from './date.js'
import type { MimeLibrary } from './library.js'
import type { ParsedAddress, ParsedMessage } from './message.codec.js'
import { messageOf } from './message.codec.js'

/** Part of a body too long for a snapshot. */
const bodyPart = 'body'

const malformed = (path: string): Result<never> => fail({ _tag: 'Malformed', side: 'mail', paths: [path] })

/** `Malformed` where it has no headers, or more of anything than a message may have. */
export const parsedMessage = async (library: MimeLibrary, bytes: Uint8Array): Answer<ParsedMessage> => {
  const message = messageOf(await attempt(library, bytes))
  if (message === undefined)
    return malformed(
      `message: expected at most ${limits.headersBytesMax} bytes of headers, parts at most ${limits.partDepthMax} deep`
    )
  if (message.headers.length === 0) return malformed('message: expected headers')
  if (message.headers.length > limits.headersMax)
    return malformed(`message: expected at most ${limits.headersMax} headers`)
  const people = [message.to, message.cc, message.bcc].reduce((sum, list) => sum + flat(list).length, 0)
  return people > limits.addressesMax
    ? malformed(`message: expected at most ${limits.addressesMax} addresses`)
    : ok(message)
}

/** postal-mime throws at what is past its limits; the message of that may hold some of the mail. */
const attempt = async (library: MimeLibrary, bytes: Uint8Array): Promise<unknown> => {
  try {
    return await library.parse(bytes, {
      attachmentEncoding: 'arraybuffer',
      // A message in a message has a body of its own, which is not this one's.
      forceRfc822Attachments: true,
      maxNestingDepth: limits.partDepthMax,
      maxHeadersSize: limits.headersBytesMax
    })
  } catch {
    return undefined
  }
}

/** What the place of a message says of it. */
export interface MessagePlace {
  readonly flags: string
  readonly folder: string
  readonly deliveredAtMs: number | undefined
}

/** Flags that are fields, by the letter in the name of the file. */
export const flagFields: { readonly [field: string]: string } = {
  isDraft: 'D',
  isRead: 'S',
  isAnswered: 'R',
  isFlagged: 'F'
}

export const emailOf = (message: ParsedMessage, place: MessagePlace): Result<Decoded> => {
  const { body, ...fields } = fieldsOf(message, place)
  const tooLong = Object.entries({ ...fields, body: body ?? null }).find(
    ([name, value]) => name !== 'body' && longestText(value) > limits.fieldLengthMax
  )
  if (tooLong !== undefined) return malformed(`${tooLong[0]}: expected at most ${limits.fieldLengthMax} characters`)
  const isContent = typeof body === 'string' && Buffer.byteLength(body) > limits.inlineBytesMax
  const contents = [...message.attachments.map(refOfAttachment), ...(isContent ? [bodyContent(message, body)] : [])]
  return ok({
    fields: isContent || body === undefined ? fields : { ...fields, body },
    ...(contents.length > 0 && { contents })
  })
}

const fieldsOf = (message: ParsedMessage, { flags, folder, deliveredAtMs }: MessagePlace): Fields => {
  const header = (name: string): string => message.headers.find(({ key }) => key === name)?.value.trim() ?? ''
  const sentAtMs = instantOfHeader(header('date'))
  const receivedAtMs = instantOfHeader(header('received').split(';').at(-1) ?? '') ?? deliveredAtMs
  const fields: Fields = {
    messageId: idsIn(header('message-id'))[0] ?? header('message-id'),
    inReplyTo: idsIn(header('in-reply-to'))[0] ?? '',
    references: idsIn(header('references')),
    conversationIndex: header('thread-index').replace(/\s+/g, ''),
    subject: message.subject ?? '',
    from: flat([message.from ?? message.sender ?? { name: '' }])[0]?.address ?? '',
    to: entries(message.to),
    cc: entries(message.cc),
    bcc: entries(message.bcc),
    sentAt: sentAtMs === undefined ? '' : instantText(sentAtMs),
    receivedAt: receivedAtMs === undefined ? '' : instantText(receivedAtMs),
    body: bodyOf(message),
    isPrivate: /^private$/i.test(header('sensitivity')) || null,
    headers: headersOf(message),
    ...Object.fromEntries(Object.entries(flagFields).map(([field, flag]) => [field, flags.includes(flag) || null])),
    ...(folder === 'drafts' && { isDraft: true })
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
}

const idsMax = 1000

const idsIn = (text: string): ReadonlyArray<string> => (text.match(/<[^<>\s]+>/g) ?? []).slice(-idsMax)

/** Each header by its name in lower case, a list where it stands more than once. */
const headersOf = ({ headers }: ParsedMessage): Value => {
  const values = new Map<string, ReadonlyArray<string>>()
  for (const { key, value } of headers) values.set(key, [...(values.get(key) ?? []), value.trim()])
  return Object.fromEntries(
    [...values].map(([name, all]): readonly [string, Value] => [name, all.length === 1 ? (all[0] ?? '') : all])
  )
}

/** Members of a group are recipients like any other. */
const flat = (
  list: ReadonlyArray<ParsedAddress> | undefined
): ReadonlyArray<{ readonly name: string; readonly address: string }> =>
  (list ?? [])
    .flatMap(({ group, ...one }) => (group === undefined ? [one] : group))
    .flatMap(({ name, address }) => (address ? [{ name, address }] : []))

const entries = (list: ReadonlyArray<ParsedAddress> | undefined): ReadonlyArray<Value> =>
  flat(list).map(({ name, address }) => (name === '' || name === address ? address : { address, name }))

const bodyOf = ({ html, text }: ParsedMessage): string => html || text || ''

const bodyContent = ({ html }: ParsedMessage, body: string): ContentRef => ({
  part: bodyPart,
  type: `text/${html ? 'html' : 'plain'}; charset=utf-8`,
  bytes: Buffer.byteLength(body)
})

const refOfAttachment = (attachment: ParsedMessage['attachments'][number], index: number): ContentRef => ({
  part: `attachment-${index + 1}`,
  ...(attachment.filename ? { name: attachment.filename } : {}),
  type: attachment.mimeType || 'application/octet-stream',
  bytes: attachment.content.byteLength
})

/** The bytes of a part; `undefined` where there is no such one. */
export const contentOfMessage = (message: ParsedMessage, part: string): Uint8Array | undefined => {
  const body = bodyOf(message)
  if (part === bodyPart)
    return Buffer.byteLength(body) > limits.inlineBytesMax ? new TextEncoder().encode(body) : undefined
  const content = message.attachments.find((_, index) => part === `attachment-${index + 1}`)?.content
  return content === undefined || content instanceof Uint8Array ? content : new Uint8Array(content)
}
