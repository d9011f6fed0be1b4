/**
 * What decide must know about a batch of units: first the things themselves, then what they point to, then the
 * survivors that were found. Three short rounds; each puts its asks for the whole batch at once.
 */
import type { Rules } from '../../mapping/index.js'
import type { ItemSnapshot, RecordSnapshot, Ref } from '../../model/index.js'
import { fieldOf } from '../../model/index.js'
import type { Ask, Facts } from '../facts.js'
import { known } from '../facts.js'
import type { Unit } from '../unit.js'
import type { DecideContext } from './context.js'
import { isMember } from './membership.js'

/** Round 1: both things of a pair; what is remembered of a thing without a partner. */
export const lookAsks = (units: ReadonlyArray<Unit>): ReadonlyArray<Ask> => units.flatMap(lookAsksOf)

const lookAsksOf = (unit: Unit): ReadonlyArray<Ask> => {
  if (unit.link === undefined && unit.record === undefined && unit.gestures.length === 0) return []
  const asks: Array<Ask> = []
  if (unit.item !== undefined) asks.push({ _tag: 'ItemsByRef', ref: unit.item.ref })
  if (unit.record !== undefined) asks.push({ _tag: 'RecordsByRef', type: unit.type, ref: unit.record.ref })
  if (unit.link === undefined) {
    if (unit.item !== undefined) asks.push({ _tag: 'FormersByItem', ref: unit.item.ref })
    if (unit.record !== undefined) asks.push({ _tag: 'FormersByRecord', ref: unit.record.ref })
  }
  return asks
}

/** Round 2: names of parents, the record a former link names, the item that a record about to enter may have. */
export const searchAsks = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  units.flatMap((unit) => [...nameAsks(unit, facts, context), ...survivorAsks(unit, facts, context)])

/** Round 3: what round 2 found, and whether somebody holds it already. */
export const survivorLooks = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  units.flatMap((unit) =>
    unit.link === undefined && unit.record !== undefined
      ? survivorRefs(unit, facts, context).flatMap(
          (ref): ReadonlyArray<Ask> => [
            { _tag: 'ItemsByRef', ref },
            { _tag: 'LinksByItem', ref }
          ]
        )
      : []
  )

export const itemIn = (unit: Unit, facts: Facts): ItemSnapshot | undefined => {
  if (unit.item === undefined) return undefined
  const fact = facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: unit.item.ref })
  return fact._tag === 'Known' && fact.value._tag === 'Known' ? fact.value.snapshot : undefined
}

export const recordIn = (unit: Unit, facts: Facts): RecordSnapshot | undefined => {
  if (unit.record === undefined) return undefined
  const fact = facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: unit.type, ref: unit.record.ref })
  return fact._tag === 'Known' && fact.value._tag === 'Known' ? fact.value.snapshot : undefined
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

const nameAsks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  const rules = context.rules.get(unit.type)
  const record = recordIn(unit, facts)
  if (rules === undefined || record === undefined) return []
  return relatedOf(rules, record).map((ref) => ({ _tag: 'NamesByRef', ref }))
}

const survivorAsks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  if (unit.link !== undefined) return []
  if (unit.item !== undefined && unit.gestures.length > 0) return formerRecordAsks(unit, facts)
  const record = recordIn(unit, facts)
  if (record === undefined || isMember(context, unit.type, record) !== 'yes') return []
  return [...markerAsks(unit, record, context), ...matchAsks(unit, record, context)]
}

const formerRecordAsks = (unit: Unit, facts: Facts): ReadonlyArray<Ask> => {
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: unit.item?.ref ?? '' }), [])
  return formers.flatMap(
    (former): ReadonlyArray<Ask> => [
      { _tag: 'RecordsByRef', type: former.type, ref: former.record },
      { _tag: 'LinksByRecord', ref: former.record }
    ]
  )
}

const markerAsks = (unit: Unit, record: RecordSnapshot, context: DecideContext): ReadonlyArray<Ask> =>
  context.mailCan.marker ? [{ _tag: 'ItemByMarker', kind: unit.kind, record: record.ref }] : []

/** `matchOnEntry`: one unlinked contact with the same non-empty `email1`, unique on both sides. */
const matchAsks = (unit: Unit, record: RecordSnapshot, context: DecideContext): ReadonlyArray<Ask> => {
  const key = matchKey(unit, record, context)
  if (key === undefined) return []
  return [
    { _tag: 'ItemsByField', kind: unit.kind, field: key.mailField, value: key.value },
    { _tag: 'RecordsByField', type: unit.type, field: key.recordField, value: key.value }
  ]
}

export const matchKey = (
  unit: Unit,
  record: RecordSnapshot,
  context: DecideContext
): { readonly mailField: string; readonly recordField: string; readonly value: string } | undefined => {
  if (!context.settings.matchOnEntry || !context.mailCan.findByField) return undefined
  const row = context.rules.get(unit.type)?.shape.rows.find((candidate) => candidate.name === 'email1')
  const mailField = row?.mail.fields[0]
  const recordField = row?.record.fields[0]
  const value = recordField === undefined ? undefined : fieldOf(record.fields, recordField)
  if (mailField === undefined || recordField === undefined || typeof value !== 'string' || value.trim() === '')
    return undefined
  return { mailField, recordField, value }
}

/** Items that may be the survivor of a record about to enter: former links first, then marker, then the claim's id, then match (6/4). */
const survivorRefs = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ref> => [
  ...knownRefs(unit, facts),
  ...matchedRefs(unit, facts, context)
]

/** Items that something other than their fields ties to the record. */
export const knownRefs = (unit: Unit, facts: Facts): ReadonlyArray<Ref> => {
  const record = recordIn(unit, facts)
  if (record === undefined) return []
  const formers = known(facts.of<'FormersByRecord'>({ _tag: 'FormersByRecord', ref: record.ref }), [])
  const marked = known(facts.of<'ItemByMarker'>({ _tag: 'ItemByMarker', kind: unit.kind, record: record.ref }), [])
  const made = unit.survivor === undefined ? [] : [unit.survivor]
  return [...formers.map((former) => former.item), ...marked, ...made]
}

/** A port answers at most so many hits: where it may have more, the match is not unique. */
const hitsMax = 3

/** Items that match by field; which of them count, and whether that leaves one, is known once they are read. */
export const matchedRefs = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ref> => {
  const record = recordIn(unit, facts)
  const key = record === undefined ? undefined : matchKey(unit, record, context)
  if (key === undefined) return []
  const items = known(
    facts.of<'ItemsByField'>({ _tag: 'ItemsByField', kind: unit.kind, field: key.mailField, value: key.value }),
    []
  )
  const records = known(
    facts.of<'RecordsByField'>({ _tag: 'RecordsByField', type: unit.type, field: key.recordField, value: key.value }),
    []
  )
  return records.length === 1 && items.length < hitsMax ? items : []
}
