/** Forward mailboxes (W4): the attached message is taken with its own headers, its envelope never. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { files } from '../../src/adapters/files/index.js'
import { memoryLinks, memoryRecords } from '../../src/adapters/memory/index.js'
import { createEngine, type Fields, forwardedOf, type ItemSnapshot, type MailStore } from '../../src/index.js'
import { runs } from '../runs.js'
import { minutes, world } from './world.js'

const inner: Fields = {
  messageId: '<inner@client.test>',
  from: 'Li <li@client.test>',
  to: ['ann@contoso.test'],
  subject: 'The offer',
  receivedAt: '2026-03-01T08:00:00Z',
  body: 'Inner text'
}
const envelope = (forwarded: Fields | undefined): Fields => ({
  messageId: '<outer@contoso.test>',
  from: 'ann@contoso.test',
  to: ['forward@contoso.test'],
  subject: 'FW: envelope',
  receivedAt: '2026-03-02T08:55:00Z',
  body: 'Outer text',
  ...(forwarded === undefined ? {} : { forwarded })
})
const forward = { forward: true, autoTrack: 'all', user: 'ann' } as const

describe('in memory', () => {
  test('stored is the attached message with its own headers and text; nothing of the envelope', async () => {
    const probes: Array<unknown> = []
    const { engine, mail, records } = world({ ann: forward })
    mail.host.put({ kind: 'email', fields: envelope(inner) })
    await engine().sync('ann', { onProbe: (probe) => probes.push(probe) })
    const [record] = records.host.all()
    expect(record?.fields).toMatchObject({
      messageid: '<inner@client.test>',
      subject: 'The offer',
      description: 'Inner text',
      directioncode: 'incoming'
    })
    for (const told of [record, probes]) {
      expect(JSON.stringify(told)).not.toContain('outer@')
      expect(JSON.stringify(told)).not.toContain('envelope')
      expect(JSON.stringify(told)).not.toContain('Outer')
    }
  })

  test('a second cycle writes nothing, and the message that somebody else has stored is linked (D1)', async () => {
    const { engine, mail, records } = world({ ann: forward })
    mail.host.put({ kind: 'email', fields: envelope(inner) })
    mail.host.put({ kind: 'email', fields: { ...envelope(inner), messageId: '<second@contoso.test>' } })
    const first = await engine().sync('ann')
    expect(first.decisions.map(({ code }) => code).sort()).toEqual(['accept-all', 'already-tracked'])
    expect((await engine().sync('ann')).writes.record.created).toBe(0)
    expect(records.host.all()).toHaveLength(1)
  })

  test('the attached message answers a stored one by its own headers', async () => {
    const { engine, mail, records, time } = world({ ann: { ...forward, autoTrack: 'replies' } })
    records.host.put({
      type: 'email',
      owner: 'ann',
      state: 'completed',
      status: 'sent',
      fields: { messageid: '<first@contoso.test>', directioncode: 'outgoing', subject: 'The question' }
    })
    mail.host.put({ kind: 'email', fields: { ...envelope(inner), inReplyTo: '<first@contoso.test>' } })
    await engine().sync('ann')
    expect(records.host.all()).toHaveLength(1)
    time.nowMs += minutes
    const answer = { ...inner, messageId: '<answer@client.test>', inReplyTo: '<first@contoso.test>' }
    mail.host.put({ kind: 'email', fields: envelope(answer) })
    expect((await engine().sync('ann')).decisions.map(({ code }) => code)).toContain('correlation-match')
  })

  test('forwarded late, it is taken all the same: when it came says nothing of where it has been (A8)', async () => {
    const { engine, mail, records } = world({ ann: forward })
    mail.host.put({ kind: 'email', fields: envelope({ ...inner, receivedAt: '2026-03-02T08:00:00Z' }) })
    await engine().sync('ann')
    mail.host.put({ kind: 'email', fields: envelope({ ...inner, messageId: '<older@client.test>' }) })
    await engine().sync('ann')
    expect(records.host.all()).toHaveLength(2)
  })

  test('nothing is attached: set aside with the reason, once, until it changes', async () => {
    const { engine, mail, records, time } = world({ ann: forward })
    const item = mail.host.put({ kind: 'email', fields: envelope(undefined) })
    const first = await engine().sync('ann')
    expect(first.decisions.map(({ code, facts }) => [code, facts['paths']])).toEqual([
      ['invalid-item', ['forwarded: expected a message']]
    ])
    time.nowMs += 5 * minutes
    expect((await engine().sync('ann')).decisions).toEqual([])
    expect((await engine().explain('ann', 'mail', item)).code).toBe('invalid-item')
    mail.host.edit(item, { set: { forwarded: inner } })
    expect((await engine().sync('ann')).decisions.map(({ code }) => code)).toEqual(['accept-all'])
    expect(records.host.all()).toHaveLength(1)
  })

  test('it only receives: no contact, and nothing is sent', async () => {
    const { engine, mail, records } = world({ ann: forward })
    const contact = mail.host.put({ kind: 'contact', fields: { surname: 'Li' } })
    expect((await engine().track('ann', contact))[0]?.code).toBe('method-unsupported')
    records.host.put({
      type: 'email',
      owner: 'ann',
      state: 'completed',
      status: 'pendingSend',
      fields: { sender: 'ann@contoso.test', torecipients: ['li@client.test'] }
    })
    await engine().sync('ann')
    expect(mail.host.messages.sent).toBe(0)
  })

  test('a store that cannot open what is attached can be no forward mailbox', async () => {
    const closed = (mail: MailStore): MailStore => {
      const { forwarded: _forwarded, ...rest } = mail
      return rest
    }
    const { engine } = world({ ann: forward, wrap: closed })
    expect((await engine().sync('ann')).stoppedBy?.code).toBe('method-unsupported')
    expect((await engine().test('ann')).incoming).toMatchObject({ result: 'failure', code: 'method-unsupported' })
  })

  test('in any other mailbox the envelope is the message', async () => {
    const { engine, mail, records } = world({ ann: { autoTrack: 'all' } })
    mail.host.put({ kind: 'email', fields: envelope(inner) })
    await engine().sync('ann')
    expect(records.host.all()[0]?.fields['messageid']).toBe('<outer@contoso.test>')
  })
})

describe('in a Maildir', () => {
  const folders: Array<string> = []
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
  })

  const maildir = (message: string): string => {
    const root = mkdtempSync(join(tmpdir(), 'liaison-forward-'))
    folders.push(root)
    for (const state of ['cur', 'new', 'tmp']) mkdirSync(join(root, 'mail', state), { recursive: true })
    writeFileSync(join(root, 'mail', 'new', '1772442000.M1.host'), message.replace(/\n/g, '\r\n'))
    return root
  }

  const text = (attached: string) => `From: Ann <ann@contoso.test>
To: forward@contoso.test
Subject: FW: envelope
Message-ID: <outer@contoso.test>
Date: Mon, 2 Mar 2026 08:55:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="outer"

--outer
Content-Type: text/plain

Outer text
${attached}--outer--
`
  const letter = (body: string) => `--outer
Content-Type: message/rfc822
Content-Disposition: attachment; filename="offer.eml"

From: =?utf-8?q?Li_=C3=85?= <li@client.test>
To: ann@contoso.test
Subject: =?utf-8?q?The_offer_=E2=82=AC?=
Message-ID: <inner@client.test>
Date: Sun, 1 Mar 2026 08:00:00 +0000
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="inner"

--inner
Content-Type: text/plain; charset=utf-8

${body}
--inner
Content-Type: text/csv
Content-Disposition: attachment; filename="prices.csv"

1;2;3
--inner--
`

  const stored = async (root: string) => {
    const records = memoryRecords({ types: ['account'] })
    const report = await createEngine({
      mailboxes: { ann: { address: 'forward@contoso.test', ...forward, mail: files({ root, kinds: ['email'] }) } },
      records: records.port,
      links: memoryLinks(),
      preset: 'dynamics'
    }).sync('ann')
    return { report, records }
  }

  test('the attached message is decoded by the same codec, its text and files included', async () => {
    const { report, records } = await stored(maildir(text(letter('Inner text €'))))
    expect(report.decisions.map(({ code }) => code)).toEqual(['accept-all'])
    const [record] = records.host.all()
    expect(record?.fields).toMatchObject({ messageid: '<inner@client.test>', subject: 'The offer €' })
    expect(String(record?.fields['description']).trim()).toBe('Inner text €')
    expect(JSON.stringify(record)).not.toContain('Outer text')
    const [file] = record?.contents ?? []
    expect(file?.name).toBe('prices.csv')
    let bytes = ''
    for await (const piece of records.port.content(record?.ref ?? '', file?.part ?? '')) bytes += Buffer.from(piece)
    expect(bytes.trim()).toBe('1;2;3')
  })

  test('a text too long for a snapshot comes whole', async () => {
    const { records } = await stored(maildir(text(letter('0123456789\n'.repeat(30_000)))))
    expect(String(records.host.all()[0]?.fields['description']).length).toBeGreaterThan(300_000)
  })

  test('nothing attached, or something that is no message: invalid-item', async () => {
    for (const attached of ['', '--outer\nContent-Type: message/rfc822\n\n\n']) {
      const { report, records } = await stored(maildir(text(attached)))
      expect(report.decisions.map(({ code }) => code)).toEqual(['invalid-item'])
      expect(records.host.all()).toEqual([])
    }
  })
})

describe('forwardedOf', () => {
  const anyItem: fc.Arbitrary<ItemSnapshot> = fc.record(
    {
      ref: fc.string(),
      version: fc.string(),
      kind: fc.constant('email'),
      folder: fc.string(),
      categories: fc.array(fc.string(), { maxLength: 2 }),
      fields: fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
      contents: fc.array(fc.record({ part: fc.string(), type: fc.string(), bytes: fc.nat() }), { maxLength: 2 })
    },
    { requiredKeys: ['ref', 'kind', 'fields'] }
  )

  test('FORWARD-1: what the carrier says in its fields changes nothing; FORWARD-2: done again it changes nothing', () => {
    fc.assert(
      fc.property(anyItem, anyItem, fc.dictionary(fc.string(), fc.string()), (carrier, attached, fields) => {
        const shown = forwardedOf(carrier, attached)
        expect(forwardedOf({ ...carrier, fields }, attached)).toEqual(shown)
        expect(forwardedOf(shown, attached)).toEqual(shown)
        expect([shown.ref, shown.version, shown.folder]).toEqual([carrier.ref, carrier.version, carrier.folder])
        expect([shown.fields, shown.contents]).toEqual([attached.fields, attached.contents])
      }),
      runs(0.5)
    )
  })
})
