/**
 * The report of one cycle, made of its plan, what ran of it, and the counts. The counts must add up, or the library
 * is wrong.
 */
import type { InstantMs, Reason, Side } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { PaceReason } from '../../schedule/index.js'
import { addsUp, type CycleOutcome, type CycleReport, type Decision, type WriteCounts } from '../report.js'
import type { Verdict } from '../unit.js'
import type { Opened, Plan, Ran } from './opened.js'
import type { Session, Stop } from './session.js'

export const reportOf = (session: Session, opened: Opened, given: ReportParts): CycleReport => {
  const { plan, ran, codes, stop } = given
  const verdicts = plan?.decided.map(({ verdict }) => verdict) ?? []
  const finals = ran?.finals ?? new Map<string, Verdict>()
  const passing = verdicts.filter(({ key }) => plan?.guarded.holds.has(key) !== true)
  const unreached = new Set(ran === undefined ? [] : passing.slice(ran.reached).map(({ key }) => key))
  const final = (verdict: Verdict): Verdict => {
    const now = finals.get(verdict.key) ?? verdict
    const code =
      codes.get(verdict.key) ?? (unreached.has(verdict.key) && stop !== undefined ? codeOfStop(stop) : now.code)
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
    counts: {
      ...counts,
      looked: counts.looked + (plan?.detected.left ?? 0),
      left: counts.left + (plan?.detected.left ?? 0)
    },
    writes: opened.tally.writes,
    links: opened.tally.links,
    conflicts: opened.tally.conflicts,
    changes: opened.tally.changes,
    messages: opened.tally.messages,
    decisions: decisions
      .slice(0, limits.reportDecisionsMax)
      .map((verdict) => decisionOf(verdict, plan?.guarded.holds.get(verdict.key))),
    decisionsLeftOut: Math.max(0, decisions.length - limits.reportDecisionsMax),
    held: plan?.guarded.held ?? [],
    calls: { ...session.calls },
    ...(stop === undefined ? {} : { stoppedBy: stoppedBy(stop, given.due.disabled) }),
    ...(given.due.delayMs === undefined ? {} : { nextDelayMs: given.due.delayMs }),
    ...(given.due.reason === undefined ? {} : { nextReason: given.due.reason }),
    zones: session.zones.version
  }
  addsUp(report.counts)
  return report
}

/** When a mailbox is asked again, as a report says it. */
export interface Due {
  readonly disabled: boolean
  readonly delayMs?: number
  readonly reason?: PaceReason
}

interface ReportParts {
  readonly plan: Plan | undefined
  readonly ran: Ran | undefined
  readonly outcome: CycleOutcome
  readonly dryRun: boolean
  /** Codes of units whose write failed, by key. */
  readonly codes: ReadonlyMap<string, Reason>
  readonly stop: Stop | undefined
  readonly due: Due
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
    const asks =
      verdict.mail !== undefined ||
      verdict.recordOp !== undefined ||
      (verdict.link !== 'none' && verdict.link !== 'release')
    if (plan?.guarded.holds.has(verdict.key) === true || (wholeHeld && asks)) counts.held += 1
    else if (failures.has(verdict.key) || unreached.has(verdict.key)) counts.failed += 1
    else if (verdict.code === 'needs-decision' || verdict.conflicts > 0) counts.conflicted += 1
    else if (asks) counts.done += 1
    else counts.left += 1
  }
  return counts
}

const decisionOf = (verdict: Verdict, heldBy: Reason | undefined): Decision => ({
  ...(verdict.item === undefined ? {} : { item: verdict.item }),
  ...(verdict.record === undefined ? {} : { record: verdict.record }),
  kind: verdict.kind,
  type: verdict.type,
  code: verdict.code,
  facts: verdict.facts,
  ...(heldBy === undefined ? {} : { heldBy }),
  ...(verdict.link === 'none' || verdict.link === 'release' ? {} : { link: verdict.link }),
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

export const stoppedBy = (stop: Stop, disabled: boolean): NonNullable<CycleReport['stoppedBy']> => ({
  code: disabled ? 'mailbox-disabled' : codeOfStop(stop),
  tag: stop.error._tag,
  ...(stop.side === 'links' ? {} : { side: stop.side satisfies Side }),
  ...('profile' in stop.error && stop.error.profile === true ? { facts: { profile: true } } : {}),
  ...(stop.error._tag === 'Unsupported' ? { what: stop.error.what, remedy: stop.error.remedy } : {})
})

/** The report of a cycle that was not begun. */
export const closedReport = (
  session: Session,
  startedAtMs: InstantMs,
  outcome: CycleOutcome,
  code: Reason,
  nextDelayMs?: number
): CycleReport => {
  const writes: WriteCounts = { created: 0, updated: 0, deleted: 0 }
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
