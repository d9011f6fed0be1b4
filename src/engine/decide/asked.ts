/** What asks for a record of an unlinked item: a person's gesture, or the category that a person has put (1.6). */
import type { Rules } from '../../mapping/index.js'
import type { DecisionAnswer, Fields, Gesture, ItemSnapshot, RecordType } from '../../model/index.js'
import type { Facts } from '../facts.js'
import { can } from '../methods.js'
import { carries, categoryOf } from '../track/category.js'
import { standingGesture } from '../track/standing.js'
import type { Unit } from '../unit.js'
import type { DecideContext } from './context.js'

/** What asks for a record. */
export interface Asked {
  readonly code: 'gesture' | 'category'
  readonly by: string
  /** The look-up that goes with it: a contact's parent, or what an activity is about. */
  readonly parent?: string
  /** `null`: about nothing, whatever else would say what it is about. */
  readonly regarding?: string | null
  /** What a task of the mailbox is to become (T16). */
  readonly as?: RecordType
}

/** T14, T19: a delegate's own rights were asked when he made the gesture; the mailbox user's are asked again. */
export const mayDo = (
  privilege: 'create' | 'update',
  by: string | undefined,
  { user, access }: Pick<DecideContext, 'user' | 'access'>
): boolean => (by !== undefined && by !== user) || access.privileges[privilege]

export const askedOf = (unit: Unit, item: ItemSnapshot, facts: Facts, context: DecideContext): Asked | undefined =>
  byGesture(unit.gestures.map(({ gesture }) => gesture)) ?? byCategory(unit, item, facts, context)

export const byGesture = (gestures: ReadonlyArray<Gesture>): Asked | undefined => {
  const tracking = standingGesture(gestures)
  if (tracking === undefined) return undefined
  const { by } = tracking
  switch (tracking._tag) {
    case 'SetParent':
      return { code: 'gesture', by, parent: tracking.parent }
    case 'SetRegarding':
      return { code: 'gesture', by, regarding: tracking.regarding }
    case 'Track':
      return {
        code: 'gesture',
        by,
        ...(tracking.parent === undefined ? {} : { parent: tracking.parent }),
        ...(tracking.regarding === undefined ? {} : { regarding: tracking.regarding }),
        ...(tracking.as === undefined ? {} : { as: tracking.as })
      }
  }
}

/** The look-ups of a gesture, by the record's field. */
export const lookupsAsked = ({ shape }: Rules, { parent, regarding }: Pick<Asked, 'parent' | 'regarding'>): Fields => {
  const about = shape.regarding
  return {
    ...(parent === undefined || shape.parent === undefined ? {} : { [shape.parent]: parent }),
    ...(regarding === undefined || about === undefined ? {} : { [about]: regarding })
  }
}

/** A category that was on the item when its link ended, or when somebody said no, is no new request. */
const byCategory = (unit: Unit, item: ItemSnapshot, facts: Facts, context: DecideContext): Asked | undefined => {
  const category = categoryOf(context.settings, item.kind)
  if (!carries(item, category) || item.folder === 'deleted' || unit.declined === true) return undefined
  if (unit.gestures.some(({ gesture }) => gesture._tag === 'Untrack')) return undefined
  const formers = facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item.ref })
  if (formers._tag !== 'Known' || formers.value.some((former) => former.categorised === true)) return undefined
  return can(context.method, 'category') ? { code: 'category', by: context.user } : undefined
}

/** The last answer to what the item waits for. */
export const answerIn = ({ gestures }: Pick<Unit, 'gestures'>): DecisionAnswer | undefined => {
  const answers = gestures.flatMap(({ gesture }) => (gesture._tag === 'Resolve' ? [gesture.answer] : []))
  return answers.at(-1)
}
