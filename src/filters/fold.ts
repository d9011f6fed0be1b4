/**
 * Unicode simple case folding, code point by code point and without a locale: `ß` is not `ss`, `σ` is `ς`, `İ` is
 * not `i` (3.7 of `filters.md`). The table is our own: platforms ship different years of Unicode.
 */
import { foldRuns } from './fold.table.js'

const tableOf = (runs: string): ReadonlyMap<number, number> => {
  const table = new Map<number, number>()
  let first = 0
  for (const run of runs.split(' ')) {
    const [distance = '', count = '', added = ''] = run.split(',')
    first += Number.parseInt(distance, 36)
    const step = count.endsWith('+') ? 2 : 1
    for (let index = 0; index < Number.parseInt(count, 36); index += 1)
      table.set(first + index * step, first + index * step + Number.parseInt(added, 36))
  }
  return table
}

/** Made when the first text comes that is not ASCII. */
let table: ReadonlyMap<number, number> | undefined

/** The folded form of one code point. */
export const foldPoint = (point: number): number => {
  table ??= tableOf(foldRuns)
  return table.get(point) ?? point
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: every ASCII character is meant, those too.
const ascii = /^[\x00-\x7f]*$/

export const isAscii = (text: string): boolean => ascii.test(text)

/** @public */
export const fold = (text: string): string => (isAscii(text) ? text.toLowerCase() : foldAll(text))

const foldAll = (text: string): string => {
  let folded = ''
  for (const character of text) folded += String.fromCodePoint(foldPoint(character.codePointAt(0) ?? 0))
  return folded
}

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

/** Order of two folded texts by code points: that of UTF-16 units puts U+FFFF behind U+10000. */
export const comparePoints = (x: string, y: string): number => {
  const length = Math.min(x.length, y.length)
  let at = 0
  while (at < length && x.charCodeAt(at) === y.charCodeAt(at)) at += 1
  if (at === length) return x.length - y.length
  // The difference may lie in the second half of a pair, or in whether there is one.
  const from = at > 0 && isHigh(x.charCodeAt(at - 1)) ? at - 1 : at
  return (x.codePointAt(from) ?? 0) - (y.codePointAt(from) ?? 0) || x.charCodeAt(at) - y.charCodeAt(at)
}

const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdbff
