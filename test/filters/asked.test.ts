/** What a filter asks of its context, which borders it has, and whom it may hold at any time. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { askedContext, atAnyTime, bordersOf } from '../../src/filters/asked.js'
import { activeFilters, compile, evaluate, instantiate, reset } from '../../src/filters/index.js'
import { movedBetween } from '../../src/filters/moved.js'
import { platformZones } from '../../src/index.js'
import type { FieldTypes, Filter, FilterContext, FilterTemplate } from '../../src/model/index.js'
import { filterArbitraries } from '../../src/testing/filters.js'
import { runs } from '../runs.js'

const kit = filterArbitraries(fc)
const own: FieldTypes = { text: 'string', day: 'date', at: 'datetime', party: 'owner', node: 'id', number: 'number' }
const schema: FieldTypes = { ...own, owner: 'owner', created: 'datetime', owningbusinessunit: 'id' }
const judging = { zones: platformZones, schema }
const filter = kit.filter(schema)
const records = fc.array(kit.record(own), { minLength: 1, maxLength: 4 })

describe('what is asked', () => {
  test('the context without what is not asked holds the same records', () => {
    fc.assert(
      fc.property(filter, records, kit.context, (drawn, stored, context) => {
        const asked = askedContext(drawn, context, judging)
        expect(stored.map(compile(drawn, asked.context, judging))).toEqual(stored.map(compile(drawn, context, judging)))
      }),
      runs(0.5)
    )
  })

  test('what is not asked may be anything', () => {
    fc.assert(
      fc.property(filter, records, kit.context, kit.context, (drawn, stored, context, other) => {
        const { context: asked, isRelative, isLocal } = askedContext(drawn, context, judging)
        const mixed: FilterContext = {
          ...context,
          nowMs: isRelative ? context.nowMs : other.nowMs,
          timeZone: isLocal ? context.timeZone : other.timeZone,
          user: asked.user === '' ? other.user : context.user
        }
        expect(stored.map(compile(drawn, mixed, judging))).toEqual(stored.map(compile(drawn, context, judging)))
      }),
      runs(0.5)
    )
  })

  test('the default filter of contacts asks who, and neither when nor where', () => {
    const mine: Filter = {
      and: [
        { field: 'owner', op: 'eq-userid' },
        { field: 'state', op: 'eq', value: 'active' }
      ]
    }
    const context: FilterContext = {
      user: 'u',
      teams: ['t'],
      businessUnit: 'b',
      timeZone: 'Asia/Tokyo',
      nowMs: 5,
      tree: { a: 'b' },
      addresses: { 'u@x.test': 'u' }
    }
    expect(askedContext(mine, context, judging)).toEqual({
      context: { user: 'u', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 },
      isRelative: false,
      isLocal: false
    })
  })

  test('a period of any fiscal year asks where, and not when', () => {
    const context: FilterContext = { user: 'u', teams: [], businessUnit: 'b', timeZone: 'Asia/Tokyo', nowMs: 5 }
    const asked = askedContext({ field: 'at', op: 'in-fiscal-period', value: 1 }, context, judging)
    expect(asked).toMatchObject({ isRelative: false, isLocal: true, context: { timeZone: 'Asia/Tokyo' } })
  })
})

describe('time', () => {
  test('while no border has moved, time alone moves nobody', () => {
    fc.assert(
      fc.property(
        filter,
        records,
        kit.context,
        fc.integer({ min: 0, max: 40 * 86_400_000 }),
        (drawn, stored, context, later) => {
          const after = { ...context, nowMs: context.nowMs + later }
          fc.pre(bordersOf(drawn, context, judging) === bordersOf(drawn, after, judging))
          expect(stored.map(compile(drawn, after, judging))).toEqual(stored.map(compile(drawn, context, judging)))
        }
      ),
      runs(0.5)
    )
  })

  test('a day’s border moves at the user’s midnight, and at no other time', () => {
    const today: Filter = { field: 'at', op: 'today' }
    const at = (now: string) =>
      bordersOf(
        today,
        { user: '', teams: [], businessUnit: '', timeZone: 'Europe/Berlin', nowMs: Date.parse(now) },
        judging
      )
    expect(at('2026-05-13T21:59:59Z')).toBe(at('2026-05-12T22:00:00Z'))
    expect(at('2026-05-13T22:00:00Z')).not.toBe(at('2026-05-13T21:59:59Z'))
  })

  test('whoever is held at only one of two times lies where a border has moved', () => {
    fc.assert(
      fc.property(
        filter,
        records,
        kit.context,
        fc.integer({ min: -400, max: 400 }),
        fc.boolean(),
        (drawn, stored, context, hours, typed) => {
          const after = { ...context, nowMs: context.nowMs + hours * 3_600_000 }
          const data = typed ? judging : { zones: platformZones }
          const [before, then] = [compile(drawn, context, data), compile(drawn, after, data)]
          const moved = compile(movedBetween(drawn, context, after, data), after, data)
          for (const record of stored.filter((each) => before(each) !== then(each))) expect(moved(record)).toBe(true)
        }
      ),
      runs(0.5)
    )
  })

  test('a window of days moves by a day: the range is a day at either end', () => {
    const at = (now: string) => ({ user: '', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: Date.parse(now) })
    const [before, now] = [at('2026-05-13T09:00:00Z'), at('2026-05-13T10:00:00Z')]
    expect(movedBetween({ field: 'at', op: 'last-x-days', value: 30 }, before, now, judging)).toEqual({
      or: [
        {
          and: [
            { field: 'at', op: 'ge', value: '2026-05-13T09:00:00.001Z' },
            { field: 'at', op: 'lt', value: '2026-05-13T10:00:00.001Z' }
          ]
        }
      ]
    })
    expect(movedBetween({ field: 'day', op: 'last-x-days', value: 30 }, before, now, judging)).toEqual({ or: [] })
  })

  test('at any time: whoever is held now is held', () => {
    fc.assert(
      fc.property(filter, kit.record(own), kit.context, (drawn, record, context) => {
        if (evaluate(drawn, record, context, judging))
          expect(evaluate(atAnyTime(drawn, judging), record, { ...context, nowMs: 0 }, judging)).toBe(true)
      }),
      runs(0.5)
    )
  })
})

describe('3.1: user filters, system filters, templates', () => {
  const mine: Filter = { field: 'owner', op: 'eq-userid' }
  const all: Filter = { and: [] }
  const template: FilterTemplate = { id: 't1', type: 'contact', filter: mine, name: 'Mine', default: true }

  test('in force are those that are active, of users and of the system, and not for the offline store', () => {
    expect(
      activeFilters([mine, { filter: all, active: false }], [{ filter: all, offline: true }, { filter: all }])
    ).toEqual([mine, all])
    expect(activeFilters([], [])).toEqual([])
  })

  test('4: a user filter remembers its template; instantiating it again replaces the user’s edits, in its place', () => {
    const first = instantiate(template, [all])
    expect(first).toEqual([all, { filter: mine, name: 'Mine', template: 't1' }])
    const edited = [{ filter: all, name: 'My own', template: 't1', active: false }, mine]
    expect(instantiate(template, edited)).toEqual([{ filter: mine, name: 'Mine', template: 't1' }, mine])
    expect(instantiate(template, first)).toEqual(first)
  })

  test('5: another default template is added beside the old one', () => {
    const next: FilterTemplate = { ...template, id: 't2', filter: all }
    expect(instantiate(next, instantiate(template, [])).map((entry) => Reflect.get(entry, 'template'))).toEqual([
      't1',
      't2'
    ])
  })

  test('2: reset restores the defaults of the type, and nothing else', () => {
    const others: ReadonlyArray<FilterTemplate> = [
      { ...template, id: 't2', default: false },
      { ...template, id: 't3', type: 'task' }
    ]
    expect(reset([template, ...others], 'contact')).toEqual([{ filter: mine, name: 'Mine', template: 't1' }])
    expect(reset(others, 'contact')).toEqual([])
  })
})
