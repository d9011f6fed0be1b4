/**
 * A server: all mailboxes of an engine, in one process, each workload when it is due. When that is says `nextSync`, and
 * the link store remembers it; who goes first, and how many at once, says the planner. Here are the timers, and nothing
 * else decides anything.
 */
import type { InstantMs } from '../../model/index.js'
import { Misuse } from '../../model/index.js'
import { adaptive, createFleet, type Fleet, type RateLimits, type Visit } from '../../schedule/index.js'
import type { NextRuns } from '../next-run.js'
import type { CycleReport } from '../report.js'
import { freshPaceOf } from '../state.js'
import { type Workload, workloadOf, workloads } from '../workload.js'
import type { Engine } from './face.js'
import { timer } from './defaults.js'
import { type Inside, insideOf, type Place } from './inside.js'
import { dueOf, Mailboxes } from './served.js'
import { slices } from './session.js'

/** @public */
export interface ServeOptions {
  /** Ends the server: no cycle begins any more, running ones are told to stop, and `serve` returns when they have. */
  readonly signal: AbortSignal
  /** Told of each cycle. What it throws is logged, and changes nothing. */
  readonly onReport?: (report: CycleReport) => unknown
  /** Of the engine's mailboxes these alone, where several processes share them out. */
  readonly mailboxes?: ReadonlyArray<string>
  /** Cycles at once, 8 by default, and how many may begin within a second. */
  readonly limits?: RateLimits
  /** By server profile (`MailboxInput.profile`): how many of its mailboxes at once. */
  readonly profiles?: { readonly [profile: string]: RateLimits }
  /**
   * Visits per mailbox and day, under the policy `adaptive`: met over weeks by what a visit costs, so that they go where
   * the changes are. 288 is one every five minutes.
   */
  readonly visitsPerDay?: number
  /** A cycle that takes longer is told to stop; one that does not is left alone, and its mailbox tried again later. 10 minutes by default. */
  readonly cycleMsMax?: number
  /** Waits so many milliseconds, or until the signal: for tests, beside the engine's clock. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<void>
}

/**
 * Runs all mailboxes of an engine until it is told to stop. What it knows of when they are due is in the link store, so
 * that another process, or this one after a restart, goes on where it stopped: what is overdue first. Several processes
 * may serve the same mailboxes: a lease says who works on which.
 *
 * @example
 * ```ts
 * import { createEngine, serve } from 'liaison'
 *
 * const stop = new AbortController()
 * process.once('SIGTERM', () => stop.abort())
 * await serve(createEngine({ mailboxes, records, links }), { signal: stop.signal })
 * ```
 * @public
 */
export const serve = async (engine: Engine, options: ServeOptions): Promise<void> => {
  const server = new Server(engine, insideOf(engine), options)
  await server.run()
}

/** Mailboxes that nobody in this process may hear of are looked at again after this time. */
const lookAgainMs = 5 * 60_000
/** Another process is at work on it, or something has failed that no pace knows of. */
const busyDelayMs = 60_000
const failedDelayMs = 5 * 60_000
/** What a cycle has to end in once it was told to stop. */
const graceMs = 30_000
/** A cycle that does not end keeps its lease for as long. */
const hungDelayMs = 12 * 60_000
/** A few mailboxes that are new start at once; of a herd one a second, and all of them within five minutes. */
const inFlightMax = 8
const herdMsMax = 5 * 60_000
/** Mailboxes that are asked about at once when a server starts. */
const asksAtOnce = 32
/** Workloads of one mailbox that are due within this time share a session. */
const shareMs = 20_000

class Server {
  readonly #engine: Engine
  readonly #inside: Inside
  readonly #options: ServeOptions
  readonly #ids: ReadonlyArray<string>
  readonly #wait: NonNullable<ServeOptions['wait']>
  readonly #running = new Set<Promise<void>>()
  readonly #stale = new Set<string>()
  readonly #servers = new Map<string, string>()
  #budgeted = 0
  /** What a visit costs where nothing is short. */
  #price = adaptive.visitPrice
  #wake = new AbortController()

  constructor(engine: Engine, inside: Inside, options: ServeOptions) {
    this.#engine = engine
    this.#inside = inside
    this.#options = options
    this.#ids = options.mailboxes ?? engine.mailboxes
    this.#wait = options.wait ?? timer
    const unknown = this.#ids.findIndex((id) => !engine.mailboxes.includes(id))
    if (unknown >= 0)
      throw new Misuse(`mailboxes.${unknown}: expected a mailbox of the engine`, [`mailboxes.${unknown}`])
    const { cycleMsMax = defaultCycleMsMax } = options
    if (!(cycleMsMax >= 1000)) throw new Misuse('cycleMsMax: expected a number from 1000', ['cycleMsMax'])
  }

  async run(): Promise<void> {
    const { signal } = this.#options
    if (signal.aborted) return
    const stop = (): void => this.#wake.abort(over)
    signal.addEventListener('abort', stop)
    const unlisten = this.#inside.listen((mailbox) => {
      this.#stale.add(mailbox)
      this.#wake.abort(over)
    })
    try {
      await this.#serve()
    } finally {
      unlisten()
      signal.removeEventListener('abort', stop)
    }
  }

  async #serve(): Promise<void> {
    const { signal } = this.#options
    const places = await this.#ofEach((id) => this.#inside.placeOf(id))
    const fleet = this.#fleetOf([...places.values()])
    // What each mailbox is reached through: its server profile, or a server of its own.
    for (const id of this.#ids) {
      const profile = places.get(id)?.profile
      this.#servers.set(id, profile === undefined ? `mailbox ${id}` : serverOf(profile))
    }
    const mailboxes = new Mailboxes(fleet, this.#inside.tenant, this.#servers)
    const listening = this.#ids.flatMap((id) => this.#listenTo(id))
    await this.#begin(mailboxes)
    let lookAtMs = this.#inside.clock() + lookAgainMs
    while (!signal.aborted) {
      this.#wake = new AbortController()
      const nowMs = this.#inside.clock()
      if (nowMs >= lookAtMs) {
        for (const id of this.#ids) if (mailboxes.isQuiet(id)) this.#stale.add(id)
        lookAtMs = nowMs + lookAgainMs
      }
      this.#lookAgain(mailboxes)
      this.#budget(fleet, mailboxes)
      this.#notices(fleet)
      for (let visit = this.#take(fleet); visit !== undefined; visit = this.#take(fleet))
        this.#follow(this.#visit(fleet, mailboxes, visit))
      if (signal.aborted) break
      const untilMs = Math.min(lookAtMs, fleet.nextAtMs(this.#inside.clock()) ?? lookAtMs)
      await this.#wait(Math.max(1, untilMs - this.#inside.clock()), this.#wake.signal)
    }
    const patience = new AbortController()
    const all = Promise.all([...this.#running, ...listening]).finally(() => patience.abort(over))
    await Promise.race([all, this.#wait(2 * graceMs, patience.signal)])
  }

  #take(fleet: Fleet): Visit | undefined {
    return this.#options.signal.aborted ? undefined : fleet.take(this.#inside.clock())
  }

  #fleetOf(places: ReadonlyArray<Place>): Fleet {
    const { limits, profiles = {}, cycleMsMax = defaultCycleMsMax } = this.#options
    const nowMs = this.#inside.clock()
    const priced = places
      .flatMap(({ policies }) => policies)
      .flatMap((each) => (each.name === 'adaptive' ? [each] : []))
    this.#price = Math.min(...priced.map(({ visitPrice }) => visitPrice), ...(priced.length === 0 ? [this.#price] : []))
    const fleet = createFleet(
      {
        inFlightMax,
        ...limits,
        shareMs,
        // Whoever hangs is noticed here before the planner takes the visit back.
        leaseMs: cycleMsMax + 4 * graceMs,
        ...(priced.length === 0
          ? {}
          : {
              price: { initial: this.#price },
              delayMsMin: Math.min(...priced.map(({ delayMsMin }) => delayMsMin)),
              delayMsMax: Math.max(...priced.map(({ delayMsMax }) => delayMsMax))
            })
      },
      nowMs
    )
    for (const [profile, each] of Object.entries(profiles)) fleet.server(serverOf(profile), each, nowMs)
    return fleet
  }

  /** Asks of each mailbox, a few at a time. One that cannot be asked about is left out. */
  async #ofEach<A>(ask: (id: string) => Promise<A>): Promise<ReadonlyMap<string, A>> {
    const answers = new Map<string, A>()
    for (const ids of slices(this.#ids, asksAtOnce))
      await Promise.all(
        ids.map(async (id) => {
          const answer = await this.#quietly(id, () => ask(id))
          if (answer !== undefined) answers.set(id, answer)
        })
      )
    return answers
  }

  /** What was stored says when each is due. New ones start at once, but for a herd, which is spread by their names. */
  async #begin(mailboxes: Mailboxes): Promise<void> {
    const found = await this.#ofEach((id) => this.#engine.nextRun(id))
    const nowMs = this.#inside.clock()
    const fresh = [...found].filter(([, runs]) => Object.values(runs).every(({ reason }) => reason === 'new'))
    const atOnce = this.#options.limits?.inFlightMax ?? inFlightMax
    const herdMs = Math.min(herdMsMax, Math.max(0, fresh.length - atOnce) * 1000)
    const spread = new Set(herdMs > 0 ? fresh.map(([id]) => id) : [])
    for (const [id, runs] of found) mailboxes.told(id, spread.has(id) ? this.#later(id, runs, herdMs) : runs, nowMs)
  }

  #later(id: string, runs: NextRuns, herdMs: number): NextRuns {
    const { seed = 0 } = freshPaceOf(this.#inside.tenant, id)
    const delayMs = Math.floor((seed / 2 ** 32) * herdMs)
    return Object.fromEntries(
      Object.entries(runs).map(([workload, run]) => [
        workload,
        run.dueAtMs === undefined ? run : { ...run, dueAtMs: run.dueAtMs + delayMs }
      ])
    )
  }

  /** Mailboxes that may be due at another time than the planner knows. One that does not answer holds nobody up. */
  #lookAgain(mailboxes: Mailboxes): void {
    for (const id of this.#stale) {
      if (!this.#ids.includes(id)) continue
      this.#follow(
        this.#quietly(id, () => this.#engine.nextRun(id)).then((runs) => {
          if (runs !== undefined) mailboxes.told(id, runs, this.#inside.clock())
        })
      )
    }
    this.#stale.clear()
  }

  /** A mailbox has two schedules where both of its workloads are in use: the budget is told for each of them. */
  #budget(fleet: Fleet, mailboxes: Mailboxes): void {
    const { visitsPerDay } = this.#options
    if (visitsPerDay === undefined || mailboxes.size === 0 || mailboxes.size === this.#budgeted) return
    this.#budgeted = mailboxes.size
    const each = (visitsPerDay * this.#ids.length) / mailboxes.size
    fleet.tenant(this.#inside.tenant, { visitsPerDay: each }, this.#inside.clock())
  }

  #notices(fleet: Fleet): void {
    for (const { notice, begins, neededPerSecond, allowedPerSecond } of fleet.notices())
      this.#log('info', `${notice} ${begins ? 'begins' : 'ends'}`, { neededPerSecond, allowedPerSecond })
  }

  /** Something that runs beside the loop, which looks up when it ends. */
  #follow(work: Promise<void>): void {
    const running = work.finally(() => {
      this.#running.delete(running)
      this.#wake.abort(over)
    })
    this.#running.add(running)
  }

  async #visit(fleet: Fleet, mailboxes: Mailboxes, visit: Visit): Promise<void> {
    const handles = [visit.handle, ...visit.companions]
    const served = handles.flatMap((handle) => mailboxes.of(handle) ?? [])
    const [first] = served
    if (first === undefined) return
    const { mailbox } = first
    const stop = new AbortController()
    const ended = new AbortController()
    const cycle = this.#cycle(
      fleet,
      visit.handle,
      mailbox,
      served.map(({ workload }) => workload),
      stop.signal
    ).finally(() => ended.abort(over))
    const nexts = await Promise.race([cycle, this.#patience(mailbox, cycle, stop, ended.signal)])
    ended.abort(over)
    const nowMs = this.#inside.clock()
    for (const handle of handles) {
      const workload = mailboxes.of(handle)?.workload
      const next = workload === undefined ? undefined : nexts[workload]
      fleet.done(handle, visit.lease, next === undefined ? {} : dueOf(next), nowMs)
    }
  }

  /** One cycle of what is due of a mailbox, and when each workload is due again. */
  async #cycle(
    fleet: Fleet,
    handle: number,
    mailbox: string,
    asked: ReadonlyArray<Workload>,
    signal: AbortSignal
  ): Promise<NextRuns> {
    try {
      const visit = { workloads: asked, dueWithinMs: shareMs, visitPrice: this.#priceOf(fleet, handle), signal }
      const report = await this.#inside.visit(mailbox, visit)
      if (report !== undefined) await this.#told(report)
      if (report?.stoppedBy?.code === 'throttled' && report.stoppedBy.side === 'mail') this.#throttled(fleet, mailbox)
      const after = await this.#engine.nextRun(mailbox)
      return report === undefined ? after : notYet(after, asked, this.#inside.clock(), delayAfter(report))
    } catch (thrown) {
      this.#log('error', 'a cycle could not be run', { mailbox, error: nameOf(thrown) })
      return tryAgain(asked, this.#inside.clock() + failedDelayMs)
    }
  }

  /** The planner's price where it shares a budget out, or where there is more to do than may be done; else the policy's. */
  #priceOf(fleet: Fleet, handle: number): number | undefined {
    const price = fleet.visitPrice(handle)
    return this.#options.visitsPerDay !== undefined || price > this.#price * 1.01 ? price : undefined
  }

  #throttled(fleet: Fleet, mailbox: string): void {
    const server = this.#servers.get(mailbox)
    if (server !== undefined) fleet.throttled(server, this.#inside.clock())
  }

  /** A cycle that takes too long is told to stop, and each when the server is; one that goes on all the same holds nobody else up. */
  async #patience(
    mailbox: string,
    cycle: Promise<NextRuns>,
    stop: AbortController,
    ended: AbortSignal
  ): Promise<NextRuns> {
    const { cycleMsMax = defaultCycleMsMax, signal } = this.#options
    const hurry = new AbortController()
    const end = (): void => hurry.abort(over)
    for (const each of [ended, signal]) each.addEventListener('abort', end)
    if (ended.aborted || signal.aborted) end()
    await this.#wait(cycleMsMax, hurry.signal)
    for (const each of [ended, signal]) each.removeEventListener('abort', end)
    if (ended.aborted) return cycle
    stop.abort()
    await this.#wait(graceMs, ended)
    if (ended.aborted) return cycle
    this.#log('error', 'a cycle does not end', { mailbox })
    return tryAgain(workloads, this.#inside.clock() + hungDelayMs)
  }

  async #told(report: CycleReport): Promise<void> {
    try {
      await this.#options.onReport?.(report)
    } catch (thrown) {
      this.#log('error', 'the listener for reports threw', { mailbox: report.mailbox, error: nameOf(thrown) })
    }
  }

  /** Pushes of a mail store, for as long as the server runs; where they end, they are asked for again. */
  #listenTo(mailbox: string): ReadonlyArray<Promise<void>> {
    const store = this.#inside.stores.get(mailbox)
    return store?.hints === undefined ? [] : [this.#listen(mailbox, (signal) => store.hints?.(signal))]
  }

  async #listen(
    mailbox: string,
    hintsOf: (signal: AbortSignal) => AsyncIterable<{ readonly scope?: string }> | undefined
  ): Promise<void> {
    const { signal } = this.#options
    while (!signal.aborted) {
      await this.#quietly(mailbox, async () => {
        for await (const { scope } of hintsOf(signal) ?? []) {
          if (signal.aborted) return
          await this.#engine.hint(mailbox, scope === undefined ? {} : { workload: workloadOf(scope) })
        }
      })
      if (!signal.aborted) await this.#wait(busyDelayMs, signal)
    }
  }

  async #quietly<A>(mailbox: string, ask: () => Promise<A>): Promise<A | undefined> {
    try {
      return await ask()
    } catch (thrown) {
      this.#log('error', 'a mailbox could not be asked about', { mailbox, error: nameOf(thrown) })
      return undefined
    }
  }

  #log(level: 'error' | 'info', message: string, facts: { readonly [name: string]: string | number | boolean }): void {
    this.#inside.log({ level, message, facts })
  }
}

/** Why a wait ends: an abort without a reason makes an error each time. */
const over = 'over'

const defaultCycleMsMax = 10 * 60_000

const serverOf = (profile: string): string => `profile ${profile}`

/** Never what an error says: it may quote somebody's mail. */
const nameOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.name : typeof thrown)

/** A cycle that was not begun has moved no pace: its mailbox is asked again all the same, and not at once. */
const delayAfter = ({ cycle, nextDelayMs, outcome }: CycleReport): number | undefined => {
  if (cycle !== 'none') return undefined
  return nextDelayMs ?? (outcome === 'interrupted' ? busyDelayMs : failedDelayMs)
}

const notYet = (
  runs: NextRuns,
  done: ReadonlyArray<Workload>,
  nowMs: InstantMs,
  delayMs: number | undefined
): NextRuns =>
  delayMs === undefined
    ? runs
    : Object.fromEntries(
        Object.entries(runs).map(([workload, run]) => [
          workload,
          run.dueAtMs === undefined || !done.some((each) => each === workload)
            ? run
            : { ...run, dueAtMs: Math.max(run.dueAtMs, nowMs + delayMs) }
        ])
      )

const tryAgain = (asked: ReadonlyArray<Workload>, dueAtMs: InstantMs): NextRuns =>
  Object.fromEntries(asked.map((workload) => [workload, { dueAtMs, reason: 'failure', facts: {}, text: '' }]))
