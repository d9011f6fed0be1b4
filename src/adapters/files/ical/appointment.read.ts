/**
 * An event as fields of an appointment. A series has `recurrence`, the lines of its rule, in place of its time; a
 * changed occurrence has its own time and says in `originalStart` when it would have been.
 */
import type { Fields, Result } from '../../../model/index.js'
import { dateOfLocal, limits } from '../../../model/index.js'
import type { Decoded } from '../kind.js'
import type { Card, Entry } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import type { Component } from './calendar.js'
import { linesNamed, paramOf, textIn } from './calendar.js'
import { addressesOf, addressOf, commonFields, decodedOf } from './common.read.js'
import { instantText } from './moment.js'
import { isSeries, recurrenceOf } from './recurrence.js'
import type { Extent, Moment } from './time.js'
import { endOf, extentOf, momentIn } from './time.js'
import type { Times } from './zone.js'

export const appointmentOf = (times: Times, card: Card, event: Component): Result<Decoded> => {
  const extent = extentOf(times, card, event, 'dtend')
  if (extent._tag === 'Left') return extent
  const original = momentIn(times, card, event, 'recurrence-id')
  if (original._tag === 'Left') return original
  const recurrence = recurrenceOf(times, card, event, extent.right)
  if (recurrence._tag === 'Left') return recurrence
  const people = linesNamed(event, 'attendee')
  if (people.length > limits.addressesMax) return malformed(`ATTENDEE: expected at most ${limits.addressesMax}`)
  return decodedOf(event, {
    ...commonFields(times, card, event, extent.right),
    ...(isSeries(event) ? { recurrence: recurrence.right } : timeFields(extent.right)),
    ...(original.right !== undefined && { originalStart: momentText(original.right) }),
    location: textIn(event, 'location'),
    showAs: showAsOf(event),
    organizer: organizerOf(event),
    requiredAttendees: attendeesOf(event, 'required'),
    optionalAttendees: attendeesOf(event, 'optional'),
    globalId: textIn(event, 'uid')
  })
}

/** A day as a date, a time as an instant. */
export const momentText = (moment: Moment): string =>
  moment.is === 'day' ? dateOfLocal(moment.localMs) : instantText(moment.atMs)

/** The members of the aggregate `time`. All-day ones are dates without a zone; of a zone only its name is told. */
export const timeFields = (extent: Extent): Fields => {
  const { start } = extent
  const end = endOf(extent)
  if (start === undefined || end === undefined) return {}
  return {
    start: momentText(start),
    end: momentText(end),
    isAllDay: start.is === 'day',
    ...(start.is === 'time' && start.clock.name !== undefined && { timeZone: start.clock.name })
  }
}

const busyStatuses: { readonly [written: string]: string } = {
  FREE: 'free',
  TENTATIVE: 'tentative',
  BUSY: 'busy',
  OOF: 'oof',
  WORKINGELSEWHERE: 'workingElsewhere'
}

export const writtenBusyStatus = (showAs: string): string =>
  Object.keys(busyStatuses).find((written) => busyStatuses[written] === showAs) ?? 'BUSY'

/**
 * What everybody writes says free, tentative or busy. Outlook's own property knows more, and counts while it agrees
 * on whether the time is taken: another program may have changed the one and not known the other.
 */
export const showAsOf = (event: Component): string => {
  const said = plainShowAs(event)
  const own = busyStatuses[textIn(event, 'x-microsoft-cdo-busystatus').trim().toUpperCase()]
  return own !== undefined && (linesNamed(event, 'transp', 'status').length === 0 || isTaken(own) === isTaken(said))
    ? own
    : said
}

const isTaken = (showAs: string): boolean => showAs !== 'free'

const plainShowAs = (event: Component): string => {
  const status = textIn(event, 'status').trim().toUpperCase()
  if (status === 'CANCELLED' || textIn(event, 'transp').trim().toUpperCase() === 'TRANSPARENT') return 'free'
  return status === 'TENTATIVE' ? 'tentative' : 'busy'
}

export const organizerOf = (event: Component): string => {
  const [organizer] = linesNamed(event, 'organizer')
  return organizer === undefined ? '' : addressOf(organizer)
}

/** Rooms, and who is only told, are no attendees; nor is the organizer, whom some producers list. They stay in the file. */
export const attendeeLines = (event: Component, role: 'required' | 'optional'): ReadonlyArray<Entry> => {
  const organizer = organizerOf(event).toLowerCase()
  return linesNamed(event, 'attendee').filter(
    (entry) => roleOf(entry) === role && (organizer === '' || addressOf(entry).toLowerCase() !== organizer)
  )
}

const roleOf = (entry: Entry): 'required' | 'optional' | undefined => {
  const kind = paramOf(entry, 'cutype')?.toUpperCase()
  const role = paramOf(entry, 'role')?.toUpperCase()
  if (kind === 'ROOM' || kind === 'RESOURCE' || role === 'NON-PARTICIPANT') return undefined
  return role === 'OPT-PARTICIPANT' ? 'optional' : 'required'
}

export const attendeesOf = (event: Component, role: 'required' | 'optional'): ReadonlyArray<string> =>
  addressesOf(attendeeLines(event, role))
