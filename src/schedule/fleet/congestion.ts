/**
 * The price of a capacity, of the fleet or of a tenant with a rate: as low as it may be while all that comes due can be
 * made, and higher while more comes than that, until the delays have stretched enough.
 */
import { clamp, type Seen } from './budget.js'

/** The part of a capacity that is to be used: what lies idle now is lost, but a queue that is full never empties. */
const usedPart = 0.95
/** A backlog is to be worked off within this time. */
const clearMs = 10 * 60_000
const answeringMin = 0.1
/** A step of the root of the price in a minute. Delays answer after minutes only, so it must not run ahead of them. */
const rootStepMax = 1.1

export class Congestion {
  root: number
  backlog = 0

  constructor(root: number) {
    this.root = root
  }

  /** `floor` is the root of the lowest price that has an effect. */
  step(seen: Seen, backlog: number, perSecond: number, floor: number, most: number): void {
    const arrived = Math.max(0, seen.visits + backlog - this.backlog)
    this.backlog = backlog
    const room = seen.elapsedMs * ((perSecond * usedPart) / 1000 - backlog / clearMs)
    const answering = arrived * Math.max(answeringMin, seen.visits === 0 ? 0 : seen.priced / seen.visits)
    const staying = arrived - answering
    const wanted = room > staying ? (answering * seen.root) / (room - staying) : Number.POSITIVE_INFINITY
    const from = Math.max(this.root, floor)
    this.root = clamp(clamp(wanted, from / rootStepMax, from * rootStepMax), floor, Math.max(floor, most))
  }
}
