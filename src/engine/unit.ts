/**
 * Units and verdicts: a unit is one pair (or one thing without a partner) that a cycle must look at; a verdict is
 * what ought to happen to it, as it is kept until it is carried out. No value of a field is in either.
 */
import type {
  Base,
  BaseValue,
  ConflictRow,
  DecisionFacts,
  Due,
  Effect,
  EndedBy,
  Fields,
  FormerLink,
  InstantMs,
  ItemSnapshot,
  Kind,
  Link,
  Origin,
  Pending,
  Reason,
  RecordSnapshot,
  RecordType,
  Ref,
  Side,
  Version
} from '../model/index.js'
import type { Probe } from './track/judge.js'

/** A side of a unit, as the feed or a link names it. */
export interface UnitSide {
  readonly ref: Ref
  readonly version?: Version
  /** The feed says that it is gone: a reason to ask, no evidence. */
  readonly gone?: boolean
}

/** What a cycle looks at together. @public */
export interface Unit {
  /** Link id, or side and ref of what has no link. */
  readonly key: string
  readonly kind: Kind
  readonly type: RecordType
  readonly link?: Link
  readonly item?: UnitSide
  readonly record?: UnitSide
  readonly gestures: ReadonlyArray<Pending>
  /** The full evaluation of the filters did not list it: it is a candidate for leaving. */
  readonly candidate: boolean
  readonly due?: Due
  readonly inboxSeq?: number
  /** The item from which the record was made once, as its id tells: its link was lost. */
  readonly survivor?: Ref
  /** New items of this cycle that carry the marker of its record: where the item is gone, the first of them is it (2.8). */
  readonly moves?: ReadonlyArray<Ref>
  /** An unlinked item that a marker or the category makes worth a look. */
  readonly noticed?: boolean
  /** A message that a cycle before has judged for good. */
  readonly judged?: boolean
  /** The category is on it: of a message that has failed as often as allowed, a new request (1.6/7). */
  readonly asks?: boolean
  /** Somebody has said no to a record of it, and the category that asked for it is still on. */
  readonly declined?: boolean
  /** Of a message: when it came or went. Older ones are decided first (W2). */
  readonly atMs?: InstantMs
  /** A message that says that it answers another. */
  readonly answers?: boolean
  /** A cycle before has called it a copy. */
  readonly known?: boolean
  /** A feed named one of its sides in this cycle. */
  readonly touched: boolean
}

/** What happens to the link of a unit. */
export type LinkChange =
  | { readonly _tag: 'None' }
  /** A link is made, or its base and origin move. Refs of things that are made are filled in from their outcome. */
  | {
      readonly _tag: 'Put'
      readonly origin: Origin
      readonly base: { readonly mail: ReadonlyArray<BaseValue>; readonly record: ReadonlyArray<BaseValue> }
      /** The old base, for rows whose write fails. */
      readonly before:
        | { readonly mail: ReadonlyArray<BaseValue>; readonly record: ReadonlyArray<BaseValue> }
        | undefined
      readonly versions: { readonly mail?: Version; readonly record?: Version }
      readonly owner?: string
      readonly state?: string
      readonly related: ReadonlyArray<Ref>
      readonly revives?: string
      readonly writes?: Link['writes']
      readonly filedAtMs?: InstantMs
      readonly made?: Reason
      /** Rows that a gesture sets on the record alone: the item shows them at the next cycle (1.10/1). */
      readonly asked?: ReadonlyArray<string>
      /** The record that another unit of this cycle has made. */
      readonly recordRef?: Ref
    }
  /** `base`: what both sides hold after the last writes; absent where nothing of the pair is written. */
  | { readonly _tag: 'End'; readonly endedBy: EndedBy; readonly base?: Base }
  /** A former link is only marked anew: the record has left, so that it may come again. */
  | { readonly _tag: 'Release'; readonly former: FormerLink }
  /** What is remembered of a pair moves with its writes; the ref of a thing that is made comes from its outcome. */
  | { readonly _tag: 'Remember'; readonly former: FormerLink }

/** What a unit asks to be written to one side. */
type WriteOp = 'create' | 'update' | 'delete'

/** What ought to happen to one unit. JSON, and small: the plan is made of these. @public */
export interface Verdict {
  readonly key: string
  readonly item?: Ref
  readonly record?: Ref
  readonly kind: Kind
  readonly type: RecordType
  readonly code: Reason
  readonly facts: DecisionFacts
  /** What is asked of each side. */
  readonly mail?: WriteOp
  readonly recordOp?: WriteOp
  readonly mailRows: ReadonlyArray<string>
  readonly recordRows: ReadonlyArray<string>
  /** A link is made, kept, or ended. */
  readonly link: 'none' | 'put' | 'new' | 'end' | 'release'
  /** It may delete its item only after a look at the record by its id (25a); counted by the guard of `dynamics`. */
  readonly candidateDelete: boolean
  /** A person asked for the delete; no guard counts it. */
  readonly byPerson: boolean
  /** Digests of the values written, by side and row: for the guard against overwrites. */
  readonly valueDigests: { readonly [row: string]: string }
  readonly conflicts: number
  /** Of a message that was judged in the root inbox: when it was received (A8). */
  readonly judgedAtMs?: InstantMs
  /** How many people the mail server is asked to tell. */
  readonly messages?: { readonly invitations: number; readonly updates: number; readonly cancellations: number }
  /** Looked at again at the next cycle. `again`: it was carried out, and what asked for it is settled all the same. */
  readonly due?: {
    readonly failure: boolean
    readonly rests: boolean
    readonly again?: boolean
    /** Not before this instant, unless something touches it. */
    readonly wakesAtMs?: InstantMs
  }
}

/** A verdict with what carries it out. Dropped with its batch, or sooner where the plan grows too large. */
export interface Decided {
  readonly unit: Unit
  readonly verdict: Verdict
  readonly effects: { readonly mail?: Effect; readonly record?: Effect }
  readonly change: LinkChange
  readonly conflicts: ReadonlyArray<ConflictRow>
  /** The two things as they were when this was decided: what intents are digested from, and new bases are built on. */
  readonly snapshots: { readonly item?: ItemSnapshot; readonly record?: RecordSnapshot }
  /** The identity to be claimed before the creation; `gone`: what was made under it before and is there no more. */
  readonly claim?: { readonly identity: string; readonly side: Side; readonly gone: ReadonlyArray<Ref> }
  /** Names of what must be made before: units by their keys, people by their names. Their refs are filled in. */
  readonly needs?: ReadonlyArray<string>
  /** The unit whose record this item is linked to. */
  readonly recordFrom?: string
  /** A stranger who becomes a person before the message is stored. */
  readonly person?: PersonPlan
  /** The item is a message that is made to be sent; `token`: the one that its record has already (K6). */
  readonly sends?: { readonly token?: string }
  /** The message is read whole before its record is written. */
  readonly wantsText?: true
  /** What the engine asked with before it decided. */
  readonly probe?: Probe
}

/** A person to be made of a stranger's address (N1). */
export interface PersonPlan {
  readonly name: string
  readonly type: RecordType
  readonly owner: string
  readonly fields: Fields
}
