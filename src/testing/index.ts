/**
 * What a host tests its own rules and adapters with. Imports no test runner. The entry `liaison/testing`.
 *
 * @packageDocumentation
 */
export * from './contract/index.js'
export {
  runScenario,
  type Scenario,
  type ScenarioFile,
  type ScenarioResult,
  type WorldOptions
} from './scenario/index.js'
export * from './simulator/index.js'
