/** Which kinds of items and types of records a scenario is about: its stores hold those and no others. */
import { presetMappings } from '../../mapping/index.js'
import { isJson, type Json } from './shape.js'

export interface Reach {
  readonly kinds: ReadonlyArray<string>
  readonly types: ReadonlyArray<string>
}

const textsAt = (things: ReadonlyArray<unknown>, key: string): ReadonlyArray<string> =>
  things.flatMap((thing) => (isJson(thing) && typeof thing[key] === 'string' ? [thing[key]] : []))

const valuesIn = (value: unknown): ReadonlyArray<unknown> => (isJson(value) ? Object.values(value) : [])

export const reachOf = (given: Json, steps: ReadonlyArray<unknown>): Reach => {
  const mappings = [...Object.values(presetMappings), ...mappingsIn(given)]
  const types = new Set(textsAt([...valuesIn(given['records']), ...steps], 'type'))
  const kinds = new Set(textsAt([...valuesIn(given['mail']), ...steps], 'kind'))
  for (const { kind, type } of mappings) if (types.has(type)) kinds.add(kind)
  // An item of a kind becomes a record of its first type, a series one of its own.
  for (const kind of kinds) {
    const first = mappings.find((mapping) => mapping.kind === kind)
    if (first !== undefined) types.add(first.type)
    if (kind === 'appointment') types.add('recurring-appointment')
  }
  // A parent is an account or a contact, a stranger becomes a contact or a lead, whether or not one is there yet.
  for (const type of ['contact', 'account', 'lead']) types.add(type)
  return { kinds: kinds.size === 0 ? ['contact'] : [...kinds], types: [...types] }
}

const mappingsIn = (given: Json): ReadonlyArray<{ readonly kind: string; readonly type: string }> => {
  const settings = isJson(given['settings']) ? valuesIn(given['settings']['mappings']) : []
  return settings.flatMap((mapping) => {
    const [kind] = textsAt([mapping], 'kind')
    const [type] = textsAt([mapping], 'type')
    return kind === undefined || type === undefined ? [] : [{ kind, type }]
  })
}
