/**
 * What `serve` must know of an engine beside its face: the mail stores' pushes, the clock, the log. It stands beside the
 * engine, so that the face shows calls alone.
 */
import type { InstantMs } from '../../model/index.js'
import { Misuse } from '../../model/index.js'
import type { Policy } from '../../schedule/index.js'
import type { MailStore } from '../ports.js'
import type { CycleReport } from '../report.js'
import type { Workload } from '../workload.js'
import type { LogEntry } from './session.js'

/** What a mailbox is reached through, and the policies of its workloads. */
export interface Place {
  readonly profile: string | undefined
  readonly policies: ReadonlyArray<Policy>
}

/** `dueWithinMs`: what is due so soon after the rest goes along. */
interface VisitOptions {
  readonly workloads: ReadonlyArray<Workload>
  readonly dueWithinMs: number
  readonly visitPrice: number | undefined
  readonly signal: AbortSignal
}

export interface Inside {
  readonly tenant: string
  readonly stores: ReadonlyMap<string, MailStore>
  readonly clock: () => InstantMs
  readonly log: (entry: LogEntry) => void
  readonly placeOf: (mailbox: string) => Promise<Place>
  /** One cycle of what is due of a mailbox by now; `undefined`: nothing is, somebody else was there before. */
  readonly visit: (mailbox: string, visit: VisitOptions) => Promise<CycleReport | undefined>
  /** Told of mailboxes that may be due at another time than before; answers how to end that. */
  readonly listen: (listener: (mailbox: string) => void) => () => void
}

const insides = new WeakMap<object, Inside>()

export const keepInside = (engine: object, inside: Inside): void => {
  insides.set(engine, inside)
}

export const insideOf = (engine: object): Inside => {
  const inside = insides.get(engine)
  if (inside === undefined) throw new Misuse('expected an engine as `createEngine` makes it', ['engine'])
  return inside
}
