/** Patterns of `like` against a regular expression that is safe on texts so short. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matches, patternFrom } from '../../src/filters/pattern.js'
import { runs } from '../runs.js'

const like = (pattern: string, text: string): boolean => {
  const parsed = patternFrom(pattern)
  if (parsed === undefined) throw new Error('malformed')
  return matches(parsed, text)
}

/** Pieces with the expression that means the same. */
const pieces: ReadonlyArray<readonly [string, string]> = [
  ['a', 'a'],
  ['B', 'b'],
  ['é', 'é'],
  ['😀', '\u{1f600}'],
  ['%', '[^]*'],
  ['_', '[^]'],
  ['[ab]', '[ab]'],
  ['[A-c]', '[a-c]'],
  ['[^a-b]', '[^a-b]'],
  ['[%]', '%'],
  ['[_-]', '[_\\-]'],
  ['[-a]', '[\\-a]'],
  ['[[]', '\\['],
  ['[a^]', '[a\\^]'],
  ['[a-c-e]', '[a-c\\-e]'],
  [']', '\\]'],
  ['^', '\\^']
]

describe('3.7: patterns', () => {
  test('a pattern matches what the expression of its pieces matches', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'A', 'b', 'c', 'é', 'É', '😀', '%', '_', '-', '[', ']', '^', '\n'),
      maxLength: 6
    })
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 5 }), text, (drawn, against) => {
        const expression = new RegExp(`^${drawn.map(([, each]) => each).join('')}$`, 'iu')
        expect(like(drawn.map(([each]) => each).join(''), against)).toBe(expression.test(against))
      }),
      runs(2)
    )
  })

  test('an open bracket, an empty one, and a range that runs backwards are malformed (3.11/8)', () => {
    for (const each of ['[', 'a[b', '[]', '[]]', '[^]', 'x[^]y', '[f-a]', '[z-A]', '[é-a]'])
      expect(patternFrom(each), each).toBeUndefined()
    for (const each of ['[a-f]', '[A-f]', '[-]', '[^-]', '[^^]', '[a-]', ']', '^', '[ ]'])
      expect(patternFrom(each), each).toBeDefined()
  })

  test('one character is one code point; a half of one is a character by itself', () => {
    expect(like('_', '😀')).toBe(true)
    expect(like('__', '😀')).toBe(false)
    expect(like('%\ude00', '😀')).toBe(false)
    expect(like('_', '\ud83d')).toBe(true)
  })

  test('a pattern made to be slow is not', () => {
    const from = performance.now()
    expect(like('%a'.repeat(40), `${'a'.repeat(20_000)}b`)).toBe(false)
    expect(performance.now() - from).toBeLessThan(2000)
  })
})
