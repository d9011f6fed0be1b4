/** A unit whose effects have been tried. */
import type { Settled, Tried } from './settle.js'
import type { Decided } from './unit.js'

export interface Finished {
  readonly decided: Decided
  readonly settled: Settled
  readonly tried: Tried
}
