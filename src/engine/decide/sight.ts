/** How the two sides of a link stand after a look, and the names that the record's look-ups point to. */
import type { RelatedNames, Rules } from '../../mapping/index.js'
import type { Base, ItemSnapshot, Link, RecordSnapshot, Ref, Value } from '../../model/index.js'
import { fieldOf } from '../../model/index.js'
import type { Facts } from '../facts.js'
import type { Unit } from '../unit.js'

/** A pair with everything that its decision rests on. */
export interface Pair {
  readonly unit: Unit
  readonly link: Link
  readonly item: ItemSnapshot
  readonly record: RecordSnapshot
  readonly rules: Rules
  readonly base: Base
  readonly names: RelatedNames
}

/** How one side of a pair stands after a look. */
export type Sight<S> =
  | { readonly _tag: 'Here'; readonly snapshot: S }
  | { readonly _tag: 'Absent' }
  | { readonly _tag: 'Hidden' }
  | { readonly _tag: 'Malformed'; readonly paths: ReadonlyArray<string> }
  | { readonly _tag: 'Unknown' }

export const itemSight = (link: Pick<Link, 'item'>, facts: Facts): Sight<ItemSnapshot> => {
  const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: link.item })
  if (fact._tag !== 'Known') return { _tag: 'Unknown' }
  const found = fact.value
  if (found._tag === 'Absent') return { _tag: 'Absent' }
  if (found._tag === 'Unreadable')
    return found.why === 'hidden' ? { _tag: 'Hidden' } : { _tag: 'Malformed', paths: found.paths ?? [] }
  // Into the deleted items is a deletion (2.6/29).
  return found.snapshot.folder === 'deleted' ? { _tag: 'Absent' } : { _tag: 'Here', snapshot: found.snapshot }
}

export const recordSight = (link: Pick<Link, 'record' | 'type' | 'kind'>, facts: Facts): Sight<RecordSnapshot> => {
  const fact = facts.of<'RecordsByRef'>({
    _tag: 'RecordsByRef',
    type: link.type,
    ref: link.record,
    ...(link.kind === 'email' ? { engine: true } : {})
  })
  if (fact._tag !== 'Known') return { _tag: 'Unknown' }
  const found = fact.value
  if (found._tag === 'Absent') return { _tag: 'Absent' }
  if (found._tag === 'Unreadable')
    return found.why === 'hidden' ? { _tag: 'Hidden' } : { _tag: 'Malformed', paths: found.paths ?? [] }
  return { _tag: 'Here', snapshot: found.snapshot }
}

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

export const namesFor = (rules: Rules, record: RecordSnapshot, facts: Facts): RelatedNames => {
  const related = namedOf(rules, record)
  if (related.length === 0) return noNames
  return new Map(
    related.map((ref) => {
      const fact = facts.of<'NamesByRef'>({ _tag: 'NamesByRef', ref })
      return [ref, fact._tag === 'Known' ? fact.value : undefined]
    })
  )
}

export const noNames: RelatedNames = new Map()
