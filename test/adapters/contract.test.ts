/**
 * The contract suite, put to the test itself: it passes stores that keep the promises, as far as they make them, and
 * finds out each one that breaks a promise.
 */
import { describe, expect, test } from 'vitest'
import type {
  Actor,
  Lease,
  LinkStore,
  MailCan,
  MailStore,
  RecordCan,
  RecordKeyQuery,
  RecordStore,
  SideCan
} from '../../src/engine/ports.js'
import type {
  ChangeRow,
  Claim,
  CodePart,
  Effect,
  Fields,
  Found,
  ItemSnapshot,
  Outcome,
  Page,
  Result,
  Snapshot
} from '../../src/model/index.js'
import { fail, ok, termsOf } from '../../src/model/index.js'
import type { Check, Lie, Stage } from '../../src/testing/contract/index.js'
import {
  checkAdapter,
  duplicateRows,
  flakyVersions,
  linkStoreChecks,
  lostAnswers,
  lyingMail,
  lyingRecords,
  mailStoreChecks,
  noRepresentation,
  normalisingWrites,
  noVersions,
  recordStoreChecks,
  staleReads
} from '../../src/testing/contract/index.js'
import { memoryLinkStage, memoryMailStage, memoryRecordStage } from './memory-stages.js'

const failedTitles = async <S extends Stage>(
  checks: ReadonlyArray<Check<S>>,
  make: () => Promise<S>
): Promise<ReadonlyArray<string>> => {
  const report = await checkAdapter(checks, make)
  expect(report.passed.length + report.skipped.length + report.failed.length).toBe(checks.length)
  return report.failed.map(({ title, message }) => `${title}: ${message}`)
}

describe('stores that keep their word', () => {
  test('titles are names: none is used twice in a list', () => {
    for (const checks of [linkStoreChecks, recordStoreChecks, mailStoreChecks]) {
      expect(new Set(checks.map(({ title }) => title)).size).toBe(checks.length)
    }
  })
  test('links in memory', async () => expect(await failedTitles(linkStoreChecks, memoryLinkStage())).toEqual([]))
  test('records in memory', async () => expect(await failedTitles(recordStoreChecks, memoryRecordStage())).toEqual([]))
  test.each(['contact', 'task', 'email'])('a mailbox in memory: %s', async (kind) =>
    expect(await failedTitles(mailStoreChecks, memoryMailStage({ kind }))).toEqual([])
  )
  test('of a store that can everything hardly a check is skipped', async () => {
    const inexact = 'hostile values: a text is refused or kept in some form, and damages nothing else'
    expect((await checkAdapter(recordStoreChecks, memoryRecordStage())).skipped).toEqual([inexact])
    expect((await checkAdapter(linkStoreChecks, memoryLinkStage())).skipped).toEqual([])
    const { skipped } = await checkAdapter(mailStoreChecks, memoryMailStage({ kind: 'email' }))
    expect(skipped).toEqual([inexact, 'hints: they end when they are told to'])
  })

  const off: ReadonlyArray<Partial<SideCan>> = [
    { feed: 'updated-at' },
    { feed: 'list' },
    { deletionsInFeed: false },
    { conditional: false },
    { clientIds: false },
    { readYourWrites: false },
    { representationOnWrite: false },
    { versions: false },
    { changeTimes: 'none' },
    { writeBatchMax: 5 }
  ]
  test.each(off.map((can) => [JSON.stringify(can), can]))('with less on both sides: %s', async (_name, can) => {
    expect(await failedTitles(recordStoreChecks, memoryRecordStage({ can }))).toEqual([])
    expect(await failedTitles(mailStoreChecks, memoryMailStage({ can }))).toEqual([])
  })
  const mailOff: ReadonlyArray<Partial<MailCan>> = [
    { marker: false },
    { moveKeepsRef: false },
    { findByField: false },
    { categories: [] },
    { sends: false },
    { kinds: ['contact'] }
  ]
  test.each(mailOff.map((can) => [JSON.stringify(can), can]))('with less in the mailbox: %s', async (_name, can) => {
    expect(await failedTitles(mailStoreChecks, memoryMailStage({ can }))).toEqual([])
  })
  const recordsOff: ReadonlyArray<Partial<RecordCan>> = [
    { uniqueKeys: false },
    { query: false },
    { filteredFeed: true }
  ]
  test.each(recordsOff.map((can) => [JSON.stringify(can), can]))('with less in the records: %s', async (_name, can) => {
    expect(await failedTitles(recordStoreChecks, memoryRecordStage({ can }))).toEqual([])
  })
  test('with nothing but the least', async () => {
    const least: Partial<SideCan> = {
      feed: 'list',
      deletionsInFeed: false,
      conditional: false,
      clientIds: false,
      readYourWrites: false,
      representationOnWrite: false,
      versions: false,
      changeTimes: 'none'
    }
    const mail = { ...least, marker: false, moveKeepsRef: false, findByField: false }
    expect(await failedTitles(recordStoreChecks, memoryRecordStage({ can: least }))).toEqual([])
    expect(await failedTitles(mailStoreChecks, memoryMailStage({ can: mail }))).toEqual([])
  })
})

describe('liars', () => {
  const lies: ReadonlyArray<readonly [Lie, RegExp]> = [
    [flakyVersions, /^read: the version of a thing stands still/],
    [noVersions, /^read: the version of a thing stands still/],
    [normalisingWrites, /^hostile values: every text comes back/],
    [staleReads(), /^own writes: read says at once/],
    [lostAnswers({ seed: 1, oneIn: 2 }), /^create: .*the answer was lost/],
    [duplicateRows({ seed: 1 }), /^feed: .*stands twice in one page/],
    [noRepresentation, /^representation: the snapshot of an outcome/]
  ]
  test.each(lies.map(([lie, title]) => [lie.name, lie, title] as const))('%s: found out', async (_name, lie, title) => {
    const records = memoryRecordStage({ through: (store) => lyingRecords(store, lie).lying })
    const mail = memoryMailStage({ through: (store) => lyingMail(store, lie).lying })
    expect(await failedTitles(recordStoreChecks, records)).toContainEqual(expect.stringMatching(title))
    expect(await failedTitles(mailStoreChecks, mail)).toContainEqual(expect.stringMatching(title))
  })
  const honest = lies.map(([lie]) => lie).filter(({ admits }) => Object.keys(admits).length > 0)
  test.each(honest.map((lie) => [lie.name, lie]))('%s: the same store, honest about it, passes', async (_name, lie) => {
    const records = memoryRecordStage({ through: (store) => lyingRecords(store, lie).admitted })
    const mail = memoryMailStage({ through: (store) => lyingMail(store, lie).admitted })
    expect(await failedTitles(recordStoreChecks, records)).toEqual([])
    expect(await failedTitles(mailStoreChecks, mail)).toEqual([])
  })
  test('normalising writes: the same store passes where its stage says that it is not exact', async () => {
    const records = memoryRecordStage({ through: (store) => lyingRecords(store, normalisingWrites).lying })
    const inexact = async () => ({ ...(await records()), exact: false })
    expect(await failedTitles(recordStoreChecks, inexact)).toEqual([])
  })
  test('the same seed loses the same answers', async () => {
    const lost = async (seed: number): Promise<string> => {
      const { store } = await memoryRecordStage()()
      const { lying } = lyingRecords(store, lostAnswers({ seed }))
      const tags: Array<string> = []
      for (let n = 0; n < 30; n += 1) tags.push((await lying.write([], { _tag: 'Engine' }))._tag)
      return tags.join(' ')
    }
    expect(await lost(7)).toBe(await lost(7))
    expect(await lost(7)).toContain('Left')
    expect(await lost(7)).not.toBe(await lost(8))
  })
})

/** A promise that is broken: how, and which check must say so. */
type Breakage<Store> = readonly [name: string, breaks: (store: Store) => Store, title: RegExp]

const onRight = <A, B>(result: Result<A>, change: (value: A) => B): Result<B> =>
  result._tag === 'Left' ? result : ok(change(result.right))

const reversed = <A>(list: ReadonlyArray<A>): ReadonlyArray<A> => [...list].reverse()

const pages =
  (change: <S extends Snapshot>(page: Page<S>) => Page<S>) =>
  (store: RecordStore): RecordStore => ({
    ...store,
    changes: async (scope, cursor, max) => onRight(await store.changes(scope, cursor, max), change)
  })

const memberPages =
  (change: <S extends Snapshot>(page: Page<S>, isFirst: boolean) => Page<S>) =>
  (store: RecordStore): RecordStore => ({
    ...store,
    members: async (query, as, page) =>
      onRight(await store.members(query, as, page), (answer) => change(answer, page.after === undefined))
  })

const reads =
  (change: <S extends Snapshot>(found: ReadonlyArray<Found<S>>) => ReadonlyArray<Found<S>>) =>
  (store: RecordStore): RecordStore => ({
    ...store,
    read: async (type, refs, as) => onRight(await store.read(type, refs, as), change)
  })

const effects =
  (change: (effects: ReadonlyArray<Effect>) => ReadonlyArray<Effect>) =>
  (store: RecordStore): RecordStore => ({ ...store, write: (given, as) => store.write(change(given), as) })

const outcomes =
  (change: (outcomes: ReadonlyArray<Outcome>, effects: ReadonlyArray<Effect>) => ReadonlyArray<Outcome>) =>
  (store: RecordStore): RecordStore => ({
    ...store,
    write: async (given, as) => onRight(await store.write(given, as), (answer) => change(answer, given))
  })

const texts = (fields: Fields, change: (text: string) => string): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? change(value) : value])
  )

const written = (change: (fields: Fields) => Fields) =>
  effects((given) =>
    given.map((effect) => {
      if (effect._tag === 'Create') return { ...effect, fields: change(effect.fields) }
      return effect._tag === 'Update' ? { ...effect, set: change(effect.set) } : effect
    })
  )

const without = <A extends object>(value: A, name: string): A => {
  const copy = { ...value }
  Reflect.deleteProperty(copy, name)
  return copy
}

const unlike = <S extends Snapshot>(row: ChangeRow<S>): ChangeRow<S> => ({ ...row, version: `${row.version}!` })

const whole = async (store: RecordStore, scope: string) => {
  const rows: Array<ChangeRow> = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.changes(scope, cursor, 100)
    if (page._tag === 'Left') return { rows, cursor: cursor ?? '' }
    rows.push(...page.right.rows)
    cursor = page.right.cursor
    if (!page.right.more) return { rows, cursor }
  }
}

/** Lists first and takes the cursor when the listing has ended: what changes in between is lost. */
const lateCursor = (store: RecordStore): RecordStore => {
  let listed: ReadonlyArray<ChangeRow> = []
  return {
    ...store,
    changes: async (scope, cursor, max) => {
      const from = cursor === undefined ? 0 : Number(/^listed (\d+)$/.exec(cursor)?.[1] ?? -1)
      if (from < 0) return store.changes(scope, cursor, max)
      if (from === 0) listed = (await whole(store, scope)).rows
      const rows = listed.slice(from, from + max).map(({ ref }) => ({ ref }))
      const isEnd = from + max >= listed.length
      const end = isEnd ? (await whole(store, scope)).cursor : `listed ${from + max}`
      return ok({ rows, cursor: end, more: !isEnd })
    }
  }
}

/** A cursor is good for one call. */
const onceOnly = (store: RecordStore): RecordStore => {
  const used = new Set<string>()
  return {
    ...store,
    changes: async (scope, cursor, max) => {
      if (cursor !== undefined && used.has(cursor)) return ok({ rows: [], cursor, more: false })
      if (cursor !== undefined) used.add(cursor)
      return store.changes(scope, cursor, max)
    }
  }
}

const engine: Actor = { _tag: 'Engine' }

/** Changes what is asked for. */
const asked =
  (change: (key: RecordKeyQuery) => RecordKeyQuery) =>
  (store: RecordStore): RecordStore => ({ ...store, lookup: (keys) => store.lookup(keys.map(change)) })

/** Changes what is told of each key. */
const hits =
  (change: (refs: ReadonlyArray<string>) => ReadonlyArray<string>) =>
  (store: RecordStore): RecordStore => ({
    ...store,
    lookup: async (keys) =>
      onRight(await store.lookup(keys), (found) => found.map(({ refs }) => ({ refs: change(refs) })))
  })

const operators = ['exact', 'first', 'last', 'day', 'address', 'message-id', 'conversation', 'subject'] as const

/** As other stores read: case counts nowhere else, and a text is a text. */
const misread = ({ field, op }: CodePart): CodePart =>
  op === 'exact' || op === 'first' ? { field, op: 'last', n: 2 } : { field, op: 'exact' }

const firstEntries = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, Array.isArray(value) ? (value[0] ?? null) : value])
  )

const recordBreakages: ReadonlyArray<Breakage<RecordStore>> = [
  [
    'the feed keeps deletions to itself',
    pages((page) => ({ ...page, rows: page.rows.filter((row) => !row.gone) })),
    /^feed: a deletion is told as gone/
  ],
  [
    'the feed calls everything gone',
    pages((page) => ({ ...page, rows: page.rows.map((row) => ({ ...row, gone: true })) })),
    /^feed: everything that is there is listed/
  ],
  [
    'the feed tells the first row twice',
    pages((page) => ({ ...page, rows: [...page.rows.slice(0, 1), ...page.rows] })),
    /stands twice in one page/
  ],
  [
    'the feed forgets the last row of a page',
    pages((page) => ({ ...page, rows: page.rows.slice(0, -1) })),
    /^feed: an edit after the cursor is told/
  ],
  ['the feed takes its cursor when the listing has ended', lateCursor, /^feed: a change made between two pages/],
  [
    'the feed gives more than was asked for',
    (store) => ({ ...store, changes: (scope, cursor) => store.changes(scope, cursor, 500) }),
    /^feed: everything that is there is listed/
  ],
  [
    'the feed never ends',
    pages((page) => ({ ...page, more: true })),
    /^feed: an empty store has an empty feed with an end/
  ],
  [
    'the feed ends with the first page',
    pages((page) => ({ ...page, more: false })),
    /^feed: everything that is there is listed/
  ],
  [
    'the feed tells the newest first',
    pages((page) => ({ ...page, rows: reversed(page.rows) })),
    /^feed: changes come oldest first/
  ],
  [
    'the feed takes any cursor',
    (store) => ({
      ...store,
      changes: async (scope, cursor, max) => {
        const answer = await store.changes(scope, cursor, max)
        return answer._tag === 'Left' ? ok({ rows: [], cursor: cursor ?? '', more: false }) : answer
      }
    }),
    /^feed: a cursor that the store never gave/
  ],
  ['the feed tells a change once only', onceOnly, /^feed: the same cursor tells the same changes again/],
  [
    'the feed has versions of its own',
    pages((page) => ({ ...page, rows: page.rows.map(unlike) })),
    /^feed: the version of a row is the version that read gives/
  ],
  ['read answers in another order', reads((found) => reversed(found)), /^read: one answer per ref/],
  [
    'read leaves absent ones out',
    reads((found) => found.filter(({ _tag }) => _tag !== 'Absent')),
    /^read: one answer per ref/
  ],
  [
    'read calls absent ones hidden',
    reads((found) =>
      found.map((one) => (one._tag === 'Absent' ? { _tag: 'Unreadable', ref: one.ref, why: 'hidden' } : one))
    ),
    /^read: a ref that nothing bears is absent/
  ],
  [
    'read calls spoilt ones absent',
    reads((found) => found.map((one) => (one._tag === 'Unreadable' ? { _tag: 'Absent', ref: one.ref } : one))),
    /^read: what cannot be decoded is Unreadable/
  ],
  ['read stops at the first 100 refs', reads((found) => found.slice(0, 100)), /^read: more refs than a page has rows/],
  [
    'read gives all versions alike',
    reads((found) =>
      found.map((one) => (one._tag === 'Known' ? { ...one, snapshot: { ...one.snapshot, version: '1' } } : one))
    ),
    /^read: the version of a thing changes with its content/
  ],
  [
    'read throws at hostile refs',
    (store) => ({
      ...store,
      read: async (type, refs, as) => {
        if (refs.includes('\u0000')) throw new Error('no such ref')
        return store.read(type, refs, as)
      }
    }),
    /^read: a ref that nothing bears is absent.*no such ref/
  ],
  [
    'read shows everything to everybody',
    (store) => ({ ...store, read: (type, refs) => store.read(type, refs, engine) }),
    /^hidden: Unreadable/
  ],
  [
    'a failing effect stops the others',
    (store) => ({
      ...store,
      write: async (given, as) => {
        const all: Array<Outcome> = []
        for (const effect of given) {
          const one = await store.write([effect], as)
          if (one._tag === 'Left') return one
          all.push(...one.right)
          if (one.right.some(({ _tag }) => _tag === 'Failed')) break
        }
        return ok(all)
      }
    }),
    /^batch: one outcome per effect, in order; one that fails stops no other/
  ],
  [
    'a failing effect fails the call',
    (store) => ({
      ...store,
      write: async (given, as) => {
        const answer = await store.write(given, as)
        const failed = answer._tag === 'Right' ? answer.right.find((outcome) => outcome._tag === 'Failed') : undefined
        return failed?._tag === 'Failed' ? fail(failed.error) : answer
      }
    }),
    /^batch: one outcome per effect/
  ],
  [
    'one ref for a record of each type',
    effects((given) =>
      given.map((effect) =>
        effect._tag === 'Create' && effect.type !== 'contact' ? { ...effect, id: `other-${effect.id}` } : effect
      )
    ),
    /^create: an id that a thing of another type or kind bears/
  ],
  [
    'a batch may be of any length',
    (store) => ({ ...store, can: { ...store.can, writeBatchMax: 10 } }),
    /^batch: more effects than the store takes/
  ],
  ['outcomes come in another order', outcomes((all) => reversed(all)), /^batch: one outcome per effect, in order/],
  [
    'an update replaces the record',
    (store) => ({
      ...store,
      write: async (given, as) => {
        const wider: Array<Effect> = []
        for (const effect of given) {
          const found = effect._tag === 'Update' ? await store.read('contact', [effect.ref], engine) : undefined
          const standing =
            found?._tag === 'Right' && found.right[0]?._tag === 'Known' ? found.right[0].snapshot.fields : {}
          const emptied = Object.fromEntries(Object.keys(standing).map((name) => [name, null]))
          wider.push(effect._tag === 'Update' ? { ...effect, set: { ...emptied, ...effect.set } } : effect)
        }
        return store.write(wider, as)
      }
    }),
    /^update: fields that are not named keep their values/
  ],
  [
    'null is ignored',
    written((fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null))),
    /^update: null empties/
  ],
  [
    'an empty text is stored as a text of one space',
    written((fields) => texts(fields, (text) => (text === '' ? ' ' : text))),
    /^update: every spelling of nothing empties/
  ],
  [
    'versions are not compared',
    effects((given) => given.map((effect) => without(effect, 'expected'))),
    /^conditional: an update with a stale version/
  ],
  [
    'versions are not compared at a delete',
    effects((given) => given.map((effect) => (effect._tag === 'Delete' ? without(effect, 'expected') : effect))),
    /^conditional: a delete with a stale version/
  ],
  [
    'a creation under a taken id goes through',
    (store) => ({
      ...store,
      write: async (given, as) =>
        onRight(await store.write(given, as), (all) =>
          all.map((one) =>
            one._tag === 'Failed' && one.error._tag === 'AlreadyExists'
              ? { _tag: 'Done', key: one.key, ref: one.error.ref ?? '' }
              : one
          )
        )
    }),
    /^create: a second creation under one id/
  ],
  [
    'a creation gets another id',
    effects((given) =>
      given.map((effect) => (effect._tag === 'Create' ? { ...effect, id: `own-${effect.id}` } : effect))
    ),
    /^create: the thing gets the id that the effect names/
  ],
  [
    'an update of nothing makes the record',
    effects((given) =>
      given.map(
        (effect): Effect =>
          effect._tag === 'Update' && /^[0-9a-f-]{36}$/.test(effect.ref)
            ? { _tag: 'Create', key: effect.key, id: effect.ref, type: effect.type, fields: effect.set }
            : effect
      )
    ),
    /^update: a thing that is not there is Gone, and is not made/
  ],
  [
    'a delete of nothing is done',
    (store) => ({
      ...store,
      write: async (given, as) =>
        onRight(await store.write(given, as), (all) =>
          all.map((one) =>
            one._tag === 'Failed' && one.error._tag === 'Gone'
              ? { _tag: 'Done', key: one.key, ref: one.error.ref }
              : one
          )
        )
    }),
    /^delete: a thing that is not there is Gone/
  ],
  [
    'a delete is only said',
    (store) => ({
      ...store,
      write: async (given, as) => {
        const kept = await store.write(
          given.filter(({ _tag }) => _tag !== 'Delete'),
          as
        )
        const said = given.flatMap(
          (effect): ReadonlyArray<Outcome> =>
            effect._tag === 'Delete' ? [{ _tag: 'Done', key: effect.key, ref: effect.ref }] : []
        )
        return onRight(kept, (all) => [...all, ...said])
      }
    }),
    /^delete: the thing is gone/
  ],
  [
    'the representation is what was sent',
    (store) => ({
      ...store,
      write: async (given, as) => {
        const trimmed = written((fields) => texts(fields, (text) => text.trim()))(store)
        const answer = await trimmed.write(given, as)
        return onRight(answer, (all) =>
          all.map((one, index) => {
            const effect = given[index]
            return one._tag === 'Done' && one.snapshot !== undefined && effect?._tag === 'Create'
              ? { ...one, snapshot: { ...one.snapshot, fields: effect.fields } }
              : one
          })
        )
      }
    }),
    /^representation: what the store made of a value is what it answers/
  ],
  [
    'the representation is what stood before',
    (store) => ({
      ...store,
      write: async (given, as) => {
        const refs = given.map((effect) => (effect._tag === 'Create' ? effect.id : effect.ref))
        const before = await store.read('contact', refs, as)
        const found = before._tag === 'Right' ? before.right : []
        return onRight(await store.write(given, as), (all) =>
          all.map((one, index) => {
            const old = found[index]
            return one._tag === 'Done' && old?._tag === 'Known' ? { ...one, snapshot: old.snapshot } : one
          })
        )
      }
    }),
    /^representation: the snapshot of an outcome is what the store holds/
  ],
  [
    'outcomes name no version',
    outcomes((all) => all.map((one) => without(one, 'version'))),
    /^versions: the version of an outcome/
  ],
  [
    'texts end at NUL',
    written((fields) => texts(fields, (text) => text.split('\u0000')[0] ?? '')),
    /^hostile values: every text/
  ],
  [
    'lone surrogates are replaced',
    written((fields) => texts(fields, (text) => text.replace(/[\ud800-\udfff](?![\udc00-\udfff])/g, '\ufffd'))),
    /^hostile values: every text/
  ],
  ['texts are trimmed', written((fields) => texts(fields, (text) => text.trim())), /^hostile values: every text/],
  [
    'long texts are cut',
    written((fields) => texts(fields, (text) => text.slice(0, 100_000))),
    /^large values: a text of a million characters/
  ],
  [
    'large things are cut',
    written((fields) => texts(fields, (text) => text.slice(0, 5_000_000))),
    /^large values: a thing past the limit/
  ],
  [
    'fields called like members of objects are lost',
    written((fields) => Object.fromEntries(Object.entries(fields).filter(([name]) => !(name in {})))),
    /^hostile names: a field may be called anything/
  ],
  [
    'everything is a text',
    written((fields) =>
      Object.fromEntries(
        Object.entries(fields).map(([name, value]) => [
          name,
          value === null || Array.isArray(value) ? value : String(value)
        ])
      )
    ),
    /^hostile values: values that are no texts/
  ],
  [
    'members come in no order',
    memberPages((page) => ({ ...page, rows: reversed(page.rows) })),
    /^members: by ref in code-unit order/
  ],
  [
    'members forget one at the edge of a page',
    memberPages((page, isFirst) => (isFirst ? page : { ...page, rows: page.rows.slice(1) })),
    /^members: all of them/
  ],
  [
    'members begin anew with every page',
    (store) => ({ ...store, members: (query, as, { max }) => store.members(query, as, { max }) }),
    /^members: all of them/
  ],
  [
    'members show what is hidden',
    (store) => ({ ...store, members: (query, _as, page) => store.members(query, engine, page) }),
    /^hidden: no member to who may not see it/
  ],
  [
    'members of an owner only, whatever the filter says',
    memberPages((page) => ({
      ...page,
      rows: page.rows.filter(
        (row) => row.snapshot === undefined || !('owner' in row.snapshot) || row.snapshot.owner === 'user-1'
      )
    })),
    /^members: of a filter by owner, never too few/
  ],
  [
    'members hold only what both filters hold',
    (store) => ({
      ...store,
      members: async (query, as, page) =>
        onRight(await store.members(query, as, page), (answer) =>
          query.not === undefined
            ? answer
            : { ...answer, rows: answer.rows.filter((row) => JSON.stringify(row).includes('still in')) }
        )
    }),
    /^members: of a filter and not of another/
  ],
  [
    'lookup finds parts',
    (store) => ({
      ...store,
      lookup: async (keys) => {
        const { rows } = await whole(store, 'contact')
        const found = await store.read(
          'contact',
          rows.map(({ ref }) => ref),
          engine
        )
        const all = found._tag === 'Right' ? found.right : []
        return ok(
          keys.map(({ code, term }) => ({
            refs: all
              .flatMap((one) => (one._tag === 'Known' ? [one.snapshot] : []))
              .filter(({ fields }) => termsOf(code, fields).some((held) => held.includes(term)))
              .map(({ ref }) => ref)
              .slice(0, 3)
          }))
        )
      }
    }),
    /^lookup: a whole value, not a part of it/
  ],
  [
    'lookup tells the first hit only',
    (store) => ({
      ...store,
      lookup: async (keys) =>
        onRight(await store.lookup(keys), (hits) => hits.map(({ refs }) => ({ refs: refs.slice(0, 1) })))
    }),
    /^lookup: several hits are told as several/
  ],
  [
    'lookup leaves out keys without hits',
    (store) => ({
      ...store,
      lookup: async (keys) => onRight(await store.lookup(keys), (hits) => hits.filter(({ refs }) => refs.length > 0))
    }),
    /^lookup: the records that bear the value/
  ],
  [
    'lookup remembers',
    (store) => {
      const known = new Map<string, { readonly refs: ReadonlyArray<string> }>()
      return {
        ...store,
        lookup: async (keys) =>
          onRight(await store.lookup(keys), (hits) =>
            hits.map((hit, index) => {
              const key = JSON.stringify(keys[index])
              const first = known.get(key) ?? hit
              known.set(key, first)
              return first
            })
          )
      }
    },
    /^lookup: follows edits and deletions/
  ],
  ['lookup tells the first created first', hits((refs) => reversed(refs)), /^lookup: the last created first/],
  ['lookup tells hits by ref alone', hits((refs) => [...refs].sort()), /^lookup: the last created first/],
  [
    'lookup tells the last edited first',
    (store) => ({
      ...store,
      lookup: async (keys) => {
        const answer = await store.lookup(keys)
        const at = async (ref: string) => {
          const found = await store.read('contact', [ref], engine)
          const [one] = found._tag === 'Right' ? found.right : []
          return one?._tag === 'Known' ? (one.snapshot.changedAtMs ?? 0) : 0
        }
        if (answer._tag === 'Left') return answer
        const sorted = answer.right.map(async ({ refs }) => {
          const timed = await Promise.all(refs.map(async (ref) => ({ ref, atMs: await at(ref) })))
          return { refs: timed.sort((x, y) => y.atMs - x.atMs).map(({ ref }) => ref) }
        })
        return ok(await Promise.all(sorted))
      }
    }),
    /^lookup: the last created first/
  ],
  ['lookup does not ask how many', asked((key) => without(key, 'max')), /^lookup: as many as were asked for/],
  [
    'lookup tells all where nobody says how many',
    asked((key) => ({ max: 1000, ...key })),
    /^lookup: several hits are told as several/
  ],
  [
    'lookup tells one more',
    asked((key) => ({ ...key, max: (key.max ?? 3) + 1 })),
    /^lookup: as many as were asked for/
  ],
  [
    'lookup reads empty fields where they are skipped',
    asked((key) => ({ ...key, code: { ...key.code, blanks: 'count' } })),
    /^lookup: where blanks are skipped/
  ],
  [
    'lookup skips empty fields where they count',
    asked((key) => ({ ...key, code: { ...key.code, blanks: 'skip' } })),
    /^lookup: where blanks count/
  ],
  [
    'lookup finds empty fields by nothing',
    (store) => ({
      ...store,
      lookup: async (keys) => {
        const { rows } = await whole(store, 'contact')
        const refs = rows.filter(({ gone }) => gone !== true).map(({ ref }) => ref)
        return onRight(await store.lookup(keys), (found) =>
          found.map((hit, index) => (keys[index]?.term === '' ? { refs: refs.slice(0, 3) } : hit))
        )
      }
    }),
    /^lookup: where blanks are skipped/
  ],
  [
    'lookup looks at the first field of a code alone',
    (store) => ({
      ...store,
      lookup: (keys) =>
        store.lookup(
          keys.map((key) => {
            const parts = key.code.parts.slice(0, 1)
            const [first = key.term] = key.code.parts.length > 1 && key.term.startsWith('[') ? JSON.parse(key.term) : []
            return { ...key, code: { ...key.code, parts }, term: first }
          })
        )
    }),
    /^lookup: a code of several fields/
  ],
  [
    'lookup takes the fields of a code in any order',
    (store) => ({
      ...store,
      lookup: (keys) =>
        store.lookup(
          keys.map((key) => {
            const parts = [...key.code.parts].sort((x, y) => (x.field < y.field ? -1 : 1))
            return { ...key, code: { ...key.code, parts } }
          })
        )
    }),
    /^lookup: a code of several fields/
  ],
  [
    'lookup sees the first entry of a list alone',
    (store) => ({
      ...store,
      lookup: async (keys) => {
        const answer = await store.lookup(keys)
        if (answer._tag === 'Left') return answer
        const firsts = answer.right.map(async ({ refs }, index) => {
          const read = await store.read('contact', refs, engine)
          const records = read._tag === 'Right' ? read.right : []
          const key = keys[index]
          const held = records.flatMap((one) => (one._tag === 'Known' ? [one.snapshot] : []))
          const stays = held.filter(
            ({ fields }) => key !== undefined && termsOf(key.code, firstEntries(fields)).includes(key.term)
          )
          return { refs: stays.map(({ ref }) => ref) }
        })
        return ok(await Promise.all(firsts))
      }
    }),
    /^lookup: a field that is a list/
  ],
  [
    'lookup looks among all types',
    (store) => ({
      ...store,
      lookup: async (keys) => {
        const others = await store.lookup(keys.map((key) => ({ ...key, type: 'account' })))
        const theirs = others._tag === 'Right' ? others.right : []
        return onRight(await store.lookup(keys), (found) =>
          found.map(({ refs }, index) => ({ refs: [...refs, ...(theirs[index]?.refs ?? [])] }))
        )
      }
    }),
    /^lookup: finds none of another type/
  ],
  [
    'lookup remembers what was spoilt',
    (store) => {
      const known = new Set<string>()
      return {
        ...store,
        lookup: async (keys) => {
          const answer = await store.lookup(keys)
          for (const { refs } of answer._tag === 'Right' ? answer.right : []) for (const ref of refs) known.add(ref)
          const read = await store.read('contact', [...known], engine)
          const spoilt = (read._tag === 'Right' ? read.right : []).flatMap((one) =>
            one._tag === 'Unreadable' ? [one.ref] : []
          )
          return onRight(answer, (found) => found.map(({ refs }) => ({ refs: [...refs, ...spoilt] })))
        }
      }
    },
    /^lookup: what nobody can decode/
  ],
  ...operators.map(
    (op): Breakage<RecordStore> => [
      `lookup cannot read a field as ${op}`,
      asked((key) => ({
        ...key,
        code: { ...key.code, parts: key.code.parts.map((part) => (part.op === op ? misread(part) : part)) }
      })),
      new RegExp(`^lookup: a field that is read as ${op}:`)
    ]
  ),
  [
    'records change hands when they are written',
    effects((given) => given.map((effect) => (effect._tag === 'Create' ? without(effect, 'owner') : effect))),
    /^create: the record gets the owner/
  ],
  [
    'a user writes what he may not see',
    (store) => ({ ...store, write: (given) => store.write(given, engine) }),
    /^hidden: a write by who may not see it is refused/
  ]
]

/** Megabytes are slow: they are written where the breakage is about them. */
const checksFor = <S extends Stage>(checks: ReadonlyArray<Check<S>>, title: RegExp): ReadonlyArray<Check<S>> =>
  title.source.includes('large values') ? checks : checks.filter((check) => !check.title.startsWith('large values'))

describe('record stores that break a promise', () => {
  test.each(recordBreakages)('%s', async (_name, breaks, title) => {
    const checks = checksFor(recordStoreChecks, title)
    const failed = await failedTitles(checks, memoryRecordStage({ through: breaks }))
    expect(failed).toContainEqual(expect.stringMatching(title))
    expect(failed.length).toBeLessThan(checks.length)
  })
})

/** Changes what heads tell. */
const headed =
  (change: (found: Found<ItemSnapshot>) => Found<ItemSnapshot>) =>
  (store: MailStore): MailStore => ({
    ...store,
    heads: async (refs) =>
      onRight(await (store.heads?.(refs) ?? store.read(refs)), (found) => found.map((one) => change(one)))
  })

/** Changes the categories that are written. */
const categories =
  (change: (categories: ReadonlyArray<string>) => ReadonlyArray<string> | undefined) =>
  (store: MailStore): MailStore => ({
    ...store,
    write: (given) =>
      store.write(
        given.map((effect) => {
          if (effect._tag === 'Delete' || effect.categories === undefined) return effect
          const changed = change(effect.categories)
          return changed === undefined ? without(effect, 'categories') : { ...effect, categories: changed }
        })
      )
  })

/** Broken in what only messages have. */
const messageBreakages: ReadonlyArray<Breakage<MailStore>> = [
  ['categories are lost', categories(() => undefined), /^categories: an item has those that it is made with/],
  ['one category is enough', categories((given) => given.slice(0, 1)), /^categories: an item has those/],
  [
    'categories cannot be taken off',
    categories((given) => (given.length === 0 ? undefined : given)),
    /^categories: an update names all/
  ],
  [
    'an update takes the categories off',
    (store) => ({
      ...store,
      write: (given) =>
        store.write(given.map((effect) => (effect._tag === 'Update' ? { categories: [], ...effect } : effect)))
    }),
    /^categories: an update names all/
  ],
  ['heads are whole messages', (store) => ({ ...store, heads: store.read }), /^heads: what read says/],
  [
    'heads have versions of their own',
    headed((one) => (one._tag === 'Known' ? { ...one, snapshot: { ...one.snapshot, version: 'head' } } : one)),
    /^heads: what read says/
  ],
  [
    'heads forget a field',
    headed((one) => (one._tag === 'Known' ? { ...one, snapshot: { ...one.snapshot, fields: {} } } : one)),
    /^heads: what read says/
  ],
  [
    'heads call absent ones hidden',
    headed((one) => (one._tag === 'Absent' ? { _tag: 'Unreadable', ref: one.ref, why: 'hidden' } : one)),
    /^heads: what read says/
  ]
]

describe('mailboxes that break a promise about messages', () => {
  test.each(messageBreakages)('%s', async (_name, breaks, title) => {
    const checks = checksFor(mailStoreChecks, title)
    const failed = await failedTitles(checks, memoryMailStage({ through: breaks, kind: 'email' }))
    expect(failed).toContainEqual(expect.stringMatching(title))
    expect(failed.length).toBeLessThan(checks.length)
  })
})

const mailBreakages: ReadonlyArray<Breakage<MailStore>> = [
  [
    'find answers in another order',
    (store) => ({ ...store, find: async (keys) => onRight(await store.find(keys), (hits) => reversed(hits)) }),
    /^find: an item is found by the marker/
  ],
  [
    'find finds nothing by field',
    (store) => ({
      ...store,
      find: async (keys) =>
        onRight(await store.find(keys), (hits) =>
          hits.map((hit, index) => (keys[index]?._tag === 'ByField' ? { refs: [] } : hit))
        )
    }),
    /^find: items are found by a field/
  ],
  [
    'markers are lost',
    (store) => ({ ...store, write: (given) => store.write(given.map((effect) => without(effect, 'marker'))) }),
    /^find: an item is found by the marker/
  ],
  [
    'markers are not told',
    (store) => ({
      ...store,
      read: async (refs) =>
        onRight(await store.read(refs), (found) =>
          found.map((one) => (one._tag === 'Known' ? { ...one, snapshot: without(one.snapshot, 'marker') } : one))
        )
    }),
    /^find: an item says the marker/
  ],
  [
    'markers are of all tenants',
    (store) => ({
      ...store,
      find: (keys) => store.find(keys.map((key) => (key._tag === 'ByMarker' ? { ...key, tenant: 'tenant-1' } : key)))
    }),
    /^find: a marker of another tenant is foreign/
  ],
  [
    'a content that is not there throws what nobody knows',
    (store) => ({
      ...store,
      content: async function* (ref, part) {
        try {
          yield* store.content(ref, part)
        } catch {
          throw new Error('no such part')
        }
      }
    }),
    /^content: one that is not there/
  ],
  [
    'the feed of a kind tells all kinds',
    (store) => ({ ...store, changes: (_scope, cursor, max) => store.changes('contact', cursor, max) }),
    /^kinds: the feed of a kind/
  ],
  [
    'contents lose their last piece',
    (store) => ({
      ...store,
      content: async function* (ref, part) {
        let held: Uint8Array | undefined
        for await (const piece of store.content(ref, part)) {
          if (held !== undefined) yield held
          held = piece
        }
      }
    }),
    /^content: the bytes come whole/
  ],
  [
    'hints go on for ever',
    (store) => ({
      ...store,
      hints: async function* () {
        await new Promise(() => {})
        yield {}
      }
    }),
    /^hints: they end when they are told to/
  ],
  [
    'read answers in another order',
    (store) => ({ ...store, read: async (refs) => onRight(await store.read(refs), (found) => reversed(found)) }),
    /^read: one answer per ref/
  ],
  [
    'moving changes the ref',
    (store) => ({ ...store, can: { ...store.can, moveKeepsRef: true } }),
    /^move: an item that is moved keeps its ref/
  ]
]

describe('mailboxes that break a promise', () => {
  test.each(mailBreakages)('%s', async (name, breaks, title) => {
    const can = name === 'moving changes the ref' ? { moveKeepsRef: false } : {}
    const stage = memoryMailStage({ can, through: breaks })
    const report = await checkAdapter(checksFor(mailStoreChecks, title), stage, { timeoutMs: 2000 })
    const failed = report.failed.map((one) => one.title)
    expect(failed).toContainEqual(expect.stringMatching(title))
    expect(failed.length).toBeLessThan(mailStoreChecks.length)
  })
})

const everyMethod = (
  store: LinkStore,
  tenantOf: (tenant: string) => string,
  mailboxOf: (mailbox: string) => string
): LinkStore => {
  const at = ({ tenant, mailbox }: { tenant: string; mailbox: string }) => ({
    tenant: tenantOf(tenant),
    mailbox: mailboxOf(mailbox)
  })
  const some = (mailbox: string | undefined) => (mailbox === undefined ? [] : [mailboxOf(mailbox)])
  return {
    lease: (tenant, name, holder, ttlMs) => store.lease(tenantOf(tenant), name, holder, ttlMs),
    release: (lease) => store.release({ ...lease, tenant: tenantOf(lease.tenant) }),
    claim: (tenant, claims) => store.claim(tenantOf(tenant), claims),
    raise: (tenant, from, to) => store.raise(tenantOf(tenant), from, to),
    linksOf: (tenant, by, refs, mailbox) => store.linksOf(tenantOf(tenant), by, refs, ...some(mailbox)),
    walk: (key, after, max) => store.walk(at(key), after, max),
    formerOf: (tenant, by, refs, mailbox) => store.formerOf(tenantOf(tenant), by, refs, ...some(mailbox)),
    openIntents: (key, max) => store.openIntents(at(key), max),
    append: (key, gestures, atMs) => store.append(at(key), gestures, atMs),
    pending: (key, max) => store.pending(at(key), max),
    inbox: (key, after, max) => store.inbox(at(key), after, max),
    due: (key, max, nowMs) => store.due(at(key), max, nowMs),
    dueOf: (key, keys) => store.dueOf(at(key), keys),
    decisionsOf: (key, side, refs) => store.decisionsOf(at(key), side, refs),
    conflicts: (key, max) => store.conflicts(at(key), max),
    historyOf: (key, side, ref, before, max) => store.historyOf(at(key), side, ref, before, max),
    historyIn: (key, cycle, after, max) => store.historyIn(at(key), cycle, after, max),
    mentioning: (tenant, address, max) => store.mentioning(tenantOf(tenant), address, max),
    forget: (tenant, what) => store.forget(tenantOf(tenant), what),
    state: (tenant, name) => store.state(tenantOf(tenant), name),
    transact: (transaction) =>
      store.transact({
        ...transaction,
        lease: { ...transaction.lease, tenant: tenantOf(transaction.lease.tenant) },
        mailbox: mailboxOf(transaction.mailbox)
      })
  }
}

type Transaction = Parameters<LinkStore['transact']>[0]

/** Every part of a commit, lost in turn. */
const lostParts: ReadonlyArray<readonly [keyof Transaction, RegExp]> = [
  ['intents', /^intents: open until they are closed/],
  ['closed', /^intents: open until they are closed/],
  ['links', /^links: found by item and by record/],
  ['ended', /^former links: an ended link is gone/],
  ['revived', /^former links: one that is revived/],
  ['decisions', /^decisions: the last one/],
  ['conflicts', /^conflicts: oldest first/],
  ['inbox', /^inbox: rows in the order/],
  ['settledInbox', /^inbox: a settled row goes/],
  ['settledPending', /^pending: those that are settled/],
  ['due', /^due: rows in order of key/],
  ['settledDue', /^due: settled rows are gone/],
  ['state', /^state: a document by its name/],
  ['history', /^history: what was written to one thing/],
  ['outdated', /^history: what is old goes/]
]

const commits =
  (change: (transaction: Transaction) => Transaction) =>
  (store: LinkStore): LinkStore => ({ ...store, transact: (given) => store.transact(change(given)) })

const linkBreakages: ReadonlyArray<Breakage<LinkStore>> = [
  ...lostParts.map(
    ([part, title]): Breakage<LinkStore> => [
      `a commit loses its ${part}`,
      commits((given) => without(given, part)),
      title
    ]
  ),
  [
    'tenants are one',
    (store) =>
      everyMethod(
        store,
        () => 'all',
        (mailbox) => mailbox
      ),
    /^tenants: one never sees or touches/
  ],
  [
    'tenants and mailboxes run into each other',
    (store) =>
      everyMethod(
        store,
        () => 'all',
        (mailbox) => mailbox.slice(-2)
      ),
    /^tenants: names that run into each other/
  ],
  [
    'mailboxes are one',
    (store) =>
      everyMethod(
        store,
        (tenant) => tenant,
        () => 'all'
      ),
    /^mailboxes: one never sees or touches/
  ],
  [
    'a live lease goes to everybody',
    (store) => ({
      ...store,
      lease: async (tenant, name, holder, ttlMs) => {
        const answer = await store.lease(tenant, name, holder, ttlMs)
        if (answer._tag === 'Left' || answer.right._tag === 'Leased') return answer
        return ok({
          _tag: 'Leased',
          lease: { tenant, name, holder, token: 99, untilMs: answer.right.untilMs },
          forced: false
        })
      }
    }),
    /^lease: a live one is busy/
  ],
  [
    'the token does not grow',
    (store) => {
      const real = new Map<string, number>()
      return {
        ...store,
        lease: async (tenant, name, holder, ttlMs) =>
          onRight(await store.lease(tenant, name, holder, ttlMs), (answer) => {
            if (answer._tag === 'Busy') return answer
            real.set(`${tenant} ${name} ${holder}`, answer.lease.token)
            return { ...answer, lease: { ...answer.lease, token: 1 } }
          }),
        transact: (given) => {
          const { tenant, name, holder } = given.lease
          return store.transact({
            ...given,
            lease: { ...given.lease, token: real.get(`${tenant} ${name} ${holder}`) ?? 0 }
          })
        }
      }
    },
    /^lease: an expired one goes to who asks, with a larger token/
  ],
  [
    'tokens are not looked at',
    (store) => {
      const newest = new Map<string, Lease>()
      return {
        ...store,
        lease: async (tenant, name, holder, ttlMs) =>
          onRight(await store.lease(tenant, name, holder, ttlMs), (answer) => {
            if (answer._tag === 'Leased') newest.set(`${tenant} ${name}`, answer.lease)
            return answer
          }),
        transact: (given) =>
          store.transact({ ...given, lease: newest.get(`${given.lease.tenant} ${given.lease.name}`) ?? given.lease })
      }
    },
    /^fencing: a commit by an old holder is LeaseLost/
  ],
  [
    'nobody is ever forced out',
    (store) => ({
      ...store,
      lease: async (...args) =>
        onRight(await store.lease(...args), (answer) =>
          answer._tag === 'Leased' ? { ...answer, forced: false } : answer
        )
    }),
    /^lease: an expired one goes to who asks/
  ],
  ['a release does nothing', (store) => ({ ...store, release: async () => ok(undefined) }), /^lease: after a release/],
  [
    'a lease that ran out keeps its token for its old holder',
    (store) => {
      const first = new Map<string, Lease>()
      const isFirst = ({ tenant, name, holder }: Lease) => first.get(`${tenant} ${name}`)?.holder === holder
      return {
        ...store,
        lease: async (...args) =>
          onRight(await store.lease(...args), (answer) => {
            if (answer._tag === 'Busy') return answer
            const key = `${answer.lease.tenant} ${answer.lease.name}`
            if (!isFirst(answer.lease)) first.set(key, answer.lease)
            const { token } = first.get(key) ?? answer.lease
            return { ...answer, lease: { ...answer.lease, token } }
          })
      }
    },
    /^lease: an expired one is taken anew by its old holder too/
  ],
  [
    'a release is of all tenants',
    (store) => ({ ...store, release: (lease) => store.release({ ...lease, tenant: 'tenant-1', name: 'ann' }) }),
    /^lease: other names and other tenants/
  ],
  [
    'terms do not grow',
    (store) => {
      let first: number | undefined
      return {
        ...store,
        lease: async (...args) =>
          onRight(await store.lease(...args), (answer) => {
            if (answer._tag === 'Busy') return answer
            first ??= answer.lease.untilMs
            return { ...answer, lease: { ...answer.lease, untilMs: first } }
          })
      }
    },
    /^lease: its holder renews it/
  ],
  [
    'a claim forgets who makes the thing',
    (store) => ({
      ...store,
      claim: (tenant, claims) =>
        store.claim(
          tenant,
          claims.map((claim) => without(claim, 'by'))
        ),
      raise: (tenant, from, to) => store.raise(tenant, from, without(to, 'by'))
    }),
    /^claim: who makes the thing, and since when/
  ],
  [
    'a claim goes to the last who asks',
    (store) => ({
      ...store,
      claim: async (tenant, claims) => {
        const answer = await store.claim(tenant, claims)
        return onRight(answer, (standing) =>
          standing.map((claim, index) => {
            const by = claims[index]?.by
            return by === undefined ? claim : { ...claim, by }
          })
        )
      }
    }),
    /^claim: who makes the thing, and since when/
  ],
  [
    'a raised claim names the first maker',
    (store) => {
      const makers = new Map<string, Claim['by']>()
      return {
        ...store,
        claim: async (tenant, claims) => {
          for (const { identity, by } of claims) if (!makers.has(identity)) makers.set(identity, by)
          return store.claim(tenant, claims)
        },
        raise: (tenant, from, to) => {
          const by = makers.get(to.identity)
          return store.raise(tenant, from, by === undefined ? to : { ...to, by })
        }
      }
    },
    /^raise: who makes the thing/
  ],
  [
    'a claim takes what is taken',
    (store) => ({
      ...store,
      claim: async (tenant, claims) => {
        for (const claim of claims) for (const from of [0, 1]) await store.raise(tenant, from, claim)
        await store.claim(tenant, claims)
        return ok(claims)
      }
    }),
    /^claim: one that stands is not replaced/
  ],
  [
    'identities are compared without case',
    (store) => ({
      ...store,
      claim: (tenant, claims) =>
        store.claim(
          tenant,
          claims.map((claim) => ({ ...claim, identity: claim.identity.toLowerCase() }))
        )
    }),
    /^claim: identities are compared exactly/
  ],
  [
    'a raise does not look at what stands',
    (store) => ({
      ...store,
      raise: async (tenant, _from, to) => {
        for (const from of [0, 1, 2]) await store.raise(tenant, from, to)
        return ok(to)
      }
    }),
    /^raise: leaves a claim of another generation/
  ],
  [
    'links by item are found by record',
    (store) => ({
      ...store,
      linksOf: (tenant, by, ...rest) => store.linksOf(tenant, by === 'item' ? 'record' : by, ...rest)
    }),
    /^links: found by item and by record/
  ],
  [
    'links by related record are those of the record',
    (store) => ({
      ...store,
      linksOf: (tenant, by, ...rest) => store.linksOf(tenant, by === 'related' ? 'record' : by, ...rest)
    }),
    /^links: found by related record/
  ],
  [
    'links come once per ref asked for',
    (store) => ({
      ...store,
      linksOf: async (tenant, by, refs, mailbox) => {
        const all = []
        for (const ref of refs) {
          const one = await store.linksOf(tenant, by, [ref], ...(mailbox === undefined ? [] : [mailbox]))
          if (one._tag === 'Right') all.push(...one.right)
        }
        return ok(all)
      }
    }),
    /^links: one that is asked for twice comes once/
  ],
  [
    'bases lose what is empty',
    commits((given) => ({
      ...given,
      links: (given.links ?? []).map((link) => ({
        ...link,
        base: { mail: link.base.mail.filter((value) => value !== null), record: link.base.record }
      }))
    })),
    /^links: every member comes back/
  ],
  [
    'links lose their optional members',
    commits((given) => ({
      ...given,
      links: (given.links ?? []).map((link) => without(without(link, 'unconfirmed'), 'writes'))
    })),
    /^links: every member comes back/
  ],
  [
    'walk begins at the id given',
    (store) => ({
      ...store,
      walk: async (key, after, max) => {
        const same =
          after === undefined ? undefined : await store.linksOf(key.tenant, 'item', [`item-${after}`], key.mailbox)
        const first = same?._tag === 'Right' ? same.right : []
        return onRight(await store.walk(key, after, max), (links) => [...first, ...links].slice(0, max))
      }
    }),
    /^walk: all links of a mailbox/
  ],
  [
    'walk goes backwards',
    (store) => ({ ...store, walk: async (...args) => onRight(await store.walk(...args), reversed) }),
    /^walk: all links of a mailbox/
  ],
  ['walk gives all', (store) => ({ ...store, walk: (key, after) => store.walk(key, after, 1000) }), /^walk: /],
  [
    'ended links are not remembered by record',
    (store) => ({
      ...store,
      formerOf: async (tenant, by, refs, mailbox) =>
        by === 'record' ? ok([]) : store.formerOf(tenant, by, refs, ...(mailbox === undefined ? [] : [mailbox]))
    }),
    /^former links: an ended link is gone/
  ],
  [
    'history comes oldest first',
    (store) => ({ ...store, historyOf: async (...args) => onRight(await store.historyOf(...args), reversed) }),
    /^history: what was written to one thing/
  ],
  [
    'history of a cycle begins again at every page',
    (store) => ({ ...store, historyIn: (key, cycle, _after, max) => store.historyIn(key, cycle, undefined, max) }),
    /^history: what was written in one cycle/
  ],
  [
    'what is old goes all at once',
    commits((given) =>
      given.outdated === undefined ? given : { ...given, outdated: { ...given.outdated, max: 1000 } }
    ),
    /^history: what is old goes/
  ],
  [
    'what is forgotten is forgotten as the thing itself alone',
    (store) => ({
      ...store,
      forget: (tenant, what) => store.forget(tenant, { ...what, items: [] })
    }),
    /^forget: a pair goes/
  ],
  [
    'an item is forgotten in every mailbox',
    (store) => ({
      ...store,
      forget: (tenant, what) =>
        store.forget(tenant, {
          ...what,
          items: what.items.flatMap(({ ref }) => ['ann', 'bob'].map((mailbox) => ({ mailbox, ref })))
        })
    }),
    /^forget: an item of one mailbox/
  ],
  [
    'a mailbox takes the others with it',
    (store) => ({
      ...store,
      forget: async (tenant, what) => {
        if (what.mailbox !== undefined) await store.forget(tenant, { ...what, mailbox: 'bob' })
        return store.forget(tenant, what)
      }
    }),
    /^forget: a mailbox goes/
  ],
  [
    'part of an address counts',
    (store) => ({ ...store, mentioning: (tenant, _address, max) => store.mentioning(tenant, 'x.test', max) }),
    /^mentioning: /
  ],
  [
    'gestures come newest first',
    (store) => ({ ...store, pending: async (...args) => onRight(await store.pending(...args), reversed) }),
    /^pending: gestures wait in the order/
  ],
  [
    'gestures are numbered by their place',
    (store) => ({
      ...store,
      pending: async (...args) =>
        onRight(await store.pending(...args), (rows) => rows.map((row, index) => ({ ...row, id: index + 1 })))
    }),
    /^pending: those that are settled are gone/
  ],
  [
    'append answers how many came',
    (store) => ({
      ...store,
      append: async (key, gestures, atMs) => onRight(await store.append(key, gestures, atMs), () => gestures.length)
    }),
    /^pending: gestures wait in the order/
  ],
  [
    'past the limit gestures are dropped silently',
    (store) => ({
      ...store,
      append: async (key, gestures, atMs) => {
        const answer = await store.append(key, gestures, atMs)
        return answer._tag === 'Left' ? ok(10_000) : answer
      }
    }),
    /^pending: past the limit nothing is taken/
  ],
  [
    'inbox rows keep their first number',
    (store) => {
      const numbers = new Map<string, number>()
      return {
        ...store,
        inbox: async (...args) =>
          onRight(await store.inbox(...args), (rows) =>
            rows.map((row) => {
              const name = JSON.stringify([row.mailbox, row.type, row.ref])
              numbers.set(name, numbers.get(name) ?? row.seq)
              return { ...row, seq: numbers.get(name) ?? 0 }
            })
          )
      }
    },
    /^inbox: a later change replaces the row under a larger number/
  ],
  [
    'inbox rows are settled whatever has replaced them',
    (store) => ({
      ...store,
      transact: async (given) => {
        const rows = await store.inbox({ tenant: given.lease.tenant, mailbox: given.mailbox }, 0, 1000)
        const standing = rows._tag === 'Right' ? rows.right : []
        const settledInbox = (given.settledInbox ?? []).map((row) => ({
          ...row,
          seq: standing.find(({ type, ref }) => type === row.type && ref === row.ref)?.seq ?? row.seq
        }))
        return store.transact({ ...given, settledInbox })
      }
    }),
    /^inbox: a settled row goes only where/
  ],
  [
    'inbox rows land in the mailbox of the commit',
    commits((given) => ({ ...given, inbox: (given.inbox ?? []).map((row) => ({ ...row, mailbox: given.mailbox })) })),
    /^inbox: rows in the order of their changes, each in the mailbox that it names/
  ],
  [
    'inbox rows come from the beginning',
    (store) => ({ ...store, inbox: (key, _after, max) => store.inbox(key, 0, max) }),
    /^inbox: rows in the order/
  ],
  [
    'resting rows never rest',
    commits((given) => ({ ...given, due: (given.due ?? []).map((due) => ({ ...due, rests: false })) })),
    /^due: rows in order of key, resting ones left out/
  ],
  [
    'resting rows are not found by key',
    (store) => ({
      ...store,
      dueOf: async (...args) => onRight(await store.dueOf(...args), (rows) => rows.filter(({ rests }) => !rests))
    }),
    /^due: rows that are named come/
  ],
  [
    'due rows come in no order',
    (store) => ({
      ...store,
      due: async (key, max, nowMs) => onRight(await store.due(key, 1000, nowMs), (rows) => reversed(rows).slice(0, max))
    }),
    /^due: rows in order of key/
  ],
  [
    'decisions are of both sides',
    (store) => ({
      ...store,
      decisionsOf: async (key, _side, refs) => {
        const [mail, record] = [
          await store.decisionsOf(key, 'mail', refs),
          await store.decisionsOf(key, 'record', refs)
        ]
        return ok([mail, record].flatMap((answer) => (answer._tag === 'Right' ? answer.right : [])))
      }
    }),
    /^decisions: the last one about a thing, of the side/
  ],
  [
    'conflicts come newest first',
    (store) => ({ ...store, conflicts: async (...args) => onRight(await store.conflicts(...args), reversed) }),
    /^conflicts: oldest first/
  ],
  [
    'documents are merged',
    (store) => ({
      ...store,
      transact: async (given) => {
        const state = []
        for (const { name, document } of given.state ?? []) {
          const standing = await store.state(given.lease.tenant, name)
          state.push({ name, document: { ...(standing._tag === 'Right' ? standing.right : {}), ...document } })
        }
        return store.transact({ ...given, state })
      }
    }),
    /^state: a document by its name, replaced whole/
  ],
  [
    'a commit is not one',
    (store) => ({
      ...store,
      transact: async (given) => {
        const { lease, mailbox, links = [], ...rest } = given
        const answer = await store.lease(lease.tenant, lease.name, lease.holder, 60_000)
        if (answer._tag === 'Right' && answer.right._tag === 'Leased')
          await store.transact({ lease: answer.right.lease, mailbox, links })
        return store.transact({ lease, mailbox, ...rest })
      }
    }),
    /^transact: a refused commit writes nothing/
  ],
  [
    'a commit removes before it looks at its lease',
    (store) => ({
      ...store,
      transact: async (given) => {
        const { lease, mailbox, settledDue = [], ...rest } = given
        const answer = await store.lease(lease.tenant, lease.name, lease.holder, 60_000)
        if (answer._tag === 'Right' && answer.right._tag === 'Leased')
          await store.transact({ lease: answer.right.lease, mailbox, settledDue })
        return store.transact({ lease, mailbox, ...rest })
      }
    }),
    /^transact: a refused commit removes nothing/
  ],
  [
    'a commit breaks off in its middle',
    (store) => ({
      ...store,
      transact: async (given) => {
        const { lease, mailbox, state = [], ...rest } = given
        const first = await store.transact({ lease, mailbox, ...rest })
        return first._tag === 'Left' ? first : store.transact({ lease, mailbox, state })
      }
    }),
    /^transact: a commit that breaks off in its middle/
  ]
]

describe('link stores that break a promise', () => {
  test.each(linkBreakages)('%s', async (_name, breaks, title) => {
    const failed = await failedTitles(linkStoreChecks, memoryLinkStage({ through: breaks }))
    expect(failed).toContainEqual(expect.stringMatching(title))
    expect(failed.length).toBeLessThan(linkStoreChecks.length)
  })
})

describe('running checks', () => {
  const checkOf = (title: string, run: Check<Stage>['run'], applies = true): Check<Stage> => ({
    title,
    run,
    appliesTo: () => applies
  })
  const make = async (): Promise<Stage> => ({})
  test('what throws has failed, what does not apply was skipped, what hangs is cut off, and the rest passes', async () => {
    const checks = [
      checkOf('passes', async (stage) => void (await stage())),
      checkOf('throws', () => Promise.reject(new Error('because'))),
      checkOf('throws a text', () => Promise.reject('because')),
      checkOf('does not apply', async (stage) => void (await stage()), false),
      checkOf('hangs', () => new Promise(() => {})),
      checkOf('passes too', async (stage) => void (await stage()))
    ]
    expect(await checkAdapter(checks, make, { timeoutMs: 20 })).toEqual({
      passed: ['passes', 'passes too'],
      skipped: ['does not apply'],
      failed: [
        { title: 'throws', message: 'because' },
        { title: 'throws a text', message: 'because' },
        { title: 'hangs', message: 'did not end within 20 ms' }
      ]
    })
  })
  test('a stage that cannot be made fails every check', async () => {
    const none = () => Promise.reject(new Error('no server'))
    const { failed } = await checkAdapter(linkStoreChecks, none)
    expect(failed.map(({ message }) => message)).toEqual(linkStoreChecks.map(() => 'no server'))
  })
  test('every stage is closed, also where its check fails', async () => {
    let open = 0
    const stages = async () => {
      const stage = await memoryLinkStage({ through: (store) => ({ ...store, walk: async () => ok([]) }) })()
      open += 1
      return {
        ...stage,
        close: () => {
          open -= 1
        }
      }
    }
    const { failed } = await checkAdapter(linkStoreChecks, stages)
    expect(failed.length).toBeGreaterThan(0)
    expect(open).toBe(0)
  })
  test('a store whose clock cannot be moved is waited for', async () => {
    const real = async () => {
      const { advance: _advance, ...stage } = await memoryLinkStage()()
      const { memoryLinks } = await import('../../src/adapters/memory/index.js')
      return { ...stage, store: memoryLinks({ clock: Date.now }) }
    }
    const leases = linkStoreChecks.filter(({ title }) => /^(lease|fencing):/.test(title))
    expect(await failedTitles(leases, real)).toEqual([])
  })
})
