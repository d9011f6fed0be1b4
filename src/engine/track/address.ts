/**
 * Addresses of messages: what an entry of from, to, cc or bcc says. Anybody may write them, so each is read in one pass
 * and cut where it is too long; no grammar of mail is enforced, an address is usable or it is text that names nobody.
 */
import { fieldOf, type Fields, limits, type Value } from '../../model/index.js'
import { cutText } from './cut.js'

/** One address of a message. `list`: a distribution list, which is one party and never expanded (T9). */
export interface Entry {
  readonly address: string
  readonly name?: string
  readonly list?: true
}

/** Longest entry that is looked at, in UTF-16 units; what lies behind is cut. */
const entryLengthMax = 10_000

/** What one entry says: an address, `Name <x@y>`, or an object of both; `undefined` where no address is in it. */
export const entryOf = (value: Value | undefined): Entry | undefined => {
  if (typeof value === 'string') return entryFrom(value)
  if (!isObject(value)) return undefined
  const address = fieldOf(value, 'address')
  const written = typeof address === 'string' ? entryFrom(address) : undefined
  if (written === undefined) return undefined
  const name = fieldOf(value, 'name')
  const known = typeof name === 'string' ? plainName(cutText(name, entryLengthMax)) : ''
  return {
    ...written,
    ...(known === '' ? {} : { name: known }),
    ...(fieldOf(value, 'list') === true ? { list: true } : {})
  }
}

/** The entries of a list; one that is no list counts as its only entry. */
export const entriesOf = (value: Value | undefined): ReadonlyArray<Entry> => {
  const values: ReadonlyArray<Value | undefined> = Array.isArray(value) ? value : [value]
  return values.slice(0, limits.addressesMax).flatMap((each) => entryOf(each) ?? [])
}

/** The form `x@y`, neither part empty, no white space and no control character in it. */
export const isUsable = (address: string): boolean => {
  const at = address.lastIndexOf('@')
  return at > 0 && at < address.length - 1 && !/[\s\p{Cc}]/u.test(address)
}

/** What addresses are compared by: trimmed, without regard to case. */
export const addressKey = (address: string): string => address.trim().toLowerCase()

/** What follows the last `@`; `undefined` where nothing does. */
export const domainOf = (address: string): string | undefined => {
  const key = addressKey(address)
  const at = key.lastIndexOf('@')
  return at < 0 || at === key.length - 1 ? undefined : key.slice(at + 1)
}

const isObject = (value: Value | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const entryFrom = (written: string): Entry | undefined => {
  const text = cutText(written, entryLengthMax)
  const brackets = lastBrackets(text)
  const address = plainAddress(brackets === undefined ? text : text.slice(brackets.open + 1, brackets.close))
  if (address === '') return undefined
  const name = brackets === undefined ? '' : plainName(unquoted(text.slice(0, brackets.open).trim()))
  return name === '' ? { address } : { address, name }
}

/** A name may have brackets of its own; the address stands in the last ones. */
const lastBrackets = (text: string): { readonly open: number; readonly close: number } | undefined => {
  const last = text.lastIndexOf('>')
  const open = last < 0 ? -1 : text.lastIndexOf('<', last)
  return open < 0 ? undefined : { open, close: text.indexOf('>', open) }
}

/** A space in place of control characters: to join what they kept apart would make another address, and a usable one. */
const plainAddress = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').trim()

const plainName = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, '').trim()

/** A name without its quotes, escapes in them undone; as it is where a quote is left open. */
const unquoted = (name: string): string => {
  let plain = ''
  let isQuoted = false
  for (let at = 0; at < name.length; at += 1) {
    const letter = name[at] ?? ''
    if (letter === '"') isQuoted = !isQuoted
    else if (isQuoted && letter === '\\') {
      at += 1
      plain += name[at] ?? ''
    } else plain += letter
  }
  return isQuoted ? name : plain
}
