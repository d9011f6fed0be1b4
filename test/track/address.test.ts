/** Entries of from, to, cc and bcc, from well written ones to hostile ones. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressKey, domainOf, entriesOf, type Entry, entryOf, isUsable } from '../../src/engine/track/address.js'
import { cutText } from '../../src/engine/track/cut.js'
import type { Value } from '../../src/model/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'

/** Texts of the characters that a reader of addresses may stumble over. */
const hostile = fc.string({
  unit: fc.constantFrom(
    '<',
    '>',
    '"',
    '\\',
    '@',
    ' ',
    ',',
    'a',
    'B',
    '\r',
    '\n',
    '\0',
    '\u0301',
    '😀',
    '\ud83d',
    '\u2028'
  ),
  maxLength: 24
})

describe('what an entry says', () => {
  const table: ReadonlyArray<readonly [string, Value, Entry | undefined]> = [
    ['a plain address', 'rosa@fabrikam.test', { address: 'rosa@fabrikam.test' }],
    ['white space around it', ' \trosa@fabrikam.test\r\n', { address: 'rosa@fabrikam.test' }],
    ['brackets alone', '<rosa@fabrikam.test>', { address: 'rosa@fabrikam.test' }],
    ['a name', 'Rosa Lund <rosa@fabrikam.test>', { address: 'rosa@fabrikam.test', name: 'Rosa Lund' }],
    ['no space before the bracket', 'Rosa<rosa@f.test>', { address: 'rosa@f.test', name: 'Rosa' }],
    ['a quoted name', '"Lund, Rosa" <rosa@f.test>', { address: 'rosa@f.test', name: 'Lund, Rosa' }],
    ['escapes in quotes', '"Rosa \\"Ro\\" \\\\ Lund" <r@f.test>', { address: 'r@f.test', name: 'Rosa "Ro" \\ Lund' }],
    ['an escape without quotes', 'Rosa \\ Lund <r@f.test>', { address: 'r@f.test', name: 'Rosa \\ Lund' }],
    ['a quote left open', '"Rosa <r@f.test>', { address: 'r@f.test', name: '"Rosa' }],
    ['two quoted words', '"Rosa" "Lund" <r@f.test>', { address: 'r@f.test', name: 'Rosa Lund' }],
    ['an address as its name', '"ann@contoso.test" <eve@f.test>', { address: 'eve@f.test', name: 'ann@contoso.test' }],
    ['brackets in the name', 'Rosa <sales> <r@f.test>', { address: 'r@f.test', name: 'Rosa <sales>' }],
    ['text behind the brackets', 'Rosa <r@f.test> (sales)', { address: 'r@f.test', name: 'Rosa' }],
    ['a bracket too many behind', 'Rosa <r@f.test> >', { address: 'r@f.test', name: 'Rosa' }],
    ['a bracket too many at the end', '<r@f.test> <', { address: 'r@f.test' }],
    ['a bracket that is never closed', 'Rosa <r@f.test', { address: 'Rosa <r@f.test' }],
    ['line breaks in the name', 'Rosa\r\nBcc: x <r@f.test>', { address: 'r@f.test', name: 'RosaBcc: x' }],
    ['a name of nothing', '"" <r@f.test>', { address: 'r@f.test' }],
    ['control characters in the address', 'r\r\nx@f.test', { address: 'r x@f.test' }],
    ['control characters around it', '<\0r@f.test\0>', { address: 'r@f.test' }],
    ['white space in the address', 'r x@f.test', { address: 'r x@f.test' }],
    ['no address at all', 'undisclosed-recipients:;', { address: 'undisclosed-recipients:;' }],
    ['an empty text', '', undefined],
    ['white space', ' \n ', undefined],
    ['empty brackets', 'Rosa <>', undefined],
    ['an object', { address: 'r@f.test' }, { address: 'r@f.test' }],
    ['its name', { address: ' r@f.test ', name: ' Ro\nsa ' }, { address: 'r@f.test', name: 'Rosa' }],
    ['its name before a written one', { address: 'X <r@f.test>', name: 'Rosa' }, { address: 'r@f.test', name: 'Rosa' }],
    ['a written one for want of another', { address: 'X <r@f.test>', name: '' }, { address: 'r@f.test', name: 'X' }],
    ['quotes in its name are its own', { address: 'r@f.test', name: '"Ro"' }, { address: 'r@f.test', name: '"Ro"' }],
    ['a list (T9)', { address: 'all@f.test', list: true }, { address: 'all@f.test', list: true }],
    ['nearly a list', { address: 'all@f.test', list: 'yes' }, { address: 'all@f.test' }],
    ['an object without an address', { name: 'Rosa' }, undefined],
    ['an address of another shape', { address: 7, name: ['x'] }, undefined],
    ['a list where an entry should be', ['r@f.test'], undefined],
    ['a number', 7, undefined],
    ['null', null, undefined]
  ]
  for (const [situation, value, entry] of table)
    test(situation, () => {
      expect(entryOf(value)).toEqual(entry)
    })

  test('whatever is written: no control character, nothing empty, and read once more it is the same address', () => {
    const text = fc.oneof(hostile, arbitraries(fc).value)
    fc.assert(
      fc.property(fc.oneof(text, fc.record({ address: text, name: text, list: text })), (value) => {
        const entry = entryOf(value)
        if (entry === undefined) return
        expect(entry.address).not.toBe('')
        expect(entry.address).toBe(entry.address.trim())
        expect(entry.address).not.toMatch(/\p{Cc}/u)
        expect(entry.name ?? 'x').not.toBe('')
        expect(entry.name ?? '').not.toMatch(/[\p{Cc}\u2028\u2029]/u)
        expect(entryOf({ ...entry })?.address).toBe(entry.address)
      }),
      runs()
    )
  })

  test('what is written as name and address is read as the same', () => {
    const name = fc.string({ maxLength: 12 }).filter((each) => !/[\p{Cc}]/u.test(each) && each === each.trim())
    fc.assert(
      fc.property(name, (each) => {
        const quoted = each.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
        expect(entryOf(`"${quoted}" <rosa@fabrikam.test>`)).toEqual({
          address: 'rosa@fabrikam.test',
          ...(each === '' ? {} : { name: each })
        })
      }),
      runs()
    )
  })

  test('an entry of a megabyte is cut at 10,000 units, and at no half of a character', () => {
    expect(entryOf(`${'x'.repeat(1_000_000)}@f.test`)?.address).toBe('x'.repeat(10_000))
    expect(entryOf(`x${'😀'.repeat(10_000)}`)?.address).toBe(`x${'😀'.repeat(4999)}`)
    expect(entryOf({ address: 'r@f.test', name: 'x'.repeat(20_000) })?.name).toHaveLength(10_000)
  })
})

describe('lists', () => {
  test('a single text counts as its only entry', () => {
    expect(entriesOf('Rosa <r@f.test>')).toEqual([{ address: 'r@f.test', name: 'Rosa' }])
    expect(entriesOf({ address: 'r@f.test' })).toEqual([{ address: 'r@f.test' }])
  })
  test('entries keep their order; what is none is left out', () => {
    expect(entriesOf(['b@f.test', '', null, ['c@f.test'], 7, { address: 'a@f.test' }])).toEqual([
      { address: 'b@f.test' },
      { address: 'a@f.test' }
    ])
    expect([undefined, null, '', []].map(entriesOf)).toEqual([[], [], [], []])
  })
  test('of more than 5000 the first are read', () => {
    expect(entriesOf(Array.from({ length: 6000 }, (_, index) => `${index}@f.test`))).toHaveLength(5000)
  })
})

describe('usable addresses', () => {
  for (const address of ['x@y', 'rosa@fabrikam.test', 'a@b@c', 'ü@ö', '"a"@b'])
    test(`usable: ${address}`, () => {
      expect(isUsable(address)).toBe(true)
    })
  for (const address of ['', 'x', '@', 'x@', '@y', 'a b@c', ' x@y', 'x@y ', 'x@y\n', 'x\0@y', 'x\u00a0@y', 'a@b@'])
    test(`not usable: ${JSON.stringify(address)}`, () => {
      expect(isUsable(address)).toBe(false)
    })

  test('control characters or white space within an address never leave a usable one', () => {
    const part = fc.string({ unit: fc.constantFrom('a', '.', '@'), minLength: 1, maxLength: 5 })
    const gap = fc.string({ unit: fc.constantFrom('\r', '\n', '\0', ' ', '\t', '\u007f'), minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(part, gap, part, (before, between, after) => {
        expect(isUsable(entryOf(`${before}${between}${after}`)?.address ?? '')).toBe(false)
        expect(isUsable(entryOf(`Rosa <${before}${between}${after}>`)?.address ?? '')).toBe(false)
      }),
      runs()
    )
  })
})

test('addresses compare trimmed and without regard to case; the domain follows the last @ (1.4/2)', () => {
  expect(addressKey(' Rosa@Fabrikam.TEST ')).toBe('rosa@fabrikam.test')
  expect(['A@B.Test', 'a@b@C.test ', 'a@', 'a', '', '@x'].map(domainOf)).toEqual([
    'b.test',
    'c.test',
    undefined,
    undefined,
    undefined,
    'x'
  ])
})

test('a cut text is a beginning, no longer than asked, with at most one unit less for a pair that did not fit', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', '😀', '\u0301') }),
      fc.integer({ min: -1, max: 12 }),
      (text, max) => {
        const cut = cutText(text, max)
        expect(text.startsWith(cut)).toBe(true)
        expect(cut.length).toBeLessThanOrEqual(Math.max(0, max))
        expect(cut.length).toBeGreaterThanOrEqual(Math.min(text.length, max) - 1)
        expect(cut).not.toMatch(/\p{Cs}/u)
      }
    ),
    runs()
  )
})
