/** The mappings that ship, by record type. A new item of the mailbox becomes a record of the first type of its kind. */
import type { Mapping } from '../rule.js'
import { appointmentMapping, recurringAppointmentMapping, serviceAppointmentMapping } from './appointment.js'
import { contactMapping } from './contact.js'
import { emailMapping } from './email.js'
import { faxMapping, letterMapping, phonecallMapping, taskMapping } from './task.js'

/** @public */
export const presetMappings: { readonly [type: string]: Mapping } = Object.fromEntries(
  [
    contactMapping,
    appointmentMapping,
    recurringAppointmentMapping,
    serviceAppointmentMapping,
    taskMapping,
    phonecallMapping,
    letterMapping,
    faxMapping,
    emailMapping
  ].map((mapping) => [mapping.type, mapping])
)

export { stateField, statusField } from './activity.js'
export {
  appointmentMapping,
  contactMapping,
  emailMapping,
  faxMapping,
  letterMapping,
  phonecallMapping,
  recurringAppointmentMapping,
  serviceAppointmentMapping,
  taskMapping
}
