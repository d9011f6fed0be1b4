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
}
