/**
 * Alerts: what happened to a mailbox that somebody should hear of (E2 of `tracking.md`). Decided from the mailbox's
 * state before and after a cycle and from its report; `run/alert.ts` only hands them out. What fails of one item
 * stands on that item and raises none (E1).
 */
import type { DecisionFacts, InstantMs, Reason } from '../model/index.js'
import type { Pace } from '../schedule/index.js'
import type { MailboxDirection } from './methods.js'
import type { CycleReport } from './report.js'
import { mailboxDirections, type SetUpTest } from './setup.js'
import type { Trouble } from './state.js'
import { type Workload, workloads } from './workload.js'

/** `error`: a person has to act. `warning`: it is tried again by itself. @public */
export type AlertLevel = 'error' | 'warning' | 'information'

/** Which levels are told. @public */
export type AlertLevels = { readonly [level in AlertLevel]: boolean }

/** E2: errors and information are told, warnings are not. @public */
export const alertLevels: AlertLevels = { error: true, warning: false, information: true }

/** A reason, or that a set-up test has succeeded. @public */
export type AlertCode = Reason | 'test-succeeded'

/** One event of a mailbox, plain JSON: names, counts and codes, never a value of anybody's mail. @public */
export interface Alert {
  readonly level: AlertLevel
  readonly mailbox: string
  /** Where it concerns one direction alone. */
  readonly direction?: MailboxDirection
  readonly code: AlertCode
  readonly facts: DecisionFacts
  readonly atMs: InstantMs
}

/** A mailbox before or after a cycle, as far as alerts depend on it. @public */
export interface AlertState {
  readonly pace: Pace
  /** Of contacts, appointments and tasks, where they have a pace of their own. */
  readonly act?: { readonly pace: Pace }
  readonly troubles?: ReadonlyArray<Trouble>
}

const codes: { readonly [trouble in Trouble]: Pick<Alert, 'code' | 'direction'> } = {
  'not-approved': { code: 'not-approved' },
  inactive: { code: 'mailbox-disabled' },
  taken: { code: 'not-approved' },
  'outgoing-disabled': { code: 'mailbox-disabled', direction: 'outgoing' },
  'profile-disabled': { code: 'mailbox-disabled' },
  'cannot-send': { code: 'retry-later', direction: 'outgoing' }
}

/**
 * The alerts of one cycle, errors first.
 *
 * - An error where the mailbox is disabled by this cycle: a permanent failure, or the last transient one allowed.
 * - An error for each trouble that this cycle has found and the one before had not: one, not one per cycle (A13, O3).
 * - A warning for a transient failure that does not disable.
 *
 * Laws: ALERT-1 the same trouble in two cycles that follow each other is told once; ALERT-2 a cycle that completed
 * without a new trouble tells nothing.
 *
 * @category decision
 * @since 0.1.0
 * @public
 */
export const alertsOf = (before: AlertState, after: AlertState, report: CycleReport): ReadonlyArray<Alert> => {
  const alert = (level: AlertLevel, rest: Pick<Alert, 'code' | 'direction' | 'facts'>): Alert => ({
    level,
    mailbox: report.mailbox,
    ...rest,
    atMs: report.endedAtMs
  })
  const facts = factsOf(after, report)
  const [off, offBefore] = [offIn(after), offIn(before)]
  const isDisabled = off.some((workload) => !offBefore.includes(workload))
  const disabled = isDisabled ? [alert('error', { code: 'mailbox-disabled', ...whichIsOff(off, facts) })] : []
  const known = before.troubles ?? []
  const troubles = (after.troubles ?? [])
    .filter((trouble) => !known.includes(trouble))
    .map((trouble) => alert('error', { ...codes[trouble], facts: { trouble, ...(report.stoppedBy?.facts ?? {}) } }))
  const isTransient = report.outcome === 'failed' && !isDisabled && report.stoppedBy?.code === 'retry-later'
  return [...disabled, ...troubles, ...(isTransient ? [alert('warning', { code: 'retry-later', facts })] : [])]
}

const pacesIn = ({ pace, act }: AlertState): { readonly [workload in Workload]: Pace } => ({
  email: pace,
  act: act?.pace ?? pace
})

const offIn = (state: AlertState): ReadonlyArray<Workload> =>
  workloads.filter((workload) => pacesIn(state)[workload].disabled === true)

/** Where one workload alone has failed for good, the other goes on (rule 7 counts each for itself). */
const whichIsOff = (off: ReadonlyArray<Workload>, facts: DecisionFacts): Pick<Alert, 'direction' | 'facts'> => {
  const [only] = off.length === 1 ? off : []
  if (only === undefined) return { facts }
  return { ...(only === 'act' ? { direction: 'act' as const } : {}), facts: { ...facts, workload: only } }
}

/** That a mailbox was tested and nothing failed (4.4/4); whoever has asked for a test that failed is told by its result. */
export const testAlert = (mailbox: string, test: SetUpTest): Alert | undefined => {
  const results = mailboxDirections.map((direction) => test[direction].result)
  if (results.includes('failure') || !results.includes('success')) return undefined
  const tested = mailboxDirections.filter((direction) => test[direction].result === 'success')
  return { level: 'information', mailbox, code: 'test-succeeded', facts: { tested }, atMs: test.atMs }
}

/** Which side failed, how, and for how many cycles in a row by now. */
const factsOf = (after: AlertState, { stoppedBy }: CycleReport): DecisionFacts => ({
  ...(stoppedBy === undefined ? {} : { error: stoppedBy.tag }),
  ...(stoppedBy?.side === undefined ? {} : { side: stoppedBy.side }),
  ...stoppedBy?.facts,
  failures: Math.max(pacesIn(after).email.failures, pacesIn(after).act.failures)
})

/**
 * What lasts of a mailbox that was open: that nothing may be sent, or that somebody's message waits for a mailbox that
 * cannot send it (O3). Of the two the first says why.
 */
export const troublesAfter = (
  decisions: Iterable<{ readonly facts: DecisionFacts }>,
  outgoingOff: boolean
): ReadonlyArray<Trouble> => {
  if (outgoingOff) return ['outgoing-disabled']
  for (const { facts } of decisions) if (facts['outgoing'] === 'off') return ['cannot-send']
  return []
}

/** What lasts of a mailbox that is closed: what keeps it so, and behind a failure what there was before. */
export const troublesWhenClosed = (
  { code, trouble }: { readonly code: Reason; readonly trouble?: Trouble },
  before: AlertState['troubles']
): ReadonlyArray<Trouble> => {
  if (trouble !== undefined) return [trouble]
  return code === 'mailbox-disabled' ? (before ?? []) : []
}
