/**
 * What ought to happen to a linked pair. Where both things are there their fields are merged, in one place; where one
 * is gone, hidden or left, the tables decide (`gone.ts`, `leave.ts`).
 */
import {
  baseOf,
  type Merge,
  type MergeContext,
  mergeFields,
  type RelatedNames,
  type Rules,
  rebase
} from '../../mapping/index.js'
import type { Base, Gesture, ItemSnapshot, Link, Origin, RecordSnapshot, Side } from '../../model/index.js'
import { isDigest, sameValue } from '../../model/index.js'
import type { Facts } from '../facts.js'
import type { Decided, Unit } from '../unit.js'
import { conflictRows, decided, invalid, lookAgain, mergeFacts, nothing, put, rests, type Seen } from './build.js'
import { baseContextOf, type DecideContext, digestIn, forgottenShape, mergeContextFor } from './context.js'
import { bothGone, itemGone, recordGone, untrack } from './gone.js'
import { leave, recordHidden } from './leave.js'
import { isMember, misfitsOf } from './membership.js'
import { itemSight, namesFor, recordSight } from './sight.js'
import { itemStays, whyItStays } from './stay.js'

/** A pair with everything that its decision rests on. */
interface Pair {
  readonly unit: Unit
  readonly link: Link
  readonly item: ItemSnapshot
  readonly record: RecordSnapshot
  readonly rules: Rules
  readonly base: Base
  readonly names: RelatedNames
}

export const decidePair = (unit: Unit, link: Link, facts: Facts, context: DecideContext): Decided => {
  const rules = context.rules.get(link.type)
  if (rules === undefined) return nothing({ unit }, 'method-unsupported', { type: link.type })
  const item = itemSight(link, facts)
  const record = recordSight(link, facts)
  if (item._tag === 'Unknown' || record._tag === 'Unknown')
    return nothing({ unit }, 'retry-later', {}, { failure: false, rests: false })
  if (item._tag === 'Malformed') return invalid({ unit }, item.paths)
  if (record._tag === 'Malformed') return invalid({ unit }, record.paths)
  const untracking = lastOf(unit, 'Untrack')
  if (untracking !== undefined && !isTakenBack(unit)) return untrack(unit, untracking, item, record, context)
  // An item that may not be read is no evidence of anything.
  if (item._tag === 'Hidden') return rests({ unit })
  if (item._tag === 'Absent') {
    return record._tag === 'Here'
      ? itemGone(unit, link, rules, record.snapshot, context, facts)
      : bothGone(unit, record._tag === 'Hidden')
  }
  if (record._tag === 'Absent') return recordGone(unit, link, rules, item.snapshot, context)
  if (record._tag === 'Hidden') return recordHidden(unit, link, item.snapshot, context)
  const names = namesFor(rules, record.snapshot, facts)
  const base = isTakenBack(unit)
    ? baseOf(rules, item.snapshot.fields, record.snapshot.fields, baseContextOf(context, rules, link.id, names))
    : confirmed(link, rules, item.snapshot, record.snapshot, names, context)
  return bothHere({ unit, link, item: item.snapshot, record: record.snapshot, rules, base, names }, context)
}

const lastOf = <T extends Gesture['_tag']>(unit: Unit, tag: T): Extract<Gesture, { readonly _tag: T }> | undefined => {
  let last: Extract<Gesture, { readonly _tag: T }> | undefined
  for (const { gesture } of unit.gestures) {
    if (gesture._tag === tag) last = gesture as Extract<Gesture, { readonly _tag: T }>
  }
  return last
}

/** Untracked, and tracked again before anything came of it: linked as before, with what both sides hold as base (U7). */
const isTakenBack = ({ gestures }: Unit): boolean => {
  let untracked = false
  let again = false
  for (const { gesture } of gestures) {
    if (gesture._tag === 'Untrack') {
      untracked = true
      again = false
    } else if (gesture._tag === 'Track' || gesture._tag === 'SetParent') again = untracked
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

const bothHere = (pair: Pair, context: DecideContext): Decided => {
  const { unit, link, item, record } = pair
  const member = isMember(context, link.type, record)
  const parent = lastOf(unit, 'SetParent')
  const field = pair.rules.shape.parent
  if (parent !== undefined && field !== undefined && !sameValue(record.fields[field], parent.parent))
    return setParent(pair, field, parent.parent, context)
  const misfits = link.origin === 'tracked' ? [] : misfitsOf(context, link.type, record)
  if (misfits.length > 0) return invalid({ unit, item, record }, misfits)
  const merge = mergePair(pair, context)
  if (merge.malformed.length > 0)
    return nothing({ unit, item, record }, 'invalid-item', mergeFacts(merge), { failure: false, rests: true })
  if (merge.code === 'needs-decision')
    return nothing({ unit, item, record }, 'needs-decision', mergeFacts(merge), { failure: false, rests: false })
  if (link.origin !== 'tracked' && member === 'no') return leave({ unit, item, record }, link, merge, context)
  return flows(pair, merge, member, context)
}

const mergePair = (pair: Pair, context: DecideContext): Merge =>
  mergeFields(pair.rules, pair.base, { mail: pair.item.fields, record: pair.record.fields }, () =>
    mergeContextOf(pair, context)
  )

const mergeContextOf = (pair: Pair, context: DecideContext): MergeContext => {
  const answer = lastOf(pair.unit, 'Resolve')?.keep
  const frozen = frozenTest(pair, context)
  return {
    ...mergeContextFor(pair.item, pair.record, baseContextOf(context, pair.rules, pair.link.id, pair.names), context),
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

/** T3 on a tracked contact: only the look-up changes. */
const setParent = (pair: Pair, field: string, parent: string, context: DecideContext): Decided => {
  const { unit, item, record, link, rules } = pair
  const seen: Seen = { unit, item, record }
  const merge = mergePair(pair, context)
  const merged = merge.malformed.length > 0 || merge.code === 'needs-decision' ? undefined : merge
  return decided(seen, {
    code: 'gesture',
    facts: { ...(merged === undefined ? {} : mergeFacts(merged)), parent },
    ...(merged?.setMail === undefined ? {} : { mail: { op: 'update', set: merged.setMail } }),
    record: { op: 'update', set: { ...merged?.setRecord, [field]: parent } },
    mailRows: merged?.mailRows ?? [],
    recordRows: merged?.recordRows ?? [],
    change: put(seen, rules, {
      origin: link.origin,
      base: merged?.base ?? pair.base,
      before: pair.base,
      related: [parent]
    }),
    conflicts: merged === undefined ? [] : conflictRows(seen, merged, context),
    // The parent's name, where it is mapped, is shown by the next cycle (1.10/1); what could not be merged is asked about.
    ...(merged === undefined || rules.shape.rows.some((row) => row.nameOf !== undefined) ? { due: lookAgain } : {})
  })
}

/** Membership and merge of a pair that stays linked. */
const flows = (pair: Pair, merge: Merge, member: 'yes' | 'no' | 'unknown', context: DecideContext): Decided => {
  const { unit, link, item, record, rules } = pair
  const seen: Seen = { unit, item, record }
  const origin: Origin = member === 'yes' && link.origin === 'tracked' ? 'both' : link.origin
  const tracks = unit.gestures.some(({ gesture }) => gesture._tag === 'Track' || gesture._tag === 'SetParent')
  const code = codeOf(pair, merge, member, tracks, context.cycle)
  const writes = link.writes === undefined && context.freeze === null ? undefined : writesAfter(pair, merge, context)
  const settled = isSettled(pair, merge, origin)
  return decided(seen, {
    code,
    facts: mergeFacts(merge),
    ...(merge.setMail === undefined ? {} : { mail: { op: 'update', set: merge.setMail } }),
    ...(merge.setRecord === undefined ? {} : { record: { op: 'update', set: merge.setRecord } }),
    mailRows: merge.mailRows,
    recordRows: merge.recordRows,
    ...(settled
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
    ...(movesMembership(pair, merge, member, origin, context) ? { due: lookAgain } : {}),
    candidateDelete: unit.candidate && wouldDelete(pair, context)
  })
}

/** The engine's own write may make a member of the record, or end it: the next cycle judges the record as it then is. */
const movesMembership = (
  { record }: Pair,
  merge: Merge,
  member: 'yes' | 'no' | 'unknown',
  origin: Origin,
  context: DecideContext
): boolean => {
  if (merge.setRecord === undefined) return false
  const written = isMember(context, record.type, { ...record, fields: { ...record.fields, ...merge.setRecord } })
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
  if (tracks) return link.decided.cycle === cycle && link.decided.code === 'gesture' ? 'gesture' : 'already-tracked'
  const unknown = member === 'unknown' || unit.candidate
  return unknown && link.origin !== 'tracked' ? 'unknown-membership' : merge.code
}

/** Whether the link says all of this already: then not even a row of the link store is written. */
const isSettled = ({ link, item, record, rules }: Pair, merge: Merge, origin: Origin): boolean =>
  merge.base === undefined &&
  origin === link.origin &&
  link.versions.mail === item.version &&
  link.versions.record === record.version &&
  link.owner === record.owner &&
  link.state === record.state &&
  link.unconfirmed === undefined &&
  link.owes === undefined &&
  link.shape === rules.shape.digest

const wouldDelete = ({ rules, record }: Pair, context: DecideContext): boolean =>
  context.settings.leaveFilter === 'delete' &&
  whyItStays(itemStays, rules.shape.deletesLike, { context, owner: record.owner }) === undefined

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
