/** Case folding against the platform's own, over all of Unicode; and the order of folded texts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparePoints, fold, foldsTo } from '../../src/filters/fold.js'
import { runs } from '../runs.js'

const points = Array.from({ length: 0x110000 }, (_, point) => point).filter((point) => point < 0xd800 || point > 0xdfff)
const characters = points.map((point) => String.fromCodePoint(point))
const cased = characters.filter((each) => each.toLowerCase() !== each || each.toUpperCase() !== each)

describe('3.7: simple case folding, code point by code point', () => {
  test('every code point that the platform knows to have a case folds as `/iu` compares it', () => {
    expect(cased.length).toBeGreaterThan(2000)
    const wrong = cased.filter((each) => {
      const folded = fold(each)
      const alone = new RegExp(`^\\u{${folded.codePointAt(0)?.toString(16)}}$`, 'iu')
      return !alone.test(each) || fold(folded) !== folded
    })
    expect(wrong).toEqual([])
  })

  test('two characters that `/iu` takes for one fold to one', () => {
    const apart = cased.filter((each) => {
      const near = [each.toLowerCase(), each.toUpperCase()].filter((other) => [...other].length === 1)
      return near.some((other) => {
        const same = new RegExp(`^\\u{${each.codePointAt(0)?.toString(16)}}$`, 'iu').test(other)
        return same !== (fold(other) === fold(each))
      })
    })
    expect(apart).toEqual([])
  })

  test('no other code point moves, and none changes its length', () => {
    const moved = characters.filter((each) => fold(each) !== each)
    const known = new Set(cased)
    expect(moved.filter((each) => !known.has(each))).toEqual([])
    expect(moved.filter((each) => fold(each).length !== each.length)).toEqual([])
    expect(moved.length).toBeGreaterThan(1400)
  })

  test('what has an expansion or a locale in mind does not fold: ß, İ, ı, ŉ, ﬁ; what looks alike does: ſ, K, ẞ, ς, ﬅ', () => {
    for (const each of ['ß', 'İ', 'ı', 'ŉ', 'ﬁ', 'ΐ']) expect(fold(each)).toBe(each)
    const pairs = [
      ['ſ', 's'],
      ['K', 'k'],
      ['ẞ', 'ß'],
      ['ς', 'σ'],
      ['ﬅ', 'ﬆ'],
      ['\u1fd3', '\u0390'],
      ['ꭰ', 'Ꭰ'],
      ['𐐀', '𐐨']
    ]
    for (const [from = '', to = ''] of pairs) expect(fold(from)).toBe(to)
  })

  const text = fc.string({
    unit: fc.constantFrom('a', 'A', 'K', 'K', 'ſ', 'S', 'é', 'É', '\ud83d', '\ude00', '\uffee'),
    maxLength: 6
  })

  test('foldsTo is equality of the folded forms', () => {
    fc.assert(
      fc.property(text, text, (x, y) => {
        expect(foldsTo(x, fold(y))).toBe(fold(x) === fold(y))
      }),
      runs()
    )
  })

  test('texts are in the order of their code points, also behind the basic plane and where a half stands alone', () => {
    const pointsOf = (from: string): ReadonlyArray<number> => Array.from(from, (each) => each.codePointAt(0) ?? 0)
    const order = (x: ReadonlyArray<number>, y: ReadonlyArray<number>): number => {
      const at = x.findIndex((point, index) => point !== y[index])
      if (at < 0) return x.length - y.length
      return at < y.length ? (x[at] ?? 0) - (y[at] ?? 0) : 1
    }
    fc.assert(
      fc.property(text, text, (x, y) => {
        expect(Math.sign(comparePoints(x, y))).toBe(Math.sign(order(pointsOf(x), pointsOf(y))))
      }),
      runs()
    )
  })
})
