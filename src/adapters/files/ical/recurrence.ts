/**
 * The rule of a series as text, and back: DTSTART, DTEND, RRULE, EXDATE and RDATE, a line each. A zone stands in it
 * by the name that everybody knows, whatever the file calls it.
 */
import type { Result } from '../../../model/index.js'
import { ok } from '../../../model/index.js'
import type { Card, Entry } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import type { Component } from './calendar.js'
import { linesNamed, paramOf, valueIn } from './calendar.js'
import { dateText, localText, utcText, writtenOf } from './moment.js'
import type { Extent, Moment } from './time.js'
import { endOf } from './time.js'
import type { Times } from './zone.js'
import { clockOf } from './zone.js'

/** Whether a component is a series: it has a rule, or dates of its own. A changed occurrence is none. */
export const isSeries = (component: Component): boolean =>
  linesNamed(component, 'rrule', 'rdate').length > 0 && linesNamed(component, 'recurrence-id').length === 0

/** Lines that are told as they stand, but for their zone. */
export const listedNames = ['rrule', 'exdate', 'rdate'] as const

/** Empty where the component is no series. */
export const recurrenceOf = (times: Times, card: Card, component: Component, extent: Extent): Result<string> => {
  if (!isSeries(component)) return ok('')
  const { start } = extent
  const end = endOf(extent)
  if (start === undefined || end === undefined) return malformed('DTSTART: expected the start of the series')
  const rule = linesNamed(component, 'rrule')[0]
  if (rule !== undefined && !isRule(times, valueIn(rule))) return malformed('RRULE: expected a rule of recurrence')
  const [startLine] = linesNamed(component, 'dtstart')
  const zone = startLine === undefined ? '' : zoneParam(times, card, startLine)
  return ok(
    [
      `DTSTART${momentLine(start, zone)}`,
      `DTEND${momentLine(end, zone)}`,
      ...listedNames.flatMap((name) => linesNamed(component, name).map((entry) => lineText(times, card, entry)))
    ].join('\n')
  )
}

/** A rule that ical.js can read. Some producers end it with a semicolon. */
export const isRule = ({ library }: Times, text: string): boolean => {
  try {
    const rule = text.trim().replace(/;+$/, '')
    return rule.length < 2048 && library.Recur !== undefined && typeof library.Recur.fromString(rule).freq === 'string'
  } catch {
    return false
  }
}

/**
 * `;TZID=Europe/Paris`: by the name of the zone where it has one, else by the file's. A time of no zone is one of the
 * mailbox's; of UTC nothing stands here.
 */
const zoneParam = (times: Times, card: Card, entry: Entry): string => {
  const isPlain = valueIn(entry)
    .split(',')
    .every((text) => writtenOf(text)?.is !== 'local')
  const tzid = paramOf(entry, 'tzid') ?? (isPlain ? 'UTC' : times.timeZone)
  const name = clockOf(times, card, tzid)?.name ?? tzid
  if (name === 'UTC') return ''
  return `;TZID=${/[;:,]/.test(name) ? `"${name}"` : name}`
}

const momentLine = (moment: Moment, zone: string): string => {
  if (moment.is === 'day') return `;VALUE=DATE:${dateText(moment.localMs)}`
  return zone === '' ? `:${utcText(moment.atMs)}` : `${zone}:${localText(moment.localMs)}`
}

export const lineText = (times: Times, card: Card, entry: Entry): string => {
  const name = entry.name.toUpperCase()
  const value = valueIn(entry).trim()
  if (name === 'RRULE') return `RRULE:${value}`
  const zone = zoneParam(times, card, entry)
  const type = entry.property?.valueType ?? ''
  const texts = value
    .split(',')
    .map((text) => (zone === '' && writtenOf(text)?.is === 'local' ? `${text.trim()}Z` : text))
  return `${name}${type === 'date' || type === 'period' ? `;VALUE=${type.toUpperCase()}` : ''}${zone}:${texts.join(',')}`
}
