/** A server of many mailboxes (5.1): each in its own time, whatever the others do, over days, stops and restarts. */
import { describe, expect, test } from 'vitest'
import { memoryFaults, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import {
  createEngine,
  type CycleReport,
  type EngineOptions,
  type LogEntry,
  type MailboxInput,
  type MailStore,
  serve,
  type ServeOptions
} from '../../src/index.js'
import { runs } from '../runs.js'
import { virtualTime } from './time.js'

const minute = 60_000
const hour = 60 * minute
const start = Date.parse('2026-03-02T09:00:00Z')

interface Given extends Omit<Partial<EngineOptions>, 'mailboxes' | 'records' | 'links'> {
  readonly of?: (id: string) => Partial<MailboxInput>
  readonly wrap?: (store: MailStore, id: string, wait: (ms: number) => Promise<void>) => MailStore
  readonly kinds?: ReadonlyArray<string>
}

const fleet = (
  count: number,
  { of = () => ({}), wrap = (store) => store, kinds = ['email', 'contact'], ...given }: Given = {}
) => {
  const { time, clock, wait, until, still } = virtualTime(start)
  const ids = Array.from({ length: count }, (_, n) => `m${String(n).padStart(3, '0')}`)
  const faults = new Map(ids.map((id) => [id, memoryFaults()]))
  const mails = new Map(
    ids.map((id) => [id, memoryMail({ clock, faults: faults.get(id) ?? memoryFaults(), can: { kinds } })])
  )
  const records = memoryRecords({ clock })
  const links = memoryLinks({ clock })
  const reports: Array<CycleReport> = []
  const logged: Array<LogEntry> = []
  const engine = (more: Partial<EngineOptions> = {}) =>
    createEngine({
      mailboxes: Object.fromEntries(
        [...mails].map(([id, { port }]) => [
          id,
          { address: `${id}@c.test`, autoTrack: 'all' as const, ...of(id), mail: wrap(port, id, wait) }
        ])
      ),
      records: records.port,
      links,
      preset: 'dynamics',
      clock,
      seed: 'one',
      log: (entry) => entry.level === 'debug' || logged.push(entry),
      ...given,
      ...more
    })
  const begin = (options: Partial<ServeOptions> = {}, made = engine()) => {
    const stop = new AbortController()
    let hasEnded = false
    const served = serve(made, { signal: stop.signal, wait, onReport: (report) => reports.push(report), ...options })
    const ended = served.finally(() => {
      hasEnded = true
    })
    return { engine: made, stop, ended, hasEnded: () => hasEnded }
  }
  const end = async ({ stop, ended }: Pick<ReturnType<typeof begin>, 'stop' | 'ended'>) => {
    stop.abort()
    await until(time.nowMs + 2 * minute)
    await ended
  }
  const of_ = (id: string) => reports.filter(({ mailbox }) => mailbox === id)
  /** Minutes from the end of each cycle of a mailbox to the start of its next one. */
  const gaps = (id: string) => {
    const own = of_(id)
    return own.slice(1).map(({ startedAtMs }, index) => (startedAtMs - (own[index]?.endedAtMs ?? 0)) / minute)
  }
  const letter = (id: string, n: number) =>
    mails
      .get(id)
      ?.host.put({ kind: 'email', fields: { messageId: `<${id}.${n}@x>`, from: 'li@x.test', to: [`${id}@c.test`] } })
  return {
    ids,
    time,
    clock,
    wait,
    until,
    still,
    faults,
    mails,
    records,
    links,
    reports,
    logged,
    engine,
    begin,
    end,
    gaps,
    of: of_,
    letter
  }
}

describe('one mailbox', () => {
  test('starts at once, and comes back as the policy says: 5, 6, 7 … 12 minutes, and 5 after a message', async () => {
    const world = fleet(1, { kinds: ['email'] })
    const server = world.begin()
    await world.until(start + 100 * minute)
    world.letter('m000', 1)
    await world.until(start + 130 * minute)
    await world.end(server)
    expect(world.of('m000')[0]?.startedAtMs).toBe(start)
    expect(world.gaps('m000')).toEqual([5, 6, 7, 8, 9, 10, 11, 12, 12, 12, 12, 5, 5, 6, 7])
  })

  test('both workloads share a session while they are due together, and go apart when they are not', async () => {
    const world = fleet(1)
    const server = world.begin()
    await world.until(start + 17 * minute)
    world.letter('m000', 1)
    await world.until(start + 60 * minute)
    await world.end(server)
    const at = world.of('m000').map(({ startedAtMs, calls }) => [(startedAtMs - start) / minute, calls['mail.changes']])
    // Together until a message comes; then e-mail after 5 minutes, the rest after 8.
    expect(at.slice(0, 4)).toEqual([0, 5, 11, 18].map((minutes) => [minutes, 2]))
    expect(at.slice(4)).toEqual([23, 26, 28, 34, 35, 41, 45, 49, 56, 58].map((minutes) => [minutes, 1]))
  })

  test('a push is answered ten seconds later, by a cycle of what has changed', async () => {
    const pushes: Array<(hint: { scope?: string }) => void> = []
    const world = fleet(1, {
      wrap: (store) => ({
        ...store,
        hints: async function* (signal) {
          while (!signal.aborted)
            yield await new Promise<{ scope?: string }>((resolve) => {
              pushes.push(resolve)
              signal.addEventListener('abort', () => resolve({}))
            })
        }
      })
    })
    const server = world.begin()
    await world.until(start + 2 * minute)
    world.letter('m000', 1)
    pushes.pop()?.({ scope: 'email' })
    await world.until(start + 3 * minute)
    await world.end(server)
    expect(world.of('m000').map(({ startedAtMs }) => (startedAtMs - start) / 1000)).toEqual([0, 130])
    expect(world.records.host.all()).toHaveLength(1)
    expect(server.hasEnded()).toBe(true)
  })

  test('a gesture under `app` runs at once', async () => {
    const world = fleet(1, { of: () => ({ method: 'app' }) })
    const server = world.begin()
    await world.until(start + minute)
    const item = world.mails.get('m000')?.host.put({ kind: 'contact', fields: { surname: 'a' } }) ?? ''
    await server.engine.track('m000', item)
    await world.until(start + minute + 1)
    expect(world.records.host.all()).toHaveLength(1)
    await world.end(server)
  })

  test('under `manual` nothing runs before somebody asks', async () => {
    const world = fleet(1, { schedule: { name: 'client', manual: true } })
    const server = world.begin()
    await world.until(start + 24 * hour)
    expect(world.reports).toHaveLength(0)
    await server.engine.hint('m000')
    await world.until(start + 25 * hour)
    expect(world.reports).toHaveLength(1)
    await world.end(server)
  })

  test('disabled it is left alone, until a person enables it: then at once, also where another process was told', async () => {
    for (const elsewhere of [false, true]) {
      const world = fleet(1)
      const server = world.begin()
      await world.until(start + minute)
      world.faults.get('m000')?.add({ store: 'mail', op: 'changes', error: 'unauthorized' })
      await world.until(start + 6 * hour)
      expect(world.reports.map(({ outcome }) => outcome)).toEqual(['completed', 'failed'])
      await (elsewhere ? world.engine({ seed: 'two' }) : server.engine).enable('m000')
      await world.until(start + 6 * hour + (elsewhere ? 6 * minute : 1))
      expect(world.reports).toHaveLength(3)
      await world.end(server)
    }
  })

  test('not approved, it is asked about now and then, and runs once it is', async () => {
    const approved = { now: false }
    const world = fleet(1, {
      of: () => ({
        get approved() {
          return approved.now
        }
      })
    })
    const server = world.begin({}, world.engine())
    await world.until(start + hour)
    expect(world.reports.length).toBeGreaterThan(3)
    expect(world.reports.length).toBeLessThan(20)
    expect(new Set(world.reports.map(({ stoppedBy }) => stoppedBy?.code))).toEqual(new Set(['not-approved']))
    await world.end(server)
  })

  test('a listener that throws, or rejects, changes nothing, and the log says so', async () => {
    const world = fleet(1)
    let told = 0
    const server = world.begin({
      onReport: ({ mailbox }) => {
        told += 1
        if (told % 2 === 0) throw new Error(mailbox)
        return Promise.reject(new Error('private'))
      }
    })
    await world.until(start + 20 * minute)
    await world.end(server)
    expect(told).toBe(4)
    expect(world.logged.filter(({ message }) => message === 'the listener for reports threw')).toHaveLength(4)
    expect(JSON.stringify(world.logged)).not.toContain('private')
  })
})

describe('the end', () => {
  test('a running cycle is told to stop, and awaited; none begins any more', async () => {
    const world = fleet(3, {
      wrap: (store, _id, wait) => ({
        ...store,
        changes: async (...args) => {
          await wait(minute)
          return store.changes(...args)
        }
      })
    })
    for (const id of world.ids) world.letter(id, 1)
    const server = world.begin()
    await world.until(start + 30_000)
    server.stop.abort()
    await world.until(start + 40_000)
    expect(server.hasEnded()).toBe(false)
    await world.until(start + 2 * minute)
    expect(server.hasEnded()).toBe(true)
    const count = world.reports.length
    expect(world.reports.map(({ outcome }) => outcome)).toEqual(['interrupted', 'interrupted', 'interrupted'])
    await world.until(start + hour)
    expect(world.reports).toHaveLength(count)
  })

  test('told to stop before it began it asks nobody', async () => {
    const world = fleet(2)
    const stop = new AbortController()
    stop.abort()
    await serve(world.engine(), {
      signal: stop.signal,
      wait: world.wait,
      onReport: (report) => world.reports.push(report)
    })
    expect(world.reports).toEqual([])
  })

  test('a mailbox that the engine does not have, and something that is no engine, are refused', async () => {
    const world = fleet(1)
    const { signal } = new AbortController()
    await expect(serve(world.engine(), { signal, mailboxes: ['m000', 'x'] })).rejects.toThrow(/mailboxes\.1: expected/)
    await expect(serve({ ...world.engine() }, { signal })).rejects.toThrow(/createEngine/)
    await expect(serve(world.engine(), { signal, cycleMsMax: 0 })).rejects.toThrow(/cycleMsMax/)
  })
})

/** Three days where more is asked for. */
const hours = runs().numRuns > 1000 ? 72 : 14

describe('two hundred mailboxes', () => {
  const behaviour = (id: string) =>
    (['hangs', 'fails', 'throttles', 'refuses'] as const)[Number(id.slice(1))] ?? 'works'

  test('over many hours: none is delayed by those that hang, fail, throttle or are refused; a restart goes on', async () => {
    let isSick = false
    const world = fleet(200, {
      kinds: ['email'],
      wrap: (store, id, wait) => ({
        ...store,
        changes: async (...args) => {
          if (!isSick) return store.changes(...args)
          switch (behaviour(id)) {
            case 'hangs':
              await new Promise(() => undefined)
              return store.changes(...args)
            case 'fails':
              return { _tag: 'Left', left: { _tag: 'Transient' } }
            case 'throttles':
              return { _tag: 'Left', left: { _tag: 'Throttled', retryAfterMs: 30 * minute } }
            case 'refuses':
              throw new Error('a defect')
            case 'works':
              await wait(500)
              return store.changes(...args)
          }
        }
      })
    })
    const first = world.begin()
    await world.until(start + 4 * minute)
    // A herd: each within five minutes, at most a few in any second.
    expect(new Set(world.reports.map(({ mailbox }) => mailbox)).size).toBe(200)
    const perSecond = new Map<number, number>()
    for (const { startedAtMs } of world.reports) {
      const second = Math.floor((startedAtMs - start) / 1000)
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
    }
    expect(Math.max(...perSecond.values())).toBeLessThanOrEqual(8)
    isSick = true
    await world.until(start + 6 * hour)
    await world.end(first)
    const stoppedAtMs = world.time.nowMs
    await world.until(start + 7 * hour)
    const before = world.reports.length
    const second = world.begin({}, world.engine())
    await world.until(start + 7 * hour + 2 * minute)
    // What is overdue runs oldest first: by when it was due, not by its name.
    const after = world.reports.slice(before)
    const healthy = after.filter(({ mailbox }) => behaviour(mailbox) === 'works')
    expect(new Set(healthy.map(({ mailbox }) => mailbox)).size).toBe(196)
    const ends = new Map<string, number>()
    for (const { mailbox, endedAtMs } of world.reports.slice(0, before)) ends.set(mailbox, endedAtMs)
    const lastEnds = healthy.map(({ mailbox }) => (ends.get(mailbox) ?? 0) + 12 * minute)
    const inversions = lastEnds.filter((atMs, index) => index > 8 && atMs < (lastEnds[index - 9] ?? 0)).length
    expect(inversions).toBe(0)
    await world.until(start + hours * hour)
    await world.end(second)
    for (const id of world.ids) {
      const own = world.of(id)
      const gaps = world.gaps(id).map((gap, index) => [gap, own[index]?.endedAtMs ?? 0] as const)
      const late = gaps.filter(
        ([gap, endedAtMs]) => gap > 12.2 && !(endedAtMs <= stoppedAtMs && endedAtMs > stoppedAtMs - 13 * minute)
      )
      switch (behaviour(id)) {
        case 'works':
          expect([id, late]).toEqual([id, []])
          expect(own.every(({ outcome }) => outcome === 'completed')).toBe(true)
          break
        case 'fails':
          expect(own.filter(({ outcome }) => outcome === 'failed')).toHaveLength(10)
          expect(own.at(-1)?.nextReason).toBe('disabled')
          break
        case 'throttles':
          expect(own.every(({ nextReason }) => nextReason !== 'disabled')).toBe(true)
          expect(
            world
              .gaps(id)
              .slice(3)
              .filter((gap) => gap < 30)
          ).toEqual([])
          break
        case 'hangs':
        case 'refuses':
          expect(own.length).toBeLessThan(5 + hours / 10)
      }
    }
    expect(
      world.logged.filter(({ message }) => message === 'a cycle does not end').map(({ facts }) => facts['mailbox'])
    ).toContain('m000')
    expect(
      new Set(
        world.logged
          .filter(({ message }) => message === 'a cycle could not be run')
          .map(({ facts }) => facts['mailbox'])
      )
    ).toEqual(new Set(['m003']))
  }, 400_000)
})

describe('several processes', () => {
  test('serve the same mailboxes without a double: each is visited as often as by one', async () => {
    const alone = fleet(10)
    const one = alone.begin()
    for (const id of alone.ids) alone.letter(id, 1)
    await alone.until(start + 12 * hour)
    await alone.end(one)
    const both = fleet(10)
    const servers = ['one', 'two'].map((seed) => both.begin({}, both.engine({ seed })))
    for (const id of both.ids) both.letter(id, 1)
    await both.until(start + 12 * hour)
    for (const server of servers) await both.end(server)
    expect(both.records.host.all()).toHaveLength(10)
    const visits = (reports: ReadonlyArray<CycleReport>) => reports.filter(({ cycle }) => cycle !== 'none').length
    expect(visits(both.reports)).toBeLessThan(visits(alone.reports) * 1.05 + 20)
    expect(visits(both.reports)).toBeGreaterThan(visits(alone.reports) * 0.95)
  }, 60_000)
})

describe('a budget', () => {
  test('moves the price until the mailboxes together make as many visits a day', async () => {
    const perDay: Array<number> = []
    for (const visitsPerDay of [150, 400]) {
      const world = fleet(6, { kinds: ['email'], schedule: { name: 'adaptive' } })
      const server = world.begin({ visitsPerDay })
      let n = 0
      for (let at = start; at < start + 3 * 24 * hour; at += 15 * minute) {
        n += 1
        world.letter(world.ids[n % 2] ?? '', n)
        await world.until(at)
      }
      await world.end(server)
      const late = world.reports.filter(({ startedAtMs }) => startedAtMs > start + 2 * 24 * hour)
      perDay.push(late.length / 6)
    }
    const [few = 0, many = 0] = perDay
    expect(few).toBeGreaterThan(120)
    expect(few).toBeLessThan(220)
    expect(many).toBeGreaterThan(300)
    expect(many).toBeLessThan(480)
  }, 120_000)
})
