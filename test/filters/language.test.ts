/** The whole language: every operator on every type it takes, judged plainly and compiled, and refused elsewhere. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { compile, contextFaults, evaluate, filterFaults, misfits, operators } from '../../src/filters/index.js'
import { platformZones } from '../../src/index.js'
import type { FieldType, FieldTypes, Filter, RecordSnapshot, Value } from '../../src/model/index.js'
import { limits } from '../../src/model/index.js'
import { filterArbitraries } from '../../src/testing/filters.js'
import { runs } from '../runs.js'

const kit = filterArbitraries(fc)
const schema: FieldTypes = {
  text: 'string',
  number: 'number',
  flag: 'boolean',
  day: 'date',
  at: 'datetime',
  choice: 'choice',
  several: 'multichoice',
  party: 'owner',
  node: 'id',
  owner: 'owner',
  state: 'choice',
  created: 'datetime',
  owningbusinessunit: 'id'
}
const own: FieldTypes = Object.fromEntries(
  Object.entries(schema).filter(([field]) => !['owner', 'state', 'created', 'owningbusinessunit'].includes(field))
)
const zones = platformZones
const condition = fc.constantFrom(...Object.entries(schema)).chain(([field, type]) => kit.condition(field, type))

describe('the operators', () => {
  test('there are 82, and neq', () => {
    expect(operators.size).toBe(83)
  })

  test('what the arbitrary draws has no fault, with the schema and without', () => {
    fc.assert(
      fc.property(kit.filter(schema), (filter) => {
        expect(filterFaults(filter, schema)).toEqual([])
      }),
      runs()
    )
  })

  test('compiled, a filter holds what it holds plainly judged', () => {
    fc.assert(
      fc.property(
        kit.filter(schema),
        fc.array(kit.record(own), { maxLength: 4 }),
        kit.context,
        (filter, records, context) => {
          for (const judging of [{ zones, schema }, { zones }]) {
            const holds = compile(filter, context, judging)
            expect(records.map(holds)).toEqual(records.map((record) => evaluate(filter, record, context, judging)))
          }
        }
      ),
      runs()
    )
  })

  test('a schema that says what the values look like changes no judgement', () => {
    const plain: FieldTypes = { text: 'string', number: 'number', flag: 'boolean', day: 'date', at: 'datetime' }
    const usual = fc
      .tuple(kit.filter(plain), kit.record(plain))
      .filter(([, { fields }]) => !looksLikeDate(fields['text']))
    fc.assert(
      fc.property(usual, kit.context, ([filter, record], context) => {
        expect(evaluate(filter, record, context, { zones })).toBe(
          evaluate(filter, record, context, { zones, schema: plain })
        )
      }),
      runs()
    )
  })

  const complements = [
    ['eq', 'ne'],
    ['eq', 'neq'],
    ['between', 'not-between'],
    ['in', 'not-in'],
    ['null', 'not-null'],
    ['like', 'not-like'],
    ['begins-with', 'not-begin-with'],
    ['ends-with', 'not-end-with'],
    ['contain-values', 'not-contain-values'],
    ['eq-userid', 'ne-userid'],
    ['eq-businessid', 'ne-businessid'],
    ['under', 'not-under']
  ] as const

  test('3.7: every negative operator is the complement of its partner, null too; there are no others', () => {
    const negatives = [...operators].filter(([, { negative }]) => negative).map(([op]) => op)
    expect(negatives.sort()).toEqual(complements.map(([, op]) => op).sort())
    fc.assert(
      fc.property(condition, kit.record(own), kit.context, (drawn, record, context) => {
        const pair = complements.find(([positive]) => positive === drawn.op)
        const judge = (filter: Filter) => evaluate(filter, record, context, { zones, schema })
        expect(judge({ not: drawn })).toBe(!judge(drawn))
        if (pair !== undefined) expect(judge({ ...drawn, op: pair[1] })).toBe(!judge(drawn))
      }),
      runs()
    )
  })

  test('3.7: on null every positive operator but null is false', () => {
    fc.assert(
      fc.property(condition, fc.constantFrom<Value>(null, '', []), kit.context, (drawn, empty, context) => {
        const fields = Object.fromEntries(Object.keys(own).map((field) => [field, empty]))
        const record: RecordSnapshot = { ref: '', type: 't', state: '', fields }
        const operator = operators.get(drawn.op)
        const expected = drawn.op === 'null' || (operator?.negative === true && drawn.op !== 'not-null')
        if (drawn.field !== 'owningbusinessunit' || drawn.op !== 'null')
          expect(evaluate(drawn, record, context, { zones, schema })).toBe(expected)
      }),
      runs()
    )
  })

  test('on, before it, after it: every value lies in exactly one', () => {
    fc.assert(
      fc.property(
        kit.condition('at', 'datetime'),
        kit.record({ at: 'datetime' }),
        kit.context,
        (drawn, record, context) => {
          fc.pre(operators.get(drawn.op)?.takes === 'day')
          const judge = (op: string) => evaluate({ ...drawn, op }, record, context, { zones, schema })
          const known = record.fields['at'] !== undefined && !evaluate({ field: 'at', op: 'null' }, record, context)
          expect(judge('on')).toBe(judge('on-or-before') && judge('on-or-after'))
          expect(judge('on-or-before') || judge('on-or-after')).toBe(known)
        }
      ),
      runs(0.3)
    )
  })
})

const looksLikeDate = (value: Value | undefined): boolean => typeof value === 'string' && /^\d{4}-/.test(value)

describe('3.11: what is refused', () => {
  const types = Object.fromEntries(Object.values(schema).map((type) => [type, type])) as FieldTypes

  test('3: an operator on every type that the table does not give it', () => {
    const all = Object.values(types) as ReadonlyArray<FieldType>
    for (const [op, operator] of operators) {
      for (const type of all.filter((each) => !operator.types.includes(each))) {
        const [fault] = filterFaults({ not: { field: type, op, value: 1 } }, types)
        expect(fault, `${op} on ${type}`).toMatchObject({ path: 'not.op' })
      }
    }
  })

  const table: ReadonlyArray<readonly [FieldType, string, unknown, string]> = [
    ['number', 'eq', '5', 'value'],
    ['string', 'eq', 5, 'value'],
    ['boolean', 'eq', 'true', 'value'],
    ['number', 'lt', Number.NaN, 'value'],
    ['number', 'lt', Number.POSITIVE_INFINITY, 'value'],
    ['date', 'eq', '2026-03-02T00:00:00Z', 'value'],
    ['date', 'ge', '2026-02-30', 'value'],
    ['date', 'ge', '0000-01-01', 'value'],
    ['date', 'ge', '2026-3-2', 'value'],
    ['datetime', 'eq', '2026-03-02T00:00:00', 'value'],
    ['datetime', 'eq', '2026-03-02T24:00:00Z', 'value'],
    ['datetime', 'eq', '2026-03-02T00:00:00+24:00', 'value'],
    ['datetime', 'eq', '2025-02-29T00:00:00Z', 'value'],
    ['date', 'on', '2026-02-29', 'value'],
    ['datetime', 'on', '2026-03-02T00:00:00', 'value'],
    ['string', 'eq', ['a'], 'value'],
    ['string', 'in', 'a', 'value'],
    ['string', 'in', ['a', ''], 'value[1]'],
    ['string', 'in', [null], 'value[0]'],
    ['number', 'between', [1], 'value'],
    ['number', 'between', [1, 2, 3], 'value'],
    ['number', 'between', [1, 'x'], 'value[1]'],
    ['multichoice', 'eq', 1, 'value'],
    ['multichoice', 'eq', [], 'value'],
    ['multichoice', 'contain-values', [], 'value'],
    ['multichoice', 'contain-values', [true], 'value[0]'],
    ['date', 'today', 1, 'value'],
    ['date', 'today', null, 'value'],
    ['date', 'last-x-days', undefined, 'value'],
    ['date', 'last-x-days', 0, 'value'],
    ['date', 'last-x-days', 1.5, 'value'],
    ['date', 'last-x-days', '7', 'value'],
    ['date', 'last-x-days', 2_147_483_648, 'value'],
    ['date', 'in-fiscal-year', 0, 'value'],
    ['date', 'in-fiscal-year', 10_000, 'value'],
    ['date', 'in-fiscal-period', 5, 'value'],
    ['date', 'in-fiscal-period-and-year', [5, 2026], 'value[0]'],
    ['date', 'in-fiscal-period-and-year', [1, 0], 'value[1]'],
    ['date', 'in-fiscal-period-and-year', 1, 'value'],
    ['string', 'like', '[f-a]', 'value'],
    ['string', 'ends-with', 'a[', 'value'],
    ['string', 'begins-with', '', 'value'],
    ['id', 'under', 5, 'value'],
    ['id', 'under', ['a'], 'value'],
    ['owner', 'eq', 5, 'value'],
    ['string', 'eq', 'x'.repeat(limits.filterTextMax + 1), 'value'],
    ['number', 'in', Array.from({ length: limits.filterListMax + 1 }, () => 1), 'value']
  ]
  for (const [type, op, value, path] of table) {
    test(`${op} ${JSON.stringify(value)?.slice(0, 40) ?? ''} on a ${type}, at ${path}`, () => {
      const faults = filterFaults({ and: [{ field: type, op, ...(value === undefined ? {} : { value }) }] }, types)
      expect(faults.map((fault) => fault.path)).toEqual([`and[0].${path}`])
    })
  }

  test('6: of null and of empty texts the message points to null and not-null', () => {
    for (const value of [null, ''])
      for (const fault of filterFaults({ field: 'string', op: 'eq', value }, types))
        expect(fault.expected).toMatch(/null.*not-null/)
    expect(filterFaults({ field: 'string', op: 'in', value: [''] }, types)[0]?.expected).toMatch(/null.*not-null/)
  })

  test('7: how many periods a fiscal year has is the context’s', () => {
    const thirteenth = { field: 'date', op: 'in-fiscal-period', value: 13 }
    expect(filterFaults(thirteenth, types, 'four-weeks')).toEqual([])
    expect(filterFaults(thirteenth, types, 'month')).toHaveLength(1)
  })

  test('a field that the schema does not name; what every record has needs no naming', () => {
    expect(filterFaults({ field: 'other', op: 'null' }, types)).toMatchObject([{ path: 'field' }])
    for (const field of [
      'id',
      'owner',
      'ownerid',
      'state',
      'statecode',
      'status',
      'statuscode',
      'created',
      'createdon',
      'modified',
      'modifiedon',
      'owningbusinessunit'
    ])
      expect(filterFaults({ field, op: 'null' }, types), field).toEqual([])
  })

  test('3.2/9b: without a schema too, parties are parties and look-ups are ids', () => {
    expect(filterFaults({ field: 'organizer', op: 'like', value: 'a%' })).toMatchObject([{ path: 'op' }])
    const context = {
      user: 'u',
      teams: [],
      businessUnit: 'b',
      timeZone: 'UTC',
      nowMs: 0,
      addresses: { 'Ann@x.test': 'ann' }
    }
    const record: RecordSnapshot = {
      ref: 'r',
      type: 'appointment',
      state: 'open',
      fields: { organizer: 'ann@x.test', requiredattendees: ['eve@y.test', 'ANN@X.TEST'], regardingobjectid: 'A1' }
    }
    const judge = (field: string, op: string, value: string) => evaluate({ field, op, value }, record, context)
    expect(judge('organizer', 'eq', 'ann')).toBe(true)
    expect(judge('requiredattendees', 'eq', 'ann')).toBe(true)
    expect(judge('requiredattendees', 'ne', 'ann')).toBe(false)
    expect(judge('requiredattendees', 'eq', 'eve@y.test')).toBe(true)
    expect(judge('regardingobjectid', 'eq', 'a1')).toBe(false)
  })

  test('a filter of a million empty groups is refused, quickly and with few faults', () => {
    const group = { or: Array.from({ length: 1000 }, () => ({ and: Array.from({ length: 1000 }, () => ({})) })) }
    const faults = filterFaults(group)
    expect(faults.length).toBeGreaterThan(0)
    expect(faults.length).toBeLessThanOrEqual(limits.filterFaultsMax)
  })

  test('a context: no leap day, no unknown weekday, period or zone', () => {
    expect(contextFaults({ fiscalYearStart: '02-29' })).toMatchObject([{ path: 'context.fiscalYearStart' }])
    expect(contextFaults({ fiscalYearStart: '13-01' })).toHaveLength(1)
    expect(contextFaults({ fiscalYearStart: '1-1' })).toHaveLength(1)
    expect(contextFaults({ timeZone: 'Europe/Atlantis' }, zones)).toMatchObject([{ path: 'context.timeZone' }])
    expect(contextFaults(JSON.parse('{"weekStart":"Sunday","fiscalPeriod":"toString"}'))).toHaveLength(2)
    expect(contextFaults({ fiscalYearStart: '02-28', weekStart: 'monday', timeZone: 'Asia/Kolkata' }, zones)).toEqual(
      []
    )
  })
})

describe('a record that does not fit the schema', () => {
  const bad: ReadonlyArray<readonly [FieldType, Value]> = [
    ['string', 5],
    ['number', '5'],
    ['boolean', 'true'],
    ['date', '2026-02-30'],
    ['date', '2026-03-02T00:00:00Z'],
    ['datetime', '2026-03-02'],
    ['datetime', '2026-03-02T00:00:00'],
    ['choice', true],
    ['multichoice', 1],
    ['multichoice', [{}, true]],
    ['owner', 5],
    ['owner', [5]],
    ['id', 5],
    ['string', ['a']]
  ]
  for (const [type, value] of bad) {
    test(`${JSON.stringify(value)} in a field of type ${type} is named, and no filter holds it, nor its opposite`, () => {
      const record: RecordSnapshot = { ref: 'r', type: 't', state: '', fields: { f: value } }
      const context = { user: 'u', teams: [], businessUnit: 'b', timeZone: 'UTC', nowMs: 0 }
      expect(misfits(record, { f: type, g: 'string' })).toEqual(['f'])
      for (const filter of [
        { and: [] },
        { field: 'f', op: 'null' },
        { field: 'f', op: 'not-null' }
      ] as ReadonlyArray<Filter>) {
        expect(evaluate(filter, record, context, { schema: { f: type } })).toBe(false)
        expect(compile(filter, context, { schema: { f: type } })(record)).toBe(false)
      }
    })
  }

  test('empty fields fit every type', () => {
    for (const type of Object.values(schema))
      for (const value of [null, '', []])
        expect(misfits({ ref: 'r', type: 't', state: '', fields: { f: value } }, { f: type })).toEqual([])
  })
})
