/** What the policy is told of a cycle (5.6, 5.7): changes, failures, when messages came, that more waits. */
import { beforeEach, expect, test, vi } from 'vitest'
import type { SyncOptions } from '../../src/index.js'
import type { CycleObservation } from '../../src/schedule/index.js'
import { minutes, world } from '../setup/world.js'

const told: Array<CycleObservation> = []
vi.mock('../../src/schedule/next-sync.js', async (importOriginal) => {
  const original = await importOriginal<typeof import('../../src/schedule/next-sync.js')>()
  return {
    nextSync: (...given: Parameters<typeof original.nextSync>) => {
      const [, , observation] = given
      if (!('request' in observation)) told.push(observation)
      return original.nextSync(...given)
    }
  }
})
beforeEach(() => told.splice(0))

const apart: SyncOptions = { workloads: ['email', 'act'] }
const letter = (n: number, receivedAt?: string) => ({
  kind: 'email',
  fields: {
    messageId: `<${n}@x>`,
    from: 'li@client.test',
    to: ['ann@contoso.test'],
    ...(receivedAt === undefined ? {} : { receivedAt })
  }
})

test('when messages came is told of those that were taken, since the last cycle; the others are known by their count', async () => {
  const { engine, mail, time } = world({ ann: { autoTrack: 'all', startDate: '2026-03-02T09:00:00Z' } })
  await engine().sync('ann', apart)
  const before = time.nowMs
  time.nowMs += 10 * minutes
  const now = time.nowMs
  const iso = (atMs: number) => new Date(atMs).toISOString()
  mail.host.put(letter(1, iso(now - minutes)))
  mail.host.put(letter(2, iso(before + minutes)))
  mail.host.put(letter(3, iso(now + minutes)))
  mail.host.put(letter(4, iso(before)))
  mail.host.put(letter(5, '2026-03-01T09:00:00Z'))
  told.splice(0)
  await engine().sync('ann', apart)
  expect(told).toEqual([{ changes: 8, arrivalsAtMs: [before + minutes, now - minutes] }, { changes: 0 }])
  time.nowMs += 5 * minutes
  mail.host.put(letter(6, iso(time.nowMs - 1)))
  told.splice(0)
  await engine().sync('ann')
  expect(told.map(({ changes, arrivalsAtMs }) => [changes, arrivalsAtMs])).toEqual(Array(2).fill([2, [time.nowMs - 1]]))
})

test('under `adaptive` a message counts once, though its record and its mark are two changes', async () => {
  const { engine, mail, time } = world({ ann: { autoTrack: 'all' }, schedule: { name: 'adaptive' } })
  await engine().sync('ann', apart)
  time.nowMs += 10 * minutes
  for (let n = 0; n < 3; n += 1) mail.host.put(letter(n, new Date(time.nowMs - n).toISOString()))
  told.splice(0)
  expect((await engine().sync('ann')).changes).toBe(6)
  const arrivalsAtMs = [time.nowMs - 2, time.nowMs - 1, time.nowMs]
  expect(told).toEqual(Array(2).fill({ changes: 3, arrivalsAtMs }))
})

test('of more than a thousand the newest', async () => {
  const { engine, mail, time } = world({ ann: { autoTrack: 'all' } })
  await engine().sync('ann', apart)
  const before = time.nowMs
  time.nowMs += 10 * minutes
  for (let n = 0; n < 2100; n += 1) mail.host.put(letter(n, new Date(before + 1000 + n).toISOString()))
  told.splice(0)
  await engine().sync('ann', apart)
  expect(told[0]?.changes).toBe(4200)
  expect(told[0]?.arrivalsAtMs).toEqual(Array.from({ length: 1000 }, (_, n) => before + 1000 + 1100 + n))
})

test('that a limit was met, or the host has asked to stop, says that more waits', async () => {
  const { engine, mail } = world({ ann: { autoTrack: 'all' } })
  const stop = new AbortController()
  mail.host.put(letter(1))
  const onProgress: NonNullable<SyncOptions['onProgress']> = ({ stage }) => {
    if (stage === 'decide') stop.abort()
  }
  const report = await engine().sync('ann', { ...apart, signal: stop.signal, onProgress })
  expect(report.outcome).toBe('interrupted')
  expect(told.map(({ truncated }) => truncated)).toEqual([true, true])
  expect(report).toMatchObject({ nextDelayMs: 2 * minutes, nextReason: 'busy' })
  told.splice(0)
  await engine().sync('ann', apart)
  expect(told.map(({ truncated }) => truncated)).toEqual([undefined, undefined])
})
