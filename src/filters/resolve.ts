/**
 * From a filter to what it asks of a record: every condition with the test it comes to for this user, now and here.
 * What is judged in memory and what is rewritten for a store begins with this, so that neither can mean another thing.
 */
import type { Condition, FieldType, FieldTypes, Filter, FilterContext, Zones } from '../model/index.js'
import { type Source, sourceOf, typeOf } from './attributes.js'
import { fold } from './fold.js'
import { type Moment, momentOf } from './moment.js'
import { type WorkingOperator, workings } from './operators.js'
import { type Forms, nothing, type Test } from './tests.js'

/** What judging asks beside filter, record and context. @public */
export interface Judging {
  /** Time-zone data. Needed where the user's zone is not UTC and a condition is on dates. */
  readonly zones?: Zones
  /** Types of the record's fields. Without it a value is taken for what it looks like. */
  readonly schema?: FieldTypes
}

export interface Asked {
  readonly source: Source
  readonly type: FieldType | undefined
  readonly test: Test
  readonly negative: boolean
}

/** A filter of tests. */
export type Resolved =
  | { readonly _tag: 'All'; readonly parts: ReadonlyArray<Resolved> }
  | { readonly _tag: 'Any'; readonly parts: ReadonlyArray<Resolved> }
  | { readonly _tag: 'Not'; readonly part: Resolved }
  | ({ readonly _tag: 'Field' } & Asked)

export const resolve = (filter: Filter, context: FilterContext, { zones, schema }: Judging): Resolved => {
  const moment = momentOf(context, zones)
  const walk = (node: Filter): Resolved => {
    if ('and' in node) return { _tag: 'All', parts: node.and.map(walk) }
    if ('or' in node) return { _tag: 'Any', parts: node.or.map(walk) }
    if ('not' in node) return { _tag: 'Not', part: walk(node.not) }
    return { _tag: 'Field', ...askedBy(node, schema, moment) }
  }
  return walk(filter)
}

const askedBy = ({ field, op, value }: Condition, schema: FieldTypes | undefined, moment: Moment): Asked => {
  const operator = workings.get(op)
  const type = typeOf(field, schema)
  const source = sourceOf(field)
  // `filterFaults` refuses both; whoever did not ask it gets a condition that knows no value.
  if (operator === undefined || (type !== undefined && !operator.types.includes(type)))
    return { source, type, test: nothing, negative: operator?.negative ?? false }
  const test = type === undefined ? byForm(operator, value, moment) : operator.test(type, value, moment)
  return { source, type, test: withAddresses(source, test, moment.context), negative: operator.negative }
}

/** Parties may be named by their addresses (3.2/9b); a row's owner is an id, and no address is asked for. */
const withAddresses = ({ attribute }: Source, test: Test, context: FilterContext): Test => {
  if (attribute !== undefined || test._tag !== 'Who') return test
  const addresses = Object.entries(context.addresses ?? {}).map(([address, user]) => [fold(address), user] as const)
  return { ...test, addresses: new Map(addresses) }
}

/** Which of a field's types a value of some form stands for, where the schema does not say: the first that fits. */
const typesOfForm: { readonly [F in keyof Forms]-?: ReadonlyArray<FieldType> } = {
  text: ['string', 'owner', 'id'],
  number: ['number'],
  boolean: ['boolean'],
  date: ['date'],
  datetime: ['datetime'],
  list: ['multichoice']
}

const byForm = (operator: WorkingOperator, value: Condition['value'], moment: Moment): Test => {
  const forms: { -readonly [F in keyof Forms]: Test } = {}
  for (const form of ['text', 'number', 'boolean', 'date', 'datetime', 'list'] as const) {
    // One value is compared with each entry of a list; only a list of values with the list itself.
    const isApart = form === 'list' && operator.takes !== 'list'
    const type = isApart ? undefined : typesOfForm[form].find((candidate) => operator.types.includes(candidate))
    const test = type === undefined ? nothing : operator.test(type, value, moment)
    if (test._tag === 'Empty' || test._tag === 'Who') return test
    if (test._tag !== 'Nothing') forms[form] = test
  }
  return { _tag: 'ByForm', ...forms }
}
