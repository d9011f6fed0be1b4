/**
 * Step 0: the lease, the mailbox's small state, and whether the mailbox may be worked on at all.
 */
import { type Rules, rulesOf } from '../../mapping/index.js'
import type { DecisionFacts, InstantMs, Kind, Reason, RecordType } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { nextSync, type Pace } from '../../schedule/index.js'
import type { FormerShape } from '../decide/context.js'
import { troublesWhenClosed } from '../alerts.js'
import { can } from '../methods.js'
import type { Lease, MailboxFacts, StateDocument } from '../ports.js'
import type { CycleOutcome, CycleReport } from '../report.js'
import { inForce } from '../setup.js'
import { documents, freshState, type MailboxState, partOf, type Trouble } from '../state.js'
import { type Workload, workloadOf } from '../workload.js'
import { withHints } from './hint.js'
import { raise } from './alert.js'
import { commitTo } from './commit.js'
import { claimMailbox } from './owner.js'
import { type Opened, policyOf } from './opened.js'
import { profilePace } from './profile.js'
import { readState } from './read-state.js'
import type { Pairing } from './pull.js'
import { need, type Session, Stopped } from './session.js'
import { closedReport, stoppedBy } from './reporting.js'
import { Tally } from './tally.js'

/** A link store that cannot be reached ends the cycle before it begins: a report, not a rejection. */
export const openOrReport = async (session: Session, dryRun: boolean): ReturnType<typeof open> => {
  const startedAtMs = session.clock()
  try {
    return await open(session, dryRun)
  } catch (thrown) {
    if (!(thrown instanceof Stopped)) throw thrown
    const delays = session.asked.workloads.map((workload) => policyOf(session, workload).failureDelayMs)
    const closed = closedReport(session, startedAtMs, 'failed', 'retry-later', Math.min(...delays))
    const report = { ...closed, dryRun, stoppedBy: stoppedBy(thrown.stop, false) }
    // What it had failed with before cannot be read, or cannot be written: it is not counted.
    if (!dryRun) raise(session, freshState, freshState, report)
    return { _tag: 'Closed', report }
  }
}

type Start =
  | { readonly _tag: 'Open'; readonly opened: Opened; readonly session: Session }
  | { readonly _tag: 'Closed'; readonly report: CycleReport }

/** `session`: with the mailbox as it may be used, after its last set-up test (4.4). */
const open = async (asking: Session, dryRun: boolean): Promise<Start> => {
  const startedAtMs = asking.clock()
  if (dryRun) return begin(asking, undefined, startedAtMs)
  const taken = await takeMailbox(asking)
  if (taken === 'busy')
    return { _tag: 'Closed', report: closedReport(asking, startedAtMs, 'interrupted', 'retry-later') }
  let isOpen = false
  try {
    const start = await begin({ ...asking, holder: taken.lease.holder }, taken.lease, startedAtMs)
    isOpen = start._tag === 'Open'
    return start
  } finally {
    if (!isOpen) asking.atWork.mailboxes.delete(asking.mailbox)
  }
}

const begin = async (given: Session, leased: Lease | undefined, startedAtMs: InstantMs): Promise<Start> => {
  const dryRun = leased === undefined
  const state = await readState(given)
  const session = withUse(given, state)
  const cycle =
    leased === undefined
      ? 'plan'
      : `${String(leased.token).padStart(10, '0')}-${String(state.cycles + 1).padStart(10, '0')}`
  const profile = await profilePace(session)
  const why =
    closedBy(session, state, pairingsOf(session)) ??
    profileOff(session, profile) ??
    (leased === undefined ? undefined : await takenBy(session))
  if (why !== undefined) {
    const outcome = why.code === 'mailbox-disabled' ? 'failed' : 'completed'
    const closed = closedReport(session, startedAtMs, outcome, why.code, delayWhenIdle(session, state, outcome))
    const report = { ...closed, dryRun, stoppedBy: { code: why.code, tag: 'None', ...factsIn(why) } }
    if (leased !== undefined) await close(session, leased, state, why, report)
    return { _tag: 'Closed', report }
  }
  const workloads = await workloadsDue(session, state)
  if (workloads.length === 0) {
    const closed = closedReport(session, startedAtMs, 'completed', 'retry-later')
    if (leased !== undefined) await session.links.release(leased)
    return { _tag: 'Closed', report: { ...closed, dryRun, stoppedBy: { code: 'retry-later', tag: notDue } } }
  }
  // With everything off the mailbox is only asked whether it answers.
  const inUse = pairingsOf(session).filter(({ kind }) => isInUse(session, kind))
  const shapes = new Map(inUse.map(({ type }) => [type, session.shapeFor(type)]))
  const rules = new Map<RecordType, Rules>()
  for (const [type, shape] of shapes)
    if (shape !== undefined) rules.set(type, rulesOf(shape, session.settings, session.access.fields))
  const formerShapes = await formerShapesOf(session, state, rules)
  const pairings = inUse.filter(({ kind }) => workloads.includes(workloadOf(kind)))
  const tally = new Tally()
  return {
    _tag: 'Open',
    opened: { lease: leased, cycle, startedAtMs, state, profile, workloads, pairings, rules, formerShapes, tally },
    session
  }
}

/** Of a cycle that was to run only what is due, where nothing is: somebody else was there before. */
export const notDue = 'NotDue'

/** What was asked for, without what has failed for good; and only what is due, where that is what was asked for. */
const workloadsDue = async (session: Session, state: MailboxState): Promise<ReadonlyArray<Workload>> => {
  const on = session.asked.workloads.filter((workload) => partOf(state, workload).pace.disabled !== true)
  const { dueWithinMs } = session
  if (dueWithinMs === undefined) return on
  const nowMs = session.clock()
  const within = (paces: ReadonlyMap<Workload, Pace>, untilMs: InstantMs): ReadonlyArray<Workload> =>
    on.filter((workload) => {
      const { dueAtMs, notBeforeMs = 0, reason } = paces.get(workload) ?? { reason: 'manual' }
      // One that has not run yet is due; one that waits to be asked is not.
      return notBeforeMs <= nowMs && (dueAtMs ?? (reason === undefined ? nowMs : Infinity)) <= untilMs
    })
  const stored = new Map(on.map((workload) => [workload, partOf(state, workload).pace]))
  const paces =
    within(stored, nowMs).length > 0
      ? stored
      : await withHints(session, stored, (workload) => partOf(state, workload).startedAtMs)
  return within(paces, nowMs).length === 0 ? [] : within(paces, nowMs + dueWithinMs)
}

/** The same with its mailbox as it may be used. */
export const withUse = (
  session: Session,
  { setUp, outgoingOff }: Pick<MailboxState, 'setUp' | 'outgoingOff'>
): Session => {
  const facts = inForce(session.facts, setUp)
  return outgoingOff === true
    ? { ...session, facts: { ...facts, enabled: { ...facts.enabled, outgoing: false } } }
    : { ...session, facts }
}

/** Why a mailbox stays closed, and what of it somebody should hear of. */
interface Closed {
  readonly code: Reason
  readonly trouble?: Trouble
  readonly facts?: DecisionFacts
}

const factsIn = ({ facts }: Closed): { readonly facts?: DecisionFacts } => (facts === undefined ? {} : { facts })

const closedBy = (session: Session, state: MailboxState, pairings: ReadonlyArray<Pairing>): Closed | undefined => {
  if (session.facts.active === false) return { code: 'mailbox-disabled', trouble: 'inactive', facts: { active: false } }
  const code = whyNot(session, state, pairings)
  if (code === undefined) return undefined
  return code === 'not-approved' ? { code, trouble: 'not-approved' } : { code }
}

/** E1: its server has failed for good, whichever mailbox has met it. */
const profileOff = ({ facts }: Session, pace: Pace | undefined): Closed | undefined =>
  pace?.disabled === true
    ? { code: 'mailbox-disabled', trouble: 'profile-disabled', facts: { profile: facts.profile ?? '' } }
    : undefined

/** 4.4/3: what somebody else synchronises is not approved for this one before it takes the mailbox over. */
const takenBy = async (session: Session): Promise<Closed | undefined> => {
  const ownership = await claimMailbox(session)
  return ownership === 'own' ? undefined : { code: 'not-approved', trouble: 'taken', facts: { takenBy: ownership } }
}

/** Nothing moves, but for what has to be told: that is remembered first (A13: one alert, not one per cycle). */
const close = async (
  session: Session,
  lease: Lease,
  before: MailboxState,
  why: Closed,
  report: CycleReport
): Promise<void> => {
  const troubles = troublesWhenClosed(why, before.troubles)
  const after: MailboxState = { ...before, troubles }
  const isNew = troubles.join() !== (before.troubles ?? []).join()
  const name = documents.mailbox(session.mailbox)
  const document = after as unknown as StateDocument
  try {
    if (isNew) await commitTo(session, { lease, mailbox: session.mailbox, state: [{ name, document }] })
  } finally {
    await session.links.release(lease)
  }
  raise(session, before, after, report)
}

const delayWhenIdle = (session: Session, state: MailboxState, outcome: CycleOutcome): number | undefined => {
  if (outcome === 'failed') return undefined
  const delays = session.asked.workloads.flatMap((workload) => {
    const pace = { ...partOf(state, workload).pace, disabled: false }
    const next = nextSync(policyOf(session, workload), pace, { changes: 0 }, session.clock())
    return next.disabled || next.delayMs === undefined ? [] : [next.delayMs]
  })
  return delays.length === 0 ? undefined : Math.min(...delays)
}

/**
 * The right to work on a mailbox. A call that comes while this very engine is at work on it asks as somebody else: the
 * link store says when the other one has held it for too long.
 */
export const takeMailbox = async (session: Session): Promise<{ readonly lease: Lease } | 'busy'> => {
  const { atWork, mailbox } = session
  const isAtWork = atWork.mailboxes.has(mailbox)
  if (isAtWork) atWork.turns += 1
  const holder = isAtWork ? `${session.holder} ${atWork.turns}` : session.holder
  atWork.mailboxes.add(mailbox)
  try {
    const lease = await leaseFor({ ...session, holder })
    if (lease !== 'busy') return { lease }
  } catch (thrown) {
    if (!isAtWork) atWork.mailboxes.delete(mailbox)
    throw thrown
  }
  if (!isAtWork) atWork.mailboxes.delete(mailbox)
  return 'busy'
}

export const leaseFor = async (session: Session): Promise<Lease | 'busy'> => {
  const answer = await session.links.lease(
    session.tenant,
    documents.mailbox(session.mailbox),
    session.holder,
    limits.leaseTtlMs
  )
  if (answer._tag === 'Left') throw new Stopped({ error: answer.left, side: 'links' })
  return answer.right._tag === 'Busy' ? 'busy' : answer.right.lease
}

/** Which mapped types this mailbox and this store both hold. */
export const pairingsOf = (session: Pick<Session, 'settings' | 'mail' | 'records'>): ReadonlyArray<Pairing> =>
  Object.values(session.settings.mappings)
    .filter(({ kind, type }) => session.mail.can.kinds.includes(kind) && session.records.can.types.includes(type))
    .map(({ kind, type }) => ({ kind, type, showsNames: session.settings.companyFromParent && type === 'contact' }))

/** Whether items of the kind pass between this mailbox and the records at all (4.2, 4.4). */
export const isInUse = ({ facts }: Pick<Session, 'facts'>, kind: Kind): boolean =>
  isHeldBy(facts, kind) && (kind === 'email' ? facts.enabled.incoming || facts.enabled.outgoing : facts.enabled.act)

/** A queue is a mailbox of e-mail, and not of every method; router and POP carry nothing else. */
const isHeldBy = ({ method, queue }: MailboxFacts, kind: Kind): boolean =>
  queue ? kind === 'email' && can(method, 'queue') : kind === 'email' || can(method, 'sync')

/** Why nothing at all is done with this mailbox now; nothing is decided then, and no cursor moves. */
export const whyNot = (
  session: Pick<Session, 'facts' | 'access' | 'mail' | 'asked'>,
  state: MailboxState,
  pairings: ReadonlyArray<Pairing>
): Reason | undefined => {
  const isOff = session.asked.workloads.every((workload) => partOf(state, workload).pace.disabled === true)
  if (isOff || session.facts.active === false) return 'mailbox-disabled'
  if (!session.facts.approved) return 'not-approved'
  // Incoming and outgoing mail may still be read there; that the mailbox answers at all is what their failures count.
  if (!session.access.privileges.sync) return 'missing-privilege'
  if (!pairings.some(({ kind }) => isHeldBy(session.facts, kind))) return 'method-unsupported'
  if (session.facts.forward === true && session.mail.forwarded === undefined) return 'method-unsupported'
  return undefined
}

/** Shapes that links of this mailbox may still stand in, and are not those of now. */
const formerShapesOf = async (
  session: Session,
  state: MailboxState,
  rules: ReadonlyMap<RecordType, Rules>
): Promise<ReadonlyMap<string, FormerShape>> => {
  const former = new Map<string, FormerShape>()
  for (const [type, { shape }] of rules) {
    const digest = state.shapes[type]
    if (digest === undefined || digest === shape.digest) continue
    const document = await need(session, 'links', 'state', session.links.state(session.tenant, documents.shape(digest)))
    const keys = document?.['keys']
    const versions = document?.['versions']
    const chosen = document?.['chosen']
    if (Array.isArray(keys) && Array.isArray(versions) && Array.isArray(chosen))
      former.set(digest, { keys, versions, chosen })
  }
  return former
}
