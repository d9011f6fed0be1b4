/**
 * One cycle on your own data. A dry run works on a copy of the database, so that not even SQLite's own files beside it
 * are touched; the folder of cards is only read.
 */
import { copyFileSync, existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createEngine } from 'liaison'
import { files } from 'liaison/adapters/files'
import { sqlite } from 'liaison/adapters/sqlite'
import { printPlan } from './plan.mjs'
import { counts, say } from './table.mjs'

export const run = async ({ mailbox, db, user = 'ann', track, approve, json, 'dry-run': dryRun }) => {
  if (!statSync(mailbox, { throwIfNoEntry: false })?.isDirectory()) {
    console.error(`${mailbox} is no folder`)
    return 2
  }
  const database = dryRun ? copied(db) : { path: db, remove: () => {} }
  const store = sqlite({ path: database.path })
  const mail = files({ root: mailbox })
  try {
    const refusal = await refusalOf(store)
    if (refusal !== undefined) {
      console.error(`${db}: ${refusal}`)
      return 2
    }
    const engine = createEngine({
      mailboxes: { [user]: { address: `${user}@localhost`, mail } },
      records: store.records,
      links: store.links
    })
    if (track) await trackAll(engine, user, mail)
    if (approve !== undefined) await engine.approve(user, approve)
    const report = dryRun ? await engine.plan(user) : await engine.sync(user)
    if (json) console.log(JSON.stringify(report, null, 2))
    else await show({ mail, store }, report)
    return report.outcome === 'completed' || report.outcome === 'held' ? 0 : 1
  } finally {
    store.close()
    database.remove()
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

const trackAll = async (engine, user, mail) => {
  let cursor
  for (let more = true; more; ) {
    const page = await mail.changes('contact', cursor, engine.settings.maxContactsPerGesture)
    // What stops a listing stops the cycle too, and its report says so.
    if (page._tag === 'Left') return
    const items = page.right.rows.map(({ ref }) => ref)
    if (items.length > 0) await engine.track(user, items)
    cursor = page.right.cursor
    more = page.right.more
  }
}

const show = async (world, report) => {
  await printPlan(world, report, { most: 40 })
  console.log()
  counts(report)
  if (report.stoppedBy)
    say(`stopped  ${report.stoppedBy.code} (${report.stoppedBy.tag}, ${report.stoppedBy.side ?? 'link store'})`, '  ')
  for (const { guard, planHash, counts: held } of report.held) {
    const what = Object.entries(held).map(([name, count]) => `${count} ${name}`)
    say(`held by ${guard}: ${what.join(', ')}. To let it pass: --approve ${planHash}`, '  ')
  }
}
