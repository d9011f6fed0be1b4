/**
 * The steps of one cycle, as `cycle.ts` calls them: here the pure stages meet the ports.
 */
import type { Steps } from '../cycle.js'
import type { Detected } from '../detect/join.js'
import { runPlan } from './apply.js'
import { finish, stopped } from './finish.js'
import { openOrReport } from './open.js'
import type { Opened, Plan, Ran } from './opened.js'
import { decideAll, guardPlan, join } from './planning.js'
import { type Pull, pull } from './pull.js'
import { rebaseLinks } from './rebase.js'
import { recoverIntents } from './recover.js'
import type { Session } from './session.js'

export const stepsOf = (
  session: Session,
  mode: { readonly dryRun: boolean }
): Steps<Opened, Pull, Detected, Plan, Ran> => ({
  open: () => openOrReport(session, mode.dryRun),
  recover: async (opened) => {
    if (opened.lease !== undefined) await recoverIntents(session, opened.lease, opened)
  },
  rebase: async (opened) => {
    if (opened.lease !== undefined) await rebaseLinks(session, opened.lease, opened)
  },
  pull: (opened) => pull(session, opened.state, opened.pairings, opened.startedAtMs, !mode.dryRun),
  detect: (opened, pulled) => join(session, opened, pulled),
  decide: (opened, pulled, detected) => decideAll(session, opened, pulled, detected),
  plan: (opened, pulled, plan) => ({ ...plan, guarded: guardPlan(session, opened, pulled, plan) }),
  applies: (plan) => !mode.dryRun && !plan.guarded.whole,
  run: (opened, plan) => runPlan(session, opened, plan),
  finish: (opened, pulled, plan, ran) => finish(session, opened, pulled, plan, ran, mode.dryRun),
  stopped: (opened, thrown) => stopped(session, opened, thrown, mode.dryRun),
  close: async (opened) => {
    if (opened.lease !== undefined) await session.links.release(opened.lease)
  }
})
