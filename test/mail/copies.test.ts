/** D2: a message that lies in one mailbox twice is linked twice to its one record. */
import { expect, test } from 'vitest'
import { addressOf, House } from './house.js'

const fields = {
  messageId: '<twice@far.test>',
  from: 'otto@far.test',
  to: [addressOf('ann')],
  subject: 'Twice',
  receivedAt: '2026-03-02T08:00:00Z'
}

test('what becomes of the record reaches both copies', async () => {
  const house = new House({ boxes: { ann: { autoTrack: 'all' } } })
  const copies = [house.box('ann').put({ kind: 'email', fields }), house.box('ann').put({ kind: 'email', fields })]
  await house.settle()
  const [record] = house.emails()
  expect((await house.allLinks()).map(({ item }) => item).sort()).toEqual([...copies].sort())
  house.records.host.remove(record?.ref ?? '')
  await house.settle()
  expect(await house.allLinks()).toEqual([])
  expect(house.box('ann').all()).toHaveLength(2)
})
