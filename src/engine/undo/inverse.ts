/**
 * What takes back the writes of one cycle to one thing, from what that thing holds now: old values where it still
 * holds what was written, a deletion where it was made and nobody has touched it since, a creation where it was
 * deleted. What has moved on is left. Pure.
 */
import type { Rules, ShapeRow } from '../../mapping/index.js'
import type {
  DecisionFacts,
  FieldChange,
  Fields,
  HistoryRow,
  Reason,
  Side,
  Snapshot,
  Value
} from '../../model/index.js'
import { fieldOf, fieldsOf, mergedFields, sameValue } from '../../model/index.js'
import type { Sight } from '../decide/sight.js'
import type { DecideContext } from '../decide/context.js'
import { noNames } from '../decide/sight.js'

/** @internal */
export type Inverse =
  /** The cycle wrote nothing to this side. */
  | { readonly _tag: 'None' }
  /** `set`: fields that go back; empty where all of them are back already. `left`: rows that have changed since. */
  | {
      readonly _tag: 'Set'
      readonly set: Fields
      readonly rows: ReadonlyArray<string>
      readonly left: ReadonlyArray<string>
    }
  | { readonly _tag: 'Remove' }
  | {
      readonly _tag: 'Restore'
      readonly row: HistoryRow
      readonly fields: Fields
      readonly refused: ReadonlyArray<string>
    }
  | { readonly _tag: 'Leave'; readonly code: Reason; readonly facts: DecisionFacts }

/** What an inverse rests on. */
export interface InverseFacts {
  readonly side: Side
  /** The cycle's writes to this side, newest first. */
  readonly rows: ReadonlyArray<HistoryRow>
  readonly sight: Sight<Snapshot>
  readonly rules: Rules
  readonly access: DecideContext['access']
  /** Whether the other side of a row holds an edit that has not been synchronised. */
  readonly isEditedOpposite: (row: string) => boolean
  /** Another mailbox has a link to the record. */
  readonly isElsewhere: boolean
}

export const inverseOf = (facts: InverseFacts): Inverse => {
  const [newest] = facts.rows
  if (newest === undefined) return { _tag: 'None' }
  if (facts.sight._tag === 'Unknown') return leave('retry-later')
  if (facts.sight._tag === 'Malformed') return leave('invalid-item', { paths: facts.sight.paths })
  if (facts.sight._tag === 'Hidden') return leave('missing-privilege')
  if (newest.op === 'delete') return restored(newest, facts)
  if (facts.sight._tag === 'Absent') return leave('changed-since', { gone: true })
  const made = facts.rows.find(({ op }) => op === 'create')
  return made === undefined ? setBack(facts.sight.snapshot, facts) : removed(made, facts.sight.snapshot, facts)
}

const leave = (code: Reason, facts: DecisionFacts = {}): Inverse => ({ _tag: 'Leave', code, facts })

/** Nothing is deleted that somebody has touched since, or that another mailbox holds. */
const removed = (made: HistoryRow, now: Snapshot, facts: InverseFacts): Inverse => {
  const { side, access, isElsewhere } = facts
  if (side === 'record' && !access.privileges.delete) return leave('missing-privilege', { privilege: 'delete' })
  if (isElsewhere) return leave('changed-since', { linkedElsewhere: true })
  const isAsMade =
    (made.version !== undefined && made.version === now.version) ||
    holdsExactly(now.fields, fieldsOf(made.changes, 'after'))
  return isAsMade ? { _tag: 'Remove' } : leave('changed-since')
}

const holdsExactly = (now: Fields, made: Fields): boolean =>
  [...new Set([...Object.keys(now), ...Object.keys(made)])].every((field) =>
    sameValue(fieldOf(now, field), fieldOf(made, field))
  )

const restored = (row: HistoryRow, { side, sight, rules, access }: InverseFacts): Inverse => {
  if (sight._tag === 'Here') return leave('changed-since', { there: true })
  if (side === 'record' && !access.privileges.create) return leave('missing-privilege', { privilege: 'create' })
  const kept = row.changes.filter((change) => mayCreate(side, change, rules))
  const refused = row.changes.filter((change) => !mayCreate(side, change, rules)).map(nameOf)
  return { _tag: 'Restore', row, fields: fieldsOf(kept, 'before'), refused }
}

const nameOf = ({ row, field }: FieldChange): string => row ?? field

const rowIn = (rules: Rules, name: string | undefined): number => rules.shape.rows.findIndex((row) => row.name === name)

/** 2.3: what the user may not create is not created by an undo either, and what he may not read does not come back. */
const mayCreate = (side: Side, change: FieldChange, rules: Rules): boolean => {
  const flow = rules.flows[rowIn(rules, change.row)]
  return flow === undefined || (side === 'mail' ? flow.mayRead : flow.mayCreate)
}

/** Row by row, the last write first: an aggregate goes back whole or not at all (2.2/9). */
const setBack = (now: Snapshot, facts: InverseFacts): Inverse => {
  const { side, access } = facts
  if (side === 'record' && !access.privileges.update) return leave('missing-privilege', { privilege: 'update' })
  let current = now.fields
  const back = new Set<string>()
  const left = new Set<string>()
  for (const written of facts.rows) {
    for (const changes of groups(written.changes)) {
      const name = nameOf(changes[0])
      if (left.has(name) || changes.every(({ before, after }) => sameValue(before, after))) continue
      if (changes.every(({ field, before }) => sameValue(fieldOf(current, field), before))) back.add(name)
      else if (mayUpdate(changes[0], facts) && !facts.isEditedOpposite(name) && holds(current, changes, facts)) {
        current = mergedFields(current, Object.fromEntries(changes.map(({ field, before }) => [field, before])))
        back.add(name)
      } else left.add(name)
    }
  }
  const set = Object.fromEntries(
    [...new Set(facts.rows.flatMap(({ changes }) => changes.map(({ field }) => field)))]
      .filter((field) => !sameValue(fieldOf(current, field), fieldOf(now.fields, field)))
      .map((field) => [field, fieldOf(current, field) ?? null])
  )
  return { _tag: 'Set', set, rows: [...back].filter((name) => !left.has(name)), left: [...left] }
}

type Group = readonly [FieldChange, ...ReadonlyArray<FieldChange>]

const groups = (changes: ReadonlyArray<FieldChange>): ReadonlyArray<Group> => {
  const byName = new Map<string, [FieldChange, ...Array<FieldChange>]>()
  for (const change of changes) {
    const group = byName.get(nameOf(change))
    if (group === undefined) byName.set(nameOf(change), [change])
    else group.push(change)
  }
  return [...byName.values()]
}

const mayUpdate = (change: FieldChange, { side, rules, access, rows }: InverseFacts): boolean => {
  const flow = rules.flows[rowIn(rules, change.row)]
  if (side === 'mail') return flow?.mayRead !== false
  const secured = access.fields[`${rows[0]?.type}.${change.field}`]
  return flow === undefined ? secured?.update !== false : flow.mayUpdate
}

/** The thing still holds what was written: to the letter, or, of a row of one field, what counts as the same value. */
const holds = (current: Fields, changes: Group, { side, rules }: InverseFacts): boolean => {
  if (changes.every(({ field, after }) => sameValue(fieldOf(current, field), after))) return true
  const [only] = changes
  const row: ShapeRow | undefined = rules.shape.rows[rowIn(rules, only.row)]
  if (row === undefined || changes.length > 1 || row[side].fields.length > 1) return false
  const normal = (fields: Fields): Value => row[side].normal(row[side].lift(fields, noNames))
  return sameValue(normal(current), normal({ [only.field]: only.after }))
}
