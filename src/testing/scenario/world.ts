/**
 * The world of one scenario: stores in memory, a clock that stands still unless told, and a directory that the steps
 * may change. The engine is made anew whenever the configuration changes; it keeps nothing between cycles anyway.
 */
import {
  type MemoryFaults,
  type MemoryMail,
  type MemoryRecords,
  memoryFaults,
  memoryLinks,
  memoryMail,
  memoryRecords
} from '../../adapters/memory/index.js'
import type { Access, Directory, LinkStore, MailboxFacts, MailStore, RecordStore } from '../../engine/ports.js'
import type { CycleReport } from '../../engine/report.js'
import { createEngine, type Engine, fullAccess, platformZones, settingsOf } from '../../engine/run/index.js'
import type { Settings } from '../../engine/settings.js'
import { documents, freshState } from '../../engine/state.js'
import { asksUnder } from '../../engine/run/pull.js'
import { type ShapeFor, shapesFor } from '../../engine/run/shapes.js'
import type { Probe } from '../../engine/track/judge.js'
import { showsState, viewOf } from '../../engine/view.js'
import { baseOf, rulesOf, converters as shippedConverters } from '../../mapping/index.js'
import { canonicalJson, instantFromIso, keyedDigest, type Link, ok, sha256Of, uuidOf } from '../../model/index.js'
import { membersJudge } from '../members.js'
import { fieldsAt, isJson, type Json, listAt, NotBuilt, objectAt, onlyKeys, ScenarioError, textAt } from './shape.js'
import type { Reach } from './reach.js'

export const tenant = 'scenario'

/** Ports may be wrapped: a simulator delays, fails and kills them. */
export interface WorldOptions {
  readonly links?: (faults: MemoryFaults, clock: () => number) => LinkStore
  readonly wrapMail?: (mail: MailStore) => MailStore
  readonly wrapRecords?: (records: RecordStore) => RecordStore
  /** Another way to run the same cycles. */
  readonly wrapEngine?: (engine: Engine) => Engine
  /** Laid over the scenario's settings: `{ base: "digest" }`. */
  readonly settings?: { readonly [key: string]: unknown }
  readonly baseKey?: Uint8Array
}

interface UserState {
  readonly address: string
  readonly timeZone: string
  readonly privileges: Json
  readonly teams: ReadonlyArray<string>
  readonly businessUnit: string
  readonly fieldAccess: Json
}

interface MailboxState {
  readonly config: Json
  readonly memory: MemoryMail
}

export class World {
  nowMs: number
  readonly faults = memoryFaults()
  readonly records: MemoryRecords
  readonly links: LinkStore
  readonly users = new Map<string, Json>()
  readonly mailboxes = new Map<string, MailboxState>()
  /** Ids that the scenario gave; everything else was made by the engine. */
  readonly known = { mail: new Set<string>(), records: new Set<string>() }
  readonly #options: WorldOptions
  readonly #reach: Reach | undefined
  /** Records of the given links by their items: an item that a cycle has linked carries its marker. */
  readonly #linked: ReadonlyMap<string, string>
  #settings: Json
  readonly #preset: 'dynamics' | 'careful'
  #engine: Engine | undefined
  lastReport: CycleReport | undefined
  /** What was asked of each message during the last cycle. */
  probes: Array<Probe> = []
  lastMailbox: string | undefined
  /** The last cycle died with its process. */
  died = false

  /** `reach`: the kinds and types that the stores hold; all of them where left out. */
  constructor(now: string, given: Json, options: WorldOptions = {}, reach?: Reach) {
    this.nowMs = Date.parse(now)
    if (Number.isNaN(this.nowMs)) throw new ScenarioError('now: expected an instant')
    onlyKeys(given, ['preset', 'users', 'mailboxes', 'settings', 'records', 'mail', 'links'], 'given')
    this.#options = options
    this.#reach = reach
    this.#linked = recordsByItem(given)
    this.#preset = presetAt(given['preset'])
    this.#settings = { ...objectAt(given['settings'] ?? {}, 'given.settings'), ...options.settings }
    const clock = (): number => this.nowMs
    this.records = memoryRecords({
      clock,
      faults: this.faults,
      types: typesIn(given),
      ...(reach === undefined ? {} : { can: { types: reach.types } }),
      hidden: (user, ref) => this.#hiddenFrom(user).includes(ref),
      holds: membersJudge()
    })
    this.links = options.links?.(this.faults, clock) ?? memoryLinks({ clock, faults: this.faults })
    for (const [id, user] of Object.entries(objectAt(given['users'] ?? {}, 'given.users')))
      this.#addUser(id, objectAt(user, `given.users.${id}`))
    for (const [id, mailbox] of Object.entries(objectAt(given['mailboxes'] ?? {}, 'given.mailboxes'))) {
      this.#addMailbox(id, objectAt(mailbox, `given.mailboxes.${id}`))
    }
    for (const [id, record] of Object.entries(objectAt(given['records'] ?? {}, 'given.records')))
      this.putRecord(id, objectAt(record, `given.records.${id}`))
    for (const [id, item] of Object.entries(objectAt(given['mail'] ?? {}, 'given.mail')))
      this.putItem(id, objectAt(item, `given.mail.${id}`))
  }

  /** Links are seeded as a finished first cycle would have left them. */
  async seedLinks(given: Json): Promise<void> {
    const pairs = listAt(given['links'] ?? [], 'given.links')
    const settings = await this.settings()
    const shapeFor = shapesFor(settings, shippedConverters)
    const byMailbox = new Map<string, Array<Link>>()
    for (const [index, pair] of pairs.entries()) {
      const link = this.#linkOf(objectAt(pair, `given.links[${index}]`), settings, shapeFor)
      byMailbox.set(link.mailbox, [...(byMailbox.get(link.mailbox) ?? []), link])
    }
    for (const [mailbox, links] of byMailbox) await this.#store(mailbox, links, settings, shapeFor)
  }

  async settings(): Promise<Settings> {
    return settingsOf({ preset: this.#preset, settings: this.#settings })
  }

  engine(): Engine {
    this.#engine ??= this.#makeEngine()
    return this.#engine
  }

  /** The process died: what it held in memory is gone. */
  forgetEngine(): void {
    this.#engine = undefined
  }

  /** Changes the configuration; where it is refused, nothing changes and the error comes out. */
  async configure(what: 'settings' | 'mailbox' | 'user', id: string, set: Json): Promise<void> {
    const before = { settings: this.#settings, user: this.users.get(id), mailbox: this.mailboxes.get(id) }
    try {
      if (what === 'settings') this.#settings = laidOver(this.#settings, set)
      if (what === 'user') this.#addUser(id, laidOver(this.users.get(id) ?? {}, set))
      if (what === 'mailbox') this.#changeMailbox(id, set)
      this.forgetEngine()
      for (const mailbox of this.mailboxes.keys()) await this.engine().status(mailbox, 'nothing')
    } catch (thrown) {
      this.#settings = before.settings
      if (before.user !== undefined) this.users.set(id, before.user)
      if (before.mailbox !== undefined) this.mailboxes.set(id, before.mailbox)
      this.forgetEngine()
      throw thrown
    }
    if (what === 'mailbox' && set['enabled'] !== undefined) await this.engine().enable(id)
  }

  mailboxOf(item: string): string {
    for (const [id, { memory }] of this.mailboxes)
      if (memory.host.get(item) !== undefined || this.#owners.get(item) === id) return id
    throw new ScenarioError(`no mailbox has ever held "${item}"`)
  }
  readonly #owners = new Map<string, string>()

  hostOf(mailbox: string): MemoryMail['host'] {
    const state = this.mailboxes.get(mailbox)
    if (state === undefined) throw new ScenarioError(`unknown mailbox "${mailbox}"`)
    return state.memory.host
  }

  putItem(id: string, given: Json): void {
    onlyKeys(given, ['mailbox', 'kind', 'folder', 'categories', 'fields'], `mail ${id}`)
    const mailbox = textAt(given['mailbox'], `mail ${id}.mailbox`)
    const record = this.#linked.get(id)
    this.hostOf(mailbox).put({
      ref: id,
      ...(record === undefined ? {} : { marker: { tenant, record } }),
      kind: textAt(given['kind'], `mail ${id}.kind`),
      ...(given['folder'] === undefined ? {} : { folder: textAt(given['folder'], `mail ${id}.folder`) }),
      ...(given['categories'] === undefined
        ? {}
        : { categories: listAt(given['categories'], `mail ${id}.categories`).map(String) }),
      fields: fieldsAt(given['fields'], `mail ${id}.fields`)
    })
    this.known.mail.add(id)
    this.#owners.set(id, mailbox)
  }

  noteCopy(id: string, mailbox: string): void {
    this.known.mail.add(id)
    this.#owners.set(id, mailbox)
  }

  putRecord(id: string, given: Json): void {
    onlyKeys(given, ['type', 'owner', 'state', 'status', 'created', 'fields'], `records ${id}`)
    const created = given['created']
    this.records.host.put({
      ref: id,
      type: textAt(given['type'], `records ${id}.type`),
      ...(given['owner'] === undefined ? {} : { owner: textAt(given['owner'], `records ${id}.owner`) }),
      ...(given['state'] === undefined ? {} : { state: textAt(given['state'], `records ${id}.state`) }),
      ...(given['status'] === undefined ? {} : { status: textAt(given['status'], `records ${id}.status`) }),
      ...(created === undefined ? {} : { createdAtMs: Date.parse(textAt(created, `records ${id}.created`)) }),
      fields: fieldsAt(given['fields'], `records ${id}.fields`)
    })
    this.known.records.add(id)
  }

  resetCounts(): void {
    this.records.host.resetCounts()
    for (const { memory } of this.mailboxes.values()) memory.host.resetCounts()
  }

  #makeEngine(): Engine {
    const { wrapMail = (mail: MailStore) => mail, wrapRecords = (records: RecordStore) => records } = this.#options
    const { wrapEngine = (engine: Engine) => engine } = this.#options
    const mailboxes = Object.fromEntries(
      [...this.mailboxes].map(([id, { memory, config }]) => [
        id,
        { address: this.#user(textAt(config['user'] ?? id, 'user')).address, mail: wrapMail(memory.port) }
      ])
    )
    const engine = createEngine({
      tenant,
      mailboxes,
      records: wrapRecords(this.records.port),
      links: this.links,
      directory: this.#directory(),
      preset: this.#preset,
      settings: this.#settings,
      ...(this.#options.baseKey === undefined ? {} : { baseKey: this.#options.baseKey }),
      clock: () => this.nowMs,
      seed: 'scenario',
      zones: platformZones
    })
    return wrapEngine(engine)
  }

  #directory(): Directory {
    return {
      mailbox: async (id) => ok(this.#facts(id)),
      users: async (addresses) =>
        ok(
          addresses.map((address) =>
            [...this.users.keys()].find((id) => this.#user(id).address.toLowerCase() === address.toLowerCase())
          )
        ),
      mailboxesOf: async (users) =>
        ok(
          users.map((user) =>
            [...this.mailboxes.keys()].find((id) => (this.mailboxes.get(id)?.config['user'] ?? id) === user)
          )
        ),
      access: async (user) => ok(this.#access(user))
    }
  }

  #facts(id: string): MailboxFacts | undefined {
    const config = this.mailboxes.get(id)?.config
    if (config === undefined) return undefined
    const user = textAt(config['user'] ?? id, `mailboxes.${id}.user`)
    const { address, timeZone } = this.#user(user)
    const enabled = objectAt(config['enabled'] ?? {}, `mailboxes.${id}.enabled`)
    return {
      user,
      address,
      timeZone,
      method: textAt(config['method'] ?? 'server-side', `mailboxes.${id}.method`) as MailboxFacts['method'],
      approved: config['approved'] !== false,
      enabled: {
        incoming: enabled['incoming'] !== false,
        outgoing: enabled['outgoing'] !== false,
        act: enabled['act'] !== false
      },
      queue: config['queue'] === true,
      autoTrack: textAt(config['autoTrack'] ?? 'replies', `mailboxes.${id}.autoTrack`) as MailboxFacts['autoTrack'],
      folderRules: listAt(config['folderRules'] ?? [], `mailboxes.${id}.folderRules`) as MailboxFacts['folderRules'],
      ...startOf(config['startDate'], `mailboxes.${id}.startDate`),
      filters: objectAt(config['filters'] ?? {}, `mailboxes.${id}.filters`) as MailboxFacts['filters']
    }
  }

  #access(user: string): Access {
    const { privileges, fieldAccess, teams, businessUnit } = this.#user(user)
    const has = (name: string): boolean => privileges[name] !== false
    return {
      ...fullAccess,
      privileges: { sync: has('sync'), create: has('create'), update: has('update'), delete: has('delete') },
      fields: fieldAccess as Access['fields'],
      teams,
      businessUnit,
      epoch: canonicalJson(this.#hiddenFrom(user)),
      surroundings: this.#surroundings(user)
    }
  }

  /** In worlds reports follow `manager` (3.10/39), and everybody's address and business unit is known. */
  #surroundings(user: string): NonNullable<Access['surroundings']> {
    const reports = this.#reportsOf(user)
    const ids = [...this.users.keys()]
    return {
      reports,
      reportTeams: [...new Set(reports.flatMap((id) => this.#user(id).teams))],
      addresses: Object.fromEntries(ids.map((id) => [this.#user(id).address, id])),
      businessUnits: Object.fromEntries(ids.map((id) => [id, this.#user(id).businessUnit]))
    }
  }

  #reportsOf(user: string): ReadonlyArray<string> {
    const below = new Set([user])
    for (const manager of below) for (const [id, given] of this.users) if (given['manager'] === manager) below.add(id)
    return [...below].filter((id) => id !== user)
  }

  #hiddenFrom(user: string): ReadonlyArray<string> {
    const records = this.users.has(user) ? this.#user(user).privileges['records'] : undefined
    return isJson(records) && Array.isArray(records['hidden']) ? records['hidden'].map(String) : []
  }

  #user(id: string): UserState {
    const given = this.users.get(id)
    if (given === undefined) throw new ScenarioError(`unknown user "${id}"`)
    return {
      address: textAt(given['address'], `users.${id}.address`),
      timeZone: textAt(given['timeZone'] ?? 'UTC', `users.${id}.timeZone`),
      privileges: objectAt(given['privileges'] ?? {}, `users.${id}.privileges`),
      teams: listAt(given['teams'] ?? [], `users.${id}.teams`).map(String),
      businessUnit: textAt(given['businessUnit'] ?? 'root', `users.${id}.businessUnit`),
      fieldAccess: objectAt(given['fieldAccess'] ?? {}, `users.${id}.fieldAccess`)
    }
  }

  #addUser(id: string, given: Json): void {
    onlyKeys(
      given,
      ['address', 'timeZone', 'privileges', 'teams', 'businessUnit', 'manager', 'fieldAccess'],
      `users.${id}`
    )
    this.users.set(id, given)
  }

  #addMailbox(id: string, config: Json): void {
    onlyKeys(config, mailboxKeys, `mailboxes.${id}`)
    const memory = memoryMail({
      clock: () => this.nowMs,
      faults: this.faults,
      ids: (n) => `${id}-made-${n}`,
      ...(this.#reach === undefined ? {} : { can: { kinds: this.#reach.kinds } })
    })
    this.mailboxes.set(id, { config, memory })
  }

  #changeMailbox(id: string, set: Json): void {
    const state = this.mailboxes.get(id)
    if (state === undefined) throw new ScenarioError(`unknown mailbox "${id}"`)
    onlyKeys(set, mailboxKeys, `mailboxes.${id}`)
    this.mailboxes.set(id, { ...state, config: laidOver(state.config, set) })
  }

  #linkOf(pair: Json, settings: Settings, shapeFor: ShapeFor): Link {
    onlyKeys(pair, ['mail', 'record', 'origin'], 'given.links')
    const itemId = textAt(pair['mail'], 'given.links.mail')
    const recordId = textAt(pair['record'], 'given.links.record')
    const mailbox = this.mailboxOf(itemId)
    const item = this.hostOf(mailbox).get(itemId)
    const stored = this.records.host.get(recordId)
    if (item === undefined || stored === undefined)
      throw new ScenarioError(`given.links: ${itemId} or ${recordId} is not given`)
    const mapping = settings.mappings[stored.type]
    const shape = shapeFor(stored.type)
    if (mapping === undefined || shape === undefined)
      throw new NotBuilt(`records of type ${stored.type} have no mapping yet`)
    const record = showsState(mapping) ? viewOf(stored) : stored
    const id = uuidOf('link', tenant, mailbox, 'mail', itemId)
    const rules = rulesOf(shape, settings, {})
    const digest = keyedDigest(this.#options.baseKey ?? sha256Of(`liaison base ${tenant}`))
    const names = new Map(this.records.host.all().map((other) => [other.ref, nameIn(other.fields)]))
    const base = baseOf(rules, item.fields, record.fields, {
      names,
      digest: (side, row, value) => {
        const index = rules.shape.rows.findIndex((candidate) => candidate.name === row)
        return digest([tenant, id, side, row, String(rules.shape.versions[index] ?? 0)], value)
      },
      digestBase: settings.base === 'digest'
    })
    const parent = record.fields['parentcustomerid']
    return {
      id,
      mailbox,
      item: itemId,
      kind: item.kind,
      record: recordId,
      type: record.type,
      origin: (pair['origin'] ?? 'tracked') as Link['origin'],
      versions: {
        ...(item.version === undefined ? {} : { mail: item.version }),
        ...(record.version === undefined ? {} : { record: record.version })
      },
      shape: rules.shape.digest,
      base,
      ...(record.owner === undefined ? {} : { owner: record.owner }),
      state: record.state,
      ...(item.categories?.includes(settings.category ?? '') === true && item.kind !== 'contact'
        ? { categorised: true }
        : {}),
      ...(item.kind === 'email' && item.folder !== undefined ? { folder: item.folder } : {}),
      ...(typeof parent === 'string' && rules.shape.rows.some((row) => row.nameOf !== undefined)
        ? { related: [parent] }
        : {}),
      decided: { code: 'unchanged', facts: {}, cycle: '0', atMs: this.nowMs }
    }
  }

  async #store(mailbox: string, links: ReadonlyArray<Link>, settings: Settings, shapeFor: ShapeFor): Promise<void> {
    const answer = await this.links.lease(tenant, documents.mailbox(mailbox), 'seed', 1000)
    if (answer._tag === 'Left' || answer.right._tag === 'Busy') throw new ScenarioError('the links could not be seeded')
    const counts: { [type: string]: number } = {}
    for (const link of links) counts[link.type] = (counts[link.type] ?? 0) + 1
    const shapes = Object.values(settings.mappings).flatMap(({ type }) => shapeFor(type) ?? [])
    const facts = this.#facts(mailbox)
    const state = {
      ...freshState,
      ...(facts === undefined ? {} : { asksUnder: asksUnder({ settings, facts }) }),
      committed: true,
      links: counts,
      shapes: Object.fromEntries(shapes.map(({ type, digest }) => [type, digest]))
    }
    const stored = await this.links.transact({
      lease: answer.right.lease,
      mailbox,
      links,
      state: [
        { name: documents.mailbox(mailbox), document: { ...state } },
        ...shapes.map(({ digest, keys, versions, chosen }) => ({
          name: documents.shape(digest),
          document: { keys, versions, chosen }
        }))
      ]
    })
    if (stored._tag === 'Left') throw new ScenarioError('the links could not be seeded')
    await this.links.release(answer.right.lease)
  }
}

const startOf = (given: unknown, path: string): Pick<MailboxFacts, 'startAtMs'> => {
  if (given === undefined) return {}
  const startAtMs = instantFromIso(textAt(given, path))
  if (startAtMs === undefined) throw new ScenarioError(`${path}: expected an instant`)
  return { startAtMs }
}

const presetAt = (value: unknown): 'dynamics' | 'careful' => {
  if (value === undefined || value === 'dynamics' || value === 'careful') return value ?? 'dynamics'
  throw new ScenarioError(`given.preset: expected dynamics or careful, was ${JSON.stringify(value)}`)
}

const mailboxKeys = [
  'user',
  'method',
  'autoTrack',
  'folderRules',
  'startDate',
  'enabled',
  'approved',
  'queue',
  'filters'
]

const nameIn = (fields: { readonly [field: string]: unknown }): string => {
  const text = (field: string): string => (typeof fields[field] === 'string' ? fields[field] : '')
  return text('name') || `${text('firstname')} ${text('lastname')}`.trim()
}

const recordsByItem = (given: Json): ReadonlyMap<string, string> =>
  new Map(
    listAt(given['links'] ?? [], 'given.links').flatMap((pair) =>
      isJson(pair) && typeof pair['mail'] === 'string' && typeof pair['record'] === 'string'
        ? [[pair['mail'], pair['record']] as const]
        : []
    )
  )

const typesIn = (given: Json): ReadonlyArray<string> =>
  Object.values(objectAt(given['records'] ?? {}, 'given.records')).flatMap((record) =>
    isJson(record) && typeof record['type'] === 'string' ? [record['type']] : []
  )

/** Object by object; lists and everything else are replaced. */
const laidOver = (under: Json, over: Json): Json => {
  const result: { [key: string]: unknown } = { ...under }
  for (const [key, value] of Object.entries(over)) {
    const below = result[key]
    result[key] = isJson(below) && isJson(value) && key !== 'filters' ? laidOver(below, value) : value
  }
  return result
}
