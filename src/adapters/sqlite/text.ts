/**
 * Texts that are compared by the database: refs, ids, names of mailboxes and fields. SQLite orders UTF-8 by code
 * point, stops at NUL in places and turns lone surrogates into U+FFFD; refs are opaque and ordered by code units.
 * This spelling keeps every UTF-16 text apart and in code-unit order. A text of usual characters is its own key.
 */

/** 0 and 1 become two units that begin with 1; surrogates and what lies behind them become one code point each. */
const firstHigh = 0xd800
const highBase = 0x10000

const keyFromUnit = (unit: number): string => {
  if (unit <= 1) return String.fromCharCode(1, unit + 1)
  return unit < firstHigh ? String.fromCharCode(unit) : String.fromCodePoint(highBase + unit - firstHigh)
}

const isUsual = (text: string): boolean => {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    if (unit <= 1 || unit >= firstHigh) return false
  }
  return true
}

/** The spelling of a text in a column that is compared or ordered. */
export const keyFromText = (text: string): string => {
  if (isUsual(text)) return text
  let key = ''
  for (let at = 0; at < text.length; at += 1) key += keyFromUnit(text.charCodeAt(at))
  return key
}

/** The text behind a key. */
export const textFromKey = (key: string): string => {
  if (isUsual(key)) return key
  let text = ''
  let escaped = false
  for (const character of key) {
    const point = character.codePointAt(0) ?? 0
    if (escaped) text += String.fromCharCode(point - 1)
    else if (point !== 1) text += point < highBase ? character : String.fromCharCode(point - highBase + firstHigh)
    escaped = !escaped && point === 1
  }
  return text
}

/** Keys as one JSON text, for `json_each(?)`: one statement asks for all of them. */
export const keyList = (texts: ReadonlyArray<string>): string =>
  JSON.stringify([...new Set(texts)].map((text) => keyFromText(text)))
