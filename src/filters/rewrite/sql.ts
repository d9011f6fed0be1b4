/**
 * A filter as a condition of SQLite's SQL (3.12). It asks for at least what the filter holds, on null, case, patterns
 * and time zones too, and for more where SQL cannot say it exactly: the engine judges the answer. Borders of windows
 * come in as instants and dates; no clock and no zone of the database is used.
 */
import type { Filter, FilterContext } from '../../model/index.js'
import { type Asked, type Judging, type Resolved, resolve } from '../resolve.js'
import { allOf, anyOf, type Bound, type Clause, doubt, flipped, notOf, type SqlParameter } from './clause.js'
import { columnClause, type SqlTable } from './columns.js'
import { fieldClause, placeOf, presenceOf } from './fields.js'

/** A condition for WHERE. @public */
export interface SqlCondition {
  readonly sql: string
  /** In the order of the question marks. */
  readonly parameters: ReadonlyArray<SqlParameter>
  /** The condition holds what the filter holds: the answer needs no judge. */
  readonly exact: boolean
}

/**
 * What a filter without fault asks of a table of SQLite. `more`, the default, never asks for less than the filter
 * holds; `less` never for more: that is what may be taken away from another answer.
 * @public
 */
export const sqlFrom = (
  filter: Filter,
  context: FilterContext,
  table: SqlTable,
  judging: Judging = {},
  bound: Bound = 'more'
): SqlCondition => {
  const asked = resolve(filter, context, judging)
  // Conditions on columns stand outside of the case below, where indexes see them.
  const parts = (asked._tag === 'All' ? asked.parts : [asked]).map((part) => clauseOf(part, table, bound, 1))
  const ofColumns = parts.filter((part) => part.ofColumns)
  const ofFields = parts.filter((part) => !part.ofColumns)
  const { sql, parameters, exact } = allOf([
    ...ofColumns,
    ...(ofFields.length === 0 ? [] : [onSoundFields(table, allOf(ofFields), bound)])
  ])
  return { sql, parameters, exact }
}

/** A row whose fields are spoilt, or spelled with escapes, is nobody's to judge here. */
const onSoundFields = ({ fields }: SqlTable, clause: Clause, bound: Bound): Clause => {
  const otherwise = bound === 'more' ? 1 : 0
  return {
    ...clause,
    sql: `CASE WHEN NOT json_valid(${fields}) THEN ${otherwise} WHEN json_type(${fields}) <> 'object' THEN ${otherwise}
      WHEN instr(${fields}, '\\u') > 0 THEN ${otherwise} ELSE ${clause.sql} END`
  }
}

/** Deeper groups are left to the judge: parsers of SQL have a stack. */
const depthMax = 16

const clauseOf = (node: Resolved, table: SqlTable, bound: Bound, depth: number): Clause => {
  if (depth > depthMax) return doubt(bound)
  const below = (part: Resolved): Clause => clauseOf(part, table, bound, depth + 1)
  switch (node._tag) {
    case 'All':
      return allOf(node.parts.map(below))
    case 'Any':
      return anyOf(node.parts.map(below))
    case 'Not':
      return notOf(clauseOf(node.part, table, flipped(bound), depth + 1))
    case 'Field':
      return node.negative ? notOf(askedClause(node, table, flipped(bound))) : askedClause(node, table, bound)
  }
}

const askedClause = ({ source, type, test }: Asked, table: SqlTable, bound: Bound): Clause => {
  const { field, attribute } = source
  const ofAttribute = attribute === undefined ? undefined : columnClause(table, attribute, test, bound)
  if (field === undefined) return ofAttribute ?? doubt(bound)
  const place = placeOf(table.fields, field)
  if (place === undefined) return doubt(bound)
  if (ofAttribute === undefined) return fieldClause(place, test, bound)
  // A field goes before its alias. What it holds need not be an instant: no schema has looked at it.
  const isThere = presenceOf(place)
  const ofField = type === 'datetime' ? doubt(bound) : fieldClause(place, test, bound)
  return anyOf([allOf([isThere, ofField]), allOf([notOf(isThere), ofAttribute])])
}
