/**
 * THE FLOW. One cycle of one mailbox, from its lease to its report; start reading here.
 *
 * Each line is a stage. What a stage decides is in the folder of its name and pure; what it must do outside is done by
 * `run/`, which hands the steps in. Nothing is written before the plan is complete, and a plan that is only looked
 * at, or held by a guard, ends before the first write.
 */
import type { CycleReport } from './report.js'

/** What `run/` does for the flow. `Work` is what one stage hands to the next. */
export interface Steps<Opened, Pulled, Units, Plan, Ran> {
  /** 0. The right to work on this mailbox, its small state, and whether it may be worked on at all. */
  readonly open: () => Promise<
    { readonly _tag: 'Open'; readonly opened: Opened } | { readonly _tag: 'Closed'; readonly report: CycleReport }
  >
  /** 1. Intents of a cycle that died are settled by looking, never by repeating. */
  readonly recover: (opened: Opened) => Promise<void>
  /** A mapping that has gained a field learns its base before the field may flow. */
  readonly rebase: (opened: Opened) => Promise<void>
  /** 2. Refs and versions of what changed on either side, gestures that wait, members and leavers. */
  readonly pull: (opened: Opened) => Promise<Pulled>
  /** 3. Joined by link: same, changed, or gone. What was pulled comes back without its rows: there may be many. */
  readonly detect: (opened: Opened, pulled: Pulled) => Promise<{ readonly pulled: Pulled; readonly units: Units }>
  /** 4 and 5. What ought to happen to each, by batches of asks and facts. */
  readonly decide: (opened: Opened, pulled: Pulled, units: Units) => Promise<Plan>
  /** 6. Guards over the verdicts: what waits for a person. */
  readonly plan: (opened: Opened, pulled: Pulled, plan: Plan) => Plan
  /** Whether anything of the plan is to be carried out now. */
  readonly applies: (plan: Plan) => boolean
  /** 7 and 8. By batch: claims, intents, writes, commit. */
  readonly run: (opened: Opened, plan: Plan) => Promise<Ran>
  /** 9. Cursors, pace, counts that add up. */
  readonly finish: (opened: Opened, pulled: Pulled, plan: Plan, ran: Ran | undefined) => Promise<CycleReport>
  /** A side failed: what was done is kept, and the report says what stopped it. */
  readonly stopped: (opened: Opened, thrown: unknown) => Promise<CycleReport>
  readonly close: (opened: Opened) => Promise<void>
}

/** @internal */
export const cycle = async <Opened, Pulled, Units, Plan, Ran>(
  steps: Steps<Opened, Pulled, Units, Plan, Ran>
): Promise<CycleReport> => {
  const start = await steps.open()
  if (start._tag === 'Closed') return start.report
  const { opened } = start
  try {
    await steps.recover(opened)
    await steps.rebase(opened)
    const { pulled, units } = await steps.detect(opened, await steps.pull(opened))
    const decided = await steps.decide(opened, pulled, units)
    const plan = steps.plan(opened, pulled, decided)
    const ran = steps.applies(plan) ? await steps.run(opened, plan) : undefined
    return await steps.finish(opened, pulled, plan, ran)
  } catch (thrown) {
    return await steps.stopped(opened, thrown)
  } finally {
    await steps.close(opened)
  }
}
