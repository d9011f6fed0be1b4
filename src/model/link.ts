/**
 * The tie of one item and one record of one mailbox, and what is remembered of it once it has ended.
 */
import type { InstantMs, Kind, RecordType, Ref, Version } from './ids.js'
import type { DecisionFacts, Reason } from './reason.js'
import type { Value } from './value.js'

/** Digest of a value in place of the value (`base: "digest"`, and after recovery the side that was not seen). @public */
export interface BaseDigest {
  readonly digest: string
}

/** What one side held of one mapped field when the engine last looked. @public */
export type BaseValue = Value | BaseDigest

/** Aggregates lift to lists, so that an object in a base can only be a digest. */
export const isDigest = (value: BaseValue | undefined): value is BaseDigest =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && 'digest' in value

/**
 * Two values per mapped row, whatever its direction, in the order of the rows of the link's shape.
 * `null` is empty.
 * @public
 */
export interface Base {
  readonly mail: ReadonlyArray<BaseValue>
  readonly record: ReadonlyArray<BaseValue>
}

/** `tracked` mailbox → record, `filter` record → mailbox, or both. @public */
export type Origin = 'tracked' | 'filter' | 'both'

/** @public */
export interface Link {
  /** Derived from tenant, mailbox, item and record. */
  readonly id: string
  readonly mailbox: string
  readonly item: Ref
  readonly kind: Kind
  readonly record: Ref
  readonly type: RecordType
  readonly origin: Origin
  /** Versions that stand in the base. A side whose version is still this one is *same* without a look. */
  readonly versions: { readonly mail?: Version; readonly record?: Version }
  /** Digest of the mapping rows in whose order the base stands. */
  readonly shape: string
  readonly base: Base
  /** Rows, by side, whose base is what was sent, not yet what was seen. Settled by the first later sighting. */
  readonly unconfirmed?: { readonly mail?: ReadonlyArray<string>; readonly record?: ReadonlyArray<string> }
  /** Rows that the item still has to give back to the record's value, because the write that should have done it failed. */
  readonly owes?: ReadonlyArray<string>
  /** Last owner and state seen: what the delete tables ask of a record that is gone. */
  readonly owner?: string
  readonly state?: string
  /** Records whose name the item shows (the parent): a change there touches this link. */
  readonly related?: ReadonlyArray<Ref>
  /** Recent writes of the engine, for the freeze of fields: row and side, when, digest of the value. */
  readonly writes?: ReadonlyArray<{
    readonly field: string
    readonly side: 'mail' | 'record'
    readonly atMs: InstantMs
    readonly digest: string
  }>
  /** The item carried the tracking category when the engine last looked: taking it off ends the link (1.6/2). */
  readonly categorised?: true
  /** Of a message: the folder in which it was last seen. */
  readonly folder?: string
  /** Of a message: since when a folder rule of this mailbox says what it is about; of several mailboxes the first does (F10). */
  readonly filedAtMs?: InstantMs
  /** Of a message whose record this mailbox has made: why. */
  readonly made?: Reason
  readonly decided: {
    readonly code: Reason
    readonly facts: DecisionFacts
    readonly cycle: string
    readonly atMs: InstantMs
  }
}

/** Who or what ended a link. A link ended by a person is not brought back by any rule. @public */
export type EndedBy = 'person' | 'item-deleted' | 'record-deleted' | 'both-deleted' | 'left'

/** What is remembered of an ended link: both refs, the base, and why it ended. @public */
export interface FormerLink {
  readonly id: string
  readonly mailbox: string
  readonly item: Ref
  readonly kind: Kind
  readonly record: Ref
  readonly type: RecordType
  readonly endedBy: EndedBy
  readonly code: Reason
  readonly atMs: InstantMs
  readonly shape: string
  readonly base: Base
  /** The item still carries the category that it had when the link ended: no new request before it was off (1.6/2). */
  readonly categorised?: true
  /** Of a message: where it lay when the link ended. A folder rule asks again in another tracked folder (U7). */
  readonly folder?: string
}
