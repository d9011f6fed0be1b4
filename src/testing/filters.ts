/**
 * Arbitraries of the whole filter language: filters over the fields of a schema, the records they are held against,
 * and contexts. Values are few and lie close together, so that conditions meet them; zones and instants lie around
 * changes of the clock.
 */
import type { Arbitrary } from 'fast-check'
import type {
  Condition,
  FieldType,
  FieldTypes,
  Fields,
  Filter,
  FilterContext,
  FiscalPeriod,
  RecordSnapshot,
  Value,
  Weekday
} from '../model/index.js'
import { operators, type Takes } from '../filters/index.js'
import type { FastCheck } from './fast-check.js'

/** @public */
export interface FilterArbitraries {
  /** A condition on a field of a type, of any operator that the type takes. */
  readonly condition: (field: string, type: FieldType) => Arbitrary<Condition>
  /** Filters without fault over the fields of a schema, three levels deep at most. */
  readonly filter: (schema: FieldTypes) => Arbitrary<Filter>
  /** Records that fit a schema; empty values are frequent. */
  readonly record: (schema: FieldTypes) => Arbitrary<RecordSnapshot>
  readonly context: Arbitrary<FilterContext>
}

const texts = [
  'a',
  'A',
  'b',
  'é',
  'É',
  'ß',
  'ss',
  'Σ',
  'ς',
  's',
  'ſ',
  'K',
  'k',
  'a b',
  'a%b',
  '_',
  '[x]',
  'İ',
  'i',
  '😀',
  'a\nb'
]
const oddTexts = ['a\u0000b', '\ud83d', '\udc00a', '\uffee', '2026-03-02', '2026-03-29T01:00:00Z', ' a', 'C:\\users']
const numbers = [
  -2,
  -1,
  0,
  1,
  2,
  1.5,
  0.1,
  0.30000000000000004,
  0.3,
  1e21,
  2 ** 60,
  9007199254740991,
  1e-7,
  -1e-7,
  1033
]
const dates = [
  '0001-01-01',
  '1969-12-31',
  '2024-02-29',
  '2025-06-30',
  '2025-07-01',
  '2026-02-28',
  '2026-03-01',
  '2026-03-02'
].concat([
  '2026-03-28',
  '2026-03-29',
  '2026-03-30',
  '2026-04-04',
  '2026-04-05',
  '2026-09-06',
  '2026-12-31',
  '9999-12-31'
])
const clocks = [
  'T00:00:00Z',
  'T00:59:59.999Z',
  'T01:00:00.0009Z',
  'T09:00:00Z',
  'T12:00+10:30',
  'T23:30:00-03:00',
  'T23:59:59.999Z'
]
const ids = ['a', 'b', 'c', 'd', 'A', 'u1', 'root']
const people = ['u1', 'u2', 'u3', 't1', 't2', 'U1']
const addresses = ['ann@x.test', 'ANN@X.TEST', 'joe@x.test', 'eve@x.test', 'é@x.test']
const pieces = [
  'a',
  'A',
  'b',
  's',
  'k',
  'é',
  '%',
  '%',
  '_',
  '[a-c]',
  '[^b]',
  '[%]',
  '[é-ï]',
  '[-x]',
  '[[]',
  '😀',
  ']',
  '^'
]

/** @public */
export const filterArbitraries = (fc: FastCheck): FilterArbitraries => {
  const of = <A>(values: ReadonlyArray<A>): Arbitrary<A> => fc.constantFrom(...values)
  const instants = fc.tuple(of(dates), of(clocks)).map(([date, clock]) => `${date}${clock}`)
  const choices = of<string | number>([1, 2, 3, '1', 'A', 'a'])
  /** One value of a condition. */
  const scalars: { readonly [T in FieldType]: Arbitrary<string | number | boolean> } = {
    string: fc.oneof({ arbitrary: of(texts), weight: 5 }, { arbitrary: of(oddTexts), weight: 1 }),
    number: fc.oneof(
      of(numbers),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((drawn) => drawn + 0)
    ),
    boolean: fc.boolean(),
    date: of(dates),
    datetime: fc.oneof(instants, of(dates)),
    choice: choices,
    multichoice: choices,
    owner: of([...people, 'eve@x.test']),
    id: of(ids)
  }
  const party: Arbitrary<Value> = fc.oneof<Array<Arbitrary<Value>>>(
    of([...people, ...addresses]),
    of(addresses).map((address) => ({ address, name: 'x' }))
  )
  /** What a record's field holds where it is not empty. */
  const values: { readonly [T in FieldType]: Arbitrary<Value> } = {
    ...scalars,
    datetime: instants,
    multichoice: fc.array(choices, { minLength: 1, maxLength: 3 }),
    owner: fc.oneof(party, fc.array(party, { minLength: 1, maxLength: 3 }))
  }
  const empty: Arbitrary<Value> = of<Value>([null, '', []])

  const operandOf = (takes: Takes, type: FieldType): Arbitrary<Condition['value']> => {
    const list = fc.array(scalars[type], { minLength: 1, maxLength: 3 })
    switch (takes) {
      case 'none':
        return fc.constant(undefined)
      case 'one':
        return type === 'multichoice' ? list : scalars[type]
      case 'two':
        return fc.tuple(scalars[type], scalars[type])
      case 'list':
        return list
      case 'pattern':
        return fc.array(of(pieces), { minLength: 1, maxLength: 4 }).map((drawn) => drawn.join(''))
      case 'day':
        return fc.oneof(of(dates), instants)
      case 'node':
        return of(ids)
      case 'x':
        return of([1, 2, 3, 7, 24, 30, 2000, 2_147_483_647])
      case 'year':
        return of([1, 2024, 2025, 2026, 9999])
      case 'period':
        return of([1, 2, 3, 4])
      case 'period-and-year':
        return fc.tuple(of([1, 2, 3, 4]), of([1, 2025, 2026, 9999]))
    }
  }

  const condition = (field: string, type: FieldType): Arbitrary<Condition> =>
    of([...operators].filter(([, { types }]) => types.includes(type))).chain(([op, { takes }]) =>
      operandOf(takes, type).map((value) => (value === undefined ? { field, op } : { field, op, value }))
    )

  const filter = (schema: FieldTypes): Arbitrary<Filter> => {
    const one: Arbitrary<Filter> = of(Object.entries(schema)).chain(([field, type]) => condition(field, type))
    const group = (below: Arbitrary<Filter>): Arbitrary<Filter> =>
      fc.oneof(
        fc.array(below, { maxLength: 3 }).map((and): Filter => ({ and })),
        fc.array(below, { maxLength: 3 }).map((or): Filter => ({ or })),
        below.map((not): Filter => ({ not }))
      )
    const shallow = fc.oneof(one, group(one))
    return fc.oneof(shallow, group(shallow))
  }

  const record = (schema: FieldTypes): Arbitrary<RecordSnapshot> => {
    const own = Object.entries(schema).map(([field, type]): [string, Arbitrary<Value>] => [
      field,
      fc.oneof({ arbitrary: values[type], weight: 5 }, { arbitrary: empty, weight: 1 })
    ])
    const fields = fc.record(Object.fromEntries(own), { requiredKeys: [] }) as Arbitrary<Fields>
    const instant = instants.map((text) => Date.parse(text))
    return fc.record(
      {
        ref: of(ids),
        type: fc.constant('contact'),
        state: of(['active', 'inactive', 'open']),
        fields,
        owner: of(people),
        status: of(['busy', 'free']),
        createdAtMs: instant,
        changedAtMs: instant
      },
      { requiredKeys: ['ref', 'type', 'state', 'fields', 'createdAtMs', 'changedAtMs'] }
    )
  }

  const some = { maxLength: 2 } as const
  const context: Arbitrary<FilterContext> = fc.record(
    {
      user: of(['u1', 'u2']),
      teams: fc.uniqueArray(of(['t1', 't2']), some),
      businessUnit: of(['root', 'a']),
      timeZone: of(zonesNear),
      nowMs: of(dates.filter((date) => date > '2024')).chain((date) =>
        fc.integer({ min: 0, max: 86_399_999 }).map((ms) => Math.min(Date.parse(date), nowMax) + ms)
      ),
      reports: fc.uniqueArray(of(['u2', 'u3']), some),
      reportTeams: fc.uniqueArray(of(['t1', 't2']), some),
      language: of([1033, 1]),
      weekStart: of<Weekday>(['sunday', 'monday', 'saturday']),
      fiscalYearStart: of(['01-01', '07-01', '01-31', '02-28', '12-31']),
      fiscalPeriod: of<FiscalPeriod>(['quarter', 'month', 'four-weeks']),
      fiscalYearNamedBy: of<'begin' | 'end'>(['begin', 'end']),
      tree: fc.dictionary(of(ids), of(ids), { maxKeys: 5 }),
      addresses: fc.constant({ 'ann@x.test': 'u1', 'joe@x.test': 'u2' }),
      businessUnits: fc.constant({ u2: 'a', u3: 'root' })
    },
    { requiredKeys: ['user', 'teams', 'businessUnit', 'timeZone', 'nowMs'] }
  )

  return { condition, filter, record, context }
}

/** Zones whose clocks change by an hour, by half of one, at midnight, and never. */
const zonesNear = ['UTC', 'Europe/Berlin', 'Pacific/Auckland', 'Australia/Lord_Howe', 'America/Santiago', 'Asia/Beirut']

/** Now is never so late that tomorrow has no four-digit year. */
const nowMax = Date.parse('9000-01-01')
