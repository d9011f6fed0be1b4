/**
 * A filter as one function: each condition becomes the shortest test that its type and value allow. Six conditions
 * are to cost little more than a predicate written by hand.
 */
import type { Filter, FilterContext, RecordSnapshot, Value } from '../model/index.js'
import { type Reader, readerOf } from './attributes.js'
import { foldsTo } from './fold.js'
import { passes } from './judge.js'
import { type Asked, type Judging, type Resolved, resolve } from './resolve.js'
import type { Forms, Test } from './tests.js'
import { fitsSchema } from './values.js'

/** A compiled filter. @public */
export type Predicate = (record: RecordSnapshot) => boolean

/**
 * Compiles a filter that `filterFaults` has found without fault. A record that does not fit the schema is held by no
 * filter.
 * @public
 */
export const compile = (filter: Filter, context: FilterContext, judging: Judging = {}): Predicate => {
  const holds = predicateOf(resolve(filter, context, judging), context)
  if (judging.schema === undefined) return holds
  const fits = fitsSchema(judging.schema)
  return (record) => holds(record) && fits(record)
}

const predicateOf = (node: Resolved, context: FilterContext): Predicate => {
  switch (node._tag) {
    case 'All':
      return all(node.parts.map((part) => predicateOf(part, context)))
    case 'Any':
      return not(all(node.parts.map((part) => not(predicateOf(part, context)))))
    case 'Not':
      return not(predicateOf(node.part, context))
    case 'Field':
      return conditionOf(node, context)
  }
}

const not =
  (part: Predicate): Predicate =>
  (record) =>
    !part(record)

/** A chain of pairs: every call in it has one target, which engines inline, as a loop over a list has not. */
const all = (parts: ReadonlyArray<Predicate>): Predicate => {
  const [first, ...rest] = parts
  if (first === undefined) return () => true
  if (rest.length === 0) return first
  const others = all(rest)
  return (record) => first(record) && others(record)
}

const conditionOf = ({ source, test, negative }: Asked, context: FilterContext): Predicate => {
  const read = readerOf(source, context)
  const condition = conditionFor(read, test)
  return negative ? not(condition) : condition
}

const conditionFor = (read: Reader, test: Test): Predicate => {
  const only = test._tag === 'ByForm' ? onlyForm(test) : test
  const [value] = only?._tag === 'Is' && only.values.size === 1 ? only.values : []
  if (only !== undefined && value !== undefined && test === only) return (record) => read(record) === value
  const short = test._tag === 'Folded' ? foldedTest(test.texts) : undefined
  return short === undefined ? (record) => passes(test, read(record)) : (record) => short(read(record))
}

const onlyForm = (_forms: Forms): Test | undefined => undefined

const foldedTest = (texts: ReadonlySet<string>): ((value: Value | undefined) => boolean) | undefined => {
  const [folded] = texts
  if (texts.size !== 1 || folded === undefined) return undefined
  return (value) => typeof value === 'string' && foldsTo(value, folded)
}
