/** Laws of the converters that ship (28, 29, CONVERT-1), by the very checks that a host runs on its own. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  plainConvert,
  baseOf,
  contactMapping,
  type Converter,
  converters,
  type Mapping,
  mergeFields
} from '../../src/mapping/index.js'
import type { Base, Value } from '../../src/model/index.js'
import { checkConverter, checkMapping, LawBroken } from '../../src/testing/laws.js'
import { runs } from '../runs.js'
import { plainContext, rulesFor } from './pairs.js'

const { numRuns } = runs()

const both = (value: fc.Arbitrary<Value>) => ({ mail: value, record: value })

const scalars = ['text', 'value', 'phone', 'date', 'number', 'boolean']

const digits = fc
  .tuple(
    fc.constantFrom('+', '00', '', '(0)'),
    fc.array(fc.constantFrom('6', '0', ' ', '-', '.', '(', ')', '/', '‐', '１', 'e', '\u0301'), {
      minLength: 1,
      maxLength: 10
    })
  )
  .map(([prefix, rest]): Value => prefix + rest.join(''))

const html = fc
  .array(
    fc.constantFrom(
      '<p>',
      '</p>',
      '<br>',
      '<b>',
      '</b>',
      '&amp;',
      '&lt;',
      '&nbsp;',
      'a',
      ' ',
      '\n',
      '\r\n',
      '<',
      '1 < 2',
      '<style>x</style>',
      '<!-- c -->',
      '&#65;',
      '&lt;p&gt;'
    ),
    {
      minLength: 1,
      maxLength: 8
    }
  )
  .map((parts): Value => parts.join(''))
  .filter((value) => value !== '')

const instant = fc
  .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
  .map((date): Value => date.toISOString())
const day = instant.map((at): Value => String(at).slice(0, 10))
const maybe = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.option(value, { nil: null })

const openStatuses = ['notStarted', 'inProgress', 'waitingOnOthers', 'deferred']
const taskItem = fc.tuple(
  fc.constantFrom<Value>(...openStatuses, 'completed', null),
  fc.constantFrom<Value>(0, 40, 100, null)
)
const activity = fc.tuple(
  fc.constantFrom<Value>('open', 'completed', 'canceled'),
  fc.constantFrom<Value>(...openStatuses, 'open', 'completed', 'canceled', null)
)

/** What no general draw would hit. */
const values: { readonly [id: string]: { readonly mail: fc.Arbitrary<Value>; readonly record: fc.Arbitrary<Value> } } =
  {
    taskStatus: { mail: taskItem, record: activity },
    openStatus: { mail: taskItem, record: activity },
    showAs: {
      mail: fc.constantFrom<Value>('free', 'tentative', 'busy', 'oof', 'workingElsewhere'),
      record: fc.tuple(
        fc.constantFrom<Value>('open', 'scheduled', 'completed', 'canceled'),
        fc.constantFrom<Value>('free', 'tentative', 'busy', 'oof', 'canceled', null)
      )
    },
    span: {
      mail: fc.oneof(
        fc.tuple(instant, maybe(instant), fc.constantFrom<Value>(false, null), fc.constantFrom<Value>('UTC', null)),
        fc.tuple(day, maybe(day), fc.constant<Value>(true), fc.constant<Value>(null))
      ),
      record: fc.oneof(
        fc.tuple(instant, maybe(instant), fc.constantFrom<Value>(30, null), fc.constantFrom<Value>(false, null)),
        fc.tuple(day, maybe(day), fc.constant<Value>(null), fc.constant<Value>(true))
      )
    },
    recurrence: both(
      fc
        .shuffledSubarray(['FREQ=WEEKLY', 'BYDAY=MO,TU', 'COUNT=4', 'INTERVAL=2'], { minLength: 1 })
        .map((parts): Value => `DTSTART:20260105T090000Z\r\nRRULE:${parts.join(';')}`)
    ),
    attachments: both(
      fc.array(
        fc.record({
          name: fc.constantFrom<Value>('plan.txt', 'logo.png', 'run.exe'),
          content: fc.constantFrom<Value>('aGVsbG8=', ''),
          isInline: fc.boolean()
        }),
        { minLength: 1, maxLength: 3 }
      )
    )
  }

describe('converters that ship', () => {
  for (const [id, converter] of Object.entries(converters)) {
    test(`CONVERT-1, 28, 29: ${id}, over everything that it accepts`, () => {
      const { laws } = checkConverter(fc, converter, { runs: numRuns, total: scalars.includes(id), ...values[id] })
      expect(laws.length).toBeGreaterThan(converter.whole === true ? 5 : 8)
    })
  }

  test('CONVERT-1, 28, 29: phone, over what people type as numbers', () => {
    checkConverter(fc, converters['phone'] ?? never(), { runs: numRuns, mail: digits, record: digits, total: true })
  })

  test('CONVERT-1, 28, 29: rich, over HTML as mail programs and people write it', () => {
    checkConverter(fc, converters['rich'] ?? never(), { runs: numRuns, mail: html, record: html })
  })

  test('what is one value to each converter, and what is not', () => {
    const table: ReadonlyArray<readonly [string, Value, Value, boolean]> = [
      ['text', 'a\r\nb', 'a\nb', true],
      ['text', 'a\rb', 'a\nb', true],
      ['text', 'e\u0301', 'é', true],
      ['text', 'a ', 'a', false],
      ['text', 'A', 'a', false],
      ['text', '', null, true],
      ['phone', '+34 600-123 (45)', '+3460012345', true],
      ['phone', '0034 600 12345', '+34 600 12345', true],
      ['phone', '600 12345', '+34 600 12345', false],
      ['phone', 60012345, '600 12345', true],
      ['phone', '１２３', '123', true],
      ['phone', '123 x 4', '123 x 5', false],
      ['date', '2026-03-02T23:59:59+13:00', '2026-03-02', true],
      ['date', '2026-03-02', '2026-03-03', false],
      ['number', '12.50', 12.5, true],
      ['number', '12', '13', false],
      ['number', 0, null, false],
      ['boolean', false, null, false],
      ['names', ['Ann ', 'Bob'], 'Ann,Bob', true],
      ['names', ['Bob', 'Ann'], ['Ann', 'Bob'], false],
      ['value', { b: 1, a: [] }, { a: null, b: 1 }, false]
    ]
    for (const [id, x, y, same] of table) {
      const { normal } = converters[id] ?? never()
      for (const side of ['mail', 'record'] as const) {
        expect([id, x, y, side, JSON.stringify(normal[side](x)) === JSON.stringify(normal[side](y))]).toEqual([
          id,
          x,
          y,
          side,
          same
        ])
      }
    }
  })

  test('a date never passes through a time zone, and its time of day is dropped (4.10/40)', () => {
    const date = converters['date'] ?? never()
    const day = fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((at) => at.toISOString().slice(0, 10))
    fc.assert(
      fc.property(day, fc.constantFrom('', 'T00:00:00Z', 'T23:59:59+13:00', 'T12:00'), (on, rest) => {
        expect(date.normal.mail(on + rest)).toBe(on)
        expect(date.normal.record(date.toRecord(on, null, plainConvert))).toBe(on)
      }),
      runs()
    )
  })

  test('names: split at commas, trimmed, empty ones dropped, joined by comma and space (4.10/39)', () => {
    const names = converters['names'] ?? never()
    expect(names.toMail(' Ann ,, Bob,', null, plainConvert)).toEqual(['Ann', 'Bob'])
    expect(names.toRecord([' Ann ', '', 'Bob'], null, plainConvert)).toBe('Ann, Bob')
  })
})

const shippedText = (): Converter => converters['text'] ?? never()

const never = (): Converter => {
  throw new Error('a converter that ships is missing')
}

describe('normalising servers (29, F25)', () => {
  type Norm = (value: Value) => Value
  const onText =
    (change: (text: string) => string): Norm =>
    (value) =>
      typeof value === 'string' ? change(value) : value
  /** What servers do to a text; each is idempotent, as a server that stores once is. */
  const servers: { readonly [name: string]: Norm } = {
    keeps: (value) => value,
    trims: onText((text) => text.trim()),
    lowers: onText((text) => text.toLowerCase()),
    cuts: onText((text) => text.slice(0, 5)),
    'turns line ends': onText((text) => text.replace(/\r\n?|\n/g, '\r\n')),
    decomposes: onText((text) => text.normalize('NFD'))
  }
  const text = fc.oneof(fc.constantFrom(' A ', 'Ann\nLee', 'Änn', 'long enough'), fc.string({ maxLength: 10 }))
  for (const [mailName, mailServer] of Object.entries(servers)) {
    for (const [recordName, recordServer] of Object.entries(servers)) {
      test(`29: an echo between a mailbox that ${mailName} and a store that ${recordName} ends by itself`, () => {
        fc.assert(
          fc.property(text, text, (now, before) => {
            expect(hops(now, before, mailServer, recordServer)).toBeLessThanOrEqual(2)
          }),
          runs(0.1)
        )
      })
    }
  }
})

/** Writes until nothing is written any more; after a write the base is what the store says it holds (2.4/22). */
const hops = (
  now: Value,
  before: Value,
  mailServer: (value: Value) => Value,
  recordServer: (value: Value) => Value
): number => {
  const rules = rulesFor({
    kind: 'contact',
    type: 'contact',
    rows: [{ name: 'f', mail: 'f', record: 'f', direction: 'both', settable: 'all' }]
  })
  let item = mailServer(before)
  let record = recordServer(item)
  let base: Base = baseOf(rules, { f: item }, { f: record }, plainContext)
  item = mailServer(now)
  let writes = 0
  for (let cycle = 0; cycle < 10; cycle += 1) {
    const merge = mergeFields(rules, base, { mail: { f: item }, record: { f: record } }, plainContext)
    if (merge.setMail === undefined && merge.setRecord === undefined) return writes
    if (merge.setMail !== undefined) item = mailServer(merge.setMail['f'] ?? null)
    if (merge.setRecord !== undefined) record = recordServer(merge.setRecord['f'] ?? null)
    writes += 1
    base = baseOf(rules, { f: item }, { f: record }, plainContext)
  }
  return Number.POSITIVE_INFINITY
}

test('host checks: a converter that loses what it wrote is named with its law and an example', () => {
  const lossy: Converter = {
    ...shippedText(),
    id: 'lossy',
    toMail: (record) => (typeof record === 'string' ? `${record}!` : record)
  }
  expect(() => checkConverter(fc, lossy, { runs: 200, seed: 1 })).toThrow(LawBroken)
  expect(() => checkConverter(fc, lossy, { runs: 200, seed: 1 })).toThrow(/CONVERT-1/)
  const restless: Converter = {
    ...shippedText(),
    id: 'restless',
    normal: { mail: (given) => (typeof given === 'string' ? `${given}x` : given), record: (given) => given }
  }
  expect(() => checkConverter(fc, restless, { runs: 200, seed: 1 })).toThrow(/idempotent/)
  const picky: Converter = { ...shippedText(), id: 'picky', accepts: { mail: () => false, record: () => false } }
  expect(() => checkConverter(fc, picky)).toThrow(/hand in/)
})

describe('mappings', () => {
  test('the contact table keeps the laws of mappings, whole', () => {
    const report = checkMapping(fc, contactMapping, { runs: Math.ceil(numRuns / 5) })
    expect(report.laws).toContain('form: names once, no field of a side twice, plain JSON')
    expect(report.laws.length).toBeGreaterThan(60)
  })

  test('host checks: a mapping with a fault of form is named', () => {
    const row = { name: 'a', mail: 'a', record: 'a', direction: 'both', settable: 'all' } as const
    const mapping = (rows: Mapping['rows']): Mapping => ({ kind: 'note', type: 'project', rows })
    expect(() => checkMapping(fc, mapping([row, { ...row, mail: 'b', record: 'b' }]))).toThrow(/form: the row a/)
    expect(() => checkMapping(fc, mapping([row, { ...row, name: 'b', record: 'b' }]))).toThrow(
      /form: the field of the item a/
    )
    expect(() => checkMapping(fc, mapping([row, { ...row, name: 'b', mail: 'b' }]))).toThrow(
      /form: the field of the record a/
    )
    expect(() => checkMapping(fc, mapping([{ ...row, convert: 'nowhere' }]))).toThrow(/converter nowhere/)
    expect(checkMapping(fc, mapping([row]), { runs: 100 }).runs).toBe(100)
  })
})
