/** What one cycle has written is taken back, as far as nobody has changed it since; and the next cycle writes nothing. */
import { describe, expect, test } from 'vitest'
import { claimOf, recordIdentity } from '../../src/engine/claims.js'
import { fullAccess } from '../../src/engine/run/index.js'
import { limits } from '../../src/model/index.js'
import { linkedPair, type World, worldOf, writesOf } from './world.js'

/** The next cycles write nothing, and leave both sides as they are. */
const isQuiet = async (world: World): Promise<void> => {
  const things = () => JSON.stringify([world.mail.all(), world.records.all()])
  const before = things()
  for (let round = 0; round < 2; round += 1) expect(writesOf(await world.sync())).toBe(0)
  expect(things()).toBe(before)
}

/** A card edited on the telephone, and the cycle that carried it over. */
const carriedOver = async (world: World) => {
  const record = await linkedPair(world)
  world.mail.edit('m1', { set: { jobTitle: 'B', department: 'Sales' } })
  const { cycle } = await world.sync()
  expect(world.record(record)).toMatchObject({ jobtitle: 'B', department: 'Sales' })
  return { record, cycle }
}

describe('fields', () => {
  test('old values come back on the side that was written; the other side keeps its edit, and nothing flows', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    const report = await world.engine.undo('ann', cycle, { by: 'eve' })
    expect(report).toMatchObject({
      outcome: 'completed',
      writes: { record: { updated: 1 }, mail: { updated: 0 } },
      decisions: [{ code: 'undone', facts: { by: 'eve', undoes: cycle, toRecord: ['department', 'jobTitle'] } }]
    })
    expect(world.record(record)).toMatchObject({ jobtitle: 'A' })
    expect(world.record(record)).not.toHaveProperty('department')
    expect(world.item('m1')).toMatchObject({ jobTitle: 'B', department: 'Sales' })
    expect(await world.engine.explain('ann', 'record', record)).toMatchObject({ code: 'undone' })
    const { entries } = await world.engine.history('ann', 'record', record)
    expect(entries[0]).toMatchObject({ cycle: report.cycle, code: 'undone', by: 'eve', op: 'update' })
    await isQuiet(world)
  })

  test('a dry run says the same and writes nothing', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    const before = JSON.stringify(world.memory.dump())
    const report = await world.engine.undo('ann', cycle, { dryRun: true })
    expect(report).toMatchObject({
      dryRun: true,
      decisions: [{ code: 'undone', recordRows: ['department', 'jobTitle'] }]
    })
    expect(world.record(record)).toMatchObject({ jobtitle: 'B' })
    expect(JSON.stringify(world.memory.dump())).toBe(before)
  })

  test('an undo of the undo writes the cycle’s values again', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    const first = await world.engine.undo('ann', cycle)
    const second = await world.engine.undo('ann', first.cycle)
    expect(world.record(record)).toMatchObject({ jobtitle: 'B', department: 'Sales' })
    await isQuiet(world)
    await world.engine.undo('ann', second.cycle)
    expect(world.record(record)).toMatchObject({ jobtitle: 'A' })
    await isQuiet(world)
  })

  test('a field that somebody has edited since is left, the others go back', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    world.records.edit(record, { set: { jobtitle: 'typed since' } })
    const { decisions } = await world.engine.undo('ann', cycle)
    expect(decisions).toMatchObject([{ code: 'undone', facts: { toRecord: ['department'], left: ['jobTitle'] } }])
    expect(world.record(record)).toMatchObject({ jobtitle: 'typed since' })
    expect(world.record(record)).not.toHaveProperty('department')
    // The edit is no secret to the next cycle, though the undo wrote on top of it.
    await world.sync()
    expect(world.item('m1')).toMatchObject({ jobTitle: 'typed since', department: 'Sales' })
    await isQuiet(world)
  })

  test('all fields edited since: nothing is written, and the reason is told', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    world.records.edit(record, { set: { jobtitle: 'C', department: 'D' } })
    const report = await world.engine.undo('ann', cycle)
    expect(writesOf(report)).toBe(0)
    expect(report.decisions).toMatchObject([{ code: 'changed-since', facts: { left: ['department', 'jobTitle'] } }])
    expect(await world.engine.explain('ann', 'record', record)).toMatchObject({
      text: 'It has changed since that cycle, so the undo left it as it is.'
    })
  })

  test('an edit of the same field on the other side, not yet carried over, outweighs the undo', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    world.mail.edit('m1', { set: { jobTitle: 'newest' } })
    const { decisions } = await world.engine.undo('ann', cycle)
    expect(decisions).toMatchObject([{ facts: { toRecord: ['department'], left: ['jobTitle'] } }])
    await world.sync()
    expect(world.record(record)).toMatchObject({ jobtitle: 'newest' })
    await isQuiet(world)
  })

  test('both sides were written: both go back', async () => {
    const world = worldOf({ settings: { conflict: 'mail-wins' } })
    const record = await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'mine', givenName: 'Ana' } })
    world.records.edit(record, { set: { jobtitle: 'theirs', nickname: 'N' } })
    const { cycle } = await world.sync()
    expect(world.item('m1')).toMatchObject({ jobTitle: 'mine', nickName: 'N' })
    await world.engine.undo('ann', cycle)
    expect(world.record(record)).toMatchObject({ jobtitle: 'theirs', nickname: 'N' })
    expect(world.record(record)).not.toHaveProperty('firstname')
    expect(world.item('m1')).toMatchObject({ jobTitle: 'mine', givenName: 'Ana' })
    expect(world.item('m1')).not.toHaveProperty('nickName')
    await isQuiet(world)
  })

  test('a parent that somebody set goes back, and the company’s name with it', async () => {
    const world = worldOf({ settings: { companyFromParent: true } })
    world.records.put({ ref: 'acc', type: 'account', fields: { name: 'Contoso' } })
    const record = await linkedPair(world)
    await world.engine.setParent('ann', 'm1', 'acc')
    const set = await world.sync()
    const shown = await world.sync()
    expect([world.record(record)?.['parentcustomerid'], world.item('m1')?.['companyName']]).toEqual(['acc', 'Contoso'])
    await world.engine.undo('ann', shown.cycle)
    expect(world.item('m1')).not.toHaveProperty('companyName')
    await isQuiet(world)
    await world.engine.undo('ann', set.cycle)
    expect(world.record(record)).not.toHaveProperty('parentcustomerid')
    await isQuiet(world)
  })

  test('undone twice: the second time there is nothing to take back', async () => {
    const world = worldOf()
    const { cycle } = await carriedOver(world)
    await world.engine.undo('ann', cycle)
    expect(writesOf(await world.engine.undo('ann', cycle))).toBe(0)
    await isQuiet(world)
  })

  test('a person edits between the look and the write: the refused write is decided again, and left', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    world.faults.add({ store: 'records', op: 'update', error: 'conflict' })
    const { decisions } = await world.engine.undo('ann', cycle)
    expect(decisions).toMatchObject([{ code: 'undone' }])
    expect(world.record(record)).toMatchObject({ jobtitle: 'A' })
    await isQuiet(world)
  })

  test('the answer of the store is lost: the next cycle finds the write and repeats nothing', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    world.faults.add({ store: 'records', op: 'update', error: 'lost-response' })
    expect((await world.engine.undo('ann', cycle)).counts.failed).toBe(1)
    expect(world.record(record)).toMatchObject({ jobtitle: 'A' })
    await isQuiet(world)
  })

  test('without the right to update nothing is written; a field that may not be updated stays', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    world.restrict({ ...fullAccess, privileges: { ...fullAccess.privileges, update: false } })
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ code: 'missing-privilege' }])
    world.restrict({ ...fullAccess, fields: { 'contact.jobtitle': { update: false } } })
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ facts: { left: ['jobTitle'] } }])
    expect(world.record(record)).toMatchObject({ jobtitle: 'B' })
    expect(world.record(record)).not.toHaveProperty('department')
  })

  test('a pair whose tracking has ended since: the values go back, and nothing links it again', async () => {
    const world = worldOf()
    const { record, cycle } = await carriedOver(world)
    await world.engine.untrack('ann', 'm1')
    await world.sync()
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ code: 'undone' }])
    expect(world.record(record)).toMatchObject({ jobtitle: 'A' })
    await isQuiet(world)
    expect(world.memory.dump().links).toEqual([])
    await world.engine.track('ann', 'm1')
    await isQuiet(world)
    expect(world.memory.dump().links).toMatchObject([{ row: { record } }])
  })
})

describe('what a cycle made', () => {
  const entered = async (world: World) => {
    world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Ruiz', jobtitle: 'A' } })
    const { cycle } = await world.sync()
    const [item] = world.mail.all()
    if (item === undefined) throw new Error('nothing was made')
    return { item: item.ref, cycle }
  }

  test('an item made for a record goes; the filter brings it back only when the record has left and enters again', async () => {
    const world = worldOf()
    const { item, cycle } = await entered(world)
    const report = await world.engine.undo('ann', cycle)
    expect(report).toMatchObject({
      writes: { mail: { deleted: 1 } },
      links: { ended: 1 },
      decisions: [{ code: 'undone' }]
    })
    expect(world.item(item)).toBeUndefined()
    await isQuiet(world)
    world.records.edit('r1', { set: { jobtitle: 'B' } })
    await isQuiet(world)
    world.records.edit('r1', { owner: 'bob' })
    await world.sync()
    world.records.edit('r1', { owner: 'ann' })
    await world.sync()
    expect(world.mail.all()).toMatchObject([{ fields: { jobTitle: 'B' } }])
  })

  test('an undo of that undo makes it again, linked; edits flow', async () => {
    const world = worldOf()
    const { cycle } = await entered(world)
    const { cycle: undone } = await world.engine.undo('ann', cycle)
    await world.engine.undo('ann', undone)
    await isQuiet(world)
    const [again] = world.mail.all()
    world.mail.edit(again?.ref ?? '', { set: { jobTitle: 'B' } })
    await world.sync()
    expect(world.record('r1')).toMatchObject({ jobtitle: 'B' })
    expect(world.memory.dump().links).toMatchObject([{ row: { origin: 'both' } }])
  })

  test('a record made of a card goes; the card stays, and a new gesture makes another', async () => {
    const world = worldOf()
    world.mail.put({ ref: 'm1', kind: 'contact', fields: { surname: 'Ruiz' } })
    await world.engine.track('ann', 'm1')
    const { cycle } = await world.sync()
    const [made] = world.records.all()
    await world.engine.undo('ann', cycle)
    expect([world.records.all(), world.mail.all().length]).toEqual([[], 1])
    await isQuiet(world)
    await world.engine.track('ann', 'm1')
    await world.sync()
    expect(world.records.all()).toHaveLength(1)
    expect(world.records.all()[0]?.ref).not.toBe(made?.ref)
  })

  test('a thing that was there already was not made: it is linked, and no undo deletes it', async () => {
    const world = worldOf()
    world.mail.put({ ref: 'm1', kind: 'contact', fields: { surname: 'Ruiz' } })
    await world.engine.track('ann', 'm1')
    const id = claimOf('default', recordIdentity('ann', 'm1'), 0).id
    world.records.put({ ref: id, type: 'contact', owner: 'bob', fields: { lastname: 'Ruiz' } })
    const { cycle } = await world.sync()
    expect(world.memory.dump().links).toMatchObject([{ row: { record: id } }])
    expect((await world.engine.undo('ann', cycle)).counts.looked).toBe(0)
    expect(world.records.all()).toHaveLength(1)
  })

  test('a creation that was found after a death, and edited before it was found, is not deleted', async () => {
    const world = worldOf()
    world.mail.put({ ref: 'm1', kind: 'contact', fields: { surname: 'Ruiz' } })
    await world.engine.track('ann', 'm1')
    world.faults.add({ store: 'links', op: 'commit', error: 'crash', after: 2 })
    await expect(world.sync()).rejects.toThrow()
    const [made] = world.records.all()
    world.records.edit(made?.ref ?? '', { set: { unmapped: 'typed since' } })
    await world.sync()
    const { entries } = await world.engine.history('ann', 'record', made?.ref ?? '')
    const [found] = entries
    expect(found).toMatchObject({ op: 'create', recovered: true })
    expect((await world.engine.undo('ann', found?.cycle ?? '')).decisions).toMatchObject([{ code: 'changed-since' }])
    expect(world.records.all()).toHaveLength(1)
  })

  test('what somebody has edited since is not deleted', async () => {
    const world = worldOf()
    const { item, cycle } = await entered(world)
    world.mail.edit(item, { set: { homePage: 'typed since' } })
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ code: 'changed-since' }])
    expect(world.item(item)).toMatchObject({ homePage: 'typed since' })
  })

  test('what a later cycle has written to is not deleted, until that is undone too', async () => {
    const world = worldOf()
    const { item, cycle } = await entered(world)
    world.records.edit('r1', { set: { jobtitle: 'B' } })
    const later = await world.sync()
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ code: 'changed-since' }])
    await world.engine.undo('ann', later.cycle)
    await world.engine.undo('ann', cycle)
    expect(world.item(item)).toBeUndefined()
    await isQuiet(world)
  })

  test('what a person has taken out of the tracking is not deleted, whatever else of it was undone', async () => {
    const world = worldOf()
    const { item, cycle } = await entered(world)
    world.records.edit('r1', { set: { jobtitle: 'B' } })
    const later = await world.sync()
    await world.engine.untrack('ann', item)
    await world.sync()
    await world.engine.undo('ann', later.cycle)
    expect(world.item(item)).toMatchObject({ jobTitle: 'A' })
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ facts: { unlinked: true } }])
    expect(world.item(item)).toMatchObject({ jobTitle: 'A' })
    await isQuiet(world)
  })

  test('a record that another mailbox holds is not deleted', async () => {
    const world = worldOf()
    world.mail.put({ ref: 'm1', kind: 'contact', fields: { surname: 'Ruiz' } })
    await world.engine.track('ann', 'm1')
    const { cycle } = await world.sync()
    await world.sync('bob')
    const { decisions } = await world.engine.undo('ann', cycle)
    expect(decisions).toMatchObject([{ code: 'changed-since', facts: { linkedElsewhere: true } }])
    expect(world.records.all()).toHaveLength(1)
  })

  test('very many at once are held by the guard, and pass with a yes', async () => {
    const world = worldOf()
    for (let n = 0; n < 12; n += 1)
      world.records.put({ ref: `r${n}`, type: 'contact', owner: 'ann', fields: { lastname: `N${n}` } })
    const { cycle } = await world.sync()
    const held = await world.engine.undo('ann', cycle)
    expect(held).toMatchObject({ held: [{ guard: 'mass-delete', counts: { deletes: 12 } }] })
    expect(world.mail.all()).toHaveLength(12)
    await isQuiet(world)
    await world.engine.approve('ann', held.held[0]?.planHash ?? '')
    expect((await world.engine.undo('ann', cycle)).writes.mail.deleted).toBe(12)
    await isQuiet(world)
  })
})

test('a cycle of more writes than a page of history holds is undone as a whole', async () => {
  const world = worldOf({ preset: 'dynamics', settings: { guard: { maxDeleteRatio: 1 } } })
  const count = limits.historyRowsMax + 30
  for (let n = 0; n < count; n += 1)
    world.records.put({ ref: `r${n}`, type: 'contact', owner: 'ann', fields: { lastname: `N${n}` } })
  const { cycle } = await world.sync()
  expect(world.mail.all()).toHaveLength(count)
  expect((await world.engine.undo('ann', cycle)).writes.mail.deleted).toBe(count)
  expect(world.mail.all()).toEqual([])
})

describe('what a cycle deleted', () => {
  test('a card that left the filter is made again and linked; it does not leave once more, and edits flow', async () => {
    const world = worldOf({ preset: 'dynamics' })
    world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Ruiz', jobtitle: 'A' } })
    await world.sync()
    const [card] = world.mail.all()
    world.mail.edit(card?.ref ?? '', { set: { unmapped: 'a word of mine' } })
    await world.sync()
    world.records.edit('r1', { owner: 'bob' })
    const { cycle } = await world.sync()
    expect(world.mail.all()).toEqual([])
    const report = await world.engine.undo('ann', cycle)
    expect(report).toMatchObject({ writes: { mail: { created: 1 } }, links: { made: 1 } })
    expect(world.mail.all()).toMatchObject([
      { kind: 'contact', fields: { surname: 'Ruiz', unmapped: 'a word of mine' } }
    ])
    await isQuiet(world)
    world.records.edit('r1', { set: { jobtitle: 'B' } })
    await world.sync()
    expect(world.mail.all()).toMatchObject([{ fields: { jobTitle: 'B' } }])
    expect(writesOf(await world.engine.undo('ann', cycle))).toBe(0)
  })

  test('a record that went after its card is made again as it was; no filter makes a card of it at once', async () => {
    const world = worldOf({ settings: { contactDeleteFromMail: 'owner' } })
    const record = await linkedPair(world)
    world.records.edit(record, { set: { unmapped: 'kept' } })
    await world.sync()
    world.mail.remove('m1')
    const { cycle } = await world.sync()
    expect(world.records.all()).toEqual([])
    await world.engine.undo('ann', cycle)
    const [again] = world.records.all()
    expect(again).toMatchObject({ owner: 'ann', state: 'active', fields: { lastname: 'Ruiz', unmapped: 'kept' } })
    expect(again?.ref).not.toBe(record)
    await isQuiet(world)
    expect(writesOf(await world.engine.undo('ann', cycle))).toBe(0)
    expect(world.records.all()).toHaveLength(1)
  })

  test('an undo of that undo deletes it again, and one more brings it back', async () => {
    const world = worldOf({ settings: { contactDeleteFromMail: 'owner' } })
    await linkedPair(world)
    world.mail.remove('m1')
    const { cycle } = await world.sync()
    const first = await world.engine.undo('ann', cycle)
    const second = await world.engine.undo('ann', first.cycle)
    expect([second.writes.record.deleted, world.records.all()]).toEqual([1, []])
    await isQuiet(world)
    await world.engine.undo('ann', second.cycle)
    expect(world.records.all()).toMatchObject([{ fields: { lastname: 'Ruiz' } }])
    await isQuiet(world)
  })

  test('a record deleted by a person’s untracking comes back, linked to its card', async () => {
    const world = worldOf()
    await linkedPair(world)
    await world.engine.untrack('ann', 'm1', { deleteRecord: true })
    const { cycle } = await world.sync()
    expect(world.records.all()).toEqual([])
    await world.engine.undo('ann', cycle)
    await isQuiet(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    await world.sync()
    expect(world.records.all()).toMatchObject([{ fields: { jobtitle: 'B' } }])
  })

  test('without the right to create records none is made again', async () => {
    const world = worldOf({ settings: { contactDeleteFromMail: 'owner' } })
    await linkedPair(world)
    world.mail.remove('m1')
    const { cycle } = await world.sync()
    world.restrict({ ...fullAccess, privileges: { ...fullAccess.privileges, create: false } })
    expect((await world.engine.undo('ann', cycle)).decisions).toMatchObject([{ code: 'missing-privilege' }])
    expect(world.records.all()).toEqual([])
  })
})

test('a cycle that wrote nothing, or that nobody knows, is undone by writing nothing', async () => {
  const world = worldOf()
  await linkedPair(world)
  const { cycle } = await world.sync()
  for (const id of [cycle, 'nobody knows'])
    expect(await world.engine.undo('ann', id)).toMatchObject({ outcome: 'completed', counts: { looked: 0 } })
})
