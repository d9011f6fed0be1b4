/**
 * One whole decision among a million records, against one among a thousand, on SQLite: the cycle that finds which
 * stored message a reply goes on from, by each road and by keys that a tenth of all messages share; and the cycle that
 * finds what a tracked contact may be the double of, by rules of each kind, another type and a popular date among them.
 * Beside them what a cycle holds in memory whose replies go on from long conversations, and how its time grows with
 * messages of one subject that come at once.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { line, median, note, ratioLine } from './measure.mjs'
import {
  contactFields,
  messageFields,
  noBirthday,
  nowMs,
  openStored,
  perThread,
  popular,
  threadIndex
} from './stored.mjs'

const few = 1_000
const many = 1_000_000
const rounds = 41

/** A message that is one of no popular kind, another one each time. */
const nth = (round, count) => ((round * 79_190) % count) + 5

/** What a reply says of the stored message of that number; `method`: the road by which it must be found. */
const roads = {
  'In-Reply-To': { method: 3, of: ({ messageid }) => ({ inReplyTo: messageid }) },
  token: { method: 4, of: ({ trackingtoken }) => ({ subject: `RE: your question ${trackingtoken}` }) },
  'conversation index': { method: 5, of: ({ conversationindex }) => ({ conversationIndex: conversationindex }) },
  'smart matching': {
    method: 6,
    of: ({ subject, torecipients }) => ({ subject: `RE: ${subject}`, from: torecipients[0] })
  },
  'a conversation that a tenth share': { method: 5, of: () => ({ conversationIndex: popular.conversation }) },
  'a subject that a tenth share': {
    method: 6,
    of: (_, newest) => ({ subject: `RE: ${popular.subject}`, from: newest.torecipients[0] })
  },
  'no road, after all were tried': {
    method: undefined,
    of: () => ({ subject: 'RE: nobody knows CRM:9999999', inReplyTo: '<nobody@x.test>', conversationIndex: 'nobody' })
  }
}

const contact = (fields) => ({ kind: 'contact', fields })

/** What a person tracks, made to be the double of the contact or account of that number. */
const rules = {
  exact: {
    rule: { base: 'contact', match: 'contact', conditions: [{ field: 'emailaddress1', op: 'exact' }] },
    of: (n) => contact({ surname: 'Berg', email1: contactFields(n).emailaddress1 })
  },
  'first letters': {
    rule: { base: 'contact', match: 'contact', conditions: [{ field: 'lastname', op: 'first', n: 6 }] },
    of: (n) => contact({ surname: `${contactFields(n).lastname.slice(0, 6)}sen` })
  },
  'same date and exact': {
    rule: {
      base: 'contact',
      match: 'contact',
      conditions: [
        { field: 'anniversary', op: 'same-date' },
        { field: 'lastname', op: 'exact' }
      ]
    },
    of: (n) => contact({ surname: contactFields(n).lastname, weddingAnniversary: contactFields(n).anniversary })
  },
  'another type': {
    rule: {
      base: 'contact',
      match: 'account',
      conditions: [{ field: 'lastname', matchField: 'name', op: 'exact' }]
    },
    of: (n, accounts) => contact({ surname: `Company ${n % accounts}` })
  },
  'a date that half of all share': {
    rule: { base: 'contact', match: 'contact', conditions: [{ field: 'birthdate', op: 'same-date' }] },
    of: () => contact({ surname: 'Berg', birthday: noBirthday })
  }
}

const synced = async (engine, mailbox) => {
  const from = performance.now()
  const report = await engine.sync(mailbox)
  const ms = performance.now() - from
  if (report.outcome !== 'completed') throw new Error(`a cycle ended as ${report.outcome}`)
  return { ms, report }
}

/** A clock that every cycle moves by a second: no rolling audit falls due. */
const clockOf = () => {
  let at = nowMs
  return { now: () => at, tick: () => (at += 1000) }
}

const messagesWorld = async (liaison, folder, count) => {
  const stored = await openStored(liaison, folder, `messages-${count}`, ['email', 'contact', 'account'])
  const clock = clockOf()
  const mail = liaison.memoryMail({ clock: clock.now, ids: (n) => `reply${n}` })
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', mail: mail.port } },
    records: stored.store.records,
    links: stored.store.links,
    settings: { firstCycle: 'apply', correlation: { smartMatching: true } },
    clock: clock.now
  })
  await synced(engine, 'ann')
  const from = performance.now()
  const shape = liaison.shapeOf(engine.settings.mappings.email, engine.settings, liaison.converters)
  stored.fillEmails(count)
  stored.fillLinks(count, shape.digest)
  const filledMs = performance.now() - from
  let replies = 0
  const newest = messageFields(count - 8)
  const reply = async (says, method) => {
    clock.tick()
    replies += 1
    const fields = { messageId: `<reply${replies}@fabrikam.test>`, from: 'bo@fabrikam.test', to: ['ann@contoso.test'] }
    mail.host.put({ kind: 'email', fields: { ...fields, subject: 'Hello', ...atOf(clock.now()), ...says } })
    const { ms, report } = await synced(engine, 'ann')
    const [decision] = report.decisions
    if (decision?.facts.method !== method) throw new Error(`expected ${method}: ${JSON.stringify(report.decisions)}`)
    return ms
  }
  // One message that asks by every code, so that all of them are indexed in one pass.
  const all = messageFields(5)
  const indexedMs = await reply(
    Object.assign(
      {},
      ...Object.values(roads)
        .slice(0, 4)
        .map(({ of }) => of(all))
    ),
    3
  )
  note(`${count} messages with links, filled in ${seconds(filledMs)}, indexed by four codes in ${seconds(indexedMs)}`)
  const by = (road, round) => reply(road.of(messageFields(nth(round, count)), newest), road.method)
  return { by, close: stored.close }
}

const peopleWorld = async (liaison, folder, count) => {
  const stored = await openStored(liaison, folder, `people-${count}`, ['contact', 'account'])
  const from = performance.now()
  stored.fillPeople(count)
  note(`${count} contacts and accounts, filled in ${seconds(performance.now() - from)}`)
  const worlds = new Map()
  for (const [name, { rule, of }] of Object.entries(rules)) {
    const clock = clockOf()
    const mail = liaison.memoryMail({ clock: clock.now })
    const engine = liaison.createEngine({
      // One mailbox synchronises an address: each rule has its own.
      mailboxes: { [name]: { address: `${name.replace(/\W+/g, '-')}@contoso.test`, user: 'ann', mail: mail.port } },
      records: stored.store.records,
      links: stored.store.links,
      settings: { firstCycle: 'apply', duplicates: { enabled: true, rules: [rule] } },
      clock: clock.now
    })
    await synced(engine, name)
    const track = async (n) => {
      clock.tick()
      await engine.track(name, mail.host.put(of(n, count * 0.4)))
      const { ms, report } = await synced(engine, name)
      const [decision] = report.decisions
      if (decision?.code !== 'duplicate-suspected') throw new Error(JSON.stringify(report.decisions))
      return ms
    }
    const indexedMs = await track(5)
    note(`${count} contacts and accounts: indexed for the rule of ${name} in ${seconds(indexedMs)}`)
    worlds.set(name, track)
  }
  const by = (name, round) => worlds.get(name)(nth(round, count * 0.4))
  return { by, close: stored.close }
}

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`

/** Both in turn; the first of each warms up. */
const compared = async (one, small, large) => {
  const times = { small: [], large: [] }
  for (let round = 0; round <= rounds; round += 1) {
    for (const [size, world] of Object.entries({ small, large })) {
      globalThis.gc?.()
      const ms = await one(world, round)
      if (round > 0) times[size].push(ms)
    }
  }
  return { smallMs: median(times.small), largeMs: median(times.large) }
}

const threads = 100
const textBytes = 40_000
const heapMiBMax = 64

/** All replies are decided in one batch: each finds a hundred messages, whose texts nobody needs. */
const heapOfThreads = async (liaison, folder) => {
  const stored = await openStored(liaison, folder, 'threads', ['email'])
  const mail = liaison.memoryMail({ ids: (n) => `reply${n}` })
  let [before, peak] = [0, 0]
  const { records, links } = stored.store
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', mail: mail.port } },
    records: {
      ...records,
      read: async (...args) => {
        const answer = await records.read(...args)
        globalThis.gc?.()
        peak = Math.max(peak, process.memoryUsage().heapUsed - before)
        return answer
      }
    },
    links,
    settings: { firstCycle: 'apply' },
    clock: () => nowMs
  })
  await synced(engine, 'ann')
  stored.fillThreads(threads, textBytes)
  for (let n = 0; n < threads; n += 1) {
    const fields = { messageId: `<reply${n}@x.test>`, from: 'bo@x.test', to: ['ann@contoso.test'], subject: 'Hello' }
    mail.host.put({ kind: 'email', fields: { ...fields, conversationIndex: threadIndex(n), ...atOf(nowMs) } })
  }
  globalThis.gc?.()
  before = process.memoryUsage().heapUsed
  const { report } = await synced(engine, 'ann')
  stored.close()
  if (report.links.made !== threads) throw new Error(`expected ${threads} links, made ${report.links.made}`)
  const grownMiB = peak / 1024 / 1024
  line(
    `a cycle with ${threads} replies, each to ${perThread} stored messages of ${textBytes / 1000} kB: growth of the heap`,
    `${grownMiB.toFixed(0)} MiB`,
    `${heapMiBMax} MiB`,
    grownMiB / heapMiBMax,
    'at most 1',
    grownMiB <= heapMiBMax
  )
}

const atOf = (ms) => ({ sentAt: new Date(ms).toISOString(), receivedAt: new Date(ms).toISOString() })

/** Milliseconds for each of so many messages of one subject, all of which come with one cycle. */
const oneSubject = (liaison, count) => async () => {
  const store = liaison.sqlite({ path: ':memory:', types: ['email'], clock: () => nowMs })
  const mail = liaison.memoryMail()
  const engine = liaison.createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', autoTrack: 'all', mail: mail.port } },
    records: store.records,
    links: store.links,
    settings: { firstCycle: 'apply', correlation: { smartMatching: true }, guard: { creates: { most: count } } },
    clock: () => nowMs
  })
  await synced(engine, 'ann')
  for (let n = 0; n < count; n += 1) {
    const fields = { messageId: `<${n}@x.test>`, from: 'bo@x.test', to: ['ann@contoso.test'], subject: 'Figures' }
    mail.host.put({ kind: 'email', fields: { ...fields, ...atOf(nowMs - (count - n) * 1000) } })
  }
  const { ms, report } = await synced(engine, 'ann')
  if (report.links.made !== count) throw new Error(`expected ${count} links, made ${report.links.made}`)
  store.close()
  return ms / count
}

const [burst, largeBurst] = [1000, 4000]

const burstsOfOneSubject = async (liaison) => {
  const times = { few: [], many: [] }
  const runs = { few: oneSubject(liaison, burst), many: oneSubject(liaison, largeBurst) }
  await runs.few()
  for (let round = 0; round < 3; round += 1)
    for (const [size, one] of Object.entries(runs)) times[size].push(await one())
  const what = `a cycle with ${largeBurst} messages of one subject, each, against one with ${burst}`
  ratioLine(what, median(times.many), median(times.few), 2)
}

const among = `among ${many} against ${few}`

export const run = async (liaison) => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-correlate-'))
  const opened = []
  const both = async (world) => {
    const [small, large] = [await world(liaison, folder, few), await world(liaison, folder, many)]
    opened.push(small, large)
    return [small, large]
  }
  try {
    const messages = await both(messagesWorld)
    for (const [name, road] of Object.entries(roads)) {
      const { smallMs, largeMs } = await compared(({ by }, round) => by(road, round), ...messages)
      ratioLine(`a cycle with one reply, by ${name}, ${among}`, largeMs, smallMs, 2)
    }
    await heapOfThreads(liaison, folder)
    await burstsOfOneSubject(liaison)
    const people = await both(peopleWorld)
    for (const name of Object.keys(rules)) {
      const { smallMs, largeMs } = await compared(({ by }, round) => by(name, round), ...people)
      ratioLine(`a cycle with one tracked contact that is a double by ${name}, ${among}`, largeMs, smallMs, 2)
    }
  } finally {
    for (const { close } of opened) close()
    rmSync(folder, { recursive: true, force: true })
  }
}
