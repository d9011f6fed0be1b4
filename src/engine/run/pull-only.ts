/** Step 2 of a gesture that is carried out at once (T17): its items alone, no feed, no cursor. */
import type { Pending, Ref } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { membershipOf } from './members.js'
import type { Opened } from './opened.js'
import type { Pull } from './pull.js'
import { need, type Session } from './session.js'

/** Of a gesture that is carried out at once: what waits for these items, and nothing else. */
export const pullOnly = async (
  session: Session,
  { state, pairings, startedAtMs }: Pick<Opened, 'state' | 'pairings' | 'startedAtMs'>,
  only: ReadonlySet<Ref>,
  also: ReadonlyArray<Pending>
): Promise<Pull> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const pending = await need(session, 'links', 'pending', session.links.pending(key, limits.pendingMax))
  const types = pairings.filter(({ kind }) => kind !== 'email').map(({ type }) => type)
  return {
    pulled: {
      mail: [],
      mailListed: false,
      inbox: [],
      records: [],
      asked: [],
      candidates: [],
      gestures: [...pending, ...also].filter(({ gesture }) => 'item' in gesture && only.has(gesture.item)),
      due: []
    },
    memberships: new Map(types.map((type) => [type, membershipOf(session, type, state, startedAtMs)])),
    cursors: {},
    epochs: {},
    nextMemberships: {},
    audits: new Map(),
    truncated: false,
    reset: false,
    emptySides: []
  }
}
