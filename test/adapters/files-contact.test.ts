/**
 * The contact codec of the `files` adapter on bytes alone: what producers write is read, what is written is read
 * back, and what no field holds survives. LIAISON_CORPUS names a folder of further cards; none of them is ours.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { contactCodec } from '../../src/adapters/files/contact.codec.js'
import type { Shape } from '../../src/adapters/files/contact.table.js'
import { lineRules, mailingAddresses, rows } from '../../src/adapters/files/contact.table.js'
import type { Decoded } from '../../src/adapters/files/kind.js'
import { libraryOf } from '../../src/adapters/files/lines/library.js'
import { plainText } from '../../src/adapters/files/lines/plain.js'
import type { CreateEffect, Fields, Marker, Result, Value } from '../../src/model/index.js'
import { isEmpty, limits } from '../../src/model/index.js'
import { runs } from '../runs.js'

const codecs = {
  '3.0': contactCodec(libraryOf(), { version: '3.0' }),
  '4.0': contactCodec(libraryOf(), { version: '4.0' })
}
const codec = codecs['3.0']
const versions = ['3.0', '4.0'] as const
/** Laws take as long as they are asked to run. */
const timeout = 60_000 + runs().numRuns * 30

const right = <A>(result: Result<A>): A => {
  if (result._tag === 'Left') throw new Error(`answered ${JSON.stringify(result.left)}`)
  return result.right
}
const bytesOf = (...lines: ReadonlyArray<string>): Uint8Array =>
  new TextEncoder().encode(lines.map((line) => `${line}\r\n`).join(''))
const textOf = (bytes: Uint8Array): string => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
const cardOf = (...lines: ReadonlyArray<string>): Uint8Array =>
  bytesOf('BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD')
const read = async (bytes: Uint8Array): Promise<Decoded> => right(await codec.read(bytes))
const fieldsOf = async (bytes: Uint8Array): Promise<Fields> => (await read(bytes)).fields
const pathsOf = async (bytes: Uint8Array): Promise<ReadonlyArray<string>> => {
  const result = await codec.read(bytes)
  if (result._tag === 'Left' && result.left._tag === 'Malformed') return result.left.paths
  throw new Error('expected Malformed')
}
const update = async (bytes: Uint8Array, set: Fields): Promise<Uint8Array> => right(await codec.update(bytes, set))
const create = async (fields: Fields, version: '3.0' | '4.0' = '3.0', marker?: Marker): Promise<Uint8Array> => {
  const effect: CreateEffect = { _tag: 'Create', key: 'k', id: 'id-1', fields, ...(marker !== undefined && { marker }) }
  return right(await codecs[version].create(effect))
}
/** Physical lines as any reader could cut them. */
const cut = (bytes: Uint8Array): ReadonlyArray<string> => textOf(bytes).split(/\r\n|[\n\r\v\f\x85\u2028\u2029]/)
const linesOf = (bytes: Uint8Array): ReadonlyArray<string> =>
  textOf(bytes)
    .replace(/\r?\n[ \t]/g, '')
    .split(/\r?\n/)
    .filter((line) => line !== '')

const samples = join(import.meta.dirname, '../../examples/quickstart/samples/contacts')
/** Cards of a folder; of a file with several, each for itself. */
const cardsIn = (folder: string): ReadonlyArray<readonly [name: string, bytes: Uint8Array]> =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.vcf$/i.test(name))
    .sort()
    .flatMap((name) => {
      const bytes = readFileSync(join(folder, name))
      const parts = bytes.toString('latin1').split(/(?<=^END:VCARD\s*)(?=^BEGIN:VCARD)/im)
      const nested = /^AGENT:\s*$/im.test(bytes.toString('latin1'))
      return parts.length === 1 || nested
        ? [[name, new Uint8Array(bytes)] as const]
        : parts.map((part, at) => [`${name}#${at + 1}`, new Uint8Array(Buffer.from(part, 'latin1'))] as const)
    })

describe('what producers write', () => {
  const table: ReadonlyArray<readonly [title: string, lines: ReadonlyArray<string>, expected: Fields]> = [
    [
      'the parts of a name',
      ['N:Roy;Ann;Maria;Dr.;Jr.'],
      { surname: 'Roy', givenName: 'Ann', middleName: 'Maria', title: 'Dr.', generation: 'Jr.' }
    ],
    [
      'a list in a part of a name',
      ['N:Roy;Ann;Maria,Lou;;'],
      { surname: 'Roy', givenName: 'Ann', middleName: 'Maria,Lou' }
    ],
    ['one part with a comma is one part', ['N:Roy,Ann'], { surname: 'Roy,Ann' }],
    ['a card without N is called what it calls itself', ['FN:Ann Roy'], { surname: 'Ann Roy' }],
    ['an organisation has no surname', ['KIND:org', 'FN:Contoso', 'ORG:Contoso'], { companyName: 'Contoso' }],
    ['a backslash before a separator', ['N:back\\\\;slash\\;d;;;'], { surname: 'back\\', givenName: 'slash;d' }],
    ['company and department', ['ORG:A\\, B\\; C;Sales;Desk 4'], { companyName: 'A, B; C', department: 'Sales' }],
    [
      'addresses by order, preferred or not',
      ['EMAIL:a@x.test', 'EMAIL;TYPE=PREF:b@x.test', 'EMAIL:c@x.test', 'EMAIL:d@x.test'],
      { email1: 'a@x.test', email2: 'b@x.test', email3: 'c@x.test' }
    ],
    ['an empty first address keeps its place', ['EMAIL:', 'EMAIL:b@x.test'], { email2: 'b@x.test' }],
    ['a telex number is no address', ['EMAIL;TYPE=TLX:4711', 'EMAIL:a@x.test'], { email1: 'a@x.test' }],
    [
      'phones by type',
      [
        'TEL;TYPE=WORK:1',
        'TEL;TYPE=work,voice:2',
        'TEL;TYPE=HOME:3',
        'TEL;type=HOME;type=pref:4',
        'TEL;TYPE=CELL:5',
        'TEL;TYPE=WORK,FAX:6',
        'TEL;TYPE=PAGER:7',
        'TEL:8'
      ],
      {
        businessPhone: '1',
        businessPhone2: '2',
        homePhone: '3',
        homePhone2: '4',
        mobilePhone: '5',
        businessFax: '6',
        pager: '7',
        otherPhone: '8'
      }
    ],
    [
      'types without a name in a card of version 3',
      ['TEL;WORK;VOICE:1', 'TEL;CELL:2?x=3'],
      { businessPhone: '1', mobilePhone: '2?x=3' }
    ],
    ['a fax at home is nobody’s field', ['TEL;TYPE=HOME,FAX:1'], {}],
    ['a custom type is nobody’s field', ['TEL;TYPE=x-boat:1', 'item1.TEL:2', 'item1.X-ABLabel:Boat'], {}],
    [
      'Apple’s labels',
      ['item1.TEL:1', 'item1.X-ABLabel:_$!<Main>!$_', 'item2.TEL:2', 'item2.X-ABLabel:Assistant'],
      { companyMainPhone: '1', assistantPhone: '2' }
    ],
    [
      'Exchange’s phones',
      ['X-MS-TEL;TYPE=ASSISTANT:1', 'X-MS-TEL;TYPE=COMPANY:2', 'X-MS-TEL;TYPE=CALLBACK:3'],
      { assistantPhone: '1', companyMainPhone: '2', callbackPhone: '3' }
    ],
    [
      'Evolution’s phones',
      ['TEL;TYPE="X-EVOLUTION-ASSISTANT":1', 'TEL;TYPE="X-EVOLUTION-CALLBACK":2', 'TEL;TYPE="X-EVOLUTION-COMPANY":3'],
      { assistantPhone: '1', callbackPhone: '2', companyMainPhone: '3' }
    ],
    [
      'an address with commas that nobody escaped',
      ['ADR;TYPE=WORK:;;1 Elm St, Apt 4;Lyon;;69001;France'],
      {
        businessAddress: { street: '1 Elm St, Apt 4', city: 'Lyon', state: '', postalCode: '69001', country: 'France' }
      }
    ],
    [
      'three addresses, one of them for mail',
      ['ADR;TYPE=WORK:;;1;;;;', 'ADR;TYPE=HOME,PREF:;;2;;;;', 'ADR;TYPE=OTHER:;;3;;;;'],
      {
        businessAddress: { street: '1', city: '', state: '', postalCode: '', country: '' },
        homeAddress: { street: '2', city: '', state: '', postalCode: '', country: '' },
        otherAddress: { street: '3', city: '', state: '', postalCode: '', country: '' },
        mailingAddressIs: 'home'
      }
    ],
    [
      'Outlook’s number for the mailing address',
      ['ADR;TYPE=HOME:;;2;;;;', 'X-MS-OL-DEFAULT-POSTAL-ADDRESS:1'],
      { homeAddress: { street: '2', city: '', state: '', postalCode: '', country: '' }, mailingAddressIs: 'home' }
    ],
    ['a birthday with dashes', ['BDAY:1984-05-17'], { birthday: '1984-05-17' }],
    ['a birthday without dashes', ['BDAY;VALUE=date:19840517'], { birthday: '1984-05-17' }],
    ['a birthday with a time is not shifted', ['BDAY:1984-05-17T23:30:00Z'], { birthday: '1984-05-17' }],
    ['nor by an offset', ['BDAY:1984-05-17T00:30:00+14:00'], { birthday: '1984-05-17' }],
    ['a birthday without a year', ['BDAY:--0517'], {}],
    ['a birthday whose year Apple left out', ['BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17'], {}],
    ['a birthday that is a text', ['BDAY;VALUE=text:circa 1800'], {}],
    ['a birthday that no calendar has', ['BDAY:1985-02-29'], {}],
    [
      'an anniversary by Apple',
      [
        'item1.X-ABDATE:2015-06-19',
        'item1.X-ABLabel:_$!<Anniversary>!$_',
        'item2.X-ABDATE:2001-01-01',
        'item2.X-ABLabel:First day'
      ],
      { weddingAnniversary: '2015-06-19' }
    ],
    [
      'relations by Apple',
      [
        'item1.X-ABRELATEDNAMES:Jo',
        'item1.X-ABLabel:_$!<Spouse>!$_',
        'item2.X-ABRELATEDNAMES:Kim',
        'item2.X-ABLabel:_$!<Child>!$_',
        'item3.X-ABRELATEDNAMES:Lee',
        'item3.X-ABLabel:_$!<Son>!$_',
        'item4.X-ABRELATEDNAMES:Max',
        'item4.X-ABLabel:_$!<Friend>!$_'
      ],
      { spouseName: 'Jo', children: ['Kim', 'Lee'] }
    ],
    [
      'relations that are other cards',
      [
        'RELATED;TYPE=spouse:urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6',
        'RELATED;TYPE=child;VALUE=text:urn: not one'
      ],
      { children: ['urn: not one'] }
    ],
    [
      'a page of the net with an escaped colon',
      ['URL;TYPE=WORK:https\\://contoso.test'],
      { businessHomePage: 'https://contoso.test' }
    ],
    ['a private page is not the business’s', ['URL;TYPE=HOME:https://home.test'], {}],
    ['a note with every escape', ['NOTE:a\\, b\\; c\\nd\\\\n'], { personalNotes: 'a, b; c\nd\\n' }],
    ['a note that nobody escaped', ['NOTE:one, two; three'], { personalNotes: 'one, two; three' }],
    [
      'phonetic names',
      ['X-PHONETIC-FIRST-NAME:ゆき', 'X-PHONETIC-LAST-NAME:さとう'],
      { yomiGivenName: 'ゆき', yomiSurname: 'さとう' }
    ],
    [
      'quoted-printable where it has no business',
      ['NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:caf=C3=A9=0Ab=2C c'],
      { personalNotes: 'café\nb, c' }
    ],
    ['names of JavaScript’s own', ['CONSTRUCTOR:1', '__PROTO__:2', 'TEL;__proto__=x;TYPE=CELL:3'], { mobilePhone: '3' }]
  ]
  test.each(table)('%s', async (_title, lines, expected) => {
    expect(await fieldsOf(cardOf(...lines))).toEqual(expected)
  })

  test('version 4 with its own spellings', async () => {
    const fields = await fieldsOf(
      bytesOf(
        'BEGIN:VCARD',
        'VERSION:4.0',
        'FN:Ann',
        'N:Roy;Ann;;;',
        'TEL;VALUE=uri;TYPE="work,voice":tel:+1-555-0100',
        'ANNIVERSARY:20090808T1430-0500',
        'ADR;TYPE=work;PREF=50:;;1;;;;',
        'ADR;TYPE=home;PREF=1:;;2;;;;',
        'RELATED;TYPE=spouse;VALUE=text:Jane\\, D',
        'RELATED;TYPE=child:Kim',
        'END:VCARD'
      )
    )
    expect(fields).toMatchObject({
      businessPhone: '+1-555-0100',
      weddingAnniversary: '2009-08-08',
      mailingAddressIs: 'home',
      spouseName: 'Jane, D',
      children: ['Kim']
    })
  })

  test('version 2.1: quoted-printable, charsets, soft breaks, an agent that is a card itself', async () => {
    const fields = await fieldsOf(
      bytesOf(
        'BEGIN:VCARD',
        'VERSION:2.1',
        'N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:M=FCller;J=F6rg',
        'AGENT:',
        'BEGIN:VCARD',
        'VERSION:2.1',
        'N:Agent;Secret',
        'END:VCARD',
        'TEL;WORK;VOICE:1',
        'ORG:Smith, Jones;R\\;D',
        'NOTE;ENCODING=QUOTED-PRINTABLE;CHARSET=UTF-8:one=0D=0A=',
        'two =',
        ' three',
        'EMAIL;INTERNET:a@x.test',
        'END:VCARD'
      )
    )
    expect(fields).toEqual({
      surname: 'Müller',
      givenName: 'Jörg',
      companyName: 'Smith, Jones',
      department: 'R;D',
      personalNotes: 'one\ntwo  three',
      businessPhone: '1',
      email1: 'a@x.test'
    })
  })

  test('a charset whose second bytes are letters', async () => {
    // "ソフト" in Shift_JIS: the second byte of the first character is a backslash.
    const bytes = Buffer.concat([
      Buffer.from('BEGIN:VCARD\r\nVERSION:2.1\r\nNOTE;CHARSET=SHIFT_JIS:'),
      Buffer.from([0x83, 0x5c, 0x83, 0x74, 0x83, 0x67]),
      Buffer.from('\r\nTITLE;CHARSET=SHIFT_JIS;ENCODING=QUOTED-PRINTABLE:=83=5C=83t=83g\r\nEND:VCARD\r\n')
    ])
    expect(await fieldsOf(bytes)).toEqual({ personalNotes: 'ソフト', jobTitle: 'ソフト' })
  })

  test('windows-1252, a byte order mark, UTF-16, a fold within a character', async () => {
    const body = 'BEGIN:VCARD\r\nVERSION:3.0\r\nNOTE:é€\r\nEND:VCARD\r\n'
    const latin = Buffer.from(body.replace('€', '\x80'), 'latin1')
    expect(await fieldsOf(latin)).toEqual({ personalNotes: 'é€' })
    expect(await fieldsOf(Buffer.from(`\ufeff${body}`))).toEqual({ personalNotes: 'é€' })
    expect(await fieldsOf(Buffer.from(`\ufeff${body}`, 'utf16le'))).toEqual({ personalNotes: 'é€' })
    const [before, after] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)]
    const folded = Buffer.concat([
      Buffer.from('BEGIN:VCARD\nVERSION:3.0\nNOTE:'),
      before,
      Buffer.from('\n '),
      after,
      Buffer.from('\nEND:VCARD')
    ])
    expect(await fieldsOf(folded)).toEqual({ personalNotes: 'é' })
  })

  test('what is written into a card of another charset is UTF-8, and every line says so', async () => {
    const bytes = Buffer.from(
      'BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=ISO-8859-1:M\xfcller;J\r\nX-A;CHARSET=ISO-8859-1:\xe9\r\nEND:VCARD\r\n',
      'latin1'
    )
    const written = await update(bytes, { jobTitle: 'Chef' })
    expect(linesOf(written)).toEqual([
      'BEGIN:VCARD',
      'VERSION:2.1',
      'N;CHARSET=UTF-8:Müller;J',
      'X-A;CHARSET=UTF-8:é',
      'TITLE:Chef',
      'END:VCARD'
    ])
    expect(await fieldsOf(written)).toEqual({ surname: 'Müller', givenName: 'J', jobTitle: 'Chef' })
  })

  test('categories and photographs are no fields', async () => {
    const decoded = await read(
      cardOf(
        'CATEGORIES:a,b\\,c',
        'CATEGORIES:d',
        'PHOTO;ENCODING=b;TYPE=JPEG:aGVsbG8=',
        'PHOTO;VALUE=uri:http://169.254.169.254/latest'
      )
    )
    expect(decoded).toEqual({
      fields: {},
      categories: ['a', 'b,c', 'd'],
      contents: [{ part: 'photo', type: 'image/jpeg', bytes: 5 }]
    })
    const photo = right(await codec.content(cardOf('PHOTO;ENCODING=b;TYPE=JPEG:aGVsbG8='), 'photo'))
    expect(Buffer.from(photo ?? []).toString()).toBe('hello')
    expect(right(await codec.content(cardOf(), 'photo'))).toBeUndefined()
  })

  test('a note above the limit is a content, one at the limit a field', async () => {
    const at = 'x'.repeat(limits.inlineBytesMax)
    expect((await read(cardOf(`NOTE:${at}`))).fields).toEqual({ personalNotes: at })
    const over = await read(cardOf(`NOTE:${at}é`))
    expect(over).toEqual({
      fields: {},
      contents: [{ part: 'personalNotes', type: 'text/plain; charset=utf-8', bytes: at.length + 2 }]
    })
    expect(textOf(right(await codec.content(cardOf(`NOTE:${at}é`), 'personalNotes')) ?? new Uint8Array())).toBe(
      `${at}é`
    )
  })
})

describe('what is no card', () => {
  const long = 'y'.repeat(limits.fieldLengthMax + 1)
  const table: ReadonlyArray<readonly [title: string, bytes: Uint8Array, path: RegExp]> = [
    ['nothing', new Uint8Array(), /^VCARD: expected BEGIN:VCARD$/],
    ['a calendar', bytesOf('BEGIN:VCALENDAR', 'VERSION:2.0', 'END:VCALENDAR'), /^VCARD: expected BEGIN:VCARD$/],
    ['a card that is cut off', bytesOf('BEGIN:VCARD', 'FN:canary'), /^VCARD: expected END:VCARD$/],
    ['an end too many', bytesOf('BEGIN:VCARD', 'END:VCARD', 'END:VCARD'), /^VCARD: expected BEGIN before END$/],
    [
      'two cards',
      bytesOf('BEGIN:VCARD', 'END:VCARD', 'BEGIN:VCARD', 'END:VCARD'),
      /^VCARD: expected one card in a file, found 2$/
    ],
    ['text before the card', bytesOf('canary', 'BEGIN:VCARD', 'END:VCARD'), /^VCARD: expected BEGIN:VCARD before/],
    ['a line without a colon', cardOf('FN:x', 'canary'), /^line 4: expected a name, a colon and a value$/],
    ['a quote that does not end', cardOf('TEL;TYPE="work:canary'), /^TEL in line 3: expected a vCard property$/],
    [
      'bytes that are no text',
      Buffer.from('BEGIN:VCARD\r\nFN:canary\0\r\nEND:VCARD'),
      /^bytes: expected text without NUL$/
    ],
    [
      'a charset that nobody knows',
      cardOf('NOTE;CHARSET=x-canary;ENCODING=QUOTED-PRINTABLE:=FC'),
      /^NOTE.CHARSET: expected a known charset$/
    ],
    ['a field longer than any may be', cardOf(`TITLE:${long}`), /^jobTitle: expected at most 1048576 characters$/],
    [
      'more lines than a card may have',
      cardOf(...Array.from({ length: limits.fieldsMax + 1 }, (_, at) => `X-${at}:1`)),
      /^VCARD: expected at most 2000 lines$/
    ],
    [
      'a head of megabytes',
      cardOf(`TEL;${'a=b;'.repeat(1_000_000)}c=d:1`),
      /^line 3: expected at most 8192 characters of parameters$/
    ],
    [
      'categories without number',
      cardOf(`CATEGORIES:${'a,b,'.repeat(5).concat(Array.from({ length: 3000 }, (_, at) => `w${at}`).join(','))}`),
      /^CATEGORIES: expected at most 2000 words$/
    ]
  ]
  test.each(table)('%s is malformed, says where, and says no value', async (_title, bytes, path) => {
    const started = performance.now()
    const paths = await pathsOf(bytes)
    expect(paths).toHaveLength(1)
    expect(paths[0]).toMatch(path)
    expect(paths.join()).not.toContain('canary')
    expect(performance.now() - started).toBeLessThan(5000)
  })

  test('without ical.js: Unsupported, with what to install', async () => {
    const missing = async () =>
      Promise.reject(Object.assign(new Error('no such package'), { code: 'ERR_MODULE_NOT_FOUND' }))
    for (const source of [missing, async () => ({})]) {
      const answer = await contactCodec(libraryOf(source), { version: '3.0' }).read(cardOf())
      expect(answer).toMatchObject({
        _tag: 'Left',
        left: { _tag: 'Unsupported', remedy: expect.stringContaining('npm install ical.js') }
      })
    }
  })

  test('a hundred kilobytes of anything end soon', async () => {
    const size = Number(process.env.LIAISON_BYTES ?? 128 * 1024)
    for (const unit of [
      'A',
      '\\',
      ';',
      ',',
      '"',
      '=',
      ' ',
      '\\;',
      '\\,',
      '\r\n ',
      '=\r\n',
      ':',
      'é',
      'TEL;',
      '==0',
      '\t',
      '\r'
    ]) {
      for (const head of [
        'NOTE:',
        'N:',
        'TEL;TYPE=',
        'NOTE;ENCODING=QUOTED-PRINTABLE:',
        'PHOTO:data:',
        'PHOTO;ENCODING=b:',
        '',
        'CATEGORIES:',
        'FN;X=',
        'BDAY:',
        'X-ABLabel:'
      ]) {
        const started = performance.now()
        const result = await codec.read(
          Buffer.from(`BEGIN:VCARD\r\nVERSION:2.1\r\n${head}${unit.repeat(size / unit.length)}\r\nEND:VCARD\r\n`)
        )
        expect(['Left', 'Right']).toContain(result._tag)
        expect(performance.now() - started, `${head} and ${JSON.stringify(unit)}`).toBeLessThan(3000)
      }
    }
  })
})

describe('writes', () => {
  test('the same value writes nothing: the bytes are the same', async () => {
    const bytes = cardOf('N:Roy;Ann;;;', 'FN:Ann Roy', 'BDAY:19840517', 'ADR:;;1;;;;')
    expect(
      await update(bytes, {
        surname: 'Roy',
        birthday: '1984-05-17',
        otherAddress: { street: '1' },
        email1: null,
        mobilePhone: ''
      })
    ).toBe(bytes)
  })

  test('a line keeps its group, its parameters and its place', async () => {
    const bytes = cardOf('item1.EMAIL;type=INTERNET;X-Odd=1;type=pref:old@x.test', 'item1.X-ABLabel:Desk', 'TITLE:T')
    expect(linesOf(await update(bytes, { email1: 'new@x.test' })).slice(2, -1)).toEqual([
      'item1.EMAIL;type=INTERNET;X-Odd=1;type=pref:new@x.test',
      'item1.X-ABLabel:Desk',
      'TITLE:T'
    ])
  })

  test('components that no field holds stay', async () => {
    const bytes = cardOf(
      'ORG:Contoso;Sales;Desk 4',
      'ADR;TYPE=WORK:Box 7;Suite 2,Left;1 Elm;Lyon;;;',
      'N:Roy;Ann;Lou,Kim;;'
    )
    const written = await update(bytes, {
      companyName: 'Fabrikam',
      businessAddress: { street: '2 Oak', city: 'Paris' },
      surname: 'Rey'
    })
    expect(linesOf(written).slice(2, 5)).toEqual([
      'ORG:Fabrikam;Sales;Desk 4',
      'ADR;TYPE=WORK:Box 7;Suite 2,Left;2 Oak;Paris;;;',
      'N:Rey;Ann;Lou,Kim;;'
    ])
  })

  test('slots: an emptied address leaves the next one where it is, the last one leaves nothing', async () => {
    const bytes = cardOf('EMAIL;TYPE=WORK:a@x.test', 'EMAIL:b@x.test')
    const emptied = await update(bytes, { email1: null })
    expect(await fieldsOf(emptied)).toEqual({ email2: 'b@x.test' })
    expect(await fieldsOf(await update(emptied, { email1: 'c@x.test' }))).toEqual({
      email1: 'c@x.test',
      email2: 'b@x.test'
    })
    expect(linesOf(await update(bytes, { email2: null })).slice(2, -1)).toEqual(['EMAIL;TYPE=WORK:a@x.test'])
    expect(linesOf(await update(cardOf(), { email3: 'c@x.test' })).slice(2, -1)).toEqual([
      'EMAIL:',
      'EMAIL:',
      'EMAIL:c@x.test'
    ])
  })

  test('slots: a fourth address that no field holds does not move up', async () => {
    const bytes = cardOf('EMAIL:a@x.test', 'EMAIL:b@x.test', 'EMAIL:c@x.test', 'EMAIL:d@x.test')
    const emptied = await update(bytes, { email3: null })
    expect(await fieldsOf(emptied)).toEqual({ email1: 'a@x.test', email2: 'b@x.test' })
    expect(linesOf(emptied)).toContain('EMAIL:d@x.test')
  })

  test('a line that goes takes its label along, and no other line', async () => {
    const bytes = cardOf(
      'item1.X-ABRELATEDNAMES:Jo',
      'item1.X-ABLabel:_$!<Spouse>!$_',
      'item2.TEL:1',
      'item2.X-ABLabel:Boat'
    )
    expect(linesOf(await update(bytes, { spouseName: null })).slice(2, -1)).toEqual([
      'item2.TEL:1',
      'item2.X-ABLabel:Boat'
    ])
  })

  test('a yearless birthday stays until a birthday is set, then is replaced', async () => {
    const bytes = cardOf('BDAY;X-APPLE-OMIT-YEAR=1604:1604-05-17', 'TITLE:T')
    expect(await update(bytes, { birthday: null })).toBe(bytes)
    expect(linesOf(await update(bytes, { birthday: '1984-05-18' })).slice(2, -1)).toEqual([
      'BDAY:1984-05-18',
      'TITLE:T'
    ])
  })

  test('what two producers say alike is changed in both', async () => {
    const bytes = cardOf('X-EVOLUTION-MANAGER:Jo', 'X-MANAGER:Jo', 'X-MS-MANAGER:Kim')
    expect(linesOf(await update(bytes, { manager: 'Lee' })).slice(2, -1)).toEqual([
      'X-EVOLUTION-MANAGER:Lee',
      'X-MANAGER:Lee',
      'X-MS-MANAGER:Kim'
    ])
    expect(await fieldsOf(await update(bytes, { manager: null }))).toEqual({})
  })

  test('the display name follows the name in its own form, and one of a person’s own stays', async () => {
    const shown = async (fn: string, set: Fields): Promise<string | undefined> =>
      linesOf(await update(cardOf('N:Roy;Ann;Lou;Dr.;', `FN:${fn}`), set)).find((line) => line.startsWith('FN:'))
    expect(await shown('Dr. Ann Lou Roy', { surname: 'Rey' })).toBe('FN:Dr. Ann Lou Rey')
    expect(await shown('Ann Roy', { surname: 'Rey' })).toBe('FN:Ann Rey')
    expect(await shown('Roy\\, Ann', { surname: 'Rey' })).toBe('FN:Rey\\, Ann')
    expect(await shown('Ann from the bakery', { surname: 'Rey' })).toBe('FN:Ann from the bakery')
    expect(await shown('Ann Roy', { jobTitle: 'x' })).toBe('FN:Ann Roy')
  })

  test('a card without N keeps its name when one part is set', async () => {
    expect(await fieldsOf(await update(cardOf('FN:Ann Roy'), { title: 'Dr.' }))).toEqual({
      title: 'Dr.',
      surname: 'Ann Roy'
    })
    expect(await fieldsOf(await update(cardOf('FN:Ann Roy'), { givenName: 'Ann', surname: 'Roy' }))).toEqual({
      givenName: 'Ann',
      surname: 'Roy'
    })
  })

  test('the mailing address: one is preferred, and an empty preferred one stays', async () => {
    const bytes = cardOf('ADR;type=WORK;type=pref:;;1;;;;', 'ADR;type=HOME:;;2;;;;')
    const home = await update(bytes, { mailingAddressIs: 'home' })
    expect(linesOf(home).slice(2, -1)).toEqual(['ADR;TYPE=WORK:;;1;;;;', 'ADR;TYPE=HOME,pref:;;2;;;;'])
    expect(await fieldsOf(await update(home, { homeAddress: null }))).toMatchObject({ mailingAddressIs: 'home' })
    expect((await fieldsOf(await update(home, { mailingAddressIs: null }))).mailingAddressIs).toBeUndefined()
    expect(await fieldsOf(await update(cardOf(), { mailingAddressIs: 'other' }))).toEqual({ mailingAddressIs: 'other' })
  })

  test('a phone that was a URI becomes a text', async () => {
    const bytes = bytesOf(
      'BEGIN:VCARD',
      'VERSION:4.0',
      'FN:A',
      'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+1-555-0100',
      'END:VCARD'
    )
    const written = await update(bytes, { businessPhone: '+1 555 0199' })
    expect(linesOf(written)[3]).toBe('TEL;TYPE=work,voice;PREF=1:+1 555 0199')
  })

  test('a new card holds UID, version, name, and its marker', async () => {
    const marker = { tenant: 'contoso/eu', record: 'r 1\r\nTEL:1' }
    const bytes = await create({ givenName: 'Ann', surname: 'Roy', birthday: '1984-05-17' }, '4.0', marker)
    expect(linesOf(bytes)).toEqual([
      'BEGIN:VCARD',
      'VERSION:4.0',
      'PRODID:-//liaison//files//EN',
      'N:Roy;Ann;;;',
      'FN:Ann Roy',
      'UID:id-1',
      'BDAY:19840517',
      'X-LIAISON-RECORD:contoso%2Feu/r%201%0D%0ATEL%3A1',
      'END:VCARD'
    ])
    expect((await read(bytes)).marker).toEqual(marker)
    expect((await read(await update(bytes, { surname: null, givenName: null, birthday: null }))).marker).toEqual(marker)
  })

  test('a card without a name is shown as something', async () => {
    expect(linesOf(await create({ companyName: 'Contoso' }))).toContain('FN:Contoso')
    expect(linesOf(await create({ email2: 'a@x.test' }))).toContain('FN:a@x.test')
  })

  test('what is no value of its field is refused by path, and nothing is written', async () => {
    const table: ReadonlyArray<readonly [Fields, string]> = [
      [{ jobTitle: 5 }, 'jobTitle: expected a text'],
      [{ birthday: '17.5.1984' }, 'birthday: expected a date YYYY-MM-DD'],
      [{ children: { a: 'canary' } }, 'children: expected a list of texts'],
      [{ homeAddress: 'canary' }, 'homeAddress: expected an object of street, city, state, postalCode, country'],
      [{ mailingAddressIs: 'canary' }, 'mailingAddressIs: expected business, home, other']
    ]
    for (const [set, path] of table) {
      expect(await codec.update(cardOf(), set)).toEqual({
        _tag: 'Left',
        left: { _tag: 'Malformed', side: 'mail', paths: [path] }
      })
    }
    const actual = limits.fieldLengthMax + 1
    expect(await codec.update(cardOf(), { jobTitle: 'x'.repeat(actual) })).toEqual({
      _tag: 'Left',
      left: { _tag: 'TooLarge', limit: limits.fieldLengthMax, actual }
    })
  })

  test('categories are one line, each word for itself', async () => {
    const bytes = cardOf('CATEGORIES:a,b\\,c', 'CATEGORIES:d', 'NOTE:n')
    expect(await update(bytes, { categories: ['a', 'b,c', 'd'] })).toBe(bytes)
    const written = await update(bytes, { categories: ['x', 'y,z'] })
    expect(linesOf(written).slice(2, -1)).toEqual(['CATEGORIES:x,y\\,z', 'NOTE:n'])
    expect((await read(written)).categories).toEqual(['x', 'y,z'])
    expect(linesOf(await update(bytes, { categories: [] })).slice(2, -1)).toEqual(['NOTE:n'])
    expect((await read(await update(cardOf(), { categories: ['x'] }))).categories).toEqual(['x'])
  })

  test('fields that no row names are not written', async () => {
    const bytes = cardOf('N:Roy;Ann;;;')
    expect(await update(bytes, { parent: 'acc1', fileAs: 'x', constructor: 'y' })).toBe(bytes)
  })
})

const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc
    .array(
      fc.constantFrom(
        '\\',
        ';',
        ',',
        ':',
        '\n',
        '\r\n',
        '\r',
        '"',
        '=',
        'n',
        'N',
        ' ',
        '\t',
        'END:VCARD',
        'TEL:1',
        'é',
        '😀',
        '\u2028',
        '\u0085',
        '\v',
        '^',
        'tel:',
        '_$!<',
        '\ufeff'
      )
    )
    .map((parts) => parts.join('')),
  fc.string({ minLength: 60, maxLength: 200 })
)
const date = fc
  .date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true })
  .map((value) => value.toISOString().slice(0, 10))
const address = fc.record(
  { street: text, city: text, state: text, postalCode: text, country: text },
  { requiredKeys: [] }
)
const shapes: { readonly [shape in Shape]: fc.Arbitrary<Value> } = {
  text,
  phone: text,
  uri: text,
  part: text,
  date,
  list: fc.array(text, { maxLength: 4 }),
  address
}
const fields: fc.Arbitrary<Fields> = fc.record(
  {
    ...Object.fromEntries(rows.map((row) => [row.field, fc.option(shapes[row.shape])])),
    mailingAddressIs: fc.option(fc.constantFrom(...Object.keys(mailingAddresses)))
  },
  { requiredKeys: [] }
)

/** What a store that keeps texts in their normal form holds after a write. */
const kept = (name: string, value: Value): Value => {
  if (typeof value === 'string')
    return rows.find((row) => row.field === name)?.shape === 'phone'
      ? plainText(value).replace(/^(tel:)+/i, '')
      : plainText(value)
  if (Array.isArray(value)) return value.map((entry) => kept('', entry)).filter((entry) => !isEmpty(entry))
  if (typeof value === 'object' && value !== null) {
    const members = Object.fromEntries(Object.entries(value).map(([member, entry]) => [member, kept('', entry)]))
    return { street: '', city: '', state: '', postalCode: '', country: '', ...members }
  }
  return value
}
const held = (set: Fields): Fields =>
  Object.fromEntries(
    Object.entries(set)
      .map(([name, value]) => [name, kept(name, value)] as const)
      .filter(([, value]) => !isEmpty(value))
  )

const propertyNames = new Set([
  'begin',
  'version',
  'prodid',
  'uid',
  'fn',
  'end',
  'related',
  ...lineRules.flatMap((rule) => rule.names)
])

describe('laws', { timeout }, () => {
  test.each(versions)('FILES-1: read(write(fields)) = fields, version %s', async (version) => {
    await fc.assert(
      fc.asyncProperty(fields, async (set) => {
        expect(await fieldsOf(await create(set, version))).toEqual(held(set))
      }),
      runs()
    )
  })

  test.each(versions)('FILES-2: an update sets what it names and nothing else, version %s', async (version) => {
    await fc.assert(
      fc.asyncProperty(fields, fields, async (first, set) => {
        const written = await update(await create(first, version), set)
        expect(await fieldsOf(written)).toEqual(held({ ...first, ...set }))
      }),
      runs()
    )
  })

  test.each(versions)(
    'FILES-3: no value ends its line: every line of every reader begins with a name of ours, version %s',
    async (version) => {
      await fc.assert(
        fc.asyncProperty(fields, async (set) => {
          const bytes = await create(set, version, { tenant: 't', record: 'r' })
          for (const line of cut(bytes)) {
            const name = /^(?:[^.:;]+\.)?([^.:;]+)[;:]/.exec(line)?.[1]?.toLowerCase()
            expect(line === '' || line.startsWith(' ') || (name !== undefined && propertyNames.has(name)), line).toBe(
              true
            )
          }
          expect(
            textOf(bytes).match(/BEGIN:VCARD/g)?.length === 1 ||
              textOf(bytes)
                .split('\r\n')
                .filter((line) => line === 'BEGIN:VCARD').length === 1
          ).toBe(true)
          expect(Buffer.from(bytes).includes(0)).toBe(false)
        }),
        runs()
      )
    }
  )

  test('FILES-4: the marker comes back as it was given', async () => {
    await fc.assert(
      fc.asyncProperty(
        text,
        text.filter((record) => record !== ''),
        async (tenant, record) => {
          const wellFormed = (value: string): string =>
            new TextDecoder('utf-8', { ignoreBOM: true }).decode(new TextEncoder().encode(value))
          expect((await read(await create({}, '3.0', { tenant, record }))).marker).toEqual({
            tenant: wellFormed(tenant),
            record: wellFormed(record)
          })
        }
      ),
      runs()
    )
  })

  test('FILES-5: version 2.1 keeps what it can hold', async () => {
    const frame = bytesOf('BEGIN:VCARD', 'VERSION:2.1', 'N:;;;;', 'FN:', 'END:VCARD')
    // It has no escape for a backslash.
    const plain = (value: Value): Value =>
      typeof value === 'string'
        ? value.replaceAll('\\', '/')
        : Array.isArray(value)
          ? value.map(plain)
          : typeof value === 'object' && value !== null
            ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]))
            : value
    await fc.assert(
      fc.asyncProperty(fields, fields, async (first, set) => {
        const [one, other] = [first, set].map((given) =>
          Object.fromEntries(Object.entries(given).map(([name, value]) => [name, plain(value)]))
        )
        const written = await update(await update(frame, one ?? {}), other ?? {})
        expect(await fieldsOf(written)).toEqual(held({ ...one, ...other }))
      }),
      runs()
    )
  })

  test('FILES-6: version 2.1 with backslashes: no component spills into the next', async () => {
    const frame = bytesOf('BEGIN:VCARD', 'VERSION:2.1', 'N:;;;;', 'FN:', 'END:VCARD')
    await fc.assert(
      fc.asyncProperty(text, text, async (surname, city) => {
        const written = await fieldsOf(
          await update(frame, { surname, givenName: 'given', homeAddress: { street: 'street', city, state: 'state' } })
        )
        expect(written).toMatchObject({ givenName: 'given', homeAddress: { street: 'street', state: 'state' } })
      }),
      runs()
    )
  })

  test('FILES-7: any bytes are a contact or malformed, and nothing else', async () => {
    const line = fc.oneof(
      text,
      fc.constantFrom(
        'BEGIN:VCARD',
        'END:VCARD',
        'VERSION:4.0',
        'N:a;b',
        'TEL;TYPE=cell:1',
        'NOTE;ENCODING=QUOTED-PRINTABLE:=C3='
      )
    )
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 400 }),
          fc.array(line).map((all) => cardOf(...all))
        ),
        async (bytes) => {
          const result = await codec.read(bytes)
          expect(result._tag === 'Right' || result.left._tag === 'Malformed').toBe(true)
        }
      ),
      runs()
    )
  })
})

/** Lines that speak of a nickname: the edit that has to do with nothing else. */
const isNickName = (line: string): boolean => /^(?:[^.:;]+\.)?NICKNAME[;:]/i.test(line)

const corpora = [samples, ...(process.env.LIAISON_CORPUS === undefined ? [] : [process.env.LIAISON_CORPUS])]

describe.each(corpora)('cards in %s', (folder) => {
  const cards = cardsIn(folder)

  test('each is a contact or malformed with a path, within a second', async () => {
    const counts = { read: 0, malformed: 0 }
    for (const [name, bytes] of cards) {
      const started = performance.now()
      const result = await codec.read(bytes)
      expect(performance.now() - started, name).toBeLessThan(1000)
      if (result._tag === 'Right') counts.read++
      else {
        expect(result.left._tag, name).toBe('Malformed')
        counts.malformed++
      }
    }
    console.info(`${folder}: ${counts.read} read, ${counts.malformed} malformed`)
    expect(counts.read).toBeGreaterThan(0)
  })

  test('an unrelated edit changes its line alone, and can be taken back', async () => {
    for (const [name, bytes] of cards) {
      const before = await codec.read(bytes)
      if (before._tag === 'Left') continue
      const edited = await update(bytes, { nickName: 'Zed; "the one", really' })
      const after = await read(edited)
      expect(after, name).toEqual({
        ...before.right,
        fields: { ...before.right.fields, nickName: 'Zed; "the one", really' }
      })
      const isUtf8 = Buffer.from(textOf(bytes)).equals(Buffer.from(bytes))
      if (isUtf8)
        expect(
          rawLines(edited).filter((line) => !isNickName(line)),
          name
        ).toEqual(rawLines(bytes).filter((line) => !isNickName(line)))
      expect(
        (await read(await update(edited, { nickName: before.right.fields.nickName ?? null }))).fields,
        name
      ).toEqual(before.right.fields)
    }
  })

  test('every field emptied reads as empty, and every field set again as it was', async () => {
    for (const [name, bytes] of cards) {
      const before = await codec.read(bytes)
      if (before._tag === 'Left') continue
      const none = Object.fromEntries(
        [...rows.map((row) => row.field), 'mailingAddressIs'].map((field) => [field, null])
      )
      const emptied = await update(bytes, none)
      expect(await fieldsOf(emptied), name).toEqual({})
      expect(await fieldsOf(await update(emptied, before.right.fields)), name).toEqual(before.right.fields)
    }
  })
})

/** Lines with their folds, so that bytes are compared. The last may have no line end before the edit. */
const rawLines = (bytes: Uint8Array): ReadonlyArray<string> =>
  textOf(bytes)
    .replace(/\r\n([ \t])/g, '<CRLF>$1')
    .replace(/\n([ \t])/g, '<LF>$1')
    .split(/(?<=\n)/)

test('there are at least 48 samples; two are malformed, and say so by their names', async () => {
  const all = cardsIn(samples)
  expect(all.length).toBeGreaterThanOrEqual(48)
  const malformed: Array<string> = []
  for (const [name, bytes] of all) if ((await codec.read(bytes))._tag === 'Left') malformed.push(name)
  expect(malformed).toEqual(['malformed-on-purpose-cut-off.vcf', 'malformed-on-purpose-no-colon.vcf'])
})
