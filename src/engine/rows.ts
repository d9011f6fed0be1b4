/** Rows that say the same of both things of a pair, and the row by which a unit is looked at again. */
import type { DecisionFacts, DecisionRow, Due, InstantMs, Reason, Ref, Side } from '../model/index.js'
import type { Unit } from './unit.js'

/** One decision about an item and a record, as far as each of them is known. */
export const decisionRows = (
  things: { readonly item?: Ref | undefined; readonly record?: Ref | undefined },
  said: { readonly code: Reason; readonly facts: DecisionFacts; readonly cycle: string; readonly atMs: InstantMs }
): ReadonlyArray<DecisionRow> => {
  const row = (side: Side, ref: Ref | undefined): ReadonlyArray<DecisionRow> =>
    ref === undefined ? [] : [{ side, ref, ...said }]
  return [...row('mail', things.item), ...row('record', things.record)]
}

/** A unit that is looked at again. */
export const dueRow = (
  unit: Unit,
  why: Pick<Due, 'code' | 'failures' | 'rests' | 'wakesAtMs' | 'seen' | 'atMs' | 'gesture'>
): Due => {
  const item = unit.item?.ref ?? unit.link?.item
  const record = unit.record?.ref ?? unit.link?.record
  return {
    key: unit.key,
    ...(item === undefined ? {} : { item }),
    kind: unit.kind,
    ...(record === undefined ? {} : { record }),
    type: unit.type,
    ...why
  }
}
