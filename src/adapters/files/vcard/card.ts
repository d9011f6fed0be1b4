/**
 * The one card of a file. A card that is cut off is refused.
 */
import type { Result } from '../../../model/index.js'
import { limits, ok } from '../../../model/index.js'
import type { Card, Entry, Reader } from '../lines/entry.js'
import { entryOf, malformed } from '../lines/entry.js'
import type { Version } from '../lines/legacy.js'
import type { Line } from '../lines/line.js'

/** Reads the one card of a file. */
export const cardOf = (reader: Reader, lines: ReadonlyArray<Line>): Result<Card> => {
  const shape = shapeOf(lines)
  if (shape._tag === 'Left') return shape
  const version = versionOf(lines)
  const entries: Array<Entry> = []
  for (const [index, line] of lines.entries()) {
    const entry = shape.right[index] ? entryOf(reader, version, line, index) : ok({ ...line, name: '', group: '' })
    if (entry._tag === 'Left') return entry
    entries.push(entry.right)
  }
  const end = /(\r\n|\n|\r)$/.exec(lines[0]?.raw ?? '')?.[1]
  return ok({ version, eol: end ?? '\r\n', entries })
}

/** Which lines belong to the card itself: no blank one, none of a nested card (the AGENT of version 2.1). */
const shapeOf = (lines: ReadonlyArray<Line>): Result<ReadonlyArray<boolean>> => {
  let depth = 0
  let cards = 0
  const own: Array<boolean> = []
  for (const { text } of lines) {
    const mark = structure(text)
    if (mark === 'BEGIN:VCARD' && depth === 0) cards++
    if (mark === '' || mark.startsWith('END:')) own.push(false)
    else own.push(depth === 1 && !mark.startsWith('BEGIN:'))
    if (mark.startsWith('BEGIN:')) depth++
    else if (mark.startsWith('END:')) depth--
    else if (mark !== '' && depth === 0)
      return malformed('VCARD: expected BEGIN:VCARD before and nothing after the card')
    if (depth < 0) return malformed('VCARD: expected BEGIN before END')
  }
  if (cards === 0) return malformed('VCARD: expected BEGIN:VCARD')
  if (cards > 1) return malformed(`VCARD: expected one card in a file, found ${cards}`)
  if (depth > 0) return malformed('VCARD: expected END:VCARD')
  if (own.length > limits.fieldsMax) return malformed(`VCARD: expected at most ${limits.fieldsMax} lines`)
  return ok(own)
}

/** `BEGIN:…` or `END:…` in capitals; empty for a blank line; any other line as something that is neither. */
const structure = (text: string): string => {
  const bare = text.startsWith('\ufeff') ? text.slice(1) : text
  if (bare.length > 64) return 'line'
  return bare.trim() === ''
    ? ''
    : (/^(BEGIN|END)\s*:\s*(\S+)\s*$/i.exec(bare)?.slice(1).join(':').toUpperCase() ?? 'line')
}

const versionOf = (lines: ReadonlyArray<Line>): Version => {
  const stated = lines
    .map(({ text }) => /^VERSION(?:;[^:]*)?:\s*([\d.]+)/i.exec(text)?.[1])
    .find((found) => found !== undefined)
  return stated === '2.1' || stated === '4.0' ? stated : '3.0'
}
