/**
 * Server profiles (4.3, E1): several mailboxes are reached through one server. What fails of the server as such stands on
 * the profile, counts once for all of its mailboxes, and is never held against any of them.
 */
import { freshPace, type Next, nextSync, type Observation, type Pace } from '../../schedule/index.js'
import type { MailboxState } from '../state.js'
import { documents } from '../state.js'
import { type Opened, policyOf } from './opened.js'
import { need, type Session, type Stop } from './session.js'

/** How the profile of the mailbox does; `undefined`: it names none. */
export const profilePace = async (session: Session): Promise<Pace | undefined> => {
  const { tenant, links, facts } = session
  if (facts.profile === undefined) return undefined
  const document = await need(session, 'links', 'state', links.state(tenant, documents.profile(facts.profile)))
  const failures = document?.['failures']
  return {
    emptyCycles: 0,
    failures: typeof failures === 'number' ? failures : 0,
    ...(document?.['disabled'] === true ? { disabled: true } : {})
  }
}

/** A cycle that has come to its end, or to a stop. */
interface Ended {
  readonly stop: Stop | undefined
  readonly observation: Observation
  /** Both sides have answered to the end. */
  readonly succeeded: boolean
  /** A plan, or a cycle without a lease, is nothing to remember. */
  readonly isKept: boolean
}

/** Pace after a cycle: the mailbox's own, and when it is asked again. `profileDisabled`: its profile has failed for good. */
export interface PaceAfter {
  readonly next: Next
  readonly pace: MailboxState['pace']
  readonly profileDisabled: boolean
}

/** A failure moves the pace of who has failed, the mailbox or its profile; a success of a mailbox is one of both. */
export const paceAfter = async (session: Session, { state, profile }: Opened, ended: Ended): Promise<PaceAfter> => {
  const { stop, observation, succeeded, isKept } = ended
  if (profile === undefined || !isOfProfile(stop)) {
    const next = nextSync(policyOf(session), state.pace, observation, session.clock())
    if (isKept && succeeded && profile !== undefined && profile.failures > 0) await keepProfile(session, freshPace)
    return { next, pace: next.state, profileDisabled: false }
  }
  const next = nextSync(policyOf(session), profile, observation, session.clock())
  if (isKept) await keepProfile(session, next.state)
  return { next, pace: state.pace, profileDisabled: next.disabled }
}

const isOfProfile = (stop: Stop | undefined): boolean =>
  stop?.side === 'mail' && 'profile' in stop.error && stop.error.profile === true

/** Of mailboxes that note a failure at the same moment one counts. A count that cannot be stored is lost, as a pace is. */
export const keepProfile = async (session: Session, { failures, disabled }: Pace): Promise<void> => {
  const { tenant, links, holder, facts, mailbox } = session
  if (facts.profile === undefined) return
  const name = documents.profile(facts.profile)
  const answer = await links.lease(tenant, name, holder, profileLeaseMs)
  if (answer._tag === 'Left' || answer.right._tag === 'Busy') return
  const { lease } = answer.right
  const document = { failures, ...(disabled === true ? { disabled: true } : {}) }
  await links.transact({ lease, mailbox, state: [{ name, document }] })
  await links.release(lease)
}

const profileLeaseMs = 10_000
