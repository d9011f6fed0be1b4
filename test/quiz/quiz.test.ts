/**
 * Five questions that every sync engine should answer in public, answered under both presets; `docs/behaviour.md` has
 * the answers in words, beside those of others.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { memoryLinks } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { bundled, start } from '../adapters/children.js'
import { linkedPair, worldOf, writesOf } from '../history/world.js'

const presets = ['careful', 'dynamics'] as const

describe.each(presets)('under %s', (preset) => {
  test('1. edits to two different fields: both survive, on both sides, in one cycle', async () => {
    const world = worldOf({ preset })
    const record = await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    world.records.edit(record, { set: { department: 'D' } })
    const report = await world.sync()
    expect(world.item('m1')).toMatchObject({ jobTitle: 'B', department: 'D' })
    expect(world.record(record)).toMatchObject({ jobtitle: 'B', department: 'D' })
    expect([writesOf(report), report.conflicts, writesOf(await world.sync())]).toEqual([2, 0, 0])
  })

  test('2. deleted on one side, edited on the other: the edit survives, or goes with a deletion that says so', async () => {
    const world = worldOf({ preset, settings: { contactDeleteFromMail: 'owner' } })
    const record = await linkedPair(world)
    world.mail.remove('m1')
    world.records.edit(record, { set: { jobtitle: 'B' } })
    const { cycle, decisions } = await world.sync()
    if (preset === 'careful') {
      expect(decisions).toMatchObject([{ code: 'conflict-resolved', facts: { deleted: 'mail', edited: ['jobTitle'] } }])
      expect([world.record(record)?.['jobtitle'], world.mail.all()[0]?.fields['jobTitle']]).toEqual(['B', 'B'])
    } else {
      expect(decisions).toMatchObject([{ code: 'mail-deleted', facts: { lostEdit: ['jobTitle'] } }])
      await world.engine.undo('ann', cycle)
      expect(world.records.all()).toMatchObject([{ fields: { jobtitle: 'B' } }])
    }
  })

  test('3. the state is lost, both sides equal: the pairs are known again, nothing is written or doubled', async () => {
    const world = worldOf({ preset })
    // A card made for a record bears its mark; a record made of a card bears an id that follows from it.
    world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Lee' } })
    await linkedPair(world)
    const [links, things] = [world.memory.dump().links.length, world.mail.all().length + world.records.all().length]
    world.memory.restore(memoryLinks().dump())
    expect(writesOf(await world.sync())).toBe(0)
    expect(world.memory.dump().links.length).toBe(links)
    expect(world.mail.all().length + world.records.all().length).toBe(things)
    expect(writesOf(await world.sync())).toBe(0)
  })

  test('4. one side is emptied: nothing follows it until somebody says yes', async () => {
    const world = worldOf({ preset, settings: { contactDeleteFromMail: 'owner' } })
    for (let n = 0; n < 12; n += 1)
      world.records.put({ ref: `r${n}`, type: 'contact', owner: 'ann', fields: { lastname: `N${n}` } })
    await world.sync()
    for (const { ref } of world.mail.all()) world.mail.remove(ref)
    const report = await world.sync()
    expect(report).toMatchObject({ held: [{ guard: 'mass-delete' }], writes: { record: { deleted: 0 } } })
    expect(world.records.all()).toHaveLength(12)
  })
})

describe('5. kill -9 in the first sync', () => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-quiz-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const child = bundled(new URL('./first-sync-child.ts', import.meta.url), folder)
  const count = 60

  test.each([7, 45])('killed after %i of 60 cards, and run again: every card once, none lost', async (after) => {
    const root = mkdtempSync(join(folder, 'mailbox-'))
    mkdirSync(join(root, 'contacts'))
    const path = join(root, 'links.db')
    const { host, close } = sqlite({ path })
    for (let n = 0; n < count; n += 1)
      await host.put({ type: 'contact', ref: `r${n}`, owner: 'ann', fields: { lastname: `Only${n}.` } })
    close()
    expect((await start([await child, root, path, String(after)]).ended).signal).toBe('SIGKILL')
    const cards = () =>
      readdirSync(join(root, 'contacts')).map((name) => readFileSync(join(root, 'contacts', name), 'utf8'))
    expect(cards()).toHaveLength(after)
    expect((await start([await child, root, path]).ended).out).toBe('completed')
    expect(cards()).toHaveLength(count)
    for (let n = 0; n < count; n += 1) expect(cards().filter((card) => card.includes(`Only${n}.`))).toHaveLength(1)
    const again = await start([await child, root, path]).ended
    expect(again.out).toBe('completed')
  })
})
