/**
 * Server profiles (4.3, E1): several mailboxes are reached through one server. What fails of the server as such stands on
 * the profile, counts once for all of its mailboxes, and is never held against any of them.
 */
import type { Pace } from '../../schedule/index.js'
import { documents } from '../state.js'
import { need, type Session } from './session.js'

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
