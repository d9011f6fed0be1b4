/**
 * One transaction of the link store. Where its answer is lost the store itself says whether it was committed: each
 * transaction leaves the number of its own under the name of its lease.
 */
import type { Transaction } from '../ports.js'
import { documents } from '../state.js'
import { need, type Session, Stopped } from './session.js'

export const commitTo = async (session: Session, transaction: Transaction): Promise<void> => {
  const { lease } = transaction
  const name = documents.commits(lease.name)
  session.commits.count += 1
  const number = `${lease.token} ${session.holder} ${session.clock()} ${session.commits.count}`
  session.calls['links.transact'] = (session.calls['links.transact'] ?? 0) + 1
  const state = [...(transaction.state ?? []), { name, document: { number } }]
  const answer = await session.links.transact({ ...transaction, state })
  if (answer._tag === 'Right') return
  const isLost = answer.left._tag === 'Transient' && answer.left.unsure === true
  const standing = isLost ? await need(session, 'links', 'state', session.links.state(session.tenant, name)) : undefined
  if (standing?.['number'] !== number) throw new Stopped({ error: answer.left, side: 'links' })
}
