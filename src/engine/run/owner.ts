/** Claims of mailboxes in the link store: asked at every cycle that may write, moved by `takeOver` alone. */
import type { Claim } from '../../model/index.js'
import { Misuse } from '../../model/index.js'
import { type Owner, ownerClaim, type Ownership, ownershipOf } from '../owner.js'
import { need, type Session } from './session.js'

type Asking = Pick<Session, 'tenant' | 'mailbox' | 'client' | 'claimsIn' | 'links' | 'facts' | 'calls' | 'clock'>

const ownerOf = ({ tenant, mailbox, client, facts }: Asking): Owner => ({
  tenant,
  mailbox,
  ...(facts.method === 'client' && client !== undefined ? { client } : {})
})

/** Whose the mailbox is; where it is nobody's, it is this one's from now on. */
export const claimMailbox = async (session: Asking): Promise<Ownership> => {
  const owner = ownerOf(session)
  const stands = await standing(session, owner)
  const ownership = ownershipOf(stands, owner)
  return ownership === 'free-client' ? ownershipOf(await raised(session, owner, stands), owner) : ownership
}

/** The mailbox is this one's from now on, whoever had it: whose it was finds so at his next cycle. */
export const takeOver = async (session: Asking): Promise<void> => {
  const owner = ownerOf(session)
  const stands = await standing(session, owner)
  if (ownershipOf(stands, owner) === 'own') return
  if (ownershipOf(await raised(session, owner, stands), owner) !== 'own')
    throw new Misuse(`mailbox ${session.mailbox} was taken over by somebody else at the same moment`, ['mailbox'])
}

/** The identity of the claim, where it is this one's: `forget` leaves no trace of it. */
export const ownIdentity = async (session: Asking): Promise<string | undefined> => {
  const owner = ownerOf(session)
  const stands = await standing(session, owner)
  const ownership = ownershipOf(stands, owner)
  return ownership === 'other-mailbox' || ownership === 'other-organisation' ? undefined : stands.identity
}

const claimFor = ({ facts, clock }: Asking, owner: Owner, generation: number): Claim =>
  ownerClaim(facts.address, owner, generation, clock())

const standing = async (session: Asking, owner: Owner): Promise<Claim> => {
  const claim = claimFor(session, owner, 0)
  const [stands] = await need(session, 'links', 'claim', session.links.claim(session.claimsIn, [claim]))
  return stands ?? claim
}

const raised = (session: Asking, owner: Owner, { generation }: Claim): Promise<Claim> =>
  need(
    session,
    'links',
    'raise',
    session.links.raise(session.claimsIn, generation, claimFor(session, owner, generation + 1))
  )
