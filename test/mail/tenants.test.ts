/** 36: what one tenant does is the same whether another works in the same link store or not, down to every row. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryLinks } from '../../src/adapters/memory/index.js'
import type { LinkStore } from '../../src/engine/ports.js'
import type { Probe } from '../../src/engine/track/judge.js'
import { runs } from '../runs.js'
import { House } from './house.js'

const ids = ['ann', 'bob'] as const

/**
 * Both tenants may use the same names for everything, their mailboxes' ids among them. An address is one organisation's
 * alone (4.4/3), so that these differ.
 */
const step = fc.oneof(
  fc.record({
    does: fc.constant('receive' as const),
    name: fc.constantFrom('one', 'two', 'three'),
    answers: fc.constantFrom(undefined, 'one', 'two'),
    subject: fc.constantFrom('Offer', 'Offer CRM:0001001', 'Re: Offer CRM:0002001'),
    box: fc.constantFrom(...ids)
  }),
  fc.record({
    does: fc.constant('send' as const),
    name: fc.constantFrom('e1', 'e2', 'e3'),
    box: fc.constantFrom(...ids)
  }),
  fc.record({ does: fc.constant('track' as const), name: fc.constantFrom('one', 'two'), box: fc.constantFrom(...ids) }),
  fc.record({
    does: fc.constant('untrack' as const),
    name: fc.constantFrom('one', 'two'),
    box: fc.constantFrom(...ids)
  }),
  fc.record({ does: fc.constant('sync' as const), box: fc.constantFrom(...ids) }),
  fc.record({ does: fc.constant('sync' as const), box: fc.constantFrom(...ids) })
)

type Step = typeof step extends fc.Arbitrary<infer A> ? A : never

const addressIn = (tenant: string, id: string): string => `${id}@${tenant}.test`

class Tenant {
  readonly house: House
  /** Everything that came out of it. */
  readonly said: Array<unknown> = []

  constructor(tenant: string, links: LinkStore) {
    this.house = new House({
      tenant,
      links,
      boxes: {
        ann: { address: addressIn(tenant, 'ann'), autoTrack: 'all' },
        bob: { address: addressIn(tenant, 'bob'), autoTrack: 'replies' }
      },
      settings: { createUnknownSender: 'contact', history: 'P30D' }
    })
  }

  async take(one: Step): Promise<void> {
    const { house } = this
    house.nowMs += 60_000
    switch (one.does) {
      case 'receive': {
        const { name, answers, subject, box } = one
        const inReplyTo = answers === undefined ? {} : { inReplyTo: `<${answers}@far.test>` }
        const receivedAt = new Date(house.nowMs).toISOString()
        const to = ids.map((id) => addressIn(house.tenant, id))
        const fields = { messageId: `<${name}@far.test>`, from: 'otto@far.test', to, subject, receivedAt, ...inReplyTo }
        house.box(box).put({ ref: `${box}-${name}`, kind: 'email', fields })
        return
      }
      case 'send': {
        const fields = { subject: 'Offer', torecipients: ['otto@far.test'], directioncode: 'outgoing' }
        const waiting = { type: 'email', owner: one.box, state: 'completed', status: 'pendingSend', fields }
        if (house.records.host.get(one.name) === undefined) house.records.host.put({ ref: one.name, ...waiting })
        return
      }
      case 'track':
        if (house.box(one.box).get(`${one.box}-${one.name}`) !== undefined)
          this.said.push(await house.engine(one.box).track(one.box, `${one.box}-${one.name}`))
        return
      case 'untrack':
        this.said.push(await house.engine(one.box).untrack(one.box, `${one.box}-${one.name}`, { deleteRecord: true }))
        return
      case 'sync': {
        const probes: Array<Probe> = []
        this.said.push(await house.sync(one.box, { onProbe: (probe) => probes.push(probe) }), probes)
      }
    }
  }

  async end(): Promise<unknown> {
    const { house } = this
    for (const box of ids) {
      await this.take({ does: 'sync', box })
      for (const { ref } of house.box(box).all())
        this.said.push(
          await house.engine(box).explain(box, 'mail', ref),
          await house.engine(box).history(box, 'mail', ref),
          house.box(box).get(ref)
        )
    }
    return { said: this.said, records: house.records.host.all(), links: await house.allLinks() }
  }
}

test('36: two tenants in one link store: each of them as if alone', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 12 }),
      fc.array(step, { maxLength: 12 }),
      fc.array(fc.boolean(), { maxLength: 24 }),
      async (mine, others, order) => {
        const alone = new Tenant('first', memoryLinks())
        for (const one of mine) await alone.take(one)

        const shared = memoryLinks()
        const [first, second] = [new Tenant('first', shared), new Tenant('second', shared)]
        const [left, right] = [[...mine], [...others]]
        for (const isMine of order) {
          const one = isMine ? left.shift() : right.shift()
          if (one !== undefined) await (isMine ? first : second).take(one)
        }
        for (const one of right) await second.take(one)
        for (const one of left) await first.take(one)
        await second.end()
        expect(await first.end()).toEqual(await alone.end())
        for (const { ref } of second.house.records.host.all().filter(({ type }) => type === 'contact'))
          expect(first.house.records.host.get(ref)).toBeUndefined()
      }
    ),
    runs(0.05)
  ))
