/**
 * Where kinds differ from one another while both things of a pair are there: whose edits are not taken, what is not
 * written to the item now, what follows from what was written.
 */
import { type Merge, type MergeContext, stateField } from '../../../mapping/index.js'
import type { Reason } from '../../../model/index.js'
import { activityTypes, isClosed, isEmpty } from '../../../model/index.js'
import type { Facts } from '../../facts.js'
import type { DecideContext } from '../context.js'
import type { Pair } from '../sight.js'
import {
  amendMeeting,
  attendeesOf,
  hasAttendees,
  isCalendar,
  isMeeting,
  isOrganizer,
  isPast,
  isUser,
  wasOrganizer
} from './meeting.js'
import { attendeeRows, isDeleteSilenced, toldRows } from './messages.js'
import { amendTask, isTaskLike } from './task.js'

/** 4.8/24: what a filter alone has brought, and a person has made private, stays the person's own. */
export const isRefusedAsPrivate = (
  link: Pair['link'],
  item: Pair['item']['fields'],
  { settings }: DecideContext
): boolean => link.origin === 'filter' && settings.privateItems === 'skip' && item['sensitivity'] === 'private'

/** Host's flag on an appointment that is being written (4.4/15). */
export const isDraft = ({ rules, record }: Pick<Pair, 'rules' | 'record'>): boolean =>
  isCalendar(rules.shape.behavesLike) && record.fields['isdraft'] === true

/** Why no edit of the item is taken, the first of 2.0's list; `undefined`: they are. */
export const refusedEdits = (pair: Pair, facts: Facts, context: DecideContext): Reason | undefined => {
  const { link, item, record, rules } = pair
  const { behavesLike } = rules.shape
  if (isRefusedAsPrivate(link, item.fields, context)) return 'private-item'
  if (activityTypes.includes(behavesLike) && isClosed(record.state)) return 'closed-record'
  if (!context.access.privileges.update) return 'missing-privilege'
  return isMeeting(behavesLike) && isAttendeesCopy(pair, facts, context) ? 'wrong-side-edit' : undefined
}

/** Another user of ours organizes it, and his copy is linked (4.1/2). */
const isAttendeesCopy = ({ record, item }: Pair, facts: Facts, context: DecideContext): boolean => {
  const organizer = organizerOf(record.fields['organizer'], item.fields['organizer'])
  if (organizer === undefined || isUser(organizer, context)) return false
  const copy = facts.of<'OrganizerCopy'>({ _tag: 'OrganizerCopy', record: record.ref, organizer })
  return copy._tag === 'Known' && copy.value
}

export const organizerOf = (record: unknown, item: unknown): string | undefined => {
  const named = [record, item].find((value) => typeof value === 'string' && value !== '')
  return typeof named === 'string' ? named : undefined
}

/**
 * What is not written to the item now, and stays due (4.4/14; servers that send by themselves). `left`: the record has
 * another organizer by now, and who organized the meeting is judged by the base (4.1/3).
 */
export const heldWrites = (
  pair: Pair,
  left: boolean,
  facts: Facts,
  context: DecideContext
): MergeContext['holdMail'] => {
  const { rules, record, item } = pair
  if (!isCalendar(rules.shape.behavesLike)) return undefined
  if (!isMeeting(rules.shape.behavesLike)) return heldOfService(item, context)
  if (!hasAttendees(pair, context)) return undefined
  const organizes =
    left ||
    isOrganizer({ record: record.fields['organizer'], item: item.fields['organizer'], owner: record.owner }, context)
  const past = isPast('record', record.fields, facts, context)
  if (organizes && past && !context.settings.updatePastMeetings) return { code: 'kept-past' }
  if (context.mailCan.invitations !== 'implicit') return undefined
  const mayTell = organizes && !left && !past && context.settings.invitations !== 'none' && !isClosed(record.state)
  return mayTell ? undefined : { code: 'kept-silent', rows: toldRows }
}

/** Nobody is told of a service activity: on a server that sends by itself its item has no attendees. */
const heldOfService = (item: Pair['item'], context: DecideContext): MergeContext['holdMail'] => {
  if (context.mailCan.invitations !== 'implicit') return undefined
  const tells = attendeesOf(item.fields, item.fields['organizer'], context).length > 0
  return { code: 'kept-silent', rows: tells ? toldRows : attendeeRows }
}

/** What follows from the merge, by kind. */
export const amendedByKind = (pair: Pair, merge: Merge, context: DecideContext): Merge => {
  const { behavesLike } = pair.rules.shape
  if (isTaskLike(behavesLike)) return amendTask(pair, merge, context)
  return isCalendar(behavesLike) ? amendMeeting(pair, merge, context) : merge
}

/** A canceled meeting that goes with its cancellation (2.6/28). */
export const cancels = ({ rules, record, item }: Pair, facts: Facts, context: DecideContext): boolean =>
  context.settings.propagateCancellation &&
  isMeeting(rules.shape.behavesLike) &&
  record.fields[stateField] === 'canceled' &&
  isOrganizer({ record: record.fields['organizer'], item: item.fields['organizer'], owner: record.owner }, context) &&
  !isPast('record', record.fields, facts, context) &&
  !isDeleteSilenced(rules, item.fields, true, context)

/**
 * 4.1/3: the record has another organizer than the one whose mailbox this is. It has left, whoever it still invites;
 * answers the rows that are not written first.
 */
export const whyLeaving = (
  { rules, link, base, record }: Pair,
  context: DecideContext
): ReadonlySet<string> | undefined => {
  if (link.origin === 'tracked' || !isMeeting(rules.shape.behavesLike)) return undefined
  const organizer = record.fields['organizer']
  if (isEmpty(organizer) || isUser(organizer, context)) return undefined
  return wasOrganizer(rules, link.id, base, context) === 'user' ? organizerRow : undefined
}

const organizerRow: ReadonlySet<string> = new Set(['organizer'])
