/** The record feed is the organisation's: 1,000 mailboxes, 1,000 changed records, each row read once. */
import { line } from './measure.mjs'

const mailboxes = 1000
const records = 1000

export const run = async (liaison) => {
  const ids = Array.from({ length: mailboxes }, (_, n) => `user${n}`)
  const store = liaison.memoryRecords({ snapshotsInFeed: false })
  const links = liaison.memoryLinks()
  let rows = 0
  let asEngine = 0
  const port = {
    ...store.port,
    changes: async (...args) => {
      const page = await store.port.changes(...args)
      if (page._tag === 'Right') rows += page.right.rows.length
      return page
    },
    read: async (type, refs, as) => {
      if (as._tag === 'Engine') asEngine += refs.length
      return store.port.read(type, refs, as)
    }
  }
  const engine = liaison.createEngine({
    mailboxes: Object.fromEntries(
      ids.map((id) => [id, { address: `${id}@example.com`, mail: liaison.memoryMail().port }])
    ),
    records: port,
    links,
    preset: 'dynamics'
  })
  for (const id of ids) await engine.sync(id)
  for (let n = 0; n < records; n += 1)
    store.host.put({ ref: `r${n}`, type: 'contact', owner: ids[n % mailboxes], fields: { lastname: `Name ${n}` } })
  rows = 0
  asEngine = 0
  let made = 0
  for (const id of ids) made += (await engine.sync(id)).writes.mail.created
  if (made !== records) throw new Error(`expected ${records} items, made ${made}`)
  line(
    `${mailboxes} mailboxes, ${records} changed records: rows read from the feed`,
    `${rows} rows`,
    `${records} records`,
    rows / records,
    'exactly 1',
    rows === records
  )
  line(
    'the same: records read to be judged',
    `${asEngine} reads`,
    `${records} records`,
    asEngine / records,
    'exactly 1',
    asEngine === records
  )
}
