/** Counts of one cycle as it goes along: writes, links, conflicts, and the changes that the schedule goes by. */
import type { InstantMs, Side, SyncError } from '../../model/index.js'
import type { Finished } from '../finished.js'
import type { WriteCounts } from '../report.js'
import type { MailboxState } from '../state.js'
import { type Workload, workloadOf } from '../workload.js'
import type { Stop } from './session.js'

const noWrites = (): { created: number; updated: number; deleted: number } => ({ created: 0, updated: 0, deleted: 0 })

const untried = (): { all: number; failed: number; first?: SyncError } => ({ all: 0, failed: 0 })

const counter = { create: 'created', update: 'updated', delete: 'deleted' } as const

const told = ['invitations', 'updates', 'cancellations'] as const

const arrivalsMax = 1000

const newest = (instants: ReadonlyArray<InstantMs>): Array<InstantMs> =>
  [...instants].sort((x, y) => x - y).slice(-arrivalsMax)

export class Tally {
  readonly #writes = { mail: noWrites(), record: noWrites() }
  readonly #links = new Map<string, number>()
  readonly #deletes = new Map<string, number>()
  readonly #tried = { mail: untried(), record: untried() }
  #made = 0
  #ended = 0
  #conflicts = 0
  readonly #messages = { invitations: 0, updates: 0, cancellations: 0, sent: 0 }
  readonly #changesOf: { [workload in Workload]: number } = { email: 0, act: 0 }
  readonly #thingsOf: { [workload in Workload]: number } = { email: 0, act: 0 }
  #arrivalsAtMs: Array<InstantMs> = []
  changes = 0
  wrote = false

  add({ decided, settled, tried }: Finished): void {
    const { unit, verdict } = decided
    for (const side of ['mail', 'record'] as const) this.#try(side, { decided, settled, tried })
    let changed = 0
    for (const side of ['mail', 'record'] as const) {
      const op = side === 'mail' ? verdict.mail : verdict.recordOp
      if (op === undefined || tried[side]?._tag !== 'Done') continue
      this.#writes[side][counter[op]] += 1
      if (op === 'delete')
        this.#deletes.set(`${side} ${unit.type}`, (this.#deletes.get(`${side} ${unit.type}`) ?? 0) + 1)
      changed += 1
    }
    if (tried.more !== undefined) {
      this.#writes.record[decided.person === undefined ? 'updated' : 'created'] += tried.more
      this.wrote ||= tried.more > 0
    }
    if (decided.sends !== undefined && tried.mail?._tag === 'Done') this.#messages.sent += 1
    if (tried.mail?._tag === 'Done') for (const name of told) this.#messages[name] += verdict.messages?.[name] ?? 0
    const linked = settled.link !== undefined && unit.link === undefined
    const ended = settled.ended !== undefined && unit.link !== undefined
    if (linked) this.#made += 1
    if (ended) this.#ended += 1
    this.#links.set(unit.type, (this.#links.get(unit.type) ?? 0) + (linked ? 1 : 0) - (ended ? 1 : 0))
    this.#conflicts += settled.conflicts.length
    const counted = Math.max(changed, linked || ended ? 1 : 0)
    this.changes += counted
    this.#changesOf[workloadOf(unit.kind)] += counted
    this.#thingsOf[workloadOf(unit.kind)] += counted > 0 ? 1 : 0
    if (linked && unit.kind === 'email' && unit.atMs !== undefined) this.#arrived(unit.atMs)
    this.wrote ||= changed > 0 || linked || ended
  }

  /** Now and then cut to the newest, so that a first cycle keeps no more than another. */
  #arrived(atMs: InstantMs): void {
    this.#arrivalsAtMs.push(atMs)
    if (this.#arrivalsAtMs.length >= 2 * arrivalsMax) this.#arrivalsAtMs = newest(this.#arrivalsAtMs)
  }

  changesOf(workload: Workload): number {
    return this.#changesOf[workload]
  }

  /** Messages and pairs of which anything has changed, each once: what came, and not what was written for it. */
  thingsOf(workload: Workload): number {
    return this.#thingsOf[workload]
  }

  /**
   * When the messages came that this cycle has taken, the newest `arrivalsMax` of those in the span, in order. One that
   * was left says nothing of how long anybody waits.
   */
  arrivalsBetween(afterMs: InstantMs, untilMs: InstantMs): ReadonlyArray<InstantMs> {
    return newest(this.#arrivalsAtMs.filter((atMs) => atMs > afterMs && atMs <= untilMs))
  }

  #try(side: Side, { decided, settled }: Finished): void {
    const op = side === 'mail' ? decided.verdict.mail : decided.verdict.recordOp
    if (op === undefined || !(settled.done || settled.failedSide === side)) return
    const count = this.#tried[side]
    count.all += 1
    const { error } = settled
    if (error?._tag !== 'Transient' || error.unsure === true) return
    count.failed += 1
    count.first ??= error
  }

  /** A write that the end of the cycle makes beside the plan. */
  marked(): void {
    this.#writes.mail.updated += 1
    this.wrote = true
  }

  /** At least two items of one side tried, and all failed for a passing cause: the side failed, and no item did (5.4). */
  sideThatFailed(): Stop | undefined {
    for (const side of ['record', 'mail'] as const) {
      const { all, failed, first } = this.#tried[side]
      if (all >= 2 && failed === all && first !== undefined) return { error: first, side }
    }
    return undefined
  }

  /** Links that recover found: they are new to the count, and no change of this cycle's. */
  recovered(type: string, delta: number): void {
    this.#links.set(type, (this.#links.get(type) ?? 0) + delta)
    this.wrote = true
  }

  linksAfter(before: MailboxState['links']): MailboxState['links'] {
    const after: { [type: string]: number } = { ...before }
    for (const [type, delta] of this.#links) after[type] = Math.max(0, (after[type] ?? 0) + delta)
    return after
  }

  deletes(atMs: InstantMs): MailboxState['deletes'] {
    return [...this.#deletes].map(([key, count]) => {
      const [side = 'mail', type = ''] = key.split(/ (.*)/s)
      return { atMs, side: side === 'record' ? ('record' as const) : ('mail' as const), type, count }
    })
  }

  get writes(): { readonly mail: WriteCounts; readonly record: WriteCounts } {
    return { mail: { ...this.#writes.mail }, record: { ...this.#writes.record } }
  }

  get links(): { readonly made: number; readonly ended: number } {
    return { made: this.#made, ended: this.#ended }
  }

  /** What the mail server was asked to tell. */
  get messages(): {
    readonly invitations: number
    readonly updates: number
    readonly cancellations: number
    readonly sent: number
  } {
    return { ...this.#messages }
  }

  get conflicts(): number {
    return this.#conflicts
  }
}
