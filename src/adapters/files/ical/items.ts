/**
 * The items of a calendar file: one thing of one UID, and beside it the occurrences of it that were changed. Each of
 * those is an item of its own, named by the moment at which it would have been, as the file writes it. Components
 * of other kinds are left alone.
 */
import { createHash } from 'node:crypto'
import type { Result } from '../../../model/index.js'
import { limits, ok } from '../../../model/index.js'
import type { Card } from '../lines/entry.js'
import { malformed } from '../lines/entry.js'
import type { Line } from '../lines/line.js'
import { headLengthOf } from '../lines/line.js'
import type { Component } from './calendar.js'
import { linesNamed, shapeOf, textIn, treeOf, valueIn } from './calendar.js'

/** Which kind of component an item is. */
export type ItemName = 'VEVENT' | 'VTODO'

/** Empty for the thing itself, else the moment of an occurrence: `20260309T090000`, `20260309T080000Z`, `20260309`. */
export type Within = string

const withinPattern = /^\d{8}(?:T\d{6}Z?)?$/

/** The component of an item; `undefined` where the file has no such one. */
export const itemIn = (card: Card, name: ItemName, within: Within): Result<Component | undefined> => {
  const all = itemsOf(card, name)
  return all._tag === 'Left' ? all : ok(all.right.find((item) => item.within === within)?.component)
}

interface Item {
  readonly within: Within
  readonly component: Component
}

/** All items of a file. `Malformed` where it holds none of that kind, or more than one thing. */
export const itemsOf = (card: Card, name: ItemName): Result<ReadonlyArray<Item>> => {
  const components = treeOf(card).children
  const own = components.filter((component) => component.name === name)
  if (own.length === 0) return malformed(`VCALENDAR: expected ${name}, found ${othersOf(components)}`)
  const uids = new Set(own.map((component) => textIn(component, 'uid').trim()))
  if (uids.size > 1) return malformed(`${name}: expected one UID in a file, found ${uids.size}`)
  const items = own.map((component) => ({ within: withinOf(component), component }))
  if (items.some(({ within }) => within !== '' && !withinPattern.test(within)))
    return malformed('RECURRENCE-ID: expected a date or a time')
  if (new Set(items.map(({ within }) => within)).size < items.length)
    return malformed(`${name}: expected one for each occurrence`)
  if (items.length > limits.exceptionsMax + 1)
    return malformed(`${name}: expected at most ${limits.exceptionsMax} changed occurrences`)
  return ok(items)
}

const known = ['VEVENT', 'VTODO', 'VJOURNAL', 'VFREEBUSY', 'VAVAILABILITY', 'VPOLL', 'VTIMEZONE']

const othersOf = (components: ReadonlyArray<Component>): string =>
  [...new Set(components.map(({ name }) => name))].filter((name) => known.includes(name)).join(', ') || 'nothing'

const withinOf = (component: Component): Within => {
  const [entry] = linesNamed(component, 'recurrence-id')
  return entry === undefined ? '' : valueIn(entry).trim() || '-'
}

/** An item of a file, with the version of exactly what it is made of. */
export interface Part {
  readonly within: Within
  readonly version?: string
}

const whole: ReadonlyArray<Part> = [{ within: '' }]

/**
 * The items of a file by its lines alone: the feed lists them without reading a calendar. The thing itself changes
 * with the file, an occurrence with its own lines and those of the zones. What cannot be cut is one item, and what
 * is wrong with it `read` says.
 */
export const partsOf = (lines: ReadonlyArray<Line>, name: ItemName): ReadonlyArray<Part> => {
  const shape = shapeOf(lines)
  if (shape._tag === 'Left') return whole
  const zones = createHash('sha256')
  const items: Array<{ within: Within; texts: Array<string> }> = []
  let depth = 0
  let open: { within: Within; texts: Array<string> } | undefined
  let inZone = false
  for (const [at, { raw, text }] of lines.entries()) {
    const mark = shape.right[at] ?? ''
    if (mark.startsWith('begin ') && ++depth === 2) {
      open = mark === `begin ${name}` ? { within: '', texts: [] } : undefined
      inZone = mark === 'begin VTIMEZONE'
    }
    if (inZone) zones.update(raw)
    open?.texts.push(raw)
    if (open !== undefined && depth === 2 && mark === name) {
      if (/^RECURRENCE-ID[;:]/i.test(text) && open.within === '')
        open.within = text.slice(headLengthOf(text) + 1).trim() || '-'
    }
    if (mark.startsWith('end ') && --depth === 1) {
      if (open !== undefined) items.push(open)
      open = undefined
      inZone = false
    }
  }
  const isCut =
    items.length > 0 &&
    items.length <= limits.exceptionsMax + 1 &&
    new Set(items.map(({ within }) => within)).size === items.length &&
    items.every(({ within }) => within === '' || withinPattern.test(within))
  if (!isCut) return whole
  const zoneVersion = zones.digest('hex')
  return items.map(({ within, texts }) =>
    within === ''
      ? { within }
      : { within, version: createHash('sha256').update(zoneVersion).update(texts.join('')).digest('hex').slice(0, 32) }
  )
}
