/**
 * What a host tests its own rules and adapters with. Imports no test runner. The entry `liaison/testing`.
 *
 * @packageDocumentation
 */
export { type Arbitraries, arbitraries, type PairSample } from './arbitraries.js'
export * from './contract/index.js'
export type { FastCheck } from './fast-check.js'
export { type FilterArbitraries, filterArbitraries } from './filters.js'
export {
  checkConverter,
  checkMapping,
  type ConverterCheck,
  LawBroken,
  type LawReport,
  type MappingCheck
} from './laws.js'
export {
  runScenario,
  type Scenario,
  type ScenarioFile,
  type ScenarioResult,
  type WorldOptions
} from './scenario/index.js'
export * from './simulator/index.js'
