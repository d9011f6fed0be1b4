/** Filters in the languages of stores. Adapters see this folder, and nothing else of `filters`. */
export type { Bound, SqlParameter } from './clause.js'
export type { SqlTable } from './columns.js'
export { type SqlCondition, sqlFrom } from './sql.js'
