/**
 * What ought to happen to one pair when a cycle is undone: the inverses of its writes to both sides, and what becomes
 * of the link. An ordinary decision: guards pass over its verdict, and it is carried out like any other.
 */
import { baseOf, type Rules } from '../../mapping/index.js'
import type { Base, BaseValue, FormerLink, Link, Side } from '../../model/index.js'
import { isDigest, otherSide, sameValue } from '../../model/index.js'
import { decided, lookAgain, nothing, put, type Seen } from '../decide/build.js'
import { baseContextOf, type DecideContext, digestIn } from '../decide/context.js'
import { itemSight, namesFor, noNames, recordSight } from '../decide/sight.js'
import type { Facts } from '../facts.js'
import type { Decided, LinkChange, Unit } from '../unit.js'
import { linksIn, type Undoing } from './asks.js'
import { type Inverse, inverseOf } from './inverse.js'
import {
  factsOf,
  type Inverses,
  left,
  movedBase,
  noInverse,
  type Pair,
  rowsOf,
  said,
  type UndoContext,
  updateOf
} from './pair.js'
import { restoration } from './restore.js'

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
  const refs = { item: ref, record: recordRef, type: unit.type, kind: unit.kind }
  const item = itemSight(refs, facts)
  const record = recordSight(refs, facts)
  const seen: Seen = {
    unit: link === undefined ? unit : { ...unit, link },
    ...(item._tag === 'Here' ? { item: item.snapshot } : {}),
    ...(record._tag === 'Here' ? { record: record.snapshot } : {})
  }
  return decidePair({ unit, undoing, rules, link, former, item, record, seen, facts }, context)
}

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

/** Old values on either side. The base moves with them: what is undone is no edit. */
const setBack = (pair: Pair, inverses: Inverses, context: UndoContext): Decided => {
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

const standingAs = ({ seen, rules, facts }: Pair, link: Link, inverses: Inverses, context: UndoContext): LinkChange => {
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

/** The pair stays apart, and what is remembered of it moves, so that nothing flows should it be linked again. */
const rememberedAs = ({ former, rules, seen }: Pair, inverses: Inverses, context: UndoContext): LinkChange => {
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

const ending = (side: Side, pair: Pair, inverses: Inverses, context: UndoContext): LinkChange => {
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
