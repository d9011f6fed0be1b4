/**
 * Edits of a card, line by line: a new line, another value, other parameters, a line gone. What is not named stays
 * as it stands in the file. Escapes, parameters and folds are ical.js's; no text can end its line.
 */
import { invariant } from '../../../model/index.js'
import type { Card, Entry, Reader } from './entry.js'
import { designOf, entryOf, structuredNames } from './entry.js'
import { isPlain21, printed21, value21 } from './legacy.js'
import { headLengthOf } from './line.js'
import type { ParsedProperty } from './property.codec.js'

/** How a value is written: text with escapes; a URI, which has none unless it holds what would break its line; as it is. */
type Form = 'text' | 'uri' | 'raw'

export interface Spelled {
  readonly name: string
  readonly group?: string
  readonly params: ParsedProperty['params']
  readonly components: ParsedProperty['components']
  readonly form?: Form
}

/** The card with a line more, behind the given one, by default before its end. */
export const withLine = (reader: Reader, card: Card, spelled: Spelled, after?: Entry): Card => {
  const at = after === undefined ? endOf(card) : card.entries.indexOf(after) + 1
  const added = printed(reader, card, spelled)
  return { ...card, entries: [...card.entries.slice(0, at), added, ...card.entries.slice(at)] }
}

export interface NewValue {
  readonly components: ParsedProperty['components']
  readonly form?: Form
  /** Parameters that the new value would make untrue. */
  readonly drop?: ReadonlyArray<string>
  /** What VALUE says from now on: what it said (the default), nothing, or that it is a text. */
  readonly type?: 'none' | 'text'
}

/** The card with another value in a line. The head stays as it is written wherever it is still true. */
export const withValue = (reader: Reader, card: Card, entry: Entry, value: NewValue): Card => {
  const { property } = entry
  invariant(property !== undefined, 'only a line that was read is edited')
  const head = entry.text.slice(0, headLengthOf(entry.text))
  const isStated = /;VALUE=/i.test(head)
  const isKept =
    !property.encoded &&
    !property.params.some(([name]) => value.drop?.includes(name)) &&
    !(value.type === 'none' && isStated) &&
    !(value.type === 'text' && property.valueType !== 'text') &&
    !(card.version === '2.1' && !isPlain21(value21(value.components, structuredNames.has(entry.name))))
  const said = value.type ?? (isStated ? property.valueType : 'none')
  const spelled = {
    name: entry.name,
    group: entry.group,
    params: [
      ...property.params.filter(([name]) => value.drop?.includes(name) !== true),
      ...(said === 'none' ? [] : [['value', [said]] as const])
    ],
    components: value.components,
    form: value.form ?? 'text'
  }
  const next = isKept
    ? reread(reader, card, `${head}:${valueText(reader, card, spelled)}`)
    : printed(reader, card, spelled)
  return replaced(card, entry, next)
}

/** The card with another line in the place of one. */
export const withLineFor = (reader: Reader, card: Card, entry: Entry, spelled: Spelled): Card =>
  replaced(card, entry, printed(reader, card, spelled))

/** The card with other parameters in a line, its value as it was. */
export const withParams = (reader: Reader, card: Card, entry: Entry, params: ParsedProperty['params']): Card => {
  invariant(entry.property !== undefined, 'only a line that was read is edited')
  const { components, valueType } = entry.property
  const isRaw = reader.raw?.has(entry.name) === true
  const stated = isRaw && valueType !== 'unknown' ? [...params, ['value', [valueType.toUpperCase()]] as const] : params
  const form = isRaw ? 'raw' : 'text'
  return withLineFor(reader, card, entry, { name: entry.name, group: entry.group, params: stated, components, form })
}

/** What only says something about the other line of its group. */
const companions: ReadonlySet<string> = new Set(['x-ablabel', 'x-abadr'])

/** The card without a line, and without the label that its group gave it. */
export const withoutLine = (card: Card, entry: Entry): Card => {
  const group = entry.group.toLowerCase()
  const rest = card.entries.filter((other) => other !== entry)
  const inGroup = rest.filter((other) => group !== '' && other.group.toLowerCase() === group)
  const isAlone = inGroup.length > 0 && inGroup.every((other) => companions.has(other.name))
  return { ...card, entries: isAlone ? rest.filter((other) => !inGroup.includes(other)) : rest }
}

/** The text of a card, as it is written to its file. */
export const textOf = (card: Card): string => card.entries.map((entry) => entry.raw).join('')

const endOf = (card: Card): number => {
  for (let at = card.entries.length - 1; at >= 0; at--) if (/^END\s*:/i.test(card.entries[at]?.text ?? '')) return at
  return card.entries.length
}

const replaced = (card: Card, entry: Entry, next: Entry): Card => ({
  ...card,
  entries: card.entries.map((other) => (other === entry ? next : other))
})

const printed = (reader: Reader, card: Card, spelled: Spelled): Entry => {
  const prefix = spelled.group ? `${spelled.group}.` : ''
  const name = spelled.name.toUpperCase()
  return reread(
    reader,
    card,
    card.version === '2.1'
      ? `${prefix}${printed21(name, spelled.params, valueText(reader, card, spelled))}`
      : `${prefix}${headText(reader, card, spelled)}${valueText(reader, card, spelled)}`
  )
}

/** ical.js prints a property without values as its head and the colon. */
const headText = (reader: Reader, card: Card, { name, params }: Spelled): string =>
  reader.library.stringify.property(
    [
      name,
      Object.fromEntries(
        params.map(([param, values]) => [param, isListed(card, param, values) ? [...values] : values.join(',')])
      ),
      'unknown'
    ],
    designOf(reader.library, card.version),
    true
  )

/** In a calendar ical.js knows which parameters are lists. */
const isListed = (card: Card, param: string, values: ReadonlyArray<string>): boolean =>
  card.version === 'ical' ? values.length > 1 : param === 'type'

const valueText = (reader: Reader, card: Card, { name, components, form = 'text' }: Spelled): string => {
  if (form === 'raw') return components.map((list) => list.join(',')).join(';')
  if (card.version === '2.1') return value21(components, structuredNames.has(name))
  const design = designOf(reader.library, card.version)
  // The semicolon too: RFC 2426 asks for it in every text, RFC 6350 allows it.
  const escaped = (value: string): string =>
    form === 'uri' && !/[\\\n]/.test(value) ? value : reader.library.stringify.value(value, 'text', design, ';')
  return components.map((list) => list.map(escaped).join(',')).join(';')
}

/** What was printed is read as any line of a file is, so that nothing can be in a card but what will be read of it. */
const reread = (reader: Reader, card: Card, text: string): Entry => {
  invariant(card.version === '2.1' || !/[\r\n]/.test(text), 'a printed property is one line')
  const lines = text.split('\r\n')
  // Version 2.1 has its soft breaks already, and no fold that all its readers undo.
  const folded = card.version === '2.1' ? lines.join(card.eol) : folds(reader, text, card.eol)
  const unfolded = lines.map((line, at) => (at < lines.length - 1 ? line.slice(0, -1) : line)).join('')
  const entry = entryOf(reader, card.version, { raw: folded + card.eol, text: unfolded }, 0)
  invariant(entry._tag === 'Right', 'a printed property can be read')
  return entry.right
}

const folds = (reader: Reader, text: string, eol: string): string =>
  reader.library.helpers
    .foldline(text)
    .split(/\r?\n /)
    .join(`${eol} `)
