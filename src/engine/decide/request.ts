/**
 * What unlinked items of every kind have in common: copies, the record that an item had before, a request that is taken
 * back or declined, and the category that counts anew once it was off.
 */
import type { FormerLink, ItemSnapshot, Link, Reason, RecordSnapshot } from '../../model/index.js'
import type { Facts } from '../facts.js'
import { known } from '../facts.js'
import { carries, categoryOf, takesCategories, withoutCategory } from '../track/category.js'
import type { Decided, Unit } from '../unit.js'
import { decided, type Draft, nothing, type Seen } from './build.js'
import type { DecideContext } from './context.js'
import { itemSight } from './sight.js'

/** 2.8/32: it carries the marker of an item that is linked under another ref. */
export const isCopy = (item: ItemSnapshot, facts: Facts, context: DecideContext): boolean =>
  context.settings.ignoreCopies && originalOf(item, facts) !== undefined

const originalOf = (item: ItemSnapshot, facts: Facts): Link | undefined =>
  item.marker === undefined
    ? undefined
    : known(facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref: item.marker.record }), []).find(
        (link) => link.item !== item.ref && link.kind === item.kind
      )

/** Where the original is gone in this very cycle, the item has only moved: its pair is decided with it. */
export const copied = (seen: Seen & { readonly item: ItemSnapshot }, facts: Facts): Decided => {
  const original = originalOf(seen.item, facts)
  const sight = original === undefined ? undefined : itemSight(original, facts)
  return sight?._tag === 'Absent' && seen.unit.known !== true
    ? nothing(seen, 'not-requested', { moved: true })
    : nothing(seen, 'copied-item')
}

/** Not knowing what was remembered, or whether a marked item is there, is no reason to make anything (GATHER-1). */
export const isUnknown = (unit: Unit, facts: Facts): boolean => {
  const asked = [
    ...(unit.item === undefined ? [] : [facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: unit.item.ref })]),
    ...(unit.record === undefined
      ? []
      : [facts.of<'FormersByRecord'>({ _tag: 'FormersByRecord', ref: unit.record.ref })])
  ]
  return asked.some((fact) => fact._tag === 'Unknown')
}

export interface FormerPair {
  readonly former: FormerLink
  readonly record: RecordSnapshot
}

/** The record that the item had, while it exists and, but for a message, nobody else in this mailbox has it (U7). */
export const formerPair = (unit: Unit, facts: Facts): FormerPair | undefined => {
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: unit.item?.ref ?? '' }), [])
  const isEngines = unit.kind === 'email'
  for (const former of formers) {
    const { type, record: ref } = former
    const found = facts.of<'RecordsByRef'>({
      _tag: 'RecordsByRef',
      type,
      ref,
      ...(isEngines ? { engine: true } : {})
    })
    const links = facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref })
    const isFree = links._tag === 'Known' && (isEngines || links.value.length === 0)
    if (found._tag === 'Known' && found.value._tag === 'Known' && isFree)
      return { former, record: found.value.snapshot }
  }
  return undefined
}

/** U6: there is nothing to end; the category that asked for it goes. Of a message that is a judgement for good. */
export const untrackUnlinked = (seen: Seen, remembered: Facts, context: DecideContext): Decided => {
  const categories = categoriesOff(seen, context)
  const facts = seen.unit.kind === 'email' ? { judged: true } : {}
  const code = endedAlready(seen.unit, remembered) ?? 'untracked'
  if (categories === undefined) return nothing(seen, code, facts)
  return decided(seen, { code, facts, mail: { op: 'update', set: {}, categories } satisfies Draft['mail'] })
}

/** It was carried out, and nobody heard of it: recover has found that the link has ended, and how. */
const endedAlready = ({ item, gestures }: Unit, facts: Facts): Reason | undefined => {
  const askedAtMs = gestures.filter(({ gesture }) => gesture._tag === 'Untrack').at(-1)?.atMs ?? Number.MAX_SAFE_INTEGER
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item?.ref ?? '' }), [])
  return formers.find(({ endedBy, atMs }) => endedBy === 'person' && atMs >= askedAtMs)?.code
}

const categoriesOff = (
  { unit, item }: Seen,
  { settings, mailCan }: DecideContext
): ReadonlyArray<string> | undefined => {
  const category = categoryOf(settings, unit.kind)
  return category === undefined || !takesCategories(mailCan, unit.kind) ? undefined : withoutCategory(item, category)
}

/** Q9: somebody said no. The category that is still there asks nothing again. */
export const declined = (seen: Seen, { settings }: DecideContext): Decided =>
  nothing(seen, 'duplicate-cancelled', { categorised: carries(seen.item, categoryOf(settings, seen.unit.kind)) })

/**
 * Nobody asks for it. Where the category that does not count is off by now, that is remembered: put on again it will
 * (1.6/2). `judged`: decided for good.
 */
export const withoutRequest = (
  seen: Seen & { readonly item: ItemSnapshot },
  code: Reason,
  judged: boolean,
  facts: Facts,
  { settings }: DecideContext
): Decided => {
  const { unit, item } = seen
  if (carries(item, categoryOf(settings, item.kind))) return nothing(seen, code, judged ? { judged: true } : {})
  const formers = known(facts.of<'FormersByItem'>({ _tag: 'FormersByItem', ref: item.ref }), [])
  const former = formers.find(({ categorised }) => categorised === true)
  if (former !== undefined) {
    const { categorised: _off, ...rest } = former
    return decided(seen, {
      code: former.code,
      facts: { categorised: false },
      change: { _tag: 'Remember', former: rest }
    })
  }
  if (unit.declined === true) return nothing(seen, 'duplicate-cancelled', { categorised: false })
  return nothing(seen, code, judged ? { judged: true } : {})
}
