/**
 * A calendar file as its lines, and its components as views of them. Lines of components that nobody asks for are
 * carried as they stand. A component is known by its BEGIN line, which no edit touches, so that it is found again
 * after every edit.
 */
import type { Result } from '../../../model/index.js'
import { invariant, limits, ok } from '../../../model/index.js'
import type { Card, Entry, Reader } from '../lines/entry.js'
import { entryOf, malformed } from '../lines/entry.js'
import type { Line } from '../lines/line.js'
import { rawNames, textNames } from './names.js'

/** One component: its own lines, without those of the components in it. */
export interface Component {
  /** In capitals. */
  readonly name: string
  readonly begin: Entry
  readonly end: Entry
  readonly lines: ReadonlyArray<Entry>
  readonly children: ReadonlyArray<Component>
  /** From BEGIN to behind END, as places in the card. */
  readonly from: number
  readonly to: number
}

/** Components whose lines are read. */
const readComponents: ReadonlySet<string> = new Set([
  'VCALENDAR',
  'VEVENT',
  'VTODO',
  'VALARM',
  'VTIMEZONE',
  'STANDARD',
  'DAYLIGHT'
])

export const wantedOfCalendars: ReadonlySet<string> = new Set([...textNames, ...rawNames])

/** Reads the one calendar of a file. */
export const calendarOf = (reader: Reader, lines: ReadonlyArray<Line>): Result<Card> => {
  const shape = shapeOf(lines)
  if (shape._tag === 'Left') return shape
  const version = lines.some(({ text }) => /^VERSION\s*:\s*1\.0\s*$/i.test(text)) ? '2.1' : 'ical'
  const entries: Array<Entry> = []
  for (const [index, line] of lines.entries()) {
    const within = shape.right[index] ?? ''
    const entry = readComponents.has(within)
      ? entryOf(reader, version, line, index)
      : ok({ ...line, name: within, group: '' })
    if (entry._tag === 'Left') return entry
    entries.push(entry.right)
  }
  const end = /(\r\n|\n|\r)$/.exec(lines[0]?.raw ?? '')?.[1]
  return ok({ version, eol: end ?? '\r\n', entries })
}

const begins = 'begin '
const ends = 'end '

/**
 * Per line the component that it belongs to, in capitals, or whose beginning or end it is. A component that is cut
 * off, or ends where another should, is refused.
 */
export const shapeOf = (lines: ReadonlyArray<Line>): Result<ReadonlyArray<string>> => {
  const open: Array<string> = []
  const shape: Array<string> = []
  let calendars = 0
  for (const { text } of lines) {
    const mark = markOf(text)
    const top = open.at(-1)
    if (mark === undefined) {
      if (top === undefined && text.trim() !== '')
        return malformed('VCALENDAR: expected BEGIN:VCALENDAR before and nothing after the calendar')
      shape.push(text.trim() === '' ? '' : (top ?? ''))
    } else if (mark.is === 'BEGIN') {
      if (top === undefined && mark.name !== 'VCALENDAR') return malformed('VCALENDAR: expected BEGIN:VCALENDAR')
      if (top === undefined && ++calendars > 1) return malformed('VCALENDAR: expected one calendar in a file')
      if (open.push(mark.name) > limits.componentDepthMax)
        return malformed(`VCALENDAR: expected components at most ${limits.componentDepthMax} deep`)
      shape.push(`${begins}${mark.name}`)
    } else {
      if (open.pop() !== mark.name) return malformed(`${shownName(mark.name)}: expected BEGIN before END`)
      shape.push(`${ends}${mark.name}`)
    }
  }
  if (calendars === 0) return malformed('VCALENDAR: expected BEGIN:VCALENDAR')
  if (open.length > 0) return malformed(`${shownName(open.at(-1) ?? '')}: expected END`)
  return shape.length > limits.calendarLinesMax
    ? malformed(`VCALENDAR: expected at most ${limits.calendarLinesMax} lines`)
    : ok(shape)
}

/** What stands behind BEGIN is the file's: only the name of a component that is read is shown. */
const shownName = (name: string): string => (readComponents.has(name) ? name : 'component')

const markOf = (text: string): { readonly is: 'BEGIN' | 'END'; readonly name: string } | undefined => {
  if (text.length > 80) return undefined
  const found = /^\ufeff?(BEGIN|END)\s*:\s*(\S+)\s*$/i.exec(text)
  return found === null
    ? undefined
    : { is: found[1]?.toUpperCase() === 'END' ? 'END' : 'BEGIN', name: (found[2] ?? '').toUpperCase() }
}

/** The tree of a card, made once per card: a card does not change. */
const remembered = new WeakMap<Card, Component>()

export const treeOf = (card: Card): Component => {
  const found = remembered.get(card) ?? treeFrom(card)
  remembered.set(card, found)
  return found
}

const treeFrom = ({ entries }: Card): Component => {
  const open: Array<{ name: string; begin: Entry; from: number; lines: Array<Entry>; children: Array<Component> }> = []
  for (const [at, entry] of entries.entries()) {
    if (entry.name.startsWith(begins)) {
      open.push({ name: entry.name.slice(begins.length), begin: entry, from: at, lines: [], children: [] })
    } else if (entry.name.startsWith(ends)) {
      const closed = open.pop()
      invariant(closed !== undefined, 'a calendar that was read ends what it begins')
      const component: Component = { ...closed, end: entry, to: at + 1 }
      const outer = open.at(-1)
      if (outer === undefined) return component
      outer.children.push(component)
    } else if (entry.name !== '') open.at(-1)?.lines.push(entry)
  }
  invariant(false, 'a calendar that was read has an end')
}

/** The component that begins with that line. */
export const componentAt = (card: Card, begin: Entry): Component => {
  const found = search(treeOf(card), begin)
  invariant(found !== undefined, 'an edit keeps the component that it edits')
  return found
}

const search = (component: Component, begin: Entry): Component | undefined => {
  if (component.begin === begin) return component
  for (const child of component.children) {
    const found = search(child, begin)
    if (found !== undefined) return found
  }
  return undefined
}

/** Own lines of that name which were read. */
export const linesNamed = ({ lines }: Component, ...names: ReadonlyArray<string>): ReadonlyArray<Entry> =>
  lines.filter(({ name, property }) => property !== undefined && names.includes(name))

/** Text of the first line of that name; empty where there is none. */
export const textIn = (component: Component, name: string): string => valueIn(linesNamed(component, name)[0])

/** The value of a line. A comma that a producer forgot to escape cuts a text in two; joined, it is what was typed. */
export const valueIn = (entry: Entry | undefined): string =>
  entry?.property?.components.map((list) => list.join(',')).join(';') ?? ''

/** A parameter of a line, in its first value. */
export const paramOf = (entry: Entry | undefined, name: string): string | undefined =>
  entry?.property?.params.find(([param]) => param === name)?.[1][0]

/** The TZIDs that a file defines. */
export const definitionsIn = (card: Card): ReadonlyArray<string> =>
  treeOf(card)
    .children.filter(({ name }) => name === 'VTIMEZONE')
    .map((zone) => textIn(zone, 'tzid'))

/** The card without a component. */
export const withoutComponent = (card: Card, begin: Entry): Card => {
  const { from, to } = componentAt(card, begin)
  return { ...card, entries: [...card.entries.slice(0, from), ...card.entries.slice(to)] }
}

/** The card with these lines, whole components, at a place. They are read as any line of a file is. */
export const withComponentLines = (reader: Reader, card: Card, at: number, lines: ReadonlyArray<Line>): Card => {
  const whole = calendarOf(reader, [line('BEGIN:VCALENDAR', card.eol), ...lines, line('END:VCALENDAR', card.eol)])
  invariant(whole._tag === 'Right', 'a component of our own can be read')
  const added = whole.right.entries.slice(1, -1)
  return { ...card, entries: [...card.entries.slice(0, at), ...added, ...card.entries.slice(at)] }
}

export const line = (text: string, eol: string): Line => ({ raw: text + eol, text })
