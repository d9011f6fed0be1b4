/**
 * The world, as far as a host does not hand it in: clock, seed, zones, a directory of one's own mailboxes. The only
 * file of the engine that reads anything global.
 */
import type { InstantMs, Zones } from '../../model/index.js'
import { instantFromIso, Misuse, ok } from '../../model/index.js'
import type { ScheduleInput } from '../policies.js'
import type { Access, Directory, MailboxFacts } from '../ports.js'

export const systemClock = (): InstantMs => Date.now()

/** Tells two engines apart that work for one tenant; any text that no other running engine has. */
export const randomSeed = (): string => globalThis.crypto.randomUUID()

/** Waits, or until the signal. */
export const timer = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(waiting)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const waiting = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })

/** Formats by zone; names come from outside, so those of unknown zones are not kept. */
const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat | undefined => {
  const known = formats.get(zone)
  if (known !== undefined) return known
  const format = formatMade(zone)
  if (format !== undefined) formats.set(zone, format)
  return format
}

const formatMade = (zone: string): Intl.DateTimeFormat | undefined => {
  try {
    return newFormat(zone)
  } catch {
    // `Intl` says that it does not know a zone by throwing a RangeError.
    return undefined
  }
}

const newFormat = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit'
  })

/** Offsets from the platform's own time-zone data. */
export const platformZones: Zones = {
  version: `platform/${globalThis.process?.versions?.['tz'] ?? 'unknown'}`,
  offsetMs: (zone, instantMs) => {
    if (zone === 'UTC') return 0
    const format = formatOf(zone)
    if (format === undefined) return undefined
    const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    // `Date.UTC` takes a year below 100 for one of the twentieth century.
    const midnight = new Date(0).setUTCFullYear(year, month - 1, day)
    const local = midnight + (hour * 3600 + minute * 60 + second) * 1000
    return local - Math.floor(instantMs / 1000) * 1000
  }
}

/** Everything is allowed, nothing is secured. @public */
export const fullAccess: Access = {
  privileges: { sync: true, create: true, update: true, delete: true },
  fields: {},
  teams: [],
  businessUnit: 'root',
  epoch: ''
}

/** A mailbox as `createEngine` takes it, but for its mail store. @public */
export interface MailboxInput {
  readonly address: string
  /** Id of the user in the record store; by default the mailbox's id. */
  readonly user?: string
  /** IANA name; by default UTC. */
  readonly timeZone?: string
  readonly method?: MailboxFacts['method']
  readonly approved?: boolean
  /** `false`: the mailbox or its user is deactivated. */
  readonly active?: boolean
  readonly enabled?: Partial<MailboxFacts['enabled']>
  readonly queue?: boolean
  /** Messages arrive as attachments of others, and the attached ones are taken (W4). It only receives. */
  readonly forward?: boolean
  /** Of a queue or a forward mailbox: a message goes once it is stored (4.4/5). */
  readonly deleteProcessed?: boolean
  /** The server that the mailbox is reached through, by a name that its other mailboxes have too (4.3, E1). */
  readonly profile?: string
  /** Which received messages are tracked by themselves; by default those that answer stored ones (A1). */
  readonly autoTrack?: MailboxFacts['autoTrack']
  /** Folders below the inbox whose messages are tracked (3.4). */
  readonly folderRules?: MailboxFacts['folderRules']
  /** ISO 8601: older messages are not tracked by themselves; of the mailbox's and its server profile's the later (A9). */
  readonly startDate?: string
  /** `false`: nothing of a message leaves the mailbox unasked, and automatic tracking is off (A18). */
  readonly probing?: boolean
  /** ISO 8601: nothing is sent before (O4). */
  readonly postponedUntil?: string
  readonly filters?: MailboxFacts['filters']
  /** When it is due, where that is not as `EngineOptions.schedule` has it. */
  readonly schedule?: ScheduleInput
}

const instantOf = (name: string, text: string | undefined): InstantMs | undefined => {
  const atMs = text === undefined ? undefined : instantFromIso(text)
  if (text !== undefined && atMs === undefined) throw new Misuse(`${name}: expected an instant`, [name])
  return atMs
}

const mailboxFactsOf = (id: string, input: MailboxInput): MailboxFacts => ({
  user: input.user ?? id,
  address: input.address,
  timeZone: input.timeZone ?? 'UTC',
  method: input.method ?? 'server-side',
  approved: input.approved ?? true,
  enabled: { incoming: true, outgoing: true, act: true, ...input.enabled },
  queue: input.queue ?? false,
  autoTrack: input.autoTrack ?? 'replies',
  folderRules: input.folderRules ?? [],
  ...instantsOf(id, input),
  ...(input.probing === undefined ? {} : { probing: input.probing }),
  ...(input.deleteProcessed === undefined ? {} : { deleteProcessed: input.deleteProcessed }),
  ...(input.profile === undefined ? {} : { profile: input.profile }),
  ...(input.active === undefined ? {} : { active: input.active }),
  ...(input.forward === undefined ? {} : { forward: input.forward }),
  ...(input.schedule === undefined ? {} : { schedule: input.schedule }),
  filters: input.filters ?? {}
})

const instantsOf = (
  id: string,
  { startDate, postponedUntil }: MailboxInput
): Pick<MailboxFacts, 'startAtMs' | 'postponedUntilMs'> => {
  const startAtMs = instantOf(`mailboxes.${id}.startDate`, startDate)
  const postponedUntilMs = instantOf(`mailboxes.${id}.postponedUntil`, postponedUntil)
  return {
    ...(startAtMs === undefined ? {} : { startAtMs }),
    ...(postponedUntilMs === undefined ? {} : { postponedUntilMs })
  }
}

/** A directory of the mailboxes given, each of a user who may do everything. @public */
export const oneUser = (mailboxes: { readonly [id: string]: MailboxInput }): Directory => {
  const facts = new Map(Object.entries(mailboxes).map(([id, input]) => [id, mailboxFactsOf(id, input)]))
  const users = new Map([...facts.values()].map(({ address, user }) => [address.toLowerCase(), user]))
  const byUser = new Map([...facts].map(([id, { user }]) => [user, id]))
  return {
    mailbox: async (id) => ok(facts.get(id)),
    users: async (addresses) => ok(addresses.map((address) => users.get(address.toLowerCase()))),
    mailboxesOf: async (asked) => ok(asked.map((user) => byUser.get(user))),
    access: async () => ok(fullAccess)
  }
}
