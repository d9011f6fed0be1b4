/**
 * Whether a filter holds a record. `compile` makes a filter into a function once; `evaluate` is for one question.
 * The in-memory judgement is the one that counts: a store may over-return (3.12/40).
 */
import type { Condition, Filter, FilterContext, RecordSnapshot, Value } from '../model/index.js'
import { fieldOf } from '../model/index.js'
import { operators } from './operators.js'

/** A compiled filter. @public */
export type Predicate = (record: RecordSnapshot) => boolean

type Reader = (record: RecordSnapshot) => Value | undefined

const isoOf = (atMs: number | undefined): Value => (atMs === undefined ? null : new Date(atMs).toISOString())

const id: Reader = (record) => record.ref
const owner: Reader = (record) => record.owner
const state: Reader = (record) => record.state
const status: Reader = (record) => record.status
const created: Reader = (record) => isoOf(record.createdAtMs)
const modified: Reader = (record) => isoOf(record.changedAtMs)

/** Besides its fields every record has these (3.2/9a); a field of that name goes before an alias. */
const attributes: ReadonlyMap<string, { readonly read: Reader; readonly alias: boolean }> = new Map([
  ['id', { read: id, alias: false }],
  ['owner', { read: owner, alias: false }],
  ['ownerid', { read: owner, alias: true }],
  ['state', { read: state, alias: false }],
  ['statecode', { read: state, alias: true }],
  ['status', { read: status, alias: false }],
  ['statuscode', { read: status, alias: true }],
  ['created', { read: created, alias: false }],
  ['createdon', { read: created, alias: true }],
  ['modified', { read: modified, alias: false }],
  ['modifiedon', { read: modified, alias: true }]
])

const readerOf = (field: string): Reader => {
  const attribute = attributes.get(field)
  if (attribute === undefined)
    return field in Object.prototype ? (record) => fieldOf(record.fields, field) : (record) => record.fields[field]
  if (!attribute.alias) return attribute.read
  return (record) => (Object.hasOwn(record.fields, field) ? record.fields[field] : attribute.read(record))
}

const conditionTest = (condition: Condition, context: FilterContext): Predicate => {
  const read = readerOf(condition.field)
  const operator = operators.get(condition.op)
  if (operator === undefined) return () => false
  const test = operator.test(condition.value, context, attributes.has(condition.field))
  return (record) => test(read(record))
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

/** Compiles a filter that `filterFaults` has found without fault. @public */
export const compile = (filter: Filter, context: FilterContext): Predicate => {
  if ('and' in filter) {
    return all(filter.and.map((part) => compile(part, context)))
  }
  if ('or' in filter) {
    const none = all(filter.or.map((part) => not(compile(part, context))))
    return not(none)
  }
  if ('not' in filter) {
    return not(compile(filter.not, context))
  }
  return conditionTest(filter, context)
}

/** @public */
export const evaluate = (filter: Filter, record: RecordSnapshot, context: FilterContext): boolean =>
  compile(filter, context)(record)
