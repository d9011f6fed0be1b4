/**
 * Whether a filter holds a record. The in-memory judgement is the one that counts: a store may over-return (3.12/40).
 * `evaluate` is for one question and as plain as the rules; `compile` makes a filter into a function once, for many.
 */
import type { Filter, FilterContext, RecordSnapshot } from '../model/index.js'
import { readerOf } from './attributes.js'
import { passes } from './judge.js'
import { type Judging, type Resolved, resolve } from './resolve.js'
import { fitsSchema } from './values.js'

/**
 * Whether a filter that `filterFaults` has found without fault holds a record. A record that does not fit the schema
 * is held by no filter; `misfits` tells.
 * @public
 */
export const evaluate = (
  filter: Filter,
  record: RecordSnapshot,
  context: FilterContext,
  judging: Judging = {}
): boolean =>
  (judging.schema === undefined || fitsSchema(judging.schema)(record)) &&
  holds(resolve(filter, context, judging), record, context)

const holds = (node: Resolved, record: RecordSnapshot, context: FilterContext): boolean => {
  switch (node._tag) {
    case 'All':
      return node.parts.every((part) => holds(part, record, context))
    case 'Any':
      return node.parts.some((part) => holds(part, record, context))
    case 'Not':
      return !holds(node.part, record, context)
    case 'Field':
      return passes(node.test, readerOf(node.source, context)(record)) !== node.negative
  }
}
