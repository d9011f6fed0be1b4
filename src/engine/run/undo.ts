/**
 * Undo: the flow of a cycle over the writes of an earlier one. Lease, recovery, guards, intents, conditional writes and
 * commits are those of every cycle; only what is looked at, and what is decided about it, is another.
 */
import { enablePatches, produce } from 'immer'
import type { Steps } from '../cycle.js'
import type { DecideContext } from '../decide/context.js'
import { Facts } from '../facts.js'
import { itemFailure } from '../failures.js'
import { outdatedAt } from '../history.js'
import { limits } from '../../model/index.js'
import type { StateDocument } from '../ports.js'
import type { CycleReport } from '../report.js'
import { documents, withParts } from '../state.js'
import { linkAsks, thingAsks } from '../undo/asks.js'
import { decideUndo } from '../undo/decide.js'
import type { UndoContext } from '../undo/pair.js'
import type { Unit } from '../unit.js'
import { raise } from './alert.js'
import { type DecideUnits, runPlan } from './apply.js'
import { commitTo } from './commit.js'
import { outcomeOf, settledApprovals, stopped } from './finish.js'
import { gather } from './gather.js'
import { Kept } from './kept.js'
import { frameOf } from './frame.js'
import { contextOf, type Opened, type Plan, type Ran } from './opened.js'
import { paceAfter } from './pace.js'
import { guardPlan } from './planning.js'
import type { Pull } from './pull.js'
import { reportOf } from './reporting.js'
import { need, type Session, slices, Stopped } from './session.js'
import { type UndoRows, undoRowsOf } from './undo-rows.js'

/** @public */
export interface UndoOptions {
  /** Only what it would do. */
  readonly dryRun?: boolean
  /** Who asks for it; the mailbox's user where left out. */
  readonly by?: string
  readonly signal?: AbortSignal
}

interface Wish {
  readonly cycle: string
  readonly by: string
  readonly dryRun: boolean
}

export const undoSteps = (given: Session, wish: Wish): Steps<Opened, Pull, UndoRows, Plan, Ran> => {
  let decideUnits: DecideUnits | undefined
  const { frame, current } = frameOf(given, wish.dryRun)
  return {
    ...frame,
    pull: async () => nothingPulled,
    detect: async (_opened, pulled) => ({ pulled, units: await undoRowsOf(current(), wish.cycle) }),
    decide: async (opened, _pulled, rows) => {
      decideUnits = decider(rows, wish)
      return planOf(current(), opened, rows, decideUnits)
    },
    plan: (opened, pulled, plan) => ({ ...plan, guarded: guardPlan(current(), opened, pulled, plan) }),
    applies: (plan) => !wish.dryRun && !plan.guarded.whole,
    run: (opened, plan) => runPlan(current(), opened, plan, decideUnits),
    finish: (opened, _pulled, plan, ran) => finishUndo(current(), opened, plan, ran, wish.dryRun),
    stopped: (opened, thrown) => stopped(current(), opened, thrown, wish.dryRun)
  }
}

/** An undo reads no feed: no cursor moves, and no side is empty. */
const nothingPulled: Pull = {
  pulled: { mail: [], mailListed: false, inbox: [], records: [], asked: [], candidates: [], gestures: [], due: [] },
  memberships: new Map(),
  cursors: {},
  epochs: {},
  nextMemberships: {},
  audits: new Map(),
  truncated: false,
  reset: false,
  emptySides: []
}

const decider =
  (rows: UndoRows, wish: Wish): DecideUnits =>
  async (session, units, context) => {
    const undoing = await rows.of(units)
    const facts = new Facts()
    const asked = units.flatMap((unit) => undoing.get(unit.key) ?? [])
    await ask(session, asked.flatMap(linkAsks), facts)
    await ask(
      session,
      units.flatMap((unit) => {
        const writes = undoing.get(unit.key)
        return writes === undefined ? [] : thingAsks(unit, writes)
      }),
      facts
    )
    const elsewhere = await linkedElsewhere(
      session,
      asked.map(({ record }) => record)
    )
    const undo: UndoContext = { ...context, undoes: wish.cycle, by: wish.by, elsewhere }
    return units.flatMap((unit) => {
      const writes = undoing.get(unit.key)
      if (writes === undefined) return []
      const { item, record } = writes
      return [decideUndo({ ...bare(unit), item: { ref: item }, record: { ref: record } }, writes, facts, undo)]
    })
  }

const ask = async (session: Session, asks: Parameters<typeof gather>[1], facts: Facts): Promise<void> => {
  const failure = await gather(session, asks, facts)
  if (failure !== undefined) throw new Stopped(failure)
}

const linkedElsewhere = async (session: Session, records: ReadonlyArray<string>): Promise<ReadonlySet<string>> => {
  const refs = [...new Set(records)]
  const links = await need(session, 'links', 'linksOf', session.links.linksOf(session.tenant, 'record', refs))
  return new Set(links.filter(({ mailbox }) => mailbox !== session.mailbox).map(({ record }) => record))
}

const planOf = async (session: Session, opened: Opened, rows: UndoRows, decideUnits: DecideUnits): Promise<Plan> => {
  const context: DecideContext = contextOf(session, opened, new Map())
  const kept = new Kept()
  for (const units of slices(rows.units, limits.decideBatchMax)) {
    for (const one of await decideUnits(session, units, context)) kept.add(one)
    session.signal?.throwIfAborted()
  }
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const pending = await need(session, 'links', 'pending', session.links.pending(key, limits.pendingMax))
  return {
    detected: { units: rows.units, quiet: [], same: 0, left: 0, unlinked: [] },
    decided: kept.decided,
    context,
    guarded: { held: [], whole: false, holds: new Map(), used: [] },
    approvals: pending.flatMap(({ id, gesture, atMs }) =>
      gesture._tag === 'Approve' ? [{ id, planHash: gesture.planHash, atMs }] : []
    ),
    refusals: []
  }
}

const bare = ({ link: _link, ...unit }: Unit): Unit => unit

/** Nothing of the feeds has moved: only counts, what was deleted, and the pace, for a person was at work. */
const finishUndo = async (
  session: Session,
  opened: Opened,
  plan: Plan,
  ran: Ran | undefined,
  dryRun: boolean
): Promise<CycleReport> => {
  const stop = ran?.stop ?? opened.tally.sideThatFailed()
  const paced = await paceAfter(session, opened, { stop: undefined, observed: {}, succeeded: false, isKept: false })
  const { lease, tally, startedAtMs } = opened
  const report = reportOf(session, opened, {
    plan,
    ran,
    outcome: outcomeOf(plan, ran, stop),
    dryRun,
    codes: codesOfFailures(session, opened, ran),
    stop,
    due: paced.due
  })
  if (dryRun || lease === undefined) return report
  enablePatches()
  const shared = produce(opened.state, (draft) => {
    draft.cycles += 1
    draft.links = { ...tally.linksAfter(opened.state.links) }
    draft.deletes.push(...tally.deletes(startedAtMs))
  })
  const state = withParts(shared, (part, workload) => ({ ...part, pace: paced.paces.get(workload) ?? part.pace }))
  await commitTo(session, {
    lease,
    mailbox: session.mailbox,
    settledPending: ran === undefined ? [] : settledApprovals(session, opened, plan),
    state: [{ name: documents.mailbox(session.mailbox), document: state as unknown as StateDocument }],
    outdated: outdatedAt(session.settings, startedAtMs)
  })
  raise(session, opened.state, state, report)
  return report
}

/** An undo is not tried again by itself: what failed is told, and whoever asked for it may ask once more. */
const codesOfFailures = (
  session: Session,
  opened: Opened,
  ran: Ran | undefined
): Parameters<typeof reportOf>[2]['codes'] =>
  new Map(
    (ran?.open ?? []).flatMap((one) => {
      const { error } = one.settled
      if (error === undefined) return []
      const { itemLimit } = session.settings.retry
      const context = { itemLimit, cycle: opened.cycle, nowMs: opened.startedAtMs, countsItems: false }
      return [[one.decided.unit.key, itemFailure(one, error, context).code] as const]
    })
  )
