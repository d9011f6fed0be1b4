/**
 * Unicode simple case folding, code point by code point and without a locale: `ß` is not `ss`, `σ` is `ς`, `İ` is
 * not `i` (3.7 of `filters.md`).
 */

/** Letters whose upper case belongs to another letter's folding. */
const unfolded = new Set(['\u0130', '\u0131'])

const foldPoint = (point: string): string => {
  if (unfolded.has(point)) return point
  const upper = point.toUpperCase()
  const lower = (isOnePoint(upper) ? upper : point).toLowerCase()
  return isOnePoint(lower) ? lower : point
}

const isOnePoint = (text: string): boolean =>
  text.length === 1 || (text.length === 2 && (text.codePointAt(0) ?? 0) > 0xffff)

// biome-ignore lint/suspicious/noControlCharactersInRegex: every ASCII character is meant, those too.
const ascii = /^[\x00-\x7f]*$/

/** @public */
export const fold = (text: string): string =>
  ascii.test(text) ? text.toLowerCase() : Array.from(text, foldPoint).join('')

/**
 * Whether a text has this folded form, without making it: simple folding keeps the number of code units, and most
 * texts differ early.
 */
export const foldsTo = (text: string, folded: string): boolean => {
  if (text.length !== folded.length) return false
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index)
    const wanted = folded.charCodeAt(index)
    if (unit === wanted) continue
    if (unit > 0x7f || wanted > 0x7f) return fold(text) === folded
    if (unit < 0x41 || unit > 0x5a || unit + 0x20 !== wanted) return false
  }
  return true
}
