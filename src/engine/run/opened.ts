/**
 * What a cycle has in hand from stage to stage, and the context of its decisions.
 */
import type { Rules } from '../../mapping/index.js'
import type { InstantMs, Pending, RecordType, Ref } from '../../model/index.js'
import type { Pace, Policy } from '../../schedule/index.js'
import type { DecideContext, FormerShape, Membership } from '../decide/context.js'
import type { Detected } from '../detect/join.js'
import { durationMs } from '../duration.js'
import type { Finished } from '../finished.js'
import type { Guarded } from '../plan/guard.js'
import { policyFor } from '../policies.js'
import type { Lease } from '../ports.js'
import type { MailboxState } from '../state.js'
import type { Decided, Unit } from '../unit.js'
import type { Workload } from '../workload.js'
import type { Pairing } from './pull.js'
import type { Session, Stop } from './session.js'
import type { Tally } from './tally.js'

/** What a cycle has in hand once it is open. */
export interface Opened {
  readonly lease: Lease | undefined
  readonly cycle: string
  readonly startedAtMs: InstantMs
  readonly state: MailboxState
  /** How its server does, where the mailbox names one. */
  readonly profile: Pace | undefined
  /** What of the mailbox this cycle does: what was asked for, without what has failed for good. */
  readonly workloads: ReadonlyArray<Workload>
  /** Of these workloads. */
  readonly pairings: ReadonlyArray<Pairing>
  /** Of everything that the mailbox is used for: what another workload's cycle has begun is settled here too. */
  readonly rules: ReadonlyMap<RecordType, Rules>
  readonly formerShapes: ReadonlyMap<string, FormerShape>
  readonly tally: Tally
}

/** Everything that was decided, and what the guards say of it. */
export interface Plan {
  readonly detected: Detected
  readonly decided: ReadonlyArray<Decided | Slim>
  readonly context: DecideContext
  readonly guarded: Guarded
  readonly approvals: ReadonlyArray<{ readonly id: number; readonly planHash: string; readonly atMs: InstantMs }>
  /** Gestures that were not admitted: only noted, with the reason that the person was given. */
  readonly refusals: ReadonlyArray<Pending>
}

/** A decision whose payload was dropped because the plan grew too large; decided again in its batch. */
export interface Slim {
  readonly unit: Unit
  readonly verdict: Decided['verdict']
  readonly slim: true
}

/** What was carried out. */
export interface Ran {
  /** Units that are not over: failed, or looked at again. What is done is only counted. */
  readonly open: ReadonlyArray<Finished>
  /** How many of the verdicts that no guard holds were carried out, in their order. */
  readonly reached: number
  /** Verdicts as they came out, where the report shows them or a second decision changed them. */
  readonly finals: ReadonlyMap<string, Decided['verdict']>
  readonly stop: Stop | undefined
  readonly aborted: boolean
}

export const contextOf = (
  session: Session,
  opened: Pick<Opened, 'cycle' | 'startedAtMs' | 'rules' | 'formerShapes' | 'state'>,
  memberships: ReadonlyMap<RecordType, Membership>,
  asked: ReadonlySet<Ref> = nobody
): DecideContext => {
  const { settings } = session
  return {
    tenant: session.tenant,
    mailbox: session.mailbox,
    user: session.facts.user,
    address: session.facts.address,
    method: session.facts.method,
    facts: session.facts,
    judgedUntilMs: opened.state.judgedUntilMs,
    zones: session.zones,
    timeZone: session.facts.timeZone,
    cycle: opened.cycle,
    nowMs: opened.startedAtMs,
    settings,
    clockSkewMs: durationMs(settings.clockSkew) ?? 0,
    access: session.access,
    rules: opened.rules,
    formerShapes: opened.formerShapes,
    memberships,
    asked,
    mailCan: session.mail.can,
    recordCan: session.records.can,
    keyed: session.keyed,
    second: false,
    freeze:
      settings.freeze === null
        ? null
        : { writes: settings.freeze.writes, withinMs: durationMs(settings.freeze.within) ?? 0 }
  }
}

const nobody: ReadonlySet<Ref> = new Set()

/** The policy of one workload of the mailbox. */
export const policyOf = (
  session: Pick<Session, 'settings' | 'schedule' | 'facts' | 'visitPrice'>,
  workload: Workload
): Policy => {
  const policy = policyFor(session.settings, [session.schedule, session.facts.schedule], workload)
  const { visitPrice } = session
  return policy.name === 'adaptive' && visitPrice !== undefined ? { ...policy, visitPrice } : policy
}
