/** A small world for history, undo, audit and forget: two stores in memory, one or two mailboxes, a clock that is moved by hand. */
import { memoryFaults, memoryLinks, memoryMail, memoryRecords } from '../../src/adapters/memory/index.js'
import type { LinkStore, MailStore } from '../../src/engine/ports.js'
import { createEngine, type Engine, type EngineOptions, fullAccess } from '../../src/engine/run/index.js'
import { compile } from '../../src/filters/index.js'
import { ok } from '../../src/model/index.js'

export interface WorldOptions extends Pick<EngineOptions, 'preset' | 'settings' | 'baseKey'> {
  readonly links?: LinkStore
  readonly access?: typeof fullAccess
  readonly wrapMail?: (mail: MailStore) => MailStore
}

const startMs = Date.UTC(2026, 2, 2, 9)

export const worldOf = (options: WorldOptions = {}) => {
  const clock = { nowMs: startMs }
  const tick = () => clock.nowMs
  const faults = memoryFaults()
  const memory = memoryLinks({ clock: tick, faults })
  const links = options.links ?? memory
  const records = memoryRecords({
    clock: tick,
    faults,
    can: { types: ['contact', 'account'] },
    hidden: () => false,
    holds: (query, record) => compile(query.filter, query.context)(record)
  })
  const ann = memoryMail({ clock: tick, faults, can: { kinds: ['contact'] }, ids: (n) => `ann-made-${n}` })
  const bob = memoryMail({ clock: tick, faults, can: { kinds: ['contact'] }, ids: (n) => `bob-made-${n}` })
  let access = options.access ?? fullAccess
  const filters = { ann: {}, bob: { contact: [{ field: 'state', op: 'eq', value: 'active' }] } }
  const facts = (id: 'ann' | 'bob') => ({
    user: id,
    address: `${id}@contoso.test`,
    timeZone: 'UTC',
    method: 'server-side' as const,
    approved: true,
    enabled: { incoming: true, outgoing: true, act: true },
    queue: false,
    autoTrack: 'none' as const,
    folderRules: [],
    filters: filters[id]
  })
  const engineWith = (settings: WorldOptions['settings'] = {}): Engine =>
    createEngine({
      mailboxes: {
        ann: { address: 'ann@contoso.test', mail: (options.wrapMail ?? ((mail) => mail))(ann.port) },
        bob: { address: 'bob@contoso.test', mail: bob.port }
      },
      records: records.port,
      links,
      directory: {
        mailbox: async (id) => ok(id === 'ann' || id === 'bob' ? facts(id) : undefined),
        users: async (addresses) => ok(addresses.map(() => undefined)),
        mailboxesOf: async (users) => ok(users.map(() => undefined)),
        access: async () => ok(access)
      },
      preset: options.preset ?? 'careful',
      settings: { firstCycle: 'apply', history: 'P30D', ...options.settings, ...settings },
      ...(options.baseKey === undefined ? {} : { baseKey: options.baseKey }),
      clock: tick,
      seed: 'one',
      zones: { version: 'none', offsetMs: () => 0 }
    })
  const engine = engineWith()
  /** One cycle, some minutes later. */
  const sync = (mailbox = 'ann') => {
    clock.nowMs += 600_000
    return engine.sync(mailbox)
  }
  return {
    clock,
    faults,
    memory,
    links,
    records: records.host,
    mail: ann.host,
    bobs: bob.host,
    engine,
    engineWith,
    sync,
    restrict: (to: typeof fullAccess) => {
      access = to
    },
    item: (ref: string) => ann.host.get(ref)?.fields,
    record: (ref: string) => records.host.get(ref)?.fields
  }
}

export type World = ReturnType<typeof worldOf>

/** A card and a contact that know each other, and a cycle that has settled them. */
export const linkedPair = async (world: World, card: { readonly [field: string]: string } = {}): Promise<string> => {
  world.mail.put({ ref: 'm1', kind: 'contact', fields: { surname: 'Ruiz', jobTitle: 'A', ...card } })
  await world.engine.track('ann', 'm1')
  await world.sync()
  const made = world.records.all().find(({ fields }) => fields['lastname'] === 'Ruiz')
  if (made === undefined) throw new Error('nothing was made of the card')
  return made.ref
}

export const writesOf = ({ writes }: { readonly writes: { readonly mail: object; readonly record: object } }): number =>
  [...Object.values(writes.mail), ...Object.values(writes.record)].reduce(
    (sum: number, count) => sum + Number(count),
    0
  )
