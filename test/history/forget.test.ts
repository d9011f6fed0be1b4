/** Whose traces go, and that nobody else’s do: in the tables, and in the bytes of the file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { Crash, memoryLinks } from '../../src/adapters/memory/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import type { LinkStore } from '../../src/engine/ports.js'
import { runs } from '../runs.js'
import { linkedPair, type World, worldOf, writesOf } from './world.js'

const folder = mkdtempSync(join(tmpdir(), 'liaison-forget-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const people = 3

/** Everything of one person bears this: refs, values, addresses. */
const canary = (n: number): string => `-p${n}-`
const addressOf = (n: number): string => `who-p${n}-@canary.test`

const edits = ['jobTitle', 'department', 'nickName'] as const

type Step = { readonly n: number; readonly does: (typeof does)[number]; readonly to: number }
const does = [
  'editMail',
  'editRecord',
  'conflict',
  'deleteMail',
  'deleteRecord',
  'leave',
  'track',
  'untrack',
  'sync',
  'die',
  'fail'
] as const

const steps = fc.array(fc.record({ n: fc.nat(people - 1), does: fc.constantFrom(...does), to: fc.nat(9) }), {
  minLength: 3,
  maxLength: 10
})

const value = ({ n, to }: Step): string => `v${canary(n)}${to}`

const step = async (world: World, one: Step): Promise<void> => {
  const { n, to } = one
  const item = `m${canary(n)}x`
  const record = `r${canary(n)}x`
  const field = edits[to % edits.length] ?? 'jobTitle'
  world.clock.nowMs += 60_000
  switch (one.does) {
    case 'editMail':
      if (world.mail.get(item)) world.mail.edit(item, { set: { [field]: value(one) } })
      return
    case 'editRecord':
      if (world.records.get(record)) world.records.edit(record, { set: { [field.toLowerCase()]: value(one) } })
      return
    case 'conflict':
      if (world.mail.get(item)) world.mail.edit(item, { set: { jobTitle: `a${value(one)}` } })
      if (world.records.get(record)) world.records.edit(record, { set: { jobtitle: `b${value(one)}` } })
      return
    case 'deleteMail':
      return void world.mail.remove(item)
    case 'deleteRecord':
      return void world.records.remove(record)
    case 'leave':
      if (world.records.get(record)) world.records.edit(record, { owner: to % 2 === 0 ? 'bob' : 'ann' })
      return
    case 'track':
      if (world.mail.get(item)) await world.engine.track('ann', item)
      return
    case 'untrack':
      if (world.mail.get(item)) await world.engine.untrack('ann', item, { deleteRecord: to % 2 === 0 })
      return
    case 'fail':
      world.faults.add({ store: to % 2 === 0 ? 'mail' : 'records', op: 'update', error: 'lost-response' })
      return
    case 'die':
      world.faults.add({ store: 'links', op: 'commit', error: 'crash', after: 1 + (to % 3) })
      return
    case 'sync':
      await world.sync(to % 3 === 0 ? 'bob' : 'ann').catch((thrown: unknown) => {
        if (!(thrown instanceof Crash)) throw thrown
      })
  }
}

/** `tokensOf`: texts that name a person: the canary, and the refs of all things that were ever theirs. */
interface Life {
  readonly world: World
  readonly tokensOf: (n: number) => ReadonlyArray<string>
}

/** A life of several people, each with a card and a record from the beginning. */
const lived = async (links: LinkStore, given: ReadonlyArray<Step>): Promise<Life> => {
  const world = worldOf({ links, settings: { contactDeleteFromMail: 'owner', conflict: 'latest-else-ask' } })
  for (let n = 0; n < people; n += 1) {
    const of = canary(n)
    world.mail.put({ ref: `m${of}x`, kind: 'contact', fields: { surname: `S${of}`, email1: addressOf(n) } })
    world.records.put({
      ref: `r${of}x`,
      type: 'contact',
      owner: 'ann',
      fields: { lastname: `S${of}`, emailaddress1: addressOf(n) }
    })
  }
  const refs = Array.from({ length: people }, () => new Set<string>())
  const note = () => {
    for (const { ref, fields } of [...world.mail.all(), ...world.bobs.all(), ...world.records.all()])
      for (const [n, own] of refs.entries()) if (JSON.stringify(fields).includes(canary(n))) own.add(`"${ref}"`)
  }
  await world.sync()
  note()
  for (const one of given) {
    await step(world, one)
    note()
  }
  world.faults.clear()
  return { world, tokensOf: (n) => [canary(n), ...(refs[n] ?? [])] }
}

const mentions = (text: string, tokens: ReadonlyArray<string>): boolean => tokens.some((token) => text.includes(token))

describe('FORGET-1: nothing of the forgotten is left, and everything of the others is', () => {
  const by = fc.constantFrom('record' as const, 'address' as const)

  test('in memory', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.nat(people - 1), by, async (given, n, how) => {
        const memory = memoryLinks()
        const { world, tokensOf } = await lived(memory, given)
        const rowsOf = () =>
          Object.entries(memory.dump()).flatMap(([table, rows]) =>
            Array.isArray(rows) && table !== 'leases' && table !== 'state'
              ? rows.map((row) => `${table} ${JSON.stringify(row)}`)
              : []
          )
        const tokens = tokensOf(n)
        const others = rowsOf().filter((row) => !mentions(row, tokens))
        const sides = JSON.stringify([world.mail.all(), world.bobs.all(), world.records.all()])
        await world.engine.forget(
          how === 'record' ? { record: `r${canary(n)}x` } : { address: addressOf(n).toUpperCase() }
        )
        const left = rowsOf().filter((row) => mentions(row, tokens))
        // What was said of an item that was made again since, and its claim, name that item's ref and hold no value.
        expect(left.filter((row) => how === 'address' || !/^(decisions|claims) /.test(row))).toEqual([])
        expect(others.filter((row) => !rowsOf().includes(row))).toEqual([])
        expect(JSON.stringify([world.mail.all(), world.bobs.all(), world.records.all()])).toBe(sides)
      }),
      runs(0.15)
    ))

  test('in SQLite: no column of any table, and no byte of the file or its log', () =>
    fc.assert(
      fc.asyncProperty(steps, fc.nat(people - 1), by, async (given, n, how) => {
        const path = join(mkdtempSync(join(folder, 'run-')), 'links.db')
        const store = sqlite({ path })
        const { world } = await lived(store.links, given)
        await world.engine.forget(how === 'record' ? { record: `r${canary(n)}x` } : { address: addressOf(n) })
        const beside = new DatabaseSync(path)
        const tables = beside
          .prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'liaison%'`)
          .all()
        const rows = tables.flatMap(({ name }) =>
          beside
            .prepare(`SELECT * FROM ${name}`)
            .all()
            .map((row) => `${name} ${JSON.stringify(row)}`)
        )
        const wanted = how === 'record' ? `r${canary(n)}x` : addressOf(n)
        expect(rows.length).toBeGreaterThan(0)
        expect(rows.filter((row) => row.includes(wanted))).toEqual([])
        beside.close()
        for (const file of readdirSync(join(path, '..')))
          expect([file, readFileSync(join(path, '..', file)).includes(wanted)]).toEqual([file, false])
        store.close()
      }),
      runs(0.02)
    ))
})

test('a record: its links in all mailboxes, its items, its values; the other pair goes on as before', async () => {
  const world = worldOf()
  const record = await linkedPair(world, { department: 'canary-department' })
  world.mail.put({ ref: 'm2', kind: 'contact', fields: { surname: 'Lee' } })
  await world.engine.track('ann', 'm2')
  await world.sync()
  await world.sync('bob')
  const bobs = world.bobs.all().find(({ fields }) => fields['surname'] === 'Ruiz')?.ref ?? 'nobody'
  const forgotten = await world.engine.forget({ record })
  expect(forgotten).toMatchObject({ links: 2, history: 2 })
  const left = JSON.stringify(world.memory.dump())
  for (const trace of [record, '"m1"', `"${bobs}"`, 'canary-department']) expect(left).not.toContain(trace)
  expect(world.memory.dump().links.map(({ mailbox, row }) => [mailbox, row.kind])).toEqual([
    ['ann', 'contact'],
    ['bob', 'contact']
  ])
  world.mail.edit('m2', { set: { jobTitle: 'B' } })
  expect((await world.sync()).writes.record.updated).toBe(1)
  expect(await world.memory.state('default', 'mailbox/ann')).toMatchObject({ right: { links: { contact: 1 } } })
})

test('an item that was made again since: the first one is forgotten with it, its claim too', async () => {
  const world = worldOf({ settings: { contactDeleteFromMail: 'owner' } })
  const record = await linkedPair(world)
  // What failed once has left a decision about the item by itself.
  world.mail.edit('m1', { set: { jobTitle: 'C' } })
  world.faults.add({ store: 'records', op: 'update', error: 'forbidden' })
  await world.sync()
  world.mail.remove('m1')
  world.records.edit(record, { set: { jobtitle: 'B' } })
  await world.sync()
  expect(world.mail.all()).toMatchObject([{ fields: { jobTitle: 'B' } }])
  expect(JSON.stringify(world.memory.dump())).toContain('m1')
  await world.engine.forget({ record })
  expect(JSON.stringify(world.memory.dump())).not.toContain('m1')
})

test('what is still there and held by a filter comes anew: linked to what bears its mark, not doubled', async () => {
  const world = worldOf()
  world.records.put({ ref: 'r1', type: 'contact', owner: 'ann', fields: { lastname: 'Ruiz' } })
  await world.sync()
  await world.engine.forget({ record: 'r1' })
  expect(world.memory.dump().links).toEqual([])
  world.records.edit('r1', { set: { jobtitle: 'B' } })
  await world.sync()
  expect(world.mail.all()).toHaveLength(1)
  expect(world.memory.dump().links).toHaveLength(1)
})

test('a mailbox: everything of it, claims and documents too; the other mailbox writes nothing', async () => {
  const world = worldOf()
  await linkedPair(world)
  await world.sync('bob')
  await world.sync('bob')
  const bobs = JSON.stringify(world.memory.dump().links.filter(({ mailbox }) => mailbox === 'bob'))
  await world.engine.track('ann', 'm1')
  const forgotten = await world.engine.forget({ mailbox: 'ann' })
  // Its address is claimed too (4.4/3).
  expect(forgotten).toMatchObject({ links: 1, claims: 2, pending: 1, history: 1, state: 2 })
  const { leases, ...left } = world.memory.dump()
  for (const trace of ['"mailbox":"ann"', 'mailbox/ann', 'm1']) expect(JSON.stringify(left)).not.toContain(trace)
  // The lease stays: its token must go on growing. It holds the mailbox’s id and nothing else.
  expect(leases.map(({ name }) => name)).toContain('mailbox/ann')
  expect(JSON.stringify(world.memory.dump().links)).toBe(bobs)
  expect(writesOf(await world.sync('bob'))).toBe(0)
})

test('an address that nobody has: nothing is forgotten', async () => {
  const world = worldOf()
  await linkedPair(world, { email1: 'ana@contoso.test' })
  const before = JSON.stringify(world.memory.dump().links)
  const counts = await world.engine.forget({ address: 'na@contoso.test' })
  expect(Object.values(counts).every((count) => count === 0)).toBe(true)
  expect(JSON.stringify(world.memory.dump().links)).toBe(before)
})

test('under digests an address is found by asking both stores', async () => {
  const world = worldOf({ settings: { base: 'digest', history: 0 }, baseKey: new Uint8Array(32).fill(7) })
  const record = await linkedPair(world, { email1: 'ana@contoso.test' })
  expect(await world.engine.forget({ address: 'ANA@contoso.test' })).toMatchObject({ links: 1 })
  expect(JSON.stringify(world.memory.dump())).not.toContain(record)
})

test('while a mailbox concerned is being synchronised nothing is forgotten', async () => {
  const world = worldOf()
  const record = await linkedPair(world)
  await world.memory.lease('default', 'mailbox/ann', 'somebody else', 60_000)
  for (const what of [{ record }, { mailbox: 'ann' }])
    await expect(world.engine.forget(what)).rejects.toMatchObject({ name: 'Misuse', paths: ['mailbox'] })
  expect(world.memory.dump().links).toHaveLength(1)
})
