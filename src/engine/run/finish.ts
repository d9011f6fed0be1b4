/**
 * Step 9: cursors, pace, what is due again, and the report; and the same for a cycle that a failed side has stopped.
 */
import { enablePatches, produceWithPatches } from 'immer'
import type { DecisionRow, Due, InstantMs, Reason } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { CycleObservation } from '../../schedule/index.js'
import { troublesAfter } from '../alerts.js'
import { itemFailure } from '../failures.js'
import type { Finished } from '../finished.js'
import { outdatedAt } from '../history.js'
import type { StateDocument, Transaction } from '../ports.js'
import { decisionRows, dueRow } from '../rows.js'
import type { CycleOutcome, CycleReport } from '../report.js'
import { documents, type MailboxState, partOf, withParts } from '../state.js'
import { workloadOf, workloads } from '../workload.js'
import { raise } from './alert.js'
import { commitTo } from './commit.js'
import { inboxRowOf } from './batch.js'
import type { Opened, Plan, Ran } from './opened.js'
import { asksUnder, meetingsUnder, type Pull } from './pull.js'
import { isInUse, pairingsOf } from './open.js'
import { paceAfter, withPaces } from './pace.js'
import { markedDues } from './undeliverable.js'
import { reportOf } from './reporting.js'
import { type Session, type Stop, Stopped } from './session.js'

export const finish = async (
  session: Session,
  opened: Opened,
  pulled: Pull,
  plan: Plan,
  ran: Ran | undefined,
  dryRun: boolean
): Promise<CycleReport> => {
  const failed = (ran?.open ?? []).filter(({ settled }) => settled.error !== undefined)
  const wholeSide = opened.tally.sideThatFailed()
  const stop = ran?.stop ?? wholeSide
  const outcome = outcomeOf(plan, ran, stop)
  const countsItems = wholeSide === undefined
  const itemLimit = session.settings.retry.itemLimit
  const failures = failed.flatMap((one) =>
    one.settled.error === undefined
      ? []
      : [
          {
            one,
            failure: itemFailure(one, one.settled.error, {
              itemLimit,
              cycle: opened.cycle,
              nowMs: opened.startedAtMs,
              countsItems
            })
          }
        ]
  )
  const codes = new Map(failures.map(({ one, failure }) => [one.decided.unit.key, failure.code]))
  const dues = dryRun || opened.lease === undefined ? [] : await markedDues(session, opened.tally, failures)
  const sendsNoMore = isRefusedSending(session, stop, ran)
  const truncated = pulled.truncated || ran?.aborted === true ? { truncated: true } : {}
  const observed = sendsNoMore ? {} : { ...observedOf(stop), ...truncated }
  const isKept = !dryRun && opened.lease !== undefined
  const succeeded = ran !== undefined && stop === undefined && !ran.aborted
  const paced = await paceAfter(session, opened, { stop, observed, succeeded, isKept })
  const report = reportOf(session, opened, {
    plan,
    ran,
    outcome,
    dryRun,
    codes,
    stop,
    due: paced.due
  })
  if (dryRun || opened.lease === undefined) return report
  const isThrough = ran !== undefined && ran.stop === undefined && !ran.aborted
  const moved = nextState(session, opened, pulled, plan, report, isThrough || outcome === 'held')
  const state: MailboxState = {
    ...withPaces(session, moved, paced, opened),
    ...troublesOf(opened, plan, sendsNoMore, paced.profileDisabled)
  }
  const transaction: Transaction = {
    lease: opened.lease,
    mailbox: session.mailbox,
    decisions: [
      ...failures.flatMap(({ failure }) => failure.decisions),
      ...(isThrough ? notedRefusals(plan, opened) : []),
      ...notedHolds(plan, opened)
    ],
    due: [...dues, ...(isThrough ? heldDue(plan, opened) : [])],
    settledDue: failures.flatMap(({ one, failure }) =>
      failure.due === undefined && one.decided.unit.due !== undefined ? [one.decided.unit.due.key] : []
    ),
    settledInbox: isThrough ? [...quietInbox(plan), ...inboxOfDue(failed, plan)] : [],
    settledPending: isThrough ? [...settledApprovals(session, opened, plan), ...plan.refusals.map(({ id }) => id)] : [],
    state: [
      {
        name: documents.mailbox(session.mailbox),
        document: state as unknown as StateDocument
      },
      ...shapeDocuments(opened)
    ],
    outdated: outdatedAt(session.settings, opened.startedAtMs)
  }
  await commitTo(session, transaction)
  raise(session, opened.state, state, report)
  return report
}

/**
 * 5.2: whoever sends is refused, in a cycle that the mailbox was read in: of the two directions that one is disabled, and
 * where the other is refused too, the next cycle finds so.
 */
const isRefusedSending = (session: Session, stop: Stop | undefined, ran: Ran | undefined): boolean =>
  stop?.error._tag === 'SignInRequired' &&
  stop.side === 'mail' &&
  session.facts.enabled.incoming &&
  (ran?.open ?? []).some(({ settled }) => settled.sent?.code === 'mailbox-disabled')

const troublesOf = (
  { state: before, workloads }: Opened,
  plan: Plan,
  sendsNoMore: boolean,
  profileDisabled: boolean
): Pick<MailboxState, 'troubles' | 'outgoingOff'> => {
  const outgoingOff = sendsNoMore || before.outgoingOff === true
  return {
    ...(outgoingOff ? { outgoingOff } : {}),
    troubles: [
      ...troublesAfter(
        plan.decided.map(({ verdict }) => verdict),
        outgoingOff
      ),
      // Of messages a cycle of other things knows nothing new.
      ...(workloads.includes('email') || outgoingOff
        ? []
        : (before.troubles ?? []).filter((trouble) => trouble === 'cannot-send')),
      ...(profileDisabled ? (['profile-disabled'] as const) : [])
    ]
  }
}

/** The end of a gesture that was carried out at once: no cursor and no pace, and nobody is blamed for a failure. */
export const finishOnly = async (
  session: Session,
  opened: Opened,
  plan: Plan,
  ran: Ran | undefined,
  dryRun: boolean
): Promise<CycleReport> => {
  const failed = (ran?.open ?? []).filter(({ settled }) => settled.error !== undefined)
  const context = {
    itemLimit: Number.MAX_SAFE_INTEGER,
    cycle: opened.cycle,
    nowMs: opened.startedAtMs,
    countsItems: false
  }
  const failures = failed.flatMap((one) =>
    one.settled.error === undefined ? [] : [{ one, failure: itemFailure(one, one.settled.error, context) }]
  )
  const report = reportOf(session, opened, {
    plan,
    ran,
    outcome: outcomeOf(plan, ran, ran?.stop),
    dryRun,
    codes: new Map(failures.map(({ one, failure }) => [one.decided.unit.key, failure.code])),
    stop: ran?.stop,
    due: { disabled: false }
  })
  if (opened.lease === undefined) return report
  const { state, startedAtMs, tally } = opened
  const document = {
    ...withCommitted(state, opened),
    cycles: state.cycles + 1,
    links: tally.linksAfter(state.links),
    deletes: [...state.deletes.filter(({ atMs }) => atMs > startedAtMs - dayMs), ...tally.deletes(startedAtMs)]
  }
  const isThrough = ran !== undefined && ran.stop === undefined && !ran.aborted
  await commitTo(session, {
    lease: opened.lease,
    mailbox: session.mailbox,
    decisions: [
      ...failures.flatMap(({ failure }) => failure.decisions),
      ...(isThrough ? notedRefusals(plan, opened) : [])
    ],
    due: failures.flatMap(({ failure }) => failure.due ?? []),
    settledPending: isThrough ? plan.refusals.map(({ id }) => id) : [],
    state: [{ name: documents.mailbox(session.mailbox), document }, ...shapeDocuments(opened)]
  })
  return report
}

export const outcomeOf = (plan: Plan, ran: Ran | undefined, stop: Stop | undefined): CycleOutcome => {
  if (stop !== undefined)
    return stop.error._tag === 'Throttled' || stop.error._tag === 'LeaseLost' ? 'interrupted' : 'failed'
  if (ran?.aborted === true) return 'interrupted'
  return plan.guarded.whole ? 'held' : 'completed'
}

const observedOf = (stop: Stop | undefined): Pick<CycleObservation, 'error' | 'retryAfterMs'> => {
  if (stop === undefined) return {}
  const { error } = stop
  const retryAfterMs = 'retryAfterMs' in error ? error.retryAfterMs : undefined
  const told = retryAfterMs === undefined ? {} : { retryAfterMs }
  switch (error._tag) {
    case 'Throttled':
      return { error: 'throttled', ...told }
    case 'SignInRequired':
    case 'Forbidden':
    case 'Unsupported':
      return { error: 'permanent' }
    case 'LeaseLost':
      return {}
    default:
      return { error: 'transient', ...told }
  }
}

/** A workload has had its first cycle once one of its cycles has written something. */
const withCommitted = (state: MailboxState, { workloads, tally }: Pick<Opened, 'workloads' | 'tally'>): MailboxState =>
  withParts(state, (part, workload) => ({
    ...part,
    committed: part.committed || (tally.wrote && workloads.includes(workload))
  }))

/** What a guard of one class holds comes again with the next cycle. */
const heldDue = (plan: Plan, opened: Opened): ReadonlyArray<Due> =>
  plan.decided.flatMap(({ unit, verdict }) => {
    const code = plan.guarded.holds.get(verdict.key)
    if (code === undefined) return []
    return [dueRow(unit, { code, failures: 0, rests: false, seen: {}, atMs: opened.startedAtMs })]
  })

const quietInbox = (plan: Plan): NonNullable<Transaction['settledInbox']> =>
  plan.detected.quiet.map(({ type, ref, seq }) => ({ type, ref, seq }))

/** What failed or is held stands in its own list from now on, not in the inbox. */
const inboxOfDue = (failed: ReadonlyArray<Finished>, plan: Plan): NonNullable<Transaction['settledInbox']> => [
  ...failed.flatMap(({ decided }) => inboxRowOf(decided)),
  ...plan.decided.flatMap(({ unit, verdict }) =>
    plan.guarded.holds.has(verdict.key) && unit.inboxSeq !== undefined && unit.record !== undefined
      ? [{ type: unit.type, ref: unit.record.ref, seq: unit.inboxSeq }]
      : []
  )
]

/** What is held says so to whoever asks; while nothing joins, it has been noted already. */
const notedHolds = (plan: Plan, opened: Opened): ReadonlyArray<DecisionRow> => {
  const hashes = plan.guarded.held.map(({ planHash }) => planHash)
  const known = opened.workloads.flatMap((workload) => partOf(opened.state, workload).held)
  if (hashes.every((hash) => known.includes(hash))) return []
  return plan.decided.flatMap(({ verdict }) => {
    const code = plan.guarded.holds.get(verdict.key)
    const said = { facts: { wanted: verdict.code }, cycle: opened.cycle, atMs: opened.startedAtMs }
    return code === undefined ? [] : decisionRows(verdict, { code, ...said })
  })
}

/** What this cycle has decided about the item comes after the refusal, and is what is remembered. */
const notedRefusals = (plan: Plan, opened: Opened): ReadonlyArray<DecisionRow> => {
  const decided = new Set(plan.decided.flatMap(({ verdict }) => (isSilent(verdict.code) ? [] : (verdict.item ?? []))))
  return plan.refusals.flatMap(({ gesture, atMs }) => {
    if (gesture._tag !== 'Refused' || decided.has(gesture.item)) return []
    return decisionRows(
      { item: gesture.item },
      { code: gesture.code, facts: { by: gesture.by }, cycle: opened.cycle, atMs }
    )
  })
}

const isSilent = (code: Reason): boolean => code === 'unchanged' || code === 'not-requested'

/**
 * An approval is good once, and for a day. One of a whole first cycle is used up when every workload of the mailbox has
 * had a cycle since.
 */
export const settledApprovals = (
  session: Session,
  { startedAtMs, state, workloads: done }: Pick<Opened, 'startedAtMs' | 'state' | 'workloads'>,
  plan: Plan
): ReadonlyArray<number> => {
  const kinds = pairingsOf(session).flatMap(({ kind }) => (isInUse(session, kind) ? [kind] : []))
  const open = workloads.filter(
    (workload) => !done.includes(workload) && kinds.some((kind) => workloadOf(kind) === workload)
  )
  const isUsedUp = (atMs: InstantMs): boolean =>
    open.every((workload) => (partOf(state, workload).last?.atMs ?? 0) >= atMs)
  return plan.approvals
    .filter(
      ({ planHash, atMs }) =>
        (planHash === 'apply' && isUsedUp(atMs)) ||
        plan.guarded.used.includes(planHash) ||
        startedAtMs - atMs > limits.approvalTtlMs
    )
    .map(({ id }) => id)
}

const shapeDocuments = (opened: Opened): NonNullable<Transaction['state']> =>
  [...opened.rules.values()].flatMap(({ shape }) =>
    opened.state.shapes[shape.type] === shape.digest
      ? []
      : [
          {
            name: documents.shape(shape.digest),
            document: { keys: shape.keys, versions: shape.versions, chosen: shape.chosen }
          }
        ]
  )

/** A8: received time of the last message judged in the root inbox. */
const judgedUntil = (plan: Plan, before: InstantMs | undefined): InstantMs | undefined => {
  let until = before
  for (const { unit, verdict } of plan.decided) {
    if (unit.kind !== 'email' || verdict.judgedAtMs === undefined) continue
    if (until === undefined || verdict.judgedAtMs > until) until = verdict.judgedAtMs
  }
  return until
}

const dayMs = 24 * 60 * 60_000

/** The small state after a cycle: one edit, whose patches are the log line that says what moved. */
const nextState = (
  session: Session,
  opened: Opened,
  pulled: Pull,
  plan: Plan,
  report: CycleReport,
  settled: boolean
): MailboxState => {
  const { tally, startedAtMs, workloads: done, pairings } = opened
  enablePatches()
  const [shared, patches] = produceWithPatches(opened.state, (draft) => {
    draft.cycles += 1
    draft.links = { ...tally.linksAfter(opened.state.links) }
    draft.deletes = [...draft.deletes.filter(({ atMs }) => atMs > startedAtMs - dayMs), ...tally.deletes(startedAtMs)]
    if (report.outcome !== 'completed') return
    const judgedUntilMs = judgedUntil(plan, draft.judgedUntilMs)
    if (judgedUntilMs !== undefined) draft.judgedUntilMs = judgedUntilMs
    Object.assign(draft.cursors, pulled.cursors)
    Object.assign(draft.epochs, pulled.epochs)
    if (done.includes('act')) draft.meetingsUnder = meetingsUnder(session)
    Object.assign(draft.memberships, pulled.nextMemberships)
    for (const { type } of pairings) {
      const shape = opened.rules.get(type)?.shape
      if (shape !== undefined) draft.shapes[type] = shape.digest
    }
  })
  const next = withParts(withCommitted(shared, opened), (part, workload) => {
    if (!done.includes(workload)) return part
    const last = {
      cycle: opened.cycle,
      atMs: settled ? startedAtMs : (part.last?.atMs ?? startedAtMs),
      outcome: report.outcome,
      reset: pulled.reset,
      unknownTypes: [...pulled.memberships].flatMap(([type, { _tag }]) => (_tag === 'Unknown' ? [type] : []))
    }
    const held = plan.guarded.held.map(({ planHash }) => planHash)
    if (report.outcome !== 'completed') return { ...part, last, held }
    const { auditAfter: _before, ...rest } = part
    const place = pulled.audits.get(workload)
    return {
      ...rest,
      last,
      held,
      asksUnder: asksUnder(session),
      ...(place?.after === undefined ? {} : { auditAfter: place.after }),
      ...(place === undefined ? {} : { auditedAtMs: place.atMs })
    }
  })
  session.log({
    level: 'debug',
    message: 'the state of the mailbox moved',
    facts: { cycle: opened.cycle, moved: patches.map(({ path }) => path.join('.')).join(' ') }
  })
  return next
}

/** A side failed before the plan was carried out, or the link store refused: the report says so, the pace notes it. */
export const stopped = async (
  session: Session,
  opened: Opened,
  thrown: unknown,
  dryRun: boolean
): Promise<CycleReport> => {
  const stop = thrown instanceof Stopped ? thrown.stop : abortOf(session, thrown)
  const lost = stop?.side === 'links' && stop.error._tag === 'Transient' && stop.error.unsure === true
  // A host that has asked to stop has left more behind.
  const observed = lost ? {} : { ...observedOf(stop), ...(stop === undefined ? { truncated: true } : {}) }
  const isKept = !dryRun && opened.lease !== undefined && stop?.error._tag !== 'LeaseLost'
  const paced = await paceAfter(session, opened, { stop, observed, succeeded: false, isKept })
  const isPause = stop === undefined || lost || stop.error._tag === 'Throttled' || stop.error._tag === 'LeaseLost'
  const report = reportOf(session, opened, {
    plan: undefined,
    ran: undefined,
    outcome: isPause ? 'interrupted' : 'failed',
    dryRun,
    codes: new Map(),
    stop,
    due: paced.due
  })
  if (dryRun || opened.lease === undefined || stop?.error._tag === 'LeaseLost') return report
  const moved = withParts(withCommitted(opened.state, opened), (part, workload) => {
    if (!opened.workloads.includes(workload)) return part
    const atMs = part.last?.atMs ?? opened.startedAtMs
    return { ...part, last: { cycle: opened.cycle, atMs, outcome: report.outcome, reset: false, unknownTypes: [] } }
  })
  const state: MailboxState = {
    ...withPaces(session, moved, paced, opened),
    cycles: opened.state.cycles + 1,
    links: opened.tally.linksAfter(opened.state.links),
    // It was open, and what waits to be sent was not looked at to the end.
    troubles: [
      ...(opened.state.troubles ?? []).filter((one) => one === 'cannot-send' || one === 'outgoing-disabled'),
      ...(paced.profileDisabled ? (['profile-disabled'] as const) : [])
    ]
  }
  // The pace is all that is lost where even this is refused; the next cycle finds everything else as it was.
  await session.links.transact({
    lease: opened.lease,
    mailbox: session.mailbox,
    state: [{ name: documents.mailbox(session.mailbox), document: state as unknown as StateDocument }]
  })
  raise(session, opened.state, state, report)
  return report
}

/** The host asked to stop, which is no failure; anything else is a defect and goes to the host. */
const abortOf = (session: Session, thrown: unknown): undefined => {
  if (session.signal?.aborted === true) return undefined
  throw thrown
}
