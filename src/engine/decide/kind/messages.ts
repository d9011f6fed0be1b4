/** Whom the mail server is asked to tell of a meeting (4.4), and what is left out where it tells by itself. */
import { type Merge, type Rules, stateField } from '../../../mapping/index.js'
import type { Fields, MeetingMessages } from '../../../model/index.js'
import { isClosed } from '../../../model/index.js'
import type { Facts } from '../../facts.js'
import type { DecideContext } from '../context.js'
import type { Pair } from '../sight.js'
import { attendeesOf, isMeeting, isOrganizer, isPast } from './meeting.js'

/** Rows whose change is told to the attendees (4.4). */
export const toldRows: ReadonlySet<string> = new Set([
  'subject',
  'body',
  'location',
  'time',
  'recurrence',
  'requiredAttendees',
  'optionalAttendees',
  'organizer',
  'showAs',
  'importance'
])

/** Rows that say who is told. */
export const attendeeRows: ReadonlySet<string> = new Set(['requiredAttendees', 'optionalAttendees'])

const nobody: MeetingMessages = { invitations: [], updates: [], cancellations: [] }

const orNone = (messages: MeetingMessages): MeetingMessages | undefined =>
  messages.invitations.length + messages.updates.length + messages.cancellations.length === 0 ? undefined : messages

/** A server that sends by itself is asked as well: whoever must say yes first, and the report, know of it (`hold`). */
const sends = (rules: Rules, context: DecideContext): boolean =>
  isMeeting(rules.shape.behavesLike) &&
  context.settings.invitations !== 'none' &&
  context.mailCan.invitations !== 'none'

/** Of a new item: an invitation to each attendee, from the organizer's mailbox, while it is neither past nor closed. */
export const messagesOfNew = (
  rules: Rules,
  record: Fields,
  owner: string | undefined,
  item: Fields,
  facts: Facts,
  context: DecideContext
): MeetingMessages | undefined => {
  const isOurs = isOrganizer({ record: record['organizer'], item: item['organizer'], owner }, context)
  if (!sends(rules, context) || !isOurs || isClosed(String(record[stateField]))) return undefined
  if (isPast('record', record, facts, context)) return undefined
  return orNone({ ...nobody, invitations: attendeesOf(item, item['organizer'], context) })
}

/** A server that sends by itself would invite people whom nobody wants invited: the item is not made. */
export const isSilenced = (
  rules: Rules,
  item: Fields,
  record: { readonly owner?: string; readonly state: string; readonly fields: Fields },
  facts: Facts,
  context: DecideContext
): boolean => {
  if (context.mailCan.invitations !== 'implicit' || !isMeeting(rules.shape.behavesLike)) return false
  if (attendeesOf(item, item['organizer'], context).length === 0) return false
  const isOurs = isOrganizer({ record: record.fields['organizer'], owner: record.owner }, context)
  return (
    !isOurs ||
    isClosed(record.state) ||
    context.settings.invitations === 'none' ||
    isPast('record', record.fields, facts, context)
  )
}

/** Nor is an item deleted whose deletion such a server would announce unasked. */
export const isDeleteSilenced = (rules: Rules, item: Fields, organizes: boolean, context: DecideContext): boolean =>
  context.mailCan.invitations === 'implicit' &&
  isMeeting(rules.shape.behavesLike) &&
  attendeesOf(item, item['organizer'], context).length > 0 &&
  (!organizes || context.settings.invitations === 'none')

/** Of a write to the item: who came, who stays, who went. */
export const messagesOfUpdate = (
  pair: Pair,
  merge: Merge,
  facts: Facts,
  context: DecideContext
): MeetingMessages | undefined => {
  if (!sends(pair.rules, context) || !merge.mailRows.some((row) => toldRows.has(row))) return undefined
  const record = { ...pair.record.fields, ...merge.setRecord }
  const item = { ...pair.item.fields, ...merge.setMail }
  const isOurs = isOrganizer(
    { record: record['organizer'], item: item['organizer'], owner: pair.record.owner },
    context
  )
  if (!isOurs || isClosed(String(record[stateField]))) return undefined
  const wasPast = isPast('mail', pair.item.fields, facts, context)
  const isNowPast = isPast('mail', item, facts, context)
  if (isNowPast && !(wasPast && context.settings.updatePastMeetings)) return undefined
  const before = attendeesOf(pair.item.fields, pair.item.fields['organizer'], context)
  const after = attendeesOf(item, item['organizer'], context)
  const isIn = (list: ReadonlyArray<string>, address: string): boolean =>
    list.some((one) => one.toLowerCase() === address.toLowerCase())
  return orNone({
    invitations: after.filter((address) => !isIn(before, address)),
    updates: after.filter((address) => isIn(before, address)),
    cancellations: before.filter((address) => !isIn(after, address))
  })
}

/** Of an item that is deleted from its organizer's mailbox. */
export const messagesOfDelete = (
  rules: Rules,
  item: Fields,
  organizes: boolean,
  context: DecideContext
): MeetingMessages | undefined =>
  sends(rules, context) && organizes
    ? orNone({ ...nobody, cancellations: attendeesOf(item, item['organizer'], context) })
    : undefined
