/** What follows when a member is one no longer (3.5 of `filters.md`). */
import type { Merge, Rules } from '../../mapping/index.js'
import type { ItemSnapshot, Link } from '../../model/index.js'
import type { Decided, LinkChange, Unit } from '../unit.js'
import { conflictRows, decided, type Draft, later, lookAgain, mergeFacts, nothing, rests, type Seen } from './build.js'
import type { DecideContext } from './context.js'
import { isMember, whyLeft } from './membership.js'
import type { Pair } from './sight.js'
import { itemStays, type StayFacts, stayFactsOf, whyItStays } from './stay.js'
import { messagesOfDelete } from './kind/messages.js'
import type { Facts } from '../facts.js'

/** Losing access is leaving for what a filter brought; a pair that only a person tracked rests. */
export const recordHidden = (
  unit: Unit,
  link: Link,
  item: ItemSnapshot,
  context: DecideContext,
  facts: Facts
): Decided => {
  const seen: Seen = { unit, item }
  if (link.origin === 'tracked') return rests(seen)
  if (context.memberships.get(link.type)?._tag === 'Unknown') return nothing(seen, 'unknown-membership')
  const rules = context.rules.get(link.type)
  if (rules === undefined) return nothing(seen, 'method-unsupported')
  const base = link.shape === rules.shape.digest ? link.base : { mail: [], record: [] }
  const stayFacts = stayFactsOf({ rules, link, base, item }, facts, context)
  return left(seen, link, rules, undefined, stayFacts, context)
}

/**
 * 3.5: a member is one no longer. Its last change is written to the item first, and edits of the item to the record
 * (19a); an item that is to be deleted is not written first.
 */
export const leave = (
  pair: Pair,
  merge: Merge,
  byOrganizer: boolean,
  facts: Facts,
  context: DecideContext
): Decided => {
  const { unit, item, record, link, rules } = pair
  // It stays or goes by what it will be once the last change is written.
  const after = merge.setMail === undefined ? item : { ...item, fields: { ...item.fields, ...merge.setMail } }
  const stayFacts = stayFactsOf({ ...pair, item: after, fromBase: byOrganizer }, facts, context)
  return left({ unit, item, record }, link, rules, merge, stayFacts, context)
}

const left = (
  seen: Seen,
  link: Link,
  rules: Rules,
  merge: Merge | undefined,
  stayFacts: StayFacts,
  context: DecideContext
): Decided => {
  const unlinks = context.settings.leaveFilter === 'unlink'
  const stays = unlinks ? ('unlinked' as const) : whyItStays(itemStays, rules.shape.behavesLike, stayFacts)
  const toRecord: Draft['record'] | undefined =
    merge?.setRecord === undefined ? undefined : { op: 'update', set: merge.setRecord }
  const shared = {
    recordRows: merge?.recordRows ?? [],
    ...(toRecord === undefined ? {} : { record: toRecord }),
    conflicts: merge === undefined ? [] : conflictRows(seen, merge, context),
    // What is written now is the base of a return: else it would come back as an edit.
    change: {
      _tag: 'End',
      endedBy: 'left',
      ...(merge?.base === undefined ? {} : { base: merge.base })
    } satisfies LinkChange
  }
  if (stays !== undefined) {
    return decided(seen, {
      ...shared,
      code: stays,
      facts: { ...(merge === undefined ? {} : mergeFacts(merge)), left: true },
      // What leaves and stays is written without a message (21).
      ...(merge?.setMail === undefined ? {} : { mail: { op: 'update', set: merge.setMail } }),
      mailRows: merge?.mailRows ?? []
    })
  }
  if (context.second) return later(seen)
  const isMemberStill = seen.record !== undefined && isMember(context, link.type, seen.record) === 'yes'
  const code = isMemberStill ? 'left-filter' : whyLeft(context, link.type, seen.record)
  return decided(seen, {
    ...shared,
    code,
    facts: { left: true },
    // Whom the new organizer invites has his copy from the next cycle on (4.1/3).
    ...(isMemberStill ? { due: lookAgain } : {}),
    mail: { op: 'delete', messages: messagesOfDelete(rules, seen.item?.fields ?? {}, stayFacts.organizes(), context) }
  })
}
