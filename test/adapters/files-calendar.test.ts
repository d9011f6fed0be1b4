/**
 * Appointments and tasks of the `files` adapter: what several producers write, read; what is written, and that all
 * else of a file stays as it was.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ICAL from 'ical.js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { appointmentCodec, taskCodec } from '../../src/adapters/files/calendar.codec.js'
import type { FilesOptions } from '../../src/adapters/files/index.js'
import { files } from '../../src/adapters/files/index.js'
import type { Decoded } from '../../src/adapters/files/kind.js'
import { libraryOf } from '../../src/adapters/files/lines/library.js'
import { platformZones } from '../../src/adapters/files/zones.js'
import type { Effect, Fields, ItemSnapshot, Outcome } from '../../src/model/index.js'
import { uuidOf } from '../../src/model/index.js'
import { checkAdapter, mailStoreChecks } from '../../src/testing/contract/index.js'
import * as samples from './calendar-samples.js'
import { filesStage, mailboxFolder } from './files-stages.js'

const options = { zones: platformZones, timeZone: 'Europe/Madrid', clock: () => Date.UTC(2026, 2, 1, 8) }
const appointments = appointmentCodec(libraryOf(ICAL), options)
const tasks = taskCodec(libraryOf(ICAL), options)

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (of: Uint8Array): string => new TextDecoder().decode(of)

const decoded = async (of: string, within?: string, codec = appointments): Promise<Decoded> => {
  const found = await codec.read(bytes(of), within)
  if (found._tag === 'Left') throw new Error(JSON.stringify(found.left))
  if (found.right === undefined) throw new Error('no such item')
  return found.right
}
const read = async (of: string, within?: string): Promise<Fields> => (await decoded(of, within)).fields
const readTask = async (of: string): Promise<Fields> => (await decoded(of, '', tasks)).fields
const update = async (of: string, set: Fields, within?: string, codec = appointments): Promise<string> => {
  const found = await codec.update(bytes(of), set, within)
  if (found._tag === 'Left') throw new Error(JSON.stringify(found.left))
  return text(found.right)
}
const pathsOf = async (of: string, set?: Fields, codec = appointments): Promise<ReadonlyArray<string>> => {
  const found = set === undefined ? await codec.read(bytes(of)) : await codec.update(bytes(of), set)
  if (found._tag === 'Left' && found.left._tag === 'Malformed') return found.left.paths
  throw new Error(`expected Malformed, got ${JSON.stringify(found)}`)
}
const event = (...lines: ReadonlyArray<string>): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'BEGIN:VEVENT', 'UID:u', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n')
const todo = (...lines: ReadonlyArray<string>): string => event(...lines).replaceAll('VEVENT', 'VTODO')
/** The lines that one text has and the other has not. */
const changed = (before: string, after: string): { readonly gone: string[]; readonly come: string[] } => {
  const [old, now] = [before, after].map((one) => one.replace(/\r\n /g, '').split('\r\n'))
  return {
    gone: (old ?? []).filter((line) => !now?.includes(line)),
    come: (now ?? []).filter((line) => !old?.includes(line))
  }
}

describe('the contract of the port, kind by kind', () => {
  const stages = [
    ['appointments', filesStage('appointment', ['subject', 'location'])],
    ['tasks', filesStage('task', ['subject', 'body'], { timeZone: 'Europe/Madrid', itemBytesMax: 256 * 1024 })],
    ['contacts beside them', filesStage('contact', ['jobTitle', 'email1'])]
  ] as const
  test.each(stages)(
    '%s',
    async (_title, make) => {
      const report = await checkAdapter(mailStoreChecks, make)
      expect(report.failed).toEqual([])
      expect(report.passed.length).toBeGreaterThan(45)
    },
    120_000
  )
})

describe('what producers write', () => {
  test('Google: instants, attendees by role, the organizer and the room left out', async () => {
    expect(await read(samples.google)).toEqual({
      subject: 'Review',
      body: 'Agenda:\n1. Roof, walls\n2. Rest',
      reminderAt: '2026-03-10T08:30:00Z',
      start: '2026-03-10T09:00:00Z',
      end: '2026-03-10T10:00:00Z',
      isAllDay: false,
      timeZone: 'UTC',
      location: 'Room 5',
      showAs: 'busy',
      organizer: 'ann@contoso.test',
      requiredAttendees: ['bob@fabrikam.test'],
      optionalAttendees: ['zoe@fabrikam.test'],
      globalId: '3ncl7qjk8@google.com'
    })
  })

  test('Apple: a zone by its name, in summer; an alarm of its own that rings never is no reminder', async () => {
    expect(await read(samples.apple)).toMatchObject({
      start: '2026-07-10T08:00:00Z',
      end: '2026-07-10T09:00:00Z',
      timeZone: 'Europe/Madrid',
      reminderAt: '2026-07-10T07:45:00Z',
      location: 'Town hall\nCalle Mayor 1'
    })
  })

  test('Outlook: a zone by the name of Windows; HTML, importance, categories, out of office', async () => {
    const { fields, categories } = await decoded(samples.outlook)
    expect(fields).toMatchObject({
      start: '2026-03-10T09:00:00Z',
      timeZone: 'Europe/Berlin',
      body: '<html><body><p>Bring <b>the plans</b></p></body></html>',
      importance: 'high',
      sensitivity: 'private',
      showAs: 'oof',
      reminderAt: '2026-03-09T15:00:00Z'
    })
    expect(categories).toEqual(['Blue category', 'Roof'])
  })

  test('Exchange: a series says its rule in place of its time, and its zone by the name that all know', async () => {
    const fields = await read(samples.exchange)
    expect(fields.recurrence).toBe(
      [
        'DTSTART;TZID=Europe/Paris:20260309T090000',
        'DTEND;TZID=Europe/Paris:20260309T093000',
        'RRULE:FREQ=WEEKLY;COUNT=10;INTERVAL=1;BYDAY=MO;WKST=MO',
        'EXDATE;TZID=Europe/Paris:20260316T090000'
      ].join('\n')
    )
    expect(fields).not.toHaveProperty('start')
    expect(fields).toMatchObject({ importance: 'normal', sensitivity: 'normal', globalId: 'G-77' })
  })

  test('an occurrence that was changed is an item of its own, with the moment at which it would have been', async () => {
    expect(await read(samples.exchange, '20260330T090000')).toEqual({
      subject: 'Stand-up, later',
      start: '2026-03-30T12:00:00Z',
      end: '2026-03-30T12:30:00Z',
      isAllDay: false,
      timeZone: 'Europe/Paris',
      originalStart: '2026-03-30T07:00:00Z',
      showAs: 'busy',
      globalId: 'G-77'
    })
  })

  test('Thunderbird: days are days, free although tentative, categories of several lines', async () => {
    const { fields, categories } = await decoded(samples.thunderbird)
    expect(fields).toMatchObject({ start: '2026-03-02', end: '2026-03-05', isAllDay: true, showAs: 'free' })
    expect(fields).not.toHaveProperty('timeZone')
    expect(categories).toEqual(['Fair', 'Travel, far'])
  })

  test('Nextcloud: a length over the change of the clock, an old name of a zone, a file that lies in the event', async () => {
    const { fields, contents } = await decoded(samples.nextcloud)
    expect(fields).toMatchObject({
      start: '2026-03-29T00:30:00Z',
      end: '2026-03-29T01:30:00Z',
      timeZone: 'Europe/Madrid',
      sensitivity: 'confidential',
      body: '<p>At <i>two</i></p>'
    })
    expect(contents).toEqual([{ part: 'attach-1', name: 'notes.txt', type: 'text/plain', bytes: 5 }])
    const content = await appointments.content(bytes(samples.nextcloud), 'attach-1')
    expect(content._tag === 'Right' && text(content.right ?? new Uint8Array())).toBe('hello')
    expect(await appointments.content(bytes(samples.nextcloud), 'attach-2')).toEqual({
      _tag: 'Right',
      right: undefined
    })
  })

  test('a zone that only the file defines: instants are right in summer and in winter', async () => {
    const fields = await read(samples.ownZone)
    expect(fields).toMatchObject({ start: '2026-07-10T08:30:00Z', end: '2026-12-10T09:30:00Z' })
    expect(fields).not.toHaveProperty('timeZone')
  })

  test('a time of no zone is one of the mailbox; a day is the same day in every mailbox', async () => {
    expect(await read(event('DTSTART:20260310T100000'))).toMatchObject({ start: '2026-03-10T09:00:00Z' })
    const auckland = appointmentCodec(libraryOf(ICAL), { ...options, timeZone: 'Pacific/Auckland' })
    const found = await decoded(event('DTSTART;VALUE=DATE:20260302'), '', auckland)
    expect(found.fields).toMatchObject({ start: '2026-03-02', end: '2026-03-03', isAllDay: true })
  })

  test.each([
    ['UTC+01:00', '2026-07-10T11:00:00Z'],
    ['(GMT -3)', '2026-07-10T15:00:00Z'],
    ['europe/madrid', '2026-07-10T10:00:00Z'],
    ['Pacific Standard Time', '2026-07-10T19:00:00Z'],
    ['/freeassociation.sourceforge.net/America/New_York', '2026-07-10T16:00:00Z']
  ])('the zone %s without a definition', async (tzid, start) => {
    expect(await read(event(`DTSTART;TZID="${tzid}":20260710T120000`))).toMatchObject({ start })
  })

  test('a series of no zone is one of the mailbox’s zone', async () => {
    const of = event('DTSTART:20260309T090000', 'DTEND:20260309T093000', 'RRULE:FREQ=DAILY', 'EXDATE:20260310T090000')
    const rule = (start: string): string => `DTSTART${start}0000\nDTEND${start}3000\nRRULE:FREQ=DAILY\nEXDATE`
    expect((await read(of)).recurrence).toBe(
      `${rule(';TZID=Europe/Madrid:20260309T09')};TZID=Europe/Madrid:20260310T090000`
    )
    const inUtc = appointmentCodec(libraryOf(ICAL), { ...options, timeZone: 'UTC' })
    const { recurrence } = (await decoded(of, '', inUtc)).fields
    expect(recurrence).toBe(
      'DTSTART:20260309T090000Z\nDTEND:20260309T093000Z\nRRULE:FREQ=DAILY\nEXDATE:20260310T090000Z'
    )
    expect(await update(of, { recurrence: recurrence ?? null }, '', inUtc)).toBe(of)
  })

  test('vCalendar 1.0, as old telephones wrote it: quoted-printable, a charset, and edits in the same form', async () => {
    const old = event(
      'SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:R=C3=A9union',
      'DTSTART:20260310T090000Z',
      'DALARM:20260310T084500Z'
    ).replace('VERSION:2.0', 'VERSION:1.0')
    expect(await read(old)).toMatchObject({ subject: 'Réunion', start: '2026-03-10T09:00:00Z' })
    const after = await update(old, { subject: 'Fête', location: 'Room 5' })
    expect(changed(old, after).come).toEqual([
      'SUMMARY;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:F=C3=AAte',
      'LOCATION:Room 5'
    ])
    expect(await read(after)).toMatchObject({ subject: 'Fête', location: 'Room 5' })
  })

  test.each([
    [['TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:BUSY'], 'free'],
    [['TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE'], 'workingElsewhere'],
    [['X-MICROSOFT-CDO-BUSYSTATUS:FREE'], 'free'],
    [['STATUS:CANCELLED'], 'free'],
    [['STATUS:TENTATIVE'], 'tentative'],
    [[], 'busy']
  ])('%j shows as %s', async (lines, showAs) => expect(await read(event(...lines))).toMatchObject({ showAs }))

  test('tasks: dates are days of the clock that they were written by', async () => {
    expect(await readTask(samples.appleTask)).toEqual({
      subject: 'Call Bob',
      importance: 'normal',
      status: 'notStarted',
      dueDate: '2026-03-10',
      reminderAt: '2026-03-10T08:00:00Z'
    })
    expect(await readTask(samples.tasksOrg)).toEqual({
      subject: 'Order slates',
      body: 'Grey ones',
      importance: 'low',
      status: 'completed',
      percentComplete: 100,
      completedDate: '2026-03-03',
      startDate: '2026-03-01',
      dueDate: '2026-03-05'
    })
  })

  test.each([
    [['STATUS:IN-PROCESS'], 'inProgress'],
    [['STATUS:CANCELLED'], 'completed'],
    [['COMPLETED:20260301T100000Z'], 'completed'],
    [['STATUS:NEEDS-ACTION', 'X-LIAISON-STATUS:DEFERRED'], 'deferred'],
    [['STATUS:COMPLETED', 'X-LIAISON-STATUS:DEFERRED'], 'completed'],
    [[], 'notStarted']
  ])('a task with %j is %s', async (lines, status) => expect(await readTask(todo(...lines))).toMatchObject({ status }))
})

describe('what is no item', () => {
  test.each([
    ['a journal', event().replaceAll('VEVENT', 'VJOURNAL'), 'VCALENDAR: expected VEVENT, found VJOURNAL'],
    ['free and busy times', event().replaceAll('VEVENT', 'VFREEBUSY'), 'VCALENDAR: expected VEVENT, found VFREEBUSY'],
    ['a task among the events', samples.tasksOrg, 'VCALENDAR: expected VEVENT, found VTODO'],
    [
      'a component with a name of its own',
      event().replaceAll('VEVENT', 'CANARY'),
      'VCALENDAR: expected VEVENT, found nothing'
    ],
    ['two things', event('END:VEVENT', 'BEGIN:VEVENT', 'UID:v'), 'VEVENT: expected one UID in a file, found 2'],
    ['one thing twice', event('END:VEVENT', 'BEGIN:VEVENT', 'UID:u'), 'VEVENT: expected one for each occurrence'],
    ['a card', 'BEGIN:VCARD\r\nEND:VCARD\r\n', 'VCALENDAR: expected BEGIN:VCALENDAR'],
    ['nothing', '', 'VCALENDAR: expected BEGIN:VCALENDAR'],
    ['a file cut off', samples.google.slice(0, 300), 'VEVENT: expected END'],
    ['an end of its own', event('END:CANARY'), 'component: expected BEGIN before END'],
    ['an end of something else', event('END:VTODO'), 'VTODO: expected BEGIN before END'],
    ['a date that is none', event('DTSTART:canary'), 'DTSTART: expected a date or a time'],
    ['the 30th of February', event('DTSTART;VALUE=DATE:20260230'), 'DTSTART: expected a date or a time'],
    [
      'a zone that nobody knows',
      event('DTSTART;TZID=Canary/Mine:20260301T100000'),
      'DTSTART.TZID: expected a zone that is known, or defined in the file'
    ],
    [
      'a zone set every second',
      samples.ownZone.replaceAll('FREQ=YEARLY', 'FREQ=SECONDLY'),
      'DTSTART.TZID: expected a zone that is known, or defined in the file'
    ],
    ['a rule that is none', event('DTSTART:20260301T100000Z', 'RRULE:canary'), 'RRULE: expected a rule of recurrence'],
    [
      'a length that is none',
      event('DTSTART:20260301T100000Z', 'DURATION:canary'),
      'DURATION: expected a span of time'
    ],
    ['a line without a colon', event('canary'), 'line 5: expected a name, a colon and a value'],
    ['a NUL', event('SUMMARY:a\0b'), 'bytes: expected text without NUL'],
    [
      'a moment of an occurrence that is none',
      event('RECURRENCE-ID:canary'),
      'RECURRENCE-ID: expected a date or a time'
    ]
  ])('%s', async (_title, of, path) => {
    const paths = await pathsOf(of)
    expect(paths).toEqual([path])
    expect(JSON.stringify(paths)).not.toMatch(/canary/i)
  })

  test('components in components without end', async () => {
    const deep = event(
      ...Array.from({ length: 50 }, () => 'BEGIN:VALARM'),
      ...Array.from({ length: 50 }, () => 'END:VALARM')
    )
    expect(await pathsOf(deep)).toEqual(['VCALENDAR: expected components at most 8 deep'])
  })
})

describe('writes', () => {
  test.each(Object.entries(samples.events))('%s: the same values write nothing', async (_name, of) => {
    const { fields, categories } = await decoded(of)
    expect(await update(of, { ...fields, ...(categories !== undefined && { categories }) })).toBe(of)
  })

  test.each(Object.entries(samples.tasks))('%s: the same values write nothing', async (_name, of) => {
    expect(await update(of, await readTask(of), '', tasks)).toBe(of)
  })

  test.each([
    ['subject', 'New', ['SUMMARY;LANGUAGE=en-us:Out of town'], ['SUMMARY;LANGUAGE=en-us:New']],
    [
      'importance',
      'low',
      ['PRIORITY:1', 'X-MICROSOFT-CDO-IMPORTANCE:2'],
      ['PRIORITY:9', 'X-MICROSOFT-CDO-IMPORTANCE:0']
    ],
    ['sensitivity', 'normal', ['CLASS:PRIVATE'], ['CLASS:PUBLIC']],
    [
      'showAs',
      'free',
      ['TRANSP:OPAQUE', 'X-MICROSOFT-CDO-BUSYSTATUS:OOF'],
      ['TRANSP:TRANSPARENT', 'X-MICROSOFT-CDO-BUSYSTATUS:FREE']
    ],
    ['showAs', 'workingElsewhere', ['X-MICROSOFT-CDO-BUSYSTATUS:OOF'], ['X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE']],
    ['reminderAt', '2026-03-10T08:50:00Z', ['TRIGGER:-PT1080M'], ['TRIGGER:-PT10M']],
    [
      'start',
      '2026-03-10T08:30:00Z',
      ['DTSTART;TZID="W. Europe Standard Time":20260310T100000'],
      ['DTSTART;TZID=W. Europe Standard Time:20260310T093000']
    ],
    [
      'body',
      'Plain',
      [
        'DESCRIPTION:Bring the plans\\n',
        'X-ALT-DESC;FMTTYPE=text/html:<html><body><p>Bring <b>the plans</b></p></body></html>'
      ],
      ['DESCRIPTION:Plain']
    ],
    ['categories', ['Roof'], ['CATEGORIES:Blue category,Roof'], ['CATEGORIES:Roof']],
    ['organizer', 'bob@fabrikam.test', [], ['ORGANIZER:mailto:bob@fabrikam.test']]
  ])('%s set to %j touches its own lines alone', async (field, value, gone, come) => {
    const after = await update(samples.outlook, { [field]: value })
    expect(changed(samples.outlook, after)).toEqual({ gone, come })
    if (field !== 'categories') expect(await read(after)).toMatchObject({ [field]: value })
  })

  test('who stays among the attendees keeps his line, who changes his role keeps his answer', async () => {
    const after = await update(samples.google, {
      requiredAttendees: ['BOB@fabrikam.test', 'zoe@fabrikam.test', 'eve@fabrikam.test'],
      optionalAttendees: []
    })
    expect(changed(samples.google, after)).toEqual({
      gone: ['ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=NEEDS-ACTION;CN=Zoe:mailto:zoe@fabrikam.test'],
      come: [
        'ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION:mailto:eve@fabrikam.test',
        'ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=NEEDS-ACTION;CN=Zoe;ROLE=REQ-PARTICIPANT:mailto:zoe@fabrikam.test'
      ].sort((x, y) => after.indexOf(x.slice(0, 40)) - after.indexOf(y.slice(0, 40)))
    })
    expect(await read(after)).toMatchObject({
      requiredAttendees: ['bob@fabrikam.test', 'zoe@fabrikam.test', 'eve@fabrikam.test']
    })
    const emptied = await update(after, { requiredAttendees: null })
    expect(await read(emptied)).not.toHaveProperty('requiredAttendees')
    expect(emptied).toContain('CN=Room 5:mailto:room5@contoso.test')
    expect(emptied).toContain('CN=Ann;X-NUM-GUESTS=0:mailto:ann@contoso.test')
  })

  test('an emptied reminder takes the reminders away, and no other alarm', async () => {
    const after = await update(samples.apple, { reminderAt: null })
    expect(await read(after)).not.toHaveProperty('reminderAt')
    expect(after).toContain('X-APPLE-DEFAULT-ALARM:TRUE')
    expect(after.match(/BEGIN:VALARM/g)).toHaveLength(1)
  })

  test('another zone comes with its definition; one that the file defines under another name is used by it', async () => {
    const moved = await update(samples.google, { timeZone: 'Asia/Kolkata' })
    expect(await read(moved)).toMatchObject({ start: '2026-03-10T09:00:00Z', timeZone: 'Asia/Kolkata' })
    expect(moved).toContain('TZID:Asia/Kolkata\r\nBEGIN:STANDARD')
    expect(moved).toContain('DTSTART;TZID=Asia/Kolkata:20260310T143000')
    const german = await update(samples.outlook, { timeZone: 'UTC' })
    expect(german).toContain('DTSTART:20260310T090000Z')
    expect(await update(german, { timeZone: 'Europe/Berlin' })).toContain(
      'DTSTART;TZID=W. Europe Standard Time:20260310T100000'
    )
  })

  test('a length stays while it is true, and becomes an end where it is not', async () => {
    const later = await update(samples.nextcloud, { start: '2026-03-30T08:00:00Z', end: '2026-03-30T09:00:00Z' })
    expect(changed(samples.nextcloud, later).come).toEqual([
      'DTSTART;TZID=/citadel.org/20250101_1/Europe/Madrid:20260330T100000'
    ])
    const longer = await update(samples.nextcloud, { end: '2026-03-29T03:30:00Z' })
    expect(changed(samples.nextcloud, longer)).toEqual({
      gone: ['DURATION:PT1H'],
      come: ['DTEND;TZID=/citadel.org/20250101_1/Europe/Madrid:20260329T053000']
    })
  })

  test('whoever says no zone, or not whether it is a day, changes neither', async () => {
    const later = await update(samples.apple, { start: '2026-07-10T08:30:00Z', isAllDay: null, timeZone: null })
    expect(changed(samples.apple, later).come).toEqual(['DTSTART;TZID=Europe/Madrid:20260710T103000'])
    const day = await update(samples.thunderbird, { start: '2026-03-03' })
    expect(changed(samples.thunderbird, day).come).toEqual(['DTSTART;VALUE=DATE:20260303'])
  })

  test('of an hour that the clock shows twice, the second is written in UTC', async () => {
    const second = { start: '2026-10-25T01:30:00Z', end: '2026-10-25T03:00:00Z' }
    const after = await update(samples.apple, second)
    expect(changed(samples.apple, after).come).toEqual([
      'DTEND;TZID=Europe/Madrid:20261025T040000',
      'DTSTART:20261025T013000Z'
    ])
    expect(await read(after)).toMatchObject(second)
    const first = await update(samples.apple, { ...second, start: '2026-10-25T00:30:00Z' })
    expect(first).toContain('DTSTART;TZID=Europe/Madrid:20261025T023000')
  })

  test('a time becomes a day and a day a time, with nothing of the other left', async () => {
    const day = await update(samples.apple, { start: '2026-07-10', end: '2026-07-12', isAllDay: true, timeZone: null })
    expect(changed(samples.apple, day).come).toEqual(['DTEND;VALUE=DATE:20260712', 'DTSTART;VALUE=DATE:20260710'])
    const time = await update(day, {
      start: '2026-07-10T08:00:00Z',
      end: '2026-07-10T09:00:00Z',
      isAllDay: false,
      timeZone: 'Europe/Madrid'
    })
    expect(time).toBe(samples.apple)
  })

  test('the rule of a series: what it says alike stays as it stands', async () => {
    const { recurrence } = await read(samples.exchange)
    const after = await update(samples.exchange, {
      recurrence: `${recurrence}\nEXDATE;TZID=Europe/Paris:20260323T090000`.replace('COUNT=10', 'COUNT=12')
    })
    expect(changed(samples.exchange, after)).toEqual({
      gone: ['RRULE:FREQ=WEEKLY;COUNT=10;INTERVAL=1;BYDAY=MO;WKST=MO'],
      come: [
        'RRULE:FREQ=WEEKLY;COUNT=12;INTERVAL=1;BYDAY=MO;WKST=MO',
        'EXDATE;TZID=Romance Standard Time:20260323T090000'
      ]
    })
    const single = await update(samples.exchange, { recurrence: null })
    expect(await read(single)).toMatchObject({ start: '2026-03-09T08:00:00Z', timeZone: 'Europe/Paris' })
  })

  test('a single event becomes a series, in a zone that is defined for it', async () => {
    const recurrence =
      'DTSTART;TZID=America/New_York:20260105T090000\nDTEND;TZID=America/New_York:20260105T093000\nRRULE:FREQ=WEEKLY;BYDAY=MO'
    const after = await update(samples.google, { recurrence })
    expect(await read(after)).toMatchObject({ recurrence })
    expect(after).toContain('TZID:America/New_York\r\nBEGIN:')
  })

  test('one occurrence is written, and every other line of the file stays', async () => {
    const after = await update(samples.exchange, { subject: 'Moved', end: '2026-03-30T13:00:00Z' }, '20260330T090000')
    expect(changed(samples.exchange, after)).toEqual({
      gone: ['SUMMARY;LANGUAGE=fr-FR:Stand-up\\, later', 'DTEND;TZID=Romance Standard Time:20260330T143000'],
      come: ['SUMMARY;LANGUAGE=fr-FR:Moved', 'DTEND;TZID=Romance Standard Time:20260330T150000']
    })
  })

  test.each<readonly [Fields, string]>([
    [{ start: 'canary' }, 'start: expected a date or an instant in UTC'],
    [{ start: '2026-03-10T09:00:00Z', end: '2026-03-09T09:00:00Z' }, 'end: expected no instant before start'],
    [{ isAllDay: true }, 'start: expected a date YYYY-MM-DD of an all-day appointment'],
    [{ timeZone: 'Canary/Mine' }, 'timeZone: expected the name of a time zone'],
    [{ showAs: 'canary' }, 'showAs: expected free, tentative, busy, oof, workingElsewhere'],
    [{ importance: 5 }, 'importance: expected low, normal, high'],
    [{ subject: ['canary'] }, 'subject: expected string'],
    [{ reminderAt: '2026-03-10' }, 'reminderAt: expected an instant in UTC'],
    [{ recurrence: 'RRULE:FREQ=CANARY' }, 'recurrence.RRULE: expected a rule'],
    [{ recurrence: 'DTSTART:20260310T090000Z' }, 'recurrence: expected RRULE or RDATE'],
    [
      { recurrence: 'RRULE:FREQ=DAILY\nSUMMARY:canary' },
      'recurrence: expected lines of DTSTART, DTEND, RRULE, EXDATE and RDATE'
    ],
    [
      { recurrence: 'RRULE:FREQ=DAILY\nEND:VEVENT\nBEGIN:VEVENT' },
      'recurrence: expected lines of DTSTART, DTEND, RRULE, EXDATE and RDATE'
    ],
    [
      { recurrence: 'RRULE:FREQ=DAILY\nEXDATE;TZID=Canary/Mine:20260310T090000' },
      'recurrence.EXDATE: expected dates or times of a known zone'
    ]
  ])('%j is refused by its path', async (set, path) => {
    expect(await pathsOf(samples.google, set)).toEqual([path])
  })

  test('what is malformed is not written to, whatever the field', async () => {
    expect(await pathsOf(event('DTSTART:canary'), { subject: 'x' })).toEqual(['DTSTART: expected a date or a time'])
    expect(await pathsOf(todo('DUE:canary'), { subject: 'x' }, tasks)).toEqual(['DUE: expected a date or a time'])
  })

  test('a series has no time of its own to be set', async () => {
    expect(await pathsOf(samples.exchange, { start: '2026-03-10T09:00:00Z' })).toEqual([
      'start: expected recurrence in place of a time, as the appointment is a series'
    ])
  })

  test('what an appointment is known by stays; a body that was a content is not overwritten by who saw none', async () => {
    const other = await appointments.update(bytes(samples.google), { globalId: 'other' })
    expect(other).toEqual({ _tag: 'Left', left: { _tag: 'Forbidden', side: 'mail', field: 'globalId' } })
    const large = event(`DESCRIPTION:${'x'.repeat(300_000)}`)
    const found = await decoded(large)
    expect(found.contents).toEqual([{ part: 'body', type: 'text/plain; charset=utf-8', bytes: 300_000 }])
    const refused = await appointments.update(bytes(large), { body: 'short' })
    expect(refused).toMatchObject({ _tag: 'Left', left: { _tag: 'Forbidden', field: 'body' } })
  })

  test('a task: dates in the form that the file has, status beyond what iCalendar has words for', async () => {
    const moved = await update(samples.appleTask, { dueDate: '2026-03-12', status: 'waitingOnOthers' }, '', tasks)
    expect(changed(samples.appleTask, moved)).toEqual({
      gone: ['DUE;TZID=Europe/Madrid:20260310T233000'],
      come: ['DUE;TZID=Europe/Madrid:20260312T233000', 'X-LIAISON-STATUS:WAITING-ON-OTHERS']
    })
    expect(await readTask(moved)).toMatchObject({ status: 'waitingOnOthers', dueDate: '2026-03-12' })
    const done = await update(
      moved,
      { status: 'completed', percentComplete: 100, completedDate: '2026-03-11' },
      '',
      tasks
    )
    expect(await readTask(done)).toMatchObject({
      status: 'completed',
      percentComplete: 100,
      completedDate: '2026-03-11'
    })
    expect(done).toContain('COMPLETED:20260311T110000Z')
    expect(done).not.toContain('X-LIAISON-STATUS')
    const open = await update(
      samples.tasksOrg,
      { status: 'inProgress', percentComplete: 40, completedDate: null },
      '',
      tasks
    )
    expect(await readTask(open)).toMatchObject({ status: 'inProgress', percentComplete: 40 })
    expect(open).not.toContain('COMPLETED')
  })
})

describe('a mailbox of several kinds', () => {
  let root = ''
  beforeEach(() => {
    root = mailboxFolder('contacts', 'calendar/team', 'tasks')
  })
  afterEach(() => rmSync(root, { recursive: true, force: true }))

  const store = (more: Partial<FilesOptions> = {}) => files({ root, timeZone: 'Europe/Madrid', ...more })
  const put = (path: string, of: string): void => writeFileSync(join(root, path), of)
  const get = (path: string): string => readFileSync(join(root, path), 'utf8')
  const listed = async (kind = 'appointment', max = 500) => {
    const of = store()
    const rows: Array<{ readonly ref: string; readonly version?: string }> = []
    let cursor: string | undefined
    for (;;) {
      const page = await of.changes(kind, cursor, max)
      if (page._tag === 'Left') throw new Error(JSON.stringify(page.left))
      rows.push(...page.right.rows)
      cursor = page.right.cursor
      if (!page.right.more) return rows
    }
  }
  const known = async (ref: string): Promise<ItemSnapshot> => {
    const found = await store().read([ref])
    const one = found._tag === 'Right' ? found.right[0] : undefined
    if (one?._tag !== 'Known') throw new Error(JSON.stringify(found))
    return one.snapshot
  }
  const write = async (effect: Effect): Promise<Outcome> => {
    const done = await store().write([effect])
    if (done._tag === 'Left' || done.right[0] === undefined) throw new Error(JSON.stringify(done))
    return done.right[0]
  }
  const set = (ref: string, fields: Fields, expected?: string): Effect => ({
    _tag: 'Update',
    key: 'k',
    ref,
    type: 'appointment',
    set: fields,
    ...(expected !== undefined && { expected })
  })

  test('it holds the kinds whose folders are there; a folder that went away is a failure, and never an empty one', async () => {
    expect(store().can.kinds).toEqual(['contact', 'appointment', 'task'])
    const of = store()
    rmSync(join(root, 'calendar'), { recursive: true })
    const away = { _tag: 'Left', left: { _tag: 'Transient', message: 'ENOENT: calendar, a folder of the mailbox' } }
    expect(await of.changes('appointment', undefined, 10)).toEqual(away)
    expect(await of.read(['calendar/a.ics'])).toEqual(away)
    expect(await of.read([uuidOf('nobody')])).toEqual(away)
    expect(await of.find([{ _tag: 'ByField', kind: 'appointment', field: 'subject', value: 'x' }])).toEqual(away)
    expect(store().can.kinds).toEqual(['contact', 'task'])
    expect(files({ root, kinds: ['task'] }).can.kinds).toEqual(['task'])
  })

  describe('categories', () => {
    const sorted = async (ref: string, categories: ReadonlyArray<string>, type = 'appointment') => {
      const outcome = await write({ _tag: 'Update', key: 'k', ref, type, set: {}, categories })
      expect(outcome).toMatchObject({ _tag: 'Done' })
      return outcome._tag === 'Done' ? outcome : undefined
    }
    test('the mailbox says of which kinds it can write them', () => {
      mkdirSync(join(root, 'mail/cur'), { recursive: true })
      expect(store().can).toMatchObject({ kinds: ['contact', 'appointment', 'task', 'email'], sends: false })
      expect(store().can.categories).toEqual(['appointment', 'task'])
      expect(files({ root, kinds: ['email'] }).can.categories).toEqual([])
      expect(files({ root, kinds: ['contact', 'task'] }).can.categories).toEqual(['task'])
    })
    test('one that is put on an item and taken off again leaves the file as it was, byte for byte', async () => {
      for (const [name, of] of Object.entries({ outlook: samples.outlook, google: samples.google })) {
        put(`calendar/${name}.ics`, of)
        const ref = `calendar/${name}.ics`
        const before = (await known(ref)).categories ?? []
        const outcome = await sorted(ref, [...before, 'Tracked'])
        expect(outcome?.snapshot).toMatchObject({ categories: [...before, 'Tracked'] })
        const { gone, come } = changed(of, get(ref))
        expect([...gone, ...come].filter((line) => !line.startsWith('CATEGORIES:'))).toEqual([])
        expect(come).toHaveLength(1)
        await sorted(ref, before)
        expect(get(ref)).toBe(of)
      }
    })
    test('of several lines those stay as they are whose words do', async () => {
      const ref = 'calendar/a.ics'
      put(ref, samples.thunderbird)
      await sorted(ref, ['Fair', 'Travel, far', 'Tracked'])
      const come = ['CATEGORIES:Travel\\, far,Tracked']
      expect(changed(samples.thunderbird, get(ref))).toEqual({ gone: ['CATEGORIES:Travel\\, far'], come })
      await sorted(ref, ['Fair', 'Travel, far'])
      expect(get(ref)).toBe(samples.thunderbird)
      await sorted(ref, ['Travel, far'])
      expect(changed(samples.thunderbird, get(ref))).toEqual({ gone: ['CATEGORIES:Fair'], come: [] })
      put(ref, samples.thunderbird)
      await sorted(ref, ['Travel, far', 'Fair'])
      expect((await known(ref)).categories).toEqual(['Travel, far', 'Fair'])
      await sorted(ref, [])
      expect(await known(ref)).not.toHaveProperty('categories')
    })
    test('an occurrence has its own; the series and the other occurrences keep theirs', async () => {
      put('calendar/a.ics', samples.exchange)
      const before = get('calendar/a.ics')
      await sorted('calendar/a.ics#20260330T090000', ['Tracked'])
      expect((await known('calendar/a.ics#20260330T090000')).categories).toEqual(['Tracked'])
      expect(await known('calendar/a.ics')).not.toHaveProperty('categories')
      expect(changed(before, get('calendar/a.ics'))).toEqual({ gone: [], come: ['CATEGORIES:Tracked'] })
    })
    test('an item is made with them, beside its fields; those it has already are no write', async () => {
      const id = uuidOf('sorted')
      const fields = { subject: 'offer' }
      const made = await write({ _tag: 'Create', key: 'k', id, kind: 'task', fields, categories: ['Blue, or green'] })
      expect(made).toMatchObject({ _tag: 'Done', snapshot: { categories: ['Blue, or green'], fields } })
      const before = await known(id)
      await sorted(id, ['Blue, or green'], 'task')
      expect(await known(id)).toEqual(before)
    })
  })

  test('a zone or a kind that there is not is a misuse, told at once', () => {
    expect(() => files({ root, timeZone: 'Canary/Mine' })).toThrow('files: timeZone: expected the name of a time zone')
    expect(() => files({ root, kinds: ['journal'] })).toThrow(
      'files: kinds: expected contact, appointment, task, email'
    )
  })

  test('folders below are folders; occurrences are told beside their series, in pages that cut within a file', async () => {
    put('calendar/team/weekly.ics', samples.exchange)
    put('calendar/a.ics', samples.google)
    put('calendar/notes.txt', 'no item')
    const refs = [
      'calendar/a.ics',
      'calendar/team/weekly.ics',
      'calendar/team/weekly.ics#20260330T090000',
      'calendar/team/weekly.ics#20260406T090000'
    ]
    for (const max of [1, 2, 3, 4, 500]) expect((await listed('appointment', max)).map(({ ref }) => ref)).toEqual(refs)
    expect(await listed('task')).toEqual([])
    const [, series, first] = refs
    expect((await known(series ?? '')).folder).toBe('calendar/team')
    expect((await known(first ?? '')).fields).toMatchObject({ originalStart: '2026-03-30T07:00:00Z', globalId: 'G-77' })
    for (const row of await listed()) expect((await known(row.ref)).version).toBe(row.version)
  })

  test('an occurrence has a version of its own: an edit of another one does not change it', async () => {
    put('calendar/w.ics', samples.exchange)
    const [series, first, second] = await listed()
    const outcome = await write(set('calendar/w.ics#20260330T090000', { subject: 'Moved' }, first?.version))
    expect(outcome).toMatchObject({ _tag: 'Done', snapshot: { fields: { subject: 'Moved' } } })
    const [seriesNow, firstNow, secondNow] = await listed()
    expect(secondNow).toEqual(second)
    expect(firstNow?.version).not.toBe(first?.version)
    expect(seriesNow?.version).not.toBe(series?.version)
    const stale = await write(set('calendar/w.ics#20260330T090000', { subject: 'Late' }, first?.version))
    expect(stale).toMatchObject({ _tag: 'Failed', error: { _tag: 'VersionMismatch' } })
  })

  test('an occurrence that is deleted is left out of its series, and all else stays', async () => {
    put('calendar/w.ics', samples.exchange)
    const ref = 'calendar/w.ics#20260330T090000'
    expect(await write({ _tag: 'Delete', key: 'k', ref, type: 'appointment' })).toMatchObject({ _tag: 'Done' })
    const after = get('calendar/w.ics')
    expect(changed(samples.exchange, after).come).toEqual(['EXDATE;TZID=Romance Standard Time:20260330T090000'])
    expect((await listed()).map((row) => row.ref)).toEqual(['calendar/w.ics', 'calendar/w.ics#20260406T090000'])
    expect(await store().read([ref])).toEqual({ _tag: 'Right', right: [{ _tag: 'Absent', ref }] })
    expect(await write(set(ref, { subject: 'x' }))).toMatchObject({ _tag: 'Failed', error: { _tag: 'Gone', ref } })
  })

  test('an occurrence without its series is the only item of its file, and the file goes with it', async () => {
    const lone = samples.exchange
      .replace(/BEGIN:VEVENT[\s\S]*?END:VEVENT\r\n/, '')
      .replace(/BEGIN:VEVENT[\s\S]*?END:VEVENT\r\n/, '')
    put('calendar/l.ics', lone)
    const ref = 'calendar/l.ics#20260406T090000'
    expect((await listed()).map((row) => row.ref)).toEqual([ref])
    expect(await store().read(['calendar/l.ics'])).toMatchObject({ right: [{ _tag: 'Absent' }] })
    expect(await write({ _tag: 'Delete', key: 'k', ref, type: 'appointment' })).toMatchObject({ _tag: 'Done' })
    expect(readdirSync(join(root, 'calendar'))).toEqual(['team'])
  })

  test('a new item is whole: id, stamp, marker; with the meeting’s own id where it has one', async () => {
    const id = uuidOf('new')
    const marker = { tenant: 'default', record: 'r1' }
    const fields = { subject: 'New roof', start: '2026-03-10T09:00:00Z', globalId: 'G-8' }
    const outcome = await write({ _tag: 'Create', key: 'k', id, kind: 'appointment', marker, fields })
    expect(outcome).toMatchObject({ _tag: 'Done', ref: id, snapshot: { folder: 'calendar', marker, fields } })
    expect(get(`calendar/${id}.ics`)).toMatch(
      /^BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-\/\/liaison\/\/files\/\/EN\r\nBEGIN:VEVENT\r\nDTSTAMP:\d{8}T\d{6}Z\r\nUID:G-8\r\n/
    )
    const found = await store().find([{ _tag: 'ByMarker', tenant: 'default', record: 'r1', kind: 'appointment' }])
    expect(found).toEqual({ _tag: 'Right', right: [{ refs: [id] }] })
    const occurrence = { subject: 'x', originalStart: '2026-03-10T09:00:00Z' }
    const refused = await write({ _tag: 'Create', key: 'k', id: uuidOf('o'), kind: 'appointment', fields: occurrence })
    expect(refused).toMatchObject({ _tag: 'Failed', error: { _tag: 'Unsupported' } })
    const withFile = await write(set(id, { attachments: [{ name: 'plan.txt', content: 'aGVsbG8=' }] }))
    expect(withFile).toMatchObject({ _tag: 'Failed', error: { _tag: 'Unsupported' } })
  })

  test('an id that two kinds bear is two items with two refs', async () => {
    const id = uuidOf('twice')
    put(`contacts/${id}.vcf`, 'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Ruiz;Ann;;;\r\nFN:Ann\r\nEND:VCARD\r\n')
    put(`calendar/${id}.ics`, samples.google)
    expect((await listed('contact')).map((row) => row.ref)).toEqual([id])
    expect((await listed()).map((row) => row.ref)).toEqual([`calendar/${id}.ics`])
    expect((await known(id)).kind).toBe('contact')
    expect((await known(`calendar/${id}.ics`)).kind).toBe('appointment')
    expect(await write(set(id, { subject: 'x' }))).toMatchObject({ _tag: 'Failed', error: { _tag: 'Gone' } })
  })

  test('a contact in a folder that is called like another kind’s has its own ref', async () => {
    mkdirSync(join(root, 'contacts/calendar'))
    put('contacts/calendar/x.ics.vcf', 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ann\r\nEND:VCARD\r\n')
    put('calendar/x.ics', samples.google)
    expect((await listed('contact')).map((row) => row.ref)).toEqual(['calendar/x.ics.vcf'])
    expect((await known('calendar/x.ics.vcf')).kind).toBe('contact')
    expect((await known('calendar/x.ics')).kind).toBe('appointment')
  })

  test('what is malformed says so by its ref and stops nobody', async () => {
    put('calendar/broken.ics', samples.google.slice(0, 400))
    put('calendar/journal.ics', event().replaceAll('VEVENT', 'VJOURNAL'))
    put('calendar/good.ics', samples.google)
    const found = await store().read(['calendar/broken.ics', 'calendar/good.ics', 'calendar/journal.ics'])
    expect(found).toMatchObject({
      right: [
        { _tag: 'Unreadable', why: 'malformed', paths: ['VEVENT: expected END'] },
        { _tag: 'Known' },
        { _tag: 'Unreadable', why: 'malformed', paths: ['VCALENDAR: expected VEVENT, found VJOURNAL'] }
      ]
    })
    const hits = await store().find([{ _tag: 'ByField', kind: 'appointment', field: 'subject', value: 'Review' }])
    expect(hits).toMatchObject({ right: [{ refs: ['calendar/good.ics'] }] })
  })

  test('an ical.js of which only the part for cards was handed in reads no calendar, and says what to do', async () => {
    put('calendar/a.ics', samples.google)
    const { parse, stringify, helpers, design } = ICAL
    const small = { parse, stringify, helpers, design: { vcard: design.vcard, vcard3: design.vcard3 } }
    expect(await store({ ical: small }).read(['calendar/a.ics'])).toMatchObject({ left: { _tag: 'Unsupported' } })
  })
})
