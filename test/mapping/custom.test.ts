/**
 * A host's own kind and type: notes of a mailbox and projects of an application, with names, fields, converters and
 * filters of their own, through whole cycles over the stores in memory.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { compile } from '../../src/filters/index.js'
import {
  type Converter,
  createEngine,
  type CycleReport,
  type Engine,
  fullAccess,
  Misuse,
  oneUser,
  type SettingsInput
} from '../../src/index.js'
import type { Mapping } from '../../src/mapping/index.js'
import type { Access } from '../../src/engine/ports.js'
import type { Filter, Value } from '../../src/model/index.js'
import { checkConverter, checkMapping } from '../../src/testing/laws.js'
import { runs } from '../runs.js'

/** The item shows whole percents, the record holds a share. */
const percent: Converter = {
  id: 'percent',
  version: 1,
  expected: { mail: 'a whole number from 0 to 100', record: 'a share from 0 to 1' },
  accepts: {
    mail: (value) => typeof value === 'number' && value >= 0 && value <= 100,
    record: (value) => typeof value === 'number' && value >= 0 && value <= 1
  },
  normal: { mail: (value) => (typeof value === 'number' ? Math.round(value) : value), record: (value) => value },
  toRecord: (mail) => (typeof mail === 'number' ? Math.round(mail) / 100 : mail),
  toMail: (record) => (typeof record === 'number' ? Math.round(record * 100) : record)
}

const lines = (value: Value): ReadonlyArray<string> =>
  (Array.isArray(value) ? value.map(String) : typeof value === 'string' ? value.split(';') : [])
    .map((line) => line.trim())
    .filter((line) => line !== '')

/** The item holds a list, the record one text with semicolons. */
const semicolons: Converter = {
  id: 'semicolons',
  version: 1,
  expected: { mail: 'a list of texts without a semicolon', record: 'text' },
  accepts: {
    mail: (value) => Array.isArray(value) && value.every((line) => typeof line === 'string' && !line.includes(';')),
    record: (value) => typeof value === 'string'
  },
  normal: {
    mail: (value) => (lines(value).length === 0 ? null : lines(value)),
    record: (value) => lines(value).join('; ')
  },
  toRecord: (mail) => lines(mail).join('; '),
  toMail: (record) => lines(record)
}

const mapping: Mapping = {
  kind: 'note',
  type: 'project',
  rows: [
    { name: 'title', mail: 'heading', record: 'name', direction: 'both', settable: 'fixed', required: true },
    {
      name: 'done',
      mail: 'progress',
      record: 'share',
      convert: 'percent',
      direction: 'both',
      settable: 'all',
      securable: true
    },
    { name: 'tags', mail: 'labels', record: 'tag_text', convert: 'semicolons', direction: 'both', settable: 'all' },
    { name: 'code', mail: 'code', record: 'project_no', direction: 'toMail', settable: 'all' },
    {
      name: 'size',
      mail: { object: 'size', members: ['w', 'h'] },
      record: { fields: ['width', 'height'] },
      convert: 'number',
      direction: 'both',
      settable: 'all'
    }
  ]
}

const converters = { percent, semicolons }

const mine = {
  and: [
    { field: 'owner', op: 'eq-userid' },
    { field: 'stage', op: 'in', value: ['open', 'running'] },
    { field: 'share', op: 'ne', value: 1 }
  ]
} satisfies Filter

const world = (
  given: {
    readonly settings?: SettingsInput
    readonly preset?: 'dynamics' | 'careful'
    readonly filters?: ReadonlyArray<Filter>
    readonly access?: Access['fields']
  } = {}
) => {
  let nowMs = Date.UTC(2026, 2, 2, 9)
  const clock = (): number => nowMs
  const mail = memoryMail({ clock, can: { kinds: ['note'] } })
  const records = memoryRecords({
    clock,
    types: ['project'],
    holds: ({ filter, context, not }, record) =>
      compile(filter, context)(record) && (not === undefined || !compile(not.filter, not.context)(record))
  })
  const mailboxes = { ann: { address: 'ann@contoso.test', mail: mail.port, filters: { project: given.filters ?? [] } } }
  const log: Array<unknown> = []
  const links = memoryLinks({ clock })
  /** Another engine over the same stores: a host that has changed its settings. */
  const engineWith = (settings: SettingsInput): Engine =>
    createEngine({
      mailboxes,
      records: records.port,
      links,
      preset: given.preset ?? 'dynamics',
      settings,
      converters,
      baseKey: new Uint8Array(32).fill(9),
      directory: {
        ...oneUser(mailboxes),
        access: async () => ({ _tag: 'Right', right: { ...fullAccess, fields: given.access ?? {} } })
      },
      clock,
      seed: 'custom',
      log: (entry) => log.push(entry)
    })
  const engine = engineWith({ mappings: { project: mapping }, ...given.settings })
  const later = (ms = 600_000): void => {
    nowMs += ms
  }
  return { mail: mail.host, records: records.host, links, engine, engineWith, later, log }
}

/** A cycle, and what it decided about the one thing that it looked at. */
const sync = async (engine: Engine): Promise<CycleReport> => {
  const report = await engine.sync('ann')
  expect(report.outcome).toBe('completed')
  return report
}

const codes = (report: CycleReport): ReadonlyArray<string> => report.decisions.map((decision) => decision.code)
const writes = ({ writes: { mail, record } }: CycleReport): number =>
  mail.created + mail.updated + mail.deleted + record.created + record.updated + record.deleted

const quiet = async (engine: Engine): Promise<void> => {
  const report = await sync(engine)
  expect([writes(report), report.changes]).toEqual([0, 0])
}

const tracked = async (given: Parameters<typeof world>[0] = {}) => {
  const made = world(given)
  const item = made.mail.put({
    kind: 'note',
    fields: {
      heading: 'Bridge',
      progress: 50,
      labels: ['steel', 'river'],
      code: 'mine',
      size: { w: 3, h: 4, unit: 'm' },
      colour: 'red'
    }
  })
  expect(await made.engine.track('ann', item)).toEqual([{ item, pending: true, code: 'gesture' }])
  const report = await sync(made.engine)
  const record = made.records.all()[0]?.ref ?? ''
  made.later()
  return { ...made, item, record, report }
}

describe('a host’s own kind and type', () => {
  test('its converters and its mapping keep their laws', () => {
    const { numRuns } = runs()
    const share = fc.integer({ min: 0, max: 100 }).map((whole) => whole / 100)
    const whole = fc.integer({ min: 0, max: 100 })
    const words = fc.array(fc.constantFrom('a', ' b', 'c d', ''), { minLength: 1, maxLength: 3 })
    const text = words.map((all) => all.join(';'))
    const list = words.map((all): Value => all)
    expect(checkConverter(fc, percent, { runs: numRuns, mail: whole, record: share, total: true }).runs).toBe(numRuns)
    expect(
      checkConverter(fc, semicolons, {
        runs: numRuns,
        mail: list.filter((value) => lines(value).length > 0),
        record: text.filter((value) => lines(value).length > 0),
        total: true
      }).runs
    ).toBe(numRuns)
    const values = {
      done: { mail: whole, record: share },
      tags: {
        mail: list.filter((value) => lines(value).length > 0),
        record: text.filter((value) => lines(value).length > 0)
      }
    }
    expect(checkMapping(fc, mapping, { runs: Math.ceil(numRuns / 5), converters, values }).laws.length).toBeGreaterThan(
      10
    )
  })

  test('tracked: a record of its type, converted, with the rows that flow to it, and quiet after', async () => {
    const { records, record, report, engine } = await tracked()
    expect(codes(report)).toEqual(['gesture'])
    expect(records.get(record)).toMatchObject({ type: 'project', owner: 'ann' })
    expect(records.get(record)?.fields).toEqual({
      name: 'Bridge',
      share: 0.5,
      tag_text: 'steel; river',
      width: 3,
      height: 4
    })
    await quiet(engine)
  })

  test('edited both ways: each edit reaches the other side in its own form, and nothing else is touched', async () => {
    const { mail, records, item, record, engine, later } = await tracked()
    mail.edit(item, { set: { progress: 75, labels: ['steel'] } })
    expect(codes(await sync(engine))).toEqual(['to-record'])
    expect(records.get(record)?.fields).toMatchObject({ share: 0.75, tag_text: 'steel' })
    later()
    records.edit(record, { set: { name: 'New bridge', tag_text: 'steel;  wood', width: 5, project_no: 'P-1' } })
    expect(codes(await sync(engine))).toEqual(['to-mail'])
    expect(mail.get(item)?.fields).toEqual({
      heading: 'New bridge',
      progress: 75,
      labels: ['steel', 'wood'],
      code: 'P-1',
      size: { w: 5, h: 4, unit: 'm' },
      colour: 'red'
    })
    later()
    mail.edit(item, { set: { heading: 'Our bridge' } })
    records.edit(record, { set: { share: 0.8 } })
    expect(codes(await sync(engine))).toEqual(['both-ways'])
    expect(mail.get(item)?.fields).toMatchObject({ heading: 'Our bridge', progress: 80 })
    expect(records.get(record)?.fields).toMatchObject({ name: 'Our bridge', share: 0.8 })
    await quiet(engine)
  })

  test('a share that shows as the same percentage is no write, and no edit of the item', async () => {
    const { mail, records, item, record, engine } = await tracked()
    records.edit(record, { set: { share: 0.504 } })
    const report = await sync(engine)
    expect(writes(report)).toBe(0)
    expect(mail.get(item)?.fields['progress']).toBe(50)
    await quiet(engine)
    expect(records.get(record)?.fields['share']).toBe(0.504)
  })

  test('an edit on the side that does not flow is kept there', async () => {
    const { mail, records, item, record, engine } = await tracked()
    mail.edit(item, { set: { code: 'typed' } })
    expect(codes(await sync(engine))).toEqual(['wrong-side-edit'])
    expect(mail.get(item)?.fields['code']).toBe('typed')
    expect(records.get(record)?.fields['project_no']).toBeUndefined()
  })

  test('a conflict: `dynamics` takes the record, `careful` the later one, and asks where they are too near', async () => {
    const { mail, records, item, record, engine } = await tracked()
    mail.edit(item, { set: { progress: 10, heading: 'Mine' } })
    records.edit(record, { set: { share: 0.9 } })
    const report = await sync(engine)
    expect(codes(report)).toEqual(['conflict-resolved'])
    expect(report.conflicts).toBe(1)
    expect(await engine.conflicts('ann')).toMatchObject([
      { item, record, type: 'project', field: 'done', kept: 'record' }
    ])
    expect(mail.get(item)?.fields).toMatchObject({ progress: 90, heading: 'Mine' })
    expect(records.get(record)?.fields).toMatchObject({ share: 0.9, name: 'Mine' })

    const late = await tracked({ preset: 'careful', settings: { firstCycle: 'apply', mappings: { project: mapping } } })
    late.records.edit(late.record, { set: { share: 0.9 } })
    late.later()
    late.mail.edit(late.item, { set: { progress: 10 } })
    expect(codes(await sync(late.engine))).toEqual(['conflict-resolved'])
    expect(late.records.get(late.record)?.fields['share']).toBe(0.1)
    late.later()
    late.records.edit(late.record, { set: { share: 0.2 } })
    late.mail.edit(late.item, { set: { progress: 30 } })
    expect(codes(await sync(late.engine))).toEqual(['needs-decision'])
    expect(await late.engine.status('ann', late.item)).toBe('needs-decision')
    await late.engine.resolve('ann', late.item, 'mail')
    expect(codes(await sync(late.engine))).toEqual(['conflict-resolved'])
    expect(late.records.get(late.record)?.fields['share']).toBe(0.3)
  })

  test('an aggregate of its own moves whole', async () => {
    const { mail, records, item, record, engine } = await tracked()
    mail.edit(item, { set: { size: { w: 30, h: 4, unit: 'm' } } })
    records.edit(record, { set: { height: 40 } })
    expect(codes(await sync(engine))).toEqual(['conflict-resolved'])
    expect(mail.get(item)?.fields['size']).toEqual({ w: 3, h: 40, unit: 'm' })
    expect(records.get(record)?.fields).toMatchObject({ width: 3, height: 40 })
  })

  test('field security holds for its own fields: what may not be written is set back', async () => {
    const { mail, item, engine } = await tracked({ access: { 'project.share': { update: false } } })
    mail.edit(item, { set: { progress: 99 } })
    expect(codes(await sync(engine))).toEqual(['security-reset'])
    expect(mail.get(item)?.fields['progress']).toBe(50)
  })

  test('what its converter does not accept sets the pair aside, by path, until it changes', async () => {
    const { mail, records, item, record, engine, log } = await tracked()
    mail.edit(item, { set: { progress: 'canary-word', heading: 'Other' } })
    const report = await sync(engine)
    expect(codes(report)).toEqual(['invalid-item'])
    expect(JSON.stringify([report, log])).not.toContain('canary-word')
    expect(await engine.explain('ann', 'mail', item)).toMatchObject({
      code: 'invalid-item',
      facts: { paths: ['mail.fields.done: expected a whole number from 0 to 100'] }
    })
    await quiet(engine)
    expect(records.get(record)?.fields['name']).toBe('Bridge')
    mail.edit(item, { set: { progress: 60 } })
    expect(codes(await sync(engine))).toEqual(['to-record'])
    expect(records.get(record)?.fields).toMatchObject({ name: 'Other', share: 0.6 })
  })

  test('a converter that nobody handed in is refused with its path, and so is a direction of a fixed row', () => {
    const make = (settings: SettingsInput, own: { readonly [id: string]: Converter } | undefined): Engine =>
      createEngine({
        mailboxes: { ann: { address: 'ann@contoso.test', mail: memoryMail({ can: { kinds: ['note'] } }).port } },
        records: memoryRecords({ types: ['project'] }).port,
        links: memoryLinks(),
        settings,
        ...(own === undefined ? {} : { converters: own })
      })
    const paths = (run: () => unknown): ReadonlyArray<string> => {
      try {
        run()
      } catch (thrown) {
        if (thrown instanceof Misuse) return thrown.paths
        throw thrown
      }
      return []
    }
    expect(paths(() => make({ mappings: { project: mapping } }, undefined))).toEqual([
      'mappings.project.rows.1.convert',
      'mappings.project.rows.2.convert'
    ])
    expect(paths(() => make({ mappings: { project: mapping } }, { percent }))).toEqual([
      'mappings.project.rows.2.convert'
    ])
    expect(
      paths(() => make({ mappings: { project: mapping }, directions: { 'project.title': 'toMail' } }, converters))
    ).toEqual(['directions.project.title'])
    expect(
      paths(() => make({ mappings: { project: mapping }, directions: { 'project.done': 'toMail' } }, converters))
    ).toEqual([])
  })

  test('a direction set for a row of its own holds', async () => {
    const { mail, records, item, record, engine } = await tracked({
      settings: { mappings: { project: mapping }, directions: { 'project.done': 'toMail' } }
    })
    expect(records.get(record)?.fields['share']).toBeUndefined()
    mail.edit(item, { set: { progress: 80 } })
    expect(codes(await sync(engine))).toEqual(['wrong-side-edit'])
    expect(mail.get(item)?.fields['progress']).toBe(80)
  })

  describe('filters by its own fields', () => {
    test('a member enters as a note, an edit makes it leave, another brings it back', async () => {
      const open: Filter = { and: mine.and.slice(1) }
      const { mail, records, engine, later } = world({ filters: [open] })
      const inside = records.put({
        type: 'project',
        owner: 'bob',
        fields: { name: 'Dam', stage: 'Open', share: 0.2, tag_text: 'water', project_no: 'P-7' }
      })
      records.put({ type: 'project', owner: 'bob', fields: { name: 'Sold', stage: 'sold' } })
      expect(codes(await sync(engine))).toContain('entered-filter')
      expect(mail.all().map((item) => [item.kind, item.fields])).toEqual([
        ['note', { heading: 'Dam', progress: 20, labels: ['water'], code: 'P-7' }]
      ])
      await quiet(engine)
      later()
      records.edit(inside, { set: { share: 1 } })
      expect(codes(await sync(engine))).toContain('left-filter')
      expect(mail.all()).toEqual([])
      later()
      records.edit(inside, { set: { share: 0.9 } })
      expect(codes(await sync(engine))).toContain('entered-filter')
      expect(mail.all().map((item) => item.fields['progress'])).toEqual([90])
      await quiet(engine)
    })

    test('3.5/22: what the user owns stays when it leaves, and is linked again when it comes back', async () => {
      const { mail, records, engine, later } = world({ filters: [mine] })
      const inside = records.put({ type: 'project', owner: 'ann', fields: { name: 'Dam', stage: 'open', share: 0.2 } })
      records.put({ type: 'project', owner: 'bob', fields: { name: 'Not mine', stage: 'open' } })
      await sync(engine)
      const [item] = mail.all()
      later()
      records.edit(inside, { set: { stage: 'sold' } })
      expect(codes(await sync(engine))).toEqual(['kept-owner-copy'])
      later()
      records.edit(inside, { set: { stage: 'running', share: 0.4 } })
      expect(codes(await sync(engine))).toEqual(['entered-filter'])
      expect(mail.all().map(({ ref, fields }) => [ref, fields['progress']])).toEqual([[item?.ref, 40]])
      await quiet(engine)
    })

    test('under `careful` leaving unlinks, and the note stays', async () => {
      const { mail, records, engine, later } = world({
        filters: [mine],
        preset: 'careful',
        settings: { mappings: { project: mapping }, firstCycle: 'apply' }
      })
      const inside = records.put({ type: 'project', owner: 'ann', fields: { name: 'Dam', stage: 'open', share: 0.2 } })
      await sync(engine)
      later()
      records.edit(inside, { set: { stage: 'sold' } })
      expect(codes(await sync(engine))).toContain('unlinked')
      expect(mail.all()).toHaveLength(1)
      await quiet(engine)
    })
  })

  describe('behavesLike', () => {
    const like = (behavesLike?: string): SettingsInput => ({
      mappings: { project: behavesLike === undefined ? mapping : { ...mapping, behavesLike } },
      contactDeleteFromMail: 'owner'
    })

    test('as contacts where nothing is said: the owner’s note stays when its record is deleted', async () => {
      const { mail, records, record, item, engine } = await tracked({ settings: like() })
      records.remove(record)
      expect(codes(await sync(engine))).toEqual(['kept-owner-copy'])
      expect(mail.get(item)).toBeDefined()
      await quiet(engine)
    })

    test('as contacts: the record goes with its owner’s note where that is switched on', async () => {
      const { mail, records, item, engine } = await tracked({ settings: like('contact') })
      mail.remove(item)
      expect(codes(await sync(engine))).toEqual(['mail-deleted'])
      expect(records.all()).toEqual([])
      await quiet(engine)
    })

    test('as a type without a row in the tables: nothing is ever deleted', async () => {
      const first = await tracked({ settings: like('statue') })
      first.mail.remove(first.item)
      expect(codes(await sync(first.engine))).toEqual(['kept-by-kind'])
      expect(first.records.all()).toHaveLength(1)
      const second = await tracked({ settings: like('statue') })
      second.records.remove(second.record)
      expect(codes(await sync(second.engine))).toEqual(['kept-by-kind'])
      expect(second.mail.all()).toHaveLength(1)
    })
  })

  test('a dry run of the same cycle writes nothing and says the same', async () => {
    const { mail, engine, records, item, record } = await tracked()
    mail.edit(item, { set: { progress: 75 } })
    const plan = await engine.plan('ann')
    expect(codes(plan)).toEqual(['to-record'])
    expect(records.get(record)?.fields['share']).toBe(0.5)
    expect(codes(await sync(engine))).toEqual(codes(plan))
  })

  test('under `base: "digest"` the same cycles, and the links hold no value', async () => {
    const made = await tracked({ settings: { mappings: { project: mapping }, base: 'digest' } })
    made.mail.edit(made.item, { set: { heading: 'canary-heading', progress: 75 } })
    expect(codes(await sync(made.engine))).toEqual(['to-record'])
    made.later()
    made.records.edit(made.record, { set: { tag_text: 'canary-tag; b' } })
    expect(codes(await sync(made.engine))).toEqual(['to-mail'])
    expect(made.mail.get(made.item)?.fields).toMatchObject({
      heading: 'canary-heading',
      progress: 75,
      labels: ['canary-tag', 'b']
    })
    await quiet(made.engine)
    expect(JSON.stringify([made.links.dump(), made.log])).not.toContain('canary')
  })

  describe('settings change between cycles (40)', () => {
    const extended: Mapping = {
      ...mapping,
      rows: [
        ...mapping.rows.slice().reverse(),
        { name: 'colour', mail: 'colour', record: 'color', direction: 'both', settable: 'all' }
      ]
    }

    test('a row that is added, and others in another order: nothing is written, and its next edit flows', async () => {
      const { mail, records, item, record, engineWith } = await tracked()
      records.edit(record, { set: { color: 'blue' } })
      const engine = engineWith({ mappings: { project: extended } })
      expect(writes(await sync(engine))).toBe(0)
      await quiet(engine)
      expect([mail.get(item)?.fields['colour'], records.get(record)?.fields['color']]).toEqual(['red', 'blue'])
      mail.edit(item, { set: { colour: 'green', progress: 60 } })
      expect(codes(await sync(engine))).toEqual(['to-record'])
      expect(records.get(record)?.fields).toMatchObject({ color: 'green', share: 0.6 })
      await quiet(engine)
    })

    test('an edit made before the mapping grew is still an edit, and flows once', async () => {
      const { mail, records, item, record, engineWith } = await tracked()
      mail.edit(item, { set: { progress: 75 } })
      const engine = engineWith({ mappings: { project: extended } })
      await sync(engine)
      await sync(engine)
      expect(records.get(record)?.fields['share']).toBe(0.75)
      expect(records.get(record)?.fields['color']).toBeUndefined()
      await quiet(engine)
      expect(mail.get(item)?.fields['colour']).toBe('red')
    })

    test('directions and the preset: nothing is written', async () => {
      const { mail, item, engineWith } = await tracked()
      mail.edit(item, { set: { code: 'typed' } })
      for (const way of ['both', 'toRecord', 'none', 'toMail'] as const) {
        const engine = engineWith({
          mappings: { project: mapping },
          directions: { 'project.code': way, 'project.done': way }
        })
        await sync(engine)
        await quiet(engine)
      }
      expect(mail.get(item)?.fields['code']).toBe('typed')
    })

    test('to `base: "digest"` and back: nothing is written, edits are seen, and under digest no value is left in the links', async () => {
      const { mail, records, item, record, engine, engineWith, links } = await tracked()
      mail.edit(item, { set: { heading: 'canary-before' } })
      await sync(engine)
      expect(JSON.stringify(links.dump())).toContain('canary-before')
      const keyed = engineWith({ mappings: { project: mapping }, base: 'digest' })
      await quiet(keyed)
      mail.edit(item, { set: { progress: 75 } })
      expect(codes(await sync(keyed))).toEqual(['to-record'])
      records.edit(record, { set: { share: 0.8 } })
      const plain = engineWith({ mappings: { project: mapping } })
      expect(codes(await sync(plain))).toEqual(['to-mail'])
      expect(mail.get(item)?.fields).toMatchObject({ heading: 'canary-before', progress: 80 })
      await quiet(plain)
    })

    test('DESIGN 4: after some cycles under `base: "digest"` no table of the link store holds a value any more', async () => {
      const { mail, item, engine, engineWith, links } = await tracked()
      mail.edit(item, { set: { heading: 'canary-before' } })
      await sync(engine)
      const keyed = engineWith({ mappings: { project: mapping }, base: 'digest' })
      for (let cycle = 0; cycle < 3; cycle += 1) await quiet(keyed)
      expect(JSON.stringify(links.dump())).not.toContain('canary-before')
    })
  })
})
