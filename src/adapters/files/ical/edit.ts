/**
 * Edits of one component of a calendar: a property set, another value, none. Every edit answers a new card; the
 * component is found in it by its BEGIN line.
 */
import type { Card, Entry, Reader } from '../lines/entry.js'
import { plainText } from '../lines/plain.js'
import type { Spelled } from '../lines/print.js'
import { withLine, withLineFor, withoutLine, withValue } from '../lines/print.js'
import { componentAt, linesNamed, textIn } from './calendar.js'
import { rawNames } from './names.js'

/** The component that is edited, and what prints it. */
export interface Edited {
  readonly reader: Reader
  readonly card: Card
  readonly begin: Entry
}

export const componentOf = ({ card, begin }: Edited) => componentAt(card, begin)

const formOf = (name: string): 'raw' | 'text' => (rawNames.includes(name) ? 'raw' : 'text')

/** A line more, behind the component's own ones: what components are in it stands after them. */
export const added = (edited: Edited, line: Omit<Spelled, 'form'>): Edited => {
  const after = componentOf(edited).lines.at(-1) ?? edited.begin
  return { ...edited, card: withLine(edited.reader, edited.card, { ...line, form: formOf(line.name) }, after) }
}

export const removed = (edited: Edited, ...entries: ReadonlyArray<Entry>): Edited => ({
  ...edited,
  card: entries.reduce(withoutLine, edited.card)
})

export const withoutNamed = (edited: Edited, ...names: ReadonlyArray<string>): Edited =>
  removed(edited, ...linesNamed(componentOf(edited), ...names))

/** Another line in the place of one. */
const replacedLine = (edited: Edited, entry: Entry, line: Omit<Spelled, 'form'>): Edited => ({
  ...edited,
  card: withLineFor(edited.reader, edited.card, entry, { ...line, form: formOf(line.name) })
})

/** The property as a whole: in the place of the first line of that name, behind the others where there is none. */
export const withProperty = (edited: Edited, name: string, value: string, params: Spelled['params'] = []): Edited => {
  const [first, ...others] = linesNamed(componentOf(edited), name)
  const line = { name, params, components: [[value]] }
  return first === undefined ? added(edited, line) : replacedLine(removed(edited, ...others), first, line)
}

/** A text; its parameters stay. Empty removes every line of that name. */
export const withText = (edited: Edited, name: string, value: string): Edited => {
  const component = componentOf(edited)
  const text = plainText(value)
  if (textIn(component, name) === text) return edited
  if (text === '') return withoutNamed(edited, name)
  const [line] = linesNamed(component, name)
  if (line === undefined) return added(edited, { name, params: [], components: [[text]] })
  const next = { components: [[text]], form: formOf(name) }
  return { ...edited, card: withValue(edited.reader, edited.card, line, next) }
}
