/** CheckIncomingEmail and CheckPromoteEmail (3.9): the decision of a cycle, of a message that lies nowhere. */
import { describe, expect, test } from 'vitest'
import type { MailboxInput } from '../../src/index.js'
import { world } from './world.js'

const message = {
  messageId: '<1@client.test>',
  subject: 'Hello',
  from: 'Li <li@client.test>',
  to: ['ann@contoso.test']
}
const taking = (autoTrack: NonNullable<MailboxInput['autoTrack']>) => world({ ann: { autoTrack } })

const storedLetter = {
  type: 'email',
  owner: 'ann',
  state: 'completed',
  status: 'received',
  fields: { messageid: '<1@client.test>', directioncode: 'incoming', subject: 'Hello' }
}

describe('checkIncoming', () => {
  test('each code has the product’s number', async () => {
    const all = taking('all').engine()
    expect(await all.checkIncoming('ann', message)).toEqual({ shouldDeliver: true, code: 'accept-all', answer: 6 })
    expect(await all.checkIncoming('ann', { ...message, from: 'nobody' })).toEqual({
      shouldDeliver: false,
      code: 'invalid-sender',
      answer: 7
    })
    const replies = taking('replies').engine()
    expect(await replies.checkIncoming('ann', message)).toMatchObject({ code: 'no-correlation-match', answer: 1 })
    const toNobody = { ...message, to: ['else@client.test'] }
    expect(await replies.checkIncoming('ann', toNobody)).toMatchObject({ code: 'no-recipient-match', answer: 3 })
  })

  test('a known sender, a message that is stored, one that continues it', async () => {
    const known = taking('known-senders')
    known.records.host.put({ type: 'contact', owner: 'ann', fields: { emailaddress1: 'li@client.test' } })
    expect(await known.engine().checkIncoming('ann', message)).toMatchObject({ code: 'sender-match', answer: 5 })
    const { engine, records } = taking('replies')
    records.host.put(storedLetter)
    expect(await engine().checkIncoming('ann', message)).toMatchObject({
      shouldDeliver: false,
      code: 'already-tracked',
      answer: 0
    })
    const reply = { ...message, messageId: '<2@client.test>', inReplyTo: '<1@client.test>' }
    expect(await engine().checkIncoming('ann', reply)).toMatchObject({
      shouldDeliver: true,
      code: 'correlation-match',
      answer: 2
    })
  })

  test('between two users, where those are stored once', async () => {
    const { engine } = world({ ann: { autoTrack: 'all' }, settings: { internalAsTwo: false } })
    const internal = { ...message, from: 'ann@contoso.test' }
    expect(await engine().checkIncoming('ann', internal)).toMatchObject({ code: 'internal-email', answer: 4 })
  })

  test('the steps before are not asked: no start date, no switch for the probe', async () => {
    const { engine } = world({ ann: { autoTrack: 'all', probing: false, startDate: '2030-01-01T00:00:00Z' } })
    expect((await engine().checkIncoming('ann', message)).code).toBe('accept-all')
  })

  test('a mailbox that may not be used takes nothing', async () => {
    const closed = world({ ann: { autoTrack: 'all', approved: false } })
    expect(await closed.engine().checkIncoming('ann', message)).toEqual({ shouldDeliver: false, code: 'not-approved' })
    const off = world({ ann: { autoTrack: 'all', enabled: { incoming: false } } })
    expect((await off.engine().checkIncoming('ann', message)).code).toBe('incoming-disabled')
  })

  test('it says what the cycle then does, and writes nothing itself', async () => {
    const { engine, mail, records } = taking('all')
    const said = await engine().checkIncoming('ann', message)
    expect(records.host.all()).toEqual([])
    mail.host.put({ kind: 'email', fields: message })
    const report = await engine().sync('ann')
    expect(report.decisions.map(({ code }) => code)).toEqual([said.code])
    expect((await engine().checkIncoming('ann', message)).code).toBe('already-tracked')
  })
})

describe('checkPromote', () => {
  test('uniqueness alone: Message-ID and direction (D1)', async () => {
    const { engine, records } = taking('none')
    const ask = { messageId: '1@client.test', direction: 'incoming' } as const
    expect(await engine().checkPromote('ann', ask)).toEqual({ shouldDeliver: true, code: 'gesture' })
    records.host.put(storedLetter)
    expect(await engine().checkPromote('ann', ask)).toEqual({
      shouldDeliver: false,
      code: 'already-tracked',
      answer: 0
    })
    expect((await engine().checkPromote('ann', { ...ask, direction: 'outgoing' })).shouldDeliver).toBe(true)
    expect((await engine().checkPromote('ann', { ...ask, messageId: '<2@client.test>' })).shouldDeliver).toBe(true)
  })

  test('without a Message-ID nothing is known to be stored', async () => {
    expect((await taking('none').engine().checkPromote('ann', { direction: 'incoming' })).shouldDeliver).toBe(true)
  })
})
