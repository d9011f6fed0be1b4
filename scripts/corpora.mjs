// Reads every calendar, card and message below a folder through the adapter `files`, each under a time limit, edits
// what can be edited, and looks whether anything else of the file has changed. A second parser says of each file that
// is refused whether it refuses it too. Use: npm run corpora -- <folder> [--list] [--seconds 10]
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { extname, join, relative, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { tracked } from './corpora-tracking.mjs'

const args = process.argv.slice(2)
const option = (name) => (args.includes(name) ? args[args.indexOf(name) + 1] : undefined)
const seconds = Number(option('--seconds') ?? 10)
const folder = args.find((arg, at) => !arg.startsWith('--') && args[at - 1] !== '--seconds')
if (folder === undefined || !statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
  console.error('usage: npm run corpora -- <folder> [--list] [--seconds 10]: the folder must be there')
  process.exit(2)
}

const kinds = { '.ics': 'calendars', '.vcf': 'contacts', '.eml': 'messages' }
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => Object.hasOwn(kinds, extname(name).toLowerCase()) && statSync(join(folder, name)).isFile())
  .sort()

/** One worker at a time; one that does not answer in time is ended, and another goes on with the next file. */
let worker
const mailboxes = mkdtempSync(join(tmpdir(), 'liaison-corpora-'))
process.on('exit', () => rmSync(mailboxes, { recursive: true, force: true }))
const start = () => new Worker(new URL('./corpora-worker.mjs', import.meta.url), { workerData: { folder: mailboxes } })
const judge = (name) =>
  new Promise((done) => {
    worker ??= start()
    const end = (result) => {
      clearTimeout(timer)
      for (const event of ['message', 'error', 'exit']) worker?.removeAllListeners(event)
      done(result)
    }
    const broken = (what) => {
      const ended = worker
      end({ outcome: what.outcome, paths: [], detail: what.detail })
      worker = undefined
      void ended.terminate()
    }
    // The limit is each thing's: a file of hundreds says of each that it is judged.
    const timer = setTimeout(() => broken({ outcome: 'hang' }), seconds * 1000)
    worker.on('message', (message) => (message === 'next' ? timer.refresh() : end(message)))
    worker.on('error', (error) => broken({ outcome: 'untyped', detail: error.stack }))
    worker.on('exit', () => broken({ outcome: 'untyped', detail: 'the worker ended' }))
    worker.postMessage({ name, bytes: readFileSync(join(folder, name)) })
  })

const results = []
for (const name of files) {
  const startedAt = performance.now()
  const result = await judge(name)
  results.push({ name, kind: kinds[extname(name).toLowerCase()], ms: performance.now() - startedAt, ...result })
}
void worker?.terminate()

const bad = results.filter(({ outcome }) => outcome === 'hang' || outcome === 'untyped' || outcome === 'lost')
console.log(`${results.length} files below ${relative(process.cwd(), resolve(folder)) || '.'}`)
for (const kind of Object.values(kinds)) {
  const own = results.filter((result) => result.kind === kind)
  if (own.length === 0) continue
  const count = (test) => own.filter(test).length
  const refused = own.filter(({ outcome }) => outcome === 'refused')
  console.log(
    [
      `${kind}: ${own.length} files, ${own.reduce((sum, { items = 0 }) => sum + items, 0)} items`,
      `${count(({ outcome }) => outcome === 'read')} read`,
      `${count(({ outcome }) => outcome === 'in part')} read in part`,
      `${count(({ outcome }) => outcome === 'not ours')} without anything of ours`,
      `${refused.length} set aside (${refused.filter(({ second }) => second === 'refused').length} of them refused by ${own[0].parser} too)`,
      `${count(({ outcome, second }) => outcome === 'read' && second === 'refused')} read that ${own[0].parser} refuses`,
      `${own.reduce((sum, { edited = 0 }) => sum + edited, 0)} items edited and taken back`,
      `slowest ${Math.round(Math.max(...own.map(({ ms }) => ms)))} ms`
    ].join('; ')
  )
}

/** How often each code was given, the most frequent first; each message must have been given one. */
const tellCodes = (title, codes, count) => {
  const counts = new Map()
  for (const code of codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  const told = [...counts].sort(([, x], [, y]) => y - x).map(([code, times]) => `${times} ${code}`)
  console.log(`${title}: ${codes.length} codes for ${count} messages; ${told.join(', ')}`)
  if (codes.length !== count) bad.push({ name: title, outcome: 'untold', detail: 'not one code for each message' })
}
const messages = results.filter(({ kind }) => kind === 'messages')
if (messages.length > 0) {
  tellCodes(
    'tracked one by one',
    messages.flatMap(({ codes = [] }) => codes),
    messages.length
  )
  const cur = join(mailboxes, 'all', 'mail', 'cur')
  mkdirSync(cur, { recursive: true })
  for (const [at, { name }] of messages.entries()) copyFileSync(join(folder, name), join(cur, `1.${at}.host:2,S`))
  const startedAt = performance.now()
  tellCodes('tracked in one mailbox', await tracked(join(mailboxes, 'all')), messages.length)
  console.log(`tracked in one mailbox: ${Math.round(performance.now() - startedAt)} ms`)
}
const reasons = new Map()
for (const { kind, paths = [] } of results) {
  for (const path of new Set(paths)) {
    const reason = `${kind}: ${path.replaceAll(/line \d+/g, 'a line').replaceAll(/found \d+/g, 'found several')}`
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
}
console.log('\nreasons, by files')
for (const [reason, count] of [...reasons].sort(([, x], [, y]) => y - x))
  console.log(`${String(count).padStart(5)}  ${reason}`)
if (args.includes('--list')) {
  console.log('\nset aside')
  for (const { name, outcome, second, paths = [], parser } of results) {
    if (['refused', 'in part', 'not ours'].includes(outcome))
      console.log(`${name}\t${second === 'refused' ? `${parser} too` : 'we alone'}\t${outcome}\t${paths[0] ?? ''}`)
  }
}
for (const { name, outcome, detail } of bad) console.log(`\n${outcome.toUpperCase()} ${name}\n${detail ?? ''}`)
console.log(`\n${bad.length} defects`)
process.exit(bad.length > 0 ? 1 : 0)
