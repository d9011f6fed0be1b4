/**
 * What a kind adds to a merge: values that follow from other values, such as the hundred per cent of a completed task.
 * They are written with the rows that carry them, so that base, intents and echoes know them.
 */
import { baseValueOf, type Merge, type Rules } from '../../../mapping/index.js'
import type { Base, Fields, Reason, Side, Value } from '../../../model/index.js'
import { canonicalJson, isEmpty } from '../../../model/index.js'
import type { Pair } from '../sight.js'
import { baseContextOf, type DecideContext } from '../context.js'

/** Values by row and side, and fields of either side that no row has. */
export interface Amendment {
  readonly mail?: { readonly [row: string]: Value }
  readonly record?: { readonly [row: string]: Value }
  /** Rows that the item must hold whatever their direction, for what was written beside them to be true. */
  readonly mailAnyway?: { readonly [row: string]: Value }
  readonly mailFields?: Fields
  readonly recordFields?: Fields
}

/** What a kind adds to a new thing: values of rows, and fields that no row has. */
export interface Addition {
  readonly rows?: { readonly [row: string]: Value }
  readonly fields?: Fields
}

/** Codes that say only which sides were written: they are told anew once more is written. */
const plainCodes: ReadonlySet<Reason> = new Set<Reason>([
  'unchanged',
  'converged',
  'wrong-side-edit',
  'to-mail',
  'to-record',
  'both-ways'
])

export const amended = (pair: Pair, merge: Merge, amendment: Amendment, context: DecideContext): Merge => {
  const draft = new Draft(pair, merge, context)
  for (const side of ['mail', 'record'] as const) {
    for (const [row, value] of Object.entries(amendment[side] ?? {})) draft.setRow(side, row, value)
  }
  for (const [row, value] of Object.entries(amendment.mailAnyway ?? {})) draft.setRow('mail', row, value, true)
  draft.setFields('mail', amendment.mailFields ?? {})
  draft.setFields('record', amendment.recordFields ?? {})
  return draft.merge()
}

class Draft {
  readonly #pair: Pair
  readonly #merge: Merge
  readonly #context: DecideContext
  readonly #set: { [side in Side]: Fields | undefined }
  readonly #rows: { [side in Side]: ReadonlyArray<string> }
  #base: Base | undefined
  #moved = false

  constructor(pair: Pair, merge: Merge, context: DecideContext) {
    this.#pair = pair
    this.#merge = merge
    this.#context = context
    this.#set = { mail: merge.setMail, record: merge.setRecord }
    this.#rows = { mail: merge.mailRows, record: merge.recordRows }
    this.#base = merge.base
  }

  setRow(side: Side, name: string, value: Value, anyway = false): void {
    const { shape } = this.#pair.rules
    const index = shape.rows.findIndex((row) => row.name === name)
    const row = shape.rows[index]
    if (row === undefined || !mayWrite(this.#pair.rules, index, side, anyway)) return
    const fields = this.#fields(side)
    const standing = row[side].normal(row[side].lift(fields, this.#pair.names))
    // What the merge has set may only look the same: an open status beside a hundred per cent is completed.
    const isSame = canonicalJson(standing) === canonicalJson(row[side].normal(value))
    if (isSame && !this.#rows[side].includes(name)) return
    this.#set[side] = this.#written(side, row[side].set(value, fields))
    const rows = this.#rows[side].filter((other) => other !== name)
    const isWritten = row[side].fields.some((field) => Object.hasOwn(this.#set[side] ?? {}, field))
    this.#rows[side] = isWritten ? [...rows, name] : rows
    const base = this.#base ?? this.#pair.base
    const values = base[side].slice()
    const { digest, digestBase } = baseContextOf(this.#context, this.#pair.rules, this.#pair.link.id, this.#pair.names)
    values[index] = baseValueOf(side, row, value, { digest, digestBase })
    this.#base = { ...base, [side]: values }
    this.#moved = true
  }

  /** What is set so far and this; a field that the thing holds already is not written. */
  #written(side: Side, set: Fields): Fields | undefined {
    const { fields } = side === 'mail' ? this.#pair.item : this.#pair.record
    const all = Object.entries({ ...this.#set[side], ...set }).filter(
      ([field, value]) => !Object.hasOwn(set, field) || !isSameField(fields[field], value)
    )
    return all.length === 0 ? undefined : Object.fromEntries(all)
  }

  setFields(side: Side, set: Fields): void {
    const fields = this.#fields(side)
    const changed = Object.entries(set).filter(([name, value]) => !isSameField(fields[name], value))
    if (changed.length === 0) return
    this.#set[side] = { ...this.#set[side], ...Object.fromEntries(changed) }
    this.#moved = true
  }

  merge(): Merge {
    if (!this.#moved) return this.#merge
    const { mail, record } = this.#set
    const code = codeOf(mail !== undefined, record !== undefined)
    return {
      ...without(this.#merge),
      code: plainCodes.has(this.#merge.code) ? code : this.#merge.code,
      ...(mail === undefined ? {} : { setMail: mail }),
      ...(record === undefined ? {} : { setRecord: record }),
      mailRows: this.#rows.mail,
      recordRows: this.#rows.record,
      base: this.#base ?? this.#pair.base
    }
  }

  #fields(side: Side): Fields {
    const thing = side === 'mail' ? this.#pair.item : this.#pair.record
    return { ...thing.fields, ...this.#set[side] }
  }
}

const without = ({ setMail: _mail, setRecord: _record, ...merge }: Merge): Merge => merge

const codeOf = (writesMail: boolean, writesRecord: boolean): Reason => {
  if (writesMail && writesRecord) return 'both-ways'
  if (writesRecord) return 'to-record'
  return writesMail ? 'to-mail' : 'unchanged'
}

const isSameField = (x: Value | undefined, y: Value): boolean =>
  isEmpty(x) ? isEmpty(y) : canonicalJson(x) === canonicalJson(y)

/** What follows from a row flows as rows do: under its own direction, and the user's rights. */
const mayWrite = ({ flows }: Rules, index: number, side: Side, anyway: boolean): boolean => {
  const flow = flows[index]
  if (flow === undefined) return false
  return side === 'mail' ? flow.toMail || (anyway && flow.mayRead) : flow.toRecord
}
