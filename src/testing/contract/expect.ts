/**
 * The few assertions that the checks need. Texts show what was seen: the stores under test hold nobody's mail.
 */
import type { Answer, Result, SyncError, Value } from '../../model/index.js'
import { byCodeUnits, canonicalJson } from '../../model/index.js'

/** Throws where a promise is broken. */
export const must: (condition: boolean, promise: string) => asserts condition = (condition, promise) => {
  if (!condition) throw new Error(promise)
}

const shownMax = 300

/** JSON of what was seen, cut to a readable length; lone surrogates and control characters are escaped. */
const shown = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : canonicalJson(value)
  return text.length > shownMax ? `${text.slice(0, shownMax)}… (${text.length} characters)` : text
}

export const equal = (actual: unknown, expected: unknown, what: string): void => {
  const same = canonicalJson(actual ?? null) === canonicalJson(expected ?? null)
  must(same, `${what}: expected ${shown(expected)}, got ${shown(actual)}`)
}

/** The value of an answer that must succeed. */
export const right = async <A>(answer: Answer<A>, what: string): Promise<A> => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(`${what}: answered ${shown(result.left)}`)
  return result.right
}

/** The failure of an answer that must fail in that way. */
export const left = async (answer: Answer<unknown>, tag: SyncError['_tag'], what: string): Promise<void> => {
  const result: Result<unknown> = await answer
  must(result._tag === 'Left', `${what}: expected ${tag}, but it succeeded`)
  must(result.left._tag === tag, `${what}: expected ${tag}, answered ${shown(result.left)}`)
}

/** The only entry of a list that must have one. */
export const only = <A>(list: ReadonlyArray<A>, what: string): A => {
  const [first] = list
  must(first !== undefined && list.length === 1, `${what}: expected one, got ${list.length}`)
  return first
}

/** Freezes a value all the way down: a store that changes what it was given, throws. */
export const frozen = <A>(value: A): A => {
  if (typeof value === 'object' && value !== null) {
    for (const member of Object.values(value)) frozen(member)
    Object.freeze(value)
  }
  return value
}

/** Texts that have broken stores before: quoting, wildcards, terminators, surrogates, look-alikes of nothing. */
export const hostileTexts: ReadonlyArray<string> = [
  "O'Brien",
  'say "yes"',
  'back\\slash',
  "'; DROP TABLE records; --",
  '100%_[a-z]*',
  'a\u0000b',
  '\u0000',
  '\u0001\u0002',
  'line\r\nline\u2028line',
  '\ud800',
  'x\udc00y',
  '\u{1f600}\u200d\u{1f600}',
  '\ufeffmark',
  '\uffff',
  'e\u0301 is not \u00e9',
  '  spaces  ',
  'Ann@Example.TEST',
  '<b>&amp;</b>',
  '=1+1',
  'null',
  'undefined',
  'true',
  '0',
  '1e3',
  '{}',
  '[]',
  '__proto__'
]

/** Names of fields that collide with JavaScript's own, or with the syntax of paths. */
export const hostileNames: ReadonlyArray<string> = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'a.b',
  'a[0]',
  '$',
  '$.a',
  'a"b',
  "a'b",
  'a\\b',
  'a b',
  'a\u0000b',
  '\ud800',
  '\u00fc',
  '0',
  ''
]

/** Fields from names and values, also where a name is `__proto__`. */
export const fieldsFrom = (entries: ReadonlyArray<readonly [string, Value]>): { readonly [field: string]: Value } =>
  Object.fromEntries(entries)

/** A copy in code-unit order. */
export const sorted = (texts: Iterable<string>): ReadonlyArray<string> => [...texts].sort(byCodeUnits)
