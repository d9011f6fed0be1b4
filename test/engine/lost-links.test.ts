/** Meetings when all links are lost: a series and its changed occurrences share a global id, and are not each other. */
import { describe, expect, test } from 'vitest'
import { memoryFaults, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { createEngine, type Engine } from '../../src/engine/run/index.js'
import type { Fields } from '../../src/model/index.js'

const nowMs = Date.parse('2026-03-02T09:00:00Z')
const clock = (): number => nowMs
const shared = { organizer: 'ann@contoso.test', showAs: 'busy', globalId: 'committee' }

const series: Fields = {
  ...shared,
  subject: 'Committee',
  recurrence: 'DTSTART:20260310T120000Z\nDTEND:20260310T130000Z\nRRULE:FREQ=WEEKLY;COUNT=8'
}

const days = ['17', '24', '31']

/** An hour later than its series has it. */
const occurrence = (day: string): Fields => ({
  ...shared,
  subject: `Committee, on the ${day}th`,
  start: `2026-03-${day}T13:00:00Z`,
  end: `2026-03-${day}T14:00:00Z`,
  originalStart: `2026-03-${day}T12:00:00Z`
})

const world = (marker = true) => {
  const faults = memoryFaults()
  const mail = memoryMail({ clock, faults, can: { kinds: ['appointment'], marker } })
  const records = memoryRecords({ clock, faults, can: { types: ['appointment', 'recurring-appointment'] } })
  const engineOn = (): Engine =>
    createEngine({
      mailboxes: { ann: { address: 'ann@contoso.test', mail: mail.port } },
      records: records.port,
      links: memoryLinks({ clock, faults }),
      settings: { firstCycle: 'apply' },
      clock
    })
  return { mail: mail.host, records: records.host, engineOn }
}

const pairsOf = async (engine: Engine): Promise<ReadonlyMap<string, string>> => {
  const report = await engine.sync('ann')
  expect(report.outcome).toBe('completed')
  return new Map(report.decisions.flatMap(({ item, record }) => (item && record ? [[record, item]] : [])))
}

/** The occurrences come first, as they do in a mailbox that names items by what stands in them. */
const tracked = async (of: ReturnType<typeof world>) => {
  const items = [...days.map(occurrence), series].map((fields) => of.mail.put({ kind: 'appointment', fields }))
  const engine = of.engineOn()
  await engine.track('ann', items)
  const pairs = await pairsOf(engine)
  expect([...pairs.values()].sort()).toEqual([...items].sort())
  return pairs
}

describe('all links are lost', () => {
  test('each changed occurrence finds its own item again, and the series is not taken for one', async () => {
    const of = world()
    const before = await tracked(of)
    const engine = of.engineOn()
    const after = await pairsOf(engine)
    const occurrences = [...before].filter(([, item]) => of.mail.get(item)?.fields['originalStart'] !== undefined)
    expect(occurrences).toHaveLength(days.length)
    for (const [record, item] of occurrences) expect(after.get(record)).toBe(item)
    expect(new Set(after.values()).size).toBe(after.size)
    expect(of.mail.all()).toHaveLength(days.length + 1)
  })

  test('a series behind more hits than a mailbox without marks tells is not made a second time', async () => {
    const of = world(false)
    const before = await tracked(of)
    const [record] = [...before].find(([, item]) => of.mail.get(item)?.fields['recurrence'] !== undefined) ?? []
    const engine = of.engineOn()
    const report = await engine.sync('ann')
    expect(report.writes.mail.created).toBe(0)
    expect(of.mail.all()).toHaveLength(days.length + 1)
    expect(report.decisions.find((decision) => decision.record === record)).toMatchObject({ code: 'retry-later' })
  })

  test('a person who tracks the series settles what the mailbox could not tell', async () => {
    const of = world()
    const before = await tracked(of)
    const [record, item = ''] =
      [...before].find(([, ref]) => of.mail.get(ref)?.fields['recurrence'] !== undefined) ?? []
    const engine = of.engineOn()
    await engine.sync('ann')
    await engine.track('ann', item)
    expect((await pairsOf(engine)).get(record ?? '')).toBe(item)
    expect(of.records.all()).toHaveLength(days.length + 1)
  })
})
