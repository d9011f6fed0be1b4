/**
 * Why the two sides of a linked pair differ, field by field: from what both hold now, what each held when the engine
 * last looked, directions and rights. Pure; writes nothing and decides nothing.
 */
import type { ConvertContext, Flow, Rules, ShapeRow } from '../../mapping/index.js'
import type { BaseValue, Due, ItemSnapshot, Link, RecordSnapshot, Side, Snapshot, Value } from '../../model/index.js'
import { isDigest, sameValue } from '../../model/index.js'
import { convertContextOf, type DecideContext, digestIn } from '../decide/context.js'
import { noNames } from '../decide/sight.js'

/**
 * Why a field differs. `unsynced`: edited since the last look, and the next cycle will see it. `missed`: edited, and no
 * version says so: no cycle will. `asked`: both sides edited it, and somebody has to choose. `waits`: an earlier write
 * failed or is held. `unconfirmed`: written, and not seen since. `rebase`: the mapping has changed. `owed`: the item is
 * still to get the record's value back. `one-way`, `security`, `closed`, `frozen`: the edit may not flow. `cut`: the
 * record holds as much of a long text as it can. `content`: too long for a snapshot, and left as it is. `as-it-was`:
 * both stand as they were last seen, differing since: kept on the wrong side, undone, or found so at linking.
 * @public
 */
export type Why =
  | 'unsynced'
  | 'missed'
  | 'asked'
  | 'waits'
  | 'unconfirmed'
  | 'rebase'
  | 'owed'
  | 'one-way'
  | 'security'
  | 'closed'
  | 'frozen'
  | 'cut'
  | 'content'
  | 'as-it-was'

/** One field in which the sides of a pair differ. No value is named. @public */
export interface FieldDifference {
  readonly field: string
  readonly why: Why
}

/** A pair of which both things are there. */
export interface ComparedPair {
  readonly link: Link
  readonly item: ItemSnapshot
  readonly record: RecordSnapshot
  readonly due: Due | undefined
}

export const differencesOf = (
  pair: ComparedPair,
  rules: Rules,
  context: DecideContext
): ReadonlyArray<FieldDifference> =>
  rules.shape.rows.flatMap((row, at) => {
    if (row.nameOf !== undefined) return []
    const flow = rules.flows[at]
    const why = flow === undefined ? undefined : whyOf(pair, row, at, flow, rules, context)
    return why === undefined ? [] : [{ field: row.name, why }]
  })

const whyOf = (
  pair: ComparedPair,
  row: ShapeRow,
  at: number,
  flow: Flow,
  rules: Rules,
  context: DecideContext
): Why | undefined => {
  const { link, item, record } = pair
  const mail = row.mail.lift(item.fields, noNames)
  const theirs = row.record.lift(record.fields, noNames)
  if (isWithheld(row, item, record)) return 'content'
  if (agree(row, mail, theirs, convertContextOf(context, noNames))) return isCut(row, mail) ? 'cut' : undefined
  if (link.owes?.includes(row.name) === true) return 'owed'
  if (link.shape !== rules.shape.digest) return 'rebase'
  const changed = (side: Side): boolean =>
    !isBase(side, row, link.base[side][at] ?? null, side === 'mail' ? mail : theirs, rules, link, context)
  const edited = (['mail', 'record'] as const).filter(changed)
  return edited.length === 0 ? whyStill(pair, row, flow) : whyNotYet(pair, row, edited)
}

const isWithheld = (row: ShapeRow, item: ItemSnapshot, record: RecordSnapshot): boolean => {
  const holds = (snapshot: Snapshot, side: Side): boolean =>
    snapshot.contents?.some(({ part }) => row[side].fields.includes(part)) === true
  return holds(item, 'mail') || holds(record, 'record')
}

/** Equality is by the mapped value (2.4/20), in either direction: a lossy converter is no difference. */
const agree = (row: ShapeRow, mail: Value, record: Value, convert: ConvertContext): boolean =>
  sameValue(row.record.normal(row.toRecord(mail, record, convert)), row.record.normal(record)) ||
  sameValue(row.mail.normal(row.toMail(record, mail, convert)), row.mail.normal(mail))

const isCut = ({ row: { recordLengthMax } }: ShapeRow, mail: Value): boolean =>
  recordLengthMax !== undefined && typeof mail === 'string' && mail.length > recordLengthMax

const isBase = (
  side: Side,
  row: ShapeRow,
  base: BaseValue,
  value: Value,
  rules: Rules,
  link: Link,
  context: DecideContext
): boolean => {
  const normal = row[side].normal(value)
  return isDigest(base)
    ? base.digest === digestIn(context, rules, link.id)(side, row.name, normal)
    : sameValue(normal, row[side].normal(base))
}

/** An edit that has not flowed: asked about, waiting, on its way, or unseen. */
const whyNotYet = ({ link, item, record, due }: ComparedPair, row: ShapeRow, edited: ReadonlyArray<Side>): Why => {
  if (due !== undefined) return due.code === 'needs-decision' ? 'asked' : 'waits'
  if (edited.every((side) => link.unconfirmed?.[side]?.includes(row.name) === true)) return 'unconfirmed'
  const versions = { mail: item.version, record: record.version }
  const isUnseen = (side: Side): boolean => versions[side] !== undefined && versions[side] === link.versions[side]
  return edited.every(isUnseen) ? 'missed' : 'unsynced'
}

const closedStates: ReadonlySet<string> = new Set(['completed', 'canceled'])

/** No edit, and a difference all the same: the rule that let it be. */
const whyStill = ({ link, record }: ComparedPair, row: ShapeRow, flow: Flow): Why => {
  const { frozen } = link.decided.facts
  if (Array.isArray(frozen) && frozen.includes(row.name)) return 'frozen'
  if (closedStates.has(record.state)) return 'closed'
  if (flow.configured !== 3) return 'one-way'
  return flow.toMail && flow.toRecord ? 'as-it-was' : 'security'
}
