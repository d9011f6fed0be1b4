/** The scenario runner. */
export { runScenario, runSteps, type ScenarioResult, syncOnce } from './run.js'
export { type Scenario, ScenarioError, type ScenarioFile } from './shape.js'
export { World, type WorldOptions } from './world.js'
export { reachOf } from './reach.js'
