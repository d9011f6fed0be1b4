/**
 * 100,000 linked contacts of 30 fields, appointments and tasks, new versions on both sides: from decoded snapshots and base rows to verdicts
 * and effects, against `JSON.parse` of the same snapshots; and from SQLite rows, decode included.
 */
import { DatabaseSync } from 'node:sqlite'
import { appointment, task } from './activities.mjs'
import { contact } from './contacts.mjs'
import { inTurn, note, ratioLine, shown } from './measure.mjs'

const count = 100_000

/** A record as mappings see it: those of activities find its state among the fields. The cycle does it as it reads. */
const seenAs = (liaison, settings, record) =>
  liaison.showsState(settings.mappings[record.type]) ? liaison.viewOf(record) : record

/** Snapshots as the wire has them, and links whose base is what both sides held before the edit. */
const world = (liaison, things, changedEvery) => {
  const { kind, type, state, status } = things
  const settings = liaison.settingsOf({ preset: 'careful', settings: { freeze: null } })
  const shape = liaison.shapeOf(settings.mappings[type], settings, liaison.converters)
  const rules = liaison.rulesOf(shape, settings, {})
  const context = { names: new Map(), digest: () => '', digestBase: false }
  const texts = { item: [], record: [] }
  const links = []
  for (let n = 0; n < count; n += 1) {
    const mail = things.mail(n)
    const record = { ref: `r${n}`, version: 'v2', type, owner: 'ann', state, status, fields: things.record(n) }
    const base = liaison.baseOf(rules, mail, seenAs(liaison, settings, record).fields, context)
    const fields = n % changedEvery === 0 ? { ...mail, ...things.edit(n) } : mail
    texts.item.push(JSON.stringify({ ref: `m${n}`, version: 'v2', kind, fields }))
    texts.record.push(JSON.stringify(record))
    links.push({
      id: `l${n}`,
      mailbox: 'ann',
      item: `m${n}`,
      kind,
      record: `r${n}`,
      type,
      origin: 'both',
      versions: { mail: 'v1', record: 'v1' },
      shape: shape.digest,
      base,
      owner: 'ann',
      state,
      decided: { code: 'unchanged', facts: {}, cycle: '0', atMs: 0 }
    })
  }
  return { things, settings, rules, texts, links }
}

const contextOf = (liaison, { things, settings, rules }) => {
  const can = { changeTimes: 'server', marker: true, findByField: true }
  return {
    tenant: 't',
    mailbox: 'ann',
    user: 'ann',
    address: 'ann@example.com',
    method: 'server',
    cycle: '1',
    nowMs: 1,
    zones: liaison.platformZones,
    timeZone: 'UTC',
    settings,
    clockSkewMs: 120_000,
    access: liaison.fullAccess,
    rules: new Map([[things.type, rules]]),
    formerShapes: new Map(),
    memberships: new Map([[things.type, { _tag: 'Judge', holds: () => true }]]),
    asked: new Set(),
    mailCan: can,
    recordCan: can,
    keyed: liaison.keyedDigest(new Uint8Array(32)),
    second: false,
    freeze: null
  }
}

const batchMax = 500

/** The cycle's own decide, batch by batch; answers how many effects it made. */
const decideAll = (liaison, context, items, records, links) => {
  let effects = 0
  for (let from = 0; from < links.length; from += batchMax) {
    const facts = new liaison.Facts()
    const units = []
    for (let at = from; at < Math.min(links.length, from + batchMax); at += 1) {
      const link = links[at]
      facts.learn(
        { _tag: 'ItemsByRef', ref: link.item },
        { _tag: 'Known', value: { _tag: 'Known', snapshot: items[at] } }
      )
      facts.learn(
        { _tag: 'RecordsByRef', type: link.type, ref: link.record },
        { _tag: 'Known', value: { _tag: 'Known', snapshot: seenAs(liaison, context.settings, records[at]) } }
      )
      units.push({
        key: link.id,
        kind: link.kind,
        type: link.type,
        link,
        item: { ref: link.item },
        record: { ref: link.record },
        gestures: [],
        candidate: false,
        touched: true
      })
    }
    for (const one of liaison.decide(units, facts, context)) effects += one.effects.mail || one.effects.record ? 1 : 0
  }
  return effects
}

const parseAll = (texts) => texts.map((text) => JSON.parse(text))

const shares = [
  { title: '1 % changed', changedEvery: 100, most: 0.5 },
  { title: 'every one with one field changed', changedEvery: 1, most: 1 }
]

export const run = async (liaison) => {
  for (const things of [contact, appointment, task]) {
    for (const share of shares) await fromSnapshots(liaison, things, share)
  }
  await fromSqlite(liaison)
}

const fromSnapshots = async (liaison, things, { title, changedEvery, most }) => {
  const made = world(liaison, things, changedEvery)
  const context = contextOf(liaison, made)
  const items = parseAll(made.texts.item)
  const records = parseAll(made.texts.record)
  const expected = count / changedEvery
  const ms = await inTurn({
    parse: () => {
      parseAll(made.texts.item)
      parseAll(made.texts.record)
    },
    decide: () => {
      const effects = decideAll(liaison, context, items, records, made.links)
      if (effects !== expected) throw new Error(`expected ${expected} effects, made ${effects}`)
    }
  })
  const work = `${count} pairs of ${things.kind}s, ${title}: to verdicts and effects, against JSON.parse of the snapshots`
  // The design sets a target for contacts. Activities have few fields and long texts, which JSON.parse hardly looks at.
  if (things.kind === 'contact') ratioLine(work, ms.decide, ms.parse, most)
  else note(`${work}: ${shown(ms.decide)} against ${shown(ms.parse)}, ratio ${(ms.decide / ms.parse).toFixed(2)}`)
}

const fromSqlite = async (liaison) => {
  const made = world(liaison, contact, 100)
  const context = contextOf(liaison, made)
  const database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE link (id INTEGER PRIMARY KEY, body TEXT, base TEXT, item TEXT, record TEXT)')
  const insert = database.prepare('INSERT INTO link (body, base, item, record) VALUES (?, ?, ?, ?)')
  database.exec('BEGIN')
  made.links.forEach((link, at) => {
    const { base, ...body } = link
    insert.run(JSON.stringify(body), JSON.stringify(base), made.texts.item[at], made.texts.record[at])
  })
  database.exec('COMMIT')
  const select = database.prepare('SELECT body, base, item, record FROM link WHERE id > ? ORDER BY id LIMIT ?')
  const decode = (each) => {
    for (let after = 0; after < count; after += batchMax) {
      const rows = select.all(after, batchMax)
      const decoded = liaison.linksFrom(rows)
      if (decoded._tag !== 'Right' || decoded.right.length !== rows.length) throw new Error('rows did not decode')
      each(
        rows.map((row) => JSON.parse(row.item)),
        rows.map((row) => JSON.parse(row.record)),
        decoded.right
      )
    }
  }
  const ms = await inTurn({
    parse: () => {
      parseAll(made.texts.item)
      parseAll(made.texts.record)
    },
    decode: () => decode(() => undefined),
    all: () => decode((items, records, links) => decideAll(liaison, context, items, records, links))
  })
  ratioLine(
    `${count} pairs of contacts, 1 % changed: from SQLite rows to effects, decode included, against JSON.parse of the snapshots`,
    ms.all,
    ms.parse,
    2.5
  )
  note(`decode alone: ${ms.decode.toFixed(0)} ms, ${(ms.decode / ms.parse).toFixed(2)} of JSON.parse of the snapshots`)
}
