/**
 * Step 9, the schedule: what each workload of a mailbox has observed in a cycle, and when it is due again. Where the
 * workloads are run as one they observe one sum; run apart, each has its own changes (5.1/2).
 */
import { type CycleObservation, freshPace, type Next, nextSync, type Pace } from '../../schedule/index.js'
import { freshPaceOf, type MailboxState, partOf, withParts } from '../state.js'
import { type Workload, workloads } from '../workload.js'
import { withHints } from './hint.js'
import { type Opened, policyOf } from './opened.js'
import { keepProfile } from './profile.js'
import type { Due } from './reporting.js'
import type { Session, Stop } from './session.js'

/** A cycle that has come to its end, or to a stop. */
interface Ended {
  readonly stop: Stop | undefined
  /** What came of it, but for its changes. */
  readonly observed: Omit<CycleObservation, 'changes' | 'arrivalsAtMs'>
  /** Both sides have answered to the end. */
  readonly succeeded: boolean
  /** A plan, or a cycle without a lease, is nothing to remember. */
  readonly isKept: boolean
}

/** `profileDisabled`: its server profile has failed for good. */
export interface PaceAfter {
  readonly due: Due
  readonly paces: ReadonlyMap<Workload, Pace>
  readonly profileDisabled: boolean
}

/** A failure moves the pace of who has failed, the mailbox or its profile; a success of a mailbox is one of both. */
export const paceAfter = async (session: Session, opened: Opened, ended: Ended): Promise<PaceAfter> => {
  const { profile } = opened
  const { stop, observed, succeeded, isKept } = ended
  const nowMs = session.clock()
  if (profile !== undefined && isOfProfile(stop)) {
    const next = nextSync(policyOf(session, 'email'), profile, { changes: 0, ...observed }, nowMs)
    if (isKept) await keepProfile(session, next.state)
    const paces = new Map(opened.workloads.map((workload) => [workload, postponed(opened.state, workload, next)]))
    return { due: next, paces, profileDisabled: next.disabled }
  }
  if (isKept && succeeded && profile !== undefined && profile.failures > 0) await keepProfile(session, freshPace)
  const paces = pacesAfter(session, opened, observed, nowMs)
  return { due: await dueOf(session, opened, paces, nowMs), paces, profileDisabled: false }
}

const isOfProfile = (stop: Stop | undefined): boolean =>
  stop?.side === 'mail' && 'profile' in stop.error && stop.error.profile === true

/** Of the mailboxes of a profile that fails none is asked before the profile is; nothing is held against them. */
const postponed = (state: MailboxState, workload: Workload, next: Next): Pace => {
  const { pace } = partOf(state, workload)
  const { dueAtMs, notBeforeMs, reason } = next.state
  return {
    ...pace,
    ...(dueAtMs === undefined ? {} : { dueAtMs }),
    ...(notBeforeMs === undefined ? {} : { notBeforeMs }),
    ...(reason === undefined || next.disabled ? {} : { reason })
  }
}

const pacesAfter = (
  session: Session,
  { state, workloads: done, tally, startedAtMs }: Opened,
  observed: Ended['observed'],
  nowMs: number
): ReadonlyMap<Workload, Pace> => {
  // What is for ever is so for the whole mailbox, whichever of its workloads has met it (rule 6).
  const moved = observed.error === 'permanent' ? workloads : done
  const paces = new Map<Workload, Pace>()
  for (const workload of moved) {
    const part = partOf(state, workload)
    const apart = session.asked.apart || done.length === 1
    const arrivalsAtMs =
      apart && workload === 'act' ? [] : tally.arrivalsBetween(part.startedAtMs ?? startedAtMs, nowMs)
    const policy = policyOf(session, workload)
    // Who learns counts what came: a message once, though its record and its mark are two changes.
    const countOf = (each: Workload): number =>
      policy.name === 'adaptive' ? tally.thingsOf(each) : tally.changesOf(each)
    const observation: CycleObservation = {
      changes: apart ? countOf(workload) : countOf('email') + countOf('act'),
      ...(arrivalsAtMs.length === 0 ? {} : { arrivalsAtMs }),
      ...observed
    }
    paces.set(workload, nextSync(policy, part.pace, observation, nowMs).state)
  }
  const silentUntilMs = Math.max(0, ...[...paces.values()].map(({ notBeforeMs = 0 }) => notBeforeMs))
  for (const workload of workloads) {
    const { pace } = partOf(state, workload)
    // A server that asks for silence does not ask it of one workload alone.
    if (!paces.has(workload) && silentUntilMs > nowMs) paces.set(workload, silenced(pace, silentUntilMs))
  }
  return paces
}

const silenced = (pace: Pace, untilMs: number): Pace => {
  if (pace.disabled === true) return pace
  const notBeforeMs = Math.max(untilMs, pace.notBeforeMs ?? 0)
  const isLater = pace.dueAtMs === undefined || pace.dueAtMs >= notBeforeMs
  return { ...pace, notBeforeMs, ...(isLater ? {} : { dueAtMs: notBeforeMs, reason: 'throttled' as const }) }
}

/** The first of the workloads of this cycle that is due again. */
const dueOf = async (
  session: Session,
  { workloads: done, startedAtMs }: Opened,
  paces: ReadonlyMap<Workload, Pace>,
  nowMs: number
): Promise<Due> => {
  // What was asked for during the cycle waits for its end.
  const isAsked = (session.atWork.hints.get(session.mailbox) ?? 0) >= startedAtMs
  const standing = isAsked ? await withHints(session, paces, () => startedAtMs) : paces
  const own = done.flatMap((workload) => standing.get(workload) ?? [])
  const first = own.reduce<Pace | undefined>(earlier, undefined)
  const disabled = own.length > 0 && own.every((pace) => pace.disabled === true)
  return {
    disabled,
    ...(first?.dueAtMs === undefined || disabled ? {} : { delayMs: Math.max(0, first.dueAtMs - nowMs) }),
    ...(first?.reason === undefined ? {} : { reason: first.reason })
  }
}

const earlier = (first: Pace | undefined, pace: Pace): Pace =>
  first === undefined || (pace.dueAtMs ?? Infinity) < (first.dueAtMs ?? Infinity) ? pace : first

/** The state with the paces of a cycle in it. What was asked for before it has been seen. */
export const withPaces = (
  { visitPrice }: Pick<Session, 'visitPrice'>,
  state: MailboxState,
  { paces }: Pick<PaceAfter, 'paces'>,
  { workloads: done, startedAtMs }: Pick<Opened, 'workloads' | 'startedAtMs'>
): MailboxState =>
  withParts(state, ({ visitPrice: before, ...part }, workload) => {
    const isDone = done.includes(workload)
    const price = isDone ? visitPrice : before
    return {
      ...part,
      pace: paces.get(workload) ?? part.pace,
      ...(isDone ? { startedAtMs } : {}),
      ...(price === undefined ? {} : { visitPrice: price })
    }
  })

/**
 * Counts at 0 and due at once, or when a silence ends that the server has asked for (5a); run by hand, not before somebody
 * asks. What the mailbox has shown of itself is known still.
 */
export const enabledPace = (session: Session, workload: Workload, { learned, notBeforeMs = 0 }: Pace): Pace => {
  const nowMs = session.clock()
  const policy = policyOf(session, workload)
  const silentUntilMs = Math.min(notBeforeMs, nowMs + policy.retryAfterMsMax)
  const pace = {
    ...freshPaceOf(session.tenant, session.mailbox),
    ...(learned === undefined ? {} : { learned })
  }
  if (silentUntilMs <= nowMs) return pace
  if (policy.name === 'client' && policy.manual) return { ...pace, notBeforeMs: silentUntilMs }
  return { ...pace, notBeforeMs: silentUntilMs, dueAtMs: silentUntilMs, reason: 'throttled' }
}
