/**
 * A message as the rules of tracking see it: its head alone. Text, attachments and other headers are no part of it, so
 * that nothing which is decided before acceptance can rest on them, or let them out (A17).
 */
import type { Fields, InstantMs, ItemSnapshot, Ref, Value } from '../../model/index.js'
import { conversationKey, digestOf, fieldOf, instantFromIso, limits, messageKey } from '../../model/index.js'
import { recordIdentity } from '../claims.js'
import { addressKey, entriesOf, type Entry, entryOf } from './address.js'
import type { Conversation, MessageDirection } from './correlate.js'
import { cutText } from './cut.js'

/** Fields of a message that are read before it is accepted. */
const headFields: ReadonlyArray<string> = [
  ...['messageId', 'inReplyTo', 'references', 'conversationIndex', 'subject', 'from', 'to', 'cc', 'bcc'],
  ...['sentAt', 'receivedAt', 'isDraft', 'isPrivate']
]

/** The item without what is read only of accepted messages; an item of another kind as it is. */
export const asJudged = (item: ItemSnapshot): ItemSnapshot => {
  if (item.kind !== 'email') return item
  const { contents: _contents, fields, ...rest } = item
  const entries = headFields.flatMap((field): ReadonlyArray<readonly [string, Value]> => {
    const value = fieldOf(fields, field)
    return value === undefined ? [] : [[field, value]]
  })
  return { ...rest, fields: Object.fromEntries(entries) }
}

/** One message by its head. @public */
export interface Message {
  readonly item: Ref
  readonly folder: string
  readonly categories: ReadonlyArray<string>
  readonly direction: MessageDirection
  /** As it came, trimmed (D5); one that is too long is kept as its digest (C5). */
  readonly id?: string
  /** By which it is compared; absent where it has no Message-ID. */
  readonly key?: string
  readonly from?: Entry
  readonly to: ReadonlyArray<Entry>
  readonly cc: ReadonlyArray<Entry>
  readonly bcc: ReadonlyArray<Entry>
  readonly subject: string
  readonly inReplyTo?: string
  /** Oldest first, as they stand in the header. */
  readonly references: ReadonlyArray<string>
  readonly conversationIndex?: string
  readonly sentAtMs?: InstantMs
  readonly receivedAtMs?: InstantMs
  /** Last change of the item, a move included (A9). */
  readonly changedAtMs?: InstantMs
  readonly isDraft: boolean
  readonly isPrivate: boolean
}

/** Longest Message-ID of the record side, in UTF-16 units (C5). */
const idLengthMax = 320

/** What the record keeps of a Message-ID: as it came, trimmed; too long, a digest of it. @public */
export const keptId = (id: string): string | undefined => {
  const trimmed = id.trim()
  if (trimmed === '') return undefined
  return trimmed.length <= idLengthMax ? trimmed : `<${digestOf(messageKey(trimmed) ?? '')}@too.long>`
}

/** The key by which Message-IDs are compared, after what the record keeps of them. */
const keyOf = (id: string): string | undefined => {
  const kept = keptId(id)
  return kept === undefined ? undefined : messageKey(kept)
}

const textIn = (fields: Fields, field: string): string => {
  const value = fieldOf(fields, field)
  return typeof value === 'string' ? value : ''
}

const instantIn = (fields: Fields, field: string): InstantMs | undefined => instantFromIso(textIn(fields, field))

/** Ids of a header that names several, in a list or in one text. */
const idsIn = (value: Value | undefined): ReadonlyArray<string> => {
  const texts: ReadonlyArray<Value | undefined> = Array.isArray(value) ? value : [value]
  return texts.flatMap((text) => (typeof text === 'string' ? (text.match(/<[^<>]*>|[^\s<>]+/g) ?? []) : []))
}

/** What is wrong with the head of a message, by path; none: it may be judged. */
export const messageFaults = ({ fields }: ItemSnapshot): ReadonlyArray<string> => {
  const counts = ['to', 'cc', 'bcc'].map((field) => {
    const value = fieldOf(fields, field)
    return { field, count: Array.isArray(value) ? value.length : 0 }
  })
  const all = counts.reduce((sum, { count }) => sum + count, 0)
  const most = [...counts].sort((x, y) => y.count - x.count)[0]
  return all <= limits.addressesMax || most === undefined
    ? []
    : [`mail.fields.${most.field}: expected at most ${limits.addressesMax} addresses`]
}

/** W5: outgoing in the sent items, and elsewhere than in the root inbox where the mailbox itself has sent it. */
const directionOf = (folder: string, from: Entry | undefined, own: string): MessageDirection => {
  if (folder === 'sent') return 'outgoing'
  const isOwn = from !== undefined && addressKey(from.address) === addressKey(own)
  return folder !== 'inbox' && isOwn ? 'outgoing' : 'incoming'
}

/** `own`: the mailbox's own address. */
export const messageOf = (item: ItemSnapshot, own: string): Message => {
  const { fields } = item
  const from = entryOf(fieldOf(fields, 'from'))
  const folder = item.folder ?? 'inbox'
  const id = keptId(textIn(fields, 'messageId'))
  const key = id === undefined ? undefined : messageKey(id)
  const inReplyTo = idsIn(fieldOf(fields, 'inReplyTo'))[0]
  const conversationIndex = textIn(fields, 'conversationIndex').trim()
  const sentAtMs = instantIn(fields, 'sentAt')
  const receivedAtMs = instantIn(fields, 'receivedAt')
  return {
    item: item.ref,
    folder,
    categories: item.categories ?? [],
    direction: directionOf(folder, from, own),
    ...(id === undefined || key === undefined ? {} : { id, key }),
    ...(from === undefined ? {} : { from }),
    to: entriesOf(fieldOf(fields, 'to')),
    cc: entriesOf(fieldOf(fields, 'cc')),
    bcc: entriesOf(fieldOf(fields, 'bcc')),
    subject: textIn(fields, 'subject'),
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    references: idsIn(fieldOf(fields, 'references')),
    ...(conversationIndex === '' ? {} : { conversationIndex }),
    ...(sentAtMs === undefined ? {} : { sentAtMs }),
    ...(receivedAtMs === undefined ? {} : { receivedAtMs }),
    ...(item.changedAtMs === undefined ? {} : { changedAtMs: item.changedAtMs }),
    isDraft: fieldOf(fields, 'isDraft') === true,
    isPrivate: fieldOf(fields, 'isPrivate') === true
  }
}

/** When it came, or went: what it is ordered by, and how new a stored message is (C7). */
export const dateOf = ({ direction, sentAtMs, receivedAtMs }: Message): InstantMs | undefined =>
  direction === 'incoming' ? (receivedAtMs ?? sentAtMs) : (sentAtMs ?? receivedAtMs)

/** All addresses, in the order of a pane: from, to, cc, bcc. */
export const entriesOfMessage = ({ from, to, cc, bcc }: Message): ReadonlyArray<Entry> => [
  ...(from === undefined ? [] : [from]),
  ...to,
  ...cc,
  ...bcc
]

/** Distinct addresses as keys, lists among them. */
const keysOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => [
  ...new Set(entries.map(({ address }) => addressKey(address)))
]

/** Distinct addresses that are no lists, as keys. */
export const addressesIn = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => [
  ...new Set(entries.flatMap(({ address, list }) => (list === true ? [] : [addressKey(address)])))
]

/**
 * D1: one record for a Message-ID and a direction. D5: without one a digest of what it says of itself, marked weak; two
 * messages that say the same are one. One that says nothing is a copy of nothing: it stands for itself (14).
 */
export const messageIdentity = (message: Message, mailbox: string): string => {
  if (message.key !== undefined) return `email ${message.direction} ${message.key}`
  const said = saidOf(message)
  return said === undefined
    ? recordIdentity(mailbox, message.item)
    : `email ${message.direction} weak ${digestOf(said)}`
}

const saidOf = ({ from, to, subject, sentAtMs, receivedAtMs }: Message): ReadonlyArray<Value> | undefined => {
  const senders = keysOf(from === undefined ? [] : [from])
  const recipients = keysOf(to)
  const atMs = sentAtMs ?? receivedAtMs ?? null
  const isSilent = senders.length + recipients.length === 0 && subject.trim() === '' && atMs === null
  return isSilent ? undefined : [senders, atMs, subject, recipients]
}

/** What its head says of the conversation that it belongs to. */
export const conversationOf = (message: Message, tokens: ReadonlyArray<string>): Conversation => {
  const inReplyTo = message.inReplyTo === undefined ? undefined : keyOf(message.inReplyTo)
  const conversation = message.conversationIndex === undefined ? undefined : conversationKey(message.conversationIndex)
  const atMs = dateOf(message)
  return {
    ...(message.key === undefined ? {} : { key: message.key }),
    direction: message.direction,
    ...(inReplyTo === undefined ? {} : { inReplyTo }),
    references: message.references.slice(-referencesMax).flatMap((id) => keyOf(id) ?? []),
    tokens,
    ...(conversation === undefined ? {} : { conversation }),
    subject: cutText(message.subject, subjectLengthMax),
    addresses: keysOf(entriesOfMessage(message)),
    ...(atMs === undefined ? {} : { atMs })
  }
}

/** What a record keeps of a subject (C5): more of it is not compared. */
export const subjectLengthMax = 800

/** Newest references that are looked up. */
const referencesMax = 50
