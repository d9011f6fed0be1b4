/**
 * Fields of a contact as edits of a card. A field whose value the card already has edits nothing; an edit touches
 * the lines of its field alone, and of what is derived from it: the display name, and the same value under another
 * producer's name. What vCard cannot hold, `plainText` replaces before.
 */
import type { Fields, Value } from '../../model/index.js'
import { sameValue } from '../../model/index.js'
import type { FamilyLine } from './contact.read.js'
import { categoriesOf, familiesOf, fieldsOf, rankOf, textOf, valueIn } from './contact.read.js'
import type { Row } from './contact.table.js'
import { addressMembers, freshLines, mailingAddresses, rows } from './contact.table.js'
import type { Card, Reader } from './lines/entry.js'
import { plainText } from './lines/plain.js'
import type { NewValue, Spelled } from './lines/print.js'
import { withLine, withoutLine, withParams, withValue } from './lines/print.js'

/** The card with these fields set. A field that no row names has no place in a card, and is not written. */
export const withFields = (reader: Reader, card: Card, set: Fields): Card => {
  const before = fieldsOf(card, familiesOf(card))
  const named = rows.filter((row) => Object.hasOwn(set, row.field))
  const edited = named.reduce((next, row) => withField(reader, next, row, normal(set[row.field] ?? null)), card)
  const flagged = Object.hasOwn(set, 'mailingAddressIs')
    ? withMailing(reader, edited, textValue(set.mailingAddressIs))
    : edited
  const sorted = Object.hasOwn(set, 'categories') ? withCategories(reader, flagged, listValue(set.categories)) : flagged
  return named.some((row) => row.family === 'name') ? withDisplayName(reader, sorted, before) : sorted
}

const normal = (value: Value): Value => {
  if (typeof value === 'string') return plainText(value)
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(normal)
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, normal(member)]))
}

const textValue = (value: Value | undefined): string => (typeof value === 'string' ? plainText(value) : '')

const listValue = (value: Value | undefined): ReadonlyArray<string> =>
  (Array.isArray(value) ? value : [value]).map(textValue).filter((text) => text !== '')

const withField = (reader: Reader, card: Card, row: Row, value: Value): Card => {
  if (sameValue(valueIn(row, card, familiesOf(card)), value)) return card
  switch (row.shape) {
    case 'part':
      return withPart(reader, card, row, textValue(value))
    case 'list':
      return withList(reader, card, row, listValue(value))
    case 'address':
      return withAddress(reader, card, row, value)
    default:
      // `read` takes the scheme of a number's URI off, so that it may not be part of one.
      return withText(
        reader,
        card,
        row,
        row.shape === 'phone' ? textValue(value).replace(/^(tel:)+/i, '') : textValue(value)
      )
  }
}

/** A text, a phone number, a date, an address in the net: one line of the family is the field's. */
const withText = (reader: Reader, card: Card, row: Row, value: string): Card => {
  const lines = linesOf(card, row.family)
  const line = lines[row.slot]
  const twins = twinsOf(lines, line)
  if (value === '')
    return withSlotEmptied(
      reader,
      twins.reduce((next, { entry }) => withoutLine(next, entry), card),
      row
    )
  return [row.slot, ...twins.map((twin) => lines.indexOf(twin))].reduce(
    (next, slot) => {
      const target = linesOf(next, row.family)[slot]
      return target === undefined ? next : withValue(reader, next, target.entry, newValue(next, row, target, value))
    },
    withSlots(reader, card, row)
  )
}

/** Another producer's line that says the same, such as X-EVOLUTION-SPOUSE beside X-SPOUSE: it is kept in step. */
const twinsOf = (lines: ReadonlyArray<FamilyLine>, line: FamilyLine | undefined): ReadonlyArray<FamilyLine> =>
  line === undefined || textOf(line) === ''
    ? []
    : lines
        .slice(lines.indexOf(line) + 1)
        .filter((other) => other.entry.name !== line.entry.name && textOf(other) === textOf(line))

const newValue = (card: Card, row: Row, { entry, property }: FamilyLine, value: string): NewValue => {
  switch (row.shape) {
    case 'uri':
      return { components: [[value]], form: 'uri' }
    case 'phone':
      return { components: [[value]], type: 'none' }
    case 'date':
      return {
        // Only version 4 wants dates without dashes; the others read both, and people wrote them with.
        components: [[card.version === '4.0' ? value.replaceAll('-', '') : value]],
        drop: ['x-apple-omit-year', 'calscale'],
        ...(property.valueType !== 'date' && { type: 'none' })
      }
    default:
      return { components: [[value]], ...(entry.name === 'related' && { type: 'text' }) }
  }
}

/**
 * The slot without its value. Where lines of the family come after it, an empty line stays in its place: without it
 * the second address would be the first.
 */
const withSlotEmptied = (reader: Reader, card: Card, row: Row): Card => {
  const lines = linesOf(card, row.family)
  const line = lines[row.slot]
  if (line === undefined) return card
  return row.slot === lines.length - 1
    ? withoutLine(card, line.entry)
    : withValue(reader, card, line.entry, newValue(card, row, line, ''))
}

/** The card with as many lines of the family as the slot asks for, new ones empty and behind the last. */
const withSlots = (reader: Reader, card: Card, row: Row): Card => {
  const lines = linesOf(card, row.family)
  if (lines.length > row.slot) return card
  return withSlots(reader, withLine(reader, card, freshLine(card, row.family, [['']]), lines.at(-1)?.entry), row)
}

const freshLine = (card: Card, family: string, components: Spelled['components']): Spelled => {
  const { name = family, name4, types = [], related } = freshLines[family] ?? {}
  if (card.version === '4.0' && related !== undefined)
    return {
      name: 'related',
      params: [
        ['type', [related]],
        ['value', ['text']]
      ],
      components
    }
  return {
    name: card.version === '4.0' ? (name4 ?? name) : name,
    params: types.length > 0 ? [['type', types]] : [],
    components
  }
}

const linesOf = (card: Card, family: string): ReadonlyArray<FamilyLine> => familiesOf(card).get(family) ?? []

/** One component of a value; the others, and those that are not mapped, stay as they are. */
const withPart = (reader: Reader, card: Card, row: Row, value: string): Card => {
  const [line, ...others] = linesOf(card, row.family)
  const at = row.part ?? 0
  if (line === undefined) {
    // Of a card without N: what its other parts are read from, the display name, is no part from now on.
    const now = fieldsOf(card, familiesOf(card))
    const parts = rows.filter(({ family }) => family === row.family)
    const components = parts.map(({ field }) => [field === row.field ? value : textValue(now[field])])
    return withLine(reader, card, freshLine(card, row.family, components))
  }
  const components = padded(line.property.components, at + 1).map((list, index) => (index === at ? [value] : list))
  // N is asked for by version 3; of any other family an empty line stays only where the next would take its place.
  return row.family !== 'name' && others.length === 0 && isNothing(components)
    ? withoutLine(card, line.entry)
    : withValue(reader, card, line.entry, { components })
}

const isNothing = (components: Spelled['components']): boolean =>
  components.every((list) => list.every((text) => text === ''))

const padded = (components: Spelled['components'], length: number): ReadonlyArray<ReadonlyArray<string>> =>
  components.length >= length
    ? components
    : [...components, ...Array.from({ length: length - components.length }, () => [''])]

/** One line each, in the spelling that the card has already. */
const withList = (reader: Reader, card: Card, row: Row, values: ReadonlyArray<string>): Card => {
  const lines = linesOf(card, row.family).filter((line) => textOf(line) !== '')
  const surplus = lines.slice(values.length).reduce((next, { entry }) => withoutLine(next, entry), card)
  return values.reduce((next, value, index) => {
    const line = linesOf(next, row.family).filter((each) => textOf(each) !== '')[index]
    if (line === undefined)
      return withLine(reader, next, freshLine(next, row.family, [[value]]), linesOf(next, row.family).at(-1)?.entry)
    return textOf(line) === value ? next : withValue(reader, next, line.entry, newValue(next, row, line, value))
  }, surplus)
}

const withAddress = (reader: Reader, card: Card, row: Row, value: Value): Card => {
  const members = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
  const texts = addressMembers.map((member) => textValue(members.find(([name]) => name === member)?.[1]))
  const lines = linesOf(card, row.family)
  const line = lines[0]
  if (line === undefined)
    return withLine(reader, card, freshLine(card, row.family, [[''], [''], ...texts.map((text) => [text])]))
  const old = padded(line.property.components, 7)
  const components = old.map((list, at) =>
    at < 2 || at > 6 || list.join(',') === texts[at - 2] ? list : [texts[at - 2] ?? '']
  )
  if (components.every((list, at) => list === old[at])) return card
  // The preferred one stays, empty: it says which address is for mail, and that is another field.
  const isNeeded = lines.length > 1 || rankOf(line.property) < Number.POSITIVE_INFINITY
  return isNothing(components) && !isNeeded
    ? withoutLine(card, line.entry)
    : withValue(reader, card, line.entry, { components })
}

/** Marks the first line of that address as the preferred one, and no other. */
const withMailing = (reader: Reader, card: Card, is: string): Card => {
  if (textValue(fieldsOf(card, familiesOf(card)).mailingAddressIs) === is) return card
  const wanted = mailingAddresses[is]?.family
  const cleared = Object.values(mailingAddresses).reduce(
    (next, { family }) => linesOf(next, family).reduce((each, line) => withPreference(reader, each, line, false), next),
    card
  )
  const numbered = linesOf(cleared, 'mailing').reduce(
    (next, { entry }) => withValue(reader, next, entry, { components: [[mailingAddresses[is]?.number ?? '0']] }),
    cleared
  )
  if (wanted === undefined) return numbered
  const there =
    linesOf(numbered, wanted).length > 0 ? numbered : withLine(reader, numbered, freshLine(card, wanted, noAddress))
  const line = linesOf(there, wanted)[0]
  return line === undefined ? there : withPreference(reader, there, line, true)
}

const noAddress = Array.from({ length: 7 }, () => [''])

const withPreference = (reader: Reader, card: Card, line: FamilyLine, isPreferred: boolean): Card => {
  if (rankOf(line.property) < Number.POSITIVE_INFINITY === isPreferred) return card
  const plain = line.property.params.flatMap(([name, values]) => {
    if (name === 'pref') return []
    const others = name === 'type' ? values.filter((value) => value.toLowerCase() !== 'pref') : values
    return others.length > 0 ? [[name, others] as const] : []
  })
  return withParams(reader, card, line.entry, isPreferred ? preferred(card, plain) : plain)
}

const preferred = (card: Card, params: Spelled['params']): Spelled['params'] => {
  if (card.version === '4.0') return [...params, ['pref', ['1']]]
  const types = params.flatMap(([name, values]) => (name === 'type' ? values : []))
  return [...params.filter(([name]) => name !== 'type'), ['type', [...types, 'pref']]]
}

const withCategories = (reader: Reader, card: Card, words: ReadonlyArray<string>): Card => {
  if (sameValue(categoriesOf(familiesOf(card)), words)) return card
  const [first, ...others] = linesOf(card, 'categories')
  const single = others.reduce((next, { entry }) => withoutLine(next, entry), card)
  if (first === undefined)
    return words.length === 0 ? card : withLine(reader, single, freshLine(card, 'categories', [words]))
  return words.length === 0
    ? withoutLine(single, first.entry)
    : withValue(reader, single, first.entry, { components: [words] })
}

/**
 * FN follows the name in the form that it had: "Roy, Ann" stays turned around. One that was never made of the name
 * ("Ann from the bakery") is a person's own, and stays.
 */
export const withDisplayName = (reader: Reader, card: Card, before: Fields): Card => {
  const now = fieldsOf(card, familiesOf(card))
  const line = linesOf(card, 'displayName')[0]
  const shown = textOf(line).replace(/\s+/g, ' ').trim()
  const isStandIn = shown === '' || (displayNames(before)[0] === '' && shown === standIn(before))
  const form = isStandIn ? 0 : displayNames(before).indexOf(shown)
  if (form < 0) return card
  const name = displayNames(now)[form] || standIn(now)
  if (line === undefined) return withLine(reader, card, freshLine(card, 'displayName', [[name]]))
  return shown === name ? card : withValue(reader, card, line.entry, { components: [[name]] })
}

/** The forms in which producers print a name, the fullest first. */
const displayNames = (fields: Fields): ReadonlyArray<string> => {
  const of = (separator: string, ...names: ReadonlyArray<string>): string =>
    names
      .map((name) => textValue(fields[name]).replace(/\s+/g, ' ').trim())
      .filter((text) => text !== '')
      .join(separator)
  return [
    of(' ', 'title', 'givenName', 'middleName', 'surname', 'generation'),
    of(' ', 'givenName', 'middleName', 'surname', 'generation'),
    of(' ', 'givenName', 'middleName', 'surname'),
    of(' ', 'givenName', 'surname'),
    of(' ', 'surname', 'givenName'),
    of(', ', 'surname', 'givenName')
  ]
}

/** What a card without a name is shown as: version 3 and 4 ask for something. */
const standIn = (fields: Fields): string =>
  ['companyName', 'nickName', 'email1', 'email2', 'email3', 'mobilePhone', 'businessPhone', 'homePhone']
    .map((field) => textValue(fields[field]).replace(/\s+/g, ' ').trim())
    .find((text) => text !== '') ?? ''
