/**
 * The addresses of a message. One that is not x@y is refused before anything is sent: what stands in a command of the
 * protocol must be an address and nothing else.
 */
import type { Fields, Value } from '../../model/index.js'
import { fieldOf, isEmpty } from '../../model/index.js'
import type { SmtpAddress } from './library.js'
import { onOneLine } from './text.js'

/** An address, and where in the message it stands: `to.0`. */
export interface Placed extends SmtpAddress {
  readonly path: string
}

export interface Addresses {
  readonly from: ReadonlyArray<Placed>
  readonly to: ReadonlyArray<Placed>
  readonly cc: ReadonlyArray<Placed>
  readonly bcc: ReadonlyArray<Placed>
  /** What was expected where something else stands. */
  readonly faults: ReadonlyArray<string>
}

export const addressesOf = (fields: Fields): Addresses => {
  const [from, to, cc, bcc] = [senderIn(fields), ...lists.map((name) => entriesIn(fields, name))]
  const all = [from, to, cc, bcc].map((placed) => placed ?? [])
  const recipients = all.slice(1).flat()
  return {
    from: all[0] ?? [],
    to: all[1] ?? [],
    cc: all[2] ?? [],
    bcc: all[3] ?? [],
    faults: [
      ...all.flat().flatMap(({ address, path }) => (isAddress(address) ? [] : [`${path}: expected an address`])),
      ...((all[0] ?? []).length === 0 ? ['from: expected an address'] : []),
      ...(recipients.length === 0 ? ['to: expected at least one recipient'] : [])
    ]
  }
}

const lists = ['to', 'cc', 'bcc'] as const

const senderIn = (fields: Fields): ReadonlyArray<Placed> => {
  const value = fieldOf(fields, 'from')
  return isEmpty(value) ? [] : [placed(value ?? null, 'from')]
}

const entriesIn = (fields: Fields, name: string): ReadonlyArray<Placed> => {
  const value = fieldOf(fields, name)
  if (isEmpty(value)) return []
  return Array.isArray(value)
    ? (value as ReadonlyArray<Value>).map((entry, at) => placed(entry, `${name}.${at}`))
    : [placed(value ?? null, name)]
}

/** An entry is an address, or `{ address, name }`. What is neither has an address that nobody has. */
const placed = (entry: Value, path: string): Placed => {
  if (typeof entry === 'string') return { address: entry.trim(), name: '', path }
  const { address, name }: { readonly [member: string]: Value } =
    typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? (entry as { [member: string]: Value }) : {}
  return {
    address: typeof address === 'string' ? address.trim() : '',
    name: typeof name === 'string' ? onOneLine(name) : '',
    path
  }
}

/** Longest address of RFC 5321, its brackets aside. */
const addressLengthMax = 254

/** Quoted local parts and addresses of hosts by number are left out: what needs them is more often an attack. */
const isAddress = (text: string): boolean => text.length <= addressLengthMax && addressPattern.test(text)

const addressPattern =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  /^[^\s\u0000-\u001f\u007f-\u009f<>()[\]\\,;:@"]+@[^\s\u0000-\u001f\u007f-\u009f<>()[\]\\,;:@"]+$/
