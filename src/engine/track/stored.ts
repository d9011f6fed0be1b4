/**
 * The record that is made of a message: its fields on the record side (`fields.md`, C5), without its text and its files,
 * which are read when the record is written.
 */
import { stateField, statusField } from '../../mapping/index.js'
import type { Fields, InstantMs, Ref, Value } from '../../model/index.js'
import type { Entry } from './address.js'
import { addressKey } from './address.js'
import { cutText } from './cut.js'
import { dateOf, keptId, type Message, subjectLengthMax } from './message.js'

/** Lengths of the record side, in UTF-16 units (C5). */
export const lengths = {
  subject: subjectLengthMax,
  sender: 250,
  recipients: 500,
  conversationIndex: 2048,
  description: 1_048_576
}

/** What was found out about a message before it is stored. */
export interface Findings {
  /** Records behind an address, in the order of R1; of the sender at most one. */
  readonly recordsOf: (entry: Entry, role: Role) => ReadonlyArray<Ref>
  readonly regarding: Ref | undefined
  readonly correlated: { readonly ref: Ref; readonly method: number; readonly setsParent: boolean } | undefined
  readonly acceptedBy: string | undefined
  /** The mailbox that was read; of a sent message none. */
  readonly receivedIn: string | undefined
}

export type Role = 'from' | 'to' | 'cc' | 'bcc'

const timeText = (atMs: InstantMs | undefined): Fields | undefined =>
  atMs === undefined ? undefined : { at: new Date(atMs).toISOString() }

/** The record's fields, state and status among them, and by path what had to be cut. */
export const storedFields = (
  message: Message,
  findings: Findings
): { readonly fields: Fields; readonly cut: ReadonlyArray<string> } => {
  const { direction, from, to, cc, bcc } = message
  const cut: Array<string> = []
  const text = (field: string, value: string, max: number): string => {
    if (value.length > max) cut.push(field)
    return cutText(value, max)
  }
  const addresses = (field: string, entries: ReadonlyArray<Entry>): ReadonlyArray<string> => {
    const kept = fitting(entries.map(({ address }) => address))
    if (kept.length < entries.length) cut.push(field)
    return kept
  }
  const endedAt = timeText(dateOf(message))
  const startedAt = timeText(message.sentAtMs)
  const { correlated } = findings
  const inReplyTo = message.inReplyTo === undefined ? undefined : keptId(message.inReplyTo)
  const fields: { readonly [field: string]: Value | undefined } = {
    messageid: message.id,
    inreplyto: inReplyTo,
    conversationindex:
      message.conversationIndex === undefined
        ? undefined
        : text('conversationindex', message.conversationIndex, lengths.conversationIndex),
    subject: text('subject', message.subject, lengths.subject),
    sender: from === undefined ? undefined : text('sender', from.address, lengths.sender),
    torecipients: addresses('torecipients', to),
    ccrecipients: cc.map(({ address }) => address),
    bccrecipients: bcc.map(({ address }) => address),
    parties: partiesOf(message, findings),
    directioncode: direction,
    actualstart: startedAt?.['at'],
    actualend: endedAt?.['at'],
    regardingobjectid: findings.regarding,
    correlatedactivityid: correlated?.ref,
    correlationmethod: correlated?.method ?? 0,
    parentactivityid: correlated?.setsParent === true ? correlated.ref : undefined,
    acceptingentityid: findings.acceptedBy,
    receivingmailboxid: findings.receivedIn,
    [stateField]: 'completed',
    [statusField]: direction === 'incoming' ? 'received' : 'sent'
  }
  return { fields: present(fields), cut }
}

const present = (fields: { readonly [field: string]: Value | undefined }): Fields =>
  Object.fromEntries(Object.entries(fields).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]])))

/** As many addresses as the record side's text of them holds; none is cut in two. */
const fitting = (addresses: ReadonlyArray<string>): ReadonlyArray<string> => {
  let length = 0
  let count = 0
  for (const address of addresses) {
    length += address.length + (count === 0 ? 0 : 1)
    if (length > lengths.recipients) break
    count += 1
  }
  return addresses.slice(0, count)
}

/** T8, R5: every address is a party, one address of many records many parties; a list is one and is never expanded (T9). */
export const partiesOf = (
  { from, to, cc, bcc }: Pick<Message, 'to' | 'cc' | 'bcc'> & { readonly from?: Entry },
  { recordsOf }: Pick<Findings, 'recordsOf'>
): ReadonlyArray<Value> => {
  const roles: ReadonlyArray<readonly [Role, ReadonlyArray<Entry>]> = [
    ['from', from === undefined ? [] : [from]],
    ['to', to],
    ['cc', cc],
    ['bcc', bcc]
  ]
  return roles.flatMap(([role, entries]) =>
    onceEach(entries).flatMap((entry): ReadonlyArray<Value> => {
      const { address } = entry
      const records = entry.list === true ? [] : recordsOf(entry, role)
      return records.length === 0 ? [{ role, address }] : records.map((record) => ({ role, address, record }))
    })
  )
}

const onceEach = (entries: ReadonlyArray<Entry>): ReadonlyArray<Entry> => {
  const seen = new Set<string>()
  return entries.filter(({ address }) => {
    const key = addressKey(address)
    return seen.has(key) ? false : seen.add(key).size > 0
  })
}
