/** The expectations of a scenario, part by part, against the world and the last cycle. */
import { durationMs } from '../../engine/duration.js'
import { type ItemSnapshot, limits, type RecordSnapshot } from '../../model/index.js'
import type { Probe } from '../../engine/track/judge.js'
import { difference, matching, says } from './match.js'
import { type Json, listAt, objectAt, onlyKeys, ScenarioError, textAt } from './shape.js'
import { tenant, type World } from './world.js'

const parts = [
  'mail',
  'records',
  'created',
  'linked',
  'unlinked',
  'links',
  'status',
  'writes',
  'deletes',
  'messages',
  'reasons',
  'conflicts',
  'report',
  'pane',
  'probes'
]

/** All differences of one `expect`. */
export const unmet = async (world: World, expected: Json, path: string): Promise<ReadonlyArray<string>> => {
  onlyKeys(expected, parts, path)
  const found: Array<string | undefined> = []
  for (const part of Object.keys(expected))
    found.push(...((await checks[part]?.(world, expected[part], `${path}.${part}`)) ?? []))
  return found.filter((one): one is string => one !== undefined)
}

type Check = (world: World, expected: unknown, path: string) => Promise<ReadonlyArray<string | undefined>>

const itemView = (item: ItemSnapshot | undefined): Json | undefined =>
  item && { kind: item.kind, folder: item.folder, categories: item.categories ?? [], fields: item.fields }

const recordView = (record: RecordSnapshot | undefined): Json | undefined =>
  record && {
    type: record.type,
    owner: record.owner,
    state: record.state,
    status: record.status,
    fields: record.fields
  }

const thing = (expected: unknown, actual: Json | undefined, path: string): string | undefined => {
  if (expected === null) return actual === undefined ? undefined : says(path, null, actual)
  return actual === undefined ? says(path, expected, null) : difference(expected, actual, path)
}

const mustKnow = (world: World, side: 'mail' | 'records', id: string, path: string): void => {
  if (!world.known[side].has(id)) throw new ScenarioError(`${path}: unknown id "${id}"`)
}

const itemOf = (world: World, id: string): ItemSnapshot | undefined => world.hostOf(world.mailboxOf(id)).get(id)

const linksOf = async (
  world: World,
  id: string
): Promise<ReadonlyArray<{ readonly item: string; readonly record: string }>> => {
  const by = world.known.mail.has(id) ? 'item' : 'record'
  const answer = await world.links.linksOf(tenant, by, [id])
  if (answer._tag === 'Left') throw new ScenarioError('the links could not be read')
  return answer.right
}

const linkCount = async (world: World, mailbox: string): Promise<number> => {
  let count = 0
  let after: string | undefined
  for (;;) {
    const answer = await world.links.walk({ tenant, mailbox }, after, limits.walkMax)
    if (answer._tag === 'Left') throw new ScenarioError('the links could not be read')
    count += answer.right.length
    if (answer.right.length < limits.walkMax) return count
    after = answer.right.at(-1)?.id
  }
}

const mailboxFor = (world: World, id: string): string =>
  world.known.mail.has(id) ? world.mailboxOf(id) : (world.lastMailbox ?? '')

/** Under a dry run reasons are the plan's; else the engine is asked. */
const reasonOf = async (world: World, id: string): Promise<string> => {
  const planned =
    world.lastReport?.dryRun === true
      ? world.lastReport.decisions.find((decision) => decision.item === id || decision.record === id)
      : undefined
  if (planned !== undefined) return planned.heldBy ?? planned.code
  const side = world.known.mail.has(id) ? 'mail' : 'record'
  return (await world.engine().explain(mailboxFor(world, id), side, id)).code
}

const counted = (world: World): { readonly mail: Json; readonly records: Json } => {
  const mail = [...world.mailboxes.values()].map(({ memory }) => memory.host.counts)
  const sum = (name: 'creates' | 'updates' | 'deletes'): number =>
    mail.reduce((total, counts) => total + counts[name], 0)
  const { creates, updates, deletes } = world.records.host.counts
  return {
    mail: { all: sum('creates') + sum('updates') + sum('deletes'), deletes: sum('deletes') },
    records: { all: creates + updates + deletes, deletes }
  }
}

const numbers = (expected: unknown, actual: Json, path: string): ReadonlyArray<string | undefined> => {
  const wanted = objectAt(expected, path)
  onlyKeys(wanted, Object.keys(actual), path)
  return Object.keys(wanted).map((key) =>
    wanted[key] === actual[key] ? undefined : says(`${path}.${key}`, wanted[key], actual[key])
  )
}

const checks: { readonly [part: string]: Check } = {
  mail: async (world, expected, path) =>
    Object.entries(objectAt(expected, path)).map(([id, wanted]) => {
      if (wanted !== null) mustKnow(world, 'mail', id, path)
      return thing(wanted, world.known.mail.has(id) ? itemView(itemOf(world, id)) : undefined, `${path}.${id}`)
    }),
  records: async (world, expected, path) =>
    Object.entries(objectAt(expected, path)).map(([id, wanted]) => {
      if (wanted !== null) mustKnow(world, 'records', id, path)
      return thing(wanted, recordView(world.records.host.get(id)), `${path}.${id}`)
    }),
  created: async (world, expected, path) => {
    const wanted = objectAt(expected, path)
    onlyKeys(wanted, ['mail', 'records'], path)
    const items = [...world.mailboxes].flatMap(([mailbox, { memory }]) =>
      memory.host
        .all()
        .filter(({ ref }) => !world.known.mail.has(ref))
        .map((item) => ({ ...itemView(item), mailbox }))
    )
    const records = world.records.host.all().filter(({ ref }) => !world.known.records.has(ref))
    return [
      wanted['mail'] === undefined ? undefined : matching(listAt(wanted['mail'], path), items, `${path}.mail`),
      wanted['records'] === undefined
        ? undefined
        : matching(listAt(wanted['records'], path), records.map(recordView), `${path}.records`)
    ]
  },
  linked: async (world, expected, path) =>
    Promise.all(
      listAt(expected, path).map(async (pair, index) => {
        const [item, record] = listAt(pair, path).map((id) => textAt(id, path))
        mustKnow(world, 'mail', item ?? '', path)
        if (record !== '*') mustKnow(world, 'records', record ?? '', path)
        const links = await linksOf(world, item ?? '')
        const isLinked = links.some((link) => record === '*' || link.record === record)
        return isLinked ? undefined : says(`${path}[${index}]`, pair, links)
      })
    ),
  unlinked: async (world, expected, path) =>
    Promise.all(
      listAt(expected, path).map(async (given, index) => {
        const id = textAt(given, path)
        if (!world.known.mail.has(id)) mustKnow(world, 'records', id, path)
        const links = await linksOf(world, id)
        return links.length === 0 ? undefined : says(`${path}[${index}]`, [], links)
      })
    ),
  links: async (world, expected, path) => {
    let count = 0
    for (const mailbox of world.mailboxes.keys()) count += await linkCount(world, mailbox)
    return [count === expected ? undefined : says(path, expected, count)]
  },
  status: async (world, expected, path) =>
    Promise.all(
      Object.entries(objectAt(expected, path)).map(async ([id, wanted]) => {
        mustKnow(world, 'mail', id, path)
        const status = await world.engine().status(world.mailboxOf(id), id)
        return status === wanted ? undefined : says(`${path}.${id}`, wanted, status)
      })
    ),
  writes: async (world, expected, path) => {
    const { mail, records } = counted(world)
    return numbers(expected, { mail: mail['all'], records: records['all'] }, path)
  },
  deletes: async (world, expected, path) => {
    const { mail, records } = counted(world)
    return numbers(expected, { mail: mail['deletes'], records: records['deletes'] }, path)
  },
  messages: async (world, expected, path) => {
    const all = [...world.mailboxes.values()].map(({ memory }) => memory.host.messages)
    const sum = (name: 'invitations' | 'updates' | 'cancellations' | 'sent'): number =>
      all.reduce((total, messages) => total + messages[name], 0)
    return numbers(
      expected,
      {
        invitations: sum('invitations'),
        updates: sum('updates'),
        cancellations: sum('cancellations'),
        sent: sum('sent')
      },
      path
    )
  },
  reasons: async (world, expected, path) =>
    Promise.all(
      Object.entries(objectAt(expected, path)).map(async ([id, wanted]) => {
        if (!world.known.mail.has(id)) mustKnow(world, 'records', id, path)
        const code = await reasonOf(world, id)
        return code === wanted ? undefined : says(`${path}.${id}`, wanted, code)
      })
    ),
  conflicts: async (world, expected, path) => {
    const rows: Array<Json> = []
    for (const mailbox of world.mailboxes.keys()) {
      for (const { item, record, field, kept } of await world.engine().conflicts(mailbox))
        rows.push({ mail: item, record, field, kept })
    }
    return [matching(listAt(expected, path), rows, path)]
  },
  report: async (world, expected, path) => {
    const wanted = objectAt(expected, path)
    onlyKeys(wanted, ['outcome', 'held', 'nextDelay'], path)
    const report = world.lastReport
    const outcome = world.died ? 'interrupted' : report?.outcome
    return [
      wanted['outcome'] === undefined || wanted['outcome'] === outcome
        ? undefined
        : says(`${path}.outcome`, wanted['outcome'], outcome),
      wanted['held'] === undefined || report?.held.some(({ guard }) => guard === wanted['held']) === true
        ? undefined
        : says(`${path}.held`, wanted['held'], report?.held),
      Object.hasOwn(wanted, 'nextDelay')
        ? delayDifference(wanted['nextDelay'], report?.nextDelayMs, `${path}.nextDelay`)
        : undefined
    ]
  },
  pane: async (world, expected, path) =>
    Promise.all(
      Object.entries(objectAt(expected, path)).map(async ([id, wanted]) => {
        mustKnow(world, 'mail', id, path)
        return difference(wanted, await world.engine().pane(world.mailboxOf(id), id), `${path}.${id}`)
      })
    ),
  probes: async (world, expected, path) => [
    matching(listAt(expected ?? [], path), world.probes.map(probeView), path),
    ...world.probes.flatMap((probe) =>
      Object.keys(probe)
        .filter((key) => !probeKeys.includes(key))
        .map((key) => says(path, probeKeys, key))
    )
  ]
}

const probeKeys: ReadonlyArray<string> = ['sender', 'recipients', 'subject', 'messageId']

const probeView = (probe: Probe): Json => ({ ...probe })

const delayDifference = (expected: unknown, delayMs: number | undefined, path: string): string | undefined => {
  const wanted = expected === null ? undefined : durationMs(textAt(expected, path))
  return wanted === delayMs ? undefined : says(path, expected, delayMs)
}
