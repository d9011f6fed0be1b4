/** Laws of the calendars of the `files` adapter, with generated files, fields and zones. */
import fc from 'fast-check'
import ICAL from 'ical.js'
import { describe, expect, test } from 'vitest'
import { appointmentCodec, taskCodec } from '../../src/adapters/files/calendar.codec.js'
import { calendarOf, treeOf, wantedOfCalendars } from '../../src/adapters/files/ical/calendar.js'
import { offsetOfDefinition } from '../../src/adapters/files/ical/definition.js'
import { rawNames } from '../../src/adapters/files/ical/names.js'
import { timezoneLines } from '../../src/adapters/files/ical/timezone.print.js'
import { zoneOfWindows } from '../../src/adapters/files/ical/windows.js'
import { libraryOf } from '../../src/adapters/files/lines/library.js'
import { linesOf } from '../../src/adapters/files/lines/line.js'
import { plainText } from '../../src/adapters/files/lines/plain.js'
import { platformZones } from '../../src/adapters/files/zones.js'
import type { Fields, Value } from '../../src/model/index.js'
import { instantOf, isZone, localOf } from '../../src/model/index.js'
import { runs } from '../runs.js'
import * as samples from './calendar-samples.js'

const options = { zones: platformZones, timeZone: 'Europe/Madrid', clock: () => Date.UTC(2026, 2, 1, 8) }
const codecs = {
  appointment: appointmentCodec(libraryOf(ICAL), options),
  task: taskCodec(libraryOf(ICAL), options)
}
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)
const text = (of: Uint8Array): string => new TextDecoder().decode(of)
const right = <A>(
  result: { readonly _tag: 'Right'; readonly right: A } | { readonly _tag: 'Left'; readonly left: unknown }
): A => {
  if (result._tag === 'Left') throw new Error(JSON.stringify(result.left))
  return result.right
}

const zones = [
  'UTC',
  'Europe/Madrid',
  'America/New_York',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'America/Sao_Paulo',
  'Africa/Casablanca',
  'Pacific/Auckland',
  'Asia/Tehran',
  'America/St_Johns',
  'Pacific/Chatham'
]
const zone = fc.constantFrom(...zones)
/** Minutes around which the clocks of these zones are set, and any others. */
const instant = fc
  .oneof(
    fc.integer({ min: Date.UTC(1990, 0, 1) / 60_000, max: Date.UTC(2090, 0, 1) / 60_000 }),
    fc
      .tuple(
        fc.constantFrom(
          Date.UTC(2026, 9, 25, 1),
          Date.UTC(2026, 2, 29, 1),
          Date.UTC(2026, 10, 1, 6),
          Date.UTC(2026, 3, 4, 15)
        ),
        fc.integer({ min: -150, max: 150 })
      )
      .map(([ms, minutes]) => ms / 60_000 + minutes)
  )
  .map((minutes) => minutes * 60_000)
const iso = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')
const day = fc.integer({ min: 0, max: 40_000 }).map((days) => new Date(days * 86_400_000).toISOString().slice(0, 10))
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.constantFrom('a;b,c\\d', 'line\nline', '\\n', 'x:y', '"q"', ' lead', 'END:VEVENT\nBEGIN:VEVENT', 'é'.repeat(60))
)

/** Lines that no field reads, in the forms that producers give them. */
const foreignLine = fc
  .tuple(
    fc.constantFrom(
      'X-FOO',
      'COMMENT',
      'CONTACT',
      'URL',
      'GEO',
      'X-APPLE-TRAVEL-DURATION;VALUE=DURATION',
      'REQUEST-STATUS',
      'x-lower'
    ),
    fc.constantFrom('', ';X-P=1', ';X-P="a;b:c"', ';LANGUAGE=fr', ';X-P=a,b'),
    fc.string({ unit: fc.constantFrom('a', ' ', '\\', ',', ';', ':', '"', 'é', '\t', '='), maxLength: 120 })
  )
  .map(([name, param, value]) => `${name}${param}:${value}`)
const folded = fc.constantFrom(20, 75, 400)
const fold = (line: string, width: number): string => {
  const points = [...line]
  const pieces: Array<string> = []
  for (let at = 0; at < points.length; at += width) pieces.push(points.slice(at, at + width).join(''))
  return pieces.join('\r\n ')
}
const alarm = fc.constantFrom(
  ['BEGIN:VALARM', 'ACTION:DISPLAY', 'TRIGGER:-PT5M', 'X-OWN:1', 'END:VALARM'],
  ['BEGIN:VALARM', 'ACTION:NONE', 'TRIGGER;VALUE=DATE-TIME:19760401T005545Z', 'END:VALARM'],
  ['BEGIN:X-OWN', 'no colon here', 'BEGIN:INNER', 'END:INNER', 'END:X-OWN']
)
/** A generated file of one item, and its kind. */
const anyFile = fc
  .record({
    kind: fc.constantFrom('appointment' as const, 'task' as const),
    before: fc.array(foreignLine, { maxLength: 4 }),
    own: fc.subarray([
      'SUMMARY:Call',
      'DTSTART;TZID=Europe/Madrid:20260310T100000',
      'LOCATION:There',
      'CATEGORIES:a,b',
      'PRIORITY:3',
      'CLASS:PRIVATE',
      'X-LIAISON-REGARDING:o1',
      'DESCRIPTION:One\\, two'
    ]),
    after: fc.array(foreignLine, { maxLength: 4 }),
    alarms: fc.array(alarm, { maxLength: 2 }),
    width: folded,
    eol: fc.constantFrom('\r\n', '\n')
  })
  .map(({ kind, before, own, after, alarms, width, eol }) => {
    const name = kind === 'appointment' ? 'VEVENT' : 'VTODO'
    const lines = [
      'BEGIN:VCALENDAR',
      'VERSION:2.0',
      'X-WR-CALNAME:Mine',
      ...before,
      `BEGIN:${name}`,
      'UID:u',
      ...own,
      ...after,
      ...alarms.flat(),
      `END:${name}`,
      'BEGIN:VJOURNAL',
      'END:VJOURNAL',
      'END:VCALENDAR'
    ]
    return { kind, file: lines.map((line) => `${fold(line, width).replaceAll('\r\n', eol)}${eol}`).join('') }
  })

const edits: { readonly [field: string]: fc.Arbitrary<Value> } = {
  subject: words,
  body: words,
  importance: fc.constantFrom('low', 'normal', 'high'),
  sensitivity: fc.constantFrom('normal', 'personal', 'private', 'confidential'),
  regarding: words,
  regardingName: words,
  reminderAt: instant.map(iso)
}

const timeout = 60_000

describe('laws', { timeout }, () => {
  test('CAL-1: an edit of one field, printed and read again, is that edit and nothing else; taken back, the file is what it was', async () => {
    const edit = fc
      .constantFrom(...Object.keys(edits))
      .chain((field) => fc.tuple(fc.constant(field), edits[field] ?? words))
    await fc.assert(
      fc.asyncProperty(anyFile, edit, async ({ kind, file }, [field, value]) => {
        const codec = codecs[kind]
        const before: Fields = right(await codec.read(bytes(file)))?.fields ?? {}
        const edited = text(right(await codec.update(bytes(file), { [field]: value })))
        const after: Fields = right(await codec.read(bytes(edited)))?.fields ?? {}
        const wanted = typeof value === 'string' ? plainText(value) : value
        expect(after).toEqual({
          ...Object.fromEntries(Object.entries(before).filter(([name]) => name !== field)),
          ...(wanted !== '' && { [field]: wanted })
        })
        // What the other programs' lines say is there, byte for byte, in its order.
        const foreign = (of: string): ReadonlyArray<string> =>
          of
            .split(/(?<=\n)(?![ \t])/)
            .filter(
              (line) =>
                !/^(?:SUMMARY|DESCRIPTION|PRIORITY|CLASS|X-LIAISON|X-ALT|TRIGGER|ACTION|BEGIN:VALARM|END:VALARM)/.test(
                  line
                )
            )
        expect(foreign(edited)).toEqual(foreign(file))
        const back = text(right(await codec.update(bytes(edited), { [field]: before[field] ?? null })))
        const again: Fields = right(await codec.read(bytes(back)))?.fields ?? {}
        expect(again).toEqual(before)
        if (before[field] === undefined && field !== 'body' && field !== 'reminderAt') expect(back).toBe(file)
      }),
      runs(0.3)
    )
  })

  test('CAL-2: a time in any zone comes back as it was set, in the file’s zone and in another one', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...Object.values(samples.events).filter((of) => of !== samples.exchange)),
        instant,
        fc.integer({ min: 0, max: 5000 }),
        fc.option(zone, { nil: undefined }),
        async (file, startMs, minutes, timeZone) => {
          const set = {
            start: iso(startMs),
            end: iso(startMs + minutes * 60_000),
            isAllDay: false,
            ...(timeZone !== undefined && { timeZone })
          }
          const edited = right(await codecs.appointment.update(bytes(file), set))
          const { fields } = right(await codecs.appointment.read(edited)) ?? { fields: {} }
          expect([fields.start, fields.end]).toEqual([set.start, set.end])
          // The second time that a clock shows an hour can only be said in UTC.
          const first = instantOf(platformZones, timeZone ?? 'UTC', localOf(platformZones, timeZone ?? 'UTC', startMs))
          if (timeZone !== undefined && first === startMs) expect(fields.timeZone).toBe(timeZone)
        }
      ),
      runs(0.1)
    )
  })

  test('CAL-3: a day is that day in every mailbox', async () => {
    await fc.assert(
      fc.asyncProperty(zone, day, fc.integer({ min: 1, max: 30 }), async (timeZone, start, days) => {
        const codec = appointmentCodec(libraryOf(ICAL), { ...options, timeZone })
        const end = new Date(Date.parse(start) + days * 86_400_000).toISOString().slice(0, 10)
        const made = right(
          await codec.create({ _tag: 'Create', key: 'k', id: 'i', fields: { start, end, isAllDay: true } })
        )
        expect(right(await codec.read(made))?.fields).toMatchObject({ start, end, isAllDay: true })
        const tasks = taskCodec(libraryOf(ICAL), { ...options, timeZone })
        const task = right(
          await tasks.create({
            _tag: 'Create',
            key: 'k',
            id: 'i',
            fields: { startDate: start, dueDate: end, completedDate: end, status: 'completed' }
          })
        )
        expect(right(await tasks.read(task))?.fields).toMatchObject({
          startDate: start,
          dueDate: end,
          completedDate: end
        })
      }),
      runs(0.2)
    )
  })

  test('CAL-4: a zone that is written as a definition is the zone, from the first year on for as long as it is written', () => {
    const { parse, stringify, design, helpers, Duration, Recur, Time } = ICAL
    const library = { parse, stringify, design, helpers, Duration, Recur, Time }
    const reader = { library, wanted: wantedOfCalendars, raw: new Set(rawNames) }
    fc.assert(
      fc.property(
        zone,
        fc.integer({ min: 1975, max: 2080 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 5, maxLength: 5 }),
        (name, year, places) => {
          const definition = timezoneLines(platformZones, name, Date.UTC(year, 6, 1))
          const file = ['BEGIN:VCALENDAR', ...definition, 'END:VCALENDAR'].map((line) => `${line}\r\n`).join('')
          const card = right(calendarOf(reader, linesOf(file)))
          const component = treeOf(card).children[0]
          const offsetAt = component && offsetOfDefinition(library, component)
          for (const place of places) {
            // Six years, the least for which a rule is seen to hold.
            const atMs = Date.UTC(year, 0, 2) + Math.floor(place * 5 * 365) * 86_400_000
            expect([name, iso(atMs), offsetAt?.(atMs)]).toEqual([name, iso(atMs), platformZones.offsetMs(name, atMs)])
          }
        }
      ),
      runs(0.1)
    )
  })

  test('CAL-5: any bytes are an item or malformed, and nothing else', async () => {
    const scraps = Object.values(samples.events).join('').split('\r\n')
    const file = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.constantFrom(...scraps), { maxLength: 60 }).map((lines) => bytes(lines.join('\r\n'))),
      fc
        .tuple(fc.constantFrom(...Object.values(samples.events)), fc.nat(3000), fc.nat(40), fc.string({ maxLength: 8 }))
        .map(([of, at, gone, more]) => bytes(of.slice(0, at) + more + of.slice(at + gone)))
    )
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom('appointment' as const, 'task' as const), async (of, kind) => {
        const codec = codecs[kind]
        for (const { within } of codec.parts?.(of) ?? []) {
          const found = await codec.read(of, within)
          if (found._tag === 'Left') expect(found.left._tag).toBe('Malformed')
          else expect(found.right).toBeDefined()
        }
      }),
      runs(0.5)
    )
  })

  test('CAL-6: a hundred kilobytes of anything end soon', async () => {
    const hostile = [
      `SUMMARY${';X=1'.repeat(25_000)}:x`,
      `SUMMARY:${'\\'.repeat(100_000)}`,
      `X-ALT-DESC;FMTTYPE=text/html:${'<'.repeat(100_000)}`,
      `DESCRIPTION:${' \\n'.repeat(33_000)}`,
      `DTSTART:${'2'.repeat(100_000)}`,
      `DTSTART:20260101T000000Z\r\nDURATION:P${'9'.repeat(60)}D`,
      `DTSTART:20260101T000000Z\r\nRRULE:FREQ=DAILY${';BYDAY=MO'.repeat(10_000)}`,
      `ATTENDEE:mailto:${'%'.repeat(100_000)}`,
      `ATTACH;ENCODING=BASE64:${'A'.repeat(100_000)}`,
      'BEGIN:VALARM\r\n'.repeat(7000)
    ]
    for (const line of hostile) {
      const file = bytes(`BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:u\r\n${line}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`)
      const startedAt = performance.now()
      await codecs.appointment.read(file)
      const rich = await codecs.appointment.update(file, { body: `<p>${'<br '.repeat(25_000)}` })
      expect(rich._tag === 'Right' || rich.left._tag === 'Malformed').toBe(true)
      expect(performance.now() - startedAt).toBeLessThan(2000)
    }
  })

  test('names of Windows are zones that the platform knows, in any capitals; half a name is none', () => {
    for (const name of [
      'Romance Standard Time',
      'w. europe standard time',
      'UTC',
      'Tokyo Standard Time',
      'FLE Standard Time'
    ])
      expect(isZone(platformZones, zoneOfWindows(name) ?? '')).toBe(true)
    expect(zoneOfWindows('Standard Time')).toBeUndefined()
  })
})
