/** What a plan lets go when its payloads grow past `planBytesMax`, and that it comes out the same. */
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { createEngine } from '../../src/engine/run/index.js'
import { limits } from '../../src/model/index.js'

const notesBytes = 200_000
const tooMany = Math.ceil((1.5 * limits.planBytesMax) / notesBytes)

type Put = (n: number, lastname: string) => void

/** A mailbox without items beside records with long notes, and what their first cycle came to. */
const firstCycle = async (count: number, afterDeciding?: (put: Put) => void) => {
  const mail = memoryMail()
  const records = memoryRecords()
  const put: Put = (n, lastname) => {
    const fields = { lastname, description: 'n'.repeat(notesBytes) }
    records.host.put({ ref: `r${n}`, type: 'contact', owner: 'ann', fields })
  }
  for (let n = 0; n < count; n += 1) put(n, `Name ${n}`)
  const engine = createEngine({
    mailboxes: { ann: { address: 'ann@example.com', mail: mail.port } },
    records: records.port,
    links: memoryLinks(),
    settings: { firstCycle: 'apply', guard: { creates: { most: count } } }
  })
  const onProgress = ({ stage }: { readonly stage: string }): void => {
    if (stage === 'decide') afterDeciding?.(put)
  }
  const report = await engine.sync('ann', { onProgress })
  return { report, items: mail.host.all() }
}

describe('a plan whose payloads are too large to be kept', () => {
  test('every record becomes an item with all its text, and those that were let go are read once more', async () => {
    const { report, items } = await firstCycle(tooMany)
    expect(report.writes.mail.created).toBe(tooMany)
    expect(report.counts.done).toBe(tooMany)
    expect(items.map(({ fields }) => fields['surname']).sort()).toEqual(
      Array.from({ length: tooMany }, (_, n) => `Name ${n}`).sort()
    )
    expect(items.every(({ fields }) => String(fields['personalNotes']).length === notesBytes)).toBe(true)
    expect(report.calls['record.read']).toBe(2)
  })

  test('a plan that fits reads nothing twice', async () => {
    const { report } = await firstCycle(3)
    expect(report.calls['record.read']).toBe(1)
  })

  test('a record that is edited after its payload was let go arrives as it is by then', async () => {
    const { items } = await firstCycle(tooMany, (put) => put(0, 'Newer'))
    expect(items.map(({ fields }) => fields['surname'])).toContain('Newer')
    expect(items).toHaveLength(tooMany)
  })
})

describe('a cycle of more pairs than one batch, whose bases are let go between joining and deciding', () => {
  const count = limits.decideBatchMax + 100

  /** Pairs in step; each is then edited in the mailbox, and every second one in another field of its record. */
  const edited = async (sqliteLinks: boolean) => {
    const mail = memoryMail()
    const records = memoryRecords()
    for (let n = 0; n < count; n += 1)
      records.host.put({ ref: `r${n}`, type: 'contact', owner: 'ann', fields: { lastname: `Name ${n}` } })
    const links = sqliteLinks ? sqlite({ path: ':memory:' }).links : memoryLinks()
    const engine = createEngine({
      mailboxes: { ann: { address: 'ann@example.com', mail: mail.port } },
      records: records.port,
      links,
      settings: { firstCycle: 'apply', guard: { creates: { most: count } } }
    })
    await engine.sync('ann')
    for (const { ref } of mail.host.all()) mail.host.edit(ref, { set: { jobTitle: `Title of ${ref}` } })
    for (let n = 0; n < count; n += 2) records.host.edit(`r${n}`, { set: { department: `Department ${n}` } })
    return { report: await engine.sync('ann'), next: () => engine.sync('ann'), mail, records }
  }

  test.each([false, true])(
    'edits of both sides survive, and the next cycle writes nothing (SQLite: %s)',
    async (sqliteLinks) => {
      const { report, next, mail, records } = await edited(sqliteLinks)
      expect(report.writes.record.updated).toBe(count)
      expect(report.writes.mail.updated).toBe(count / 2)
      expect(report.conflicts).toBe(0)
      expect(records.host.all().every(({ fields }) => String(fields['jobtitle']).startsWith('Title of '))).toBe(true)
      expect(mail.host.all().filter(({ fields }) => fields['department'] !== undefined)).toHaveLength(count / 2)
      const { writes } = await next()
      expect([writes.mail, writes.record]).toEqual([
        { created: 0, updated: 0, deleted: 0 },
        { created: 0, updated: 0, deleted: 0 }
      ])
    }
  )
})
