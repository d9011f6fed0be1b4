/**
 * What follows when a side is gone, or a person ends the tracking: the tables of 2.6, and a deletion that meets an
 * edit (24b).
 */
import { baseOf, type Rules } from '../../mapping/index.js'
import type { Base, Fields, Gesture, ItemSnapshot, Link, RecordSnapshot, Side, Value } from '../../model/index.js'
import { activityTypes, isClosed, isDigest, sameValue } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import type { Facts } from '../facts.js'
import { categoryOf, takesCategories, withoutCategory } from '../track/category.js'
import type { Decided, Unit } from '../unit.js'
import {
  creationFacts,
  type Draft,
  decided,
  ended,
  invalid,
  later,
  lookAgain,
  malformedPaths,
  put,
  rests,
  type Seen
} from './build.js'
import { meetingIdentity } from './asks.js'
import { baseContextOf, type DecideContext, digestIn } from './context.js'
import { isMember } from './membership.js'
import { namesFor, noNames, type Sight } from './sight.js'
import { isRefusedAsPrivate } from './kind/kind.js'
import { isMeeting, isPast } from './kind/meeting.js'
import { isSilenced, messagesOfDelete, messagesOfNew } from './kind/messages.js'
import { newItem, newRecord } from './kind/new.js'
import { completionOf, wakesFor } from './kind/task.js'
import { itemStays, recordStays, stayFactsOf, whyItStays } from './stay.js'
import { withSet } from '../view.js'

/** 1.5, U1, U2: the link ends at once; the record goes only where the person may say so and owns it. */
export const untrack = (
  unit: Unit,
  gesture: Extract<Gesture, { readonly _tag: 'Untrack' }>,
  item: Sight<ItemSnapshot>,
  record: Sight<RecordSnapshot>,
  facts: Facts,
  context: DecideContext
): Decided => {
  const seen: Seen = {
    unit,
    ...(item._tag === 'Here' ? { item: item.snapshot } : {}),
    ...(record._tag === 'Here' ? { record: record.snapshot } : {})
  }
  const kept = whyKept(unit, gesture, record, facts, context)
  const category = categoryOf(context.settings, unit.kind)
  const categories =
    category === undefined || !takesCategories(context.mailCan, unit.kind)
      ? undefined
      : withoutCategory(seen.item, category)
  const mail = categories === undefined ? {} : { mail: { op: 'update', set: {}, categories } satisfies Draft['mail'] }
  if (!gesture.deleteRecord || kept !== undefined)
    return decided(seen, {
      code: 'untracked',
      facts: { by: gesture.by, ...(gesture.deleteRecord ? { deleteAsked: true, kept: kept ?? '' } : {}) },
      ...mail,
      change: { _tag: 'End', endedBy: 'person' }
    })
  if (context.second) return later(seen)
  return decided(seen, {
    code: 'untracked-deleted',
    facts: { by: gesture.by },
    ...mail,
    record: { op: 'delete' },
    change: { _tag: 'End', endedBy: 'person' },
    byPerson: true
  })
}

/** U2: why the record stays though its deletion was asked for. */
const whyKept = (
  unit: Unit,
  { by, mayDelete }: Extract<Gesture, { readonly _tag: 'Untrack' }>,
  record: Sight<RecordSnapshot>,
  facts: Facts,
  context: DecideContext
): string | undefined => {
  if (record._tag !== 'Here') return record._tag === 'Absent' ? 'record-gone' : 'record-hidden'
  if (!mayDelete) return 'no-privilege'
  if (record.snapshot.owner !== by && !context.settings.untrackDeletesForNonOwner) return 'not-owner'
  return isPastMeeting(unit, record.snapshot, facts, context) ? 'past' : undefined
}

/** U2: of appointments only those that are to come. */
const isPastMeeting = (unit: Unit, record: RecordSnapshot, facts: Facts, context: DecideContext): boolean => {
  const like = context.rules.get(unit.type)?.shape.behavesLike ?? ''
  return isMeeting(like) && isPast('record', record.fields, facts, context)
}

/** 29c. A record that only may not be read is no evidence: a tracked pair rests. */
export const bothGone = (unit: Unit, hidden: boolean): Decided => {
  if (!hidden) return ended({ unit }, 'both-deleted', 'unlinked')
  if (unit.link?.origin === 'tracked') return rests({ unit })
  return ended({ unit }, 'item-deleted', 'kept-by-kind')
}

/** "Item deleted → record" (2.6), and 24b where the deletion meets an edit that it would carry away. */
export const itemGone = (
  unit: Unit,
  link: Link,
  rules: Rules,
  record: RecordSnapshot,
  context: DecideContext,
  facts: Facts
): Decided => {
  const seen: Seen = { unit, record }
  const hasLeft = link.origin !== 'tracked' && isMember(context, link.type, record) === 'no'
  const stayFacts = stayFactsOf({ rules, link, base: baseIn(link, rules), record }, facts, context)
  const stays = whyItStays(recordStays, rules.shape.behavesLike, stayFacts)
  if (stays !== undefined) return ended(seen, hasLeft ? 'left' : 'item-deleted', stays)
  const edited = editedRows('record', link, rules, record.fields, context)
  if (edited.length > 0 && context.settings.deleteAgainstEdit === 'keep-edit') {
    // What has left by that very edit, or would not have flowed, is not made again, but neither is it deleted.
    if (hasLeft || !flowing('record', edited, link, rules, record.fields, context))
      return ended(seen, hasLeft ? 'left' : 'item-deleted', 'unlinked', { edited })
    return context.second ? later(seen) : remakeItem(seen, link, rules, record, edited, context, facts)
  }
  if (context.second) return later(seen)
  return decided(seen, {
    code: 'mail-deleted',
    facts: edited.length === 0 ? {} : { lostEdit: edited },
    record: { op: 'delete' },
    change: { _tag: 'End', endedBy: 'item-deleted' }
  })
}

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
  // An end that has come meanwhile completes it with its return (4.9/32).
  const completion = completionOf(rules, record.fields, context)
  const shown = completion === undefined ? record : withSet(record, completion.set)
  const creation = newItem(rules, shown, names, context)
  if (creation.malformed.length > 0) return invalid(seen, malformedPaths(creation.malformed))
  if (isSilenced(rules, creation.fields, record, facts, context))
    return ended(seen, 'item-deleted', 'kept-silent', { edited })
  const baseContext = baseContextOf(context, rules, link.id, names)
  const messages = messagesOfNew(rules, record.fields, record.owner, creation.fields, facts, context)
  return decided(seen, {
    code: 'conflict-resolved',
    facts: { ...creationFacts(creation), deleted: 'mail', edited },
    mail: { op: 'create', fields: creation.fields, messages },
    mailRows: creation.rows,
    ...(completion === undefined
      ? {}
      : { record: { op: 'update', set: completion.set } satisfies Draft['record'], recordRows: completion.rows }),
    claim: { identity: itemIdentity(context.mailbox, record.ref), side: 'mail', gone: [link.item] },
    change: put(seen, rules, {
      origin: link.origin,
      base: baseOf(rules, creation.fields, shown.fields, baseContext)
    }),
    ...(completion === undefined ? wakesFor(rules, record.fields, context) : { due: lookAgain })
  })
}

/** "Record deleted → item" (2.6), and 24b where the item was edited. */
export const recordGone = (
  unit: Unit,
  link: Link,
  rules: Rules,
  item: ItemSnapshot,
  context: DecideContext,
  facts: Facts
): Decided => {
  const seen: Seen = { unit, item }
  const stayFacts = stayFactsOf({ rules, link, base: baseIn(link, rules), item }, facts, context)
  const stays = whyItStays(itemStays, rules.shape.behavesLike, stayFacts)
  if (stays !== undefined) return ended(seen, 'record-deleted', stays)
  const edited = editedRows('mail', link, rules, item.fields, context)
  if (edited.length > 0 && context.settings.deleteAgainstEdit === 'keep-edit') {
    if (!flowing('mail', edited, link, rules, item.fields, context))
      return ended(seen, 'record-deleted', 'unlinked', { edited })
    if (!context.access.privileges.create) return ended(seen, 'record-deleted', 'kept-no-right', { edited })
    return context.second ? later(seen) : remakeRecord(seen, link, rules, item, edited, context)
  }
  if (context.second) return later(seen)
  return decided(seen, {
    code: 'record-deleted',
    facts: edited.length === 0 ? {} : { lostEdit: edited },
    mail: { op: 'delete', messages: messagesOfDelete(rules, item.fields, stayFacts.organizes(), context) },
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
  const creation = newRecord(rules, item.fields, context)
  if (creation.malformed.length > 0) return invalid(seen, malformedPaths(creation.malformed))
  const baseContext = baseContextOf(context, rules, link.id, noNames)
  return decided(seen, {
    code: 'conflict-resolved',
    facts: { ...creationFacts(creation), deleted: 'record', edited },
    record: { op: 'create', fields: creation.fields, owner: context.user },
    recordRows: creation.rows,
    claim: {
      identity: meetingIdentity(item, rules) ?? recordIdentity(context.mailbox, item.ref),
      side: 'record',
      gone: [link.record]
    },
    change: put(seen, rules, {
      origin: link.origin,
      base: baseOf(rules, item.fields, creation.fields, baseContext)
    }),
    ...wakesFor(rules, creation.fields, context)
  })
}

/** A base that stands in another shape says nothing about rows of this one. */
const baseIn = (link: Link, rules: Rules): Base =>
  link.shape === rules.shape.digest ? link.base : { mail: [], record: [] }

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

/**
 * Whether any of the edit would have gone to the other side: not where every row stands on its wrong side, nor from the
 * item of a closed record (2.4/24), or of one that a person has made private (4.8/24).
 */
const flowing = (
  side: Side,
  edited: ReadonlyArray<string>,
  link: Link,
  { shape, flows }: Rules,
  fields: Fields,
  context: DecideContext
): boolean => {
  const isClosedActivity = activityTypes.includes(shape.behavesLike) && isClosed(link.state)
  if (side === 'mail' && (isClosedActivity || isRefusedAsPrivate(link, fields, context))) return false
  return shape.rows.some(({ name }, index) => {
    const flow = flows[index]
    return edited.includes(name) && (side === 'mail' ? flow?.toRecord : flow?.toMail) === true
  })
}
