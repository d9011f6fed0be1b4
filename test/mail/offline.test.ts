/** T13: what a client is asked for while its records are out of reach is carried out when they are back. */
import { expect, test } from 'vitest'
import type { RecordStore } from '../../src/engine/ports.js'
import { fail } from '../../src/model/index.js'
import { addressOf, House } from './house.js'

const duplicates = {
  enabled: true,
  rules: [{ base: 'contact', match: 'contact', conditions: [{ field: 'emailaddress1', op: 'exact' }] }]
} as const

test('T13: gestures made offline wait, and are carried out and checked for duplicates on going online', async () => {
  let isOffline = true
  const away = async () => fail({ _tag: 'Transient' as const, message: 'offline' })
  const wrapRecords = (records: RecordStore): RecordStore => ({
    ...records,
    changes: (...given) => (isOffline ? away() : records.changes(...given)),
    read: (...given) => (isOffline ? away() : records.read(...given)),
    members: (...given) => (isOffline ? away() : records.members(...given)),
    lookup: (...given) => (isOffline ? away() : records.lookup(...given)),
    write: (...given) => (isOffline ? away() : records.write(...given))
  })
  const boxes = { ann: { method: 'client', autoTrack: 'none' } } as const
  const house = new House({ boxes, settings: { duplicates }, wrapRecords })
  const ann = house.engine('ann')
  const contact = house.box('ann').put({ kind: 'contact', fields: { surname: 'Hall', email1: 'hall@far.test' } })
  const fields = { messageId: '<keel@far.test>', from: 'hall@far.test', to: [addressOf('ann')], subject: 'Keel' }
  const message = house.box('ann').put({ kind: 'email', fields })
  house.records.host.put({ type: 'opportunity', ref: 'slip', owner: 'ann', fields: { name: 'Slip' } })

  await ann.track('ann', contact)
  await ann.setRegarding('ann', message, 'slip')
  expect(await Promise.all([contact, message].map((item) => ann.status('ann', item)))).toEqual(['pending', 'pending'])
  expect((await ann.sync('ann')).outcome).toBe('failed')
  expect(await Promise.all([contact, message].map((item) => ann.status('ann', item)))).toEqual(['pending', 'pending'])

  house.records.host.put({
    type: 'contact',
    owner: 'bob',
    fields: { lastname: 'Hall', emailaddress1: 'HALL@far.test' }
  })
  isOffline = false
  house.nowMs += 300_000
  expect((await ann.sync('ann')).outcome).toBe('completed')
  expect(await ann.status('ann', contact)).toBe('needs-decision')
  expect((await ann.explain('ann', 'mail', contact)).code).toBe('duplicate-suspected')
  expect(house.emails().map(({ fields }) => fields['regardingobjectid'])).toEqual(['slip'])
})
