/**
 * Membership as deltas. Changed records are judged one by one; only another context (filter, user, teams, rights)
 * costs one full, paged evaluation. A failed query is unknown, not empty.
 */
import { compile, defaultFilters, unionOf } from '../../filters/index.js'
import type { Filter, FilterContext, Link, RecordType } from '../../model/index.js'
import { digestOf, limits } from '../../model/index.js'
import type { Membership } from '../decide/context.js'
import type { RecordRow } from '../detect/join.js'
import type { Access, MailboxFacts } from '../ports.js'
import type { MailboxState } from '../state.js'
import { actorOf } from './gather.js'
import { need, type Session, Stopped } from './session.js'

/** A list given for a type replaces its default filters; queue mailboxes have none (3.1/8, 3.6). */
export const filtersOf = (facts: MailboxFacts, type: RecordType): ReadonlyArray<Filter> => {
  if (facts.queue) return []
  return (
    (Object.hasOwn(facts.filters, type) ? facts.filters[type] : undefined) ??
    (Object.hasOwn(defaultFilters, type) ? defaultFilters[type] : undefined) ??
    []
  )
}

export const filterContextOf = (facts: MailboxFacts, access: Access, nowMs: number): FilterContext => ({
  user: facts.user,
  teams: access.teams,
  businessUnit: access.businessUnit,
  timeZone: facts.timeZone,
  nowMs
})

/** What the filters of one type say in this cycle. */
export interface Evaluation {
  readonly membership: Membership
  /** Members that the mailbox has no link of the filter's to. Only after a full evaluation. */
  readonly entering: ReadonlyArray<RecordRow>
  /** Links of the filter's that the full evaluation did not list. */
  readonly candidates: ReadonlyArray<Link>
  /** To be stored with the cycle. */
  readonly next?: MailboxState['memberships'][string]
}

export const evaluateType = async (
  session: Session,
  type: RecordType,
  state: MailboxState,
  nowMs: number
): Promise<Evaluation> => {
  const filters = filtersOf(session.facts, type)
  const context = filterContextOf(session.facts, session.access, nowMs)
  const filter = unionOf(filters)
  const digest = digestOf([filter, { ...context, nowMs: 0 }, session.access.epoch])
  const before = state.memberships[type]
  const membership: Membership =
    filters.length === 0 ? { _tag: 'NoFilter' } : { _tag: 'Judge', holds: compile(filter, context) }
  if (before?.digest === digest) return { membership, entering: [], candidates: [] }
  const next = { digest, filter, context }
  try {
    const listed =
      filters.length === 0 ? new Map<string, RecordRow>() : await listMembers(session, type, filter, context)
    return { ...(await compared(session, listed, type)), membership, next }
  } catch (thrown) {
    // A query that fails concerns its type alone (3.5/25); what a person must mend stops the cycle.
    if (thrown instanceof Stopped && thrown.stop.side === 'record' && isPassing(thrown.stop.error._tag)) {
      return { membership: { _tag: 'Unknown' }, entering: [], candidates: [] }
    }
    throw thrown
  }
}

const isPassing = (tag: string): boolean =>
  tag === 'Transient' || tag === 'CursorExpired' || tag === 'Gone' || tag === 'VersionMismatch' || tag === 'Malformed'

const listMembers = async (
  session: Session,
  type: RecordType,
  filter: Filter,
  context: FilterContext
): Promise<Map<string, RecordRow>> => {
  const members = new Map<string, RecordRow>()
  const holds = compile(filter, context)
  let after: string | undefined
  for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
    const page = await need(
      session,
      'record',
      'members',
      session.records.members({ type, filter, context }, actorOf(session), {
        ...(after === undefined ? {} : { after }),
        max: limits.pageRowsMax
      })
    )
    for (const row of page.rows) {
      // The store may list too many; where it shows the record for nothing, the judgement costs nothing either.
      if (row.snapshot === undefined || holds(row.snapshot)) {
        members.set(row.ref, { ref: row.ref, type, ...(row.version === undefined ? {} : { version: row.version }) })
      }
    }
    if (!page.more) break
    after = page.cursor
  }
  return members
}

/** A full evaluation against the links: who enters, who may have left. The only walk over links, and it is paged. */
const compared = async (
  session: Session,
  listed: ReadonlyMap<string, RecordRow>,
  type: RecordType
): Promise<Pick<Evaluation, 'entering' | 'candidates'>> => {
  const entering = new Map(listed)
  const candidates: Array<Link> = []
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  let after: string | undefined
  for (;;) {
    const links = await need(session, 'links', 'walk', session.links.walk(key, after, limits.walkMax))
    for (const link of links) {
      if (link.type !== type) continue
      if (listed.has(link.record)) {
        if (link.origin !== 'tracked') entering.delete(link.record)
      } else if (link.origin !== 'tracked') candidates.push(link)
    }
    if (links.length < limits.walkMax) break
    after = links.at(-1)?.id
  }
  return { entering: [...entering.values()], candidates }
}
