/**
 * A filter as one function. Engines inline a call where its place in the source has only ever had one target, so each
 * condition of a filter gets a place of its own, as far as they last, and each group one for its size. Six conditions
 * are to cost little more than a predicate written by hand.
 */
import type { Filter, FilterContext, RecordSnapshot } from '../model/index.js'
import { type Reader, readerOf, type Source } from './attributes.js'
import { type Judging, type Resolved, resolve } from './resolve.js'
import { type ValueTest, valueTestOf } from './value-test.js'
import { fitsSchema } from './values.js'

/** A compiled filter. @public */
export type Predicate = (record: RecordSnapshot) => boolean

/**
 * Compiles a filter that `filterFaults` has found without fault. A record that does not fit the schema is held by no
 * filter.
 * @public
 */
export const compile = (filter: Filter, context: FilterContext, judging: Judging = {}): Predicate => {
  const holds = predicateOf(resolve(filter, context, judging), false, { context, conditions: 0 })
  if (judging.schema === undefined) return holds
  const fits = fitsSchema(judging.schema)
  return (record) => holds(record) && fits(record)
}

/** What the compiling of one filter shares. */
interface Compiling {
  readonly context: FilterContext
  /** Conditions so far: the next one's place. */
  conditions: number
}

/** `not` wanders down to the conditions, where it costs nothing. */
const predicateOf = (node: Resolved, negated: boolean, compiling: Compiling): Predicate => {
  switch (node._tag) {
    case 'Not':
      return predicateOf(node.part, !negated, compiling)
    case 'Field':
      return conditionOf(node.source, valueTestOf(node.test), node.negative !== negated, compiling)
    default: {
      const parts = node.parts.map((part) => predicateOf(part, negated, compiling))
      return (node._tag === 'All') === negated ? anyOf(parts) : allOf(parts)
    }
  }
}

const conditionOf = (source: Source, test: ValueTest, negative: boolean, compiling: Compiling): Predicate => {
  const { field, attribute } = source
  if (attribute === 'owner' && field === undefined) return ({ owner }) => test(owner) !== negative
  if (attribute === 'state' && field === undefined) return ({ state }) => test(state) !== negative
  if (attribute === undefined && field !== undefined && !(field in Object.prototype)) {
    const place = places[compiling.conditions % places.length]
    compiling.conditions += 1
    if (place !== undefined) return place(field, test, negative)
  }
  return conditionBy(readerOf(source, compiling.context), test, negative)
}

const conditionBy =
  (read: Reader, test: ValueTest, negative: boolean): Predicate =>
  (record) =>
    test(read(record)) !== negative

type Place = (field: string, test: ValueTest, negative: boolean) => Predicate

/** The same eight times, and not by mistake: what an engine learns of one condition it must not mix with another's. */
const places: ReadonlyArray<Place> = [
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative,
  (field, test, negative) =>
    ({ fields }) =>
      test(fields[field]) !== negative
]

const everything: Predicate = () => true
const nothing: Predicate = () => false

const allOf = (parts: ReadonlyArray<Predicate>): Predicate => {
  const [a = everything, b = everything, c = everything, d = everything, e = everything, f = everything, ...more] =
    parts
  switch (parts.length) {
    case 0:
    case 1:
      return a
    case 2:
      return (record) => a(record) && b(record)
    case 3:
      return (record) => a(record) && b(record) && c(record)
    case 4:
      return (record) => a(record) && b(record) && c(record) && d(record)
    case 5:
      return (record) => a(record) && b(record) && c(record) && d(record) && e(record)
    case 6:
      return (record) => a(record) && b(record) && c(record) && d(record) && e(record) && f(record)
    default:
      return allOf([allOf([a, b, c, d, e, f]), allOf(more)])
  }
}

const anyOf = (parts: ReadonlyArray<Predicate>): Predicate => {
  const [a = nothing, b = nothing, c = nothing, d = nothing, ...more] = parts
  switch (parts.length) {
    case 0:
    case 1:
      return a
    case 2:
      return (record) => a(record) || b(record)
    case 3:
      return (record) => a(record) || b(record) || c(record)
    case 4:
      return (record) => a(record) || b(record) || c(record) || d(record)
    default:
      return anyOf([anyOf([a, b, c, d]), anyOf(more)])
  }
}
