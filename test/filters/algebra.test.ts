/** Filters: boolean algebra, complements, unions, faults with their paths (FILTER-2, 3.3, 3.7, 3.11). */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compile,
  defaultFilters,
  evaluate,
  type Filter,
  filterFaults,
  fold,
  operators,
  unionOf
} from '../../src/filters/index.js'
import type { RecordSnapshot } from '../../src/model/index.js'
import { limits } from '../../src/model/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'

const { filter: filterOver, filterContext, record, text } = arbitraries(fc)
const names = [
  'name',
  'subject',
  'state',
  'owner',
  'ownerid',
  'statecode',
  'status',
  'modifiedon',
  'id',
  'x',
  'toString',
  'hasOwnProperty',
  'constructor'
]
const filter = filterOver(names)

describe('FILTER-2: boolean algebra', () => {
  const law = (
    title: string,
    holds: (a: Filter, b: Filter, c: Filter, judge: (filter: Filter) => boolean) => void
  ): void => {
    test(`FILTER-2: ${title}`, () => {
      fc.assert(
        fc.property(filter, filter, filter, record, filterContext, (a, b, c, stored, context) =>
          holds(a, b, c, (each) => evaluate(each, stored, context))
        ),
        runs()
      )
    })
  }

  law('and, or commute, associate, absorb and are idempotent', (a, b, c, judge) => {
    expect(judge({ and: [a, b] })).toBe(judge({ and: [b, a] }))
    expect(judge({ or: [a, b] })).toBe(judge({ or: [b, a] }))
    expect(judge({ and: [a, { and: [b, c] }] })).toBe(judge({ and: [a, b, c] }))
    expect(judge({ or: [{ or: [a, b] }, c] })).toBe(judge({ or: [a, b, c] }))
    expect(judge({ and: [a, a] })).toBe(judge(a))
    expect(judge({ or: [a] })).toBe(judge(a))
    expect(judge({ and: [a, { or: [a, b] }] })).toBe(judge(a))
    expect(judge({ or: [a, { and: [a, b] }] })).toBe(judge(a))
  })

  law('and and or distribute over each other', (a, b, c, judge) => {
    expect(judge({ and: [a, { or: [b, c] }] })).toBe(judge({ or: [{ and: [a, b] }, { and: [a, c] }] }))
    expect(judge({ or: [a, { and: [b, c] }] })).toBe(judge({ and: [{ or: [a, b] }, { or: [a, c] }] }))
  })

  law('not: twice is nothing, De Morgan, excluded middle, contradiction', (a, b, _c, judge) => {
    expect(judge({ not: { not: a } })).toBe(judge(a))
    expect(judge({ not: { and: [a, b] } })).toBe(judge({ or: [{ not: a }, { not: b }] }))
    expect(judge({ not: { or: [a, b] } })).toBe(judge({ and: [{ not: a }, { not: b }] }))
    expect(judge({ or: [a, { not: a }] })).toBe(true)
    expect(judge({ and: [a, { not: a }] })).toBe(false)
  })

  law('an empty and holds everything, an empty or nothing (trap 28)', (a, _b, _c, judge) => {
    expect(judge({ and: [] })).toBe(true)
    expect(judge({ or: [] })).toBe(false)
    expect(judge({ not: { and: [] } })).toBe(false)
    expect(judge({ and: [a, { and: [] }] })).toBe(judge(a))
    expect(judge({ or: [a, { or: [] }] })).toBe(judge(a))
  })

  law('membership is the union of the active filters (3.3/10); none holds nothing', (a, b, c, judge) => {
    expect(judge(unionOf([a, b, c]))).toBe(judge(a) || judge(b) || judge(c))
    expect(judge(unionOf([a]))).toBe(judge(a))
    expect(judge(unionOf([]))).toBe(false)
  })
})

describe('operators', () => {
  const complements: ReadonlyArray<readonly [string, string]> = [
    ['eq', 'ne'],
    ['eq', 'neq'],
    ['in', 'not-in'],
    ['null', 'not-null'],
    ['eq-userid', 'ne-userid']
  ]
  const scalar = fc.oneof(
    text.filter((drawn) => drawn !== ''),
    fc.integer({ min: -2, max: 2 })
  )

  test('3.7: a negative operator is the exact complement of its partner, also on null; not over it is the same', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...complements),
        fc.constantFrom(...names),
        scalar,
        record,
        filterContext,
        ([positive, negative], field, value, stored, context) => {
          const takes = operators.get(positive)?.takes
          const condition = (op: string): Filter =>
            takes === 'none' ? { field, op } : { field, op, value: takes === 'list' ? [value] : value }
          const yes = evaluate(condition(positive), stored, context)
          expect(evaluate(condition(negative), stored, context)).toBe(!yes)
          expect(evaluate({ not: condition(positive) }, stored, context)).toBe(!yes)
        }
      ),
      runs()
    )
  })

  test('3.7: every positive operator is false on null, null itself aside', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('eq', 'in', 'eq-userid'),
        scalar,
        fc.constantFrom(undefined, null, '', []),
        filterContext,
        (op, value, empty, context) => {
          const stored: RecordSnapshot = {
            ref: 'r',
            type: 'contact',
            state: 'active',
            fields: empty === undefined ? {} : { x: empty }
          }
          const condition: Filter =
            op === 'eq-userid' ? { field: 'x', op } : { field: 'x', op, value: op === 'in' ? [value] : value }
          expect(evaluate(condition, stored, context)).toBe(false)
          expect(evaluate({ field: 'x', op: 'null' }, stored, context)).toBe(true)
        }
      ),
      runs()
    )
  })

  test('in is the union of eq', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...names.filter((name) => name !== 'modifiedon')),
        fc.array(scalar, { minLength: 1, maxLength: 4 }),
        record,
        filterContext,
        (field, values, stored, context) => {
          const each = values.some((value) => evaluate({ field, op: 'eq', value }, stored, context))
          expect(evaluate({ field, op: 'in', value: values }, stored, context)).toBe(each)
        }
      ),
      runs()
    )
  })

  test('a field of a name that objects have by themselves is a field like any other', () => {
    const context = { user: 'u', teams: [], businessUnit: 'b', timeZone: 'UTC', nowMs: 0 }
    const bare: RecordSnapshot = { ref: 'r', type: 'contact', state: 'active', fields: {} }
    for (const field of ['constructor', 'toString', '__proto__', 'hasOwnProperty', 'valueOf']) {
      expect(evaluate({ field, op: 'null' }, bare, context)).toBe(true)
      const own: RecordSnapshot = { ...bare, fields: Object.fromEntries([[field, 'x']]) }
      expect(evaluate({ field, op: 'eq', value: 'X' }, own, context)).toBe(true)
    }
  })

  test('trap 10: folding knows case, no accents and no expansion', () => {
    expect(fold('MÜLLER')).toBe(fold('müller'))
    expect(fold('Muller')).not.toBe(fold('müller'))
    expect(fold('straße')).not.toBe(fold('strasse'))
    expect(fold('Σ')).toBe(fold('ς'))
    expect(fold('İ')).not.toBe(fold('i'))
  })

  test('folding is idempotent, and no text and its own folding differ to eq', () => {
    fc.assert(
      fc.property(text, (drawn) => {
        expect(fold(fold(drawn))).toBe(fold(drawn))
      }),
      runs(2)
    )
  })

  test('every code point of Unicode folds once', () => {
    let restless = 0
    for (let point = 0; point <= 0x10ffff; point += 1) {
      if (point >= 0xd800 && point <= 0xdfff) continue
      const once = fold(String.fromCodePoint(point))
      if (fold(once) !== once) restless += 1
    }
    expect(restless).toBe(0)
  })
})

describe('compile and evaluate', () => {
  test('compile gives what evaluate gives, for many records, and changes neither filter nor record', () => {
    fc.assert(
      fc.property(filter, fc.array(record, { maxLength: 5 }), filterContext, (drawn, stored, context) => {
        const before = JSON.stringify([drawn, stored, context])
        const predicate = compile(drawn, context)
        expect(stored.map(predicate)).toEqual(stored.map((each) => evaluate(drawn, each, context)))
        expect(stored.map(predicate)).toEqual(stored.map(predicate))
        expect(JSON.stringify([drawn, stored, context])).toBe(before)
      }),
      runs()
    )
  })

  test('a filter is JSON: it survives being stored', () => {
    fc.assert(
      fc.property(filter, record, filterContext, (drawn, stored, context) => {
        expect(evaluate(JSON.parse(JSON.stringify(drawn)) as Filter, stored, context)).toBe(
          evaluate(drawn, stored, context)
        )
      }),
      runs()
    )
  })
})

describe('3.11: what is refused names its path', () => {
  test('what the arbitrary draws has no fault', () => {
    fc.assert(
      fc.property(filter, (drawn) => {
        expect(filterFaults(drawn)).toEqual([])
      }),
      runs()
    )
  })

  const canary = 'canary-5c1e'
  const table: ReadonlyArray<readonly [unknown, ReadonlyArray<string>]> = [
    [null, ['']],
    [[], ['']],
    ['x', ['']],
    [{}, ['']],
    [{ and: {} }, ['and']],
    [{ or: null }, ['or']],
    [{ not: [] }, ['not']],
    [{ and: [], or: [] }, ['']],
    [
      { and: [{ field: 'a', op: 'eq', value: 1 }, { or: [{ field: 'b', op: 'eq', value: null }] }] },
      ['and[1].or[0].value']
    ],
    [{ not: { and: [{ field: '', op: 'eq', value: canary }] } }, ['not.and[0].field']],
    [{ field: 'a', op: canary, value: canary }, ['op']],
    [{ field: 'a', op: 'constructor', value: canary }, ['op']],
    [{ field: 'a', op: 'eq' }, ['value']],
    [{ field: 'a', op: 'eq', value: '' }, ['value']],
    [{ field: 'a', op: 'eq', value: [canary] }, ['value']],
    [{ field: 'a', op: 'eq', value: Number.NaN }, ['value']],
    [{ field: 'a', op: 'eq', value: { [canary]: canary } }, ['value']],
    [{ field: 'a', op: 'in', value: [] }, ['value']],
    [{ field: 'a', op: 'in', value: canary }, ['value']],
    [{ field: 'a', op: 'in', value: [canary, null] }, ['value[1]']],
    [{ field: 'a', op: 'null', value: canary }, ['value']],
    [{ field: 'a', op: 'eq', valeu: canary }, ['valeu', 'value']],
    [{ field: 7, op: 'eq', value: canary }, ['field']]
  ]
  for (const [input, paths] of table) {
    test(`${JSON.stringify(input)} is refused at ${paths.map((path) => path || 'its root').join(', ')}`, () => {
      const faults = filterFaults(input)
      expect(faults.map((fault) => fault.path)).toEqual(paths)
      expect(faults.every((fault) => fault.expected.length > 0)).toBe(true)
      expect(JSON.stringify(faults)).not.toContain(canary)
    })
  }

  test('9: at most 500 conditions, at most 64 levels', () => {
    const condition: Filter = { field: 'a', op: 'null' }
    const wide = (count: number): Filter => ({ and: Array.from({ length: count }, () => condition) })
    expect(filterFaults(wide(limits.filterConditionsMax))).toEqual([])
    expect(filterFaults(wide(limits.filterConditionsMax + 1))).toHaveLength(1)
    const deep = (levels: number): Filter => (levels === 1 ? condition : { not: deep(levels - 1) })
    expect(filterFaults(deep(limits.filterDepthMax))).toEqual([])
    expect(filterFaults(deep(limits.filterDepthMax + 1))).toHaveLength(1)
  })

  test('whatever JSON comes, an answer comes, and no value of it', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (json) => {
        const faults = filterFaults(json)
        expect(faults.every((fault) => typeof fault.path === 'string')).toBe(true)
      }),
      runs()
    )
  })

  test('the default filters are filters', () => {
    for (const filters of Object.values(defaultFilters))
      for (const each of filters) expect(filterFaults(each)).toEqual([])
  })
})
