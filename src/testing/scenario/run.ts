/**
 * Runs scenarios: the rules of the specification, and a host's own, as data. Every scenario runs the real engine over
 * stores in memory, through the same ports as any adapter.
 */
import { Crash } from '../../adapters/memory/index.js'
import { durationMs } from '../../engine/duration.js'
import type { Probe } from '../../engine/track/judge.js'
import { type DecisionAnswer, Misuse } from '../../model/index.js'
import { adaptive, type CycleObservation, freshPace, nextSync, type Policy, stepped } from '../../schedule/index.js'
import { unmet } from './expect.js'
import { reachOf } from './reach.js'
import { runFilter } from './filter.js'
import {
  fieldsAt,
  isJson,
  type Json,
  listAt,
  NotBuilt,
  objectAt,
  onlyKeys,
  type Scenario,
  ScenarioError,
  stepName,
  textAt
} from './shape.js'
import { World, type WorldOptions } from './world.js'

/** What came of one scenario; `failures` say step, path, expected and actual. @public */
export interface ScenarioResult {
  readonly id: string
  readonly passed: boolean
  readonly failures: ReadonlyArray<string>
}

const worldKeys = ['id', 'rule', 'title', 'kind', 'now', 'given', 'steps']

/** Runs one scenario. Never throws for what the scenario says; a defect of the library comes out as a failure too. @public */
export const runScenario = async (scenario: Scenario, options: WorldOptions = {}): Promise<ScenarioResult> => {
  try {
    const failures = await failuresOf(scenario, options)
    return { id: scenario.id, passed: failures.length === 0, failures }
  } catch (thrown) {
    const what = thrown instanceof ScenarioError ? 'scenario' : thrown instanceof NotBuilt ? 'not built yet' : 'error'
    const text =
      thrown instanceof Error ? (what === 'error' ? (thrown.stack ?? thrown.message) : thrown.message) : String(thrown)
    return { id: scenario.id, passed: false, failures: [`${what}: ${text}`] }
  }
}

const failuresOf = async (scenario: Scenario, options: WorldOptions): Promise<ReadonlyArray<string>> => {
  switch (scenario.kind ?? 'world') {
    case 'world':
      return runWorld(scenario, options)
    case 'schedule':
      return runSchedule(scenario)
    case 'filter':
      return runFilter(scenario)
    default:
      throw new ScenarioError(`kind: unknown kind ${JSON.stringify(scenario.kind)}`)
  }
}

const runWorld = async (scenario: Scenario, options: WorldOptions): Promise<ReadonlyArray<string>> => {
  onlyKeys(scenario, worldKeys, scenario.id)
  const given = objectAt(scenario['given'] ?? {}, 'given')
  const steps = listAt(scenario['steps'], 'steps')
  const now = textAt(scenario['now'] ?? '2026-03-02T09:00:00Z', 'now')
  const world = new World(now, given, options, reachOf(given, steps))
  await world.seedLinks(given)
  return runSteps(world, steps)
}

/** Runs the steps in a world that stands already: what crash tests and simulators build on. */
export const runSteps = async (world: World, steps: ReadonlyArray<unknown>): Promise<ReadonlyArray<string>> => {
  const failures: Array<string> = []
  for (const [index, given] of steps.entries()) {
    const path = `step ${index + 1}`
    const step = objectAt(given, path)
    const name = stepName(step, path)
    if (name === 'expect') failures.push(...(await unmet(world, objectAt(step['expect'], path), path)))
    else await acts[name]?.(world, step, path)
  }
  return failures
}

type Act = (world: World, step: Json, path: string) => Promise<void>

const idsIn = (value: unknown, path: string): ReadonlyArray<string> =>
  Array.isArray(value) ? value.map((id) => textAt(id, path)) : [textAt(value, path)]

const byIn = (step: Json): { readonly by?: string } => (typeof step['by'] === 'string' ? { by: step['by'] } : {})

/** Runs one cycle; a process that died counts as interrupted, and the next cycle starts from what was committed. */
export const syncOnce = async (world: World, mailbox: string, dryRun: boolean): Promise<void> => {
  world.resetCounts()
  world.lastMailbox = mailbox
  world.died = false
  world.probes = []
  try {
    const options = { onProbe: (probe: Probe) => world.probes.push(probe) }
    world.lastReport = dryRun
      ? await world.engine().plan(mailbox, options)
      : await world.engine().sync(mailbox, options)
  } catch (thrown) {
    if (!(thrown instanceof Crash)) throw thrown
    world.forgetEngine()
    world.lastReport = undefined
    world.died = true
  }
}

const acts: { readonly [step: string]: Act } = {
  sync: async (world, step, path) => {
    const mailbox = textAt(step['sync'], path)
    await syncOnce(world, mailbox, step['dryRun'] === true)
  },
  track: async (world, step, path) => {
    const items = idsIn(step['track'], path)
    const regarding = step['regarding'] === undefined ? {} : { regarding: textAt(step['regarding'], path) }
    const parent = step['parent'] === undefined ? {} : { parent: textAt(step['parent'], path) }
    await world.engine().track(world.mailboxOf(items[0] ?? ''), items, { ...parent, ...regarding, ...byIn(step) })
  },
  setRegarding: async (world, step, path) => {
    const items = idsIn(step['setRegarding'], path)
    const to = step['to'] === null ? null : textAt(step['to'], path)
    await world.engine().setRegarding(world.mailboxOf(items[0] ?? ''), items, to, byIn(step))
  },
  setParent: async (world, step, path) => {
    const items = idsIn(step['setParent'], path)
    await world.engine().setParent(world.mailboxOf(items[0] ?? ''), items, textAt(step['to'], path), byIn(step))
  },
  untrack: async (world, step, path) => {
    const item = textAt(step['untrack'], path)
    await world.engine().untrack(world.mailboxOf(item), item, { deleteRecord: step['delete'] === true, ...byIn(step) })
  },
  resolve: async (world, step, path) => {
    const item = textAt(step['resolve'], path)
    const decision = answerAt(step['decision'], `${path}.decision`)
    await world.engine().resolve(world.mailboxOf(item), item, decision, byIn(step))
  },
  createMail: async (world, step, path) => {
    const { createMail, ...item } = step
    world.putItem(textAt(createMail, path), item)
  },
  editMail: async (world, step, path) => {
    const item = textAt(step['editMail'], path)
    world.hostOf(world.mailboxOf(item)).edit(item, {
      ...(step['set'] === undefined ? {} : { set: fieldsAt(step['set'], path) }),
      ...(step['categories'] === undefined ? {} : { categories: listAt(step['categories'], path).map(String) }),
      ...(step['folder'] === undefined ? {} : { folder: textAt(step['folder'], path) })
    })
  },
  deleteMail: async (world, step, path) => {
    const item = textAt(step['deleteMail'], path)
    world.hostOf(world.mailboxOf(item)).remove(item)
  },
  copyMail: async (world, step, path) => {
    const item = textAt(step['copyMail'], path)
    const as = textAt(step['as'], path)
    const mailbox = world.mailboxOf(item)
    world.hostOf(mailbox).copy(item, as)
    world.noteCopy(as, mailbox)
  },
  createRecord: async (world, step, path) => {
    const { createRecord, ...record } = step
    world.putRecord(textAt(createRecord, path), record)
  },
  editRecord: async (world, step, path) => {
    world.records.host.edit(textAt(step['editRecord'], path), {
      ...(step['set'] === undefined ? {} : { set: fieldsAt(step['set'], path) }),
      ...(step['owner'] === undefined ? {} : { owner: textAt(step['owner'], path) }),
      ...(step['state'] === undefined ? {} : { state: textAt(step['state'], path) }),
      ...(step['status'] === undefined ? {} : { status: textAt(step['status'], path) })
    })
  },
  deleteRecord: async (world, step, path) => {
    world.records.host.remove(textAt(step['deleteRecord'], path))
  },
  approve: async (world, step, path) => {
    const mailbox = textAt(step['approve'], path)
    for (const { planHash } of world.lastReport?.held ?? []) await world.engine().approve(mailbox, planHash, byIn(step))
  },
  advance: async (world, step, path) => {
    const by = durationMs(textAt(step['advance'], path))
    if (by === undefined) throw new ScenarioError(`${path}: expected a duration`)
    world.nowMs += by
  },
  settings: (world, step, path) => configured(world, 'settings', '', objectAt(step['settings'], path), step, path),
  mailbox: (world, step, path) =>
    configured(world, 'mailbox', textAt(step['mailbox'], path), objectAt(step['set'], path), step, path),
  user: (world, step, path) =>
    configured(world, 'user', textAt(step['user'], path), objectAt(step['set'], path), step, path),
  fault: async (world, step, path) => {
    const fault = objectAt(step['fault'], path)
    onlyKeys(fault, ['store', 'op', 'error', 'times', 'after', 'retryAfter'], path)
    const retryAfterMs = fault['retryAfter'] === undefined ? undefined : durationMs(textAt(fault['retryAfter'], path))
    world.faults.add({
      store: wordAt(fault['store'], faultStores, `${path}.fault.store`),
      op: wordAt(fault['op'], faultOps, `${path}.fault.op`),
      error: wordAt(fault['error'], faultErrors, `${path}.fault.error`),
      ...(fault['times'] === undefined ? {} : { times: Number(fault['times']) }),
      ...(fault['after'] === undefined ? {} : { after: Number(fault['after']) }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs })
    })
  }
}

const answerAt = (value: unknown, path: string): DecisionAnswer => {
  if (isJson(value)) {
    onlyKeys(value, ['link'], path)
    return { link: textAt(value['link'], `${path}.link`) }
  }
  return wordAt(value, ['mail', 'record', 'save', 'cancel'] as const, path)
}

const faultStores = ['mail', 'records', 'links'] as const
const faultOps = ['changes', 'create', 'update', 'delete', 'query', 'commit'] as const
const faultErrors = [
  'transient',
  'throttled',
  'conflict',
  'gone',
  'cursor-expired',
  'unauthorized',
  'forbidden',
  'invalid',
  'lost-response',
  'empty-listing',
  'crash'
] as const

const wordAt = <W extends string>(value: unknown, words: ReadonlyArray<W>, path: string): W => {
  const word = words.find((candidate) => candidate === value)
  if (word === undefined)
    throw new ScenarioError(`${path}: expected one of ${words.join(', ')}, was ${JSON.stringify(value)}`)
  return word
}

const configured = async (
  world: World,
  what: 'settings' | 'mailbox' | 'user',
  id: string,
  set: Json,
  step: Json,
  path: string
): Promise<void> => {
  const mustFail = step['refused'] === true
  try {
    await world.configure(what, id, set)
  } catch (thrown) {
    if (!(thrown instanceof Misuse)) throw thrown
    if (!mustFail) throw new ScenarioError(`${path}: refused: ${thrown.message}`)
    if (thrown.paths.length === 0) throw new ScenarioError(`${path}: refused without a path: ${thrown.message}`)
    return
  }
  if (mustFail) throw new ScenarioError(`${path}: expected to be refused, was taken`)
}

/** Names of the overrides in 5.6, and the figures of each policy that they stand for. */
const overrides: { readonly [P in 'stepped' | 'adaptive']: { readonly [name: string]: string } } = {
  stepped: {
    busyThreshold: 'busyChangesMin',
    busyDelay: 'busyDelayMs',
    activeDelay: 'activeDelayMs',
    idleStep: 'idleStepMs',
    idleMax: 'idleDelayMsMax',
    failureDelay: 'failureDelayMs',
    failureLimit: 'failureLimit'
  },
  adaptive: { busyThreshold: 'busyChangesMin', failureDelay: 'failureDelayMs', failureLimit: 'failureLimit' }
}

const policyAt = (given: Json): Policy => {
  const { name, ...figures } = given
  const policy = wordAt(name, ['stepped', 'adaptive'], 'policy.name')
  const overridden = Object.entries(figures).map(([key, value]) => {
    const figure = overrides[policy][key]
    if (figure === undefined) throw new ScenarioError(`policy: unknown key "${key}"`)
    return [figure, typeof value === 'number' ? value : (durationMs(textAt(value, `policy.${key}`)) ?? 0)]
  })
  return { ...(policy === 'stepped' ? stepped : adaptive), ...Object.fromEntries(overridden) }
}

const runSchedule = (scenario: Scenario): ReadonlyArray<string> => {
  onlyKeys(scenario, ['id', 'rule', 'title', 'kind', 'policy', 'observations', 'expect'], scenario.id)
  const policy = policyAt(objectAt(scenario['policy'], 'policy'))
  const expected = listAt(scenario['expect'], 'expect')
  const observed = listAt(scenario['observations'], 'observations')
  if (expected.length !== observed.length) throw new ScenarioError('expect: expected one entry for each observation')
  let state = freshPace
  return observed.flatMap((each, index) => {
    const given = objectAt(each, `observations[${index}]`)
    const endedAtMs = Date.parse(textAt(given['end'] ?? given['at'], `observations[${index}].at`))
    const next = nextSync(policy, state, observationOf(given), endedAtMs)
    state = next.state
    const failure = scheduleDifference(
      objectAt(expected[index], `expect[${index}]`),
      next.disabled ? undefined : next.delayMs,
      `expect[${index}]`
    )
    return failure === undefined ? [] : [failure]
  })
}

const observationOf = (given: Json): CycleObservation => {
  onlyKeys(given, ['at', 'end', 'changes', 'error', 'retryAfter'], 'observation')
  const retryAfterMs =
    given['retryAfter'] === undefined ? undefined : durationMs(textAt(given['retryAfter'], 'retryAfter'))
  return {
    changes: Number(given['changes'] ?? 0),
    ...(given['error'] === undefined ? {} : { error: given['error'] as NonNullable<CycleObservation['error']> }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs })
  }
}

const scheduleDifference = (expected: Json, delayMs: number | undefined, path: string): string | undefined => {
  onlyKeys(expected, ['delay', 'min', 'max', 'disabled'], path)
  const ms = (key: string): number | undefined =>
    expected[key] === undefined ? undefined : durationMs(textAt(expected[key], path))
  const min = ms('min') ?? ms('delay')
  const max = ms('max') ?? ms('delay')
  const fits =
    expected['disabled'] === true
      ? delayMs === undefined
      : delayMs !== undefined && (min === undefined || delayMs >= min) && (max === undefined || delayMs <= max)
  return fits ? undefined : `${path}: expected ${JSON.stringify(expected)}, was ${delayMs ?? 'disabled'} ms`
}
