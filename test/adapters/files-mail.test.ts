/** Messages of the `files` adapter: a Maildir as the port shows it, and what may be written to it. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync
} from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FilesOptions } from '../../src/adapters/files/index.js'
import { files } from '../../src/adapters/files/index.js'
import { instantOfHeader } from '../../src/adapters/files/maildir/date.js'
import { folderName, messageName, nameText, newDirectory } from '../../src/adapters/files/maildir/name.js'
import type { MailStore } from '../../src/engine/ports.js'
import type { Effect, Fields, Found, ItemSnapshot, Outcome, UpdateEffect } from '../../src/model/index.js'
import { headOf, uuidOf } from '../../src/model/index.js'
import type { MailStage } from '../../src/testing/contract/index.js'
import { checkAdapter, mailStoreChecks } from '../../src/testing/contract/index.js'
import { runs } from '../runs.js'
import { mailboxFolder } from './files-stages.js'

let root = ''
beforeEach(() => {
  root = mailboxFolder('contacts', 'mail/cur', 'mail/new', 'mail/tmp')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const store = (more: Partial<FilesOptions> = {}): MailStore => files({ root, ...more })
const message = (...lines: ReadonlyArray<string>): string => lines.map((line) => `${line}\r\n`).join('')
const put = (path: string, of: string | Uint8Array): void => {
  for (const state of ['cur', 'new', 'tmp']) mkdirSync(join(root, 'mail', path, '../..', state), { recursive: true })
  writeFileSync(join(root, 'mail', path), of)
}
const readOne = async (ref: string, of = store()): Promise<Found<ItemSnapshot> | undefined> => {
  const found = await of.read([ref])
  if (found._tag === 'Left') throw new Error(JSON.stringify(found.left))
  return found.right[0]
}
const known = async (ref: string, of = store()): Promise<ItemSnapshot> => {
  const found = await readOne(ref, of)
  if (found?._tag !== 'Known') throw new Error(JSON.stringify(found))
  return found.snapshot
}
const fieldsOf = async (of: string): Promise<Fields> => {
  put('cur/1.1.host:2,', of)
  return (await known('mail/1.1.host')).fields
}
const listed = async (of = store()) => {
  const page = await of.changes('email', undefined, 500)
  if (page._tag === 'Left') throw new Error(JSON.stringify(page.left))
  return page.right.rows
}
const write = async (effect: Effect, of = store()): Promise<Outcome> => {
  const done = await of.write([effect])
  if (done._tag === 'Left' || done.right[0] === undefined) throw new Error(JSON.stringify(done))
  return done.right[0]
}
const set = (ref: string, fields: Fields, expected?: string): UpdateEffect => ({
  _tag: 'Update',
  key: 'k',
  ref,
  type: 'email',
  set: fields,
  ...(expected !== undefined && { expected })
})
const collected = async (of: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const pieces: Array<Uint8Array> = []
  for await (const piece of of) pieces.push(piece)
  return Buffer.concat(pieces)
}

const reply = message(
  'Return-Path: <bob@fabrikam.test>',
  'Received: from mx.fabrikam.test by mx.contoso.test with ESMTP id 1',
  '\tfor <ann@contoso.test>; Tue, 10 Mar 2026 10:00:05 +0100',
  'Received: from pc by mx.fabrikam.test; Tue, 10 Mar 2026 09:59:00 +0100',
  'From: =?utf-8?Q?Bob_L=C3=B3pez?= <bob@fabrikam.test>',
  'To: "Roy, Ann" <ann@contoso.test>, zoe@fabrikam.test',
  'Cc: Team: eve@fabrikam.test, "Max" <max@fabrikam.test>;',
  'Subject: =?utf-8?B?UmU6IE5ldyByb29m4oCm?=',
  'Date: Tue, 10 Mar 2026 09:58:30 +0100 (CET)',
  'Message-ID: <e2@fabrikam.test>',
  'In-Reply-To: <e1@contoso.test>',
  'References: <e0@contoso.test>',
  ' <e1@contoso.test>',
  'Thread-Index: AdWk',
  ' Qw==',
  'Sensitivity: Private',
  'Auto-Submitted: no',
  'MIME-Version: 1.0',
  'Content-Type: multipart/mixed; boundary=a',
  '',
  '--a',
  'Content-Type: text/plain; charset=iso-8859-1',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'S=ED, tomorrow.',
  '--a',
  'Content-Type: text/plain; name="plan.txt"',
  'Content-Disposition: attachment; filename="plan.txt"',
  'Content-Transfer-Encoding: base64',
  '',
  'aGVsbG8=',
  '--a--'
)

describe('the contract of the port, as far as messages are read', () => {
  test('feed, read, searches, moves and contents', async () => {
    const make = async (): Promise<MailStage> => {
      const own = mailboxFolder('mail/cur', 'mail/new')
      let made = 0
      const pathOf = (ref: string): string => {
        const unique = ref.slice('mail/'.length)
        return join(
          own,
          'mail/cur',
          readdirSync(join(own, 'mail/cur')).find((name) => name.startsWith(unique)) ?? unique
        )
      }
      const textOf = ({ subject = '', messageId = '' }: Fields): string =>
        message(`Subject: ${String(subject ?? '')}`, `Message-ID: ${String(messageId ?? '')}`, '', 'body')
      const look = async (ref: string): Promise<Fields | undefined> => {
        const found = await files({ root: own, kinds: ['email'] }).read([ref])
        const one = found._tag === 'Right' ? found.right[0] : undefined
        return one?._tag === 'Known' ? one.snapshot.fields : undefined
      }
      return {
        store: files({ root: own, kinds: ['email'] }),
        kind: 'email',
        texts: ['subject', 'messageId'],
        anyField: false,
        exact: false,
        seed: async (fields) => {
          const ref = `mail/${++made}.1.host`
          writeFileSync(join(own, 'mail/cur', `${made}.1.host:2,S`), textOf(fields))
          return ref
        },
        edit: async (ref, more) => writeFileSync(pathOf(ref), textOf({ ...(await look(ref)), ...more })),
        remove: async (ref) => rmSync(pathOf(ref)),
        look,
        corrupt: async (ref) => writeFileSync(pathOf(ref), ''),
        move: async (ref) => {
          mkdirSync(join(own, 'mail/.Elsewhere/cur'), { recursive: true })
          const old = pathOf(ref)
          renameSync(old, join(own, 'mail/.Elsewhere/cur', '1.1.host:2,FS'))
          return ref
        },
        attach: async (ref, bytes) => {
          const { subject = '' } = (await look(ref)) ?? {}
          const head = message(
            `Subject: ${String(subject)}`,
            'Content-Type: application/octet-stream',
            'Content-Disposition: attachment',
            'Content-Transfer-Encoding: base64',
            ''
          )
          writeFileSync(pathOf(ref), head + Buffer.from(bytes).toString('base64'))
          return 'attachment-1'
        },
        close: () => rmSync(own, { recursive: true, force: true })
      }
    }
    const isRead = /^(?:feed|read|content|move|kinds|heads|find: (?:no keys|items|several|hostile))/
    const checks = mailStoreChecks.filter(
      ({ title }) => isRead.test(title) && !/says? the marker|made with/.test(title)
    )
    const report = await checkAdapter(checks, make)
    expect(report.failed).toEqual([])
    expect(report.passed.length).toBeGreaterThan(25)
  })
})

describe('a message', () => {
  test('as fields', async () => {
    put('cur/1773133205.M1P2.host,S=9:2,RS', reply)
    const snapshot = await known('mail/1773133205.M1P2.host,S=9')
    const { headers, ...fields } = snapshot.fields
    expect(fields).toEqual({
      messageId: '<e2@fabrikam.test>',
      inReplyTo: '<e1@contoso.test>',
      references: ['<e0@contoso.test>', '<e1@contoso.test>'],
      conversationIndex: 'AdWkQw==',
      subject: 'Re: New roof…',
      from: 'bob@fabrikam.test',
      to: [{ address: 'ann@contoso.test', name: 'Roy, Ann' }, 'zoe@fabrikam.test'],
      cc: ['eve@fabrikam.test', { address: 'max@fabrikam.test', name: 'Max' }],
      sentAt: '2026-03-10T08:58:30Z',
      receivedAt: '2026-03-10T09:00:05Z',
      body: 'Sí, tomorrow.\n',
      isPrivate: true,
      isRead: true,
      isAnswered: true
    })
    expect(headers).toMatchObject({ 'auto-submitted': 'no', received: [expect.any(String), expect.any(String)] })
    expect(snapshot).toMatchObject({ kind: 'email', folder: 'inbox' })
    expect(snapshot.contents).toEqual([{ part: 'attachment-1', name: 'plan.txt', type: 'text/plain', bytes: 5 }])
    const content = await collected(store().content(snapshot.ref, 'attachment-1'))
    expect(content.toString()).toBe('hello')
  })

  test('HTML is the body; a message in a message is an attachment, and its text is not this one’s', async () => {
    const fields = await fieldsOf(
      message(
        'Subject: a',
        'Content-Type: multipart/mixed; boundary=a',
        '',
        '--a',
        'Content-Type: text/html',
        '',
        '<p>outer</p>',
        '--a',
        'Content-Type: message/rfc822',
        '',
        'Subject: inner',
        '',
        'inner text',
        '--a--'
      )
    )
    expect(fields.body).toMatch(/^<p>outer<\/p>\s*$/)
    expect((await known('mail/1.1.host')).contents).toMatchObject([{ part: 'attachment-1', type: 'message/rfc822' }])
  })

  test('a body above the limit is a content, streamed in pieces', async () => {
    put('cur/1.1.host:2,', message('Subject: long', '', 'x'.repeat(300_000)))
    const { fields, contents } = await known('mail/1.1.host')
    expect(fields).not.toHaveProperty('body')
    expect(contents).toMatchObject([{ part: 'body', type: 'text/plain; charset=utf-8' }])
    const pieces: Array<number> = []
    for await (const piece of store().content('mail/1.1.host', 'body')) pieces.push(piece.length)
    expect(pieces.length).toBeGreaterThan(4)
    expect(pieces.reduce((sum, length) => sum + length, 0)).toBe(contents?.[0]?.bytes)
  })

  test('without dates of its own it was received when its name says', async () => {
    put('new/1773133205.M1P2.host', message('Subject: a', ''))
    expect((await known('mail/1773133205.M1P2.host')).fields).toMatchObject({ receivedAt: '2026-03-10T09:00:05Z' })
  })

  test.each([
    ['Tue, 10 Mar 2026 09:58:30 +0100', '2026-03-10T08:58:30.000Z'],
    ['10 mar 26 9:58 EST', '2026-03-10T14:58:00.000Z'],
    ['Sat, 31 Dec 99 23:59:60 GMT', '1999-12-31T23:59:59.000Z'],
    ['10 Mar 2026 09:58:30', '2026-03-10T09:58:30.000Z']
  ])('the date %s', (text, iso) => expect(new Date(instantOfHeader(text) ?? 0).toISOString()).toBe(iso))

  test.each(['', 'yesterday', '31 Feb 2026 10:00:00 +0000', '10 Foo 2026 10:00:00', '10 Mar 2026 25:00:00'])(
    'no date: %j',
    (text) => expect(instantOfHeader(text)).toBeUndefined()
  )

  test.each([
    ['nothing', '', 'message: expected headers'],
    [
      'too many headers',
      message(...Array.from({ length: 2500 }, (_, at) => `X-${at}: canary`), ''),
      'message: expected at most 2000 headers'
    ],
    [
      'headers without end',
      message(`X: canary${'x'.repeat(300_000)}`, ''),
      /^message: expected at most 262144 bytes of headers/
    ],
    [
      'too many recipients',
      message(`To: ${'a@b.test, '.repeat(6000)}`, ''),
      'message: expected at most 5000 addresses'
    ],
    ['parts in parts', nested(100), /parts at most 64 deep$/]
  ])('%s is malformed, with what was expected and no word of it', async (_title, of, path) => {
    put('cur/1.1.host:2,', of)
    const found = await readOne('mail/1.1.host')
    expect(found).toMatchObject({ _tag: 'Unreadable', why: 'malformed', paths: [expect.stringMatching(path)] })
    expect(JSON.stringify(found)).not.toContain('canary')
  })

  test('MAIL-1: any bytes are a message or malformed, and end soon', async () => {
    const lines = reply.split('\r\n')
    const of = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc
        .array(
          fc.constantFrom(
            ...lines,
            '',
            '--a',
            '--a--',
            'Content-Type: multipart/mixed; boundary=""',
            '=?utf-8?B?',
            'Date: x'
          ),
          { maxLength: 50 }
        )
        .map((some) => new TextEncoder().encode(some.join('\r\n')))
    )
    const one = store()
    await fc.assert(
      fc.asyncProperty(of, async (bytes) => {
        writeFileSync(join(root, 'mail/cur/1.1.host:2,'), bytes)
        const startedAt = performance.now()
        const found = await readOne('mail/1.1.host', one)
        expect(performance.now() - startedAt).toBeLessThan(2000)
        expect(found?._tag === 'Known' || (found?._tag === 'Unreadable' && found.why === 'malformed')).toBe(true)
      }),
      runs(0.3)
    )
  })

  test('without postal-mime the feed still lists, and what reads messages says what to install', async () => {
    put('cur/1.1.host:2,', reply)
    const missing = store({
      mime: () => Promise.reject(Object.assign(new Error('x'), { code: 'ERR_MODULE_NOT_FOUND' }))
    })
    expect(await listed(missing)).toHaveLength(1)
    const answer = await missing.read(['mail/1.1.host'])
    expect(answer).toMatchObject({
      left: { _tag: 'Unsupported', remedy: expect.stringContaining('npm install postal-mime') }
    })
    expect((await known('mail/1.1.host', store({ mime: PostalMime }))).fields.subject).toBe('Re: New roof…')
    const broken = store({ mime: () => Promise.reject(new Error('defect')) })
    await expect(broken.read(['mail/1.1.host'])).rejects.toThrow('defect')
  })
})

function nested(depth: number): string {
  const opened = Array.from(
    { length: depth },
    (_, at) => `Content-Type: multipart/mixed; boundary=b${at}\r\n\r\n--b${at}`
  )
  return `Subject: canary\r\n${opened.join('\r\n')}\r\n\r\nx`
}

describe('heads of messages', () => {
  const heads = async (refs: ReadonlyArray<string>, of = store()) => {
    const found = await (of.heads ?? of.read)(refs)
    if (found._tag === 'Left') throw new Error(JSON.stringify(found.left))
    return found.right
  }
  const read = async (refs: ReadonlyArray<string>, of = store()) => {
    const found = await of.read(refs)
    return found._tag === 'Right' ? found.right : []
  }
  /** A store that has listed messages at rest, and remembers their versions. */
  const listing = async (more: Partial<FilesOptions> = {}) => {
    const of = store({ clock: () => Date.now() + 60_000, ...more })
    await listed(of)
    return of
  }
  /** postal-mime, and how many bytes it was given. */
  const counted = () => {
    const sizes: Array<number> = []
    const parse: typeof PostalMime.parse = (of, options) => {
      sizes.push(of instanceof Uint8Array ? of.length : -1)
      return PostalMime.parse(of, options)
    }
    return { sizes, mime: { parse } }
  }
  const large = `${reply}${'a long line of text\r\n'.repeat(200_000)}`

  test('what read says but for text, attachments and headers, whether it was listed before or not', async () => {
    put('cur/1.1.host:2,S', reply)
    put('new/2.1.host', message('Subject: no text'))
    put(
      '.Sent/cur/3.1.host:2,',
      message('Subject: x', 'Thread-Index: abc', ' def', 'Sensitivity: Private', '', '', 'y')
    )
    put('cur/4.1.host:2,', '\r\nSubject: none')
    const refs = ['mail/3.1.host', 'mail/nobody', 'mail/1.1.host', 'mail/4.1.host', 'mail/2.1.host']
    const whole = await read(refs)
    expect(whole.map(({ _tag }) => _tag)).toEqual(['Known', 'Absent', 'Known', 'Unreadable', 'Known'])
    const fields = whole.flatMap((one) => (one._tag === 'Known' ? Object.keys(one.snapshot.fields) : []))
    expect(fields).toContain('body')
    for (const of of [store(), await listing()]) {
      const found = await heads(refs, of)
      expect(found).toEqual(whole.map(headOf))
      expect(JSON.stringify(found)).not.toMatch(/"(?:body|headers|attachments|contents)"/)
    }
  })
  test('of a message that was listed no more is read than its headers', async () => {
    put('cur/1.1.host:2,', large)
    const { sizes, mime } = counted()
    const of = await listing({ mime })
    const [head] = await heads(['mail/1.1.host'], of)
    expect(sizes.length).toBe(1)
    expect(sizes[0]).toBeLessThan(reply.length)
    const [whole] = await read(['mail/1.1.host'], of)
    expect(sizes[1]).toBe(large.length)
    expect(head).toEqual(whole && headOf(whole))
  })
  test('a message that was written anew since it was listed has the head and the version that it has now', async () => {
    put('cur/1.1.host:2,', large)
    const of = await listing()
    put('cur/1.1.host:2,', large.replace(/^Subject: .*$/m, 'Subject: another'))
    const [head] = await heads(['mail/1.1.host'], of)
    expect(head).toMatchObject({ snapshot: { fields: { subject: 'another' } } })
    expect([head]).toEqual((await read(['mail/1.1.host'])).map(headOf))
  })
  test('headers that do not end are those of a message that cannot be read', async () => {
    put('cur/1.1.host:2,', `Subject: x\r\n${'X-Long: y\r\n'.repeat(60_000)}`)
    const of = await listing()
    expect(await heads(['mail/1.1.host'], of)).toMatchObject([{ _tag: 'Unreadable', why: 'malformed' }])
    expect(await heads(['mail/1.1.host'], of)).toEqual(await read(['mail/1.1.host'], of))
  })
  test('of any message that can be read, the head is that of the whole', async () => {
    const line = fc.constantFrom(
      ...[
        'Subject: a',
        'subject: =?utf-8?q?=C3=A9?=',
        ' folded',
        'From: Ann <ann@contoso.test>',
        'To: bob@contoso.test'
      ],
      ...['Content-Type: multipart/mixed; boundary=a', 'Content-Type: message/rfc822', '--a', '--a--', '', 'no header'],
      ...['References: <a@b> <c@d>', 'Date: Mon, 2 Mar 2026 09:00:00 +0100', 'Received: x; Mon, 2 Mar 2026 09:00:00 Z']
    )
    const any = fc.array(fc.tuple(line, fc.constantFrom('\r\n', '\n', '\r\r\n')), { minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(any, async (lines) => {
        put('cur/1.1.host:2,', lines.flat().join(''))
        const of = await listing()
        const [whole] = await read(['mail/1.1.host'], of)
        if (whole?._tag === 'Known') expect(await heads(['mail/1.1.host'], of)).toEqual([headOf(whole)])
      }),
      runs(0.3)
    )
  })
  test('of a mailbox without messages there are none; contacts beside messages are read whole', async () => {
    expect(files({ root, kinds: ['contact'] })).not.toHaveProperty('heads')
    put('cur/1.1.host:2,', reply)
    const id = uuidOf('ann')
    await write({ _tag: 'Create', key: 'c', id, kind: 'contact', fields: { surname: 'Roy' } })
    expect(await heads([id, 'mail/1.1.host'])).toMatchObject([
      { snapshot: { kind: 'contact', fields: { surname: 'Roy' } } },
      { snapshot: { kind: 'email' } }
    ])
  })
})

describe('a Maildir', () => {
  test('cur, new and folders, by names that stay; nothing of tmp, nothing hidden, no links', async () => {
    put('cur/1.1.host:2,S', reply)
    put('new/2.1.host', reply)
    put('.Sent/cur/3.1.host:2,S', reply)
    put('.Projects.&AMk-t&AOk- 2026/new/4.1.host', reply)
    put('.INBOX.Roofs/cur/5.1.host:2,', reply)
    put('tmp/6.1.host', reply)
    put('cur/.7.1.host', reply)
    put('cur/8.vcf', reply)
    symlinkSync(join(root, 'mail/cur/1.1.host:2,S'), join(root, 'mail/cur/9.1.host:2,S'))
    const folders = await Promise.all((await listed()).map(async ({ ref }) => [ref, (await known(ref)).folder]))
    expect(folders).toEqual([
      ['mail/1.1.host', 'inbox'],
      ['mail/2.1.host', 'inbox'],
      ['mail/3.1.host', 'sent'],
      ['mail/4.1.host', 'Projects/Été 2026'],
      ['mail/5.1.host', 'inbox/Roofs']
    ])
    expect(store().can).toMatchObject({ kinds: ['contact', 'email'], moveKeepsRef: false })
    expect(files({ root, kinds: ['email'] }).can).toMatchObject({ kinds: ['email'], moveKeepsRef: true })
  })

  test('in pages, each message once', async () => {
    for (let at = 0; at < 7; at++) put(`cur/${at}.1.host:2,`, reply)
    const refs: Array<string> = []
    let cursor: string | undefined
    for (let more = true; more; ) {
      const page = await store().changes('email', cursor, 3)
      if (page._tag === 'Left') throw new Error('no page')
      refs.push(...page.right.rows.map(({ ref }) => ref))
      ;({ cursor, more } = page.right)
    }
    expect(refs).toEqual(Array.from({ length: 7 }, (_, at) => `mail/${at}.1.host`))
  })

  test('flags and moves keep the ref and change the version; times change nothing', async () => {
    put('new/1.1.host', reply)
    const [first] = await listed()
    renameSync(join(root, 'mail/new/1.1.host'), join(root, 'mail/cur/1.1.host:2,'))
    const [second] = await listed()
    expect(second).toEqual(first)
    renameSync(join(root, 'mail/cur/1.1.host:2,'), join(root, 'mail/cur/1.1.host:2,F'))
    const [third] = await listed()
    expect(third?.ref).toBe(first?.ref)
    expect(third?.version).not.toBe(first?.version)
    mkdirSync(join(root, 'mail/.Trash/cur'), { recursive: true })
    renameSync(join(root, 'mail/cur/1.1.host:2,F'), join(root, 'mail/.Trash/cur/1.1.host:2,F'))
    const moved = await known('mail/1.1.host')
    expect(moved).toMatchObject({ folder: 'deleted', fields: { isFlagged: true } })
    expect(moved.version).not.toBe(third?.version)
    put('.Trash/cur/1.1.host:2,F', reply.replace('tomorrow', 'at nine..'))
    expect((await known('mail/1.1.host')).version).not.toBe(moved.version)
  })

  test('a message that lies in two places while somebody moves it is one message', async () => {
    put('cur/1.1.host:2,S', reply)
    put('.Sent/cur/1.1.host:2,S', reply)
    expect(await listed()).toHaveLength(1)
  })

  test('flags and folder are written, atomically and by version; the bytes stay', async () => {
    put('new/1.1.host', reply)
    const { version = '' } = await known('mail/1.1.host')
    const outcome = await write(set('mail/1.1.host', { isRead: true, isDraft: false, folder: 'deleted' }, version))
    expect(outcome).toMatchObject({ _tag: 'Done', snapshot: { folder: 'deleted', fields: { isRead: true } } })
    expect(readdirSync(join(root, 'mail/new'))).toEqual([])
    expect(readFileSync(join(root, 'mail/.Trash/cur/1.1.host:2,S'), 'utf8')).toBe(reply)
    expect(existsSync(join(root, 'mail/.Trash/maildirfolder'))).toBe(true)
    expect(outcome._tag === 'Done' && outcome.version).toBe((await known('mail/1.1.host')).version)
    expect(await write(set('mail/1.1.host', { isRead: false }, version))).toMatchObject({
      error: { _tag: 'VersionMismatch' }
    })
    expect(await write(set('mail/1.1.host', { folder: 'inbox/Été' }))).toMatchObject({
      snapshot: { folder: 'inbox/Été' }
    })
    expect(await write(set('mail/1.1.host', {}))).toMatchObject({ _tag: 'Done' })
    expect(await listed()).toHaveLength(1)
  })

  test('what is no flag and no folder is Unsupported; a folder that can be none is malformed', async () => {
    put('cur/1.1.host:2,', reply)
    const ref = 'mail/1.1.host'
    const refused: ReadonlyArray<readonly [Effect, string]> = [
      [set(ref, { subject: 'x' }), 'Unsupported'],
      [{ _tag: 'Delete', key: 'k', ref, type: 'email' }, 'Unsupported'],
      [{ _tag: 'Create', key: 'k', id: uuidOf('m'), kind: 'email', fields: {} }, 'Unsupported'],
      [set(ref, { folder: '../../x' }), 'Malformed'],
      [set(ref, { folder: 'a//b' }), 'Malformed'],
      [set(ref, { folder: 7 }), 'Malformed'],
      [{ ...set(ref, { isRead: true }), categories: ['Tracked'] }, 'Unsupported'],
      [{ ...set(ref, {}), categories: [] }, 'Unsupported'],
      [set('mail/nobody', { isRead: true }), 'Gone']
    ]
    for (const [effect, tag] of refused)
      expect(await write(effect)).toMatchObject({ _tag: 'Failed', error: { _tag: tag } })
    expect(readdirSync(join(root, 'mail/cur'))).toEqual(['1.1.host:2,'])
  })

  test('messages beside contacts: reads, searches and writes of both in one call, in order', async () => {
    put('cur/1.1.host:2,', reply)
    const id = uuidOf('ann')
    const done = await store().write([
      set('mail/1.1.host', { isFlagged: true }),
      { _tag: 'Create', key: 'c', id, kind: 'contact', fields: { surname: 'Roy' } },
      set('mail/nobody', { isRead: true })
    ])
    expect(done).toMatchObject({ right: [{ _tag: 'Done' }, { _tag: 'Done', ref: id }, { _tag: 'Failed' }] })
    const found = await store().read([id, 'mail/1.1.host', 'nobody', 'mail/nobody'])
    expect(found).toMatchObject({
      right: [
        { snapshot: { kind: 'contact' } },
        { snapshot: { kind: 'email' } },
        { _tag: 'Absent' },
        { _tag: 'Absent' }
      ]
    })
    const hits = await store().find([
      { _tag: 'ByField', kind: 'contact', field: 'surname', value: 'Roy' },
      { _tag: 'ByField', kind: 'email', field: 'messageId', value: '<e2@fabrikam.test>' }
    ])
    expect(hits).toEqual({ _tag: 'Right', right: [{ refs: [id] }, { refs: ['mail/1.1.host'] }] })
  })

  test('a Maildir that went away, or is a link, is a failure, and never an empty one', async () => {
    const of = store()
    rmSync(join(root, 'mail'), { recursive: true })
    const away = { left: { _tag: 'Transient', message: 'ENOENT: mail/cur, a folder of the mailbox' } }
    expect(await of.changes('email', undefined, 5)).toMatchObject(away)
    expect(await of.read(['mail/1.1.host'])).toMatchObject(away)
    expect(await of.write([set('mail/1.1.host', {})])).toMatchObject({ right: [{ error: away.left }] })
    symlinkSync('/tmp', join(root, 'mail'))
    expect(await of.changes('email', undefined, 5)).toMatchObject({ left: { _tag: 'Forbidden' } })
  })

  test('names: flags in any order, other separators; folders and back', () => {
    expect(messageName('1.1.host:2,TSF')).toEqual({ unique: '1.1.host', flags: 'FST' })
    expect(messageName('1.1.host;2,S')).toEqual({ unique: '1.1.host', flags: 'S' })
    expect(messageName(nameText({ unique: 'x:y', flags: 'S' }))).toEqual({ unique: 'x:y', flags: 'S' })
    expect(messageName(':2,S')).toBeUndefined()
    for (const folder of ['sent', 'drafts', 'deleted', 'junk', 'inbox', 'inbox/a b', 'A & B/日本'])
      expect(folderName(newDirectory(folder) ?? '')).toBe(folder)
    expect(folderName('.Sent Items')).toBe('sent')
    expect(folderName('.&AAA')).toBe('&AAA')
  })
})
