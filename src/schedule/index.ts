/** Floor 1: when to come back. The entry `liaison/schedule`. */
export { freshPace, type Next, nextSync, type Observation, type Pace, type SteppedPolicy, stepped } from './stepped.js'
