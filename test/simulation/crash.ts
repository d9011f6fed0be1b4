/**
 * Runs a scenario with one death of the process in it, and without: whatever the call at which it dies, the world
 * must end as the world of a run in which nothing died. Points are counted, so that all of them can be tried.
 */
import { Crash, type FaultOp, type FaultStore } from '../../src/adapters/memory/index.js'
import { canonicalJson, type ItemSnapshot, type Link, type RecordSnapshot } from '../../src/model/index.js'
import { ScenarioError, stepsOf, type Scenario } from './steps.js'
import { reachOf, runSteps, syncOnce, World, type WorldOptions } from '../../src/testing/scenario/index.js'

/** Where the process dies: at the nth call of any port, or at the nth effect of one kind within its batch. */
export type Point =
  | { readonly call: number }
  | { readonly store: FaultStore; readonly op: FaultOp; readonly after: number }

/** How a run ended, in words that do not depend on the ids of made things. */
export interface Ending {
  readonly world: string
  readonly conflicts: ReadonlyArray<string>
  /** Things with more than one counterpart. */
  readonly doubles: ReadonlyArray<string>
  readonly rounds: number
  /** Names of the calls, in order. */
  readonly calls: ReadonlyArray<string>
  /** The step during which the process died. */
  readonly diedAt: number | undefined
}

/** Rounds until nothing is written any more; more are a failure to settle. */
const roundsMax = 20

export interface Run {
  readonly scenario: Scenario
  readonly options?: () => WorldOptions
  readonly point?: Point
  /** The step that is done twice in a run without a death, as the person does whose process died. */
  readonly twice?: number
}

export const run = async ({ scenario, options = () => ({}), point, twice }: Run): Promise<Ending> => {
  const { now, given, steps } = stepsOf(scenario)
  const world = new World(now, given, options(), reachOf(given, steps))
  await world.seedLinks(given)
  const death = armed(world, point)
  let diedAt: number | undefined
  for (const [index, step] of steps.entries()) {
    await survive(() => runSteps(world, [step]), world)
    const hasDied = diedAt === undefined && death.hasDied()
    if (hasDied) diedAt = index
    if (!hasDied && twice !== index) continue
    death.disarm()
    await survive(() => runSteps(world, [step]), world)
  }
  death.disarm()
  world.faults.clear()
  world.faults.onCall = undefined
  const rounds = await settle(world)
  return { ...(await endOf(world)), rounds, calls: death.calls(), diedAt }
}

const survive = async (act: () => Promise<unknown>, world: World): Promise<void> => {
  try {
    await act()
  } catch (thrown) {
    if (!(thrown instanceof Crash)) throw thrown
    world.forgetEngine()
  }
}

const armed = (world: World, point: Point | undefined) => {
  const calls: Array<string> = []
  let died = false
  let isArmed = true
  world.faults.onCall = (name) => {
    calls.push(name)
    if (!isArmed || point === undefined || !('call' in point) || calls.length !== point.call) return
    died = true
    throw new Crash('the process dies')
  }
  if (point !== undefined && 'store' in point) {
    const { strike } = world.faults
    let effects = 0
    // The nth effect of this kind, beside whatever faults the scenario itself has.
    Object.assign(world.faults, {
      strike: (store: FaultStore, op: FaultOp) => {
        if (isArmed && store === point.store && op === point.op) {
          effects += 1
          if (effects === point.after + 1) {
            died = true
            return { store, op, error: 'crash' as const }
          }
        }
        return strike(store, op)
      }
    })
  }
  return {
    calls: () => calls,
    hasDied: () => died,
    disarm: () => {
      isArmed = false
    }
  }
}

const settle = async (world: World): Promise<number> => {
  for (const mailbox of world.mailboxes.keys()) await world.engine().enable(mailbox)
  let before = ''
  let quiet = 0
  for (let round = 1; round <= roundsMax; round += 1) {
    let writes = 0
    for (const mailbox of world.mailboxes.keys()) {
      await syncOnce(world, mailbox, false)
      const counts = [
        world.records.host.counts,
        ...[...world.mailboxes.values()].map(({ memory }) => memory.host.counts)
      ]
      writes += counts.reduce((sum, { creates, updates, deletes }) => sum + creates + updates + deletes, 0)
    }
    const now = await fingerprintOf(world)
    quiet = writes === 0 && now === before ? quiet + 1 : 0
    before = now
    if (quiet === 2) return round
  }
  throw new ScenarioError(`does not settle within ${roundsMax} rounds`)
}

/** Enough to see that nothing moves. */
const fingerprintOf = async (world: World): Promise<string> => {
  const mailboxes = [...world.mailboxes.keys()]
  const things = [...world.records.host.all(), ...mailboxes.flatMap((mailbox) => world.hostOf(mailbox).all())]
  const links = (await Promise.all(mailboxes.map((mailbox) => linksOf(world, mailbox)))).flat()
  return JSON.stringify([things.map(({ ref, version }) => [ref, version]), links.map(({ id, origin }) => [id, origin])])
}

const endOf = async (world: World): Promise<Pick<Ending, 'world' | 'conflicts' | 'doubles'>> => {
  const mailboxes = [...world.mailboxes.keys()]
  const links = (await Promise.all(mailboxes.map((mailbox) => linksOf(world, mailbox)))).flat()
  const items = mailboxes.flatMap((mailbox) =>
    world
      .hostOf(mailbox)
      .all()
      .map((item) => ({ mailbox, item }))
  )
  const records = world.records.host.all()
  const itemNames = new Map(
    items.map(({ mailbox, item }) => [
      `${mailbox} ${item.ref}`,
      nameOf(world.known.mail, item.ref, itemView(mailbox, item))
    ])
  )
  const recordNames = new Map(
    records.map((record) => [record.ref, nameOf(world.known.records, record.ref, recordView(record))])
  )
  const end = {
    items: items
      .map(({ mailbox, item }) => [itemNames.get(`${mailbox} ${item.ref}`), itemView(mailbox, item)])
      .sort(byText),
    records: records.map((record) => [recordNames.get(record.ref), recordView(record)]).sort(byText),
    links: links
      .map(({ mailbox, item, record, origin }) => [
        itemNames.get(`${mailbox} ${item}`) ?? 'gone',
        recordNames.get(record) ?? 'gone',
        origin
      ])
      .sort(byText)
  }
  const conflicts: Array<string> = []
  for (const mailbox of mailboxes) {
    for (const { item, record, field, kept } of await world.engine().conflicts(mailbox)) {
      conflicts.push(
        canonicalJson([itemNames.get(`${mailbox} ${item}`) ?? 'gone', recordNames.get(record) ?? 'gone', field, kept])
      )
    }
  }
  return {
    world: Object.entries(end)
      .flatMap(([what, things]) => things.map((thing) => `${what} ${canonicalJson(thing)}`))
      .join('\n'),
    conflicts: conflicts.sort(),
    doubles: doublesIn(links, items)
  }
}

const itemView = (mailbox: string, { kind, folder, categories, fields }: ItemSnapshot) => ({
  mailbox,
  kind,
  folder,
  categories,
  fields
})
const recordView = ({ type, owner, state, status, fields }: RecordSnapshot) => ({ type, owner, state, status, fields })

/** What the engine made has no name of its own but what it holds. */
const nameOf = (known: ReadonlySet<string>, ref: string, view: unknown): string =>
  known.has(ref) ? ref : `made ${canonicalJson(view)}`

const byText = (x: unknown, y: unknown): number => {
  const [a, b] = [canonicalJson(x), canonicalJson(y)]
  return a < b ? -1 : a > b ? 1 : 0
}

const linksOf = async (world: World, mailbox: string): Promise<ReadonlyArray<Link>> => {
  const answer = await world.links.walk({ tenant: 'scenario', mailbox }, undefined, 500)
  return answer._tag === 'Right' ? answer.right : []
}

const doublesIn = (
  links: ReadonlyArray<Link>,
  items: ReadonlyArray<{ readonly mailbox: string; readonly item: ItemSnapshot }>
): ReadonlyArray<string> => {
  const counts = new Map<string, number>()
  const count = (name: string): void => {
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const { mailbox, item, record } of links) {
    count(`links of item ${mailbox} ${item}`)
    count(`links of record ${mailbox} ${record}`)
  }
  for (const { mailbox, item } of items)
    if (item.marker !== undefined) count(`items of ${mailbox} made for ${item.marker.record}`)
  return [...counts].filter(([, times]) => times > 1).map(([name]) => name)
}
