/** 37: a cycle transmits nothing but records that wait to be sent, however it came to what it does. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Crash } from '../../src/adapters/memory/index.js'
import { runs } from '../runs.js'
import { addressOf, House } from './house.js'
import { Strikes } from './strikes.js'

const statuses = [
  ['open', 'draft'],
  ['open', 'failed'],
  ['open', 'pendingSend'],
  ['open', 'sending'],
  ['completed', 'sent'],
  ['completed', 'received'],
  ['completed', 'completed'],
  ['canceled', 'canceled'],
  ['canceled', 'pendingSend'],
  ['completed', '__proto__'],
  ['completed', undefined]
] as const

const names = ['one', 'two', 'three'] as const
const name = fc.constantFrom(...names)

const step = fc.oneof(
  fc.record({ does: fc.constant('sync' as const), box: fc.constantFrom('ann', 'bob') }),
  fc.record({ does: fc.constant('sync' as const), box: fc.constantFrom('ann', 'bob') }),
  fc.record({ does: fc.constant('die' as const), call: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ does: fc.constant('record' as const), name, status: fc.constantFrom(...statuses) }),
  fc.record({
    does: fc.constant('receive' as const),
    name,
    folder: fc.constantFrom('inbox', 'sent', 'drafts', 'outbox')
  }),
  fc.record({
    does: fc.constant('move' as const),
    name,
    folder: fc.constantFrom('inbox', 'sent', 'outbox', 'deleted')
  }),
  fc.record({ does: fc.constant('mark' as const), name, isOn: fc.boolean() }),
  fc.record({ does: fc.constant('track' as const), name }),
  fc.record({ does: fc.constant('untrack' as const), name, deleteRecord: fc.boolean() }),
  fc.record({ does: fc.constant('delete' as const), name }),
  fc.record({ does: fc.constant('undo' as const) }),
  fc.record({ does: fc.constant('expire' as const) })
)

type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const take = async (house: House, strikes: Strikes, cycles: Array<string>, one: Step): Promise<void> => {
  const box = house.box('ann')
  const ref = 'name' in one ? `ann-${one.name}` : ''
  const exists = box.get(ref) !== undefined
  switch (one.does) {
    case 'die':
      strikes.arm({ call: strikes.calls.length + one.call, strike: 'dies-after' })
      return
    case 'sync': {
      const { cycle } = await house.sync(one.box)
      if (one.box === 'ann') cycles.push(cycle)
      return
    }
    case 'record': {
      const [state, status] = one.status
      const fields = {
        subject: 'Offer',
        torecipients: ['otto@far.test'],
        directioncode: 'outgoing',
        messageid: `<${one.name}@far.test>`
      }
      const known = house.emails().find(({ fields: held }) => held['messageid'] === fields.messageid)
      const attributes = { owner: 'ann', state, ...(status === undefined ? {} : { status }) }
      house.records.host.put({ ref: known?.ref ?? `e-${one.name}`, type: 'email', ...attributes, fields })
      return
    }
    case 'receive': {
      const fields = {
        messageId: `<${one.name}@far.test>`,
        from: one.folder === 'inbox' ? 'otto@far.test' : addressOf('ann'),
        to: [addressOf('ann'), addressOf('bob')],
        subject: 'Offer',
        receivedAt: new Date(house.nowMs).toISOString(),
        ...(one.folder === 'drafts' ? { isDraft: true } : {})
      }
      box.put({ ref, kind: 'email', folder: one.folder, fields })
      return
    }
    case 'move':
      if (exists) box.edit(ref, { folder: one.folder })
      return
    case 'mark':
      if (exists) box.edit(ref, { categories: one.isOn ? ['Tracked'] : [] })
      return
    case 'delete':
      box.remove(ref)
      return
    case 'track':
      if (exists) await house.engine('ann').track('ann', ref)
      return
    case 'untrack':
      if (exists) await house.engine('ann').untrack('ann', ref, { deleteRecord: one.deleteRecord })
      return
    case 'undo': {
      const cycle = cycles.at(-1)
      if (cycle !== undefined && cycle !== 'none') await house.engine('ann').undo('ann', cycle)
      return
    }
    case 'expire':
      box.expireCursors()
      house.records.host.expireCursors()
  }
}

const sentBy = (house: House): number => house.ids.reduce((sum, id) => sum + house.box(id).messages.sent, 0)

test('37: whatever is received, tracked, taken back, recovered, undone or listed anew: nothing is sent', () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const strikes = new Strikes()
      const boxes = { ann: { autoTrack: 'all' }, bob: { autoTrack: 'replies' } } as const
      const house = new House({ boxes, settings: { autoTrackSent: true, history: 'P30D' }, ...strikes.wraps })
      const cycles: Array<string> = []
      for (const one of steps) {
        house.nowMs += 12 * 60_000
        try {
          await take(house, strikes, cycles, one)
        } catch (thrown) {
          if (!(thrown instanceof Crash)) throw thrown
          for (const id of house.ids) house.forget(id)
          strikes.revive()
        }
      }
      strikes.disarm()
      house.nowMs += 12 * 60_000
      for (const id of house.ids) await house.sync(id)
      expect(sentBy(house)).toBe(0)
      // And the one that waits does go out.
      const fields = { subject: 'Waits', torecipients: ['otto@far.test'], directioncode: 'outgoing' }
      const waits = { type: 'email', owner: 'ann', state: 'completed', status: 'pendingSend', fields }
      house.records.host.put({ ref: 'waits', ...waits })
      house.nowMs += 12 * 60_000
      for (const id of house.ids) await house.sync(id)
      expect(sentBy(house)).toBe(1)
    }),
    runs(0.08)
  ))
