/**
 * O7: at most one transmission of a message, whatever dies, fails or is not answered, at every call of every port; two
 * writes to its record where nothing does. The mailbox takes no ids and no marks, so that it would send a second time.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Crash } from '../../src/adapters/memory/index.js'
import type { MailCan } from '../../src/engine/ports.js'
import { runs } from '../runs.js'
import { House } from './house.js'
import { type Strike, Strikes, type Struck } from './strikes.js'

const leaseMs = 11 * 60_000

const waiting = (owner: string, subject: string) => ({
  type: 'email',
  owner,
  state: 'completed',
  status: 'pendingSend',
  fields: { subject, torecipients: ['otto@far.test'], directioncode: 'outgoing', description: 'See below' }
})

const houseOf = (strikes: Strikes, can: Partial<MailCan> = {}): House => {
  const house = new House({
    boxes: { ann: {} },
    mail: { clientIds: false, marker: false, ...can },
    ...strikes.wraps
  })
  house.records.host.put({ ref: 'e1', ...waiting('ann', 'Offer') })
  house.records.host.put({ ref: 'e2', ...waiting('ann', 'Order') })
  return house
}

/** A process that died is another one afterwards: it waits until the lease of the first has run out. */
const syncMortal = async (house: House, strikes: Strikes, id: string): Promise<boolean> => {
  try {
    await house.sync(id)
    return true
  } catch (thrown) {
    if (!(thrown instanceof Crash)) throw thrown
    house.forget(id)
    strikes.revive()
    return false
  }
}

/** Cycles until all strikes have struck, and then until nothing moves. */
const recovered = async (house: House, strikes: Strikes): Promise<void> => {
  for (let round = 0; round < 6 && !strikes.spent; round += 1) {
    const lived = await syncMortal(house, strikes, 'ann')
    house.nowMs += lived ? 5 * 60_000 : leaseMs
  }
  strikes.disarm()
  await house.engine('ann').enable('ann')
  await house.settle()
}

const statusOf = (house: House, ref: string): string | undefined => {
  const record = house.records.host.get(ref)
  return record === undefined ? undefined : `${record.state} ${record.status ?? ''}`
}

const sentFor = (house: House, subject: string): number =>
  house
    .box('ann')
    .all()
    .filter(({ folder, fields }) => folder === 'sent' && String(fields['subject']).startsWith(subject)).length

/** `mayAsk`: a person may be asked in place of sending. */
const onceEach = (house: House, mayAsk: boolean): void => {
  for (const [ref, subject] of [
    ['e1', 'Offer'],
    ['e2', 'Order']
  ] as const) {
    const sent = sentFor(house, subject)
    const status = statusOf(house, ref)
    if (mayAsk && status === 'open failed') expect(sent).toBeLessThanOrEqual(1)
    else expect([status, sent]).toEqual(['completed sent', 1])
  }
  expect(house.box('ann').messages.sent).toBe(sentFor(house, 'Offer') + sentFor(house, 'Order'))
}

const struck = async (can: Partial<MailCan>, ...all: ReadonlyArray<Struck>): Promise<boolean> => {
  const strikes = new Strikes(...all)
  const house = houseOf(strikes, can)
  await recovered(house, strikes)
  onceEach(house, can.findByField === false)
  const tokens = ['e1', 'e2'].map((ref) => house.records.host.get(ref)?.fields['trackingtoken'])
  if (can.findByField !== false) expect(new Set(tokens).size).toBe(2)
  return strikes.spent
}

test('O7: two messages, nothing fails: two writes to each record, one transmission each', async () => {
  const house = houseOf(new Strikes())
  await house.sync('ann')
  expect(house.records.host.counts).toEqual({ creates: 0, updates: 4, deletes: 0 })
  onceEach(house, false)
  await house.settle()
  expect(house.records.host.counts).toEqual({ creates: 0, updates: 4, deletes: 0 })
  onceEach(house, false)
})

/** The calls of the cycle that sends, and of the quiet one behind it. */
const callsOfOne = async (): Promise<ReadonlyArray<string>> => {
  const strikes = new Strikes()
  const house = houseOf(strikes)
  await house.sync('ann')
  return strikes.calls
}

const kinds: ReadonlyArray<readonly [string, Strike]> = [
  ['dies before', 'dies'],
  ['is not answered', 'lost'],
  ['fails for now', { _tag: 'Transient' }],
  ['is throttled', { _tag: 'Throttled', retryAfterMs: 1000 }]
]

const anyStrike = fc.constantFrom<Strike>('dies-after', ...kinds.map(([, strike]) => strike))

describe('O7: at most one transmission', async () => {
  const calls = await callsOfOne()

  test.each(kinds)('whatever call %s', async (_name, strike) => {
    for (const call of calls.keys()) await struck({}, { call: call + 1, strike })
  })

  test.each(kinds)('whatever call %s, in a mailbox that cannot be searched', async (_name, strike) => {
    for (const call of calls.keys()) await struck({ findByField: false }, { call: call + 1, strike })
  })

  test('whatever two calls, the second while the first is made up for', () =>
    fc.assert(
      fc.asyncProperty(
        anyStrike,
        anyStrike,
        fc.integer({ min: 1, max: calls.length }),
        fc.integer({ min: 1, max: calls.length }),
        fc.boolean(),
        async (first, second, call, later, findByField) => {
          await struck({ findByField }, { call, strike: first }, { call: call + later, strike: second })
        }
      ),
      runs(0.1)
    ))
})

test('O7, K3: two users send for the first time at once, and every token is another', async () => {
  const house = new House({ boxes: { ann: {}, bob: {} } })
  house.records.host.put({ ref: 'e1', ...waiting('ann', 'Offer') })
  house.records.host.put({ ref: 'e2', ...waiting('bob', 'Order') })
  await Promise.all([house.sync('ann'), house.sync('bob')])
  await house.settle()
  const tokens = ['e1', 'e2'].map((ref) => house.records.host.get(ref)?.fields['trackingtoken'])
  expect(new Set(tokens).size).toBe(2)
  expect(tokens.every((token) => typeof token === 'string')).toBe(true)
})

test('K1: somebody dies while he is given his number: whoever else sends for the first time waits, and does not spin', async () => {
  for (let call = 1, isOver = false; !isOver; call += 1) {
    const strikes = new Strikes({ call, strike: 'dies' })
    const house = new House({ boxes: { ann: {}, bob: {} }, ...strikes.wraps })
    house.records.host.put({ ref: 'e1', ...waiting('ann', 'Offer') })
    house.records.host.put({ ref: 'e2', ...waiting('bob', 'Order') })
    isOver = await syncMortal(house, strikes, 'ann')
    strikes.disarm()
    await house.sync('bob')
    house.nowMs += leaseMs
    await house.settle()
    expect(['e1', 'e2'].map((ref) => statusOf(house, ref))).toEqual(['completed sent', 'completed sent'])
  }
})
