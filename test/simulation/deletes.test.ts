/** Laws of deletions, guards and tenants as properties over small drawn worlds. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryLinks } from '../../src/adapters/memory/index.js'
import { runSteps, syncOnce, World } from '../../src/testing/scenario/index.js'
import { type SimulateOptions, simulate } from '../../src/testing/simulator/index.js'
import { firstSeed, runs, seeds, timeoutMs } from './runs.js'
import { type Scenario, stepsOf } from './steps.js'
import { worldOf } from './worlds.js'

/** What these worlds are about, and no more: feeds of other kinds would only cost time. */
const contacts = { kinds: ['contact'], types: ['contact', 'account'] }

const times = { numRuns: runs, seed: firstSeed }

const begun = async (scenario: Scenario): Promise<World> => {
  const { now, given, steps } = stepsOf(scenario)
  const world = new World(now, given, {}, contacts)
  await world.seedLinks(given)
  await runSteps(world, steps)
  return world
}

const sync = async (world: World): Promise<NonNullable<World['lastReport']>> => {
  await syncOnce(world, 'ann', false)
  if (world.lastReport === undefined) throw new Error('the cycle died')
  return world.lastReport
}

const deletesIn = ({ writes }: NonNullable<World['lastReport']>): number => writes.mail.deleted + writes.record.deleted

const linkCount = async (world: World): Promise<number> => {
  const answer = await world.links.walk({ tenant: 'scenario', mailbox: 'ann' }, undefined, 500)
  return answer._tag === 'Right' ? answer.right.length : -1
}

const preset = fc.constantFrom('dynamics', 'careful')

test('18: careful keeps an edit against a deletion, and both sides hold it', { timeout: timeoutMs }, () =>
  fc.assert(
    fc.asyncProperty(
      fc.constantFrom('mail', 'record'),
      fc.constantFrom('B', 'C'),
      fc.nat(2),
      async (deleted, value, pairs) => {
        const steps =
          deleted === 'mail'
            ? [{ deleteMail: 'm0' }, { editRecord: 'r0', set: { jobtitle: value } }]
            : [{ deleteRecord: 'r0' }, { editMail: 'm0', set: { jobTitle: value } }]
        // Only where the deletion would be carried over (2.6) does it meet the edit.
        const owner = deleted === 'mail' ? 'ann' : 'bob'
        const world = await begun(
          worldOf(pairs + 1, steps, { preset: 'careful', settings: { contactDeleteFromMail: 'owner' } }, owner)
        )
        for (let round = 0; round < 3; round += 1) await sync(world)
        expect(
          world
            .hostOf('ann')
            .all()
            .filter(({ fields }) => fields['jobTitle'] === value)
        ).toHaveLength(1)
        expect(world.records.host.all().filter(({ fields }) => fields['jobtitle'] === value)).toHaveLength(1)
        expect(await linkCount(world)).toBe(pairs + 1)
      }
    ),
    times
  )
)

test('18: dynamics lets the deletion win, and its decision names the lost edit', { timeout: timeoutMs }, () =>
  fc.assert(
    fc.asyncProperty(fc.constantFrom('mail', 'record'), fc.constantFrom('B', 'C'), async (deleted, value) => {
      const steps =
        deleted === 'mail'
          ? [{ deleteMail: 'm0' }, { editRecord: 'r0', set: { jobtitle: value } }]
          : [{ deleteRecord: 'r0' }, { editMail: 'm0', set: { jobTitle: value } }]
      const owner = deleted === 'mail' ? 'ann' : 'bob'
      const world = await begun(worldOf(2, steps, { settings: { contactDeleteFromMail: 'owner' } }, owner))
      const { decisions } = await sync(world)
      expect(world.hostOf('ann').get('m0')).toBeUndefined()
      expect(world.records.host.get('r0')).toBeUndefined()
      expect(decisions.some(({ facts }) => JSON.stringify(facts['lostEdit']) === '["jobTitle"]')).toBe(true)
    }),
    times
  )
)

test(
  '20: a held set passes by its yes, once, within a day, and not where something joins',
  { timeout: timeoutMs },
  () =>
    fc.assert(
      fc.asyncProperty(
        preset,
        fc.integer({ min: 10, max: 14 }),
        fc.constantFrom('pass', 'join', 'late'),
        async (name, count, what) => {
          const pairs = 20
          const gone = Array.from({ length: count }, (_, index) => ({ deleteRecord: `r${index}` }))
          const world = await begun(worldOf(pairs, [], { preset: name }, 'bob'))
          await sync(world)
          await runSteps(world, gone)
          const held = await sync(world)
          expect([held.held.length, deletesIn(held)]).toEqual([1, 0])
          const again = await sync(world)
          expect(again.held.map(({ planHash }) => planHash)).toEqual(held.held.map(({ planHash }) => planHash))
          await runSteps(world, [
            { approve: 'ann' },
            ...(what === 'join' ? [{ deleteRecord: 'r19' }] : what === 'late' ? [{ advance: 'PT25H' }] : [])
          ])
          const next = await sync(world)
          expect(deletesIn(next)).toBe(what === 'pass' ? count : 0)
          if (what !== 'pass') expect(next.held).toHaveLength(1)
          const last = await sync(world)
          expect(deletesIn(last)).toBe(0)
          expect(last.held).toHaveLength(what === 'pass' ? 0 : 1)
        }
      ),
      times
    )
)

test('21: a side that lists nothing loses nothing', { timeout: timeoutMs }, () =>
  fc.assert(
    fc.asyncProperty(
      preset,
      fc.constantFrom('mail', 'records'),
      fc.integer({ min: 1, max: 4 }),
      fc.boolean(),
      async (name, store, pairs, queries) => {
        const world = await begun(worldOf(pairs, [], { preset: name }))
        await sync(world)
        world.records.host.expireCursors()
        world.hostOf('ann').expireCursors()
        world.faults.add({
          store: store === 'mail' ? 'mail' : 'records',
          op: 'changes',
          error: 'empty-listing',
          times: 20
        })
        if (queries) world.faults.add({ store: 'records', op: 'query', error: 'empty-listing', times: 20 })
        const report = await sync(world)
        expect([deletesIn(report), report.links.ended, await linkCount(world)]).toEqual([0, 0, pairs])
        world.faults.clear()
        await sync(world)
        expect(await linkCount(world)).toBe(pairs)
      }
    ),
    times
  )
)

/** Each pair is three long simulations. */
const pairsOfSeeds = Math.ceil(runs / 3)

test(`36: what another tenant does in the same link store is not felt (${pairsOfSeeds} pairs of seeds)`, {
  timeout: timeoutMs
}, async () => {
  // One clock that stands still serves both, so that no lease runs out: deaths have tests of their own.
  const faults = [
    'transient',
    'lost',
    'throttled',
    'gone',
    'cursor-expired',
    'empty-listing',
    'duplicate-rows',
    'mismatch'
  ] as const
  const options = (tenant: string, links: ReturnType<typeof memoryLinks>): SimulateOptions => ({
    tenant,
    links,
    faults,
    engines: 1
  })
  const store = () => memoryLinks({ clock: () => 0 })
  for (const seed of seeds(pairsOfSeeds)) {
    const shared = store()
    const [alpha, beta] = await Promise.all([
      simulate(seed, options('alpha', shared)),
      simulate(seed + 1, options('beta', shared))
    ])
    const alone = await simulate(seed, options('alpha', store()))
    expect(alpha.trace, `seed ${seed}`).toEqual(alone.trace)
    expect([...alpha.violations, ...beta.violations], `seed ${seed}`).toEqual([])
    const { counters: _counters, ...tables } = shared.dump()
    const rows = Object.values(tables).flat()
    const mixed = rows.filter((row) =>
      (row.tenant === 'alpha' ? /zqb\d|beta-/ : /zqa\d|alpha-/).test(JSON.stringify(row))
    )
    expect(mixed, `seed ${seed}`).toEqual([])
  }
})
