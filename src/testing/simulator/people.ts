/** What people do while the engine works: edits, deletions, gestures, on either side, at any call. */
import type { Engine } from '../../engine/run/index.js'
import type { Fields, Ref, Side } from '../../model/index.js'
import { rows } from './ledger.js'
import type { Random } from './random.js'
import type { Watch } from './watch.js'
import type { Box, SimulatedWorld } from './world.js'

/** What people may do, with how often. @public */
export interface Habits {
  readonly edit: number
  readonly remove: number
  readonly create: number
  readonly move: number
  readonly gesture: number
}

export class People {
  readonly #world: SimulatedWorld
  readonly #watch: Watch
  readonly #random: Random
  readonly #habits: Habits
  readonly #engine: Engine
  acts = 0

  constructor(world: SimulatedWorld, watch: Watch, random: Random, habits: Habits, engine: Engine) {
    this.#world = world
    this.#watch = watch
    this.#random = random
    this.#habits = habits
    this.#engine = engine
  }

  async act(): Promise<void> {
    this.acts += 1
    const { edit, remove, create, move, gesture } = this.#habits
    let at = this.#random.next() * (edit + remove + create + move + gesture)
    for (const [rate, act] of [
      [edit, () => this.edit()],
      [remove, () => this.remove()],
      [create, () => this.create()],
      [move, () => this.move()],
      [gesture, () => this.gesture()]
    ] as const) {
      if (at < rate) return act()
      at -= rate
    }
  }

  async edit(): Promise<void> {
    const side: Side = this.#random.chance(0.5) ? 'mail' : 'record'
    const names = this.#random.pick(rows)
    const ref = this.#any(side)
    if (ref === undefined) return
    const value = this.#random.chance(0.08) ? null : this.#world.canary()
    this.set(side, ref, { [names[side]]: value })
    if (!this.#random.chance(0.05)) return
    const partner = this.#world.ledger.partnersOf(side, ref)[0]
    const other = side === 'mail' ? 'record' : 'mail'
    if (partner !== undefined && this.#has(other, partner)) this.set(other, partner, { [names[other]]: value })
  }

  set(side: Side, ref: Ref, set: Fields): void {
    const { records, ledger } = this.#world
    const host = side === 'mail' ? this.#world.boxOf(ref)?.memory.host : records.host
    const before = host?.get(ref)
    if (host === undefined || before === undefined) return
    host.edit(ref, { set })
    ledger.note('person', 'update', side, ref, before.fields, host.get(ref)?.fields)
    this.#watch.trace.push(`  person sets ${side} ${ref} ${JSON.stringify(set)}`)
  }

  async remove(): Promise<void> {
    const side: Side = this.#random.chance(0.5) ? 'mail' : 'record'
    const ref = this.#any(side)
    if (ref !== undefined) this.drop(side, ref)
  }

  drop(side: Side, ref: Ref): void {
    const host = side === 'mail' ? this.#world.boxOf(ref)?.memory.host : this.#world.records.host
    const before = host?.get(ref)
    if (host === undefined || before === undefined) return
    const by = side === 'mail' ? 'item' : 'record'
    if (this.#world.links.dump().links.some(({ row }) => row[by] === ref)) this.#watch.linkedAtDeath.add(ref)
    host.remove(ref)
    this.#world.ledger.note('person', 'delete', side, ref, before.fields, undefined)
    this.#watch.trace.push(`  person deletes ${side} ${ref}`)
  }

  async create(): Promise<void> {
    if (this.#random.chance(0.5)) this.putRecord(this.#random.chance(0.8) ? 'ann' : 'bob')
    else await this.track(this.putItem(this.#random.pick(this.#world.boxes)))
  }

  putRecord(owner: string): Ref {
    const { records, ledger, tenant } = this.#world
    const name = this.#world.name()
    const ref = records.host.put({
      ref: `${tenant}-r${name}`,
      type: 'contact',
      owner,
      fields: { lastname: `Name${name}`, ...this.#values('record') }
    })
    ledger.note('person', 'create', 'record', ref, undefined, records.host.get(ref)?.fields)
    if (owner !== 'ann') this.#watch.everOut.add(ref)
    this.#watch.trace.push(`  person makes record ${ref}`)
    return ref
  }

  putItem(box: Box): Ref {
    const name = this.#world.name()
    const { host } = box.memory
    const ref = host.put({
      ref: `${this.#world.tenant}-m${name}`,
      kind: 'contact',
      fields: { surname: `Name${name}`, ...this.#values('mail') }
    })
    this.#world.ledger.note('person', 'create', 'mail', ref, undefined, host.get(ref)?.fields)
    this.#watch.trace.push(`  person makes mail ${ref}`)
    return ref
  }

  #values(side: Side): Fields {
    return Object.fromEntries(
      rows.filter(() => this.#random.chance(0.5)).map((names) => [names[side], this.#world.canary()])
    )
  }

  /** A record changes hands or state: it leaves a filter, or enters it. */
  async move(): Promise<void> {
    const { records } = this.#world
    const ref = this.#any('record')
    const before = ref === undefined ? undefined : records.host.get(ref)
    if (ref === undefined || before === undefined) return
    this.#watch.everOut.add(ref)
    if (this.#random.chance(0.6)) records.host.edit(ref, { owner: before.owner === 'ann' ? 'bob' : 'ann' })
    else records.host.edit(ref, { state: before.state === 'active' ? 'inactive' : 'active' })
    this.#watch.trace.push(`  person moves record ${ref}`)
  }

  async gesture(): Promise<void> {
    const ref = this.#any('mail')
    if (ref === undefined) return
    if (this.#random.chance(0.5)) await this.track(ref)
    else await this.untrack(ref)
  }

  async track(ref: Ref): Promise<void> {
    const box = this.#world.boxOf(ref)
    if (box === undefined) return
    this.#watch.trace.push(`  person tracks ${ref}`)
    this.#again(ref)
    await this.#engine.track(box.id, ref)
  }

  async untrack(ref: Ref): Promise<void> {
    const box = this.#world.boxOf(ref)
    if (box === undefined) return
    const deleteRecord = this.#random.chance(0.3)
    this.#watch.trace.push(`  person untracks ${ref}`)
    this.#again(ref)
    await this.#engine.untrack(box.id, ref, { deleteRecord })
  }

  #again(ref: Ref): void {
    this.#watch.retracked.add(ref)
    for (const partner of this.#world.ledger.partnersOf('mail', ref)) this.#watch.retracked.add(partner)
  }

  #has(side: Side, ref: Ref): boolean {
    return side === 'mail' ? this.#world.boxOf(ref) !== undefined : this.#world.records.host.get(ref) !== undefined
  }

  #any(side: Side): Ref | undefined {
    const all =
      side === 'mail' ? this.#world.boxes.flatMap(({ memory }) => memory.host.all()) : this.#world.records.host.all()
    const refs = all.map(({ ref }) => ref).sort()
    return refs[this.#random.below(refs.length)]
  }
}
