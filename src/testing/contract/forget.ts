/** Promises of forgetting: everything that names what is forgotten goes, and nothing else. */
import type { Forget, Forgotten, MailboxKey } from '../../model/index.js'
import type { LinkStore } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, hostileTexts, right } from './expect.js'
import {
  at,
  atMs,
  claimOf,
  commit,
  conflictOf,
  decisionOf,
  dueOf,
  formerOf,
  inboxOf,
  intentOf,
  linkOf,
  trackOf,
  writeOf
} from './sample.js'
import type { LinkStage } from './stage.js'

const nobody: Forget = {
  items: [],
  records: [],
  identities: [],
  identitiesFrom: { begins: [], but: [] },
  documents: []
}

const none: Forgotten = {
  links: 0,
  former: 0,
  related: 0,
  intents: 0,
  claims: 0,
  pending: 0,
  inbox: 0,
  due: 0,
  decisions: 0,
  conflicts: 0,
  history: 0,
  state: 0
}

const forget = (store: LinkStore, what: Partial<Forget>, tenant = at.tenant) =>
  right(store.forget(tenant, { ...nobody, ...what }), 'forget')

/** A pair in every kind of row: the item `i…` and the record `r…`. */
const lived = async (store: LinkStore, name: string, key: MailboxKey = at): Promise<void> => {
  const { mailbox } = key
  const [item, record] = [`i${name}`, `r${name}`]
  const pair = { mailbox, item, record }
  await commit(
    store,
    {
      links: [linkOf(`link ${name}`, pair), linkOf(`shows ${name}`, { mailbox, related: [record, 'acc'] })],
      ended: [formerOf(linkOf(`former ${name}`, pair))],
      intents: [
        intentOf(`to record ${name}`, { ref: record, source: item }),
        intentOf(`to mail ${name}`, { side: 'mail', ref: item, source: record })
      ],
      inbox: [inboxOf(record, { mailbox })],
      due: [dueOf(`by item ${name}`, { item }), dueOf(`by record ${name}`, { record, rests: true })],
      decisions: [decisionOf(item), decisionOf(record, { side: 'record' })],
      conflicts: [conflictOf(item, { record })],
      history: [
        writeOf(`to record ${name}`, { ref: record, other: item }),
        writeOf(`to mail ${name}`, { side: 'mail', ref: item, other: record })
      ],
      state: [{ name: `mailbox/${mailbox}`, document: {} }]
    },
    key
  )
  await right(store.append(key, [trackOf(item)], atMs), 'append')
  await right(
    store.claim(key.tenant, [claimOf(`record ${mailbox} ${item}`), claimOf(`item ${mailbox} ${record}`)]),
    'claim'
  )
}

/** What a store still has of a mailbox, by names that say what they are. */
const leftOf = async (store: LinkStore, names: ReadonlyArray<string>, key: MailboxKey = at) => {
  const items = names.map((name) => `i${name}`)
  const records = names.map((name) => `r${name}`)
  const { tenant, mailbox } = key
  const written = [
    ...(await right(store.historyIn(key, 'cycle-1', undefined, 100), 'history')).map((row) => `history ${row.key}`),
    ...(await right(store.openIntents(key, 100), 'intents')).map((intent) => `intent ${intent.key}`)
  ]
  return [
    ...(await right(store.walk(key, undefined, 100), 'walk')).map(({ id, related = [] }) => `${id} ${related.join()}`),
    ...(await right(store.formerOf(tenant, 'item', items, mailbox), 'former links')).map(({ id }) => id),
    ...written,
    ...(await right(store.pending(key, 100), 'pending')).map(({ gesture }) => JSON.stringify(gesture)),
    ...(await right(store.inbox(key, 0, 100), 'inbox')).map(({ ref }) => `inbox ${ref}`),
    ...(await right(store.due(key, 100, 0), 'due')).map((due) => due.key),
    ...(
      await right(
        store.dueOf(
          key,
          names.map((name) => `by record ${name}`)
        ),
        'due'
      )
    ).map((due) => due.key),
    ...(await right(store.decisionsOf(key, 'mail', items), 'decisions')).map(({ ref }) => `decision ${ref}`),
    ...(await right(store.decisionsOf(key, 'record', records), 'decisions')).map(({ ref }) => `decision ${ref}`),
    ...(await right(store.conflicts(key, 100), 'conflicts')).map(({ item }) => `conflict ${item}`)
  ].sort()
}

const oneOfEach: Forgotten = {
  links: 1,
  former: 1,
  related: 1,
  intents: 2,
  claims: 2,
  pending: 1,
  inbox: 1,
  due: 2,
  decisions: 2,
  conflicts: 1,
  history: 2,
  state: 0
}

const pairOf = (name: string, mailbox = at.mailbox): Partial<Forget> => ({
  items: [{ mailbox, ref: `i${name}` }],
  records: [`r${name}`],
  identities: [`record ${mailbox} i${name}`, `item ${mailbox} r${name}`]
})

const bob = { ...at, mailbox: 'bob' }
const other = { ...at, tenant: 'tenant-2' }

export const forgetChecks: ReadonlyArray<Check<LinkStage>> = [
  check('forget: nobody named, nothing gone', async ({ store }) => {
    await lived(store, 'a')
    const before = await leftOf(store, ['a'])
    equal(await forget(store, {}), none, 'counts')
    equal(await leftOf(store, ['a']), before, 'rows')
  }),
  check('forget: a pair goes from every kind of row, and nobody else does', async ({ store }) => {
    for (const key of [at, bob, other]) await lived(store, 'b', key)
    const others = [await leftOf(store, ['b']), await leftOf(store, ['b'], bob), await leftOf(store, ['b'], other)]
    for (const key of [at, other]) await lived(store, 'a', key)
    equal(await forget(store, pairOf('a')), oneOfEach, 'counts')
    const shows = 'shows a acc'
    const [ours = []] = others
    equal(await leftOf(store, ['a', 'b']), [...ours, shows].sort(), 'rows of the others in this mailbox')
    equal(await leftOf(store, ['b'], bob), others[1], 'rows of another mailbox')
    equal(
      (await leftOf(store, ['a'], other)).length,
      (await leftOf(store, ['b'], other)).length,
      'rows of another tenant'
    )
    equal(await right(store.linksOf(at.tenant, 'related', ['ra']), 'links by related record'), [], 'links that show it')
    equal(await forget(store, pairOf('a')), none, 'counts of a second time')
    const again = { ...claimOf('record ann ia'), id: 'another' }
    equal(await right(store.claim(at.tenant, [again]), 'claim'), [again], 'the claim, free again')
  }),
  check('forget: an item of one mailbox is not the item of that name in another', async ({ store }) => {
    await lived(store, 'a')
    await lived(store, 'a', bob)
    const before = await leftOf(store, ['a'])
    const { links, history } = await forget(store, { items: [{ mailbox: 'bob', ref: 'ia' }] })
    equal([links, history], [1, 2], 'counts')
    equal(await leftOf(store, ['a']), before, 'rows of the first')
  }),
  check('forget: a mailbox goes as a whole', async ({ store }) => {
    for (const key of [at, bob, other]) await lived(store, 'a', key)
    const before = [await leftOf(store, ['a'], bob), await leftOf(store, ['a'], other)]
    const counts = await forget(store, {
      mailbox: at.mailbox,
      identitiesFrom: { begins: ['record ann ', 'item ann '], but: [] },
      documents: ['mailbox/ann']
    })
    equal(counts, { ...oneOfEach, links: 2, related: 0, state: 1 }, 'counts')
    equal(await leftOf(store, ['a']), [], 'rows')
    equal(await right(store.state(at.tenant, 'mailbox/ann'), 'state'), undefined, 'the document')
    equal(await right(store.state('tenant-2', 'mailbox/ann'), 'state'), {}, 'the document of the other tenant')
    equal([await leftOf(store, ['a'], bob), await leftOf(store, ['a'], other)], before, 'rows of the others')
  }),
  check('forget: claims go by identity, by how it begins, and by the record that was made', async ({ store }) => {
    const identities = ['item ann r1', 'item ann x r1', 'record ann i1', 'item bob r1', 'meeting']
    await right(
      store.claim(
        at.tenant,
        identities.map((identity) => claimOf(identity))
      ),
      'claim'
    )
    const begins = { begins: ['item ann '], but: ['item ann x '] }
    const counts = await forget(store, { identitiesFrom: begins, records: [claimOf('meeting').id] })
    equal(counts, { ...none, claims: 2 }, 'counts')
    const asked = identities.map((identity) => ({ ...claimOf(identity), id: 'mine' }))
    const standing = await right(store.claim(at.tenant, asked), 'claim')
    equal(
      standing.map(({ id }) => id === 'mine'),
      [true, false, false, false, true],
      'claims that are free again'
    )
  }),
  check('forget: hostile names are forgotten exactly', async ({ store }) => {
    const names = [...new Set(hostileTexts)]
    const history = names.map((name, index) => writeOf(`${index}`, { ref: name, other: `o${name}` }))
    for (const name of names) {
      await commit(store, { history, decisions: names.map((ref) => decisionOf(ref, { side: 'record' })) })
      const { history: rows, decisions } = await forget(store, { records: [name] })
      equal([rows, decisions], [1, 1], `rows of ${JSON.stringify(name)}`)
    }
  }),
  check('mentioning: pairs of which a value mentions an address, wherever it stands', async ({ store }) => {
    const base = (value: string) => ({ mail: [null, ['x', value]], record: ['', null] })
    await commit(store, {
      links: [linkOf('a', { base: base('Bob@X.test') }), linkOf('b', { base: base('jbob@x.test') })],
      ended: [formerOf(linkOf('c', { base: base('say\nbob@x.test. "Soon"') })), formerOf(linkOf('d'))],
      history: [
        writeOf('e', {
          ref: 're',
          other: 'ie',
          changes: [{ field: 'note', before: null, after: { to: 'bob@x.test' } }]
        }),
        writeOf('f', { ref: 'bob@x.test' })
      ]
    })
    await commit(store, { links: [linkOf('a', { mailbox: 'bob', base: base('bob@x.test') })] }, bob)
    await commit(store, { links: [linkOf('a', { base: base('bob@x.test') })] }, other)
    const asked = async (max: number) =>
      (await right(store.mentioning(at.tenant, 'BOB@x.test', max), 'mentioning')).map(
        ({ mailbox, item, record }) => `${mailbox} ${item} ${record}`
      )
    const expected = ['ann ie re', 'ann item-a record-a', 'ann item-c record-c', 'bob item-a record-a']
    equal((await asked(100)).sort(), expected, 'pairs')
    equal((await asked(2)).length, 2, 'as many as asked for')
    equal(await asked(0), [], 'none asked for')
  })
]
