/**
 * What a condition comes to once it is known who asks, when, and of which type the field is: a test of one value.
 * Data, so that it can be judged in memory and rewritten for a store alike. Every test is false on an empty value but
 * `Empty`; negation is the condition's affair.
 */
import type { InstantMs } from '../model/index.js'
import type { Pattern } from './pattern.js'
import type { Scalar } from './values.js'

export interface Range<A> {
  readonly min?: A
  readonly max?: A
  /** The end itself is out. */
  readonly minOut?: true
  readonly maxOut?: true
}

export type Test =
  | { readonly _tag: 'Nothing' }
  | { readonly _tag: 'Empty' }
  /** One of the values exactly. */
  | { readonly _tag: 'Is'; readonly values: ReadonlySet<Scalar> }
  /** One of the texts without regard to case: the texts are folded. */
  | { readonly _tag: 'Folded'; readonly texts: ReadonlySet<string> }
  /** One of the users or teams, by id or by an address of theirs; of several values one is enough. */
  | {
      readonly _tag: 'Who'
      readonly ids: ReadonlySet<string>
      readonly addresses: ReadonlyMap<string, string>
    }
  | { readonly _tag: 'SameSet'; readonly values: ReadonlySet<Scalar> }
  | { readonly _tag: 'Shares'; readonly values: ReadonlySet<Scalar> }
  | ({ readonly _tag: 'Numbers' } & Range<number>)
  /** By folded code points: the ends are folded. */
  | ({ readonly _tag: 'Texts' } & Range<string>)
  | { readonly _tag: 'Like'; readonly pattern: Pattern }
  /** Half-open, `YYYY-MM-DD`. */
  | { readonly _tag: 'Dates'; readonly from?: string; readonly to?: string }
  /** Half-open. */
  | { readonly _tag: 'Instants'; readonly from?: InstantMs; readonly to?: InstantMs }
  /** A period of any fiscal year. */
  | { readonly _tag: 'Period'; readonly timed: boolean; readonly holds: (dayOrInstant: number) => boolean }
  /** A field of unknown type: what its value looks like says which test it takes. */
  | ({ readonly _tag: 'ByForm' } & Forms)

/** Dates and instants that no test is for are texts like any other. */
export interface Forms {
  readonly text?: Test
  readonly number?: Test
  readonly boolean?: Test
  readonly date?: Test
  readonly datetime?: Test
  readonly list?: Test
}

export const nothing: Test = { _tag: 'Nothing' }
