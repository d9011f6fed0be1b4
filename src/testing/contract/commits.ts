/** Promises of a commit: all of it or nothing, apart from every other mailbox and tenant, and still there afterwards. */
import type { MailboxKey } from '../../model/index.js'
import type { LinkStore } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, left, right } from './expect.js'
import type { Change } from './sample.js'
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
  lease,
  linkOf,
  longMs,
  trackOf,
  writeOf
} from './sample.js'
import type { LinkStage } from './stage.js'

/** Something of every kind. */
const everything = (mailbox = at.mailbox): Change => ({
  intents: [intentOf('a')],
  links: [linkOf('a', { mailbox, related: ['acc'] })],
  ended: [{ ...formerOf(linkOf('f')), mailbox }],
  decisions: [decisionOf('a')],
  conflicts: [conflictOf('a')],
  inbox: [inboxOf('a', { mailbox })],
  due: [dueOf('a'), dueOf('b', { rests: true })],
  history: [writeOf('a')],
  state: [{ name: 'pace', document: { a: 1 } }]
})

/** All that a store says of one mailbox, by every question there is. */
const everythingOf = async (store: LinkStore, key: MailboxKey) => {
  const { tenant, mailbox } = key
  return {
    item: await right(store.linksOf(tenant, 'item', ['item-a'], mailbox), 'links by item'),
    record: await right(store.linksOf(tenant, 'record', ['record-a'], mailbox), 'links by record'),
    related: await right(store.linksOf(tenant, 'related', ['acc'], mailbox), 'links by related record'),
    walked: await right(store.walk(key, undefined, 100), 'walk'),
    formerItem: await right(store.formerOf(tenant, 'item', ['item-f'], mailbox), 'former links by item'),
    formerRecord: await right(store.formerOf(tenant, 'record', ['record-f'], mailbox), 'former links by record'),
    intents: await right(store.openIntents(key, 100), 'open intents'),
    pending: (await right(store.pending(key, 100), 'pending')).map(({ gesture }) => gesture),
    inbox: (await right(store.inbox(key, 0, 100), 'inbox')).map(({ seq: _seq, ...row }) => row),
    due: await right(store.due(key, 100, 0), 'due'),
    resting: await right(store.dueOf(key, ['a', 'b']), 'due by key'),
    decisions: await right(store.decisionsOf(key, 'mail', ['a']), 'decisions'),
    conflicts: await right(store.conflicts(key, 100), 'conflicts'),
    history: await right(store.historyOf(key, 'record', 'record-a', undefined, 100), 'history by thing'),
    cycle: await right(store.historyIn(key, 'cycle-1', undefined, 100), 'history by cycle')
  }
}

/** And what it says of the tenant as a whole. */
const tenantWide = async (store: LinkStore, tenant: string) => ({
  item: await right(store.linksOf(tenant, 'item', ['item-a']), 'links by item'),
  record: await right(store.linksOf(tenant, 'record', ['record-a']), 'links by record'),
  related: await right(store.linksOf(tenant, 'related', ['acc']), 'links by related record'),
  formerItem: await right(store.formerOf(tenant, 'item', ['item-f']), 'former links by item'),
  formerRecord: await right(store.formerOf(tenant, 'record', ['record-f']), 'former links by record'),
  state: (await right(store.state(tenant, 'pace'), 'state')) ?? null
})

const nothing = async (store: LinkStore, key: MailboxKey, what: string): Promise<void> => {
  for (const [name, rows] of Object.entries(await everythingOf(store, key))) equal(rows, [], `${what}: ${name}`)
}

const nothingOfTenant = async (store: LinkStore, tenant: string, what: string): Promise<void> => {
  const { state, ...rows } = await tenantWide(store, tenant)
  for (const [name, list] of Object.entries(rows)) equal(list, [], `${what}: ${name}`)
  equal(state, null, `${what}: state`)
}

/** A commit that takes back everything that `everything` has written, naming the same keys. */
const removal = (pendingIds: ReadonlyArray<number>, seqs: ReadonlyArray<number>, mailbox = at.mailbox): Change => ({
  closed: ['a'],
  ended: [{ ...formerOf(linkOf('a')), mailbox }],
  revived: ['f'],
  settledInbox: seqs.map((seq) => ({ type: 'contact', ref: 'a', seq })),
  settledPending: pendingIds,
  settledDue: ['a', 'b'],
  state: [{ name: 'pace', document: { other: true } }]
})

const numbersOf = async (store: LinkStore, key: MailboxKey) => ({
  pendingIds: (await right(store.pending(key, 100), 'pending')).map(({ id }) => id),
  seqs: (await right(store.inbox(key, 0, 100), 'inbox')).map(({ seq }) => seq)
})

/** Members that JSON has no word for: what cannot be stored must not be stored by halves. */
const unstorable = {
  toJSON: () => {
    throw new Error('this document cannot be stored')
  }
}

const atomicChecks: ReadonlyArray<Check<LinkStage>> = [
  check('transact: an empty commit goes through and changes nothing', async ({ store }) => {
    await commit(store, {})
    await nothing(store, at, 'after an empty commit')
  }),
  check('transact: everything of one commit is there after it', async ({ store }) => {
    await commit(store, everything())
    const { pending, ...rows } = await everythingOf(store, at)
    equal(pending, [], 'gestures')
    for (const [name, list] of Object.entries(rows)) equal(list.length > 0, true, `${name} is there`)
    equal(await right(store.state(at.tenant, 'pace'), 'state'), { a: 1 }, 'the document')
  }),
  check('transact: a refused commit writes nothing of any kind', async ({ store }) => {
    const held = await lease(store)
    const refused = { ...everything(), lease: { ...held, token: held.token + 1 }, mailbox: at.mailbox }
    await left(store.transact(refused), 'LeaseLost', 'a commit with a wrong token')
    await nothing(store, at, 'after a refused commit')
    await nothingOfTenant(store, at.tenant, 'after a refused commit')
  }),
  check('transact: a refused commit removes nothing of any kind', async ({ store }) => {
    await right(store.append(at, [trackOf('a')], atMs), 'append')
    await commit(store, everything())
    const before = [await everythingOf(store, at), await tenantWide(store, at.tenant)]
    const { pendingIds, seqs } = await numbersOf(store, at)
    const held = await lease(store)
    const refused = { ...removal(pendingIds, seqs), lease: { ...held, token: held.token + 1 }, mailbox: at.mailbox }
    await left(store.transact(refused), 'LeaseLost', 'a commit with a wrong token')
    equal([await everythingOf(store, at), await tenantWide(store, at.tenant)], before, 'everything')
  }),
  check('transact: a commit that breaks off in its middle leaves nothing', async ({ store }) => {
    const held = await lease(store)
    const state = [...(everything().state ?? []), { name: 'broken', document: { unstorable } }]
    const broken = store.transact({ ...everything(), state, lease: held, mailbox: at.mailbox })
    const isThrough = await broken.then(({ _tag }) => _tag === 'Right').catch(() => false)
    if (isThrough) return
    await nothing(store, at, 'after a broken commit')
    await nothingOfTenant(store, at.tenant, 'after a broken commit')
    await commit(store, everything())
    equal((await everythingOf(store, at)).walked.length, 1, 'links of the next commit')
  }),
  check('transact: a commit removes what it names', async ({ store }) => {
    await right(store.append(at, [trackOf('a')], atMs), 'append')
    await commit(store, everything())
    const { pendingIds, seqs } = await numbersOf(store, at)
    await commit(store, removal(pendingIds, seqs))
    const { decisions: _d, conflicts: _c, history: _h, cycle: _w, ...rows } = await everythingOf(store, at)
    for (const [name, list] of Object.entries(rows)) equal(list, [], name)
  }),
  check(
    'transact: what was committed is there when the store is opened again',
    async (stage) => {
      await right(stage.store.append(at, [trackOf('a')], atMs), 'append')
      await right(stage.store.claim(at.tenant, [claimOf('a')]), 'claim')
      await commit(stage.store, everything())
      const before = [await everythingOf(stage.store, at), await tenantWide(stage.store, at.tenant)]
      const again = (await stage.reopen?.()) ?? stage.store
      equal([await everythingOf(again, at), await tenantWide(again, at.tenant)], before, 'everything')
      const [claim] = await right(again.claim(at.tenant, [{ ...claimOf('a'), id: 'another' }]), 'claim')
      equal(claim, claimOf('a'), 'the claim')
      equal((await right(again.lease(at.tenant, at.mailbox, 'holder-2', longMs), 'lease'))._tag, 'Busy', 'the lease')
    },
    (stage) => stage.reopen !== undefined
  )
]

const apart = (title: string, other: MailboxKey): Check<LinkStage> =>
  check(title, async ({ store }) => {
    await right(store.append(at, [trackOf('a')], atMs), 'append')
    await commit(store, everything())
    const before = await everythingOf(store, at)
    await nothing(store, other, 'before the other has written')
    if (other.tenant !== at.tenant) await nothingOfTenant(store, other.tenant, 'before the other has written')
    await right(store.append(other, [trackOf('a')], atMs), 'append')
    await commit(store, everything(other.mailbox), other)
    const { pendingIds, seqs } = await numbersOf(store, at)
    await commit(store, removal(pendingIds, seqs, other.mailbox), other)
    equal(await everythingOf(store, at), before, 'everything of the first, after the other has removed its own')
    equal((await everythingOf(store, other)).pending.length, 1, "the other's gesture, which it did not name")
  })

const tenantChecks: ReadonlyArray<Check<LinkStage>> = [
  apart('tenants: one never sees or touches what another has written under the same names', {
    tenant: 'tenant-2',
    mailbox: at.mailbox
  }),
  apart('tenants: names that run into each other are told apart', { tenant: 'tenant-1a', mailbox: 'nn' }),
  apart('mailboxes: one never sees or touches what another has written under the same names', {
    tenant: at.tenant,
    mailbox: 'bob'
  }),
  check('tenants: claims and documents are each their own', async ({ store }) => {
    await right(store.claim('tenant-1', [claimOf('a')]), 'claim')
    await commit(store, { state: [{ name: 'pace', document: { of: 1 } }] })
    const theirs = { ...claimOf('a'), id: 'theirs' }
    equal(await right(store.claim('tenant-2', [theirs]), 'claim'), [theirs], 'the claim of the other tenant')
    await right(store.raise('tenant-2', 0, { ...theirs, generation: 1 }), 'raise')
    equal(await right(store.claim('tenant-1', [theirs]), 'claim'), [claimOf('a')], 'the claim of the first tenant')
    equal(await right(store.state('tenant-2', 'pace'), 'state'), undefined, 'the document of the other tenant')
    await commit(store, { state: [{ name: 'pace', document: { of: 2 } }] }, { ...at, tenant: 'tenant-2' })
    equal(await right(store.state('tenant-1', 'pace'), 'state'), { of: 1 }, 'the document of the first tenant')
  })
]

export const commitChecks: ReadonlyArray<Check<LinkStage>> = [...atomicChecks, ...tenantChecks]
