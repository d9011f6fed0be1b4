/** The set-up of a mailbox (4.4): its test, what the result does to the directions, and a change of address. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Directory,
  inForce,
  type MailboxFacts,
  mailboxDirections,
  ok,
  oneUser,
  type SetUpTest,
  setUpOf
} from '../../src/index.js'
import { runs } from '../runs.js'
import { told, world } from './world.js'

const results = ({ incoming, outgoing, act }: SetUpTest) => [incoming, outgoing, act].map(({ result }) => result)
const codes = ({ incoming, outgoing, act }: SetUpTest) => [incoming, outgoing, act].map(({ code }) => code)

describe('the test (4.4/4)', () => {
  test('all three directions: success, one alert, and nothing is left in the mailbox', async () => {
    const { engine, alerts, mail } = world()
    const tested = await engine().test('ann')
    expect(results(tested)).toEqual(['success', 'success', 'success'])
    expect(tested.address).toBe('ann@contoso.test')
    expect(told(alerts)).toEqual(['information test-succeeded'])
    expect(mail.host.messages.sent).toBe(1)
    expect(mail.host.all()).toEqual([])
    expect((await engine().sync('ann')).counts.looked).toBe(0)
  })

  test('the message that comes back is seen, and taken away too', async () => {
    const { engine, mail } = world({
      wrap: (store) => ({
        ...store,
        write: async (effects) => {
          for (const effect of effects)
            if (effect._tag === 'Create' && effect.folder === 'sent')
              mail.host.put({ kind: 'email', folder: 'inbox', fields: effect.fields })
          return store.write(effects)
        }
      })
    })
    expect((await engine().test('ann')).outgoing.facts).toEqual({ received: true })
    expect(mail.host.all()).toEqual([])
  })

  test('a direction that is off is not run; one that the method lacks fails', async () => {
    const off = world({ ann: { enabled: { outgoing: false } } })
    expect(results(await off.engine().test('ann'))).toEqual(['success', 'not-run', 'success'])
    const router = world({ ann: { method: 'router' } })
    const tested = await router.engine().test('ann')
    expect([results(tested), codes(tested)[2]]).toEqual([['success', 'success', 'failure'], 'method-unsupported'])
    expect(router.alerts).toEqual([])
    const queue = world({ ann: { queue: true } })
    expect(results(await queue.engine().test('ann'))).toEqual(['success', 'success', 'not-run'])
  })

  test('what the store cannot do fails, and what the store refuses says how', async () => {
    const mute = world({ can: { sends: false } })
    expect(codes(await mute.engine().test('ann'))).toEqual([undefined, 'method-unsupported', undefined])
    const { engine, faults } = world()
    faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
    faults.add({ store: 'mail', op: 'create', error: 'transient' })
    faults.add({ store: 'mail', op: 'create', error: 'forbidden', after: 1 })
    expect(codes(await engine().test('ann'))).toEqual(['mailbox-disabled', 'retry-later', 'missing-privilege'])
  })

  test('an item that was made and cannot be removed is a failure that names it', async () => {
    const { engine, faults, mail } = world()
    faults.add({ store: 'mail', op: 'delete', error: 'forbidden', after: 1 })
    const { act } = await engine().test('ann')
    expect([act.result, act.facts?.['left']]).toEqual(['failure', mail.host.all()[0]?.ref])
  })

  test('an address that is not the user’s own fails before anything is tried (T7)', async () => {
    const own = oneUser({ ann: { address: 'ann@contoso.test' } })
    const directories: ReadonlyArray<Partial<Directory>> = [
      { users: async () => ok(['bob']) },
      { users: async () => ok([undefined]) },
      { mailboxesOf: async () => ok(['another']) }
    ]
    for (const directory of directories) {
      const { engine, mail } = world({ directory: { ...own, ...directory } })
      expect(codes(await engine().test('ann'))).toEqual(['not-approved', 'not-approved', 'not-approved'])
      expect(mail.host.messages.sent).toBe(0)
    }
    // Without regard to case it is the same address.
    const capitals = world({ ann: { address: 'Ann@Contoso.test' } })
    expect(results(await capitals.engine().test('ann'))).toEqual(['success', 'success', 'success'])
  })

  test('nobody has approved it, or it is deactivated: nothing is tried', async () => {
    const { engine } = world({ ann: { approved: false } })
    expect(codes(await engine().test('ann'))).toEqual(['not-approved', 'not-approved', 'not-approved'])
    const inactive = world({ ann: { active: false } })
    expect(codes(await inactive.engine().test('ann'))[0]).toBe('mailbox-disabled')
  })

  test('while the mailbox is being synchronised it is refused', async () => {
    const { engine, links } = world()
    await links.lease('default', 'mailbox/ann', 'another', 60_000)
    await expect(engine().test('ann')).rejects.toThrow('being synchronised')
  })
})

describe('what the result does (4.4/2)', () => {
  const letter = {
    kind: 'email',
    fields: { messageId: '<1@x>', from: 'li@client.test', to: ['ann@contoso.test'], receivedAt: '2026-03-02T09:00:00Z' }
  }

  test('a direction whose last test failed is not used before one succeeds', async () => {
    const { engine, faults, mail, records } = world({ ann: { autoTrack: 'all' } })
    faults.add({ store: 'mail', op: 'changes', error: 'transient' })
    expect((await engine().test('ann')).incoming.result).toBe('failure')
    const item = mail.host.put(letter)
    await engine().sync('ann')
    expect(records.host.all()).toEqual([])
    expect((await engine().track('ann', item))[0]?.code).toBe('incoming-disabled')
    expect((await engine().test('ann')).incoming.result).toBe('success')
    await engine().sync('ann')
    expect(records.host.all().map(({ type }) => type)).toEqual(['email'])
  })

  test('contacts are left alone where act has failed', async () => {
    const { engine, faults, mail } = world()
    faults.add({ store: 'mail', op: 'create', error: 'invalid', after: 1 })
    expect(codes(await engine().test('ann'))[2]).toBe('invalid-item')
    const item = mail.host.put({ kind: 'contact', fields: { surname: 'Li' } })
    expect((await engine().track('ann', item))[0]?.code).toBe('method-unsupported')
  })

  test('outgoing has failed: what waits keeps waiting, and it is told', async () => {
    const { engine, faults, records, alerts } = world()
    faults.add({ store: 'mail', op: 'create', error: 'unauthorized' })
    await engine().test('ann')
    records.host.put({
      type: 'email',
      owner: 'ann',
      state: 'completed',
      status: 'pendingSend',
      fields: { sender: 'ann@contoso.test', torecipients: ['li@client.test'] }
    })
    await engine().sync('ann')
    expect(records.host.all()[0]?.status).toBe('pendingSend')
    expect(told(alerts)).toEqual(['error retry-later outgoing'])
  })

  test('a changed address is not approved, and untested, before the test was run again (4.4/1)', async () => {
    const { engine, alerts } = world()
    await engine().test('ann')
    const moved = { address: 'ann.li@contoso.test' }
    expect(await engine(moved).setUp('ann')).toMatchObject({
      approval: 'pending',
      directions: { incoming: { test: 'not-run' }, outgoing: { test: 'not-run' }, act: { test: 'not-run' } }
    })
    expect((await engine(moved).sync('ann')).stoppedBy?.code).toBe('not-approved')
    expect(results(await engine(moved).test('ann'))).toEqual(['success', 'success', 'success'])
    expect((await engine(moved).sync('ann')).stoppedBy).toBeUndefined()
    expect(told(alerts)).toEqual(['information test-succeeded', 'error not-approved', 'information test-succeeded'])
  })

  test('where no test was ever run every direction counts as passed, whatever the address', async () => {
    const { engine } = world()
    await engine().sync('ann')
    expect((await engine({ address: 'other@contoso.test' }).sync('ann')).stoppedBy).toBeUndefined()
  })
})

const anyFacts: fc.Arbitrary<MailboxFacts> = fc.record({
  user: fc.constant('ann'),
  address: fc.constantFrom('a@x.test', 'A@x.test', 'b@x.test', ''),
  timeZone: fc.constant('UTC'),
  method: fc.constantFrom('server-side', 'client', 'app', 'router', 'pop'),
  approved: fc.boolean(),
  enabled: fc.record({ incoming: fc.boolean(), outgoing: fc.boolean(), act: fc.boolean() }),
  queue: fc.boolean(),
  forward: fc.boolean(),
  autoTrack: fc.constant('all' as const),
  folderRules: fc.constant([{ folder: 'inbox/x' }]),
  filters: fc.constant({})
})
const anyDirection = fc.record({ result: fc.constantFrom('not-run', 'success', 'failure') })
const anyTest: fc.Arbitrary<SetUpTest> = fc.record({
  address: fc.constantFrom('a@x.test', 'b@x.test'),
  incoming: anyDirection,
  outgoing: anyDirection,
  act: anyDirection,
  atMs: fc.constant(0)
})

describe('laws', () => {
  test('SETUP-1: nothing is enabled or approved that the directory has not, nor after a test that failed', () => {
    fc.assert(
      fc.property(anyFacts, fc.option(anyTest, { nil: undefined }), (facts, tested) => {
        const after = inForce(facts, tested)
        expect(after.approved && !facts.approved).toBe(false)
        for (const direction of mailboxDirections) {
          const failed = tested !== undefined && tested[direction].result !== 'success'
          if (after.enabled[direction]) expect([facts.enabled[direction], failed]).toEqual([true, false])
        }
        expect(inForce(after, tested)).toEqual(after)
      }),
      runs()
    )
  })

  test('SETUP-2: without a test, and for a mailbox that its method can serve, it is the directory’s own word', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const served = { ...facts, method: 'server-side' as const, queue: false, forward: false, address: 'a@x.test' }
        expect(inForce(served, undefined)).toEqual(served)
      }),
      runs(0.2)
    )
  })

  test('another address than the tested one: pending, and nothing was run; case is no other address', () => {
    fc.assert(
      fc.property(anyFacts, anyTest, (facts, tested) => {
        const isOther = facts.address.toLowerCase() !== tested.address
        const { approval, directions } = setUpOf(facts, tested)
        if (isOther) expect([approval, directions.incoming.test]).toEqual(['pending', 'not-run'])
        else expect(directions.incoming.test).toBe(tested.incoming.result)
      }),
      runs(0.2)
    )
  })

  test('a forward mailbox only receives', () => {
    fc.assert(
      fc.property(anyFacts, fc.option(anyTest, { nil: undefined }), (facts, tested) => {
        const { enabled, folderRules } = inForce({ ...facts, forward: true }, tested)
        expect([enabled.outgoing, enabled.act, folderRules]).toEqual([false, false, []])
      }),
      runs(0.2)
    )
  })
})
