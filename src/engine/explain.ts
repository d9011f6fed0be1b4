/**
 * Why something is, or is not, in step: a code, its facts, and a plain sentence. Hosts translate the table.
 */
import type { DecisionFacts, Reason } from '../model/index.js'

/** @public */
export interface Explanation {
  readonly code: Reason
  readonly facts: DecisionFacts
  readonly text: string
}

/** One sentence per code. @public */
export type Messages = { readonly [code in Reason]: string }

/** The sentences in English. A fact stands in braces: its name is replaced by its value where it is there. @public */
export const messages: Messages = {
  'accept-all': 'The recipient takes every message.',
  'sender-match': 'The sender is known, and the recipient takes messages of known senders.',
  'correlation-match': 'The message continues one that is stored.',
  gesture: 'Somebody tracked it.',
  'folder-rule': 'It lies in a tracked folder.',
  category: 'It carries the tracking category.',
  'already-tracked': 'It had a record already: the two are linked.',
  'no-recipient-match': 'None of the recipients is a user or queue of ours.',
  'no-correlation-match': 'Nobody among the recipients takes such a message.',
  'internal-email': 'It passed between two users, and such messages are stored once.',
  'invalid-sender': 'It has no usable sender address.',
  'before-start-date': 'It is older than the day from which this mailbox is tracked.',
  'outside-inbox': 'Only the root inbox and tracked folders are tracked automatically.',
  'incoming-disabled': 'This mailbox takes no incoming e-mail.',
  'not-approved': 'The mailbox has not been approved yet.',
  'private-item': 'It is private, and private things are not taken automatically.',
  'copied-item': 'It is a copy of a tracked item.',
  'method-unsupported': 'The way this mailbox is connected cannot do that for this kind of item.',
  'too-many-selected': 'More contacts were selected than may be tracked at once, so none was.',
  'duplicate-suspected': 'A record like it may exist already. Somebody has to decide.',
  'duplicate-cancelled': 'It looked like a duplicate, and somebody chose not to save it.',
  'missing-privilege': 'The user lacks the right.',
  'not-requested': 'Nobody asked to track it, and nothing tracks it automatically.',
  'not-a-tracking-folder-change': 'It was moved, which changes no link.',
  unchanged: 'Nothing changed on either side.',
  'to-record': 'Changes of the mailbox were written to the record: {toRecord}.',
  'to-mail': 'Changes of the record were written to the mailbox: {toMail}.',
  'both-ways': 'Both sides had changes, and each got the other’s: {toRecord} to the record, {toMail} to the mailbox.',
  'wrong-side-edit': 'Something was edited on the side that does not flow, and is kept there: {wrongSide}.',
  'security-reset': 'The user may not change {reset}: the record’s value was put back.',
  'security-blocked': 'The user’s rights hold back {blocked}.',
  'conflict-resolved': 'Both sides changed {conflicts} differently; the value of the {kept} side was kept.',
  'needs-decision':
    'Both sides changed {asked} differently. Somebody has to decide; nothing of the pair is written until then.',
  'closed-record': 'The record is closed: edits of the mailbox are not taken.',
  converged: 'Both sides made the same change: {converged}.',
  sent: 'The message was handed to the mail server.',
  'entered-filter': 'It was put into the mailbox because a filter holds it.',
  'left-filter': 'No filter holds it any more, so it left the mailbox.',
  'left-filter-by-time': 'Time passed, and no filter holds it any more.',
  'no-active-filter': 'No filter is active for its kind, so it left the mailbox.',
  'record-deleted': 'The record was deleted, and the item with it.',
  'mail-deleted': 'The item was deleted, and the record with it.',
  'kept-owner-copy': 'The user owns the contact: the item stays in the mailbox, no longer linked.',
  'kept-past': 'It lies in the past and is left as it is.',
  'kept-closed': 'It is closed and is left as it is.',
  'kept-not-organizer': 'Only the organizer’s mailbox carries that over.',
  'kept-by-kind': 'A deletion in the mailbox does not reach records of this kind.',
  'kept-no-right': 'The user may not delete the record: it stays, no longer linked.',
  unlinked: 'The two are no longer linked; both stay as they are.',
  untracked: 'Somebody ended the tracking.',
  'untracked-deleted': 'Somebody ended the tracking and had the record deleted.',
  'unknown-membership': 'The filters could not be evaluated: nothing enters or leaves until they can.',
  'mass-delete-held': 'So many deletions at once are held until somebody approves them.',
  'awaiting-approval': 'It waits until somebody approves the plan.',
  'kept-silent': 'Writing it would have sent messages, so it was left out.',
  'frozen-field': 'The same value was written to {frozen} so often without anybody’s edit that it stopped.',
  undone: 'Somebody undid what a cycle had written.',
  'changed-since': 'It has changed since that cycle, so the undo left it as it is.',
  'retry-later': 'It did not work this time and is tried again at the next cycle.',
  throttled: 'The server asked to wait.',
  'item-undeliverable': 'It failed as often as allowed and is not tried again before it changes.',
  'mailbox-disabled': 'The mailbox is disabled until somebody enables it again.',
  'cursor-reset': 'The change feed had to start anew: both sides were compared in full.',
  'invalid-item': 'It could not be read ({paths}) and was set aside until it changes.'
}

/** Fills a message's facts in; a fact that is not there leaves a plain "it". @public */
export const explain = (code: Reason, facts: DecisionFacts, table: Messages = messages): Explanation => ({
  code,
  facts,
  text: table[code].replace(/\{(\w+)\}/g, (_whole, name: string) => {
    const fact = Object.hasOwn(facts, name) ? facts[name] : undefined
    if (fact === undefined) return 'it'
    return Array.isArray(fact) ? fact.join(', ') : String(fact)
  })
})
