/** E1: what fails of a server stands on its profile: it counts once for all mailboxes behind it, and against none. */
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { type Alert, createEngine, fail, type MailStore, type SyncError } from '../../src/index.js'
import { told } from './world.js'

const minuteMs = 60_000

/** Ann and Bob behind one server, Liv behind another. */
const house = () => {
  const time = { nowMs: Date.parse('2026-03-02T09:00:00Z') }
  const down: { error: SyncError | undefined } = { error: undefined }
  const alerts: Array<Alert> = []
  const behind = (mail: MailStore): MailStore => ({
    ...mail,
    changes: async (...given) => (down.error === undefined ? mail.changes(...given) : fail(down.error))
  })
  const mailboxOf = (id: string, profile: string) => ({
    address: `${id}@contoso.test`,
    profile,
    mail: profile === 'first' ? behind(memoryMail().port) : memoryMail().port
  })
  const engine = createEngine({
    mailboxes: { ann: mailboxOf('ann', 'first'), bob: mailboxOf('bob', 'first'), liv: mailboxOf('liv', 'second') },
    records: memoryRecords().port,
    links: memoryLinks({ clock: () => time.nowMs }),
    preset: 'dynamics',
    clock: () => time.nowMs,
    onAlert: (alert) => alerts.push(alert)
  })
  const sync = async (id: string) => {
    time.nowMs += 5 * minuteMs
    const { outcome, stoppedBy } = await engine.sync(id)
    return [outcome, stoppedBy?.code]
  }
  return { engine, down, alerts, sync }
}

describe('a server that refuses everybody', () => {
  test('disables its mailboxes with the first that meets it, and no other; one person enables all of them', async () => {
    const { engine, down, alerts, sync } = house()
    down.error = { _tag: 'SignInRequired', side: 'mail', profile: true }
    expect(await sync('ann')).toEqual(['failed', 'mailbox-disabled'])
    down.error = undefined
    expect(await sync('bob')).toEqual(['failed', 'mailbox-disabled'])
    expect(await sync('ann')).toEqual(['failed', 'mailbox-disabled'])
    expect(await sync('liv')).toEqual(['completed', undefined])
    expect(alerts.map(({ mailbox }) => mailbox)).toEqual(['ann', 'bob'])
    expect(told(alerts)).toEqual(['error mailbox-disabled', 'error mailbox-disabled'])
    await engine.enable('bob')
    expect([await sync('ann'), await sync('bob')]).toEqual([
      ['completed', undefined],
      ['completed', undefined]
    ])
  })
})

describe('a server that fails now and then', () => {
  const failing: SyncError = { _tag: 'Transient', profile: true }

  test('is disabled by the tenth failure in a row, whichever mailboxes have met them', async () => {
    const { down, sync } = house()
    down.error = failing
    for (let tries = 1; tries < 10; tries += 1)
      expect(await sync(tries % 2 === 0 ? 'ann' : 'bob')).toEqual(['failed', 'retry-later'])
    expect(await sync('ann')).toEqual(['failed', 'mailbox-disabled'])
    down.error = undefined
    expect(await sync('bob')).toEqual(['failed', 'mailbox-disabled'])
  })

  test('begins to count anew with a success, and its failures are no mailbox’s', async () => {
    const { down, sync } = house()
    for (const error of [failing, undefined, failing]) {
      down.error = error
      for (let tries = 0; tries < (error === undefined ? 1 : 9); tries += 1) await sync('ann')
    }
    down.error = { _tag: 'Transient' }
    expect(await sync('ann')).toEqual(['failed', 'retry-later'])
    down.error = undefined
    expect(await sync('bob')).toEqual(['completed', undefined])
  })
})
