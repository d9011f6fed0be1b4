/**
 * One world of a seed: two stores, an engine's memory, settings, people. Small on purpose: with one to three pairs and
 * four rows everything meets everything.
 */
import {
  type MemoryFaults,
  memoryFaults,
  type MemoryLinks,
  memoryLinks,
  type MemoryMail,
  memoryMail,
  type MemoryRecords,
  memoryRecords
} from '../../adapters/memory/index.js'
import type { Access, Directory, MailCan, MailboxFacts, RecordCan } from '../../engine/ports.js'
import { fullAccess, settingsOf } from '../../engine/run/index.js'
import type { Settings, SettingsInput } from '../../engine/settings.js'
import { contactMapping, converters, type Shape, shapeOf } from '../../mapping/index.js'
import { type Direction, ok, type Ref } from '../../model/index.js'
import { membersJudge } from '../members.js'
import { Ledger, type RowName, rows } from './ledger.js'
import type { Random } from './random.js'

/** What one seed may draw; what is given is not drawn. @public */
export interface WorldGiven {
  readonly tenant?: string
  readonly preset?: 'dynamics' | 'careful'
  readonly settings?: SettingsInput
  /** Two mailboxes of two users over one store of records. */
  readonly mailboxes?: 1 | 2
  readonly pairs?: number
  readonly mailCan?: Partial<MailCan>
  readonly recordCan?: Partial<RecordCan>
  readonly fieldAccess?: Access['fields']
  readonly links?: MemoryLinks
  /** Every store keeps every promise to the letter, and every row is `both` and open. */
  readonly plain?: boolean
}

export interface Box {
  readonly id: string
  readonly user: string
  readonly memory: MemoryMail
  readonly facts: MailboxFacts
}

/** A value that appears nowhere else, so that it can be told where it came from and where it went. */
export const canaryForm = /zq[a-z]?\d+x/

export class SimulatedWorld {
  nowMs = Date.UTC(2026, 2, 2, 9)
  readonly tenant: string
  readonly faults: MemoryFaults = memoryFaults()
  readonly ledger = new Ledger()
  readonly preset: 'dynamics' | 'careful'
  readonly input: SettingsInput
  readonly settings: Settings
  readonly boxes: ReadonlyArray<Box>
  readonly records: MemoryRecords
  readonly links: MemoryLinks
  readonly access: Access
  readonly shape: Shape
  readonly pageMax: number
  #canaries = 0
  #names = 0

  constructor(random: Random, given: WorldGiven) {
    const plain = given.plain === true
    this.tenant = given.tenant ?? 'simulated'
    this.preset = given.preset ?? random.pick(['dynamics', 'careful'])
    this.pageMax = random.pick([1, 2, 500])
    const mailCan = { kinds: ['contact'], ...(plain ? {} : sideDraw(random)), ...given.mailCan }
    const recordCan = { types: ['contact', 'account'], ...(plain ? {} : sideDraw(random)), ...given.recordCan }
    this.input = { ...drawnSettings(random, plain), ...given.settings }
    this.settings = settingsOf({ preset: this.preset, settings: this.input })
    this.shape = shapeOf(contactMapping, this.settings, converters)
    this.access = { ...fullAccess, fields: given.fieldAccess ?? (plain ? {} : drawnAccess(random)) }
    const clock = (): number => this.nowMs
    this.links = given.links ?? memoryLinks({ clock, faults: this.faults })
    this.records = memoryRecords({
      clock,
      can: recordCan,
      faults: this.faults,
      ids: (n) => `${this.tenant}-r-made-${n}`,
      holds: membersJudge()
    })
    this.boxes = (['ann', 'bob'] as const).slice(0, given.mailboxes ?? 1).map((id) => ({
      id,
      user: id,
      memory: memoryMail({ clock, can: mailCan, faults: this.faults, ids: (n) => `${this.tenant}-${id}-made-${n}` }),
      facts: factsOf(id)
    }))
  }

  directory(): Directory {
    return {
      mailbox: async (id) => ok(this.boxes.find((box) => box.id === id)?.facts),
      users: async (addresses) => ok(addresses.map(() => undefined)),
      mailboxesOf: async (users) => ok(users.map((user) => this.boxes.find((box) => box.user === user)?.id)),
      access: async () => ok(this.access)
    }
  }

  box(id: string): Box {
    const box = this.boxes.find((candidate) => candidate.id === id)
    if (box === undefined) throw new Error(`no mailbox ${id}`)
    return box
  }

  boxOf(item: Ref): Box | undefined {
    return this.boxes.find(({ memory }) => memory.host.get(item) !== undefined)
  }

  canary(): string {
    this.#canaries += 1
    return `zq${this.tenant === 'simulated' ? '' : this.tenant.slice(0, 1)}${this.#canaries}x`
  }

  name(): string {
    this.#names += 1
    return `${this.#names}`
  }

  directionOf(row: RowName): Direction {
    return this.settings.directions[`contact.${row}`] ?? 'both'
  }

  /** Rows whose edits flow both ways, whoever makes them. */
  flowsBothWays(row: RowName): boolean {
    const names = rows.find((one) => one.row === row)
    return this.directionOf(row) === 'both' && this.access.fields[`contact.${names?.record ?? ''}`] === undefined
  }
}

const factsOf = (id: string): MailboxFacts => ({
  user: id,
  address: `${id}@contoso.test`,
  timeZone: 'UTC',
  method: 'server-side',
  approved: true,
  enabled: { incoming: true, outgoing: true, act: true },
  queue: false,
  autoTrack: 'none',
  folderRules: [],
  // Bob is shown everything that is active, so that one record lies in two mailboxes.
  filters: id === 'bob' ? { contact: [{ field: 'state', op: 'eq', value: 'active' }] } : {}
})

const drawnSettings = (random: Random, plain: boolean): SettingsInput => {
  const directions: { [row: string]: Direction } = {}
  if (!plain)
    for (const { row } of rows)
      if (random.chance(0.25)) directions[`contact.${row}`] = random.pick(['toMail', 'toRecord', 'none'])
  return {
    firstCycle: 'apply',
    directions,
    conflict: random.pick(['record-wins', 'mail-wins', 'latest-wins', 'ask', 'latest-else-ask']),
    leaveFilter: random.pick(['delete', 'unlink']),
    contactDeleteFromMail: random.pick(['never', 'owner']),
    deleteAgainstEdit: random.pick(['delete', 'keep-edit']),
    freeze: null,
    ...(plain
      ? {}
      : { securityWrite: random.pick(['reset', 'keep']), base: random.pick(['value', 'value', 'digest']), history: 0 })
  }
}

const drawnAccess = (random: Random): Access['fields'] =>
  random.chance(0.2)
    ? { 'contact.jobtitle': { read: random.chance(0.7), create: random.chance(0.5), update: random.chance(0.5) } }
    : {}

/** Now and then a store that can less. */
const sideDraw = (random: Random): { readonly [can: string]: unknown } => ({
  writeBatchMax: random.pick([1, 2, 50]),
  ...(random.chance(0.2) ? { conditional: false } : {}),
  ...(random.chance(0.2) ? { representationOnWrite: false } : {}),
  ...(random.chance(0.1) ? { feed: random.pick(['updated-at', 'list']) } : {}),
  ...(random.chance(0.1) ? { changeTimes: random.pick(['client', 'none']) } : {})
})
