/** Floor 1: which records take part. The entry `liaison/filters`. */
export { contextFaults, filterFaults } from './check.js'
export { activeFilters, instantiate, reset } from './kinds.js'
export type { FilterFault } from './operands.js'
export { compile, type Predicate } from './compile.js'
export { defaultFilters, unionOf } from './defaults.js'
export { evaluate } from './evaluate.js'
export { fold } from './fold.js'
export { type Operator, operators, type Takes } from './operators.js'
export type { Judging } from './resolve.js'
export { misfits } from './values.js'
export { type Bound, sqlFrom, type SqlCondition, type SqlParameter, type SqlTable } from './rewrite/index.js'
export type {
  Condition,
  FieldType,
  FieldTypes,
  Filter,
  FilterContext,
  FilterList,
  FilterTemplate,
  FiscalPeriod,
  KeptFilter,
  Weekday
} from '../model/index.js'
