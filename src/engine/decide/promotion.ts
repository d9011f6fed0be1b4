/** What an item becomes, and what must be known before it does: whether a record like it is there already (Q7). */
import type { ItemSnapshot, RecordType } from '../../model/index.js'
import { isEmpty } from '../../model/index.js'
import type { Ask, Facts } from '../facts.js'
import type { Unit } from '../unit.js'
import { answerIn, type Asked, askedOf, lookupsAsked } from './asked.js'
import type { DecideContext } from './context.js'
import { duplicateAsks, duplicateLooks } from './duplicate.js'
import { newRecord } from './kind/new.js'
import { isTaskLike } from './kind/task.js'

/** A series becomes a series; recurring tasks do not sync (4.6/21); a host may ask for a phone call, a letter, a fax (T16). */
export const typeFor = (
  unit: Unit,
  item: ItemSnapshot,
  { as }: Pick<Asked, 'as'>,
  context: DecideContext
): RecordType | undefined => {
  if (isEmpty(item.fields['recurrence']))
    return as !== undefined && context.rules.get(as)?.shape.kind === item.kind ? as : unit.type
  const like = context.rules.get(unit.type)?.shape.behavesLike
  if (like !== undefined && isTaskLike(like)) return undefined
  if (like !== 'appointment') return unit.type
  const series = [...context.rules.values()].find(
    ({ shape }) => shape.kind === item.kind && shape.behavesLike === 'recurring-appointment'
  )
  return series?.shape.type
}

/** Look-ups of what may be a double of the record that is to be made, and the record that a person has chosen instead. */
export const newRecordAsks = (
  unit: Unit,
  item: ItemSnapshot | undefined,
  facts: Facts,
  context: DecideContext
): ReadonlyArray<Ask> => {
  const made = item === undefined ? undefined : recordToBe(unit, item, facts, context)
  if (made === undefined) return []
  const answer = answerIn(unit)
  const chosen: ReadonlyArray<Ask> =
    typeof answer === 'object'
      ? [
          { _tag: 'RecordsByRef', type: made.type, ref: answer.link },
          { _tag: 'LinksByRecord', ref: answer.link },
          { _tag: 'NamesByRef', ref: answer.link }
        ]
      : []
  return [...chosen, ...duplicateAsks(made.type, made.fields, context)]
}

/** The records that were found. */
export const newRecordLooks = (
  unit: Unit,
  item: ItemSnapshot | undefined,
  facts: Facts,
  context: DecideContext
): ReadonlyArray<Ask> => {
  const made = item === undefined ? undefined : recordToBe(unit, item, facts, context)
  return made === undefined ? [] : duplicateLooks(made.type, made.fields, facts, context)
}

const recordToBe = (unit: Unit, item: ItemSnapshot, facts: Facts, context: DecideContext) => {
  if (!context.settings.duplicates.enabled && typeof answerIn(unit) !== 'object') return undefined
  const asked = askedOf(unit, item, facts, context)
  const type = asked === undefined ? undefined : typeFor(unit, item, asked, context)
  const rules = type === undefined ? undefined : context.rules.get(type)
  if (asked === undefined || type === undefined || rules === undefined) return undefined
  return { type, fields: { ...newRecord(rules, item.fields, context).fields, ...lookupsAsked(rules, asked) } }
}
