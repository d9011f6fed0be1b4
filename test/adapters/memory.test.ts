/**
 * The stores in memory keep the promises of the ports, with every capability on and with each one switched off: a
 * store that can do less must still be honest about what is left.
 */
import { describe, expect, test } from 'vitest'
import type { MemoryMailSettings, MemoryRecordsSettings } from '../../src/adapters/memory/index.js'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { MailCan, RecordCan, RecordStore, SideCan } from '../../src/engine/ports.js'
import { type Answer, codeOf, type Kind } from '../../src/model/index.js'
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

const told = async <A>(answer: Answer<A>): Promise<A> => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(JSON.stringify(result.left))
  return result.right
}

describe('looking records up by match code', () => {
  const code = codeOf('name')
  const find = async (port: RecordStore, term: string, max?: number) =>
    (await told(port.lookup([{ type: 'contact', code, term, ...(max === undefined ? {} : { max }) }])))[0]?.refs

  test('a store that shows its own writes late finds by what it shows', async () => {
    const { port, host } = memoryRecords({ can: { readYourWrites: false } })
    host.put({ ref: 'a', type: 'contact', fields: { name: 'old' } })
    const effect = { _tag: 'Update', key: 'k', ref: 'a', type: 'contact', set: { name: 'new' } } as const
    expect([await find(port, 'old'), await find(port, 'new')]).toEqual([['a'], []])
    await told(port.write([effect], { _tag: 'Engine' }))
    expect([await find(port, 'old'), await find(port, 'new')]).toEqual([['a'], []])
    await told(port.changes('contact', undefined, 10))
    expect([await find(port, 'old'), await find(port, 'new')]).toEqual([[], ['a']])
    await told(port.write([{ _tag: 'Delete', key: 'k', ref: 'a', type: 'contact' }], { _tag: 'Engine' }))
    expect(await find(port, 'new')).toEqual(['a'])
    await told(port.changes('contact', undefined, 10))
    expect(await find(port, 'new')).toEqual([])
  })
  test('records that were made in any order come the last created first, and by ref where times are one', async () => {
    const { port, host } = memoryRecords()
    const put = (ref: string, createdAtMs: number) =>
      host.put({ ref, type: 'contact', createdAtMs, fields: { name: 'same' } })
    for (const [ref, createdAtMs] of [
      ['b', 5],
      ['z', 9],
      ['a', 5]
    ] as const)
      put(ref, createdAtMs)
    expect(await find(port, 'same')).toEqual(['z', 'a', 'b'])
    for (const [ref, createdAtMs] of [
      ['y', 7],
      ['c', 5],
      ['x', -1]
    ] as const)
      put(ref, createdAtMs)
    expect(await find(port, 'same', 10)).toEqual(['z', 'y', 'a', 'b', 'c', 'x'])
    host.remove('a')
    put('x', 8)
    expect(await find(port, 'same', 10)).toEqual(['z', 'x', 'y', 'b', 'c'])
  })
  test('a record that is put where one stands keeps the time at which it was made', async () => {
    const { port, host } = memoryRecords()
    for (const ref of ['a', 'b']) host.put({ ref, type: 'contact', fields: { name: 'same' } })
    host.put({ ref: 'a', type: 'contact', fields: { name: 'SAME' } })
    expect(await find(port, 'same')).toEqual(['b', 'a'])
  })
  test('a record of another type under the same ref is found among its own', async () => {
    const { port, host } = memoryRecords()
    host.put({ ref: 'a', type: 'contact', fields: { name: 'same' } })
    expect(await find(port, 'same')).toEqual(['a'])
    host.put({ ref: 'a', type: 'account', fields: { name: 'same' } })
    expect(await find(port, 'same')).toEqual([])
    expect(await told(port.lookup([{ type: 'account', code, term: 'same' }]))).toEqual([{ refs: ['a'] }])
  })
  test('however many are alike, a thousand are told at most', async () => {
    const { port, host } = memoryRecords()
    for (let n = 0; n < 1010; n += 1) host.put({ ref: `r${n}`, type: 'contact', fields: { name: 'same' } })
    const refs = await find(port, 'same', 5000)
    expect([refs?.length, refs?.[0]]).toEqual([1000, 'r1009'])
  })
})

describe('what the mailbox is told it can', () => {
  const create = { _tag: 'Create', key: 'k', id: 'a', fields: { subject: 'offer' } } as const
  const made = async (can: Partial<MailCan>, kind: Kind) => {
    const { port, host } = memoryMail({ can })
    await told(port.write([{ ...create, kind, folder: 'sent', categories: ['Tracked'] }]))
    return { can: port.can, item: host.get('a'), sent: host.messages.sent }
  }
  test('categories of kinds that can have them; others come without', async () => {
    expect((await made({}, 'email')).item?.categories).toEqual(['Tracked'])
    expect((await made({}, 'contact')).item).not.toHaveProperty('categories')
    expect((await made({ categories: ['task'] }, 'email')).item).not.toHaveProperty('categories')
    expect((await made({ kinds: ['contact', 'task'] }, 'task')).can.categories).toEqual(['task'])
  })
  test('an item that is relieved of its categories is as one that never had any', async () => {
    const { port, host } = memoryMail()
    host.put({ ref: 'a', kind: 'email', categories: ['Tracked'], fields: {} })
    await told(port.write([{ _tag: 'Update', key: 'k', ref: 'a', type: 'email', set: {}, categories: [] }]))
    expect(host.get('a')).not.toHaveProperty('categories')
  })
  test('a message that is made in the sent folder goes out, and does not where nothing is sent', async () => {
    expect((await made({}, 'email')).sent).toBe(1)
    const silent = await made({ sends: false }, 'email')
    expect([silent.sent, silent.item?.folder]).toEqual([0, 'sent'])
  })
})
