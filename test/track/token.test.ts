/** Tokens read, written and counted: K1 to K7 of `tracking.md`. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { counterAfter, subjectWith, tokenFrom, tokensIn } from '../../src/engine/track/token.js'
import { runs } from '../runs.js'

const crm = ['CRM:']

/** K7 once more, as a regular expression: simple case folding, the longest prefix first, digits to the next non-digit. */
const expected = (subject: string, prefixes: ReadonlyArray<string>): ReadonlyArray<string> => {
  const longest = prefixes.filter((each) => each !== '').sort((x, y) => [...y].length - [...x].length)
  if (longest.length === 0) return []
  const groups = longest.map((each) => `(${each.replace(/[.*+?^${}()|[\]\\/-]/gu, '\\$&')})`).join('|')
  const tokens = [...subject.matchAll(new RegExp(`(?:${groups})([0-9]+)`, 'giu'))].map((found) => {
    const at = found.slice(1, -1).findIndex((group) => group !== undefined)
    return `${longest[at] ?? ''}${found.at(-1) ?? ''}`
  })
  return [...new Set(tokens.filter((each) => each.length <= 50).reverse())].slice(0, 20)
}

describe('reading', () => {
  const table: ReadonlyArray<readonly [string, string, ReadonlyArray<string>, ReadonlyArray<string>]> = [
    ['K1: at the end', 'RE: Offer CRM:0001023', crm, ['CRM:0001023']],
    ['K7: without regard to case, spelled as configured', 'Pump 4 (crm:0001044)', crm, ['CRM:0001044']],
    ['K7: one digit more is another token', 'Pump 4 CRM:00010445', crm, ['CRM:00010445']],
    ['K7: it ends at the first non-digit', 'CRM:0001044x CRM:7-8', crm, ['CRM:7', 'CRM:0001044']],
    ['K7: the last first, each once', 'CRM:1 CRM:2 CRM:1 CRM:3 CRM:2', crm, ['CRM:2', 'CRM:3', 'CRM:1']],
    ['K7: no digit, no token', 'CRM: CRM:x CRM:', crm, []],
    ['a prefix right behind a token', 'CRM:1CRM:2', crm, ['CRM:2', 'CRM:1']],
    ['a prefix begun twice', 'CRCRM:5 CRM:CRM:6', crm, ['CRM:6', 'CRM:5']],
    ['in the midst of a word', 'xCRM:5', crm, ['CRM:5']],
    ['digits of another script are none', 'CRM:٣ CRM:１', crm, []],
    ['K4: all prefixes are recognised', 'Visit case:12, crm:0001011', ['CASE:', 'CRM:'], ['CRM:0001011', 'CASE:12']],
    ['overlap: the longest prefix at a place', 'ABC12', ['AB', 'ABC', 'A'], ['ABC12']],
    ['overlap: the longest prefix, though a shorter one fits too', 'A1B2', ['A', 'A1B'], ['A1B2']],
    ['overlap: a shorter one where no digit follows', 'A1', ['A1', 'A'], ['A1']],
    ['overlap: the first place goes before a longer prefix', 'XAB:1', ['B:', 'AB:'], ['AB:1']],
    ['a prefix that ends in digits', 'V2 V27', ['V2'], ['V27']],
    ['a prefix with a letter beyond the basic plane', 'x 😀7 𐐨8', ['😀', '𐐀'], ['𐐀8', '😀7']],
    ['the Kelvin sign is a k without regard to case', '\u212a:5', ['k:'], ['k:5']],
    ['no subject', '', crm, []],
    ['no prefixes', 'CRM:1', [], []],
    ['an empty prefix is none', '1 CRM:2', ['', 'CRM:'], ['CRM:2']],
    [
      'a token longer than 50 is none of ours (C5)',
      `CRM:${'1'.repeat(46)} CRM:${'2'.repeat(47)}`,
      crm,
      [`CRM:${'1'.repeat(46)}`]
    ]
  ]
  for (const [situation, subject, prefixes, tokens] of table)
    test(situation, () => {
      expect(tokensIn(subject, prefixes)).toEqual(tokens)
      expect(expected(subject, prefixes)).toEqual(tokens)
    })

  test('of many tokens the last twenty are looked at', () => {
    const subject = Array.from({ length: 50 }, (_, index) => `CRM:${index + 100}`).join(' ')
    expect(tokensIn(subject, crm)).toEqual(Array.from({ length: 20 }, (_, index) => `CRM:${149 - index}`))
  })

  test('any subject with any prefixes is read as the expression reads it', () => {
    const letter = fc.constantFrom(
      'C',
      'c',
      'R',
      'm',
      ':',
      '1',
      '0',
      ' ',
      '(',
      'ſ',
      's',
      'K',
      '\u212a',
      '😀',
      '\u0301',
      'ß'
    )
    const prefix = fc.string({ unit: letter, maxLength: 4 })
    fc.assert(
      fc.property(
        fc.uniqueArray(prefix, { maxLength: 5, selector: (each) => each.toLowerCase() }),
        fc.array(fc.oneof(letter, prefix, fc.nat({ max: 99 }).map(String)), { maxLength: 24 }),
        (prefixes, parts) => {
          const subject = parts.join('')
          expect(tokensIn(subject, prefixes)).toEqual(expected(subject, prefixes))
        }
      ),
      runs(2)
    )
  })

  test('what is written is read, whatever stands before it', () => {
    const parts = fc.record({
      prefix: fc.constantFrom('CRM:', 'Case-', '#'),
      online: fc.boolean(),
      user: fc.nat(),
      userDigits: fc.integer({ min: 1, max: 10 }),
      counter: fc.nat({ max: 999_999_999 }),
      counterDigits: fc.integer({ min: 1, max: 9 })
    })
    fc.assert(
      fc.property(parts, fc.string(), (drawn, before) => {
        const token = tokenFrom(drawn)
        const { subject } = subjectWith(before, token, 255)
        expect(tokensIn(subject, [drawn.prefix])[0]).toBe(token)
        expect(tokensIn(subject.toUpperCase(), [drawn.prefix])[0]).toBe(token)
      }),
      runs()
    )
  })
})

describe('writing', () => {
  const parts = { prefix: 'CRM:', online: true, user: 1, userDigits: 3, counter: 23, counterDigits: 3 }
  test('K1: online is 0, offline 1', () => {
    expect(tokenFrom(parts)).toBe('CRM:0001023')
    expect(tokenFrom({ ...parts, online: false })).toBe('CRM:1001023')
  })
  test('K2: a number longer than its digits is written in full', () => {
    expect(tokenFrom({ ...parts, user: 2_147_483_648, counter: 0 })).toBe('CRM:02147483648000')
    expect(tokenFrom({ ...parts, counter: 1234 })).toBe('CRM:00011234')
    expect(tokenFrom({ ...parts, prefix: '#', userDigits: 1, counterDigits: 1, counter: 5 })).toBe('#015')
  })
  test('K3: 1 at first, 999 is followed by 0, 0 by 1', () => {
    expect([undefined, 0, 1, 998, 999].map((counter) => counterAfter(counter, 3))).toEqual([1, 1, 2, 999, 0])
    expect(counterAfter(9, 1)).toBe(0)
    expect(counterAfter(999_999_999, 9)).toBe(0)
  })
  test('K3: a counter beyond its digits, as after a change of settings, begins at 0', () => {
    expect(counterAfter(5000, 3)).toBe(0)
  })
})

describe('K5: the subject with its token', () => {
  const token = 'CRM:0001023'
  test('trap 12: limit 255, subject 250, token 11: cut to 243, a space, the token, together 255', () => {
    const sent = subjectWith('x'.repeat(250), token, 255)
    expect(sent).toEqual({ subject: `${'x'.repeat(243)} ${token}`, token })
    expect(sent.subject).toHaveLength(255)
  })
  test('what exactly fits is not cut; one unit more is', () => {
    expect(subjectWith('x'.repeat(243), token, 255).subject).toBe(`${'x'.repeat(243)} ${token}`)
    expect(subjectWith('x'.repeat(244), token, 255).subject).toBe(`${'x'.repeat(243)} ${token}`)
  })
  test('a token longer than the limit is left out, the subject cut to the limit', () => {
    expect(subjectWith('x'.repeat(20), token, 10)).toEqual({ subject: 'x'.repeat(10) })
    expect(subjectWith('x', token, 10)).toEqual({ subject: 'x' })
  })
  test('a token as long as the limit stands alone', () => {
    expect(subjectWith('Offer', token, 11)).toEqual({ subject: token, token })
    expect(subjectWith('Offer', token, 12)).toEqual({ subject: token, token })
    expect(subjectWith('Offer', token, 13)).toEqual({ subject: `O ${token}`, token })
    expect(subjectWith('', token, 255)).toEqual({ subject: token, token })
  })
  test('no token: the subject within the limit', () => {
    expect(subjectWith('Offer', undefined, 255)).toEqual({ subject: 'Offer' })
    expect(subjectWith('Offer', undefined, 3)).toEqual({ subject: 'Off' })
    expect(subjectWith('Offer', '', 255)).toEqual({ subject: 'Offer' })
  })
  test('a subject that already ends in the token is left as it is; too long, it is cut before the token', () => {
    expect(subjectWith(`Offer ${token}`, token, 255)).toEqual({ subject: `Offer ${token}`, token })
    expect(subjectWith(`${'x'.repeat(250)} ${token}`, token, 255).subject).toBe(`${'x'.repeat(243)} ${token}`)
  })
  test('no half of a character is cut off', () => {
    expect(subjectWith('😀'.repeat(3), token, 15).subject).toBe(`😀 ${token}`)
    expect(subjectWith('😀'.repeat(3), undefined, 3).subject).toBe('😀')
  })
  test('within the limit, a beginning of the subject, the token whole, and once more changes nothing', () => {
    const letter = fc.constantFrom('a', ' ', '😀', 'CRM:0001023', '\u0301')
    fc.assert(
      fc.property(fc.string({ unit: letter, maxLength: 8 }), fc.integer({ min: 0, max: 60 }), (subject, max) => {
        const sent = subjectWith(subject, token, max)
        expect(sent.subject.length).toBeLessThanOrEqual(max)
        expect(sent.subject).not.toMatch(/\p{Cs}/u)
        expect(sent.token).toBe(max < token.length ? undefined : token)
        if (sent.token === undefined) expect(subject.startsWith(sent.subject)).toBe(true)
        else {
          expect(sent.subject.endsWith(token)).toBe(true)
          expect(subject.startsWith(sent.subject.slice(0, -token.length - 1))).toBe(true)
          expect(subjectWith(sent.subject, token, max)).toEqual(sent)
        }
      }),
      runs()
    )
  })
})
