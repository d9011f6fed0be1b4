/**
 * The small rows that the link store keeps beside links and intents: gestures that wait, the inbox, what is due
 * again, decisions, conflicts. None of them holds a value of a field.
 */
import type { InstantMs, Kind, RecordType, Ref, Side, Version } from './ids.js'
import type { DecisionFacts, Reason } from './reason.js'

/**
 * A person's answer to what an item waits for. A side: its values are kept. Of a suspected duplicate: `save` makes the
 * record all the same, `cancel` makes none, `link` ties the item to a record that is there.
 * @public
 */
export type DecisionAnswer = Side | 'save' | 'cancel' | { readonly link: Ref }

/** A person's act on one item, as it waits; or a yes to what a guard has held. @public */
export type Gesture =
  | {
      readonly _tag: 'Track'
      readonly item: Ref
      readonly kind: Kind
      readonly parent?: Ref
      readonly regarding?: Ref
      /** What a task of the mailbox is to become, where it is no `task` (T16). */
      readonly as?: RecordType
      readonly by: string
    }
  /** `null` clears it. */
  | {
      readonly _tag: 'SetRegarding'
      readonly item: Ref
      readonly kind: Kind
      readonly regarding: Ref | null
      readonly by: string
    }
  | { readonly _tag: 'SetParent'; readonly item: Ref; readonly kind: Kind; readonly parent: Ref; readonly by: string }
  | {
      readonly _tag: 'Untrack'
      readonly item: Ref
      readonly kind: Kind
      /** The answer to "delete the record too?". */
      readonly deleteRecord: boolean
      /** Whether the person has the privilege to delete. */
      readonly mayDelete: boolean
      readonly by: string
    }
  | {
      readonly _tag: 'Resolve'
      readonly item: Ref
      readonly kind: Kind
      readonly answer: DecisionAnswer
      readonly by: string
    }
  | { readonly _tag: 'Approve'; readonly planHash: string; readonly by: string }
  /** A gesture that was not admitted: the next cycle only notes why. */
  | { readonly _tag: 'Refused'; readonly item: Ref; readonly kind: Kind; readonly code: Reason; readonly by: string }

/** A stored gesture. `id` grows with the order in which they were made. @public */
export interface Pending {
  readonly id: number
  readonly gesture: Gesture
  readonly atMs: InstantMs
}

/** A record that the tenant's feed found to concern this mailbox. One row per ref: a later change replaces it. @public */
export interface InboxRow {
  readonly mailbox: string
  readonly type: RecordType
  readonly ref: Ref
  readonly version?: Version
  readonly gone?: boolean
}

/** An inbox row as it is kept; `seq` grows with every change. @public */
export interface InboxEntry extends InboxRow {
  readonly seq: number
}

/**
 * A unit that is looked at again at the next cycle: failed, held, asked about, resting. `rests`: not before one of
 * its sides shows another version than `seen`.
 * @public
 */
export interface Due {
  readonly key: string
  readonly item?: Ref
  readonly kind: Kind
  readonly record?: Ref
  readonly type: RecordType
  readonly code: Reason
  readonly failures: number
  readonly rests: boolean
  /** From this instant on it is looked at once, though it rests. Until then it only waits for time to pass. */
  readonly wakesAtMs?: InstantMs
  readonly seen: { readonly mail?: Version; readonly record?: Version }
  /** The newest gesture that has led here: only a newer one is a new request. */
  readonly gesture?: number
  readonly atMs: InstantMs
}

/** The last decision about one thing that no live link holds. @public */
export interface DecisionRow {
  readonly side: Side
  readonly ref: Ref
  readonly code: Reason
  readonly facts: DecisionFacts
  readonly cycle: string
  readonly atMs: InstantMs
}

/** One field that both sides changed differently, and which side was kept. @public */
export interface ConflictRow {
  readonly item: Ref
  readonly record: Ref
  readonly type: RecordType
  readonly field: string
  readonly kept: Side
  readonly cycle: string
  readonly atMs: InstantMs
}
