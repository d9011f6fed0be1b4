/** Windows: the borders of 3.8 and 3.9 in zones whose clocks change, on dates and on instants. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { civilOf, dayFromText, dayOf, plusMonths, textOfDay, weekdayOf } from '../../src/filters/calendar.js'
import { evaluate, type Filter, type FilterContext } from '../../src/filters/index.js'
import { momentOf } from '../../src/filters/moment.js'
import { resolve } from '../../src/filters/resolve.js'
import { platformZones } from '../../src/index.js'
import { runs } from '../runs.js'

const contextOf = (now: string, timeZone: string, more: Partial<FilterContext> = {}): FilterContext => ({
  user: 'u',
  teams: [],
  businessUnit: 'b',
  timeZone,
  nowMs: Date.parse(now),
  ...more
})

/** The window that a condition comes to, as its borders read. */
const borders = (
  op: string,
  value: Filter extends never ? never : unknown,
  context: FilterContext,
  type: 'date' | 'datetime'
) => {
  const filter = (value === undefined ? { field: 'f', op } : { field: 'f', op, value }) as Filter
  const node = resolve(filter, context, { zones: platformZones, schema: { f: type } })
  if (node._tag !== 'Field') throw new Error('no condition')
  const { test: asked } = node
  if (asked._tag === 'Nothing') return 'nothing'
  if (asked._tag === 'Dates') return `${asked.from ?? ''}..${asked.to ?? ''}`
  if (asked._tag !== 'Instants') throw new Error('no window')
  const read = (atMs: number | undefined) =>
    atMs === undefined ? '' : new Date(atMs).toISOString().replace(':00.000Z', 'Z')
  return `${read(asked.from)}..${read(asked.to)}`
}

describe('borders', () => {
  const utc = contextOf('2026-03-02T09:00:00Z', 'UTC')
  const berlin = contextOf('2026-03-29T10:00:00Z', 'Europe/Berlin')
  const table: ReadonlyArray<readonly [string, unknown, FilterContext, 'date' | 'datetime', string]> = [
    ['last-seven-days', undefined, utc, 'datetime', '2026-02-24T00:00Z..2026-03-03T00:00Z'],
    ['last-x-days', 7, utc, 'datetime', '2026-02-23T00:00Z..2026-03-02T09:00:00.001Z'],
    ['last-x-days', 7, utc, 'date', '2026-02-23..2026-03-03'],
    ['next-x-days', 1, utc, 'date', '2026-03-02..2026-03-04'],
    ['next-x-hours', 1, utc, 'datetime', '2026-03-02T09:00Z..2026-03-02T10:00Z'],
    ['olderthan-x-months', 1, contextOf('2026-03-31T12:00:00Z', 'UTC'), 'datetime', '..2026-02-28T12:00Z'],
    ['olderthan-x-years', 1, contextOf('2024-02-29T12:00:00Z', 'UTC'), 'date', '..2023-02-28'],
    [
      'today',
      undefined,
      contextOf('2026-03-02T09:00:00Z', 'Pacific/Auckland'),
      'datetime',
      '2026-03-01T11:00Z..2026-03-02T11:00Z'
    ],
    ['today', undefined, berlin, 'datetime', '2026-03-28T23:00Z..2026-03-29T22:00Z'],
    ['last-x-hours', 24, berlin, 'datetime', '2026-03-28T10:00Z..2026-03-29T10:00:00.001Z'],
    // 02:30 does not exist on 29 March: forward by the gap.
    ['olderthan-x-days', 1, contextOf('2026-03-30T00:30:00Z', 'Europe/Berlin'), 'datetime', '..2026-03-29T01:30Z'],
    // 02:30 exists twice on 25 October: the earlier.
    ['olderthan-x-days', 1, contextOf('2026-10-26T01:30:00Z', 'Europe/Berlin'), 'datetime', '..2026-10-25T00:30Z'],
    // Half an hour of summer time.
    [
      'today',
      undefined,
      contextOf('2026-04-05T02:00:00Z', 'Australia/Lord_Howe'),
      'datetime',
      '2026-04-04T13:00Z..2026-04-05T13:30Z'
    ],
    // Midnight does not exist: the day begins at one.
    [
      'today',
      undefined,
      contextOf('2026-09-06T12:00:00Z', 'America/Santiago'),
      'datetime',
      '2026-09-06T04:00Z..2026-09-07T03:00Z'
    ],
    [
      'on',
      '2026-03-29',
      contextOf('2026-03-29T12:00:00Z', 'Asia/Beirut'),
      'datetime',
      '2026-03-28T22:00Z..2026-03-29T21:00Z'
    ],
    // Midnight exists twice: the first.
    [
      'on',
      '2026-11-01',
      contextOf('2026-11-01T12:00:00Z', 'America/Havana'),
      'datetime',
      '2026-11-01T04:00Z..2026-11-02T05:00Z'
    ],
    // The clocks went from half past eleven to half past twelve: the day began at the gap's end.
    [
      'on',
      '1919-03-31',
      contextOf('2026-03-02T09:00:00Z', 'America/Toronto'),
      'datetime',
      '1919-03-31T04:30Z..1919-04-01T04:00Z'
    ],
    // A day that a country left out is empty.
    [
      'on',
      '2011-12-30',
      contextOf('2026-03-02T09:00:00Z', 'Pacific/Apia'),
      'datetime',
      '2011-12-30T10:00Z..2011-12-30T10:00Z'
    ],
    ['on', '2026-03-02T23:30:00-05:00', utc, 'date', '2026-03-03..2026-03-04'],
    ['between', ['2026-03-01', '2026-03-02'], utc, 'datetime', '2026-03-01T00:00Z..2026-03-02T00:00:00.001Z'],
    ['le', '2026-03-02', utc, 'date', '..2026-03-03'],
    ['gt', '9999-12-31', utc, 'date', 'nothing'],
    ['this-week', undefined, utc, 'date', '2026-03-01..2026-03-08'],
    ['this-week', undefined, { ...utc, weekStart: 'monday' }, 'date', '2026-03-02..2026-03-09'],
    ['next-week', undefined, { ...utc, weekStart: 'saturday' }, 'date', '2026-03-07..2026-03-14'],
    ['last-month', undefined, utc, 'date', '2026-02-01..2026-03-01'],
    ['next-year', undefined, utc, 'date', '2027-01-01..2028-01-01'],
    ['next-month', undefined, contextOf('2026-12-31T09:00:00Z', 'UTC'), 'date', '2027-01-01..2027-02-01'],
    ['last-x-years', 3000, utc, 'date', '..2026-03-03'],
    // Before zones there were local times: Berlin was 53 minutes and 28 seconds ahead.
    [
      'olderthan-x-years',
      1950,
      contextOf('2026-05-13T10:00:00Z', 'Europe/Berlin'),
      'datetime',
      '..0076-05-13T11:06:32.000Z'
    ],
    ['olderthan-x-years', 3000, utc, 'date', 'nothing'],
    ['olderthan-x-years', 2_147_483_647, utc, 'datetime', 'nothing'],
    ['next-x-weeks', 2_147_483_647, utc, 'datetime', '2026-03-02T09:00Z..'],
    ['this-fiscal-year', undefined, { ...utc, fiscalYearStart: '07-01' }, 'date', '2025-07-01..2026-07-01'],
    ['this-fiscal-period', undefined, { ...utc, fiscalYearStart: '07-01' }, 'date', '2026-01-01..2026-04-01'],
    ['last-x-fiscal-periods', 1, { ...utc, fiscalYearStart: '07-01' }, 'date', '2025-10-01..2026-01-01'],
    ['next-x-fiscal-years', 2, utc, 'date', '2027-01-01..2029-01-01'],
    ['in-fiscal-year', 2025, { ...utc, fiscalYearStart: '07-01' }, 'date', '2025-07-01..2026-07-01'],
    [
      'in-fiscal-year',
      2026,
      { ...utc, fiscalYearStart: '07-01', fiscalYearNamedBy: 'end' },
      'date',
      '2025-07-01..2026-07-01'
    ],
    ['in-fiscal-year', 2026, { ...utc, fiscalYearNamedBy: 'end' }, 'date', '2026-01-01..2027-01-01'],
    // Clamped, and always counted from the start.
    ['in-fiscal-period-and-year', [2, 2026], { ...utc, fiscalYearStart: '01-31' }, 'date', '2026-04-30..2026-07-31'],
    ['in-fiscal-period-and-year', [4, 2026], { ...utc, fiscalYearStart: '01-31' }, 'date', '2026-10-31..2027-01-31'],
    ['in-fiscal-period-and-year', [13, 2026], { ...utc, fiscalPeriod: 'four-weeks' }, 'date', '2026-12-03..2027-01-01'],
    ['in-fiscal-period-and-year', [2, 2026], { ...utc, fiscalPeriod: 'half-year' }, 'date', '2026-07-01..2027-01-01'],
    ['in-or-before-fiscal-period-and-year', [1, 2026], utc, 'date', '..2026-04-01'],
    ['in-or-after-fiscal-period-and-year', [1, 2026], utc, 'date', '2026-01-01..']
  ]
  for (const [op, value, context, type, expected] of table) {
    const where = context.timeZone === 'UTC' ? '' : ` in ${context.timeZone}`
    test(`${op} ${JSON.stringify(value) ?? ''}${where} on a ${type}: ${expected}`, () => {
      expect(borders(op, value, context, type)).toBe(expected)
    })
  }
})

describe('laws of the calendar', () => {
  const day = fc.integer({ min: -719_162, max: 2_932_896 })

  test('a day is its date and back, as the platform counts', () => {
    fc.assert(
      fc.property(day, (drawn) => {
        expect(dayOf(civilOf(drawn))).toBe(drawn)
        expect(dayFromText(textOfDay(drawn))).toBe(drawn)
        const date = new Date(drawn * 86_400_000)
        expect(civilOf(drawn)).toEqual({
          year: date.getUTCFullYear(),
          month: date.getUTCMonth() + 1,
          day: date.getUTCDate()
        })
        expect(weekdayOf(drawn)).toBe(date.getUTCDay())
      }),
      runs()
    )
  })

  test('months move the month, keep the day, and clamp to the last', () => {
    fc.assert(
      fc.property(day, fc.integer({ min: -400, max: 400 }), (drawn, months) => {
        const [from, to] = [civilOf(drawn), civilOf(plusMonths(drawn, months))]
        expect(to.year * 12 + to.month).toBe(from.year * 12 + from.month + months)
        const isLast = civilOf(plusMonths(drawn, months) + 1).day === 1
        expect(to.day === from.day || (to.day < from.day && isLast)).toBe(true)
      }),
      runs()
    )
  })

  test('the days of a zone follow one another, and the first instant of a day is the first that shows it', () => {
    const zone = fc.constantFrom(
      'Europe/Berlin',
      'Pacific/Auckland',
      'Australia/Lord_Howe',
      'America/Santiago',
      'Asia/Beirut',
      'Africa/Cairo'
    )
    fc.assert(
      fc.property(zone, fc.integer({ min: 3653, max: 25_000 }), (timeZone, drawn) => {
        const moment = momentOf(contextOf('2026-03-02T09:00:00Z', timeZone), platformZones)
        const start = moment.startOf(drawn)
        expect(moment.startOf(drawn + 1)).toBeGreaterThan(start)
        expect(moment.dayAt(start)).toBe(drawn)
        expect(moment.dayAt(start - 1)).toBeLessThan(drawn)
      }),
      runs(0.3)
    )
  })

  test('a value of exactly now: in what begins or ends with now, not older (trap 14)', () => {
    const context = contextOf('2026-03-02T09:00:00Z', 'Europe/Berlin')
    const record = { ref: 'r', type: 't', state: '', fields: { f: '2026-03-02T09:00:00.000Z' } }
    const holds = (op: string) =>
      evaluate({ field: 'f', op, value: 1 }, record, context, { zones: platformZones, schema: { f: 'datetime' } })
    for (const op of ['last-x-days', 'last-x-hours', 'next-x-days', 'next-x-hours']) expect(holds(op), op).toBe(true)
    for (const op of ['olderthan-x-minutes', 'olderthan-x-days', 'olderthan-x-years']) expect(holds(op), op).toBe(false)
  })

  test('without data of the zone a window is refused, not guessed', () => {
    const record = { ref: 'r', type: 't', state: '', fields: { f: '2026-03-02T09:00:00Z' } }
    const today: Filter = { field: 'f', op: 'today' }
    expect(() => evaluate(today, record, contextOf('2026-03-02T09:00:00Z', 'Europe/Berlin'))).toThrow(/zones/)
    expect(evaluate(today, record, contextOf('2026-03-02T09:00:00Z', 'UTC'))).toBe(true)
  })
})
