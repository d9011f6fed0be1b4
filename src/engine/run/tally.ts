/**
 * Counts of one cycle as it goes along, and the report made of them. The counts must add up, or the library is wrong.
 */
import type { InstantMs, Reason, Side } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { Finished } from '../finished.js'
import { addsUp, type CycleOutcome, type CycleReport, type Decision, type WriteCounts } from '../report.js'
import type { MailboxState } from '../state.js'
import type { Verdict } from '../unit.js'
import type { Session, Stop } from './session.js'
import type { Opened, Plan, Ran } from './opened.js'

const noWrites = (): { created: number; updated: number; deleted: number } => ({ created: 0, updated: 0, deleted: 0 })

const counter = { create: 'created', update: 'updated', delete: 'deleted' } as const

export class Tally {
  readonly #writes = { mail: noWrites(), record: noWrites() }
  readonly #links = new Map<string, number>()
  readonly #deletes = new Map<string, number>()
  #made = 0
  #ended = 0
  #conflicts = 0
  changes = 0
  wrote = false

  add({ decided, settled, tried }: Finished): void {
    const { unit, verdict } = decided
    let changed = 0
    for (const side of ['mail', 'record'] as const) {
      const op = side === 'mail' ? verdict.mail : verdict.recordOp
      if (op === undefined || tried[side]?._tag !== 'Done') continue
      this.#writes[side][counter[op]] += 1
      if (op === 'delete') this.#deletes.set(`${side} ${unit.type}`, (this.#deletes.get(`${side} ${unit.type}`) ?? 0) + 1)
      changed += 1
    }
    const linked = settled.link !== undefined && unit.link === undefined
    const ended = settled.ended !== undefined && unit.link !== undefined
    if (linked) this.#made += 1
    if (ended) this.#ended += 1
    this.#links.set(unit.type, (this.#links.get(unit.type) ?? 0) + (linked ? 1 : 0) - (ended ? 1 : 0))
    this.#conflicts += settled.conflicts.length
    this.changes += Math.max(changed, linked || ended ? 1 : 0)
    this.wrote ||= changed > 0 || linked || ended
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

  report(session: Session, opened: Opened, given: ReportParts): CycleReport {
    const { plan, ran, codes, stop } = given
    const verdicts = plan?.decided.map(({ verdict }) => verdict) ?? []
    const finals = new Map((ran?.finished ?? []).map((one) => [one.decided.unit.key, one.decided.verdict]))
    const unreached = new Set(plan === undefined || ran === undefined ? [] : verdicts.filter(({ key }) => !finals.has(key) && !plan.guarded.holds.has(key)).map(({ key }) => key))
    const final = (verdict: Verdict): Verdict => {
      const now = finals.get(verdict.key) ?? verdict
      const code = codes.get(verdict.key) ?? plan?.guarded.holds.get(verdict.key) ?? (unreached.has(verdict.key) && stop !== undefined ? codeOfStop(stop) : now.code)
      return code === now.code ? now : { ...now, code }
    }
    const decisions = verdicts.map(final)
    const counts = {
      ...sorted(decisions, plan, codes, unreached, given.ran === undefined && !given.dryRun),
      same: plan?.detected.same ?? 0
    }
    const report: CycleReport = {
      mailbox: session.mailbox,
      cycle: opened.cycle,
      outcome: given.outcome,
      dryRun: given.dryRun,
      startedAtMs: opened.startedAtMs,
      endedAtMs: session.clock(),
      counts: { ...counts, looked: counts.looked + (plan?.detected.left ?? 0), left: counts.left + (plan?.detected.left ?? 0) },
      writes: { mail: { ...this.#writes.mail }, record: { ...this.#writes.record } },
      links: { made: this.#made, ended: this.#ended },
      conflicts: this.#conflicts,
      changes: this.changes,
      messages: { invitations: 0, updates: 0, cancellations: 0, sent: 0 },
      decisions: decisions.slice(0, limits.reportDecisionsMax).map(decisionOf),
      decisionsLeftOut: Math.max(0, decisions.length - limits.reportDecisionsMax),
      held: plan?.guarded.held ?? [],
      calls: { ...session.calls },
      ...(stop === undefined ? {} : { stoppedBy: stoppedBy(stop, given.nextDelayMs === undefined) }),
      ...(given.nextDelayMs === undefined ? {} : { nextDelayMs: given.nextDelayMs }),
      zones: session.zones.version
    }
    addsUp(report.counts)
    return report
  }
}

interface ReportParts {
  readonly plan: Plan | undefined
  readonly ran: Ran | undefined
  readonly outcome: CycleOutcome
  readonly dryRun: boolean
  /** Codes of units whose write failed, by key. */
  readonly codes: ReadonlyMap<string, Reason>
  readonly stop: Stop | undefined
  readonly nextDelayMs: number | undefined
}

/** Each unit ends in exactly one of five ways. */
const sorted = (
  decisions: ReadonlyArray<Verdict>,
  plan: Plan | undefined,
  failures: ReadonlyMap<string, Reason>,
  unreached: ReadonlySet<string>,
  wholeHeld: boolean
) => {
  const counts = { looked: decisions.length, done: 0, left: 0, conflicted: 0, held: 0, failed: 0 }
  for (const verdict of decisions) {
    const asks = verdict.mail !== undefined || verdict.recordOp !== undefined || verdict.link !== 'none'
    if (plan?.guarded.holds.has(verdict.key) === true || (wholeHeld && asks)) counts.held += 1
    else if (failures.has(verdict.key) || unreached.has(verdict.key)) counts.failed += 1
    else if (verdict.code === 'needs-decision' || verdict.conflicts > 0) counts.conflicted += 1
    else if (asks) counts.done += 1
    else counts.left += 1
  }
  return counts
}

const decisionOf = (verdict: Verdict): Decision => ({
  ...(verdict.item === undefined ? {} : { item: verdict.item }),
  ...(verdict.record === undefined ? {} : { record: verdict.record }),
  kind: verdict.kind,
  type: verdict.type,
  code: verdict.code,
  facts: verdict.facts,
  ...(verdict.mail === undefined ? {} : { mail: verdict.mail }),
  ...(verdict.recordOp === undefined ? {} : { recordOp: verdict.recordOp }),
  mailRows: verdict.mailRows,
  recordRows: verdict.recordRows
})

const codeOfStop = ({ error }: Stop): Reason => {
  switch (error._tag) {
    case 'Throttled':
      return 'throttled'
    case 'SignInRequired':
    case 'Forbidden':
    case 'Unsupported':
      return 'mailbox-disabled'
    default:
      return 'retry-later'
  }
}

const stoppedBy = (stop: Stop, disabled: boolean): NonNullable<CycleReport['stoppedBy']> => ({
  code: disabled ? 'mailbox-disabled' : codeOfStop(stop),
  tag: stop.error._tag,
  ...(stop.side === 'links' ? {} : { side: stop.side satisfies Side })
})

/** The report of a cycle that was not begun. */
export const closedReport = (session: Session, startedAtMs: InstantMs, outcome: CycleOutcome, code: Reason, nextDelayMs?: number): CycleReport => {
  const writes: WriteCounts = noWrites()
  return {
    mailbox: session.mailbox,
    cycle: 'none',
    outcome,
    dryRun: false,
    startedAtMs,
    endedAtMs: session.clock(),
    counts: { looked: 0, done: 0, left: 0, conflicted: 0, held: 0, failed: 0, same: 0 },
    writes: { mail: writes, record: writes },
    links: { made: 0, ended: 0 },
    conflicts: 0,
    changes: 0,
    messages: { invitations: 0, updates: 0, cancellations: 0, sent: 0 },
    decisions: [],
    decisionsLeftOut: 0,
    held: [],
    calls: { ...session.calls },
    stoppedBy: { code, tag: 'None' },
    ...(nextDelayMs === undefined ? {} : { nextDelayMs }),
    zones: session.zones.version
  }
}
