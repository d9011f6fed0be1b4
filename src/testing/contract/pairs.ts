/** Promises of links and former links: written and read as they are, found by item, record and related record. */
import type { FormerLink, Link } from '../../model/index.js'
import type { LinkStore } from '../../engine/ports.js'
import type { Check } from './check.js'
import { check } from './check.js'
import { equal, fieldsFrom, hostileNames, hostileTexts, right, sorted } from './expect.js'
import { at, atMs, commit, formerOf, linkOf } from './sample.js'
import type { LinkStage } from './stage.js'

const by = (store: LinkStore, key: 'item' | 'record' | 'related', refs: ReadonlyArray<string>, mailbox?: string) =>
  right(store.linksOf(at.tenant, key, refs, mailbox), `links by ${key}`)

const former = (store: LinkStore, key: 'item' | 'record', refs: ReadonlyArray<string>, mailbox?: string) =>
  right(store.formerOf(at.tenant, key, refs, mailbox), `former links by ${key}`)

const ids = (links: ReadonlyArray<Link | FormerLink>): ReadonlyArray<string> => sorted(links.map(({ id }) => id))

/** Every optional member, and values that have been lost before. */
const full: Link = linkOf('full', {
  origin: 'both',
  versions: {},
  base: {
    mail: [...hostileTexts, 0, -1.5, true, null, ['a', ['b']], { digest: 'abc' }],
    record: [...hostileTexts, 0, -1.5, false, null, [], fieldsFrom([['__proto__', 'x']])]
  },
  unconfirmed: { mail: ['jobTitle'], record: ['jobTitle', 'pager'] },
  owes: ['firstName'],
  owner: "user 'one'",
  state: 'open',
  related: ['account-1', 'account-2'],
  writes: [{ field: 'firstName', side: 'mail', atMs, digest: 'abc' }],
  categorised: true,
  folder: "inbox/Ann's",
  filedAtMs: atMs,
  made: 'category',
  decided: {
    code: 'both-ways',
    facts: { count: 3, yes: true, names: ['a', 'b'], ...Object.fromEntries(hostileNames.map((name) => [name, name])) },
    cycle: 'cycle "2"',
    atMs
  }
})

const findChecks: ReadonlyArray<Check<LinkStage>> = [
  check('links: found by item and by record, of one mailbox and of all', async ({ store }) => {
    await commit(store, { links: [linkOf('a'), linkOf('b'), linkOf('c')] })
    for (const mailbox of [at.mailbox, undefined]) {
      equal(ids(await by(store, 'item', ['item-a', 'item-c'], mailbox)), ['a', 'c'], 'links by item')
      equal(ids(await by(store, 'record', ['record-b'], mailbox)), ['b'], 'links by record')
      equal(await by(store, 'item', ['record-a', 'nobody'], mailbox), [], 'links by refs of nothing')
      equal(await by(store, 'record', [], mailbox), [], 'links by no refs')
    }
    equal(await by(store, 'item', ['item-a'], 'bob'), [], 'links of another mailbox')
  }),
  check('links: every member comes back as it was, and no other', async ({ store }) => {
    await commit(store, { links: [full, linkOf('plain')] })
    equal(await by(store, 'item', [full.item]), [full], 'the full link')
    equal(await by(store, 'record', ['record-plain']), [linkOf('plain')], 'the plain link')
  }),
  check('links: refs are compared exactly', async ({ store }) => {
    const links = hostileTexts.map((text, index) => linkOf(`${index}`, { item: text, record: `r${text}` }))
    await commit(store, { links })
    for (const [index, text] of hostileTexts.entries()) {
      equal(ids(await by(store, 'item', [text], at.mailbox)), [`${index}`], `links of ${JSON.stringify(text)}`)
      equal(ids(await by(store, 'record', [`r${text}`])), [`${index}`], `links of ${JSON.stringify(text)}`)
    }
  }),
  check('links: one that is asked for twice comes once', async ({ store }) => {
    await commit(store, { links: [linkOf('a')] })
    equal(ids(await by(store, 'item', ['item-a', 'item-a'])), ['a'], 'links')
  }),
  check('links: one of the same id is replaced whole', async ({ store }) => {
    await commit(store, { links: [full] })
    const lean = linkOf('full', { item: 'other-item' })
    await commit(store, { links: [lean] })
    equal(await by(store, 'record', [full.record]), [lean], 'the link by its record')
    equal(await by(store, 'item', [full.item]), [], 'the link by its old item')
    equal(await by(store, 'related', ['account-1']), [], 'the link by its old related record')
  }),
  check('links: found by related record, once, and no longer when it is none', async ({ store }) => {
    await commit(store, {
      links: [linkOf('a', { related: ['acc-1', 'acc-2'] }), linkOf('b', { related: ['acc-1'] }), linkOf('c')]
    })
    for (const mailbox of [at.mailbox, undefined]) {
      equal(ids(await by(store, 'related', ['acc-1'], mailbox)), ['a', 'b'], 'links that show acc-1')
      equal(ids(await by(store, 'related', ['acc-1', 'acc-2'], mailbox)), ['a', 'b'], 'links that show either')
    }
    equal(await by(store, 'related', ['record-a', 'item-a']), [], 'links by refs that are not related')
    await commit(store, { links: [linkOf('a', { related: ['acc-2'] })] })
    equal(ids(await by(store, 'related', ['acc-1'])), ['b'], 'links that still show acc-1')
  }),
  check('links: one record in several mailboxes is a link in each', async ({ store }) => {
    const bob = { ...at, mailbox: 'bob' }
    const shared = { item: 'same-item', record: 'same-record', related: ['acc'] }
    await commit(store, { links: [linkOf('a', shared)] })
    await commit(store, { links: [linkOf('b', { ...shared, mailbox: 'bob' })] }, bob)
    for (const key of ['item', 'record', 'related'] as const) {
      const ref = { item: 'same-item', record: 'same-record', related: 'acc' }[key]
      equal(ids(await by(store, key, [ref])), ['a', 'b'], `links of all mailboxes by ${key}`)
      equal(ids(await by(store, key, [ref], 'bob')), ['b'], `links of one mailbox by ${key}`)
    }
  }),
  check('links: as many as a batch has are found in one question', async ({ store }) => {
    const links = Array.from({ length: 600 }, (_, index) => linkOf(`${index}`))
    await commit(store, { links })
    equal(
      (
        await by(
          store,
          'item',
          links.map(({ item }) => item),
          at.mailbox
        )
      ).length,
      600,
      'links'
    )
  })
]

const walkChecks: ReadonlyArray<Check<LinkStage>> = [
  check('walk: all links of a mailbox in order of id, by slices of any size', async ({ store }) => {
    const names = ['e', 'a', 'd', 'b', 'c', 'B', 'aa']
    await commit(store, { links: names.map((name) => linkOf(name)) })
    for (const max of [1, 2, 7, 100]) {
      const walked: Array<string> = []
      for (let after: string | undefined, isOpen = true; isOpen; ) {
        const slice = await right(store.walk(at, after, max), 'walk')
        walked.push(...slice.map(({ id }) => id))
        isOpen = slice.length > 0 && slice.length <= max && walked.length <= names.length
        after = walked.at(-1)
      }
      equal(walked, sorted(names), `links walked by slices of ${max}`)
    }
  }),
  check('walk: goes on after an id whose link has ended meanwhile', async ({ store }) => {
    await commit(store, { links: ['a', 'b', 'c'].map((name) => linkOf(name)) })
    await commit(store, { ended: [formerOf(linkOf('b'))] })
    equal(ids(await right(store.walk(at, 'b', 10), 'walk')), ['c'], 'links after the ended one')
    equal(ids(await right(store.walk(at, undefined, 10), 'walk')), ['a', 'c'], 'links')
  }),
  check('walk: no rows asked for, none given', async ({ store }) => {
    await commit(store, { links: [linkOf('a')] })
    equal(await right(store.walk(at, undefined, 0), 'walk'), [], 'links')
  })
]

const formerChecks: ReadonlyArray<Check<LinkStage>> = [
  check('former links: an ended link is gone from every question and remembered', async ({ store }) => {
    await commit(store, { links: [full, linkOf('b')] })
    await commit(store, { ended: [formerOf(full)] })
    equal(await by(store, 'item', [full.item]), [], 'links by item')
    equal(await by(store, 'record', [full.record]), [], 'links by record')
    equal(await by(store, 'related', ['account-1']), [], 'links by related record')
    equal(ids(await right(store.walk(at, undefined, 10), 'walk')), ['b'], 'links walked')
    for (const mailbox of [at.mailbox, undefined]) {
      equal(await former(store, 'item', [full.item], mailbox), [formerOf(full)], 'former links by item')
      equal(await former(store, 'record', [full.record], mailbox), [formerOf(full)], 'former links by record')
    }
    equal(await former(store, 'record', [full.record], 'bob'), [], 'former links of another mailbox')
    equal(await former(store, 'item', [], at.mailbox), [], 'former links by no refs')
  }),
  check('former links: a link that was never written can be remembered', async ({ store }) => {
    await commit(store, { ended: [formerOf(linkOf('a'))] })
    equal(ids(await former(store, 'item', ['item-a'])), ['a'], 'former links')
  }),
  check('former links: one that is revived is forgotten, and may end again', async ({ store }) => {
    await commit(store, { ended: [formerOf(linkOf('a')), formerOf(linkOf('b'))] })
    await commit(store, { revived: ['a'], links: [linkOf('a')] })
    equal(ids(await former(store, 'item', ['item-a', 'item-b'])), ['b'], 'former links')
    equal(ids(await by(store, 'item', ['item-a'])), ['a'], 'links')
    const again: FormerLink = { ...formerOf(linkOf('a')), endedBy: 'left', code: 'left-filter' }
    await commit(store, { ended: [again] })
    equal(await former(store, 'item', ['item-a']), [again], 'the former link')
  })
]

export const pairChecks: ReadonlyArray<Check<LinkStage>> = [...findChecks, ...walkChecks, ...formerChecks]
