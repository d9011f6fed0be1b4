/**
 * Membership as deltas, on the engine: whatever time, edits and contexts do, what is linked is what a full evaluation
 * would hold, and a cycle in which nothing moved asks the store nothing.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { evaluate } from '../../src/filters/index.js'
import { createEngine, type EngineOptions, fullAccess, ok, platformZones } from '../../src/index.js'
import type { FieldTypes, Fields, Filter, FilterContext, RecordSnapshot } from '../../src/model/index.js'
import { filterArbitraries } from '../../src/testing/filters.js'
import { membersJudge } from '../../src/testing/members.js'
import { runs } from '../runs.js'

const kit = filterArbitraries(fc)
const timeZone = 'Europe/Berlin'

/** An engine over a store that counts what is asked of it. */
const worldOf = (
  filters: ReadonlyArray<Filter>,
  over: Partial<EngineOptions> = {},
  kind: 'memory' | 'sqlite' = 'memory'
) => {
  let nowMs = Date.parse('2026-05-13T14:30:00Z')
  const clock = () => nowMs
  const file = sqlite({ path: ':memory:', clock })
  const memory = memoryRecords({ clock, holds: membersJudge() })
  const links = memoryLinks({ clock })
  const records = kind === 'memory' ? memory.port : file.records
  const asked = { members: 0, read: 0 }
  const engine = createEngine({
    preset: 'dynamics',
    mailboxes: {
      ann: { address: 'ann@x.test', timeZone, mail: memoryMail({ clock }).port, filters: { contact: filters } }
    },
    records: {
      ...records,
      members: (...args) => {
        asked.members += 1
        return records.members(...args)
      },
      read: (...args) => {
        asked.read += args[1].length
        return records.read(...args)
      }
    },
    links,
    clock,
    seed: 'membership',
    ...over
  })
  return {
    asked,
    engine,
    pass: (ms: number) => {
      nowMs += ms
    },
    now: clock,
    put: async (ref: string, fields: Fields) => {
      if (kind === 'memory') memory.host.put({ type: 'contact', ref, owner: 'bob', fields })
      else await file.host.put({ type: 'contact', ref, owner: 'bob', fields })
    },
    edit: async (ref: string, set: Fields) => {
      if (kind === 'memory') memory.host.edit(ref, { set })
      else await file.host.edit('contact', ref, set)
    },
    look: async (ref: string): Promise<RecordSnapshot | undefined> =>
      kind === 'memory' ? memory.host.get(ref) : file.host.look('contact', ref),
    linked: async () => {
      const walked = await links.walk({ tenant: 'default', mailbox: 'ann' }, undefined, 500)
      return walked._tag === 'Right' ? walked.right.map(({ record }) => record).sort() : []
    }
  }
}

describe('three deltas are a full evaluation', () => {
  const types: FieldTypes = { at: 'datetime', day: 'date', jobtitle: 'string' }
  const schema: FieldTypes = { ...types, lastname: 'string' }
  const refs = ['r1', 'r2', 'r3', 'r4']
  const near = fc.integer({ min: -40, max: 40 }).map((days) => Date.parse('2026-05-13T14:30:00Z') + days * 43_200_000)
  const fields: fc.Arbitrary<Fields> = fc.record({
    lastname: fc.constant('Moss'),
    at: near.map((atMs) => new Date(atMs).toISOString()),
    day: near.map((atMs) => new Date(atMs).toISOString().slice(0, 10)),
    jobtitle: fc.constantFrom('a', 'A', 'b', 'é')
  })
  const step = fc.oneof(
    fc.record({ ref: fc.constantFrom(...refs), set: fields }),
    fc.record({ pass: fc.constantFrom(60_000, 3_600_000, 43_200_000, 3 * 86_400_000, 30 * 86_400_000) })
  )

  for (const kind of ['memory', 'sqlite'] as const) {
    test(`${kind}: what is linked after every cycle is what the filter holds then`, async () => {
      const drawnFilter = kit.filter({ ...types, created: 'datetime' })
      await fc.assert(
        fc.asyncProperty(
          drawnFilter,
          fc.array(fields, { minLength: 4, maxLength: 4 }),
          fc.array(step, { maxLength: 6 }),
          async (filter, given, steps) => {
            const world = worldOf([filter], { schemas: { contact: schema } }, kind)
            for (const [index, ref] of refs.entries()) await world.put(ref, given[index] ?? {})
            for (const each of [{ pass: 0 }, ...steps]) {
              if ('pass' in each) world.pass(each.pass)
              else await world.edit(each.ref, each.set)
              expect((await world.engine.sync('ann')).outcome).toBe('completed')
              const context: FilterContext = {
                user: 'ann',
                teams: [],
                businessUnit: 'root',
                timeZone,
                nowMs: world.now()
              }
              const held: Array<string> = []
              for (const ref of refs) {
                const record = await world.look(ref)
                if (record !== undefined && evaluate(filter, record, context, { zones: platformZones, schema }))
                  held.push(ref)
              }
              expect(await world.linked()).toEqual(held)
            }
          }
        ),
        runs(0.04)
      )
    })
  }
})

describe('what a cycle asks', () => {
  test('nothing while no border has moved; two queries when one has; nothing ever without a condition on now', async () => {
    const world = worldOf([{ field: 'createdon', op: 'this-week' }])
    await world.put('r1', { lastname: 'Moss' })
    await world.engine.sync('ann')
    const first = world.asked.members
    world.pass(86_400_000)
    await world.engine.sync('ann')
    expect(world.asked.members).toBe(first)
    world.pass(7 * 86_400_000)
    await world.engine.sync('ann')
    expect(world.asked.members).toBe(first + 2)
    expect(await world.linked()).toEqual([])

    const always = worldOf([{ field: 'lastname', op: 'not-null' }])
    await always.engine.sync('ann')
    const asked = always.asked.members
    for (let cycle = 0; cycle < 5; cycle += 1) {
      always.pass(30 * 86_400_000)
      await always.engine.sync('ann')
    }
    expect(always.asked.members).toBe(asked)
  })

  test('a record that changes too early is judged again when its time has come', async () => {
    const world = worldOf([{ field: 'at', op: 'today' }])
    await world.put('r1', { lastname: 'Moss' })
    await world.engine.sync('ann')
    await world.edit('r1', { at: '2026-05-14T10:00:00Z' })
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual([])
    world.pass(86_400_000)
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual(['r1'])
  })

  test('the rolling audit finds what no feed shows, an hour later, a slice at a time', async () => {
    const world = worldOf([{ field: 'lastname', op: 'not-null' }])
    await world.put('r1', { lastname: 'Moss' })
    await world.engine.sync('ann')
    await world.engine.sync('ann')
    const read = world.asked.read
    world.pass(1_800_000)
    await world.engine.sync('ann')
    expect(world.asked.read).toBe(read)
    world.pass(1_800_000)
    await world.engine.sync('ann')
    expect(world.asked.read).toBe(read + 1)
    expect(await world.linked()).toEqual(['r1'])
  })
})

describe('what a host says of filters', () => {
  const all: Filter = { field: 'lastname', op: 'not-null' }

  test('system filters are every user’s, beside their own', async () => {
    const world = worldOf([], { systemFilters: { contact: [{ filter: all, name: 'everybody' }] } })
    await world.put('r1', { lastname: 'Moss' })
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual(['r1'])
  })

  test('faults are named with their path, in system filters too', () => {
    expect(() => worldOf([{ field: 'x', op: 'resembles' }])).toThrow(/mailboxes\.ann\.filters\.contact\[0\]\.op/)
    expect(() =>
      worldOf([], { systemFilters: { contact: [{ filter: { field: 'x', op: 'like', value: '[' } }] } })
    ).toThrow(/systemFilters\.contact\[0\]\.filter\.value/)
    expect(() => worldOf([all], { schemas: { contact: { firstname: 'string' } } })).toThrow(/contact\[0\]\.field/)
  })

  test('3.11: a record that does not fit the schema is set aside; it neither enters nor leaves', async () => {
    const world = worldOf([{ field: 'rank', op: 'gt', value: 1 }], {
      schemas: { contact: { lastname: 'string', rank: 'number' } }
    })
    await world.put('r1', { lastname: 'Moss', rank: 2 })
    await world.put('r2', { lastname: 'Fern', rank: '2' })
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual(['r1'])
    await world.edit('r1', { rank: 'two' })
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual(['r1'])
    expect((await world.engine.explain('ann', 'record', 'r1')).code).toBe('invalid-item')
    expect((await world.engine.explain('ann', 'record', 'r1')).text).not.toContain('two')
    await world.edit('r1', { rank: 0 })
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual([])
  })

  test('3.5/25: a field that has gone from the schema makes the membership unknown: nobody enters, nobody leaves', async () => {
    let schemaFilters: ReadonlyArray<Filter> = [all]
    const directory: NonNullable<EngineOptions['directory']> = {
      mailbox: async () =>
        ok({
          user: 'ann',
          address: 'ann@x.test',
          timeZone,
          method: 'server-side',
          approved: true,
          enabled: { incoming: true, outgoing: true, act: true },
          queue: false,
          autoTrack: 'none' as const,
          folderRules: [],
          filters: { contact: schemaFilters }
        }),
      users: async (addresses) => ok(addresses.map(() => undefined)),
      mailboxesOf: async (users) => ok(users.map(() => undefined)),
      access: async () => ok(fullAccess)
    }
    const world = worldOf([], { directory, schemas: { contact: { lastname: 'string' } } })
    await world.put('r1', { lastname: 'Moss' })
    await world.engine.sync('ann')
    expect(await world.linked()).toEqual(['r1'])
    schemaFilters = [{ field: 'nickname', op: 'not-null' }]
    await world.put('r2', { lastname: 'Fern' })
    const report = await world.engine.sync('ann')
    expect(report.outcome).toBe('completed')
    expect(await world.linked()).toEqual(['r1'])
    expect((await world.engine.explain('ann', 'record', 'r1')).code).toBe('unknown-membership')
  })

  test('surroundings that cannot be are refused with their path', async () => {
    const access = { ...fullAccess, surroundings: { fiscalYearStart: '02-29' } }
    const directory = { ...directoryOf('UTC'), access: async () => ok(access) }
    await expect(worldOf([], { directory }).engine.sync('ann')).rejects.toThrow(/mailboxes\.ann\.fiscalYearStart/)
    await expect(worldOf([], { directory: directoryOf('Europe/Atlantis') }).engine.sync('ann')).rejects.toThrow(
      /timeZone/
    )
  })
})

const directoryOf = (zone: string): NonNullable<EngineOptions['directory']> => ({
  mailbox: async () =>
    ok({
      user: 'ann',
      address: 'ann@x.test',
      timeZone: zone,
      method: 'server-side',
      approved: true,
      enabled: { incoming: true, outgoing: true, act: true },
      queue: false,
      autoTrack: 'none' as const,
      folderRules: [],
      filters: {}
    }),
  users: async (addresses) => ok(addresses.map(() => undefined)),
  mailboxesOf: async (users) => ok(users.map(() => undefined)),
  access: async () => ok(fullAccess)
})
