/**
 * A server: four mailboxes, a SQLite file for what the engine knows, and a morning that passes in a second, because the
 * clock is handed in. In an application `clock` and `wait` are left out, and `serve` runs until the process is told to
 * stop. What is printed as a fact is checked; the exit status is 1 where one does not hold.
 */
import { createEngine, serve } from 'liaison'
import { memoryMail } from 'liaison/adapters/memory'
import { sqlite } from 'liaison/adapters/sqlite'
import { morning } from './time.mjs'

let failed = 0
const claim = (sentence, holds) => {
  if (!holds) failed += 1
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`)
}

const minute = 60_000
const time = morning('2026-03-02T09:00:00Z')
const people = ['ann', 'bob', 'eve', 'joe']
const can = { kinds: ['email', 'contact'] }
const mailboxes = new Map(people.map((id) => [id, memoryMail({ clock: time.clock, can })]))
const store = sqlite({ path: ':memory:', clock: time.clock, types: ['email', 'contact'] })

/** Eve’s server pushes; Joe’s has asked for silence since nine. */
let push
const pushing = (port) => ({
  ...port,
  hints: async function* (signal) {
    while (!signal.aborted) {
      yield await new Promise((resolve) => {
        push = () => resolve({ scope: 'email' })
        signal.addEventListener('abort', () => resolve({}))
      })
    }
  }
})
const silent = (port) => ({
  ...port,
  changes: async () => ({ _tag: 'Left', left: { _tag: 'Throttled', retryAfterMs: 30 * minute } })
})
const portOf = (id) => {
  const { port } = mailboxes.get(id)
  return id === 'eve' ? pushing(port) : id === 'joe' ? silent(port) : port
}

const options = {
  mailboxes: Object.fromEntries(
    people.map((id) => [id, { address: `${id}@contoso.test`, autoTrack: 'all', mail: portOf(id) }])
  ),
  records: store.records,
  links: store.links,
  preset: 'dynamics',
  clock: time.clock,
  // E-mail by what the mailbox shows; contacts, appointments and tasks in steps of up to 15 minutes.
  schedule: { name: 'adaptive', act: { name: 'stepped', idleDelayMsMax: 15 * minute } }
}

const reports = []
const begin = (engine) => {
  const stop = new AbortController()
  const onReport = (report) => reports.push(report)
  const ended = serve(engine, { signal: stop.signal, wait: time.wait, onReport, visitsPerDay: 288 })
  return async () => {
    stop.abort()
    await time.pass(minute)
    await ended
  }
}
const write = (id, n) =>
  mailboxes.get(id).host.put({
    kind: 'email',
    fields: { messageId: `<${id}.${n}@client.test>`, from: 'li@client.test', to: [`${id}@contoso.test`] }
  })
const of = (id) => reports.filter(({ mailbox }) => mailbox === id)

console.log('\nAll mailboxes start, and each comes back in its own time')
const engine = createEngine(options)
const end = begin(engine)
await time.pass(1)
claim('four mailboxes were visited at once', new Set(reports.map(({ mailbox }) => mailbox)).size === 4)
for (let n = 0; n < 60; n += 1) {
  write('ann', n)
  await time.pass(minute)
}
const visits = (id) => of(id).length
claim(
  `Ann gets a message a minute: ${visits('ann')} visits within the hour; Bob none: ${visits('bob')}`,
  visits('ann') > visits('bob') + 3
)
claim(`Joe’s server asked for half an hour of silence: ${visits('joe')} visits`, visits('joe') === 3)

console.log('\nA push is answered in ten seconds')
write('eve', 1)
const before = of('eve').length
push()
await time.pass(11_000)
const [answer] = of('eve').slice(before)
claim('her message is a record', answer?.writes.record.created === 1)

console.log('\nWhen is the next run, and why then?')
for (const id of people) {
  const { email, act } = await engine.nextRun(id)
  console.log(`  ${id}  e-mail: ${email.text}`)
  console.log(`       the rest: ${act.text}`)
}
const { email } = await engine.nextRun('joe')
claim('Joe’s mailbox waits because his server said so', email.reason === 'throttled')

console.log('\nThe server is stopped, and another process goes on where it was')
await end()
const stopped = reports.length
await time.pass(10 * minute)
claim('nothing runs meanwhile', reports.length === stopped)
write('ann', 1000)
const endAgain = begin(createEngine(options))
await time.pass(1)
claim(
  'what was overdue runs first, and Joe still waits',
  of('ann').length > 0 && of('joe').every(({ outcome }) => outcome === 'interrupted')
)
claim('no message was stored twice', reports.reduce((sum, { writes }) => sum + writes.record.created, 0) === 62)
await endAgain()
store.close()

console.log(failed === 0 ? '\nAll claims hold.' : `\n${failed} claims do not hold.`)
process.exitCode = failed === 0 ? 0 : 1
