/**
 * When a series ends. The only question that the engine asks of a recurrence: whether a meeting is past (2.6). The
 * library that reads recurrences is loaded with the first series that it is asked of.
 */
import type { Zones } from '../../model/index.js'
import { dateOfLocal, instantOf, limits } from '../../model/index.js'

/** The start of the last occurrence, an instant or a date; `null`: no end; `undefined`: it cannot be read. */
export const lastOccurrence = async (recurrence: string, zones: Zones): Promise<string | null | undefined> => {
  if (recurrence.length > limits.recurrenceLengthMax) return undefined
  const { default: ical } = await import('ical.js')
  try {
    const lines = recurrence.split(/\r?\n/).filter((line) => line.trim() !== '')
    const component = new ical.Component(
      ical.parse(['BEGIN:VCALENDAR', 'BEGIN:VEVENT', ...lines, 'END:VEVENT', 'END:VCALENDAR', ''].join('\r\n'))
    ).getFirstSubcomponent('vevent')
    const start = component?.getFirstPropertyValue('dtstart')
    if (component === null || component === undefined) return undefined
    if (isEndless(component.getAllProperties('rrule').map((rule) => String(rule.getFirstValue())))) return null
    if (!(start instanceof ical.Time)) return undefined
    const zone = component.getFirstProperty('dtstart')?.getParameter('tzid')
    return lastOf(
      new ical.RecurExpansion({ component, dtstart: start }),
      typeof zone === 'string' ? zone : undefined,
      zones
    )
  } catch {
    // The library says by throwing that it cannot read what somebody wrote.
    return undefined
  }
}

const isEndless = (rules: ReadonlyArray<string>): boolean => rules.some((rule) => !/\b(COUNT|UNTIL)=/i.test(rule))

interface Occurrences {
  next(): OccurrenceTime | undefined | null
}

interface OccurrenceTime {
  readonly isDate: boolean
  toString(): string
}

const lastOf = (occurrences: Occurrences, zone: string | undefined, zones: Zones): string | undefined => {
  let last: OccurrenceTime | undefined
  for (let count = 0; count < limits.occurrencesMax; count += 1) {
    const next = occurrences.next()
    if (next === undefined || next === null) return last === undefined ? undefined : instantOrDate(last, zone, zones)
    last = next
  }
  return undefined
}

const instantOrDate = (time: OccurrenceTime, zone: string | undefined, zones: Zones): string => {
  const text = time.toString()
  if (time.isDate) return text.slice(0, 10)
  if (text.endsWith('Z')) return text
  const localMs = Date.parse(`${text.slice(0, 19)}Z`)
  return Number.isNaN(localMs) ? dateOfLocal(0) : new Date(instantOf(zones, zone ?? 'UTC', localMs)).toISOString()
}
