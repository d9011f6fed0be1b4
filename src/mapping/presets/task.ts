/** The tables of tasks, phone calls, letters and faxes (`fields.md`): in the mailbox all four are tasks. */
import type { Mapping, MappingRow } from '../rule.js'
import { body, fixed, importance, regarding, stateAndStatus, subject } from './activity.js'

const open = (name: string, record: string, convert: string): MappingRow => ({
  ...fixed(name, record, convert),
  settable: 'all'
})

/** What stands in the percentage is read with the status, and written by its own row. */
const status = (convert: string): MappingRow => ({
  ...fixed('status', stateAndStatus, convert),
  mail: { fields: ['status', 'percentComplete'], sets: 1 },
  securable: false
})

const dates: ReadonlyArray<MappingRow> = [
  open('completedDate', 'actualend', 'day'),
  open('dueDate', 'scheduledend', 'day'),
  importance,
  body,
  regarding,
  open('startDate', 'scheduledstart', 'day')
]

/** @public */
export const taskMapping: Mapping = {
  kind: 'task',
  type: 'task',
  behavesLike: 'task',
  rows: [open('percentComplete', 'percentcomplete', 'number'), ...dates, status('taskStatus'), subject]
}

const other = (type: 'phonecall' | 'letter' | 'fax'): Mapping => ({
  kind: 'task',
  type,
  behavesLike: type,
  rows: [...dates, status('openStatus'), subject]
})

/** @public */
export const phonecallMapping: Mapping = other('phonecall')
/** @public */
export const letterMapping: Mapping = other('letter')
/** @public */
export const faxMapping: Mapping = other('fax')
