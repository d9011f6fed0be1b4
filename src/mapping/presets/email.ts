/**
 * E-mail (`fields.md`): a stored message is immutable, so that no field flows and links of messages have no base. What
 * a message is about is the record's alone: a row without a place in the mailbox, as a contact's parent is.
 */
import type { Mapping } from '../rule.js'

/** @public */
export const emailMapping: Mapping = {
  kind: 'email',
  type: 'email',
  behavesLike: 'email',
  rows: [{ name: 'regarding', mail: null, record: 'regardingobjectid', direction: 'both', settable: 'fixed' }]
}
