/**
 * Requests between two cycles (5a): a push of a server, a person's gesture. They stand in a document of their own under
 * a lease of their own, so that they can be noted while a cycle runs; whoever asks when a mailbox is due lays them over
 * its pace. One that was made before a cycle of its workload began has been seen by that cycle.
 */
import { type InstantMs, type Kind, Misuse } from '../../model/index.js'
import { nextSync, type Pace, type RequestObservation } from '../../schedule/index.js'
import type { StateDocument } from '../ports.js'
import { documents, partOf } from '../state.js'
import { type Workload, workloadOf, workloads } from '../workload.js'
import { readState } from './read-state.js'
import { policyOf } from './opened.js'
import { need, type Session } from './session.js'

/** The standing request of a workload. */
interface Request extends RequestObservation {
  readonly atMs: InstantMs
}

type Requests = { readonly [workload in Workload]?: Request }

const requestsOf = async (session: Session): Promise<Requests> => {
  const name = documents.hint(session.mailbox)
  const document = await need(session, 'links', 'state', session.links.state(session.tenant, name))
  return Object.fromEntries(
    workloads.flatMap((workload) => {
      const request = requestIn(document?.[workload])
      return request === undefined ? [] : [[workload, request]]
    })
  )
}

const requestIn = (stored: unknown): Request | undefined => {
  if (typeof stored !== 'object' || stored === null || !('request' in stored) || !('atMs' in stored)) return undefined
  const { request, atMs } = stored
  if ((request !== 'push' && request !== 'gesture') || typeof atMs !== 'number' || !Number.isFinite(atMs))
    return undefined
  return { request, atMs }
}

/** Paces with what was asked for since their last cycles began. */
export const withHints = async (
  session: Session,
  paces: ReadonlyMap<Workload, Pace>,
  startedOf: (workload: Workload) => InstantMs | undefined
): Promise<ReadonlyMap<Workload, Pace>> => {
  const requests = await requestsOf(session)
  return new Map(
    [...paces].map(([workload, pace]): readonly [Workload, Pace] => {
      const asked = requests[workload]
      if (asked === undefined || !isStanding(asked, startedOf(workload))) return [workload, pace]
      const { request, atMs } = asked
      return [workload, nextSync(policyOf(session, workload), pace, { request }, atMs).state]
    })
  )
}

const isStanding = ({ atMs }: Request, startedAtMs: InstantMs | undefined): boolean =>
  startedAtMs === undefined || atMs > startedAtMs

/**
 * Notes a request of each of the workloads. At most one of a workload waits: a second joins it, but for a gesture, which
 * does not wait as a push does. Where somebody else is noting at this moment, or the link store does not answer, it is
 * lost: the scheduled cycle is the fallback.
 */
export const noteRequest = async (
  session: Session,
  asked: ReadonlyArray<Workload>,
  request: RequestObservation['request']
): Promise<void> => {
  const { tenant, mailbox, links, holder, atWork } = session
  const nowMs = session.clock()
  atWork.hints.set(mailbox, nowMs)
  const state = await readState(session)
  const standing = await requestsOf(session)
  const wanted = asked.filter((workload) => {
    const known = standing[workload]
    const { startedAtMs = 0 } = partOf(state, workload)
    // One of a clock that goes ahead is no reason to wait for it.
    const isFit = known !== undefined && known.atMs <= Math.max(nowMs, startedAtMs + 1)
    const waits = isFit && isStanding(known, startedAtMs)
    return !waits || (request === 'gesture' && known.request === 'push')
  })
  if (wanted.length === 0) return
  const name = documents.hint(mailbox)
  const answer = await links.lease(tenant, name, holder, hintLeaseMs)
  if (answer._tag === 'Left' || answer.right._tag === 'Busy') return
  const { lease } = answer.right
  const noted = Object.fromEntries(
    wanted.map((workload) => {
      // A cycle may have begun and ended within this millisecond: this one came after it.
      const atMs = Math.max(nowMs, (partOf(state, workload).startedAtMs ?? 0) + 1)
      return [workload, { request, atMs }]
    })
  )
  const document: StateDocument = { ...standing, ...noted }
  await links.transact({ lease, mailbox, state: [{ name, document }] })
  await links.release(lease)
}

const hintLeaseMs = 10_000

/** The workloads that somebody names; all of them where nobody does. */
export const workloadsNamed = (
  path: string,
  named: Workload | ReadonlyArray<Workload> | undefined
): ReadonlyArray<Workload> => {
  if (named === undefined) return workloads
  const given: ReadonlyArray<unknown> = typeof named === 'string' ? [named] : Array.isArray(named) ? named : []
  if (given.length === 0 || given.some((one) => !workloads.some((workload) => workload === one)))
    throw new Misuse(`${path}: expected "email", "act" or both`, [path])
  return workloads.filter((workload) => given.includes(workload))
}

/** The workloads that kinds belong to. */
export const workloadsOf = (kinds: Iterable<Kind>): ReadonlyArray<Workload> => {
  const found = new Set([...kinds].map(workloadOf))
  return workloads.filter((workload) => found.has(workload))
}
