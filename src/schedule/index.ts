/** Floor 1: when to come back. The entry `liaison/schedule`. */
export { type AdaptivePolicy, adaptive } from './adaptive.js'
export { type ClientPolicy, client } from './client.js'
export * from './fleet/index.js'
export { expectedPerHour, type Learned } from './learned.js'
export { nextSync, type Policy } from './next-sync.js'
export {
  type CycleObservation,
  freshPace,
  type Next,
  type Observation,
  type Pace,
  type PaceReason,
  paceFor,
  type PolicyLimits,
  policyLimits,
  type RequestObservation
} from './pace.js'
export { type SteppedPolicy, stepped } from './stepped.js'
