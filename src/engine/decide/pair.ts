/**
 * What ought to happen to a linked pair. Where both things are there their fields are merged, in one place; where one
 * is gone, hidden or left, the tables decide (`gone.ts`, `leave.ts`).
 */
import { baseOf, leftBehind, type Merge, type RelatedNames, type Rules, rebase } from '../../mapping/index.js'
import type {
  Base,
  DecisionFacts,
  Gesture,
  ItemSnapshot,
  Link,
  Origin,
  RecordSnapshot,
  Side
} from '../../model/index.js'
import { isDigest, sameValue } from '../../model/index.js'
import type { Facts } from '../facts.js'
import { can } from '../methods.js'
import { carries, categoriesOf, categoryOf, markOf, unmarked } from '../track/category.js'
import type { Decided, Unit } from '../unit.js'
import {
  conflictRows,
  type Draft,
  decided,
  ended,
  invalid,
  later,
  lookAgain,
  mergeFacts,
  nothing,
  put,
  rests,
  type Seen
} from './build.js'
import { baseContextOf, type DecideContext, digestIn, forgottenShape } from './context.js'
import { bothGone, itemGone, recordGone, untrack } from './gone.js'
import { leave, recordHidden } from './leave.js'
import { isMember, misfitsOf } from './membership.js'
import { cancels, isDraft, whyLeaving } from './kind/kind.js'
import { messagesOfDelete, messagesOfUpdate } from './kind/messages.js'
import { wakesFor } from './kind/task.js'
import { decideLinkedMessage } from './message/linked.js'
import { byGesture, mayDo } from './asked.js'
import { lastOf, mergePair } from './merge-pair.js'
import { itemSight, namesFor, type Pair, recordSight, type Sight } from './sight.js'
import { itemStays, stayFactsOf, whyItStays } from './stay.js'
import { withSet } from '../view.js'

export const decidePair = (unit: Unit, link: Link, facts: Facts, context: DecideContext): Decided => {
  const rules = context.rules.get(link.type)
  if (rules === undefined) return nothing({ unit }, 'method-unsupported', { type: link.type })
  const item = movedOr(itemSight(link, facts), unit, link, facts)
  const record = recordSight(link, facts)
  if (item._tag === 'Unknown' || record._tag === 'Unknown')
    return nothing({ unit }, 'retry-later', {}, { failure: false, rests: false })
  if (item._tag === 'Malformed') return invalid({ unit }, item.paths)
  if (record._tag === 'Malformed') return invalid({ unit }, record.paths)
  const untracking = lastOf(unit, 'Untrack')
  if (untracking !== undefined && !isTakenBack(unit)) return untrack(unit, untracking, item, record, facts, context)
  // An item that may not be read is no evidence of anything.
  if (item._tag === 'Hidden') return rests({ unit })
  if (item._tag === 'Absent') {
    return record._tag === 'Here'
      ? itemGone(unit, link, rules, record.snapshot, context, facts)
      : bothGone(unit, record._tag === 'Hidden')
  }
  const off = categoryOff(unit, link, item.snapshot, record, context)
  if (off !== undefined) return off
  if (record._tag === 'Absent') return recordGone(unit, link, rules, item.snapshot, context, facts)
  if (record._tag === 'Hidden') return recordHidden(unit, link, item.snapshot, context, facts)
  const names = namesFor(rules, record.snapshot, facts)
  if (rules.shape.behavesLike === 'email') {
    const base = { mail: [], record: [] }
    return decideLinkedMessage(
      { unit, link, item: item.snapshot, record: record.snapshot, rules, base, names },
      facts,
      context
    )
  }
  const base = isTakenBack(unit)
    ? baseOf(rules, item.snapshot.fields, record.snapshot.fields, baseContextOf(context, rules, link.id, names))
    : confirmed(link, rules, item.snapshot, record.snapshot, names, context)
  return bothHere({ unit, link, item: item.snapshot, record: record.snapshot, rules, base, names }, facts, context)
}

/**
 * 1.6/2: a person has taken the category off, which ends the link; record and item stay, always. Where the mark of what
 * could not be delivered stands in its place it was the engine who took it off (1.6/7).
 */
const categoryOff = (
  unit: Unit,
  link: Link,
  item: ItemSnapshot,
  record: Sight<RecordSnapshot>,
  { settings, method }: DecideContext
): Decided | undefined => {
  const category = categoryOf(settings, link.kind)
  const isOff =
    link.categorised === true && category !== undefined && !carries(item, category) && !carries(item, markOf(category))
  const asks = unit.gestures.some(({ gesture }) => trackingTags.has(gesture._tag))
  // The mark went with a success that a death has kept from being remembered: nobody has taken the category off.
  const wasMarked = unit.due?.code === 'item-undeliverable'
  const seen: Seen = { unit, item, ...(record._tag === 'Here' ? { record: record.snapshot } : {}) }
  return isOff && !asks && !wasMarked && can(method, 'category')
    ? ended(seen, 'person', 'untracked', { category: 'off' })
    : undefined
}

/** Gone under its old ref, and there under a new one: the item has only moved (2.8). */
const movedOr = (sight: Sight<ItemSnapshot>, unit: Unit, link: Link, facts: Facts): Sight<ItemSnapshot> => {
  if (sight._tag !== 'Absent' || unit.moves === undefined) return sight
  for (const ref of unit.moves) {
    const moved = itemSight({ ...link, item: ref }, facts)
    if (moved._tag === 'Here' && moved.snapshot.kind === link.kind) return moved
  }
  return sight
}

/** Untracked, and tracked again before anything came of it: linked as before, with what both sides hold as base (U7). */
const isTakenBack = ({ gestures }: Unit): boolean => {
  let untracked = false
  let again = false
  for (const { gesture } of gestures) {
    if (gesture._tag === 'Untrack') {
      untracked = true
      again = false
    } else if (trackingTags.has(gesture._tag)) again = untracked
  }
  return again
}

/**
 * The base in the order of the rules. One that stands in a former shape is carried over; the first sighting after a
 * write whose result was not shown is what that side's base is.
 */
const confirmed = (
  link: Link,
  rules: Rules,
  item: ItemSnapshot,
  record: RecordSnapshot,
  names: RelatedNames,
  context: DecideContext
): Base => {
  const baseContext = baseContextOf(context, rules, link.id, names)
  if (link.shape !== rules.shape.digest) {
    const from = context.formerShapes.get(link.shape) ?? forgottenShape
    return rebase(rules, from, link.base, item.fields, record.fields, baseContext)
  }
  if (link.unconfirmed === undefined) return link.base
  const seen = baseOf(rules, item.fields, record.fields, baseContext)
  const versions = { mail: item.version, record: record.version }
  const settled = (side: Side): Base[Side] => {
    const rows = link.unconfirmed?.[side]
    const isFirst = link.versions[side] === undefined || link.versions[side] === versions[side]
    if (rows === undefined || !isFirst) return link.base[side]
    return rules.shape.rows.map((row, at) => (rows.includes(row.name) ? seen : link.base)[side][at] ?? null)
  }
  return { mail: settled('mail'), record: settled('record') }
}

const bothHere = (pair: Pair, facts: Facts, context: DecideContext): Decided => {
  const { unit, link, item, record } = pair
  // A draft does not sync until it is sent (4.4/15).
  if (isDraft(pair)) {
    const waits = unit.gestures.length === 0 ? undefined : { failure: false, rests: false }
    return nothing({ unit, item, record }, 'not-requested', { draft: true }, waits)
  }
  const member = isMember(context, link.type, record)
  const asked = lookupAsked(pair)
  if (asked !== undefined && !sameValue(record.fields[asked.field], asked.to))
    return mayDo('update', asked.by, context)
      ? setLookup(pair, asked.field, asked.to, facts, context)
      : nothing({ unit, item, record }, 'missing-privilege', { privilege: 'update' }, lookAgain)
  const misfits = link.origin === 'tracked' ? [] : misfitsOf(context, link.type, record)
  if (misfits.length > 0) return invalid({ unit, item, record }, misfits)
  if (cancels(pair, facts, context)) return cancel(pair, context)
  const leaving = whyLeaving(pair, context)
  const merge = mergePair(pair, facts, context, leaving)
  if (merge.malformed.length > 0)
    return nothing({ unit, item, record }, 'invalid-item', mergeFacts(merge), { failure: false, rests: true })
  if (merge.code === 'needs-decision')
    return nothing({ unit, item, record }, 'needs-decision', mergeFacts(merge), { failure: false, rests: false })
  if (link.origin !== 'tracked' && (member === 'no' || leaving !== undefined))
    return leave(pair, merge, leaving !== undefined, facts, context)
  return flows(pair, merge, member, facts, context)
}

/** What a person asks a look-up of the record to be: a contact's parent, or what an activity is about. */
const lookupAsked = ({
  unit,
  rules
}: Pair): { readonly field: string; readonly to: string | null; readonly by: string } | undefined => {
  const { parent, regarding } = rules.shape
  const asked = byGesture(unit.gestures.map(({ gesture }) => gesture))
  if (asked === undefined) return undefined
  const { by } = asked
  if (asked.parent !== undefined && parent !== undefined) return { field: parent, to: asked.parent, by }
  return asked.regarding === undefined || regarding === undefined
    ? undefined
    : { field: regarding, to: asked.regarding, by }
}

/** A canceled meeting goes from its organizer's mailbox, where that is wanted (2.6/28). */
const cancel = ({ unit, item, record, rules }: Pair, context: DecideContext): Decided => {
  const seen: Seen = { unit, item, record }
  if (context.second) return later(seen)
  return decided(seen, {
    code: 'record-deleted',
    facts: { canceled: true },
    mail: { op: 'delete', messages: messagesOfDelete(rules, item.fields, true, context) },
    change: { _tag: 'End', endedBy: 'left' }
  })
}

/** T2, T3 on a tracked item: only the look-up changes. */
const setLookup = (pair: Pair, field: string, to: string | null, facts: Facts, context: DecideContext): Decided => {
  const { unit, item, record, link, rules } = pair
  const seen: Seen = { unit, item, record }
  const merge = mergePair(pair, facts, context)
  const isParent = field === rules.shape.parent
  const merged = merge.malformed.length > 0 || merge.code === 'needs-decision' ? undefined : merge
  const categories = unmarked(item, context)
  return decided(seen, {
    code: 'gesture',
    facts: { ...(merged === undefined ? {} : mergeFacts(merged)), [isParent ? 'parent' : 'regarding']: to ?? '' },
    ...(merged?.setMail === undefined && categories === undefined
      ? {}
      : {
          mail: {
            op: 'update',
            set: merged?.setMail ?? {},
            ...(merged === undefined ? {} : { messages: messagesOfUpdate(pair, merged, facts, context) }),
            ...(categories === undefined ? {} : { categories })
          } satisfies Draft['mail']
        }),
    record: { op: 'update', set: { ...merged?.setRecord, [field]: to } },
    mailRows: merged?.mailRows ?? [],
    recordRows: merged?.recordRows ?? [],
    change: put(seen, rules, {
      origin: link.origin,
      base: merged?.base ?? pair.base,
      before: pair.base,
      ...(isParent && to !== null ? { related: [to] } : {})
    }),
    conflicts: merged === undefined ? [] : conflictRows(seen, merged, context),
    // The item shows it at the next cycle, not before (1.10/1); what could not be merged is asked about.
    ...(merged === undefined || !isParent || rules.shape.lookups.length > 0 ? { due: lookAgain } : {})
  })
}

/** Membership and merge of a pair that stays linked. */
const flows = (
  pair: Pair,
  merge: Merge,
  member: 'yes' | 'no' | 'unknown',
  facts: Facts,
  context: DecideContext
): Decided => {
  const { unit, link, item, record, rules } = pair
  const seen: Seen = { unit, item, record }
  const origin: Origin = member === 'yes' && link.origin === 'tracked' ? 'both' : link.origin
  const tracks = unit.gestures.some(({ gesture }) => trackingTags.has(gesture._tag))
  const messages = messagesOfUpdate(pair, merge, facts, context)
  const marks = lacksMark(pair, context)
  const code = codeOf(pair, merge, member, tracks, context.cycle)
  const writes = link.writes === undefined && context.freeze === null ? undefined : writesAfter(pair, merge, context)
  const settled = isSettled(pair, merge, origin, carries(item, categoryOf(context.settings, link.kind)))
  const isRecovered = link.decided.cycle === context.cycle
  const categories = isRecovered ? categoriesOf(item, link.decided.code, context) : unmarked(item, context)
  return decided(seen, {
    code,
    facts: { ...mergeFacts(merge), ...droppedFacts(pair, merge) },
    ...(merge.setMail === undefined && !marks && categories === undefined
      ? {}
      : {
          mail: {
            op: 'update',
            set: merge.setMail ?? {},
            messages,
            marks,
            ...(categories === undefined ? {} : { categories })
          } satisfies Draft['mail']
        }),
    ...(merge.setRecord === undefined ? {} : { record: { op: 'update', set: merge.setRecord } }),
    mailRows: merge.mailRows,
    recordRows: merge.recordRows,
    ...(settled && categories === undefined
      ? {}
      : {
          change: put(seen, rules, {
            origin,
            base: merge.base ?? pair.base,
            before: pair.base,
            ...(writes === undefined ? {} : { writes })
          })
        }),
    conflicts: conflictRows(seen, merge, context),
    ...(movesMembership(pair, merge, member, origin, context)
      ? { due: lookAgain }
      : wakesFor(rules, { ...record.fields, ...merge.setRecord }, context)),
    candidateDelete: unit.candidate && wouldDelete(pair, facts, context)
  })
}

/** A death came between the record that was made and the mark of its item: the mark is put on now. */
const lacksMark = ({ link, item }: Pair, { cycle, mailCan }: DecideContext): boolean =>
  mailCan.marker &&
  link.decided.cycle === cycle &&
  (link.decided.code === 'gesture' || link.decided.code === 'category') &&
  item.marker?.record !== link.record

/** Files that did not go with the others are named by their number (4.7/23, T11). */
const droppedFacts = ({ item, record }: Pair, merge: Merge): DecisionFacts => {
  const dropped =
    (merge.recordRows.includes('attachments') ? leftBehind(item.fields['attachments'] ?? null) : 0) +
    (merge.mailRows.includes('attachments') ? leftBehind(record.fields['attachments'] ?? null) : 0)
  return dropped === 0 ? {} : { droppedAttachments: dropped }
}

const trackingTags: ReadonlySet<Gesture['_tag']> = new Set<Gesture['_tag']>(['Track', 'SetParent', 'SetRegarding'])

/** The engine's own write may make a member of the record, or end it: the next cycle judges the record as it then is. */
const movesMembership = (
  { record }: Pair,
  merge: Merge,
  member: 'yes' | 'no' | 'unknown',
  origin: Origin,
  context: DecideContext
): boolean => {
  if (merge.setRecord === undefined) return false
  const written = isMember(context, record.type, withSet(record, merge.setRecord))
  return written !== member && (origin !== 'tracked' || written === 'yes')
}

const codeOf = (
  { unit, link }: Pair,
  merge: Merge,
  member: 'yes' | 'no' | 'unknown',
  tracks: boolean,
  cycle: string
): Merge['code'] => {
  // Recover has just found the record that this very gesture asked for.
  if (lastOf(unit, 'SetRegarding') !== undefined || lastOf(unit, 'SetParent') !== undefined) return 'gesture'
  if (tracks) return link.decided.cycle === cycle && link.decided.code === 'gesture' ? 'gesture' : 'already-tracked'
  const unknown = member === 'unknown' || unit.candidate
  return unknown && link.origin !== 'tracked' ? 'unknown-membership' : merge.code
}

/** Whether the link says all of this already: then not even a row of the link store is written. */
const isSettled = (
  { link, item, record, rules }: Pair,
  merge: Merge,
  origin: Origin,
  isCategorised: boolean
): boolean =>
  merge.base === undefined &&
  origin === link.origin &&
  item.ref === link.item &&
  link.versions.mail === item.version &&
  link.versions.record === record.version &&
  link.owner === record.owner &&
  link.state === record.state &&
  link.unconfirmed === undefined &&
  link.owes === undefined &&
  link.shape === rules.shape.digest &&
  (link.categorised === true) === isCategorised

const wouldDelete = (pair: Pair, facts: Facts, context: DecideContext): boolean =>
  context.settings.leaveFilter === 'delete' &&
  whyItStays(itemStays, pair.rules.shape.behavesLike, stayFactsOf(pair, facts, context)) === undefined

const writesMax = 64

/** The engine's recent writes to this pair, this cycle's included. */
const writesAfter = ({ link, rules }: Pair, merge: Merge, context: DecideContext): Link['writes'] => {
  const { nowMs, freeze } = context
  const kept = (link.writes ?? []).filter((write) => freeze !== null && write.atMs > nowMs - freeze.withinMs)
  if (freeze === null || merge.base === undefined || merge.mailRows.length + merge.recordRows.length === 0) return kept
  const digest = digestIn(context, rules, link.id)
  const of = (side: Side, rows: ReadonlyArray<string>): NonNullable<Link['writes']> =>
    rows.map((field) => {
      const index = rules.shape.rows.findIndex((row) => row.name === field)
      const row = rules.shape.rows[index]
      const value = merge.base?.[side][index] ?? null
      return {
        field,
        side,
        atMs: nowMs,
        digest: isDigest(value) ? value.digest : digest(side, field, row?.[side].normal(value) ?? null)
      }
    })
  return [...kept, ...of('mail', merge.mailRows), ...of('record', merge.recordRows)].slice(-writesMax)
}
