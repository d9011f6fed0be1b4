/** The merge of one pair as this cycle sees it: its fields, the policy, its kind. */
import { type Merge, type MergeContext, mergeFields } from '../../mapping/index.js'
import type { DecisionAnswer, Gesture, Side } from '../../model/index.js'
import type { Facts } from '../facts.js'
import type { Unit } from '../unit.js'
import { baseContextOf, type DecideContext, digestIn, mergeContextFor } from './context.js'
import { amendedByKind, heldWrites, refusedEdits } from './kind/kind.js'
import type { Pair } from './sight.js'

/** `leaving`: rows that are not written to an item whose record has left. */
export const mergePair = (pair: Pair, facts: Facts, context: DecideContext, leaving?: ReadonlySet<string>): Merge => {
  const fields = { mail: pair.item.fields, record: pair.record.fields }
  const merge = mergeFields(pair.rules, pair.base, fields, () => mergeContextOf(pair, facts, context, leaving))
  return merge.malformed.length > 0 || merge.code === 'needs-decision' ? merge : amendedByKind(pair, merge, context)
}

const mergeContextOf = (
  pair: Pair,
  facts: Facts,
  context: DecideContext,
  leaving: ReadonlySet<string> | undefined
): MergeContext => {
  const answer = sideIn(lastOf(pair.unit, 'Resolve')?.answer)
  const frozen = frozenTest(pair, context)
  const refuseMail = refusedEdits(pair, facts, context)
  const held = heldWrites(pair, leaving !== undefined, facts, context)
  const holdMail = leaving === undefined || held !== undefined ? held : { code: 'unchanged' as const, rows: leaving }
  return {
    ...mergeContextFor(pair.item, pair.record, baseContextOf(context, pair.rules, pair.link.id, pair.names), context),
    ...(refuseMail === undefined ? {} : { refuseMail }),
    ...(holdMail === undefined ? {} : { holdMail }),
    ...(answer === undefined ? {} : { answer }),
    ...(pair.link.owes === undefined ? {} : { owed: pair.link.owes }),
    ...(frozen === undefined ? {} : { isFrozen: frozen })
  }
}

/** `freeze`: the engine has written this value here before, so often within the time that it stops. */
const frozenTest = ({ link, rules }: Pair, context: DecideContext): MergeContext['isFrozen'] => {
  const { freeze, nowMs } = context
  if (freeze === null || link.writes === undefined) return undefined
  const digest = digestIn(context, rules, link.id)
  const recent = link.writes.filter((write) => write.atMs > nowMs - freeze.withinMs)
  return (side, row, value) => {
    const here = recent.filter((write) => write.side === side && write.field === row)
    return here.length >= freeze.writes && here.some((write) => write.digest === digest(side, row, value))
  }
}

/** The side whose values a person keeps; other answers are to other questions. */
const sideIn = (answer: DecisionAnswer | undefined): Side | undefined =>
  answer === 'mail' || answer === 'record' ? answer : undefined

/** The last gesture of a tag. */
export const lastOf = <T extends Gesture['_tag']>(
  unit: Unit,
  tag: T
): Extract<Gesture, { readonly _tag: T }> | undefined => {
  let last: Extract<Gesture, { readonly _tag: T }> | undefined
  for (const { gesture } of unit.gestures) {
    if (gesture._tag === tag) last = gesture as Extract<Gesture, { readonly _tag: T }>
  }
  return last
}
