/**
 * The ports as an engine of the simulator sees them: every call waits for its turn, meets people's edits and faults,
 * and is watched. The laws that can be judged at a call are judged here.
 */
import { Crash, type FaultError, type FaultOp } from '../../adapters/memory/index.js'
import type { LinkStore, MailStore, RecordStore, Transaction } from '../../engine/ports.js'
import {
  type Answer,
  type Effect,
  fail,
  type Fields,
  type Intent,
  type Link,
  type Page,
  type Ref,
  type Result,
  type Side,
  type Snapshot
} from '../../model/index.js'
import type { Gate } from './gate.js'
import { rows, textIn } from './ledger.js'
import type { Random } from './random.js'
import { type Box, canaryForm, type SimulatedWorld } from './world.js'

/** A law that did not hold, by its number in `docs/proof.md`. @public */
export interface Violation {
  readonly law: number
  readonly what: string
}

/** The kinds of fault that a seed switches on by itself, each with a rate of its own. @public */
export type SimulatedFault =
  | 'transient'
  | 'lost'
  | 'throttled'
  | 'gone'
  | 'cursor-expired'
  | 'empty-listing'
  | 'duplicate-rows'
  | 'mismatch'
  | 'crash'
  | 'late'

export const faultKinds: ReadonlyArray<SimulatedFault> = [
  'transient',
  'lost',
  'throttled',
  'gone',
  'cursor-expired',
  'empty-listing',
  'duplicate-rows',
  'mismatch',
  'crash',
  'late'
]

export interface Storm {
  readonly random: Random
  readonly rates: ReadonlyMap<SimulatedFault, number>
  readonly editRate: number
  /** What a person does now. */
  readonly act: () => Promise<void>
}

interface Hand {
  readonly all: () => ReadonlyArray<Snapshot>
  readonly expireCursors: () => void
}

const leaseTermMs = 11 * 60_000

export class Watch {
  readonly violations: Array<Violation> = []
  readonly trace: Array<string> = []
  readonly faults: { [kind: string]: number } = {}
  /** Records that were no members at some time, by mailbox. */
  readonly everOut = new Set<string>()
  /** Items and records whose pair a person has ended or made again. */
  readonly retracked = new Set<Ref>()
  /** Things that were linked when a person deleted them. */
  readonly linkedAtDeath = new Set<Ref>()
  calls = 0
  writes = 0
  storm: Storm | undefined
  readonly #world: SimulatedWorld
  readonly #gate: Gate
  readonly #tokens = new Map<string, number>()
  readonly #intents = new Map<string, Intent>()
  readonly #firstOps = new Set<string>()
  readonly #standing = new Map<string, Link>()

  constructor(world: SimulatedWorld, gate: Gate) {
    this.#world = world
    this.#gate = gate
  }

  break(law: number, what: string): void {
    this.violations.push({ law, what })
    this.trace.push(`BROKEN ${law} ${what}`)
  }

  mail(engine: string, box: Box): MailStore {
    const { port, host } = box.memory
    const { heads } = port
    const name = (call: string): string => `${engine} mail.${box.id}.${call}`
    return {
      ...port,
      changes: (scope, cursor, max) =>
        this.#changes(name('changes'), 'mail', host, cursor, () =>
          port.changes(scope, cursor, Math.min(max, this.#world.pageMax))
        ),
      read: (refs) => this.#call(name('read'), () => port.read(refs)),
      ...(heads === undefined ? {} : { heads: (refs) => this.#call(name('heads'), () => heads(refs)) }),
      find: (keys) => this.#call(name('find'), () => port.find(keys)),
      write: (effects) =>
        this.#write(name('write'), 'mail', port.can.conditional, host, effects, () => port.write(effects))
    }
  }

  records(engine: string): RecordStore {
    const { port, host } = this.#world.records
    const name = (call: string): string => `${engine} record.${call}`
    return {
      ...port,
      changes: (scope, cursor, max) =>
        this.#changes(name('changes'), 'records', host, cursor, () =>
          port.changes(scope, cursor, Math.min(max, this.#world.pageMax))
        ),
      read: (type, refs, as) => this.#call(name('read'), () => port.read(type, refs, as)),
      members: (query, as, page) =>
        this.#call(name('members'), () =>
          port.members(query, as, { ...page, max: Math.min(page.max, this.#world.pageMax) })
        ),
      lookup: (keys) => this.#call(name('lookup'), () => port.lookup(keys)),
      write: (effects, as) =>
        this.#write(name('write'), 'records', port.can.conditional, host, effects, () => port.write(effects, as))
    }
  }

  links(engine: string): LinkStore {
    const { links } = this.#world
    const name = (call: string): string => `${engine} links.${call}`
    return {
      lease: async (tenant, lease, holder, ttlMs) => {
        const answer = await this.#call(name('lease'), () => links.lease(tenant, lease, holder, ttlMs))
        if (answer._tag === 'Right' && answer.right._tag === 'Leased')
          this.#tokens.set(lease, Math.max(this.#tokens.get(lease) ?? 0, answer.right.lease.token))
        return answer
      },
      release: (lease) => this.#call(name('release'), () => links.release(lease)),
      claim: (tenant, claims) => this.#call(name('claim'), () => links.claim(tenant, claims)),
      raise: (tenant, from, to) => this.#call(name('raise'), () => links.raise(tenant, from, to)),
      linksOf: (tenant, by, refs, mailbox) =>
        this.#call(name('linksOf'), () => links.linksOf(tenant, by, refs, mailbox)),
      walk: (key, after, max) => this.#call(name('walk'), () => links.walk(key, after, max)),
      formerOf: (tenant, by, refs, mailbox) =>
        this.#call(name('formerOf'), () => links.formerOf(tenant, by, refs, mailbox)),
      openIntents: (key, max) => this.#call(name('openIntents'), () => links.openIntents(key, max)),
      append: (key, gestures, atMs) => this.#call(name('append'), () => links.append(key, gestures, atMs)),
      pending: (key, max) => this.#call(name('pending'), () => links.pending(key, max)),
      inbox: (key, after, max) => this.#call(name('inbox'), () => links.inbox(key, after, max)),
      due: (key, max, nowMs) => this.#call(name('due'), () => links.due(key, max, nowMs)),
      dueOf: (key, keys) => this.#call(name('dueOf'), () => links.dueOf(key, keys)),
      decisionsOf: (key, side, refs) => this.#call(name('decisionsOf'), () => links.decisionsOf(key, side, refs)),
      conflicts: (key, max) => this.#call(name('conflicts'), () => links.conflicts(key, max)),
      historyOf: (key, side, ref, before, max) =>
        this.#call(name('historyOf'), () => links.historyOf(key, side, ref, before, max)),
      historyIn: (key, cycle, after, max) =>
        this.#call(name('historyIn'), () => links.historyIn(key, cycle, after, max)),
      mentioning: (tenant, address, max) =>
        this.#call(name('mentioning'), () => links.mentioning(tenant, address, max)),
      forget: (tenant, what) => this.#call(name('forget'), () => links.forget(tenant, what)),
      state: (tenant, document) => this.#call(name('state'), () => links.state(tenant, document)),
      transact: (transaction) => this.#transact(name('transact'), transaction)
    }
  }

  /** `acts`: whether people may act at this very moment. */
  async #enter(name: string, acts = true): Promise<void> {
    await this.#gate.enter()
    this.calls += 1
    this.#world.nowMs += 50
    this.trace.push(`${this.#world.nowMs} ${name}`)
    const { storm } = this
    if (storm === undefined) return
    if (storm.random.chance(storm.editRate) && acts) await storm.act()
    if (this.#strikes('late')) this.#world.nowMs += leaseTermMs
    if (this.#strikes('crash')) throw new Crash('the process dies')
  }

  #strikes(kind: SimulatedFault): boolean {
    const { storm } = this
    const rate = storm?.rates.get(kind)
    if (storm === undefined || rate === undefined || !storm.random.chance(rate)) return false
    this.faults[kind] = (this.faults[kind] ?? 0) + 1
    this.trace.push(`  fault ${kind}`)
    return true
  }

  async #call<A>(name: string, run: () => Answer<A>): Answer<A> {
    await this.#enter(name)
    if (this.#strikes('transient')) return fail({ _tag: 'Transient', message: 'the store did not answer' })
    const answer = await run()
    return this.#strikes('lost') ? fail({ _tag: 'Transient', message: 'the answer was lost', unsure: true }) : answer
  }

  async #changes<S extends Snapshot>(
    name: string,
    store: 'mail' | 'records',
    hand: Hand,
    cursor: string | undefined,
    run: () => Answer<Page<S>>
  ): Answer<Page<S>> {
    await this.#enter(name)
    if (this.#strikes('transient')) return fail({ _tag: 'Transient' })
    if (this.#strikes('throttled')) return fail({ _tag: 'Throttled', retryAfterMs: 1000 })
    if (cursor !== undefined && this.#strikes('gone')) return fail({ _tag: 'Gone', ref: 'folder' })
    if (cursor !== undefined && this.#strikes('cursor-expired')) hand.expireCursors()
    const answer = this.#strikes('empty-listing')
      ? await this.#with(store, ['changes'], 'empty-listing', run)
      : await run()
    if (answer._tag === 'Left' || !this.#strikes('duplicate-rows')) return answer
    return { ...answer, right: { ...answer.right, rows: [...answer.right.rows, ...answer.right.rows] } }
  }

  /** One fault of the memory stores, for this call alone. */
  async #with<A>(
    store: 'mail' | 'records' | 'links',
    ops: ReadonlyArray<FaultOp>,
    error: FaultError,
    run: () => Promise<A>
  ): Promise<A> {
    for (const op of ops) this.#world.faults.add({ store, op, error })
    try {
      return await run()
    } finally {
      this.#world.faults.clear()
    }
  }

  async #write<A>(
    name: string,
    store: 'mail' | 'records',
    conditional: boolean,
    hand: Hand,
    effects: ReadonlyArray<Effect>,
    run: () => Answer<A>
  ): Answer<A> {
    // A store that cannot refuse a stale write leaves a window between the last look and the write that nobody can close.
    await this.#enter(name, conditional)
    const side: Side = store === 'mail' ? 'mail' : 'record'
    for (const effect of effects) this.#judgeEffect(side, effect)
    if (this.#strikes('mismatch') && conditional) await this.storm?.act()
    if (this.#strikes('transient')) return fail({ _tag: 'Transient' })
    if (this.#strikes('throttled')) return fail({ _tag: 'Throttled', retryAfterMs: 1000 })
    const ops = ['create', 'update', 'delete'] as const
    const before = new Map(hand.all().map((thing) => [thing.ref, thing.fields]))
    this.writes += effects.length
    try {
      if (this.#strikes('gone')) return await this.#with(store, ops, 'gone', run)
      if (this.#strikes('crash')) return await this.#with(store, ops, 'crash', run)
      return this.#strikes('lost') ? await this.#with(store, ops, 'lost-response', run) : await run()
    } finally {
      this.#noteWrites(side, before, new Map(hand.all().map((thing) => [thing.ref, thing.fields])), effects)
    }
  }

  #judgeEffect(side: Side, effect: Effect): void {
    const { ledger } = this.#world
    const intent = this.intentOf(side, effect.key)
    if (intent === undefined) {
      this.break(25, `${effect._tag} on ${side} without an intent`)
      return
    }
    const ref = effect._tag === 'Create' ? effect.id : effect.ref
    const other = side === 'mail' ? 'record' : 'mail'
    if (side === 'mail') ledger.pair(ref, intent.source)
    else ledger.pair(intent.source, ref)
    if (effect._tag === 'Delete') this.#judgeDelete(side, ref, intent)
    const values: Fields = effect._tag === 'Update' ? effect.set : effect._tag === 'Create' ? effect.fields : {}
    for (const names of rows) {
      if (!Object.hasOwn(values, names[side])) continue
      const value = textIn(values, names[side])
      const known = ledger.partnersOf(side, ref).some((partner) => ledger.hasHeld(other, partner, names.row, value))
      if (value !== '' && !known) this.break(9, `${names.row} of ${side} ${ref} was written out of thin air: ${value}`)
      const direction = this.#world.directionOf(names.row)
      const isSecured = Object.keys(this.#world.access.fields).length > 0
      if (direction !== 'both' && direction !== (side === 'mail' ? 'toMail' : 'toRecord') && !isSecured)
        this.break(10, `${names.row} was written to ${side} against ${direction}`)
    }
  }

  /** 16: the other thing is gone, has been out of the filter, or a person asked. */
  #judgeDelete(side: Side, ref: Ref, intent: Intent): void {
    const { records, settings } = this.#world
    const isThere =
      side === 'mail' ? records.host.get(intent.source) !== undefined : this.#world.boxOf(intent.source) !== undefined
    if (!isThere || intent.endedBy === 'person') return
    const mayLeave = side === 'mail' && settings.leaveFilter === 'delete' && this.everOut.has(intent.source)
    if (!mayLeave) this.break(16, `${side} ${ref} was deleted though ${intent.source} is there`)
  }

  intentOf(side: Side, key: string): Intent | undefined {
    return this.#intents.get(`${side} ${key}`)
  }

  #noteWrites(
    side: Side,
    before: ReadonlyMap<Ref, Fields>,
    after: ReadonlyMap<Ref, Fields>,
    effects: ReadonlyArray<Effect>
  ): void {
    const { ledger } = this.#world
    let made = effects.filter(({ _tag }) => _tag === 'Create').length
    for (const [ref, fields] of after) {
      const was = before.get(ref)
      if (was === undefined) {
        made -= 1
        const effect =
          effects.find((candidate) => candidate._tag === 'Create' && candidate.id === ref) ??
          effects.find(({ _tag }) => _tag === 'Create')
        const source = effect === undefined ? undefined : this.intentOf(side, effect.key)?.source
        if (source !== undefined) ledger.pair(side === 'mail' ? ref : source, side === 'mail' ? source : ref)
        this.trace.push(`  made ${side} ${ref}`)
        ledger.note('engine', 'create', side, ref, undefined, fields)
      } else if (was !== fields) {
        const { changed } = ledger.note('engine', 'update', side, ref, was, fields)
        this.trace.push(`  wrote ${side} ${ref} ${Object.entries(changed).join(' ')}`)
      }
    }
    for (const ref of before.keys()) {
      if (after.has(ref)) continue
      if (!effects.some((effect) => effect._tag === 'Delete' && effect.ref === ref))
        this.break(12, `${side} ${ref} vanished`)
      this.trace.push(`  deleted ${side} ${ref}`)
      ledger.note('engine', 'delete', side, ref, before.get(ref), undefined)
    }
    if (made < 0) this.break(12, `more was made on ${side} than was asked for`)
  }

  async #transact(name: string, transaction: Transaction): Promise<Result<void>> {
    await this.#enter(name)
    if (this.#strikes('transient')) return fail({ _tag: 'Transient' })
    for (const intent of transaction.intents ?? []) this.#judgeIntent(intent)
    const answer = await this.#world.links.transact(transaction)
    const { lease } = transaction
    if (answer._tag === 'Right' && lease.token < (this.#tokens.get(lease.name) ?? 0))
      this.break(27, `a commit under the old lease ${lease.token} of ${lease.name} was taken`)
    if (answer._tag === 'Right') {
      for (const { item, record, mailbox } of transaction.links ?? []) this.#world.ledger.pair(item, record, mailbox)
      this.#judgeStored(transaction)
    }
    return this.#strikes('lost') ? fail({ _tag: 'Transient', message: 'the answer was lost', unsure: true }) : answer
  }

  #judgeIntent(intent: Intent): void {
    const [cycle = '', round = '', ...key] = intent.key.split(' ')
    this.#intents.set(`${intent.side} ${key.join(' ')}`, intent)
    const op = `${cycle} ${key.join(' ')} ${intent.op}`
    if (round === '1') this.#firstOps.add(op)
    else if (intent.op !== 'update' && !this.#firstOps.has(op))
      this.break(41, `a second decision wanted to ${intent.op} ${intent.side} ${intent.ref}`)
    if (canaryForm.test(JSON.stringify(intent))) this.break(38, 'an intent holds a value')
  }

  /** 14 and 26, for every link that is stored; 38 under digests. */
  #judgeStored(transaction: Transaction): void {
    const { settings } = this.#world
    for (const { id } of transaction.ended ?? []) this.#standing.delete(id)
    for (const link of transaction.links ?? []) {
      this.#standing.set(link.id, link)
      const twin = [...this.#standing.values()].find(
        ({ id, mailbox, item, record }) =>
          id !== link.id && mailbox === link.mailbox && (item === link.item || record === link.record)
      )
      if (twin !== undefined) this.break(14, `${link.item} or ${link.record} of ${link.mailbox} is in two links`)
      if (link.unconfirmed === undefined && link.shape === this.#world.shape.digest) this.#judgeBase(link)
    }
    if (settings.base === 'digest' && canaryForm.test(JSON.stringify(transaction)))
      this.break(38, 'the link store is given a value under base digest')
  }

  #judgeBase(link: Link): void {
    for (const names of rows) {
      const index = this.#world.shape.rows.findIndex(({ name }) => name === names.row)
      for (const side of ['mail', 'record'] as const) {
        const value = link.base[side][index]
        if (
          typeof value === 'string' &&
          !this.#world.ledger.hasHeld(side, side === 'mail' ? link.item : link.record, names.row, value)
        ) {
          this.break(26, `the base of ${names.row} says that ${side} of ${link.item} held what it never held`)
        }
      }
    }
  }
}
