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
import { organizerOf } from './kind/kind.js'
import { isMeeting, isUser } from './kind/meeting.js'
import { isMember } from './membership.js'
import { newRecordAsks, newRecordLooks } from './promotion.js'
import { namedOf, refIn, relatedOf } from './sight.js'

/** Round 1: both things of a pair; what is remembered of a thing without a partner. */
export const lookAsks = (units: ReadonlyArray<Unit>): ReadonlyArray<Ask> => units.flatMap(lookAsksOf)

const lookAsksOf = (unit: Unit): ReadonlyArray<Ask> => {
  const isAsked = unit.gestures.length > 0 || unit.noticed === true || unit.due !== undefined
  if (unit.link === undefined && unit.record === undefined && !isAsked) return []
  const asks: Array<Ask> = []
  const isMessage = unit.kind === 'email'
  if (unit.item !== undefined)
    asks.push({ _tag: 'ItemsByRef', ref: unit.item.ref, ...(isMessage ? { head: true } : {}) })
  if (unit.record !== undefined) asks.push(recordAsk(unit, unit.record.ref))
  for (const ref of unit.moves ?? []) asks.push({ _tag: 'ItemsByRef', ref })
  if (unit.link === undefined) {
    if (unit.item !== undefined) asks.push({ _tag: 'FormersByItem', ref: unit.item.ref })
    if (unit.record !== undefined) asks.push({ _tag: 'FormersByRecord', ref: unit.record.ref })
  }
  return asks
}

/** Messages are stored with the engine's own rights, all else with the user's (2.3/17). */
const recordAsk = (
  { kind, type }: Pick<Unit, 'kind' | 'type'>,
  ref: Ref
): Extract<Ask, { readonly _tag: 'RecordsByRef' }> => ({
  _tag: 'RecordsByRef',
  type,
  ref,
  ...(kind === 'email' ? { engine: true } : {})
})

/** Round 2: names of parents, the record a former link names, the item that a record about to enter may have. */
export const searchAsks = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  units.flatMap((unit) => [
    ...nameAsks(unit, facts, context),
    ...meetingAsks(unit, facts, context),
    ...survivorAsks(unit, facts, context)
  ])

/** Round 3: what round 2 found, and whether somebody holds it already. */
export const survivorLooks = (units: ReadonlyArray<Unit>, facts: Facts, context: DecideContext): ReadonlyArray<Ask> =>
  units.flatMap((unit) =>
    unit.link === undefined && unit.record === undefined
      ? unit.kind === 'email'
        ? []
        : [...itemLooks(unit, facts, context), ...newRecordLooks(unit, itemIn(unit, facts), facts, context)]
      : unit.link === undefined
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
  const fact = facts.of<'RecordsByRef'>(recordAsk(unit, unit.record.ref))
  return fact._tag === 'Known' && fact.value._tag === 'Known' ? fact.value.snapshot : undefined
}

const nameAsks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  const rules = context.rules.get(unit.type)
  const record = recordIn(unit, facts)
  if (rules === undefined || record === undefined) return []
  const item = itemIn(unit, facts)
  // A look-up that the item shows already needs no name.
  const shown = rules.shape.named.flatMap((place) =>
    item !== undefined && item.fields[place.mail] === record.fields[place.record]
      ? refIn(record.fields[place.record])
      : []
  )
  return namedOf(rules, record)
    .filter((ref) => !shown.includes(ref) || relatedOf(rules, record).includes(ref))
    .map((ref) => ({ _tag: 'NamesByRef', ref }))
}

const survivorAsks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  if (unit.link !== undefined || unit.kind === 'email') return []
  if (unit.record === undefined)
    return [
      ...formerRecordAsks(unit, facts),
      ...itemAsks(unit, facts, context),
      ...newRecordAsks(unit, itemIn(unit, facts), facts, context)
    ]
  const record = recordIn(unit, facts)
  if (record === undefined || isMember(context, unit.type, record) !== 'yes') return []
  return [
    ...markerAsks(unit, record, context),
    ...meetingItemAsks(unit, record, context),
    ...matchAsks(unit, record, context)
  ]
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

/** Of an item that may be tracked: its meeting's record, its organizer, the pair whose marker it carries. */
const itemAsks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  const item = itemIn(unit, facts)
  if (item === undefined) return []
  const asks: Array<Ask> = meetingTypes(item, context).map(({ shape, value }) => ({
    _tag: 'RecordsByField',
    type: shape.type,
    field: 'globalobjectid',
    value
  }))
  const organizer = item.fields['organizer']
  if (typeof organizer === 'string' && organizer !== '') asks.push({ _tag: 'UserOf', address: organizer })
  if (item.marker !== undefined) asks.push({ _tag: 'LinksByRecord', ref: item.marker.record })
  return asks
}

/** The global id of an item, where its type knows one. */
export const globalIdOf = (item: ItemSnapshot, { shape }: Rules): string | undefined => {
  const value = item.fields['globalId']
  return isMeeting(shape.behavesLike) && typeof value === 'string' && value !== '' ? value : undefined
}

/** A meeting has one identity in all mailboxes. */
export const meetingIdentity = (item: ItemSnapshot, rules: Rules): string | undefined => {
  const globalId = globalIdOf(item, rules)
  return globalId === undefined
    ? undefined
    : `meeting ${globalId} ${String(item.fields['originalStart'] ?? '')}`.trimEnd()
}

const meetingTypes = (
  item: ItemSnapshot,
  context: DecideContext
): ReadonlyArray<{ readonly shape: Rules['shape']; readonly value: string }> =>
  [...context.rules.values()].flatMap((rules) => {
    const value = rules.shape.kind === item.kind ? globalIdOf(item, rules) : undefined
    return value === undefined ? [] : [{ shape: rules.shape, value }]
  })

const itemLooks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  const item = itemIn(unit, facts)
  if (item === undefined) return []
  const meetings = meetingTypes(item, context).flatMap(({ shape: { type }, value }) =>
    known(facts.of<'RecordsByField'>({ _tag: 'RecordsByField', type, field: 'globalobjectid', value }), []).flatMap(
      (ref): ReadonlyArray<Ask> => [
        { _tag: 'RecordsByRef', type, ref },
        { _tag: 'LinksByRecord', ref }
      ]
    )
  )
  const address = item.fields['organizer']
  const organizer =
    typeof address === 'string' ? known(facts.of<'UserOf'>({ _tag: 'UserOf', address }), undefined) : undefined
  const asks: ReadonlyArray<Ask> =
    organizer === undefined ? meetings : [...meetings, { _tag: 'RecipientOf', user: organizer }]
  if (item.marker === undefined) return asks
  const originals = known(facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref: item.marker.record }), [])
  return [...asks, ...originals.map((link): Ask => ({ _tag: 'ItemsByRef', ref: link.item }))]
}

/** Of a meeting: when its series ends, and whether its organizer's own copy is linked where an edit may not count. */
const meetingAsks = (unit: Unit, facts: Facts, context: DecideContext): ReadonlyArray<Ask> => {
  const rules = context.rules.get(unit.type)
  if (rules === undefined || !isMeeting(rules.shape.behavesLike)) return []
  const item = itemIn(unit, facts)
  const record = recordIn(unit, facts)
  const asks: Array<Ask> = [record?.fields['recurrence'], item?.fields['recurrence']].flatMap((recurrence) =>
    typeof recurrence === 'string' && recurrence !== '' ? [{ _tag: 'LastOccurrence', recurrence } as const] : []
  )
  const organizer = organizerOf(record?.fields['organizer'], item?.fields['organizer'])
  const isEdited =
    unit.link !== undefined &&
    item !== undefined &&
    (item.version === undefined || item.version !== unit.link.versions.mail)
  if (isEdited && record !== undefined && organizer !== undefined && !isUser(organizer, context))
    asks.push({ _tag: 'OrganizerCopy', record: record.ref, organizer })
  return asks
}

const markerAsks = (unit: Unit, record: RecordSnapshot, context: DecideContext): ReadonlyArray<Ask> =>
  context.mailCan.marker ? [{ _tag: 'ItemByMarker', kind: unit.kind, record: record.ref }] : []

/**
 * 6/4: an unlinked item of that mailbox with the record's global id. A series and its changed occurrences share one:
 * an occurrence is asked for by when it would have been.
 */
const meetingItemAsks = (unit: Unit, record: RecordSnapshot, context: DecideContext): ReadonlyArray<Ask> => {
  const ask = meetingItemAsk(unit, record, context)
  return ask === undefined ? [] : [ask]
}

const meetingItemAsk = (
  unit: Unit,
  record: RecordSnapshot,
  context: DecideContext
): Extract<Ask, { readonly _tag: 'ItemsByField' }> | undefined => {
  const rules = context.rules.get(unit.type)
  const globalId = record.fields['globalobjectid']
  if (rules === undefined || !isMeeting(rules.shape.behavesLike) || !context.mailCan.findByField) return undefined
  if (typeof globalId !== 'string' || globalId === '') return undefined
  const original = record.fields['originalstartdate']
  return typeof original === 'string' && original !== ''
    ? { _tag: 'ItemsByField', kind: unit.kind, field: 'originalStart', value: original }
    : { _tag: 'ItemsByField', kind: unit.kind, field: 'globalId', value: globalId }
}

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
  ...meetingRefs(unit, facts, context).refs,
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

/** Items that may be the record's meeting; `mayBeMore`: there may be others, or nobody could say. */
export const meetingRefs = (
  unit: Unit,
  facts: Facts,
  context: DecideContext
): { readonly refs: ReadonlyArray<Ref>; readonly mayBeMore: boolean } => {
  const record = recordIn(unit, facts)
  const ask = record === undefined ? undefined : meetingItemAsk(unit, record, context)
  if (ask === undefined) return { refs: [], mayBeMore: false }
  const fact = facts.of<'ItemsByField'>(ask)
  const refs = known(fact, [])
  return { refs, mayBeMore: fact._tag === 'Unknown' || refs.length >= hitsMax }
}

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
