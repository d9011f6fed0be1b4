/**
 * Lines of a vCard or a calendar, of which only those with a wanted name are read, each by ical.js. All others are
 * carried as they stand. A wanted line that cannot be read is refused with a path: what the rest of the file means
 * would be a guess.
 */
import type { Result } from '../../../model/index.js'
import { fail, ok } from '../../../model/index.js'
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
  /** Of these, names of properties whose value stays as it is written: moments, rules, addresses. */
  readonly raw?: ReadonlySet<string>
}

/** Refused, with the path of what is wrong and what was expected there. */
export const malformed = (path: string) => fail({ _tag: 'Malformed', side: 'mail', paths: [path] })

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
  const read = reader.raw?.has(entry.name) ? parseRaw : parse
  const property = read(reader.library, version, entry.name, plain.right.text)
  return property === undefined
    ? malformed(
        `${entry.name.toUpperCase()} in line ${index + 1}: expected a ${version === 'ical' ? 'calendar' : 'vCard'} property`
      )
    : ok({ ...entry, property: { ...property, encoded: plain.right.encoded } })
}

/** Properties whose value is a list of components. */
export const structuredNames: ReadonlySet<string> = new Set(['n', 'adr', 'org'])

export const designOf = ({ design }: VCardLibrary, version: Version): unknown =>
  version === 'ical' ? design.icalendar : version === '4.0' ? design.vcard : design.vcard3

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

/** The parameters are ical.js's; VALUE is hidden from it, or it would read the value as that. */
const parseRaw = (
  library: VCardLibrary,
  version: Version,
  _name: string,
  text: string
): Omit<Property, 'encoded'> | undefined => {
  const headLength = headLengthOf(text)
  const head = text
    .slice(0, headLength)
    .replace(/^[^;]*/, 'X-RAW')
    .replace(/;VALUE=/i, ';X-VALUE=')
  const parsed = propertyCodec(false).decode(attempt(library, version, `${head}:`))
  if (parsed._tag === 'Left') return undefined
  const stated = parsed.right.params.find(([param]) => param === 'x-value')?.[1][0]
  return {
    params: parsed.right.params.filter(([param]) => param !== 'x-value'),
    valueType: stated?.toLowerCase() ?? 'unknown',
    types: [],
    components: [[text.slice(headLength + 1)]]
  }
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
