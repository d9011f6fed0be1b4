/**
 * A request to send (5.1, O1 to O7): whether a record asks for it, and under which Message-ID it goes out. The id derives
 * from the record and the number of the request, so that a message whose answer was lost is known by it.
 */
import type { RecordSnapshot, Ref } from '../../model/index.js'
import { instantFromIso, uuidOf } from '../../model/index.js'
import { domainOf } from '../track/address.js'

/** What a record of a message asks for. `sending`: a cycle was at it, and nobody heard what came of it. */
export type SendRequest = 'pendingSend' | 'sending'

/** Only a record that is completed and pending is to be sent (O1): what is written, sent or canceled is not. */
export const sendRequestOf = ({ state, status }: Pick<RecordSnapshot, 'state' | 'status'>): SendRequest | undefined =>
  state === 'completed' && (status === 'pendingSend' || status === 'sending') ? status : undefined

/** Whom a message is sent by: the address, or the id of a user, that its record names; else its owner. */
export const senderOf = ({ fields, owner }: RecordSnapshot): string => {
  const { sender } = fields
  return typeof sender === 'string' && sender.trim() !== '' ? sender.trim() : (owner ?? '')
}

const ownId = /^<[0-9a-f-]{36}\.(\d{1,9})@/

/** O7. */
const messageIdOf = (tenant: string, record: Ref, number: number, domain: string): string =>
  `<${uuidOf('message', tenant, record, number)}.${number}@${domain}>`

/** Whether an id looks like one of ours; whose it is, its record says. */
export const isOwnId = (id: string | undefined): boolean => id !== undefined && ownId.test(id)

/** The number of the request under whose id a record went out; 0: its id is none of ours. */
const numberOf = (
  record: RecordSnapshot,
  { tenant, address }: { readonly tenant: string; readonly address: string }
): number => {
  const standing = record.fields['messageid']
  const number = typeof standing === 'string' ? Number(ownId.exec(standing)?.[1] ?? 0) : 0
  return number > 0 && standing === messageIdOf(tenant, record.ref, number, domainFor(address)) ? number : 0
}

const domainFor = (address: string): string => domainOf(address) ?? 'localhost'

/** Whether the engine has sent the record's message for this mailbox. */
export const isOwnSent = (
  record: RecordSnapshot,
  given: { readonly tenant: string; readonly address: string }
): boolean => record.state === 'completed' && record.status === 'sent' && numberOf(record, given) > 0

/**
 * The Message-ID of this request. One that is tried again keeps it; a record that is asked for anew, after it had
 * failed for good, gets another.
 */
export const messageIdFor = (
  record: RecordSnapshot,
  given: { readonly tenant: string; readonly address: string; readonly isRetried: boolean }
): string => {
  const number = numberOf(record, given)
  const isSame = number > 0 && given.isRetried
  return messageIdOf(given.tenant, record.ref, isSame ? number : number + 1, domainFor(given.address))
}

/** O4: an instant on the record before which it is not sent. */
export const postponedUntil = ({ fields }: RecordSnapshot): number | undefined => {
  const until = fields['postponeemailprocessinguntil']
  return typeof until === 'string' ? instantFromIso(until) : undefined
}
