/** What a host may say: every fault is told with its path, and nothing is taken in part. */
import { Misuse } from '../../model/error.js'
import type { Due, FleetOptions, NewSchedule, RateLimits, TenantLimits } from './face.js'

export const schedulesMost = 4_194_304
/** Longest name of a tenant or server, in UTF-16 units. */
const nameLengthMax = 1000
const dayMs = 24 * 60 * 60_000
/** As far as a `Date` reaches. */
const instantMost = 8_640_000_000_000_000

export interface Bounds {
  readonly min: number
  readonly max: number
  readonly integer?: true
}

export const refuse = (path: string, expected: string): never => {
  throw new Misuse(`${path}: expected ${expected}`, [path])
}

/** Nothing is missing, and it is a number within its bounds. */
export const numberIn = (path: string, value: unknown, { min, max, integer }: Bounds): number => {
  const isNumber = typeof value === 'number' && value >= min && value <= max && (integer !== true || value % 1 === 0)
  if (isNumber) return value
  return refuse(path, `${integer === true ? 'an integer' : 'a number'} from ${min} to ${max}`)
}

const optional = (path: string, value: unknown, bounds: Bounds, standard: number): number =>
  value === undefined ? standard : numberIn(path, value, bounds)

export const instant = (path: string, value: unknown): number => numberIn(path, value, { min: 0, max: instantMost })

const rateBounds = { min: 1 / 86_400, max: 1_000_000 }
const countBounds = { min: 1, max: 10_000_000, integer: true } as const

export const checkLimits = (path: string, limits: RateLimits): void => {
  if (typeof limits !== 'object' || limits === null) refuse(path, 'an object')
  const { perSecondMax, burstMax, inFlightMax } = limits
  if (perSecondMax !== undefined) numberIn(`${path}.perSecondMax`, perSecondMax, rateBounds)
  if (burstMax !== undefined) numberIn(`${path}.burstMax`, burstMax, { min: 1, max: 10_000_000 })
  if (inFlightMax !== undefined) numberIn(`${path}.inFlightMax`, inFlightMax, countBounds)
}

export const checkTenant = (path: string, limits: TenantLimits): void => {
  checkLimits(path, limits)
  const { share, visitsPerDay } = limits
  if (share !== undefined) numberIn(`${path}.share`, share, { min: 1, max: 1000, integer: true })
  if (visitsPerDay !== undefined) numberIn(`${path}.visitsPerDay`, visitsPerDay, { min: 1, max: 86_400 })
}

export const checkName = (path: string, name: unknown): string =>
  typeof name === 'string' && name.length > 0 && name.length <= nameLengthMax
    ? name
    : refuse(path, `a text of 1 to ${nameLengthMax} characters`)

export const checkDue = (path: string, due: Due): void => {
  if (typeof due !== 'object' || due === null) refuse(path, 'an object')
  if (due.dueAtMs !== undefined) instant(`${path}.dueAtMs`, due.dueAtMs)
  if (due.notBeforeMs !== undefined) instant(`${path}.notBeforeMs`, due.notBeforeMs)
}

export const checkSchedule = (schedule: NewSchedule): void => {
  checkDue('schedule', schedule)
  checkName('schedule.tenant', schedule.tenant)
  checkName('schedule.server', schedule.server)
  if (schedule.priority !== undefined)
    numberIn('schedule.priority', schedule.priority, { min: 0, max: 255, integer: true })
}

/** The options with their defaults. */
export interface Settings extends RateLimits {
  readonly schedulesMax: number
  readonly tenantsMax: number
  readonly serversMax: number
  readonly leaseMs: number
  readonly shareMs: number
  readonly delayMsMin: number
  readonly delayMsMax: number
  readonly recoveryMs: number
  readonly price: { readonly initial: number; readonly min: number; readonly max: number }
}

export const settingsOf = (options: FleetOptions): Settings => {
  checkLimits('options', options)
  const parties = { min: 1, max: 1_048_576, integer: true } as const
  const span = { min: 1000, max: dayMs }
  const delayMsMin = optional('options.delayMsMin', options.delayMsMin, span, 2 * 60_000)
  const given = options.price ?? {}
  const positive = { min: 1e-6, max: 1e9 }
  const min = optional('options.price.min', given.min, positive, 0.01)
  const max = optional('options.price.max', given.max, { min, max: 1e9 }, Math.max(min, 100_000))
  const { perSecondMax, burstMax, inFlightMax } = options
  return {
    ...(perSecondMax === undefined ? {} : { perSecondMax }),
    ...(burstMax === undefined ? {} : { burstMax }),
    ...(inFlightMax === undefined ? {} : { inFlightMax }),
    schedulesMax: optional(
      'options.schedulesMax',
      options.schedulesMax,
      { min: 1, max: schedulesMost, integer: true },
      schedulesMost
    ),
    tenantsMax: optional('options.tenantsMax', options.tenantsMax, parties, 65_536),
    serversMax: optional('options.serversMax', options.serversMax, parties, 65_536),
    leaseMs: optional('options.leaseMs', options.leaseMs, span, 10 * 60_000),
    shareMs: optional('options.shareMs', options.shareMs, { min: 0, max: dayMs }, 20_000),
    delayMsMin,
    delayMsMax: optional(
      'options.delayMsMax',
      options.delayMsMax,
      { min: delayMsMin, max: dayMs },
      Math.max(delayMsMin, 12 * 60_000)
    ),
    recoveryMs: optional('options.recoveryMs', options.recoveryMs, span, 10 * 60_000),
    price: {
      min,
      max,
      initial: optional('options.price.initial', given.initial, { min, max }, Math.min(max, Math.max(min, 20)))
    }
  }
}
