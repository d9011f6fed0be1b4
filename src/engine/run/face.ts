/**
 * The face of the engine: what a host hands in, and the calls that it may make. `create-engine.ts` is what stands behind it.
 */
import type { Converter } from '../../mapping/index.js'
import type {
  ConflictRow,
  DecisionAnswer,
  Forgotten,
  InstantMs,
  RecordType,
  Ref,
  Side,
  Zones
} from '../../model/index.js'
import type { Alert, AlertLevels } from '../alerts.js'
import type { CheckAnswer, CheckedMessage, PromotedMessage } from '../check.js'
import type { AuditPage } from '../audit/report.js'
import type { Messages } from '../explain.js'
import type { Pane, Status } from '../pane.js'
import type { Directory, LinkStore, MailStore, RecordStore } from '../ports.js'
import type { CycleReport } from '../report.js'
import type { Settings, SettingsInput } from '../settings.js'
import type { NextRuns, RunMessages } from '../next-run.js'
import type { ScheduleInput } from '../policies.js'
import type { SetUpTest } from '../setup.js'
import type { Workload } from '../workload.js'
import type { Probe } from '../track/judge.js'
import type { SetUp } from '../methods.js'
import type { MailboxInput } from './defaults.js'
import type { GestureAnswer } from './gesture.js'
import type { ForgetWhat } from './forget.js'
import type { HistoryOptions, HistoryPage } from './history.js'
import type { Explain } from './explain.js'
import type { FilterOptions, LogEntry, Progress } from './session.js'
import type { UndoOptions } from './undo.js'

/** Everything an engine is made of. @public */
export interface EngineOptions {
  /** Begins every key of the link store. One organisation is one tenant. */
  readonly tenant?: string
  readonly mailboxes: { readonly [id: string]: MailboxInput & { readonly mail: MailStore } }
  readonly records: RecordStore
  readonly links: LinkStore
  /** Who is who; by default each mailbox's user may do everything. */
  readonly directory?: Directory
  /** What is not said follows the preset; by default `careful`. */
  readonly preset?: 'careful' | 'dynamics'
  readonly settings?: SettingsInput
  /**
   * When mailboxes are due: a policy, its figures, and what is different for a workload; a mailbox may have its own. By
   * default `stepped`, with the failures of `settings.retry`.
   */
  readonly schedule?: ScheduleInput
  /** A host's own converters, by the name under which mapping rows call them. */
  readonly converters?: { readonly [id: string]: Converter }
  /** Key of the digests under `base: "digest"`, at least 32 bytes. Never stored. */
  readonly baseKey?: Uint8Array
  readonly clock?: () => InstantMs
  /** Names this engine as a holder of leases: no two running engines of a tenant may share it. */
  readonly seed?: string
  readonly zones?: Zones
  /** By record type: filters of all users, beside their own. */
  readonly systemFilters?: FilterOptions['systemFilters']
  /**
   * By record type: what its fields hold. Filters are then checked against it, values compared by it, and a record
   * that does not fit it is set aside. Without it a value is taken for what it looks like.
   */
  readonly schemas?: FilterOptions['schemas']
  readonly log?: (entry: LogEntry) => void
  /**
   * Told of what somebody should hear of: a mailbox that is disabled or not approved, a message that cannot be sent, a
   * set-up test that succeeded (E2). What it throws changes nothing.
   */
  readonly onAlert?: (alert: Alert) => void
  /** Which levels are told: errors and information, not warnings, unless said otherwise. */
  readonly alerts?: Partial<AlertLevels>
  /**
   * Names this installation among those of a user, and keeps its name when it is started again. Where it is given, one
   * installation alone synchronises a mailbox of method `client`: the first to do so, until `takeOver` names another.
   */
  readonly client?: string
  /**
   * The tenants of this link store are organisations that may have one mailbox in common: the first whose cycle runs has
   * it, and the others are told so (4.4/3). All of their engines must say the same. Left out, no tenant feels another.
   */
  readonly acrossTenants?: boolean
  /** Sentences for `explain`, in the host's language. */
  readonly messages?: Messages
  /** Sentences for `nextRun`, in the host's language. */
  readonly runMessages?: RunMessages
}

/** @public */
export interface SyncOptions {
  readonly signal?: AbortSignal
  /**
   * Only these workloads: what belongs to the other waits, untouched, for a cycle of its own. Named, each is observed for
   * itself and has its own pace, also where both are done. Left out: everything, as one.
   */
  readonly workloads?: ReadonlyArray<Workload>
  /** What a visit costs now, in message-seconds, under the policy `adaptive`: where somebody shares a budget out. */
  readonly visitPrice?: number
  readonly onProgress?: (progress: Progress) => void
  /** Told of each message that is asked about before it is accepted: all that left the mailbox of it (A17). */
  readonly onProbe?: (probe: Probe) => void
}

/** What goes with a Track. @public */
export interface TrackOptions {
  readonly parent?: Ref
  readonly regarding?: Ref
  /** `phonecall`, `letter` or `fax`: what a task of the mailbox becomes instead of a task (T16). */
  readonly as?: RecordType
  /** Who does it; by default the mailbox's user. */
  readonly by?: string
}

/** @public */
export interface HintOptions {
  /** What has changed, where that is known. */
  readonly workload?: Workload
}

/** @public */
export interface Engine {
  /** Ids of the mailboxes that it was made with. */
  readonly mailboxes: ReadonlyArray<string>
  /** One cycle, now. A failed cycle is a report with an outcome; only misuse and defects reject. */
  readonly sync: (mailbox: string, options?: SyncOptions) => Promise<CycleReport>
  /** The same cycle without writing: what it would do, and why. */
  readonly plan: (mailbox: string, options?: SyncOptions) => Promise<CycleReport>
  readonly track: (
    mailbox: string,
    items: Ref | ReadonlyArray<Ref>,
    options?: TrackOptions
  ) => Promise<ReadonlyArray<GestureAnswer>>
  readonly setParent: (
    mailbox: string,
    items: Ref | ReadonlyArray<Ref>,
    parent: Ref,
    options?: { readonly by?: string }
  ) => Promise<ReadonlyArray<GestureAnswer>>
  readonly untrack: (
    mailbox: string,
    item: Ref,
    options?: { readonly deleteRecord?: boolean; readonly by?: string }
  ) => Promise<GestureAnswer>
  /** Says what an item is about; `null` clears it. Contacts have no regarding: for them the answer is `method-unsupported`. */
  readonly setRegarding: (
    mailbox: string,
    items: Ref | ReadonlyArray<Ref>,
    regarding: Ref | null,
    options?: { readonly by?: string }
  ) => Promise<ReadonlyArray<GestureAnswer>>
  /**
   * Answers an open question: of a conflict, whose values are kept; of a suspected duplicate, whether it is saved all the
   * same, not at all, or linked to a record that is there.
   */
  readonly resolve: (
    mailbox: string,
    item: Ref,
    answer: DecisionAnswer,
    options?: { readonly by?: string }
  ) => Promise<GestureAnswer>
  /** Lets exactly one held set pass, once, within a day; `apply` lets a first cycle write whatever it plans. */
  readonly approve: (mailbox: string, planHash: string, options?: { readonly by?: string }) => Promise<void>
  /** A disabled mailbox, one whose sending alone was disabled, and its server profile are enabled again: counts at 0, due at once, or when a silence ends that the server has asked for. */
  readonly enable: (mailbox: string) => Promise<void>
  /**
   * The set-up test (4.4/4): whether the address is the user's own and approved, and then each enabled direction: mail is
   * read, a message goes out to the mailbox itself, an item is made and removed. The result is stored with the address
   * that it was run for: a direction that has failed is not used before a test of it succeeds, and neither is any
   * direction once the address is another. Where no test was ever run all directions count as passed. Where none failed
   * there is an alert of level `information`. Rejects with `Misuse` while the mailbox is being synchronised.
   */
  readonly test: (mailbox: string) => Promise<SetUpTest>
  /** The set-up as it stands: the last test, and what it says after a change of address (4.4/1). */
  readonly setUp: (mailbox: string) => Promise<SetUp>
  /**
   * One mailbox of an organisation, of method `client` one installation (`EngineOptions.client`), and where tenants are told
   * apart so (`acrossTenants`) one organisation synchronises an address (4.4/3): the first whose cycle runs. To all others the mailbox is
   * `not-approved`, their report's facts say `takenBy`, and nothing moves. This claims it for this engine's mailbox;
   * whose it was finds so at his next cycle.
   */
  readonly takeOver: (mailbox: string) => Promise<void>
  /**
   * Whether a message that lies in no mailbox yet would be taken, and why (CheckIncomingEmail): the decision about received
   * mail from the test of uniqueness on, without start date, privacy or folders. A mailbox that may not be used at all
   * takes nothing, and the code says why. Reads alone; a store that cannot be read rejects with `Stopped`.
   */
  readonly checkIncoming: (mailbox: string, message: CheckedMessage) => Promise<CheckAnswer>
  /** Whether a message may be stored by hand: none of its Message-ID and direction is stored (CheckPromoteEmail, D1). */
  readonly checkPromote: (mailbox: string, message: PromotedMessage) => Promise<CheckAnswer>
  /**
   * Takes a push: something has changed, and the mailbox is due in a moment. At most one waits, during a cycle for its
   * end; a server that asked for silence is left in silence, and a disabled mailbox stays disabled (5a). Answers when the
   * mailbox is due by now. Needs no lease; one that is lost is made good by the next scheduled cycle.
   */
  readonly hint: (mailbox: string, options?: HintOptions) => Promise<NextRuns>
  /** When each workload of the mailbox is due, and why then. */
  readonly nextRun: (mailbox: string) => Promise<NextRuns>
  readonly pane: (mailbox: string, item: Ref) => Promise<Pane>
  readonly status: (mailbox: string, item: Ref) => Promise<Status>
  readonly explain: Explain
  readonly conflicts: (mailbox: string) => Promise<ReadonlyArray<ConflictRow>>
  /** What the engine wrote to one thing and why, newest first; empty under `history: 0` and `base: "digest"`. */
  readonly history: (mailbox: string, side: Side, ref: Ref, options?: HistoryOptions) => Promise<HistoryPage>
  /**
   * Takes back what one cycle has written, as far as nobody has changed it since: old values, deletions of what it
   * made, creations of what it deleted. The same guards hold it as any cycle; what failed is not tried again by itself.
   * Rejects with `Misuse` where no history is kept.
   */
  readonly undo: (mailbox: string, cycle: string, options?: UndoOptions) => Promise<CycleReport>
  /**
   * Lists both sides in full against the links and tells every difference with its reason, page by page; each item and
   * each record is in exactly one class of the counts. Reads alone. What cannot be read rejects with `Stopped`.
   */
  readonly audit: (mailbox: string, options?: { readonly signal?: AbortSignal }) => AsyncIterable<AuditPage>
  /**
   * Removes the traces of a mailbox, of a record (and of the items it is or was linked to), or of whatever mentions an
   * e-mail address, from the link store; answers how many rows of each kind. Writes to neither side: what is still
   * there and held by a filter comes anew. Rejects with `Misuse` while a mailbox concerned is being synchronised.
   */
  readonly forget: (what: ForgetWhat) => Promise<Forgotten>
  /** The settings in force, preset and all. */
  readonly settings: Settings
}
