/**
 * The engine as an application holds it: promises and plain data. It keeps nothing of a mailbox in memory between
 * calls; everything it knows is in the link store.
 */
import { converters as shippedConverters } from '../../mapping/index.js'
import type {
  ConflictRow,
  DecisionAnswer,
  Forgotten,
  Gesture,
  InstantMs,
  KeyedDigest,
  Kind,
  Ref,
  Side
} from '../../model/index.js'
import { keyedDigest, limits, Misuse, sha256Of, uuidOf } from '../../model/index.js'
import { alertLevels, testAlert } from '../alerts.js'
import type { CheckAnswer, CheckedMessage, PromotedMessage } from '../check.js'
import { cycle } from '../cycle.js'
import type { AuditPage } from '../audit/report.js'
import { type Explanation, explain as explained, messages as english } from '../explain.js'
import { mailboxFaults } from '../mailbox.js'
import { keepsHistory } from '../history.js'
import { everybody } from '../owner.js'
import { type Pane, paneOf, type Status, statusOf } from '../pane.js'
import type { Access, Directory, StateDocument } from '../ports.js'
import type { CycleReport } from '../report.js'
import { careful, layOver, presets, type Settings } from '../settings.js'
import { fieldAccessFaults, settingsFaults } from '../settings.codec.js'
import { freshPace } from '../../schedule/index.js'
import { type NextRuns, runMessages } from '../next-run.js'
import { scheduleFaults } from '../policies.js'
import { type SetUpTest, setUpOf } from '../setup.js'
import { documents, type MailboxState, withParts } from '../state.js'
import { everything, type Workload, workloads } from '../workload.js'
import { folderRuleFaults } from '../track/folder-rules.js'
import type { SetUp } from '../methods.js'
import { listenerOf } from './alert.js'
import { auditOf } from './audit.js'
import { checkIncoming, checkPromote } from './check.js'
import { commitTo } from './commit.js'
import { oneUser, platformZones, randomSeed, systemClock } from './defaults.js'
import { listFaults, surroundingFaults } from './filters.js'
import { append, type GestureAnswer, type GestureRequest, makeGestures } from './gesture.js'
import { addressFieldsOf, forget, type ForgetWhat } from './forget.js'
import { opened } from './forward.js'
import { type HistoryOptions, type HistoryPage, historyOf } from './history.js'
import { noteRequest, workloadsNamed } from './hint.js'
import { explainBy } from './explain.js'
import { type Inside, keepInside } from './inside.js'
import { nextRunsOf } from './next-run.js'
import { notDue, takeMailbox, withUse } from './open.js'
import { readState } from './read-state.js'
import { policyOf } from './opened.js'
import { enabledPace } from './pace.js'
import { ownIdentity, takeOver } from './owner.js'
import { decisionOf, linkOf, overdueFacts, pendingOf } from './questions.js'
import { paneFactsOf } from './pane.js'
import { keepProfile } from './profile.js'
import { type ShapeFor, shapesFor } from './shapes.js'
import { type AtWork, type Audience, type FilterOptions, need, type Session } from './session.js'
import { setUpTestOf } from './set-up-test.js'
import { stepsOf } from './steps.js'
import { viewed } from './viewed.js'
import { type UndoOptions, undoSteps } from './undo.js'
import type { EngineOptions, SyncOptions, TrackOptions, Engine } from './face.js'

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
  readonly #shapeFor: ShapeFor
  readonly #clock: () => InstantMs
  readonly #filters: FilterOptions
  readonly #onAlert: Session['onAlert']
  readonly #claimsIn: string
  readonly #atWork: AtWork = { turns: 0, mailboxes: new Set(), feeds: new Set(), hints: new Map() }
  readonly #listeners = new Set<(mailbox: string) => void>()

  constructor(options: EngineOptions) {
    this.#options = options
    this.settings = settingsOf(options)
    this.#shapeFor = shapesFor(this.settings, { ...shippedConverters, ...options.converters })
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
      withParts(state, (part, workload) => ({ ...part, pace: enabledPace(session, workload, part.pace) }))
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
      shapeFor: this.#shapeFor,
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
