/** The sample messages of the quickstart, read from their files by the adapter `files` and tracked into records. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { files } from '../../src/adapters/files/index.js'
import { memoryLinks, memoryRecords } from '../../src/adapters/memory/index.js'
import { createEngine } from '../../src/engine/run/index.js'

const folder = mkdtempSync(join(tmpdir(), 'liaison-samples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
cpSync(join(import.meta.dirname, '../../examples/quickstart/samples'), folder, { recursive: true })

test('every message in the inbox of the quickstart is decided once, and those of one Message-ID share a record', async () => {
  const records = memoryRecords()
  const mail = files({ root: folder })
  const engine = createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', autoTrack: 'all', mail } },
    records: records.port,
    links: memoryLinks(),
    preset: 'dynamics',
    settings: { guard: { maxDeleteRatio: 1 } }
  })
  const listed = await mail.changes('email', undefined, 500)
  const refs = listed._tag === 'Right' ? listed.right.rows.map(({ ref }) => ref) : []
  const { outcome, counts, decisions } = await engine.sync('ann')
  expect(outcome).toBe('completed')
  expect(refs.length).toBeGreaterThan(3)
  const about = decisions.filter(({ kind }) => kind === 'email')
  expect(about.map(({ item }) => item).sort()).toEqual([...refs].sort())
  expect(counts.done + counts.left + counts.conflicted + counts.held + counts.failed).toBe(counts.looked)
  const made = about.filter(({ recordOp }) => recordOp === 'create')
  const emails = records.host.all().filter(({ type }) => type === 'email')
  expect(emails.length).toBe(made.length)
  const ids = emails.map(({ fields }) => fields['messageid'])
  expect(new Set(ids).size).toBe(ids.length)
  const codes = about.map(({ code }) => code).sort()
  // One of them is malformed on purpose.
  expect(codes.filter((code) => code === 'invalid-item').length).toBe(1)
  expect(codes.filter((code) => code === 'accept-all').length).toBe(made.length)
})
