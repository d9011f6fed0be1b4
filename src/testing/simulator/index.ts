/** The simulator: seeded worlds, people and faults, and the laws that must hold in all of them. */
export type { Habits } from './people.js'
export { type Sabotage, simulate, type SimulateOptions, type SimulationReport } from './simulate.js'
export type { SimulatedFault, Violation } from './watch.js'
export type { WorldGiven } from './world.js'
