/**
 * Appointments, series and service activities (4.1 to 4.4): whose meeting it is, whether it is past, and what follows
 * from what is written.
 */
import { addressesOf, type Merge, type Rules, stateField } from '../../../mapping/index.js'
import type { Base, Fields, Value } from '../../../model/index.js'
import { dateIn, instantFromIso, isClosed, isDigest, isEmpty, sameValue } from '../../../model/index.js'
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

/**
 * Who organized it by the base, the record's before the item's, also where it holds digests alone; `undefined`: it
 * names nobody.
 */
export const wasOrganizer = (
  rules: Rules,
  link: string,
  base: Base,
  context: DecideContext
): 'user' | 'another' | undefined => {
  const index = rules.shape.rows.findIndex((row) => row.name === 'organizer')
  const row = rules.shape.rows[index]
  if (row === undefined) return undefined
  const digest = digestIn(context, rules, link)
  for (const side of ['record', 'mail'] as const) {
    const held = base[side][index] ?? null
    const normal = row[side].normal
    const holds = (address: string | null): boolean =>
      isDigest(held)
        ? held.digest === digest(side, 'organizer', normal(address))
        : sameValue(normal(held), normal(address))
    if (!holds(null)) return holds(context.address) ? 'user' : 'another'
  }
  return undefined
}

/** Start before now; all day: first day before today in the user's zone; a series: its last occurrence. */
export const isPast = (side: 'mail' | 'record', fields: Fields, facts: Facts, context: DecideContext): boolean => {
  const recurrence = recurrenceIn(fields)
  if (recurrence !== undefined) {
    const last = facts.of<'LastOccurrence'>({ _tag: 'LastOccurrence', recurrence })
    // A series without an end, or one that nobody could read, is not past.
    return last._tag === 'Known' && last.value !== null && isBefore(last.value, false, context)
  }
  const start = fields[side === 'mail' ? 'start' : 'scheduledstart']
  const isAllDay = fields[side === 'mail' ? 'isAllDay' : 'isalldayevent'] === true
  return typeof start === 'string' && isBefore(start, isAllDay, context)
}

/** A series whose end nobody could find: that it is not past is no reason to delete anything. */
export const isPastUnknown = (fields: Fields, facts: Facts): boolean => {
  const recurrence = recurrenceIn(fields)
  return recurrence !== undefined && facts.of<'LastOccurrence'>({ _tag: 'LastOccurrence', recurrence })._tag !== 'Known'
}

const recurrenceIn = ({ recurrence }: Fields): string | undefined =>
  typeof recurrence === 'string' && recurrence !== '' ? recurrence : undefined

const isBefore = (start: string, isAllDay: boolean, { zones, timeZone, nowMs }: DecideContext): boolean => {
  const atMs = isAllDay ? undefined : instantFromIso(start)
  return atMs === undefined ? start.slice(0, 10) < dateIn(zones, timeZone, nowMs) : atMs < nowMs
}

/** Everybody addressed, but the organizer. */
export const attendeesOf = (
  fields: Fields,
  organizer: Value | undefined,
  context: DecideContext
): ReadonlyArray<string> =>
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

const weekMs = 7 * 24 * 60 * 60_000

/** Reminders that mean nothing any more go with a write; ids that one side lacks are taken over (4.1/6, 4.2/9, 4.3/12). */
export const amendMeeting = (pair: Pair, merge: Merge, context: DecideContext): Merge => {
  const taken = amended(
    pair,
    merge,
    isMeeting(pair.rules.shape.behavesLike) ? identity(pair, context) : own(merge, context),
    context
  )
  return taken.setMail === undefined || !isReminderless(pair, taken, context)
    ? taken
    : amended(pair, taken, { mailFields: { reminderAt: null } }, context)
}

/** In each participant's calendar a service activity is his own (29d). */
const own = (merge: Merge, { address }: DecideContext): Amendment =>
  merge.mailRows.includes('organizer') ? { mail: { organizer: address } } : {}

const identity = ({ record, item }: Pair, context: DecideContext): Amendment => {
  if (!context.access.privileges.update) return {}
  const missing = (field: string, from: string): Fields =>
    isEmpty(record.fields[field]) && !isEmpty(item.fields[from]) ? { [field]: item.fields[from] ?? null } : {}
  // Who organizes it is an edit of the item like any other: a closed record takes none.
  const organizer =
    isEmpty(record.fields['organizer']) && !isEmpty(item.fields['organizer']) && !isClosed(record.state)
      ? { record: { organizer: addressesOf(item.fields['organizer'])[0] ?? null } }
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
