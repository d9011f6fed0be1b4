/**
 * A card as its lines, of which only those with a wanted name are read, each by ical.js. All others are carried as
 * they stand. A card that is cut off, or holds a wanted line that cannot be read, is refused with a path: what the
 * rest of it means would be a guess.
 */
import type { Result } from '../../../model/index.js'
import { fail, limits, ok } from '../../../model/index.js'
import type { Version } from './legacy.js'
import { plainLine } from './legacy.js'
import type { VCardLibrary } from './library.js'
import type { Line } from './line.js'
import { headLengthOf } from './line.js'
import type { ParsedProperty } from './property.codec.js'
import { propertyCodec } from './property.codec.js'

/** A wanted property, its values free of every escape. */
export interface Property extends ParsedProperty {
  /** Values of TYPE, in lower case. */
  readonly types: ReadonlyArray<string>
  /** Its head names quoted-printable or a charset. */
  readonly encoded: boolean
}

/** A line of a card. `property` is there for the wanted names alone. */
export interface Entry extends Line {
  /** In lower case, empty for a blank line and inside a nested card. */
  readonly name: string
  /** As written, empty where there is none. */
  readonly group: string
  readonly property?: Property
}

export interface Card {
  readonly version: Version
  /** The line end of the file, for the lines that are added. */
  readonly eol: string
  readonly entries: ReadonlyArray<Entry>
}

/** What reading and printing a card needs to know. */
export interface Reader {
  readonly library: VCardLibrary
  /** Names of properties, in lower case, that are read. */
  readonly wanted: ReadonlySet<string>
}

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

const malformed = (path: string) => fail({ _tag: 'Malformed', side: 'mail', paths: [path] })

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

/** ical.js looks for the end of the head once per parameter: a head of megabytes would keep it busy for hours. */
const headLengthMax = 8192

/** Reads one line of a card. Its name is all that is known of one that is not wanted. */
export const entryOf = (reader: Reader, version: Version, line: Line, index: number): Result<Entry> => {
  const headLength = headLengthOf(line.text)
  if (headLength <= 0) return malformed(`line ${index + 1}: expected a name, a colon and a value`)
  if (headLength > headLengthMax)
    return malformed(`line ${index + 1}: expected at most ${headLengthMax} characters of parameters`)
  const full = line.text.slice(0, headLength).split(';', 1)[0] ?? ''
  const dot = full.lastIndexOf('.')
  const entry: Entry = {
    ...line,
    name: full
      .slice(dot + 1)
      .trim()
      .toLowerCase(),
    group: full.slice(0, Math.max(0, dot))
  }
  if (!reader.wanted.has(entry.name)) return ok(entry)
  const plain = plainLine(line.text.slice(dot + 1), version)
  if (plain._tag === 'Left') return plain
  const property = parse(reader.library, version, entry.name, plain.right.text)
  return property === undefined
    ? malformed(`${entry.name.toUpperCase()} in line ${index + 1}: expected a vCard property`)
    : ok({ ...entry, property: { ...property, encoded: plain.right.encoded } })
}

/** Properties whose value is a list of components. */
export const structuredNames: ReadonlySet<string> = new Set(['n', 'adr', 'org'])

export const designOf = (library: VCardLibrary, version: Version): unknown =>
  version === '4.0' ? library.design.vcard : library.design.vcard3

const parse = (
  library: VCardLibrary,
  version: Version,
  name: string,
  text: string
): Omit<Property, 'encoded'> | undefined => {
  const isStructured = structuredNames.has(name)
  const parsed = propertyCodec(isStructured).decode(attempt(library, version, forLibrary(name, text, isStructured)))
  if (parsed._tag === 'Left') return undefined
  const { params, valueType, components } = parsed.right
  const free = components.map((list) => list.map(withoutEscapes))
  const types = params.flatMap(([param, values]) =>
    param === 'type' ? values.flatMap((value) => value.toLowerCase().split(',')) : []
  )
  return { params, valueType, types, components: isStructured ? free.slice(0, -1) : free }
}

/** ical.js throws at what it cannot read, with the line in its message: neither leaves this function. */
const attempt = (library: VCardLibrary, version: Version, text: string): unknown => {
  try {
    return library.parse.property(text, designOf(library, version))
  } catch {
    return undefined
  }
}

/** Stands for an escaped backslash while ical.js reads. No text that comes here holds it. */
const backslash = '\0'

/**
 * Three habits of ical.js 2.2 are worked around. It takes the separator after an escaped backslash for an escaped
 * one: those backslashes are put aside. It answers `a,b` and `a;b` alike where a structured value has one component:
 * with one more, an empty one, it does not. And it drops every backslash of a phone number, so that `\n` is an n: as
 * a text it is read right.
 */
const forLibrary = (name: string, text: string, isStructured: boolean): string => {
  const headLength = headLengthOf(text)
  const head = text.slice(0, headLength)
  const value = text.slice(headLength + 1).replaceAll('\\\\', backslash)
  const stated = name === 'tel' && !/;VALUE=/i.test(head) ? `${head};VALUE=text` : head
  return `${stated}:${value}${isStructured ? ';' : ''}`
}

/** Which escapes ical.js removes depends on the type of the value; producers escape in all of them. */
const withoutEscapes = (value: string): string =>
  value.includes('\\') || value.includes(backslash)
    ? value
        .replace(/\\([nN,;:])/g, (_, escaped: string) => (escaped === 'n' || escaped === 'N' ? '\n' : escaped))
        .replaceAll(backslash, '\\')
    : value
