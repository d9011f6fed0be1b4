/** Attachments of appointments as streamed contents: their bytes pass from store to store, and through no snapshot. */
import { beforeEach, describe, expect, test } from 'vitest'
import { memoryFaults, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { createEngine, type Engine } from '../../src/engine/run/index.js'
import type { SettingsInput } from '../../src/engine/settings.js'

const fields = {
  subject: 'Review',
  start: '2026-03-10T09:00:00Z',
  end: '2026-03-10T10:00:00Z',
  organizer: 'ann@contoso.test',
  showAs: 'busy'
}

const nowMs = Date.parse('2026-03-02T09:00:00Z')

const bytesOf = async (content: AsyncIterable<Uint8Array>): Promise<ReadonlyArray<number>> => {
  const bytes: Array<number> = []
  for await (const piece of content) bytes.push(...piece)
  return bytes
}

const worldWith = (settings: SettingsInput = {}, takes = true) => {
  const faults = memoryFaults()
  const clock = (): number => nowMs
  const mail = memoryMail({ clock, faults, can: { kinds: ['appointment'], takesContents: takes } })
  const records = memoryRecords({
    clock,
    faults,
    can: { types: ['appointment', 'recurring-appointment'], takesContents: takes }
  })
  const engine: Engine = createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', mail: mail.port, filters: { appointment: [] } } },
    records: records.port,
    links: memoryLinks({ clock, faults }),
    preset: 'dynamics',
    settings: { appointmentAttachments: true, ...settings },
    clock
  })
  return { mail, records, engine }
}

const linked = async (world: ReturnType<typeof worldWith>): Promise<void> => {
  world.mail.host.put({ ref: 'm1', kind: 'appointment', fields })
  await world.engine.track('ann', 'm1')
  await world.engine.sync('ann')
}

const quiet = async ({ engine, mail, records }: ReturnType<typeof worldWith>): Promise<void> => {
  mail.host.resetCounts()
  records.host.resetCounts()
  await engine.sync('ann')
  expect([mail.host.counts, records.host.counts]).toEqual([
    { creates: 0, updates: 0, deletes: 0 },
    { creates: 0, updates: 0, deletes: 0 }
  ])
}

const bytes = Uint8Array.from({ length: 50_000 }, (_, index) => index % 251)

describe('attachments of an appointment, streamed', () => {
  let world = worldWith()
  beforeEach(async () => {
    world = worldWith()
    await linked(world)
  })
  const made = () => world.records.host.all().find(({ type }) => type === 'appointment')

  test('a file put to the item reaches the record byte for byte, once', async () => {
    world.mail.host.attach('m1', bytes, { name: 'plan.bin', type: 'application/octet-stream' })
    await world.engine.sync('ann')
    const [content] = made()?.contents ?? []
    expect(content).toMatchObject({ name: 'plan.bin', bytes: 50_000 })
    expect(await bytesOf(world.records.port.content(made()?.ref ?? '', content?.part ?? ''))).toEqual([...bytes])
    await quiet(world)
  })

  test('a file put to the record reaches the item beside the one that is there', async () => {
    world.mail.host.attach('m1', bytes, { name: 'first.bin' })
    await world.engine.sync('ann')
    world.records.host.attach(made()?.ref ?? '', Uint8Array.of(1, 2, 3), { name: 'second.bin' })
    await world.engine.sync('ann')
    expect(world.mail.host.get('m1')?.contents?.map(({ name }) => name)).toEqual(['first.bin', 'second.bin'])
    const second = world.mail.host.get('m1')?.contents?.[1]?.part ?? ''
    expect(await bytesOf(world.mail.port.content('m1', second))).toEqual([1, 2, 3])
    await quiet(world)
  })

  test('one that is blocked or too large stays behind, and the facts say how many', async () => {
    world.mail.host.attach('m1', Uint8Array.of(1), { name: 'run.exe' })
    world.mail.host.attach('m1', new Uint8Array(6 * 1024 * 1024), { name: 'film.bin' })
    world.mail.host.attach('m1', Uint8Array.of(1), { name: 'plan.txt' })
    await world.engine.sync('ann')
    expect(made()?.contents?.map(({ name }) => name)).toEqual(['plan.txt'])
    expect((await world.engine.explain('ann', 'mail', 'm1')).facts).toMatchObject({ droppedAttachments: 2 })
    await quiet(world)
  })

  test('files of the same length are told apart', async () => {
    world.mail.host.attach('m1', Uint8Array.of(1, 2), { name: 'plan.bin' })
    await world.engine.sync('ann')
    const [old] = world.mail.host.get('m1')?.contents ?? []
    world.mail.host.attach('m1', Uint8Array.of(3, 4), { name: 'plan.bin' })
    await world.engine.sync('ann')
    const contents = made()?.contents ?? []
    const read = await Promise.all(
      contents.map(({ part }) => bytesOf(world.records.port.content(made()?.ref ?? '', part)))
    )
    expect([old?.bytes, read]).toEqual([
      2,
      [
        [1, 2],
        [3, 4]
      ]
    ])
  })
})

test('a store that takes no contents keeps its own, and the facts name the row that waits', async () => {
  const world = worldWith({}, false)
  await linked(world)
  world.mail.host.attach('m1', bytes, { name: 'plan.bin' })
  world.mail.host.edit('m1', { set: { location: 'Room 9' } })
  await world.engine.sync('ann')
  const record = world.records.host.all().find(({ type }) => type === 'appointment')
  expect([record?.contents, record?.fields['location']]).toEqual([undefined, 'Room 9'])
  expect((await world.engine.explain('ann', 'mail', 'm1')).facts).toMatchObject({ withheld: ['attachments'] })
})
