/** Edits that appointments and tasks have alike. A value that the component already has edits nothing. */
import type { Fields, Result, Value } from '../../../model/index.js'
import { fieldOf, instantFromIso, isEmpty, ok, sameValue } from '../../../model/index.js'
import type { Entry } from '../lines/entry.js'
import { plainText } from '../lines/plain.js'
import { withValue } from '../lines/print.js'
import { line as lineFrom, linesNamed, withComponentLines, withoutComponent } from './calendar.js'
import {
  bodyOf,
  categoriesOf,
  commonFields,
  importanceOf,
  remindersIn,
  richLineOf,
  sensitivityOf,
  writtenSensitivity
} from './common.read.js'
import type { Edited } from './edit.js'
import { added, componentOf, removed, withoutNamed, withProperty, withText } from './edit.js'
import { instantText, utcText } from './moment.js'
import type { Extent } from './time.js'
import { extentOf } from './time.js'
import type { Times } from './zone.js'

/** The fields that are plain texts of one property. */
const texts = [
  ['subject', 'summary'],
  ['location', 'location'],
  ['regarding', 'x-liaison-regarding'],
  ['regardingName', 'x-liaison-regarding-name']
] as const

export const textValue = (value: Value | undefined): string => (typeof value === 'string' ? value : '')

/** Runs the edit of a field where the field is named. */
export const editing =
  (set: Fields, name: string, edit: (edited: Edited, value: Value) => Edited) => (edited: Edited) =>
    Object.hasOwn(set, name) ? edit(edited, fieldOf(set, name) ?? null) : edited

export const withCommon = (edited: Edited, set: Fields, fields: ReadonlyArray<string>): Edited => {
  const edits = [
    ...texts
      .filter(([field]) => fields.includes(field))
      .map(([field, name]) => editing(set, field, (next, value) => withText(next, name, textValue(value)))),
    editing(set, 'body', withBody),
    editing(set, 'importance', withImportance),
    editing(set, 'sensitivity', withSensitivity),
    editing(set, 'categories', withCategories)
  ]
  return edits.reduce((next, edit) => edit(next), edited)
}

const knownTag = /<\/?(?:html|head|body|p|div|span|br|b|i|u|em|strong|font|a|ul|ol|li|table|tr|td|h[1-6])\b[^<>]*>/i

/**
 * A new body takes the place of both its forms. HTML stands in Outlook's property, and its bare text beside it, for
 * programs that show no HTML; a plain text takes the HTML away, which would say something else from now on.
 */
const withBody = (edited: Edited, value: Value): Edited => {
  const component = componentOf(edited)
  const body = plainText(textValue(value))
  if (bodyOf(component) === body) return edited
  const rich = richLineOf(component)
  if (!knownTag.test(body)) {
    const bare = rich === undefined ? edited : removed(edited, rich)
    return withText(bare, 'description', body)
  }
  const params = [['fmttype', ['text/html']]] as const
  const html =
    rich === undefined
      ? added(edited, { name: 'x-alt-desc', params, components: [[body]] })
      : { ...edited, card: withValue(edited.reader, edited.card, rich, { components: [[body]] }) }
  return withText(html, 'description', bareText(body))
}

const bareText = (html: string): string =>
  html
    .replace(/<(style|script|head)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi, '')
    .replace(/\s+/g, ' ')
    .replace(/<br\b[^<>]*>|<\/(?:p|div|li|tr|h[1-6])\s*>/gi, '\n')
    .replace(/<[^<>]*>/g, '')
    .replace(/&nbsp;/gi, ' ')
    .replace(/&lt;/gi, '<')
    .replace(/&gt;/gi, '>')
    .replace(/&quot;/gi, '"')
    .replace(/&amp;/gi, '&')
    .replace(/ *\n */g, '\n')
    .trim()

const priorities: { readonly [importance: string]: string } = { high: '1', normal: '5', low: '9' }
const outlookImportances: { readonly [importance: string]: string } = { low: '0', normal: '1', high: '2' }

/** A number that means the same stays: 2 is as high as 1. */
const withImportance = (edited: Edited, value: Value): Edited => {
  const importance = textValue(value)
  if (importanceOf(componentOf(edited)) === importance) return edited
  if (importance === '') return withoutNamed(edited, 'priority', 'x-microsoft-cdo-importance')
  const own = linesNamed(componentOf(edited), 'x-microsoft-cdo-importance').length > 0
  const numbered = withProperty(edited, 'priority', priorities[importance] ?? '5')
  return own ? withText(numbered, 'x-microsoft-cdo-importance', outlookImportances[importance] ?? '1') : numbered
}

const withSensitivity = (edited: Edited, value: Value): Edited => {
  const sensitivity = textValue(value)
  if (sensitivityOf(componentOf(edited)) === sensitivity) return edited
  return sensitivity === '' ? withoutNamed(edited, 'class') : withText(edited, 'class', writtenSensitivity(sensitivity))
}

const withCategories = (edited: Edited, value: Value): Edited => {
  const words = (Array.isArray(value) ? value : [value])
    .map((word) => plainText(textValue(word)))
    .filter((word) => word !== '')
  const component = componentOf(edited)
  if (sameValue(categoriesOf(component), words)) return edited
  const lines = linesNamed(component, 'categories')
  if (lines.length === 0) return added(edited, { name: 'categories', params: [], components: [words] })
  return wordsByLine(lines, words).reduce((next, of, at) => withWords(next, lines[at], of), edited)
}

const wordsIn = ({ property }: Entry): ReadonlyArray<string> => property?.components.flat() ?? []

/** Words stay in the lines in which they are, and new ones come to the last; where that turns them around all are one line. */
const wordsByLine = (
  lines: ReadonlyArray<Entry>,
  words: ReadonlyArray<string>
): ReadonlyArray<ReadonlyArray<string>> => {
  const before = new Set(lines.flatMap(wordsIn))
  const fresh = words.filter((word) => !before.has(word))
  const kept = lines.map((line) => wordsIn(line).filter((word) => words.includes(word)))
  const next = kept.map((of, at) => (at === lines.length - 1 ? [...of, ...fresh] : of))
  return sameValue([...new Set(next.flat())], words) ? next : lines.map((_, at) => (at === 0 ? words : []))
}

const withWords = (edited: Edited, line: Entry | undefined, words: ReadonlyArray<string>): Edited => {
  if (line === undefined || sameValue(wordsIn(line), words)) return edited
  if (words.length === 0) return removed(edited, line)
  return { ...edited, card: withValue(edited.reader, edited.card, line, { components: [words] }) }
}

/**
 * The reminder of an event rings so long before its start, so that it moves with it; of a task, at its moment. None
 * removes every alarm that `reminderAt` could be read from, and no other.
 */
export const withReminder = (times: Times, edited: Edited, value: Value, endName: 'dtend' | 'due'): Result<Edited> => {
  const component = componentOf(edited)
  const extent = extentOf(times, edited.card, component, endName)
  if (extent._tag === 'Left') return extent
  const atMs = instantFromIso(textValue(value))
  const now = commonFields(times, edited.card, component, extent.right).reminderAt
  if (sameValue(now, atMs === undefined ? '' : instantText(atMs))) return ok(edited)
  const alarms = remindersIn(component)
  if (atMs === undefined || isEmpty(value))
    return ok({ ...edited, card: alarms.reduce((card, { begin }) => withoutComponent(card, begin), edited.card) })
  const { text, params } = triggerOf(extent.right, atMs, endName)
  const [alarm] = alarms
  if (alarm !== undefined) {
    const own = withProperty({ ...edited, begin: alarm.begin }, 'trigger', text, params)
    return ok({ ...edited, card: own.card })
  }
  const head = ['TRIGGER', ...params.map(([name, [of]]) => `${name.toUpperCase()}=${of}`)].join(';')
  const lines = ['BEGIN:VALARM', 'ACTION:DISPLAY', 'DESCRIPTION:Reminder', `${head}:${text}`, 'END:VALARM']
  const alarmLines = lines.map((one) => lineFrom(one, edited.card.eol))
  return ok({ ...edited, card: withComponentLines(edited.reader, edited.card, component.to - 1, alarmLines) })
}

const triggerOf = ({ start }: Extent, atMs: number, endName: 'dtend' | 'due') => {
  if (start?.is !== 'time' || endName === 'due')
    return { text: utcText(atMs), params: [['value', ['DATE-TIME']] as const] }
  return { text: durationText(atMs - start.atMs), params: [] }
}

/** `-PT15M`: to the second, and exact over every change of a clock. */
const durationText = (ms: number): string => {
  const seconds = Math.abs(Math.round(ms / 1000))
  const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
  const parts = [hours > 0 ? `${hours}H` : '', minutes > 0 ? `${minutes}M` : '', rest > 0 ? `${rest}S` : ''].join('')
  return `${ms < 0 ? '-' : ''}PT${parts === '' ? '0S' : parts}`
}
