/**
 * Copies at the door: what comes in is copied and frozen once, and may then be handed out any number of times.
 * Whoever changes what he was handed gets a `TypeError`, and the store stays what it was.
 */
export const frozenCopy = <A>(value: A): A => freeze(structuredClone(value))

const freeze = <A>(value: A): A => {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const member of Object.values(value)) freeze(member)
    Object.freeze(value)
  }
  return value
}

/** Bytes of the JSON of a value, as UTF-8. */
export const bytesOf = (value: unknown): number => new TextEncoder().encode(JSON.stringify(value) ?? '').length
