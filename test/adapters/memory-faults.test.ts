/** Faults, counts, and what the hosts of the stores in memory do: what scenarios and simulations rest on. */
import { describe, expect, test } from 'vitest'
import type { Fault, MemoryFaults } from '../../src/adapters/memory/index.js'
import { Crash, memoryFaults, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { MailCan } from '../../src/engine/ports.js'
import { codeOf, type Effect, type Fields, type Outcome, type Result } from '../../src/model/index.js'

const create = (id: string, over: Partial<Extract<Effect, { _tag: 'Create' }>> = {}): Effect => ({
  _tag: 'Create',
  key: `create ${id}`,
  id,
  kind: 'contact',
  type: 'contact',
  fields: { a: id },
  ...over
})
const update = (ref: string, set: Fields): Effect => ({
  _tag: 'Update',
  key: `update ${ref}`,
  ref,
  type: 'contact',
  set
})
const erase = (ref: string): Effect => ({ _tag: 'Delete', key: `delete ${ref}`, ref, type: 'contact' })

const right = <A>(result: Result<A>): A => {
  if (result._tag === 'Left') throw new Error(JSON.stringify(result.left))
  return result.right
}
const said = (outcomes: ReadonlyArray<Outcome>) =>
  outcomes.map((outcome) => (outcome._tag === 'Done' ? 'Done' : outcome.error._tag))

const faulty = (...faults: ReadonlyArray<Fault>): MemoryFaults => {
  const shared = memoryFaults()
  for (const fault of faults) shared.add(fault)
  return shared
}

describe('faults', () => {
  test('each counts for itself, and the first given strikes', async () => {
    const faults = faulty(
      { store: 'mail', op: 'create', error: 'transient', after: 1 },
      { store: 'mail', op: 'create', error: 'invalid', times: 3 },
      { store: 'records', op: 'create', error: 'gone', times: 9 }
    )
    const { port, host } = memoryMail({ faults })
    const outcomes = right(await port.write(['a', 'b', 'c', 'd'].map((id) => create(id))))
    expect(said(outcomes)).toEqual(['Malformed', 'Transient', 'Malformed', 'Done'])
    expect(host.counts).toEqual({ creates: 4, updates: 0, deletes: 0 })
    expect(host.all().map(({ ref }) => ref)).toEqual(['d'])
  })

  test('of writes: what they are called, and that nothing is written', async () => {
    const { port, host } = memoryRecords({
      faults: faulty(
        { store: 'records', op: 'update', error: 'throttled', retryAfterMs: 7 },
        { store: 'records', op: 'update', error: 'conflict', after: 1 },
        { store: 'records', op: 'update', error: 'forbidden', after: 2 },
        { store: 'records', op: 'update', error: 'unauthorized', after: 3 }
      )
    })
    const ref = host.put({ type: 'contact', fields: { a: 'old' } })
    const engine = { _tag: 'Engine' } as const
    const effects = ['1', '2', '3', '4'].map((a) => update(ref, { a }))
    const errors = right(await port.write(effects, engine)).map((one) => (one._tag === 'Failed' ? one.error : one))
    expect(errors).toEqual([
      { _tag: 'Throttled', retryAfterMs: 7 },
      { _tag: 'VersionMismatch', ref },
      { _tag: 'Forbidden', side: 'record', ref },
      { _tag: 'SignInRequired', side: 'record' }
    ])
    expect(host.get(ref)?.fields).toEqual({ a: 'old' })
  })

  test('a lost answer: it happened, and nobody knows', async () => {
    const { port, host } = memoryMail({ faults: faulty({ store: 'mail', op: 'create', error: 'lost-response' }) })
    const [outcome] = right(await port.write([create('a', { kind: 'email', folder: 'sent' })]))
    expect(outcome).toMatchObject({ _tag: 'Failed', error: { _tag: 'Transient', unsure: true } })
    expect(host.get('a')).toBeDefined()
    expect(host.messages.sent).toBe(1)
  })

  test('a refused sending is not counted as sent', async () => {
    const { port, host } = memoryMail({ faults: faulty({ store: 'mail', op: 'create', error: 'invalid' }) })
    await port.write([create('a', { kind: 'email', folder: 'sent' })])
    expect([host.messages.sent, host.counts.creates]).toEqual([0, 1])
  })

  test('a crash rejects, and leaves what was written before it', async () => {
    const { port, host } = memoryMail({ faults: faulty({ store: 'mail', op: 'create', error: 'crash', after: 1 }) })
    await expect(port.write([create('a'), create('b'), create('c')])).rejects.toBeInstanceOf(Crash)
    expect(host.all().map(({ ref }) => ref)).toEqual(['a'])
  })

  test.each(['log', 'updated-at', 'list'] as const)('an empty listing loses nothing (%s)', async (feed) => {
    const faults = memoryFaults()
    const { port, host } = memoryMail({ faults, can: { feed } })
    const first = host.put({ kind: 'contact', fields: {} })
    const told = async (cursor: string | undefined) => {
      const page = right(await port.changes('contact', cursor, 10))
      return { refs: page.rows.map(({ ref }) => ref), cursor: page.cursor, more: page.more }
    }
    faults.add({ store: 'mail', op: 'changes', error: 'empty-listing' })
    const empty = await told(undefined)
    expect([empty.refs, empty.more]).toEqual([[], false])
    const full = await told(empty.cursor)
    expect(full.refs).toEqual([first])
    const second = host.put({ kind: 'contact', fields: {} })
    faults.add({ store: 'mail', op: 'changes', error: 'empty-listing' })
    const again = await told(full.cursor)
    expect([again.refs, again.cursor]).toEqual([[], full.cursor])
    expect((await told(again.cursor)).refs).toContain(second)
  })

  test('an empty listing of members and look-ups', async () => {
    const faults = faulty({ store: 'records', op: 'query', error: 'empty-listing', times: 2 })
    const { port, host } = memoryRecords({ faults })
    const ref = host.put({ type: 'contact', fields: { a: 'x' } })
    const context = { user: 'ann', teams: [], businessUnit: 'root', timeZone: 'UTC', nowMs: 0 }
    const engine = { _tag: 'Engine' } as const
    const members = async () =>
      right(await port.members({ type: 'contact', filter: { and: [] }, context }, engine, { max: 10 })).rows.length
    const hits = async () => right(await port.lookup([{ type: 'contact', code: codeOf('a'), term: 'x' }]))
    expect([await members(), await hits()]).toEqual([0, [{ refs: [] }]])
    expect([await members(), await hits()]).toEqual([1, [{ refs: [ref] }]])
  })

  test('a fault that makes no sense is refused', () => {
    expect(() => faulty({ store: 'links', op: 'commit', error: 'empty-listing' })).toThrow('empty listing')
  })

  test('of commits: a crash stores nothing, a lost answer everything', async () => {
    const faults = faulty(
      { store: 'links', op: 'commit', error: 'crash' },
      { store: 'links', op: 'commit', error: 'lost-response', after: 1 }
    )
    const links = memoryLinks({ faults })
    const taken = right(await links.lease('t', 'ann', 'me', 1000))
    if (taken._tag !== 'Leased') throw new Error('no lease')
    const commit = (n: number) =>
      links.transact({ lease: taken.lease, mailbox: 'ann', state: [{ name: 'pace', document: { n } }] })
    await expect(commit(1)).rejects.toBeInstanceOf(Crash)
    expect(right(await links.state('t', 'pace'))).toBeUndefined()
    expect(await commit(2)).toMatchObject({ _tag: 'Left', left: { _tag: 'Transient', unsure: true } })
    expect(right(await links.state('t', 'pace'))).toEqual({ n: 2 })
  })

  test('the hook runs before every call, by name, and may end the process', async () => {
    const faults = memoryFaults()
    const calls: Array<string> = []
    const [mail, records, links] = [memoryMail({ faults }), memoryRecords({ faults }), memoryLinks({ faults })]
    const ref = mail.host.put({ kind: 'contact', fields: {} })
    faults.onCall = (call) => {
      calls.push(call)
      if (call === 'mail.write') throw new Crash('now')
      if (call === 'mail.read') mail.host.remove(ref)
    }
    expect(right(await mail.port.read([ref]))).toEqual([{ _tag: 'Absent', ref }])
    await records.port.lookup([])
    await links.state('t', 'x')
    await expect(mail.port.write([create('a')])).rejects.toBeInstanceOf(Crash)
    expect(calls).toEqual(['mail.read', 'record.lookup', 'links.state', 'mail.write'])
    expect(mail.host.all()).toEqual([])
  })
})

describe('hosts', () => {
  test('every edit is a change, also one that sets what stands', () => {
    const { host } = memoryMail()
    const ref = host.put({ kind: 'contact', fields: { a: 'x', b: 'y', c: '' } })
    const before = host.get(ref)
    host.edit(ref, { set: { a: 'x', b: null }, categories: ['Tracked'] })
    expect(host.get(ref)).toMatchObject({ fields: { a: 'x' }, categories: ['Tracked'], folder: 'contacts' })
    expect(host.get(ref)?.version).not.toBe(before?.version)
    expect(host.get(ref)?.changedAtMs).toBeGreaterThan(before?.changedAtMs ?? Number.NaN)
    expect(before).toMatchObject({ fields: { a: 'x', b: 'y' } })
  })

  test('a copy carries the marker; a store without markers keeps none', () => {
    const marker = { tenant: 't', record: 'r1' }
    for (const can of [{}, { marker: false }] satisfies ReadonlyArray<Partial<MailCan>>) {
      const { host } = memoryMail({ can })
      const ref = host.put({ kind: 'contact', marker, fields: {} })
      expect(host.get(host.copy(ref, 'copy'))?.marker).toEqual('marker' in can ? undefined : marker)
    }
  })

  test('what is handed out cannot be changed', () => {
    const { host } = memoryMail()
    const given = { a: ['x'] }
    const ref = host.put({ kind: 'contact', fields: given })
    given.a.push('y')
    const shown = host.get(ref)
    expect(() => Object.assign(shown?.fields ?? {}, { a: 'z' })).toThrow(TypeError)
    expect(host.get(ref)?.fields).toEqual({ a: ['x'] })
  })

  test('a store that is told no ids makes its own, past those that are there', async () => {
    const { port, host } = memoryMail({ can: { clientIds: false } })
    host.put({ ref: 'm1', kind: 'contact', fields: {} })
    expect(right(await port.write([create('wanted')]))).toMatchObject([{ _tag: 'Done', ref: 'm2' }])
  })

  test('reads that lag behind the engine catch up with the next look at the feed', async () => {
    const { port, host } = memoryMail({ can: { readYourWrites: false } })
    const ref = host.put({ kind: 'contact', fields: { a: 'old' } })
    const seen = async () =>
      right(await port.read([ref, 'b'])).map((one) => (one._tag === 'Known' ? one.snapshot.fields : one._tag))
    await port.write([update(ref, { a: 'new' }), create('b')])
    expect(await seen()).toEqual([{ a: 'old' }, 'Absent'])
    await port.write([erase(ref)])
    expect(await seen()).toEqual([{ a: 'old' }, 'Absent'])
    expect(right(await port.find([{ _tag: 'ByField', kind: 'contact', field: 'a', value: 'old' }]))).toEqual([
      { refs: [ref] }
    ])
    await port.changes('contact', undefined, 10)
    expect(await seen()).toEqual(['Absent', { a: 'b' }])
  })

  test('a record that is removed empties the look-ups that name it', async () => {
    const { port, host } = memoryRecords()
    host.put({ ref: 'acc', type: 'account', fields: { name: 'Contoso' } })
    host.put({ ref: 'c', type: 'contact', fields: { parentcustomerid: 'acc', lastname: 'Ruiz' } })
    const { cursor } = right(await port.changes('contact', undefined, 10))
    host.remove('acc')
    expect(host.get('c')?.fields).toEqual({ lastname: 'Ruiz' })
    expect(right(await port.changes('contact', cursor, 10)).rows.map(({ ref }) => ref)).toEqual(['c'])
  })

  test('activities are open, all else is active', () => {
    const { host } = memoryRecords({ types: ['task'] })
    const states = ['task', 'contact'].map((type) => host.get(host.put({ type, fields: {} }))?.state)
    expect(states).toEqual(['open', 'active'])
    expect(() => host.put({ type: 'boat', fields: {} })).toThrow('boat')
  })

  test('unique keys: the second is AlreadyExists and names the first, unless they are off', async () => {
    const unique = [{ type: 'contact', fields: ['a', 'b'] }]
    const tried = async (uniqueKeys: boolean) => {
      const { port } = memoryRecords({ unique, can: { uniqueKeys } })
      const effects = [create('1', { fields: { a: 'x', b: 'y' } }), create('2', { fields: { a: 'x', b: 'y' } })]
      return right(await port.write([...effects, create('3', { fields: { a: 'x' } })], { _tag: 'Engine' }))
    }
    const outcomes = await tried(true)
    expect(said(outcomes)).toEqual(['Done', 'AlreadyExists', 'Done'])
    expect(outcomes[1]).toMatchObject({ error: { ref: '1' } })
    expect(said(await tried(false))).toEqual(['Done', 'Done', 'Done'])
  })

  test('a filtered feed tells of its owner, and of what leaves him as gone', async () => {
    const { port, host } = memoryRecords({ owner: 'ann', can: { filteredFeed: true } })
    host.put({ ref: 'a', type: 'contact', owner: 'ann', fields: {} })
    host.put({ ref: 'b', type: 'contact', owner: 'bob', fields: {} })
    const page = right(await port.changes('contact', undefined, 10))
    expect(page.rows.map(({ ref }) => ref)).toEqual(['a'])
    host.edit('a', { owner: 'bob' })
    expect(right(await port.changes('contact', page.cursor, 10)).rows).toEqual([{ ref: 'a', gone: true }])
  })

  test('members are judged where a judge is given', async () => {
    const { port, host } = memoryRecords({ holds: (query, record) => record.owner === query.context.user })
    host.put({ ref: 'a', type: 'contact', owner: 'ann', fields: {} })
    host.put({ ref: 'b', type: 'contact', owner: 'bob', fields: {} })
    const context = { user: 'ann', teams: [], businessUnit: 'root', timeZone: 'UTC', nowMs: 0 }
    const page = await port.members({ type: 'contact', filter: { and: [] }, context }, { _tag: 'Engine' }, { max: 1 })
    expect(right(page)).toMatchObject({ rows: [{ ref: 'a' }], more: false })
  })

  test('a server that mails by itself counts what it sends', async () => {
    const { port, host } = memoryMail({ can: { invitations: 'implicit' } })
    const meeting = (id: string, fields: Fields): Effect => create(id, { kind: 'appointment', fields })
    await port.write([meeting('m', { requiredAttendees: ['a@x.test', { address: 'B@x.test' }] })])
    await port.write([
      { _tag: 'Update', key: 'u', ref: 'm', type: 'appointment', set: { requiredAttendees: ['b@x.test', 'c@x.test'] } }
    ])
    expect(host.messages).toEqual({ invitations: 3, updates: 1, cancellations: 1, sent: 0 })
    host.resetCounts()
    await port.write([{ _tag: 'Delete', key: 'd', ref: 'm', type: 'appointment' }])
    expect(host.messages.cancellations).toBe(2)
  })
})

describe('the link store', () => {
  test('a dump is put back as it was, and is the same whatever the order of writing', async () => {
    const filled = async (names: ReadonlyArray<string>) => {
      const links = memoryLinks({ clock: () => 0 })
      const taken = right(await links.lease('t', 'ann', 'me', 1000))
      if (taken._tag !== 'Leased') throw new Error('no lease')
      const state = names.map((name) => ({ name, document: { name } }))
      await links.transact({ lease: taken.lease, mailbox: 'ann', state })
      return links
    }
    const [one, other] = [await filled(['a', 'b']), await filled(['b', 'a'])]
    expect(JSON.stringify(one.dump())).toBe(JSON.stringify(other.dump()))
    const again = memoryLinks({ clock: () => 0 })
    again.restore(JSON.parse(JSON.stringify(one.dump())))
    expect(again.dump()).toEqual(one.dump())
  })
})
