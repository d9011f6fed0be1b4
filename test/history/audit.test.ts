/** Both sides listed in full: every thing in one class, every difference with its reason, and nothing written. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryLinks } from '../../src/adapters/memory/index.js'
import type { AuditCounts, AuditRow } from '../../src/engine/audit/report.js'
import type { LinkStore, MailStore } from '../../src/engine/ports.js'
import { fullAccess } from '../../src/engine/run/index.js'
import { contactMapping } from '../../src/mapping/index.js'
import { type Answer, limits, ok } from '../../src/model/index.js'
import { runs } from '../runs.js'
import { linkedPair, type World, worldOf } from './world.js'
import { actAll, acts, settings, settled } from './worlds.js'

const audited = async (world: World, engine = world.engine) => {
  const rows: Array<AuditRow> = []
  let counts: AuditCounts | undefined
  let pages = 0
  for await (const page of engine.audit('ann')) {
    rows.push(...page.rows)
    pages += 1
    if (page.done) counts = page.counts
  }
  if (counts === undefined) throw new Error('no page was the last one')
  return { rows, counts, pages }
}

const fieldsIn = async (world: World, engine = world.engine) =>
  (await audited(world, engine)).rows.flatMap(({ fields }) => fields.map(({ field, why }) => `${field} ${why}`))

describe('pairs', () => {
  test('in step: no row, and the counts say so', async () => {
    const world = worldOf()
    await linkedPair(world)
    const { rows, counts } = await audited(world)
    expect(rows).toEqual([])
    expect(counts).toMatchObject({
      items: { listed: 1, 'in-step': 1 },
      records: { listed: 1, 'in-step': 1 },
      links: { walked: 1 },
      standing: { explained: 0, waits: 0, unexplained: 0 }
    })
  })

  test('edited since: the next cycle will see it', async () => {
    const world = worldOf()
    const record = await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    world.records.edit(record, { set: { nickname: 'N' } })
    const { rows } = await audited(world)
    expect(rows).toMatchObject([
      {
        met: 'mail',
        class: 'differs',
        standing: 'waits',
        item: 'm1',
        record,
        fields: [
          { field: 'jobTitle', why: 'unsynced' },
          { field: 'nickName', why: 'unsynced' }
        ]
      }
    ])
    await world.sync()
    expect((await audited(world)).rows).toEqual([])
  })

  test('an edit that changed no version is found, and unexplained: no cycle would ever look', async () => {
    const world = worldOf()
    await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    const [dumped] = world.memory.dump().links
    if (dumped === undefined) throw new Error('no link')
    // The version moves on in the link alone, as where a feed has lost a change.
    const version = world.mail.get('m1')?.version ?? ''
    const links = [{ ...dumped, row: { ...dumped.row, versions: { ...dumped.row.versions, mail: version } } }]
    world.memory.restore({ ...world.memory.dump(), links })
    const { rows, counts } = await audited(world)
    expect(rows).toMatchObject([{ standing: 'unexplained', fields: [{ field: 'jobTitle', why: 'missed' }] }])
    expect(counts.standing).toEqual({ explained: 0, waits: 0, unexplained: 1 })
  })

  test('both sides edited one field, and somebody has to choose', async () => {
    const world = worldOf({ settings: { conflict: 'ask' } })
    const record = await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    world.records.edit(record, { set: { jobtitle: 'C' } })
    await world.sync()
    const { rows } = await audited(world)
    expect(rows).toMatchObject([
      { code: 'needs-decision', standing: 'waits', fields: [{ field: 'jobTitle', why: 'asked' }] }
    ])
  })

  test('an edit on the side that does not flow', async () => {
    const world = worldOf({ settings: { directions: { 'contact.jobTitle': 'toMail' } } })
    await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    await world.sync()
    expect((await audited(world)).rows).toMatchObject([
      { code: 'wrong-side-edit', standing: 'explained', fields: [{ field: 'jobTitle', why: 'one-way' }] }
    ])
  })

  test('a direction opened later: what stands differing stays until the next change', async () => {
    const world = worldOf({ settings: { directions: { 'contact.jobTitle': 'toMail' } } })
    await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    await world.sync()
    const opened = world.engineWith({ directions: { 'contact.jobTitle': 'both' } })
    await opened.sync('ann')
    expect(await fieldsIn(world, opened)).toEqual(['jobTitle as-it-was'])
  })

  test('an undone field stands differing, and the code says why', async () => {
    const world = worldOf()
    await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    const { cycle } = await world.sync()
    await world.engine.undo('ann', cycle)
    await world.sync()
    expect(await fieldsIn(world)).toEqual(['jobTitle as-it-was'])
  })

  test('a field that the user may not update', async () => {
    const world = worldOf({ settings: { securityWrite: 'keep' } })
    await linkedPair(world)
    world.restrict({ ...fullAccess, fields: { 'contact.jobtitle': { update: false } } })
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    await world.sync()
    expect(await fieldsIn(world)).toEqual(['jobTitle security'])
  })

  test('a write that failed waits, with its code', async () => {
    const world = worldOf()
    await linkedPair(world)
    world.mail.edit('m1', { set: { jobTitle: 'B' } })
    world.faults.add({ store: 'records', op: 'update', error: 'forbidden' })
    await world.sync()
    expect((await audited(world)).rows).toMatchObject([
      { standing: 'waits', code: 'missing-privilege', fields: [{ field: 'jobTitle', why: 'waits' }] }
    ])
  })

  test('a text that the record had to cut', async () => {
    const rows = contactMapping.rows.map((row) => (row.name === 'jobTitle' ? { ...row, recordLengthMax: 5 } : row))
    const world = worldOf({ settings: { mappings: { contact: { ...contactMapping, rows } } } })
    const record = await linkedPair(world, { jobTitle: 'Forewoman' })
    expect(world.record(record)).toMatchObject({ jobtitle: 'Forew' })
    expect((await audited(world)).rows).toMatchObject([
      { standing: 'explained', fields: [{ field: 'jobTitle', why: 'cut' }] }
    ])
  })

  test('one side gone since, both gone, and an item that no listing names', async () => {
    const world = worldOf()
    const record = await linkedPair(world)
    world.records.remove(record)
    expect((await audited(world)).rows).toMatchObject([{ met: 'mail', class: 'partner-gone', standing: 'waits' }])
    world.mail.remove('m1')
    const { rows, counts } = await audited(world)
    expect(rows).toMatchObject([{ met: 'link', class: 'both-gone', item: 'm1', record }])
    expect(counts.links).toEqual({ walked: 1, bothGone: 1, notListed: 0 })
  })

  test('a record whose card is gone is told of where the record is met', async () => {
    const world = worldOf()
    const record = await linkedPair(world)
    world.mail.remove('m1')
    expect((await audited(world)).rows).toMatchObject([{ met: 'record', class: 'partner-gone', item: 'm1', record }])
  })

  test('two links for one card', async () => {
    const world = worldOf()
    await linkedPair(world)
    const dump = world.memory.dump()
    const twice = dump.links.flatMap((link) => [link, { ...link, row: { ...link.row, id: 'another', record: 'r9' } }])
    world.memory.restore({ ...dump, links: twice })
    const { rows, counts } = await audited(world)
    expect(rows[0]).toMatchObject({ class: 'linked-twice', standing: 'unexplained', item: 'm1' })
    expect(counts.items['linked-twice']).toBe(1)
  })
})

describe('things without a link', () => {
  test('a card nobody tracks, a card that was untracked, one that waits to be tracked', async () => {
    const world = worldOf()
    await linkedPair(world)
    await world.engine.untrack('ann', 'm1')
    await world.sync()
    world.mail.put({ ref: 'm2', kind: 'contact', fields: { surname: 'Lee' } })
    world.mail.put({ ref: 'm3', kind: 'contact', fields: { surname: 'Kim' } })
    await world.engine.track('ann', 'm3')
    const items = (await audited(world)).rows.filter(({ met }) => met === 'mail')
    expect(items.map(({ item, code, standing }) => [item, code, standing])).toEqual([
      ['m1', 'untracked', 'explained'],
      ['m2', 'not-requested', 'explained'],
      ['m3', 'not-requested', 'waits']
    ])
  })

  test('a record that no filter holds, and one that a person’s deletion keeps away', async () => {
    const world = worldOf()
    world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Ruiz' } })
    world.records.put({ ref: 'r2', type: 'contact', owner: 'bob', fields: { lastname: 'Lee' } })
    await world.sync()
    world.mail.remove(world.mail.all()[0]?.ref ?? '')
    await world.sync()
    const { rows } = await audited(world)
    expect(rows.map(({ record, code, standing }) => [record, code, standing])).toEqual([
      ['r1', 'kept-by-kind', 'explained'],
      ['r2', 'not-requested', 'explained']
    ])
  })

  test('a member without a link, of which nothing is remembered, is unexplained once a cycle has passed it by', async () => {
    const world = worldOf()
    world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Ruiz' } })
    expect((await audited(world)).rows).toMatchObject([{ record: 'r1', standing: 'waits' }])
    await world.sync()
    world.memory.restore({ ...world.memory.dump(), links: [] })
    const { rows } = await audited(world)
    expect(rows.map(({ met, standing }) => [met, standing])).toEqual([
      ['mail', 'waits'],
      ['record', 'unexplained']
    ])
  })

  test('a card with another tenant’s marker, a broken card, a card in the deleted items', async () => {
    const world = worldOf()
    world.mail.put({ ref: 'm1', kind: 'contact', marker: { tenant: 'other', record: 'r1' }, fields: { surname: 'A' } })
    world.mail.put({ ref: 'm2', kind: 'contact', fields: { surname: 'B' } })
    world.mail.put({ ref: 'm3', kind: 'contact', folder: 'deleted', fields: { surname: 'C' } })
    world.mail.corrupt('m2')
    const { rows, counts } = await audited(world)
    expect(rows.map((row) => [row.item, row.class, row.standing])).toEqual([
      ['m1', 'foreign', 'explained'],
      ['m2', 'unreadable', 'explained'],
      ['m3', 'deleted', 'explained']
    ])
    expect(counts.items).toMatchObject({ listed: 3, foreign: 1, unreadable: 1, deleted: 1 })
  })

  test('a copy of a card that the engine made', async () => {
    const world = worldOf()
    world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Ruiz' } })
    await world.sync()
    const [made] = world.mail.all()
    if (made?.marker === undefined) throw new Error('no marker')
    world.mail.put({ ref: 'copy', kind: 'contact', marker: made.marker, fields: made.fields })
    expect((await audited(world)).rows).toMatchObject([{ item: 'copy', code: 'copied-item', standing: 'explained' }])
  })
})

test('a mailbox of more things than a page holds is listed page by page, each thing once', async () => {
  const world = worldOf({ preset: 'dynamics' })
  const count = limits.pageRowsMax + 20
  for (let n = 0; n < count; n += 1) {
    world.mail.put({ ref: `m${n}`, kind: 'contact', fields: { surname: `N${n}` } })
    world.records.put({ ref: `r${n}`, type: 'contact', owner: 'bob', fields: { lastname: `N${n}` } })
  }
  const { rows, counts, pages } = await audited(world)
  expect([rows.length, counts.items.listed, counts.records.listed]).toEqual([2 * count, count, count])
  expect(pages).toBeGreaterThan(4)
  expect(rows.every(({ standing }) => standing === 'explained')).toBe(true)
})

test('a feed that tells of a thing on two pages: it counts once', async () => {
  const wrapMail = (mail: MailStore): MailStore => ({
    ...mail,
    changes: async (scope, cursor, max) => {
      const page = await mail.changes(scope, cursor, max)
      const first = cursor === undefined ? undefined : await mail.changes(scope, undefined, 1)
      if (page._tag === 'Left' || first?._tag !== 'Right') return page
      const known = new Set(page.right.rows.map(({ ref }) => ref))
      return ok({ ...page.right, rows: [...page.right.rows, ...first.right.rows.filter(({ ref }) => !known.has(ref))] })
    }
  })
  const world = worldOf({ wrapMail })
  for (let n = 0; n < limits.pageRowsMax + 1; n += 1)
    world.mail.put({ ref: `m${n}`, kind: 'contact', fields: { surname: `N${n}` } })
  const { rows, counts } = await audited(world)
  expect([rows.length, counts.items.listed]).toEqual([limits.pageRowsMax + 1, limits.pageRowsMax + 1])
})

test('a side that cannot be listed rejects: no audit says less than everything and calls itself done', async () => {
  const world = worldOf()
  await linkedPair(world)
  world.faults.add({ store: 'records', op: 'query', error: 'transient' })
  await expect(audited(world)).rejects.toMatchObject({ name: 'Stopped', stop: { side: 'record' } })
})

const writing: ReadonlyArray<keyof LinkStore> = ['transact', 'append', 'claim', 'raise', 'lease', 'release', 'forget']

test('AUDIT-1: counts add up to what both sides hold, and after quiet cycles nothing is unexplained or on its way', () =>
  fc.assert(
    fc.asyncProperty(acts, acts, settings, async (first, second, set) => {
      const memory = memoryLinks()
      const world = await settled({ settings: set, links: memory })
      await actAll(world, first)
      const early = await audited(world)
      expect(early.counts.standing.unexplained).toBe(0)
      await world.sync()
      await actAll(world, second)
      await world.sync()
      await world.sync()
      const before = JSON.stringify([memory.dump(), world.mail.all(), world.records.all()])
      const { rows, counts } = await audited(world)
      expect(JSON.stringify([memory.dump(), world.mail.all(), world.records.all()])).toBe(before)
      expect([counts.items.listed, counts.records.listed]).toEqual([
        world.mail.all().length,
        world.records.all().length
      ])
      expect(counts.links.walked).toBe(memory.dump().links.length)
      const { explained, waits, unexplained } = counts.standing
      expect(explained + waits + unexplained).toBe(rows.length)
      expect(rows.filter(({ standing, code }) => standing !== 'explained' && code !== 'needs-decision')).toEqual([])
      expect(counts.items['in-step'] + rows.filter(({ met }) => met === 'mail').length).toBe(counts.items.listed)
    }),
    runs(0.15)
  ))

test('AUDIT-2: an audit calls no function of the link store that writes, and writes to neither side', async () => {
  const memory = memoryLinks()
  const called: Array<string> = []
  const refusing = Object.fromEntries(
    writing.map((name) => [
      name,
      (): Answer<never> => Promise.reject(new Error(`${name} was called: ${called.push(name)}`))
    ])
  )
  const world = worldOf({ links: memory })
  await linkedPair(world)
  world.mail.edit('m1', { set: { jobTitle: 'B' } })
  const onlooker = worldOf({ links: { ...memory, ...refusing } as LinkStore })
  onlooker.mail.put({ ref: 'm1', kind: 'contact', fields: { surname: 'Ruiz' } })
  expect((await audited(onlooker)).rows.length).toBeGreaterThan(0)
  expect(called).toEqual([])
  expect(onlooker.mail.counts).toEqual({ ...onlooker.mail.counts, creates: 0, updates: 0, deletes: 0 })
})
