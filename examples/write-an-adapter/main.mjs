/** Runs the contract suite on the adapter of this folder, and then a first sync with it. Exit status 1 where it fails. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEngine } from 'liaison'
import { memoryLinks, memoryRecords } from 'liaison/adapters/memory'
import { checkAdapter, mailStoreChecks } from 'liaison/testing'
import { addressBook } from './address-book.mjs'

const folder = mkdtempSync(join(tmpdir(), 'liaison-adapter-'))
const newBook = () => {
  const path = join(mkdtempSync(join(folder, 'book-')), 'contacts.json')
  writeFileSync(path, '{}')
  return path
}

/** A stage: a fresh store, and the hand of a person who edits the same file beside it. */
const makeStage = async () => {
  const path = newBook()
  const cards = () => JSON.parse(readFileSync(path, 'utf8'))
  const put = (ref, card) => writeFileSync(path, JSON.stringify({ ...cards(), [ref]: card }))
  let made = 0
  return {
    store: addressBook({ path }),
    kind: 'contact',
    texts: ['givenName', 'email1'],
    seed: async (fields) => {
      made += 1
      put(`seed-${made}`, { fields })
      return `seed-${made}`
    },
    edit: async (ref, set) => {
      const card = cards()[ref]
      put(ref, { ...card, fields: { ...card.fields, ...set } })
    },
    remove: async (ref) => writeFileSync(path, JSON.stringify({ ...cards(), [ref]: undefined })),
    look: async (ref) => cards()[ref]?.fields
  }
}

try {
  const { passed, skipped, failed } = await checkAdapter(mailStoreChecks, makeStage)
  for (const { title, message } of failed) console.log(`FAIL ${title}: ${message}`)
  console.log(`${passed.length} promises kept, ${skipped.length} not made, ${failed.length} broken`)

  const path = newBook()
  const records = memoryRecords()
  records.host.put({ type: 'contact', owner: 'ann', fields: { firstname: 'Ines', lastname: 'Vega' } })
  const mailboxes = { ann: { address: 'ann@contoso.test', mail: addressBook({ path }) } }
  const settings = { firstCycle: 'apply' }
  const engine = createEngine({ mailboxes, records: records.port, links: memoryLinks(), settings })
  await engine.sync('ann')
  const [card] = Object.values(JSON.parse(readFileSync(path, 'utf8')))
  const quiet = await engine.sync('ann')
  console.log(
    `a card of ${card.fields.givenName} ${card.fields.surname} is in the file; a second cycle has ${quiet.changes} changes`
  )
  process.exitCode = failed.length === 0 && card.fields.surname === 'Vega' && quiet.changes === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true })
}
