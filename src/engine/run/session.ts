/**
 * What one cycle works with: its ports, its clock, its counters. Made by `createEngine` for each cycle; nothing in it
 * outlives the cycle.
 */
import type { Alert } from '../alerts.js'
import type { Access, Directory, LinkStore, MailboxFacts, MailStore, RecordStore } from '../ports.js'
import type { ScheduleInput } from '../policies.js'
import type { Settings } from '../settings.js'
import type { Probe } from '../track/judge.js'
import type { Asked } from '../workload.js'
import type { FieldTypes, FilterList, InstantMs, KeyedDigest, Result, SyncError, Zones } from '../../model/index.js'
import type { ShapeFor } from './shapes.js'

/** One line for whoever operates the host. Names, refs and counts; never a value of a field. @public */
export interface LogEntry {
  readonly level: 'error' | 'info' | 'debug'
  readonly message: string
  readonly facts: { readonly [name: string]: string | number | boolean }
}

/** A typed event of a running cycle. `total` is what is known of the work by then. @public */
export interface Progress {
  readonly mailbox: string
  readonly stage: 'recover' | 'pull' | 'decide' | 'write'
  readonly done: number
  readonly total: number
}

/** What a host says of filters for the whole organisation. @public */
export interface FilterOptions {
  /** By record type: filters of all users, beside their own (3.1). */
  readonly systemFilters: { readonly [type: string]: FilterList }
  /** By record type: the types of its fields. */
  readonly schemas: { readonly [type: string]: FieldTypes }
}

/** Everything a cycle needs from outside. */
export interface Session extends FilterOptions {
  readonly tenant: string
  readonly mailbox: string
  readonly holder: string
  /** The installation that this engine is, where mailboxes are connected by method `client`. */
  readonly client: string | undefined
  /** Where claims of mailboxes stand: the tenant, or what stands in its place for all of them. */
  readonly claimsIn: string
  readonly mail: MailStore
  readonly records: RecordStore
  readonly links: LinkStore
  readonly directory: Directory
  readonly facts: MailboxFacts
  readonly access: Access
  readonly settings: Settings
  readonly shapeFor: ShapeFor
  readonly keyed: KeyedDigest
  readonly clock: () => InstantMs
  readonly zones: Zones
  readonly log: (entry: LogEntry) => void
  readonly onProgress: (progress: Progress) => void
  readonly onProbe: (probe: Probe) => void
  readonly onAlert: (alert: Alert) => void
  readonly signal: AbortSignal | undefined
  /** What of the mailbox is done, and how it is observed. */
  readonly asked: Asked
  /** Only what is due by then: whoever has looked before may have been overtaken by another process. */
  readonly dueWithinMs: number | undefined
  /** Of the whole engine; a mailbox's own is among its facts. */
  readonly schedule: ScheduleInput | undefined
  /** What a visit costs now, where somebody shares a budget out. */
  readonly visitPrice: number | undefined
  /** What this engine is at in this moment. */
  readonly atWork: AtWork
  /** The tenant's mailboxes: whom a row of the record feed may concern. */
  readonly audience: () => Promise<ReadonlyArray<Audience>>
  readonly calls: { [call: string]: number }
  /** Transactions of this cycle so far. */
  readonly commits: { count: number }
}

/**
 * What one engine is at in this moment: a lease keeps other engines away, and is renewed by whoever holds it, so that
 * two calls of one engine need this beside it.
 */
export interface AtWork {
  /** Calls that came while the same engine was at work on their mailbox. */
  turns: number
  readonly mailboxes: Set<string>
  readonly feeds: Set<string>
  /** When each mailbox was last asked for, as far as this engine was told. */
  readonly hints: Map<string, InstantMs>
}

/** A mailbox as the tenant's feed sees it. */
export interface Audience {
  readonly mailbox: string
  readonly facts: MailboxFacts
  readonly access: Access
}

/** What ends a cycle before its last stage, and which side it came from. @public */
export interface Stop {
  readonly error: SyncError
  readonly side: 'mail' | 'record' | 'links'
}

/**
 * A port failed where the call needed its answer. A cycle catches it and reports it; a question or a gesture rejects
 * with it.
 * @public
 */
export class Stopped extends Error {
  override readonly name = 'Stopped'
  /** The failure, and the side whose port answered it. */
  readonly stop: Stop
  constructor(stop: Stop) {
    super(`the ${stop.side} port failed: ${stop.error._tag}`)
    this.stop = stop
  }
}

/** The value of an answer, or the end of the cycle. */
export const need = async <A>(
  session: Pick<Session, 'calls'>,
  side: Stop['side'],
  call: string,
  answer: Promise<{ readonly _tag: 'Right'; readonly right: A } | { readonly _tag: 'Left'; readonly left: SyncError }>
): Promise<A> => {
  session.calls[`${side}.${call}`] = (session.calls[`${side}.${call}`] ?? 0) + 1
  const result = await answer
  if (result._tag === 'Left') throw new Stopped({ error: result.left, side })
  return result.right
}

/** A listing that was refused because something changed meanwhile is asked for once more (5.4). */
export const oncemore = async <A>(ask: () => Promise<Result<A>>): Promise<Result<A>> => {
  const first = await ask()
  return first._tag === 'Left' && first.left._tag === 'VersionMismatch' ? ask() : first
}

/** Slices of at most `max`. */
export const slices = <A>(all: ReadonlyArray<A>, max: number): ReadonlyArray<ReadonlyArray<A>> => {
  const result: Array<ReadonlyArray<A>> = []
  for (let from = 0; from < all.length; from += max) result.push(all.slice(from, from + max))
  return result
}
