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
  readonly mailFields?: Fields
  readonly recordFields?: Fields
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
  draft.setFields('mail', amendment.mailFields ?? {})
  draft.setFields('record', amendment.recordFields ?? {})
  return draft.merge()
}

class Draft {
  readonly #pair: Pair
  readonly #merge: Merge
  readonly #context: DecideContext
  readonly #set: { [side in Side]: Fields | undefined }
  readonly #rows: { readonly [side in Side]: Array<string> }
  #base: Base | undefined
  #moved = false

  constructor(pair: Pair, merge: Merge, context: DecideContext) {
    this.#pair = pair
    this.#merge = merge
    this.#context = context
    this.#set = { mail: merge.setMail, record: merge.setRecord }
    this.#rows = { mail: [...merge.mailRows], record: [...merge.recordRows] }
    this.#base = merge.base
  }

  setRow(side: Side, name: string, value: Value): void {
    const { shape } = this.#pair.rules
    const index = shape.rows.findIndex((row) => row.name === name)
    const row = shape.rows[index]
    if (row === undefined || !mayWrite(this.#pair.rules, index, side)) return
    const fields = this.#fields(side)
    const standing = row[side].normal(row[side].lift(fields, this.#pair.names))
    if (canonicalJson(standing) === canonicalJson(row[side].normal(value))) return
    this.#set[side] = { ...this.#set[side], ...row[side].set(value, fields) }
    if (!this.#rows[side].includes(name)) this.#rows[side].push(name)
    const base = this.#base ?? this.#pair.base
    const values = base[side].slice()
    const { digest, digestBase } = baseContextOf(this.#context, this.#pair.rules, this.#pair.link.id, this.#pair.names)
    values[index] = baseValueOf(side, row, value, { digest, digestBase })
    this.#base = { ...base, [side]: values }
    this.#moved = true
  }

  setFields(side: Side, set: Fields): void {
    const fields = this.#fields(side)
    const changed = Object.entries(set).filter(
      ([name, value]) =>
        !(isEmpty(fields[name]) ? isEmpty(value) : canonicalJson(fields[name]) === canonicalJson(value))
    )
    if (changed.length === 0) return
    this.#set[side] = { ...this.#set[side], ...Object.fromEntries(changed) }
    this.#moved = true
  }

  merge(): Merge {
    if (!this.#moved) return this.#merge
    const { mail, record } = this.#set
    const code =
      mail !== undefined && record !== undefined ? 'both-ways' : record !== undefined ? 'to-record' : 'to-mail'
    return {
      ...this.#merge,
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

/** What follows is held back by the user's rights as what it follows from. */
const mayWrite = ({ flows }: Rules, index: number, side: Side): boolean => {
  const flow = flows[index]
  return flow !== undefined && (side === 'mail' ? flow.mayRead : flow.mayUpdate)
}
