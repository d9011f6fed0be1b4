/** When is the next run, and why then: every reason has its sentence, and every sentence its situation. */
import { describe, expect, test } from 'vitest'
import { type NextRun, nextRunOf } from '../../src/engine/next-run.js'
import {
  adaptive,
  type Engine,
  type EngineOptions,
  type MailStore,
  runMessages,
  type RunReason
} from '../../src/index.js'
import { minutes, world } from '../setup/world.js'

const hour = 60 * minutes
const said = async (engine: Engine, workload: 'email' | 'act' = 'email'): Promise<NextRun> => {
  const run = (await engine.nextRun('ann'))[workload]
  if (run === undefined) throw new Error('not used')
  return run
}

type World = ReturnType<typeof world>
type Situation = readonly [RunReason, string, Partial<EngineOptions>, (made: World) => Promise<unknown>, RegExp]

const fail = async ({ engine, faults }: World, error: 'transient' | 'unauthorized', times = 1) => {
  for (let time = 0; time < times; time += 1) {
    faults.add({ store: 'mail', op: 'changes', error })
    await engine().sync('ann')
  }
}
const throttle = async ({ engine, faults }: World, retryAfterMs = hour) => {
  faults.add({ store: 'mail', op: 'changes', error: 'throttled', retryAfterMs })
  await engine().sync('ann')
}
const letters = ({ mail }: World, count: number) => {
  for (let n = 0; n < count; n += 1)
    mail.host.put({ kind: 'email', fields: { messageId: `<${n}@x>`, from: 'li@c.test', to: ['ann@contoso.test'] } })
}

const situations: ReadonlyArray<Situation> = [
  ['new', 'a mailbox that has never run', {}, async () => undefined, /^At once, because it has not run yet/],
  [
    'idle',
    'the first empty cycle',
    {},
    ({ engine }) => engine().sync('ann'),
    /^In 5 minutes, because the last cycle found nothing\.$/
  ],
  [
    'idle',
    'three empty cycles',
    {},
    async ({ engine }) => {
      for (let cycle = 0; cycle < 3; cycle += 1) await engine().sync('ann')
    },
    /^In 7 minutes, because the last 3 cycles found nothing\.$/
  ],
  [
    'active',
    'a message came',
    {},
    (made) => {
      letters(made, 1)
      return made.engine().sync('ann')
    },
    /^In 5 minutes, because the last cycle found something to do\.$/
  ],
  [
    'busy',
    'many messages came',
    {},
    (made) => {
      letters(made, 50)
      return made.engine().sync('ann')
    },
    /^In 2 minutes, because the last cycle had much to do/
  ],
  ['failure', 'one failure', {}, (made) => fail(made, 'transient'), /^In 5 minutes, because the last cycle failed\.$/],
  [
    'failure',
    'four failures',
    {},
    (made) => fail(made, 'transient', 4),
    /^In 5 minutes, because the last 4 cycles failed; the mailbox is disabled after 10\.$/
  ],
  [
    'throttled',
    'a server that asks for an hour',
    {},
    (made) => throttle(made),
    /^In 60 minutes, because the server asked/
  ],
  [
    'disabled',
    'bad credentials',
    {},
    (made) => fail(made, 'unauthorized'),
    /^Not before a person enables the mailbox again\.$/
  ],
  [
    'new',
    'enabled again after the tenth failure (trap 16)',
    {},
    async (made) => {
      await fail(made, 'transient', 10)
      await made.engine().enable('ann')
    },
    /^At once/
  ],
  [
    'throttled',
    'enabled again while a silence lasts that came with the tenth failure (5a)',
    {},
    async (made) => {
      await fail(made, 'transient', 9)
      made.faults.add({ store: 'mail', op: 'changes', error: 'transient', retryAfterMs: 3 * hour })
      await made.engine().sync('ann')
      made.time.nowMs += 2 * hour
      await made.engine().enable('ann')
    },
    /^In 60 minutes, because the server asked/
  ],
  [
    'push',
    'a server says that something has changed',
    {},
    async ({ engine, time }) => {
      await engine().sync('ann')
      time.nowMs += minutes
      await engine().hint('ann')
    },
    /^In 10 seconds, because the server said that something has changed\.$/
  ],
  [
    'gesture',
    'a person tracks a contact under the method `app`',
    {},
    async ({ engine, mail, time }) => {
      const app = engine({ method: 'app' })
      await app.sync('ann')
      time.nowMs += minutes
      await app.track('ann', mail.host.put({ kind: 'contact', fields: { surname: 'a' } }))
    },
    /^At once, because somebody asked for something\.$/
  ],
  [
    'interval',
    'a client',
    { schedule: { name: 'client' } },
    ({ engine }) => engine().sync('ann'),
    /^In 15 minutes, because it runs every 15/
  ],
  [
    'manual',
    'a client that nobody has asked',
    { schedule: { name: 'client', manual: true } },
    ({ engine }) => engine().sync('ann'),
    /^When somebody asks for it\.$/
  ],
  [
    'learning',
    'a mailbox that nothing is known of',
    { schedule: { name: 'adaptive' } },
    ({ engine }) => engine().sync('ann'),
    /^In (?:a minute|\d minutes), because the mailbox has not been known for a day yet\.$/
  ],
  [
    'learned',
    'what a mailbox has shown',
    { schedule: { name: 'adaptive', visitPrice: 20 } },
    async (made) => {
      for (let cycle = 0; cycle < 8; cycle += 1) {
        letters(made, 20)
        await made.engine().sync('ann')
        made.time.nowMs += 2 * minutes
      }
    },
    /^(?:At once|In .*), because about [\d.]+ changes an hour are expected, and a visit is worth 20 seconds of waiting\.$/
  ]
]

describe('every reason', () => {
  test.each(situations)('%s: %s', async (reason, _what, options, act, text) => {
    const made = world({ ann: { autoTrack: 'all' }, can: { kinds: ['email', 'contact'] }, ...options })
    await act(made)
    const engine = made.engine(reason === 'gesture' ? { method: 'app' } : {})
    const run = await said(engine, reason === 'gesture' ? 'act' : 'email')
    expect(run.reason).toBe(reason)
    expect(run.text).toMatch(text)
    expect(run.text).not.toMatch(/[{}]/)
    expect(run.dueAtMs === undefined).toBe(reason === 'disabled' || reason === 'manual')
  })

  test('has a situation here', () => {
    const words = ['at-once', 'in-seconds', 'in-a-minute', 'in-minutes', 'idle-once', 'failure-once']
    const closed = ['profile-disabled', 'inactive']
    const reasons = Object.keys(runMessages).filter((key) => ![...words, ...closed].includes(key))
    expect([...new Set(situations.map(([reason]) => reason))].sort()).toEqual(reasons.sort())
  })

  test('its report says the same reason', async () => {
    const made = world({ ann: { autoTrack: 'all' } })
    letters(made, 1)
    for (const reason of ['active', 'idle']) {
      const report = await made.engine().sync('ann')
      expect([report.nextReason, (await said(made.engine())).reason]).toEqual([reason, reason])
    }
  })
})

/** A mailbox whose errors of one kind are its server profile's. */
const ofProfile =
  (tag: 'SignInRequired' | 'Transient') =>
  (store: MailStore): MailStore => ({
    ...store,
    changes: async (...args) => {
      const answer = await store.changes(...args)
      return answer._tag === 'Left' && answer.left._tag === tag
        ? { ...answer, left: { ...answer.left, profile: true } }
        : answer
    }
  })

describe('what stands in the way', () => {
  test('a client that is run by hand is not run by the end of a silence', async () => {
    const made = world({ schedule: { name: 'client', manual: true } })
    const { engine, faults } = made
    await fail(made, 'transient', 9)
    faults.add({ store: 'mail', op: 'changes', error: 'transient', retryAfterMs: hour })
    await engine().sync('ann')
    await engine().enable('ann')
    expect(await said(engine())).toMatchObject({ reason: 'manual', text: runMessages.manual })
    const asked = (await engine().hint('ann')).email
    expect([asked?.reason, asked?.dueAtMs]).toEqual(['throttled', made.time.nowMs + hour])
  })

  test('a user who is away, and a server profile that has failed for good', async () => {
    const { engine, faults } = world({
      ann: { profile: 'exchange' },
      wrap: ofProfile('SignInRequired')
    })
    await engine().sync('ann')
    const away = await said(engine({ active: false }))
    expect([away.dueAtMs, away.reason, away.text]).toEqual([undefined, 'disabled', runMessages.inactive])
    faults.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
    await engine().sync('ann')
    const off = await said(engine())
    expect([off.dueAtMs, off.facts['profile']]).toEqual([undefined, 'exchange'])
    expect(off.text).toBe('Not before a person enables the server profile exchange again.')
    await engine().enable('ann')
    expect((await said(engine())).reason).toBe('new')
  })

  test('a server profile that fails for a while postpones its mailboxes, and is held against none', async () => {
    const { engine, faults, time } = world({
      ann: { profile: 'exchange' },
      wrap: ofProfile('Transient')
    })
    await engine().sync('ann')
    time.nowMs += 5 * minutes
    faults.add({ store: 'mail', op: 'changes', error: 'transient' })
    expect((await engine().sync('ann')).nextDelayMs).toBe(5 * minutes)
    expect((await said(engine())).dueAtMs).toBe(time.nowMs + 5 * minutes)
  })

  test('hosts translate the table, and a workload that the mailbox is not used for is left out', async () => {
    const german = { ...runMessages, 'in-minutes': 'In {minutes} Minuten', 'idle-once': '{when}: zuletzt war nichts.' }
    const { engine } = world({ can: { kinds: ['contact'] }, runMessages: german })
    await engine().sync('ann')
    const runs = await engine().nextRun('ann')
    expect(Object.keys(runs)).toEqual(['act'])
    expect(runs.act?.text).toBe('In 5 Minuten: zuletzt war nichts.')
    expect(await engine().explain('ann')).toEqual(runs)
  })

  test('whatever a pace holds there is a sentence without a brace', () => {
    const policy = { name: 'stepped', failureLimit: 10 } as Parameters<typeof nextRunOf>[0]['policy']
    for (const reason of Object.keys(runMessages) as ReadonlyArray<RunReason>) {
      if (!situations.some(([known]) => known === reason) || reason === 'new') continue
      const { text } = nextRunOf({
        pace: { emptyCycles: 2, failures: 2, reason, dueAtMs: 61_000 },
        policy,
        nowMs: 0
      })
      if (reason !== 'learned' && reason !== 'interval') expect(text).not.toMatch(/[{}]/)
    }
  })
})

describe('requests (5a)', () => {
  const due = async (engine: Engine) => (await said(engine)).dueAtMs

  test('one waits, a second joins it', async () => {
    const { engine, time } = world()
    await engine().sync('ann')
    time.nowMs += minutes
    const start = time.nowMs
    expect((await engine().hint('ann')).email?.dueAtMs).toBe(start + 10_000)
    for (let n = 0; n < 5; n += 1) {
      time.nowMs += 3000
      await engine().hint('ann')
      expect(await due(engine())).toBe(start + 10_000)
    }
    await engine().sync('ann')
    expect(await said(engine())).toMatchObject({ dueAtMs: time.nowMs + 6 * minutes, reason: 'idle' })
  })

  test('of one workload it leaves the other alone; a workload that there is none of is refused', async () => {
    const { engine, time } = world()
    await engine().sync('ann')
    time.nowMs += minutes
    const { email, act } = await engine().hint('ann', { workload: 'act' })
    expect([email?.reason, act?.reason, act?.dueAtMs]).toEqual(['idle', 'push', time.nowMs + 10_000])
    await expect(engine().hint('ann', { workload: 'mail' as 'act' })).rejects.toThrow(/workload: expected/)
    await expect(engine().hint('nobody')).rejects.toThrow(/no mailbox/)
  })

  test('while throttled for three more minutes: in three minutes (trap 13)', async () => {
    const made = world()
    await throttle(made, 20 * minutes)
    made.time.nowMs += 17 * minutes
    await made.engine().hint('ann')
    expect(await said(made.engine())).toMatchObject({ dueAtMs: made.time.nowMs + 3 * minutes, reason: 'throttled' })
  })

  test('a disabled mailbox stays disabled, and a failing one is not asked more often', async () => {
    const made = world()
    await fail(made, 'transient')
    await made.engine().hint('ann')
    expect(await said(made.engine())).toMatchObject({ dueAtMs: made.time.nowMs + 5 * minutes, reason: 'failure' })
    await fail(made, 'unauthorized')
    await made.engine().hint('ann')
    expect(await due(made.engine())).toBeUndefined()
  })

  test('during a cycle it waits for its end, also where the cycle is somebody else’s', async () => {
    for (const other of [false, true]) {
      const made = world({
        can: { kinds: ['email'] },
        wrap: (store) => ({
          ...store,
          changes: async (...args) => {
            made.time.nowMs += minutes
            await (other ? elsewhere() : one).hint('ann')
            made.time.nowMs += minutes
            return store.changes(...args)
          }
        })
      })
      const elsewhere = (): Engine => made.engine({}, { seed: 'another' })
      const one: Engine = made.engine()
      const report = await one.sync('ann')
      expect(report.outcome).toBe('completed')
      // Its ten seconds are over by then.
      expect(await said(one)).toMatchObject({ dueAtMs: made.time.nowMs - 50_000, reason: 'push' })
      if (!other) expect([report.nextDelayMs, report.nextReason]).toEqual([0, 'push'])
    }
  })

  test('what a link store refuses is lost, and nothing else is; the scheduled cycle is the fallback', async () => {
    const { engine, faults, time, mail } = world({ ann: { method: 'app' } })
    await engine().sync('ann')
    const item = mail.host.put({ kind: 'contact', fields: { surname: 'a' } })
    faults.add({ store: 'links', op: 'commit', error: 'transient', times: 2 })
    expect(await engine().track('ann', item)).toMatchObject([{ pending: true }])
    expect((await said(engine(), 'act')).dueAtMs).toBe(time.nowMs + 5 * minutes)
    await engine().hint('ann')
    faults.clear()
    expect((await engine().sync('ann')).writes.record.created).toBe(1)
  })

  test('under `manual` one is the only reason to run', async () => {
    const { engine, time } = world({ schedule: { name: 'client', manual: true } })
    await engine().sync('ann')
    await engine().hint('ann')
    // It came after that cycle, within the same millisecond.
    expect(await due(engine())).toBe(time.nowMs + 10_001)
  })

  test('forgotten with its mailbox', async () => {
    const { engine, links } = world()
    await engine().sync('ann')
    await engine().hint('ann')
    await engine().forget({ mailbox: 'ann' })
    expect(await links.state('default', 'hint/ann')).toEqual({ _tag: 'Right', right: undefined })
  })
})

describe('what a mailbox has shown', () => {
  test('says how many changes an hour are expected: more after a busy hour than after a quiet one', async () => {
    const made = world({ ann: { autoTrack: 'all' }, schedule: { name: 'adaptive' } })
    const perHour = async (messages: number) => {
      for (let cycle = 0; cycle < 12; cycle += 1) {
        letters(made, messages)
        made.time.nowMs += 5 * minutes
        await made.engine().sync('ann', { workloads: ['email'] })
      }
      return Number((await said(made.engine())).facts['perHour'])
    }
    const [busy, quiet] = [await perHour(3), await perHour(0)]
    expect(busy).toBeGreaterThan(5)
    expect(quiet).toBeLessThan(busy / 2)
    expect((await said(made.engine())).text).toContain(`about ${quiet} changes an hour are expected`)
  })

  test('at the price that the planner had told the last cycle', async () => {
    const made = world({ ann: { autoTrack: 'all' }, schedule: { name: 'adaptive' } })
    const { engine, time } = made
    for (let cycle = 0; cycle < 8; cycle += 1) {
      letters(made, 20)
      await engine().sync('ann', { visitPrice: 77, workloads: ['email'] })
      time.nowMs += 2 * minutes
    }
    expect((await engine().nextRun('ann')).email?.facts['price']).toBe(77)
    await engine().sync('ann', { workloads: ['email'] })
    expect((await engine().nextRun('ann')).email?.facts['price']).toBe(adaptive.visitPrice)
  })
})
