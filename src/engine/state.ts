/**
 * The small state of one mailbox: cursors, pace, what memberships were last judged by, approvals. JSON; edited once,
 * at the end of a cycle.
 */
import { canonicalJson, type Filter, type FilterContext, type InstantMs } from '../model/index.js'
import type { SetUpTest } from './setup.js'
import type { Pace } from '../schedule/index.js'
import { paceFor } from '../schedule/index.js'
import type { Workload } from './workload.js'

/**
 * What is wrong with a mailbox and lasts: told when it begins, and again only where it has ended meanwhile.
 * `not-approved` (A13); `inactive`: the mailbox or its user; `taken`: somebody else synchronises it (4.4/3);
 * `outgoing-disabled`: the server refuses whoever sends (5.2); `cannot-send`: a message waits, and the mailbox cannot
 * send for another reason (O3).
 * @public
 */
export type Trouble = 'not-approved' | 'inactive' | 'taken' | 'outgoing-disabled' | 'cannot-send' | 'profile-disabled'

/** What the two workloads of a mailbox have each for itself. */
export interface WorkloadState {
  readonly pace: Pace
  /** When its last cycle began: what was asked for before that has been seen. */
  readonly startedAtMs?: InstantMs
  /** What a visit cost then, where a planner has said so. */
  readonly visitPrice?: number
  /** A cycle of it has written something; false: it has had no first cycle. */
  readonly committed: boolean
  /** What folder rules and the category are asked by: where it changes, items that lie there already are looked at once. */
  readonly asksUnder?: string
  /** Link after which the rolling audit goes on. */
  readonly auditAfter?: string
  /** When the last slice of it was looked at; absent before the first cycle. */
  readonly auditedAtMs?: InstantMs
  /** The last cycle that ended completed or held, and what it says of every pair it did not name. */
  readonly last?: {
    readonly cycle: string
    readonly atMs: InstantMs
    readonly outcome: 'completed' | 'interrupted' | 'held' | 'failed'
    readonly reset: boolean
    readonly unknownTypes: ReadonlyArray<string>
  }
  /** What the last cycle held: hashes that `approve` may name. */
  readonly held: ReadonlyArray<string>
}

/**
 * Of the workloads e-mail's part stands in the document itself, as everything did before they could be run apart.
 * @public
 */
export interface MailboxState extends WorkloadState {
  readonly cycles: number
  /** The part of contacts, appointments and tasks; absent: it is the same. */
  readonly act?: WorkloadState
  /** By scope of the mail feed (and of the record feed where the store filters it). */
  readonly cursors: { readonly [scope: string]: string }
  /** By record type: generation of the tenant's feed that this mailbox has compared itself with. */
  readonly epochs: { readonly [type: string]: number }
  /** By record type: digest of the shape in which all links stand. */
  readonly shapes: { readonly [type: string]: string }
  /** Rebase passes under way: the link after which they go on. */
  readonly rebases: { readonly [type: string]: { readonly to: string; readonly after: string } }
  readonly memberships: { readonly [type: string]: Membership }
  /** Settings under which what is due to meetings is held back: where they change, it is looked at once. */
  readonly meetingsUnder?: string
  /** Received time of the last message judged in the root inbox: an older one that comes later came from elsewhere (A8). */
  readonly judgedUntilMs?: InstantMs
  /** Links by record type. */
  readonly links: { readonly [type: string]: number }
  /** Deletes of the last 24 hours by side and type. */
  readonly deletes: ReadonlyArray<{
    readonly atMs: InstantMs
    readonly side: 'mail' | 'record'
    readonly type: string
    readonly count: number
  }>
  /** What was wrong with the mailbox at the last cycle, and has been told (A13, O3). */
  readonly troubles?: ReadonlyArray<Trouble>
  /** A permanent failure of sending alone: nothing is sent before a person enables the mailbox again (5.2). */
  readonly outgoingOff?: boolean
  /** The last set-up test (4.4); absent where none was ever run, and every direction counts as passed. */
  readonly setUp?: SetUpTest
}

/** @public */
export interface Membership {
  readonly digest: string
  readonly filter: Filter
  readonly context: FilterContext
}

/** @public */
export const freshState: MailboxState = {
  cycles: 0,
  cursors: {},
  epochs: {},
  shapes: {},
  rebases: {},
  memberships: {},
  links: {},
  pace: { emptyCycles: 0, failures: 0 },
  committed: false,
  deletes: [],
  held: []
}

/** The fresh state of a mailbox that is to keep out of step with the others. */
export const freshStateOf = (tenant: string, mailbox: string): MailboxState => ({
  ...freshState,
  pace: freshPaceOf(tenant, mailbox)
})

export const freshPaceOf = (tenant: string, mailbox: string): Pace => paceFor(canonicalJson([tenant, mailbox]))

export const partOf = (state: MailboxState, workload: Workload): WorkloadState =>
  workload === 'act' && state.act !== undefined ? state.act : emailPart(state)

const emailPart = (state: MailboxState): WorkloadState => {
  const { pace, startedAtMs, visitPrice, committed, asksUnder, auditAfter, auditedAtMs, last, held } = state
  return {
    pace,
    committed,
    held,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(visitPrice === undefined ? {} : { visitPrice }),
    ...(asksUnder === undefined ? {} : { asksUnder }),
    ...(auditAfter === undefined ? {} : { auditAfter }),
    ...(auditedAtMs === undefined ? {} : { auditedAtMs }),
    ...(last === undefined ? {} : { last })
  }
}

/** The state with the parts of some workloads changed. Parts that come to be the same again are kept once. */
export const withParts = (
  state: MailboxState,
  change: (part: WorkloadState, workload: Workload) => WorkloadState
): MailboxState => {
  const email = change(partOf(state, 'email'), 'email')
  const act = change(partOf(state, 'act'), 'act')
  const { pace: _pace, startedAtMs: _started, asksUnder: _asks, ...shared } = state
  const { auditAfter: _after, auditedAtMs: _audited, last: _last, act: _act, visitPrice: _price, ...rest } = shared
  const isOne = canonicalJson(email) === canonicalJson(act)
  return { ...rest, ...email, ...(isOne ? {} : { act }) }
}

/** Names of the documents of the link store. */
export const documents = {
  mailbox: (mailbox: string): string => `mailbox/${mailbox}`,
  feed: (type: string): string => `feed/${type}`,
  /** What was asked for between two cycles: a push, a gesture. */
  hint: (mailbox: string): string => `hint/${mailbox}`,
  /** How a server that several mailboxes are reached through does (E1). */
  profile: (profile: string): string => `profile/${profile}`,
  shape: (digest: string): string => `shape/${digest}`,
  commits: (lease: string): string => `commits/${lease}`,
  /** How many users of the tenant have a number in tokens. */
  tokens: 'tokens',
  /** The number of a mailbox's user in tokens, and the counter of the last one (K1, K3). */
  tokensOf: (mailbox: string): string => `tokens/${mailbox}`
} as const
