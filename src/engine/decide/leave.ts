/** What follows when a member is one no longer (3.5 of `filters.md`). */
import type { Merge } from '../../mapping/index.js'
import type { ItemSnapshot, Link } from '../../model/index.js'
import type { Decided, LinkChange, Unit } from '../unit.js'
import { conflictRows, decided, type Draft, later, mergeFacts, nothing, rests, type Seen } from './build.js'
import type { DecideContext } from './context.js'
import { whyLeft } from './membership.js'
import { itemStays, whyItStays } from './stay.js'

/** Losing access is leaving for what a filter brought; a pair that only a person tracked rests. */
export const recordHidden = (unit: Unit, link: Link, item: ItemSnapshot, context: DecideContext): Decided => {
  const seen: Seen = { unit, item }
  if (link.origin === 'tracked') return rests(seen)
  if (context.memberships.get(link.type)?._tag === 'Unknown') return nothing(seen, 'unknown-membership')
  return leave(seen, link, undefined, context)
}

/**
 * 3.5: a member is one no longer. Its last change is written to the item first, and edits of the item to the record
 * (19a); an item that is to be deleted is not written first.
 */
export const leave = (seen: Seen, link: Link, merge: Merge | undefined, context: DecideContext): Decided => {
  const rules = context.rules.get(link.type)
  const unlinks = context.settings.leaveFilter === 'unlink'
  const stays = unlinks
    ? ('unlinked' as const)
    : whyItStays(itemStays, rules?.shape.deletesLike ?? '', { context, owner: seen.record?.owner ?? link.owner })
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
      ...(merge?.setMail === undefined ? {} : { mail: { op: 'update', set: merge.setMail } }),
      mailRows: merge?.mailRows ?? []
    })
  }
  if (context.second) return later(seen)
  const code = whyLeft(context, link.type, seen.record)
  return decided(seen, { ...shared, code, facts: { left: true }, mail: { op: 'delete' } })
}
