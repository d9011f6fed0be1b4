/**
 * What a side says about one thing now. No large content is in it: that is named by content refs and streamed.
 */
import type { InstantMs, Kind, RecordType, Ref, Version } from './ids.js'
import type { Fields } from './value.js'

/** A body too long for a snapshot, or an attachment. @public */
export interface ContentRef {
  readonly part: string
  readonly name?: string
  /** Media type. */
  readonly type: string
  readonly bytes: number
  readonly digest?: string
}

/** What an item that the engine made carries, so that it is known again: the tenant and its record. @public */
export interface Marker {
  readonly tenant: string
  readonly record: Ref
}

/** One item as the mailbox has it. @public */
export interface ItemSnapshot {
  readonly ref: Ref
  readonly version?: Version
  readonly kind: Kind
  readonly folder?: string
  readonly categories?: ReadonlyArray<string>
  readonly marker?: Marker
  /** Last change by the store's clock; absent where the store keeps none. */
  readonly changedAtMs?: InstantMs
  readonly fields: Fields
  readonly contents?: ReadonlyArray<ContentRef>
}

/** One record as the application's store has it. @public */
export interface RecordSnapshot {
  readonly ref: Ref
  readonly version?: Version
  readonly type: RecordType
  /** User id of the owner. */
  readonly owner?: string
  readonly state: string
  readonly status?: string
  readonly createdAtMs?: InstantMs
  readonly changedAtMs?: InstantMs
  readonly fields: Fields
  readonly contents?: ReadonlyArray<ContentRef>
}

/** @public */
export type Snapshot = ItemSnapshot | RecordSnapshot

/**
 * The answer to a read by ref. `Absent`: the side says that it is not there, which is evidence of a deletion.
 * `Unreadable`: it is there, but may not be read, or could not be decoded (`paths`: where and what was expected).
 * @public
 */
export type Found<S extends Snapshot = Snapshot> =
  | { readonly _tag: 'Known'; readonly snapshot: S }
  | { readonly _tag: 'Absent'; readonly ref: Ref }
  | {
      readonly _tag: 'Unreadable'
      readonly ref: Ref
      readonly why: 'hidden' | 'malformed'
      readonly paths?: ReadonlyArray<string>
      readonly version?: Version
    }

/** One row of a change feed. `gone`: a deletion, a reason to ask. `snapshot`: where the feed carries it for nothing. @public */
export interface ChangeRow<S extends Snapshot = Snapshot> {
  readonly ref: Ref
  readonly version?: Version
  readonly gone?: boolean
  readonly snapshot?: S
}

/** A bounded slice of a change feed. No ref stands in a page twice. @public */
export interface Page<S extends Snapshot = Snapshot> {
  readonly rows: ReadonlyArray<ChangeRow<S>>
  readonly cursor: string
  readonly more: boolean
}
