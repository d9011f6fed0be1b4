/** What a host asks between cycles: links, gestures that wait, the last decision about a thing. Nothing is written here. */
import type { Kind, Link, Pending, Ref, Side } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { Explanation } from '../explain.js'
import { actorOf } from './gather.js'
import { pairingsOf, readState, shapeFor, whyNot } from './open.js'
import { need, type Session } from './session.js'

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

export const kindsOf = async (session: Session, items: ReadonlyArray<Ref>): Promise<ReadonlyMap<Ref, Kind>> => {
  const found = await need(session, 'mail', 'read', session.mail.read(items))
  return new Map(found.flatMap((one) => (one._tag === 'Known' ? [[one.snapshot.ref, one.snapshot.kind] as const] : [])))
}

export const isReadable = async (session: Session, ref: Ref): Promise<boolean> => {
  for (const type of session.records.can.types) {
    const [found] = await need(session, 'record', 'read', session.records.read(type, [ref], actorOf(session)))
    if (found?._tag === 'Known') return true
  }
  return false
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
    session.records.read(link.type, [link.record], actorOf(session))
  )
  const shape = shapeFor(session, link.type)
  const refIn = (field: string | undefined): Ref | undefined => {
    const value = found?._tag === 'Known' && field !== undefined ? found.snapshot.fields[field] : undefined
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  return { parent: refIn(shape?.parent), regarding: refIn(shape?.named[0]?.record) }
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
  const refusal =
    side === 'mail'
      ? (await pendingOf(session, ref))
          .map(({ gesture }) => gesture)
          .filter((gesture) => gesture._tag === 'Refused')
          .at(-1)
      : undefined
  if (refusal?._tag === 'Refused') return { code: refusal.code, facts: { by: refusal.by } }
  const closed =
    whyNot(session, state, pairingsOf(session)) ?? (session.facts.enabled.act ? undefined : 'method-unsupported')
  if (closed !== undefined) return { code: closed, facts: {} }
  if (link === undefined) return row === undefined ? await rememberedOf(session, side, ref) : row
  const newest = row !== undefined && row.cycle >= link.decided.cycle ? row : link.decided
  const last = state.last
  const [due] = await need(session, 'links', 'dueOf', session.links.dueOf(key, [link.id]))
  // What waits is decided again at every cycle, and says the same until it is over.
  if (due !== undefined && due.wakesAtMs === undefined && due.code === newest.code)
    return { code: newest.code, facts: newest.facts }
  if (last === undefined || newest.cycle >= last.cycle || last.outcome === 'failed')
    return whatAllSay(newest, link, state.last)
  return whatAllSay({ code: 'unchanged', facts: { lastDecision: newest.code } }, link, last)
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
