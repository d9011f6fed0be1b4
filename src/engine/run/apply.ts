/**
 * Step 7: the plan is carried out batch by batch. What the plan had to let go is read and decided again, and what was
 * refused once is decided once more, without anything irrevocable that no guard has seen.
 */
import { limits } from '../../model/index.js'
import type { DecideContext } from '../decide/context.js'
import type { Finished } from '../finished.js'
import type { Decided } from '../unit.js'
import { type BatchRun, type Made, runBatch } from './batch.js'
import { leaseFor } from './open.js'
import type { Opened, Plan, Ran, Slim } from './opened.js'
import { decideBatch } from './planning.js'
import { type Session, slices, type Stop } from './session.js'

/** Decides units: those of a cycle, or those of an undo. */
export type DecideUnits = typeof decideBatch

export const runPlan = async (
  session: Session,
  opened: Opened,
  plan: Plan,
  decideUnits: DecideUnits = decideBatch
): Promise<Ran> => {
  const open: Array<Finished> = []
  const finals = new Map<string, Decided['verdict']>()
  const passing = plan.decided.filter(({ verdict }) => !plan.guarded.holds.has(verdict.key))
  const made: Made = new Map()
  let reached = 0
  const ranUntil = (stop: Stop | undefined, aborted: boolean): Ran => ({ open, reached, finals, stop, aborted })
  for (const batch of slices(passing, limits.decideBatchMax)) {
    if (session.signal?.aborted === true) return ranUntil(undefined, true)
    if (opened.lease === undefined) break
    const whole = await wholeAgain(session, batch, plan.context, decideUnits)
    const ran: BatchRun = await runBatch(
      session,
      opened.lease,
      whole,
      plan.context,
      (refused) => decideOnceMore(session, refused, plan.context, decideUnits),
      made
    )
    const planned = new Map(batch.map(({ verdict }) => [verdict.key, verdict]))
    for (const one of ran.finished) {
      opened.tally.add(one)
      if (!one.settled.done || one.decided.verdict.due !== undefined) open.push(light(one))
      const isShown = finals.size < limits.reportDecisionsMax
      if (isShown || !isSameVerdict(one.decided.verdict, planned.get(one.decided.unit.key))) {
        finals.set(one.decided.unit.key, withMadeRefs(one))
      }
    }
    reached += batch.length
    session.onProgress({ mailbox: session.mailbox, stage: 'write', done: reached, total: passing.length })
    if (ran.stop !== undefined) return ranUntil(ran.stop, false)
    await leaseFor(session)
  }
  return ranUntil(undefined, false)
}

/** What the end of the cycle still needs of a unit that is not over. */
const light = (one: Finished): Finished => ({
  tried: { seen: {}, ...(one.tried.sent === undefined ? {} : { sent: one.tried.sent }) },
  settled: withoutRows(one.settled),
  decided: { ...one.decided, effects: {}, snapshots: one.settled.done ? {} : one.decided.snapshots }
})

const withoutRows = ({ link: _link, ended: _ended, ...settled }: Finished['settled']): Finished['settled'] => ({
  ...settled,
  decisions: [],
  conflicts: []
})

/** The report names what was made by the ref that its store gave it. */
const withMadeRefs = ({ decided: { verdict }, settled: { link } }: Finished): Decided['verdict'] =>
  link === undefined ? verdict : { ...verdict, item: link.item, record: link.record }

/** Payloads that the plan had to let go are read and decided again; what then differs is a second decision. */
const wholeAgain = async (
  session: Session,
  batch: ReadonlyArray<Decided | Slim>,
  context: DecideContext,
  decideUnits: DecideUnits
): Promise<ReadonlyArray<Decided>> => {
  const slim = batch.filter((one): one is Slim => 'slim' in one)
  if (slim.length === 0) return batch.filter((one): one is Decided => !('slim' in one))
  const anew = await decideUnits(
    session,
    slim.map(({ unit }) => unit),
    context
  )
  const planned = new Map(slim.map(({ verdict }) => [verdict.key, verdict]))
  const differing = anew.filter(({ verdict }) => !isSameVerdict(verdict, planned.get(verdict.key)))
  const second = new Map(
    (await decideOnceMore(session, differing, context, decideUnits)).map((one) => [one.unit.key, one])
  )
  const whole = new Map(anew.map((one) => [one.unit.key, second.get(one.unit.key) ?? one]))
  return batch.flatMap((one) => ('slim' in one ? (whole.get(one.unit.key) ?? []) : [one]))
}

const isSameVerdict = (x: Decided['verdict'], y: Decided['verdict'] | undefined): boolean =>
  y !== undefined &&
  (x.messages === undefined) === (y.messages === undefined) &&
  x.mail === y.mail &&
  x.recordOp === y.recordOp &&
  x.link === y.link &&
  x.code === y.code

const decideOnceMore = async (
  session: Session,
  refused: ReadonlyArray<Decided>,
  context: DecideContext,
  decideUnits: DecideUnits
): Promise<ReadonlyArray<Decided>> => {
  if (refused.length === 0) return []
  const again = await decideUnits(
    session,
    refused.map(({ unit }) => unit),
    { ...context, second: true }
  )
  const planned = new Map(refused.map((one) => [one.unit.key, one.verdict]))
  return again.map((one) => withoutNewWrites(one, planned.get(one.unit.key)))
}

/** RUN-2: a delete or a creation that no verdict held waits for the next cycle, where the guards see it. */
const withoutNewWrites = (one: Decided, planned: Decided['verdict'] | undefined): Decided => {
  const isNew = (op: string | undefined, was: string | undefined): boolean =>
    (op === 'delete' || op === 'create') && op !== was
  const tells = one.verdict.messages !== undefined && planned?.messages === undefined
  if (!tells && !isNew(one.verdict.mail, planned?.mail) && !isNew(one.verdict.recordOp, planned?.recordOp)) return one
  const { mail: _mail, recordOp: _record, messages: _messages, ...verdict } = one.verdict
  return {
    unit: one.unit,
    verdict: {
      ...verdict,
      code: 'retry-later',
      link: 'none',
      mailRows: [],
      recordRows: [],
      due: { failure: false, rests: false }
    },
    effects: {},
    change: { _tag: 'None' },
    conflicts: [],
    snapshots: one.snapshots
  }
}
