/**
 * SQLite against the stores in memory, as a model: whatever is done to both, both answer alike. Few names, so that
 * calls meet; hostile ones among them.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryRecords } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import type { Actor, Lease, LinkStore, RecordStore } from '../../src/engine/ports.js'
import type { Effect, MatchCode, Result, Value } from '../../src/model/index.js'
import { byCodeUnits, canonicalJson } from '../../src/model/index.js'
import {
  claimOf,
  conflictOf,
  decisionOf,
  dueOf,
  formerOf,
  inboxOf,
  intentOf,
  linkOf,
  trackOf,
  writeOf
} from '../../src/testing/contract/sample.js'

const runs = Number(process.env.LIAISON_RUNS ?? 150)
const timeout = 60_000 + runs * 50

const name = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b') },
  fc.constantFrom('A', '\ud800', '\ud83d\ude00', '\uffff', "x'y", 'a\u0000')
)
const names = fc.uniqueArray(name, { maxLength: 4 })
const places = ['t', 't', 't', 't\u0000'].flatMap((tenant) =>
  ['ann', 'ann', 'bob'].map((mailbox) => ({ tenant, mailbox }))
)
const place = fc.constantFrom(...places)
const few = <A>(arbitrary: fc.Arbitrary<A>) => fc.array(arbitrary, { maxLength: 3 })
const max = fc.integer({ min: 0, max: 4 })
const atMs = fc.integer({ min: 0, max: 3 })

const link = fc
  .tuple(name, name, name, names)
  .map(([id, item, record, related]) => linkOf(id, { item, record, related }))

const change = fc.record(
  {
    intents: few(name.map((key) => intentOf(key))),
    closed: names,
    links: fc.uniqueArray(link, { selector: ({ id }) => id, maxLength: 3 }),
    ended: few(link.map(formerOf)),
    revived: names,
    decisions: few(fc.tuple(name, fc.constantFrom('mail', 'record')).map(([ref, side]) => decisionOf(ref, { side }))),
    conflicts: few(fc.tuple(name, name, atMs).map(([item, field, at]) => conflictOf(item, { field, atMs: at }))),
    inbox: few(fc.tuple(name, fc.constantFrom('ann', 'bob')).map(([ref, mailbox]) => inboxOf(ref, { mailbox }))),
    settledInbox: few(fc.record({ type: fc.constant('contact'), ref: name, seq: fc.integer({ min: 1, max: 6 }) })),
    settledPending: few(fc.integer({ min: 1, max: 6 })),
    due: few(fc.tuple(name, fc.boolean()).map(([key, rests]) => dueOf(key, { rests }))),
    settledDue: names,
    history: few(
      fc
        .tuple(name, name, fc.constantFrom('mail', 'record'), name, atMs)
        .map(([key, ref, side, cycle, at]) => writeOf(key, { ref, other: ref, side, cycle, atMs: at }))
    ),
    outdated: fc.record({
      history: atMs,
      conflicts: atMs,
      decisions: fc.constant(-1),
      max: fc.constantFrom(0, 100)
    }),
    state: few(fc.tuple(name, fc.dictionary(name, fc.nat())).map(([of, document]) => ({ name: of, document })))
  },
  { requiredKeys: [] }
)

/** What is done to a store of links; `held` is the lease that it last gave. */
type Step = (store: LinkStore, held: Map<string, Lease>, tick: (ms: number) => void) => Promise<unknown>

const inOrder = async <A>(answer: Promise<Result<ReadonlyArray<A>>>, key: (row: A) => string): Promise<unknown> => {
  const result = await answer
  return result._tag === 'Left' ? result : [...result.right].sort((x, y) => byCodeUnits(key(x), key(y)))
}

const linkKey = ({ mailbox, id }: { mailbox: string; id: string }): string => JSON.stringify([mailbox, id])

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(place, fc.constantFrom('one', 'two'), fc.constantFrom(10, 1000)).map(
    ([{ tenant, mailbox }, holder, ttlMs]): Step =>
      async (store, held) => {
        const answer = await store.lease(tenant, mailbox, holder, ttlMs)
        if (answer._tag === 'Right' && answer.right._tag === 'Leased')
          held.set(`${tenant} ${mailbox}`, answer.right.lease)
        return answer
      }
  ),
  place.map(
    ({ tenant, mailbox }): Step =>
      async (store, held) => {
        const lease = held.get(`${tenant} ${mailbox}`)
        return lease === undefined ? undefined : store.release(lease)
      }
  ),
  fc.integer({ min: 1, max: 20 }).map(
    (ms): Step =>
      async (_store, _held, tick) =>
        tick(ms)
  ),
  {
    weight: 8,
    arbitrary: fc.tuple(place, change).map(
      ([{ tenant, mailbox }, changes]): Step =>
        async (store, held) => {
          const nobodys = { tenant, name: mailbox, holder: 'nobody', token: 1, untilMs: 0 }
          const { links = [], ended = [], ...rest } = changes
          const lease = held.get(`${tenant} ${mailbox}`) ?? nobodys
          const own = <A>(rows: ReadonlyArray<A>) => rows.map((row) => ({ ...row, mailbox }))
          return store.transact({ ...rest, links: own(links), ended: own(ended), lease, mailbox })
        }
    )
  },
  fc.tuple(place, few(name.map(trackOf)), atMs).map(
    ([key, gestures, at]): Step =>
      (store) =>
        store.append(key, gestures, at)
  ),
  fc.tuple(place, few(fc.tuple(name, fc.nat(2)).map(([identity, n]) => claimOf(identity, n)))).map(
    ([{ tenant }, claims]): Step =>
      (store) =>
        store.claim(tenant, claims)
  ),
  fc.tuple(place, fc.boolean(), names, names).map(
    ([{ tenant, mailbox }, isWhole, items, records]): Step =>
      (store) =>
        store.forget(tenant, {
          ...(isWhole ? { mailbox } : {}),
          items: items.map((ref) => ({ mailbox, ref })),
          records,
          identities: items,
          identitiesFrom: { begins: [], but: [] },
          documents: records
        })
  ),
  fc.tuple(place, fc.nat(2), name, fc.nat(3)).map(
    ([{ tenant }, from, identity, to]): Step =>
      (store) =>
        store.raise(tenant, from, claimOf(identity, to))
  )
)

/** Most commits should go through. */
const leaseAll = places.map(
  ({ tenant, mailbox }): Step =>
    async (store, held) => {
      const answer = await store.lease(tenant, mailbox, 'one', 1000)
      if (answer._tag === 'Right' && answer.right._tag === 'Leased')
        held.set(`${tenant} ${mailbox}`, answer.right.lease)
      return answer
    }
)

const question: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(place, fc.constantFrom('item', 'record', 'related'), names, fc.boolean()).map(
    ([{ tenant, mailbox }, by, refs, isOne]): Step =>
      (store) =>
        inOrder(store.linksOf(tenant, by, refs, ...(isOne ? [mailbox] : [])), linkKey)
  ),
  fc.tuple(place, fc.constantFrom('item', 'record'), names, fc.boolean()).map(
    ([{ tenant, mailbox }, by, refs, isOne]): Step =>
      (store) =>
        inOrder(store.formerOf(tenant, by, refs, ...(isOne ? [mailbox] : [])), linkKey)
  ),
  fc.tuple(place, fc.option(name, { nil: undefined }), max).map(
    ([key, after, rows]): Step =>
      (store) =>
        store.walk(key, after, rows)
  ),
  place.map(
    (key): Step =>
      (store) =>
        inOrder(store.openIntents(key, 100), (intent) => intent.key)
  ),
  fc.tuple(place, max).map(
    ([key, rows]): Step =>
      (store) =>
        store.pending(key, rows)
  ),
  fc.tuple(place, fc.nat(4), max).map(
    ([key, after, rows]): Step =>
      (store) =>
        store.inbox(key, after, rows)
  ),
  fc.tuple(place, max).map(
    ([key, rows]): Step =>
      (store) =>
        store.due(key, rows, 0)
  ),
  fc.tuple(place, names).map(
    ([key, keys]): Step =>
      (store) =>
        inOrder(store.dueOf(key, keys), (due) => due.key)
  ),
  fc.tuple(place, fc.constantFrom('mail', 'record'), names).map(
    ([key, side, refs]): Step =>
      (store) =>
        inOrder(store.decisionsOf(key, side, refs), (row) => row.ref)
  ),
  place.map(
    (key): Step =>
      (store) =>
        inOrder(store.conflicts(key, 100), (row) => JSON.stringify([row.atMs, row.item, row.field]))
  ),
  fc.tuple(place, fc.constantFrom('mail', 'record'), name, fc.option(name, { nil: undefined }), max).map(
    ([key, side, ref, before, rows]): Step =>
      (store) =>
        store.historyOf(key, side, ref, before, rows)
  ),
  fc.tuple(place, name, fc.option(name, { nil: undefined }), max).map(
    ([key, cycle, after, rows]): Step =>
      (store) =>
        store.historyIn(key, cycle, after, rows)
  ),
  place.map(
    ({ tenant }): Step =>
      (store) =>
        inOrder(store.mentioning(tenant, 'ann', 100), (pair) => JSON.stringify(Object.values(pair)))
  ),
  fc.tuple(place, name).map(
    ([{ tenant }, of]): Step =>
      (store) =>
        store.state(tenant, of)
  )
)

describe('links', () => {
  test('any calls in any order: SQLite answers what the memory answers', { timeout }, () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 2, arbitrary: step }, { weight: 3, arbitrary: question }), {
          minLength: 20,
          maxLength: 60
        }),
        async (steps) => {
          let nowMs = 0
          const clock = () => nowMs
          const stores = [memoryLinks({ clock }), sqlite({ path: ':memory:', clock }).links]
          const leases = stores.map(() => new Map<string, Lease>())
          for (const run of [...leaseAll, ...steps]) {
            let tickedMs = 0
            const answers: Array<unknown> = []
            for (const [index, store] of stores.entries()) {
              const held = leases[index] ?? new Map()
              answers.push(
                await run(store, held, (ms) => {
                  tickedMs = ms
                })
              )
            }
            nowMs += tickedMs
            expect(canonicalJson(answers[1] ?? null)).toBe(canonicalJson(answers[0] ?? null))
          }
        }
      ),
      { numRuns: runs }
    )
  )
})

const value: fc.Arbitrary<Value> = fc.oneof(
  fc.constantFrom('Ann', 'ann', '', null, '\ud800', 'a\u0000', 5, true),
  fc.array(fc.constantFrom('ann', 'bob', ''), { maxLength: 2 }),
  fc.dictionary(fc.constantFrom('__proto__', 'x'), fc.constantFrom('ann', ''))
)
const fields = fc.dictionary(fc.constantFrom('name', 'mail', '__proto__', 'constructor'), value, { maxKeys: 3 })
const type = fc.constantFrom('contact', 'account')

/** What is done to a store of records; `versions` are those that it last gave. */
type RecordStep = (stage: RecordsUnderTest, versions: Map<string, string>) => Promise<unknown>

interface RecordsUnderTest {
  readonly store: RecordStore
  readonly put: (
    of: string,
    ref: string,
    owner: string,
    content: { readonly [field: string]: Value }
  ) => Promise<unknown>
  readonly remove: (of: string, ref: string) => Promise<unknown>
}

const engine: Actor = { _tag: 'Engine' }

/** Versions, times and cursors are each store's own; the rest must be alike. */
const told = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, member) =>
      ['version', 'createdAtMs', 'changedAtMs', 'paths', 'cursor'].includes(key) ? undefined : member
    )
  )

const expectedOf = (ref: string, versions: ReadonlyMap<string, string>, kind: 'none' | 'last' | 'stale') =>
  kind === 'none' ? {} : { expected: kind === 'last' ? (versions.get(ref) ?? 'none') : 'stale' }

const conditional = fc.constantFrom('none', 'last', 'stale')

const part = fc.record({ field: fc.constantFrom('name', 'mail', '__proto__'), op: fc.constantFrom('exact', 'address') })

const code: fc.Arbitrary<MatchCode> = fc.record({
  parts: fc.array(part, { minLength: 1, maxLength: 2 }),
  blanks: fc.constantFrom('skip', 'count')
})

const recordStep: fc.Arbitrary<RecordStep> = fc.oneof(
  fc.tuple(type, name, fields).map(
    ([of, id, content]): RecordStep =>
      ({ store }, versions) =>
        writeAll(store, versions, [{ _tag: 'Create', key: 'k', id, type: of, owner: 'u', fields: content }])
  ),
  fc.tuple(type, name, fields, conditional).map(
    ([of, ref, set, kind]): RecordStep =>
      ({ store }, versions) =>
        writeAll(store, versions, [
          { _tag: 'Update', key: 'k', ref, type: of, set, ...expectedOf(ref, versions, kind) }
        ])
  ),
  fc.tuple(type, name, conditional).map(
    ([of, ref, kind]): RecordStep =>
      ({ store }, versions) =>
        writeAll(store, versions, [{ _tag: 'Delete', key: 'k', ref, type: of, ...expectedOf(ref, versions, kind) }])
  ),
  fc.tuple(type, name, fc.constantFrom('u', 'v'), fields).map(
    ([of, ref, owner, content]): RecordStep =>
      ({ put }) =>
        put(of, ref, owner, content)
  ),
  fc.tuple(type, name).map(
    ([of, ref]): RecordStep =>
      ({ remove }) =>
        remove(of, ref)
  ),
  fc.tuple(type, names).map(
    ([of, refs]): RecordStep =>
      ({ store }) =>
        store.read(of, refs, engine)
  ),
  fc
    .tuple(
      type,
      code,
      fc.constantFrom('ann', 'bob', '\ud800', '', '5', '["ann",""]', '["ann","5"]'),
      fc.constantFrom(1, 2, 9)
    )
    .map(
      ([of, asked, term, max]): RecordStep =>
        ({ store }) =>
          store.lookup([
            { type: of, code: asked, term, max },
            { type: of, code: asked, term }
          ])
    ),
  fc.tuple(type, fc.option(name, { nil: undefined }), fc.integer({ min: 1, max: 4 })).map(
    ([of, after, rows]): RecordStep =>
      ({ store }) => {
        const context = { user: 'u', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }
        const page = { max: rows, ...(after === undefined ? {} : { after }) }
        return store.members({ type: of, filter: { and: [] }, context }, engine, page)
      }
  )
)

const writeAll = async (store: RecordStore, versions: Map<string, string>, effects: ReadonlyArray<Effect>) => {
  const answer = await store.write(effects, engine)
  for (const outcome of answer._tag === 'Right' ? answer.right : []) {
    if (outcome._tag === 'Done' && outcome.version !== undefined) versions.set(outcome.ref, outcome.version)
  }
  return answer
}

const inMemory = (): RecordsUnderTest => {
  const { port, host } = memoryRecords()
  const isOf = (of: string, ref: string) => host.get(ref)?.type === of
  return {
    store: port,
    put: async (of, ref, owner, content) => {
      if (host.get(ref) !== undefined && !isOf(of, ref)) return 'taken'
      host.put({ type: of, ref, owner, state: 'active', fields: content })
      return 'put'
    },
    remove: async (of, ref) => isOf(of, ref) && host.remove(ref)
  }
}

const inSqlite = (): RecordsUnderTest => {
  // As the memory's own: every write has a time of its own.
  let nowMs = 0
  const { records, host } = sqlite({ path: ':memory:', clock: () => ++nowMs })
  return {
    store: records,
    put: (of, ref, owner, content) =>
      host.put({ type: of, ref, owner, fields: content }).then(
        () => 'put',
        () => 'taken'
      ),
    remove: (of, ref) => host.remove(of, ref)
  }
}

describe('records', () => {
  test(
    'any calls in any order: SQLite answers what the memory answers, and both feeds lead to what is there',
    { timeout },
    () =>
      fc.assert(
        fc.asyncProperty(fc.array(recordStep, { minLength: 20, maxLength: 60 }), async (steps) => {
          const stages = [inMemory(), inSqlite()]
          const versions = stages.map(() => new Map<string, string>())
          const cursors = new Map<RecordsUnderTest, string>()
          const replicas = stages.map(() => new Set<string>())
          for (const [at, run] of steps.entries()) {
            const answers: Array<unknown> = []
            for (const [index, stage] of stages.entries()) answers.push(await run(stage, versions[index] ?? new Map()))
            expect(canonicalJson(told(answers[1] ?? null))).toBe(canonicalJson(told(answers[0] ?? null)))
            if (at % 7 !== 6 && at !== steps.length - 1) continue
            for (const [index, stage] of stages.entries()) await follow(stage, cursors, replicas[index] ?? new Set())
            expect([...(replicas[1] ?? [])].sort()).toEqual([...(replicas[0] ?? [])].sort())
          }
        }),
        { numRuns: runs }
      )
  )
})

/** Keeps a set of contacts by the feed alone. */
const follow = async (
  stage: RecordsUnderTest,
  cursors: Map<RecordsUnderTest, string>,
  refs: Set<string>
): Promise<void> => {
  for (let pages = 0; pages < 100; pages += 1) {
    const page = await stage.store.changes('contact', cursors.get(stage), 3)
    if (page._tag === 'Left') throw new Error(page.left._tag)
    for (const { ref, gone } of page.right.rows) {
      if (gone === true) refs.delete(ref)
      else refs.add(ref)
    }
    cursors.set(stage, page.right.cursor)
    if (!page.right.more) return
  }
  throw new Error('the feed does not end')
}
