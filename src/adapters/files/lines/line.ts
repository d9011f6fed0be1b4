/**
 * Content lines as they stand in the file. What a line means is ical.js's business; here it is only known where one
 * ends and where its value begins, so that every line that nobody edits is written back as it was, byte for byte.
 */

/** One content line. */
export interface Line {
  /** As it stands in the file: folds and line end included. */
  readonly raw: string
  /** Unfolded, without line end. */
  readonly text: string
}

/** A physical line and its end: CRLF, LF, or the CR of old Macs. */
const physical = /([^\r\n]*)(\r\n|\n|\r|$)/gy

/**
 * Cuts a text into content lines. A line that begins with white space continues the one before; so does, without
 * it, the line after a soft break of quoted-printable (vCard 2.1).
 */
export const linesOf = (text: string): ReadonlyArray<Line> => {
  const lines: Array<Line> = []
  let open: OpenLine | undefined
  const close = (): void => {
    if (open !== undefined) lines.push({ raw: open.raw.join(''), text: open.text.join('') })
  }
  for (const [raw, body = '', end = ''] of text.matchAll(physical)) {
    if (body === '' && end === '') break
    if (open?.softBreak) {
      // The "=" of the soft break is the last piece's last character.
      open.text.push((open.text.pop() ?? '').slice(0, -1), body)
      open.raw.push(raw)
      open.softBreak = body.endsWith('=')
    } else if (open !== undefined && (body.startsWith(' ') || body.startsWith('\t'))) {
      open.text.push(body.slice(1))
      open.raw.push(raw)
      open.softBreak = open.quoted && body.endsWith('=')
    } else {
      close()
      const quoted = isQuotedPrintable(body)
      open = { raw: [raw], text: [body], quoted, softBreak: quoted && body.endsWith('=') }
    }
  }
  close()
  return lines
}

/** Pieces, not a growing text: joining 70,000 folds of a photograph one by one would be quadratic. */
interface OpenLine {
  readonly raw: Array<string>
  readonly text: Array<string>
  readonly quoted: boolean
  softBreak: boolean
}

const isQuotedPrintable = (text: string): boolean => /^[^:]*[;=]"?QUOTED-PRINTABLE"?[;:,]/i.test(text.slice(0, 256))

/** Length of what stands before the value's colon; -1 where there is none. A colon in quotes is none. */
export const headLengthOf = (text: string): number => {
  let quoted = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') quoted = !quoted
    else if (character === ':' && !quoted) return at
  }
  return quoted ? text.indexOf(':') : -1
}

/** The parts of a head, cut at semicolons that stand in no quotes: the name, then the parameters. */
export const partsOfHead = (head: string): ReadonlyArray<string> => {
  const parts: Array<string> = []
  let from = 0
  let quoted = false
  for (let at = 0; at < head.length; at++) {
    const character = head[at]
    if (character === '"') quoted = !quoted
    else if (character === ';' && !quoted) {
      parts.push(head.slice(from, at))
      from = at + 1
    }
  }
  parts.push(head.slice(from))
  return parts
}
