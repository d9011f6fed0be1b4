/** What a cycle had deleted is made again: with all that it held, under the claim of its identity. */
import { baseOf, type Rules } from '../../mapping/index.js'
import type { Base, FormerLink, Side } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import { type Draft, decided, lookAgain, nothing, put } from '../decide/build.js'
import { baseContextOf } from '../decide/context.js'
import { namesFor, noNames } from '../decide/sight.js'
import type { Decided, LinkChange } from '../unit.js'
import type { Inverse } from './inverse.js'
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

type Restore = Extract<Inverse, { readonly _tag: 'Restore' }>

/** Linked to its partner if that is there, else alone. */
export const restoration = (
  side: Side,
  restore: Restore,
  pair: Pair,
  other: Inverse,
  context: UndoContext
): Decided => {
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
const baseWith = (side: Side, restore: Restore, pair: Pair, inverses: Inverses, context: UndoContext): Base => {
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
const linkedAgain = (side: Side, restore: Restore, pair: Pair, inverses: Inverses, context: UndoContext): LinkChange =>
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
