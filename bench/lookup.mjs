/**
 * A look-up by match code in SQLite among a million records, against one among a thousand: by Message-ID, by
 * conversation and by a code of two fields, each record found by one of its own, and by a term that many bear.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inTurn, note, ratioLine } from './measure.mjs'

const few = 1_000
const many = 1_000_000
const asks = 200
const perConversation = 20

/** As a mailbox of that many messages fills the table, without the time that so many calls take. */
const seed = `
  INSERT INTO liaison_records (type, ref, seq, gone, owner, state, status, created_ms, changed_ms, fields)
  WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?)
  SELECT 'email', 'r' || n, n + 1, 0, 'ann', 'open', NULL, n, n, json_object(
    'messageid', '<' || n || '@contoso.test>',
    'conversationindex', printf('Adz%026dA==', n / ${perConversation}),
    'subject', 'Offer ' || n, 'sender', 'ann' || (n % 1000) || '@contoso.test', 'senton', '2026-03-02'
  ) FROM counted`

const codes = ({ codeOf }) => ({
  'message-id': codeOf('messageid', 'message-id'),
  conversation: codeOf('conversationindex', 'conversation'),
  'two fields': {
    parts: [
      { field: 'sender', op: 'address' },
      { field: 'subject', op: 'subject' }
    ],
    blanks: 'count'
  },
  'a term that all bear': codeOf('senton', 'day')
})

const fieldsOf = (n) => ({
  messageid: `<${n}@contoso.test>`,
  conversationindex: `Adz${String(Math.floor(n / perConversation)).padStart(26, '0')}A==`,
  subject: `RE: offer ${n}`,
  sender: `ann${n % 1000}@contoso.test`,
  senton: '2026-03-02'
})

const right = async (answer) => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(JSON.stringify(result.left))
  return result.right
}

export const run = async (liaison) => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-lookup-'))
  const opened = []
  const storeOf = async (count) => {
    const database = new DatabaseSync(join(folder, `${count}.db`))
    const store = liaison.sqlite({ database, types: ['email'] })
    opened.push(database)
    await right(store.records.changes('email', undefined, 1))
    database.prepare(seed).run(count)
    return { count, records: store.records }
  }
  const named = codes(liaison)
  const keysOf = (code, count) =>
    Array.from({ length: asks }, (_, at) => {
      const fields = fieldsOf(Math.floor((at * count) / asks))
      return { type: 'email', code, term: liaison.termsOf(code, fields)[0] }
    })
  const lookUp = async ({ records, count }, code) => {
    for (const key of keysOf(code, count)) {
      const [{ refs }] = await right(records.lookup([key]))
      if (refs.length === 0) throw new Error('a record was not found')
    }
  }
  try {
    const [small, large] = [await storeOf(few), await storeOf(many)]
    for (const store of [small, large]) {
      const from = performance.now()
      await right(store.records.lookup(Object.values(named).map((code) => keysOf(code, store.count)[0])))
      note(`${store.count} records indexed by four codes at first ask: ${Math.round(performance.now() - from)} ms`)
    }
    for (const [name, code] of Object.entries(named)) {
      const ms = await inTurn({ large: () => lookUp(large, code), small: () => lookUp(small, code) })
      ratioLine(`${asks} look-ups by ${name}, of ${many} records against ${few}`, ms.large, ms.small, 2)
    }
  } finally {
    for (const database of opened) database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}
