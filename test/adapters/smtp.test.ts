/**
 * The adapter `smtp` against a real mail server in this process: what goes out, to whom, how often, and what each
 * answer of the server becomes. No test looks at what the adapter calls, only at what the server was handed.
 */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { afterEach, describe, expect, test } from 'vitest'
import { memoryMail } from '../../src/adapters/memory/index.js'
import { failureOf, rows, syncErrorOf } from '../../src/adapters/smtp/errors.js'
import type { SmtpCredentials, SmtpOptions } from '../../src/adapters/smtp/index.js'
import { smtp } from '../../src/adapters/smtp/index.js'
import { isMarkup } from '../../src/adapters/smtp/text.js'
import type { MailCan, MailStore } from '../../src/engine/ports.js'
import type { ContentPut, CreateEffect, Effect, Fields, Outcome, SyncError } from '../../src/model/index.js'
import { fail, Misuse, ok } from '../../src/model/index.js'
import { checkAdapter, mailStoreChecks } from '../../src/testing/contract/index.js'
import { memoryMailStage } from './memory-stages.js'
import type { MailServer, Received } from './smtp-stages.js'
import { mailServer, messageTo, refusal, sendingBy, written } from './smtp-stages.js'

const open: Array<{ readonly close: () => Promise<void> }> = []

const serving: typeof mailServer = async (options) => {
  const server = await mailServer(options)
  open.push(server)
  return server
}

afterEach(async () => {
  for (const server of open.splice(0)) await server.close()
})

const parsed = ({ raw }: Received) => new PostalMime().parse(raw)

const onlyOne = ({ received }: MailServer): Received => {
  expect(received.length).toBe(1)
  return received[0] as Received
}

const errorOf = (outcome: Outcome | undefined): SyncError | undefined =>
  outcome?._tag === 'Failed' ? outcome.error : undefined

const folders = (host: ReturnType<typeof memoryMail>['host']): ReadonlyArray<string | undefined> =>
  host.all().map(({ folder }) => folder)

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const adding = (name: string, type: string, text: string): ContentPut => ({
  _tag: 'Add',
  name,
  type,
  bytes: bytesOf(text).length,
  read: async function* () {
    yield bytesOf(text.slice(0, 3))
    yield bytesOf(text.slice(3))
  }
})

describe('what goes out', () => {
  test('a message with everything arrives as it was written', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const effect: CreateEffect = {
      ...messageTo(['bob@y.test', 'carl@y.test'], {
        to: [{ address: 'bob@y.test', name: 'Böb, "the" Builder' }, 'carl@y.test'],
        cc: [{ address: 'dora@z.test', name: 'Dora' }],
        bcc: ['eve@z.test', 'bob@y.test'],
        subject: 'Grüße — 你好',
        inReplyTo: '<first@y.test>',
        references: ['<first@y.test>', 'none', '<second@y.test>'],
        conversationIndex: 'AdABCDEF==',
        isPrivate: true,
        body: '<html><body><p>Ça va?</p></body></html>',
        attachments: [{ name: 'note.txt', content: Buffer.from('inline ✓').toString('base64'), type: 'text/plain' }]
      }),
      contents: [
        adding('Übersicht.pdf', 'application/pdf', 'streamed bytes'),
        adding('old.eml', 'message/rfc822', 'A: b')
      ]
    }
    const outcome = await written(sendingBy(server, mail), effect)
    const { id, key } = effect
    expect(outcome).toMatchObject({ _tag: 'Done', key, ref: id, snapshot: { folder: 'sent', marker: effect.marker } })
    expect(folders(host)).toEqual(['sent'])
    expect(host.get(id)?.contents?.map(({ name }) => name)).toEqual(['Übersicht.pdf', 'old.eml'])

    const { from, to, raw } = onlyOne(server)
    expect(from).toBe('ann@x.test')
    expect(to).toEqual(['bob@y.test', 'carl@y.test', 'dora@z.test', 'eve@z.test'])
    expect(raw.toString()).not.toMatch(/eve@z\.test|^bcc/im)
    const message = await new PostalMime({ attachmentEncoding: 'utf8' }).parse(raw)
    expect(message).toMatchObject({
      messageId: effect.fields.messageId,
      inReplyTo: '<first@y.test>',
      references: '<first@y.test> <second@y.test>',
      subject: 'Grüße — 你好',
      date: '2026-03-04T05:06:07.000Z',
      from: { address: 'ann@x.test' },
      to: [
        { address: 'bob@y.test', name: 'Böb, "the" Builder' },
        { address: 'carl@y.test', name: '' }
      ],
      cc: [{ address: 'dora@z.test', name: 'Dora' }]
    })
    expect(message.html).toContain('<p>Ça va?</p>')
    expect(
      message.headers.filter(({ key }) => ['thread-index', 'sensitivity'].includes(key)).map(({ value }) => value)
    ).toEqual(['AdABCDEF==', 'Private'])
    expect(message.attachments.map(({ filename, mimeType, content }) => [filename, mimeType, content])).toEqual([
      ['note.txt', 'text/plain', 'inline ✓'],
      ['Übersicht.pdf', 'application/pdf', 'streamed bytes'],
      ['old.eml', 'application/octet-stream', 'A: b']
    ])
  })

  test('a text goes as text, also where it has an address in angle brackets or lines that look like commands', async () => {
    const server = await serving()
    const body = 'a <b@x.test> wrote:\n.\n..\nQUIT\r\n.\r\nMAIL FROM:<x@x.test>\rlast\0 line'
    const effect = messageTo(['bob@y.test'], { body })
    await written(sendingBy(server, memoryMail().port), effect)
    const message = await parsed(onlyOne(server))
    expect(message.html).toBeUndefined()
    expect(message.text?.trimEnd()).toBe('a <b@x.test> wrote:\n.\n..\nQUIT\n.\nMAIL FROM:<x@x.test>\nlast\ufffd line')
  })

  test('markup is told by tags that HTML has', () => {
    for (const text of ['<p>a', 'x<br>y', '<!DOCTYPE html>', '<a href="x">', '</div>', '<BR />', '<h1 id=a>'])
      expect(isMarkup(text), text).toBe(true)
    for (const text of ['', 'a < b > c', '<b@x.test>', '<https://x.test>', '<pfoo>', 'if (a<b) c>d', '<Ann Lee>'])
      expect(isMarkup(text), text).toBe(false)
  })

  test('only a new message in `sent` goes out; everything else is the mailbox’s own', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const sends = sendingBy(server, mail)
    const { folder: _none, ...noFolder } = messageTo(['bob@y.test'])
    const others: ReadonlyArray<Effect> = [
      { ...messageTo(['bob@y.test']), folder: 'drafts' },
      noFolder,
      { ...messageTo(['bob@y.test']), kind: 'contact' },
      { _tag: 'Update', key: 'u', ref: noFolder.id, type: 'email', set: { subject: 'Other' } },
      { _tag: 'Delete', key: 'd', ref: noFolder.id, type: 'email' }
    ]
    const answer = await sends.write(others)
    expect(answer._tag === 'Right' && answer.right.map(({ _tag }) => _tag)).toEqual(Array(5).fill('Done'))
    expect(host.all().length).toBe(2)
    expect(server.connections()).toBe(0)
    expect(sends.can).toEqual({ ...mail.can, sends: true })
  })

  test('what stands around a message in a batch is carried out before and after it', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const contact = (key: string): Effect => ({ _tag: 'Create', key, id: key, kind: 'contact', fields: { n: key } })
    const message = messageTo(['bob@y.test'])
    const answer = await sendingBy(server, mail).write([contact('a'), contact('b'), message, contact('c')])
    expect(answer._tag === 'Right' && answer.right.map(({ key }) => key)).toEqual(['a', 'b', message.key, 'c'])
    expect(host.all().map(({ ref }) => ref)).toEqual(['a', 'b', message.id, 'c'])
    const many = Array.from({ length: 51 }, () => messageTo(['bob@y.test']))
    expect(await sendingBy(server, mail).write(many)).toEqual(fail({ _tag: 'TooLarge', limit: 50, actual: 51 }))
  })

  test('where the mailbox fails in the middle, what was sent before is told', async () => {
    const server = await serving()
    const { port: mail } = memoryMail()
    const down = { _tag: 'Transient', message: 'down' } as const
    const failing: MailStore = {
      ...mail,
      write: async (effects) => (effects[0]?.key === 'c' ? fail(down) : mail.write(effects))
    }
    const contact: Effect = { _tag: 'Create', key: 'c', id: 'c', kind: 'contact', fields: {} }
    const sends = sendingBy(server, failing)
    const [first, last] = [messageTo(['bob@y.test']), messageTo(['bob@y.test'])]
    const answer = await sends.write([first, contact, last])
    expect(answer).toMatchObject(
      ok([{ _tag: 'Done' }, { _tag: 'Failed', error: down }, { _tag: 'Failed', error: down }])
    )
    expect(server.received.length).toBe(1)
    expect(await sends.write([contact, last])).toEqual(fail(down))
  })
})

describe('one after the other', () => {
  test('a batch shares one connection, and goes in its order', async () => {
    const server = await serving()
    const batch = Array.from({ length: 8 }, () => messageTo(['bob@y.test']))
    await sendingBy(server, memoryMail().port).write(batch)
    const subjects = await Promise.all(server.received.map(async (one) => (await parsed(one)).subject))
    expect(subjects).toEqual(batch.map(({ fields }) => fields.subject))
    expect(server.connections()).toBe(1)
  })

  test('batches wait for each other', async () => {
    let under = 0
    let most = 0
    const server = await serving({
      onMailFrom: (_address, _session, done) => {
        under += 1
        most = Math.max(most, under)
        setTimeout(() => done(), 5)
      },
      afterData: () => {
        under -= 1
        return undefined
      }
    })
    const sends = sendingBy(server, memoryMail().port)
    const batches = Array.from({ length: 5 }, () => [messageTo(['bob@y.test']), messageTo(['bob@y.test'])])
    await Promise.all(batches.map((batch) => sends.write(batch)))
    const subjects = await Promise.all(server.received.map(async (one) => (await parsed(one)).subject))
    expect(subjects).toEqual(batches.flat().map(({ fields }) => fields.subject))
    expect(most).toBe(1)
  })

  test('a message that is refused stops no other, and the next one has a connection of its own', async () => {
    const server = await serving({
      onRcptTo: ({ address }, _session, done) => done(address.startsWith('no') ? refusal(550, '5.1.1 no') : null)
    })
    const batch = ['bob@y.test', 'no@y.test', 'carl@y.test'].map((to) => messageTo([to]))
    const answer = await sendingBy(server, memoryMail().port).write(batch)
    expect(answer._tag === 'Right' && answer.right.map(({ _tag }) => _tag)).toEqual(['Done', 'Failed', 'Done'])
    expect(server.received.map(({ to }) => to[0])).toEqual(['bob@y.test', 'carl@y.test'])
    expect(server.connections()).toBe(2)
  })
})

describe('who sends', () => {
  const signedIn = async (answers: ReadonlyArray<SmtpCredentials>) => {
    const server = await serving({
      authOptional: false,
      authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
      onAuth: ({ username, password, accessToken }, _session, done) =>
        username === 'ann' && (password === 'right' || accessToken === 'right')
          ? done(null, { user: username })
          : done(refusal(535, '5.7.8 no'))
    })
    let asked = 0
    const auth = async (): Promise<SmtpCredentials> => {
      asked += 1
      return answers[asked - 1] ?? (answers.at(-1) as SmtpCredentials)
    }
    const batch = [messageTo(['bob@y.test']), messageTo(['bob@y.test'])]
    const { port: mail, host } = memoryMail()
    const answer = await sendingBy(server, mail, { auth }).write(batch)
    if (answer._tag === 'Left') throw new Error(JSON.stringify(answer))
    return { asked, server, host, outcomes: answer.right }
  }
  const ways: ReadonlyArray<readonly [string, SmtpCredentials, SmtpCredentials]> = [
    ['a password', { user: 'ann', password: 'right' }, { user: 'ann', password: 'old' }],
    ['a token', { user: 'ann', accessToken: 'right' }, { user: 'ann', accessToken: 'old' }]
  ]
  test.each(ways)('%s', async (_name, right) => {
    const { asked, server } = await signedIn([right])
    expect(server.received.map(({ user }) => user)).toEqual(['ann', 'ann'])
    expect(asked).toBe(1)
  })
  test.each(ways)('%s that has run out is asked for once more', async (_name, right, old) => {
    const { asked, server } = await signedIn([old, right])
    expect(server.received.length).toBe(2)
    expect(asked).toBe(2)
  })
  test.each(ways)(
    '%s that is wrong: a person must sign in, and no second message tries it',
    async (_name, _right, old) => {
      const { asked, server, outcomes, host } = await signedIn([old])
      const error = { _tag: 'SignInRequired', side: 'mail' }
      expect(outcomes.map(errorOf)).toEqual([error, error])
      expect([asked, server.received.length, host.all().length]).toEqual([2, 0, 0])
    }
  )

  test('a server that wants to know in the middle is told once more', async () => {
    let refused = false
    const server = await serving({
      onAuth: (_auth, _session, done) => done(null, { user: 'ann' }),
      onMailFrom: (_address, _session, done) => {
        const answer = refused ? null : refusal(530, '5.7.0 authentication required')
        refused = true
        done(answer)
      }
    })
    const auth = async () => ({ user: 'ann', password: 'p' })
    const outcome = await written(sendingBy(server, memoryMail().port, { auth }), messageTo(['bob@y.test']))
    expect(outcome._tag).toBe('Done')
    expect([server.received.length, server.connections()]).toEqual([1, 2])
  })

  test('without an answer to who sends nothing is sent, and it says why', async () => {
    const server = await serving()
    const withAuth = (thrown: unknown) =>
      written(sendingBy(server, memoryMail().port, { auth: () => Promise.reject(thrown) }), messageTo(['bob@y.test']))
    expect(errorOf(await withAuth({ _tag: 'Throttled' }))).toEqual({ _tag: 'Throttled' })
    expect(errorOf(await withAuth(new Error('secret')))).toEqual({ _tag: 'Transient' })
    expect(server.connections()).toBe(0)
  })

  test('nothing is said over an open line, unless the host says so', async () => {
    const heard: Array<string> = []
    const server = await serving({
      onAuth: (_auth, _session, done) => {
        heard.push('auth')
        done(null, { user: 'ann' })
      }
    })
    const { port: mail } = memoryMail()
    const closed = smtp({
      mail,
      host: '127.0.0.1',
      port: server.port,
      auth: async () => ({ user: 'ann', password: 'p' })
    })
    expect(errorOf(await written(closed, messageTo(['bob@y.test'])))).toMatchObject({
      _tag: 'Unsupported',
      what: expect.stringMatching(/^STARTTLS/)
    })
    expect([heard, server.received]).toEqual([[], []])
  })

  test('TLS: from the first byte or by STARTTLS; a certificate that nobody knows is refused', async () => {
    for (const secure of [true, false]) {
      const server = await serving({ secure, disabledCommands: [], allowInsecureAuth: false })
      const options = { mail: memoryMail().port, host: '127.0.0.1', port: server.port, secure }
      const trusting = smtp({ ...options, tls: { rejectUnauthorized: false } })
      expect((await written(trusting, messageTo(['bob@y.test'])))._tag).toBe('Done')
      expect(errorOf(await written(smtp(options), messageTo(['bob@y.test'])))).toMatchObject({ _tag: 'Transient' })
      expect(server.received.length).toBe(1)
    }
  })
})

describe('what the server says', () => {
  const transient = { _tag: 'Transient' }
  const throttled = { _tag: 'Throttled' }
  const signIn = { _tag: 'SignInRequired', side: 'mail' }
  const malformed = (path: string) => ({ _tag: 'Malformed', side: 'mail', paths: [path] })
  const tooLarge = { _tag: 'TooLarge' }
  type Place = 'sender' | 'recipient' | 'message'
  const refused = (where: string, said: string) => malformed(`${where}: expected what the server accepts (${said})`)
  const table: ReadonlyArray<readonly [Place, number, string, object]> = [
    ['sender', 421, '4.3.0 closing', transient],
    ['sender', 450, '4.7.1 try later', transient],
    ['sender', 451, '4.3.0 local', transient],
    ['sender', 452, '4.3.1 storage', transient],
    ['sender', 421, '4.7.0 rate of messages is too high', throttled],
    ['sender', 452, '4.5.3 too many messages this hour', throttled],
    ['sender', 530, '5.7.0 authenticate', signIn],
    ['sender', 550, '5.7.60 not you', refused('from', 'MAIL FROM 550 5.7.60')],
    ['sender', 552, '5.3.4 too large', tooLarge],
    ['sender', 553, 'syntax', refused('from', 'MAIL FROM 553')],
    ['recipient', 450, '4.2.1 greylisted', transient],
    ['recipient', 452, '4.5.3 too many recipients', transient],
    ['recipient', 450, '4.7.1 sending rate exceeded', throttled],
    ['recipient', 550, '5.1.1 bob@y.test unknown', refused('to.0', 'RCPT TO 550 5.1.1')],
    ['recipient', 551, 'not local', refused('to.0', 'RCPT TO 551')],
    ['recipient', 552, '5.2.2 full', refused('to.0', 'RCPT TO 552 5.2.2')],
    ['recipient', 552, 'full', refused('to.0', 'RCPT TO 552')],
    ['recipient', 553, 'no such name', refused('to.0', 'RCPT TO 553')],
    ['recipient', 554, '5.7.1 relay', refused('to.0', 'RCPT TO 554 5.7.1')],
    ['recipient', 550, '5.4.5 daily limit exceeded', throttled],
    ['message', 421, '4.4.2 message submission rate exceeded', throttled],
    ['message', 421, '4.3.2 shutting down', transient],
    ['message', 450, '4.2.0 later', transient],
    ['message', 451, '4.7.1 later', transient],
    ['message', 452, '4.3.1 storage', transient],
    ['message', 550, '5.7.1 spam: Good morning', refused('message', 'DATA 550 5.7.1')],
    ['message', 552, 'size', tooLarge],
    ['message', 552, '5.3.4 size', tooLarge],
    ['message', 554, 'no', refused('message', 'DATA 554')]
  ]
  test.each(table)('to the %s: %i %s', async (place, reply, text, expected) => {
    const answer = refusal(reply, text)
    const server = await serving({
      onMailFrom: (_address, _session, done) => done(place === 'sender' ? answer : null),
      onRcptTo: (_address, _session, done) => done(place === 'recipient' ? answer : null),
      afterData: () => (place === 'message' ? answer : undefined)
    })
    const { port: mail, host } = memoryMail()
    const error = errorOf(await written(sendingBy(server, mail), messageTo(['bob@y.test'])))
    expect(error).toMatchObject(expected)
    expect(error).not.toHaveProperty('unsure')
    expect(JSON.stringify(error)).not.toMatch(/bob|ann|morning|liaison/)
    // It was not sent, so nothing says that it may have been.
    expect([server.received.length, host.all().length]).toEqual([0, 0])
  })

  const logins: ReadonlyArray<readonly [number, string, object]> = [
    [454, '4.7.0 for the moment', transient],
    [454, '4.7.0 too many login attempts', throttled],
    [534, '5.7.9 mechanism', signIn],
    [535, '5.7.8 credentials', signIn],
    [500, 'what', signIn]
  ]
  test.each(logins)('to who sends: %i %s', async (reply, text, expected) => {
    const server = await serving({ onAuth: (_auth, _session, done) => done(refusal(reply, text)) })
    const auth = async () => ({ user: 'ann', password: 'secret' })
    const error = errorOf(await written(sendingBy(server, memoryMail().port, { auth }), messageTo(['bob@y.test'])))
    expect(error).toMatchObject(expected)
    expect(error).not.toHaveProperty('unsure')
  })

  const greetings: ReadonlyArray<readonly [number, object]> = [
    [421, transient],
    [554, { _tag: 'Forbidden', side: 'mail' }]
  ]
  test.each(greetings)('to the connection: %i', async (reply, expected) => {
    const server = await serving({ onConnect: (_session, done) => done(refusal(reply, 'no')) })
    expect(errorOf(await written(sendingBy(server, memoryMail().port), messageTo(['bob@y.test'])))).toMatchObject(
      expected
    )
  })

  test('a server that tells its limit is not sent more', async () => {
    const server = await serving({ size: 1000 })
    const error = errorOf(
      await written(sendingBy(server, memoryMail().port), messageTo(['bob@y.test'], { body: 'x'.repeat(5000) }))
    )
    expect(error).toEqual({ _tag: 'TooLarge', limit: 4999, actual: 5000 })
    expect(server.received).toEqual([])
  })

  test('every row of the table decides something', () => {
    const of = (command: string, code: string, response?: string) => {
      const reply = response === undefined ? {} : { response, responseCode: Number(response.slice(0, 3)) }
      return failureOf({ code, command, ...reply })
    }
    const failures = [
      of('MAIL FROM', 'EMESSAGE'),
      of('AUTH XOAUTH2', 'EAUTH'),
      of('API', 'EENVELOPE'),
      of('CONN', 'EDNS'),
      of('DATA', 'EMESSAGE', '421 4.7.28 unusual rate'),
      of('DATA', 'EMESSAGE', '451 later'),
      of('DATA', 'EMESSAGE', '550 5.4.5 limit exceeded'),
      of('STARTTLS', 'ETLS', '502 what'),
      of('MAIL FROM', 'EENVELOPE', '530 5.7.0 who'),
      of('AUTH PLAIN', 'EAUTH', '504 what'),
      of('EHLO', 'EPROTOCOL', '554 no'),
      of('RCPT TO', 'EENVELOPE', '552 5.3.4 size'),
      of('MAIL FROM', 'EENVELOPE', '552 5.2.2 full'),
      of('RCPT TO', 'EENVELOPE', '552 full'),
      of('DATA', 'EMESSAGE', '552 size'),
      of('DATA', 'EMESSAGE', '554 no'),
      of('DATA', 'EMESSAGE', '300 what')
    ]
    expect(failures.length).toBe(rows.length)
    const about = { path: 'message', bytes: 10, unsure: false }
    expect(failures.map((failure) => failure && syncErrorOf(failure, about)._tag)).toEqual([
      ...['TooLarge', 'SignInRequired', 'Malformed', 'Transient', 'Throttled', 'Transient', 'Throttled', 'Unsupported'],
      ...['SignInRequired', 'SignInRequired', 'Forbidden', 'TooLarge', 'Malformed', 'Malformed', 'TooLarge'],
      ...['Malformed', 'Transient']
    ])
    expect(failureOf(new TypeError('a defect'))).toBeUndefined()
  })
})

describe('to all or to none', () => {
  const refusing = (pipelines: boolean, answers: { readonly [name: string]: Error }) =>
    serving({
      hidePIPELINING: !pipelines,
      onRcptTo: ({ address }, _session, done) => done(answers[address.split('@')[0] ?? ''] ?? null)
    })
  const fields: Fields = { cc: ['dora@z.test', 'no@z.test'], bcc: ['later@z.test'] }
  test.each([true, false])('one refused recipient: nobody gets it; with pipelining: %s', async (pipelines) => {
    const server = await refusing(pipelines, { no: refusal(550, '5.1.1 no'), later: refusal(450, '4.2.1 later') })
    const { port: mail, host } = memoryMail()
    const sends = sendingBy(server, mail)
    const error = errorOf(await written(sends, messageTo(['bob@y.test'], fields)))
    expect(error).toEqual({
      _tag: 'Malformed',
      side: 'mail',
      paths: ['cc.1: expected what the server accepts (RCPT TO 550 5.1.1)']
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect([server.received.length, host.all().length]).toEqual([0, 0])
    expect((await written(sends, messageTo(['bob@y.test'])))._tag).toBe('Done')
  })
  test('one who is to be tried later: all are', async () => {
    const server = await refusing(true, { later: refusal(450, '4.2.1 later') })
    const error = errorOf(await written(sendingBy(server, memoryMail().port), messageTo(['bob@y.test'], fields)))
    expect(error).toEqual({ _tag: 'Transient', message: 'RCPT TO 450 4.2.1' })
    expect(server.received).toEqual([])
  })
})

describe('a connection that is none', () => {
  const sendTo = async (port: number, options: Partial<SmtpOptions> = {}) => {
    const { port: mail, host } = memoryMail()
    const batch = [messageTo(['bob@y.test']), messageTo(['bob@y.test'])]
    const answer = await sendingBy({ port }, mail, options).write(batch)
    if (answer._tag === 'Left') throw new Error(JSON.stringify(answer))
    return { errors: answer.right.map(errorOf), kept: host.all().length }
  }
  /** A server of lines: each line that comes is answered by the next of these; `undefined` hangs up. */
  const scripted = async (lines: ReadonlyArray<string | undefined>): Promise<number> => {
    const server = createServer((socket) => {
      const left = [...lines]
      let heard = ''
      let before: string | undefined
      const say = (): void => {
        // A message is heard to its end.
        if (before?.startsWith('354') === true && !heard.endsWith('\r\n.\r\n')) return
        const line = left.shift()
        before = line
        if (line === undefined) socket.destroy()
        else if (line !== '') socket.write(`${line}\r\n`)
      }
      socket.on('error', () => undefined)
      socket.on('data', (piece) => {
        heard += piece.toString('latin1')
        say()
      })
      say()
    })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    open.push({ close: () => new Promise((resolve) => void server.close(() => resolve())) })
    return (server.address() as AddressInfo).port
  }

  test('nobody listens: later, and the second message does not try again', async () => {
    const server = await mailServer()
    await server.close()
    const { errors, kept } = await sendTo(server.port)
    expect(errors).toEqual(Array(2).fill({ _tag: 'Transient', message: 'CONN ESOCKET' }))
    expect(kept).toBe(0)
  })
  test('a name that is none', async () => {
    const { errors } = await sendTo(25, { host: 'nowhere.invalid' })
    expect(errors[0]).toMatchObject({ _tag: 'Transient' })
  })
  test('a server that says nothing', async () => {
    const { errors } = await sendTo(await scripted(['']), { connectMs: 50 })
    expect(errors[0]).toEqual({ _tag: 'Transient', message: 'CONN ETIMEDOUT' })
  })
  test('a server that speaks another language', async () => {
    const { errors } = await sendTo(await scripted(['HTTP/1.1 400 what', undefined]))
    expect(errors[0]).toMatchObject({ _tag: 'Transient' })
  })
  const before: ReadonlyArray<readonly [string, ReadonlyArray<string | undefined>]> = [
    ['before the greeting', [undefined]],
    ['after the greeting', ['220 x', undefined]],
    ['after EHLO', ['220 x', '250 x', undefined]],
    ['after the sender', ['220 x', '250 x', '250 ok', undefined]],
    ['after the recipient', ['220 x', '250 x', '250 ok', '250 ok', undefined]]
  ]
  test.each(before)('hung up %s: nothing was sent', async (_name, lines) => {
    const { errors, kept } = await sendTo(await scripted(lines))
    expect(errors[0]).toEqual({ _tag: 'Transient', message: 'CONN ECONNECTION' })
    expect(kept).toBe(0)
  })
  test('hung up in the middle of a login', async () => {
    const port = await scripted(['220 x', '250-x\r\n250 AUTH PLAIN', undefined])
    const { errors } = await sendTo(port, { auth: async () => ({ user: 'a', password: 'b' }) })
    expect(errors[0]).toEqual({ _tag: 'Transient', message: 'CONN ECONNECTION' })
  })
  test('an answer to the message that is no answer: it may have been sent', async () => {
    const { errors } = await sendTo(
      await scripted(['220 x', '250 x', '250 ok', '250 ok', '354 go', 'hello', undefined])
    )
    expect(errors[0]).toMatchObject({ _tag: 'Transient', unsure: true })
  })
  test('a message that is taken before it has ended: it may have been sent', async () => {
    const port = await scripted(['220 x', '250 x', '250 ok', '250 ok', '354 go\r\n250 ok'])
    const { errors } = await sendTo(port)
    expect(errors[0]).toEqual({ _tag: 'Transient', message: 'DATA EPROTOCOL', unsure: true })
  })
  test('no answer to the message in time: it may have been sent', async () => {
    const { errors } = await sendTo(await scripted(['220 x', '250 x', '250 ok', '250 ok', '354 go', '']), {
      sendMs: 80
    })
    expect(errors[0]).toMatchObject({ _tag: 'Transient', unsure: true })
  })

  test('hung up when the message was there: it may have been sent, its copy waits, and nobody sends it again', async () => {
    const server = await serving({
      afterData: (_session, cut) => {
        cut()
        return undefined
      }
    })
    const { port: mail, host } = memoryMail()
    const effect = messageTo(['bob@y.test'])
    const error = errorOf(await written(sendingBy(server, mail), effect))
    expect(error).toEqual({ _tag: 'Transient', message: 'CONN ECONNECTION', unsure: true })
    expect(folders(host)).toEqual(['outbox'])
    expect(host.all()[0]?.fields.messageId).toBe(effect.fields.messageId)
    const calm = await serving()
    expect(errorOf(await written(sendingBy(calm, mail), effect))).toMatchObject({ _tag: 'Transient', unsure: true })
    expect(calm.received).toEqual([])
    // Another request is another message.
    const anew = { ...effect, fields: { ...effect.fields, messageId: '<again@liaison.test>' } }
    expect((await written(sendingBy(calm, mail), anew))._tag).toBe('Done')
  })

  test('hung up in the middle of the message: it was not sent', async () => {
    const server = await serving({ onPiece: (cut) => cut() })
    const { port: mail, host } = memoryMail()
    const effect: CreateEffect = {
      ...messageTo(['bob@y.test']),
      contents: [
        {
          _tag: 'Add',
          name: 'a',
          type: 'text/plain',
          bytes: 100,
          read: async function* () {
            for (let piece = 0; piece < 60; piece += 1) {
              yield new Uint8Array(64 * 1024)
              await new Promise((resolve) => setTimeout(resolve, 2))
            }
          }
        }
      ]
    }
    const error = errorOf(await written(sendingBy(server, mail), effect))
    expect(error).toMatchObject({ _tag: 'Transient' })
    expect(error).not.toHaveProperty('unsure')
    expect([server.received.length, host.all().length]).toEqual([0, 0])
  })
})

describe('at most once', () => {
  /** A store that dies at its nth write: before it has written, or after. */
  const dying = (mail: MailStore, at: number, when: 'before' | 'after'): MailStore => {
    let count = 0
    return {
      ...mail,
      write: async (effects) => {
        count += 1
        if (count > at || (count === at && when === 'before')) throw new Error('dead')
        const answer = await mail.write(effects)
        if (count === at) throw new Error('dead')
        return answer
      }
    }
  }
  const cases: ReadonlyArray<readonly [number, 'before' | 'after', number, ReadonlyArray<string>, string]> = [
    [1, 'before', 0, [], 'Done'],
    [1, 'after', 0, ['outbox'], 'Transient'],
    [2, 'before', 1, ['outbox'], 'Transient'],
    [2, 'after', 1, ['outbox', 'sent'], 'AlreadyExists'],
    [3, 'before', 1, ['outbox', 'sent'], 'AlreadyExists'],
    [3, 'after', 1, ['sent'], 'AlreadyExists']
  ]
  test.each(cases)('dead at write %i, %s it: sent %i times, the copies lie in %j, then %s', async (...expected) => {
    const [at, when, times, left, then] = expected
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const effect = messageTo(['bob@y.test'])
    await expect(sendingBy(server, dying(mail, at, when)).write([effect])).rejects.toThrow('dead')
    expect(server.received.length).toBe(times)
    expect(folders(host)).toEqual(left)
    const found = await mail.find([
      { _tag: 'ByField', kind: 'email', field: 'messageId', value: String(effect.fields.messageId) }
    ])
    expect(found._tag === 'Right' && found.right[0]?.refs.length).toBe(left.length)
    // Whoever comes after and does not look sends it at most once all the same.
    const again = await written(sendingBy(server, mail), effect)
    expect(again._tag === 'Failed' ? again.error._tag : again._tag).toBe(then)
    expect(server.received.length).toBe(Math.max(times, then === 'Done' ? 1 : 0))
  })

  /** A store whose nth write of one effect is answered so. */
  const answering = (mail: MailStore, at: number, error: SyncError, writes: boolean): MailStore => {
    let count = 0
    return {
      ...mail,
      write: async (effects) => {
        count += 1
        if (count !== at) return mail.write(effects)
        if (writes) await mail.write(effects)
        return ok(effects.map(({ key }) => ({ _tag: 'Failed', key, error })))
      }
    }
  }
  const lost: SyncError = { _tag: 'Transient', unsure: true }

  test('without a copy in outbox nothing is sent', async () => {
    const server = await serving()
    const errors: ReadonlyArray<SyncError> = [{ _tag: 'QuotaExceeded' }, { _tag: 'Throttled' }, { _tag: 'Transient' }]
    for (const error of errors) {
      const { port: mail, host } = memoryMail()
      const outcome = await written(sendingBy(server, answering(mail, 1, error, false)), messageTo(['bob@y.test']))
      expect(errorOf(outcome)).toEqual(error)
      expect(host.all()).toEqual([])
    }
    expect(server.received).toEqual([])
  })
  test('a copy whose answer was lost is taken back: nothing was sent, and it can be sent later', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const effect = messageTo(['bob@y.test'])
    const outcome = await written(sendingBy(server, answering(mail, 1, lost, true)), effect)
    expect(errorOf(outcome)).toEqual({ _tag: 'Transient' })
    expect(host.all()).toEqual([])
    expect((await written(sendingBy(server, mail), effect))._tag).toBe('Done')
    expect(server.received.length).toBe(1)
  })
  test('a lost answer to the copy in `sent` is asked for again', async () => {
    const server = await serving()
    for (const writes of [true, false]) {
      const { port: mail, host } = memoryMail()
      const effect = messageTo(['bob@y.test'])
      const outcome = await written(sendingBy(server, answering(mail, 2, lost, writes)), effect)
      expect(outcome).toMatchObject({ _tag: 'Done', ref: effect.id })
      expect(folders(host)).toEqual(['sent'])
    }
  })
  test('a message that is out stays sent where its copy cannot be filed', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const full = answering(mail, 2, { _tag: 'QuotaExceeded' }, false)
    const effect = messageTo(['bob@y.test'])
    const outcome = await written(sendingBy(server, full), effect)
    expect(outcome).toMatchObject({
      _tag: 'Done',
      key: effect.key,
      ref: host.all()[0]?.ref,
      snapshot: { folder: 'outbox' }
    })
  })
  test('a store that names things itself', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail({ can: { clientIds: false } })
    const outcome = await written(sendingBy(server, mail), messageTo(['bob@y.test']))
    expect(outcome).toMatchObject({ _tag: 'Done', ref: 'm2', snapshot: { folder: 'sent' } })
    expect(folders(host)).toEqual(['sent'])
  })
  test('a mailbox that takes no messages says how to go without copies', async () => {
    const server = await serving()
    const mail = memoryMail({ can: { kinds: ['contact'] } }).port
    const effect = messageTo(['bob@y.test'])
    expect(errorOf(await written(sendingBy(server, mail), effect))).toMatchObject({
      _tag: 'Unsupported',
      remedy: expect.stringContaining("copy: 'none'")
    })
    expect(server.received).toEqual([])
    const bare = sendingBy(server, mail, { copy: 'none' })
    expect(await written(bare, effect)).toEqual({ _tag: 'Done', key: effect.key, ref: effect.id })
    expect(bare.can.findByField).toBe(mail.can.findByField)
    expect(server.received.length).toBe(1)
  })
  test('without copies a lost answer is all that tells', async () => {
    const server = await serving({
      afterData: (_session, cut) => {
        cut()
        return undefined
      }
    })
    const { port: mail, host } = memoryMail()
    const outcome = await written(sendingBy(server, mail, { copy: 'none' }), messageTo(['bob@y.test']))
    expect(errorOf(outcome)).toMatchObject({ _tag: 'Transient', unsure: true })
    expect(host.all()).toEqual([])
  })
  test('a content that cannot be read: nothing is sent, and its failure is the answer', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    let reads = 0
    const failing = (thrown: unknown): ContentPut => ({
      _tag: 'Add',
      name: 'a.bin',
      type: 'application/octet-stream',
      bytes: 100_000,
      read: async function* () {
        reads += 1
        yield new Uint8Array(100_000)
        if (reads % 2 === 0) throw thrown
      }
    })
    const gone: SyncError = { _tag: 'Gone', ref: 'x' }
    const cases: ReadonlyArray<readonly [unknown, SyncError]> = [
      [gone, gone],
      [new Error('secret'), { _tag: 'Transient' }]
    ]
    for (const [thrown, error] of cases) {
      const effect = { ...messageTo(['bob@y.test']), contents: [failing(thrown)] }
      expect(errorOf(await written(sendingBy(server, mail), effect))).toEqual(error)
    }
    expect([server.received.length, host.all().length]).toEqual([0, 0])
  })
})

describe('hostile messages', () => {
  const evil = 'x\r\nBcc: evil@z.test\nX-Evil: 1\r\n\r\nbody\0\u0085\u2028end'
  const expectedHeaders = [
    ...[
      'from',
      'to',
      'cc',
      'subject',
      'message-id',
      'in-reply-to',
      'references',
      'date',
      'mime-version',
      'thread-index'
    ],
    ...['content-type', 'content-transfer-encoding']
  ]
  test('no line of a field becomes a header', async () => {
    const server = await serving()
    const effect: CreateEffect = {
      ...messageTo(['bob@y.test'], {
        from: { address: 'ann@x.test', name: evil },
        to: [
          { address: 'bob@y.test', name: evil },
          { address: 'carl@y.test', name: '"><evil@z.test>, ' }
        ],
        cc: [{ address: 'dora@z.test', name: `=?utf-8?Q?${evil}?=` }],
        subject: `${evil}\ud800`,
        inReplyTo: `<a@b>${evil}`,
        references: [`<a@b>\r\nX-Evil: 1`, '<ok@b>', `<${evil}>`],
        conversationIndex: `AAAA\r\nX-Evil: 1`,
        body: `.\r\n.\r\nQUIT`,
        attachments: [{ name: `${evil}.txt`, content: 'YQ==', type: `text/plain\r\nX-Evil: 1` }]
      }),
      contents: [adding(`${evil}.pdf"; name=x`, `application/pdf; name="${evil}"`, 'abcdef')]
    }
    const outcome = await written(sendingBy(server, memoryMail().port), effect)
    expect(outcome._tag).toBe('Done')
    const received = onlyOne(server)
    expect(received.to).toEqual(['bob@y.test', 'carl@y.test', 'dora@z.test'])
    const message = await parsed(received)
    for (const { key } of message.headers) expect(expectedHeaders).toContain(key)
    expect(new Set(message.headers.map(({ key }) => key)).size).toBe(message.headers.length)
    expect(received.raw.toString('latin1')).not.toMatch(/^(?:x-evil|bcc)/im)
    expect(received.raw.includes(0)).toBe(false)
    expect(message.from?.address).toBe('ann@x.test')
    expect(message.to?.map(({ address }) => address)).toEqual(['bob@y.test', 'carl@y.test'])
    expect(message.references).toBe('<ok@b>')
    expect(message.inReplyTo).toBeUndefined()
    expect(message.text?.trimEnd()).toBe('.\n.\nQUIT')
    expect(message.attachments.length).toBe(2)
  })

  const addresses = [
    '',
    'bob',
    '@y.test',
    'bob@',
    'bob@y@z.test',
    'bob@y.test>\r\nRCPT TO:<evil@z.test',
    'bob@y.test\n',
    '\r\nbob@y.test\r\nx',
    'bob @y.test',
    'Bob <bob@y.test>',
    'bob@y.test,evil@z.test',
    'bob@y.test;evil@z.test',
    '"a b"@y.test',
    'b\0b@y.test',
    'b\u0085b@y.test',
    'bob@[127.0.0.1]',
    `${'b'.repeat(250)}@y.test`
  ]
  test.each(addresses.map((address) => [JSON.stringify(address), address]))(
    '%s is no address',
    async (_name, address) => {
      const server = await serving()
      const sends = sendingBy(server, memoryMail().port)
      const trimmed = /^\S+@\S+$/.test(address.trim()) && address.trim() === 'bob@y.test'
      const outcome = await written(sends, messageTo(['carl@y.test'], { bcc: ['dora@y.test', { address }] }))
      if (trimmed) {
        expect(server.received[0]?.to).toEqual(['carl@y.test', 'dora@y.test', 'bob@y.test'])
        return
      }
      expect(errorOf(outcome)).toEqual({ _tag: 'Malformed', side: 'mail', paths: ['bcc.1: expected an address'] })
      expect(errorOf(await written(sends, messageTo(['carl@y.test'], { from: address })))).toMatchObject({
        _tag: 'Malformed',
        paths: ['from: expected an address']
      })
      expect(server.connections()).toBe(0)
    }
  )

  test('everything that is wrong is said at once, without a value', async () => {
    const server = await serving()
    const effect = messageTo([], {
      from: null,
      messageId: 'secret',
      sentAt: 'secret',
      attachments: [{ name: 'secret' }, { name: 'a', content: 'not base64!' }, 'secret']
    })
    expect(errorOf(await written(sendingBy(server, memoryMail().port), effect))).toEqual({
      _tag: 'Malformed',
      side: 'mail',
      paths: [
        'from: expected an address',
        'to: expected at least one recipient',
        'messageId: expected the id of a message in angle brackets',
        'sentAt: expected an instant',
        'attachments.0: expected a name, and its content in base64',
        'attachments.1: expected a name, and its content in base64',
        'attachments.2: expected a name, and its content in base64'
      ]
    })
    expect(server.connections()).toBe(0)
  })

  test('limits: recipients, and bytes as told and as they come', async () => {
    const server = await serving()
    const { port: mail, host } = memoryMail()
    const sends = sendingBy(server, mail, { limits: { addressesMax: 2, messageBytesMax: 5000 } })
    const many = messageTo(['a@y.test', 'b@y.test'], { bcc: ['c@y.test'] })
    expect(errorOf(await written(sends, many))).toMatchObject({ paths: ['to: expected at most 2 recipients'] })
    const long = messageTo(['a@y.test'], { body: 'x'.repeat(5001) })
    expect(errorOf(await written(sends, long))).toEqual({ _tag: 'TooLarge', limit: 5000, actual: 5001 })
    expect(server.connections()).toBe(0)
    const lying = {
      ...messageTo(['a@y.test']),
      contents: [{ ...adding('a', 'text/plain', 'x'.repeat(9000)), bytes: 1 }]
    }
    expect(errorOf(await written(sends, lying))).toMatchObject({ _tag: 'TooLarge', limit: 5000 })
    expect([server.received.length, host.all().length]).toEqual([0, 0])
  })
})

describe('what it is made of', () => {
  test('without nodemailer: what to install; handed in or loaded, as classes or as modules', async () => {
    const server = await serving()
    const { default: SMTPConnection } = await import('nodemailer/lib/smtp-connection')
    const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
    const absent = () => Promise.reject(Object.assign(new Error('none'), { code: 'ERR_MODULE_NOT_FOUND' }))
    for (const nodemailer of [absent, async () => ({}), async () => ({ SMTPConnection })]) {
      const outcome = await written(sendingBy(server, memoryMail().port, { nodemailer }), messageTo(['bob@y.test']))
      expect(errorOf(outcome)).toMatchObject({ _tag: 'Unsupported', remedy: expect.stringMatching(/^npm install/) })
    }
    const given: ReadonlyArray<NonNullable<SmtpOptions['nodemailer']>> = [
      { SMTPConnection, MailComposer },
      async () => ({ SMTPConnection, MailComposer }),
      async () => ({
        SMTPConnection: { default: { default: SMTPConnection } },
        MailComposer: { default: MailComposer }
      })
    ]
    for (const nodemailer of given)
      expect(
        (await written(sendingBy(server, memoryMail().port, { nodemailer }), messageTo(['bob@y.test'])))._tag
      ).toBe('Done')
    const broken = sendingBy(server, memoryMail().port, { nodemailer: () => Promise.reject(new TypeError('broken')) })
    await expect(broken.write([messageTo(['bob@y.test'])])).rejects.toThrow('broken')
  })

  test('wrong use is told', () => {
    const { port: mail } = memoryMail()
    for (const options of [{ host: '' }, { host: 'a b' }, { host: 'x', port: 0 }, { host: 'x', port: 70_000 }])
      expect(() => smtp({ mail, ...options })).toThrow(Misuse)
  })

  test('a mailbox that is an object of a class, and has heads and hints', async () => {
    const { port } = memoryMail()
    class Mailbox implements MailStore {
      readonly #mail = port
      readonly can = port.can
      changes(...args: Parameters<MailStore['changes']>) {
        return this.#mail.changes(...args)
      }
      read(...args: Parameters<MailStore['read']>) {
        return this.#mail.read(...args)
      }
      heads(...args: Parameters<MailStore['read']>) {
        return this.#mail.read(...args)
      }
      find(...args: Parameters<MailStore['find']>) {
        return this.#mail.find(...args)
      }
      write(...args: Parameters<MailStore['write']>) {
        return this.#mail.write(...args)
      }
      content(...args: Parameters<MailStore['content']>) {
        return this.#mail.content(...args)
      }
      async *hints() {
        yield this.#mail === port ? { scope: 'email' } : {}
      }
    }
    const server = await serving()
    const sends = sendingBy(server, new Mailbox())
    const effect = messageTo(['bob@y.test'])
    expect((await written(sends, effect))._tag).toBe('Done')
    expect(await sends.heads?.([effect.id])).toMatchObject(ok([{ _tag: 'Known' }]))
    for await (const hint of sends.hints?.(new AbortController().signal) ?? []) expect(hint).toEqual({ scope: 'email' })
    expect('hints' in sendingBy(server, port)).toBe(false)
  })

  const variants: ReadonlyArray<Partial<MailCan>> = [{}, { clientIds: false, marker: false }, { feed: 'list' }]
  test.each(variants.map((can) => [JSON.stringify(can), can]))(
    'it keeps the word of the mailbox: %s',
    async (_name, can) => {
      const server = await serving()
      const through = (store: MailStore) => sendingBy(server, store)
      const report = await checkAdapter(mailStoreChecks, memoryMailStage({ can, through }))
      expect(report.failed).toEqual([])
    }
  )

  test('it keeps the word of the mailbox for messages that are sent', async () => {
    const server = await serving()
    const through = (store: MailStore): MailStore => {
      const sends = sendingBy(server, store)
      return {
        ...sends,
        write: (effects) =>
          sends.write(
            effects.map((effect) =>
              effect._tag !== 'Create' || effect.kind !== 'email'
                ? effect
                : {
                    ...effect,
                    folder: 'sent',
                    fields: { ...effect.fields, messageId: `<${effect.id}@x.test>`, from: 'a@x.test', to: ['b@x.test'] }
                  }
            )
          )
      }
    }
    const make = async () => {
      const { port, host } = memoryMail({ can: { itemBytesMax: 6 * 1024 * 1024 } })
      const base = await memoryMailStage()()
      return {
        ...base,
        store: through(port),
        kind: 'email',
        texts: ['subject', 'body'] as const,
        seed: async (fields: Fields) => host.put({ kind: 'email', fields }),
        edit: async (ref: string, set: Fields) => void host.edit(ref, { set }),
        remove: async (ref: string) => void host.remove(ref),
        look: async (ref: string) => host.get(ref)?.fields,
        corrupt: async (ref: string) => host.corrupt(ref),
        expire: async () => host.expireCursors(),
        move: async (ref: string) => host.edit(ref, { folder: 'elsewhere' }),
        attach: async (ref: string, bytes: Uint8Array) => host.attach(ref, bytes)
      }
    }
    const report = await checkAdapter(mailStoreChecks, make)
    expect(report.failed.map(({ title, message }) => `${title}: ${message}`)).toEqual([])
    expect(server.received.length).toBeGreaterThan(0)
  })
})
