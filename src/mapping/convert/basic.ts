/** The converters of texts, numbers, dates and lists: a value reads alike on both sides, or nearly so. */
import type { Value } from '../../model/index.js'
import { isEmpty } from '../../model/index.js'
import { isRich, plainOfRich, richOfPlain } from '../rich.js'
import type { Converter } from './converter.js'

const isText = (value: Value): boolean => typeof value === 'string'
const isTextOrNumber = (value: Value): boolean => typeof value === 'string' || typeof value === 'number'
const isListOfTexts = (value: Value): boolean => Array.isArray(value) && value.every(isText)

/** Line ends as `\n`, composed characters: what servers change without anybody having typed. */
const normalText = (value: Value): Value =>
  typeof value === 'string' ? value.replace(/\r\n?/g, '\n').normalize('NFC') || null : isEmpty(value) ? null : value

const symmetric = (
  id: string,
  expected: string,
  accepts: (value: Value) => boolean,
  normal: (value: Value) => Value
): Converter => ({
  id,
  version: 1,
  expected: { mail: expected, record: expected },
  accepts: { mail: accepts, record: accepts },
  normal: { mail: normal, record: normal },
  toRecord: (mail) => mail,
  toMail: (record) => record
})

/** Text as it is. */
const text = symmetric('text', 'text', isText, normalText)

/** Any JSON value as it is: for a host's own fields. */
const value = symmetric(
  'value',
  'a value',
  () => true,
  (given) => (isEmpty(given) ? null : given)
)

/** A telephone number: separators and the spelling of the international prefix are no change. */
const phone = symmetric('phone', 'text', isTextOrNumber, (given) => {
  if (isEmpty(given)) return null
  const digits = String(given)
    .normalize('NFKC')
    .replace(/[\s().\-/‐-―]/g, '')
    .replace(/^00(?=\d)/, '+')
    // What a separator had kept apart may compose now.
    .normalize('NFC')
  return digits === '' ? normalText(given) : digits
})

/** A calendar date, never moved by a time zone (4.10/40). A time of day behind the date is dropped. */
const date = symmetric('date', 'a date YYYY-MM-DD', isText, (given) =>
  typeof given === 'string' && /^\d{4}-\d{2}-\d{2}(?:T|$)/.test(given) ? given.slice(0, 10) : normalText(given)
)

/** A number, written as one or as its text. */
const number = symmetric('number', 'a number', isTextOrNumber, (given) => {
  if (isEmpty(given)) return null
  const read = typeof given === 'string' && given.trim() !== '' ? Number(given) : given
  return typeof read === 'number' && Number.isFinite(read) ? read : given
})

const boolean = symmetric(
  'boolean',
  'true or false',
  (given) => typeof given === 'boolean',
  (given) => (isEmpty(given) ? null : given)
)

const namesOf = (joined: string): ReadonlyArray<string> =>
  joined
    .split(',')
    .map((name) => name.trim().normalize('NFC'))
    .filter((name) => name !== '')

const listOfNames = (given: Value): ReadonlyArray<string> =>
  Array.isArray(given)
    ? given.map((name) => String(name).trim().normalize('NFC')).filter((name) => name !== '')
    : typeof given === 'string'
      ? namesOf(given)
      : []

const textOfNames = (given: Value): string => namesOf(listOfNames(given).join(',')).join(', ')

const orNull = <V extends Value>(given: V): Value => (isEmpty(given) ? null : given)

/** A list of names on the item, one text with comma and space on the record (4.10/39). */
const names: Converter = {
  id: 'names',
  version: 1,
  expected: { mail: 'a list of texts', record: 'text' },
  accepts: { mail: (given) => isListOfTexts(given) || isText(given), record: isText },
  normal: {
    mail: (given) => orNull(listOfNames(given)),
    record: (given) => orNull(listOfNames(given).join(', '))
  },
  toRecord: (mail) => listOfNames(mail).join(', '),
  // A name with a comma in it survives while the record's text is unchanged.
  toMail: (record, mail) => (textOfNames(mail) === textOfNames(record) ? mail : listOfNames(record))
}

/** Rich text may be on the item; the record holds its plain text, which replaces it only when it has changed (4.8/28). */
const rich: Converter = {
  ...text,
  id: 'rich',
  toRecord: (mail) => (typeof mail === 'string' ? plainOfRich(mail) : mail),
  toMail: (record, mail) => {
    if (typeof mail === 'string' && normalText(plainOfRich(mail)) === normalText(record)) return mail
    // A plain text that looks like a rich one is written so that it reads as what it is, and brings no tag to life.
    return typeof record === 'string' && isRich(record) ? richOfPlain(record) : record
  }
}

export const basic = {
  text,
  value,
  phone,
  date,
  number,
  boolean,
  names,
  rich
} as const
