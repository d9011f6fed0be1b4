/** Promises of the small rows: intents, gestures that wait, the inbox, what is due, decisions, conflicts, documents. */
import { limits } from '../../model/index.js'
import type { LinkStore } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, fieldsFrom, hostileNames, hostileTexts, left, must, right, sorted } from './expect.js'
import { at, atMs, commit, conflictOf, decisionOf, dueOf, inboxOf, intentOf, trackOf } from './sample.js'
import type { LinkStage } from './stage.js'

const open = (store: LinkStore, max = 100) => right(store.openIntents(at, max), 'open intents')

const intentChecks: ReadonlyArray<Check<LinkStage>> = [
  check('intents: open until they are closed, every member as it was', async ({ store }) => {
    const full = intentOf('b', {
      op: 'delete',
      expected: 'v"1"',
      endedBy: 'left',
      unsure: true,
      conflicts: ['jobTitle'],
      rows: [],
      sent: [],
      held: []
    })
    await commit(store, { intents: [intentOf('a'), full] })
    equal(sorted((await open(store)).map(({ key }) => key)), ['a', 'b'], 'open intents')
    await commit(store, { closed: ['a'] })
    equal(await open(store), [full], 'open intents')
    await commit(store, { closed: ['a', 'b', 'nobody'] })
    equal(await open(store), [], 'open intents')
  }),
  check('intents: at most as many as asked for', async ({ store }) => {
    await commit(store, { intents: ['a', 'b', 'c'].map((key) => intentOf(key)) })
    equal([(await open(store, 2)).length, (await open(store, 0)).length], [2, 0], 'intents')
  })
]

const waiting = (store: LinkStore, max = 100) => right(store.pending(at, max), 'pending')

const pendingChecks: ReadonlyArray<Check<LinkStage>> = [
  check('pending: gestures wait in the order in which they were made, under growing ids', async ({ store }) => {
    equal(await right(store.append(at, [trackOf('b')], atMs), 'append'), 1, 'gestures that wait')
    equal(await right(store.append(at, [trackOf('c'), trackOf('a')], atMs - 1000), 'append'), 3, 'gestures that wait')
    const rows = await waiting(store)
    equal(
      rows.map(({ gesture }) => gesture),
      ['b', 'c', 'a'].map(trackOf),
      'gestures'
    )
    equal(
      rows.map((row) => row.atMs),
      [atMs, atMs - 1000, atMs - 1000],
      'times'
    )
    must(
      rows.every(({ id }, index) => index === 0 || id > (rows[index - 1]?.id ?? id)),
      'the ids do not grow'
    )
    equal(
      (await waiting(store, 2)).map(({ id }) => id),
      rows.slice(0, 2).map(({ id }) => id),
      'the first two'
    )
  }),
  check('pending: every kind of gesture comes back as it was', async ({ store }) => {
    const item = { item: "it's", kind: 'contact', by: 'ann' }
    const gestures = [
      { _tag: 'Track', ...item, parent: 'acc' },
      { _tag: 'Track', ...item, kind: 'task', as: 'phonecall', regarding: 'opp' },
      { _tag: 'SetRegarding', ...item, regarding: null },
      { _tag: 'SetParent', ...item, parent: 'acc' },
      { _tag: 'Untrack', ...item, deleteRecord: true, mayDelete: true },
      { _tag: 'Resolve', ...item, answer: 'record' },
      { _tag: 'Resolve', ...item, answer: 'save' },
      { _tag: 'Resolve', ...item, answer: { link: 'record-b' } },
      { _tag: 'Refused', ...item, code: 'private-item' },
      { _tag: 'Approve', planHash: 'abc', by: 'ann' }
    ] as const
    await right(store.append(at, gestures, atMs), 'append')
    equal(
      (await waiting(store)).map(({ gesture }) => gesture),
      gestures,
      'gestures'
    )
  }),
  check('pending: those that are settled are gone, and their ids are not used again', async ({ store }) => {
    await right(store.append(at, ['a', 'b', 'c'].map(trackOf), atMs), 'append')
    const ids = (await waiting(store)).map(({ id }) => id)
    await commit(store, { settledPending: ids.slice(1) })
    equal(
      (await waiting(store)).map(({ id }) => id),
      ids.slice(0, 1),
      'gestures that still wait'
    )
    equal(await right(store.append(at, [trackOf('d')], atMs), 'append'), 2, 'gestures that wait')
    const last = (await waiting(store)).at(-1)
    must(last !== undefined && last.id > Math.max(...ids), 'the id of a settled gesture was used again')
  }),
  check('pending: a gesture needs no lease, and one mailbox does not wait for another', async ({ store }) => {
    await right(store.append(at, [trackOf('a')], atMs), 'append')
    equal(await right(store.append({ ...at, mailbox: 'bob' }, [trackOf('b')], atMs), 'append'), 1, "bob's gestures")
    equal((await waiting(store)).length, 1, "ann's gestures")
  }),
  check('pending: past the limit nothing is taken, and that is said', async ({ store }) => {
    const many = Array.from({ length: limits.pendingMax }, (_, index) => trackOf(`${index}`))
    equal(await right(store.append(at, many, atMs), 'append'), limits.pendingMax, 'gestures that wait')
    await left(store.append(at, [trackOf('one too many')], atMs), 'QuotaExceeded', 'one too many')
    equal((await waiting(store, limits.pendingMax + 10)).length, limits.pendingMax, 'gestures that wait')
    await right(store.append({ ...at, mailbox: 'bob' }, [trackOf('b')], atMs), "another mailbox's gesture")
  })
]

const inbox = (store: LinkStore, after = 0, max = 100, mailbox = at.mailbox) =>
  right(store.inbox({ ...at, mailbox }, after, max), 'inbox')

const inboxChecks: ReadonlyArray<Check<LinkStage>> = [
  check('inbox: rows in the order of their changes, each in the mailbox that it names', async ({ store }) => {
    const rows = [inboxOf('b', { version: '1' }), inboxOf('a', { gone: true }), inboxOf('c', { mailbox: 'bob' })]
    await commit(store, { inbox: rows })
    const ours = await inbox(store)
    equal(
      ours.map(({ seq: _seq, ...row }) => row),
      rows.slice(0, 2),
      "ann's rows"
    )
    equal(
      (await inbox(store, 0, 100, 'bob')).map(({ ref }) => ref),
      ['c'],
      "bob's rows"
    )
    equal(
      (await inbox(store, ours[0]?.seq ?? 0)).map(({ ref }) => ref),
      ['a'],
      'rows after the first'
    )
    equal(
      (await inbox(store, 0, 1)).map(({ ref }) => ref),
      ['b'],
      'one row'
    )
  }),
  check('inbox: a later change replaces the row under a larger number', async ({ store }) => {
    await commit(store, { inbox: [inboxOf('a', { version: '1' }), inboxOf('b')] })
    const before = await inbox(store)
    await commit(store, { inbox: [inboxOf('a', { gone: true })] })
    const after = await inbox(store)
    equal(
      after.map(({ ref, version, gone }) => [ref, version, gone]),
      [
        ['b', null, null],
        ['a', null, true]
      ],
      'rows'
    )
    must((after[1]?.seq ?? 0) > Math.max(...before.map(({ seq }) => seq)), 'the number did not grow')
  }),
  check('inbox: one ref of two types is two rows', async ({ store }) => {
    await commit(store, { inbox: [inboxOf('a'), inboxOf('a', { type: 'account' })] })
    equal(
      (await inbox(store)).map(({ type }) => type),
      ['contact', 'account'],
      'types'
    )
  }),
  check('inbox: a settled row goes only where no later change has replaced it', async ({ store }) => {
    await commit(store, { inbox: [inboxOf('a'), inboxOf('b'), inboxOf('b', { type: 'account' })] })
    const seen = await inbox(store)
    await commit(store, { inbox: [inboxOf('a', { version: '2' })] })
    const settled = seen.filter(({ type }) => type === 'contact').map(({ type, ref, seq }) => ({ type, ref, seq }))
    await commit(store, { settledInbox: settled })
    const rest = await inbox(store)
    equal(
      rest.map(({ type, ref, version }) => [type, ref, version]),
      [
        ['account', 'b', null],
        ['contact', 'a', '2']
      ],
      'rows'
    )
  }),
  check('inbox: the number of a settled row is not used again', async ({ store }) => {
    await commit(store, { inbox: [inboxOf('a')] })
    const [row] = await inbox(store)
    const seq = row?.seq ?? 0
    await commit(store, { settledInbox: [{ type: 'contact', ref: 'a', seq }] })
    await commit(store, { inbox: [inboxOf('b')] })
    must(((await inbox(store))[0]?.seq ?? 0) > seq, 'the number of a settled row was used again')
  })
]

const dueKeys = async (store: LinkStore, max = 100, nowMs = atMs) =>
  (await right(store.due(at, max, nowMs), 'due')).map(({ key }) => key)

const dueChecks: ReadonlyArray<Check<LinkStage>> = [
  check('due: rows in order of key, resting ones left out', async ({ store }) => {
    await commit(store, {
      due: [dueOf('c'), dueOf('a'), dueOf('b', { rests: true }), dueOf('B'), dueOf('\uff5e'), dueOf('\u{1f600}')]
    })
    equal(await dueKeys(store), ['B', 'a', 'c', '\u{1f600}', '\uff5e'], 'keys')
    equal(await dueKeys(store, 2), ['B', 'a'], 'the first two keys')
  }),
  check('due: rows that are named come, resting ones too, every member as it was', async ({ store }) => {
    const full = dueOf('b', {
      rests: true,
      item: 'i',
      record: 'r',
      seen: { mail: '1', record: '2' },
      failures: 3,
      gesture: 7
    })
    await commit(store, { due: [dueOf('a'), full, dueOf('c')] })
    equal(await right(store.dueOf(at, ['b', 'nobody']), 'due'), [full], 'the named row')
    equal(await right(store.dueOf(at, []), 'due'), [], 'rows of no keys')
  }),
  check('due: a row of the same key is replaced; it may fall to rest and wake', async ({ store }) => {
    await commit(store, { due: [dueOf('a')] })
    await commit(store, { due: [dueOf('a', { rests: true })] })
    equal(await dueKeys(store), [], 'keys while it rests')
    await commit(store, { due: [dueOf('a', { failures: 2 })] })
    equal(await right(store.due(at, 10, atMs), 'due'), [dueOf('a', { failures: 2 })], 'rows when it woke')
  }),
  check('due: a row that rests wakes at its instant, and not before', async ({ store }) => {
    const sleeper = dueOf('b', { rests: true, wakesAtMs: atMs + 1 })
    await commit(store, { due: [dueOf('c'), sleeper, dueOf('a', { rests: true })] })
    equal(await dueKeys(store), ['c'], 'keys a moment before')
    equal(await right(store.due(at, 10, atMs + 1), 'due'), [sleeper, dueOf('c')], 'rows at the instant, by key')
    equal(await dueKeys(store, 1, atMs + 1), ['b'], 'the first key')
    await commit(store, { due: [dueOf('b', { rests: true })] })
    equal(await dueKeys(store, 10, atMs + 1), ['c'], 'keys when it rests for good')
  }),
  check('due: settled rows are gone', async ({ store }) => {
    await commit(store, { due: [dueOf('a'), dueOf('b'), dueOf('c', { rests: true })] })
    await commit(store, { settledDue: ['a', 'c', 'nobody'] })
    equal(await dueKeys(store), ['b'], 'keys')
    equal(await right(store.dueOf(at, ['a', 'c']), 'due'), [], 'settled rows')
  })
]

const historyChecks: ReadonlyArray<Check<LinkStage>> = [
  check('decisions: the last one about a thing, of the side that is asked for', async ({ store }) => {
    const facts = {
      count: 3,
      yes: false,
      names: ['a'],
      ...Object.fromEntries(hostileNames.map((name) => [name, name]))
    }
    await commit(store, { decisions: [decisionOf('a'), decisionOf('a', { side: 'record' }), decisionOf('b')] })
    await commit(store, { decisions: [decisionOf('a', { code: 'internal-email', facts })] })
    const [found, ...more] = await right(store.decisionsOf(at, 'mail', ['a', 'nobody']), 'decisions')
    equal([found, more.length], [decisionOf('a', { code: 'internal-email', facts }), 0], 'the last decision')
    equal(
      await right(store.decisionsOf(at, 'record', ['a', 'b']), 'decisions'),
      [decisionOf('a', { side: 'record' })],
      'of the record side'
    )
  }),
  check('conflicts: oldest first, at most as many as asked for', async ({ store }) => {
    await commit(store, { conflicts: [conflictOf('b', { atMs: atMs + 2 }), conflictOf('a', { atMs: atMs + 1 })] })
    await commit(store, {
      conflicts: [conflictOf('c', { atMs, field: 'x' }), conflictOf('c', { atMs: atMs + 3, field: 'y' })]
    })
    const rows = await right(store.conflicts(at, 10), 'conflicts')
    equal(
      rows.map(({ item, field }) => `${item} ${field}`),
      ['c x', 'a jobTitle', 'b jobTitle', 'c y'],
      'conflicts'
    )
    equal(await right(store.conflicts(at, 1), 'conflicts'), [conflictOf('c', { atMs, field: 'x' })], 'the oldest')
  }),
  check('state: a document by its name, replaced whole', async ({ store }) => {
    equal(await right(store.state(at.tenant, 'pace'), 'state'), undefined, 'a document that nobody wrote')
    await commit(store, {
      state: [
        { name: 'pace', document: { a: 1, b: 2 } },
        { name: 'cursors', document: {} }
      ]
    })
    await commit(store, { state: [{ name: 'pace', document: { b: { c: [3, null, 'x'] } } }] })
    equal(await right(store.state(at.tenant, 'pace'), 'state'), { b: { c: [3, null, 'x'] } }, 'the document')
    equal(await right(store.state(at.tenant, 'cursors'), 'state'), {}, 'an empty document')
    equal(await right(store.state(at.tenant, 'Pace'), 'state'), undefined, 'another name')
  }),
  check('state: hostile names and values come back as they were', async ({ store }) => {
    const document = fieldsFrom(hostileNames.map((name, index) => [name, hostileTexts[index] ?? '']))
    const names = [...new Set([...hostileNames, ...hostileTexts])]
    await commit(store, { state: names.map((name, index) => ({ name, document: { ...document, index } })) })
    for (const [index, name] of names.entries()) {
      const stored = await right(store.state(at.tenant, name), 'state')
      equal(stored, { ...document, index }, `the document ${JSON.stringify(name)}`)
      must(Object.keys(stored ?? {}).includes('__proto__'), 'the member __proto__ is lost')
    }
    must(!('polluted' in {}), 'the prototype of all objects was changed')
  })
]

export const rowChecks: ReadonlyArray<Check<LinkStage>> = [
  ...intentChecks,
  ...pendingChecks,
  ...inboxChecks,
  ...dueChecks,
  ...historyChecks
]
