/**
 * The normal form of a text before it is written: what a vCard cannot hold, or what some reader would take for the
 * end of a line, is replaced. Idempotent; what was written is what the answer's representation shows.
 */
import type { Value } from '../../../model/index.js'

/** Every character that a reader somewhere breaks lines at (Python's `splitlines` has the longest list). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const lineBreaks = /\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]/g

/** RFC 6350 allows no other control character than the tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const controls = /[\0-\x08\x0e-\x1b\x1f\x7f]/g

/** Half of a surrogate pair: UTF-8 has no form for it. */
const halfPairs = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

/** Lines end in LF, control characters are gone, half of a surrogate pair is U+FFFD. */
export const plainText = (value: string): string =>
  value.replace(lineBreaks, '\n').replace(controls, '').replace(halfPairs, '\ufffd')

/** Length of the longest text in a value. */
export const longestText = (value: Value): number => {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  return Math.max(0, ...Object.values(value).map(longestText))
}
