/**
 * The two workloads of a mailbox: its e-mail, and its contacts, appointments and tasks. A host may run them together
 * or apart, and each has a schedule of its own (5.1/2).
 */
import type { Kind } from '../model/index.js'

/** `act`: everything that is no e-mail, the kinds that a host adds among it. @public */
export type Workload = 'email' | 'act'

/** In the order in which they are run. */
export const workloads: ReadonlyArray<Workload> = ['email', 'act']

export const workloadOf = (kind: Kind): Workload => (kind === 'email' ? 'email' : 'act')

/**
 * What a cycle is asked to do. `apart`: each workload is observed for itself, also where one cycle does both; otherwise
 * they are one, with the sum of their changes.
 */
export interface Asked {
  readonly workloads: ReadonlyArray<Workload>
  readonly apart: boolean
}

export const everything: Asked = { workloads, apart: false }
