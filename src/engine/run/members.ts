/**
 * Membership as three deltas. Changed records are judged one by one; the passing of time costs two range queries, and
 * none while no border of a window has moved; only another context (filter, user, teams, rights, calendar) costs one
 * full, paged evaluation. A failed query is unknown, not empty.
 */
import { askedContext, type AskedContext, bordersOf, nothingAsked } from '../../filters/asked.js'
import { compile, type Judging, misfits, unionOf } from '../../filters/index.js'
import { movedBetween } from '../../filters/moved.js'
import type { Filter, FilterContext, InstantMs, Link, RecordType } from '../../model/index.js'
import { digestOf, limits } from '../../model/index.js'
import type { Membership } from '../decide/context.js'
import type { RecordRow } from '../detect/join.js'
import type { MembersQuery } from '../ports.js'
import { kindOf } from '../settings.js'
import { type MailboxState, partOf } from '../state.js'
import { workloadOf } from '../workload.js'
import { filterContextOf, filtersOf, hasUnknownField, judgingOf } from './filters.js'
import { actorOf } from './gather.js'
import { need, type Session, slices, Stopped } from './session.js'

/** What the filters of one type say in this cycle. */
export interface Evaluation {
  readonly membership: Membership
  /** Members that the mailbox has no link of the filter's to. Only where members were listed. */
  readonly entering: ReadonlyArray<RecordRow>
  /** Links of the filter's that a full evaluation did not list, or whose time is over. */
  readonly candidates: ReadonlyArray<Link>
  /** To be stored with the cycle. */
  readonly next?: MailboxState['memberships'][string]
}

/** The filters of one type in this cycle, and for whom they are judged. */
interface Judged {
  readonly type: RecordType
  readonly filter: Filter
  readonly context: FilterContext
  readonly judging: Judging
}

/** What is relative to now has moved since then. */
const lastAtMs = ({ settings }: Session, type: RecordType, state: MailboxState): InstantMs | undefined =>
  partOf(state, workloadOf(kindOf(settings, type))).last?.atMs

const unknown: Evaluation = { membership: { _tag: 'Unknown' }, entering: [], candidates: [] }

/** How records of a type are judged now, without a look at who has come or gone. */
export const membershipOf = (session: Session, type: RecordType, state: MailboxState, nowMs: number): Membership => {
  const filters = filtersOf(session.facts, type, session)
  const whole = filterContextOf(session.facts, session.access, nowMs)
  const judging = judgingOf(session, type)
  if (hasUnknownField(filters, judging, whole.fiscalPeriod)) return { _tag: 'Unknown' }
  const filter = unionOf(filters)
  const asked = askedContext(filter, whole, judging)
  return filters.length === 0
    ? { _tag: 'NoFilter' }
    : judgeOf(
        { type, filter, context: asked.context, judging },
        asked.isRelative ? lastAtMs(session, type, state) : undefined
      )
}

export const evaluateType = async (
  session: Session,
  type: RecordType,
  state: MailboxState,
  nowMs: number
): Promise<Evaluation> => {
  const filters = filtersOf(session.facts, type, session)
  const whole = filterContextOf(session.facts, session.access, nowMs)
  const judging = judgingOf(session, type)
  if (hasUnknownField(filters, judging, whole.fiscalPeriod)) return unknown
  const filter = unionOf(filters)
  const asked = askedContext(filter, whole, judging)
  const judged: Judged = { type, filter, context: asked.context, judging }
  const membership: Membership =
    filters.length === 0
      ? { _tag: 'NoFilter' }
      : judgeOf(judged, asked.isRelative ? lastAtMs(session, type, state) : undefined)
  const digest = digestOf([
    filter,
    { ...asked.context, nowMs: 0 },
    session.access.epoch,
    ...dataOf(session, asked, judging)
  ])
  const before = state.memberships[type]
  // The digest says that nothing else that is asked has changed: of the context the time alone is kept.
  const next = { digest, filter, context: { ...nothingAsked, nowMs: asked.context.nowMs } }
  try {
    if (before?.digest !== digest) {
      const listed = filters.length === 0 ? new Map<string, RecordRow>() : await listMembers(session, judged)
      return { ...(await compared(session, listed, type)), membership, next }
    }
    const earlier = { ...asked.context, nowMs: before.context.nowMs }
    if (!asked.isRelative || bordersOf(filter, earlier, judging) === bordersOf(filter, asked.context, judging))
      return { membership, entering: [], candidates: [] }
    return { ...(await timeDelta(session, judged, earlier)), membership, next }
  } catch (thrown) {
    // A query that fails concerns its type alone (3.5/25); what a person must mend stops the cycle.
    if (thrown instanceof Stopped && thrown.stop.side === 'record' && isPassing(thrown.stop.error._tag)) return unknown
    throw thrown
  }
}

/** Data from outside that an answer rests on: other data, and it may be another. */
const dataOf = ({ zones }: Session, { isLocal }: AskedContext, { schema }: Judging): ReadonlyArray<unknown> => [
  isLocal ? zones.version : null,
  schema ?? null
]

/** `beforeMs`: when the mailbox's previous cycle was, where the filter asks what time it is. */
const judgeOf = ({ filter, context, judging }: Judged, beforeMs: number | undefined): Membership => {
  const { schema } = judging
  return {
    _tag: 'Judge',
    holds: compile(filter, context, judging),
    ...(beforeMs === undefined ? {} : { heldBefore: compile(filter, { ...context, nowMs: beforeMs }, judging) }),
    ...(schema === undefined ? {} : { misfits: (record) => misfits(record, schema) })
  }
}

const isPassing = (tag: string): boolean =>
  tag === 'Transient' || tag === 'CursorExpired' || tag === 'Gone' || tag === 'VersionMismatch' || tag === 'Malformed'

/** Who has come and gone through time alone: `F(now) and not F(before)`, and the reverse. */
const timeDelta = async (
  session: Session,
  judged: Judged,
  before: FilterContext
): Promise<Pick<Evaluation, 'entering' | 'candidates'>> => {
  const { type, filter, context, judging } = judged
  const moved = movedBetween(filter, before, context, judging)
  const near = { ...judged, filter: { and: [filter, moved] } }
  const come = await listMembers(session, near, { filter, context: before })
  const gone = await listMembers(session, { ...near, context: before }, { filter, context })
  const holds = compile(filter, context, judging)
  const candidates: Array<Link> = []
  for (const refs of slices([...gone.keys()], limits.pageRowsMax)) {
    const links = await need(
      session,
      'links',
      'linksOf',
      session.links.linksOf(session.tenant, 'record', refs, session.mailbox)
    )
    const left = links.filter((link) => link.type === type && link.origin !== 'tracked')
    // A store that answers too many, and shows none, is asked for those that are linked: no candidate is made up.
    const unseen = left.filter(({ record }) => gone.get(record)?.isSeen !== true).map(({ record }) => record)
    const still = unseen.length === 0 ? new Set<string>() : await heldOf(session, type, unseen, holds)
    candidates.push(...left.filter(({ record }) => !still.has(record)))
  }
  return { entering: [...come.values()].map(({ isSeen: _, ...row }) => row), candidates }
}

const heldOf = async (
  session: Session,
  type: RecordType,
  refs: ReadonlyArray<string>,
  holds: ReturnType<typeof compile>
): Promise<ReadonlySet<string>> => {
  const read = await need(session, 'record', 'read', session.records.read(type, refs, actorOf(session)))
  return new Set(read.flatMap((found) => (found._tag === 'Known' && holds(found.snapshot) ? [found.snapshot.ref] : [])))
}

/** A row that a listing gave; `isSeen`: with its snapshot, so that it has been judged. */
interface Listed extends RecordRow {
  readonly isSeen: boolean
}

/** Whom a filter holds, and with `not` that other one does not; the store may list too many. */
const listMembers = async (
  session: Session,
  { type, filter, context, judging }: Judged,
  not?: MembersQuery['not']
): Promise<Map<string, Listed>> => {
  const members = new Map<string, Listed>()
  const holds = compile(filter, context, judging)
  const others = not === undefined ? undefined : compile(not.filter, not.context, judging)
  const query: MembersQuery = { type, filter, context, ...judging, ...(not === undefined ? {} : { not }) }
  let after: string | undefined
  for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
    const page = await need(
      session,
      'record',
      'members',
      session.records.members(query, actorOf(session), {
        ...(after === undefined ? {} : { after }),
        max: limits.pageRowsMax
      })
    )
    for (const { ref, version, snapshot } of page.rows) {
      // Where the store shows the record for nothing, the judgement costs nothing either.
      if (snapshot !== undefined && (!holds(snapshot) || others?.(snapshot) === true)) continue
      const isSeen = snapshot !== undefined
      members.set(ref, { ref, type, isSeen, ...(version === undefined ? {} : { version }) })
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
