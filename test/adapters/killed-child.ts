/**
 * A process that is to be killed. It commits to the file it is given; `once` dies at its n-th statement by its own
 * hand (SIGKILL runs no handler and flushes nothing), `loop` commits until somebody kills it.
 */
import { writeSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Database } from '../../src/adapters/sqlite/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { intentOf, linkOf } from '../../src/testing/contract/sample.js'

const [path = '', mode = '', count = '0'] = process.argv.slice(2)

const tell = (text: string): void => {
  writeSync(1, `${text}\n`)
}

/** A connection that calls back before each statement. */
const watched = (database: DatabaseSync, before: () => void): Database => ({
  prepare: (sql) => {
    const statement = database.prepare(sql)
    return {
      run: (...values) => {
        before()
        return statement.run(...values)
      },
      get: (...values) => {
        before()
        return statement.get(...values)
      },
      all: (...values) => statement.all(...values)
    }
  },
  exec: (sql) => {
    before()
    database.exec(sql)
  }
})

const dieAt = (step: number) => {
  let steps = 0
  return {
    before: () => {
      steps += 1
      if (steps === step) process.kill(process.pid, 'SIGKILL')
    },
    start: () => {
      steps = 0
    },
    steps: () => steps
  }
}

const once = async (step: number): Promise<void> => {
  const killer = dieAt(step)
  let isArmed = false
  const database = new DatabaseSync(path)
  const { links } = sqlite({ database: watched(database, () => isArmed && killer.before()) })
  const answer = await links.lease('tenant', 'ann', 'child', 60_000)
  if (answer._tag === 'Left' || answer.right._tag !== 'Leased') throw new Error('the lease is busy')
  isArmed = true
  await links.transact({
    lease: answer.right.lease,
    mailbox: 'ann',
    closed: ['old'],
    links: [linkOf('new', { related: ['acc'] }), linkOf('old', { origin: 'both' })],
    intents: [intentOf('new')],
    state: [{ name: 'cursor', document: { at: 'new' } }]
  })
  isArmed = false
  tell(`survived ${killer.steps()}`)
}

const loop = async (): Promise<void> => {
  const { links } = sqlite({ path })
  const answer = await links.lease('tenant', 'ann', 'child', 60_000)
  if (answer._tag === 'Left' || answer.right._tag !== 'Leased') throw new Error('the lease is busy')
  const { lease } = answer.right
  for (let n = 1; ; n += 1) {
    const state = [{ name: 'cursor', document: { at: n } }]
    const committed = await links.transact({ lease, mailbox: 'ann', links: [linkOf(`link-${n}`)], state })
    if (committed._tag === 'Left') throw new Error(committed.left._tag)
    tell(String(n))
  }
}

const append = async (): Promise<void> => {
  const { links } = sqlite({ path })
  for (let n = 0; n < Number(count); n += 1) {
    const key = { tenant: 'tenant', mailbox: 'ann' }
    const answer = await links.append(
      key,
      [{ _tag: 'Track', item: `${process.pid}-${n}`, kind: 'email', by: 'ann' }],
      0
    )
    if (answer._tag === 'Left') throw new Error(answer.left._tag)
  }
  tell('done')
}

if (mode === 'once') await once(Number(count))
else if (mode === 'loop') await loop()
else await append()
