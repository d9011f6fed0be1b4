/**
 * Step 5: what ought to happen to each unit of a batch, from facts alone. One unit's decision never depends on
 * another's, so the size of a batch changes no verdict (DECIDE-3).
 */
import type { Facts } from '../facts.js'
import type { Decided, Unit } from '../unit.js'
import type { DecideContext } from './context.js'
import { decidePair } from './pair.js'
import { decideItem, decideRecord } from './single.js'

/** @public */
export const decide = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Decided> =>
  units.map((unit) => decideUnit(unit, facts, context))

const decideUnit = (unit: Unit, facts: Facts, context: DecideContext): Decided => {
  if (unit.link !== undefined) return decidePair(unit, unit.link, facts, context)
  return unit.record === undefined ? decideItem(unit, facts, context) : decideRecord(unit, facts, context)
}
