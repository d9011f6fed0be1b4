/**
 * The report of one cycle: counts that add up, decisions with their reasons, what is held, and when to come back.
 */
import type { DecisionFacts, InstantMs, Kind, Reason, RecordType, Ref, Side } from '../model/index.js'
import { invariant } from '../model/index.js'
import type { PaceReason } from '../schedule/index.js'
import type { Held } from './plan/guard.js'

/** `completed` also with failed items; a mailbox that is not usable for other reasons completes with nothing done. @public */
export type CycleOutcome = 'completed' | 'interrupted' | 'held' | 'failed'

/** One decision as a report shows it. @public */
export interface Decision {
  readonly item?: Ref
  readonly record?: Ref
  readonly kind: Kind
  readonly type: RecordType
  readonly code: Reason
  readonly facts: DecisionFacts
  /** Why it waits, where a guard holds it. */
  readonly heldBy?: Reason
  /** What happens to the link: made, kept in step, or ended. */
  readonly link?: 'new' | 'put' | 'end'
  readonly mail?: 'create' | 'update' | 'delete'
  readonly recordOp?: 'create' | 'update' | 'delete'
  readonly mailRows: ReadonlyArray<string>
  readonly recordRows: ReadonlyArray<string>
}

/** Writes by what they did. @public */
export interface WriteCounts {
  readonly created: number
  readonly updated: number
  readonly deleted: number
}

/**
 * Every thing that a cycle looked at ends in exactly one of these. `same`: not even looked at, because both versions
 * stood in the link.
 * @public
 */
export interface UnitCounts {
  readonly looked: number
  readonly done: number
  readonly left: number
  readonly conflicted: number
  readonly held: number
  readonly failed: number
  readonly same: number
}

/** @public */
export interface CycleReport {
  readonly mailbox: string
  readonly cycle: string
  readonly outcome: CycleOutcome
  readonly dryRun: boolean
  readonly startedAtMs: InstantMs
  readonly endedAtMs: InstantMs
  readonly counts: UnitCounts
  readonly writes: { readonly mail: WriteCounts; readonly record: WriteCounts }
  readonly links: { readonly made: number; readonly ended: number }
  readonly conflicts: number
  /** Items and records created, updated, deleted, linked or unlinked, each once: what the schedule goes by. */
  readonly changes: number
  readonly messages: {
    readonly invitations: number
    readonly updates: number
    readonly cancellations: number
    readonly sent: number
  }
  /** The first `reportDecisionsMax` decisions; `decisionsLeftOut` says how many more there were. */
  readonly decisions: ReadonlyArray<Decision>
  readonly decisionsLeftOut: number
  readonly held: ReadonlyArray<Held>
  /** Calls of the ports, and what was asked for through them. */
  readonly calls: { readonly [call: string]: number }
  /** What stopped the cycle, or kept it from starting. */
  readonly stoppedBy?: {
    readonly code: Reason
    readonly tag: string
    readonly side?: Side
    /** Of `Unsupported`: what cannot be done, and what to install or to switch. */
    readonly what?: string
    readonly remedy?: string
    /** What else there is to say of it: `takenBy`, where somebody else synchronises the mailbox. */
    readonly facts?: DecisionFacts
  }
  /**
   * Milliseconds from the end of this cycle to the next of its workloads; absent: none is due before a person enables the
   * mailbox, or asks for one (`nextReason` says which).
   */
  readonly nextDelayMs?: number
  /** Why then; absent where no cycle was begun. */
  readonly nextReason?: PaceReason
  /** Which time-zone data the decisions rest on. */
  readonly zones: string
}

/** "Nothing is lost silently": a report whose counts do not add up is a defect of the library. */
export const addsUp = (counts: UnitCounts): void =>
  invariant(
    counts.looked === counts.done + counts.left + counts.conflicted + counts.held + counts.failed,
    'every unit ends as done, left, conflicted, held or failed'
  )
