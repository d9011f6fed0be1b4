/**
 * Step 5: what ought to happen to each unit of a batch, from facts alone. One unit's decision never depends on
 * another's, so the size of a batch changes no verdict (DECIDE-3), but for messages: what is planned to be stored goes
 * before what answers it, and is handed on in order (W2).
 */
import type { Facts } from '../facts.js'
import { Planned } from '../track/planned.js'
import type { Decided, Unit } from '../unit.js'
import type { DecideContext } from './context.js'
import { decideMessage } from './message/decide.js'
import { isMessage } from './message/sight.js'
import { decideOutgoing } from './message/outgoing.js'
import { decidePair } from './pair.js'
import { decideItem, decideRecord } from './single.js'

/** @public */
export const decide = (
  units: ReadonlyArray<Unit>,
  facts: Facts,
  context: DecideContext,
  planned: Planned = new Planned()
): ReadonlyArray<Decided> => units.map((unit) => decideUnit(unit, facts, context, planned))

const decideUnit = (unit: Unit, facts: Facts, context: DecideContext, planned: Planned): Decided => {
  if (unit.link !== undefined) return decidePair(unit, unit.link, facts, context)
  if (isMessage(unit))
    return unit.item === undefined ? decideOutgoing(unit, facts, context) : decideMessage(unit, facts, context, planned)
  return unit.record === undefined ? decideItem(unit, facts, context) : decideRecord(unit, facts, context)
}
