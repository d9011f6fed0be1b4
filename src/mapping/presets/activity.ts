/** Rows and places that activities share. */
import type { MappingRow, Place } from '../rule.js'

/** State and status of a record, as mappings see them: they are no fields, and nobody may secure them. */
export const stateField = '@state'
export const statusField = '@status'

export const stateAndStatus: Place = { fields: [stateField, statusField] }

/** Longest texts of the record side, in UTF-16 units (4.8/27). */
const subjectLengthMax = 200
const bodyLengthMax = 1_048_576

export const fixed = (name: string, record: Place, convert?: string): MappingRow => ({
  name,
  mail: name,
  record,
  direction: 'both',
  settable: 'fixed',
  securable: true,
  ...(convert === undefined ? {} : { convert })
})

export const subject: MappingRow = {
  name: 'subject',
  mail: 'subject',
  record: 'subject',
  direction: 'both',
  settable: 'all',
  securable: true,
  required: true,
  recordLengthMax: subjectLengthMax
}

export const body: MappingRow = {
  name: 'body',
  mail: 'body',
  record: 'description',
  convert: 'rich',
  direction: 'both',
  settable: 'all',
  securable: true,
  recordLengthMax: bodyLengthMax
}

export const location: MappingRow = {
  name: 'location',
  mail: 'location',
  record: 'location',
  direction: 'both',
  settable: 'all',
  securable: true,
  recordLengthMax: subjectLengthMax
}

export const importance: MappingRow = fixed('importance', 'prioritycode')

export const regarding: MappingRow = {
  ...fixed('regarding', 'regardingobjectid', 'regarding'),
  mail: { fields: ['regarding', 'regardingName'] },
  named: true
}
