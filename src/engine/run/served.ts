/**
 * The mailboxes of a server as the planner knows them: a schedule for each workload that a mailbox is used for. What the
 * link store says of when they are due is told to the planner here, and nowhere else.
 */
import type { InstantMs } from '../../model/index.js'
import type { Due, Fleet } from '../../schedule/index.js'
import type { NextRun, NextRuns } from '../next-run.js'
import { type Workload, workloads } from '../workload.js'

/** A schedule of the planner: which workload of which mailbox. */
export interface Served {
  readonly mailbox: string
  readonly workload: Workload
}

/** As the planner is told it. A time that has been asked for by a server is one that nobody goes before. */
export const dueOf = ({ dueAtMs, reason, facts }: NextRun): Due => {
  const notBeforeMs = facts['notBeforeMs']
  return {
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
    ...(typeof notBeforeMs === 'number' ? { notBeforeMs } : {}),
    ...(reason === 'disabled' ? { disabled: true } : {}),
    reason
  }
}

export class Mailboxes {
  readonly #fleet: Fleet
  readonly #tenant: string
  readonly #serverOf: ReadonlyMap<string, string>
  readonly #handles = new Map<string, Map<Workload, number>>()
  readonly #served = new Map<number, Served>()

  constructor(fleet: Fleet, tenant: string, serverOf: ReadonlyMap<string, string>) {
    this.#fleet = fleet
    this.#tenant = tenant
    this.#serverOf = serverOf
  }

  /** How many schedules the mailboxes have. */
  get size(): number {
    return this.#served.size
  }

  of(handle: number): Served | undefined {
    return this.#served.get(handle)
  }

  /** The planner is told when the workloads of a mailbox are due; those that are running tell it when they end. */
  told(mailbox: string, runs: NextRuns, nowMs: InstantMs): void {
    const handles = this.#handles.get(mailbox) ?? new Map<Workload, number>()
    this.#handles.set(mailbox, handles)
    for (const workload of workloads) {
      const run = runs[workload]
      const handle = handles.get(workload)
      if (run === undefined) {
        if (handle !== undefined && this.#fleet.status(handle) !== 'in-flight') this.#end(handle, nowMs)
      } else if (handle === undefined) this.#begin({ mailbox, workload }, run, nowMs)
      else this.#move(handle, run, nowMs)
    }
  }

  /** Whether anything of it waits for a person, or for somebody to ask: what nobody in this process may hear of. */
  isQuiet(mailbox: string): boolean {
    const handles = [...(this.#handles.get(mailbox)?.values() ?? [])]
    const waits = (handle: number): boolean =>
      this.#fleet.status(handle) === 'parked' || this.#fleet.dueAtMs(handle) === undefined
    return handles.length === 0 || handles.some(waits)
  }

  #begin(served: Served, run: NextRun, nowMs: InstantMs): void {
    const handles = this.#handles.get(served.mailbox)
    const [sibling] = handles?.values() ?? []
    const due = dueOf(run)
    const handle = this.#fleet.add(
      {
        tenant: this.#tenant,
        server: this.#serverOf.get(served.mailbox) ?? served.mailbox,
        ...due,
        ...(sibling === undefined ? {} : { mailbox: sibling })
      },
      nowMs
    )
    handles?.set(served.workload, handle)
    this.#served.set(handle, served)
    // Without a time a new schedule is due at once; one that waits to be asked is not.
    if (due.dueAtMs === undefined && due.disabled !== true) this.#fleet.reschedule(handle, due, nowMs)
  }

  #move(handle: number, run: NextRun, nowMs: InstantMs): void {
    const due = dueOf(run)
    const status = this.#fleet.status(handle)
    if (status === 'in-flight') return
    if (due.disabled === true) this.#fleet.park(handle, nowMs)
    else if (status === 'parked' && due.dueAtMs !== undefined) this.#fleet.enable(handle, due, nowMs)
    else if (status !== 'parked') this.#fleet.reschedule(handle, due, nowMs)
  }

  #end(handle: number, nowMs: InstantMs): void {
    const served = this.#served.get(handle)
    if (served === undefined) return
    this.#fleet.remove(handle, nowMs)
    this.#handles.get(served.mailbox)?.delete(served.workload)
    this.#served.delete(handle)
  }
}
