/**
 * A VTIMEZONE for a zone of the IANA database, from its offsets alone: by a yearly rule where the changes of the
 * years to come follow one, else date by date for as many years as anybody plans.
 */
import type { InstantMs, LocalMs, Zones } from '../../../model/index.js'
import { dayMs } from '../../../model/index.js'
import { localText } from './moment.js'

interface Change {
  readonly atMs: InstantMs
  readonly fromMs: number
  readonly toMs: number
}

/** Years that are looked at: a rule that holds for so many is a rule. */
const yearsMin = 6
/** Years that are written where there is no rule. */
const yearsMax = 30

/** Its lines, without line ends. `sinceMs`: the first instant that must be right. */
export const timezoneLines = (zones: Zones, name: string, sinceMs: InstantMs): ReadonlyArray<string> => {
  const year = Math.min(9950, Math.max(1971, new Date(sinceMs).getUTCFullYear()))
  const fromMs = Date.UTC(year - 1, 0, 1)
  const near = changesOf(zones, name, fromMs, Date.UTC(year + yearsMin, 0, 1))
  const groups = groupsOf(near)
  const ruled = groups.map((group) => ruleOf(group, yearsMin))
  const observances =
    near.length === 0
      ? observance('STANDARD', { atMs: fromMs, ...same(offset(zones, name, fromMs)) }, [])
      : ruled.every((rule) => rule !== undefined)
        ? groups.flatMap((group, at) => observance(nameOf(group), group[0], [`RRULE:${ruled[at]}`]))
        : changesOf(zones, name, fromMs, Date.UTC(year + yearsMax, 0, 1)).flatMap((change) =>
            observance(nameOf([change]), change, [])
          )
  return ['BEGIN:VTIMEZONE', `TZID:${name}`, ...observances, 'END:VTIMEZONE']
}

const same = (offsetMs: number) => ({ fromMs: offsetMs, toMs: offsetMs })

const offset = (zones: Zones, name: string, atMs: InstantMs): number => zones.offsetMs(name, atMs) ?? 0

/** No zone changes its clock twice within so many days and back (Morocco stays four weeks). */
const stepMs = 10 * dayMs

const changesOf = (zones: Zones, name: string, fromMs: InstantMs, untilMs: InstantMs): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  let before = offset(zones, name, fromMs)
  for (let atMs = fromMs; atMs < untilMs; atMs += stepMs) {
    const after = offset(zones, name, atMs + stepMs)
    if (after !== before) {
      const moment = firstOf(atMs, atMs + stepMs, (ms) => offset(zones, name, ms) !== before)
      changes.push({ atMs: moment, fromMs: before, toMs: after })
    }
    before = after
  }
  return changes
}

/** The first second between two instants from which on it holds. */
const firstOf = (lowMs: InstantMs, highMs: InstantMs, holds: (ms: InstantMs) => boolean): InstantMs => {
  let [low, high] = [lowMs / 1000, highMs / 1000]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle * 1000)) high = middle
    else low = middle
  }
  return high * 1000
}

type Group = readonly [Change, ...ReadonlyArray<Change>]

/** Changes of the same month from and to the same offsets. */
const groupsOf = (changes: ReadonlyArray<Change>): ReadonlyArray<Group> => {
  const groups = new Map<string, [Change, ...Array<Change>]>()
  for (const change of changes) {
    const key = [localDate(change).getUTCMonth(), change.fromMs, change.toMs].join(' ')
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [change])
    else group.push(change)
  }
  return [...groups.values()]
}

/** What the clock showed when it was set. */
const localOfChange = ({ atMs, fromMs }: Change): LocalMs => atMs + fromMs
const localDate = (change: Change): Date => new Date(localOfChange(change))

const weekdays = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'] as const

/** `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` where one weekday of its month, at one time, fits every year. */
const ruleOf = (group: Group, years: number): string | undefined => {
  if (group.length < years) return undefined
  const days = group.map(localDate)
  const [first] = days
  if (first === undefined) return undefined
  const isOne =
    new Set(days.map((day) => day.getUTCFullYear())).size === days.length &&
    days.every((day) => day.getUTCDay() === first.getUTCDay() && timeOf(day) === timeOf(first))
  if (!isOne) return undefined
  const numbers = days.every((day) => day.getUTCDate() + 7 > lastDay(day))
    ? '-1'
    : new Set(days.map((day) => Math.ceil(day.getUTCDate() / 7))).size === 1
      ? `${Math.ceil(first.getUTCDate() / 7)}`
      : undefined
  return numbers === undefined
    ? undefined
    : `FREQ=YEARLY;BYMONTH=${first.getUTCMonth() + 1};BYDAY=${numbers}${weekdays[first.getUTCDay()]}`
}

const timeOf = (day: Date): number => day.getTime() % dayMs
const lastDay = (day: Date): number => new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1, 0)).getUTCDate()

const nameOf = ([{ fromMs, toMs }]: Group): string => (toMs > fromMs ? 'DAYLIGHT' : 'STANDARD')

const observance = (name: string, change: Change, more: ReadonlyArray<string>): ReadonlyArray<string> => [
  `BEGIN:${name}`,
  `DTSTART:${localText(localOfChange(change))}`,
  `TZOFFSETFROM:${offsetText(change.fromMs)}`,
  `TZOFFSETTO:${offsetText(change.toMs)}`,
  ...more,
  `END:${name}`
]

const offsetText = (offsetMs: number): string => {
  const seconds = Math.abs(Math.round(offsetMs / 1000))
  const two = (value: number): string => String(value).padStart(2, '0')
  const text = `${offsetMs < 0 ? '-' : '+'}${two(Math.floor(seconds / 3600))}${two(Math.floor(seconds / 60) % 60)}`
  return seconds % 60 === 0 ? text : `${text}${two(seconds % 60)}`
}
