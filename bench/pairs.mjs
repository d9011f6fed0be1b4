/**
 * 100,000 linked contacts of 30 fields, new versions on both sides: from decoded snapshots and base rows to verdicts
 * and effects, against `JSON.parse` of the same snapshots; and from SQLite rows, decode included.
 */
import { DatabaseSync } from 'node:sqlite'
import { inTurn, note, ratioLine } from './measure.mjs'

const count = 100_000

const textOf = (n, field) => `${field} of contact number ${n}`

/** Snapshots as the wire has them, and links whose base is what both sides held before the edit. */
const world = (liaison, changedEvery) => {
  const settings = liaison.settingsOf({ preset: 'careful', settings: { freeze: null } })
  const shape = liaison.shapeOf(settings.mappings.contact, settings, liaison.converters)
  const rules = liaison.rulesOf(shape, settings, {})
  const context = { names: new Map(), digest: () => '', digestBase: false }
  const texts = { item: [], record: [] }
  const links = []
  for (let n = 0; n < count; n += 1) {
    const mail = mailFields(n)
    const record = recordFields(n)
    const base = liaison.baseOf(rules, mail, record, context)
    const edited = changedEvery > 0 && n % changedEvery === 0
    texts.item.push(
      JSON.stringify({
        ref: `m${n}`,
        version: 'v2',
        kind: 'contact',
        fields: edited ? { ...mail, jobTitle: `new title ${n}` } : mail
      })
    )
    texts.record.push(
      JSON.stringify({ ref: `r${n}`, version: 'v2', type: 'contact', owner: 'ann', state: 'active', fields: record })
    )
    links.push({
      id: `l${n}`,
      mailbox: 'ann',
      item: `m${n}`,
      kind: 'contact',
      record: `r${n}`,
      type: 'contact',
      origin: 'both',
      versions: { mail: 'v1', record: 'v1' },
      shape: shape.digest,
      base,
      owner: 'ann',
      state: 'active',
      decided: { code: 'unchanged', facts: {}, cycle: '0', atMs: 0 }
    })
  }
  return { settings, rules, texts, links }
}

const mailFields = (n) => ({
  givenName: `Given${n}`,
  surname: `Surname${n}`,
  title: 'Dr',
  jobTitle: textOf(n, 'title'),
  department: textOf(n, 'department'),
  email1: `a${n}@example.com`,
  email2: `b${n}@example.com`,
  email3: `c${n}@example.com`,
  businessPhone: `+34 600 ${n}`,
  businessPhone2: `+34 601 ${n}`,
  homePhone: `+34 602 ${n}`,
  homePhone2: `+34 603 ${n}`,
  mobilePhone: `+34 604 ${n}`,
  pager: `${n}`,
  otherPhone: `+34 605 ${n}`,
  businessFax: `+34 606 ${n}`,
  assistantName: textOf(n, 'assistant'),
  assistantPhone: `+34 607 ${n}`,
  birthday: '1980-05-04',
  weddingAnniversary: '2001-06-30',
  children: ['Tom', 'Eva'],
  manager: textOf(n, 'manager'),
  nickName: `Nick${n}`,
  spouseName: textOf(n, 'spouse'),
  governmentId: `G${n}`,
  ftpSite: `ftp.example.com/${n}`,
  businessHomePage: `https://example.com/${n}`,
  companyMainPhone: `+34 608 ${n}`,
  personalNotes: textOf(n, 'notes'),
  businessAddress: { street: `${n} Elm`, city: 'Lyon', state: 'ARA', postalCode: '69001', country: 'France' }
})

const recordFields = (n) => {
  const mail = mailFields(n)
  return {
    firstname: mail.givenName,
    lastname: mail.surname,
    salutation: 'Dr',
    jobtitle: mail.jobTitle,
    department: mail.department,
    emailaddress1: mail.email1,
    emailaddress2: mail.email2,
    emailaddress3: mail.email3,
    telephone1: mail.businessPhone,
    business2: mail.businessPhone2,
    telephone2: mail.homePhone,
    home2: mail.homePhone2,
    mobilephone: mail.mobilePhone,
    pager: mail.pager,
    telephone3: mail.otherPhone,
    fax: mail.businessFax,
    assistantname: mail.assistantName,
    assistantphone: mail.assistantPhone,
    birthdate: mail.birthday,
    anniversary: mail.weddingAnniversary,
    childrensnames: 'Tom, Eva',
    managername: mail.manager,
    nickname: mail.nickName,
    spousesname: mail.spouseName,
    governmentid: mail.governmentId,
    ftpsiteurl: mail.ftpSite,
    websiteurl: mail.businessHomePage,
    company: mail.companyMainPhone,
    description: mail.personalNotes,
    address1_line1: `${n} Elm`,
    address1_city: 'Lyon',
    address1_stateorprovince: 'ARA',
    address1_postalcode: '69001',
    address1_country: 'France'
  }
}

const contextOf = (liaison, { settings, rules }) => {
  const can = { changeTimes: 'server', marker: true, findByField: true }
  return {
    tenant: 't',
    mailbox: 'ann',
    user: 'ann',
    cycle: '1',
    nowMs: 1,
    settings,
    clockSkewMs: 120_000,
    access: liaison.fullAccess,
    rules: new Map([['contact', rules]]),
    formerShapes: new Map(),
    memberships: new Map([['contact', { _tag: 'Judge', holds: () => true }]]),
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
        { _tag: 'RecordsByRef', type: 'contact', ref: link.record },
        { _tag: 'Known', value: { _tag: 'Known', snapshot: records[at] } }
      )
      units.push({
        key: link.id,
        kind: 'contact',
        type: 'contact',
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

export const run = async (liaison) => {
  for (const [title, changedEvery, most] of [
    ['1 % changed', 100, 0.5],
    ['every one with one field changed', 1, 1]
  ]) {
    const made = world(liaison, changedEvery)
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
    ratioLine(
      `${count} pairs, ${title}: to verdicts and effects, against JSON.parse of the snapshots`,
      ms.decide,
      ms.parse,
      most
    )
  }
  await fromSqlite(liaison)
}

const fromSqlite = async (liaison) => {
  const made = world(liaison, 100)
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
    `${count} pairs, 1 % changed: from SQLite rows to effects, decode included, against JSON.parse of the snapshots`,
    ms.all,
    ms.parse,
    2.5
  )
  note(`decode alone: ${ms.decode.toFixed(0)} ms, ${(ms.decode / ms.parse).toFixed(2)} of JSON.parse of the snapshots`)
}
