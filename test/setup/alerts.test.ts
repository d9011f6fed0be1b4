/** Alerts (E2): each is told once, at its level, and what is told holds no value of anybody's mail. */
import { describe, expect, test } from 'vitest'
import { type AlertState, alertsOf, type CycleReport } from '../../src/index.js'
import { minutes, told, world } from './world.js'

const waiting = {
  type: 'email',
  owner: 'ann',
  state: 'completed',
  status: 'pendingSend',
  fields: { subject: 'The secret plan', sender: 'ann@contoso.test', torecipients: ['li@client.test'] }
}

describe('a mailbox that is not approved (A13)', () => {
  test('one alert, not one per cycle, also where the process starts anew', async () => {
    const { engine, alerts } = world({ ann: { approved: false } })
    for (const _ of [1, 2, 3]) await engine().sync('ann')
    expect(told(alerts)).toEqual(['error not-approved'])
    expect(JSON.parse(JSON.stringify(alerts))).toEqual(alerts)
  })

  test('approved, and then no longer: told again', async () => {
    const { engine, alerts } = world()
    await engine({ approved: false }).sync('ann')
    await engine().sync('ann')
    await engine({ approved: false }).sync('ann')
    expect(told(alerts)).toEqual(['error not-approved', 'error not-approved'])
  })

  test('a dry run tells nothing, and remembers nothing', async () => {
    const { engine, alerts } = world({ ann: { approved: false } })
    await engine().plan('ann')
    expect(alerts).toEqual([])
    await engine().sync('ann')
    expect(told(alerts)).toEqual(['error not-approved'])
  })

  test('a deactivated user disables the mailbox, until he is active again', async () => {
    const { engine, alerts } = world()
    const report = await engine({ active: false }).sync('ann')
    expect([report.outcome, report.stoppedBy?.code, report.nextDelayMs]).toEqual([
      'failed',
      'mailbox-disabled',
      undefined
    ])
    await engine({ active: false }).sync('ann')
    expect(told(alerts)).toEqual(['error mailbox-disabled'])
    expect((await engine().sync('ann')).outcome).toBe('completed')
  })
})

describe('failures of the mailbox (5.2)', () => {
  test('a permanent one: an error at once, and no more while it is disabled', async () => {
    const { engine, alerts, faults } = world()
    faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
    for (const _ of [1, 2]) await engine().sync('ann')
    expect(told(alerts)).toEqual(['error mailbox-disabled'])
    expect(alerts[0]?.facts).toEqual({ error: 'SignInRequired', side: 'mail', failures: 0 })
  })

  test('transient ones: a warning each, where warnings are on, and an error at the tenth', async () => {
    const { engine, alerts, faults, time } = world({ alerts: { warning: true } })
    faults.add({ store: 'mail', op: 'changes', error: 'transient', times: 20 })
    for (let cycle = 0; cycle < 12; cycle += 1) {
      await engine().sync('ann')
      time.nowMs += 5 * minutes
    }
    expect(told(alerts)).toEqual([...Array(9).fill('warning retry-later'), 'error mailbox-disabled'])
    expect(alerts.map(({ facts }) => facts['failures'])).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('warnings are off, errors and information on, unless said otherwise', async () => {
    const { engine, alerts, faults } = world()
    faults.add({ store: 'mail', op: 'changes', error: 'transient' })
    await engine().sync('ann')
    expect(alerts).toEqual([])
    const deaf = world({ ann: { approved: false }, alerts: { error: false } })
    await deaf.engine().sync('ann')
    expect(deaf.alerts).toEqual([])
  })

  test('enabled again and failing again is told again', async () => {
    const { engine, alerts, faults } = world()
    for (const _ of [1, 2]) {
      faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
      await engine().sync('ann')
      await engine().enable('ann')
      faults.clear()
    }
    expect(told(alerts)).toEqual(['error mailbox-disabled', 'error mailbox-disabled'])
  })

  test('an item that fails stands on the item, and raises none (E1)', async () => {
    const { engine, alerts, faults, mail } = world({ alerts: { warning: true } })
    const [a] = ['a', 'b'].map((name) => mail.host.put({ kind: 'contact', fields: { givenName: name, surname: name } }))
    await engine().track('ann', [a ?? ''])
    faults.add({ store: 'records', op: 'create', error: 'invalid', times: 9 })
    const report = await engine().sync('ann')
    expect(report.counts.failed).toBe(1)
    expect(alerts).toEqual([])
  })

  test('a listener that throws changes nothing, and the log says so', async () => {
    const logged: Array<string> = []
    const { engine } = world({
      ann: { approved: false },
      onAlert: () => {
        throw new Error('mine')
      },
      log: ({ level, message }) => logged.push(`${level} ${message}`)
    })
    expect((await engine().sync('ann')).stoppedBy?.code).toBe('not-approved')
    expect(logged).toContain('error the listener for alerts threw')
  })
})

describe('a message waits, and the mailbox cannot send (O3)', () => {
  test('once while it lasts; no error on the record, and none of its words in the alert', async () => {
    const { engine, alerts, records, time } = world({ can: { sends: false } })
    records.host.put(waiting)
    for (const _ of [1, 2, 3]) {
      await engine().sync('ann')
      time.nowMs += 5 * minutes
    }
    expect(told(alerts)).toEqual(['error retry-later outgoing'])
    expect(JSON.stringify(alerts)).not.toContain('secret')
    expect(records.host.all().map(({ status }) => status)).toEqual(['pendingSend'])
  })

  test('sent meanwhile, the next one that waits is told anew', async () => {
    const { engine, alerts, records, time } = world()
    for (const _ of [1, 2]) {
      records.host.put(waiting)
      await engine({ enabled: { outgoing: false } }).sync('ann')
      time.nowMs += 5 * minutes
      await engine().sync('ann')
      time.nowMs += 5 * minutes
    }
    expect(told(alerts)).toEqual(['error retry-later outgoing', 'error retry-later outgoing'])
  })
})

describe('whoever sends is refused (5.2)', () => {
  test('that direction alone is disabled; the mailbox is read as before, until somebody enables it again', async () => {
    const { engine, alerts, faults, mail, records, time } = world({ ann: { autoTrack: 'all' } })
    records.host.put(waiting)
    faults.add({ store: 'mail', op: 'create', error: 'unauthorized' })
    const refused = await engine().sync('ann')
    expect([refused.outcome, refused.stoppedBy?.code]).toEqual(['failed', 'mailbox-disabled'])
    expect(refused.nextDelayMs).toBeGreaterThan(0)
    const letter = { messageId: '<1@x>', from: 'li@client.test', to: ['ann@contoso.test'] }
    mail.host.put({ kind: 'email', fields: letter })
    for (const _ of [1, 2]) {
      time.nowMs += 5 * minutes
      expect((await engine().sync('ann')).outcome).toBe('completed')
    }
    expect(records.host.all().map(({ status }) => status)).toEqual(['pendingSend', 'received'])
    expect(told(alerts)).toEqual(['error mailbox-disabled outgoing'])
    await engine().enable('ann')
    time.nowMs += 5 * minutes
    await engine().sync('ann')
    expect(mail.host.messages.sent).toBe(1)
    expect(told(alerts)).toEqual(['error mailbox-disabled outgoing'])
  })

  test('where the mailbox refuses to be read too, the next cycle disables it', async () => {
    const { engine, alerts, faults, records } = world()
    records.host.put(waiting)
    faults.add({ store: 'mail', op: 'create', error: 'unauthorized' })
    await engine().sync('ann')
    faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
    expect((await engine().sync('ann')).nextDelayMs).toBeUndefined()
    expect(told(alerts)).toEqual(['error mailbox-disabled outgoing', 'error mailbox-disabled'])
  })

  test('a mailbox that only sends is disabled as a whole', async () => {
    const { engine, alerts, faults, records } = world({ ann: { enabled: { incoming: false } } })
    records.host.put(waiting)
    faults.add({ store: 'mail', op: 'create', error: 'unauthorized' })
    await engine().sync('ann')
    expect(told(alerts)).toEqual(['error mailbox-disabled'])
  })
})

describe('alertsOf', () => {
  const report = (over: Partial<CycleReport>): CycleReport =>
    ({ mailbox: 'ann', outcome: 'completed', endedAtMs: 5, ...over }) as CycleReport
  const state = (over: Partial<AlertState> = {}): AlertState => ({ pace: { emptyCycles: 0, failures: 0 }, ...over })

  test('ALERT-1: the same trouble in two cycles that follow each other is told once', () => {
    const troubles = ['not-approved', 'inactive', 'taken', 'outgoing-disabled', 'cannot-send'] as const
    for (const trouble of troubles) {
      const standing = state({ troubles: [trouble] })
      expect(alertsOf(state(), standing, report({})).map(({ level }) => level)).toEqual(['error'])
      expect(alertsOf(standing, standing, report({}))).toEqual([])
    }
  })

  test('ALERT-2: a cycle that completed without a new trouble tells nothing', () => {
    expect(alertsOf(state(), state(), report({}))).toEqual([])
    expect(alertsOf(state({ troubles: ['taken'] }), state({ troubles: [] }), report({}))).toEqual([])
  })

  test('a throttled cycle, or one that was held, is no failure', () => {
    const stoppedBy = { code: 'throttled', tag: 'Throttled' } as const
    expect(alertsOf(state(), state(), report({ outcome: 'interrupted', stoppedBy }))).toEqual([])
    expect(alertsOf(state(), state(), report({ outcome: 'held' }))).toEqual([])
  })
})
