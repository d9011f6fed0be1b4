/**
 * One run: a world is made and synced, perturbed on both sides, and synced under faults while people go on; then
 * everything heals, settles, and is judged. A seed gives the same run, byte for byte.
 */
import { Crash } from '../../adapters/memory/index.js'
import type { LinkStore, MailStore, RecordStore } from '../../engine/ports.js'
import type { CycleReport } from '../../engine/report.js'
import { createEngine, type Engine, type LogEntry } from '../../engine/run/index.js'
import { canonicalJson, fingerprint, sha256Of } from '../../model/index.js'
import { checkSettled } from './check.js'
import { type Gate, gateOf } from './gate.js'
import { type Habits, People } from './people.js'
import { type Random, randomOf } from './random.js'
import { faultKinds, type SimulatedFault, type Violation, Watch } from './watch.js'
import { type Box, canaryForm, SimulatedWorld, type WorldGiven } from './world.js'

/** What an engine gets in place of the true ports: a planted bug, in tests of the laws themselves. @public */
export interface Sabotage {
  readonly mail?: (store: MailStore) => MailStore
  readonly records?: (store: RecordStore) => RecordStore
  readonly links?: (store: LinkStore) => LinkStore
  readonly log?: (entry: LogEntry) => LogEntry
}

/** What one run is given; everything else is drawn from the seed. @public */
export interface SimulateOptions extends WorldGiven {
  /** Engines that share the work: holders of leases of one tenant. */
  readonly engines?: 1 | 2
  readonly cycles?: number
  /** Kinds of fault that may be drawn; none: a quiet world in which people act between cycles only. */
  readonly faults?: ReadonlyArray<SimulatedFault>
  readonly habits?: Partial<Habits>
  readonly sabotage?: Sabotage
}

/** What came of one run. @public */
export interface SimulationReport {
  readonly seed: number
  readonly violations: ReadonlyArray<Violation>
  readonly trace: ReadonlyArray<string>
  /** Digest over the trace and everything that is stored. */
  readonly digest: string
  readonly stored: string
  readonly rounds: number
  readonly calls: number
  readonly writes: number
  readonly cycles: number
  readonly acts: number
  readonly faults: { readonly [kind: string]: number }
}

const roundsMax = 20

/** @public */
export const simulate = async (seed: number, options: SimulateOptions = {}): Promise<SimulationReport> =>
  new Simulation(seed, options).run()

const defaultHabits: Habits = { edit: 10, remove: 1, create: 1, move: 1, gesture: 1 }

class Simulation {
  readonly #seed: number
  readonly #options: SimulateOptions
  readonly #random: Random
  readonly #world: SimulatedWorld
  readonly #gate: Gate
  readonly #watch: Watch
  readonly #people: People
  readonly #engines = new Map<string, Engine>()
  #cycles = 0
  #last: CycleReport | undefined

  constructor(seed: number, options: SimulateOptions) {
    this.#seed = seed
    this.#options = options
    this.#random = randomOf(seed)
    const mailboxes = options.mailboxes ?? (this.#random.chance(0.3) ? 2 : 1)
    this.#world = new SimulatedWorld(randomOf(seed, 1), { ...options, mailboxes })
    this.#gate = gateOf(randomOf(seed, 2))
    this.#watch = new Watch(this.#world, this.#gate)
    const { boxes, records, links } = this.#world
    const hand = this.#make(
      'hand',
      Object.fromEntries(boxes.map((box) => [box.id, box.memory.port])),
      records.port,
      links
    )
    this.#people = new People(
      this.#world,
      this.#watch,
      randomOf(seed, 3),
      { ...defaultHabits, ...options.habits },
      hand
    )
  }

  async run(): Promise<SimulationReport> {
    try {
      await this.#begin()
      await this.#live()
      const rounds = await this.#settle()
      await this.#staysQuiet()
      this.#madeIsNamed()
      checkSettled(this.#world, this.#watch)
      const { counters: _counters, ...tables } = this.#world.links.dump()
      const ours = Object.values(tables).flatMap((table) => table.filter(({ tenant }) => tenant === this.#world.tenant))
      if (this.#world.settings.base === 'digest') this.#judgeText('link store under base digest', ours)
      return this.#report(rounds)
    } catch (thrown) {
      this.#watch.break(0, thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown))
      if (thrown instanceof Error) this.#watch.trace.push(thrown.stack ?? '')
      return this.#report(roundsMax)
    }
  }

  #make(holder: string, mail: { readonly [id: string]: MailStore }, records: RecordStore, links: LinkStore): Engine {
    return createEngine({
      tenant: this.#world.tenant,
      mailboxes: Object.fromEntries(
        Object.entries(mail).map(([id, store]) => [id, { address: `${id}@contoso.test`, mail: store }])
      ),
      records,
      links,
      directory: this.#world.directory(),
      preset: this.#world.preset,
      settings: this.#world.input,
      baseKey: sha256Of('simulator'),
      clock: () => this.#world.nowMs,
      seed: holder,
      zones: { version: 'simulated', offsetMs: () => 0 },
      log: (entry) => this.#judgeText('log', this.#options.sabotage?.log?.(entry) ?? entry)
    })
  }

  /** Nothing of an engine outlives its death: the next one is made anew. */
  #engine(holder: string): Engine {
    const standing = this.#engines.get(holder)
    if (standing !== undefined) return standing
    const { sabotage } = this.#options
    const mailOf = (box: Box): MailStore =>
      sabotage?.mail?.(this.#watch.mail(holder, box)) ?? this.#watch.mail(holder, box)
    const engine = this.#make(
      holder,
      Object.fromEntries(this.#world.boxes.map((box) => [box.id, mailOf(box)])),
      sabotage?.records?.(this.#watch.records(holder)) ?? this.#watch.records(holder),
      sabotage?.links?.(this.#watch.links(holder)) ?? this.#watch.links(holder)
    )
    this.#engines.set(holder, engine)
    return engine
  }

  async #sync(holder: string, mailbox: string): Promise<CycleReport | undefined> {
    this.#cycles += 1
    this.#world.ledger.cycle += 1
    this.#watch.trace.push(`${holder} syncs ${mailbox}`)
    try {
      const report = await this.#engine(holder).sync(mailbox)
      this.#judgeText('report', report)
      this.#watch.trace.push(
        `${holder} ${mailbox}: ${report.outcome} ${report.decisions.map(({ item, record, code }) => `${item ?? '-'}/${record ?? '-'}=${code}`).join(' ')}`
      )
      this.#last = report
      return report
    } catch (thrown) {
      if (!(thrown instanceof Crash)) {
        this.#judgeText('error', thrown instanceof Error ? thrown.message : String(thrown))
        throw thrown
      }
      this.#engines.delete(holder)
      this.#watch.trace.push(`${holder} dies`)
      this.#madeIsNamed()
      return undefined
    }
  }

  /** 38. Nothing that a person typed is in what goes to whoever operates the host. */
  #judgeText(where: string, what: unknown): void {
    if (canaryForm.test(JSON.stringify(what) ?? '')) this.#watch.break(38, `a value stands in a ${where}`)
  }

  /** 25. Whatever is there because of the engine is named by a link, a former link, an intent or a claim. */
  #madeIsNamed(): void {
    const { ledger, links, records } = this.#world
    const dump = links.dump()
    const named = new Set([
      ...dump.claims.map(({ claim }) => claim.id),
      ...dump.intents.map(({ row }) => row.ref),
      ...[...dump.links, ...dump.former].flatMap(({ row }) => [row.item, row.record])
    ])
    for (const { by, op, side, ref } of ledger.entries) {
      if (by !== 'engine' || op !== 'create' || named.has(ref)) continue
      const stands = side === 'mail' ? this.#world.boxOf(ref) !== undefined : records.host.get(ref) !== undefined
      if (stands) this.#watch.break(25, `${side} ${ref} was made and nothing names it`)
    }
  }

  /** One world, in step. */
  async #begin(): Promise<void> {
    const [ann] = this.#world.boxes
    if (ann === undefined) throw new Error('a world has a mailbox')
    const { preset, settings, access } = this.#world
    this.#watch.trace.push(
      canonicalJson([
        preset,
        { ...settings, mappings: {} },
        access.fields,
        ann.memory.port.can,
        this.#world.records.port.can
      ])
    )
    const pairs = this.#options.pairs ?? 1 + this.#random.below(3)
    for (let pair = 0; pair < pairs; pair += 1) {
      if (this.#random.chance(0.6)) this.#people.putRecord('ann')
      else {
        const item = this.#people.putItem(ann)
        await this.#hand().track('ann', item)
      }
    }
    for (let round = 0; round < 2; round += 1) for (const { id } of this.#world.boxes) await this.#sync('one', id)
  }

  #hand(): Engine {
    const { boxes, records, links } = this.#world
    return this.#make('hand', Object.fromEntries(boxes.map((box) => [box.id, box.memory.port])), records.port, links)
  }

  /** Perturbed on both sides, then cycles under faults with people at work. */
  async #live(): Promise<void> {
    const kinds = this.#options.faults ?? faultKinds
    const rates = new Map(
      kinds.filter(() => this.#random.chance(0.4)).map((kind) => [kind, 0.005 + this.#random.next() * 0.1])
    )
    const cycles = this.#options.cycles ?? 2 + this.#random.below(3)
    const isStorm = kinds.length > 0
    for (let cycle = 0; cycle < cycles; cycle += 1) {
      for (let acts = this.#random.below(4); acts > 0; acts -= 1) await this.#people.act()
      if (isStorm)
        this.#watch.storm = {
          random: this.#random,
          rates,
          editRate: this.#random.chance(0.5) ? 0.03 : 0,
          act: () => this.#people.act()
        }
      await this.#cyclesAtOnce()
      this.#watch.storm = undefined
      this.#world.nowMs += this.#random.pick([1000, 60_000, 11 * 60_000])
      await this.#approve(0.5)
    }
  }

  async #cyclesAtOnce(): Promise<void> {
    const ids = this.#world.boxes.map(({ id }) => id)
    const engines = this.#options.engines ?? (this.#random.chance(0.4) ? 2 : 1)
    if (engines === 2) {
      await this.#gate.race(
        ['one', 'two'].map((holder, index) => () => this.#sync(holder, ids[index % ids.length] ?? 'ann'))
      )
      return
    }
    for (const id of ids) await this.#sync('one', id)
  }

  async #approve(probability: number): Promise<void> {
    const report = this.#last
    for (const { planHash } of report?.held ?? [])
      if (this.#random.chance(probability)) await this.#hand().approve(report?.mailbox ?? 'ann', planHash)
  }

  /** 1. Healed, the world comes to rest within a bound. */
  async #settle(): Promise<number> {
    // What a dead engine held runs out.
    this.#world.nowMs += 11 * 60_000
    for (const { id } of this.#world.boxes) await this.#engine('one').enable(id)
    let quiet = 0
    for (let round = 1; round <= roundsMax; round += 1) {
      const before = this.#watch.writes
      const rows = this.#rows()
      for (const { id } of this.#world.boxes) {
        this.#world.nowMs += 11 * 60_000
        await this.#sync('one', id)
        await this.#approve(1)
      }
      quiet = this.#watch.writes === before && this.#rows() === rows ? quiet + 1 : 0
      if (quiet === 2) return round
    }
    this.#watch.break(1, `does not come to rest within ${roundsMax} rounds`)
    return roundsMax
  }

  /** Rows of links and journal: what a quiet cycle must leave as it is. Of an open question only its time moves. */
  #rows(): string {
    const { links, former, intents, claims, decisions, conflicts, pending, inbox, due } = this.#world.links.dump()
    const ours = <A extends { readonly tenant: string }>(table: ReadonlyArray<A>): ReadonlyArray<A> =>
      table.filter(({ tenant }) => tenant === this.#world.tenant)
    const waits = new Set(ours(due).map(({ row }) => row.key))
    const timeless = ours(links).map(({ row }) => (waits.has(row.id) ? { ...row, decided: row.decided.code } : row))
    const said = ours(decisions).map(({ row }) => ({ ...row, cycle: '', atMs: 0 }))
    // Other feeds give the same rows again and again; they come to nothing.
    const repeats = this.#world.records.port.can.feed !== 'log'
    const inboxes = repeats ? [] : [said, ours(inbox)]
    return JSON.stringify([
      timeless,
      ours(former),
      ours(intents),
      ours(claims),
      ours(conflicts),
      ours(pending),
      ...inboxes
    ])
  }

  /** 3. At rest nothing is written, and no row of links and journal changes. */
  async #staysQuiet(): Promise<void> {
    const writes = this.#watch.writes
    const rows = this.#rows()
    for (const { id } of this.#world.boxes) await this.#sync('one', id)
    if (this.#watch.writes !== writes) this.#watch.break(3, `${this.#watch.writes - writes} writes at rest`)
    const now = this.#rows()
    if (now !== rows) this.#watch.break(3, `rows of links or journal changed at rest: ${firstDifference(rows, now)}`)
  }

  #report(rounds: number): SimulationReport {
    const { boxes, records, links } = this.#world
    const stored = JSON.stringify([links.dump(), records.host.all(), boxes.map(({ memory }) => memory.host.all())])
    const { violations, trace, calls, writes, faults } = this.#watch
    return {
      seed: this.#seed,
      violations,
      trace,
      stored,
      digest: fingerprint([...trace, stored].join('\n')),
      rounds,
      calls,
      writes,
      cycles: this.#cycles,
      acts: this.#people.acts,
      faults
    }
  }
}

const firstDifference = (x: string, y: string): string => {
  let at = 0
  while (at < x.length && x[at] === y[at]) at += 1
  return `${x.slice(Math.max(0, at - 200), at + 40)} / ${y.slice(at, at + 40)}`
}
