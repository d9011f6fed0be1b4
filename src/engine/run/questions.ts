/** What a host asks between cycles: links, gestures that wait, the last decision about a thing. Nothing is written here. */
import type { DecisionFacts, Kind, Link, Pending, Reason, RecordType, Ref, Side } from '../../model/index.js'
import { isEmpty, limits } from '../../model/index.js'
import type { Explanation } from '../explain.js'
import { headsOf } from './heads.js'
import { actorOf } from './gather.js'
import { isInUse, pairingsOf, whyNot } from './open.js'
import { readState } from './read-state.js'
import { can } from '../methods.js'
import { type MailboxState, partOf } from '../state.js'
import { type Workload, workloadOf, workloads } from '../workload.js'
import { isOverdue } from '../pane.js'
import { isRepeated, waitsSince } from '../track/standing.js'
import { need, type Session, Stopped } from './session.js'

export const linkOf = async (session: Session, by: 'item' | 'record', ref: Ref): Promise<Link | undefined> => {
  const links = await need(
    session,
    'links',
    'linksOf',
    session.links.linksOf(session.tenant, by, [ref], session.mailbox)
  )
  return links[0]
}

export const linksOfItems = async (session: Session, items: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, Link>> => {
  const links = await need(
    session,
    'links',
    'linksOf',
    session.links.linksOf(session.tenant, 'item', items, session.mailbox)
  )
  return new Map(links.map((link) => [link.item, link]))
}

export const pendingOf = async (session: Session, item: Ref): Promise<ReadonlyArray<Pending>> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const pending = await need(session, 'links', 'pending', session.links.pending(key, limits.pendingMax))
  return pending.filter(({ gesture }) => gesture._tag !== 'Approve' && gesture.item === item)
}

/** What a gesture must know of an item. */
export interface ItemKind {
  readonly kind: Kind
  readonly isSeries: boolean
}

/** A gesture or a question reads no text of a message (A17). */
export const kindsOf = async (session: Session, items: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, ItemKind>> => {
  const found = await need(session, 'mail', 'heads', headsOf(session, items))
  return new Map(
    found.flatMap((one) => {
      if (one._tag !== 'Known') return []
      const { ref, kind, fields } = one.snapshot
      return [[ref, { kind, isSeries: !isEmpty(fields['recurrence']) }] as const]
    })
  )
}

/** What a gesture names, as far as the person who names it may read it. */
export interface Target {
  readonly isReadable: boolean
  readonly type?: RecordType
}

const readableBy = async (session: Session, ref: Ref, person: string): Promise<Target> => {
  for (const type of session.records.can.types) {
    const [found] = await need(
      session,
      'record',
      'read',
      session.records.read(type, [ref], { _tag: 'User', id: person })
    )
    if (found?._tag === 'Known') return { isReadable: true, type }
  }
  return { isReadable: false }
}

/** Offline nobody can say whether the record may be read: the request is stored, and carried out on going online (T13). */
export const targetFor = async (session: Session, ref: Ref, person: string): Promise<Target> => {
  try {
    return await readableBy(session, ref, person)
  } catch (thrown) {
    const isAway = thrown instanceof Stopped && thrown.stop.error._tag === 'Transient'
    if (isAway && can(session.facts.method, 'offline')) return { isReadable: true }
    throw thrown
  }
}

/** 1.3/3: a request that waits longer than it may is a fault, and says so. */
export const overdueFacts = async (session: Session, item: Ref): Promise<DecisionFacts> => {
  const link = await linkOf(session, 'item', item)
  const sinceMs = waitsSince(await pendingOf(session, item), link !== undefined)
  return sinceMs !== undefined && isOverdue(sinceMs, session.clock()) ? { overdue: true } : {}
}

/** The look-ups of a linked record that a pane shows: its parent, and what it is about. */
export const lookupsOf = async (
  session: Session,
  link: Link
): Promise<{ readonly parent?: Ref | undefined; readonly regarding?: Ref | undefined }> => {
  const [found] = await need(
    session,
    'record',
    'read',
    session.records.read(link.type, [link.record], link.kind === 'email' ? { _tag: 'Engine' } : actorOf(session))
  )
  const shape = session.shapeFor(link.type)
  const refIn = (field: string | undefined): Ref | undefined => {
    const value = found?._tag === 'Known' && field !== undefined ? found.snapshot.fields[field] : undefined
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return { parent: refIn(shape?.parent), regarding: refIn(shape?.regarding) }
}

/**
 * The last decision about one thing. A linked pair that the last cycle had no reason to look at is unchanged, unless
 * that cycle says something of all such pairs.
 */
export const decisionOf = async (
  session: Session,
  side: Side,
  ref: Ref
): Promise<Pick<Explanation, 'code' | 'facts'>> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const state = await readState(session)
  const link = await linkOf(session, side === 'mail' ? 'item' : 'record', ref)
  const [row] = await need(session, 'links', 'decisionsOf', session.links.decisionsOf(key, side, [ref]))
  const pending = side === 'mail' ? (await pendingOf(session, ref)).map(({ gesture }) => gesture) : []
  const newest = pending.at(-1)
  if (newest?._tag === 'Refused') return { code: newest.code, facts: { by: newest.by } }
  const closed = whyNot(session, state, pairingsOf(session)) ?? (await whyNotInUse(session, state, side, ref, link))
  if (closed !== undefined) return { code: closed, facts: {} }
  if (newest?._tag === 'Track' && link !== undefined && isRepeated(pending))
    return { code: 'already-tracked', facts: { by: newest.by } }
  if (state.troubles?.includes('taken') === true) return { code: 'not-approved', facts: { taken: true } }
  if (link === undefined) return row === undefined ? await rememberedOf(session, side, ref) : row
  const latest = row !== undefined && row.cycle >= link.decided.cycle ? row : link.decided
  const last = link === undefined ? undefined : partOf(state, workloadOf(link.kind)).last
  const [due] = await need(session, 'links', 'dueOf', session.links.dueOf(key, [link.id]))
  // What waits is decided again at every cycle, and says the same until it is over.
  if (due !== undefined && due.wakesAtMs === undefined && due.code === latest.code)
    return { code: latest.code, facts: latest.facts }
  if (last === undefined || latest.cycle >= last.cycle || last.outcome === 'failed')
    return whatAllSay(latest, link, last)
  return whatAllSay({ code: 'unchanged', facts: { lastDecision: latest.code } }, link, last)
}

/** A kind that is switched off: nothing that was said of its things before holds now. */
const whyNotInUse = async (
  session: Session,
  state: MailboxState,
  side: Side,
  ref: Ref,
  link: Link | undefined
): Promise<Reason | undefined> => {
  const { enabled } = session.facts
  const isOff = (workload: Workload): boolean => partOf(state, workload).pace.disabled === true
  if (enabled.act && enabled.incoming && isInUse(session, 'contact') && !workloads.some(isOff)) return undefined
  const kind = link?.kind ?? (await kindOf(session, side, ref))
  if (kind === undefined) return undefined
  if (isOff(workloadOf(kind))) return 'mailbox-disabled'
  if (kind === 'email') return enabled.incoming || link !== undefined ? undefined : 'incoming-disabled'
  return isInUse(session, kind) ? undefined : 'method-unsupported'
}

const kindOf = async (session: Session, side: Side, ref: Ref): Promise<Kind | undefined> => {
  if (side === 'mail') return (await kindsOf(session, [ref])).get(ref)?.kind
  for (const { kind, type } of pairingsOf(session)) {
    const [found] = await need(session, 'record', 'read', session.records.read(type, [ref], { _tag: 'Engine' }))
    // What is to be sent has nothing to do with what comes in.
    if (found !== undefined && found._tag !== 'Absent') return kind === 'email' ? undefined : kind
  }
  return undefined
}

/** Decisions about things without a link are not kept for ever; why its last link ended is. */
const rememberedOf = async (session: Session, side: Side, ref: Ref): Promise<Pick<Explanation, 'code' | 'facts'>> => {
  const by = side === 'mail' ? 'item' : 'record'
  const formers = await need(
    session,
    'links',
    'formerOf',
    session.links.formerOf(session.tenant, by, [ref], session.mailbox)
  )
  const last = [...formers].sort((x, y) => x.atMs - y.atMs).at(-1)
  return last === undefined ? { code: 'not-requested', facts: {} } : { code: last.code, facts: { ended: last.endedBy } }
}

const whatAllSay = (
  decision: Pick<Explanation, 'code' | 'facts'>,
  link: Link,
  last: { readonly reset: boolean; readonly unknownTypes: ReadonlyArray<string> } | undefined
): Pick<Explanation, 'code' | 'facts'> => {
  if (decision.code !== 'unchanged' || last === undefined) return { code: decision.code, facts: decision.facts }
  if (link.origin !== 'tracked' && last.unknownTypes.includes(link.type))
    return { code: 'unknown-membership', facts: {} }
  return last.reset ? { code: 'cursor-reset', facts: {} } : { code: 'unchanged', facts: decision.facts }
}
