/**
 * What ought to happen to one pair when a cycle is undone: the inverses of its writes to both sides, and what becomes
 * of the link. An ordinary decision: guards pass over its verdict, and it is carried out like any other.
 */
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
import { isDigest, mergedFields, otherSide, sameValue } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import { type Draft, decided, lookAgain, nothing, put, type Seen } from '../decide/build.js'
import { baseContextOf, type DecideContext, digestIn } from '../decide/context.js'
import { itemSight, namesFor, noNames, recordSight, type Sight } from '../decide/sight.js'
import type { Facts } from '../facts.js'
import type { Decided, LinkChange, Unit } from '../unit.js'
import { linksIn, type Undoing } from './asks.js'
import { type Inverse, inverseOf } from './inverse.js'

/** Who undoes what. */
export interface UndoContext extends DecideContext {
  readonly undoes: string
  readonly by: string
  /** Records to which another mailbox has a link. */
  readonly elsewhere: ReadonlySet<string>
}

/** Everything that the decision about one pair rests on. */
interface Pair {
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

export const decideUndo = (unit: Unit, undoing: Undoing, facts: Facts, context: UndoContext): Decided => {
  const rules = context.rules.get(unit.type)
  if (rules === undefined) return nothing({ unit }, 'method-unsupported', said(context))
  const known = linksIn(undoing, facts)
  if (known === undefined) return nothing({ unit }, 'retry-later', said(context))
  const { item: ref, record: recordRef } = undoing
  const link = known.links.find((candidate) => candidate.item === ref && candidate.record === recordRef)
  const former = known.formers.find(({ id }) => id === unit.key)
  if (link === undefined && known.links.length > 0) return left(unit, context, { linked: true })
  if (link?.owes !== undefined) return nothing({ unit }, 'retry-later', said(context))
  const refs = { item: ref, record: recordRef, type: unit.type }
  const item = itemSight(refs, facts)
  const record = recordSight(refs, facts)
  const seen: Seen = {
    unit: link === undefined ? unit : { ...unit, link },
    ...(item._tag === 'Here' ? { item: item.snapshot } : {}),
    ...(record._tag === 'Here' ? { record: record.snapshot } : {})
  }
  return decidePair({ unit, undoing, rules, link, former, item, record, seen, facts }, context)
}

const said = ({ undoes, by }: UndoContext): DecisionFacts => ({ undoes, by })

const left = (unit: Unit, context: UndoContext, facts: DecisionFacts = {}): Decided =>
  nothing({ unit }, 'changed-since', { ...said(context), ...facts })

const decidePair = (pair: Pair, context: UndoContext): Decided => {
  const inverses = { mail: inverseFor('mail', pair, context), record: inverseFor('record', pair, context) }
  for (const side of ['record', 'mail'] as const) {
    const inverse = inverses[side]
    if (inverse._tag === 'Leave') return nothing(pair.seen, inverse.code, { ...said(context), ...inverse.facts })
  }
  for (const side of ['record', 'mail'] as const) {
    const inverse = inverses[side]
    if (inverse._tag === 'Remove') return removal(side, pair, inverses[otherSide(side)], context)
    if (inverse._tag === 'Restore') return restoration(side, inverse, pair, inverses[otherSide(side)], context)
  }
  return setBack(pair, inverses, context)
}

const inverseFor = (side: Side, pair: Pair, context: UndoContext): Inverse =>
  inverseOf({
    side,
    rows: pair.undoing.rows.filter((row) => row.side === side),
    sight: side === 'mail' ? pair.item : pair.record,
    rules: pair.rules,
    access: context.access,
    isEditedOpposite: (row) => isEdited(otherSide(side), row, pair, context),
    isElsewhere: side === 'record' && context.elsewhere.has(pair.undoing.record)
  })

/** An edit that the next cycle would carry over: it outweighs the undo of that field. */
const isEdited = (side: Side, name: string, { link, rules, item, record }: Pair, context: DecideContext): boolean => {
  const sight = side === 'mail' ? item : record
  const at = rules.shape.rows.findIndex((row) => row.name === name)
  const row = rules.shape.rows[at]
  if (link === undefined || link.shape !== rules.shape.digest || sight._tag !== 'Here') return false
  if (row === undefined || row.nameOf !== undefined) return false
  const base = link.base[side][at] ?? null
  const value = row[side].normal(row[side].lift(sight.snapshot.fields, noNames))
  return isDigest(base)
    ? base.digest !== digestIn(context, rules, link.id)(side, name, value)
    : !sameValue(value, row[side].normal(base))
}

type Write = NonNullable<Draft['mail']> & NonNullable<Draft['record']>

/** The fields that go back on one side, as a write; none where there is nothing to set. */
const updateOf = (inverse: Inverse): Extract<Write, { readonly op: 'update' }> | undefined =>
  inverse._tag === 'Set' && Object.keys(inverse.set).length > 0 ? { op: 'update', set: inverse.set } : undefined

const rowsOf = (inverse: Inverse): ReadonlyArray<string> => (inverse._tag === 'Set' ? inverse.rows : [])
const leftOf = (inverse: Inverse): ReadonlyArray<string> => (inverse._tag === 'Set' ? inverse.left : [])

const factsOf = (
  inverses: { readonly mail: Inverse; readonly record: Inverse },
  context: UndoContext
): DecisionFacts => {
  const leftRows = [...new Set([...leftOf(inverses.mail), ...leftOf(inverses.record)])]
  return {
    ...said(context),
    ...(rowsOf(inverses.mail).length === 0 ? {} : { toMail: rowsOf(inverses.mail) }),
    ...(rowsOf(inverses.record).length === 0 ? {} : { toRecord: rowsOf(inverses.record) }),
    ...(leftRows.length === 0 ? {} : { left: leftRows })
  }
}

/** Old values on either side. The base moves with them: what is undone is no edit. */
const setBack = (
  pair: Pair,
  inverses: { readonly mail: Inverse; readonly record: Inverse },
  context: UndoContext
): Decided => {
  const { seen, link, former } = pair
  const mail = updateOf(inverses.mail)
  const record = updateOf(inverses.record)
  const facts = factsOf(inverses, context)
  const hasBase = link !== undefined || former !== undefined
  if (!hasBase || (mail === undefined && record === undefined && (link !== undefined || facts['left'] !== undefined)))
    return nothing(seen, 'changed-since', facts)
  return decided(seen, {
    code: 'undone',
    facts,
    ...(mail === undefined ? {} : { mail }),
    ...(record === undefined ? {} : { record }),
    mailRows: mail === undefined ? [] : rowsOf(inverses.mail),
    recordRows: record === undefined ? [] : rowsOf(inverses.record),
    change: link === undefined ? rememberedAs(pair, inverses, context) : standingAs(pair, link, inverses, context),
    // An edit that lies on top of the undo is found by the next cycle, which looks at the pair in any case.
    ...(link === undefined ? {} : { due: lookAgain })
  })
}

const standingAs = (
  { seen, rules, facts }: Pair,
  link: Link,
  inverses: { readonly mail: Inverse; readonly record: Inverse },
  context: UndoContext
): LinkChange => {
  const base = confirmed(link, seen, rules, facts, context)
  return put(seen, rules, {
    origin: link.origin,
    base: movedBase(base, rules, seen, inverses, link.id, context),
    before: base,
    ...(link.writes === undefined ? {} : { writes: link.writes }),
    ...(link.related === undefined ? {} : { related: link.related })
  })
}

/** Rows whose base is what was sent, not yet what was seen: this is the first sighting. */
const confirmed = (link: Link, { item, record }: Seen, rules: Rules, facts: Facts, context: DecideContext): Base => {
  if (link.unconfirmed === undefined || item === undefined || record === undefined) return link.base
  const now = baseOf(
    rules,
    item.fields,
    record.fields,
    baseContextOf(context, rules, link.id, namesFor(rules, record, facts))
  )
  const settled = (side: Side): ReadonlyArray<BaseValue> =>
    rules.shape.rows.map(
      (row, at) => (link.unconfirmed?.[side]?.includes(row.name) === true ? now : link.base)[side][at] ?? null
    )
  return { mail: settled('mail'), record: settled('record') }
}

/** The base with the rows that go back as they will be; all others stay, so that no edit is taken for seen. */
const movedBase = (
  base: Base,
  rules: Rules,
  { item, record }: Seen,
  inverses: { readonly mail: Inverse; readonly record: Inverse },
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

/** The pair stays apart, and what is remembered of it moves, so that nothing flows should it be linked again. */
const rememberedAs = (
  { former, rules, seen }: Pair,
  inverses: { readonly mail: Inverse; readonly record: Inverse },
  context: UndoContext
): LinkChange => {
  if (former === undefined || former.shape !== rules.shape.digest) return { _tag: 'None' }
  return {
    _tag: 'Remember',
    former: { ...former, base: movedBase(former.base, rules, seen, inverses, former.id, context) }
  }
}

/**
 * What the cycle had made goes, and the link with it. An item so deleted is one that a person deleted (2.6/29a): its
 * record brings it back when it leaves the filter and enters again. Of a record that goes the item stays, and only a
 * gesture makes another of it (U7).
 */
const removal = (side: Side, pair: Pair, other: Inverse, context: UndoContext): Decided => {
  if (pair.link === undefined && madeAlone(pair) === undefined) return left(pair.unit, context, { unlinked: true })
  const update = updateOf(other)
  const inverses = side === 'mail' ? { mail: noInverse, record: other } : { mail: other, record: noInverse }
  const rows = update === undefined ? [] : rowsOf(other)
  return decided(pair.seen, {
    code: 'undone',
    facts: factsOf(inverses, context),
    ...(side === 'mail'
      ? { mail: { op: 'delete' }, ...(update === undefined ? {} : { record: update }), recordRows: rows }
      : { record: { op: 'delete' }, ...(update === undefined ? {} : { mail: update }), mailRows: rows }),
    change: ending(side, pair, inverses, context)
  })
}

const ending = (
  side: Side,
  pair: Pair,
  inverses: { readonly mail: Inverse; readonly record: Inverse },
  context: UndoContext
): LinkChange => {
  const { link, rules, seen } = pair
  const former = madeAlone(pair)
  if (link === undefined) return former === undefined ? { _tag: 'None' } : { _tag: 'Remember', former }
  return {
    _tag: 'End',
    endedBy: side === 'mail' ? 'item-deleted' : 'person',
    base: movedBase(link.base, rules, seen, inverses, link.id, context)
  }
}

/** What an undo made again without its partner has no link, and goes like anything else that a cycle made. */
const madeAlone = ({ former, rules }: Pair): FormerLink | undefined =>
  former?.code === 'undone' && former.shape === rules.shape.digest ? former : undefined

const noInverse: Inverse = { _tag: 'None' }

type Restore = Extract<Inverse, { readonly _tag: 'Restore' }>

/** What the cycle had deleted is made again, under the claim of its identity, and linked to its partner if that is there. */
const restoration = (side: Side, restore: Restore, pair: Pair, other: Inverse, context: UndoContext): Decided => {
  const { unit, undoing, former, link, seen, rules } = pair
  const partner = side === 'mail' ? pair.record : pair.item
  if (partner._tag === 'Unknown') return nothing(seen, 'retry-later', said(context))
  if (partner._tag === 'Malformed' || partner._tag === 'Hidden')
    return nothing(seen, 'missing-privilege', said(context))
  const standing = former === undefined ? undefined : side === 'mail' ? former.item : former.record
  // A former link that names another thing in its place says that it was made again before.
  if (link !== undefined || (standing !== undefined && standing !== restore.row.ref))
    return left(unit, context, { restored: true })
  const update = partner._tag === 'Here' ? updateOf(other) : undefined
  const inverses = side === 'mail' ? { mail: noInverse, record: other } : { mail: other, record: noInverse }
  const made = rowsHeld(side, restore, rules)
  const { row } = restore
  const create: Draft =
    side === 'mail'
      ? {
          code: 'undone',
          mail: { op: 'create', fields: restore.fields, ...(row.folder === undefined ? {} : { folder: row.folder }) },
          mailRows: made,
          ...(update === undefined ? {} : { record: update, recordRows: rowsOf(other) })
        }
      : {
          code: 'undone',
          record: { op: 'create', fields: restore.fields, owner: row.owner ?? context.user },
          recordRows: made,
          ...(update === undefined ? {} : { mail: update, mailRows: rowsOf(other) })
        }
  const identity =
    side === 'mail' ? itemIdentity(context.mailbox, undoing.record) : recordIdentity(context.mailbox, undoing.item)
  const again = decided(seen, {
    ...create,
    facts: {
      ...factsOf(inverses, context),
      restored: side,
      ...(restore.refused.length === 0 ? {} : { refused: restore.refused })
    },
    claim: { identity, side, gone: [row.ref] },
    change:
      partner._tag === 'Here'
        ? linkedAgain(side, restore, pair, inverses, context)
        : alone(side, restore, pair, context),
    ...(partner._tag === 'Here' ? { due: lookAgain } : {})
  })
  const { record } = again.effects
  return side === 'record' && record?._tag === 'Create' && row.state !== undefined
    ? { ...again, effects: { ...again.effects, record: { ...record, state: row.state } } }
    : again
}

const rowsHeld = (side: Side, { fields }: Restore, rules: Rules): ReadonlyArray<string> =>
  rules.shape.rows.flatMap((row) =>
    row.nameOf === undefined && row[side].lift(fields, noNames) !== null ? [row.name] : []
  )

/** Both sides' values, with the fields of what is made again; the partner's as they are remembered, so that its edits flow. */
const baseWith = (
  side: Side,
  restore: Restore,
  pair: Pair,
  inverses: Parameters<typeof movedBase>[3],
  context: UndoContext
): Base => {
  const { seen, rules, former, unit, facts } = pair
  const fields = (of: Side) => (of === side ? restore.fields : (of === 'mail' ? seen.item : seen.record)?.fields) ?? {}
  const names = seen.record === undefined ? noNames : namesFor(rules, seen.record, facts)
  const now = baseOf(rules, fields('mail'), fields('record'), baseContextOf(context, rules, unit.key, names))
  // After a person's word what both sides hold is the base, as where the pair is tracked again (U7).
  const isGood = former !== undefined && former.endedBy !== 'person' && former.shape === rules.shape.digest
  const remembered = isGood ? former.base : now
  const partner = movedBase(remembered, rules, seen, inverses, unit.key, context)
  return side === 'mail' ? { mail: now.mail, record: partner.record } : { mail: partner.mail, record: now.record }
}

/** A person asked for it, so that no filter takes it away again (24 of `filters.md`); one that holds it shares it. */
const linkedAgain = (
  side: Side,
  restore: Restore,
  pair: Pair,
  inverses: Parameters<typeof movedBase>[3],
  context: UndoContext
): LinkChange =>
  put(pair.seen, pair.rules, {
    origin: 'tracked',
    base: baseWith(side, restore, pair, inverses, context),
    revives: pair.unit.key
  })

/** Its partner is gone: what is remembered of the pair names the thing that was made, and no filter brings the other. */
const alone = (side: Side, restore: Restore, pair: Pair, context: UndoContext): LinkChange => {
  const { unit, undoing, rules } = pair
  const former: FormerLink = {
    id: unit.key,
    mailbox: context.mailbox,
    item: undoing.item,
    kind: unit.kind,
    record: undoing.record,
    type: unit.type,
    endedBy: side === 'mail' ? 'record-deleted' : 'item-deleted',
    code: 'undone',
    atMs: context.nowMs,
    shape: rules.shape.digest,
    base: baseWith(side, restore, pair, { mail: noInverse, record: noInverse }, context)
  }
  return { _tag: 'Remember', former }
}
