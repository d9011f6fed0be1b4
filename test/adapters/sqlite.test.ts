/**
 * SQLite: the contract on every kind of connection, and what only SQLite has: files, migrations, other processes,
 * damaged rows.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import BetterSqlite from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, describe, expect, onTestFinished, test } from 'vitest'
import { errorFromSqlite } from '../../src/adapters/sqlite/errors.js'
import type { Database } from '../../src/adapters/sqlite/index.js'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import { keyFromText, textFromKey } from '../../src/adapters/sqlite/text.js'
import type { Lease, LinkStore, RecordKeyQuery } from '../../src/engine/ports.js'
import type { Answer, DecisionAnswer, Effect, Gesture, MatchCode } from '../../src/model/index.js'
import { codeOf, termOf, termsOf } from '../../src/model/index.js'
import { linkStoreChecks, recordStoreChecks } from '../../src/testing/contract/index.js'
import {
  decisionOf,
  dueOf,
  formerOf,
  inboxOf,
  intentOf,
  linkOf,
  trackOf,
  writeOf
} from '../../src/testing/contract/sample.js'
import { bundled, start } from './children.js'
import { folder, linkStage, type OpenDatabase, recordStage } from './stages.js'

const better = (): OpenDatabase => {
  const database: OpenDatabase = new BetterSqlite(':memory:')
  return database
}

describe('contract: links in a file', () => {
  for (const check of linkStoreChecks) test(check.title, () => check.run(() => linkStage()))
})

describe('contract: records on a connection of node:sqlite', () => {
  for (const check of recordStoreChecks) test(check.title, () => check.run(() => recordStage()))
})

describe('contract: links on a connection of better-sqlite3', () => {
  for (const check of linkStoreChecks) test(check.title, () => check.run(() => linkStage(better)))
})

describe('contract: records on a connection of better-sqlite3', () => {
  for (const check of recordStoreChecks) test(check.title, () => check.run(() => recordStage(better)))
})

const key = { tenant: 'tenant', mailbox: 'ann' }
const engine = { _tag: 'Engine' } as const

const resolveOf = (answer: DecisionAnswer): Gesture => ({
  _tag: 'Resolve',
  item: 'i',
  kind: 'email',
  answer,
  by: 'ann'
})

/** Contacts by a field. */
const keyOf = (field: string, value: string): RecordKeyQuery => {
  const code = codeOf(field)
  return { type: 'contact', code, term: termOf(code, value) ?? '' }
}

/** A path in a folder that goes with the test. */
const file = (): string => {
  const { path, remove } = folder()
  onTestFinished(remove)
  return join(path, 'crm.db')
}

const right = async <A>(answer: Answer<A>): Promise<A> => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(JSON.stringify(result.left))
  return result.right
}

const leaseOf = async (links: LinkStore, holder = 'one'): Promise<Lease> => {
  const answer = await right(links.lease(key.tenant, key.mailbox, holder, 60_000))
  if (answer._tag === 'Busy') throw new Error('busy')
  return answer.lease
}

/** Asks a file beside the adapter. */
const beside = <A>(path: string, run: (database: DatabaseSync) => A): A => {
  const database = new DatabaseSync(path)
  try {
    return run(database)
  } finally {
    database.close()
  }
}

const pragma = (database: DatabaseSync, name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name]

describe('errors', () => {
  const reported = (errcode: number) => Object.assign(new Error('x'), { code: 'ERR_SQLITE_ERROR', errcode })
  const named = (code: string) => Object.assign(new Error('x'), { code })
  const table = [
    ['busy', 5, 'SQLITE_BUSY', 'Transient'],
    ['busy snapshot', 517, 'SQLITE_BUSY_SNAPSHOT', 'Transient'],
    ['locked', 6, 'SQLITE_LOCKED', 'Transient'],
    ['locked shared cache', 262, 'SQLITE_LOCKED_SHAREDCACHE', 'Transient'],
    ['out of memory', 7, 'SQLITE_NOMEM', 'Transient'],
    ['interrupted', 9, 'SQLITE_INTERRUPT', 'Transient'],
    ['disk error', 10, 'SQLITE_IOERR', 'Transient'],
    ['disk error on fsync', 1034, 'SQLITE_IOERR_FSYNC', 'Transient'],
    ['lock protocol', 15, 'SQLITE_PROTOCOL', 'Transient'],
    ['schema changed', 17, 'SQLITE_SCHEMA', 'Transient'],
    ['aborted', 516, 'SQLITE_ABORT_ROLLBACK', 'Transient'],
    ['disk full', 13, 'SQLITE_FULL', 'QuotaExceeded'],
    ['too big', 18, 'SQLITE_TOOBIG', 'QuotaExceeded'],
    ['read-only', 8, 'SQLITE_READONLY', 'Forbidden'],
    ['read-only folder', 1544, 'SQLITE_READONLY_DIRECTORY', 'Forbidden'],
    ['no permission', 3, 'SQLITE_PERM', 'Forbidden'],
    ['not authorized', 23, 'SQLITE_AUTH', 'Forbidden'],
    ['primary key', 1555, 'SQLITE_CONSTRAINT_PRIMARYKEY', 'AlreadyExists'],
    ['unique', 2067, 'SQLITE_CONSTRAINT_UNIQUE', 'AlreadyExists'],
    ['rowid', 2579, 'SQLITE_CONSTRAINT_ROWID', 'AlreadyExists'],
    ['not null', 1299, 'SQLITE_CONSTRAINT_NOTNULL', 'Malformed'],
    ['wrong type', 3091, 'SQLITE_CONSTRAINT_DATATYPE', 'Malformed'],
    ['cannot open', 14, 'SQLITE_CANTOPEN', 'Unsupported'],
    ['damaged', 11, 'SQLITE_CORRUPT', 'Unsupported'],
    ['no database', 26, 'SQLITE_NOTADB', 'Unsupported'],
    ['a wrong statement', 1, 'SQLITE_ERROR', undefined],
    ['wrong use', 21, 'SQLITE_MISUSE', undefined]
  ] as const
  test.each(table)('%s', (_name, errcode, code, tag) => {
    expect(errorFromSqlite(reported(errcode))?._tag).toBe(tag)
    expect(errorFromSqlite(named(code))?._tag).toBe(tag)
  })
  test.each([[new TypeError('x is not a function')], [named('ENOENT')], [null], ['text'], [undefined], [{ code: 5 }]])(
    'a defect stays an exception: %s',
    (thrown) => expect(errorFromSqlite(thrown)).toBeUndefined()
  )
  test('what a real connection throws is understood, of both bindings', () => {
    for (const database of [new DatabaseSync(':memory:'), better()]) {
      database.exec('CREATE TABLE things (id TEXT PRIMARY KEY) STRICT; INSERT INTO things VALUES (1)')
      const insert = database.prepare('INSERT INTO things VALUES (?)')
      const thrown = (): unknown => {
        try {
          return insert.run('1')
        } catch (error) {
          return error
        }
      }
      expect(errorFromSqlite(thrown())).toEqual({ _tag: 'AlreadyExists' })
      database.close()
      expect(errorFromSqlite(thrown())).toMatchObject({ _tag: 'Unsupported', what: 'a store that was closed' })
    }
  })
})

describe('keys of columns', () => {
  const anyText = fc
    .array(
      fc.oneof(
        fc.integer({ min: 0, max: 0xffff }),
        fc.constantFrom(0, 1, 2, 0x61, 0xd7ff, 0xd800, 0xdfff, 0xe000, 0xffff)
      ),
      { maxLength: 6 }
    )
    .map((units) => String.fromCharCode(...units))
  const utf8 = new TextEncoder()
  const byBytes = (x: string, y: string): number => Buffer.compare(utf8.encode(x), utf8.encode(y))

  test('every text comes back from its key', () =>
    fc.assert(
      fc.property(anyText, (text) => {
        expect(textFromKey(keyFromText(text))).toBe(text)
      })
    ))
  test('keys are ordered by bytes as texts are by code units', () =>
    fc.assert(
      fc.property(anyText, anyText, (x, y) => {
        const order = x < y ? -1 : x > y ? 1 : 0
        expect(Math.sign(byBytes(keyFromText(x), keyFromText(y)))).toBe(order)
      })
    ))
  test('a key has no NUL and no lone surrogate', () =>
    fc.assert(
      fc.property(anyText, (text) => {
        expect(keyFromText(text)).not.toContain('\u0000')
        expect(() => encodeURIComponent(keyFromText(text))).not.toThrow()
      })
    ))
  test('usual texts are their own keys', () =>
    expect(keyFromText('Ångström <a@b.c> 李 λ')).toBe('Ångström <a@b.c> 李 λ'))
})

describe('files and pragmas', () => {
  test('a file of our own: WAL, synchronous normal, no foreign keys, version and application in its header', async () => {
    const path = file()
    const store = sqlite({ path })
    await right(store.links.state('tenant', 'x'))
    expect(readFileSync(path).subarray(0, 15).toString()).toBe('SQLite format 3')
    beside(path, (database) => {
      expect(pragma(database, 'journal_mode')).toBe('wal')
      expect(pragma(database, 'user_version')).toBe(3)
      expect(pragma(database, 'application_id')).toBe(0x6c696169)
    })
    store.close()
  })
  test('a connection that is handed in keeps its pragmas, and is left open', async () => {
    const database = new DatabaseSync(file())
    database.exec('PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL')
    const store = sqlite({ database })
    await right(store.links.state('tenant', 'x'))
    store.close()
    expect([pragma(database, 'foreign_keys'), pragma(database, 'synchronous')]).toEqual([1, 2])
    expect(pragma(database, 'journal_mode')).toBe('delete')
    database.close()
  })
  test('nothing is opened before it is used', () => {
    const path = file()
    sqlite({ path })
    expect(existsSync(path)).toBe(false)
  })
  test('many first calls at once open one connection', async () => {
    const { links, close } = sqlite({ path: ':memory:' })
    const appended = Array.from({ length: 20 }, (_, n) => right(links.append(key, [trackOf(`${n}`)], 0)))
    expect(Math.max(...(await Promise.all(appended)))).toBe(20)
    close()
  })
  test('after close every call says so, also one that was waiting', async () => {
    const { links, records, host, close } = sqlite({ path: file() })
    const waiting = links.state('tenant', 'x')
    close()
    const closed = { _tag: 'Left', left: { _tag: 'Unsupported', what: 'a store that was closed' } }
    expect(await waiting).toMatchObject(closed)
    expect(await links.walk(key, undefined, 1)).toMatchObject(closed)
    expect(await records.read('contact', ['a'], engine)).toMatchObject(closed)
    await expect(host.look('contact', 'a')).rejects.toThrow('Unsupported')
    close()
  })
  test('a folder that is not there is Unsupported; the next call tries again', async () => {
    const { links } = sqlite({ path: join(file(), 'nowhere', 'x.db') })
    for (const _time of [1, 2]) expect(await links.state('t', 'x')).toMatchObject({ left: { _tag: 'Unsupported' } })
  })
  test('a file that is no database is Unsupported and stays as it is', async () => {
    const path = file()
    writeFileSync(path, 'x'.repeat(5000))
    const { links } = sqlite({ path })
    expect(await links.state('t', 'x')).toMatchObject({ left: { _tag: 'Unsupported' } })
    expect(readFileSync(path, 'utf8')).toBe('x'.repeat(5000))
  })
})

describe('migrations', () => {
  test('a database of a newer release is refused and not touched', async () => {
    const path = file()
    const first = sqlite({ path })
    await right(first.links.append(key, [trackOf('a')], 0))
    first.close()
    beside(path, (database) => database.exec('PRAGMA user_version = 99'))
    const second = sqlite({ path })
    const refused = { _tag: 'Left', left: { _tag: 'Unsupported', what: expect.stringContaining('schema 99') } }
    expect(await second.links.pending(key, 10)).toMatchObject(refused)
    expect(await second.links.append(key, [trackOf('b')], 0)).toMatchObject(refused)
    second.close()
    beside(path, (database) => {
      expect(database.prepare('SELECT count(*) AS n FROM liaison_pending').get()?.n).toBe(1)
      expect(pragma(database, 'user_version')).toBe(99)
    })
  })
  test("another application's database is refused", async () => {
    for (const header of ['user_version = 3', 'application_id = 77']) {
      const path = file()
      beside(path, (database) => database.exec(`CREATE TABLE things (id); PRAGMA ${header}`))
      const { links, close } = sqlite({ path })
      expect(await links.state('t', 'x')).toMatchObject({ left: { _tag: 'Unsupported' } })
      close()
      beside(path, (database) => {
        const tables = database.prepare('SELECT name FROM sqlite_schema').all()
        expect(tables.map(({ name }) => name)).toEqual(['things'])
      })
    }
  })
  test('a database whose tables do not count for themselves is joined', async () => {
    const path = file()
    beside(path, (database) => database.exec(`CREATE TABLE records (id); INSERT INTO records VALUES ('kept')`))
    const { host, close } = sqlite({ path })
    await host.put({ type: 'contact', ref: 'a', fields: {} })
    close()
    beside(path, (database) => expect(database.prepare('SELECT id FROM records').get()?.id).toBe('kept'))
  })
  test('a file of the first schema keeps its rows, and its old decisions know how old they are', async () => {
    const path = file()
    const first = sqlite({ path })
    const decisions = [decisionOf('old', { atMs: 5 }), decisionOf('new', { atMs: 50 }), decisionOf('broken')]
    await right(first.links.transact({ lease: await leaseOf(first.links), mailbox: 'ann', decisions }))
    first.close()
    beside(path, (database) =>
      database.exec(`
        DROP TABLE liaison_history;
        DROP INDEX liaison_decisions_age;
        ALTER TABLE liaison_decisions DROP COLUMN kept_ms;
        UPDATE liaison_decisions SET body = '{"' WHERE ref = 'broken';
        PRAGMA user_version = 1`)
    )
    const { links, close } = sqlite({ path })
    const outdated = { history: 0, decisions: 10, conflicts: 0, max: 10 }
    await right(links.transact({ lease: await leaseOf(links), mailbox: 'ann', history: [writeOf('a')], outdated }))
    expect(await right(links.decisionsOf(key, 'mail', ['old', 'new', 'broken']))).toEqual([decisions[1]])
    expect(await right(links.historyIn(key, 'cycle-1', undefined, 10))).toEqual([writeOf('a')])
    close()
    beside(path, (database) => expect(pragma(database, 'user_version')).toBe(3))
  })
  test('a file of the second schema finds its records by what is asked now, and its answers wait on', async () => {
    const path = file()
    const first = sqlite({ path })
    await first.host.put({ type: 'contact', ref: 'a', fields: { name: 'Ann' } })
    await right(first.records.lookup([keyOf('name', 'ann')]))
    await right(first.links.append(key, [trackOf('b'), resolveOf('mail')], 5))
    first.close()
    beside(path, (database) =>
      database.exec(`
        DROP TABLE liaison_terms;
        DROP TABLE liaison_indexed;
        CREATE TABLE liaison_indexed (
          type TEXT NOT NULL, field TEXT NOT NULL, PRIMARY KEY (type, field)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE liaison_terms (
          type TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, ref TEXT NOT NULL,
          PRIMARY KEY (type, field, value, ref)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX liaison_terms_ref ON liaison_terms (type, ref);
        INSERT INTO liaison_indexed VALUES ('contact', 'name');
        INSERT INTO liaison_terms VALUES ('contact', 'name', 'ann', 'a'), ('contact', 'name', 'ann', 'gone');
        UPDATE liaison_pending SET body = replace(body, '"answer"', '"keep"');
        INSERT INTO liaison_pending (tenant, mailbox, body) VALUES ('tenant', 'bob', '{"broken');
        PRAGMA user_version = 2`)
    )
    const { links, records, close } = sqlite({ path })
    expect(await right(records.lookup([keyOf('name', 'ann')]))).toEqual([{ refs: ['a'] }])
    const waiting = await right(links.pending(key, 10))
    expect(waiting.map(({ gesture }) => gesture)).toEqual([trackOf('b'), resolveOf('mail')])
    close()
    beside(path, (database) => expect(pragma(database, 'user_version')).toBe(3))
  })
  test('a migration that breaks off leaves the file as it was', async () => {
    const path = file()
    beside(path, (database) => database.exec('CREATE TABLE liaison_state (in_the_way)'))
    const { links, close } = sqlite({ path })
    await expect(links.state('t', 'x')).rejects.toThrow('already exists')
    close()
    beside(path, (database) => {
      expect(pragma(database, 'user_version')).toBe(0)
      const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table'`).all()
      expect(tables.map(({ name }) => name)).toEqual(['liaison_state'])
    })
  })
  test('what was written is there when the file is opened again', async () => {
    const path = file()
    const first = sqlite({ path })
    await first.host.put({ type: 'contact', ref: 'a', owner: 'u', status: 's', fields: { name: 'Ann' } })
    const before = await first.host.look('contact', 'a')
    first.close()
    const second = sqlite({ path })
    expect(await second.host.look('contact', 'a')).toEqual(before)
    second.close()
  })
})

describe('a runtime without node:sqlite', () => {
  const { path, remove } = folder()
  afterAll(remove)
  const script = (entry: string) => `
    const { sqlite } = await import(${JSON.stringify(entry)})
    const { links } = sqlite({ path: ':memory:' })
    console.log(JSON.stringify(await links.state('t', 'x')))`
  const says = async (node: string, flags: ReadonlyArray<string>) => {
    const entry = await bundled(new URL('../../src/adapters/sqlite/index.ts', import.meta.url), path)
    const { out, err } = await start([...flags, '--input-type=module', '-e', script(entry)], node).ended
    expect(err).toBe('')
    return JSON.parse(out)
  }
  const unsupported = {
    _tag: 'Left',
    left: {
      _tag: 'Unsupported',
      what: expect.stringContaining('node:sqlite'),
      remedy: expect.stringContaining('better-sqlite3')
    }
  }
  test('the entry imports, and the first call says what to install', async () => {
    expect(await says(process.execPath, ['--no-experimental-sqlite'])).toMatchObject(unsupported)
  })
})

describe('damaged rows', () => {
  const canary = 'canary@contoso.test'
  const texts = [
    '',
    '{',
    `["${canary}"]`,
    `"${canary}"`,
    'null',
    `{"a":${'['.repeat(20)}"${canary}"${']'.repeat(20)}}`,
    JSON.stringify(Object.fromEntries(Array.from({ length: 2001 }, (_, n) => [`f${n}`, canary])))
  ]
  test.each(texts.map((text) => [text.slice(0, 30), text]))(
    'fields that say %s make the record unreadable',
    async (_name, text) => {
      const database = new DatabaseSync(':memory:')
      const { records, host } = sqlite({ database })
      for (const ref of ['a', 'b']) await host.put({ type: 'contact', ref, owner: 'u', fields: { name: ref } })
      database.prepare(`UPDATE liaison_records SET fields = ? WHERE ref = 'a'`).run(text)
      const [spoilt, whole] = await right(records.read('contact', ['a', 'b'], engine))
      expect(spoilt).toMatchObject({ _tag: 'Unreadable', ref: 'a', why: 'malformed', version: '1' })
      expect(JSON.stringify(spoilt)).not.toContain('canary')
      expect(whole?._tag).toBe('Known')
      const context = { user: 'u', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }
      const members = await right(
        records.members({ type: 'contact', filter: { and: [] }, context }, engine, { max: 10 })
      )
      expect(members.rows.map((row) => [row.ref, row.snapshot?.ref])).toEqual([
        ['a', undefined],
        ['b', 'b']
      ])
      const write = (effect: Effect) => right(records.write([effect], engine))
      const set = { name: 'x' }
      expect(await write({ _tag: 'Update', key: 'k', type: 'contact', ref: 'a', set })).toMatchObject([
        { _tag: 'Failed', error: { _tag: 'Malformed', ref: 'a' } }
      ])
      expect(await right(records.lookup([keyOf('name', 'b')]))).toEqual([{ refs: ['b'] }])
      await expect(host.look('contact', 'a')).rejects.toThrow('Malformed')
      expect(await write({ _tag: 'Delete', key: 'k', type: 'contact', ref: 'a' })).toMatchObject([{ _tag: 'Done' }])
    }
  )
  test('a link that cannot be decoded is Malformed, with its path and no value', async () => {
    const database = new DatabaseSync(':memory:')
    const { links } = sqlite({ database })
    await right(links.transact({ lease: await leaseOf(links), mailbox: 'ann', links: [linkOf('a')] }))
    const spoil = (column: string, text: string): void => {
      database.prepare(`UPDATE liaison_links SET ${column} = ?`).run(text)
    }
    const malformed = async () => {
      const answer = await links.linksOf('tenant', 'item', ['item-a'])
      expect(JSON.stringify(answer)).not.toContain('canary')
      return answer
    }
    spoil('base', `{"mail":["${canary}"],"record":[]}`)
    expect(await malformed()).toMatchObject({ left: { _tag: 'Malformed', paths: ['base: expected base'] } })
    spoil('base', '{"mail":[],"record":[]}')
    const body: { [member: string]: unknown } = { ...linkOf('a') }
    spoil('body', JSON.stringify({ ...body, decided: { code: canary, facts: {}, cycle: '', atMs: 0 } }))
    expect(await malformed()).toMatchObject({ left: { paths: ['body.decided.code: expected reason code'] } })
    spoil('body', JSON.stringify({ ...body, owner: 5 }))
    expect(await malformed()).toMatchObject({ left: { paths: ['body.owner: expected string'] } })
    spoil('body', canary)
    expect(await malformed()).toMatchObject({ left: { paths: ['body: expected link'] } })
  })
})

describe('several connections on one file', () => {
  test('what one commits the other sees, in links and in records', async () => {
    const path = file()
    const [one, two] = [sqlite({ path }), sqlite({ path })]
    await right(one.links.transact({ lease: await leaseOf(one.links), mailbox: 'ann', links: [linkOf('a')] }))
    expect(await right(two.links.walk(key, undefined, 10))).toEqual([linkOf('a')])
    expect(await right(two.links.lease('tenant', 'ann', 'two', 1000))).toMatchObject({ _tag: 'Busy' })
    const { cursor } = await right(two.records.changes('contact', undefined, 10))
    await one.host.put({ type: 'contact', ref: 'r', fields: { name: 'Ann' } })
    expect((await right(two.records.changes('contact', cursor, 10))).rows).toMatchObject([{ ref: 'r' }])
    for (const store of [one, two]) store.close()
  })
  test('a version that the other has moved on refuses', async () => {
    const path = file()
    const [one, two] = [sqlite({ path }), sqlite({ path })]
    const { version = '' } = await one.host.put({ type: 'contact', ref: 'r', fields: { name: 'Ann' } })
    await two.host.edit('contact', 'r', { name: 'Anna' })
    const set = { name: 'x' }
    const effect: Effect = { _tag: 'Update', key: 'k', type: 'contact', ref: 'r', expected: version, set }
    expect(await right(one.records.write([effect], engine))).toMatchObject([{ error: { _tag: 'VersionMismatch' } }])
    for (const store of [one, two]) store.close()
  })
  test('a field that one has indexed is kept in step by the other', async () => {
    const path = file()
    const [one, two] = [sqlite({ path }), sqlite({ path })]
    const find = (value: string) => right(one.records.lookup([keyOf('name', value)]))
    expect(await find('ann')).toEqual([{ refs: [] }])
    await two.host.put({ type: 'contact', ref: 'r', fields: { name: 'Ann' } })
    expect(await find('ann')).toEqual([{ refs: ['r'] }])
    for (const store of [one, two]) store.close()
  })
  test('while another holds the lock a write is Transient, and nothing is half done', async () => {
    const path = file()
    const { links, records, close } = sqlite({ path, busyTimeoutMs: 0 })
    const lease = await leaseOf(links)
    const other = new DatabaseSync(path)
    other.exec('BEGIN IMMEDIATE')
    const busy = { _tag: 'Left', left: { _tag: 'Transient', message: 'SQLITE_BUSY' } }
    const commit = () => links.transact({ lease, mailbox: 'ann', links: [linkOf('a')] })
    const create: Effect = { _tag: 'Create', key: 'k', id: 'a', type: 'contact', fields: {} }
    expect(await commit()).toMatchObject(busy)
    expect(await records.write([create], engine)).toMatchObject(busy)
    expect(await links.walk(key, undefined, 10)).toEqual({ _tag: 'Right', right: [] })
    other.exec('COMMIT')
    other.close()
    expect((await commit())._tag).toBe('Right')
    close()
  })
  test('a full disk is QuotaExceeded, and nothing is half done', async () => {
    const database = new DatabaseSync(':memory:')
    const { links, host } = sqlite({ database })
    const lease = await leaseOf(links)
    database.exec(`PRAGMA max_page_count = ${Number(pragma(database, 'page_count')) + 2}`)
    const many = Array.from({ length: 500 }, (_, n) => linkOf(`${n}`))
    const answer = await links.transact({ lease, mailbox: 'ann', closed: [], links: many })
    expect(answer).toMatchObject({ left: { _tag: 'QuotaExceeded' } })
    expect(await right(links.walk(key, undefined, 10))).toEqual([])
    const large = host.put({ type: 'contact', ref: 'a', fields: { text: 'x'.repeat(100_000) } })
    await expect(large).rejects.toThrow('QuotaExceeded')
    expect(await host.look('contact', 'a')).toBeUndefined()
  })
})

describe('processes that are killed', () => {
  const { path: built, remove } = folder()
  afterAll(remove)
  const child = bundled(new URL('./killed-child.ts', import.meta.url), built)

  /** A file with something old in it. */
  const prepared = async (): Promise<string> => {
    const path = file()
    const { links, close } = sqlite({ path })
    const lease = await leaseOf(links, 'child')
    const state = [{ name: 'cursor', document: { at: 'old' } }]
    await right(links.transact({ lease, mailbox: 'ann', links: [linkOf('old')], intents: [intentOf('old')], state }))
    close()
    return path
  }
  const said = async (path: string) => {
    const { links, close } = sqlite({ path })
    const told = {
      links: (await right(links.walk(key, undefined, 10))).map(({ id, origin }) => `${id} ${origin}`),
      intents: (await right(links.openIntents(key, 10))).map((intent) => intent.key),
      state: await right(links.state('tenant', 'cursor'))
    }
    close()
    return told
  }
  const old = { links: ['old tracked'], intents: ['old'], state: { at: 'old' } }
  const renewed = { links: ['new tracked', 'old both'], intents: ['new'], state: { at: 'new' } }

  test('SIGKILL before each statement of a commit leaves the old state, whole', async () => {
    const survivor = await prepared()
    const { out } = await start([await child, survivor, 'once', '0']).ended
    expect(await said(survivor)).toEqual(renewed)
    const steps = Number(out.replace('survived', ''))
    expect(steps).toBeGreaterThan(8)
    for (let step = 1; step <= steps; step += 1) {
      const path = await prepared()
      const { signal } = await start([await child, path, 'once', String(step)]).ended
      expect(signal).toBe('SIGKILL')
      expect(await said(path)).toEqual(old)
    }
  })
  test('SIGKILL at any moment leaves every commit that was answered, and none by halves', async () => {
    for (const pauseMs of [5, 20, 50, 90]) {
      const path = file()
      const { process: running, ended } = start([await child, path, 'loop'])
      await new Promise((resolve) => running.stdout?.once('data', resolve))
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
      running.kill('SIGKILL')
      const { out, signal } = await ended
      expect(signal).toBe('SIGKILL')
      const answered = Number(out.trim().split('\n').at(-1))
      const { links, close } = sqlite({ path })
      const document = await right(links.state('tenant', 'cursor'))
      const stored = beside(path, (database) => database.prepare('SELECT count(*) AS n FROM liaison_links').get()?.n)
      expect(document?.at).toBe(stored)
      expect(stored).toBeGreaterThanOrEqual(answered)
      expect(stored).toBeLessThanOrEqual(answered + 1)
      close()
    }
  })
  test('processes that open one new file at once migrate it once and lose nothing', async () => {
    const path = file()
    const bundle = await child
    const all = Array.from({ length: 4 }, () => start([bundle, path, 'append', '50']).ended)
    for (const { out, err } of await Promise.all(all)) expect([out, err]).toEqual(['done\n', ''])
    const { links, close } = sqlite({ path })
    const rows = await right(links.pending(key, 1000))
    expect(new Set(rows.map(({ gesture }) => ('item' in gesture ? gesture.item : ''))).size).toBe(200)
    expect(new Set(rows.map(({ id }) => id)).size).toBe(200)
    close()
  })
})

describe('the feed of records', () => {
  const put = (host: ReturnType<typeof sqlite>['host'], ref: string, type = 'contact') =>
    host.put({ type, ref, fields: { name: ref } })
  test('numbers without gaps: a version is the place in the log', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    const versions = [await put(host, 'a'), await put(host, 'b', 'account'), await put(host, 'a')]
    const failing: Effect = { _tag: 'Update', key: 'k', type: 'contact', ref: 'nobody', set: {} }
    await right(records.write([failing], engine))
    expect(await host.remove('contact', 'nobody')).toBe(false)
    expect(await host.edit('contact', 'nobody', { name: 'x' })).toBeUndefined()
    versions.push(await put(host, 'c'))
    expect(versions.map(({ version }) => version)).toEqual(['1', '2', '3', '4'])
  })
  test('a quiet feed is empty, also where another type has changed', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    await put(host, 'a')
    const { cursor } = await right(records.changes('contact', undefined, 10))
    await put(host, 'b', 'account')
    const quiet = await right(records.changes('contact', cursor, 10))
    expect(quiet).toEqual({ rows: [], cursor: '2', more: false })
  })
  test('a cursor beyond the log is expired: the file was replaced by an older one', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    await put(host, 'a')
    for (const cursor of ['2', '1-2', '2-1', '1-', '01', '1.0', ' 1', '1e0', '٣', '99999999999999999999']) {
      expect(await records.changes('contact', cursor, 10)).toEqual({
        _tag: 'Left',
        left: { _tag: 'CursorExpired', scope: 'contact' }
      })
    }
    expect((await records.changes('contact', '0-1', 10))._tag).toBe('Right')
  })
  test('a first listing leaves tombstones out; who follows is told', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    for (const ref of ['a', 'b', 'c']) await put(host, ref)
    const { cursor } = await right(records.changes('contact', undefined, 10))
    await host.remove('contact', 'b')
    const first = await right(records.changes('contact', undefined, 1))
    const second = await right(records.changes('contact', first.cursor, 10))
    expect([...first.rows, ...second.rows].map(({ ref }) => ref)).toEqual(['a', 'c'])
    expect((await right(records.changes('contact', cursor, 10))).rows).toEqual([{ ref: 'b', version: '4', gone: true }])
  })
  test('a ref is one record, whatever its type; a removed one may come back under another', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    await put(host, 'a')
    await expect(put(host, 'a', 'account')).rejects.toThrow('AlreadyExists')
    expect((await host.look('contact', 'a'))?.fields).toEqual({ name: 'a' })
    const { cursor } = await right(records.changes('contact', undefined, 10))
    await host.remove('contact', 'a')
    await put(host, 'a', 'account')
    expect((await right(records.changes('contact', cursor, 10))).rows).toMatchObject([{ ref: 'a', gone: true }])
    expect((await right(records.changes('account', cursor, 10))).rows).toEqual([{ ref: 'a', version: '3' }])
  })
  test('a tombstone holds nothing of the record', async () => {
    const database = new DatabaseSync(':memory:')
    const { host, records } = sqlite({ database })
    await host.put({ type: 'contact', ref: 'a', owner: 'canary', status: 'canary', fields: { name: 'canary' } })
    await right(records.lookup([keyOf('name', 'x')]))
    await host.remove('contact', 'a')
    for (const table of ['liaison_records', 'liaison_terms']) {
      expect(JSON.stringify(database.prepare(`SELECT * FROM ${table}`).all())).not.toContain('canary')
    }
  })
  test('a type that the store was not told of is refused everywhere', async () => {
    const { host, records } = sqlite({ path: ':memory:', types: ['lead'] })
    const unsupported = { left: { _tag: 'Unsupported', what: 'records of type contact' } }
    const context = { user: 'u', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }
    expect(records.can.types).toEqual(['lead'])
    expect(await records.changes('contact', undefined, 10)).toMatchObject(unsupported)
    expect(await records.read('contact', ['a'], engine)).toMatchObject(unsupported)
    expect(await records.lookup([keyOf('a', 'b')])).toMatchObject(unsupported)
    const query = { type: 'contact', filter: { and: [] }, context }
    expect(await records.members(query, engine, { max: 1 })).toMatchObject(unsupported)
    const effects: ReadonlyArray<Effect> = [
      { _tag: 'Create', key: 'k1', id: 'a', type: 'contact', fields: {} },
      { _tag: 'Delete', key: 'k2', ref: 'a', type: 'contact' },
      { _tag: 'Create', key: 'k3', id: 'a', fields: {} },
      { _tag: 'Create', key: 'k4', id: '', type: 'lead', fields: {} },
      { _tag: 'Create', key: 'k5', id: 'a', type: 'lead', fields: {} }
    ]
    const outcomes = await right(records.write(effects, engine))
    const tags = outcomes.map((outcome) => (outcome._tag === 'Failed' ? outcome.error._tag : outcome._tag))
    expect(tags).toEqual(['Unsupported', 'Unsupported', 'Malformed', 'Malformed', 'Done'])
    await expect(put(host, 'a')).rejects.toThrow('no type contact')
  })
  test('members of a filter by owner are read from the index of owners', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    for (const [ref, owner] of [
      ['a', 'u'],
      ['b', 'v'],
      ['c', 'u'],
      ['d', 'U']
    ] as const) {
      await host.put({ type: 'contact', ref, owner, fields: {} })
    }
    const context = { user: 'u', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }
    const mine = { field: 'owner', op: 'eq-userid' }
    const query = { type: 'contact', filter: { and: [mine, { field: 'state', op: 'eq', value: 'active' }] }, context }
    const page = await right(records.members(query, engine, { max: 10 }))
    expect(page.rows.map(({ ref }) => ref)).toEqual(['a', 'c'])
  })
  test('a text of a list is found, and a long text too', async () => {
    const { host, records } = sqlite({ path: ':memory:' })
    const long = 'x'.repeat(300)
    await host.put({ type: 'contact', ref: 'a', fields: { mails: ['a@b.test', 'c@d.test'], long, number: 5 } })
    const find = async (field: string, value: string) => (await right(records.lookup([keyOf(field, value)])))[0]?.refs
    expect(await find('mails', 'C@D.test')).toEqual(['a'])
    expect(await find('long', long.toUpperCase())).toEqual(['a'])
    expect(await find('long', `${long}y`)).toEqual([])
    expect(await find('number', '5')).toEqual(['a'])
  })
  test('several codes that are asked for at once are indexed in one pass, and kept in step from then on', async () => {
    const database = new DatabaseSync(':memory:')
    const slices: Array<string> = []
    const watched: Database = {
      prepare: (sql) => {
        const statement = database.prepare(sql)
        return {
          run: (...values) => statement.run(...values),
          get: (...values) => statement.get(...values),
          all: (...values) => {
            if (/ref > \?/.test(sql)) slices.push(String(values[1]))
            return statement.all(...values)
          }
        }
      },
      exec: (sql) => database.exec(sql)
    }
    const { host, records } = sqlite({ database: watched, clock: () => 0 })
    for (const ref of ['a', 'b'])
      await host.put({ type: 'contact', ref, fields: { name: 'Ann', id: `<${ref}@x.test>` } })
    const byId: MatchCode = codeOf('id', 'message-id')
    const byBoth: MatchCode = { parts: [...codeOf('name').parts, ...byId.parts], blanks: 'count' }
    const keys = (id: string) =>
      [keyOf('name', 'ann'), { type: 'contact', code: byId, term: id }].concat([
        { type: 'contact', code: byBoth, term: termsOf(byBoth, { name: 'ann', id })[0] ?? '' }
      ])
    expect(await right(records.lookup(keys('b@x.test')))).toEqual([
      { refs: ['a', 'b'] },
      { refs: ['b'] },
      { refs: ['b'] }
    ])
    expect(slices).toEqual(['', 'b'])
    await host.edit('contact', 'b', { id: '<c@x.test>' })
    expect(await right(records.lookup(keys('b@x.test')))).toEqual([{ refs: ['a', 'b'] }, { refs: [] }, { refs: [] }])
    expect(await right(records.lookup(keys('c@x.test')))).toEqual([
      { refs: ['a', 'b'] },
      { refs: ['b'] },
      { refs: ['b'] }
    ])
    expect(slices).toEqual(['', 'b'])
  })
  test('however many are alike, a thousand are told at most, the last created first', async () => {
    let nowMs = 0
    const { host, records, close } = sqlite({ path: ':memory:', clock: () => ++nowMs })
    for (let n = 0; n < 1010; n += 1) await host.put({ type: 'contact', ref: `r${n}`, fields: { name: 'same' } })
    const [hits] = await right(records.lookup([{ ...keyOf('name', 'same'), max: 5000 }]))
    expect(hits?.refs).toHaveLength(1000)
    expect(hits?.refs.slice(0, 2)).toEqual(['r1009', 'r1008'])
    close()
  })
  test('a code that was spoilt beside the adapter is Malformed at the next write, and no value is told', async () => {
    const database = new DatabaseSync(':memory:')
    const { records } = sqlite({ database })
    await right(records.lookup([keyOf('name', 'a')]))
    database.prepare('UPDATE liaison_indexed SET body = ?').run('{"parts":[{"field":"canary","op":"canary"}]}')
    const create: Effect = { _tag: 'Create', key: 'k', id: 'a', type: 'contact', fields: {} }
    const answer = await records.write([create], engine)
    expect(answer).toMatchObject({ right: [{ _tag: 'Failed', error: { _tag: 'Malformed' } }] })
    expect(JSON.stringify(answer)).not.toContain('canary')
  })
  test('no content is named, and none is given', async () => {
    const { records } = sqlite({ path: ':memory:' })
    const read = async () => {
      for await (const _bytes of records.content('a', 'b'));
    }
    await expect(read()).rejects.toEqual({ _tag: 'Gone', ref: 'a' })
  })
})

describe('statements', () => {
  /** A connection that remembers what was prepared. */
  const recording = () => {
    const database = new DatabaseSync(':memory:')
    const prepared: Array<string> = []
    const recorder: Database = {
      prepare: (sql) => {
        prepared.push(sql)
        return database.prepare(sql)
      },
      exec: (sql) => database.exec(sql)
    }
    return { database, prepared, store: sqlite({ database: recorder }) }
  }
  const everything = async ({ links, records, host }: ReturnType<typeof sqlite>): Promise<void> => {
    const lease = await leaseOf(links)
    await right(links.claim('tenant', [{ identity: 'i', generation: 0, id: 'x' }]))
    await right(links.raise('tenant', 0, { identity: 'i', generation: 1, id: 'x' }))
    await right(links.append(key, [trackOf('a')], 0))
    await right(
      links.transact({
        lease,
        mailbox: 'ann',
        intents: [intentOf('a')],
        closed: ['a'],
        links: [linkOf('a', { related: ['acc'] })],
        ended: [formerOf(linkOf('b'))],
        revived: ['b'],
        decisions: [decisionOf('a')],
        inbox: [inboxOf('a')],
        settledInbox: [{ type: 'contact', ref: 'a', seq: 1 }],
        settledPending: [1],
        due: [dueOf('a')],
        settledDue: ['a'],
        state: [{ name: 'x', document: {} }],
        history: [writeOf('a')],
        outdated: { history: 0, decisions: 0, conflicts: 0, max: 10 }
      })
    )
    for (const from of [undefined, 'a']) {
      await right(links.historyOf(key, 'record', 'a', from, 10))
      await right(links.historyIn(key, 'cycle-1', from, 10))
    }
    for (const mailbox of [undefined, 'ann']) {
      for (const by of ['item', 'record', 'related'] as const) await right(links.linksOf('tenant', by, ['a'], mailbox))
      for (const by of ['item', 'record'] as const) await right(links.formerOf('tenant', by, ['a'], mailbox))
    }
    for (const after of [undefined, 'a']) await right(links.walk(key, after, 10))
    await right(links.openIntents(key, 10))
    await right(links.pending(key, 10))
    await right(links.inbox(key, 0, 10))
    await right(links.due(key, 10, 0))
    await right(links.dueOf(key, ['a']))
    await right(links.decisionsOf(key, 'mail', ['a']))
    await right(links.conflicts(key, 10))
    await right(links.state('tenant', 'x'))
    await host.put({ type: 'contact', ref: 'a', owner: 'u', fields: { name: 'a' } })
    await right(records.changes('contact', undefined, 10))
    await right(records.changes('contact', '0', 10))
    await right(records.read('contact', ['a'], engine))
    await right(records.lookup([keyOf('name', 'a')]))
    const context = { user: 'u', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }
    for (const filter of [{ and: [] }, { field: 'owner', op: 'eq-userid' }]) {
      await right(records.members({ type: 'contact', filter, context }, engine, { max: 10 }))
    }
    await host.edit('contact', 'a', { name: 'b' })
    await host.remove('contact', 'a')
    await right(links.release(lease))
  }
  test('none is prepared twice', async () => {
    const { prepared, store } = recording()
    await everything(store)
    const once = prepared.length
    await everything(store)
    expect(prepared).toHaveLength(once)
    expect(new Set(prepared).size).toBe(once)
  })
  test('none reads a whole table, and none sorts more than what was asked for', async () => {
    const { database, prepared, store } = recording()
    await everything(store)
    const plans = prepared
      .filter((sql) => !/^\s*(PRAGMA|INSERT)/.test(sql))
      .map((sql) => ({
        sql,
        steps: database
          .prepare(`EXPLAIN QUERY PLAN ${sql}`)
          .all()
          .map(({ detail }) => String(detail))
      }))
    const scans = plans.filter(({ steps }) => steps.some((step) => /^SCAN (?!asked)/.test(step)))
    expect(scans).toEqual([])
    // What is read by slices comes out of its index in order.
    const slices = plans.filter(({ sql }) => /LIMIT/.test(sql))
    expect(slices.length).toBeGreaterThan(8)
    expect(slices.filter(({ steps }) => steps.some((step) => /TEMP B-TREE/.test(step)))).toEqual([])
  })
})
