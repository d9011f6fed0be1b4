/**
 * Step 0: the lease, the mailbox's small state, and whether the mailbox may be worked on at all.
 */
import { type Rules, rulesOf, type Shape, shapeOf } from '../../mapping/index.js'
import type { Reason, RecordType } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { nextSync } from '../../schedule/index.js'
import type { FormerShape } from '../decide/context.js'
import type { Lease } from '../ports.js'
import type { CycleOutcome, CycleReport } from '../report.js'
import { documents, freshState, type MailboxState } from '../state.js'
import { type Opened, policyOf } from './opened.js'
import type { Pairing } from './pull.js'
import { need, type Session, Stopped } from './session.js'
import { closedReport, stoppedBy } from './reporting.js'
import { Tally } from './tally.js'

/** A link store that cannot be reached ends the cycle before it begins: a report, not a rejection. */
export const openOrReport = async (session: Session, dryRun: boolean): ReturnType<typeof open> => {
  const startedAtMs = session.clock()
  try {
    return await open(session, dryRun)
  } catch (thrown) {
    if (!(thrown instanceof Stopped)) throw thrown
    const report = closedReport(session, startedAtMs, 'failed', 'retry-later', policyOf(session).failureDelayMs)
    return { _tag: 'Closed', report: { ...report, dryRun, stoppedBy: stoppedBy(thrown.stop, false) } }
  }
}

const open = async (
  session: Session,
  dryRun: boolean
): Promise<
  { readonly _tag: 'Open'; readonly opened: Opened } | { readonly _tag: 'Closed'; readonly report: CycleReport }
> => {
  const startedAtMs = session.clock()
  const leased = dryRun ? undefined : await leaseFor(session)
  if (leased === 'busy')
    return { _tag: 'Closed', report: closedReport(session, startedAtMs, 'interrupted', 'retry-later') }
  const state = await readState(session)
  const cycle =
    leased === undefined
      ? 'plan'
      : `${String(leased.token).padStart(10, '0')}-${String(state.cycles + 1).padStart(10, '0')}`
  const why = whyNot(session, state, pairingsOf(session))
  if (why !== undefined) {
    if (leased !== undefined) await session.links.release(leased)
    const outcome = why === 'mailbox-disabled' ? 'failed' : 'completed'
    return {
      _tag: 'Closed',
      report: closedReport(session, startedAtMs, outcome, why, delayWhenIdle(session, state, outcome))
    }
  }
  // With contacts, appointments and tasks off the mailbox is only asked whether it answers.
  const pairings = session.facts.enabled.act ? pairingsOf(session) : []
  const shapes = new Map(pairings.map(({ type }) => [type, shapeFor(session, type)]))
  const rules = new Map<RecordType, Rules>()
  for (const [type, shape] of shapes)
    if (shape !== undefined) rules.set(type, rulesOf(shape, session.settings, session.access.fields))
  const formerShapes = await formerShapesOf(session, state, rules)
  return {
    _tag: 'Open',
    opened: { lease: leased, cycle, startedAtMs, state, pairings, rules, formerShapes, tally: new Tally() }
  }
}

const delayWhenIdle = (session: Session, state: MailboxState, outcome: CycleOutcome): number | undefined => {
  if (outcome === 'failed') return undefined
  const next = nextSync(policyOf(session), { ...state.pace, disabled: false }, { changes: 0 })
  return next.disabled ? undefined : next.delayMs
}

export const leaseFor = async (session: Session): Promise<Lease | 'busy'> => {
  const answer = await session.links.lease(
    session.tenant,
    documents.mailbox(session.mailbox),
    session.holder,
    limits.leaseTtlMs
  )
  if (answer._tag === 'Left') throw new Stopped({ error: answer.left, side: 'links' })
  return answer.right._tag === 'Busy' ? 'busy' : answer.right.lease
}

/** The mailbox's document, laid over a fresh one: a field that an older version did not know is fresh. */
export const readState = async (
  session: Pick<Session, 'tenant' | 'mailbox' | 'links' | 'calls'>
): Promise<MailboxState> => {
  const document = await need(
    session,
    'links',
    'state',
    session.links.state(session.tenant, documents.mailbox(session.mailbox))
  )
  // A copy: what belongs to the link store is not ours to freeze or to change.
  return document === undefined
    ? freshState
    : { ...freshState, ...(structuredClone(document) as Partial<MailboxState>) }
}

/** Which mapped types this mailbox and this store both hold. */
export const pairingsOf = (session: Pick<Session, 'settings' | 'mail' | 'records'>): ReadonlyArray<Pairing> =>
  Object.values(session.settings.mappings)
    .filter(({ kind, type }) => session.mail.can.kinds.includes(kind) && session.records.can.types.includes(type))
    .map(({ kind, type }) => ({ kind, type, showsNames: session.settings.companyFromParent && type === 'contact' }))

/** Contacts, appointments and tasks sync under these methods alone (matrix 4.2 of `tracking.md`). */
const methodsThatSync: ReadonlyArray<string> = ['server-side', 'client', 'app']

/** Why nothing at all is done with this mailbox now; nothing is decided then, and no cursor moves. */
export const whyNot = (
  session: Pick<Session, 'facts' | 'access'>,
  state: MailboxState,
  pairings: ReadonlyArray<Pairing>
): Reason | undefined => {
  if (state.pace.disabled === true) return 'mailbox-disabled'
  if (!session.facts.approved) return 'not-approved'
  // Incoming and outgoing mail may still be read there; that the mailbox answers at all is what their failures count.
  if (!session.access.privileges.sync) return 'missing-privilege'
  if (!methodsThatSync.includes(session.facts.method) || session.facts.queue || pairings.length === 0)
    return 'method-unsupported'
  return undefined
}

export const shapeFor = (session: Pick<Session, 'settings' | 'converters'>, type: RecordType): Shape | undefined => {
  const mapping = session.settings.mappings[type]
  return mapping === undefined ? undefined : shapeOf(mapping, session.settings, session.converters)
}

/** Shapes that links of this mailbox may still stand in, and are not those of now. */
const formerShapesOf = async (
  session: Session,
  state: MailboxState,
  rules: ReadonlyMap<RecordType, Rules>
): Promise<ReadonlyMap<string, FormerShape>> => {
  const former = new Map<string, FormerShape>()
  for (const [type, { shape }] of rules) {
    const digest = state.shapes[type]
    if (digest === undefined || digest === shape.digest) continue
    const document = await need(session, 'links', 'state', session.links.state(session.tenant, documents.shape(digest)))
    const keys = document?.['keys']
    const versions = document?.['versions']
    const chosen = document?.['chosen']
    if (Array.isArray(keys) && Array.isArray(versions) && Array.isArray(chosen))
      former.set(digest, { keys, versions, chosen })
  }
  return former
}
