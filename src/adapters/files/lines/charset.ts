/**
 * The lines of a file's bytes, whatever charset its producer wrote. UTF-8 is believed where the bytes are UTF-8;
 * else every line is decoded for itself: by the charset that it names, as UTF-8 (a producer may have folded in the
 * middle of a character), and at last as windows-1252, in which all bytes mean something.
 */
import type { Result } from '../../../model/index.js'
import { fail, ok } from '../../../model/index.js'
import type { Line } from './line.js'
import { headLengthOf, linesOf } from './line.js'

const charsetName = /(CHARSET=)"?([^;:,"]+)"?/i

/** `Malformed` where the bytes are no text: what holds NUL would be cut off by other readers. */
export const linesOfBytes = (bytes: Uint8Array): Result<ReadonlyArray<Line>> => {
  const text = wideText(bytes) ?? strictUtf8(bytes)
  const lines = text === undefined ? linesOf(latin1(bytes)).map(decodedLine) : linesOf(text)
  return lines.some((line) => line.raw.includes('\0'))
    ? fail({ _tag: 'Malformed', side: 'mail', paths: ['bytes: expected text without NUL'] })
    : ok(lines)
}

/** UTF-16, which old exports wrote, is known by its byte order mark. */
const wideText = (bytes: Uint8Array): string | undefined => {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  return undefined
}

const strictUtf8 = (bytes: Uint8Array): string | undefined => {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** One character per byte, so that lines can be cut before their charset is known. */
const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')

/** Its folds are gone, as they may stand in the middle of a character; the name of its charset is made true. */
const decodedLine = (line: Line): Line => {
  if (isAscii(line.text)) return line
  const bytes = Buffer.from(line.text, 'latin1')
  const decoded = strictUtf8(bytes) ?? decodeAs(bytes, charsetName.exec(headOf(line.text))?.[2]) ?? windows1252(bytes)
  const head = headOf(decoded)
  const text = head.replace(charsetName, '$1UTF-8') + decoded.slice(head.length)
  return { text, raw: text + (/[\r\n]+$/.exec(line.raw)?.[0] ?? '') }
}

const headOf = (text: string): string => text.slice(0, Math.max(0, headLengthOf(text)))

/** `undefined` where the charset is not named, or not known. */
export const decodeAs = (bytes: Uint8Array, label: string | undefined): string | undefined => {
  if (label === undefined) return undefined
  try {
    return new TextDecoder(label.trim(), { ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** As UTF-8 where the bytes are that, else as windows-1252. */
export const decodeGuessed = (bytes: Uint8Array): string => strictUtf8(bytes) ?? windows1252(bytes)

const windows1252 = (bytes: Uint8Array): string => new TextDecoder('windows-1252').decode(bytes)

const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text)
