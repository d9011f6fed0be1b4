/**
 * Clauses of SQL with their parameters. A clause is never NULL, so that NOT is its exact complement: a negative
 * operator reads "the field is null, or not …" (3.12/42).
 */

/** @public */
export type SqlParameter = string | number

/**
 * `more`: the clause holds at least what the filter holds; `less`: at most. What cannot be said exactly differs
 * between the two, and a negation turns one into the other.
 * @public
 */
export type Bound = 'more' | 'less'

export interface Clause {
  readonly sql: string
  readonly parameters: ReadonlyArray<SqlParameter>
  /** It holds what the filter holds, neither more nor less. */
  readonly exact: boolean
  /** It asks nothing of the fields' JSON. */
  readonly ofColumns: boolean
}

const always: Clause = { sql: '1', parameters: [], exact: true, ofColumns: true }
export const never: Clause = { sql: '0', parameters: [], exact: true, ofColumns: true }

/** What cannot be said at all: everything or nothing, whichever is on the safe side. */
export const doubt = (bound: Bound): Clause => ({ ...(bound === 'more' ? always : never), exact: false })

export const flipped = (bound: Bound): Bound => (bound === 'more' ? 'less' : 'more')

const joined = (parts: ReadonlyArray<Clause>, word: 'AND' | 'OR'): Pick<Clause, 'sql' | 'parameters'> => ({
  sql: parts.map(({ sql }) => `(${sql})`).join(` ${word} `),
  parameters: parts.flatMap(({ parameters }) => parameters)
})

/** Constants fall away, so that empty groups make no statement longer; what they were asked of is remembered. */
const grouped = (parts: ReadonlyArray<Clause>, word: 'AND' | 'OR', deciding: Clause, neutral: Clause): Clause => {
  const [exact, ofColumns] = [parts.every((part) => part.exact), parts.every((part) => part.ofColumns)]
  if (parts.some(({ sql }) => sql === deciding.sql)) return { ...deciding, exact, ofColumns }
  const left = parts.filter(({ sql }) => sql !== neutral.sql)
  const [only] = left
  if (only === undefined) return { ...neutral, exact, ofColumns }
  return { ...(left.length === 1 ? only : joined(left, word)), exact, ofColumns }
}

export const allOf = (parts: ReadonlyArray<Clause>): Clause => grouped(parts, 'AND', never, always)

export const anyOf = (parts: ReadonlyArray<Clause>): Clause => grouped(parts, 'OR', always, never)

export const notOf = (part: Clause): Clause => {
  if (part.sql === '0') return { ...part, sql: '1' }
  if (part.sql === '1') return { ...part, sql: '0' }
  return { ...part, sql: `NOT (${part.sql})` }
}
