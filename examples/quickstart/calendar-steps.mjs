/** The calendar's part of the tour: what comes, what is tracked, what is edited where, in its order. */
import { claim } from './claims.mjs'
import { printPlan } from './plan.mjs'
import { addsUp, engineOf, writesOf } from './steps.mjs'
import { counts, heading, say, table } from './table.mjs'
import { right } from './world.mjs'

export const connect = async (engine, world) => {
  heading('8. The calendar and the tasks are connected')
  say('The same folder, now with all that lies in it. A dry run first; the contacts have no part in it:')
  const before = await world.digest()
  const plan = await engine.plan('ann')
  await printPlan(world, plan)
  console.log()
  claim(
    'an appointment, a series, a service activity, a task, a call, a letter and a fax would come',
    plan.decisions.length === 7 && plan.decisions.every(({ mail, type }) => mail === 'create' && type !== 'contact')
  )
  claim('nothing was written on either side', before === (await world.digest()))
  const report = await engine.sync('ann')
  const made = report.decisions.map(({ item }) => item)
  const madeIn = (kind) =>
    world.filesIn(kind).filter((file) => made.some((ref) => file === `${kind}/${ref}.ics`)).length
  claim(
    'three files of the calendar and four of the tasks were made',
    report.writes.mail.created === 7 && madeIn('calendar') === 3 && madeIn('tasks') === 4
  )
  claim(
    'the series is a series there, with the rule of the application',
    world.filesIn('calendar').some((file) => world.linesOf(file).includes('RRULE:FREQ=MONTHLY;BYDAY=1TH'))
  )
}

/** When each event of the samples begins and ends, worked out by hand, and what its file says of it. */
const expected = {
  'apple-holiday-all-day': ['2026-03-19', '2026-03-20', 'all day'],
  'apple-site-visit': ['2026-03-18T15:30:00Z', '2026-03-18T17:00:00Z', '16:30 in Europe/Madrid'],
  'davx5-flight': ['2026-04-28T22:30:00Z', '2026-04-29T06:00:00Z', 'from 18:30 in New York to 8:00 in Madrid'],
  'exchange-customized-zone': ['2026-03-17T08:00:00Z', '2026-03-17T09:00:00Z', '11:30, in a zone of its own'],
  'google-quarterly-review': ['2026-03-12T09:00:00Z', '2026-03-12T10:30:00Z', '10:00 in Europe/Madrid'],
  'google-supplier-call-in-utc': ['2026-03-10T14:00:00Z', '2026-03-10T14:30:00Z', '14:00 in UTC'],
  'nextcloud-lunch': ['2026-03-06T12:00:00Z', '2026-03-06T13:30:00Z', '13:00 in Europe/Berlin, for 1½ hours'],
  'outlook-budget-round': ['2026-03-16T14:00:00Z', '2026-03-16T15:00:00Z', '15:00, “Romance Standard Time”'],
  'outlook-out-of-office': ['2026-04-06', '2026-04-11', 'five days, out of office'],
  'sabre-alarm-clock-floating': ['2026-03-05T06:30:00Z', '2026-03-05T06:45:00Z', '7:30 wherever she is'],
  'thunderbird-contract-talk': ['2026-03-25T10:00:00Z', '2026-03-25T11:00:00Z', '11:00 in Europe/Madrid'],
  'thunderbird-trade-fair': ['2026-04-21', '2026-04-24', 'three days']
}

const fileOf = (name) => `calendar/${name}.ics`

export const trackAll = async (engine, world) => {
  heading('9. Events and tasks become records where somebody tracks them')
  const items = [...(await refsOf(world, 'appointment')), ...(await refsOf(world, 'task'))]
  const answers = await engine.track('ann', items)
  const report = await engine.sync('ann')
  counts(report)
  console.log()
  const rows = []
  let punctual = 0
  for (const [name, [start, end, said]] of Object.entries(expected)) {
    const decision = report.decisions.find(({ item }) => item === fileOf(name))
    const { fields } = (decision?.record && (await world.store.host.look('appointment', decision.record))) ?? noRecord
    if (fields.scheduledstart === start && fields.scheduledend === end) punctual += 1
    rows.push([name, said, fields.scheduledstart ?? '-', fields.scheduledend ?? '-'])
  }
  table(whenColumns, rows)
  console.log()
  claim('the twelve single events of eight programs begin and end when their files say', punctual === 12)
  const types = (type) => report.decisions.filter((one) => one.recordOp === 'create' && one.type === type).length
  claim(
    '13 appointments, 2 series and 5 tasks were made: one of them is a changed occurrence',
    types('appointment') === 13 && types('recurring-appointment') === 2 && types('task') === 5
  )
  claim(
    'what the application had made was linked, not doubled; two of its records learned their UIDs',
    report.writes.record.created === 20 && report.writes.record.updated === 2
  )
  claim('the counts add up', addsUp(report))
  setAside(report, answers)
}

const noRecord = { fields: {} }

const whenColumns = [
  { name: 'file', width: 27 },
  { name: 'it says', width: 24 },
  { name: 'start of its record', width: 20 },
  { name: 'end' }
]

/** What could not be read says so in the report; what is refused, in the answer to whoever asks for it. */
const setAside = (report, answers) => {
  const unreadable = report.decisions.filter(({ code }) => code === 'invalid-item')
  const aside = [...unreadable, ...answers.filter(({ code }) => code === 'method-unsupported')]
  console.log()
  say('Three files were left where they are, and stopped nobody else:')
  table(
    [{ name: 'file', width: 56 }, { name: 'why' }],
    aside.map(({ item, code, facts }) => [
      `mailbox/${item}`,
      code === 'invalid-item' ? facts.paths.join('; ') : `${code}: a series of tasks is not synced`
    ])
  )
  console.log()
  claim(
    'exactly the two malformed files are set aside, and the series of tasks is not taken',
    aside
      .map(({ item, code }) => `${item} ${code}`)
      .sort()
      .join() ===
      [
        'calendar/malformed-on-purpose-cut-off.ics invalid-item',
        'tasks/malformed-on-purpose-no-day.ics invalid-item',
        'tasks/nextcloud-water-the-plants.ics method-unsupported'
      ].join()
  )
}

const refsOf = async (world, kind) => {
  const page = await right(world.wholeMail.changes(kind, undefined, 500))
  return page.rows.map(({ ref }) => ref)
}

/** What an edit did to a file, line by line; `intact`: all other lines are there, in their order. */
export const shownEdit = (before, after) => {
  const gone = before.filter((line) => !after.includes(line))
  const come = after.filter((line) => !before.includes(line))
  for (const line of gone) say(`- ${line}`, '  ')
  for (const line of come) say(`+ ${line}`, '  ')
  const others = (lines, edited) => lines.filter((line) => !edited.includes(line)).join('\n')
  return { gone, come, intact: others(before, gone) === others(after, come) }
}

export const editBothSides = async (engine, world) => {
  heading('10. Both sides are edited, and what nobody mapped survives')
  const review = fileOf('google-quarterly-review')
  const visit = fileOf('apple-site-visit')
  say('The subject of the quarterly review in its file; its place, in the application.')
  world.editFile(review, 'SUMMARY:Quarterly review', 'SUMMARY:Quarterly review and outlook')
  await world.editActivity('appointment', 'Quarterly review', { location: 'Room Duero' })
  say('The site visit, half an hour later: in the application.')
  await world.editActivity('appointment', 'Site visit', {
    scheduledstart: '2026-03-18T16:00:00Z',
    scheduledend: '2026-03-18T17:30:00Z'
  })
  const before = { review: world.linesOf(review), visit: world.linesOf(visit) }
  console.log()
  const report = await engine.sync('ann')
  await printPlan(world, report)
  const record = await world.recordNamed('appointment', 'Quarterly review and outlook')
  console.log(`\n  mailbox/${review}`)
  const reviewed = shownEdit(before.review, world.linesOf(review))
  console.log(`  mailbox/${visit}`)
  const visited = shownEdit(before.visit, world.linesOf(visit))
  console.log()
  claim(
    'the two edits of the review were merged: each side has both',
    record?.fields.location === 'Room Duero' && reviewed.come.join() === 'LOCATION:Room Duero'
  )
  claim(
    'the visit was moved in the zone in which its file has it',
    visited.come.join() === 'DTEND;TZID=Europe/Madrid:20260318T183000,DTSTART;TZID=Europe/Madrid:20260318T170000'
  )
  claim(
    'nothing else of the files changed: not the conference, the coordinates, the guests, alarms',
    reviewed.gone.length === 1 &&
      visited.gone.length === 2 &&
      reviewed.intact &&
      visited.intact &&
      world.linesOf(review).some((line) => line.startsWith('X-GOOGLE-CONFERENCE:')) &&
      world.linesOf(visit).some((line) => line.startsWith('X-APPLE-STRUCTURED-LOCATION;'))
  )
  claim(
    'three writes: both sides of the review, the file of the visit',
    report.writes.mail.updated === 2 && report.writes.record.updated === 1 && writesOf(report) === 3
  )
}

export const farAway = async (world) => {
  heading('11. A day is a day, also twelve time zones away')
  const timeZone = 'Pacific/Auckland'
  const engine = engineOf({ mail: world.wholeMail, store: world.store }, { timeZone })
  say('Ann works from Auckland. The application closes the office a day later; she moves the fair by a day.')
  const closed = fileOf('apple-holiday-all-day')
  const fair = fileOf('thunderbird-trade-fair')
  await world.editActivity('appointment', 'Office closed', { scheduledstart: '2026-03-20', scheduledend: '2026-03-21' })
  world.editFile(fair, 'DATE:20260421', 'DATE:20260422')
  world.editFile(fair, 'DATE:20260424', 'DATE:20260425')
  const before = world.linesOf(closed)
  const report = await engine.sync('ann')
  console.log(`\n  mailbox/${closed}`)
  const { come } = shownEdit(before, world.linesOf(closed))
  const { fields } = await world.recordNamed('appointment', 'Trade fair')
  console.log('  the record of the fair')
  console.log(`    ${fields.scheduledstart} to ${fields.scheduledend}, which is the first day after it\n`)
  claim(
    'the file has the application’s date, and a day without a time',
    come.join() === 'DTEND;VALUE=DATE:20260321,DTSTART;VALUE=DATE:20260320'
  )
  claim(
    'the record has the calendar’s dates',
    `${fields.scheduledstart} ${fields.scheduledend} ${fields.isalldayevent}` === '2026-04-22 2026-04-25 true'
  )
  claim('no other file and no other record was written', writesOf(report) === 2)
}

export const series = async (engine, world) => {
  heading('12. A series, and one occurrence of it')
  const file = fileOf('exchange-steering-committee')
  const occurrence = 'Steering committee (an hour later)'
  const made = await world.recordNamed('recurring-appointment', 'Steering committee')
  say('The committee that Exchange wrote down, as its record has it:')
  for (const line of made.fields.recurrence.split('\n')) say(line, '    ')
  console.log()
  claim(
    'the series is one record, and its zone has a name that everybody knows',
    made.fields.recurrence.startsWith('DTSTART;TZID=Europe/Berlin:20260310T130000\n') &&
      made.fields.recurrence.includes('RRULE:FREQ=WEEKLY;COUNT=8;')
  )
  const changed = await world.recordNamed('appointment', occurrence)
  claim(
    'its changed occurrence is a record of its own, which knows when it would have been',
    changed.fields.originalstartdate === '2026-03-24T12:00:00Z' &&
      changed.fields.scheduledstart === '2026-03-24T13:00:00Z' &&
      changed.fields.globalobjectid === made.fields.globalobjectid
  )
  console.log()
  say('Two meetings more, in the calendar; another room for that occurrence, in the application:')
  world.editFile(file, 'COUNT=8', 'COUNT=10')
  await world.editActivity('appointment', occurrence, { location: 'Room Ebro' })
  const before = world.linesOf(file)
  const report = await engine.sync('ann')
  const { gone, come, intact } = shownEdit(before, world.linesOf(file))
  console.log()
  const now = await world.recordNamed('recurring-appointment', 'Steering committee')
  claim('the record has the new rule', now.fields.recurrence.includes('COUNT=10'))
  claim(
    'one line of the file changed, that of the occurrence',
    gone.join() === 'LOCATION;LANGUAGE=en-GB:Room Duero' &&
      come.join() === 'LOCATION;LANGUAGE=en-GB:Room Ebro' &&
      intact
  )
  claim('one write on each side', report.writes.mail.updated === 1 && report.writes.record.updated === 1)
}

export const cancel = async (engine, world) => {
  heading('13. An appointment is cancelled in the application')
  const file = fileOf('outlook-budget-round')
  say('Its time becomes free, and nothing rings any more. A folder of files sends no mail: nobody is told.')
  console.log()
  await world.closeActivity('appointment', 'Budget round', 'canceled')
  const before = world.linesOf(file)
  const report = await engine.sync('ann')
  await printPlan(world, report)
  console.log(`\n  mailbox/${file}`)
  const { come } = shownEdit(before, world.linesOf(file))
  console.log()
  claim(
    'it is shown as free, to every program and to Outlook',
    come.includes('TRANSP:TRANSPARENT') && come.includes('X-MICROSOFT-CDO-BUSYSTATUS:FREE')
  )
  claim('no message goes out: the adapter has no way to send one', world.wholeMail.can.invitations === 'none')
  await engine.sync('ann')
  const { state } = await world.recordNamed('appointment', 'Budget round')
  claim('what is shown as free does not open it again', state === 'canceled')
}
