/**
 * Digests, derived ids, canonical JSON: fixed vectors, so that no release changes a name that is stored. Those of
 * `uuidOf`, `digestOf` and `keyedDigest` were computed a second time with Python's uuid, hashlib and hmac.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  canonicalJson,
  digestOf,
  fieldOf,
  fingerprint,
  isDigest,
  isEmpty,
  keyedDigest,
  recoveryOf,
  sameValue,
  type SyncError,
  uuidOf
} from '../../src/model/index.js'
import { durationMs, durationOf } from '../../src/engine/duration.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'

const { value, fields } = arbitraries(fc)
const key = Uint8Array.from({ length: 32 }, (_, index) => index)

describe('golden vectors', () => {
  test('uuidOf: RFC 9562 version 5 under our own namespace', () => {
    expect(uuidOf('record', 'tenant', 'identity', 0)).toBe('92841430-6d25-58cb-bc93-7540ce91d1d7')
    expect(uuidOf('a', 'b')).toBe('35e6039a-05e1-5f7e-8f29-b3a3f18a8f96')
    expect(uuidOf()).toBe('dee5e840-5a40-5731-b1fb-d515e20fb7ab')
    expect(uuidOf('Ünïcode 😀')).toBe('0a65fb1c-88a0-5bb4-9150-647b85d8cf76')
  })
  test('digestOf: SHA-256 of the canonical JSON, cut to 16 bytes', () => {
    // Of known inputs: sha256("null"), sha256("{}"), sha256("\"abc\""), as any other tool gives them.
    expect(digestOf(null)).toBe('74234e98afe7498fb5daf1f36ac2d78a')
    expect(digestOf({})).toBe('44136fa355b3678a1146ad16f7e8649e')
    expect(digestOf('abc')).toBe('6cc43f858fbb763301637b5af970e2a4')
  })
  test('keyedDigest: HMAC-SHA-256 over scope and value, cut to 16 bytes', () => {
    expect(keyedDigest(key)(['tenant', 'link', 'mail', 'jobTitle', '1'], 'Clerk')).toBe(
      'd9a89e655c4e7efe961a6a07251546f4'
    )
    expect(keyedDigest(key)([], null)).toBe('7a46a7f6bddc2f0f7acae2a583eccf6d')
  })
  test('fingerprint', () => {
    expect([fingerprint(''), fingerprint('a'), fingerprint('"Clerk"')]).toEqual([
      '17wdrqx.115p7cb',
      '1sqoirs.3csg1p',
      '14l8my4.1wmcg15'
    ])
  })
  test('canonicalJson: members in code-unit order, undefined left out, the rest as JSON', () => {
    expect(canonicalJson({ b: 1, a: [{ d: null, c: '\n' }], Z: undefined, '😀': true, é: 0, B: -0 })).toBe(
      '{"B":0,"a":[{"c":"\\n","d":null}],"b":1,"é":0,"😀":true}'
    )
    expect(canonicalJson(undefined)).toBe('null')
    expect(canonicalJson(JSON.parse('{"__proto__": 1, "constructor": 2}'))).toBe('{"__proto__":1,"constructor":2}')
  })
})

describe('derived ids', () => {
  const part = fc.oneof(fc.string({ maxLength: 6 }), fc.nat({ max: 9 }))
  test('the same parts give the same id, others another: no two lists of parts run together', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), fc.array(part, { maxLength: 4 }), (x, y) => {
        const same = JSON.stringify(x) === JSON.stringify(y)
        expect(uuidOf(...x) === uuidOf(...y)).toBe(same)
        expect(uuidOf(...x)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      }),
      runs()
    )
    expect(
      new Set([
        uuidOf('a', 'b'),
        uuidOf('ab'),
        uuidOf('a,b'),
        uuidOf('b', 'a'),
        uuidOf('a', 'b', ''),
        uuidOf('1'),
        uuidOf(1)
      ]).size
    ).toBe(7)
  })
})

describe('keyed digests', () => {
  test('every part of the scope counts, and so do the key and the value', () => {
    const scope = ['tenant', 'link', 'mail', 'jobTitle', '1']
    const of = keyedDigest(key)
    const plain = of(scope, 'Clerk')
    const others = scope.map((_, index) =>
      of(
        scope.map((each, at) => (at === index ? `${each}2` : each)),
        'Clerk'
      )
    )
    const more = [
      of(scope.slice(1), 'Clerk'),
      of([...scope, ''], 'Clerk'),
      of(scope, 'clerk'),
      of(scope, null),
      of([], 'Clerk'),
      keyedDigest(new Uint8Array(32))(scope, 'Clerk')
    ]
    expect(new Set([plain, ...others, ...more]).size).toBe(1 + others.length + more.length)
    expect([plain, ...others].every((digest) => /^[0-9a-f]{32}$/.test(digest))).toBe(true)
  })

  test('the border between scope and value cannot be moved', () => {
    const of = keyedDigest(key)
    expect(of(['a', 'b'], 'c')).not.toBe(of(['a'], ['b', 'c']))
    expect(of(['a'], 'b,c')).not.toBe(of(['a', 'b'], 'c'))
    expect(of(['a'], ['b'])).not.toBe(of(['a', '["b"]'], ''))
  })

  test('equal values have equal digests, different ones different ones', () => {
    const of = keyedDigest(key)
    fc.assert(
      fc.property(value, value, (x, y) => {
        expect(of(['s'], x) === of(['s'], y)).toBe(canonicalJson(x) === canonicalJson(y))
        expect(digestOf(x) === digestOf(y)).toBe(canonicalJson(x) === canonicalJson(y))
      }),
      runs()
    )
  })
})

describe('values', () => {
  test('canonicalJson does not depend on the order of members, is stable and reads back', () => {
    fc.assert(
      fc.property(fields, (drawn) => {
        const reversed = Object.fromEntries(Object.entries(drawn).reverse())
        expect(canonicalJson(reversed)).toBe(canonicalJson(drawn))
        const read: unknown = JSON.parse(canonicalJson(drawn))
        expect(canonicalJson(read)).toBe(canonicalJson(drawn))
      }),
      runs()
    )
  })

  test('sameValue is an equivalence; all spellings of empty are one class of their own', () => {
    fc.assert(
      fc.property(value, value, value, (x, y, z) => {
        expect(sameValue(x, x)).toBe(true)
        expect(sameValue(x, y)).toBe(sameValue(y, x))
        if (sameValue(x, y) && sameValue(y, z)) expect(sameValue(x, z)).toBe(true)
        if (sameValue(x, y)) expect(isEmpty(x)).toBe(isEmpty(y))
        expect(sameValue(x, undefined)).toBe(isEmpty(x))
      }),
      runs()
    )
    for (const empty of [undefined, null, '', [], {}, { a: null }, { a: { b: [] } }, ['', null]])
      expect(isEmpty(empty)).toBe(true)
    for (const full of [0, false, ' ', [0], { a: false }]) expect(isEmpty(full)).toBe(false)
  })

  test('a field is its own, never one inherited', () => {
    for (const name of ['constructor', 'toString', '__proto__']) expect(fieldOf({}, name)).toBeUndefined()
    expect(fieldOf(JSON.parse('{"__proto__": "x"}') as { readonly [field: string]: string }, '__proto__')).toBe('x')
  })

  test('a digest in a base is told from any value that a base holds', () => {
    expect(isDigest({ digest: 'x' })).toBe(true)
    fc.assert(
      fc.property(value, (drawn) => {
        const inBase = typeof drawn === 'object' && drawn !== null && !Array.isArray(drawn) ? null : drawn
        expect(isDigest(inBase)).toBe(false)
      }),
      runs()
    )
  })
})

describe('durations', () => {
  test('what is printed reads back', () => {
    fc.assert(
      fc.property(fc.nat({ max: 100_000_000 }), (seconds) => {
        expect(durationMs(durationOf(seconds * 1000))).toBe(seconds * 1000)
      }),
      runs()
    )
    expect(['P1D', 'PT2M', 'P1W', 'PT0.5S', 'P1DT1H'].map(durationMs)).toEqual([
      86_400_000, 120_000, 604_800_000, 500, 90_000_000
    ])
    for (const text of ['', 'P', 'PT', 'P1M', 'P1Y', '1D', 'P1.5D', 'P-1D', 'PT1M ', 'P1DT'])
      expect(durationMs(text)).toBeUndefined()
  })
})

test('every failure has its recovery', () => {
  const table: ReadonlyArray<readonly [SyncError, string]> = [
    [{ _tag: 'Transient' }, 'next-cycle'],
    [{ _tag: 'Throttled' }, 'slow-down'],
    [{ _tag: 'SignInRequired', side: 'mail' }, 'ask-human'],
    [{ _tag: 'Forbidden', side: 'mail' }, 'ask-human'],
    [{ _tag: 'VersionMismatch', ref: 'r' }, 'decide-again'],
    [{ _tag: 'Gone', ref: 'r' }, 'ask-by-ref'],
    [{ _tag: 'CursorExpired', scope: 's' }, 'list-in-full'],
    [{ _tag: 'AlreadyExists' }, 'link-instead'],
    [{ _tag: 'Malformed', side: 'mail', paths: [] }, 'set-aside'],
    [{ _tag: 'TooLarge', limit: 1, actual: 2 }, 'set-aside'],
    [{ _tag: 'QuotaExceeded' }, 'set-aside'],
    [{ _tag: 'LeaseLost' }, 'stop'],
    [{ _tag: 'Unsupported', what: 'w', remedy: 'r' }, 'ask-human']
  ]
  for (const [error, recovery] of table) expect(recoveryOf(error)).toBe(recovery)
})
