/** The tables of single and recurring appointments and of service activities (`fields.md`). */
import type { Mapping, MappingRow } from '../rule.js'
import { body, fixed, importance, location, regarding, stateAndStatus, subject } from './activity.js'

const time: MappingRow = {
  name: 'time',
  mail: { fields: ['start', 'end', 'isAllDay', 'timeZone'] },
  record: { fields: ['scheduledstart', 'scheduledend', 'scheduleddurationminutes', 'isalldayevent'] },
  convert: 'span',
  direction: 'both',
  settable: 'fixed',
  securable: true,
  required: true
}

const recurrence: MappingRow = { ...fixed('recurrence', 'recurrence', 'recurrence'), required: true }

/** Off: nothing moves; switched off later, what is there stays. A conflict is the later change's (2.4/24a). */
const attachments: MappingRow = {
  ...fixed('attachments', 'attachments', 'attachments'),
  when: { appointmentAttachments: true },
  latestWins: true,
  large: true
}

const people: ReadonlyArray<MappingRow> = [
  fixed('optionalAttendees', 'optionalattendees', 'addresses'),
  fixed('organizer', 'organizer', 'organizer'),
  regarding,
  fixed('requiredAttendees', 'requiredattendees', 'addresses'),
  { ...fixed('showAs', stateAndStatus, 'showAs'), securable: false }
]

/** @public */
export const appointmentMapping: Mapping = {
  kind: 'appointment',
  type: 'appointment',
  behavesLike: 'appointment',
  rows: [time, attachments, body, importance, location, ...people, subject]
}

/** A series carries no attachments (4.6/21). @public */
export const recurringAppointmentMapping: Mapping = {
  kind: 'appointment',
  type: 'recurring-appointment',
  behavesLike: 'recurring-appointment',
  rows: [recurrence, body, importance, location, ...people, subject]
}

/** Shown in the calendar, and nothing more: every row goes one way (4.8/29d). @public */
export const serviceAppointmentMapping: Mapping = {
  kind: 'appointment',
  type: 'service-appointment',
  behavesLike: 'service-appointment',
  rows: [time, body, importance, location, ...people, subject].map((row) => ({
    ...row,
    direction: 'toMail',
    settable: 'fixed'
  }))
}
