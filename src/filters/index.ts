/** Floor 1: which records take part. The entry `liaison/filters`. */
export { type FilterFault, filterFaults } from './check.js'
export { defaultFilters, unionOf } from './defaults.js'
export { compile, evaluate, type Predicate } from './evaluate.js'
export { fold } from './fold.js'
export { type Operand, type Operator, operators, type Test } from './operators.js'
export type { Condition, Filter, FilterContext } from '../model/index.js'
