/**
 * What a host asks of a message that lies in no mailbox of the engine's (3.9 of `tracking.md`): whether it would be taken,
 * and whether it is stored already. The messages CheckIncomingEmail and CheckPromoteEmail, as data.
 */
import type { ItemSnapshot, Reason } from '../model/index.js'
import type { Unit } from './unit.js'

/** A message as a host asks about it. Addresses may be written `Name <x@y>`. @public */
export interface CheckedMessage {
  /** With or without angle brackets; without one only a message that is said to be the same is stored already. */
  readonly messageId?: string
  readonly subject?: string
  readonly from?: string
  readonly to?: ReadonlyArray<string>
  readonly cc?: ReadonlyArray<string>
  readonly bcc?: ReadonlyArray<string>
  /** What it answers, by which it continues a stored message. */
  readonly inReplyTo?: string
  readonly conversationIndex?: string
}

/** A message that somebody wants to store by hand. @public */
export interface PromotedMessage {
  readonly messageId?: string
  readonly subject?: string
  readonly direction: 'incoming' | 'outgoing'
}

/** `answer`: the product's number for the code; absent where it has none. @public */
export interface CheckAnswer {
  readonly shouldDeliver: boolean
  readonly code: Reason
  readonly answer?: number
}

const answers: { readonly [code in Reason]?: number } = {
  'already-tracked': 0,
  'no-correlation-match': 1,
  'correlation-match': 2,
  'no-recipient-match': 3,
  'internal-email': 4,
  'sender-match': 5,
  'accept-all': 6,
  'invalid-sender': 7
}

export const checkAnswer = (shouldDeliver: boolean, code: Reason): CheckAnswer => {
  const answer = answers[code]
  return { shouldDeliver, code, ...(answer === undefined ? {} : { answer }) }
}

/** No item of a mailbox has this ref: it names what is only asked about. */
const checkedRef = '\u0000checked'

/** The message as if it lay in the root inbox, unlinked and never judged. */
export const checkedItem = ({ inReplyTo, conversationIndex, ...message }: CheckedMessage): ItemSnapshot => ({
  ref: checkedRef,
  kind: 'email',
  folder: 'inbox',
  fields: {
    messageId: message.messageId ?? null,
    subject: message.subject ?? null,
    from: message.from ?? null,
    to: message.to ?? [],
    cc: message.cc ?? [],
    bcc: message.bcc ?? [],
    inReplyTo: inReplyTo ?? null,
    conversationIndex: conversationIndex ?? null
  }
})

export const checkedUnit: Unit = {
  key: `item ${checkedRef}`,
  kind: 'email',
  type: 'email',
  item: { ref: checkedRef },
  gestures: [],
  candidate: false,
  noticed: true,
  touched: true
}
