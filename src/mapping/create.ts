/**
 * What a new thing gets: the fields with the bit towards its side, and what it may not lack (2.2/7, 11a); and the
 * first base of a pair.
 */
import type { Base, BaseValue, Fields, Side, Value } from '../model/index.js'
import { isDigest } from '../model/index.js'
import type { Flow, Rules } from './access.js'
import type { ConvertContext } from './convert/index.js'
import { type BaseDigestOf, baseValueOf } from './base.js'
import { keysFor, type RelatedNames, type Shape, type ShapeRow } from './rule.js'

/** What the making of a base asks beside the rules. @public */
export interface BaseContext {
  readonly names: RelatedNames
  readonly digest: BaseDigestOf
  readonly digestBase: boolean
}

/** The fields of a new thing, and which rows stayed behind because the user may not write them. @public */
export interface Creation {
  readonly fields: Fields
  readonly rows: ReadonlyArray<string>
  readonly refused: ReadonlyArray<string>
  /** Fields of the item that are emptied because their value was refused (2.3, rows 2 and 4 of the matrix). */
  readonly blank?: Fields
  readonly blankRows: ReadonlyArray<string>
  readonly malformed: ReadonlyArray<{ readonly side: Side; readonly path: string }>
}

const eachRow = (rules: Rules): ReadonlyArray<readonly [ShapeRow, Flow]> =>
  rules.shape.rows.flatMap((row, index) => {
    const flow = rules.flows[index]
    return flow === undefined ? [] : [[row, flow] as const]
  })

/** The record made for an item by a gesture. @public */
export const recordForItem = (rules: Rules, item: Fields, context: ConvertContext): Creation => {
  const fields: { [field: string]: Value } = {}
  let blank: Fields | undefined
  const rows: Array<string> = []
  const refused: Array<string> = []
  const blankRows: Array<string> = []
  const malformed: Array<{ readonly side: Side; readonly path: string }> = []
  for (const [row, flow] of eachRow(rules)) {
    const value = row.mail.lift(item, context.names)
    if (value === null || row.nameOf !== undefined) continue
    const wanted = (flow.configured & 2) !== 0 || row.row.required === true
    if (!wanted) continue
    if (!row.mail.accepts(value, context)) {
      malformed.push({ side: 'mail', path: `fields.${row.name}: expected ${row.mail.expected}` })
    } else if (flow.creates) {
      Object.assign(fields, row.record.set(row.toRecord(value, null, context), fields))
      rows.push(row.name)
    } else {
      refused.push(row.name)
      if (flow.resets) {
        blank = { ...blank, ...row.mail.set(null, { ...item, ...blank }) }
        blankRows.push(row.name)
      }
    }
  }
  return { fields, rows, refused, ...(blank === undefined ? {} : { blank }), blankRows, malformed }
}

/** The item made for a record that a filter holds. @public */
export const itemForRecord = (rules: Rules, record: Fields, context: ConvertContext): Creation => {
  const fields: { [field: string]: Value } = {}
  const rows: Array<string> = []
  const refused: Array<string> = []
  const malformed: Array<{ readonly side: Side; readonly path: string }> = []
  for (const [row, flow] of eachRow(rules)) {
    const value = row.record.lift(record, context.names)
    if (value === null) continue
    const wanted = (flow.configured & 1) !== 0 || row.row.required === true
    if (!wanted) continue
    if (row.nameOf === undefined && !row.record.accepts(value, context)) {
      malformed.push({
        side: 'record',
        path: `fields.${row.record.fields[0] ?? row.name}: expected ${row.record.expected}`
      })
    } else if (flow.mayRead) {
      Object.assign(fields, row.mail.set(row.toMail(value, null, context), fields))
      rows.push(row.name)
    } else {
      refused.push(row.name)
    }
  }
  return { fields, rows, refused, blankRows: [], malformed }
}

/** What one side holds of every row, as a base keeps it. @public */
export const baseSide = (rules: Rules, side: Side, fields: Fields, context: BaseContext): ReadonlyArray<BaseValue> =>
  rules.shape.rows.map((row) => {
    const value: Value = row[side].lift(fields, context.names)
    return baseValueOf(side, row, value, context)
  })

/** Both sides' values as they are now: the base of a pair that is found, not made. @public */
export const baseOf = (rules: Rules, mail: Fields, record: Fields, context: BaseContext): Base => ({
  mail: baseSide(rules, 'mail', mail, context),
  record: baseSide(rules, 'record', record, context)
})

/** The digests of what one side holds of every row, for intents; an empty row has none, but an empty text. */
export const digestsOf = (
  rules: Rules,
  side: Side,
  fields: Fields,
  names: RelatedNames,
  digest: BaseDigestOf
): ReadonlyArray<string> =>
  rules.shape.rows.map((row) => {
    const value = row[side].normal(row[side].lift(fields, names))
    return value === null ? '' : digest(side, row.name, value)
  })

/**
 * Carries a base over to another shape: rows known there keep their base, a new row takes what both sides hold now
 * (1.9/3). With digests a row whose normal form has changed is new as well.
 * @public
 */
export const rebase = (
  rules: Rules,
  from: Pick<Shape, 'keys' | 'versions' | 'chosen'>,
  base: Base,
  mail: Fields,
  record: Fields,
  context: BaseContext
): Base => {
  const now = baseOf(rules, mail, record, context)
  const formerKeys = keysFor(from, mail)
  const indexes = keysFor(rules.shape, mail).map((key, index) => {
    const old = formerKeys.indexOf(key)
    return context.digestBase && from.versions[old] !== rules.shape.versions[index] ? -1 : old
  })
  const carry = (side: Side): ReadonlyArray<BaseValue> =>
    indexes.map((old, index) => {
      const row = rules.shape.rows[index]
      const value = (old < 0 ? now[side][index] : base[side][old]) ?? null
      return row === undefined || isDigest(value) ? value : baseValueOf(side, row, value, context)
    })
  return { mail: carry('mail'), record: carry('record') }
}
