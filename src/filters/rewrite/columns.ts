/** Tests of what every record has, on columns of its own: these can be said exactly, and use indexes. */
import type { Attribute } from '../attributes.js'
import type { Test } from '../tests.js'
import type { Scalar } from '../values.js'
import { type Bound, type Clause, doubt, never, type SqlParameter } from './clause.js'

/** Where a table keeps its records. Expressions of SQL; names of the table's own, never anything from outside. @public */
export interface SqlTable {
  /** The fields as one JSON text. */
  readonly fields: string
  readonly ref: string
  readonly owner: string
  readonly state: string
  readonly status: string
  /** Milliseconds since 1970. */
  readonly createdAtMs: string
  readonly changedAtMs: string
  /** How the columns of texts spell a text. As it is where left out. */
  readonly spell?: (text: string) => string
}

export const columnClause = (table: SqlTable, attribute: Attribute, test: Test, bound: Bound): Clause => {
  // The owner's business unit is nowhere in the table.
  if (attribute === 'unit') return doubt(bound)
  const column = table[attribute]
  const { spell = (text: string) => text } = table
  switch (test._tag) {
    case 'Nothing':
      return never
    case 'Empty':
      return exactly(`${column} IS NULL OR ${column} = ''`)
    case 'Is':
      // Columns hold texts, which a database may take for the numbers they spell.
      if ([...test.values].some((value) => typeof value === 'number')) return doubt(bound)
      return isOneOf(column, textsOf(test.values).map(spell))
    case 'Who':
      return isOneOf(column, textsOf(test.ids).map(spell))
    case 'Instants':
      return exactly(
        [`${column} IS NOT NULL`, ...ends(column, test)].join(' AND '),
        [test.from, test.to].filter((end) => end !== undefined)
      )
    default:
      return doubt(bound)
  }
}

const exactly = (sql: string, parameters: ReadonlyArray<SqlParameter> = []): Clause => ({
  sql,
  parameters,
  exact: true,
  ofColumns: true
})

/** An empty text is no value. */
const textsOf = (values: Iterable<Scalar>): ReadonlyArray<string> =>
  [...values].filter((value) => typeof value === 'string' && value !== '').map(String)

const isOneOf = (column: string, texts: ReadonlyArray<string>): Clause => {
  const [only] = texts
  if (only === undefined) return never
  if (texts.length === 1) return exactly(`${column} IS NOT NULL AND ${column} = ?`, [only])
  return exactly(`${column} IS NOT NULL AND ${column} IN (SELECT value FROM json_each(?))`, [JSON.stringify(texts)])
}

const ends = (
  column: string,
  { from, to }: { readonly from?: number; readonly to?: number }
): ReadonlyArray<string> => [
  ...(from === undefined ? [] : [`${column} >= ?`]),
  ...(to === undefined ? [] : [`${column} < ?`])
]
