/**
 * The names of things: sides, kinds, refs, versions, cursors, and the tenant with which every key begins.
 */

/** The two sides of a link: the mailbox, and the application's own store. @public */
export type Side = 'mail' | 'record'

/** The other side. @public */
export const otherSide = (side: Side): Side => (side === 'mail' ? 'record' : 'mail')

/** Kind of an item: `email`, `contact`, `appointment`, `task`, or one that a host adds with a mapping. @public */
export type Kind = string

/** Type of a record: `contact`, `account`, `task` …, or a host's own. @public */
export type RecordType = string

/** How a side names a thing: a server id, an href, a primary key. Opaque, compared exactly. @public */
export type Ref = string

/** Opaque token that changes when a thing changes; equal tokens mean equal things. @public */
export type Version = string

/** Opaque place in a change feed. It may expire. @public */
export type Cursor = string

/** Instant in milliseconds since 1970-01-01T00:00:00Z. @public */
export type InstantMs = number

/** A mailbox within its tenant. Every key of the link store begins with the tenant. @public */
export interface MailboxKey {
  readonly tenant: string
  readonly mailbox: string
}
