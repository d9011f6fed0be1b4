/**
 * The rule of a series as an edit. The text that comes in is read as a calendar is, so that no line of it is anything
 * but one of the five that a rule is made of; what the file says alike stays as it stands.
 */
import type { Result, Value } from '../../../model/index.js'
import { isEmpty, ok } from '../../../model/index.js'
import type { Card, Entry } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import { linesOf } from '../lines/line.js'
import { calendarOf, line, linesNamed, paramOf, treeOf, valueIn } from './calendar.js'
import type { Edited } from './edit.js'
import { added, componentOf, removed, withoutNamed, withProperty } from './edit.js'
import { writtenOf } from './moment.js'
import { isRule, listedNames, lineText, recurrenceOf } from './recurrence.js'
import { extentOf, momentOf } from './time.js'
import { withDefinition } from './time.write.js'
import type { Times } from './zone.js'
import { clockOf, zoneNamed } from './zone.js'

const names = ['dtstart', 'dtend', 'duration', ...listedNames] as const

/** The component with that rule; nothing makes a series one single event, which keeps its start. */
export const withRecurrence = (times: Times, edited: Edited, value: Value): Result<Edited> => {
  if (isEmpty(value)) return ok(withoutNamed(edited, ...listedNames))
  const extent = extentOf(times, edited.card, componentOf(edited), 'dtend')
  if (extent._tag === 'Left') return extent
  const before = recurrenceOf(times, edited.card, componentOf(edited), extent.right)
  if (before._tag === 'Right' && before.right === value) return ok(edited)
  const asked = typeof value === 'string' ? askedOf(times, edited, value) : expected()
  if (asked._tag === 'Left') return asked
  const said = before._tag === 'Right' ? before.right.split('\n') : []
  return ok(withLines(times, edited, asked.right, said))
}

const expected = () => malformed('recurrence: expected lines of DTSTART, DTEND, RRULE, EXDATE and RDATE')

interface Asked {
  readonly card: Card
  readonly lines: ReadonlyArray<Entry>
}

const askedOf = (times: Times, edited: Edited, text: string): Result<Asked> => {
  const all = ['BEGIN:VCALENDAR', 'BEGIN:VEVENT'].map((begin) => line(begin, '\n'))
  const ends = ['END:VEVENT', 'END:VCALENDAR'].map((end) => line(end, '\n'))
  const card = calendarOf(edited.reader, [...all, ...linesOf(`${text.trim()}\n`), ...ends])
  if (card._tag === 'Left') return expected()
  const [event, ...others] = treeOf(card.right).children
  if (event === undefined || others.length > 0 || event.children.length > 0) return expected()
  const lines = event.lines
  if (lines.some(({ name, property }) => property === undefined || !names.some((known) => known === name)))
    return expected()
  if (linesNamed(event, 'rrule', 'rdate').length === 0) return malformed('recurrence: expected RRULE or RDATE')
  if (names.slice(0, 4).some((name) => linesNamed(event, name).length > 1)) return expected()
  const start = linesNamed(componentOf(edited), 'dtstart')
  if (linesNamed(event, 'dtstart').length + start.length === 0) return malformed('recurrence: expected DTSTART')
  if (linesNamed(event, 'rrule').some((rule) => !isRule(times, valueIn(rule))))
    return malformed('recurrence.RRULE: expected a rule')
  const wrong = lines.find((entry) => isMomentLine(entry) && !isKnown(times, edited.card, entry))
  return wrong === undefined
    ? ok({ card: card.right, lines })
    : malformed(`recurrence.${wrong.name.toUpperCase()}: expected dates or times of a known zone`)
}

const isMomentLine = ({ name }: Entry): boolean => name !== 'rrule' && name !== 'duration'

const isKnown = (times: Times, card: Card, entry: Entry): boolean =>
  valueIn(entry)
    .split(',')
    .every((text) => momentOf(times, card, entry, text.split('/', 1)[0])._tag === 'Right')

const withLines = (times: Times, edited: Edited, { lines }: Asked, said: ReadonlyArray<string>): Edited => {
  const hasStart = lines.some(({ name }) => name === 'dtstart')
  const bounds = lines.filter(({ name }) => name === 'dtstart' || name === 'dtend' || name === 'duration')
  const isSaid = (entry: Entry): boolean => said.includes(lineText(times, edited.card, entry))
  const hasEnd = bounds.some(({ name }) => name !== 'dtstart')
  const endless = hasStart && !hasEnd ? withoutNamed(edited, 'dtend', 'duration') : edited
  const bounded = bounds
    .filter((entry) => !isSaid(entry))
    .reduce((next, entry) => withBound(times, next, entry), endless)
  const wanted = lines.filter(({ name }) => listedNames.some((listed) => listed === name))
  const texts = wanted.map((entry) => lineText(times, edited.card, entry))
  const present = listedNames.flatMap((name) => linesNamed(componentOf(bounded), name))
  const told = present.map((entry) => lineText(times, bounded.card, entry))
  const cleared = removed(bounded, ...present.filter((_, at) => !texts.includes(told[at] ?? '')))
  return wanted
    .filter((_, at) => !told.includes(texts[at] ?? ''))
    .reduce((next, entry) => {
      const { edited: zoned, params } = withKnownZone(times, next, entry)
      return added(zoned, { name: entry.name, params, components: [[valueIn(entry)]] })
    }, cleared)
}

const withBound = (times: Times, edited: Edited, entry: Entry): Edited => {
  const { edited: zoned, params } = withKnownZone(times, edited, entry)
  const other = entry.name === 'dtend' ? 'duration' : entry.name === 'duration' ? 'dtend' : undefined
  return withProperty(
    other === undefined ? zoned : withoutNamed(zoned, other),
    entry.name,
    valueIn(entry).trim(),
    params
  )
}

/** The parameters of a line in this file: its zone by the name that the file has for it, and defined in it. */
const withKnownZone = (times: Times, edited: Edited, entry: Entry) => {
  const type = entry.property?.valueType
  const stated = type === undefined || type === 'unknown' ? [] : [['value', [type.toUpperCase()]] as const]
  const tzid = paramOf(entry, 'tzid')
  if (tzid === undefined) return { edited, params: stated }
  const zone = zoneNamed(times, tzid) ?? clockOf(times, edited.card, tzid)?.name
  if (zone === undefined) return { edited, params: [...stated, ['tzid', [tzid]] as const] }
  const written = writtenOf(valueIn(entry).split(',')[0] ?? '')
  const { card, tzid: known } = withDefinition(times, edited.reader, edited.card, zone, written?.localMs ?? 0)
  return { edited: { ...edited, card }, params: [...stated, ['tzid', [known]] as const] }
}
