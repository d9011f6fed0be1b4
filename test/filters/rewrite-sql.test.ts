/**
 * FILTER-1: what SQLite answers, judged, is what the filter holds; and SQLite alone never answers less. On a real
 * database, over generated filters and records: nulls, accents, zones, large numbers, spoilt rows.
 */
import { DatabaseSync } from 'node:sqlite'
import Peer from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { compile, evaluate } from '../../src/filters/index.js'
import { sqlFrom, type SqlTable } from '../../src/filters/rewrite/index.js'
import { platformZones } from '../../src/index.js'
import type { FieldTypes, Filter, FilterContext, RecordSnapshot } from '../../src/model/index.js'
import { filterArbitraries } from '../../src/testing/filters.js'
import { runs } from '../runs.js'

const kit = filterArbitraries(fc)
const zones = platformZones
const own: FieldTypes = {
  text: 'string',
  number: 'number',
  flag: 'boolean',
  day: 'date',
  at: 'datetime',
  choice: 'choice',
  several: 'multichoice',
  party: 'owner',
  node: 'id',
  'Ünïcode name': 'string',
  'a"b': 'number',
  statecode: 'choice',
  modifiedon: 'datetime'
}
const schema: FieldTypes = {
  ...own,
  owner: 'owner',
  ownerid: 'owner',
  state: 'choice',
  id: 'id',
  created: 'datetime',
  owningbusinessunit: 'id'
}

const table: SqlTable = {
  fields: 'fields',
  ref: 'ref',
  owner: 'owner',
  state: 'state',
  status: 'status',
  createdAtMs: 'created',
  changedAtMs: 'changed'
}

const database = new DatabaseSync(':memory:')
const create =
  'CREATE TABLE records (n INTEGER PRIMARY KEY, ref TEXT, owner TEXT, state TEXT, status TEXT, created REAL, changed REAL, fields TEXT)'
database.exec(create)
const insert = database.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
const records: ReadonlyArray<RecordSnapshot> = fc.sample(kit.record(own), { numRuns: 300, seed: 7 })
for (const [n, { ref, owner, state, status, createdAtMs, changedAtMs, fields }] of records.entries())
  insert.run(
    n,
    ref,
    owner ?? null,
    state,
    status ?? null,
    createdAtMs ?? null,
    changedAtMs ?? null,
    JSON.stringify(fields)
  )
afterAll(() => database.close())

const rowsOf = (sql: string, parameters: ReadonlyArray<string | number>): ReadonlySet<number> =>
  new Set(
    database
      .prepare(`SELECT n FROM records WHERE (${sql})`)
      .all(...parameters)
      .map(({ n }) => Number(n))
  )

/** Rows that are held, though the other side does not hold them. */
const without = (held: Iterable<number>, others: ReadonlySet<number>): ReadonlyArray<number> =>
  [...held].filter((n) => !others.has(n))

const heldBy = (filter: Filter, context: FilterContext, judging: object): ReadonlySet<number> => {
  const holds = compile(filter, context, judging)
  return new Set(records.flatMap((record, n) => (holds(record) ? [n] : [])))
}

describe('FILTER-1: server and judge are the filter', () => {
  for (const [title, judging] of [
    ['with the schema', { zones, schema }],
    ['without a schema, every value taken for what it looks like', { zones }]
  ] as const) {
    test(`${title}: SQLite holds at least what the filter holds, and where it says so exactly that`, () => {
      fc.assert(
        fc.property(kit.filter(schema), kit.context, (filter, context) => {
          const held = heldBy(filter, context, judging)
          const { sql, parameters, exact } = sqlFrom(filter, context, table, judging)
          const listed = rowsOf(sql, parameters)
          expect(without(held, listed)).toEqual([])
          if (exact) expect(without(listed, held)).toEqual([])
          const less = sqlFrom(filter, context, table, judging, 'less')
          expect(without(rowsOf(less.sql, less.parameters), held)).toEqual([])
        }),
        runs(0.2)
      )
    })
  }

  test('one condition on one field of each type, and its opposite: SQLite holds at least what the filter holds', () => {
    const condition = fc.constantFrom(...Object.entries(schema)).chain(([field, type]) => kit.condition(field, type))
    fc.assert(
      fc.property(condition, kit.context, (drawn, context) => {
        for (const filter of [drawn, { not: drawn }]) {
          const { sql, parameters } = sqlFrom(filter, context, table, { zones, schema })
          expect(without(heldBy(filter, context, { zones, schema }), rowsOf(sql, parameters))).toEqual([])
        }
      }),
      runs(0.2)
    )
  })

  test('both bindings of SQLite answer alike', () => {
    const other = new Peer(':memory:')
    other.exec(create)
    const into = other.prepare(`INSERT INTO records VALUES (${Array(8).fill('?').join(', ')})`)
    for (const row of database.prepare('SELECT * FROM records').all()) into.run(...Object.values(row))
    fc.assert(
      fc.property(kit.filter(schema), kit.context, (filter, context) => {
        const { sql, parameters } = sqlFrom(filter, context, table, { zones, schema })
        const rows = other.prepare(`SELECT n FROM records WHERE (${sql})`).all(...parameters) as Array<{ n: number }>
        expect(new Set(rows.map(({ n }) => n))).toEqual(rowsOf(sql, parameters))
      }),
      runs(0.05)
    )
    other.close()
  })

  test('the difference of two filters is never less than it is', () => {
    fc.assert(
      fc.property(kit.filter(schema), kit.filter(schema), kit.context, (filter, other, context) => {
        const judging = { zones, schema }
        const both = [
          sqlFrom(filter, context, table, judging),
          sqlFrom(other, context, table, judging, 'less')
        ] as const
        const listed = rowsOf(`(${both[0].sql}) AND NOT (${both[1].sql})`, [
          ...both[0].parameters,
          ...both[1].parameters
        ])
        const difference = without(heldBy(filter, context, judging), heldBy(other, context, judging))
        expect(without(difference, listed)).toEqual([])
      }),
      runs(0.2)
    )
  })
})

describe('how well it narrows', () => {
  const context: FilterContext = {
    user: 'u1',
    teams: ['t1'],
    businessUnit: 'root',
    timeZone: 'Europe/Berlin',
    nowMs: Date.parse('2026-03-29T12:00:00Z')
  }
  const table1: ReadonlyArray<readonly [string, Filter, number]> = [
    [
      'the default filter of contacts is exact',
      {
        and: [
          { field: 'owner', op: 'eq-userid' },
          { field: 'state', op: 'eq', value: 'active' }
        ]
      },
      1
    ],
    ['a window on a column is exact', { field: 'created', op: 'last-x-days', value: 7 }, 1],
    ['equal texts', { field: 'text', op: 'eq', value: 'a' }, 0.5],
    ['a pattern', { field: 'text', op: 'begins-with', value: 'a' }, 0.5],
    ['an order of numbers', { field: 'number', op: 'lt', value: 0 }, 0.5],
    ['a window on a field', { field: 'at', op: 'this-month' }, 0.5],
    ['parties', { field: 'party', op: 'eq-userid' }, 0.1]
  ]
  for (const [title, filter, least] of table1) {
    test(`${title}: at least ${least * 100} % of what is listed is held`, () => {
      const { sql, parameters, exact } = sqlFrom(filter, context, table, { zones, schema })
      const isPlain = (n: number): boolean => !JSON.stringify(records[n]?.fields).includes('\\u')
      const listed = new Set([...rowsOf(sql, parameters)].filter(isPlain))
      const held = new Set([...heldBy(filter, context, { zones, schema })].filter(isPlain))
      expect(exact).toBe(least === 1)
      expect(held.size).toBeGreaterThan(0)
      expect(held.size / listed.size).toBeGreaterThanOrEqual(least)
    })
  }
})

describe('what SQLite must not stumble over', () => {
  const context: FilterContext = { user: 'u1', teams: [], businessUnit: 'root', timeZone: 'UTC', nowMs: 0 }
  const spoilt = ['{', '[]', '5', '"x"', '', 'null', '{"text":"a\\u0000b"}']

  test('rows whose fields are no object, or are spelled with escapes, are listed and never in the way', () => {
    for (const [index, fields] of spoilt.entries()) insert.run(1000 + index, 'r', 'u1', 'active', null, 0, 0, fields)
    const { sql, parameters } = sqlFrom({ field: 'text', op: 'eq', value: 'zzz' }, context, table)
    expect([...rowsOf(sql, parameters)].filter((n) => n >= 1000)).toHaveLength(spoilt.length)
    const less = sqlFrom({ field: 'text', op: 'ne', value: 'zzz' }, context, table, {}, 'less')
    expect([...rowsOf(less.sql, less.parameters)].filter((n) => n >= 1000)).toEqual([])
    database.exec('DELETE FROM records WHERE n >= 1000')
  })

  test('the largest filter that is allowed, and the deepest', () => {
    const wide: Filter = {
      or: Array.from({ length: 500 }, (_, n) => ({ field: 'text', op: n % 2 === 0 ? 'eq' : 'like', value: `x${n}%é` }))
    }
    const deep = (levels: number): Filter =>
      levels === 1 ? { field: 'text', op: 'eq', value: 'a' } : { not: { and: [deep(levels - 2)] } }
    for (const filter of [wide, deep(63)]) {
      const { sql, parameters } = sqlFrom(filter, context, table)
      const held = records.flatMap((record, n) => (evaluate(filter, record, context) ? [n] : []))
      expect(without(held, rowsOf(sql, parameters))).toEqual([])
    }
  })

  test('a pattern made to be slow is not', () => {
    insert.run(2000, 'r', 'u1', 'active', null, 0, 0, JSON.stringify({ text: 'a'.repeat(20_000) }))
    const from = performance.now()
    const { sql, parameters } = sqlFrom({ field: 'text', op: 'like', value: `${'%a'.repeat(60)}%b` }, context, table)
    rowsOf(sql, parameters)
    expect(performance.now() - from).toBeLessThan(3000)
    database.exec('DELETE FROM records WHERE n >= 1000')
  })

  test('names and values are bound: nothing of a filter is part of the statement', () => {
    const canary = `canary'); DROP TABLE records; --`
    const { sql } = sqlFrom(
      {
        or: [
          { field: canary, op: 'eq', value: canary },
          { field: canary, op: 'like', value: canary }
        ]
      },
      context,
      table
    )
    expect(sql).not.toContain('canary')
  })
})
