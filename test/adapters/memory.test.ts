/**
 * The stores in memory keep the promises of the ports, with every capability on and with each one switched off: a
 * store that can do less must still be honest about what is left.
 */
import { describe, expect, test } from 'vitest'
import type { MemoryMailSettings, MemoryRecordsSettings } from '../../src/adapters/memory/index.js'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { MailCan, RecordCan, SideCan } from '../../src/engine/ports.js'
import type { LinkStage, MailStage, RecordStage, Stage } from '../../src/testing/contract/index.js'
import { checkAdapter, linkStoreChecks, mailStoreChecks, recordStoreChecks } from '../../src/testing/contract/index.js'
import type { Check } from '../../src/testing/contract/index.js'

const recordStage = async (settings: MemoryRecordsSettings = {}): Promise<RecordStage> => {
  const secrets = new Set<string>()
  const nameOf = (user: string, ref: string): string => JSON.stringify([user, ref])
  const { port, host } = memoryRecords({ ...settings, hidden: (user, ref) => secrets.has(nameOf(user, ref)) })
  return {
    store: port,
    type: 'contact',
    texts: ['firstname', 'lastname'],
    seed: async (fields, { owner = 'user-1' } = {}) => host.put({ type: 'contact', owner, fields }),
    edit: async (ref, set) => void host.edit(ref, { set }),
    remove: async (ref) => void host.remove(ref),
    look: async (ref) => host.get(ref)?.fields,
    corrupt: async (ref) => host.corrupt(ref),
    expire: async () => host.expireCursors(),
    hide: async (user, ref) => void secrets.add(nameOf(user, ref))
  }
}

const mailStage = async (settings: MemoryMailSettings = {}): Promise<MailStage> => {
  const { port, host } = memoryMail(settings)
  return {
    store: port,
    kind: 'contact',
    texts: ['firstName', 'lastName'],
    seed: async (fields) => host.put({ kind: 'contact', fields }),
    edit: async (ref, set) => void host.edit(ref, { set }),
    remove: async (ref) => void host.remove(ref),
    look: async (ref) => host.get(ref)?.fields,
    corrupt: async (ref) => host.corrupt(ref),
    expire: async () => host.expireCursors(),
    move: async (ref) => host.edit(ref, { folder: 'elsewhere' }),
    attach: async (ref, bytes) => host.attach(ref, bytes)
  }
}

const linkStage = async (): Promise<LinkStage> => {
  let nowMs = 0
  const store = memoryLinks({ clock: () => nowMs })
  return {
    store,
    advance: (ms) => {
      nowMs += ms
    },
    reopen: async () => {
      const again = memoryLinks({ clock: () => nowMs })
      again.restore(JSON.parse(JSON.stringify(store.dump())))
      return again
    }
  }
}

const keepsAll = async <S extends Stage>(checks: ReadonlyArray<Check<S>>, make: () => Promise<S>) => {
  const { passed, failed } = await checkAdapter(checks, make)
  expect(failed).toEqual([])
  return passed.length
}

const switchedOff: ReadonlyArray<Partial<SideCan>> = [
  { feed: 'updated-at' },
  { feed: 'list' },
  { deletionsInFeed: false },
  { feed: 'updated-at', deletionsInFeed: false },
  { conditional: false },
  { clientIds: false },
  { readYourWrites: false },
  { representationOnWrite: false },
  { versions: false },
  { changeTimes: 'client' },
  { changeTimes: 'none' },
  { writeBatchMax: 5 }
]

const mailSwitchedOff: ReadonlyArray<Partial<MailCan>> = [
  { kinds: ['contact'] },
  { marker: false },
  { moveKeepsRef: false },
  { findByField: false },
  { invitations: 'implicit' },
  { invitations: 'none' }
]

const recordsSwitchedOff: ReadonlyArray<Partial<RecordCan>> = [
  { uniqueKeys: false },
  { filteredFeed: true },
  { query: false }
]

const named = <C>(cans: ReadonlyArray<C>) => cans.map((can) => [JSON.stringify(can), can] as const)

describe('the contract', () => {
  test('a link store', async () => void (await keepsAll(linkStoreChecks, linkStage)))
  test('a mail store that can everything', async () => {
    expect(await keepsAll(mailStoreChecks, mailStage)).toBeGreaterThan(40)
  })
  test('a record store that can everything', async () => {
    expect(await keepsAll(recordStoreChecks, recordStage)).toBeGreaterThan(40)
  })
  test.each(named<Partial<MailCan>>([...switchedOff, ...mailSwitchedOff]))(
    'a mail store with %s',
    async (_name, can) => void (await keepsAll(mailStoreChecks, () => mailStage({ can })))
  )
  test.each(named<Partial<RecordCan>>([...switchedOff, ...recordsSwitchedOff]))(
    'a record store with %s',
    async (_name, can) => void (await keepsAll(recordStoreChecks, () => recordStage({ can })))
  )
  test('stores whose feeds carry no snapshots', async () => {
    await keepsAll(mailStoreChecks, () => mailStage({ snapshotsInFeed: false }))
    await keepsAll(recordStoreChecks, () => recordStage({ snapshotsInFeed: false }))
  })
})
