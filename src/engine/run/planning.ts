/**
 * Steps 3 to 6 where they meet the ports: links are joined, batches are asked about and decided, the guards pass.
 */
import type { Due, Link, Pending, RecordType, Ref } from '../../model/index.js'
import { byCodeUnits, limits } from '../../model/index.js'
import { claimOf, recordIdentity } from '../claims.js'
import { lookAsks, searchAsks, survivorLooks } from '../decide/asks.js'
import { filedAsks, messageDoubles, messageLooks, messageParties, messageSearches } from '../decide/message/asks.js'
import { outgoingLooks, outgoingSearches } from '../decide/message/outgoing.js'
import type { DecideContext } from '../decide/context.js'
import { decide } from '../decide/decide.js'
import { type Detected, detect, refsOf } from '../detect/join.js'
import { noticedUnits } from './notice.js'
import { type Ask, Facts } from '../facts.js'
import { type Guarded, guard } from '../plan/guard.js'
import { kindOf } from '../settings.js'
import { partOf } from '../state.js'
import { Planned } from '../track/planned.js'
import type { Decided, Unit } from '../unit.js'
import { withBases, withoutBase } from './bases.js'
import { gather } from './gather.js'
import { Kept } from './kept.js'
import { contextOf, type Opened, type Plan } from './opened.js'
import type { Pull } from './pull.js'
import { need, type Session, slices, Stopped } from './session.js'

/** The units of the cycle. The rows of the feeds are in them now, and what was pulled lets them go. */
export const join = async (
  session: Session,
  opened: Opened,
  pull: Pull
): Promise<{ readonly pulled: Pull; readonly units: Detected }> => ({
  units: await joined(session, opened, pull),
  pulled: { ...pull, pulled: { ...pull.pulled, mail: [], inbox: [], records: [], asked: [], candidates: [], due: [] } }
})

const joined = async (session: Session, opened: Opened, { pulled }: Pull): Promise<Detected> => {
  const refs = refsOf(pulled)
  const { links: byItem } = await linksBy(session, 'item', refs.items)
  const { links: byRecord, further } = await linksBy(session, 'record', refs.records)
  const typeOf = (kind: string): RecordType => opened.pairings.find((pairing) => pairing.kind === kind)?.type ?? kind
  const kindOf = (type: RecordType): string => opened.pairings.find((pairing) => pairing.type === type)?.kind ?? type
  const asked = [...pulled.asked, ...further]
  const detected = detect({ ...pulled, asked }, { byItem, byRecord }, typeOf, kindOf)
  const noticed = await noticedUnits(session, opened, detected, typeOf)
  const units = await withRestingDue(session, withSurvivors(session, { ...detected, units: noticed.units }))
  return { ...detected, units, unlinked: [], left: detected.left - noticed.taken }
}

/**
 * A record that was made from an item bears an id derived from that item. Where the links were lost, the pair is known
 * again by it, whatever its fields say.
 */
const withSurvivors = (session: Session, { units, unlinked }: Detected): ReadonlyArray<Unit> => {
  if (unlinked.length === 0 || units.every((unit) => unit.link !== undefined || unit.record === undefined)) return units
  const madeFrom = new Map(
    unlinked.map(({ ref }) => [claimOf(session.tenant, recordIdentity(session.mailbox, ref), 0).id, ref])
  )
  return units.map((unit) => {
    const survivor = unit.link === undefined && unit.record !== undefined ? madeFrom.get(unit.record.ref) : undefined
    return survivor === undefined ? unit : { ...unit, survivor }
  })
}

/** `further`: a message that lies in a mailbox twice is linked twice (D2), and its record reaches both. */
const linksBy = async (
  session: Session,
  by: 'item' | 'record',
  refs: ReadonlyArray<string>
): Promise<{ readonly links: ReadonlyMap<string, Link>; readonly further: ReadonlyArray<Link> }> => {
  const links = new Map<string, Link>()
  const further: Array<Link> = []
  const isOneBatch = refs.length <= limits.decideBatchMax
  for (const slice of slices([...new Set(refs)], limits.pageRowsMax)) {
    const found = await need(
      session,
      'links',
      'linksOf',
      session.links.linksOf(session.tenant, by, slice, session.mailbox)
    )
    for (const each of found) {
      const link = isOneBatch ? each : withoutBase(each)
      if (links.has(link[by])) further.push(link)
      else links.set(link[by], link)
    }
  }
  return { links, further }
}

/** A unit that rests is looked at only where a side shows another version than it rested at, or a person asks. */
const withRestingDue = async (session: Session, units: ReadonlyArray<Unit>): Promise<ReadonlyArray<Unit>> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const resting = new Map<string, Due>()
  for (const slice of slices(
    units.filter((unit) => unit.due === undefined).map((unit) => unit.key),
    limits.pageRowsMax
  )) {
    const found = await need(session, 'links', 'dueOf', session.links.dueOf(key, slice))
    for (const due of found) resting.set(due.key, due)
  }
  if (resting.size === 0) return units
  return units.flatMap((unit) => {
    const due = resting.get(unit.key)
    if (due === undefined) return [unit]
    const isAtRest = due.rests && due.wakesAtMs === undefined
    const isOver = due.code === 'item-undeliverable' && unit.kind === 'email' && unit.asks !== true
    return isAtRest && !hasNewGesture(unit, due) && (isOver || isUnmoved(unit, due)) ? [] : [{ ...unit, due }]
  })
}

const hasNewGesture = (unit: Unit, due: Due): boolean => unit.gestures.some(({ id }) => id > (due.gesture ?? 0))

/** No feed has named it, or both sides stand at the versions at which it came to rest. */
const isUnmoved = (unit: Unit, due: Due): boolean => {
  const unmoved = (version: string | undefined, seen: string | undefined): boolean =>
    version === undefined || version === seen
  return !unit.touched || (unmoved(unit.item?.version, due.seen.mail) && unmoved(unit.record?.version, due.seen.record))
}

export const decideAll = async (session: Session, opened: Opened, pulled: Pull, detected: Detected): Promise<Plan> => {
  const context = contextOf(session, opened, pulled.memberships, askedItems(pulled.pulled.gestures))
  const kept = new Kept()
  const planned = new Planned()
  for (const units of slices(detected.units, limits.decideBatchMax)) {
    for (const one of await decideBatch(session, units, context, planned)) {
      if (one.probe !== undefined) session.onProbe(one.probe)
      kept.add(withoutProbe(one))
    }
    session.onProgress({
      mailbox: session.mailbox,
      stage: 'decide',
      done: kept.decided.length,
      total: detected.units.length
    })
    session.signal?.throwIfAborted()
  }
  const approvals = pulled.pulled.gestures.flatMap(({ id, gesture, atMs }) =>
    gesture._tag === 'Approve' ? [{ id, planHash: gesture.planHash, atMs }] : []
  )
  const refusals = pulled.pulled.gestures.filter(({ gesture }) => gesture._tag === 'Refused')
  return {
    detected,
    decided: kept.decided,
    context,
    guarded: { held: [], whole: false, holds: new Map(), used: [] },
    approvals,
    refusals
  }
}

const askedItems = (gestures: ReadonlyArray<Pending>): ReadonlySet<Ref> =>
  new Set(
    gestures.flatMap(({ gesture }) =>
      gesture._tag === 'Track' || gesture._tag === 'SetParent' || gesture._tag === 'SetRegarding' ? [gesture.item] : []
    )
  )

/** A probe is told once, and kept nowhere. */
const withoutProbe = ({ probe: _probe, ...decided }: Decided): Decided => decided

const parties = messageParties(decide)
const doubles = messageDoubles(decide)

/**
 * Asks and facts of one batch in their rounds, then the decision. A side that cannot be read stops the cycle. `planned`:
 * the messages that earlier batches of the cycle will store; where a batch is decided again they are stored by now.
 */
export const decideBatch = async (
  session: Session,
  joined: ReadonlyArray<Unit>,
  context: DecideContext,
  planned: Planned = new Planned()
): Promise<ReadonlyArray<Decided>> => {
  const units = await withBases(session, joined)
  const facts = new Facts()
  const rounds: ReadonlyArray<() => ReadonlyArray<Ask>> = [
    () => lookAsks(units),
    () => [
      ...searchAsks(units, facts, context),
      ...messageSearches(units, facts, context),
      ...filedAsks(units, facts, context),
      ...outgoingSearches(units, facts, context)
    ],
    () => [
      ...survivorLooks(units, facts, context),
      ...messageLooks(units, facts, context),
      ...outgoingLooks(units, facts, context)
    ],
    () => parties(units, facts, context, planned),
    () => doubles(units, facts, context, planned)
  ]
  for (const asks of rounds) {
    const failure = await gather(session, asks(), facts)
    if (failure !== undefined) throw new Stopped(failure)
  }
  return inOrderOfRequest(decide(units, facts, context, planned))
}

/** O4: what was handed over first goes out first. */
const inOrderOfRequest = (decided: ReadonlyArray<Decided>): ReadonlyArray<Decided> => {
  const sends = decided.filter((one) => one.sends !== undefined)
  if (sends.length < 2) return decided
  // One that has failed was written since, one that only waited was not: the earlier of the two is the request.
  const askedAt = ({ unit, snapshots }: Decided): number =>
    Math.min(unit.due?.atMs ?? Number.MAX_SAFE_INTEGER, snapshots.record?.changedAtMs ?? Number.MAX_SAFE_INTEGER)
  const ordered = [...sends].sort((x, y) => askedAt(x) - askedAt(y) || byCodeUnits(x.unit.key, y.unit.key))
  return [...decided.filter((one) => one.sends === undefined), ...ordered]
}

export const guardPlan = (session: Session, opened: Opened, pulled: Pull, plan: Plan): Guarded => {
  const approved = plan.approvals
    .filter(({ atMs }) => opened.startedAtMs - atMs <= limits.approvalTtlMs)
    .map(({ planHash }) => planHash)
  const firsts = opened.workloads.filter((workload) => !partOf(opened.state, workload).committed)
  return guard(
    plan.decided.map(({ verdict }) => verdict),
    {
      guard: session.settings.guard,
      state: opened.state,
      nowMs: opened.startedAtMs,
      workloads: opened.workloads,
      firsts,
      holdsFirstCycle: session.settings.firstCycle === 'plan' && firsts.length > 0 && !approved.includes('apply'),
      holdsInvitations: session.settings.invitations === 'hold',
      kindOf: (type) => kindOf(session.settings, type),
      emptySides: pulled.emptySides,
      approved: new Set(approved)
    }
  )
}
