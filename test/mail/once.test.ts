/**
 * One message in several mailboxes makes one record per direction (13, 15), and one link per item (14), in whatever order
 * the cycles come, at the same time too, and on stores that can little.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { gateOf } from '../../src/testing/simulator/gate.js'
import { type Random, randomOf } from '../../src/testing/simulator/random.js'
import { runs } from '../runs.js'
import { addressOf, House } from './house.js'

const ids = ['ann', 'bob', 'cem', 'sales', 'desk'] as const

/** How a mailbox comes to its record: its own filter, a person, the category, a folder; or not at all. */
const means = ['all', 'gesture', 'category', 'folder', 'none'] as const

const messages = fc.record({
  messageId: fc.option(fc.constantFrom('<one@far.test>', '<a b@far.test>', 'bare@far.test')),
  withReply: fc.boolean()
})

const world = fc
  .record({
    means: fc.array(fc.constantFrom(...means), { minLength: 2, maxLength: 5 }),
    sends: fc.boolean(),
    message: messages,
    clientIds: fc.boolean(),
    isUnique: fc.boolean(),
    marker: fc.boolean(),
    readYourWrites: fc.boolean()
  })
  .filter(({ means: drawn }) => drawn.some((one) => one !== 'none'))

type Drawn = typeof world extends fc.Arbitrary<infer A> ? A : never

const houseOf = (drawn: Drawn): House => {
  const { clientIds, readYourWrites, marker, isUnique, sends, message } = drawn
  const boxes = Object.fromEntries(
    drawn.means.map((how, index) => {
      const id = ids[index] ?? ''
      const folderRules = how === 'folder' ? [{ folder: 'inbox/Rules' }] : []
      return [id, { autoTrack: how === 'all' ? 'all' : 'none', queue: index > 2 && how !== 'folder', folderRules }]
    })
  )
  const house = new House({
    boxes: { ...boxes, ...(sends ? { sender: { autoTrack: 'all' } } : {}) },
    settings: { autoTrackSent: true },
    records: { clientIds, readYourWrites, uniqueKeys: isUnique },
    mail: { marker },
    isUnique
  })
  const fields = {
    ...(message.messageId === null ? {} : { messageId: message.messageId }),
    from: addressOf('sender'),
    to: house.ids.filter((id) => id !== 'sender').map(addressOf),
    subject: 'Offer',
    sentAt: '2026-03-02T08:00:00Z'
  }
  const reply = { ...fields, messageId: '<two@far.test>', inReplyTo: message.messageId, sentAt: '2026-03-02T08:10:00Z' }
  for (const [index, id] of house.ids.entries()) {
    const isSender = id === 'sender'
    const how = drawn.means[index]
    const receivedAt = `2026-03-02T08:2${index}:00Z`
    for (const [name, own] of Object.entries({ one: fields, ...(message.withReply ? { two: reply } : {}) }))
      house.box(id).put({
        ref: `${id}-${name}`,
        kind: 'email',
        folder: isSender ? 'sent' : how === 'folder' ? 'inbox/Rules' : 'inbox',
        ...(how === 'category' && !isSender ? { categories: ['Tracked'] } : {}),
        fields: isSender ? own : { ...own, receivedAt }
      })
  }
  return house
}

/** The gestures come before any cycle. */
const gestures = async (house: House, { means: drawn, message }: Drawn): Promise<void> => {
  for (const [index, id] of house.ids.entries())
    if (drawn[index] === 'gesture' && id !== 'sender')
      await house.engine(id).track(id, [`${id}-one`, ...(message.withReply ? [`${id}-two`] : [])])
}

const atMostOnce = async (house: House): Promise<void> => {
  const incoming = house.emails('incoming').map(({ fields }) => String(fields['actualstart']))
  const outgoing = house.emails('outgoing').map(({ fields }) => String(fields['actualstart']))
  expect(new Set(incoming).size).toBe(incoming.length)
  expect(new Set(outgoing).size).toBe(outgoing.length)
  const links = await house.allLinks()
  expect(new Set(links.map(({ mailbox, item }) => `${mailbox} ${item}`)).size).toBe(links.length)
  for (const { record } of links) expect(house.records.host.get(record)?.type).toBe('email')
}

const exactlyOnce = async (house: House, { means: drawn, sends, message }: Drawn): Promise<void> => {
  await atMostOnce(house)
  const count = message.withReply ? 2 : 1
  expect(house.emails('incoming').length).toBe(count)
  expect(house.emails('outgoing').length).toBe(sends ? count : 0)
  const links = await house.allLinks()
  for (const [index, id] of house.ids.entries()) {
    if (id !== 'sender' && drawn[index] === 'none') continue
    expect(links.filter(({ mailbox }) => mailbox === id).length).toBe(count)
  }
  const directionOf = (record: string) => house.records.host.get(record)?.fields['directioncode']
  for (const { mailbox, record } of links)
    expect(directionOf(record)).toBe(mailbox === 'sender' ? 'outgoing' : 'incoming')
}

test('13, 14, 15: one message, cycles in any order', () =>
  fc.assert(
    fc.asyncProperty(world, fc.array(fc.nat(5), { maxLength: 8 }), async (drawn, order) => {
      const house = houseOf(drawn)
      await gestures(house, drawn)
      for (const at of order) {
        await house.sync(house.ids[at % house.ids.length] ?? '')
        await atMostOnce(house)
      }
      await house.settle()
      await exactlyOnce(house, drawn)
    }),
    runs(0.15)
  ))

/** The first calls go on in drawn order, so that a shorter one is tried where it fails; the rest by a seed. */
const turns = fc.record({ first: fc.array(fc.nat(30), { maxLength: 100 }), seed: fc.nat() })

const drawnOrder = ({ first, seed }: { readonly first: ReadonlyArray<number>; readonly seed: number }): Random => {
  const rest = randomOf(seed)
  let at = -1
  return {
    ...rest,
    below: (count) => {
      at += 1
      return (first[at] ?? rest.below(count)) % count
    }
  }
}

test('13, 14, 15: one message, all cycles at the same time, in any interleaving of their calls', () =>
  fc.assert(
    fc.asyncProperty(world, turns, async (drawn, order) => {
      const house = houseOf(drawn)
      await gestures(house, drawn)
      const gate = gateOf(drawnOrder(order))
      house.faults.onCall = gate.enter
      for (let round = 0; round < 2; round += 1) {
        await gate.race(house.ids.map((id) => () => house.sync(id)))
        await atMostOnce(house)
      }
      house.faults.onCall = undefined
      await house.settle()
      await exactlyOnce(house, drawn)
    }),
    runs(0.15)
  ))
