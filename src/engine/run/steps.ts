/**
 * The steps of one cycle, as `cycle.ts` calls them: here the pure stages meet the ports. `only`: a gesture that takes
 * effect at once (T17) is a cycle of these items alone, which reads no feed and moves no cursor. `also`: gestures that
 * are not stored: what would come of them.
 */
import type { Pending, Ref } from '../../model/index.js'
import type { Steps } from '../cycle.js'
import type { Detected } from '../detect/join.js'
import { runPlan } from './apply.js'
import { finish, finishOnly, stopped } from './finish.js'
import { openOrReport } from './open.js'
import type { Opened, Plan, Ran } from './opened.js'
import { decideAll, guardPlan, join } from './planning.js'
import { type Pull, pull } from './pull.js'
import { pullOnly } from './pull-only.js'
import { rebaseLinks } from './rebase.js'
import { recoverIntents } from './recover.js'
import type { Session } from './session.js'

export const stepsOf = (
  given: Session,
  mode: { readonly dryRun: boolean; readonly only?: ReadonlySet<Ref>; readonly also?: ReadonlyArray<Pending> }
): Steps<Opened, Pull, Detected, Plan, Ran> => {
  // From the first step on it is the session of a mailbox as it may be used.
  let session = given
  return {
    open: async () => {
      const start = await openOrReport(given, mode.dryRun)
      if (start._tag === 'Open') session = start.session
      return start
    },
    recover: async (opened) => {
      if (opened.lease !== undefined) await recoverIntents(session, opened.lease, opened)
    },
    rebase: async (opened) => {
      if (opened.lease !== undefined) await rebaseLinks(session, opened.lease, opened)
    },
    pull: (opened) =>
      mode.only === undefined
        ? pull(session, opened.state, opened.pairings, opened.startedAtMs, !mode.dryRun)
        : pullOnly(session, opened, mode.only, mode.also ?? []),
    detect: (opened, pulled) => join(session, opened, pulled),
    decide: (opened, pulled, detected) => decideAll(session, opened, pulled, detected),
    plan: (opened, pulled, plan) => ({ ...plan, guarded: guardPlan(session, opened, pulled, plan) }),
    applies: (plan) => !mode.dryRun && !plan.guarded.whole,
    run: (opened, plan) => runPlan(session, opened, plan),
    finish: (opened, pulled, plan, ran) =>
      mode.only === undefined
        ? finish(session, opened, pulled, plan, ran, mode.dryRun)
        : finishOnly(session, opened, plan, ran, mode.dryRun),
    // What was tried at once and failed moves no pace (T17): it is pending, as if nobody had tried.
    stopped: (opened, thrown) => stopped(session, opened, thrown, mode.dryRun || mode.only !== undefined),
    close: async (opened) => {
      if (opened.lease !== undefined) await session.links.release(opened.lease)
    }
  }
}
