/**
 * The delete tables of 2.6 as data: the first test that holds says why the other side stays; where none does it is
 * deleted. Deletes are not symmetric, so there are two tables.
 */
import type { Reason } from '../../model/index.js'
import type { DecideContext } from './context.js'

/** What the tables ask about one pair. */
export interface StayFacts {
  readonly context: DecideContext
  /** The record's owner, as it is now or was last seen. */
  readonly owner: string | undefined
}

type Test = (facts: StayFacts) => boolean

export type StayTable = { readonly [deletesLike: string]: ReadonlyArray<readonly [Reason, Test]> }

const isOwner: Test = ({ context, owner }) => owner === context.user
const isNoOwner: Test = (facts) => !isOwner(facts)
const never: Test = ({ context }) => context.settings.contactDeleteFromMail === 'never'
const hasNoRight: Test = ({ context }) => !context.access.privileges.delete

/** "Record deleted → item". */
export const itemStays: StayTable = {
  contact: [['kept-owner-copy', isOwner]]
}

/** "Item deleted → record". */
export const recordStays: StayTable = {
  contact: [
    ['kept-by-kind', never],
    ['kept-by-kind', isNoOwner],
    ['kept-no-right', hasNoRight]
  ]
}

/** Why the other side stays; `undefined`: it is deleted. A type without a row of the table is never deleted. */
export const whyItStays = (table: StayTable, deletesLike: string, facts: StayFacts): Reason | undefined => {
  const tests = Object.hasOwn(table, deletesLike) ? table[deletesLike] : undefined
  if (tests === undefined) return 'kept-by-kind'
  return tests.find(([, holds]) => holds(facts))?.[0]
}
