/**
 * What strangers write into a subject or an address is read in linear time, also texts that are made to be slow: in one
 * piece a text takes at most 2.5 times as long as in eight pieces (with a quadratic reader eight times, with one of the
 * power of 1.5 still 2.8). Both take about as long, so that a busy machine, which interrupts what takes long, hurts both
 * alike.
 */
import { describe, expect, test } from 'vitest'
import { entriesOf, entryOf } from '../../src/engine/track/address.js'
import { tokensIn } from '../../src/engine/track/token.js'
import { subjectKey, subjectWords } from '../../src/model/index.js'

/** Twenty prefixes, as many as K2 has characters for one; several begin as the texts below do. */
const prefixes = [
  ...['CRM:', 'CRM:CRM:', 'CRM:1', 'C', 'CC', 'RE:', 'RE: RE: x', 'a', `${'a'.repeat(19)}:`, `${'a'.repeat(18)}b`],
  ...['1', '11', `${'1'.repeat(19)}x`, '((', `${'('.repeat(19)}x`, '"', '<', ' ', '\u0301', '😀:']
]

/** Texts by what is repeated in them; some end in what all the rest then was in vain for. */
const families: ReadonlyArray<readonly [string, string, string]> = [
  ['a prefix', 'CRM:', ''],
  ['tokens', 'CRM:0001023 ', ''],
  ['tokens without spaces', 'CRM:1', ''],
  ['a prefix nearly written', 'CRM', ':'],
  ['half a prefix twice', 'CRCRM:', '1'],
  ['letters', 'a', ''],
  ['letters and a colon at the end', 'a', ':'],
  ['digits', '1', ''],
  ['digits and a letter', '1', 'x'],
  ['reply prefixes', 'RE: ', ''],
  ['reply prefixes without spaces', 'a:', 'a'],
  ['a prefix and spaces', 'a :  ', 'b'],
  ['colons', ':', ''],
  ['full-width colons', 'RE：', ''],
  ['spaces', ' ', ''],
  ['spaces and a letter', ' ', 'x'],
  ['tabs and line breaks', '\t\r\n', 'x'],
  ['words', 'a ', ''],
  ['open brackets', '<', ''],
  ['closed brackets', '>', ''],
  ['brackets', '<>', ''],
  ['brackets the wrong way round', '><', '>'],
  ['addresses in brackets', 'a <a@a> ', '<'],
  ['parentheses', '(', ')'],
  ['quotes', '"', ''],
  ['quotes and escapes', '"\\', '<a@a>'],
  ['escapes', '\\', '"'],
  ['at signs', '@', ''],
  ['combining marks', '\u0301', ':'],
  ['letters with combining marks', 'e\u0301\u0301', ':'],
  ['letters beyond the basic plane', '😀', ''],
  ['halves of such letters', '\ud83d', ''],
  ['control characters', '\0\n', '@a'],
  ['capitals that grow in lower case', 'İ', ':'],
  ['all of it', 'RE: "a\\"<CRM:1 ١:é😀 > (@', ':']
]

const textOf = (unit: string, end: string, length: number): string =>
  unit.repeat(Math.ceil(length / unit.length)).slice(0, length - end.length) + end

/** Where the rest is cut, as long as is looked at. */
const readers: ReadonlyArray<readonly [string, number, number, (text: string) => unknown]> = [
  ['tokensIn', 48 * 1024, 1, (text) => tokensIn(text, prefixes)],
  ['subjectWords', 10_000, 8, (text) => subjectWords(text)],
  ['subjectKey', 10_000, 8, (text) => subjectKey(text)],
  ['entryOf', 10_000, 8, (text) => entryOf(text)],
  ['entryOf an object', 10_000, 8, (text) => entryOf({ address: text, name: text })]
]

const pieces = 8
const ratioMax = 2.5
const roundsMin = 2
const roundsMax = 12
/** Below this a measurement is noise, and nothing that is slow takes so little. */
const floorMs = 1

type Read = (text: string) => unknown

const timeOf = (read: Read, text: string, times: number): number => {
  const startMs = performance.now()
  for (let time = 0; time < times; time += 1) read(text)
  return performance.now() - startMs
}

/**
 * The best times of a text read `times` times, and of another read as often as makes as much, both in turn: what disturbs
 * a reader makes it slower and never faster, so that the best of more rounds are nearer to the truth.
 */
const ratioOf = (read: Read, short: string, long: string, times: number, piecesOf = pieces): number => {
  let [shortMs, longMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  let ratio = Number.POSITIVE_INFINITY
  for (let round = 1; round <= roundsMax && (round <= roundsMin || ratio > ratioMax); round += 1) {
    shortMs = Math.min(shortMs, timeOf(read, short, times * piecesOf))
    longMs = Math.min(longMs, timeOf(read, long, times))
    ratio = longMs / Math.max(shortMs, floorMs)
  }
  return ratio
}

describe('in one piece, at most 2.5 times the time of eight pieces', () => {
  for (const [name, length, times, read] of readers)
    test(name, () => {
      for (const [family, unit, end] of families) {
        const [short, long] = [textOf(unit, end, length / pieces), textOf(unit, end, length)]
        read(short)
        expect(ratioOf(read, short, long, times), family).toBeLessThanOrEqual(ratioMax)
      }
    })

  test('tokensIn, up to a megabyte', () => {
    for (const [family, unit, end] of families.filter((_, at) => at % 7 === 0 || at === families.length - 1)) {
      const [short, long] = [textOf(unit, end, (1024 * 1024) / pieces), textOf(unit, end, 1024 * 1024)]
      expect(
        ratioOf((text) => tokensIn(text, prefixes), short, long, 1),
        family
      ).toBeLessThanOrEqual(ratioMax)
    }
  })

  test('the measure itself finds a reader that is slow', () => {
    const slow = (text: string): number => /x*y/.exec(text)?.index ?? -1
    expect(ratioOf(slow, 'x'.repeat(4000 / pieces), 'x'.repeat(4000), 1)).toBeGreaterThan(ratioMax)
  })
})

test('of a megabyte no more is looked at than of what is left when it is cut', () => {
  for (const [family, unit, end] of families) {
    const [cut, whole] = [textOf(unit, '', 10_000), textOf(unit, end, 1024 * 1024)]
    expect(subjectWords(whole), family).toEqual(subjectWords(cut))
    expect(subjectKey(whole), family).toEqual(subjectKey(cut))
    for (const [, , times, read] of readers.slice(1))
      expect(ratioOf(read, cut, whole, times, 1), family).toBeLessThanOrEqual(ratioMax)
  }
})

test('a list of long entries costs what its entries cost', () => {
  const of = (count: number) => () => entriesOf(Array.from({ length: count }, () => textOf('"\\', '<a@a>', 10_000)))
  expect(ratioOf((text) => of(text.length)(), 'x'.repeat(96 / pieces), 'x'.repeat(96), 1)).toBeLessThanOrEqual(ratioMax)
})
