/** 4.4/5: a queue or a forward mailbox whose messages go once they are stored. */
import { describe, expect, test } from 'vitest'
import { minutes, world } from './world.js'

const messages = (count: number) =>
  Array.from({ length: count }, (_, n) => ({
    kind: 'email',
    fields: { messageId: `<m${n}@far.test>`, from: 'otto@far.test', to: ['ann@contoso.test'], subject: `Crate ${n}` }
  }))

describe('a queue whose messages go once they are stored', () => {
  const queue = { queue: true, autoTrack: 'all', deleteProcessed: true } as const

  test('the record stays, the item goes at the next cycle, however many there are', async () => {
    const { engine, mail, records, time, links } = world({
      ann: queue,
      preset: 'careful',
      settings: { firstCycle: 'apply' }
    })
    for (const message of messages(40)) mail.host.put(message)
    const ann = engine()
    await ann.sync('ann')
    const stored = () => records.host.all().filter(({ type }) => type === 'email')
    expect([stored().length, mail.host.all().length]).toEqual([40, 40])
    time.nowMs += 5 * minutes
    const report = await ann.sync('ann')
    expect([report.outcome, report.held, stored().length, mail.host.all().length]).toEqual(['completed', [], 40, 0])
    expect(await ann.explain('ann', 'record', stored()[0]?.ref ?? '')).toMatchObject({ code: 'kept-by-kind' })
    time.nowMs += 5 * minutes
    const quiet = await ann.sync('ann')
    expect([quiet.writes.mail.deleted, quiet.counts.looked]).toEqual([0, 0])
    const left = await links.walk({ tenant: 'default', mailbox: 'ann' }, undefined, 100)
    expect(left).toMatchObject({ _tag: 'Right', right: [] })
  })

  test('of a message that lies there twice both copies go', async () => {
    const { engine, mail, time } = world({ ann: queue })
    for (const message of [...messages(1), ...messages(1)]) mail.host.put(message)
    for (let cycles = 0; cycles < 2; cycles += 1) {
      await engine().sync('ann')
      time.nowMs += 5 * minutes
    }
    expect(mail.host.all()).toEqual([])
  })

  test('an answer that comes later still finds what it answers', async () => {
    const { engine, mail, records, time } = world({ ann: { ...queue, autoTrack: 'replies' } })
    const [first] = messages(1)
    const ref = mail.host.put(first ?? { kind: 'email', fields: {} })
    const ann = engine()
    await ann.track('ann', ref)
    for (let cycles = 0; cycles < 2; cycles += 1) {
      await ann.sync('ann')
      time.nowMs += 5 * minutes
    }
    mail.host.put({
      kind: 'email',
      fields: { ...first?.fields, messageId: '<re@far.test>', inReplyTo: '<m0@far.test>' }
    })
    await ann.sync('ann')
    expect(records.host.all().filter(({ type }) => type === 'email')).toHaveLength(2)
  })

  test('what nobody takes stays where it is', async () => {
    const { engine, mail, time } = world({ ann: { ...queue, autoTrack: 'none' } })
    for (const message of messages(3)) mail.host.put(message)
    for (let cycles = 0; cycles < 3; cycles += 1) {
      await engine().sync('ann')
      time.nowMs += 5 * minutes
    }
    expect(mail.host.all()).toHaveLength(3)
  })
})

test('a person’s own mailbox is refused, with its path', () => {
  expect(() => world().engine({ deleteProcessed: true })).toThrow(/mailboxes\.ann\.deleteProcessed: expected a queue/)
})
