/**
 * Guards: passes over the verdicts of a cycle that may hold them, before anything is written (2.6/29b, `careful.md`).
 * They look at names and counts alone.
 */
import type { InstantMs, Reason, Side } from '../../model/index.js'
import { byCodeUnits, digestOf, limits } from '../../model/index.js'
import type { ClassGuard, CycleGuard } from '../settings.js'
import { type MailboxState, partOf } from '../state.js'
import type { Verdict } from '../unit.js'
import { type Workload, workloadOf, workloads as bothWorkloads } from '../workload.js'

/** Which guard held. @public */
export type GuardName = 'mass-delete' | 'overwrites' | 'creates' | 'empty-side' | 'first-cycle' | 'invitations'

/** A held set of writes; `approve` with its hash lets exactly this set pass, once, within a day. @public */
export interface Held {
  readonly guard: GuardName
  readonly planHash: string
  readonly counts: { readonly [what: string]: number }
  readonly samples: ReadonlyArray<{
    readonly op: 'create' | 'update' | 'delete'
    readonly side: Side
    readonly ref: string
    readonly code: Reason
  }>
}

/** What the guards are told beside the verdicts. */
export interface GuardFacts {
  readonly guard: CycleGuard | ClassGuard
  readonly state: MailboxState
  readonly nowMs: InstantMs
  /** `firstCycle: "plan"`, and of some workload of this cycle nothing has been committed yet. */
  readonly holdsFirstCycle: boolean
  /** Workloads of this cycle, and those of them of which nothing has been committed yet; both where left out. */
  readonly workloads?: ReadonlyArray<Workload>
  readonly firsts?: ReadonlyArray<Workload>
  /** Meetings are told to nobody before a person has said yes. */
  readonly holdsInvitations: boolean
  /** Which kind of items goes with a record type. */
  readonly kindOf: (type: string) => string
  /** Sides that listed nothing at all in this cycle. */
  readonly emptySides: ReadonlyArray<Side>
  /** Plan hashes that a person has approved and that are still good. */
  readonly approved: ReadonlySet<string>
}

/** What the guards say. */
export interface Guarded {
  readonly held: ReadonlyArray<Held>
  /** Whether the whole cycle waits. */
  readonly whole: boolean
  /** Why each held verdict waits, by its key. */
  readonly holds: ReadonlyMap<string, Reason>
  /** Approvals that this plan used up. */
  readonly used: ReadonlyArray<string>
}

export const guard = (verdicts: ReadonlyArray<Verdict>, facts: GuardFacts): Guarded => {
  const { workloads = bothWorkloads } = facts
  const firsts = facts.holdsFirstCycle ? (facts.firsts ?? workloads) : []
  const isFirst = ({ kind }: Verdict): boolean => firsts.includes(workloadOf(kind))
  const whole = workloads.every((workload) => firsts.includes(workload))
  const first = firsts.length === 0 ? [] : firstCycle(verdicts.filter(isFirst), whole)
  const rest = firsts.length === 0 ? verdicts : verdicts.filter((verdict) => !isFirst(verdict))
  const passes = [
    first,
    ...('deletes' in facts.guard
      ? classPasses(rest, facts, facts.guard)
      : [cyclePass(rest, linksOf(facts, workloads), facts.guard)])
  ]
  const raised = [...passes.flat(), ...(facts.holdsInvitations ? invitationPasses(verdicts) : [])]
  const waiting = raised.filter((pass) => !facts.approved.has(pass.entry.planHash))
  const holds = new Map<string, Reason>()
  for (const pass of waiting) for (const verdict of pass.verdicts) holds.set(verdict.key, pass.code)
  return {
    held: waiting.map((pass) => pass.entry),
    whole: waiting.some((pass) => pass.whole),
    holds,
    used: raised.filter((pass) => facts.approved.has(pass.entry.planHash)).map((pass) => pass.entry.planHash)
  }
}

/** One guard that found something to hold. */
interface Pass {
  readonly entry: Held
  readonly verdicts: ReadonlyArray<Verdict>
  readonly code: Reason
  readonly whole: boolean
}

const writesOf = (verdict: Verdict): Held['samples'] => [
  ...(verdict.recordOp === undefined
    ? []
    : [
        { op: verdict.recordOp, side: 'record' as const, ref: verdict.record ?? verdict.item ?? '', code: verdict.code }
      ]),
  ...(verdict.mail === undefined
    ? []
    : [{ op: verdict.mail, side: 'mail' as const, ref: verdict.item ?? verdict.record ?? '', code: verdict.code }])
]

/** The same while nothing joins: over the sorted operations, sides, refs and reasons of what is held. */
const planHashOf = (guardName: GuardName, writes: Held['samples']): string =>
  digestOf([
    guardName,
    writes.map(({ op, side, ref, code }) => `${op} ${side} ${ref} ${lasting(code)}`).sort(byCodeUnits)
  ])

/**
 * A held cycle counts as the previous one (3.5/23): what time alone had moved out by then has simply left at the next
 * one. The set is the same, and so must be its hash.
 */
const lasting = (code: Reason): Reason => (code === 'left-filter-by-time' ? 'left-filter' : code)

const pass = (
  guardName: GuardName,
  verdicts: ReadonlyArray<Verdict>,
  code: Reason,
  whole: boolean,
  counts: Held['counts'],
  of: (verdict: Verdict) => Held['samples'] = writesOf
): Pass => {
  const writes = verdicts.flatMap(of)
  return {
    entry: {
      guard: guardName,
      planHash: planHashOf(guardName, writes),
      counts,
      samples: writes.slice(0, limits.heldSamplesMax)
    },
    verdicts,
    code,
    whole
  }
}

/**
 * The whole plan of a first cycle waits for a person; one that asks for nothing has nothing to wait for. `whole`: of no
 * workload of this cycle was anything written yet.
 */
const firstCycle = (verdicts: ReadonlyArray<Verdict>, whole: boolean): ReadonlyArray<Pass> => {
  const asking = verdicts.filter(
    (verdict) => verdict.mail !== undefined || verdict.recordOp !== undefined || verdict.link !== 'none'
  )
  if (asking.length === 0) return []
  return [
    pass('first-cycle', asking, 'awaiting-approval', whole, {
      verdicts: asking.length,
      writes: asking.flatMap(writesOf).length
    })
  ]
}

/** Each write that tells somebody waits for a yes, and with it nothing else. */
const invitationPasses = (verdicts: ReadonlyArray<Verdict>): ReadonlyArray<Pass> => {
  const telling = verdicts.filter(({ messages }) => messages !== undefined)
  if (telling.length === 0) return []
  const sum = (of: 'invitations' | 'updates' | 'cancellations'): number =>
    telling.reduce((total, { messages }) => total + (messages?.[of] ?? 0), 0)
  const counts = {
    invitations: sum('invitations'),
    updates: sum('updates'),
    cancellations: sum('cancellations')
  }
  return [pass('invitations', telling, 'awaiting-approval', false, counts)]
}

const deletesOn = (verdicts: ReadonlyArray<Verdict>, side: Side): ReadonlyArray<Verdict> =>
  verdicts.filter(
    (verdict) =>
      !verdict.byPerson &&
      (side === 'mail' ? verdict.mail === 'delete' || verdict.candidateDelete : verdict.recordOp === 'delete')
  )

/** Linked pairs of the workloads of this cycle: e-mail that is not looked at makes no deletion of contacts small. */
const linksOf = ({ state, kindOf }: GuardFacts, workloads: ReadonlyArray<Workload>): number =>
  Object.entries(state.links).reduce(
    (sum, [type, count]) => (workloads.includes(workloadOf(kindOf(type))) ? sum + count : sum),
    0
  )

/** Linked pairs of a kind: several record types may be one kind of item. */
const linksIn = ({ state, kindOf }: GuardFacts, kind: string): number =>
  Object.entries(state.links).reduce((sum, [type, count]) => (kindOf(type) === kind ? sum + count : sum), 0)

/** 2.6/29b: at least `minDeletes` and more than the ratio of the links at the start; counted per side, all kinds together. */
const cyclePass = (
  verdicts: ReadonlyArray<Verdict>,
  links: number,
  { maxDeleteRatio, minDeletes }: CycleGuard
): ReadonlyArray<Pass> => {
  const over = (['mail', 'record'] as const).filter((side) => {
    const count = deletesOn(verdicts, side).length
    return count >= minDeletes && count > maxDeleteRatio * links
  })
  if (over.length === 0) return []
  const deletes = verdicts.filter((verdict) => over.some((side) => deletesOn([verdict], side).length > 0))
  return [pass('mass-delete', deletes, 'mass-delete-held', true, { deletes: deletes.length, links }, deleteOf)]
}

const deleteOf = (verdict: Verdict): Held['samples'] => {
  const writes = writesOf(verdict).filter((write) => write.op === 'delete')
  return writes.length > 0 ? writes : [{ op: 'delete', side: 'mail', ref: verdict.item ?? '', code: verdict.code }]
}

const dayMs = 24 * 60 * 60_000

const classPasses = (
  verdicts: ReadonlyArray<Verdict>,
  facts: GuardFacts,
  limitsOf: ClassGuard
): ReadonlyArray<Pass> => {
  const kinds = [...new Set(verdicts.map((verdict) => verdict.kind))].sort(byCodeUnits)
  return kinds.flatMap((kind) => {
    const ofKind = verdicts.filter((verdict) => verdict.kind === kind)
    return [
      ...(['mail', 'record'] as const).flatMap((side) => deletePasses(ofKind, kind, side, facts, limitsOf)),
      ...overwritePasses(ofKind, kind, facts, limitsOf),
      ...createPasses(ofKind, kind, facts, limitsOf)
    ]
  })
}

/** n pass where n ≤ free, or n ≤ ratio × linked and n ≤ most; in both cases at most `perDay` in 24 hours. */
const deletePasses = (
  verdicts: ReadonlyArray<Verdict>,
  kind: string,
  side: Side,
  facts: GuardFacts,
  { deletes, emptySide, firstCycleDeletes }: ClassGuard
): ReadonlyArray<Pass> => {
  const wanted = verdicts.filter(
    (verdict) => !verdict.byPerson && (side === 'mail' ? verdict.mail === 'delete' : verdict.recordOp === 'delete')
  )
  const count = wanted.length
  if (count === 0) return []
  const linked = linksIn(facts, kind)
  // The evidence of a delete comes from the other side.
  const silent = facts.emptySides.includes(side === 'mail' ? 'record' : 'mail') && linked >= emptySide
  if (silent) return [pass('empty-side', wanted, 'awaiting-approval', false, { deletes: count, links: linked })]
  const today = facts.state.deletes
    .filter((entry) => entry.side === side && facts.kindOf(entry.type) === kind && entry.atMs > facts.nowMs - dayMs)
    .reduce((sum, entry) => sum + entry.count, 0)
  const allowed = count <= deletes.free || (count <= deletes.ratio * linked && count <= deletes.most)
  const first = !partOf(facts.state, workloadOf(kind)).committed && !firstCycleDeletes
  if (allowed && today + count <= deletes.perDay && !first) return []
  return [pass('mass-delete', wanted, 'mass-delete-held', false, { deletes: count, links: linked, today })]
}

/** One field set to one value, or blank, on more than a share of the linked pairs: a column was wiped. */
const overwritePasses = (
  verdicts: ReadonlyArray<Verdict>,
  kind: string,
  facts: GuardFacts,
  { overwrites }: ClassGuard
): ReadonlyArray<Pass> => {
  const linked = linksIn(facts, kind)
  const by = new Map<string, Array<Verdict>>()
  for (const verdict of verdicts) {
    for (const field in verdict.valueDigests) {
      const key = `${field} ${verdict.valueDigests[field]}`
      const same = by.get(key)
      if (same === undefined) by.set(key, [verdict])
      else same.push(verdict)
    }
  }
  const held = new Set<Verdict>()
  for (const same of by.values()) {
    if (same.length >= overwrites.min && same.length > overwrites.sameValueRatio * linked)
      for (const verdict of same) held.add(verdict)
  }
  return held.size === 0
    ? []
    : [pass('overwrites', [...held], 'awaiting-approval', false, { overwrites: held.size, links: linked })]
}

const createPasses = (
  verdicts: ReadonlyArray<Verdict>,
  kind: string,
  facts: GuardFacts,
  { creates }: ClassGuard
): ReadonlyArray<Pass> => {
  const wanted = verdicts.filter((verdict) => verdict.mail === 'create' || verdict.recordOp === 'create')
  const linked = linksIn(facts, kind)
  const count = wanted.length
  const over = count > creates.most || (linked >= 20 && count > creates.factor * linked)
  return over ? [pass('creates', wanted, 'awaiting-approval', false, { creates: count, links: linked })] : []
}
