/** What the application holds before it is connected: three companies, seven contacts, and what Ann has to do. */

/** Every type of record that the quickstart's database holds; `account` is the application's alone. */
export const types = [
  'account',
  'contact',
  'appointment',
  'recurring-appointment',
  'service-appointment',
  'task',
  'phonecall',
  'letter',
  'fax'
]

/** What joins when e-mail does: messages, and what they may be about. */
export const typesWithMail = [...types, 'opportunity', 'email']

const accounts = { contoso: 'Contoso Ltd', northwind: 'Northwind Traders', coho: 'Coho Winery' }

/** Six contacts of Ann's and one of Bob's. Three of them have cards. */
const contacts = [
  ['Ann', 'Roy', 'ann.roy@contoso.test', '+44 20 7946 0101', 'contoso', 'ann'],
  ['Carla', 'Mendes', 'carla@northwind.test', '+1 202 555 0103', 'northwind', 'ann'],
  ['Luca', 'Rinaldi', 'luca@cohowinery.test', '+1 202 555 0112', 'coho', 'ann'],
  ['Ravi', 'Iyer', 'ravi.iyer@contoso.test', '+44 20 7946 0161', 'contoso', 'ann'],
  ['Nora', 'Falk', 'nora.falk@northwind.test', '+1 202 555 0162', 'northwind', 'ann'],
  ['Tom', 'Beck', 'tom.beck@cohowinery.test', '+1 202 555 0163', 'coho', 'ann'],
  ['Eva', 'Lund', 'eva.lund@contoso.test', '+44 20 7946 0164', 'contoso', 'bob']
]

const organizer = 'ann@contoso.test'

/** Of each type of activity one, open, and Ann's. */
const activities = {
  appointment: {
    subject: 'Demo for Northwind',
    location: 'Room Ebro',
    scheduledstart: '2026-03-11T09:00:00Z',
    scheduledend: '2026-03-11T10:00:00Z',
    requiredattendees: ['carla@northwind.test'],
    organizer
  },
  'recurring-appointment': {
    subject: 'Figures of the month',
    recurrence: [
      'DTSTART;TZID=Europe/Madrid:20260305T160000',
      'DTEND;TZID=Europe/Madrid:20260305T163000',
      'RRULE:FREQ=MONTHLY;BYDAY=1TH'
    ].join('\n'),
    organizer
  },
  'service-appointment': {
    subject: 'Service of the cold store',
    scheduledstart: '2026-03-13T08:00:00Z',
    scheduledend: '2026-03-13T11:00:00Z',
    organizer
  },
  task: { subject: 'Renew the certificate', scheduledend: '2026-03-20T11:00:00Z' },
  phonecall: { subject: 'Call Tom Beck', scheduledend: '2026-03-05T15:00:00Z' },
  letter: { subject: 'Thank Nora Falk', scheduledend: '2026-03-06T11:00:00Z' },
  fax: { subject: 'Fax the signed order', scheduledend: '2026-03-04T11:00:00Z' }
}

/** How an open one of them begins: in the calendar it takes its time, of a to-do list it is a new line. */
const beginning = (type) => {
  if (type.endsWith('appointment')) return { state: 'scheduled', status: 'busy' }
  return { state: 'open', status: type === 'task' ? 'notStarted' : 'open' }
}

/** What Ann's messages may be about. */
export const seedOpportunity = (host) =>
  host.put({ type: 'opportunity', ref: 'fair-stand', owner: 'ann', fields: { name: 'A stand at the fair' } })

export const seed = async (host) => {
  for (const [ref, name] of Object.entries(accounts))
    await host.put({ type: 'account', ref, owner: 'ann', fields: { name } })
  for (const [index, [firstname, lastname, emailaddress1, telephone1, parentcustomerid, owner]] of contacts.entries()) {
    const fields = { firstname, lastname, emailaddress1, telephone1, parentcustomerid }
    await host.put({ type: 'contact', ref: `contact-${index + 1}`, owner, fields })
  }
  for (const [type, fields] of Object.entries(activities))
    await host.put({ type, ref: `${type}-1`, owner: 'ann', ...beginning(type), fields })
}
