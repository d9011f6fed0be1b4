/**
 * What ought to happen to a thing without a partner: an item that somebody tracks, a record that a filter holds.
 */
import { baseOf, type Rules } from '../../mapping/index.js'
import type { Base, Fields, FormerLink, ItemSnapshot, Link, RecordSnapshot } from '../../model/index.js'
import { firstState, isEmpty, sameValue } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import type { Facts } from '../facts.js'
import { known } from '../facts.js'
import { can } from '../methods.js'
import { categoriesOf } from '../track/category.js'
import type { Decided, Unit } from '../unit.js'
import { type Asked, answerIn, askedOf, byGesture, lookupsAsked, mayDo } from './asked.js'
import { globalIdOf, itemIn, knownRefs, matchedRefs, matchKey, meetingIdentity, meetingRefs, recordIn } from './asks.js'
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
import { baseContextOf, type DecideContext, linkIdOf } from './context.js'
import { suspicionOf } from './duplicate.js'
import { copied, declined, formerPair, isCopy, isUnknown, untrackUnlinked, withoutRequest } from './request.js'
import { isDraft } from './kind/kind.js'
import { isMeeting, isUser } from './kind/meeting.js'
import { isSilenced, messagesOfNew, messagesOfUpdate } from './kind/messages.js'
import { heldBack, newItem, newRecord } from './kind/new.js'
import { completionOf, wakesFor } from './kind/task.js'
import { isMember, misfitsOf } from './membership.js'
import { typeFor } from './promotion.js'
import { mergePair } from './merge-pair.js'
import { namesFor, type Pair } from './sight.js'
import { withSet } from '../view.js'

/** An unlinked item: a person asked for it, by a gesture or by the category, or it is a copy, or nobody did. */
export const decideItem = (unit: Unit, facts: Facts, context: DecideContext): Decided => {
  const gesture = byGesture(unit.gestures.map((pending) => pending.gesture))
  if (gesture === undefined && unit.gestures.length === 0 && unit.noticed !== true && unit.due === undefined)
    return nothing({ unit }, 'not-requested')
  const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: unit.item?.ref ?? '' })
  if (fact._tag === 'Known' && fact.value._tag === 'Unreadable') {
    return gesture === undefined ? nothing({ unit }, 'not-requested') : invalid({ unit }, fact.value.paths ?? [])
  }
  if (fact._tag === 'Unknown') return nothing({ unit }, 'retry-later', {}, { failure: true, rests: false })
  if (isUnknown(unit, facts)) return nothing({ unit }, 'retry-later', {}, { failure: false, rests: false })
  const item = itemIn(unit, facts)
  if (item === undefined) return nothing({ unit }, 'not-requested', { gone: true })
  if (gesture === undefined && unit.gestures.some((pending) => pending.gesture._tag === 'Untrack'))
    return untrackUnlinked({ unit, item }, facts, context)
  if (gesture === undefined && isCopy(item, facts, context)) return copied({ unit, item }, facts)
  const asked = askedOf(unit, item, facts, context)
  if (asked === undefined) return withoutRequest({ unit, item }, 'not-requested', false, facts, context)
  if (answerIn(unit) === 'cancel') return declined({ unit, item }, context)
  const type = typeFor(unit, item, asked, context)
  const rules = type === undefined ? undefined : context.rules.get(type)
  if (type === undefined || rules === undefined) return nothing({ unit }, 'method-unsupported')
  return trackItem({ ...unit, type }, item, rules, asked, facts, context)
}

const trackItem = (
  unit: Unit,
  item: ItemSnapshot,
  rules: Rules,
  asked: Asked,
  facts: Facts,
  context: DecideContext
): Decided => {
  const former = formerPair(unit, facts)
  if (former !== undefined) {
    // It may have become another kind of activity than an item makes by itself (T16).
    const { type } = former.record
    const seen = { unit: { ...unit, type }, item, record: former.record }
    return linkTo(seen, former.former, context.rules.get(type) ?? rules, asked, context)
  }
  const answer = answerIn(unit)
  if (typeof answer === 'object') return linkAsAnswered({ unit, item }, answer.link, rules, asked, facts, context)
  const same = sameMeeting(item, rules, facts)
  if (same === 'taken') return nothing({ unit, item }, 'already-tracked', { linked: false })
  if (same !== undefined) return linkTo({ unit, item, record: same }, undefined, rules, asked, context)
  if (isOrganizedElsewhere(item, rules, facts, context)) return nothing({ unit, item }, 'kept-not-organizer')
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item.ref }), [])
  return promote({ unit, item }, rules, asked, item, formers, facts, context)
}

/**
 * 4.2: what an attendee tracks makes no record while the organizer is one of our users whose meetings the other kind of
 * method carries, the client's or the server's.
 */
const isOrganizedElsewhere = (
  { fields }: ItemSnapshot,
  rules: Rules,
  facts: Facts,
  context: DecideContext
): boolean => {
  const address = fields['organizer']
  if (!isMeeting(rules.shape.behavesLike) || typeof address !== 'string' || isUser(address, context)) return false
  const user = known(facts.of<'UserOf'>({ _tag: 'UserOf', address }), undefined)
  const organizer = user === undefined ? undefined : facts.of<'RecipientOf'>({ _tag: 'RecipientOf', user })
  const method = organizer?._tag === 'Known' ? organizer.value.method : undefined
  return method !== undefined && can(method, 'sync') && (method === 'client') !== (context.method === 'client')
}

/** No field at all: one that is emptied is one. */
const isNothing = (set: Fields): boolean => Object.keys(set).length === 0

/** 4.2/10: at most one record per global id and original start. */
const sameMeeting = (item: ItemSnapshot, rules: Rules, facts: Facts): RecordSnapshot | 'taken' | undefined => {
  const globalId = globalIdOf(item, rules)
  if (globalId === undefined) return undefined
  const { type } = rules.shape
  const hits = known(
    facts.of<'RecordsByField'>({ _tag: 'RecordsByField', type, field: 'globalobjectid', value: globalId }),
    []
  )
  for (const ref of hits) {
    const found = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type, ref })
    if (found._tag !== 'Known' || found.value._tag !== 'Known') continue
    const { snapshot } = found.value
    if (!sameValue(snapshot.fields['originalstartdate'], item.fields['originalStart'])) continue
    const links = facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref })
    return links._tag === 'Known' && links.value.length === 0 ? snapshot : 'taken'
  }
  return undefined
}

/** Linked to a record that is there, with what both sides hold as the base; nothing is written but a look-up. */
const linkTo = (
  seen: Seen & { readonly item: ItemSnapshot; readonly record: RecordSnapshot },
  former: FormerLink | undefined,
  rules: Rules,
  asked: Asked,
  context: DecideContext
): Decided => {
  const link = linkIdOf(context, 'mail', seen.item.ref)
  const baseContext = baseContextOf(context, rules, link, new Map())
  const set = lookupsAsked(rules, asked)
  const categories = categoriesOf(seen.item, asked.code, context)
  return decided(seen, {
    code: 'already-tracked',
    ...(isNothing(set) ? {} : { record: { op: 'update', set } satisfies Draft['record'] }),
    ...(categories === undefined ? {} : { mail: { op: 'update', set: {}, categories } satisfies Draft['mail'] }),
    change: put(seen, rules, {
      origin: isMember(context, seen.unit.type, seen.record) === 'yes' ? 'both' : 'tracked',
      base: baseOf(rules, seen.item.fields, seen.record.fields, baseContext),
      ...(former === undefined ? {} : { revives: former.id })
    }),
    ...(isShown(set, rules) ? { due: lookAgain } : {})
  })
}

/**
 * Q9: the record that the person chose. Where only one side has a value it flows, where both have another the policy
 * decides: the base is empty.
 */
const linkAsAnswered = (
  seen: Seen & { readonly item: ItemSnapshot },
  ref: string,
  rules: Rules,
  asked: Asked,
  facts: Facts,
  context: DecideContext
): Decided => {
  const { type } = rules.shape
  const found = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type, ref })
  const links = facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref })
  const isFree = links._tag === 'Known' && links.value.length === 0
  if (found._tag !== 'Known' || found.value._tag !== 'Known' || !isFree)
    return nothing(seen, 'duplicate-suspected', { linked: !isFree }, { failure: false, rests: true })
  const record = found.value.snapshot
  const link = linkIdOf(context, 'mail', seen.item.ref)
  const names = namesFor(rules, record, facts)
  const base = baseOf(rules, {}, {}, baseContextOf(context, rules, link, names))
  const whole = { ...seen, record }
  const pair: Pair = { ...whole, rules, base, names, link: linkAgain(whole, link, base, rules, context) }
  const merge = mergePair(pair, facts, context)
  const lookups = lookupsAsked(rules, asked)
  const setRecord = { ...merge.setRecord, ...lookups }
  const categories = categoriesOf(seen.item, asked.code, context)
  const asks = merge.code === 'needs-decision' || merge.malformed.length > 0 || !isNothing(lookups)
  return decided(whole, {
    code: 'already-tracked',
    facts: mergeFacts(merge),
    ...(merge.setMail === undefined && categories === undefined
      ? {}
      : {
          mail: {
            op: 'update',
            set: merge.setMail ?? {},
            messages: messagesOfUpdate(pair, merge, facts, context),
            ...(categories === undefined ? {} : { categories })
          } satisfies Draft['mail']
        }),
    ...(isNothing(setRecord) ? {} : { record: { op: 'update', set: setRecord } satisfies Draft['record'] }),
    mailRows: merge.mailRows,
    recordRows: merge.recordRows,
    change: put(whole, rules, {
      origin: isMember(context, type, record) === 'yes' ? 'both' : 'tracked',
      base: merge.base ?? base,
      before: base
    }),
    conflicts: conflictRows(whole, merge, context),
    ...(asks ? { due: lookAgain } : {})
  })
}

/** T1: a record is made from the item, owned by the mailbox's user (26), and the two are linked. */
const promote = (
  seen: Seen,
  rules: Rules,
  asked: Asked,
  item: ItemSnapshot,
  formers: ReadonlyArray<FormerLink>,
  facts: Facts,
  context: DecideContext
): Decided => {
  if (!mayDo('create', asked.by, context))
    return nothing(seen, 'missing-privilege', { privilege: 'create' }, { failure: false, rests: false })
  if (context.second) return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  const creation = newRecord(rules, item.fields, context)
  if (creation.malformed.length > 0) return invalid(seen, malformedPaths(creation.malformed))
  const lookups = lookupsAsked(rules, asked)
  const fields = { ...creation.fields, ...lookups }
  const suspicion = answerIn(seen.unit) === 'save' ? undefined : suspicionOf(rules.shape.type, fields, facts, context)
  if (suspicion !== undefined) return nothing(seen, 'duplicate-suspected', suspicion, { failure: false, rests: true })
  const link = linkIdOf(context, 'mail', item.ref)
  const categories = categoriesOf(item, asked.code, context)
  // A mark tells the item from its copies, and tells it again where a move gives it another ref (2.8).
  const marks = context.mailCan.marker
  const owner = ownerOf(rules, fields, facts, context)
  // What the new record is to the filters is judged by the next cycle, which would take its echo for nothing.
  const { type } = seen.unit
  const made = withSet({ ref: '', type, owner, state: firstState(type), fields: {} }, fields)
  const blanked = creation.blank === undefined ? item.fields : { ...item.fields, ...creation.blank }
  const base = baseOf(rules, blanked, creation.fields, baseContextOf(context, rules, link, new Map()))
  return decided(seen, {
    code: asked.code,
    facts: {
      ...creationFacts(creation),
      ...heldBack(rules, item, context.recordCan),
      by: asked.by,
      ...(asked.parent === undefined ? {} : { parent: asked.parent }),
      ...(asked.regarding === undefined || asked.regarding === null ? {} : { regarding: asked.regarding })
    },
    record: { op: 'create', fields, owner },
    recordRows: creation.rows,
    ...(creation.blank === undefined && !marks && categories === undefined
      ? {}
      : {
          mail: {
            op: 'update',
            set: creation.blank ?? {},
            marks,
            ...(categories === undefined ? {} : { categories })
          } satisfies Draft['mail']
        }),
    mailRows: creation.blankRows,
    claim: {
      identity: meetingIdentity(item, rules) ?? recordIdentity(context.mailbox, item.ref),
      side: 'record',
      gone: formers.map((former) => former.record)
    },
    change: put(seen, rules, {
      origin: 'tracked',
      base,
      related: asked.parent === undefined ? [] : [asked.parent],
      ...(isNothing(lookups) ? {} : { asked: rowsOf(lookups, rules) })
    }),
    ...(isMember(context, type, made) === 'yes' || isShown(lookups, rules)
      ? { due: lookAgain }
      : wakesFor(rules, fields, context))
  })
}

/** The item shows it at the next cycle, not before (1.10): what it is about, and the parent's name where that is wanted. */
const isShown = (set: Fields, { shape }: Rules): boolean =>
  [shape.regarding, ...shape.lookups].some((field) => field !== undefined && Object.hasOwn(set, field))

/** The rows that carry these fields of the record. */
const rowsOf = (set: Fields, { shape }: Rules): ReadonlyArray<string> =>
  shape.rows.flatMap(({ name, record }) => (record.fields.some((field) => Object.hasOwn(set, field)) ? [name] : []))

/** 2.5: a meeting belongs to its organizer where that is a user of ours, everything else to the mailbox's user. */
const ownerOf = ({ shape }: Rules, fields: Fields, facts: Facts, { user }: DecideContext): string => {
  const organizer = fields['organizer']
  if (!isMeeting(shape.behavesLike) || typeof organizer !== 'string') return user
  return known(facts.of<'UserOf'>({ _tag: 'UserOf', address: organizer }), undefined) ?? user
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
  if (isDraft({ rules, record })) return nothing({ unit, record }, 'not-requested', { draft: true })
  // It went with its cancellation, and stays away while it is canceled (2.6/28).
  const canceled = formers.find((former) => former.code === 'record-deleted' && former.endedBy === 'left')
  if (canceled !== undefined && record.state === 'canceled') return nothing({ unit, record }, canceled.code)
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
  const survivor = survivorOf(seen.unit, record, rules, facts, context)
  // Two decisions about one item would not know of each other: the person's goes first.
  if (survivor !== undefined && context.asked.has(survivor.ref))
    return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  if (survivor !== undefined) return relink({ ...seen, item: survivor, record }, rules, formers, facts, context)
  // GATHER-1: behind the hits that were told its own meeting may stand.
  if (meetingRefs(seen.unit, facts, context).mayBeMore)
    return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  if (context.second) return nothing(seen, 'retry-later', {}, { failure: false, rests: false })
  if (isMeeting(rules.shape.behavesLike) && isEmpty(record.fields['organizer']))
    return invalid(seen, ['record.fields.organizer: expected an address'])
  const names = namesFor(rules, record, facts)
  const completion = completionOf(rules, record.fields, context)
  const shown = completion === undefined ? record : withSet(record, completion.set)
  const creation = newItem(rules, shown, names, context)
  if (creation.malformed.length > 0) return invalid(seen, malformedPaths(creation.malformed))
  const base = baseOf(
    rules,
    creation.fields,
    shown.fields,
    baseContextOf(context, rules, linkIdOf(context, 'record', record.ref), names)
  )
  const messages = messagesOfNew(rules, record.fields, record.owner, creation.fields, facts, context)
  if (isSilenced(rules, creation.fields, record, facts, context)) return nothing(seen, 'kept-silent')
  return decided(seen, {
    code: 'entered-filter',
    facts: { ...creationFacts(creation), ...heldBack(rules, record, context.mailCan) },
    mail: { op: 'create', fields: creation.fields, messages },
    mailRows: creation.rows,
    ...(completion === undefined
      ? {}
      : { record: { op: 'update', set: completion.set } satisfies Draft['record'], recordRows: completion.rows }),
    ...(isMember(context, record.type, shown) === 'yes' ? wakesFor(rules, shown.fields, context) : { due: lookAgain }),
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
const survivorOf = (
  unit: Unit,
  record: RecordSnapshot,
  rules: Rules,
  facts: Facts,
  context: DecideContext
): ItemSnapshot | undefined => {
  const present = (refs: ReadonlyArray<string>): ReadonlyArray<ItemSnapshot> =>
    refs.flatMap((ref) => presentItem(unit, ref, facts))
  const met = present(meetingRefs(unit, facts, context).refs).filter((item) => isItsMeeting(item, record, rules))
  const survivor = [...present(knownRefs(unit, facts)), ...met].find((item) => isFree(item, facts))
  if (survivor !== undefined) return survivor
  const matched = present(matchedRefs(unit, facts, context))
  const [only] = matched
  return matched.length === 1 && only !== undefined && isFree(only, facts) ? only : undefined
}

/** 4.2/10: the same global id and original start; and a series is met by a series alone. */
const isItsMeeting = (item: ItemSnapshot, record: RecordSnapshot, { shape }: Rules): boolean =>
  sameValue(item.fields['globalId'], record.fields['globalobjectid']) &&
  sameValue(item.fields['originalStart'], record.fields['originalstartdate']) &&
  !isEmpty(item.fields['recurrence']) === (shape.behavesLike === 'recurring-appointment')

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
  const pair: Pair = { ...seen, item, record, rules, base, names, link: linkAgain(seen, link, base, rules, context) }
  const merge = mergePair(pair, facts, context)
  const messages = messagesOfUpdate(pair, merge, facts, context)
  const asks = merge.code === 'needs-decision' || merge.malformed.length > 0
  const after = withSet(record, merge.setRecord ?? {})
  const leaves = isMember(context, record.type, after) !== 'yes'
  return decided(seen, {
    code: 'entered-filter',
    facts: mergeFacts(merge),
    ...(merge.setMail === undefined ? {} : { mail: { op: 'update', set: merge.setMail, messages } }),
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
    ...(asks
      ? { due: { failure: false, rests: false } }
      : leaves
        ? { due: lookAgain }
        : wakesFor(rules, after.fields, context))
  })
}

/** The link that the two are about to have: what the merge asks of a link is all in it. */
const linkAgain = (
  { item, record, unit }: Seen & { readonly item: ItemSnapshot; readonly record: RecordSnapshot },
  id: string,
  base: Base,
  rules: Rules,
  context: DecideContext
): Link => ({
  id,
  mailbox: context.mailbox,
  item: item.ref,
  kind: unit.kind,
  record: record.ref,
  type: unit.type,
  origin: 'filter',
  versions: {},
  shape: rules.shape.digest,
  base,
  decided: { code: 'entered-filter', facts: {}, cycle: context.cycle, atMs: context.nowMs }
})
