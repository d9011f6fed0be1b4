/** Which policy a workload goes by (5.1): the engine's, the mailbox's, and what is refused, by its path and never by its value. */
import { describe, expect, test } from 'vitest'
import { policyFor, type ScheduleInput, scheduleFaults } from '../../src/engine/policies.js'
import { adaptive, client, presets, stepped } from '../../src/index.js'
import { world } from '../setup/world.js'

const minute = 60_000
const policyOf = (engine?: ScheduleInput, mailbox?: ScheduleInput, workload: 'email' | 'act' = 'email') =>
  policyFor(presets.careful, [engine, mailbox], workload)

describe('which policy', () => {
  test('stepped where nobody says anything, with the failures of the settings', () => {
    expect(policyOf()).toEqual(stepped)
    const retry = { transientLimit: 3, transientDelay: 'PT7M', itemLimit: 5 }
    expect(policyFor({ retry }, [{ name: 'client' }], 'act')).toEqual({
      ...client,
      failureLimit: 3,
      failureDelayMs: 7 * minute
    })
    expect(policyFor({ retry }, [{ failureLimit: 4 }], 'act')).toMatchObject({ failureLimit: 4 })
  })

  test('contacts, appointments and tasks up to 15 minutes, e-mail up to 12', () => {
    const schedule: ScheduleInput = { act: { idleDelayMsMax: 15 * minute } }
    expect(policyOf(schedule, undefined, 'act')).toEqual({ ...stepped, idleDelayMsMax: 15 * minute })
    expect(policyOf(schedule)).toEqual(stepped)
  })

  test('a mailbox lies over the engine, a workload over both; another policy starts from its own figures', () => {
    const engine: ScheduleInput = {
      name: 'stepped',
      idleDelayMsMax: 20 * minute,
      act: { name: 'adaptive', visitPrice: 7 }
    }
    expect(policyOf(engine, {}, 'act')).toEqual({ ...adaptive, visitPrice: 7 })
    expect(policyOf(engine, { name: 'client', intervalMs: 30 * minute }, 'act')).toEqual({
      ...client,
      intervalMs: 30 * minute
    })
    expect(policyOf(engine, { email: { busyChangesMin: 9 } })).toEqual({
      ...stepped,
      idleDelayMsMax: 20 * minute,
      busyChangesMin: 9
    })
  })
})

describe('what is refused', () => {
  const faults: ReadonlyArray<readonly [string, unknown, string, string]> = [
    ['no object', 'hourly', 's', 'a policy, its figures'],
    ['a list', [], 's', 'a policy, its figures'],
    ['a policy that there is none of', { name: 'cron' }, 's.name', '"stepped" | "client" | "adaptive"'],
    ['a name that objects have', { name: 'toString' }, 's.name', '"stepped"'],
    [
      'a figure of another policy',
      { name: 'client', idleStepMs: 1000 },
      's.idleStepMs',
      'no such figure of the policy "client"'
    ],
    ['a figure that there is none of', { idelMax: 1 }, 's.idelMax', 'no such figure'],
    ['a figure that objects have', { constructor: 1 }, 's.constructor', 'no such figure'],
    ['a duration as text', { activeDelayMs: 'PT5M' }, 's.activeDelayMs', 'a whole number of milliseconds from 1000'],
    ['no time at all', { busyDelayMs: 0 }, 's.busyDelayMs', 'from 1000'],
    ['not a number', { activeDelayMs: Number.NaN }, 's.activeDelayMs', 'a whole number'],
    ['a limit of nothing', { failureLimit: 0 }, 's.failureLimit', 'a whole number from 1'],
    ['half a truth', { name: 'client', manual: 1 }, 's.manual', 'true or false'],
    ['a workload that there is none of', { mail: {} }, 's.mail', 'no such figure'],
    ['a workload that is none', { act: 5 }, 's.act', 'a policy or its figures'],
    ['a figure of a workload', { act: { name: 'adaptive', idleStepMs: 1 } }, 's.act.idleStepMs', '"adaptive"'],
    ['least above most', { name: 'adaptive', delayMsMin: 13 * minute }, 's.delayMsMin', 'no more than delayMsMax'],
    ['a price below nothing', { name: 'adaptive', visitPrice: -1 }, 's.visitPrice', 'a number from 0'],
    ['more than a whole', { name: 'adaptive', longWaits: 1.5 }, 's.longWaits', 'a number from 0 to 1']
  ]
  test.each(faults)('%s', (_what, schedule, path, expected) => {
    const found = scheduleFaults('s', schedule)
    expect(found.map((fault) => fault.path)).toEqual([path])
    expect(found[0]?.expected).toContain(expected)
  })

  test('what is good has no fault: nothing, every figure as it is shipped, an empty one', () => {
    for (const schedule of [
      undefined,
      {},
      stepped,
      client,
      adaptive,
      { email: client, act: adaptive },
      { idleStepMs: 0 }
    ])
      expect(scheduleFaults('s', schedule)).toEqual([])
  })

  test('figures of a mailbox are those of the policy of its engine', () => {
    expect(scheduleFaults('s', { idleStepMs: 1 }, [{ name: 'client' }])).toHaveLength(1)
    expect(scheduleFaults('s', { act: { visitPrice: 1 } }, [{ act: { name: 'adaptive' } }])).toEqual([])
    expect(scheduleFaults('s', { visitPrice: 1 }, [{ act: { name: 'adaptive' } }])).toHaveLength(1)
  })

  test('an engine refuses them when it is made, a directory’s at the first call; no value is told', async () => {
    const secret = 'hunter2' as unknown as number
    expect(() => world({ schedule: { activeDelayMs: secret } }).engine()).toThrow(
      /schedule\.activeDelayMs: expected a whole/
    )
    const wrong = { ann: { schedule: { act: { activeDelayMs: secret } } } }
    expect(() => world(wrong).engine()).toThrow(/mailboxes\.ann\.schedule\.act\.activeDelayMs/)
    expect(() => world(wrong).engine()).not.toThrow(/hunter2/)
  })
})

describe('the engine goes by it', () => {
  test('client: its interval; manual: no run is scheduled, and nobody calls that disabled', async () => {
    const { engine, faults } = world({ schedule: { name: 'client' } })
    expect(await engine().sync('ann')).toMatchObject({ nextDelayMs: 15 * minute, nextReason: 'interval' })
    const manual = engine({ schedule: { name: 'client', manual: true } })
    const report = await manual.sync('ann')
    expect([report.nextDelayMs, report.nextReason]).toEqual([undefined, 'manual'])
    faults.add({ store: 'mail', op: 'changes', error: 'transient' })
    expect((await manual.sync('ann')).stoppedBy?.code).toBe('retry-later')
    faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
    expect(await manual.sync('ann')).toMatchObject({ stoppedBy: { code: 'mailbox-disabled' }, nextReason: 'disabled' })
  })

  test('adaptive: a price that is handed in is the one that counts', async () => {
    const { engine, time } = world({ schedule: { name: 'adaptive' } })
    // On its first day a mailbox is visited as usual, whatever it costs.
    for (let hours = 0; hours < 30; hours += 1) {
      await engine().sync('ann')
      time.nowMs += 60 * minute
    }
    const { nextDelayMs: cheap = 0 } = await engine().sync('ann', { visitPrice: 0 })
    time.nowMs += 5 * minute
    const { nextDelayMs: dear = 0 } = await engine().sync('ann', { visitPrice: 1e9 })
    expect(cheap).toBeLessThan(adaptive.delayMsMin * 1.01)
    expect(dear).toBeGreaterThan(adaptive.delayMsMax * 0.9)
    await expect(engine().sync('ann', { visitPrice: -1 })).rejects.toThrow(/visitPrice/)
  })

  test('10:00 to 10:08, three changes: the next start is 10:13 (trap 1)', async () => {
    const { engine, time, mail } = world({
      wrap: (store) => ({
        ...store,
        changes: async (...args) => {
          time.nowMs += 4 * minute
          return store.changes(...args)
        }
      }),
      can: { kinds: ['contact', 'task'] }
    })
    time.nowMs = Date.parse('2026-03-02T10:00:00Z')
    const cards = [1, 2, 3].map((n) => mail.host.put({ kind: 'contact', fields: { surname: `N${n}` } }))
    await engine().track('ann', cards)
    const report = await engine().sync('ann')
    expect(report.changes).toBeGreaterThan(0)
    expect(report.endedAtMs).toBe(Date.parse('2026-03-02T10:08:00Z'))
    const due = (await engine().nextRun('ann')).act?.dueAtMs
    expect(new Date(due ?? 0).toISOString()).toBe('2026-03-02T10:13:00.000Z')
  })
})
