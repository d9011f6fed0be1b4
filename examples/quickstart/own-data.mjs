/**
 * One cycle on your own data, of all kinds that lie in the folder. A dry run works on a copy of the database, so that
 * not even SQLite's own files beside it are touched; the mailbox is only read.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createEngine, explain } from 'liaison'
import { files } from 'liaison/adapters/files'
import { sqlite } from 'liaison/adapters/sqlite'
import { messagesOf } from './message-steps.mjs'
import { printPlan } from './plan.mjs'
import { typesWithMail } from './records.mjs'
import { counts, say, table } from './table.mjs'

export const run = async (options) => {
  const { mailbox, db, user = 'ann', address = `${user}@localhost`, zone = ownZone } = options
  const { track, approve, json, 'dry-run': dryRun } = options
  if (!statSync(mailbox, { throwIfNoEntry: false })?.isDirectory()) {
    console.error(`${mailbox} is no folder`)
    return 2
  }
  if (!isZone(zone)) {
    console.error(`${zone} is no time zone that this computer knows`)
    return 2
  }
  const database = dryRun ? copied(db) : { path: db, remove: () => {} }
  const store = sqlite({ path: database.path, types: typesWithMail })
  const mail = files({ root: mailbox, timeZone: zone })
  try {
    const refusal = await refusalOf(store)
    if (refusal !== undefined) {
      console.error(`${db}: ${refusal}`)
      return 2
    }
    const engine = createEngine({
      mailboxes: { [user]: { address, timeZone: zone, mail } },
      records: store.records,
      links: store.links
    })
    const refused = track ? await trackAll(engine, user, mail) : []
    if (approve !== undefined) await engine.approve(user, approve)
    const report = dryRun ? await engine.plan(user) : await engine.sync(user)
    if (json) console.log(JSON.stringify(report, null, 2))
    else await show({ mail, store }, report, refused)
    return report.outcome === 'completed' || report.outcome === 'held' ? 0 : 1
  } finally {
    store.close()
    database.remove()
  }
}

const ownZone = new Intl.DateTimeFormat().resolvedOptions().timeZone

const isZone = (zone) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}

/** Why the database cannot be used, in the words of the adapter: it may be another application's, or none. */
const refusalOf = async ({ links }) => {
  const answer = await links.state('default', 'quickstart')
  if (answer._tag === 'Right') return undefined
  const { _tag, what = _tag, remedy } = answer.left
  return remedy === undefined ? what : `${what}; ${remedy}`
}

/** The database and, where other programs have it open, what they have not written into it yet. */
const copied = (db) => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-dry-run-'))
  const path = join(folder, basename(db))
  for (const ending of ['', '-wal', '-journal'])
    if (existsSync(`${db}${ending}`)) copyFileSync(`${db}${ending}`, `${path}${ending}`)
  return { path, remove: () => rmSync(folder, { recursive: true }) }
}

/** Tracks everything, and answers what was refused. */
const trackAll = async (engine, user, mail) => {
  const refused = []
  for (const kind of mail.can.kinds) refused.push(...(await trackKind(engine, user, mail, kind)))
  return refused
}

const trackKind = async (engine, user, mail, kind) => {
  const refused = []
  let cursor
  for (let more = true; more; ) {
    const page = await mail.changes(kind, cursor, engine.settings.maxContactsPerGesture)
    // What stops a listing stops the cycle too, and its report says so.
    if (page._tag === 'Left') return refused
    const items = page.right.rows.map(({ ref }) => ref)
    if (items.length > 0)
      refused.push(...(await engine.track(user, items)).filter(({ code }) => code === 'method-unsupported'))
    cursor = page.right.cursor
    more = page.right.more
  }
  return refused
}

const show = async (world, report, refused) => {
  await printPlan(world, report, { most: 40 })
  showSetAside(report, refused)
  console.log()
  counts(report)
  showTypes(report)
  if (world.mail.can.kinds.includes('email')) await countMessages(world.mail)
  if (report.stoppedBy)
    say(`stopped  ${report.stoppedBy.code} (${report.stoppedBy.tag}, ${report.stoppedBy.side ?? 'link store'})`, '  ')
  for (const { guard, planHash, counts: held } of report.held) {
    const what = Object.entries(held).map(([name, count]) => `${count} ${name}`)
    say(`held by ${guard}: ${what.join(', ')}. To let it pass: --approve ${planHash}`, '  ')
  }
}

/** A plan is cut after some lines; of which types the rest is stands here. */
const showTypes = ({ decisions }) => {
  const writing = Object.groupBy(
    decisions.filter(({ mail, recordOp }) => mail || recordOp),
    ({ type }) => type
  )
  const types = Object.entries(writing).map(([type, of]) => `${of.length} ${type}`)
  if (types.length > 0) console.log(`  types    ${types.join(', ')}`)
}

/** What could not be read, and what is not taken. */
const showSetAside = ({ decisions }, refused) => {
  const aside = [...decisions.filter(({ code }) => code === 'invalid-item'), ...refused]
  if (aside.length === 0) return
  console.log()
  const rows = aside.map(({ item, record, code, facts = {} }) => [item ?? record, explain(code, facts).text])
  table([{ name: 'left where it is', width: 56 }, { name: 'why' }], rows)
}

const countMessages = async (mail) => {
  const found = await messagesOf(mail)
  const broken = found.filter(({ _tag }) => _tag === 'Unreadable').length
  console.log(`  e-mail   ${found.length} messages, ${broken} of them unreadable`)
}
