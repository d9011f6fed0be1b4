/**
 * Three engines, one task, one run: 10,000 contacts of 34 fields come to this side, then nothing happens, then one
 * in a hundred changes on both sides. All three end with the same values on both sides, which is checked.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { median, note, shown } from './measure.mjs'
import { kintoWorld } from './peers/kinto.mjs'
import { liaisonWorld } from './peers/liaison.mjs'
import { rxdbWorld } from './peers/rxdb.mjs'

const count = Number(process.env.LIAISON_PEERS_COUNT ?? 10_000)
const changed = count / 100
const rounds = 7

/** Whose time is set against the others'. */
const first = 'liaison, links in memory'

const worldsOf = (liaison) => ({
  [first]: () => liaisonWorld(liaison, liaison.memoryLinks(), count),
  'liaison, links in SQLite': () => {
    const folder = mkdtempSync(join(tmpdir(), 'liaison-peers-'))
    const store = liaison.sqlite({ path: join(folder, 'links.db') })
    return liaisonWorld(liaison, store.links, count, () => rmSync(folder, { recursive: true, force: true }))
  },
  RxDB: () => rxdbWorld(count),
  'kinto.js': () => kintoWorld(count)
})

/** Edits before a sync; each block of contacts is edited in one phase. A field both changed ends as `there` has it. */
const phases = [
  { name: 'initial sync' },
  { name: 'the sync after it' },
  { name: 'quiet sync' },
  {
    name: '1 % changed on each side, other contacts',
    edits: (n) => [
      ['changeHere', n, 'jobtitle'],
      ['changeThere', n + changed, 'jobtitle']
    ]
  },
  {
    name: '1 % changed on both sides, other fields',
    edits: (n) => [
      ['changeHere', n + 2 * changed, 'department'],
      ['changeThere', n + 2 * changed, 'jobtitle']
    ]
  },
  {
    name: '1 % changed on both sides, the same field',
    edits: (n) => [
      ['changeHere', n + 3 * changed, 'jobtitle'],
      ['changeThere', n + 3 * changed, 'jobtitle']
    ]
  }
]

const numbers = Array.from({ length: changed }, (_, n) => n)

/** One engine through all phases; answers the milliseconds of each. */
const through = async (engine, makeWorld) => {
  const world = await makeWorld()
  const times = []
  for (const [at, { name, edits = () => [] }] of phases.entries()) {
    const made = numbers.flatMap(edits)
    globalThis.gc?.()
    const from = performance.now()
    for (const [change, n, field] of made) world[change](n, field, `${change} ${at}`)
    await world.sync()
    times.push(performance.now() - from)
    for (const [change, n, field] of made) await mustAgree(world, `${engine}, ${name}`, n, field, `${change} ${at}`)
    if ((await world.count()) !== count) throw new Error(`${engine}, ${name}: ${await world.count()} contacts here`)
  }
  await world.close()
  return times
}

const mustAgree = async (world, where, n, field, written) => {
  const [here, there] = [await world.here(n, field), await world.there(n, field)]
  if (here !== there) throw new Error(`${where}: contact ${n} differs in ${field}`)
  // A conflict ends as the other side has it; every other edit must be there.
  if (here !== written && !here.startsWith('changeThere')) throw new Error(`${where}: an edit of contact ${n} is lost`)
}

export const run = async (liaison) => {
  const worlds = Object.entries(worldsOf(liaison))
  const samples = new Map(worlds.map(([engine]) => [engine, phases.map(() => [])]))
  for (let round = 0; round <= rounds; round += 1) {
    for (const [engine, makeWorld] of worlds) {
      const times = await through(engine, makeWorld)
      // The first round only warms up.
      if (round > 0) for (const [at, ms] of times.entries()) samples.get(engine)[at].push(ms)
    }
  }
  const ms = new Map([...samples].map(([engine, times]) => [engine, times.map(median)]))
  report(ms)
}

/** One line for each phase: how long each engine took, and liaison's time in theirs. */
const report = (ms) => {
  for (const [at, { name }] of phases.entries()) {
    note(`${count} contacts, ${name}:`)
    const ours = ms.get(first)[at]
    for (const [engine, times] of ms) {
      const ratio = engine === first ? '' : `, ratio ${(ours / times[at]).toFixed(2)}`
      note(`  ${engine}: ${shown(times[at])}${ratio}`)
    }
  }
  for (const text of differences) note(text)
}

/** What the numbers do not say. */
const differences = [
  'liaison: two foreign stores of unlike shape, 34 mapped rows with converters, bases, claims and intents before each',
  '  write, guards, a report; a merge by fields, deletes with evidence. Stores in memory pass objects.',
  'RxDB: a store of its own kept like the master, documents of one shape, by field only through a handler written for',
  '  this; deletes are flags of documents; no intents, no guard, no report. Handlers pass objects.',
  'kinto.js: a store of its own kept like the server, conflicts of whole records are handed to the host, which keeps',
  '  the bases and merges here; a cursor only without conflicts; no intents, no guard. Requests pass JSON text.'
]
