/** A15, A18: messages whose text nobody can read, and mailboxes that are not to be asked about. */
import { describe, expect, test } from 'vitest'
import type { MailStore } from '../../src/engine/ports.js'
import { ok } from '../../src/model/index.js'
import { addressOf, House } from './house.js'

const head = {
  messageId: '<note@far.test>',
  from: 'otto@far.test',
  to: [addressOf('ann')],
  subject: 'Sealed',
  receivedAt: '2026-03-02T08:00:00Z'
}

/** The text of every message is a content that cannot be opened, as that of one under rights management. */
const sealed = (mail: MailStore): MailStore => ({
  ...mail,
  read: async (refs) => {
    const answer = await mail.read(refs)
    if (answer._tag === 'Left') return answer
    const contents = [{ part: 'body', type: 'text/plain', bytes: 6, digest: '00' }]
    return ok(
      answer.right.map((one) => (one._tag === 'Known' ? { ...one, snapshot: { ...one.snapshot, contents } } : one))
    )
  },
  // biome-ignore lint/correctness/useYield: what it throws is all that it does
  content: async function* () {
    throw new Error('sealed')
  }
})

describe('A15: a message whose text cannot be read', () => {
  test('is stored without it, and the facts say so', async () => {
    const house = new House({ boxes: { ann: { autoTrack: 'all' } }, wrapMail: sealed })
    house.box('ann').put({ kind: 'email', fields: head })
    const report = await house.sync('ann')
    const [stored] = house.emails()
    expect(stored?.fields).toMatchObject({ subject: 'Sealed' })
    expect(stored?.fields).not.toHaveProperty('description')
    expect(report.decisions.map(({ code, facts }) => [code, facts['dropped']])).toEqual([
      ['accept-all', ['body: could not be read']]
    ])
  })
})

describe('A18: a mailbox that is not to be asked about', () => {
  test('tracks nothing by itself, and everything by hand', async () => {
    const house = new House({ boxes: { ann: { autoTrack: 'all', probing: false } } })
    const ref = house.box('ann').put({ kind: 'email', fields: head })
    const probes: Array<unknown> = []
    await house.sync('ann', { onProbe: (probe) => probes.push(probe) })
    expect([house.emails().length, probes]).toEqual([0, []])
    await house.engine('ann').track('ann', ref)
    await house.sync('ann', { onProbe: (probe) => probes.push(probe) })
    expect([house.emails().length, probes]).toEqual([1, []])
  })
})
