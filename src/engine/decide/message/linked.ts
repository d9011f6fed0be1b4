/**
 * What ought to happen to a message and its record. A stored message is immutable (T10): only what it is about may
 * change, by a person's gesture, or by the folder that it lies in, which wins over the person at every cycle (F4).
 */
import type { Link, Reason, Ref } from '../../../model/index.js'
import { isEmpty } from '../../../model/index.js'
import type { Facts } from '../../facts.js'
import { known } from '../../facts.js'
import { carries, categoriesOf, categoriesOfCopy, categoryOf, isAutomatic, unmarked } from '../../track/category.js'
import { ruleOf } from '../../track/folder-rules.js'
import { tracks } from '../../track/judge.js'
import { messageOf } from '../../track/message.js'
import type { Decided, Verdict } from '../../unit.js'
import { type Asked, byGesture, mayDo } from '../asked.js'
import { decided, type Draft, nothing, put, type Seen } from '../build.js'
import type { DecideContext } from '../context.js'
import { lastOf } from '../merge-pair.js'
import { sendRequestOf } from '../../send/request.js'
import { sentAt } from '../../send/outcome.js'
import type { Pair } from '../sight.js'
import { aboutAsk, standingOf } from './sight.js'

/** F10: of several mailboxes that file one message, the first says what it is about, for good. */
export const filesFirst = (
  copies: ReadonlyArray<Link>,
  { mailbox, nowMs }: Pick<DecideContext, 'mailbox' | 'nowMs'>,
  ownSinceMs = nowMs
): boolean =>
  copies.every(
    (link) =>
      link.mailbox === mailbox ||
      link.filedAtMs === undefined ||
      link.filedAtMs > ownSinceMs ||
      (link.filedAtMs === ownSinceMs && link.mailbox > mailbox)
  )

export const decideLinkedMessage = (pair: Pair, facts: Facts, context: DecideContext): Decided => {
  const one = decideLinked(pair, facts, context)
  return isRecovered(pair) ? { ...one, verdict: { ...one.verdict, ...judgedBefore(pair, context) } } : one
}

const decideLinked = (pair: Pair, facts: Facts, context: DecideContext): Decided => {
  const { unit, link, item, record } = pair
  const seen: Seen = { unit, item, record }
  if (isUntold(pair)) return told(pair, context)
  if (isProcessed(pair, context)) return processed(pair)
  // A12: a regarding that was asked for waits as well.
  if (!context.facts.enabled.incoming && regardingAsked(unit) !== undefined)
    return nothing(seen, 'incoming-disabled', {}, { failure: false, rests: false })
  const filed = filedUnder(pair, facts, context)
  const asked = standingGestureOf(unit)
  // `null` clears it.
  const to = filed ?? standingOf(asked?.regarding, facts)
  const standing = record.fields['regardingobjectid'] ?? null
  const isOther = to !== undefined && (isEmpty(to) ? !isEmpty(standing) : to !== standing)
  const mayWrite = mayDo('update', filed === undefined ? asked?.by : undefined, context)
  const writes = isOther && mayWrite
  const code = codeOf(pair, { isFiled: filed !== undefined, writes, isRefused: isOther && !mayWrite }, context)
  const filedAtMs = filed === undefined ? link.filedAtMs : (link.filedAtMs ?? context.nowMs)
  const lacksMark = isMarkLost(pair, context)
  // A death came between the record that was made and the categories of its item.
  const categories = isRecovered(pair) ? lostCategories(pair, facts, context) : unmarked(item, context)
  if (!writes && !lacksMark && categories === undefined && isSettled(pair, filedAtMs, context))
    return nothing(seen, code)
  return decided(seen, {
    code,
    facts: writes ? { regarding: to ?? '' } : {},
    ...(writes ? { record: { op: 'update', set: { regardingobjectid: to } } satisfies Draft['record'] } : {}),
    ...(lacksMark || categories !== undefined
      ? {
          mail: {
            op: 'update',
            set: {},
            marks: lacksMark,
            ...(categories === undefined ? {} : { categories })
          } satisfies Draft['mail']
        }
      : {}),
    change: put(seen, pair.rules, {
      origin: link.origin,
      base: pair.base,
      ...(filedAtMs === undefined ? {} : { filedAtMs }),
      ...(link.made === undefined ? {} : { made: link.made })
    })
  })
}

/** 4.4/5: looked at once more, to go from the mailbox. */
export const dueProcessed = ({ facts }: DecideContext): { readonly due?: Verdict['due'] } =>
  facts.deleteProcessed === true ? { due: { failure: false, rests: false } } : {}

/** What a person asks of it, and what a death has left undone, comes first. */
const isProcessed = (pair: Pair, { facts }: DecideContext): boolean =>
  facts.deleteProcessed === true && pair.unit.gestures.length === 0 && pair.link.made !== 'sent' && !isRecovered(pair)

const processed = ({ unit, item, record }: Pair): Decided =>
  decided(
    { unit, item, record },
    {
      code: 'kept-by-kind',
      facts: { processed: true },
      mail: { op: 'delete' },
      change: { _tag: 'End', endedBy: 'item-deleted' },
      byPerson: true
    }
  )

/** O7: it lies in the sent folder, and its record does not say so: the second of the two writes did not come to pass. */
const isUntold = ({ link, item, record }: Pair): boolean =>
  link.made === 'sent' && item.folder === 'sent' && sendRequestOf(record) === 'sending'

const told = ({ unit, link, item, record, rules, base }: Pair, { nowMs }: DecideContext): Decided =>
  decided(
    { unit, item, record },
    {
      code: 'sent',
      facts: { found: true },
      record: { op: 'update', set: sentAt(nowMs) },
      change: put({ unit, item, record }, rules, { origin: link.origin, base, made: 'sent' }),
      // What a person asks of it meanwhile comes after that.
      ...(unit.gestures.length === 0 ? {} : { due: { failure: false, rests: false } })
    }
  )

/** What the folder says that it is about, where it may say it. */
const filedUnder = ({ link, item, record }: Pair, facts: Facts, context: DecideContext): Ref | undefined => {
  if (!tracks(context.facts)) return undefined
  const regarding = ruleOf(item.folder, context.facts.folderRules)?.regarding
  if (regarding === undefined || facts.of<'NamesByRef'>(aboutAsk(regarding))._tag !== 'Known') return undefined
  const copies = known(facts.of<'CopiesOf'>({ _tag: 'CopiesOf', record: record.ref }), [])
  return filesFirst(copies, context, link.filedAtMs) ? regarding : undefined
}

const standingGestureOf = ({ gestures }: Pair['unit']): Asked | undefined =>
  byGesture(gestures.map(({ gesture }) => gesture))

/** `null` clears it; `undefined`: nobody asks. */
export const regardingAsked = (unit: Pair['unit']): Ref | null | undefined => standingGestureOf(unit)?.regarding

const codeOf = (
  pair: Pair,
  came: { readonly isFiled: boolean; readonly writes: boolean; readonly isRefused: boolean },
  context: DecideContext
): Reason => {
  const { unit, link, item } = pair
  if (came.isRefused) return 'missing-privilege'
  if (came.writes) return came.isFiled ? 'folder-rule' : 'gesture'
  if (lastOf(unit, 'SetRegarding') !== undefined) return came.isFiled ? 'folder-rule' : 'gesture'
  if (lastOf(unit, 'Track') !== undefined)
    return link.decided.cycle === context.cycle && link.decided.code === 'gesture' ? 'gesture' : 'already-tracked'
  if (isRecovered(pair)) return link.decided.code
  const hasMoved = link.folder !== undefined && item.folder !== undefined && link.folder !== item.folder
  return hasMoved && tracks(context.facts) ? 'not-a-tracking-folder-change' : 'unchanged'
}

/** A death came between the record that was made and the mark of its item. */
const isMarkLost = (pair: Pair, context: DecideContext): boolean =>
  context.mailCan.marker &&
  context.mailCan.unmarked?.includes('email') !== true &&
  isRecovered(pair) &&
  pair.item.marker === undefined

/** 1.6/5: copies in the mailboxes of our other users. */
export const elsewhere = (
  copies: ReadonlyArray<Link>,
  { mailbox }: Pick<DecideContext, 'mailbox'>
): ReadonlyArray<Link> => copies.filter((link) => link.mailbox !== mailbox)

const lostCategories = (
  { link, item, record }: Pair,
  facts: Facts,
  context: DecideContext
): ReadonlyArray<string> | undefined => {
  const { code } = link.decided
  if (code !== 'already-tracked') return categoriesOf(item, code, context)
  const copies = known(facts.of<'CopiesOf'>({ _tag: 'CopiesOf', record: record.ref }), [])
  return categoriesOfCopy(item, elsewhere(copies, context), undefined, context)
}

/** Recover has found its record, and no cycle has ended since. */
const isRecovered = ({ link }: Pair): boolean => link.decided.facts['recovered'] === true

/** A8: a message that was accepted by a cycle that died was judged all the same. */
const judgedBefore = ({ link, item }: Pair, { address }: DecideContext): Pick<Verdict, 'judgedAtMs'> => {
  const { receivedAtMs, folder } = messageOf(item, address)
  return isAutomatic(link.decided.code) && folder === 'inbox' && receivedAtMs !== undefined
    ? { judgedAtMs: receivedAtMs }
    : {}
}

/** Whether the link says all of this already. */
const isSettled = ({ link, item, record }: Pair, filedAtMs: number | undefined, { settings }: DecideContext): boolean =>
  item.ref === link.item &&
  link.versions.mail === item.version &&
  link.versions.record === record.version &&
  link.owner === record.owner &&
  link.state === record.state &&
  link.folder === item.folder &&
  link.filedAtMs === filedAtMs &&
  (link.categorised === true) === carries(item, categoryOf(settings, item.kind)) &&
  link.unconfirmed === undefined
