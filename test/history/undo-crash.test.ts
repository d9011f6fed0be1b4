/**
 * UNDO-3: an undo dies at any call of any port, or at any effect within a batch; whoever asked for it asks again, and
 * both sides, links and former links end as where nothing died.
 */
import { describe, expect, test } from 'vitest'
import { Crash, type FaultOp, type FaultStore } from '../../src/adapters/memory/index.js'
import { canonicalJson } from '../../src/model/index.js'
import { linkedPair, type World, writesOf } from './world.js'
import { settled, standingOf } from './worlds.js'

interface Situation {
  readonly title: string
  readonly leaveFilter?: 'unlink' | 'delete'
  /** Does things, and answers the cycle to be undone. */
  readonly live: (world: World) => Promise<string>
}

const options = { settings: { contactDeleteFromMail: 'owner', leaveFilter: 'delete', conflict: 'mail-wins' } } as const

const situations: ReadonlyArray<Situation> = [
  {
    title: 'fields of several pairs, on both sides',
    live: async (world) => {
      world.mail.edit('m0', { set: { jobTitle: 'B' } })
      world.records.edit('r0', { set: { nickname: 'N' } })
      world.records.edit('r1', { set: { department: 'D' } })
      return (await world.sync()).cycle
    }
  },
  {
    title: 'an edit of another field lies on top',
    live: async (world) => {
      world.mail.edit('m0', { set: { jobTitle: 'B', department: 'D' } })
      const { cycle } = await world.sync()
      world.records.edit('r0', { set: { jobtitle: 'since', nickname: 'since' } })
      world.mail.edit('m0', { set: { givenName: 'since' } })
      return cycle
    }
  },
  {
    title: 'an item and a record that the cycle made',
    live: async (world) => {
      world.records.put({ ref: 'new', type: 'contact', owner: 'ann', fields: { lastname: 'New' } })
      world.mail.put({ ref: 'tracked', kind: 'contact', fields: { surname: 'Tracked' } })
      await world.engine.track('ann', 'tracked')
      return (await world.sync()).cycle
    }
  },
  {
    title: 'an item whose record is there, made again; with the last change of its record',
    live: async (world) => {
      world.mail.edit('m0', { set: { nickName: 'N' } })
      world.records.edit('r0', { owner: 'bob' })
      return (await world.sync()).cycle
    }
  },
  {
    title: 'a pair that ended with its last change, and stays apart',
    leaveFilter: 'unlink',
    live: async (world) => {
      world.mail.edit('m0', { set: { nickName: 'N' } })
      world.records.edit('r0', { owner: 'bob', set: { department: 'D' } })
      return (await world.sync()).cycle
    }
  },
  {
    title: 'a record whose item is gone, made again alone',
    live: async (world) => {
      world.mail.remove('m0')
      return (await world.sync()).cycle
    }
  },
  {
    title: 'a record deleted by untracking, made again for its card',
    live: async (world) => {
      await linkedPair(world)
      await world.engine.untrack('ann', 'm1', { deleteRecord: true })
      return (await world.sync()).cycle
    }
  },
  {
    title: 'an undo is undone',
    live: async (world) => {
      world.mail.remove('m0')
      world.mail.edit('m2', { set: { jobTitle: 'B' } })
      const { cycle } = await world.sync()
      return (await world.engine.undo('ann', cycle)).cycle
    }
  }
]

type Point = { readonly call: number } | { readonly store: FaultStore; readonly op: FaultOp; readonly after: number }

const effects: ReadonlyArray<readonly [FaultStore, FaultOp]> = (['mail', 'records'] as const).flatMap((store) =>
  (['create', 'update', 'delete'] as const).map((op) => [store, op] as const)
)

/** The world after a cycle was undone twice: after a death the second time, or because somebody pressed twice. */
const endingOf = async ({ live, leaveFilter = 'delete' }: Situation, point?: Point) => {
  const world = await settled({ settings: { ...options.settings, leaveFilter } })
  const cycle = await live(world)
  let calls = 0
  let died = false
  world.faults.onCall = () => {
    calls += 1
    if (point === undefined || !('call' in point) || calls !== point.call) return
    died = true
    throw new Crash('the process dies')
  }
  if (point !== undefined && 'store' in point) world.faults.add({ ...point, error: 'crash' })
  try {
    await world.engine.undo('ann', cycle)
  } catch (thrown) {
    if (!(thrown instanceof Crash)) throw thrown
    died = true
  }
  world.faults.onCall = undefined
  world.faults.clear()
  const counted = calls
  await world.engine.undo('ann', cycle)
  await world.sync()
  for (let round = 0; round < 2; round += 1) expect(writesOf(await world.sync())).toBe(0)
  return { calls: counted, died, end: endOf(world) }
}

/** Names of made things differ from run to run: they go by what they hold. */
const endOf = (world: World): ReadonlyArray<string> => {
  const { links, former } = world.memory.dump()
  const held = (ref: string, thing: { readonly fields: object } | undefined) =>
    thing?.fields ?? `gone ${ref.slice(0, 1)}`
  const pairs = [
    ...links.map(({ row }) => [
      'link',
      row.origin,
      held(row.item, world.mail.get(row.item)),
      held(row.record, world.records.get(row.record))
    ]),
    ...former.map(({ row }) => [
      'former',
      row.endedBy,
      held(row.item, world.mail.get(row.item)),
      held(row.record, world.records.get(row.record))
    ])
  ]
  return [...standingOf(world), ...pairs.map((pair) => canonicalJson(pair)).sort()]
}

describe('UNDO-3: a death at every call and every effect of an undo', () => {
  test.each(situations)('$title', async (situation) => {
    const quiet = await endingOf(situation)
    const found: Array<unknown> = []
    const die = async (point: Point): Promise<boolean> => {
      const { died, end } = await endingOf(situation, point)
      if (died && canonicalJson(end) !== canonicalJson(quiet.end)) found.push({ point, end })
      return died
    }
    for (let call = 1; call <= quiet.calls; call += 1) expect(await die({ call })).toBe(true)
    let struck = 0
    for (const [store, op] of effects) for (let after = 0; await die({ store, op, after }); after += 1) struck += 1
    expect(struck).toBeGreaterThan(0)
    expect(found.map((one) => ({ ...(one as object), quiet: quiet.end }))).toEqual([])
  })
})
