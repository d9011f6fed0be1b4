/**
 * Which policy says when a workload of a mailbox is due: what a host has said of the engine, and of the mailbox, laid
 * over the shipped figures. Plain JSON; what is refused is told by its path, never by its value.
 */
import { adaptive, type AdaptivePolicy, client, type ClientPolicy, type Policy } from '../schedule/index.js'
import { stepped, type SteppedPolicy } from '../schedule/index.js'
import { durationMs } from './duration.js'
import type { Settings, SettingsFault } from './settings.js'
import { type Workload, workloads } from './workload.js'

/** A policy by its name, and the figures of it that are others than the shipped ones. @public */
export type PolicyInput =
  | ({ readonly name: 'stepped' } & Partial<Omit<SteppedPolicy, 'name'>>)
  | ({ readonly name: 'client' } & Partial<Omit<ClientPolicy, 'name'>>)
  | ({ readonly name: 'adaptive' } & Partial<Omit<AdaptivePolicy, 'name'>>)

/**
 * How a mailbox is scheduled: a policy, and what is different for `email` or for `act` (contacts, appointments, tasks).
 * A name that is left out is that of what stands below; figures of another policy do not carry over.
 *
 * @example
 * ```ts
 * import { createEngine, type ScheduleInput } from 'liaison'
 *
 * const schedule: ScheduleInput = { name: 'stepped', act: { idleDelayMsMax: 15 * 60_000 } }
 * ```
 * @public
 */
export type ScheduleInput = (PolicyInput | FiguresInput) & {
  readonly [workload in Workload]?: PolicyInput | FiguresInput
}

/** Figures of whatever policy stands below. @public */
export type FiguresInput = Partial<
  Omit<SteppedPolicy, 'name'> & Omit<ClientPolicy, 'name'> & Omit<AdaptivePolicy, 'name'>
>

const shipped: { readonly [name in Policy['name']]: Policy } = { stepped, client, adaptive }

const isName = (name: unknown): name is Policy['name'] => typeof name === 'string' && Object.hasOwn(shipped, name)

interface Figures {
  readonly [figure: string]: unknown
}

const isPlain = (value: unknown): value is Figures =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the layers of a schedule say of one workload, the lowest first. */
const layersOf = (schedules: ReadonlyArray<unknown>, workload: Workload): ReadonlyArray<Figures> =>
  schedules.flatMap((schedule) => {
    if (!isPlain(schedule)) return []
    const { email: _email, act: _act, ...both } = schedule
    const own = schedule[workload]
    return [both, ...(isPlain(own) ? [own] : [])]
  })

/** The policy of a workload: failures follow `settings.retry` unless the schedule says otherwise. */
export const policyFor = (
  { retry }: Pick<Settings, 'retry'>,
  schedules: ReadonlyArray<ScheduleInput | undefined>,
  workload: Workload
): Policy => {
  const failing = {
    failureLimit: retry.transientLimit,
    failureDelayMs: durationMs(retry.transientDelay) ?? stepped.failureDelayMs
  }
  let policy: Policy = { ...stepped, ...failing }
  for (const { name, ...figures } of layersOf(schedules, workload)) {
    const under: Policy = isName(name) && name !== policy.name ? { ...shipped[name], ...failing } : policy
    policy = { ...under, ...figuresOf(under, figures) }
  }
  return policy
}

const figuresOf = (policy: Policy, figures: Figures): Figures =>
  Object.fromEntries(
    Object.entries(figures).filter(([figure, value]) => value !== undefined && Object.hasOwn(policy, figure))
  )

/** All faults of a schedule that is laid over others; none where it may be used. */
export const scheduleFaults = (
  path: string,
  schedule: unknown,
  under: ReadonlyArray<unknown> = []
): ReadonlyArray<SettingsFault> => {
  if (schedule === undefined) return []
  if (!isPlain(schedule)) return [{ path, expected: 'a policy, its figures, `email`, `act`' }]
  const { email: _email, act: _act, ...both } = schedule
  const below = nameIn(under.flatMap((each) => (isPlain(each) ? [each] : [])))
  return [
    ...policyFaults(path, both, below),
    ...workloads.flatMap((workload) => {
      const own = schedule[workload]
      if (own === undefined) return []
      if (!isPlain(own)) return [{ path: `${path}.${workload}`, expected: 'a policy or its figures' }]
      return policyFaults(`${path}.${workload}`, own, nameIn([...layersOf(under, workload), both]))
    })
  ]
}

const nameIn = (layers: ReadonlyArray<Figures>): Policy['name'] =>
  layers.reduce<Policy['name']>((name, layer) => (isName(layer['name']) ? layer['name'] : name), 'stepped')

const policyFaults = (
  path: string,
  { name, ...figures }: Figures,
  below: Policy['name']
): ReadonlyArray<SettingsFault> => {
  if (name !== undefined && !isName(name))
    return [
      {
        path: `${path}.name`,
        expected: Object.keys(shipped)
          .map((each) => `"${each}"`)
          .join(' | ')
      }
    ]
  const policy: Figures = { ...shipped[name ?? below] }
  const faults = Object.entries(figures).flatMap(([figure, value]) => {
    if (value === undefined) return []
    const expected = Object.hasOwn(policy, figure)
      ? faultOf(figure, value, policy[figure])
      : `no such figure of the policy "${name ?? below}"`
    return expected === undefined ? [] : [{ path: `${path}.${figure}`, expected }]
  })
  return faults.length > 0 ? faults : turnedFaults(path, { ...policy, ...figures }, figures)
}

/** What is expected of a figure, where that is not what is given. */
const faultOf = (figure: string, value: unknown, standard: unknown): string | undefined => {
  if (typeof standard === 'boolean') return typeof value === 'boolean' ? undefined : 'true or false'
  if (typeof standard !== 'number') return 'no other value'
  if (/Ms(?:Min|Max)?$/.test(figure)) {
    const min = mayBeNothing.has(figure) ? 0 : durationMsMin
    const isFit = Number.isInteger(value) && Number(value) >= min && Number(value) <= durationMsMax
    return isFit ? undefined : `a whole number of milliseconds from ${min} to ${durationMsMax}`
  }
  if (/(?:Min|Max|Limit)$/.test(figure))
    return Number.isInteger(value) && Number(value) >= 1 ? undefined : 'a whole number from 1'
  const isFit = typeof value === 'number' && Number.isFinite(value) && value >= 0
  if (shares.has(figure)) return isFit && value <= 1 ? undefined : 'a number from 0 to 1'
  return isFit ? undefined : 'a number from 0'
}

const shares: ReadonlySet<string> = new Set(['spread', 'longWaits'])
const mayBeNothing: ReadonlySet<string> = new Set(['idleStepMs', 'pushDelayMs', 'retryAfterMsMax'])

/** No mailbox is visited more often than once a second, nor less often than once a year. */
const durationMsMin = 1000
const durationMsMax = 366 * 24 * 60 * 60_000

/** A least delay above the greatest one of the same name. */
const turnedFaults = (path: string, policy: Figures, given: Figures): ReadonlyArray<SettingsFault> =>
  Object.keys(policy).flatMap((figure) => {
    const greatest = figure.endsWith('Min') ? `${figure.slice(0, -3)}Max` : figure
    const [least, most] = [policy[figure], policy[greatest]]
    if (greatest === figure || typeof least !== 'number' || typeof most !== 'number' || least <= most) return []
    const path_ = Object.hasOwn(given, greatest) ? greatest : figure
    return [{ path: `${path}.${path_}`, expected: `${figure} to be no more than ${greatest}` }]
  })
