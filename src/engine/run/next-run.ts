/** When the workloads of a mailbox are due, from what the link store holds. Nothing is written here. */
import { type NextRuns, nextRunOf, type RunFacts, type RunMessages } from '../next-run.js'
import { partOf } from '../state.js'
import { type Workload, workloadOf, workloads } from '../workload.js'
import { withHints } from './hint.js'
import { isInUse, pairingsOf, withUse } from './open.js'
import { readState } from './read-state.js'
import { policyOf } from './opened.js'
import { profilePace } from './profile.js'
import type { Session } from './session.js'

export const nextRunsOf = async (given: Session, table: RunMessages): Promise<NextRuns> => {
  const state = await readState(given)
  const session = withUse(given, state)
  const used = workloadsInUse(session)
  const paces = new Map(used.map((workload) => [workload, partOf(state, workload).pace]))
  const asked = await withHints(session, paces, (workload) => partOf(state, workload).startedAtMs)
  const closed = await closedBy(session)
  const nowMs = session.clock()
  return Object.fromEntries(
    [...asked].map(([workload, pace]) => {
      const { visitPrice } = partOf(state, workload)
      const facts = { pace, policy: policyOf({ ...session, visitPrice }, workload), nowMs }
      return [workload, nextRunOf({ ...facts, ...(closed === undefined ? {} : { closed }) }, table)]
    })
  )
}

/** A mailbox that is used for nothing is still asked now and then whether it answers, as one of e-mail. */
const workloadsInUse = (session: Session): ReadonlyArray<Workload> => {
  const kinds = pairingsOf(session).flatMap(({ kind }) => (isInUse(session, kind) ? [kind] : []))
  const used = workloads.filter((workload) => kinds.some((kind) => workloadOf(kind) === workload))
  return used.length === 0 ? ['email'] : used
}

const closedBy = async (session: Session): Promise<RunFacts['closed']> => {
  if (session.facts.active === false) return { why: 'inactive' }
  const profile = await profilePace(session)
  return profile?.disabled === true ? { why: 'profile-disabled', profile: session.facts.profile ?? '' } : undefined
}
