/**
 * Copies at the door: what comes in is copied and frozen once, and may then be handed out any number of times.
 * Whoever changes what he was handed gets a `TypeError`, and the store stays what it was.
 */
import type { Fields, Value } from '../../model/index.js'
import { isEmpty } from '../../model/index.js'

export const frozenCopy = <A>(value: A): A => freeze(structuredClone(value))

const freeze = <A>(value: A): A => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) freeze(member)
    Object.freeze(value)
  }
  return value
}

/** Fields with those of `set` in place of theirs; an empty one is removed. */
export const mergedFields = (fields: Fields, set: Fields): Fields => {
  // A Map, because assigning to `__proto__` would set a prototype; `fromEntries` makes it a field like any other.
  const merged = new Map<string, Value>(Object.entries(fields))
  for (const [name, value] of Object.entries(set)) {
    if (isEmpty(value)) merged.delete(name)
    else merged.set(name, value)
  }
  return Object.fromEntries(merged)
}

/** Bytes of the JSON of a value, as UTF-8. */
export const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value) ?? '').length
