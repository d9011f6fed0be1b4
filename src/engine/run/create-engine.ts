/**
 * The engine as an application holds it: promises and plain data. It keeps nothing of a mailbox in memory between
 * calls; everything it knows is in the link store.
 */
import { converters as shippedConverters, type Converter } from '../../mapping/index.js'
import type {
  ConflictRow,
  DecisionAnswer,
  Forgotten,
  Gesture,
  InstantMs,
  KeyedDigest,
  Kind,
  RecordType,
  Ref,
  Side,
  Zones
} from '../../model/index.js'
import { keyedDigest, limits, Misuse, sha256Of, uuidOf } from '../../model/index.js'
import { type Alert, type AlertLevels, alertLevels, testAlert } from '../alerts.js'
import type { CheckAnswer, CheckedMessage, PromotedMessage } from '../check.js'
import { cycle } from '../cycle.js'
import type { AuditPage } from '../audit/report.js'
import { type Explanation, explain as explained, type Messages, messages as english } from '../explain.js'
import { mailboxFaults } from '../mailbox.js'
import { keepsHistory } from '../history.js'
import { everybody } from '../owner.js'
import { type Pane, paneOf, type Status, statusOf } from '../pane.js'
import type { Access, Directory, LinkStore, MailStore, RecordStore, StateDocument } from '../ports.js'
import type { CycleReport } from '../report.js'
import { careful, layOver, presets, type Settings, type SettingsInput } from '../settings.js'
import { fieldAccessFaults, settingsFaults } from '../settings.codec.js'
import { freshPace, type Pace } from '../../schedule/index.js'
import { type NextRuns, type RunMessages, runMessages } from '../next-run.js'
import { type ScheduleInput, scheduleFaults } from '../policies.js'
import { type SetUpTest, setUpOf } from '../setup.js'
import { documents, freshPaceOf, type MailboxState, withParts } from '../state.js'
import { everything, type Workload, workloads } from '../workload.js'
import { folderRuleFaults } from '../track/folder-rules.js'
import type { Probe } from '../track/judge.js'
import type { SetUp } from '../methods.js'
import { listenerOf } from './alert.js'
import { auditOf } from './audit.js'
import { checkIncoming, checkPromote } from './check.js'
import { commitTo } from './commit.js'
import { type MailboxInput, oneUser, platformZones, randomSeed, systemClock } from './defaults.js'
import { listFaults, surroundingFaults } from './filters.js'
import { append, type GestureAnswer, type GestureRequest, makeGestures } from './gesture.js'
import { addressFieldsOf, forget, type ForgetWhat } from './forget.js'
import { opened } from './forward.js'
import { type HistoryOptions, type HistoryPage, historyOf } from './history.js'
import { noteRequest, workloadsNamed } from './hint.js'
import { type Explain, explainBy } from './explain.js'
import { type Inside, keepInside } from './inside.js'
import { nextRunsOf } from './next-run.js'
import { notDue, takeMailbox, withUse } from './open.js'
import { readState } from './read-state.js'
import { policyOf } from './opened.js'
import { ownIdentity, takeOver } from './owner.js'
import { decisionOf, linkOf, overdueFacts, pendingOf } from './questions.js'
import { paneFactsOf } from './pane.js'
import { keepProfile } from './profile.js'
import {
  type AtWork,
  type Audience,
  type FilterOptions,
  type LogEntry,
  need,
  type Progress,
  type Session
} from './session.js'
import { setUpTestOf } from './set-up-test.js'
import { stepsOf } from './steps.js'
import { viewed } from './viewed.js'
import { type UndoOptions, undoSteps } from './undo.js'

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
  /** A disabled mailbox, one whose sending alone was disabled, and its server profile are enabled again: counts at 0, due at once. */
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

/** @public */
export const createEngine = (options: EngineOptions): Engine => {
  const made = new EngineOf(options)
  const engine: Engine = {
    mailboxes: Object.keys(options.mailboxes),
    hint: (mailbox, hint) => made.hint(mailbox, hint?.workload),
    nextRun: (mailbox) => made.nextRun(mailbox),
    sync: (mailbox, sync) => made.cycle(mailbox, false, sync ?? {}),
    plan: (mailbox, sync) => made.cycle(mailbox, true, sync ?? {}),
    track: (mailbox, items, track) => made.track(mailbox, listOf(items), track ?? {}),
    setParent: (mailbox, items, parent, track) => made.setParent(mailbox, listOf(items), parent, track?.by),
    setRegarding: (mailbox, items, regarding, track) => made.setRegarding(mailbox, listOf(items), regarding, track?.by),
    untrack: (mailbox, item, untrack) => made.untrack(mailbox, item, untrack?.deleteRecord ?? false, untrack?.by),
    resolve: (mailbox, item, answer, resolve) => made.resolve(mailbox, item, answer, resolve?.by),
    approve: (mailbox, planHash, approve) => made.approve(mailbox, planHash, approve?.by),
    enable: (mailbox) => made.enable(mailbox),
    test: (mailbox) => made.test(mailbox),
    setUp: (mailbox) => made.setUp(mailbox),
    takeOver: (mailbox) => made.takeOver(mailbox),
    checkIncoming: (mailbox, message) => made.checkIncoming(mailbox, message),
    checkPromote: (mailbox, message) => made.checkPromote(mailbox, message),
    pane: (mailbox, item) => made.pane(mailbox, item),
    status: (mailbox, item) => made.status(mailbox, item),
    explain: explainBy(made),
    conflicts: (mailbox) => made.conflicts(mailbox),
    history: (mailbox, side, ref, page) => made.history(mailbox, side, ref, page ?? {}),
    undo: (mailbox, cycleId, undo) => made.undo(mailbox, cycleId, undo ?? {}),
    audit: (mailbox, audit) => made.audit(mailbox, audit?.signal),
    forget: (what) => made.forget(what),
    settings: made.settings
  }
  keepInside(engine, made.inside())
  return engine
}

const listOf = (items: Ref | ReadonlyArray<Ref>): ReadonlyArray<Ref> => (typeof items === 'string' ? [items] : items)

/** The settings of a host laid over its preset; refused settings name every path. @public */
export const settingsOf = (options: Pick<EngineOptions, 'preset' | 'settings' | 'converters'>): Settings => {
  const laid = layOver(options.preset === undefined ? careful : presets[options.preset], options.settings)
  const faults = settingsFaults(laid, { ...shippedConverters, ...options.converters })
  if (faults.length > 0) throw refused('settings', faults)
  return laid as Settings
}

const refused = (what: string, faults: ReadonlyArray<{ readonly path: string; readonly expected: string }>): Misuse =>
  new Misuse(
    `${what} refused: ${faults.map(({ path, expected }) => `${path}: expected ${expected}`).join('; ')}`,
    faults.map(({ path }) => path)
  )

const refuse = (what: string, faults: Parameters<typeof refused>[1]): void => {
  if (faults.length > 0) throw refused(what, faults)
}

class EngineOf {
  readonly settings: Settings
  readonly #options: EngineOptions
  readonly #tenant: string
  readonly #holder: string
  readonly #directory: Directory
  readonly #keyed: KeyedDigest
  readonly #clock: () => InstantMs
  readonly #filters: FilterOptions
  readonly #onAlert: Session['onAlert']
  readonly #claimsIn: string
  readonly #atWork: AtWork = { turns: 0, mailboxes: new Set(), feeds: new Set(), hints: new Map() }
  readonly #listeners = new Set<(mailbox: string) => void>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.settings = settingsOf(options)
    this.#tenant = options.tenant ?? 'default'
    this.#holder = uuidOf('engine', options.seed ?? randomSeed())
    this.#directory = options.directory ?? oneUser(options.mailboxes)
    this.#clock = options.clock ?? systemClock
    this.#keyed = keyedDigest(digestKeyOf(this.settings, this.#tenant, options.baseKey))
    this.#onAlert = listenerOf({ ...alertLevels, ...options.alerts }, options.onAlert, options.log ?? (() => undefined))
    this.#claimsIn = options.acrossTenants === true ? everybody : this.#tenant
    if (this.#tenant === everybody) throw new Misuse(`tenant: expected another name than ${everybody}`, ['tenant'])
    this.#filters = { systemFilters: options.systemFilters ?? {}, schemas: options.schemas ?? {} }
    const { systemFilters, schemas } = this.#filters
    refuse('schedule', scheduleFaults('schedule', options.schedule))
    // How many periods a fiscal year has is each user's: here the most that anybody may have are let through.
    const faults = Object.entries(options.mailboxes).flatMap(([id, { filters = {} }]) =>
      listFaults(`mailboxes.${id}.filters`, filters, schemas, 'four-weeks')
    )
    refuse(
      'mailboxes',
      Object.entries(options.mailboxes).flatMap(([id, input]) =>
        mailboxFaults(`mailboxes.${id}`, input, options.schedule)
      )
    )
    refuse(
      'folder rules',
      Object.entries(options.mailboxes).flatMap(([id, { folderRules = [] }]) =>
        folderRuleFaults(`mailboxes.${id}.folderRules`, folderRules, this.settings.maxFolderRules)
      )
    )
    refuse('filter', [...listFaults('systemFilters', systemFilters, schemas, 'four-weeks'), ...faults])
  }

  async cycle(mailbox: string, dryRun: boolean, options: SyncOptions): Promise<CycleReport> {
    const session = await this.#session(mailbox, options)
    return cycle(stepsOf(session, { dryRun }))
  }

  async track(
    mailbox: string,
    items: ReadonlyArray<Ref>,
    { parent, regarding, as, by }: TrackOptions
  ): Promise<ReadonlyArray<GestureAnswer>> {
    const gesture = parent !== undefined ? 'setParent' : regarding === undefined ? 'track' : 'setRegarding'
    return this.#gesture(mailbox, items, gesture, parent ?? regarding, by, (item, kind, person) => ({
      _tag: 'Track',
      item,
      kind,
      ...(parent === undefined ? {} : { parent }),
      ...(regarding === undefined ? {} : { regarding }),
      ...(as === undefined ? {} : { as }),
      by: person
    }))
  }

  async setParent(
    mailbox: string,
    items: ReadonlyArray<Ref>,
    parent: Ref,
    by: string | undefined
  ): Promise<ReadonlyArray<GestureAnswer>> {
    return this.#gesture(mailbox, items, 'setParent', parent, by, (item, kind, person) => ({
      _tag: 'SetParent',
      item,
      kind,
      parent,
      by: person
    }))
  }

  async setRegarding(
    mailbox: string,
    items: ReadonlyArray<Ref>,
    regarding: Ref | null,
    by: string | undefined
  ): Promise<ReadonlyArray<GestureAnswer>> {
    return this.#gesture(mailbox, items, 'setRegarding', regarding ?? undefined, by, (item, kind, person) => ({
      _tag: 'SetRegarding',
      item,
      kind,
      regarding,
      by: person
    }))
  }

  async untrack(mailbox: string, item: Ref, deleteRecord: boolean, by: string | undefined): Promise<GestureAnswer> {
    const answers = await this.#gesture(mailbox, [item], 'untrack', undefined, by, (ref, kind, person, access) => ({
      _tag: 'Untrack',
      item: ref,
      kind,
      deleteRecord,
      mayDelete: access.privileges.delete,
      by: person
    }))
    return answers[0] ?? { item, pending: false, code: 'not-requested' }
  }

  async resolve(mailbox: string, item: Ref, answer: DecisionAnswer, by: string | undefined): Promise<GestureAnswer> {
    const answers = await this.#gesture(mailbox, [item], 'resolve', undefined, by, (ref, kind, person) => ({
      _tag: 'Resolve',
      item: ref,
      kind,
      answer,
      by: person
    }))
    return answers[0] ?? { item, pending: false, code: 'not-requested' }
  }

  async approve(mailbox: string, planHash: string, by: string | undefined): Promise<void> {
    const session = await this.#session(mailbox, {})
    await append(session, [{ _tag: 'Approve', planHash, by: by ?? session.facts.user }])
  }

  async enable(mailbox: string): Promise<void> {
    const session = await this.#session(mailbox, {})
    await this.#edit(session, 'enable it again', async ({ outgoingOff: _off, ...state }) =>
      withParts(state, (part) => ({ ...part, pace: enabledPace(session, part.pace) }))
    )
    await keepProfile(session, freshPace)
    this.#tell(mailbox)
  }

  async hint(mailbox: string, workload: Workload | undefined): Promise<NextRuns> {
    const asked = workloadsNamed('workload', workload)
    const session = await this.#session(mailbox, {})
    await noteRequest(session, asked, 'push')
    this.#tell(mailbox)
    return this.#nextRun(session)
  }

  async nextRun(mailbox: string): Promise<NextRuns> {
    return this.#nextRun(await this.#session(mailbox, {}))
  }

  #nextRun(session: Session): Promise<NextRuns> {
    return nextRunsOf(session, this.#options.runMessages ?? runMessages)
  }

  /** Whoever runs mailboxes in this process looks again when this one is due. */
  #tell(mailbox: string): void {
    for (const listener of this.#listeners) listener(mailbox)
  }

  inside(): Inside {
    const { mailboxes, log = () => undefined } = this.#options
    return {
      tenant: this.#tenant,
      stores: new Map(Object.entries(mailboxes).map(([id, { mail }]) => [id, mail])),
      clock: this.#clock,
      log,
      placeOf: async (mailbox) => {
        const session = await this.#session(mailbox, {})
        return {
          profile: session.facts.profile,
          policies: workloads.map((workload) => policyOf(session, workload))
        }
      },
      visit: async (mailbox, { dueWithinMs, visitPrice, ...visit }) => {
        const session = { ...(await this.#session(mailbox, visit)), dueWithinMs, visitPrice: priceIn(visitPrice) }
        const report = await cycle(stepsOf(session, { dryRun: false }))
        return report.stoppedBy?.tag === notDue ? undefined : report
      },
      listen: (listener) => {
        this.#listeners.add(listener)
        return () => this.#listeners.delete(listener)
      }
    }
  }

  async test(mailbox: string): Promise<SetUpTest> {
    const session = await this.#session(mailbox, {})
    const { setUp: test } = await this.#edit(session, 'test it', async (state) => ({
      ...state,
      setUp: await setUpTestOf(session)
    }))
    const alert = testAlert(mailbox, test)
    if (alert !== undefined) session.onAlert(alert)
    return test
  }

  async setUp(mailbox: string): Promise<SetUp> {
    const session = await this.#session(mailbox, {})
    return setUpOf(session.facts, (await readState(session)).setUp)
  }

  async takeOver(mailbox: string): Promise<void> {
    await takeOver(await this.#session(mailbox, {}))
  }

  async checkIncoming(mailbox: string, message: CheckedMessage): Promise<CheckAnswer> {
    return checkIncoming(await this.#session(mailbox, {}), message)
  }

  async checkPromote(mailbox: string, message: PromotedMessage): Promise<CheckAnswer> {
    return checkPromote(await this.#session(mailbox, {}), message)
  }

  /** The state of a mailbox, changed between two cycles. */
  async #edit<S extends MailboxState>(
    session: Session,
    what: string,
    change: (state: MailboxState) => Promise<S>
  ): Promise<S> {
    const { mailbox } = session
    const taken = await takeMailbox(session)
    if (taken === 'busy') throw new Misuse(`mailbox ${mailbox} is being synchronised: ${what} after that`)
    const { lease } = taken
    try {
      const state = await change(await readState(session))
      const document = state as unknown as StateDocument
      await commitTo(session, { lease, mailbox, state: [{ name: documents.mailbox(mailbox), document }] })
      return state
    } finally {
      session.atWork.mailboxes.delete(mailbox)
      await session.links.release(lease)
    }
  }

  async pane(mailbox: string, item: Ref): Promise<Pane> {
    return paneOf(await paneFactsOf(await this.#session(mailbox, {}), item))
  }

  async status(mailbox: string, item: Ref): Promise<Status> {
    const session = await this.#session(mailbox, {})
    const link = await linkOf(session, 'item', item)
    const gestures = (await pendingOf(session, item)).map(({ gesture }) => gesture)
    const key = { tenant: this.#tenant, mailbox }
    const [due] = await need(session, 'links', 'dueOf', session.links.dueOf(key, [link?.id ?? `item ${item}`]))
    return statusOf(link !== undefined, gestures, due)
  }

  async explain(mailbox: string, side: Side, ref: Ref): Promise<Explanation> {
    const session = await this.#inUse(mailbox)
    const { code, facts } = await decisionOf(session, side, ref)
    const overdue = side === 'mail' ? await overdueFacts(session, ref) : {}
    return explained(code, { ...facts, ...overdue }, this.#options.messages ?? english)
  }

  async conflicts(mailbox: string): Promise<ReadonlyArray<ConflictRow>> {
    const session = await this.#session(mailbox, {})
    return need(
      session,
      'links',
      'conflicts',
      session.links.conflicts({ tenant: this.#tenant, mailbox }, limits.dueMax)
    )
  }

  async history(mailbox: string, side: Side, ref: Ref, page: HistoryOptions): Promise<HistoryPage> {
    const session = await this.#session(mailbox, {})
    return historyOf(session, side, ref, page, this.#options.messages ?? english)
  }

  async undo(mailbox: string, undone: string, { dryRun = false, by, signal }: UndoOptions): Promise<CycleReport> {
    if (!keepsHistory(this.settings))
      throw new Misuse('no history is kept, so that nothing can be undone', ['settings.history'])
    const session = await this.#session(mailbox, signal === undefined ? {} : { signal })
    return cycle(undoSteps(session, { cycle: undone, by: by ?? session.facts.user, dryRun }))
  }

  async *audit(mailbox: string, signal: AbortSignal | undefined): AsyncGenerator<AuditPage, void, undefined> {
    const session = await this.#session(mailbox, signal === undefined ? {} : { signal })
    yield* auditOf(session, this.#options.messages ?? english)
  }

  async forget(what: ForgetWhat): Promise<Forgotten> {
    const mailboxes = Object.entries(this.#options.mailboxes)
    return forget(
      {
        tenant: this.#tenant,
        holder: this.#holder,
        calls: {},
        links: this.#options.links,
        records: this.#options.records,
        mailboxes: new Map(mailboxes.map(([id, { mail }]) => [id, mail])),
        addressFields: addressFieldsOf(this.settings, this.#options.records),
        claimsIn: this.#claimsIn,
        atWork: this.#atWork,
        claimed: (mailbox) => this.#claimed(mailbox)
      },
      what
    )
  }

  /** A mailbox that the directory has forgotten may have been somebody's: its claim is left. */
  async #claimed(mailbox: string): Promise<string | undefined> {
    const calls: Session['calls'] = {}
    const facts = await need({ calls }, 'links', 'mailbox', this.#directory.mailbox(mailbox))
    if (facts === undefined) return undefined
    const { links, client } = this.#options
    const asking = { tenant: this.#tenant, mailbox, client, claimsIn: this.#claimsIn, clock: this.#clock }
    return ownIdentity({ ...asking, links, facts, calls })
  }

  async #gesture(
    mailbox: string,
    items: ReadonlyArray<Ref>,
    gesture: GestureRequest['gesture'],
    target: Ref | undefined,
    by: string | undefined,
    make: (item: Ref, kind: Kind, by: string, access: Access) => Gesture
  ): Promise<ReadonlyArray<GestureAnswer>> {
    const session = await this.#inUse(mailbox)
    const person = by ?? session.facts.user
    const access = person === session.facts.user ? session.access : await this.#access(session, person)
    const makeFor = (item: Ref, kind: Kind): Gesture => make(item, kind, person, access)
    const answers = await makeGestures(session, { items, gesture, target, by: person, access, make: makeFor })
    this.#tell(mailbox)
    return answers
  }

  async #access(session: Pick<Session, 'calls' | 'directory'>, user: string) {
    const access = await need(session, 'links', 'access', session.directory.access(user))
    const faults = fieldAccessFaults(
      this.settings,
      access.fields as { readonly [field: string]: { readonly [bit: string]: unknown } }
    )
    if (faults.length > 0) throw refused(`access of user ${user}`, faults)
    return access
  }

  /** Of a mailbox as it may be used, after its last set-up test. */
  async #inUse(mailbox: string): Promise<Session> {
    const session = await this.#session(mailbox, {})
    return withUse(session, await readState(session))
  }

  async #session(mailbox: string, options: SyncOptions): Promise<Session> {
    const input = Object.hasOwn(this.#options.mailboxes, mailbox) ? this.#options.mailboxes[mailbox] : undefined
    const calls: { [call: string]: number } = {}
    const facts = await need({ calls }, 'links', 'mailbox', this.#directory.mailbox(mailbox))
    if (input === undefined || facts === undefined)
      throw new Misuse(`no mailbox of this engine has the id ${mailbox}`, ['mailbox'])
    refuse('mailbox', mailboxFaults(`mailboxes.${mailbox}`, facts, this.#options.schedule))
    const access = await this.#access({ calls, directory: this.#directory }, facts.user)
    const fiscal = access.surroundings?.fiscalPeriod
    // A field that the schema has lost since makes the membership unknown; it is no misuse of the directory's.
    refuse('filter', listFaults(`mailboxes.${mailbox}.filters`, facts.filters, {}, fiscal))
    const rules = `mailboxes.${mailbox}.folderRules`
    refuse('folder rules', folderRuleFaults(rules, facts.folderRules, this.settings.maxFolderRules))
    const zones = this.#options.zones ?? platformZones
    refuse('context of filters', surroundingFaults(mailbox, facts, access, { zones }))
    return {
      ...this.#filters,
      tenant: this.#tenant,
      mailbox,
      holder: this.#holder,
      client: this.#options.client,
      claimsIn: this.#claimsIn,
      ...viewed(
        { mail: facts.forward === true ? opened(input.mail) : input.mail, records: this.#options.records },
        this.settings
      ),
      links: this.#options.links,
      directory: this.#directory,
      facts,
      access,
      settings: this.settings,
      converters: { ...shippedConverters, ...this.#options.converters },
      keyed: this.#keyed,
      clock: this.#clock,
      zones,
      log: this.#options.log ?? (() => undefined),
      onProgress: options.onProgress ?? (() => undefined),
      onProbe: options.onProbe ?? (() => undefined),
      onAlert: this.#onAlert,
      signal: options.signal,
      asked:
        options.workloads === undefined
          ? everything
          : { workloads: workloadsNamed('workloads', options.workloads), apart: true },
      dueWithinMs: undefined,
      schedule: this.#options.schedule,
      visitPrice: priceIn(options.visitPrice),
      atWork: this.#atWork,
      audience: () => this.#audience(calls),
      calls,
      commits: { count: 0 }
    }
  }

  /** The tenant's mailboxes, as far as this engine knows them. One that is unknown to the directory concerns nobody. */
  async #audience(calls: Session['calls']): Promise<ReadonlyArray<Audience>> {
    const audience: Array<Audience> = []
    for (const mailbox of Object.keys(this.#options.mailboxes)) {
      const facts = await need({ calls }, 'links', 'mailbox', this.#directory.mailbox(mailbox))
      if (facts === undefined) continue
      audience.push({
        mailbox,
        facts,
        access: await need({ calls }, 'links', 'access', this.#directory.access(facts.user))
      })
    }
    return audience
  }
}

/** Counts at 0 and due at once; what the mailbox has shown of itself is known still. */
const enabledPace = ({ tenant, mailbox }: Session, { learned }: Pace): Pace => ({
  ...freshPaceOf(tenant, mailbox),
  ...(learned === undefined ? {} : { learned })
})

const priceIn = (price: number | undefined): number | undefined => {
  if (price === undefined || (Number.isFinite(price) && price >= 0)) return price
  throw new Misuse('visitPrice: expected a number from 0', ['visitPrice'])
}

const digestKeyOf = (settings: Settings, tenant: string, baseKey: Uint8Array | undefined): Uint8Array => {
  if (settings.base === 'digest' && (baseKey === undefined || baseKey.length < 32)) {
    throw new Misuse('base "digest" needs a baseKey of at least 32 bytes', ['baseKey'])
  }
  // Where values are kept anyway, digests only tell own writes from edits: they need no secret, but their own tenant.
  return baseKey ?? sha256Of(`liaison base ${tenant}`)
}
