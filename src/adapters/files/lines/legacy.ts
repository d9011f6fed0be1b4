/**
 * The one careful step before ical.js: what old telephones wrote (vCard 2.1, and cards that call themselves 3.0)
 * is put into the words of vCard 3. Parameters without a name get theirs, quoted-printable and charsets are
 * decoded, texts are escaped. And the way back, for a property that is written into a card of version 2.1.
 */
import type { Result } from '../../../model/index.js'
import { fail, ok } from '../../../model/index.js'
import { decodeAs, decodeGuessed } from './charset.js'
import { headLengthOf, partsOfHead } from './line.js'

/** Of a vCard, or `ical` for a calendar; one of version 1.0 is written like a vCard of version 2.1. */
export type Version = '2.1' | '3.0' | '4.0' | 'ical'

/** `encoded`: the head spoke of quoted-printable or a charset, so that a new value needs a new head. */
export interface PlainLine {
  readonly text: string
  readonly encoded: boolean
}

/** A content line without group, in words that ical.js reads as vCard 3 or 4. */
export const plainLine = (text: string, version: Version): Result<PlainLine> => {
  const headLength = headLengthOf(text)
  const [name = '', ...written] = partsOfHead(text.slice(0, headLength))
  const params = written.map(namedParam)
  const charset = paramOf(params, 'CHARSET')
  const quoted = paramOf(params, 'ENCODING')?.toUpperCase() === 'QUOTED-PRINTABLE'
  const encoded = quoted || charset !== undefined
  if (version !== '2.1' && !encoded && written.every((param) => param.includes('='))) return ok({ text, encoded })
  const value = text.slice(headLength + 1)
  const decoded = quoted ? decodeQuoted(value, charset) : value
  if (decoded === undefined)
    return fail({ _tag: 'Malformed', side: 'mail', paths: [`${name.toUpperCase()}.CHARSET: expected a known charset`] })
  const kept = params.filter(
    ([param, given]) => param !== 'CHARSET' && !(quoted && param === 'ENCODING' && given !== '')
  )
  const head = [name, ...kept.map(([param, given]) => `${param}=${given}`)].join(';')
  const escaped = version === '2.1' ? escapedFrom21(name, decoded) : decoded.replace(lineEnds, '\\n')
  return ok({ text: `${head}:${escaped}`, encoded })
}

const lineEnds = /\r\n|\r|\n/g

type Param = readonly [name: string, value: string]

/** Parameters that stand without a name in version 2.1: what is no encoding and no kind of value is a type. */
const bareNames: { readonly [value: string]: string } = {
  'QUOTED-PRINTABLE': 'ENCODING',
  BASE64: 'ENCODING',
  B: 'ENCODING',
  '8BIT': 'ENCODING',
  '7BIT': 'ENCODING',
  INLINE: 'VALUE',
  URL: 'VALUE',
  'CONTENT-ID': 'VALUE',
  CID: 'VALUE'
}

const namedParam = (param: string): Param => {
  const at = param.indexOf('=')
  if (at > 0) return [param.slice(0, at).trim().toUpperCase(), param.slice(at + 1).trim()]
  const value = param.slice(at + 1).trim()
  const bare = value.toUpperCase()
  return [Object.hasOwn(bareNames, bare) ? (bareNames[bare] ?? 'TYPE') : 'TYPE', value]
}

const paramOf = (params: ReadonlyArray<Param>, name: string): string | undefined =>
  params.find(([param]) => param === name)?.[1].replace(/^"(.*)"$/, '$1')

/** `undefined` where the charset is not known: a guess would be somebody's wrong name. */
const decodeQuoted = (value: string, charset: string | undefined): string | undefined => {
  const bytes = bytesOfQuoted(value)
  return charset === undefined ? decodeGuessed(bytes) : decodeAs(bytes, charset)
}

/** A charset's second byte may be a plain letter, so all of the value becomes bytes before any of it is decoded. */
const bytesOfQuoted = (value: string): Uint8Array => {
  const utf8 = new TextEncoder().encode(value)
  const bytes: Array<number> = []
  for (let at = 0; at < utf8.length; at++) {
    const code = utf8[at] === 0x3d ? hexAt(utf8, at + 1) : undefined
    bytes.push(code ?? utf8[at] ?? 0)
    if (code !== undefined) at += 2
  }
  return Uint8Array.from(bytes)
}

const hexAt = (bytes: Uint8Array, at: number): number | undefined => {
  const digits = String.fromCharCode(bytes[at] ?? 0, bytes[at + 1] ?? 0)
  return /^[0-9a-f]{2}$/i.test(digits) ? Number.parseInt(digits, 16) : undefined
}

/** Version 2.1 escapes the semicolon alone; a comma separates nothing but categories and nicknames. */
const escapedFrom21 = (name: string, value: string): string => {
  const escaped = value.replace(/\\(?!;)/g, '\\\\').replace(lineEnds, '\\n')
  return /^(CATEGORIES|NICKNAME)$/i.test(name) ? escaped : escaped.replace(/,/g, '\\,')
}

/** A property as version 2.1 prints it: types without their name, quoted-printable where the text is not plain. */
export const printed21 = (
  name: string,
  params: ReadonlyArray<readonly [string, ReadonlyArray<string>]>,
  value: string
): string => {
  const head = [name, ...params.flatMap(([param, values]) => values.map((given) => param21(param, given)))].join(';')
  return isPlain21(value)
    ? `${head}:${value}`
    : `${head};CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:${quotedPrintable(value, head.length + 41)}`
}

/**
 * A value in the words of version 2.1, which has no escape for a backslash: one that would stand before a separator,
 * and so hide it, is left out.
 */
export const value21 = (components: ReadonlyArray<ReadonlyArray<string>>, isStructured: boolean): string => {
  const values = components.map((list) => list.join(','))
  return isStructured
    ? values.map((value) => value.split(';').map(withoutLastBackslashes).join('\\;')).join(';')
    : values
        .join(';')
        .split(';')
        .map((piece, at, pieces) => (at < pieces.length - 1 ? withoutLastBackslashes(piece) : piece))
        .join(';')
}

const withoutLastBackslashes = (text: string): string => {
  let end = text.length
  while (text[end - 1] === '\\') end--
  return text.slice(0, end)
}

/** Printable ASCII that no reader takes for an encoding of something else. */
export const isPlain21 = (value: string): boolean => /^[\t -~]*$/.test(value)

const param21 = (param: string, value: string): string =>
  param === 'type' ? value.toUpperCase() : `${param.toUpperCase()}=${value}`

/** Lines of at most 76 characters, each but the last with a soft break. `used`: what the first one already holds. */
const quotedPrintable = (value: string, used: number): string => {
  const lines: Array<string> = []
  let line = ''
  let room = Math.max(3, 75 - used)
  for (const byte of new TextEncoder().encode(value.replace(/\n/g, '\r\n'))) {
    const piece = byte >= 0x21 && byte <= 0x7e && byte !== 0x3d ? String.fromCharCode(byte) : hexOf(byte)
    if (line.length + piece.length > room) {
      lines.push(line)
      line = ''
      room = 75
    }
    line += piece
  }
  return [...lines, line].join('=\r\n')
}

const hexOf = (byte: number): string => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`
