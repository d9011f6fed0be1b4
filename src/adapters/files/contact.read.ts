/**
 * A card as fields of a contact: the tables read aloud. Lines are found by family and counted in the order of the
 * file, preferred or not, so that an address keeps its slot when another one is emptied.
 */
import type { ContentRef, Fields, Result, Value } from '../../model/index.js'
import { fail, isEmpty, limits, ok } from '../../model/index.js'
import type { LineRule, Row } from './contact.table.js'
import { addressMembers, lineRules, mailingAddresses, rows } from './contact.table.js'
import type { Decoded } from './kind.js'
import { markerOf } from './marker.codec.js'
import type { Card, Entry, Property } from './lines/entry.js'
import { longestText } from './lines/plain.js'

/** A line of a family, and what it says. */
export interface FamilyLine {
  readonly entry: Entry
  readonly property: Property
}

/** The lines of each family, in the order of the file. */
export type Families = ReadonlyMap<string, ReadonlyArray<FamilyLine>>

/** What a card says. `Malformed` where a value is longer than any field may be. */
export const contactOf = (card: Card): Result<Decoded> => {
  const families = familiesOf(card)
  const values = fieldsOf(card, families)
  const tooLong = Object.entries(values).find(([, value]) => longestText(value) > limits.fieldLengthMax)
  if (tooLong !== undefined)
    return fail({
      _tag: 'Malformed',
      side: 'mail',
      paths: [`${tooLong[0]}: expected at most ${limits.fieldLengthMax} characters`]
    })
  const categories = categoriesOf(families)
  if (categories.length > limits.fieldsMax)
    return fail({ _tag: 'Malformed', side: 'mail', paths: [`CATEGORIES: expected at most ${limits.fieldsMax} words`] })
  const { personalNotes, ...short } = values
  const isContent = typeof personalNotes === 'string' && isLarge(personalNotes)
  const marker = markerOf(textOf(families.get('marker')?.[0]))
  const contents = [...photosOf(families).map(({ ref }) => ref), ...(isContent ? [noteContent(personalNotes)] : [])]
  return ok({
    fields: isContent ? short : values,
    ...(categories.length > 0 && { categories }),
    ...(marker !== undefined && { marker }),
    ...(contents.length > 0 && { contents })
  })
}

/** A card does not change, so that its families are found once: an edit of thirty fields asks for them often. */
const remembered = new WeakMap<Card, Families>()

export const familiesOf = (card: Card): Families => {
  const found = remembered.get(card) ?? findFamilies(card)
  remembered.set(card, found)
  return found
}

const findFamilies = (card: Card): Families => {
  const labels = labelsOf(card)
  const families = new Map<string, Array<FamilyLine>>()
  for (const entry of card.entries) {
    const { name, group, property } = entry
    if (property === undefined) continue
    const family = familyOf(name, property, labels.get(group.toLowerCase()))
    if (family === '') continue
    const lines = families.get(family) ?? []
    lines.push({ entry, property })
    families.set(family, lines)
  }
  return families
}

/** Apple says in a second line of a group what kind of thing the first one is: `_$!<Spouse>!$_`. */
const labelsOf = (card: Card): ReadonlyMap<string, string> =>
  new Map(
    card.entries.flatMap(({ name, group, property }: Entry) =>
      name === 'x-ablabel' && property !== undefined && group !== ''
        ? [
            [
              group.toLowerCase(),
              (property.components[0]?.[0] ?? '').replace(/^_\$!<(.*)>!\$_$/, '$1').toLowerCase()
            ] as const
          ]
        : []
    )
  )

const familyOf = (name: string, property: Property, label: string | undefined): string => {
  const types = label === undefined ? property.types : [...property.types, label]
  return lineRules.find((rule) => isMatch(rule, name, types, property))?.family ?? ''
}

const isMatch = (rule: LineRule, name: string, types: ReadonlyArray<string>, property: Property): boolean =>
  rule.names.includes(name) &&
  (rule.any === undefined || rule.any.some((type) => types.includes(type))) &&
  (rule.all === undefined || rule.all.every((type) => types.includes(type))) &&
  (rule.only === undefined || types.every((type) => type === '' || rule.only?.includes(type))) &&
  (name !== 'related' ||
    property.valueType === 'text' ||
    !/^[a-z][a-z0-9+.-]*:\S/i.test(property.components[0]?.join(',') ?? ''))

/** Every field that holds something. */
export const fieldsOf = (card: Card, families: Families): Fields => {
  const fields: { [field: string]: Value } = {}
  for (const row of rows) {
    const value = valueIn(row, card, families)
    if (!isEmpty(value)) fields[row.field] = value
  }
  const mailing = mailingOf(families)
  if (mailing !== undefined) fields.mailingAddressIs = mailing
  return fields
}

const isGroup = (card: Card): boolean =>
  card.entries.some(
    ({ name, property }) => name === 'kind' && /^(org|group)$/i.test(property?.components[0]?.[0] ?? '')
  )

/** What a row reads. */
export const valueIn = (row: Row, card: Card, families: Families): Value => {
  const lines = families.get(row.family) ?? []
  const line = lines[row.slot]
  switch (row.shape) {
    case 'text':
    case 'uri':
      return textOf(line)
    case 'phone':
      return textOf(line).replace(/^tel:/i, '')
    case 'part':
      // A card of version 4 may do without N. What it calls itself is then the whole name; cut, it would be a guess.
      if (row.field === 'surname' && line === undefined && !isGroup(card))
        return textOf(families.get('displayName')?.[0])
      return line?.property.components[row.part ?? 0]?.join(',') ?? ''
    case 'date':
      return dateOf(textOf(line), line?.property)
    case 'list':
      return lines.map(textOf).filter((text) => text !== '')
    case 'address':
      return line === undefined ? null : addressOf(line.property)
  }
}

/** A comma that a producer forgot to escape cuts a text in two; joined, it is what was typed. */
export const textOf = (line: FamilyLine | undefined): string =>
  line?.property.components.map((list) => list.join(',')).join(';') ?? ''

/**
 * The calendar date as it is written: a time behind it, and a zone, shift nothing. What is no full date (no year, a
 * year left out in Apple's way, a text) is no value, and stays in the card.
 */
const dateOf = (text: string, property: Property | undefined): string => {
  if (property?.params.some(([name]) => name === 'x-apple-omit-year')) return ''
  const [, year = '', month = '', day = ''] = /^(\d{4})-?(\d{2})-?(\d{2})(?:$|[T ])/.exec(text.trim()) ?? []
  return isDate(Number(year), Number(month), Number(day)) ? `${year}-${month}-${day}` : ''
}

const isDate = (year: number, month: number, day: number): boolean =>
  month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate()

const addressOf = (property: Property): Value =>
  Object.fromEntries(addressMembers.map((member, at) => [member, property.components[at + 2]?.join(',') ?? '']))

/** The address that is preferred, the most preferred one first (version 4 counts), else what Outlook's number says. */
const mailingOf = (families: Families): string | undefined => {
  const preferred = Object.entries(mailingAddresses)
    .flatMap(([is, { family }]) => (families.get(family) ?? []).map(({ property }) => ({ is, rank: rankOf(property) })))
    .filter(({ rank }) => rank < Number.POSITIVE_INFINITY)
    .sort((x, y) => x.rank - y.rank)
  const number = textOf(families.get('mailing')?.[0]).trim()
  return preferred[0]?.is ?? Object.keys(mailingAddresses).find((is) => mailingAddresses[is]?.number === number)
}

/** 1 to 100 of PREF, 1 for the type; infinite where the line is not preferred. */
export const rankOf = (property: Property): number => {
  const pref = property.params.find(([name]) => name === 'pref')?.[1][0]
  if (pref !== undefined) return Number.parseInt(pref, 10) || 1
  return property.types.includes('pref') ? 1 : Number.POSITIVE_INFINITY
}

export const categoriesOf = (families: Families): ReadonlyArray<string> =>
  [...new Set((families.get('categories') ?? []).flatMap(({ property }) => property.components.flat()))].filter(
    (word) => word !== ''
  )

/** Whether the note is a content, and no field. */
export const hasNoteContent = (card: Card): boolean => isLarge(textOf(familiesOf(card).get('note')?.[0]))

const isLarge = (text: string): boolean => Buffer.byteLength(text) > limits.inlineBytesMax

/** Part of a note too long for a snapshot: the name of the field that it would have been. */
export const notePart = 'personalNotes'

const noteContent = (note: string): ContentRef => ({
  part: notePart,
  type: 'text/plain; charset=utf-8',
  bytes: Buffer.byteLength(note)
})

/** A photograph that is in the card itself. One that is only named is never fetched. */
export interface Photo {
  readonly ref: ContentRef
  readonly base64: string
}

export const photosOf = (families: Families): ReadonlyArray<Photo> =>
  (families.get('photo') ?? []).flatMap(({ property }, index) => {
    const inline = inlineOf(property)
    if (inline === undefined) return []
    const part = index === 0 ? 'photo' : `photo-${index + 1}`
    return [{ ref: { part, type: inline.type, bytes: bytesOfBase64(inline.base64) }, base64: inline.base64 }]
  })

const inlineOf = (property: Property): { readonly type: string; readonly base64: string } | undefined => {
  const text = property.components.map((list) => list.join(',')).join(';')
  // Only its beginning is looked at: a pattern that walks a photograph is a way to keep us busy.
  const uri = /^data:([^;,]*)(?:;[^;,]*)*;base64,/i.exec(text.slice(0, 256))
  if (uri !== null)
    return { type: uri[1] || 'application/octet-stream', base64: text.slice(uri[0].length).replace(/\s+/g, '') }
  const encoding = property.params.find(([name]) => name === 'encoding')?.[1][0]
  if (encoding === undefined || !/^(b|base64)$/i.test(encoding)) return undefined
  const base64 = text.replace(/\s+/g, '')
  return base64 === '' ? undefined : { type: mediaType(property), base64 }
}

const mediaType = (property: Property): string => {
  const named =
    property.params.find(([name]) => name === 'mediatype')?.[1][0] ?? property.types.find((type) => type !== 'pref')
  if (named === undefined) return sniffed(property)
  return named.includes('/')
    ? named.toLowerCase()
    : `image/${named.toLowerCase() === 'jpg' ? 'jpeg' : named.toLowerCase()}`
}

/** Old Apple cards do not say what their photograph is; its first bytes do. */
const beginnings: ReadonlyArray<readonly [base64: string, type: string]> = [
  ['/9j/', 'image/jpeg'],
  ['iVBORw0KGgo', 'image/png'],
  ['R0lGOD', 'image/gif']
]

const sniffed = (property: Property): string =>
  beginnings.find(([base64]) => property.components[0]?.[0]?.startsWith(base64))?.[1] ?? 'application/octet-stream'

const bytesOfBase64 = (base64: string): number =>
  Math.floor(((base64.length - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0)) * 3) / 4)
