/**
 * What every policy shares: the pace of a mailbox, what it is told, and what it answers. All of it plain JSON.
 */
import type { Learned } from './learned.js'

/**
 * The pace of one mailbox, or of one of its workloads. JSON; starts as `freshPace`, or as `paceFor(mailbox)`.
 * The engine keeps it; a pace that a policy did not write itself is read as far as it goes.
 * @public
 */
export interface Pace {
  readonly emptyCycles: number
  /** Transient failures in a row. */
  readonly failures: number
  readonly disabled?: boolean
  /** When the next cycle is due, ms of the epoch; absent: at once, or only when somebody asks. */
  readonly dueAtMs?: number
  /** A server has asked for silence until then; no request goes before it. */
  readonly notBeforeMs?: number
  /** Why it is due then; absent before the first cycle. */
  readonly reason?: PaceReason
  /** What spreads mailboxes that were enabled together, from 0 to 2³² − 1; absent: nothing does. */
  readonly seed?: number
  /** What the policy `adaptive` knows of this mailbox. */
  readonly learned?: Learned
}

/** @public */
export const freshPace: Pace = { emptyCycles: 0, failures: 0 }

/** The fresh pace of a mailbox that is to keep out of step with the others; the same id gives the same pace. @public */
export const paceFor = (mailbox: string): Pace => ({ ...freshPace, seed: seedOf(mailbox) })

/** What one cycle had to do. @public */
export interface CycleObservation {
  /** Items and records created, updated, deleted, linked or unlinked, each counted once. */
  readonly changes: number
  readonly error?: 'transient' | 'permanent' | 'throttled'
  /** A lower bound of the delay, told by the server. */
  readonly retryAfterMs?: number
  /** When the changes came, ms of the epoch, where a server tells it; those that are left out are known by their count. */
  readonly arrivalsAtMs?: ReadonlyArray<number>
  /** `changes` says that something changed, and not how much. */
  readonly uncounted?: boolean
  /** A limit of the cycle was met: more waits. */
  readonly truncated?: boolean
}

/** Somebody asks for a cycle: a server's push, or a person's gesture. It is no cycle, and counts as none. @public */
export interface RequestObservation {
  readonly request: 'push' | 'gesture'
}

/** @public */
export type Observation = CycleObservation | RequestObservation

/**
 * Why the delay is what it is. `busy` many changes, or more that wait · `active` some · `idle` none · `failure` ·
 * `throttled` a server's word · `learned` what the mailbox has shown · `interval` a fixed one · `push`, `gesture`
 * somebody asked · `manual` no run is scheduled · `disabled`.
 * @public
 */
export type PaceReason =
  | 'busy'
  | 'active'
  | 'idle'
  | 'failure'
  | 'throttled'
  | 'learned'
  | 'learning'
  | 'interval'
  | 'push'
  | 'gesture'
  | 'manual'
  | 'disabled'

/** @public */
export type Next =
  | {
      readonly state: Pace
      readonly disabled: false
      /** From the end of the cycle, or from the request, in ms; absent under `manual`. */
      readonly delayMs?: number
      readonly reason: Exclude<PaceReason, 'disabled'>
      /** The server asked for more than `retryAfterMsMax`. */
      readonly capped?: true
    }
  | { readonly state: Pace; readonly disabled: true; readonly reason: 'disabled' }

/** Figures that every policy has. @public */
export interface PolicyLimits {
  /** The failure in a row that disables. */
  readonly failureLimit: number
  /** The longest wait that a server may ask for. */
  readonly retryAfterMsMax: number
  /** From a push to the cycle: what follows within it is seen by the same cycle. */
  readonly pushDelayMs: number
}

/** @public */
export const policyLimits: PolicyLimits = {
  failureLimit: 10,
  retryAfterMsMax: 24 * 60 * 60_000,
  pushDelayMs: 10_000
}

/** FNV-1a over UTF-16 units, then mixed: neighbouring names are far apart. */
export const seedOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return (hash ^ (hash >>> 13)) >>> 0
}
