/** The small state of a mailbox as the link store holds it. */
import { documents, freshStateOf, type MailboxState } from '../state.js'
import { need, type Session } from './session.js'

/** The mailbox's document, laid over a fresh one: a field that an older version did not know is fresh. */
export const readState = async (
  session: Pick<Session, 'tenant' | 'mailbox' | 'links' | 'calls'>
): Promise<MailboxState> => {
  const document = await need(
    session,
    'links',
    'state',
    session.links.state(session.tenant, documents.mailbox(session.mailbox))
  )
  const fresh = freshStateOf(session.tenant, session.mailbox)
  if (document === undefined) return fresh
  // A copy: what belongs to the link store is not ours to freeze or to change.
  const known = structuredClone(document) as Partial<MailboxState>
  return { ...fresh, ...known, pace: { ...fresh.pace, ...known.pace } }
}
