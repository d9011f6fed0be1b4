/** States of records: which types are activities, and what a new record's state is where nobody says. */
import type { RecordType } from './ids.js'

/** Record types that are activities. @public */
export const activityTypes: ReadonlyArray<RecordType> = [
  'email',
  'appointment',
  'recurring-appointment',
  'service-appointment',
  'task',
  'phonecall',
  'letter',
  'fax'
]

const activities: ReadonlySet<RecordType> = new Set(activityTypes)

/** `open` for activities, `active` for everybody and everything else. @public */
export const firstState = (type: RecordType): string => (activities.has(type) ? 'open' : 'active')

/** Completed or canceled: edits of the mailbox are taken no more. @public */
export const isClosed = (state: string | undefined): boolean => state === 'completed' || state === 'canceled'
