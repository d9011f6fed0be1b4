/** What the simulator and the deaths have found, each with the seed or the shortest world that showed it. */
import { describe, expect, test } from 'vitest'
import type { RecordStore } from '../../src/engine/ports.js'
import { ok } from '../../src/model/index.js'
import { runScenario, runSteps, World, type WorldOptions } from '../../src/testing/scenario/index.js'
import { simulate } from '../../src/testing/simulator/index.js'
import { Enumeration } from './points.js'
import { stepsOf } from './steps.js'
import { worldOf } from './worlds.js'

/** What these worlds are about, and no more: feeds of other kinds would only cost time. */
const contacts = { kinds: ['contact'], types: ['contact', 'account'] }

describe('seeds that have failed', () => {
  test.each([
    [201, 'under base digest a pair at rest was stored anew at each look'],
    [1138, 'an edit behind a throttled write was settled unread'],
    [1532, 'the same, and the cycle after it failed too'],
    [1747, 'a person wrote between a write and its second look'],
    [5879, 'a conflict was not noted where the answer to its write was lost'],
    [101116, 'an edit of a thing just made was taken into its base where the commit was lost'],
    [104332, 'a refused write whose answer was lost counted as done'],
    [103011, 'an edit that a store without conditional writes took in with the write was masked by its version'],
    [104461, 'a field typed into a thing just made was taken into its base where the commit was lost']
  ])('%i: %s', async (seed) => {
    expect((await simulate(seed)).violations).toEqual([])
  })

  test('279: a conflict was not noted where the other write of its pair was refused', async () => {
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
    expect((await simulate(279, { tenant: 'beta', faults, engines: 1 })).violations).toEqual([])
  })
})

const passes = async (
  steps: ReadonlyArray<unknown>,
  more: { readonly [key: string]: unknown } = {},
  pairs = 1
): Promise<void> => {
  expect((await runScenario(worldOf(pairs, steps, more))).failures).toEqual([])
}

describe('shortest worlds', () => {
  test('7, 8: what was written on leaving is no edit on return', () =>
    passes(
      [
        { editRecord: 'r0', set: { jobtitle: 'B' } },
        { sync: 'ann' },
        { expect: { unlinked: ['m0'], mail: { m0: { fields: { jobTitle: 'B' } } } } },
        { editRecord: 'r0', set: { jobtitle: 'A' } },
        { sync: 'ann' },
        { sync: 'ann' },
        {
          expect: {
            linked: [['m0', 'r0']],
            mail: { m0: { fields: { jobTitle: 'A' } } },
            records: { r0: { fields: { jobtitle: 'A' } } }
          }
        }
      ],
      {
        settings: { leaveFilter: 'unlink' },
        mailboxes: { ann: { user: 'ann', filters: { contact: [{ field: 'jobtitle', op: 'eq', value: 'A' }] } } }
      }
    ))

  test('22: a write that was not tried after a throttled one is due', () =>
    passes(
      [
        { editMail: 'm0', set: { jobTitle: 'B' } },
        { editRecord: 'r1', set: { jobtitle: 'C' } },
        { fault: { store: 'records', op: 'update', error: 'throttled' } },
        { sync: 'ann' },
        { sync: 'ann' },
        { expect: { records: { r0: { fields: { jobtitle: 'B' } } }, mail: { m1: { fields: { jobTitle: 'C' } } } } }
      ],
      {},
      2
    ))

  test('8: a conflict whose write got no answer is noted', () =>
    passes([
      { editMail: 'm0', set: { jobTitle: 'B' } },
      { editRecord: 'r0', set: { jobtitle: 'C' } },
      { fault: { store: 'mail', op: 'update', error: 'lost-response' } },
      { sync: 'ann' },
      { sync: 'ann' },
      {
        expect: {
          mail: { m0: { fields: { jobTitle: 'C' } } },
          conflicts: [{ mail: 'm0', record: 'r0', field: 'jobTitle', kept: 'record' }]
        }
      }
    ]))

  test('8: an edit beside a parent that stands already still flows', () =>
    passes(
      [
        { editMail: 'm0', set: { jobTitle: 'B' } },
        { setParent: 'm0', to: 'acc' },
        { sync: 'ann' },
        { sync: 'ann' },
        { expect: { records: { r0: { fields: { jobtitle: 'B' } } } } }
      ],
      {
        records: {
          acc: { type: 'account', fields: { name: 'Fabrikam' } },
          r0: { type: 'contact', owner: 'ann', fields: { lastname: 'N0', jobtitle: 'A', parentcustomerid: 'acc' } }
        }
      }
    ))

  test('26: an edit between a write and its second look is found', async () => {
    const { now, given } = stepsOf(worldOf(1, []))
    let world: World | undefined
    const silent = (store: RecordStore): RecordStore => ({
      ...store,
      can: { ...store.can, representationOnWrite: false },
      write: async (effects, as) => {
        const answer = await store.write(effects, as)
        world?.records.host.edit('r0', { set: { department: 'D' } })
        if (answer._tag === 'Left') return answer
        return ok(
          answer.right.map((outcome) =>
            outcome._tag === 'Done'
              ? {
                  _tag: 'Done',
                  key: outcome.key,
                  ref: outcome.ref,
                  ...(outcome.version === undefined ? {} : { version: outcome.version })
                }
              : outcome
          )
        )
      }
    })
    const options: WorldOptions = { wrapRecords: silent }
    world = new World(now, given, options, contacts)
    await world.seedLinks(given)
    await runSteps(world, [{ editMail: 'm0', set: { jobTitle: 'B' } }, { sync: 'ann' }, { sync: 'ann' }])
    expect(world.hostOf('ann').get('m0')?.fields['department']).toBe('D')
  })

  test('3.4: an item tracked whose record a filter holds is of both origins at once', async () => {
    const { now, given } = stepsOf(worldOf(0, []))
    const world = new World(now, given, {}, contacts)
    await runSteps(world, [
      { createMail: 'm9', mailbox: 'ann', kind: 'contact', fields: { surname: 'N9' } },
      { track: 'm9' },
      { sync: 'ann' }
    ])
    const links = await world.links.linksOf('scenario', 'item', ['m9'])
    expect(links._tag === 'Right' && links.right.map(({ origin }) => origin)).toEqual(['both'])
  })

  test('24: what a creation takes back from its item is taken back also after a death', async () => {
    const scenario = worldOf(
      0,
      [
        { createMail: 'm9', mailbox: 'ann', kind: 'contact', fields: { surname: 'N9', jobTitle: 'X' } },
        { track: 'm9' },
        { sync: 'ann' }
      ],
      {
        users: {
          ann: {
            address: 'ann@contoso.test',
            fieldAccess: { 'contact.jobtitle': { read: true, create: false, update: false } }
          }
        }
      }
    )
    expect((await new Enumeration(scenario).everywhere()).failures).toEqual([])
  })
})
