/** What an audit judges by: mappings and rights, filters as they are now, and what waits anyway. */
import { compile, unionOf } from '../../filters/index.js'
import { type Rules, rulesOf } from '../../mapping/index.js'
import type { RecordType, Ref } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { Membership } from '../decide/context.js'
import { filterContextOf, filtersOf, judgingOf } from './filters.js'
import { pairingsOf } from './open.js'
import { need, type Session } from './session.js'

export const rulesFor = (session: Session): ReadonlyMap<RecordType, Rules> =>
  new Map(
    pairingsOf(session).flatMap(({ type }) => {
      const shape = session.shapeFor(type)
      return shape === undefined ? [] : [[type, rulesOf(shape, session.settings, session.access.fields)] as const]
    })
  )

export const membershipsAt = (session: Session, nowMs: number): ReadonlyMap<RecordType, Membership> =>
  new Map(
    pairingsOf(session).map(({ type }): readonly [RecordType, Membership] => {
      const filters = filtersOf(session.facts, type, session)
      if (filters.length === 0) return [type, { _tag: 'NoFilter' }]
      const context = filterContextOf(session.facts, session.access, nowMs)
      return [type, { _tag: 'Judge', holds: compile(unionOf(filters), context, judgingOf(session, type)) }]
    })
  )

export const pendingIn = async (session: Session) => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const gestures = await need(session, 'links', 'pending', session.links.pending(key, limits.pendingMax))
  const records = new Set<Ref>()
  for (let after = 0; ; ) {
    const page = await need(session, 'links', 'inbox', session.links.inbox(key, after, limits.pageRowsMax))
    for (const { ref } of page) records.add(ref)
    if (page.length < limits.pageRowsMax) break
    after = page.at(-1)?.seq ?? after
  }
  return {
    items: new Set(gestures.flatMap(({ gesture }) => (gesture._tag === 'Approve' ? [] : [gesture.item]))),
    records
  }
}
