/**
 * The operators that filters may use today, each as data: what value it takes, and the test it compiles to.
 * Every positive operator is false on null; a negative one is the exact complement of its partner.
 */
import type { FilterContext, Value } from '../model/index.js'
import { isEmpty } from '../model/index.js'
import { fold, foldsTo } from './fold.js'

/** A value of a condition. */
export type Operand = string | number | boolean | ReadonlyArray<string | number | boolean> | undefined

/** A test of one field's value. `exact`: ids, owners and states compare with their case. */
export type Test = (value: Value | undefined) => boolean

export interface Operator {
  readonly takes: 'none' | 'one' | 'list'
  readonly test: (operand: Operand, context: FilterContext, exact: boolean) => Test
}

const comparable = (value: Value | undefined, exact: boolean): Value | undefined =>
  typeof value === 'string' && !exact ? fold(value) : value

/** An operand is never empty, so nothing empty equals it. */
const equalTo: Operator['test'] = (operand, _context, exact) => {
  if (exact || typeof operand !== 'string') return (value) => value === operand
  const folded = fold(operand)
  return (value) => typeof value === 'string' && foldsTo(value, folded)
}

const oneOf: Operator['test'] = (operand, _context, exact) => {
  const wanted = new Set((Array.isArray(operand) ? operand : []).map((entry: Value) => comparable(entry, exact)))
  return (value) => wanted.has(comparable(value, exact))
}

const isUser: Operator['test'] = (_operand, context) => (value) =>
  Array.isArray(value)
    ? value.includes(`${context.user}@contoso.test`)
    : value === context.user || value === `${context.user}@contoso.test`

const isNull: Operator['test'] = () => isEmpty

const complement =
  (test: Operator['test']): Operator['test'] =>
  (operand, context, exact) => {
    const positive = test(operand, context, exact)
    return (value) => !positive(value)
  }

/** @public */
export const operators: ReadonlyMap<string, Operator> = new Map<string, Operator>([
  ['eq', { takes: 'one', test: equalTo }],
  ['ne', { takes: 'one', test: complement(equalTo) }],
  ['neq', { takes: 'one', test: complement(equalTo) }],
  ['in', { takes: 'list', test: oneOf }],
  ['not-in', { takes: 'list', test: complement(oneOf) }],
  ['null', { takes: 'none', test: isNull }],
  ['not-null', { takes: 'none', test: complement(isNull) }],
  ['eq-userid', { takes: 'none', test: isUser }],
  ['ne-userid', { takes: 'none', test: complement(isUser) }]
])
