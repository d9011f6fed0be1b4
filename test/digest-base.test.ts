/**
 * `base: "digest"`: no value of a field stands in any byte of the link store's file, its write-ahead log included,
 * after cycles, gestures, conflicts, deletions, lost answers and a death in the middle of a batch.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { Crash, memoryFaults, memoryMail, memoryRecords } from '../src/adapters/memory/index.js'
import { sqlite } from '../src/adapters/sqlite/index.js'
import { createEngine } from '../src/engine/run/index.js'

const folder = mkdtempSync(join(tmpdir(), 'liaison-digest-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Every byte that the link store has on disk now. */
const bytes = (): string =>
  readdirSync(folder)
    .map((name) => readFileSync(join(folder, name)).toString('latin1'))
    .join('\n')

const canary = (what: string): string => `canary-${what}-7f3a`

const world = (base: 'value' | 'digest') => {
  const faults = memoryFaults()
  const clock = { nowMs: 1_800_000_000_000 }
  const mail = memoryMail({ clock: () => clock.nowMs, faults })
  const records = memoryRecords({ clock: () => clock.nowMs, faults })
  const store = sqlite({ path: join(folder, `${base}.db`) })
  const engine = () =>
    createEngine({
      mailboxes: { ann: { address: 'ann@example.com', mail: mail.port } },
      records: records.port,
      links: store.links,
      preset: 'careful',
      settings: { base, firstCycle: 'apply', conflict: 'ask', contactDeleteFromMail: 'owner' },
      baseKey: new Uint8Array(32).fill(9),
      clock: () => clock.nowMs,
      seed: 'one'
    })
  return { faults, clock, mail, records, engine, store }
}

const live = async (base: 'value' | 'digest'): Promise<string> => {
  const { faults, clock, mail, records, engine, store } = world(base)
  const card = (n: number) => ({
    surname: canary(`surname${n}`),
    jobTitle: canary(`title${n}`),
    email1: canary(`mail${n}`)
  })
  for (let n = 0; n < 4; n += 1) mail.host.put({ ref: `m${n}`, kind: 'contact', fields: card(n) })
  records.host.put({
    ref: 'r9',
    type: 'contact',
    owner: 'ann',
    fields: { lastname: canary('record'), description: canary('note') }
  })
  await engine().track('ann', ['m0', 'm1', 'm2', 'm3'])
  await engine().sync('ann')
  clock.nowMs += 600_000
  const records0 = records.host.all().filter(({ ref }) => ref !== 'r9')
  // An edit each way, a conflict that is asked about, a deletion, a lost answer, a death.
  mail.host.edit('m0', { set: { department: canary('edit') } })
  const [first, second] = records0
  if (first !== undefined)
    records.host.edit(first.ref, { set: { nickname: canary('nick'), jobtitle: canary('theirs') } })
  mail.host.edit('m0', { set: { jobTitle: canary('ours') } })
  if (second !== undefined) records.host.edit(second.ref, { set: { pager: canary('pager') } })
  mail.host.remove('m3')
  faults.add({ store: 'mail', op: 'update', error: 'lost-response' })
  await engine().sync('ann')
  mail.host.edit('m2', { set: { manager: canary('manager') } })
  faults.add({ store: 'records', op: 'update', error: 'crash' })
  await expect(engine().sync('ann')).rejects.toBeInstanceOf(Crash)
  await engine().untrack('ann', 'm1')
  const open = bytes()
  await engine().sync('ann')
  await engine().resolve('ann', 'm0', 'mail')
  await engine().sync('ann')
  const last = await engine().sync('ann')
  expect(last.writes).toEqual({
    mail: { created: 0, updated: 0, deleted: 0 },
    record: { created: 0, updated: 0, deleted: 0 }
  })
  const after = bytes()
  store.close()
  return `${open}\n${after}\n${bytes()}`
}

test('under `base: "digest"` no canary stands in any byte of the file, its log included', async () => {
  expect(await live('digest')).not.toContain('canary-')
})

test('under `base: "value"` the same search finds them: it would see one', async () => {
  expect(await live('value')).toContain('canary-')
})
