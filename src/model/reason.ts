/**
 * The stable code of every decision. New codes may be added; none is renamed.
 */

/** Every reason code, in the order of the specification. @public */
export const reasonCodes = [
  // tracking
  'accept-all',
  'sender-match',
  'correlation-match',
  'gesture',
  'folder-rule',
  'category',
  'already-tracked',
  'no-recipient-match',
  'no-correlation-match',
  'internal-email',
  'invalid-sender',
  'before-start-date',
  'outside-inbox',
  'incoming-disabled',
  'not-approved',
  'private-item',
  'copied-item',
  'method-unsupported',
  'too-many-selected',
  'duplicate-suspected',
  'duplicate-cancelled',
  'missing-privilege',
  'not-requested',
  'not-a-tracking-folder-change',
  // linked pairs
  'unchanged',
  'to-record',
  'to-mail',
  'both-ways',
  'wrong-side-edit',
  'security-reset',
  'security-blocked',
  'conflict-resolved',
  'needs-decision',
  'closed-record',
  'converged',
  'sent',
  // membership, deletes
  'entered-filter',
  'left-filter',
  'left-filter-by-time',
  'no-active-filter',
  'record-deleted',
  'mail-deleted',
  'kept-owner-copy',
  'kept-past',
  'kept-closed',
  'kept-not-organizer',
  'kept-by-kind',
  'kept-no-right',
  'unlinked',
  'untracked',
  'untracked-deleted',
  'unknown-membership',
  'mass-delete-held',
  'awaiting-approval',
  'kept-silent',
  'frozen-field',
  // undo
  'undone',
  'changed-since',
  // failures
  'retry-later',
  'throttled',
  'item-undeliverable',
  'mailbox-disabled',
  'cursor-reset',
  'invalid-item'
] as const

/** Why something was, or was not, done. @public */
export type Reason = (typeof reasonCodes)[number]

/** Whether a text that was stored is a code that this release knows. */
export const isReason = (code: string): code is Reason => reasonCodes.some((known) => known === code)

/** What led to a decision: names, refs, counts and times; never a value of a field. @public */
export type DecisionFacts = { readonly [fact: string]: string | number | boolean | ReadonlyArray<string> }
