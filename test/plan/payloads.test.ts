/** What a plan lets go when its payloads grow past `planBytesMax`, and that it comes out the same. */
import { describe, expect, test } from 'vitest'
import { memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
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
  test('every record becomes an item with all its text, and each that was let go is read once more', async () => {
    const { report, items } = await firstCycle(tooMany)
    expect(report.writes.mail.created).toBe(tooMany)
    expect(report.counts.done).toBe(tooMany)
    expect(items.map(({ fields }) => fields['surname']).sort()).toEqual(
      Array.from({ length: tooMany }, (_, n) => `Name ${n}`).sort()
    )
    expect(items.every(({ fields }) => String(fields['personalNotes']).length === notesBytes)).toBe(true)
  })

  test('a plan that fits reads nothing twice', async () => {
    const { report } = await firstCycle(3)
    const { report: large } = await firstCycle(tooMany)
    expect(report.calls['record.read']).toBe(1)
    expect(large.calls['record.read']).toBeGreaterThan(1)
  })

  test('a record that is edited after its payload was let go arrives as it is by then', async () => {
    const { items } = await firstCycle(tooMany, (put) => put(0, 'Newer'))
    expect(items.map(({ fields }) => fields['surname'])).toContain('Newer')
    expect(items).toHaveLength(tooMany)
  })
})
