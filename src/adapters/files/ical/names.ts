/** Names of the properties of a calendar that are read, in lower case. All others are carried as they stand. */

/** Texts, and words of a list. */
export const textNames: ReadonlyArray<string> = [
  'summary',
  'description',
  'x-alt-desc',
  'styled-description',
  'location',
  'categories',
  'class',
  'status',
  'transp',
  'uid',
  'action',
  'tzid',
  'x-lic-location',
  'x-microsoft-cdo-busystatus',
  'x-microsoft-cdo-importance',
  'x-apple-proximity',
  'x-liaison-record',
  'x-liaison-regarding',
  'x-liaison-regarding-name',
  'x-liaison-status'
]

/** Moments, spans, rules, addresses, numbers and bytes: their values stay as they are written. */
export const rawNames: ReadonlyArray<string> = [
  'dtstart',
  'dtend',
  'due',
  'duration',
  'completed',
  'rrule',
  'exdate',
  'rdate',
  'recurrence-id',
  'trigger',
  'organizer',
  'attendee',
  'attach',
  'priority',
  'percent-complete',
  'related-to',
  'tzoffsetfrom',
  'tzoffsetto'
]
