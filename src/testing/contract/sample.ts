/** Rows for the checks of the link store: plausible, and with every optional member somewhere. */
import type {
  Claim,
  ConflictRow,
  DecisionRow,
  Due,
  FormerLink,
  Gesture,
  HistoryRow,
  InboxRow,
  Intent,
  Link,
  MailboxKey
} from '../../model/index.js'
import { uuidOf } from '../../model/index.js'
import type { Lease, LinkStore, Transaction } from '../../engine/ports.js'
import { frozen, must, right } from './expect.js'

export const atMs = Date.UTC(2026, 0, 1)

export const at: MailboxKey = { tenant: 'tenant-1', mailbox: 'ann' }

export const claimOf = (identity: string, generation = 0): Claim => ({
  identity,
  generation,
  id: uuidOf('contract', identity, generation)
})

export const linkOf = (id: string, over: Partial<Link> = {}): Link => ({
  id,
  mailbox: at.mailbox,
  item: `item-${id}`,
  kind: 'contact',
  record: `record-${id}`,
  type: 'contact',
  origin: 'tracked',
  versions: { mail: '1', record: '2' },
  shape: 'shape-1',
  base: { mail: ['Ann', null], record: ['Ann', ''] },
  decided: { code: 'unchanged', facts: {}, cycle: 'cycle-1', atMs },
  ...over
})

export const formerOf = (link: Link): FormerLink => {
  const { id, mailbox, item, kind, record, type, shape, base, categorised, folder } = link
  return {
    ...{ id, mailbox, item, kind, record, type, shape, base },
    endedBy: 'person',
    code: 'untracked',
    atMs,
    ...(categorised === undefined ? {} : { categorised }),
    ...(folder === undefined ? {} : { folder })
  }
}

export const intentOf = (key: string, over: Partial<Intent> = {}): Intent => ({
  key,
  op: 'update',
  side: 'record',
  ref: `record-${key}`,
  source: `item-${key}`,
  link: `link-${key}`,
  kind: 'contact',
  type: 'contact',
  origin: 'both',
  rows: ['firstName'],
  sent: ['digest-1'],
  held: ['digest-2', 'digest-3'],
  shape: 'shape-1',
  code: 'to-record',
  cycle: 'cycle-1',
  atMs,
  ...over
})

export const dueOf = (key: string, over: Partial<Due> = {}): Due => ({
  key,
  kind: 'contact',
  type: 'contact',
  code: 'retry-later',
  failures: 1,
  rests: false,
  seen: {},
  atMs,
  ...over
})

export const decisionOf = (ref: string, over: Partial<DecisionRow> = {}): DecisionRow => ({
  side: 'mail',
  ref,
  code: 'not-requested',
  facts: {},
  cycle: 'cycle-1',
  atMs,
  ...over
})

export const conflictOf = (item: string, over: Partial<ConflictRow> = {}): ConflictRow => ({
  item,
  record: `record-of-${item}`,
  type: 'contact',
  field: 'jobTitle',
  kept: 'record',
  cycle: 'cycle-1',
  atMs,
  ...over
})

export const writeOf = (key: string, over: Partial<HistoryRow> = {}): HistoryRow => ({
  key,
  cycle: 'cycle-1',
  atMs,
  op: 'update',
  side: 'record',
  ref: 'record-a',
  other: 'item-a',
  link: 'a',
  kind: 'contact',
  type: 'contact',
  code: 'to-record',
  facts: { toRecord: ['jobTitle'] },
  changes: [{ field: 'jobtitle', row: 'jobTitle', before: 'A', after: null }],
  ...over
})

export const inboxOf = (ref: string, over: Partial<InboxRow> = {}): InboxRow => ({
  mailbox: at.mailbox,
  type: 'contact',
  ref,
  ...over
})

export const trackOf = (item: string): Gesture => ({ _tag: 'Track', item, kind: 'email', by: 'ann' })

/** Longer than any check takes, where the clock can be moved. */
export const longMs = 60_000

/** Takes a lease that must be free. */
export const lease = async (store: LinkStore, holder = 'holder-1', key = at, ttlMs = longMs): Promise<Lease> => {
  const answer = await right(store.lease(key.tenant, key.mailbox, holder, ttlMs), 'lease')
  must(answer._tag === 'Leased', `the lease is busy: expected it to be free for ${holder}`)
  return answer.lease
}

/** What a transaction changes, without the lease it names. */
export type Change = Partial<Omit<Transaction, 'lease' | 'mailbox'>>

/** Commits a change that must go through. */
export const commit = async (store: LinkStore, change: Change, key = at): Promise<void> => {
  const held = await lease(store, 'holder-1', key)
  await right(store.transact(frozen({ ...change, lease: held, mailbox: key.mailbox })), 'transact')
}
