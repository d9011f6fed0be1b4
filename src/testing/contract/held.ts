/** What the checks of writes look at: what the store holds, seen beside the port, and what an outcome says. */
import type { Fields, Outcome, Value } from '../../model/index.js'
import { fieldOf, isEmpty, uuidOf } from '../../model/index.js'
import { equal, must } from './expect.js'
import type { SideFace } from './face.js'

export const idOf = (name: string): string => uuidOf('liaison-contract', name)

/** What the store holds, seen beside the port. */
export const held = async (face: SideFace, ref: string): Promise<Fields> => {
  const fields = await face.look(ref)
  must(fields !== undefined, `the store does not hold ${JSON.stringify(ref)}`)
  return fields
}

export const isExact = (face: SideFace): boolean => face.exact !== false
export const takesAnyField = (face: SideFace): boolean => face.anyField !== false

export const sameField = (fields: Fields, name: string, expected: Value, what: string): void => {
  const actual = fieldOf(fields, name)
  if (isEmpty(expected)) must(isEmpty(actual), `${what}: expected nothing, got ${JSON.stringify(actual)}`)
  else equal(actual, expected, what)
}

export const errorOf = (outcome: Outcome | undefined): string =>
  outcome === undefined ? 'no outcome' : outcome._tag === 'Done' ? 'Done' : outcome.error._tag

export const failsWith = (outcome: Outcome, tag: string, ref: string): void => {
  must(outcome._tag === 'Failed' && outcome.error._tag === tag, `expected ${tag}, got ${errorOf(outcome)}`)
  const told = 'ref' in outcome.error ? outcome.error.ref : ref
  equal(told, ref, `ref of ${tag}`)
}
