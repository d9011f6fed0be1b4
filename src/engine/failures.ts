/**
 * What a failed write of one item means (5.4): whether it counts, when it is tried again, and with which code. Pure.
 */
import type { DecisionRow, Due, InstantMs, Reason, Side, SyncError } from '../model/index.js'
import { canonicalJson } from '../model/index.js'
import type { Finished } from './finished.js'
import { decisionRows, dueRow } from './rows.js'
import type { SendOutcome } from './send/outcome.js'
import type { Unit } from './unit.js'

/** How one failed item goes on. */
export interface ItemFailure {
  readonly code: Reason
  /** Absent where it is not tried again: the record says so itself (5.1). */
  readonly due?: Due
  readonly decisions: ReadonlyArray<DecisionRow>
}

/** The code of a failure that concerns one thing. */
export const codeOf = (error: SyncError): Reason => {
  switch (error._tag) {
    case 'Throttled':
      return 'throttled'
    case 'SignInRequired':
      return 'mailbox-disabled'
    case 'Forbidden':
      return 'missing-privilege'
    case 'Malformed':
    case 'TooLarge':
    case 'QuotaExceeded':
    case 'Unsupported':
      return 'invalid-item'
    case 'Transient':
    case 'VersionMismatch':
    case 'Gone':
    case 'CursorExpired':
    case 'AlreadyExists':
    case 'LeaseLost':
      return 'retry-later'
  }
}

/** A lost answer is no failure of the item, a refused version none of anybody's; a hint to wait none at all. */
const counts = (error: SyncError): boolean =>
  (error._tag === 'Transient' && error.unsure !== true) || error._tag === 'Forbidden'

const sets = (error: SyncError): boolean => codeOf(error) === 'invalid-item'

/** `countsItems`: false where a whole side failed, so that no item is to blame. */
export const itemFailure = (
  finished: Finished,
  error: SyncError,
  context: {
    readonly itemLimit: number
    readonly cycle: string
    readonly nowMs: InstantMs
    readonly countsItems: boolean
  }
): ItemFailure => {
  const { unit, verdict } = finished.decided
  if (finished.settled.sent !== undefined) return sendFailure(finished, finished.settled.sent, error, context)
  const seen = seenBy(finished)
  const isAnew =
    unit.due === undefined || !isSameSight(unit.due.seen, seen) || lastGesture(unit) > (unit.due.gesture ?? 0)
  const before = isAnew ? 0 : (unit.due?.failures ?? 0)
  const failures = before + (context.countsItems && counts(error) ? 1 : 0)
  const isLast = failures >= context.itemLimit
  const code = isLast ? 'item-undeliverable' : codeOf(error)
  const facts = { failures, side: finished.settled.failedSide ?? 'record', error: error._tag }
  return {
    code,
    due: dueOf(finished, code, failures, isLast || sets(error), seen, context.nowMs),
    decisions: decisionRows(verdict, { code, facts, cycle: context.cycle, atMs: context.nowMs })
  }
}

/** A message that could not be sent: tried again, or failed, which its record says (5.2). */
const sendFailure = (
  finished: Finished,
  { code, failures, again }: SendOutcome,
  error: SyncError,
  { cycle, nowMs }: { readonly cycle: string; readonly nowMs: InstantMs }
): ItemFailure => {
  const facts = { failures, side: 'mail', error: error._tag }
  const decisions = decisionRows(finished.decided.verdict, { code, facts, cycle, atMs: nowMs })
  // What was asked for first goes out first: the row keeps since when it waits.
  const sinceMs = finished.decided.unit.due?.atMs ?? finished.decided.snapshots.record?.changedAtMs ?? nowMs
  return again ? { code, decisions, due: dueOf(finished, code, failures, false, {}, sinceMs) } : { code, decisions }
}

/** The versions at which a unit was looked at. */
const seenBy = ({ decided: { unit, snapshots } }: Pick<Finished, 'decided'>): Due['seen'] => ({
  ...versionOf('mail', snapshots.item?.version ?? unit.item?.version),
  ...versionOf('record', snapshots.record?.version ?? unit.record?.version)
})

/** A unit that was decided but waits: for an answer, for access, for another look. One that waits as before has its row. */
export const waitingDue = (finished: Finished, atMs: InstantMs): ReadonlyArray<Due> => {
  const { unit, verdict } = finished.decided
  if (verdict.due === undefined || !finished.settled.done) return []
  const failures = verdict.due.failure ? (unit.due?.failures ?? 0) + 1 : 0
  const { rests, wakesAtMs } = verdict.due
  const due: Due = {
    ...dueOf(finished, verdict.code, failures, rests, seenBy(finished), atMs),
    ...(wakesAtMs === undefined ? {} : { wakesAtMs })
  }
  const standing = unit.due === undefined ? undefined : { ...unit.due, atMs }
  return canonicalJson(standing) === canonicalJson(due) ? [] : [due]
}

const versionOf = (side: Side, version: string | undefined): { readonly [side in Side]?: string } =>
  version === undefined ? {} : { [side]: version }

const lastGesture = (unit: Unit): number => unit.gestures.at(-1)?.id ?? 0

/** A change of the item or the record, and a new gesture, start the count anew. */
const isSameSight = (x: Due['seen'], y: Due['seen']): boolean => x.mail === y.mail && x.record === y.record

const dueOf = (
  { decided: { unit } }: Pick<Finished, 'decided'>,
  code: Reason,
  failures: number,
  rests: boolean,
  seen: Due['seen'],
  atMs: InstantMs
): Due => {
  const gesture = unit.gestures.length === 0 ? unit.due?.gesture : lastGesture(unit)
  return dueRow(unit, { code, failures, rests, seen, atMs, ...(gesture === undefined ? {} : { gesture }) })
}
