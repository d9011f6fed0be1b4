/** What the workloads of a mailbox share, and what each has for itself: nothing of one is lost in a cycle of the other. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { CycleReport, Engine, LinkStore, SyncOptions, Workload } from '../../src/index.js'
import { stepped } from '../../src/index.js'
import { runs } from '../runs.js'
import { minutes, told, world } from '../setup/world.js'
import { run } from '../simulation/crash.js'
import { apart } from './apart.js'

const hour = 60 * minutes
const email: SyncOptions = { workloads: ['email'] }
const act: SyncOptions = { workloads: ['act'] }

const letter = (n: number, more: object = {}) => ({
  kind: 'email',
  fields: { messageId: `<${n}@x>`, from: 'li@client.test', to: ['ann@contoso.test'], subject: `S${n}`, ...more }
})

const card = (surname: string) => ({ kind: 'contact', fields: { surname } })

const stateOf = async (links: LinkStore) => {
  const answer = await links.state('default', 'mailbox/ann')
  return answer._tag === 'Right' ? (answer.right ?? {}) : {}
}

const rowsOf = async (links: LinkStore, nowMs: number) => {
  const key = { tenant: 'default', mailbox: 'ann' }
  const answers = await Promise.all([links.pending(key, 99), links.inbox(key, 0, 99), links.due(key, 99, nowMs)])
  return answers.map((answer) => (answer._tag === 'Right' ? answer.right.length : 0))
}

describe('a cycle of one workload', () => {
  test('leaves feeds, gestures, inbox and what is due of the other where they are; they are done in its own', async () => {
    const { engine, mail, records, links, faults, time } = world({ ann: { autoTrack: 'all' } })
    await engine().sync('ann')
    const cursors = (await stateOf(links))['cursors'] as { readonly [scope: string]: string }
    const [first = '', second = ''] = ['a', 'b'].map((name) => mail.host.put(card(name)))
    await engine().track('ann', [first])
    faults.add({ store: 'records', op: 'create', error: 'forbidden' })
    await engine().sync('ann', act)
    await engine().track('ann', [second])
    const record = records.host.put({ type: 'contact', owner: 'ann', fields: { lastname: 'c' } })
    mail.host.put(letter(1))
    time.nowMs += 5 * minutes
    // The feed of contacts goes on while somebody else reads it: what it named waits in the inbox.
    await engine().plan('ann')
    const before = await rowsOf(links, time.nowMs)
    const report = await engine().sync('ann', email)
    expect([report.outcome, records.host.all().map(({ type }) => type)]).toEqual(['completed', ['contact', 'email']])
    expect(await rowsOf(links, time.nowMs)).toEqual(before)
    const now = (await stateOf(links))['cursors'] as { readonly [scope: string]: string }
    expect(now['email']).not.toBe(cursors['email'])
    expect(now['appointment']).toBe(cursors['appointment'])
    await engine().sync('ann', act)
    expect(
      records.host
        .all()
        .map(({ fields }) => fields['lastname'] ?? '')
        .sort()
    ).toEqual(['', 'a', 'b', 'c'])
    expect(mail.host.all().filter(({ marker }) => marker?.record === record)).toHaveLength(1)
    await engine().sync('ann', act)
    expect(await rowsOf(links, time.nowMs)).toEqual([0, 0, 0])
  })

  test('of which the mailbox has nothing asks nobody for anything', async () => {
    const { engine } = world({ can: { kinds: ['contact'] } })
    const { calls, outcome } = await engine().sync('ann', email)
    expect([outcome, Object.keys(calls).filter((call) => !call.startsWith('links.'))]).toEqual(['completed', []])
  })

  test('a workload that there is none of is refused, and so is none at all', async () => {
    const { engine } = world()
    for (const workloads of [[], ['mail'], 'act', [null]] as unknown as ReadonlyArray<ReadonlyArray<Workload>>) {
      const asked = engine().sync('ann', { workloads })
      if (workloads === ('act' as unknown)) expect((await asked).outcome).toBe('completed')
      else await expect(asked).rejects.toThrow(/workloads: expected/)
    }
  })

  test('that reads the feeds of others for the names that its items show takes nothing from them', async () => {
    const { engine, mail, records, time } = world({ settings: { companyFromParent: true } })
    await engine().sync('ann')
    time.nowMs += 5 * minutes
    const fields = { subject: 'Hello', sender: 'ann@contoso.test', torecipients: ['li@client.test'] }
    records.host.put({ type: 'email', owner: 'ann', state: 'completed', status: 'pendingSend', fields })
    await engine().sync('ann', act)
    expect(mail.host.messages.sent).toBe(0)
    await engine().sync('ann', email)
    expect(mail.host.messages.sent).toBe(1)
  })

  test('settles what a cycle of the other had begun when it died', async () => {
    const { engine, mail, records, faults } = world()
    await engine().sync('ann')
    const item = mail.host.put(card('a'))
    await engine().track('ann', item)
    // The record is made, and the process dies before the link is.
    faults.add({ store: 'links', op: 'commit', error: 'crash', after: 1 })
    await engine()
      .sync('ann', act)
      .catch(() => undefined)
    expect(records.host.all()).toHaveLength(1)
    await engine().sync('ann', email)
    expect((await engine().status('ann', item)) === 'tracked').toBe(true)
    await engine().sync('ann', act)
    expect(records.host.all()).toHaveLength(1)
  })

  test('a person is asked by the category in both, once it has another name', async () => {
    const { engine, mail, records } = world()
    mail.host.put({ ...letter(1), categories: ['Mine'] })
    mail.host.put({ kind: 'task', fields: { subject: 'T' }, categories: ['Mine'] })
    await engine().sync('ann')
    expect(records.host.all()).toEqual([])
    const renamed = engine({}, { settings: { category: 'Mine' } })
    await renamed.sync('ann', email)
    await renamed.sync('ann', act)
    expect(
      records.host
        .all()
        .map(({ type }) => type)
        .sort()
    ).toEqual(['email', 'task'])
  })

  test('what time has moved out of a filter is known to have left by time, however often e-mail was looked at', async () => {
    const at = (nowMs: number, days: number) => new Date(nowMs + days * 24 * hour).toISOString()
    const { engine, records, time, mail } = world({
      ann: { filters: { task: [{ field: 'scheduledend', op: 'next-x-days', value: 3 }] } }
    })
    const record = records.host.put({
      type: 'task',
      owner: 'ann',
      fields: { subject: 'T', scheduledend: at(time.nowMs, 2) }
    })
    await engine().sync('ann')
    expect(mail.host.all()).toHaveLength(1)
    for (let day = 0; day < 4; day += 1) {
      time.nowMs += 24 * hour
      await engine().sync('ann', email)
    }
    await engine().sync('ann', act)
    expect((await engine().explain('ann', 'record', record)).code).toBe('left-filter-by-time')
  })

  test('what was decided last of a contact is still said of it when e-mail has been looked at since', async () => {
    const { engine, mail, records } = world()
    const item = mail.host.put(card('a'))
    await engine().track('ann', item)
    await engine().sync('ann')
    mail.host.edit(item, { set: { jobTitle: 'Engineer' } })
    await engine().sync('ann', act)
    await engine().sync('ann', email)
    expect((await engine().explain('ann', 'mail', item)).code).toBe('to-record')
    await engine().sync('ann', act)
    expect((await engine().explain('ann', 'mail', item)).code).toBe('unchanged')
    expect(records.host.all()).toHaveLength(1)
  })

  test('the rolling audit of each goes on where its own has stopped', async () => {
    const { engine, mail, records, time } = world({
      ann: { autoTrack: 'all' },
      can: { deletionsInFeed: false },
      settings: { contactDeleteFromMail: 'owner' }
    })
    const cards = Array.from({ length: 15 }, (_, n) => mail.host.put(card(`c${n}`)))
    await engine().track('ann', cards)
    for (let n = 0; n < 15; n += 1) mail.host.put(letter(n))
    await engine().sync('ann')
    mail.host.remove(cards[3] ?? '')
    await engine().sync('ann', email)
    time.nowMs += 5 * minutes
    expect(records.host.all()).toHaveLength(30)
    await engine().sync('ann', act)
    expect(records.host.all()).toHaveLength(29)
  })

  test('its hour for each: the slice of one is none of the other', async () => {
    const { engine, time } = world()
    await engine().sync('ann')
    const walks = async (asked: SyncOptions) => (await engine().sync('ann', asked)).calls['links.walk']
    expect([await walks(email), await walks(act)]).toEqual([undefined, undefined])
    time.nowMs += 61 * minutes
    expect([await walks(email), await walks(act)]).toEqual([1, 1])
    expect([await walks(email), await walks(act)]).toEqual([undefined, undefined])
    time.nowMs += 61 * minutes
    // In one cycle they share it.
    expect(await walks({})).toBe(1)
  })

  test('a message that cannot be sent is told once, however often the other is looked at', async () => {
    const { engine, alerts, records, time } = world({ can: { sends: false } })
    const fields = { subject: 'Hello', sender: 'ann@contoso.test', torecipients: ['li@client.test'] }
    records.host.put({ type: 'email', owner: 'ann', state: 'completed', status: 'pendingSend', fields })
    for (const asked of [email, act, email, act, email]) {
      await engine().sync('ann', asked)
      time.nowMs += 5 * minutes
    }
    expect(told(alerts)).toEqual(['error retry-later outgoing'])
  })
})

describe('the first cycle of each waits for its own yes', () => {
  const careful = () => {
    const made = world({ preset: 'careful', ann: { autoTrack: 'all' } })
    made.mail.host.put(letter(1))
    const item = made.mail.host.put(card('a'))
    return { ...made, item }
  }
  const heldIn = ({ held }: CycleReport) => held.map(({ guard }) => guard)
  const types = (made: ReturnType<typeof careful>) =>
    made.records.host
      .all()
      .map(({ type }) => type)
      .sort()

  test('a yes to the messages is none to the contacts, also where one cycle does both', async () => {
    const made = careful()
    await made.engine().track('ann', made.item)
    const report = await made.engine().sync('ann', email)
    expect(heldIn(report)).toEqual(['first-cycle'])
    await made.engine().approve('ann', report.held[0]?.planHash ?? '')
    expect((await made.engine().sync('ann', email)).outcome).toBe('completed')
    expect(types(made)).toEqual(['email'])
    expect(heldIn(await made.engine().sync('ann', act))).toEqual(['first-cycle'])
    made.mail.host.put(letter(2))
    const both = await made.engine().sync('ann')
    expect([both.outcome, heldIn(both)]).toEqual(['completed', ['first-cycle']])
    expect(types(made)).toEqual(['email', 'email'])
    await made.engine().approve('ann', both.held[0]?.planHash ?? '')
    await made.engine().sync('ann')
    expect(types(made)).toEqual(['contact', 'email', 'email'])
  })

  test('`apply` is a yes to both, in whatever order they come, and to nothing after that', async () => {
    for (const order of [
      [email, act],
      [act, email]
    ]) {
      const made = careful()
      await made.engine().track('ann', made.item)
      await made.engine().approve('ann', 'apply')
      for (const asked of order) await made.engine().sync('ann', asked)
      expect(types(made)).toEqual(['contact', 'email'])
      expect((await rowsOf(made.links, made.time.nowMs))[0]).toBe(0)
    }
  })
})

describe('paces', () => {
  const delays = async (engine: Engine) => {
    const { email: mails, act: rest } = await engine.nextRun('ann')
    return [mails?.dueAtMs, rest?.dueAtMs]
  }

  test('together they are one, with the sum of the changes; apart each has its own', async () => {
    const put = (made: ReturnType<typeof world>) => {
      for (let n = 0; n < 60; n += 1) made.mail.host.put(letter(n))
    }
    const one = world({ ann: { autoTrack: 'all' } })
    put(one)
    await one.engine().sync('ann')
    expect(await delays(one.engine())).toEqual([one.time.nowMs + 2 * minutes, one.time.nowMs + 2 * minutes])
    expect((await stateOf(one.links))['act']).toBeUndefined()
    const two = world({ ann: { autoTrack: 'all' } })
    put(two)
    const report = await two.engine().sync('ann', { workloads: ['email', 'act'] })
    expect(await delays(two.engine())).toEqual([two.time.nowMs + 2 * minutes, two.time.nowMs + 5 * minutes])
    expect([report.nextDelayMs, report.nextReason]).toEqual([2 * minutes, 'busy'])
    two.time.nowMs += 5 * minutes
    await two.engine().sync('ann', act)
    expect((await two.engine().nextRun('ann')).act?.dueAtMs).toBe(two.time.nowMs + 6 * minutes)
    // Together again both move.
    two.time.nowMs += 5 * minutes
    await two.engine().sync('ann')
    expect(await delays(two.engine())).toEqual([two.time.nowMs + 5 * minutes, two.time.nowMs + 7 * minutes])
  })

  test('a document of before is read: its pace is that of both', async () => {
    const { engine, links, time } = world({ can: { kinds: ['email', 'contact'] } })
    const lease = await links.lease('default', 'mailbox/ann', 'x', 1000)
    if (lease._tag === 'Left' || lease.right._tag === 'Busy') throw new Error('no lease')
    const old = { cycles: 9, cursors: {}, epochs: {}, shapes: {}, rebases: {}, memberships: {}, links: {}, deletes: [] }
    const document = { ...old, held: [], committed: true, pace: { emptyCycles: 4, failures: 2 } }
    await links.transact({ lease: lease.right.lease, mailbox: 'ann', state: [{ name: 'mailbox/ann', document }] })
    await links.release(lease.right.lease)
    await engine().sync('ann', act)
    await engine().sync('ann', email)
    expect(await delays(engine())).toEqual([time.nowMs + 9 * minutes, time.nowMs + 9 * minutes])
    expect((await stateOf(links))['committed']).toBe(true)
  })

  test('failures count for each: the tenth of one disables it, and the other goes on; enabled again both are due, counts 0', async () => {
    const { engine, faults, alerts, time, mail, records } = world({ ann: { autoTrack: 'all' } })
    await engine().sync('ann')
    for (let cycle = 0; cycle < 12; cycle += 1) {
      time.nowMs += 5 * minutes
      faults.add({ store: 'mail', op: 'changes', error: 'transient' })
      await engine().sync('ann', email)
      faults.clear()
      expect((await engine().sync('ann', act)).outcome).toBe('completed')
    }
    expect(alerts).toMatchObject([
      { level: 'error', code: 'mailbox-disabled', facts: { workload: 'email', failures: 10 } }
    ])
    expect(await engine().sync('ann', email)).toMatchObject({
      outcome: 'failed',
      stoppedBy: { code: 'mailbox-disabled' }
    })
    const message = mail.host.put(letter(1))
    await engine().track('ann', mail.host.put(card('a')))
    expect((await engine().sync('ann')).outcome).toBe('completed')
    expect(records.host.all().map(({ type }) => type)).toEqual(['contact'])
    expect((await engine().explain('ann', 'mail', message)).code).toBe('mailbox-disabled')
    expect((await engine().nextRun('ann')).email).toMatchObject({ reason: 'disabled' })
    await engine().enable('ann')
    expect(await delays(engine())).toEqual([time.nowMs, time.nowMs])
    await engine().sync('ann', email)
    expect(
      records.host
        .all()
        .map(({ type }) => type)
        .sort()
    ).toEqual(['contact', 'email'])
  })

  test('what fails for good disables the whole mailbox; a server that asks for silence asks it of both', async () => {
    const { engine, faults, time } = world()
    await engine().sync('ann')
    time.nowMs += 4 * minutes
    faults.add({ store: 'mail', op: 'changes', error: 'throttled', retryAfterMs: hour })
    await engine().sync('ann', email)
    expect(await delays(engine())).toEqual([time.nowMs + hour, time.nowMs + hour])
    expect((await engine().nextRun('ann')).act?.reason).toBe('throttled')
    faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
    await engine().sync('ann', act)
    expect(await delays(engine())).toEqual([undefined, undefined])
    expect((await engine().sync('ann', email)).stoppedBy?.code).toBe('mailbox-disabled')
  })

  test('a policy for each: contacts, appointments and tasks up to 15 minutes', async () => {
    const { engine, time } = world({ schedule: { act: { idleDelayMsMax: 15 * minutes } } })
    for (let cycle = 0; cycle < 20; cycle += 1) await engine().sync('ann', { workloads: ['email', 'act'] })
    expect(await delays(engine())).toEqual([time.nowMs + 12 * minutes, time.nowMs + 15 * minutes])
    expect((await engine().sync('ann')).nextDelayMs).toBe(stepped.idleDelayMsMax)
  })
})

describe('two calls of one engine at once', () => {
  test('the second finds the mailbox busy, and writes nothing twice', async () => {
    const { engine, mail, records } = world()
    const one = engine()
    await one.sync('ann')
    await one.track('ann', mail.host.put(card('a')))
    const reports = await Promise.all([one.sync('ann'), one.sync('ann'), one.sync('ann', act)])
    expect(reports.map(({ outcome }) => outcome).sort()).toEqual(['completed', 'interrupted', 'interrupted'])
    expect(records.host.all()).toHaveLength(1)
    expect((await one.sync('ann')).outcome).toBe('completed')
  })

  test('a cycle that hangs is taken over once its lease has run out, and can write nothing any more', async () => {
    let release: (() => void) | undefined
    const hanging = new Promise<void>((resolve) => {
      release = resolve
    })
    let hangs = false
    const { engine, mail, records, time } = world({
      wrap: (store) => ({
        ...store,
        read: async (refs) => {
          if (hangs) await hanging
          return store.read(refs)
        }
      })
    })
    const one = engine()
    await one.sync('ann')
    await one.track('ann', mail.host.put(card('a')))
    hangs = true
    const late = one.sync('ann')
    await new Promise((resolve) => setTimeout(resolve, 20))
    hangs = false
    expect((await one.sync('ann')).outcome).toBe('interrupted')
    time.nowMs += 11 * minutes
    expect((await one.sync('ann')).outcome).toBe('completed')
    release?.()
    expect(await late).toMatchObject({ outcome: 'interrupted', stoppedBy: { tag: 'LeaseLost' } })
    expect(records.host.all()).toHaveLength(1)
    expect((await one.sync('ann')).outcome).toBe('completed')
  })
})

describe('cycles run apart in any order', () => {
  const steps = fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.constant({ sync: 'ann' }) },
      ...[0, 1].flatMap((n) => [
        {
          weight: 1,
          arbitrary: fc.constantFrom('B', 'C', '').map((jobTitle) => ({ editMail: `m${n}`, set: { jobTitle } }))
        },
        {
          weight: 1,
          arbitrary: fc.constantFrom('X', 'Y').map((nickname) => ({ editRecord: `r${n}`, set: { nickname } }))
        }
      ]),
      { weight: 1, arbitrary: fc.constantFrom('PT1H', 'P1D', 'P2D').map((advance) => ({ advance })) },
      { weight: 2, arbitrary: fc.nat(2).map((n) => ({ createMail: `e${n}`, mailbox: 'ann', ...letter(n) })) },
      {
        weight: 1,
        arbitrary: fc.nat(2).map((n) => ({
          createRecord: `t${n}`,
          type: 'task',
          owner: 'ann',
          fields: { subject: `T${n}`, scheduledend: `2026-03-0${n + 3}T10:00:00Z` }
        }))
      },
      { weight: 1, arbitrary: fc.constant({ track: 'm1' }) },
      { weight: 1, arbitrary: fc.constant({ untrack: 'm0' }) },
      { weight: 1, arbitrary: fc.constant({ deleteRecord: 'r0' }) }
    ),
    { minLength: 4, maxLength: 14 }
  )

  /** What is made twice, or touched after it has gone, is left out. */
  const possible = (drawn: ReadonlyArray<{ readonly [step: string]: unknown }>) => {
    const seen = new Set<unknown>()
    return drawn.filter((step) => {
      const made = step['createMail'] ?? step['createRecord'] ?? step['deleteRecord']
      if (made !== undefined && seen.has(made)) return false
      if (made !== undefined) seen.add(made)
      return !seen.has('r0') || (step['editRecord'] !== 'r0' && step['editMail'] !== 'm0' && step['untrack'] !== 'm0')
    })
  }
  const ways: ReadonlyArray<ReadonlyArray<Workload>> = [
    ['email', 'act'],
    ['act', 'email']
  ]

  test('end in the world of whole ones, with the same conflicts and nothing twice', async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.array(fc.nat(3), { minLength: 1, maxLength: 6 }), async (drawn, choices) => {
        const scenario = {
          id: 'apart',
          now: '2026-03-02T09:00:00Z',
          given: {
            users: { ann: { address: 'ann@contoso.test' } },
            mailboxes: {
              ann: { autoTrack: 'all', filters: { task: [{ field: 'scheduledend', op: 'next-x-days', value: 2 }] } }
            },
            mail: { m0: { mailbox: 'ann', ...card('N0') }, m1: { mailbox: 'ann', ...card('N1') } },
            records: {
              r0: { type: 'contact', owner: 'ann', fields: { lastname: 'N0' } },
              r1: { type: 'contact', owner: 'ann', fields: { lastname: 'N1' } }
            },
            links: [{ mail: 'm0', record: 'r0', origin: 'tracked' }]
          },
          steps: [...possible(drawn), { sync: 'ann' }]
        }
        let turn = 0
        const mixed = (engine: Engine): Engine => ({
          ...engine,
          sync: (mailbox, options) => {
            const choice = choices[turn % choices.length] ?? 0
            turn += 1
            const way = ways[choice]
            return way === undefined ? engine.sync(mailbox, options) : apart(way)(engine).sync(mailbox, options)
          }
        })
        const whole = await run({ scenario })
        const { world: end, conflicts, doubles } = await run({ scenario, options: () => ({ wrapEngine: mixed }) })
        expect({ end, conflicts, doubles }).toEqual({ end: whole.world, conflicts: whole.conflicts, doubles: [] })
      }),
      runs(0.15)
    )
  }, 60_000)
})
