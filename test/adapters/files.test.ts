/**
 * The `files` adapter on real folders: the contract of the port, and what is peculiar to files: writes that are there
 * whole or not at all, versions that no clock can fool, refs that lead elsewhere, and mailboxes that are not there.
 */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ICAL from 'ical.js'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { errnoOf, meanings, syncErrorOf } from '../../src/adapters/files/errors.js'
import type { FilesOptions } from '../../src/adapters/files/index.js'
import { files } from '../../src/adapters/files/index.js'
import type { MailStore } from '../../src/engine/ports.js'
import type {
  Answer,
  CreateEffect,
  Effect,
  Fields,
  Found,
  ItemSnapshot,
  Outcome,
  SyncError
} from '../../src/model/index.js'
import { canonicalJson } from '../../src/model/index.js'
import type { MailStage } from '../../src/testing/contract/index.js'
import { checkAdapter, mailStoreChecks } from '../../src/testing/contract/index.js'

/** What a step of a write throws, by the name of the call; set by the tests of faults alone. */
const faults = vi.hoisted(() => ({ of: new Map<string, () => void>() }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const struck = (name: string): void => faults.of.get(name)?.()
  return {
    ...real,
    rename: async (...args: Parameters<typeof real.rename>) => {
      struck('rename')
      return real.rename(...args)
    },
    link: async (...args: Parameters<typeof real.link>) => {
      struck('link')
      return real.link(...args)
    },
    unlink: async (...args: Parameters<typeof real.unlink>) => {
      struck('unlink')
      return real.unlink(...args)
    },
    open: async (...args: Parameters<typeof real.open>) => {
      struck(args[1] === 'wx' ? 'open new' : args[1] === 'r' ? 'open folder' : 'open')
      const handle = await real.open(...args)
      if (args[1] === 'wx') {
        const sync = handle.sync.bind(handle)
        handle.sync = async () => {
          struck('sync')
          return sync()
        }
      }
      return handle
    }
  }
})

const errno = (code: string): Error => Object.assign(new Error(code), { code })
const strike = (name: string, code: string): void => {
  faults.of.set(name, () => {
    throw errno(code)
  })
}

let root = ''
let contacts = ''
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'liaison-files-')))
  contacts = join(root, 'contacts')
  mkdirSync(contacts)
})
afterEach(() => {
  faults.of.clear()
  rmSync(root, { recursive: true, force: true })
})

const store = (options: Partial<FilesOptions> = {}): MailStore => files({ root, ...options })
const pathOf = (ref: string): string => join(contacts, `${ref}.vcf`)
const card = (...lines: ReadonlyArray<string>): string =>
  ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n')
const put = (ref: string, ...lines: ReadonlyArray<string>): void => {
  mkdirSync(dirname(pathOf(ref)), { recursive: true })
  writeFileSync(pathOf(ref), card(...lines))
}
const right = async <A>(answer: Answer<A>): Promise<A> => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(canonicalJson(result.left))
  return result.right
}
const left = async (answer: Answer<unknown>): Promise<SyncError> => {
  const result = await answer
  if (result._tag === 'Left') return result.left
  throw new Error('expected a failure')
}
const readOne = async (of: MailStore, ref: string): Promise<Found<ItemSnapshot> | undefined> =>
  (await right(of.read([ref])))[0]
const known = async (of: MailStore, ref: string): Promise<ItemSnapshot> => {
  const found = await readOne(of, ref)
  if (found?._tag !== 'Known') throw new Error(`expected Known, got ${canonicalJson(found)}`)
  return found.snapshot
}
const writeOne = async (of: MailStore, effect: Effect): Promise<Outcome> => {
  const [outcome] = await right(of.write([effect]))
  if (outcome === undefined) throw new Error('expected an outcome')
  return outcome
}
const create = (id: string, fields: Fields, more: Partial<CreateEffect> = {}): CreateEffect => ({
  _tag: 'Create',
  key: `k-${id}`,
  id,
  kind: 'contact',
  fields,
  ...more
})
const update = (ref: string, set: Fields, expected?: string): Effect => ({
  _tag: 'Update',
  key: `k-${ref}`,
  ref,
  type: 'contact',
  set,
  ...(expected !== undefined && { expected })
})
const erase = (ref: string, expected?: string): Effect => ({
  _tag: 'Delete',
  key: `k-${ref}`,
  ref,
  type: 'contact',
  ...(expected !== undefined && { expected })
})
const errorOf = (outcome: Outcome): string => (outcome._tag === 'Done' ? 'Done' : outcome.error._tag)
const listed = async (of: MailStore): Promise<ReadonlyArray<string>> =>
  (await right(of.changes('contact', undefined, 500))).rows.map(({ ref }) => ref)
const versionOf = async (of: MailStore, ref: string): Promise<string | undefined> =>
  (await right(of.changes('contact', undefined, 500))).rows.find((row) => row.ref === ref)?.version
const leftovers = (): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.liaison-'))

describe('the contract of the port', () => {
  const stage =
    (texts: readonly [string, string], options: Partial<FilesOptions> = {}, hasFolder = true) =>
    async (): Promise<MailStage> => {
      const own = realpathSync(mkdtempSync(join(tmpdir(), 'liaison-files-stage-')))
      if (hasFolder) mkdirSync(join(own, 'contacts'))
      const base = hasFolder ? join(own, 'contacts') : own
      // A person writes through a store of its own: the one under test learns of it from the disk alone.
      const person = files({ root: own, itemBytesMax: 64 * 1024 * 1024 })
      let made = 0
      const done = async (effect: Effect): Promise<string> => {
        const outcome = await writeOne(person, effect)
        if (outcome._tag === 'Failed') throw new Error(outcome.error._tag)
        return outcome.ref
      }
      return {
        store: files({ root: own, ...options }),
        kind: 'contact',
        texts,
        anyField: false,
        exact: false,
        seed: async (fields) => done(create(`seed-${++made}`, fields)),
        edit: async (ref, set) => void (await done(update(ref, set))),
        remove: async (ref) => void (await done(erase(ref))),
        look: async (ref) => {
          const found = await readOne(person, ref)
          return found?._tag === 'Known' ? found.snapshot.fields : undefined
        },
        corrupt: async (ref) => truncateSync(join(base, `${ref}.vcf`), 60),
        move: async (ref) => {
          mkdirSync(join(base, 'elsewhere'))
          renameSync(join(base, `${ref}.vcf`), join(base, 'elsewhere', `${ref}.vcf`))
          return `elsewhere/${ref}`
        },
        attach: async (ref, bytes) => {
          const path = join(base, `${ref}.vcf`)
          const photo = `PHOTO;ENCODING=b;TYPE=PNG:${Buffer.from(bytes).toString('base64')}`
          writeFileSync(path, readFileSync(path, 'utf8').replace('END:VCARD', `${photo}\r\nEND:VCARD`))
          return 'photo'
        },
        close: () => rmSync(own, { recursive: true, force: true })
      }
    }
  const stages = [
    ['texts, version 3', stage(['jobTitle', 'personalNotes'])],
    ['names, version 4', stage(['surname', 'givenName'], { vCardVersion: '4.0' })],
    ['addresses, no folder of contacts', stage(['department', 'email2'], {}, false)],
    [
      'relations, ical.js handed in, small files',
      stage(['spouseName', 'governmentId'], { ical: ICAL, itemBytesMax: 256 * 1024 })
    ]
  ] as const
  test.each(stages)(
    '%s',
    async (_title, make) => {
      const report = await checkAdapter(mailStoreChecks, make)
      expect(report.failed).toEqual([])
      expect(report.passed.length).toBeGreaterThan(40)
    },
    120_000
  )
})

describe('folders', () => {
  test('contacts, its folders below, other capitals of the extension; nothing hidden, nothing else', async () => {
    for (const ref of ['b', 'a', 'friends/c', 'friends/old/d']) put(ref, 'FN:x')
    writeFileSync(join(contacts, 'E.VCF'), card('FN:E'))
    writeFileSync(join(contacts, 'f.vcf.vcf'), card('FN:F'))
    for (const name of ['.hidden.vcf', 'notes.txt', '.liaison-1-x.vcf.tmp']) writeFileSync(join(contacts, name), card())
    mkdirSync(join(contacts, '.git'))
    writeFileSync(join(contacts, '.git', 'x.vcf'), card())
    writeFileSync(join(root, 'above.vcf'), card())
    expect(await listed(store())).toEqual(['E.VCF', 'a', 'b', 'f.vcf.vcf', 'friends/c', 'friends/old/d'])
    expect(await known(store(), 'friends/old/d')).toMatchObject({
      folder: 'contacts/friends/old',
      kind: 'contact',
      fields: { surname: 'x' }
    })
    expect((await known(store(), 'E.VCF')).fields).toEqual({ surname: 'E' })
    expect((await known(store(), 'f.vcf.vcf')).fields).toEqual({ surname: 'F' })
    // One file, one ref.
    for (const ref of ['e', 'a.vcf', 'a.VCF', 'f', 'f.vcf', 'friends/c.vcf'])
      expect((await readOne(store(), ref))?._tag).toBe('Absent')
    expect(errorOf(await writeOne(store(), create('a.vcf', {})))).toBe('Forbidden')
  })

  test('without a folder of contacts the root is it', async () => {
    rmSync(contacts, { recursive: true })
    writeFileSync(join(root, 'a.vcf'), card('FN:A'))
    expect(await listed(store())).toEqual(['a'])
    expect(await known(store(), 'a')).toMatchObject({ folder: 'contacts', fields: { surname: 'A' } })
    expect(await writeOne(store(), create('b', { surname: 'B' }, { folder: 'contacts' }))).toMatchObject({
      _tag: 'Done',
      ref: 'b'
    })
    expect(existsSync(join(root, 'b.vcf'))).toBe(true)
  })

  test('a new item in a folder below, which is made', async () => {
    for (const [id, folder, ref] of [
      ['a', 'contacts/friends/new', 'friends/new/a'],
      ['b', 'friends', 'friends/b'],
      ['c', 'contacts', 'c']
    ] as const) {
      expect(await writeOne(store(), create(id, { surname: id }, { folder }))).toMatchObject({ _tag: 'Done', ref })
      expect(existsSync(pathOf(ref))).toBe(true)
    }
  })

  test('a mailbox that is not there is a failure, never an empty one', async () => {
    const of = store()
    await writeOne(of, create('a', { surname: 'A' }))
    rmSync(root, { recursive: true })
    const answers: ReadonlyArray<Answer<unknown>> = [
      of.changes('contact', undefined, 10),
      of.read(['a']),
      of.find([{ _tag: 'ByMarker', tenant: 't', kind: 'contact', record: 'r' }]),
      of.write([erase('a')])
    ]
    for (const answer of answers)
      expect(await left(answer)).toMatchObject({ _tag: 'Transient', message: 'ENOENT: the folder of the mailbox' })
    writeFileSync(root, 'a file in its place')
    expect(await left(of.read(['a']))).toMatchObject({ _tag: 'Transient' })
    rmSync(root)
  })

  test('another kind is Unsupported', async () => {
    expect(await left(store().changes('appointment', undefined, 10))).toMatchObject({ _tag: 'Unsupported' })
    expect(await left(store().find([{ _tag: 'ByMarker', tenant: 't', kind: 'task', record: 'r' }]))).toMatchObject({
      _tag: 'Unsupported'
    })
    expect(errorOf(await writeOne(store(), create('a', {}, { kind: 'task' })))).toBe('Unsupported')
  })

  test('without ical.js the feed still lists, and what reads cards says what to install', async () => {
    put('a', 'FN:A')
    const of = store({ ical: async () => Promise.reject(errno('ERR_MODULE_NOT_FOUND')) })
    expect(await listed(of)).toEqual(['a'])
    expect(await left(of.read(['a']))).toMatchObject({
      _tag: 'Unsupported',
      remedy: expect.stringContaining('npm install ical.js')
    })
    expect(await left(of.find([{ _tag: 'ByMarker', tenant: 't', kind: 'contact', record: 'r' }]))).toMatchObject({
      _tag: 'Unsupported'
    })
    expect(errorOf(await writeOne(of, create('b', {})))).toBe('Unsupported')
    expect(existsSync(pathOf('b'))).toBe(false)
  })
})

describe('refs that lead elsewhere', () => {
  const hostile = [
    '../outside',
    '../../etc/passwd',
    'a/../../outside',
    '/etc/passwd',
    './a',
    'a//b',
    '',
    '.',
    '..',
    'a\0b',
    '.hidden',
    'sub/.hidden',
    '\ud800',
    'linked',
    'linked-folder/inside',
    'x/'.repeat(64)
  ]
  beforeEach(() => {
    writeFileSync(join(root, 'outside.vcf'), card('FN:outside'))
    writeFileSync(join(contacts, '.hidden.vcf'), card('FN:hidden'))
    symlinkSync(join(root, 'outside.vcf'), join(contacts, 'linked.vcf'))
    mkdirSync(join(root, 'beside'))
    writeFileSync(join(root, 'beside', 'inside.vcf'), card('FN:beside'))
    symlinkSync(join(root, 'beside'), join(contacts, 'linked-folder'))
  })

  test.each(hostile)('%j is no item: absent to read, refused to write', async (ref) => {
    const before = readFileSync(join(root, 'outside.vcf'), 'utf8')
    const of = store()
    expect((await readOne(of, ref))?._tag).toBe('Absent')
    expect(['Forbidden', 'Gone']).toContain(errorOf(await writeOne(of, update(ref, { surname: 'x' }))))
    expect(['Forbidden', 'Gone']).toContain(errorOf(await writeOne(of, erase(ref))))
    await expect(async () => {
      for await (const _piece of of.content(ref, 'photo'));
    }).rejects.toMatchObject({ _tag: 'Gone' })
    expect(readFileSync(join(root, 'outside.vcf'), 'utf8')).toBe(before)
    expect(readFileSync(join(root, 'beside', 'inside.vcf'), 'utf8')).toBe(card('FN:beside'))
    expect(lstatSync(join(contacts, 'linked.vcf')).isSymbolicLink()).toBe(true)
  })

  test.each(hostile.filter((ref) => ref !== 'linked'))('%j is no id of a new item', async (id) => {
    expect(['Forbidden', 'Malformed']).toContain(errorOf(await writeOne(store(), create(id, { surname: 'x' }))))
  })

  test.each([
    '../beside',
    'contacts/../..',
    '/tmp',
    'contacts/linked-folder',
    'linked-folder/below',
    '.git',
    'a\0b',
    'contacts//x'
  ])('%j is no folder of a new item', async (folder) => {
    expect(errorOf(await writeOne(store(), create('new', { surname: 'x' }, { folder })))).toBe('Forbidden')
    expect(readdirSync(join(root, 'beside'))).toEqual(['inside.vcf'])
  })

  test('a link in place of a new item is not written through', async () => {
    expect(errorOf(await writeOne(store(), create('linked', { surname: 'x' })))).toBe('Forbidden')
    symlinkSync(join(root, 'nowhere.vcf'), join(contacts, 'dangling.vcf'))
    expect(errorOf(await writeOne(store(), create('dangling', { surname: 'x' })))).toBe('AlreadyExists')
    expect(existsSync(join(root, 'nowhere.vcf'))).toBe(false)
  })

  test('links are not listed; a folder of contacts that is one is refused', async () => {
    expect(await listed(store())).toEqual([])
    rmSync(contacts, { recursive: true })
    symlinkSync(join(root, 'beside'), contacts)
    expect(await left(store().changes('contact', undefined, 10))).toMatchObject({ _tag: 'Forbidden', ref: 'contacts' })
  })

  test('a name that is too long is malformed', async () => {
    expect(errorOf(await writeOne(store(), create('x'.repeat(300), {})))).toBe('Malformed')
  })
})

describe('versions', () => {
  const rewriteInPlace = (ref: string, note: string): void => {
    const { atime, mtime } = lstatSync(pathOf(ref))
    put(ref, `NOTE:${note}`)
    utimesSync(pathOf(ref), atime, mtime)
  }

  test('equal bytes, equal version, whenever and wherever they were written', async () => {
    put('a', 'NOTE:1')
    put('b/c', 'NOTE:1')
    const of = store()
    const before = await versionOf(of, 'a')
    utimesSync(pathOf('a'), new Date(), new Date(0))
    expect([await versionOf(of, 'a'), await versionOf(of, 'b/c'), (await known(of, 'a')).version]).toEqual([
      before,
      before,
      before
    ])
  })

  test('a file rewritten with equal size and equal time within the same moment is seen', async () => {
    const of = store()
    for (let round = 0; round < 30; round++) {
      rewriteInPlaceOrPut('a', `${100 + round}`)
      const before = await versionOf(of, 'a')
      rewriteInPlace('a', `${200 + round}`)
      expect(await versionOf(of, 'a')).not.toBe(before)
    }
  })
  const rewriteInPlaceOrPut = (ref: string, note: string): void =>
    existsSync(pathOf(ref)) ? rewriteInPlace(ref, note) : put(ref, `NOTE:${note}`)

  test('also where the clock is an hour fast, so that the file seems long at rest', async () => {
    const of = store({ clock: () => Date.now() + 3_600_000 })
    put('a', 'NOTE:111')
    const before = await versionOf(of, 'a')
    rewriteInPlace('a', '222')
    expect(await versionOf(of, 'a')).not.toBe(before)
  })

  test('also where the time of the file lies in the past or in the future', async () => {
    for (const time of [new Date(0), new Date('2099-01-01')]) {
      const of = store()
      put('a', 'NOTE:111')
      utimesSync(pathOf('a'), time, time)
      const before = await versionOf(of, 'a')
      rewriteInPlace('a', '222')
      expect(await versionOf(of, 'a')).not.toBe(before)
    }
  })

  test('a file at rest is not read again; one that was touched is', async () => {
    let opened = 0
    faults.of.set('open', () => {
      opened++
    })
    put('a', 'NOTE:1')
    const of = store({ clock: () => Date.now() + 10_000 })
    await listed(of)
    await listed(of)
    expect(opened).toBe(1)
    utimesSync(pathOf('a'), new Date(), new Date())
    await listed(of)
    expect(opened).toBe(2)
    const cautious = store()
    put('b', 'NOTE:1')
    await listed(cautious)
    await listed(cautious)
    expect(opened).toBe(6)
  })

  test('a file larger than an item may be has a version, and is unreadable with its size as the path', async () => {
    const of = store({ itemBytesMax: 80 })
    put('a', `NOTE:${'x'.repeat(200)}`)
    const version = await versionOf(of, 'a')
    expect(version).toMatch(/^[0-9a-f]{32}$/)
    expect(await readOne(of, 'a')).toEqual({
      _tag: 'Unreadable',
      ref: 'a',
      why: 'malformed',
      paths: ['bytes: expected at most 80'],
      version
    })
    expect(errorOf(await writeOne(of, update('a', { jobTitle: 'x' })))).toBe('Malformed')
    expect(errorOf(await writeOne(of, create('b', { jobTitle: 'x' })))).toBe('TooLarge')
    expect(errorOf(await writeOne(of, erase('a', version)))).toBe('Done')
  })
})

describe('the feed', () => {
  test('pages go on behind a ref, whatever comes and goes meanwhile; the end begins anew', async () => {
    for (const ref of ['a', 'b', 'c', 'd', 'e']) put(ref, `FN:${ref}`)
    const of = store()
    const first = await right(of.changes('contact', undefined, 2))
    expect([first.rows.map(({ ref }) => ref), first.more]).toEqual([['a', 'b'], true])
    rmSync(pathOf('b'))
    rmSync(pathOf('d'))
    put('aa', 'FN:aa')
    for (const other of [of, store()]) {
      const next = await right(other.changes('contact', first.cursor, 2))
      expect(next.rows[0]?.ref).toBe('c')
      expect(next.rows.map(({ ref }) => ref)).not.toContain('d')
    }
    const last = await right(store().changes('contact', first.cursor, 10))
    expect([last.rows.map(({ ref }) => ref), last.more]).toEqual([['c', 'e'], false])
    expect((await right(of.changes('contact', last.cursor, 10))).rows.map(({ ref }) => ref)).toEqual([
      'a',
      'aa',
      'c',
      'e'
    ])
  })

  test('a cursor of somebody else has expired', async () => {
    for (const cursor of ['', 'x', 'after:', '{"a":1}'])
      expect(await left(store().changes('contact', cursor, 10))).toEqual({ _tag: 'CursorExpired', scope: 'contact' })
  })

  test('a thousand cards in pages, each once, in order', async () => {
    for (let at = 0; at < 1000; at++) put(`n${at}`, `FN:${at}`)
    const of = store()
    const refs: Array<string> = []
    let cursor: string | undefined
    for (let more = true; more; ) {
      const page = await right(of.changes('contact', cursor, 77))
      refs.push(...page.rows.map(({ ref }) => ref))
      ;({ cursor, more } = page)
    }
    expect(refs).toEqual(Array.from({ length: 1000 }, (_, at) => `n${at}`).sort())
  })
})

describe('writes', () => {
  test('a creation under an id that is there answers AlreadyExists with its ref, and touches nothing', async () => {
    put('a', 'FN:first')
    expect(await writeOne(store(), create('a', { surname: 'second' }))).toEqual({
      _tag: 'Failed',
      key: 'k-a',
      error: { _tag: 'AlreadyExists', ref: 'a' }
    })
    expect(readFileSync(pathOf('a'), 'utf8')).toBe(card('FN:first'))
    expect(leftovers()).toEqual([])
  })

  test('the outcome is what the file holds, marker and all', async () => {
    const of = store()
    const outcome = await writeOne(
      of,
      create('a', { surname: 'Roy', jobTitle: 'line\r\nline\u2028line\0' }, { marker: { tenant: 't', record: 'r' } })
    )
    expect(outcome).toEqual({
      _tag: 'Done',
      key: 'k-a',
      ref: 'a',
      version: expect.any(String),
      snapshot: await known(of, 'a')
    })
    expect(await known(of, 'a')).toMatchObject({
      marker: { tenant: 't', record: 'r' },
      fields: { jobTitle: 'line\nline\nline' }
    })
  })

  test('an update that changes nothing leaves the file alone', async () => {
    put('a', 'N:Roy;;;;', 'FN:Roy')
    const { ino, mtimeMs } = lstatSync(pathOf('a'))
    expect(errorOf(await writeOne(store(), update('a', { surname: 'Roy', email1: null })))).toBe('Done')
    expect(lstatSync(pathOf('a'))).toMatchObject({ ino, mtimeMs })
  })

  test('a note that is a content is not overwritten by who saw an empty field', async () => {
    put('a', 'FN:x', `NOTE:${'n'.repeat(300 * 1024)}`)
    const { fields, contents } = await known(store(), 'a')
    expect([fields.personalNotes, contents?.[0]?.part]).toEqual([undefined, 'personalNotes'])
    const before = readFileSync(pathOf('a'), 'utf8')
    for (const personalNotes of ['short', null])
      expect(await writeOne(store(), update('a', { personalNotes }))).toMatchObject({
        error: { _tag: 'Forbidden', ref: 'a', field: 'personalNotes' }
      })
    expect(readFileSync(pathOf('a'), 'utf8')).toBe(before)
    expect(errorOf(await writeOne(store(), update('a', { jobTitle: 'x' })))).toBe('Done')
  })

  test('a write keeps the mode of the file', async () => {
    put('a', 'FN:x')
    chmodSync(pathOf('a'), 0o600)
    await writeOne(store(), update('a', { surname: 'y' }))
    expect(lstatSync(pathOf('a')).mode & 0o777).toBe(0o600)
  })

  test('a malformed card is not written to; it can be deleted', async () => {
    writeFileSync(pathOf('a'), 'BEGIN:VCARD\r\nFN:canary')
    const outcome = await writeOne(store(), update('a', { surname: 'x' }))
    expect(outcome).toMatchObject({ error: { _tag: 'Malformed', ref: 'a', paths: ['VCARD: expected END:VCARD'] } })
    expect(JSON.stringify(outcome)).not.toContain('canary')
    expect(errorOf(await writeOne(store(), erase('a')))).toBe('Done')
  })

  test('somebody writes between our reading and our rename: nothing of his is lost', async () => {
    put('a', 'N:Roy;;;;', 'FN:Roy')
    const { version } = await known(store(), 'a')
    faults.of.set('sync', () => put('a', 'N:Rey;;;;', 'FN:Rey'))
    expect(errorOf(await writeOne(store(), update('a', { jobTitle: 'x' }, version)))).toBe('VersionMismatch')
    expect(readFileSync(pathOf('a'), 'utf8')).toBe(card('N:Rey;;;;', 'FN:Rey'))
    // Who expects no version writes into what is there by then.
    put('a', 'N:Roy;;;;', 'FN:Roy')
    expect(errorOf(await writeOne(store(), update('a', { jobTitle: 'x' })))).toBe('Done')
    expect((await known(store(), 'a')).fields).toEqual({ surname: 'Rey', jobTitle: 'x' })
    let round = 0
    faults.of.set('sync', () => put('a', `NICKNAME:${++round}`))
    expect(errorOf(await writeOne(store(), update('a', { jobTitle: 'y' })))).toBe('VersionMismatch')
    expect((await known(store(), 'a')).fields).toEqual({ nickName: `${round}` })
    expect(leftovers()).toEqual([])
  })

  test('a file that is deleted between our reading and our rename stays deleted', async () => {
    put('a', 'FN:Roy')
    faults.of.set('sync', () => rmSync(pathOf('a'), { force: true }))
    expect(['VersionMismatch', 'Gone']).toContain(errorOf(await writeOne(store(), update('a', { jobTitle: 'x' }))))
    expect(existsSync(pathOf('a'))).toBe(false)
  })

  test('what writers that died have left is never an item, and is removed once it is old', async () => {
    const old = join(contacts, '.liaison-old-a.vcf.tmp')
    const fresh = join(contacts, '.liaison-fresh-a.vcf.tmp')
    for (const path of [old, fresh]) writeFileSync(path, card('FN:unfinished'))
    utimesSync(old, new Date(0), new Date(0))
    const of = store()
    expect(await listed(of)).toEqual([])
    expect([existsSync(old), existsSync(fresh)]).toEqual([true, true])
    await writeOne(of, create('a', {}))
    expect([existsSync(old), existsSync(fresh)]).toEqual([false, true])
  })

  test('many writers of one process: every update lands, none is torn', async () => {
    const of = store()
    await writeOne(of, create('a', {}))
    const fields = [
      'jobTitle',
      'department',
      'companyName',
      'nickName',
      'manager',
      'spouseName',
      'email1',
      'mobilePhone'
    ]
    const reads: Array<Promise<Found<ItemSnapshot> | undefined>> = []
    const writes = fields.map((field) => {
      reads.push(readOne(of, 'a'))
      return writeOne(of, update('a', { [field]: field }))
    })
    expect((await Promise.all(writes)).map(errorOf)).toEqual(fields.map(() => 'Done'))
    expect((await Promise.all(reads)).map((found) => found?._tag)).toEqual(fields.map(() => 'Known'))
    expect((await known(of, 'a')).fields).toEqual(Object.fromEntries(fields.map((field) => [field, field])))
  })

  test('two stores on one mailbox: whoever read an older version is refused', async () => {
    put('a', 'N:Roy;;;;', 'FN:Roy')
    const [one, other] = [store(), store()]
    const { version } = await known(one, 'a')
    const outcomes = await Promise.all([
      writeOne(one, update('a', { jobTitle: 'x' }, version)),
      writeOne(one, update('a', { nickName: 'y' }, version))
    ])
    expect(outcomes.map(errorOf)).toEqual(['Done', 'VersionMismatch'])
    expect(errorOf(await writeOne(other, erase('a', version)))).toBe('VersionMismatch')
  })
})

describe('a write is there whole or not at all', () => {
  const steps = ['open new', 'sync', 'rename', 'link', 'open folder'] as const
  const codes = ['ENOSPC', 'EIO', 'EACCES'] as const
  const table = steps.flatMap((step) => codes.map((code) => [step, code] as const))

  test.each(table)('%s fails with %s', async (step, code) => {
    put('old', 'N:Roy;;;;', 'FN:Roy')
    const before = readFileSync(pathOf('old'), 'utf8')
    const of = store()
    strike(step, code)
    for (const effect of [update('old', { surname: 'Rey' }), create('new', { surname: 'Rey' })]) {
      const outcome = await writeOne(of, effect)
      const path = effect._tag === 'Create' ? pathOf('new') : pathOf('old')
      const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined
      const was = effect._tag === 'Create' ? undefined : before
      if (outcome._tag === 'Done') expect(text).toContain('Rey')
      else if (outcome.error._tag === 'Transient' && outcome.error.unsure === true) expect([was, text]).toContain(text)
      else expect(text).toBe(was)
      if (text !== undefined) expect(text.trimEnd().endsWith('END:VCARD')).toBe(true)
    }
    faults.of.clear()
    expect(leftovers()).toEqual([])
  })

  test('an error after the rename says that it is not sure', async () => {
    put('a', 'FN:Roy')
    strike('open folder', 'EIO')
    expect(await writeOne(store(), update('a', { surname: 'Rey' }))).toMatchObject({
      error: { _tag: 'Transient', unsure: true }
    })
  })

  test('a crash at any step: the file is the old or the new one, and the next writer goes on', async () => {
    for (const step of [...steps, 'unlink']) {
      put('a', 'N:Roy;;;;', 'FN:Roy')
      const crash = new Error('the process is gone')
      faults.of.set(step, () => {
        throw crash
      })
      // After the crash nothing of ours runs, also no cleaning up.
      if (step !== 'unlink')
        faults.of.set('unlink', () => {
          throw crash
        })
      await store()
        .write([update('a', { surname: 'Rey' })])
        .catch(() => undefined)
      faults.of.clear()
      const now = await known(store(), 'a')
      expect(['Roy', 'Rey']).toContain(now.fields.surname)
      expect(await listed(store())).toEqual(['a'])
      expect(errorOf(await writeOne(store(), update('a', { surname: 'Ray' })))).toBe('Done')
      for (const name of leftovers()) rmSync(join(root, name))
    }
  })

  test('without second names for files a creation still overwrites nothing', async () => {
    strike('link', 'EPERM')
    expect(errorOf(await writeOne(store(), create('a', { surname: 'first' })))).toBe('Done')
    expect(errorOf(await writeOne(store(), create('a', { surname: 'second' })))).toBe('AlreadyExists')
    expect((await known(store(), 'a')).fields).toEqual({ surname: 'first' })
    expect(leftovers()).toEqual([])
  })
})

describe('searches', () => {
  const byMarker = (record: string) => ({ _tag: 'ByMarker', tenant: 't', kind: 'contact', record }) as const
  const byField = (field: string, value: string) => ({ _tag: 'ByField', kind: 'contact', field, value }) as const

  test('what was read once is not read again until its bytes are others', async () => {
    for (const ref of ['a', 'b', 'c']) put(ref, `EMAIL:${ref}@x.test`, `X-LIAISON-RECORD:t/${ref}`)
    const of = store({ clock: () => Date.now() + 10_000 })
    expect(await right(of.find([byMarker('b'), byMarker('z')]))).toEqual([{ refs: ['b'] }, { refs: [] }])
    let opened = 0
    faults.of.set('open', () => {
      opened++
    })
    expect(await right(of.find([byMarker('c')]))).toEqual([{ refs: ['c'] }])
    expect(opened).toBe(0)
    put('b', 'EMAIL:B@X.test', 'X-LIAISON-RECORD:t/moved')
    expect(await right(of.find([byMarker('b'), byMarker('moved')]))).toEqual([{ refs: [] }, { refs: ['b'] }])
    expect(opened).toBeLessThanOrEqual(2)
    expect(await right(of.find([byField('email1', 'b@x.TEST'), byField('surname', '')]))).toEqual([
      { refs: ['b'] },
      { refs: [] }
    ])
  })

  test('a malformed card is no hit and stops no search', async () => {
    put('a', 'X-LIAISON-RECORD:t/r')
    writeFileSync(pathOf('broken'), 'BEGIN:VCARD\r\nX-LIAISON-RECORD:t/r')
    put('copy', 'X-LIAISON-RECORD:t/r')
    expect(await right(store().find([byMarker('r')]))).toEqual([{ refs: ['a', 'copy'] }])
  })
})

describe('errors', () => {
  const table: ReadonlyArray<readonly [code: string, expected: SyncError]> = [
    ['ENOENT', { _tag: 'Gone', ref: 'a' }],
    ['ENOTDIR', { _tag: 'Gone', ref: 'a' }],
    ['EACCES', { _tag: 'Forbidden', side: 'mail', ref: 'a' }],
    ['EPERM', { _tag: 'Forbidden', side: 'mail', ref: 'a' }],
    ['EROFS', { _tag: 'Forbidden', side: 'mail', ref: 'a' }],
    ['ELOOP', { _tag: 'Forbidden', side: 'mail', ref: 'a' }],
    ['ENOSPC', { _tag: 'QuotaExceeded' }],
    ['EDQUOT', { _tag: 'QuotaExceeded' }],
    ['EEXIST', { _tag: 'AlreadyExists', ref: 'a' }],
    ['ENAMETOOLONG', { _tag: 'Malformed', side: 'mail', ref: 'a', paths: ['ref: expected the name of a file'] }],
    ['EMFILE', { _tag: 'Transient', message: 'EMFILE: a' }],
    ['EBUSY', { _tag: 'Transient', message: 'EBUSY: a' }],
    ['EAGAIN', { _tag: 'Transient', message: 'EAGAIN: a' }],
    ['EIO', { _tag: 'Transient', message: 'EIO: a' }],
    ['ESOMETHINGNEW', { _tag: 'Transient', message: 'ESOMETHINGNEW: a' }]
  ]
  test.each(table)('%s', (code, expected) => {
    expect(syncErrorOf(errno(code), 'a')).toEqual(expected)
  })

  test('every code of the table has a meaning; what is no error of the file system has none', () => {
    for (const code of Object.keys(meanings)) expect(syncErrorOf(errno(code), 'a')).toBeDefined()
    for (const thrown of [
      new Error('x'),
      undefined,
      'ENOENT',
      { code: 5 },
      { code: 'not errno' },
      new TypeError('x')
    ]) {
      expect(errnoOf(thrown)).toBeUndefined()
      expect(syncErrorOf(thrown, 'a')).toBeUndefined()
    }
    expect(syncErrorOf(errno('ENOENT'))).toMatchObject({ _tag: 'Transient' })
    expect(syncErrorOf(errno('EIO'), 'a', true)).toMatchObject({ unsure: true })
  })

  test('a file that may not be read is hidden, one that cannot be read now is a failure', async () => {
    put('a', 'FN:A')
    put('b', 'FN:B')
    strike('open', 'EACCES')
    expect(await right(store().read(['a']))).toEqual([{ _tag: 'Unreadable', ref: 'a', why: 'hidden' }])
    expect((await right(store().changes('contact', undefined, 10))).rows).toEqual([{ ref: 'a' }, { ref: 'b' }])
    strike('open', 'EMFILE')
    expect(await left(store().read(['a']))).toEqual({ _tag: 'Transient', message: 'EMFILE: a' })
    expect(await left(store().changes('contact', undefined, 10))).toMatchObject({ _tag: 'Transient' })
    expect(await left(store().find([{ _tag: 'ByMarker', tenant: 't', kind: 'contact', record: 'r' }]))).toMatchObject({
      _tag: 'Transient'
    })
  })

  test('a defect is not dressed up as an answer', async () => {
    put('a', 'FN:A')
    faults.of.set('open', () => {
      throw new TypeError('a defect')
    })
    await expect(store().read(['a'])).rejects.toThrow(TypeError)
  })
})

describe('every sample, and every file of LIAISON_CORPUS, in one mailbox', () => {
  const samples = join(import.meta.dirname, '../../examples/quickstart/samples/contacts')
  const corpora = [samples, ...(process.env.LIAISON_CORPUS === undefined ? [] : [process.env.LIAISON_CORPUS])]

  test.each(corpora)('%s', async (folder) => {
    const names = readdirSync(folder).filter((name) => name.endsWith('.vcf'))
    for (const name of names) writeFileSync(join(contacts, name), readFileSync(join(folder, name)))
    const of = store()
    const refs = await listed(of)
    expect(refs).toHaveLength(names.length)
    const found = await right(of.read(refs))
    expect(found.map((one) => (one._tag === 'Known' ? one.snapshot.ref : one.ref))).toEqual(refs)
    for (const one of found) {
      if (one._tag === 'Unreadable') expect(one.paths?.length).toBeGreaterThan(0)
      if (one._tag !== 'Known') continue
      for (const { part, bytes } of one.snapshot.contents ?? []) {
        let got = 0
        for await (const piece of of.content(one.snapshot.ref, part)) got += piece.length
        expect(got, `${one.snapshot.ref} ${part}`).toBe(bytes)
      }
      const outcome = await writeOne(of, update(one.snapshot.ref, { governmentId: 'X-1' }, one.snapshot.version))
      expect(outcome).toMatchObject({
        _tag: 'Done',
        snapshot: { fields: { ...one.snapshot.fields, governmentId: 'X-1' } }
      })
    }
    expect(leftovers()).toEqual([])
  })
})
