/**
 * A record store made of a host's five functions keeps the promises of the port, with ids of its own or of the
 * engine's, with `deleted_at` or without; and its feed loses no row where times are shared, late, or coarse.
 */
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail } from '../src/adapters/memory/index.js'
import { createEngine } from '../src/engine/run/create-engine.js'
import { type HostFunctions, type HostOptions, type HostRow, recordStore } from '../src/engine/run/record-store.js'
import type { Cursor, Fields, MatchCode, Page, Ref, Result } from '../src/model/index.js'
import { byCodeUnits, codeOf } from '../src/model/index.js'
import { checkAdapter, type RecordStage, recordStoreChecks } from '../src/testing/contract/index.js'

/** Later than every time of these tests. */
const clock = (): number => Date.UTC(2030, 0, 1)

const pad = (id: Ref): string => id.padStart(12, '0')

/** A table in memory with the columns `id`, `updated_at` and, where deletions are marked, `deleted_at`. */
const tableOf = (options: { readonly marks?: boolean; readonly takesIds?: boolean; readonly owned?: boolean } = {}) => {
  const rows = new Map<Ref, HostRow>()
  let nowMs = Date.UTC(2026, 2, 2)
  let made = 0
  const keep = (id: Ref, fields: Fields): Ref => {
    nowMs += 1
    rows.set(id, { ...rows.get(id), ...fields, id, updated_at: nowMs })
    return id
  }
  const isDeleted = (row: HostRow | undefined): boolean => row === undefined || (row['deleted_at'] ?? null) !== null
  const timeOf = (row: HostRow): number => Number(row['updated_at'])
  const keyOf = (row: HostRow): string => (options.takesIds ? String(row['id']) : pad(String(row['id'])))
  const isBehind = (row: HostRow, since: number, after: Ref | undefined): boolean =>
    timeOf(row) > since ||
    (timeOf(row) === since &&
      (after === undefined || byCodeUnits(keyOf(row), options.takesIds ? after : pad(after)) > 0))
  const remove = (id: Ref): boolean => {
    if (isDeleted(rows.get(id))) return false
    if (options.marks) keep(id, { deleted_at: '2026-03-02T09:00:00Z' })
    else rows.delete(id)
    return true
  }
  const calls: Array<Parameters<HostFunctions['list']>[0]> = []
  const functions: HostFunctions = {
    list: async (query) => {
      calls.push(query)
      return [...rows.values()]
        .filter((row) => query.since === undefined || isBehind(row, query.since, query.after))
        .sort((x, y) => timeOf(x) - timeOf(y) || byCodeUnits(keyOf(x), keyOf(y)))
        .slice(0, query.max)
    },
    get: async (_type, ids) => [...rows.values()].filter((row) => ids.includes(String(row['id']))),
    create: async (_type, fields, id) => {
      made += 1
      const own = options.takesIds ? id : String(made)
      if (!isDeleted(rows.get(own))) throw { _tag: 'AlreadyExists', ref: own }
      rows.delete(own)
      return keep(own, fields)
    },
    update: async (_type, id, set) => keep(id, set),
    remove: async (_type, id) => remove(id)
  }
  return { rows, functions, keep, remove, isDeleted, calls, wait: (ms: number) => (nowMs += ms) }
}

type Table = ReturnType<typeof tableOf>

const optionsOf = (given: { readonly marks?: boolean; readonly takesIds?: boolean }): HostOptions => ({
  columns: { owner: 'owner', ...(given.marks ? { deletedAt: 'deleted_at' } : {}) },
  takesIds: given.takesIds ?? false,
  overlapMs: 0,
  clock
})

const stageOf = async (given: { readonly marks?: boolean; readonly takesIds?: boolean }): Promise<RecordStage> => {
  const table = tableOf(given)
  const store = recordStore(table.functions, optionsOf(given))
  return {
    store,
    type: 'contact',
    texts: ['firstname', 'lastname'],
    // A row is a snapshot with columns of its own beside the fields.
    exact: false,
    anyField: false,
    seed: async (fields, { owner = 'user-1' } = {}) =>
      String(await table.functions.create('contact', { ...fields, owner }, crypto.randomUUID())),
    edit: async (ref, set) => void table.keep(ref, set),
    remove: async (ref) => void table.remove(ref),
    look: async (ref) => (table.isDeleted(table.rows.get(ref)) ? undefined : table.rows.get(ref))
  }
}

describe.each([
  ['ids of its own, deletions marked', { marks: true }],
  ['ids of its own, deletions found by asking', {}],
  ['ids of the engine, deletions marked', { marks: true, takesIds: true }],
  ['ids of the engine, deletions found by asking', { takesIds: true }]
])('the contract of a record store: %s', (_name, given) => {
  test('holds', async () => {
    const report = await checkAdapter(recordStoreChecks, () => stageOf(given))
    expect(report.failed).toEqual([])
    expect(report.passed.length).toBeGreaterThan(10)
  })
})

const pageOf = async (answer: Promise<Result<Page>>): Promise<Page> => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(result.left._tag)
  return result.right
}

/** The refs of a listing, page by page, and the cursor at its end. */
const listing = async (store: ReturnType<typeof recordStore>, from: Cursor | undefined, max: number) => {
  const refs: Array<Ref> = []
  let cursor = from
  for (let pages = 0; pages < 100; pages += 1) {
    const page = await pageOf(store.changes('contact', cursor, max))
    refs.push(...page.rows.map((row) => row.ref))
    cursor = page.cursor
    if (!page.more) return { refs, cursor }
  }
  throw new Error('a feed without an end')
}

const seeded = (count: number, updatedAt: HostRow['updated_at'], table: Table = tableOf()): Table => {
  for (let n = 1; n <= count; n += 1)
    table.rows.set(String(n), { id: n, firstname: `p${n}`, updated_at: updatedAt ?? null })
  return table
}

describe('the feed', () => {
  test('rows of one time are paged through, none twice, none left out', async () => {
    const { functions } = seeded(25, 1_000)
    const { refs } = await listing(recordStore(functions), undefined, 10)
    expect(refs).toEqual(Array.from({ length: 25 }, (_, index) => String(index + 1)))
  })

  test('a row whose time is a little before the cursor is found: the next listing looks back', async () => {
    const table = seeded(1, 100_000)
    const store = recordStore(table.functions, { overlapMs: 5_000 })
    const { cursor } = await listing(store, undefined, 10)
    table.rows.set('2', { id: 2, firstname: 'late', updated_at: 96_000 })
    expect((await listing(store, cursor, 10)).refs).toContain('2')
  })

  test('more late rows than one page holds are all found', async () => {
    const table = seeded(1, 100_000)
    const store = recordStore(table.functions, { overlapMs: 5_000 })
    const { cursor } = await listing(store, undefined, 3)
    for (let n = 2; n <= 9; n += 1) table.rows.set(String(n), { id: n, updated_at: 96_000 + n })
    const { refs } = await listing(store, cursor, 3)
    expect([...refs].sort()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'])
  })

  test('a quiet listing leaves the cursor as it is, letter by letter', async () => {
    const { functions } = seeded(4, 100_000)
    const store = recordStore(functions)
    const first = await listing(store, undefined, 3)
    const second = await listing(store, first.cursor, 3)
    expect((await listing(store, second.cursor, 3)).cursor).toBe(second.cursor)
  })

  test('a time without a zone is UTC, whatever the zone of the process', async () => {
    const { functions } = seeded(1, '2026-03-02 09:00:00')
    const page = await pageOf(recordStore(functions, { clock }).changes('contact', undefined, 10))
    expect(page.rows[0]?.snapshot?.changedAtMs).toBe(Date.UTC(2026, 2, 2, 9))
    expect(JSON.parse(page.cursor)).toEqual({ reachedMs: Date.UTC(2026, 2, 2, 9) })
  })

  test('a row from the future hides nobody: the feed goes on from now', async () => {
    const table = seeded(1, 9e12)
    const store = recordStore(table.functions, { clock: () => 100_000, overlapMs: 5_000 })
    const { cursor } = await listing(store, undefined, 10)
    table.rows.set('2', { id: 2, firstname: 'today', updated_at: 100_500 })
    expect((await listing(store, cursor, 10)).refs).toContain('2')
  })

  test('a deleted row is told as gone where a column marks it', async () => {
    const table = tableOf({ marks: true })
    const id = String(await table.functions.create('contact', { firstname: 'Ann' }, 'x'))
    const store = recordStore(table.functions, { columns: { deletedAt: 'deleted_at' } })
    const { cursor } = await listing(store, undefined, 10)
    table.remove(id)
    const page = await pageOf(store.changes('contact', cursor, 10))
    expect(page.rows).toEqual([{ ref: id, gone: true }])
    expect(store.can.deletionsInFeed).toBe(true)
  })

  test('without such a column a deletion is found by asking, and the store says so', async () => {
    const table = seeded(1, 1_000)
    const store = recordStore(table.functions)
    table.remove('1')
    expect(store.can.deletionsInFeed).toBe(false)
    expect(await store.read('contact', ['1'], { _tag: 'Engine' })).toEqual({
      _tag: 'Right',
      right: [{ _tag: 'Absent', ref: '1' }]
    })
  })

  test('a `list` that forgets `after` is refused with what to do, and goes round for ever nowhere', async () => {
    const { functions } = seeded(25, 1_000)
    const store = recordStore({
      ...functions,
      list: ({ since, max, type }) => functions.list({ type, max, ...(since === undefined ? {} : { since }) })
    })
    const first = await pageOf(store.changes('contact', undefined, 10))
    expect(await store.changes('contact', first.cursor, 10)).toMatchObject({
      _tag: 'Left',
      left: { _tag: 'Unsupported' }
    })
  })

  test('rows without a time are refused with the name of the column', async () => {
    const { functions } = seeded(10, null)
    expect(await recordStore(functions).changes('contact', undefined, 10)).toMatchObject({
      left: { _tag: 'Unsupported', what: 'rows without a time in the column updated_at' }
    })
  })

  test('a cursor of somebody else has expired', async () => {
    const { functions } = seeded(1, 1_000)
    expect(await recordStore(functions).changes('contact', 'nonsense', 10)).toEqual({
      _tag: 'Left',
      left: { _tag: 'CursorExpired', scope: 'contact' }
    })
  })
})

describe('reads and writes', () => {
  test('lookup: addresses in any case, at most three, never a deleted row', async () => {
    const table = seeded(5, 1_000, tableOf({ marks: true }))
    for (const [id, row] of table.rows)
      table.rows.set(id, { ...row, email: id === '1' ? 'One@contoso.test' : 'all@contoso.test' })
    const store = recordStore(table.functions, { columns: { deletedAt: 'deleted_at' } })
    table.remove('2')
    const query = (value: string) => ({ type: 'contact', code: codeOf('email'), term: value.toLowerCase() })
    const hits = await store.lookup([
      query('one@CONTOSO.test'),
      query('all@contoso.test'),
      query('none@contoso.test'),
      query('')
    ])
    expect(hits).toEqual({
      _tag: 'Right',
      right: [{ refs: ['1'] }, { refs: ['3', '4', '5'] }, { refs: [] }, { refs: [] }]
    })
  })

  test('lookup: one listing answers every code; the newest row first where a column says when rows were made', async () => {
    const table = seeded(4, 1_000)
    const made = ['2026-03-02 09:00:00', '2026-03-04T09:00:00Z', null, 1_772_600_000_000]
    for (const [index, [id, row]] of [...table.rows].entries())
      table.rows.set(id, { ...row, created_at: made[index] ?? null, mails: ['a@x.test', `${id}@x.test`], id })
    const code: MatchCode = { parts: [{ field: 'mails', op: 'address' }], blanks: 'skip' }
    const days: MatchCode = { parts: [{ field: 'created_at', op: 'day' }], blanks: 'count' }
    const find = async (columns: HostOptions['columns']) => {
      const store = recordStore(table.functions, { ...(columns && { columns }), clock })
      table.calls.length = 0
      const hits = await store.lookup([
        { type: 'contact', code, term: 'a@x.test', max: 9 },
        { type: 'contact', code, term: 'a@x.test', max: 1 },
        { type: 'contact', code, term: '3@x.test' },
        { type: 'contact', code: days, term: '2026-03-04' }
      ])
      expect(table.calls).toHaveLength(1)
      return hits._tag === 'Right' ? hits.right.map(({ refs }) => refs) : hits
    }
    expect(await find({ createdAt: 'created_at' })).toEqual([['2', '4', '1', '3'], ['2'], ['3'], ['2']])
    expect(await find(undefined)).toEqual([['1', '2', '3', '4'], ['1'], ['3'], ['2']])
  })

  test('a write that meets no row answers Gone, and brings no deleted one back', async () => {
    const table = seeded(1, 1_000, tableOf({ marks: true }))
    const store = recordStore(table.functions, { columns: { deletedAt: 'deleted_at' } })
    table.remove('1')
    const outcomes = await store.write(
      [
        { _tag: 'Update', key: 'a', ref: '1', type: 'contact', set: { firstname: 'back' } },
        { _tag: 'Delete', key: 'b', ref: '9', type: 'contact' }
      ],
      { _tag: 'Engine' }
    )
    expect(outcomes).toMatchObject({
      right: [
        { _tag: 'Failed', error: { _tag: 'Gone', ref: '1' } },
        { _tag: 'Failed', error: { _tag: 'Gone', ref: '9' } }
      ]
    })
    expect(table.rows.get('1')?.['firstname']).toBe('p1')
  })

  test('members: one listing serves all pages', async () => {
    const table = seeded(1200, 1_000)
    const store = recordStore(table.functions)
    const query = {
      type: 'contact',
      filter: { and: [] },
      context: { user: 'ann', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }
    }
    const refs: Array<Ref> = []
    let after: string | undefined
    do {
      const page = await pageOf(
        store.members(query, { _tag: 'Engine' }, { max: 500, ...(after === undefined ? {} : { after }) })
      )
      refs.push(...page.rows.map((row) => row.ref))
      after = page.more ? page.cursor : undefined
    } while (after !== undefined)
    expect(new Set(refs).size).toBe(1200)
    expect(table.calls.length).toBe(3)
  })

  test('a creation whose answer was lost is found again, not repeated', async () => {
    const table = tableOf()
    let isLost = false
    const create: HostFunctions['create'] = async (type, fields, id) => {
      const made = await table.functions.create(type, fields, id)
      if (isLost) return made
      isLost = true
      throw new Error('connection lost')
    }
    const mailbox = memoryMail()
    const card = mailbox.host.put({ kind: 'contact', fields: { givenName: 'Ann', surname: 'Roy' } })
    const engine = createEngine({
      mailboxes: { ann: { address: 'ann@contoso.test', mail: mailbox.port } },
      records: recordStore({ ...table.functions, create }, { owner: 'ann' }),
      links: memoryLinks(),
      settings: { firstCycle: 'apply' }
    })
    await engine.track('ann', card)
    expect((await engine.sync('ann')).counts.failed).toBe(1)
    expect((await engine.sync('ann')).counts.failed).toBe(0)
    await engine.sync('ann')
    expect([table.rows.size, mailbox.host.all().length]).toEqual([1, 1])
    expect(await engine.status('ann', card)).toBe('tracked')
  })

  test('what the host throws fails its own effect and no other', async () => {
    const table = seeded(2, 1_000)
    const store = recordStore({
      ...table.functions,
      update: async (type, id, set) => {
        if (id === '1') throw new Error('the disk is full')
        return table.functions.update(type, id, set)
      }
    })
    const update = (ref: Ref) => ({
      _tag: 'Update' as const,
      key: ref,
      ref,
      type: 'contact',
      set: { firstname: 'new' }
    })
    expect(await store.write([update('1'), update('2')], { _tag: 'Engine' })).toMatchObject({
      right: [
        { _tag: 'Failed', error: { _tag: 'Transient', unsure: true } },
        { _tag: 'Done', ref: '2' }
      ]
    })
  })
})
