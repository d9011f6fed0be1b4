/** What the decisions of an undo share: the pair, the words, and the base that moves with the fields that go back. */
import { baseOf, type Rules } from '../../mapping/index.js'
import type {
  Base,
  BaseValue,
  DecisionFacts,
  FormerLink,
  ItemSnapshot,
  Link,
  RecordSnapshot,
  Side
} from '../../model/index.js'
import { mergedFields } from '../../model/index.js'
import { type Draft, nothing, type Seen } from '../decide/build.js'
import { baseContextOf, type DecideContext } from '../decide/context.js'
import { noNames, type Sight } from '../decide/sight.js'
import type { Facts } from '../facts.js'
import type { Decided, Unit } from '../unit.js'
import type { Undoing } from './asks.js'
import type { Inverse } from './inverse.js'

/** Who undoes what. */
export interface UndoContext extends DecideContext {
  readonly undoes: string
  readonly by: string
  /** Records to which another mailbox has a link. */
  readonly elsewhere: ReadonlySet<string>
}

/** Everything that the decision about one pair rests on. */
export interface Pair {
  readonly unit: Unit
  readonly undoing: Undoing
  readonly rules: Rules
  readonly link: Link | undefined
  readonly former: FormerLink | undefined
  readonly item: Sight<ItemSnapshot>
  readonly record: Sight<RecordSnapshot>
  readonly seen: Seen
  readonly facts: Facts
}

/** What takes back the writes to either side. */
export interface Inverses {
  readonly mail: Inverse
  readonly record: Inverse
}

export const noInverse: Inverse = { _tag: 'None' }

export const said = ({ undoes, by }: UndoContext): DecisionFacts => ({ undoes, by })

export const left = (unit: Unit, context: UndoContext, facts: DecisionFacts = {}): Decided =>
  nothing({ unit }, 'changed-since', { ...said(context), ...facts })

type Write = NonNullable<Draft['mail']> & NonNullable<Draft['record']>

/** The fields that go back on one side, as a write; none where there is nothing to set. */
export const updateOf = (inverse: Inverse): Extract<Write, { readonly op: 'update' }> | undefined =>
  inverse._tag === 'Set' && Object.keys(inverse.set).length > 0 ? { op: 'update', set: inverse.set } : undefined

export const rowsOf = (inverse: Inverse): ReadonlyArray<string> => (inverse._tag === 'Set' ? inverse.rows : [])
const leftOf = (inverse: Inverse): ReadonlyArray<string> => (inverse._tag === 'Set' ? inverse.left : [])

export const factsOf = (inverses: Inverses, context: UndoContext): DecisionFacts => {
  const leftRows = [...new Set([...leftOf(inverses.mail), ...leftOf(inverses.record)])]
  return {
    ...said(context),
    ...(rowsOf(inverses.mail).length === 0 ? {} : { toMail: rowsOf(inverses.mail) }),
    ...(rowsOf(inverses.record).length === 0 ? {} : { toRecord: rowsOf(inverses.record) }),
    ...(leftRows.length === 0 ? {} : { left: leftRows })
  }
}

/** The base with the rows that go back as they will be; all others stay, so that no edit is taken for seen. */
export const movedBase = (
  base: Base,
  rules: Rules,
  { item, record }: Seen,
  inverses: Inverses,
  link: string,
  context: DecideContext
): Base => {
  const after = (inverse: Inverse, fields: ItemSnapshot['fields'] | undefined) =>
    mergedFields(fields ?? {}, inverse._tag === 'Set' ? inverse.set : {})
  const then = baseOf(
    rules,
    after(inverses.mail, item?.fields),
    after(inverses.record, record?.fields),
    baseContextOf(context, rules, link, noNames)
  )
  const side = (of: Side): ReadonlyArray<BaseValue> => {
    const back = rowsOf(inverses[of])
    return rules.shape.rows.map((row, at) => (back.includes(row.name) ? then : base)[of][at] ?? null)
  }
  return { mail: side('mail'), record: side('record') }
}
