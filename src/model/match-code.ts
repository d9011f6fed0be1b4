/**
 * Match codes: what a record is found by. A code names fields and how each is read; its term is the same text for all
 * records that agree in them, so that a store answers a look-up from an index and never by looking at every record.
 * Engine and stores make terms with the same functions: they cannot disagree.
 */
import { byCodeUnits, fieldOf, type Fields, isEmpty, type Value } from './value.js'

/**
 * How a field is read. `exact`: its text without regard to case; `first`, `last`: `n` of its characters, a shorter one
 * whole; `day`: the UTC date of a date or an instant; `address`: one e-mail address, trimmed; `message-id`: trimmed,
 * without its angle brackets, case counts; `conversation`: the head of a conversation index; `subject`: the words of a
 * subject after its reply prefixes, in any order.
 * @public
 */
export type CodeOperator = 'exact' | 'first' | 'last' | 'day' | 'address' | 'message-id' | 'conversation' | 'subject'

/** One field of a code. @public */
export interface CodePart {
  readonly field: string
  readonly op: CodeOperator
  /** Of `first` and `last`: how many UTF-16 units, at least 1. */
  readonly n?: number
}

/**
 * The fields by which records are found, in order. `blanks`: where `count`, an empty field is a value like any other,
 * so that empty finds empty; where `skip`, a record with an empty field is found by nobody.
 * @public
 */
export interface MatchCode {
  readonly parts: ReadonlyArray<CodePart>
  readonly blanks: 'skip' | 'count'
}

/** The code of one field, read without regard to case: what is empty is found by nobody. @public */
export const codeOf = (field: string, op: CodeOperator = 'exact'): MatchCode => ({
  parts: [{ field, op }],
  blanks: 'skip'
})

/** A name for the code, the same for equal codes: what an index of it is called. @public */
export const codeName = ({ parts, blanks }: MatchCode): string =>
  JSON.stringify([blanks, ...parts.map(({ field, op, n }) => [field, op, n ?? 0])])

/** Terms of one record are at most so many: of a list each entry counts, of several lists every combination. */
const termsMax = 1000

/** What fields are found by under a code; a field that is a list answers to each of its entries. @public */
export const termsOf = ({ parts, blanks }: MatchCode, fields: Fields): ReadonlyArray<string> => {
  let rows: ReadonlyArray<ReadonlyArray<string>> = [[]]
  for (const part of parts) {
    const texts = textsOf(fieldOf(fields, part.field)).flatMap((text) => readAs(part, text) ?? [])
    const distinct = texts.length === 0 ? (blanks === 'count' ? [''] : []) : [...new Set(texts)]
    rows = rows.flatMap((row) => distinct.map((text) => [...row, text])).slice(0, termsMax)
  }
  return rows.map(termFrom)
}

/** The term under which a record stands whose fields read as these texts, one for each part. @public */
export const termFrom = (texts: ReadonlyArray<string>): string =>
  texts.length === 1 ? (texts[0] ?? '') : JSON.stringify(texts)

/** The term of one value under a code of one part; `undefined` where nothing is found by it. @public */
export const termOf = (code: MatchCode, value: string): string | undefined => {
  const [part] = code.parts
  return part === undefined || code.parts.length !== 1 ? undefined : readAs(part, value)
}

/** What a code reads of a value: its text, of a list each entry's; nothing of what is empty or no text. @public */
export const textsOf = (value: Value | undefined): ReadonlyArray<string> => {
  const entries: ReadonlyArray<Value | undefined> = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry) => {
    if (typeof entry === 'string') return isEmpty(entry) ? [] : [entry]
    return typeof entry === 'number' || typeof entry === 'boolean' ? [String(entry)] : []
  })
}

const readAs = ({ op, n = 1 }: CodePart, text: string): string | undefined => {
  switch (op) {
    case 'exact':
      return foldText(text) || undefined
    case 'first':
      return foldText(text.slice(0, n)) || undefined
    case 'last':
      return foldText(text.slice(-n)) || undefined
    case 'day':
      return dayOf(text)
    case 'address':
      return foldText(text.trim()) || undefined
    case 'message-id':
      return messageKey(text)
    case 'conversation':
      return conversationKey(text)
    case 'subject':
      return subjectKey(text)
  }
}

/** Without regard to case, by Unicode's own table, never by a locale. */
const foldText = (text: string): string => text.toLowerCase()

/** The UTC date of an ISO 8601 date or instant; `undefined` where the text is neither. */
const dayOf = (text: string): string | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}(?:T|$)/.test(text)) return undefined
  if (text.length === 10) return text
  const atMs = Date.parse(/(?:Z|[+-]\d{2}:\d{2})$/.test(text) ? text : `${text}Z`)
  return Number.isNaN(atMs) ? text.slice(0, 10) : new Date(atMs).toISOString().slice(0, 10)
}

/** D5: a Message-ID trimmed, its angle brackets taken off, compared exactly; `undefined` where nothing is left. @public */
export const messageKey = (id: string): string | undefined => {
  const trimmed = id.trim()
  const bare = trimmed.startsWith('<') && trimmed.endsWith('>') ? trimmed.slice(1, -1).trim() : trimmed
  return bare === '' ? undefined : bare
}

/** A conversation index: its first 22 bytes say which conversation it is, blocks of 5 bytes for each reply follow. */
const headBytes = 22
/** Base64 letters that hold 22 bytes: 29 whole ones, and two bits of the thirtieth. */
const headLetters = 30

/** C4: equal heads, equal keys; where there are no 22 bytes of base64 the whole text is the key. @public */
export const conversationKey = (index: string): string | undefined => {
  const text = index.trim()
  if (text === '') return undefined
  if (!isBase64(text) || Math.floor((text.replace(/=+$/, '').length * 3) / 4) < headBytes) return `= ${text}`
  const last = base64.indexOf(text[headLetters - 1] ?? 'A')
  // Of the last letter only the bits that are still in the head count.
  return `${text.slice(0, headLetters - 1)}${base64[last & 0b110000] ?? 'A'}`
}

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

const isBase64 = (text: string): boolean => text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)

/** M1: reply prefixes are words of any script with a colon behind them. */
const prefixes = /^[\s]*([\p{L}\p{N}\p{M}\p{Pc}]+\s?:[\s]*)+/u

/** Words of a subject that count. */
const wordsMax = 20

/** Longest subject that is looked at, in UTF-16 units: what lies behind is cut, whoever wrote it. */
const subjectLengthMax = 10_000

/** M1: the words of a subject without its prefixes, folded, the first 20; none where nothing is left. @public */
export const subjectWords = (subject: string): ReadonlyArray<string> =>
  subject
    .slice(0, subjectLengthMax)
    .replace(prefixes, '')
    .split(/\s+/u)
    .filter((word) => word !== '')
    .map(foldText)
    .slice(0, wordsMax)

/** M3: subjects with the same words, in any order, have the same key; `undefined` where no word is left (M7). @public */
export const subjectKey = (subject: string): string | undefined => {
  const words = subjectWords(subject)
  return words.length === 0 ? undefined : JSON.stringify([...words].sort(byCodeUnits))
}
