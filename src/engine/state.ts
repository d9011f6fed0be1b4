/**
 * The small state of one mailbox: cursors, pace, what memberships were last judged by, approvals. JSON; edited once,
 * at the end of a cycle.
 */
import type { Filter, FilterContext, InstantMs } from '../model/index.js'
import type { Pace } from '../schedule/index.js'
import { freshPace } from '../schedule/index.js'

/** @public */
export interface MailboxState {
  readonly cycles: number
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
  /** Link after which the rolling audit goes on. */
  readonly auditAfter?: string
  /** When the last slice of it was looked at; absent before the first cycle. */
  readonly auditedAtMs?: InstantMs
  /** Links by record type. */
  readonly links: { readonly [type: string]: number }
  readonly pace: Pace
  /** Cycle of the last commit that wrote something; absent: the mailbox has had no first cycle. */
  readonly committed: boolean
  /** Deletes of the last 24 hours by side and type. */
  readonly deletes: ReadonlyArray<{
    readonly atMs: InstantMs
    readonly side: 'mail' | 'record'
    readonly type: string
    readonly count: number
  }>
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
  pace: freshPace,
  committed: false,
  deletes: [],
  held: []
}

/** Names of the documents of the link store. */
export const documents = {
  mailbox: (mailbox: string): string => `mailbox/${mailbox}`,
  feed: (type: string): string => `feed/${type}`,
  shape: (digest: string): string => `shape/${digest}`,
  commits: (lease: string): string => `commits/${lease}`
} as const
