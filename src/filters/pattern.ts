/**
 * Patterns of `like` and its relatives (3.7): `%`, `_`, `[abc]`, `[a-f]`, `[^a-f]`. A pattern is matched over folded
 * code points and gives up at most what the last `%` has taken, so that its cost is bounded by the product of both
 * lengths; no regular expression is made of it.
 */
import { fold, foldPoint } from './fold.js'

/** One thing that a pattern asks for. `run` is `%`. */
type Piece =
  | { readonly _tag: 'Run' }
  | { readonly _tag: 'Any' }
  | { readonly _tag: 'Point'; readonly point: number }
  | { readonly _tag: 'Set'; readonly negated: boolean; readonly ranges: ReadonlyArray<readonly [number, number]> }

export type Pattern = ReadonlyArray<Piece>

/** The pieces of a pattern; `undefined` where it is malformed (3.11/8). */
export const patternFrom = (text: string): Pattern | undefined => {
  const points = pointsOf(text)
  const pieces: Array<Piece> = []
  let at = 0
  while (at < points.length) {
    const point = points[at] ?? 0
    if (point !== open) {
      pieces.push(pieceOf(point))
      at += 1
      continue
    }
    const end = points.indexOf(close, at + 1)
    const set = end < 0 ? undefined : setFrom(points.slice(at + 1, end))
    if (set === undefined) return undefined
    pieces.push(set)
    at = end + 1
  }
  return pieces
}

const [open, close, caret, dash, percent, underscore] = [0x5b, 0x5d, 0x5e, 0x2d, 0x25, 0x5f]

const pieceOf = (point: number): Piece => {
  if (point === percent) return { _tag: 'Run' }
  return point === underscore ? { _tag: 'Any' } : { _tag: 'Point', point: foldPoint(point) }
}

/** What stands between the brackets. A dash between two characters makes a range; first, last, or behind one, it is itself. */
const setFrom = (inside: ReadonlyArray<number>): Piece | undefined => {
  const negated = inside[0] === caret
  const members = (negated ? inside.slice(1) : inside).map(foldPoint)
  const ranges: Array<readonly [number, number]> = []
  for (let at = 0; at < members.length; at += 1) {
    const from = members[at] ?? 0
    const isRange = members[at + 1] === dash && at + 2 < members.length
    const to = isRange ? (members[at + 2] ?? 0) : from
    if (to < from) return undefined
    ranges.push([from, to])
    if (isRange) at += 2
  }
  return ranges.length === 0 ? undefined : { _tag: 'Set', negated, ranges }
}

const pointsOf = (text: string): ReadonlyArray<number> => Array.from(text, (character) => character.codePointAt(0) ?? 0)

const takes = (piece: Piece, point: number): boolean => {
  switch (piece._tag) {
    case 'Run':
    case 'Any':
      return true
    case 'Point':
      return piece.point === point
    case 'Set':
      return piece.ranges.some(([from, to]) => from <= point && point <= to) !== piece.negated
  }
}

/** Whether the whole of a text matches. */
export const matches = (pattern: Pattern, text: string): boolean => {
  const points = pointsOf(fold(text))
  let piece = 0
  let at = 0
  let run = -1
  let runAt = 0
  while (at < points.length) {
    const asked = pattern[piece]
    if (asked?._tag === 'Run') {
      run = piece
      runAt = at
      piece += 1
    } else if (asked !== undefined && takes(asked, points[at] ?? 0)) {
      piece += 1
      at += 1
    } else if (run >= 0) {
      // The last run takes one more; what came before it need not be tried again.
      runAt += 1
      at = runAt
      piece = run + 1
    } else return false
  }
  while (pattern[piece]?._tag === 'Run') piece += 1
  return piece === pattern.length
}
