/** Patterns as SQLite's LIKE has them, over folded ASCII: what is not ASCII, and every set, is any one character. */
import type { Pattern } from '../pattern.js'

const escaped = (point: number): string => {
  const character = String.fromCodePoint(point)
  return character === '%' || character === '_' || character === '\\' ? `\\${character}` : character
}

const pointShape = (point: number): string => (point > 0x7f || point === 0 ? '_' : escaped(point))

/** LIKE goes back over every `%`; a pattern of more is cut, which makes it hold more. */
const runsMax = 6
const piecesMax = 1000

/** `exact`: the pattern means the same to both. */
export const likeOf = (pattern: Pattern): { readonly pattern: string; readonly exact: boolean } => {
  let shape = ''
  let runs = 0
  let exact = true
  for (const [index, piece] of pattern.entries()) {
    if (piece._tag === 'Run') {
      runs += 1
      shape += '%'
    } else {
      shape += piece._tag === 'Point' ? pointShape(piece.point) : '_'
      exact &&= piece._tag === 'Any' || (piece._tag === 'Point' && piece.point > 0 && piece.point <= 0x7f)
    }
    if ((runs === runsMax || index === piecesMax) && index < pattern.length - 1)
      return { pattern: shape.endsWith('%') ? shape : `${shape}%`, exact: false }
  }
  return { pattern: shape, exact }
}

/** The shape of one folded text. */
export const shapeOf = (text: string): string => {
  const points = Array.from(text, (character) => pointShape(character.codePointAt(0) ?? 0))
  return points.length <= piecesMax ? points.join('') : `${points.slice(0, piecesMax).join('')}%`
}
