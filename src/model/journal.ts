/**
 * Effects (a requested write, as data), intents (that one is about to be tried) and outcomes (what came of it).
 * The journal holds names, versions and digests, never a value of a field.
 */
import type { SyncError } from './error.js'
import type { InstantMs, Kind, RecordType, Ref, Side, Version } from './ids.js'
import type { Marker, Snapshot } from './snapshot.js'
import type { Fields } from './value.js'

/** Whom the mail server is asked to tell: one message per address. @public */
export interface MeetingMessages {
  readonly invitations: ReadonlyArray<string>
  readonly updates: ReadonlyArray<string>
  readonly cancellations: ReadonlyArray<string>
}

/**
 * One attachment of a thing as it is to be after a write: one that it has already, by its part, or one whose bytes are
 * read from the other side when the store asks for them. What `read` throws is a `SyncError`; the write then fails.
 * @public
 */
export type ContentPut =
  | { readonly _tag: 'Keep'; readonly part: string }
  | {
      readonly _tag: 'Add'
      readonly name?: string
      readonly type: string
      readonly bytes: number
      readonly read: () => AsyncIterable<Uint8Array>
    }

/** A thing to be made. `id` is derived from its claim: a store with `clientIds` makes the thing under it. @public */
export interface CreateEffect {
  readonly _tag: 'Create'
  readonly key: string
  readonly id: Ref
  readonly fields: Fields
  /** Mail side. */
  readonly kind?: Kind
  readonly folder?: string
  readonly marker?: Marker
  /** Record side. */
  readonly type?: RecordType
  readonly owner?: string
  readonly state?: string
  readonly status?: string
  /** Mail side, of a meeting. */
  readonly messages?: MeetingMessages
  /** Where the store takes contents: its attachments. */
  readonly contents?: ReadonlyArray<ContentPut>
  /** Mail side, where the store keeps categories: all that it has. */
  readonly categories?: ReadonlyArray<string>
}

/** Fields to be set; a field that is not named keeps its value, `null` empties it. @public */
export interface UpdateEffect {
  readonly _tag: 'Update'
  readonly key: string
  readonly ref: Ref
  /** Kind of the item, or type of the record. */
  readonly type: string
  /** The write is refused with `VersionMismatch` where the thing's version is another. */
  readonly expected?: Version
  readonly set: Fields
  /** Record side; what is not named stays. */
  readonly state?: string
  readonly status?: string
  /** Mail side: what an item that a person tracked is known by from now on, also under another ref. */
  readonly marker?: Marker
  /** Mail side, of a meeting. */
  readonly messages?: MeetingMessages
  /** All attachments that it has afterwards; where absent they stay as they are. */
  readonly contents?: ReadonlyArray<ContentPut>
  /** Mail side, where the store keeps categories: all that it has afterwards; where absent they stay as they are. */
  readonly categories?: ReadonlyArray<string>
}

/** @public */
export interface DeleteEffect {
  readonly _tag: 'Delete'
  readonly key: string
  readonly ref: Ref
  readonly type: string
  readonly expected?: Version
  /** Mail side, of a meeting. */
  readonly messages?: MeetingMessages
}

/** @public */
export type Effect = CreateEffect | UpdateEffect | DeleteEffect

/**
 * What came of an effect. `snapshot`: the thing as the store holds it after the write, where it says so
 * (`representationOnWrite`); `version` alone where that is all it says.
 * @public
 */
export type Outcome =
  | {
      readonly _tag: 'Done'
      readonly key: string
      readonly ref: Ref
      readonly version?: Version
      readonly snapshot?: Snapshot
    }
  | { readonly _tag: 'Failed'; readonly key: string; readonly error: SyncError }

/** That an effect is about to be tried. Stored before the first call; closed by its outcome, or by recover. @public */
export interface Intent {
  /** Unique in the mailbox: cycle and number. */
  readonly key: string
  readonly op: 'create' | 'update' | 'delete'
  readonly side: Side
  /** The thing written to; of a creation the id it gets where the store takes ids. */
  readonly ref: Ref
  /** The thing on the other side that asked for it. */
  readonly source: Ref
  readonly link: string
  readonly kind: Kind
  readonly type: RecordType
  readonly origin: 'tracked' | 'filter' | 'both'
  readonly expected?: Version
  /** Names of the rows written. */
  readonly rows: ReadonlyArray<string>
  /** Per row of `rows`: digest of what the written side holds if the write happened. */
  readonly sent: ReadonlyArray<string>
  /** Per row of the shape: digest of what the other side held in that cycle. */
  readonly held: ReadonlyArray<string>
  readonly shape: string
  /** The code of the decision, given again when recover finds the effect. */
  readonly code: string
  /** The answer was lost: the write may have happened. */
  readonly unsure?: boolean
  /** Rows whose conflict this write ends against the side that it writes to: noted also where its answer is lost. */
  readonly conflicts?: ReadonlyArray<string>
  /** The person whose gesture or undo asked for it. */
  readonly by?: string
  /** Of a delete, and of a creation without a partner: why the former link ended. */
  readonly endedBy?: 'person' | 'item-deleted' | 'record-deleted' | 'both-deleted' | 'left'
  readonly cycle: string
  readonly atMs: InstantMs
}

/** An identity taken before anything is made under it. `generation` grows when the thing is made again. @public */
export interface Claim {
  readonly identity: string
  readonly generation: number
  /** UUID of tenant, identity and generation. */
  readonly id: Ref
  /**
   * Mailbox that makes the thing, and since when: in a store that names things itself nobody else makes it. Absent
   * where the store makes things under the id that it is given, so that a second creation meets the first.
   */
  readonly by?: { readonly mailbox: string; readonly atMs: InstantMs }
  /** The ref that such a store has given it. */
  readonly made?: Ref
}
