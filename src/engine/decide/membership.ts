/** Whether a record is a member now: judged in memory, by the record as it is, never by the base (3.4). */
import type { RecordSnapshot, RecordType } from '../../model/index.js'
import type { DecideContext, Membership } from './context.js'

export const isMember = (
  context: DecideContext,
  type: RecordType,
  record: RecordSnapshot
): 'yes' | 'no' | 'unknown' => {
  const membership = context.memberships.get(type)
  if (membership === undefined || membership._tag === 'NoFilter') return 'no'
  if (membership._tag === 'Unknown' || misfitsOf(context, type, record).length > 0) return 'unknown'
  return membership.holds(record) ? 'yes' : 'no'
}

const judgeOf = (
  context: DecideContext,
  type: RecordType
): Extract<Membership, { readonly _tag: 'Judge' }> | undefined => {
  const membership = context.memberships.get(type)
  return membership?._tag === 'Judge' ? membership : undefined
}

/** Fields by which the record is `invalid-item` to the filters of its type. */
export const misfitsOf = (context: DecideContext, type: RecordType, record: RecordSnapshot): ReadonlyArray<string> =>
  judgeOf(context, type)?.misfits?.(record) ?? []

/** Why a record is no member any longer: no filter is left, time has passed, or it has changed (3.5/26a). */
export const whyLeft = (
  context: DecideContext,
  type: RecordType,
  record: RecordSnapshot | undefined
): 'no-active-filter' | 'left-filter-by-time' | 'left-filter' => {
  const membership = context.memberships.get(type)
  if (membership === undefined || membership._tag === 'NoFilter') return 'no-active-filter'
  const heldBefore = record !== undefined && judgeOf(context, type)?.heldBefore?.(record) === true
  return heldBefore ? 'left-filter-by-time' : 'left-filter'
}
