/** The look-ups of a record whose targets have a part in what an item shows. */
import type { Rules } from '../../mapping/index.js'
import type { RecordSnapshot, Ref, Value } from '../../model/index.js'
import { fieldOf } from '../../model/index.js'

/** The look-ups of a record whose target's name is mapped. */
export const relatedOf = ({ shape }: Rules, record: RecordSnapshot): ReadonlyArray<Ref> =>
  shape.lookups.length === 0
    ? nobody
    : shape.lookups.flatMap((lookup) => {
        const target = fieldOf(record.fields, lookup)
        return typeof target === 'string' && target !== '' ? [target] : []
      })
const nobody: ReadonlyArray<Ref> = []

/** The look-ups whose targets' names may have to be known: those, and the ones that the item shows a name beside. */
export const namedOf = (rules: Rules, record: RecordSnapshot): ReadonlyArray<Ref> => {
  const { named } = rules.shape
  if (named.length === 0) return relatedOf(rules, record)
  return [...relatedOf(rules, record), ...named.flatMap((place) => refIn(record.fields[place.record]))]
}

export const refIn = (value: Value | undefined): ReadonlyArray<Ref> =>
  typeof value === 'string' && value !== '' ? [value] : []
