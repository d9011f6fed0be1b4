/**
 * Tokens (3.2 of `tracking.md`): a short text at the end of a subject that names a message of ours. Here they are
 * read, written and counted; who gets which number is known to the caller.
 */
import { foldPoint } from '../../filters/fold.js'
import { cutText } from './cut.js'

/** Longest token: what the record side's `trackingtoken` holds (C5). A longer one is none of ours. */
const tokenLengthMax = 50

/** Tokens of one subject that are looked at: the last ones. */
const tokensMax = 20

/**
 * K7: the tokens of a subject, the last one first and each once, their prefixes spelled as they are configured. Where
 * several prefixes fit at one place the longest does; tokens do not overlap.
 */
export const tokensIn = (subject: string, prefixes: ReadonlyArray<string>): ReadonlyArray<string> => {
  const byPoint = foldedPrefixes(prefixes)
  const found: Array<string> = []
  let at = 0
  while (at < subject.length) {
    const point = subject.codePointAt(at) ?? 0
    const token = byPoint.size === 0 ? undefined : tokenAt(subject, at, byPoint.get(folded(point)) ?? [])
    if (token !== undefined && token.text.length <= tokenLengthMax) found.push(token.text)
    at = token?.end ?? at + unitsOf(point)
  }
  return lastOnes(found)
}

/** A prefix as it is configured, and the folded code points by which it is known. */
interface Prefix {
  readonly text: string
  readonly points: ReadonlyArray<number>
}

/** By the first of their code points, the longest first. */
const foldedPrefixes = (texts: ReadonlyArray<string>): ReadonlyMap<number, ReadonlyArray<Prefix>> => {
  const prefixes = texts
    .map((text) => ({ text, points: Array.from(text, (letter) => folded(letter.codePointAt(0) ?? 0)) }))
    .sort((x, y) => y.points.length - x.points.length)
  const byPoint = new Map<number, Array<Prefix>>()
  for (const prefix of prefixes) {
    const [first] = prefix.points
    if (first === undefined) continue
    byPoint.set(first, [...(byPoint.get(first) ?? []), prefix])
  }
  return byPoint
}

const tokenAt = (
  subject: string,
  at: number,
  prefixes: ReadonlyArray<Prefix>
): { readonly text: string; readonly end: number } | undefined => {
  for (const { text, points } of prefixes) {
    const digitsAt = behind(subject, at, points)
    if (digitsAt === undefined || !isDigit(subject.charCodeAt(digitsAt))) continue
    let end = digitsAt + 1
    while (isDigit(subject.charCodeAt(end))) end += 1
    return { text: text + subject.slice(digitsAt, end), end }
  }
  return undefined
}

/** Where a subject goes on behind these code points; `undefined` where it has others. */
const behind = (subject: string, from: number, points: ReadonlyArray<number>): number | undefined => {
  let at = from
  for (const asked of points) {
    const point = subject.codePointAt(at)
    if (point === undefined || folded(point) !== asked) return undefined
    at += unitsOf(point)
  }
  return at
}

/** Without regard to case; of ASCII, which nearly all prefixes are, without the table. */
const folded = (point: number): number => {
  if (point > 0x7f) return foldPoint(point)
  return point >= 0x41 && point <= 0x5a ? point + 0x20 : point
}

const unitsOf = (point: number): number => (point > 0xffff ? 2 : 1)

/** ASCII alone: a token is written with no other digits. */
const isDigit = (unit: number): boolean => unit >= 0x30 && unit <= 0x39

const lastOnes = (tokens: ReadonlyArray<string>): ReadonlyArray<string> => {
  const last = new Set<string>()
  for (let at = tokens.length - 1; at >= 0 && last.size < tokensMax; at -= 1) last.add(tokens[at] ?? '')
  return [...last]
}

/** What a token is made of. Numbers longer than their digits are written in full (K2). */
export interface TokenParts {
  readonly prefix: string
  readonly online: boolean
  readonly user: number
  readonly userDigits: number
  readonly counter: number
  readonly counterDigits: number
}

/** K1: `CRM:0001023` is written online, by user 1, as its message 23. */
export const tokenFrom = ({ prefix, online, user, userDigits, counter, counterDigits }: TokenParts): string =>
  `${prefix}${online ? 0 : 1}${String(user).padStart(userDigits, '0')}${String(counter).padStart(counterDigits, '0')}`

/** K3: the counter of the next message: 1 at first, 0 after the last that its digits hold. */
export const counterAfter = (counter: number | undefined, digits: number): number =>
  counter === undefined ? 1 : counter + 1 < 10 ** digits ? counter + 1 : 0

/**
 * K5: a subject with its token, within `lengthMax`; what does not fit is cut from the subject, never from the token.
 * One that ends in its token already has it. Where nothing of the subject is left, the token stands alone.
 */
export const subjectWith = (
  subject: string,
  token: string | undefined,
  lengthMax: number
): { readonly subject: string; readonly token?: string } => {
  if (token === undefined || token === '' || token.length > lengthMax) return { subject: cutText(subject, lengthMax) }
  const hasToken = subject.endsWith(token)
  if (hasToken && subject.length <= lengthMax) return { subject, token }
  const words = hasToken ? subject.slice(0, -token.length).trimEnd() : subject
  const kept = cutText(words, lengthMax - token.length - 1)
  return { subject: kept === '' ? token : `${kept} ${token}`, token }
}
