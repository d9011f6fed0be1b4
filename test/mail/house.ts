/**
 * Mailboxes that share one record store and one link store. Each has an engine of its own, as on machines of their own,
 * so that cycles may run one after the other or at the same time.
 */
import {
  type MemoryFaults,
  type MemoryMail,
  type MemoryRecords,
  memoryFaults,
  memoryLinks,
  memoryMail,
  memoryRecords
} from '../../src/adapters/memory/index.js'
import type { LinkStore, MailCan, MailStore, RecordCan, RecordStore } from '../../src/engine/ports.js'
import type { CycleReport } from '../../src/engine/report.js'
import { createEngine, type Engine, type EngineOptions, type SyncOptions } from '../../src/engine/run/index.js'
import type { ItemSnapshot, Link, RecordSnapshot } from '../../src/model/index.js'

const startMs = Date.parse('2026-03-02T09:00:00Z')
const minuteMs = 60_000

/** The id of the mailbox is the id of its user; the address is `<id>@contoso.test` where none is given. */
export type Boxes = { readonly [id: string]: Partial<Omit<EngineOptions['mailboxes'][string], 'mail'>> }

export interface HouseOptions {
  readonly boxes: Boxes
  readonly tenant?: string
  readonly settings?: EngineOptions['settings']
  /** What the record store can do. */
  readonly records?: Partial<RecordCan>
  readonly mail?: Partial<MailCan>
  /** Whether the record store holds each (Message-ID, direction) once (D6). True where left out. */
  readonly isUnique?: boolean
  readonly wrapMail?: (mail: MailStore) => MailStore
  readonly wrapRecords?: (records: RecordStore) => RecordStore
  readonly wrapLinks?: (links: LinkStore) => LinkStore
  /** The link store of another house, for two tenants in one. */
  readonly links?: LinkStore
  readonly log?: EngineOptions['log']
}

export const addressOf = (id: string): string => `${id}@contoso.test`

export class House {
  nowMs = startMs
  readonly faults: MemoryFaults = memoryFaults()
  readonly records: MemoryRecords
  readonly links: LinkStore
  readonly tenant: string
  readonly #options: HouseOptions
  readonly #mail = new Map<string, MemoryMail>()
  readonly #engines = new Map<string, Engine>()
  #made = 0

  constructor(options: HouseOptions) {
    this.#options = options
    this.tenant = options.tenant ?? 'house'
    const clock = (): number => this.nowMs
    const { faults } = this
    this.records = memoryRecords({
      clock,
      faults,
      ...(options.records === undefined ? {} : { can: options.records }),
      unique: options.isUnique === false ? [] : [{ type: 'email', fields: ['messageid', 'directioncode'] }]
    })
    this.links = options.links ?? memoryLinks({ clock, faults })
    for (const id of this.ids)
      this.#mail.set(
        id,
        memoryMail({
          clock,
          faults,
          ids: (n) => `${id}-made-${n}`,
          ...(options.mail === undefined ? {} : { can: options.mail })
        })
      )
  }

  get ids(): ReadonlyArray<string> {
    return Object.keys(this.#options.boxes)
  }

  box(id: string): MemoryMail['host'] {
    const memory = this.#mail.get(id)
    if (memory === undefined) throw new Error(`no mailbox ${id}`)
    return memory.host
  }

  /** The engine of one mailbox's machine. */
  engine(id: string): Engine {
    const standing = this.#engines.get(id) ?? this.#makeEngine(id)
    this.#engines.set(id, standing)
    return standing
  }

  /** The process of that machine died: what it held in memory is gone. */
  forget(id: string): void {
    this.#engines.delete(id)
  }

  sync(id: string, options?: SyncOptions): Promise<CycleReport> {
    return this.engine(id).sync(id, options)
  }

  /** Cycles one after the other, five minutes between two rounds, until twice nothing is written. */
  async settle(roundsMax = 12): Promise<ReadonlyArray<CycleReport>> {
    const reports: Array<CycleReport> = []
    let quiet = 0
    for (let round = 0; round < roundsMax && quiet < 2; round += 1) {
      this.nowMs += 5 * minuteMs
      const before = await this.fingerprint()
      for (const id of this.ids) reports.push(await this.sync(id))
      quiet = before === (await this.fingerprint()) ? quiet + 1 : 0
    }
    if (quiet < 2) throw new Error(`does not settle within ${roundsMax} rounds`)
    return reports
  }

  async fingerprint(): Promise<string> {
    const things: ReadonlyArray<ItemSnapshot | RecordSnapshot> = [
      ...this.records.host.all(),
      ...this.ids.flatMap((id) => this.box(id).all())
    ]
    const links = await this.allLinks()
    return JSON.stringify([things.map(({ ref, version }) => [ref, version]), links.map(({ id }) => id)])
  }

  async allLinks(): Promise<ReadonlyArray<Link>> {
    const all: Array<Link> = []
    for (const mailbox of this.ids) {
      const answer = await this.links.walk({ tenant: this.tenant, mailbox }, undefined, 500)
      if (answer._tag === 'Right') all.push(...answer.right)
    }
    return all
  }

  emails(direction?: 'incoming' | 'outgoing'): ReadonlyArray<RecordSnapshot> {
    return this.records.host
      .all()
      .filter(
        ({ type, fields }) => type === 'email' && (direction === undefined || fields['directioncode'] === direction)
      )
  }

  /** A host may have cut its machine's process short: another seed is another holder of leases. */
  #makeEngine(id: string): Engine {
    const { boxes, settings = {}, log } = this.#options
    const { wrapMail = same, wrapRecords = same, wrapLinks = same } = this.#options
    this.#made += 1
    return createEngine({
      tenant: this.tenant,
      preset: 'dynamics',
      settings,
      seed: `${this.tenant} ${id} ${this.#made}`,
      clock: () => this.nowMs,
      records: wrapRecords(this.records.port),
      links: wrapLinks(this.links),
      mailboxes: Object.fromEntries(
        [...this.#mail].map(([name, { port }]) => [
          name,
          { address: addressOf(name), filters: noFilters, ...boxes[name], mail: wrapMail(port) }
        ])
      ),
      ...(log === undefined ? {} : { log })
    })
  }
}

const same = <P>(port: P): P => port

/** Nothing enters by a filter: these worlds are about messages. */
const noFilters = { contact: [], appointment: [], task: [] }
