/** Which values a field of a type may hold, and which a condition may compare it with. */
import type { FieldType, FieldTypes, InstantMs, RecordSnapshot, Value } from '../model/index.js'
import { fieldOf, instantFromIso, isEmpty } from '../model/index.js'
import { dayFromText } from './calendar.js'

/** One value of a condition. */
export type Scalar = string | number | boolean

const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
const isChoice = (value: unknown): boolean => isText(value) || isNumber(value)
export const isDate = (value: unknown): boolean => typeof value === 'string' && dayFromText(value) !== undefined
export const isInstant = (value: unknown): boolean => typeof value === 'string' && instantOfText(value) !== undefined
const isMoment = (value: unknown): boolean => isInstant(value) || isDate(value)
const isListOf =
  (holds: (entry: unknown) => boolean) =>
  (value: unknown): boolean =>
    Array.isArray(value) && value.every((entry: Value) => isEmpty(entry) || holds(entry))

/** An instant of the years that filters know. */
export const instantOfText = (text: string): InstantMs | undefined =>
  text.startsWith('0000') ? undefined : instantFromIso(text)

/** A party as a text, or as an object with an address. */
export const partyOf = (entry: Value | undefined): string | undefined => {
  if (typeof entry === 'string') return entry
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) return undefined
  const address = Object.hasOwn(entry, 'address') ? (entry as { readonly address: Value }).address : undefined
  return typeof address === 'string' ? address : undefined
}

const isParty = (value: unknown): boolean => partyOf(value as Value) !== undefined

/** What a record's field of the type may hold, when it is not empty. */
const holdable: { readonly [T in FieldType]: (value: unknown) => boolean } = {
  string: isText,
  number: isNumber,
  boolean: (value) => typeof value === 'boolean',
  date: isDate,
  datetime: isInstant,
  choice: isChoice,
  multichoice: isListOf(isChoice),
  owner: (value) => isParty(value) || isListOf(isParty)(value),
  id: isText
}

/** What one value of a condition on the type may be, and how a fault says so. */
export const comparable: {
  readonly [T in FieldType]: { readonly is: (value: unknown) => boolean; readonly expected: string }
} = {
  string: { is: isText, expected: 'a text' },
  number: { is: isNumber, expected: 'a finite number' },
  boolean: { is: (value) => typeof value === 'boolean', expected: 'true or false' },
  date: { is: isDate, expected: 'a date YYYY-MM-DD that exists' },
  datetime: { is: isMoment, expected: 'an instant with an offset or Z, or a date, that exists' },
  choice: { is: isChoice, expected: 'a number or a text' },
  multichoice: { is: isChoice, expected: 'a number or a text' },
  owner: { is: isText, expected: 'an id as text' },
  id: { is: isText, expected: 'an id as text' }
}

/** Fields of a record that do not hold what the schema says: the record is `invalid-item` then (3.11). @public */
export const misfits = (record: RecordSnapshot, schema: FieldTypes): ReadonlyArray<string> =>
  Object.keys(schema).filter((field) => {
    const value = fieldOf(record.fields, field)
    const type = schema[field]
    return type !== undefined && !fitsType(type, value)
  })

const fitsType = (type: FieldType, value: Value | undefined): boolean => isEmpty(value) || holdable[type](value)

/** The same as a test: whether every field that the schema names holds what it says. */
export const fitsSchema = (schema: FieldTypes): ((record: RecordSnapshot) => boolean) => {
  const checks = Object.entries(schema).map(([field, type]) => ({ field, holds: holdable[type] }))
  return ({ fields }) => {
    for (const { field, holds } of checks) {
      const value = fieldOf(fields, field)
      if (value !== undefined && value !== null && !holds(value) && !isEmpty(value)) return false
    }
    return true
  }
}
