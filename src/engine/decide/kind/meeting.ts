/**
 * Appointments, series and service activities (4.1 to 4.4): whose meeting it is, whether it is past, and whom the mail
 * server is asked to tell.
 */
import { addressesOf, type Merge, type Rules, stateField } from '../../../mapping/index.js'
import type { Base, Fields, MeetingMessages, Value } from '../../../model/index.js'
import { dateIn, instantFromIso, isClosed, isDigest, isEmpty } from '../../../model/index.js'
import type { Facts } from '../../facts.js'
import { type DecideContext, digestIn } from '../context.js'
import type { Pair } from '../sight.js'
import { type Amendment, amended } from './amend.js'

/** Types whose meetings have an organizer who tells others. */
const meetings: ReadonlySet<string> = new Set(['appointment', 'recurring-appointment'])

export const isMeeting = (behavesLike: string): boolean => meetings.has(behavesLike)

export const isCalendar = (behavesLike: string): boolean =>
  isMeeting(behavesLike) || behavesLike === 'service-appointment'

/** The syncing user, by the one address that counts (T7). */
export const isUser = (address: Value | undefined, { address: own }: Pick<DecideContext, 'address'>): boolean =>
  typeof address === 'string' && address.trim().toLowerCase() === own.trim().toLowerCase()

/** 2.6: the record's organizer, else the item's; where neither names one, the record's owner counts. */
export const isOrganizer = (
  named: {
    readonly record?: Value | undefined
    readonly item?: Value | undefined
    readonly owner?: string | undefined
  },
  context: DecideContext
): boolean => {
  const organizer = isEmpty(named.record) ? named.item : named.record
  return isEmpty(organizer) ? named.owner === context.user : isUser(organizer, context)
}

/** Whether the base says that the user organized it, also where it holds digests alone. */
export const wasOrganizer = (rules: Rules, link: string, base: Base, context: DecideContext): boolean => {
  const index = rules.shape.rows.findIndex((row) => row.name === 'organizer')
  const row = rules.shape.rows[index]
  const held = base.record[index]
  if (row === undefined || held === undefined) return false
  if (!isDigest(held)) return isUser(held, context)
  return held.digest === digestIn(context, rules, link)('record', 'organizer', row.record.normal(context.address))
}

/** What stands in the base of the record's organizer: nothing, or somebody. */
export const hadOrganizer = (rules: Rules, link: string, base: Base, context: DecideContext): boolean => {
  const index = rules.shape.rows.findIndex((row) => row.name === 'organizer')
  const held = base.record[index] ?? null
  return isDigest(held) ? held.digest !== digestIn(context, rules, link)('record', 'organizer', null) : !isEmpty(held)
}

/** Start before now; all day: first day before today in the user's zone; a series: its last occurrence. */
export const isPast = (side: 'mail' | 'record', fields: Fields, facts: Facts, context: DecideContext): boolean => {
  const recurrence = fields['recurrence']
  if (typeof recurrence === 'string' && recurrence !== '') {
    const last = facts.of<'LastOccurrence'>({ _tag: 'LastOccurrence', recurrence })
    // A series without an end, or one that nobody could read, is not past.
    return last._tag === 'Known' && last.value !== null && isBefore(last.value, context)
  }
  const start = fields[side === 'mail' ? 'start' : 'scheduledstart']
  return typeof start === 'string' && isBefore(start, context)
}

const isBefore = (start: string, { zones, timeZone, nowMs }: DecideContext): boolean => {
  const atMs = instantFromIso(start)
  return atMs === undefined ? start.slice(0, 10) < dateIn(zones, timeZone, nowMs) : atMs < nowMs
}

/** Everybody addressed, but the organizer. */
const attendeesOf = (fields: Fields, organizer: Value | undefined, context: DecideContext): ReadonlyArray<string> =>
  addressesOf([...addressesOf(fields['requiredAttendees']), ...addressesOf(fields['optionalAttendees'])]).filter(
    (address) => !isUser(address, context) && !isSame(address, organizer)
  )

const isSame = (address: string, other: Value | undefined): boolean =>
  typeof other === 'string' && other.trim().toLowerCase() === address.toLowerCase()

const recordAttendees = (fields: Fields): Fields => ({
  requiredAttendees: fields['requiredattendees'] ?? null,
  optionalAttendees: fields['optionalattendees'] ?? null
})

export const hasAttendees = (pair: Pick<Pair, 'item' | 'record'>, context: DecideContext): boolean =>
  attendeesOf(pair.item.fields, pair.item.fields['organizer'], context).length > 0 ||
  attendeesOf(recordAttendees(pair.record.fields), pair.record.fields['organizer'], context).length > 0

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

const nobody: MeetingMessages = { invitations: [], updates: [], cancellations: [] }

const orNone = (messages: MeetingMessages): MeetingMessages | undefined =>
  messages.invitations.length + messages.updates.length + messages.cancellations.length === 0 ? undefined : messages

const sends = (rules: Rules, context: DecideContext): boolean =>
  isMeeting(rules.shape.behavesLike) &&
  context.settings.invitations !== 'none' &&
  context.mailCan.invitations === 'explicit'

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
  context: DecideContext
): boolean => {
  if (context.mailCan.invitations !== 'implicit' || !isMeeting(rules.shape.behavesLike)) return false
  if (attendeesOf(item, item['organizer'], context).length === 0) return false
  const isOurs = isOrganizer({ record: record.fields['organizer'], owner: record.owner }, context)
  return !isOurs || isClosed(record.state) || context.settings.invitations === 'none'
}

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

const weekMs = 7 * 24 * 60 * 60_000

/** Reminders that mean nothing any more go with a write; ids that one side lacks are taken over (4.1/6, 4.2/9, 4.3/12). */
export const amendMeeting = (pair: Pair, merge: Merge, context: DecideContext): Merge => {
  const taken = amended(pair, merge, identity(pair, context), context)
  return taken.setMail === undefined || !isReminderless(pair, taken, context)
    ? taken
    : amended(pair, taken, { mailFields: { reminderAt: null } }, context)
}

const identity = ({ rules, record, item }: Pair, context: DecideContext): Amendment => {
  if (!isMeeting(rules.shape.behavesLike) || !context.access.privileges.update) return {}
  const missing = (field: string, from: string): Fields =>
    isEmpty(record.fields[field]) && !isEmpty(item.fields[from]) ? { [field]: item.fields[from] ?? null } : {}
  const organizer =
    isEmpty(record.fields['organizer']) && !isEmpty(item.fields['organizer'])
      ? { record: { organizer: item.fields['organizer'] ?? null } }
      : {}
  return {
    ...organizer,
    recordFields: { ...missing('globalobjectid', 'globalId'), ...missing('originalstartdate', 'originalStart') }
  }
}

const isReminderless = (pair: Pair, merge: Merge, context: DecideContext): boolean => {
  const record = { ...pair.record.fields, ...merge.setRecord }
  const state = String(record[stateField])
  if (isClosed(state)) return true
  const showAs = pair.rules.shape.rows.find((row) => row.name === 'showAs')
  const shown = showAs?.record.normal(showAs.record.lift(record, pair.names))
  const start = { ...pair.item.fields, ...merge.setMail }['start']
  const atMs = typeof start === 'string' ? (instantFromIso(start) ?? Date.parse(start.slice(0, 10))) : Number.NaN
  return shown === 'free' || atMs < context.nowMs - weekMs
}
