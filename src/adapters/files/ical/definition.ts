/**
 * A time zone as a file defines it (VTIMEZONE): at each onset the clock is set to another offset. Rules are ical.js's
 * to expand, a few years around the instant that is asked for; what it would expand without end is refused before.
 */
import type { InstantMs } from '../../../model/index.js'
import type { Entry } from '../lines/entry.js'
import type { IcalRecur, VCardLibrary } from '../lines/library.js'
import type { Component } from './calendar.js'
import { linesNamed, textIn, valueIn } from './calendar.js'
import { localText, writtenOf } from './moment.js'

/** Milliseconds ahead of UTC at an instant. */
export type OffsetAt = (instantMs: InstantMs) => number

/** One STANDARD or DAYLIGHT. `onsets` answers instants around a year, in no order. */
interface Observance {
  readonly fromMs: number
  readonly toMs: number
  readonly firstMs: InstantMs
  readonly onsets: (year: number) => ReadonlyArray<InstantMs>
}

/** Observances of one zone: the history of the strangest zone has fewer. */
const observancesMax = 500
/** Onsets that one rule is expanded to. */
const onsetsMax = 1000

/** `undefined` where the definition cannot be followed. */
export const offsetOfDefinition = (library: VCardLibrary, zone: Component): OffsetAt | undefined => {
  const parts = zone.children.filter(({ name }) => name === 'STANDARD' || name === 'DAYLIGHT')
  if (parts.length === 0 || parts.length > observancesMax) return undefined
  const observances = parts.flatMap((part) => observanceOf(library, part) ?? [])
  if (observances.length < parts.length) return undefined
  const earliest = observances.reduce((first, one) => (one.firstMs < first.firstMs ? one : first))
  // The latest first.
  const byYear = new Map<number, ReadonlyArray<readonly [onsetMs: InstantMs, toMs: number]>>()
  const onsetsOf = (year: number) => {
    const known = byYear.get(year)
    if (known !== undefined) return known
    const found = observances
      .flatMap(({ toMs, onsets }) => onsets(year).map((onsetMs) => [onsetMs, toMs] as const))
      .sort(([x], [y]) => y - x)
    byYear.set(year, found)
    return found
  }
  return (instantMs) =>
    onsetsOf(new Date(instantMs).getUTCFullYear()).find(([onsetMs]) => onsetMs <= instantMs)?.[1] ?? earliest.fromMs
}

const observanceOf = (library: VCardLibrary, part: Component): Observance | undefined => {
  const fromMs = offsetMsOf(textIn(part, 'tzoffsetfrom'))
  const toMs = offsetMsOf(textIn(part, 'tzoffsetto'))
  const start = writtenOf(textIn(part, 'dtstart'))
  if (fromMs === undefined || toMs === undefined || start === undefined || start.is === 'date') return undefined
  const rules = linesNamed(part, 'rrule').map((line) => ruleOf(library, valueIn(line)))
  if (rules.some((rule) => rule === undefined)) return undefined
  const firstMs = start.localMs - (start.is === 'utc' ? 0 : fromMs)
  const fixed = [firstMs, ...linesNamed(part, 'rdate').flatMap((line) => dates(line, fromMs))]
  return {
    fromMs,
    toMs,
    firstMs,
    onsets: (year) => [
      ...fixed,
      ...rules.flatMap((rule) => (rule === undefined ? [] : expanded(library, rule, start.localMs, fromMs, year)))
    ]
  }
}

/** Moments of a list; a period counts by its start. */
const dates = (line: Entry, offsetMs: number): ReadonlyArray<InstantMs> =>
  valueIn(line)
    .split(',')
    .flatMap((text) => {
      const written = writtenOf(text.split('/', 1)[0] ?? '')
      return written === undefined ? [] : [written.localMs - (written.is === 'utc' ? 0 : offsetMs)]
    })

const offsetMsOf = (text: string): number | undefined => {
  const [, sign, hours, minutes, seconds = '0'] = /^([+-])(\d{2})(\d{2})(\d{2})?$/.exec(text.trim()) ?? []
  if (sign === undefined || Number(hours) > 23 || Number(minutes) > 59) return undefined
  const ms = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
  return sign === '-' ? -ms : ms
}

/** A clock is set once a year or seldomer by a rule: another one would be expanded for hours. */
const ruleOf = (library: VCardLibrary, text: string): IcalRecur | undefined => {
  try {
    const rule = library.Recur?.fromString(text)
    return rule?.freq === 'YEARLY' ? rule : undefined
  } catch {
    return undefined
  }
}

/**
 * Onsets up to the year after the one asked for, from two years before it on (or before the rule ends): a rule of all
 * years need not be followed from 1601. One that counts, or leaves years out, must be.
 */
const expanded = (
  library: VCardLibrary,
  rule: IcalRecur,
  startLocalMs: number,
  fromMs: number,
  year: number
): ReadonlyArray<InstantMs> => {
  const startYear = new Date(startLocalMs).getUTCFullYear()
  // UNTIL of an onset is an instant; as text its digits are a moment of UTC.
  const until = rule.until ? writtenOf(rule.until.toString().replaceAll(/[-:]/g, '').replace(/Z?$/, 'Z')) : undefined
  const lastYear = until === undefined ? year : Math.min(year, new Date(until.localMs).getUTCFullYear())
  const isFollowed = rule.interval > 1 || typeof rule.count === 'number'
  const fromYear = isFollowed ? startYear : Math.max(startYear, lastYear - 2)
  const onsets: Array<InstantMs> = []
  try {
    const first = library.Time?.fromDateTimeString(isoInYear(startLocalMs, fromYear))
    const endless = rule.iterator(first)
    for (let count = 0; count < onsetsMax; count++) {
      const next = endless.next()
      const written = next ? writtenOf(next.toString().replaceAll(/[-:]/g, '')) : undefined
      if (written === undefined) break
      const onsetMs = written.localMs - fromMs
      if (until !== undefined && onsetMs > until.localMs && written.localMs > until.localMs) break
      if (new Date(written.localMs).getUTCFullYear() > year + 1) break
      onsets.push(onsetMs)
    }
  } catch {
    // ical.js refuses some rules only when it follows them: the onsets that are known are then the fixed ones.
    return onsets
  }
  return onsets
}

/** `2026-03-29T02:00:00`: the start, moved to another year. */
const isoInYear = (localMs: number, year: number): string => {
  const [, month = '', day = '', time = ''] = /^\d{4}(\d{2})(\d{2})T(\d{6})$/.exec(localText(localMs)) ?? []
  const clock = time.replace(/(\d{2})(\d{2})(\d{2})/, '$1:$2:$3')
  return `${String(year).padStart(4, '0')}-${month}-${month === '02' && day === '29' ? '28' : day}T${clock}`
}
