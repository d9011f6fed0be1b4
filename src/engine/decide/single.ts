/**
 * What ought to happen to a thing without a partner: an item that somebody tracks, a record that a filter holds.
 */
import { baseOf, itemForRecord, mergeFields, recordForItem, type Rules } from '../../mapping/index.js'
import type { FormerLink, ItemSnapshot, RecordSnapshot } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import type { Facts } from '../facts.js'
import { known } from '../facts.js'
import { standingGesture, type Tracking } from '../track/standing.js'
import type { Decided, Unit } from '../unit.js'
import { itemIn, knownRefs, matchedRefs, matchKey, recordIn } from './asks.js'
import {
  conflictRows,
  creationFacts,
  type Draft,
  decided,
  invalid,
  lookAgain,
  malformedPaths,
  mergeFacts,
  nothing,
  put,
  type Seen
} from './build.js'
import { baseContextOf, type DecideContext, linkIdOf, mergeContextFor } from './context.js'
import { isMember, misfitsOf } from './membership.js'
import { namesFor } from './sight.js'

/** An unlinked item. Contacts are tracked by gesture only (T6). */
export const decideItem = (unit: Unit, facts: Facts, context: DecideContext): Decided => {
  const asked = standingGesture(unit.gestures.map(({ gesture }) => gesture))
  if (asked === undefined) return nothing({ unit }, unit.gestures.length === 0 ? 'not-requested' : 'untracked')
  const rules = context.rules.get(unit.type)
  if (rules === undefined) return nothing({ unit }, 'method-unsupported')
  const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: unit.item?.ref ?? '' })
  if (fact._tag === 'Known' && fact.value._tag === 'Unreadable') {
    return invalid({ unit }, fact.value.paths ?? [])
  }
  if (fact._tag === 'Unknown') return nothing({ unit }, 'retry-later', {}, { failure: true, rests: false })
  if (isUnknown(unit, facts)) return nothing({ unit }, 'retry-later', {}, { failure: false, rests: false })
  const item = itemIn(unit, facts)
  if (item === undefined) return nothing({ unit }, 'not-requested', { gone: true })
  const former = formerPair(unit, facts)
  if (former !== undefined) return trackAgain({ unit, item, record: former.record }, former, rules, asked, context)
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item.ref }), [])
  return promote({ unit, item }, rules, asked, item, formers, context)
}

/** Not knowing what was remembered, or whether a marked item is there, is no reason to make anything (GATHER-1). */
const isUnknown = (unit: Unit, facts: Facts): boolean => {
  const asked = [
    ...(unit.item === undefined ? [] : [facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: unit.item.ref })]),
    ...(unit.record === undefined
      ? []
      : [facts.of<'FormersByRecord'>({ _tag: 'FormersByRecord', ref: unit.record.ref })])
  ]
  return asked.some((fact) => fact._tag === 'Unknown')
}

interface FormerPair {
  readonly former: FormerLink
  readonly record: RecordSnapshot
}

/** The record that the item had, while it exists and nobody else in this mailbox has it (U7). */
const formerPair = (unit: Unit, facts: Facts): FormerPair | undefined => {
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: unit.item?.ref ?? '' }), [])
  for (const former of formers) {
    const found = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: former.type, ref: former.record })
    const links = facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref: former.record })
    const isFree = links._tag === 'Known' && links.value.length === 0
    if (found._tag === 'Known' && found.value._tag === 'Known' && isFree)
      return { former, record: found.value.snapshot }
  }
  return undefined
}

/** Linked to the record it had, with what both sides hold as the base; nothing is written but a parent. */
const trackAgain = (
  seen: Seen & { readonly item: ItemSnapshot; readonly record: RecordSnapshot },
  { former }: FormerPair,
  rules: Rules,
  asked: Tracking,
  context: DecideContext
): Decided => {
  const link = linkIdOf(context, 'mail', seen.item.ref)
  const baseContext = baseContextOf(context, rules, link, new Map())
  const field = rules.shape.parent
  const parent: Draft['record'] | undefined =
    asked._tag === 'SetParent' && field !== undefined ? { op: 'update', set: { [field]: asked.parent } } : undefined
  return decided(seen, {
    code: 'already-tracked',
    ...(parent === undefined ? {} : { record: parent }),
    change: put(seen, rules, {
      origin: isMember(context, seen.unit.type, seen.record) === 'yes' ? 'both' : 'tracked',
      base: baseOf(rules, seen.item.fields, seen.record.fields, baseContext),
      revives: former.id
    })
  })
}

/** T1: a record is made from the item, owned by the mailbox's user (26), and the two are linked. */
const promote = (
  seen: Seen,
  rules: Rules,
  asked: Tracking,
  item: ItemSnapshot,
  formers: ReadonlyArray<FormerLink>,
  context: DecideContext
): Decided => {
  if (!context.access.privileges.create) return nothing(seen, 'missing-privilege', { privilege: 'create' })
  if (context.second) return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  const creation = recordForItem(rules, item.fields, new Map())
  if (creation.malformed.length > 0) return invalid(seen, malformedPaths(creation.malformed))
  const link = linkIdOf(context, 'mail', item.ref)
  const fields =
    asked.parent === undefined || rules.shape.parent === undefined
      ? creation.fields
      : { ...creation.fields, [rules.shape.parent]: asked.parent }
  // What the new record is to the filters is judged by the next cycle, which would take its echo for nothing.
  const made: RecordSnapshot = { ref: '', type: seen.unit.type, owner: context.user, state: 'active', fields }
  const blanked = creation.blank === undefined ? item.fields : { ...item.fields, ...creation.blank }
  const base = baseOf(rules, blanked, fields, baseContextOf(context, rules, link, new Map()))
  return decided(seen, {
    code: 'gesture',
    facts: {
      ...creationFacts(creation),
      by: asked.by,
      ...(asked.parent === undefined ? {} : { parent: asked.parent })
    },
    record: { op: 'create', fields, owner: context.user },
    recordRows: creation.rows,
    ...(creation.blank === undefined ? {} : { mail: { op: 'update', set: creation.blank } }),
    mailRows: creation.blankRows,
    claim: {
      identity: recordIdentity(context.mailbox, item.ref),
      side: 'record',
      gone: formers.map((former) => former.record)
    },
    change: put(seen, rules, { origin: 'tracked', base, related: asked.parent === undefined ? [] : [asked.parent] }),
    ...(isMember(context, seen.unit.type, made) === 'yes' ? { due: lookAgain } : {})
  })
}

/** An unlinked record: a member enters, unless a person said no (3.4, U7, 29a). */
export const decideRecord = (unit: Unit, facts: Facts, context: DecideContext): Decided => {
  const rules = context.rules.get(unit.type)
  if (rules === undefined) return nothing({ unit }, 'method-unsupported')
  const fact = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: unit.type, ref: unit.record?.ref ?? '' })
  if (fact._tag === 'Known' && fact.value._tag === 'Unreadable' && fact.value.why === 'malformed') {
    return invalid({ unit }, fact.value.paths ?? [])
  }
  if (fact._tag === 'Unknown') return nothing({ unit }, 'retry-later', {}, { failure: true, rests: false })
  if (isUnknown(unit, facts)) return nothing({ unit }, 'retry-later', {}, { failure: false, rests: false })
  const record = recordIn(unit, facts)
  const formers = known(facts.of<'FormersByRecord'>({ _tag: 'FormersByRecord', ref: unit.record?.ref ?? '' }), [])
  const member = record === undefined ? 'no' : isMember(context, unit.type, record)
  const held = formers.find((former) => former.endedBy === 'person' || former.endedBy === 'item-deleted')
  if (record === undefined || member === 'no') return goneOrNoMember(unit, formers)
  const misfits = misfitsOf(context, unit.type, record)
  if (misfits.length > 0) return invalid({ unit, record }, misfits)
  if (member === 'unknown') return nothing({ unit, record }, 'not-requested')
  if (held !== undefined) return nothing({ unit, record }, held.code, { ended: held.endedBy })
  return enter({ unit, record }, record, rules, formers, facts, context)
}

/** It has left: what kept it from coming back falls away (29a); a person's word stays (U7). */
const goneOrNoMember = (unit: Unit, formers: ReadonlyArray<FormerLink>): Decided => {
  const former = formers.find((candidate) => candidate.endedBy === 'item-deleted')
  if (former === undefined) return nothing({ unit }, 'not-requested')
  return decided({ unit }, { code: 'not-requested', change: { _tag: 'Release', former } })
}

const enter = (
  seen: Seen,
  record: RecordSnapshot,
  rules: Rules,
  formers: ReadonlyArray<FormerLink>,
  facts: Facts,
  context: DecideContext
): Decided => {
  if (isSearchUnknown(seen.unit, record, facts, context))
    return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  const survivor = survivorOf(seen.unit, facts, context)
  if (survivor !== undefined) return relink({ ...seen, item: survivor, record }, rules, formers, facts, context)
  if (context.second) return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  const names = namesFor(rules, record, facts)
  const creation = itemForRecord(rules, record.fields, names)
  if (creation.malformed.length > 0) return invalid(seen, malformedPaths(creation.malformed))
  const base = baseOf(
    rules,
    creation.fields,
    record.fields,
    baseContextOf(context, rules, linkIdOf(context, 'record', record.ref), names)
  )
  return decided(seen, {
    code: 'entered-filter',
    facts: creationFacts(creation),
    mail: { op: 'create', fields: creation.fields },
    mailRows: creation.rows,
    claim: {
      identity: itemIdentity(context.mailbox, record.ref),
      side: 'mail',
      gone: formers.map((former) => former.item)
    },
    change: put(seen, rules, { origin: 'filter', base })
  })
}

const isSearchUnknown = (unit: Unit, record: RecordSnapshot, facts: Facts, context: DecideContext): boolean => {
  const marked = facts.of<'ItemByMarker'>({ _tag: 'ItemByMarker', kind: unit.kind, record: record.ref })
  const key = matchKey(unit, record, context)
  const matched =
    key === undefined
      ? undefined
      : facts.of<'ItemsByField'>({ _tag: 'ItemsByField', kind: unit.kind, field: key.mailField, value: key.value })
  return (context.mailCan.marker && marked._tag === 'Unknown') || matched?._tag === 'Unknown'
}

/** The first candidate that is there, of the right kind, and nobody's; a match by field must leave exactly one. */
const survivorOf = (unit: Unit, facts: Facts, context: DecideContext): ItemSnapshot | undefined => {
  const tied = knownRefs(unit, facts).flatMap((ref) => presentItem(unit, ref, facts))
  const survivor = tied.find((item) => isFree(item, facts))
  if (survivor !== undefined) return survivor
  const matched = matchedRefs(unit, facts, context).flatMap((ref) => presentItem(unit, ref, facts))
  const [only] = matched
  return matched.length === 1 && only !== undefined && isFree(only, facts) ? only : undefined
}

/** What lies in the deleted items is deleted (2.6/29). */
const presentItem = (unit: Unit, ref: string, facts: Facts): ReadonlyArray<ItemSnapshot> => {
  const found = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref })
  const item = found._tag === 'Known' && found.value._tag === 'Known' ? found.value.snapshot : undefined
  return item === undefined || item.kind !== unit.kind || item.folder === 'deleted' ? [] : [item]
}

const isFree = (item: ItemSnapshot, facts: Facts): boolean => {
  const links = facts.of<'LinksByItem'>({ _tag: 'LinksByItem', ref: item.ref })
  return links._tag === 'Known' && links.value.length === 0
}

/** 6/4: with the remembered base if there is one, else both sides' values as base; merged in the same cycle. */
const relink = (
  seen: Seen & { readonly item: ItemSnapshot; readonly record: RecordSnapshot },
  rules: Rules,
  formers: ReadonlyArray<FormerLink>,
  facts: Facts,
  context: DecideContext
): Decided => {
  const { item, record } = seen
  const names = namesFor(rules, record, facts)
  const former = formers.find((candidate) => candidate.item === item.ref)
  const link = former?.id ?? linkIdOf(context, 'record', record.ref)
  const baseContext = baseContextOf(context, rules, link, names)
  const remembered = former !== undefined && former.shape === rules.shape.digest ? former.base : undefined
  const base = remembered ?? baseOf(rules, item.fields, record.fields, baseContext)
  const mergeContext = mergeContextFor(item, record, baseContext, context)
  const merge = mergeFields(rules, base, { mail: item.fields, record: record.fields }, mergeContext)
  const asks = merge.code === 'needs-decision' || merge.malformed.length > 0
  return decided(seen, {
    code: 'entered-filter',
    facts: mergeFacts(merge),
    ...(merge.setMail === undefined ? {} : { mail: { op: 'update', set: merge.setMail } }),
    ...(merge.setRecord === undefined ? {} : { record: { op: 'update', set: merge.setRecord } }),
    mailRows: merge.mailRows,
    recordRows: merge.recordRows,
    change: put(seen, rules, {
      origin: 'filter',
      base: merge.base ?? base,
      before: base,
      ...(former === undefined ? {} : { revives: former.id })
    }),
    conflicts: conflictRows(seen, merge, context),
    // An open question between the two is asked as of any linked pair, by the next cycle.
    ...(asks ? { due: { failure: false, rests: false } } : {})
  })
}
