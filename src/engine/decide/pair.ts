/**
 * What ought to happen to a linked pair. Nine cases by the touch of either side; fields are merged in one place, and
 * deletes follow the tables of 2.6.
 */
import {
  baseOf,
  baseSide,
  itemForRecord,
  type Merge,
  type MergeContext,
  mergeFields,
  rebase,
  recordForItem,
  type RelatedNames,
  type Rules
} from '../../mapping/index.js'
import type {
  Base,
  Fields,
  Gesture,
  ItemSnapshot,
  Link,
  Origin,
  RecordSnapshot,
  Side,
  Value
} from '../../model/index.js'
import { isDigest, sameValue } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import type { Facts } from '../facts.js'
import type { Decided, LinkChange, Unit } from '../unit.js'
import { relatedOf } from './asks.js'
import {
  conflictRows,
  creationFacts,
  type Draft,
  decided,
  ended,
  mergeFacts,
  nothing,
  put,
  type Seen
} from './build.js'
import { baseContextOf, type DecideContext, digestIn, forgottenShape, mergeContextFor } from './context.js'
import { hasFilter, isMember } from './membership.js'
import { itemStays, recordStays, whyItStays } from './stay.js'

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

/** How one side of a pair stands after a look. */
type Sight<S> =
  | { readonly _tag: 'Here'; readonly snapshot: S }
  | { readonly _tag: 'Absent' }
  | { readonly _tag: 'Hidden' }
  | { readonly _tag: 'Malformed'; readonly paths: ReadonlyArray<string> }
  | { readonly _tag: 'Unknown' }

export const decidePair = (unit: Unit, link: Link, facts: Facts, context: DecideContext): Decided => {
  const rules = context.rules.get(link.type)
  if (rules === undefined) return nothing({ unit }, 'method-unsupported', { type: link.type })
  const item = itemSight(link, facts)
  const record = recordSight(link, facts)
  if (item._tag === 'Unknown' || record._tag === 'Unknown')
    return nothing({ unit }, 'retry-later', {}, { failure: false, rests: false })
  if (item._tag === 'Malformed')
    return nothing({ unit }, 'invalid-item', { paths: item.paths }, { failure: false, rests: true })
  if (record._tag === 'Malformed')
    return nothing({ unit }, 'invalid-item', { paths: record.paths }, { failure: false, rests: true })
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

const itemSight = (link: Link, facts: Facts): Sight<ItemSnapshot> => {
  const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: link.item })
  if (fact._tag !== 'Known') return { _tag: 'Unknown' }
  const found = fact.value
  if (found._tag === 'Absent') return { _tag: 'Absent' }
  if (found._tag === 'Unreadable')
    return found.why === 'hidden' ? { _tag: 'Hidden' } : { _tag: 'Malformed', paths: found.paths ?? [] }
  // Into the deleted items is a deletion (2.6/29).
  return found.snapshot.folder === 'deleted' ? { _tag: 'Absent' } : { _tag: 'Here', snapshot: found.snapshot }
}

const recordSight = (link: Link, facts: Facts): Sight<RecordSnapshot> => {
  const fact = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: link.type, ref: link.record })
  if (fact._tag !== 'Known') return { _tag: 'Unknown' }
  const found = fact.value
  if (found._tag === 'Absent') return { _tag: 'Absent' }
  if (found._tag === 'Unreadable')
    return found.why === 'hidden' ? { _tag: 'Hidden' } : { _tag: 'Malformed', paths: found.paths ?? [] }
  return { _tag: 'Here', snapshot: found.snapshot }
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

export const namesFor = (rules: Rules, record: RecordSnapshot, facts: Facts): RelatedNames => {
  const related = relatedOf(rules, record)
  if (related.length === 0) return noNames
  return new Map(
    related.map((ref) => {
      const fact = facts.of<'NamesByRef'>({ _tag: 'NamesByRef', ref })
      return [ref, fact._tag === 'Known' ? fact.value : undefined]
    })
  )
}
const noNames: RelatedNames = new Map()

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
  if (link.unconfirmed === undefined || link.unconfirmed.length === 0) return link.base
  const settles = (side: Side, version: string | undefined): boolean =>
    link.unconfirmed?.includes(side) === true && (link.versions[side] === undefined || link.versions[side] === version)
  return {
    mail: settles('mail', item.version) ? baseSide(rules, 'mail', item.fields, baseContext) : link.base.mail,
    record: settles('record', record.version) ? baseSide(rules, 'record', record.fields, baseContext) : link.base.record
  }
}

/** 1.5, U1, U2: the link ends at once; the record goes only where the person may say so and owns it. */
const untrack = (
  unit: Unit,
  gesture: Extract<Gesture, { readonly _tag: 'Untrack' }>,
  item: Sight<ItemSnapshot>,
  record: Sight<RecordSnapshot>,
  context: DecideContext
): Decided => {
  const seen: Seen = {
    unit,
    ...(item._tag === 'Here' ? { item: item.snapshot } : {}),
    ...(record._tag === 'Here' ? { record: record.snapshot } : {})
  }
  const mayDelete =
    gesture.deleteRecord &&
    record._tag === 'Here' &&
    gesture.mayDelete &&
    (record.snapshot.owner === gesture.by || context.settings.untrackDeletesForNonOwner) &&
    !context.second
  if (!mayDelete) return ended(seen, 'person', 'untracked', { by: gesture.by, deleteAsked: gesture.deleteRecord })
  return decided(seen, {
    code: 'untracked-deleted',
    facts: { by: gesture.by },
    record: { op: 'delete' },
    change: { _tag: 'End', endedBy: 'person' },
    byPerson: true
  })
}

/** 29c. A record that only may not be read is no evidence: a tracked pair rests. */
const bothGone = (unit: Unit, hidden: boolean): Decided => {
  if (!hidden) return ended({ unit }, 'both-deleted', 'unlinked')
  if (unit.link?.origin === 'tracked') return rests({ unit })
  return ended({ unit }, 'item-deleted', 'kept-by-kind')
}

/** 2.3/17: nothing flows either way and nothing is deleted until access returns. */
const rests = (seen: Seen): Decided =>
  nothing(seen, 'missing-privilege', { rests: true }, { failure: false, rests: false })

/** Rows of one side that differ from its base: the edit that a deletion on the other side meets. */
const editedRows = (
  side: Side,
  link: Link,
  rules: Rules,
  fields: Fields,
  context: DecideContext
): ReadonlyArray<string> => {
  if (link.shape !== rules.shape.digest) return []
  const digest = digestIn(context, rules, link.id)
  return rules.shape.rows.flatMap((row, index) => {
    if (row.nameOf !== undefined) return []
    const base = link.base[side][index] ?? null
    const value: Value = row[side].normal(row[side].lift(fields, noNames))
    const same = isDigest(base)
      ? base.digest === digest(side, row.name, value)
      : sameValue(value, row[side].normal(base))
    return same ? [] : [row.name]
  })
}

/** "Item deleted → record" (2.6), and 24b where the record was edited. */
const itemGone = (
  unit: Unit,
  link: Link,
  rules: Rules,
  record: RecordSnapshot,
  context: DecideContext,
  facts: Facts
): Decided => {
  const seen: Seen = { unit, record }
  const member = isMember(context, link.type, record)
  const edited = editedRows('record', link, rules, record.fields, context)
  if (edited.length > 0 && context.settings.deleteAgainstEdit === 'keep-edit') {
    // What has left by that very edit is not made again, but neither is it deleted.
    if (member === 'no' && link.origin !== 'tracked') return ended(seen, 'left', 'unlinked', { edited })
    return context.second ? later(seen) : remakeItem(seen, link, rules, record, edited, context, facts)
  }
  const stays = whyItStays(recordStays, rules.shape.deletesLike, { context, owner: record.owner })
  if (stays !== undefined) {
    const endedBy = link.origin !== 'tracked' && member === 'no' ? 'left' : 'item-deleted'
    return ended(seen, endedBy, stays)
  }
  if (context.second) return later(seen)
  return decided(seen, {
    code: 'mail-deleted',
    facts: edited.length === 0 ? {} : { lostEdit: edited },
    record: { op: 'delete' },
    change: { _tag: 'End', endedBy: 'item-deleted' }
  })
}

const later = (seen: Seen): Decided => nothing(seen, 'retry-later', {}, { failure: false, rests: false })

/** The edit survives: the item is made again, and the former link is remembered through the base. */
const remakeItem = (
  seen: Seen,
  link: Link,
  rules: Rules,
  record: RecordSnapshot,
  edited: ReadonlyArray<string>,
  context: DecideContext,
  facts: Facts
): Decided => {
  const names = namesFor(rules, record, facts)
  const creation = itemForRecord(rules, record.fields, names)
  const baseContext = baseContextOf(context, rules, link.id, names)
  return decided(seen, {
    code: 'conflict-resolved',
    facts: { ...creationFacts(creation), deleted: 'mail', edited },
    mail: { op: 'create', fields: creation.fields },
    mailRows: creation.rows,
    claim: { identity: itemIdentity(context.mailbox, record.ref), side: 'mail', gone: [link.item] },
    change: put(seen, rules, {
      origin: link.origin,
      base: baseOf(rules, creation.fields, record.fields, baseContext)
    })
  })
}

/** "Record deleted → item" (2.6), and 24b where the item was edited. */
const recordGone = (unit: Unit, link: Link, rules: Rules, item: ItemSnapshot, context: DecideContext): Decided => {
  const seen: Seen = { unit, item }
  const edited = editedRows('mail', link, rules, item.fields, context)
  if (edited.length > 0 && context.settings.deleteAgainstEdit === 'keep-edit') {
    if (!context.access.privileges.create) return ended(seen, 'record-deleted', 'kept-no-right', { edited })
    return context.second ? later(seen) : remakeRecord(seen, link, rules, item, edited, context)
  }
  const stays = whyItStays(itemStays, rules.shape.deletesLike, { context, owner: link.owner })
  if (stays !== undefined) return ended(seen, 'record-deleted', stays)
  if (context.second) return later(seen)
  return decided(seen, {
    code: 'record-deleted',
    facts: edited.length === 0 ? {} : { lostEdit: edited },
    mail: { op: 'delete' },
    change: { _tag: 'End', endedBy: 'record-deleted' }
  })
}

const remakeRecord = (
  seen: Seen,
  link: Link,
  rules: Rules,
  item: ItemSnapshot,
  edited: ReadonlyArray<string>,
  context: DecideContext
): Decided => {
  const creation = recordForItem(rules, item.fields, noNames)
  const baseContext = baseContextOf(context, rules, link.id, noNames)
  return decided(seen, {
    code: 'conflict-resolved',
    facts: { ...creationFacts(creation), deleted: 'record', edited },
    record: { op: 'create', fields: creation.fields, owner: context.user },
    recordRows: creation.rows,
    claim: { identity: recordIdentity(context.mailbox, item.ref), side: 'record', gone: [link.record] },
    change: put(seen, rules, {
      origin: link.origin,
      base: baseOf(rules, item.fields, creation.fields, baseContext)
    })
  })
}

/** Losing access is leaving for what a filter brought; a pair that only a person tracked rests. */
const recordHidden = (unit: Unit, link: Link, item: ItemSnapshot, context: DecideContext): Decided => {
  const seen: Seen = { unit, item }
  if (link.origin === 'tracked') return rests(seen)
  if (context.memberships.get(link.type)?._tag === 'Unknown') return nothing(seen, 'unknown-membership')
  return leave(seen, link, undefined, context)
}

const bothHere = (pair: Pair, context: DecideContext): Decided => {
  const { unit, link, item, record } = pair
  const member = isMember(context, link.type, record)
  const parent = lastOf(unit, 'SetParent')
  const field = pair.rules.shape.parent
  if (parent !== undefined && field !== undefined && !sameValue(record.fields[field], parent.parent))
    return setParent(pair, field, parent.parent, context)
  const merge = mergePair(pair, context)
  if (merge.malformed.length > 0)
    return nothing({ unit, item, record }, 'invalid-item', mergeFacts(merge), { failure: false, rests: true })
  if (merge.code === 'needs-decision')
    return nothing({ unit, item, record }, 'needs-decision', mergeFacts(merge), { failure: false, rests: false })
  if (link.origin !== 'tracked' && member === 'no') return leave({ unit, item, record }, link, { pair, merge }, context)
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

/** Carried out, and looked at once more: what the engine wrote itself comes back as an echo that nobody looks at. */
export const lookAgain = { failure: false, rests: false, again: true } as const

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

/**
 * 3.5: a member is one no longer. Its last change is written to the item first, and edits of the item to the record
 * (19a); an item that is to be deleted is not written first.
 */
const leave = (
  seen: Seen,
  link: Link,
  last: { readonly pair: Pair; readonly merge: Merge } | undefined,
  context: DecideContext
): Decided => {
  const rules = context.rules.get(link.type)
  const unlinks = context.settings.leaveFilter === 'unlink'
  const stays = unlinks
    ? ('unlinked' as const)
    : whyItStays(itemStays, rules?.shape.deletesLike ?? '', { context, owner: seen.record?.owner ?? link.owner })
  const merge = last?.merge
  const toRecord: Draft['record'] | undefined =
    merge?.setRecord === undefined ? undefined : { op: 'update', set: merge.setRecord }
  const shared = {
    recordRows: merge?.recordRows ?? [],
    ...(toRecord === undefined ? {} : { record: toRecord }),
    conflicts: merge === undefined ? [] : conflictRows(seen, merge, context),
    // What is written now is the base of a return: else it would come back as an edit.
    change: {
      _tag: 'End',
      endedBy: 'left',
      ...(merge?.base === undefined ? {} : { base: merge.base })
    } satisfies LinkChange
  }
  if (stays !== undefined) {
    return decided(seen, {
      ...shared,
      code: stays,
      facts: { ...(merge === undefined ? {} : mergeFacts(merge)), left: true },
      ...(merge?.setMail === undefined ? {} : { mail: { op: 'update', set: merge.setMail } }),
      mailRows: merge?.mailRows ?? []
    })
  }
  if (context.second) return later(seen)
  const code = hasFilter(context, link.type) ? 'left-filter' : 'no-active-filter'
  return decided(seen, { ...shared, code, facts: { left: true }, mail: { op: 'delete' } })
}
