/** Fields of an appointment as edits of an event. What iCalendar cannot say of a value, Outlook's properties do. */
import type { Fields, Result, Value } from '../../../model/index.js'
import { fieldOf, isEmpty, ok, sameValue } from '../../../model/index.js'
import type { Entry } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import { plainText } from '../lines/plain.js'
import { withParams } from '../lines/print.js'
import { attendeeLines, attendeesOf, organizerOf, showAsOf, writtenBusyStatus } from './appointment.read.js'
import { linesNamed, textIn } from './calendar.js'
import { addressOf } from './common.read.js'
import { editing, textValue, withCommon, withReminder } from './common.write.js'
import type { Edited } from './edit.js'
import { added, componentOf, removed, withoutNamed, withProperty, withText } from './edit.js'
import { isSeries } from './recurrence.js'
import { withRecurrence } from './recurrence.write.js'
import { timeNames, withTime } from './time.write.js'
import type { Times } from './zone.js'

const texts = ['subject', 'location', 'regarding', 'regardingName']

export const withAppointment = (times: Times, edited: Edited, set: Fields): Result<Edited> => {
  const ruled = Object.hasOwn(set, 'recurrence')
    ? withRecurrence(times, edited, fieldOf(set, 'recurrence') ?? null)
    : ok(edited)
  if (ruled._tag === 'Left') return ruled
  if (isSeries(componentOf(ruled.right)) && timeNames.some((name) => !isEmpty(fieldOf(set, name))))
    return malformed('start: expected recurrence in place of a time, as the appointment is a series')
  const timed = isSeries(componentOf(ruled.right)) ? ruled : withTime(times, ruled.right, set)
  if (timed._tag === 'Left') return timed
  const others = [
    editing(set, 'showAs', withShowAs),
    editing(set, 'organizer', withOrganizer),
    editing(set, 'requiredAttendees', (next, value) => withAttendees(next, value, 'required')),
    editing(set, 'optionalAttendees', (next, value) => withAttendees(next, value, 'optional'))
  ].reduce((next, edit) => edit(next), withCommon(timed.right, set, texts))
  return Object.hasOwn(set, 'reminderAt')
    ? withReminder(times, others, fieldOf(set, 'reminderAt') ?? null, 'dtend')
    : ok(others)
}

const outlook = 'x-microsoft-cdo-busystatus'

/** `oof` and `workingElsewhere` need Outlook's property; where it is there, it follows. */
const withShowAs = (edited: Edited, value: Value): Edited => {
  const showAs = textValue(value)
  if (showAs === '') return withoutNamed(edited, outlook, 'transp')
  if (showAsOf(componentOf(edited)) === showAs) return edited
  const own = linesNamed(componentOf(edited), outlook).length > 0 || showAs === 'oof' || showAs === 'workingElsewhere'
  const said = withPlainShowAs(edited, showAs)
  return own ? withText(said, outlook, writtenBusyStatus(showAs)) : said
}

const withPlainShowAs = (edited: Edited, showAs: string): Edited => {
  const status = textIn(componentOf(edited), 'status').trim().toUpperCase()
  if (showAs === 'free') return withText(edited, 'transp', 'TRANSPARENT')
  const taken = textIn(componentOf(edited), 'transp') === '' ? edited : withText(edited, 'transp', 'OPAQUE')
  if (showAs === 'tentative') return withText(taken, 'status', 'TENTATIVE')
  return status === 'TENTATIVE' || status === 'CANCELLED' ? withText(taken, 'status', 'CONFIRMED') : taken
}

/** `mailto:` of an address, with what a URI cannot hold encoded. */
const mailto = (address: string): string =>
  `mailto:${encodeURI(plainText(address).replace(/\n/g, ' ').trim()).replace(/[?#]/g, encodeURIComponent)}`

const sameAddress = (x: string, y: string): boolean => x.toLowerCase() === y.toLowerCase()

const withOrganizer = (edited: Edited, value: Value): Edited => {
  const address = textValue(value)
  if (sameAddress(organizerOf(componentOf(edited)), address)) return edited
  return address === '' ? withoutNamed(edited, 'organizer') : withProperty(edited, 'organizer', mailto(address))
}

const roles = { required: 'REQ-PARTICIPANT', optional: 'OPT-PARTICIPANT' } as const

/** Who stays keeps his line, with his name and his answer; who changes his role keeps them too. */
const withAttendees = (edited: Edited, value: Value, role: 'required' | 'optional'): Edited => {
  const wanted = (Array.isArray(value) ? value : [value]).map(textValue).filter((address) => address.trim() !== '')
  const isWanted = (entry: Entry): boolean => wanted.some((address) => sameAddress(address, addressOf(entry)))
  if (sameValue(folded(attendeesOf(componentOf(edited), role)), folded(wanted))) return edited
  const gone = attendeeLines(componentOf(edited), role).filter((entry) => !isWanted(entry))
  return wanted.reduce((next, address) => withAttendee(next, address, role), removed(edited, ...gone))
}

const folded = (addresses: ReadonlyArray<string>): ReadonlyArray<string> =>
  [...new Set(addresses.map((address) => address.toLowerCase()))].sort()

const withAttendee = (edited: Edited, address: string, role: 'required' | 'optional'): Edited => {
  const component = componentOf(edited)
  if (attendeesOf(component, role).some((there) => sameAddress(there, address))) return edited
  const other = attendeeLines(component, role === 'required' ? 'optional' : 'required').find((entry) =>
    sameAddress(addressOf(entry), address)
  )
  if (other?.property !== undefined) {
    const params = [...other.property.params.filter(([name]) => name !== 'role'), ['role', [roles[role]]] as const]
    return { ...edited, card: withParams(edited.reader, edited.card, other, params) }
  }
  if (
    sameAddress(organizerOf(component), address) &&
    linesNamed(component, 'attendee').some((entry) => sameAddress(addressOf(entry), address))
  )
    return edited
  const params = [['role', [roles[role]]] as const, ['partstat', ['NEEDS-ACTION']] as const]
  return added(edited, { name: 'attendee', params, components: [[mailto(address)]] })
}
