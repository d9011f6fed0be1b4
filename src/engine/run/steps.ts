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
import { frameOf } from './frame.js'
import type { Opened, Plan, Ran } from './opened.js'
import { decideAll, guardPlan, join } from './planning.js'
import { type Pull, pull } from './pull.js'
import { pullOnly } from './pull-only.js'
import type { Session } from './session.js'

export const stepsOf = (
  given: Session,
  mode: { readonly dryRun: boolean; readonly only?: ReadonlySet<Ref>; readonly also?: ReadonlyArray<Pending> }
): Steps<Opened, Pull, Detected, Plan, Ran> => {
  const { frame, current } = frameOf(given, mode.dryRun)
  return {
    ...frame,
    pull: (opened) =>
      mode.only === undefined
        ? pull(current(), opened, !mode.dryRun)
        : pullOnly(current(), opened, mode.only, mode.also ?? []),
    detect: (opened, pulled) => join(current(), opened, pulled),
    decide: (opened, pulled, detected) => decideAll(current(), opened, pulled, detected),
    plan: (opened, pulled, plan) => ({ ...plan, guarded: guardPlan(current(), opened, pulled, plan) }),
    applies: (plan) => !mode.dryRun && !plan.guarded.whole,
    run: (opened, plan) => runPlan(current(), opened, plan),
    finish: (opened, pulled, plan, ran) =>
      mode.only === undefined
        ? finish(current(), opened, pulled, plan, ran, mode.dryRun)
        : finishOnly(current(), opened, plan, ran, mode.dryRun),
    // What was tried at once and failed moves no pace (T17): it is pending, as if nobody had tried.
    stopped: (opened, thrown) => stopped(current(), opened, thrown, mode.dryRun || mode.only !== undefined)
  }
}
