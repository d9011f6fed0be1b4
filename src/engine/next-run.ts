/**
 * When a workload of a mailbox is due, and why then: a reason, its facts, and a plain sentence. Hosts translate the
 * table; what time it is, and what stands in the way, is told by the caller.
 */
import type { DecisionFacts, InstantMs } from '../model/index.js'
import { expectedPerHour, type Pace, type PaceReason, type Policy } from '../schedule/index.js'
import type { Workload } from './workload.js'

/** `new`: it has had no cycle yet, or was enabled again since. @public */
export type RunReason = PaceReason | 'new'

/** When one workload is due. @public */
export interface NextRun {
  /** Ms of the epoch; absent: not before a person enables the mailbox, or asks for a run. */
  readonly dueAtMs?: InstantMs
  readonly reason: RunReason
  readonly facts: DecisionFacts
  readonly text: string
}

/** A workload that the mailbox is not used for is left out. @public */
export type NextRuns = { readonly [workload in Workload]?: NextRun }

/**
 * One sentence per reason, and the words for the time that it begins with. `idle-once` and `failure-once` are said the
 * first time, `profile-disabled` and `inactive` where not the mailbox has failed but its server, or its user is away.
 * @public
 */
export type RunMessages = {
  readonly [key in
    | RunReason
    | 'at-once'
    | 'in-seconds'
    | 'in-a-minute'
    | 'in-minutes'
    | 'idle-once'
    | 'failure-once'
    | 'profile-disabled'
    | 'inactive']: string
}

/** The sentences in English. A fact stands in braces: its name is replaced by its value. @public */
export const runMessages: RunMessages = {
  'at-once': 'At once',
  'in-seconds': 'In {seconds} seconds',
  'in-a-minute': 'In a minute',
  'in-minutes': 'In {minutes} minutes',
  new: '{when}, because it has not run yet, or was enabled again.',
  busy: '{when}, because the last cycle had much to do, or has left more behind.',
  active: '{when}, because the last cycle found something to do.',
  idle: '{when}, because the last {empty} cycles found nothing.',
  'idle-once': '{when}, because the last cycle found nothing.',
  failure: '{when}, because the last {failures} cycles failed; the mailbox is disabled after {failuresMax}.',
  'failure-once': '{when}, because the last cycle failed.',
  throttled: '{when}, because the server asked to wait until then.',
  learned:
    '{when}, because about {perHour} changes an hour are expected, and a visit is worth {price} seconds of waiting.',
  learning: '{when}, because the mailbox has not been known for a day yet.',
  interval: '{when}, because it runs every {every} minutes.',
  push: '{when}, because the server said that something has changed.',
  gesture: '{when}, because somebody asked for something.',
  manual: 'When somebody asks for it.',
  disabled: 'Not before a person enables the mailbox again.',
  'profile-disabled': 'Not before a person enables the server profile {profile} again.',
  inactive: 'Not while the mailbox or its user is deactivated.'
}

/** What is known of one workload. */
export interface RunFacts {
  readonly pace: Pace
  readonly policy: Policy
  readonly nowMs: InstantMs
  /** What stands in the way of the whole mailbox. */
  readonly closed?: { readonly why: 'inactive' } | { readonly why: 'profile-disabled'; readonly profile: string }
}

export const nextRunOf = (known: RunFacts, table: RunMessages = runMessages): NextRun => {
  const { pace, policy, closed } = known
  if (closed !== undefined && pace.disabled !== true) {
    const { why, ...facts } = closed
    return { reason: 'disabled', facts, text: filled(table[why], facts) }
  }
  if (pace.disabled === true) return { reason: 'disabled', facts: {}, text: table.disabled }
  const reason = pace.reason ?? 'new'
  const isManual = policy.name === 'client' && policy.manual
  // Under `manual` there is a time only where somebody has asked for one.
  if (pace.dueAtMs === undefined && isManual) return { reason: 'manual', facts: {}, text: table.manual }
  const dueAtMs = pace.dueAtMs ?? known.nowMs
  const facts = { ...whenOf(dueAtMs - known.nowMs, table), ...factsOf(known, dueAtMs) }
  return { dueAtMs, reason, facts, text: filled(table[keyOf(reason, pace)], facts) }
}

const whenOf = (waitMs: number, table: RunMessages): DecisionFacts => {
  const seconds = Math.max(0, Math.ceil(waitMs / 1000))
  const minutes = Math.round(seconds / 60)
  const key = seconds === 0 ? 'at-once' : seconds < 55 ? 'in-seconds' : minutes === 1 ? 'in-a-minute' : 'in-minutes'
  return { when: filled(table[key], { seconds, minutes }), seconds, minutes }
}

const factsOf = ({ pace, policy }: RunFacts, dueAtMs: InstantMs): DecisionFacts => {
  switch (pace.reason) {
    case 'idle':
      return { empty: pace.emptyCycles }
    case 'failure':
      return { failures: pace.failures, failuresMax: policy.failureLimit }
    case 'interval':
      return policy.name === 'client'
        ? { every: Math.round(Math.max(policy.intervalMs, policy.intervalMsMin) / 60_000) }
        : {}
    case 'throttled':
      return { notBeforeMs: pace.notBeforeMs ?? dueAtMs }
    case 'learned':
      return policy.name === 'adaptive' ? { perHour: rateOf(pace), price: rounded(policy.visitPrice) } : {}
    default:
      return {}
  }
}

const rateOf = ({ learned }: Pace): number => rounded(learned === undefined ? 0 : expectedPerHour(learned))

const rounded = (figure: number): number => Math.round(figure * 10) / 10

const keyOf = (reason: RunReason, { emptyCycles, failures }: Pace): keyof RunMessages => {
  if (reason === 'idle' && emptyCycles <= 1) return 'idle-once'
  return reason === 'failure' && failures <= 1 ? 'failure-once' : reason
}

const filled = (text: string, facts: DecisionFacts): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) => (Object.hasOwn(facts, name) ? String(facts[name]) : whole))
