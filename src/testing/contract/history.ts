/** Promises of what was written: found by thing and by cycle, in order, and gone when it is old. */
import type { MailboxKey } from '../../model/index.js'
import type { LinkStore, Outdated } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, fieldsFrom, hostileNames, hostileTexts, right, sorted } from './expect.js'
import { at, atMs, commit, conflictOf, decisionOf, formerOf, linkOf, writeOf } from './sample.js'
import type { LinkStage } from './stage.js'

const ofThing = async (store: LinkStore, ref: string, before?: string, max = 100, key: MailboxKey = at) =>
  (await right(store.historyOf(key, 'record', ref, before, max), 'history of a thing')).map((row) => row.key)

const inCycle = async (store: LinkStore, cycle: string, after?: string, max = 100, key: MailboxKey = at) =>
  (await right(store.historyIn(key, cycle, after, max), 'history of a cycle')).map((row) => row.key)

/** Every optional member, and values that have been lost before. */
const full = writeOf('full', {
  op: 'delete',
  ref: "it's",
  other: '\u0000',
  by: 'ann',
  version: 'v"1"',
  owner: 'user 1',
  state: 'open',
  folder: 'contacts',
  recovered: true,
  facts: { count: 3, yes: true, names: ['a'] },
  changes: [
    ...hostileNames.map((field, index) => ({ field, before: hostileTexts[index] ?? '', after: null })),
    { field: 'list', row: 'list', before: ['a', ['b'], 0, -1.5, true], after: fieldsFrom([['__proto__', 'x']]) }
  ]
})

const questionChecks: ReadonlyArray<Check<LinkStage>> = [
  check('history: what was written to one thing, the largest key first, by slices of any size', async ({ store }) => {
    const keys = ['b', 'a', 'd', 'C', 'c']
    await commit(store, { history: [...keys.map((key) => writeOf(key)), writeOf('e', { ref: 'another' })] })
    await commit(store, { history: [writeOf('f', { side: 'mail', ref: 'record-a' })] })
    for (const max of [1, 2, 10]) {
      const read: Array<string> = []
      for (let isOpen = true; isOpen; ) {
        const slice = await ofThing(store, 'record-a', read.at(-1), max)
        read.push(...slice)
        isOpen = slice.length > 0 && slice.length <= max && read.length <= keys.length
      }
      equal(read, [...sorted(keys)].reverse(), `rows by slices of ${max}`)
    }
    equal(await ofThing(store, 'record-a', undefined, 0), [], 'no rows asked for')
    equal(await ofThing(store, 'item-a'), [], 'rows of the partner')
  }),
  check('history: what was written in one cycle, in order of key, by slices of any size', async ({ store }) => {
    const keys = ['b', 'a', 'C', 'c']
    const others = [writeOf('x', { cycle: 'cycle-10' }), writeOf('y', { cycle: 'cycle' })]
    await commit(store, { history: [...keys.map((key) => writeOf(key, { ref: `record-${key}` })), ...others] })
    for (const max of [1, 3, 10]) {
      const read: Array<string> = []
      for (let isOpen = true; isOpen; ) {
        const slice = await inCycle(store, 'cycle-1', read.at(-1), max)
        read.push(...slice)
        isOpen = slice.length > 0 && slice.length <= max && read.length <= keys.length
      }
      equal(read, sorted(keys), `rows by slices of ${max}`)
    }
    equal(await inCycle(store, 'cycle-2'), [], 'rows of a cycle that wrote nothing')
  }),
  check('history: every member comes back as it was, and a row of the same key is replaced', async ({ store }) => {
    await commit(store, { history: [writeOf('full')] })
    await commit(store, { history: [full] })
    equal(await right(store.historyOf(at, 'record', full.ref, undefined, 10), 'history'), [full], 'the row')
    equal(await right(store.historyIn(at, full.cycle, undefined, 10), 'history'), [full], 'the row')
    equal(await ofThing(store, 'record-a'), [], 'rows of the thing that it named before')
  }),
  check('history: one mailbox and one tenant never see what another has written', async ({ store }) => {
    const others = [
      { tenant: 'tenant-2', mailbox: at.mailbox },
      { tenant: at.tenant, mailbox: 'bob' }
    ]
    await commit(store, { history: [writeOf('a')] })
    for (const other of others) {
      equal(await ofThing(store, 'record-a', undefined, 100, other), [], 'rows of another by thing')
      equal(await inCycle(store, 'cycle-1', undefined, 100, other), [], 'rows of another by cycle')
      await commit(store, { outdated: all }, other)
    }
    equal(await ofThing(store, 'record-a'), ['a'], 'the first row after others have removed theirs')
  })
]

const all: Outdated = { history: atMs + 1e6, decisions: atMs + 1e6, conflicts: atMs + 1e6, max: 100 }

const decisions = async (store: LinkStore) =>
  (await right(store.decisionsOf(at, 'mail', ['a', 'b', 'c', 'item-l']), 'decisions')).map(({ ref }) => ref)

const ageChecks: ReadonlyArray<Check<LinkStage>> = [
  check('history: what is old goes, the oldest first and at most so many, each kind for itself', async ({ store }) => {
    const names = ['a', 'b', 'c']
    await commit(store, {
      history: names.map((key, index) => writeOf(key, { atMs: atMs + index })),
      conflicts: names.map((item, index) => conflictOf(item, { atMs: atMs + index })),
      decisions: names.map((ref, index) => decisionOf(ref, { atMs: atMs + index }))
    })
    const conflicts = async () => (await right(store.conflicts(at, 10), 'conflicts')).map(({ item }) => item)
    const left = async () => [await inCycle(store, 'cycle-1'), await conflicts(), await decisions(store)]
    await commit(store, { outdated: { ...all, history: atMs, decisions: atMs, conflicts: atMs } })
    equal(await left(), [names, names, names], 'rows that are not old yet')
    await commit(store, { outdated: { ...all, max: 0 } })
    equal(await left(), [names, names, names], 'rows where none may go')
    await commit(store, { outdated: { ...all, max: 1 } })
    equal(
      await left(),
      [
        ['b', 'c'],
        ['b', 'c'],
        ['b', 'c']
      ],
      'rows after one of each kind went'
    )
    await commit(store, { outdated: { history: atMs + 2, decisions: atMs, conflicts: atMs + 3, max: 100 } })
    equal(await left(), [['c'], [], ['b', 'c']], 'rows after each kind went by its own instant')
    await commit(store, { outdated: all })
    equal(await left(), [[], [], []], 'rows after all went')
  }),
  check('history: a row that one commit writes and finds old goes', async ({ store }) => {
    await commit(store, { history: [writeOf('a')], outdated: all })
    equal(await inCycle(store, 'cycle-1'), [], 'rows')
  }),
  check('decisions: one about a thing that has a link stays, however old', async ({ store }) => {
    const link = linkOf('l')
    await commit(store, { links: [link], decisions: [decisionOf('item-l'), decisionOf('a'), decisionOf('b')] })
    for (let round = 0; round < 3; round += 1) await commit(store, { outdated: { ...all, max: 1 } })
    equal(await decisions(store), ['item-l'], 'decisions')
    await commit(store, { ended: [formerOf(link)], decisions: [decisionOf('item-l')] })
    await commit(store, { outdated: all })
    equal(await decisions(store), [], 'decisions after the link has ended')
  })
]

export const writeChecks: ReadonlyArray<Check<LinkStage>> = [...questionChecks, ...ageChecks]
