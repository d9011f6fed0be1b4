/** What the engine says that it has changed, when, and why. */
import { expect, test } from 'vitest'
import { linkedPair, worldOf } from './world.js'

test('an edit in the mailbox: the record’s history says which field, from what to what, when and why', async () => {
  const world = worldOf()
  const record = await linkedPair(world)
  world.mail.edit('m1', { set: { jobTitle: 'B', department: 'Sales' } })
  const { cycle } = await world.sync()
  const { entries, next } = await world.engine.history('ann', 'record', record)
  expect(next).toBeUndefined()
  expect(entries).toMatchObject([
    {
      cycle,
      atMs: world.clock.nowMs,
      op: 'update',
      side: 'record',
      ref: record,
      other: 'm1',
      code: 'to-record',
      text: 'Changes of the mailbox were written to the record: department, jobTitle.',
      changes: [
        { field: 'department', row: 'department', before: null, after: 'Sales' },
        { field: 'jobtitle', row: 'jobTitle', before: 'A', after: 'B' }
      ]
    },
    {
      op: 'create',
      code: 'gesture',
      by: 'ann',
      changes: expect.arrayContaining([expect.objectContaining({ before: null })])
    }
  ])
  expect(entries[0]).not.toHaveProperty('by')
  expect((await world.engine.history('ann', 'mail', 'm1')).entries).toEqual([])
})

test('a conflict: the value that lost is in the history, under the code that says so', async () => {
  const world = worldOf({ settings: { conflict: 'record-wins' } })
  const record = await linkedPair(world)
  world.mail.edit('m1', { set: { jobTitle: 'mine' } })
  world.records.edit(record, { set: { jobtitle: 'theirs' } })
  await world.sync()
  const { entries } = await world.engine.history('ann', 'mail', 'm1')
  expect(entries).toMatchObject([
    { code: 'conflict-resolved', changes: [{ field: 'jobTitle', row: 'jobTitle', before: 'mine', after: 'theirs' }] }
  ])
})

test('an answer to a question: the history names who gave it', async () => {
  const world = worldOf({ settings: { conflict: 'ask' } })
  const record = await linkedPair(world)
  world.mail.edit('m1', { set: { jobTitle: 'mine' } })
  world.records.edit(record, { set: { jobtitle: 'theirs' } })
  await world.sync()
  await world.engine.resolve('ann', 'm1', 'record', { by: 'eve' })
  await world.sync()
  const { entries } = await world.engine.history('ann', 'mail', 'm1')
  expect(entries).toMatchObject([{ by: 'eve', changes: [{ before: 'mine', after: 'theirs' }] }])
})

test('a deletion: all that the thing held is in the history', async () => {
  const world = worldOf({ settings: { contactDeleteFromMail: 'owner' } })
  const record = await linkedPair(world)
  world.records.edit(record, { set: { unmapped: 'kept too' } })
  await world.sync()
  world.mail.remove('m1')
  await world.sync()
  const [gone] = (await world.engine.history('ann', 'record', record)).entries
  expect(gone).toMatchObject({ op: 'delete', code: 'mail-deleted', owner: 'ann', state: 'active' })
  expect(Object.fromEntries(gone?.changes.map(({ field, before }) => [field, before]) ?? [])).toMatchObject({
    lastname: 'Ruiz',
    jobtitle: 'A',
    unmapped: 'kept too'
  })
})

test('pages: every entry once, newest first, of whatever size', async () => {
  const world = worldOf()
  const record = await linkedPair(world)
  for (const value of ['B', 'C', 'D', 'E']) {
    world.mail.edit('m1', { set: { jobTitle: value } })
    await world.sync()
  }
  for (const max of [1, 2, 5, 6]) {
    const read: Array<unknown> = []
    let before: string | undefined
    do {
      const page = await world.engine.history('ann', 'record', record, {
        max,
        ...(before === undefined ? {} : { before })
      })
      expect(page.entries.length).toBeLessThanOrEqual(max)
      read.push(...page.entries.map(({ changes }) => changes.find(({ row }) => row === 'jobTitle')?.after))
      before = page.next
    } while (before !== undefined)
    expect(read).toEqual(['E', 'D', 'C', 'B', 'A'])
  }
})

test('what is older than the setting goes, a bounded number at each cycle', async () => {
  const world = worldOf({ settings: { history: 'P30D' } })
  const record = await linkedPair(world)
  world.clock.nowMs += 29 * 24 * 3600_000
  world.mail.edit('m1', { set: { jobTitle: 'B' } })
  await world.sync()
  expect((await world.engine.history('ann', 'record', record)).entries).toHaveLength(2)
  world.clock.nowMs += 2 * 24 * 3600_000
  await world.sync()
  expect((await world.engine.history('ann', 'record', record)).entries).toMatchObject([{ op: 'update' }])
})

test('under `history: 0` nothing is kept, and what was kept before goes', async () => {
  const world = worldOf()
  const record = await linkedPair(world)
  const without = world.engineWith({ history: 0 })
  world.mail.edit('m1', { set: { jobTitle: 'B' } })
  await without.sync('ann')
  expect((await without.history('ann', 'record', record)).entries).toEqual([])
  expect(world.memory.dump().history).toEqual([])
  await expect(without.undo('ann', 'any')).rejects.toMatchObject({ name: 'Misuse', paths: ['settings.history'] })
})

test('under `base: "digest"` no table of the link store holds a value', async () => {
  const world = worldOf({ settings: { base: 'digest', history: 0 }, baseKey: new Uint8Array(32).fill(7) })
  const record = await linkedPair(world, { department: 'canary-department' })
  world.records.edit(record, { set: { nickname: 'canary-nick' } })
  await world.sync()
  expect(world.memory.dump().history).toEqual([])
  expect(JSON.stringify(world.memory.dump())).not.toContain('canary')
})

test('a write that was carried out before the process died is in the history of its cycle', async () => {
  const world = worldOf()
  const record = await linkedPair(world)
  world.mail.edit('m1', { set: { jobTitle: 'B' } })
  // The intents are committed, the write happens, and the commit after it never comes.
  world.faults.add({ store: 'links', op: 'commit', error: 'crash', after: 2 })
  await expect(world.sync()).rejects.toThrow()
  const { entries: before } = await world.engine.history('ann', 'record', record)
  expect([before.length, world.record(record)?.['jobtitle']]).toEqual([1, 'B'])
  const { cycle } = await world.sync()
  const { entries } = await world.engine.history('ann', 'record', record)
  expect(entries).toMatchObject([
    { op: 'update', code: 'to-record', recovered: true, changes: [{ field: 'jobtitle', before: 'A', after: 'B' }] },
    { op: 'create' }
  ])
  expect(entries[0]?.cycle && entries[0].cycle < cycle).toBe(true)
})

test('a decision about a thing that is long gone is let go, and what its last link ended by is still told', async () => {
  const world = worldOf()
  await linkedPair(world)
  await world.engine.untrack('ann', 'm1')
  await world.sync()
  expect(await world.engine.explain('ann', 'mail', 'm1')).toMatchObject({ code: 'untracked', facts: { by: 'ann' } })
  world.clock.nowMs += 100 * 24 * 3600_000
  await world.sync()
  expect(world.memory.dump().decisions).toEqual([])
  expect(await world.engine.explain('ann', 'mail', 'm1')).toMatchObject({
    code: 'untracked',
    facts: { ended: 'person' }
  })
})
