/** A cycle and its undo, over drawn worlds: both sides as they were, and nothing left to write. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryLinks } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { runs } from '../runs.js'
import { writesOf } from './world.js'
import { actAll, acts, settings, settled, standingOf } from './worlds.js'

const shown = fc.context()

test.each([
  ['in memory', 0.15, () => memoryLinks()],
  ['in SQLite', 0.03, () => sqlite({ path: ':memory:' }).links]
] as const)(
  'UNDO-1: a cycle that is undone leaves both sides as they were before it, and the next cycle writes nothing: %s',
  (_where, part, linksOf) =>
    fc.assert(
      fc.asyncProperty(acts, settings, shown, async (done, set, context) => {
        const world = await settled({ settings: set, links: linksOf() })
        context.log(done.map(({ name }) => name).join('; '))
        await actAll(world, done)
        const before = standingOf(world)
        const report = await world.sync()
        const after = standingOf(world)
        const undone = await world.engine.undo('ann', report.cycle)
        expect(undone.counts.failed).toBe(0)
        expect(standingOf(world)).toEqual(before)
        expect(writesOf(await world.sync())).toBe(0)
        expect(writesOf(await world.sync())).toBe(0)
        expect(standingOf(world)).toEqual(before)
        await world.engine.undo('ann', undone.cycle)
        expect(standingOf(world)).toEqual(after)
        expect(writesOf(await world.sync())).toBe(0)
      }),
      runs(part)
    )
)

test('UNDO-2: whatever people do between the cycle and its undo, no edit of theirs is lost and nothing they touched is deleted', () =>
  fc.assert(
    fc.asyncProperty(acts, acts, settings, async (done, since, set) => {
      const world = await settled({ settings: set })
      await actAll(world, done)
      const { cycle } = await world.sync()
      const cycled = new Map([...world.mail.all(), ...world.records.all()].map((thing) => [thing.ref, thing.fields]))
      await actAll(world, since)
      const edited = [...world.mail.all(), ...world.records.all()].flatMap(({ ref, fields }) =>
        Object.entries(fields)
          .filter(([field, now]) => JSON.stringify(cycled.get(ref)?.[field]) !== JSON.stringify(now))
          .map(([field, now]) => ({ ref, field, now }))
      )
      await world.engine.undo('ann', cycle)
      for (const { ref, field, now } of edited) {
        const thing = world.mail.get(ref) ?? world.records.get(ref)
        expect([ref, field, thing?.fields[field]]).toEqual([ref, field, now])
      }
    }),
    runs(0.15)
  ))
