/** In which class a thing is, and what is known of the reason. Pure: all that was read comes in. */
import type { Rules } from '../../mapping/index.js'
import type {
  DecisionFacts,
  DecisionRow,
  Due,
  FormerLink,
  Found,
  InstantMs,
  ItemSnapshot,
  Link,
  Reason,
  RecordSnapshot,
  Ref
} from '../../model/index.js'
import type { DecideContext } from '../decide/context.js'
import { isMember } from '../decide/membership.js'
import { differencesOf, type FieldDifference } from './compare.js'
import type { AuditClass, Standing } from './report.js'

/** What is known about one thing beside the thing itself. */
export interface Known {
  readonly links: ReadonlyArray<Link>
  readonly formers: ReadonlyArray<FormerLink>
  readonly decision: DecisionRow | undefined
  readonly due: Due | undefined
  /** A gesture waits for it, or the inbox names it. */
  readonly isPending: boolean
  /** The last cycle that came through, by this engine's clock. */
  readonly lastAtMs: InstantMs | undefined
}

export interface Judgement {
  readonly class: AuditClass
  readonly standing: Standing
  readonly code: Reason
  readonly facts: DecisionFacts
  readonly fields: ReadonlyArray<FieldDifference>
}

const judged = (
  name: AuditClass,
  standing: Standing,
  { code, facts }: { readonly code: Reason; readonly facts: DecisionFacts },
  fields: ReadonlyArray<FieldDifference> = []
): Judgement => ({ class: name, standing, code, facts, fields })

const saying = (code: Reason, facts: DecisionFacts = {}) => ({ code, facts })

/** A linked thing, by its pair. The same whichever side it was met on. */
export const judgePair = (
  link: Link,
  item: Found<ItemSnapshot>,
  record: Found<RecordSnapshot>,
  due: Due | undefined,
  rules: Rules | undefined,
  context: DecideContext
): Judgement => {
  const last = due === undefined ? link.decided : saying(due.code)
  if (rules === undefined) return judged('differs', 'explained', saying('method-unsupported'))
  if (item._tag === 'Known' && item.snapshot.folder === 'deleted') return judged('deleted', 'waits', last)
  if (item._tag === 'Absent' || record._tag === 'Absent') return judged('partner-gone', 'waits', last)
  if (item._tag === 'Unreadable' || record._tag === 'Unreadable') {
    return whyOf(item, record) === 'hidden'
      ? judged('partner-hidden', 'explained', saying('missing-privilege', { rests: true }))
      : judged('unreadable', 'explained', saying('invalid-item', { paths: pathsOf(item, record) }))
  }
  const pair = { link, item: item.snapshot, record: record.snapshot, due }
  const fields = differencesOf(pair, rules, context)
  if (fields.length === 0) return judged('in-step', 'explained', last)
  return judged('differs', standingOf(fields), last, fields)
}

const whyOf = (...founds: ReadonlyArray<Found>): 'hidden' | 'malformed' | undefined =>
  founds.flatMap((found) => (found._tag === 'Unreadable' ? [found.why] : []))[0]

const pathsOf = (...founds: ReadonlyArray<Found>): ReadonlyArray<string> =>
  founds.flatMap((found) => (found._tag === 'Unreadable' ? (found.paths ?? []) : []))

const waiting: ReadonlySet<FieldDifference['why']> = new Set([
  'unsynced',
  'asked',
  'waits',
  'unconfirmed',
  'rebase',
  'owed'
])

const standingOf = (fields: ReadonlyArray<FieldDifference>): Standing => {
  if (fields.some(({ why }) => why === 'missed')) return 'unexplained'
  return fields.some(({ why }) => waiting.has(why)) ? 'waits' : 'explained'
}

/** Two links for one thing: whichever is right, the other is not. */
export const linkedTwice = (links: ReadonlyArray<Link>): Judgement =>
  judged('linked-twice', 'unexplained', links[0]?.decided ?? saying('already-tracked'))

/** An item without a link. `copied`: the record that its marker names is linked to another item. */
export const judgeItem = (
  item: Found<ItemSnapshot>,
  known: Known,
  isCopy: (record: Ref) => boolean,
  context: DecideContext
): Judgement => {
  if (item._tag !== 'Known') return unreadable(item, known)
  const { marker, folder, changedAtMs } = item.snapshot
  if (folder === 'deleted') return judged('deleted', 'explained', reasonOf(known))
  if (marker !== undefined && marker.tenant !== context.tenant) return judged('foreign', 'explained', reasonOf(known))
  if (isWaiting(known)) return judged('unlinked', 'waits', reasonOf(known))
  const isMade = marker !== undefined && known.decision === undefined && known.formers.length === 0
  if (!isMade) return judged('unlinked', 'explained', reasonOf(known))
  if (isCopy(marker.record)) return judged('unlinked', 'explained', saying('copied-item'))
  return judged('unlinked', isSeen(changedAtMs, known) ? 'unexplained' : 'waits', reasonOf(known))
}

/** A record without a link. One that a filter holds ought to have one, unless somebody said no. */
export const judgeRecord = (record: Found<RecordSnapshot>, known: Known, context: DecideContext): Judgement => {
  if (record._tag !== 'Known') return unreadable(record, known)
  if (isWaiting(known)) return judged('unlinked', 'waits', reasonOf(known))
  const { snapshot } = record
  const member = isMember(context, snapshot.type, snapshot)
  const isHeldBack = known.formers.some(({ endedBy }) => endedBy === 'person' || endedBy === 'item-deleted')
  if (member !== 'yes' || isHeldBack) return judged('unlinked', 'explained', reasonOf(known))
  return judged('unlinked', isSeen(snapshot.changedAtMs, known) ? 'unexplained' : 'waits', reasonOf(known))
}

const unreadable = (found: Exclude<Found, { readonly _tag: 'Known' }>, known: Known): Judgement =>
  found._tag === 'Absent'
    ? judged('deleted', 'waits', reasonOf(known))
    : judged(
        'unreadable',
        'explained',
        saying(found.why === 'hidden' ? 'missing-privilege' : 'invalid-item', { paths: found.paths ?? [] })
      )

const isWaiting = ({ due, isPending }: Known): boolean => isPending || (due !== undefined && !due.rests)

/** What was said of it last: what it waits for, the decision about it, why its link ended. */
const reasonOf = ({ due, decision, formers }: Known): { readonly code: Reason; readonly facts: DecisionFacts } => {
  if (due !== undefined) return saying(due.code)
  if (decision !== undefined) return decision
  const last = [...formers].sort((x, y) => x.atMs - y.atMs).at(-1)
  return last === undefined ? saying('not-requested') : saying(last.code, { ended: last.endedBy })
}

/** It has not changed since the last cycle: that cycle ought to have seen it. */
const isSeen = (changedAtMs: InstantMs | undefined, { lastAtMs }: Known): boolean =>
  changedAtMs !== undefined && lastAtMs !== undefined && changedAtMs < lastAtMs
