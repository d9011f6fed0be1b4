/** Whether a record is a member now: judged in memory, by the record as it is, never by the base (3.4). */
import type { RecordSnapshot, RecordType } from '../../model/index.js'
import type { DecideContext } from './context.js'

export const isMember = (
  context: DecideContext,
  type: RecordType,
  record: RecordSnapshot
): 'yes' | 'no' | 'unknown' => {
  const membership = context.memberships.get(type)
  if (membership === undefined || membership._tag === 'NoFilter') return 'no'
  if (membership._tag === 'Unknown') return 'unknown'
  return membership.holds(record) ? 'yes' : 'no'
}

export const hasFilter = (context: DecideContext, type: RecordType): boolean => {
  const membership = context.memberships.get(type)
  return membership !== undefined && membership._tag !== 'NoFilter'
}
