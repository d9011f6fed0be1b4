/**
 * What each method of connection can do, as data: the matrix 4.2 of `tracking.md`, the router's figures (4.3), and
 * the set-up of a mailbox (4.4). It knows no mailbox and asks nobody: whoever has the facts reads the table.
 */
import type { Kind } from '../model/index.js'
import type { Method } from './ports.js'

/** When a gesture is carried out; `no`: it is refused. @public */
export type Timing = 'no' | 'next-cycle' | 'at-once'

/**
 * One column of the matrix. `sync`: appointments, contacts, tasks, their filters and directions. `token`: smart
 * matching too. `queue`: the mailbox of a queue, which holds e-mail alone.
 * @public
 */
export interface MethodPowers {
  readonly incoming: boolean
  readonly outgoing: boolean
  readonly sync: boolean
  readonly gestureOnEmail: Timing
  readonly gestureOnAppointment: Timing
  readonly gestureOnContactOrTask: Timing
  readonly automaticFilter: boolean
  readonly headers: 'yes' | 'where-they-survive'
  readonly token: boolean
  readonly folderRules: boolean
  readonly category: boolean
  readonly sentItems: boolean
  readonly queue: boolean
  readonly delegates: 'no' | 'yes' | 'not-contacts'
  readonly offline: boolean
}

/**
 * The matrix 4.2, a column each. A folder rule, a category or a sent message that a method does not know is as if it
 * were not there; whatever else it does not know is refused with `method-unsupported`.
 * @public
 */
export const methodPowers: { readonly [method in Method]: MethodPowers } = {
  'server-side': {
    incoming: true,
    outgoing: true,
    sync: true,
    gestureOnEmail: 'next-cycle',
    gestureOnAppointment: 'next-cycle',
    gestureOnContactOrTask: 'next-cycle',
    automaticFilter: true,
    headers: 'yes',
    token: true,
    folderRules: true,
    category: true,
    sentItems: true,
    queue: true,
    delegates: 'no',
    offline: false
  },
  client: {
    incoming: true,
    outgoing: true,
    sync: true,
    gestureOnEmail: 'at-once',
    gestureOnAppointment: 'at-once',
    gestureOnContactOrTask: 'at-once',
    automaticFilter: true,
    headers: 'yes',
    token: true,
    folderRules: false,
    category: false,
    sentItems: false,
    queue: false,
    delegates: 'yes',
    offline: true
  },
  app: {
    incoming: true,
    outgoing: true,
    sync: true,
    gestureOnEmail: 'at-once',
    gestureOnAppointment: 'at-once',
    gestureOnContactOrTask: 'next-cycle',
    automaticFilter: true,
    headers: 'yes',
    token: true,
    folderRules: true,
    category: true,
    sentItems: true,
    queue: false,
    delegates: 'not-contacts',
    offline: false
  },
  router: {
    incoming: true,
    outgoing: true,
    sync: false,
    gestureOnEmail: 'next-cycle',
    gestureOnAppointment: 'no',
    gestureOnContactOrTask: 'no',
    automaticFilter: true,
    headers: 'where-they-survive',
    token: true,
    folderRules: false,
    category: false,
    sentItems: false,
    queue: true,
    delegates: 'no',
    offline: false
  },
  pop: {
    incoming: true,
    outgoing: true,
    sync: false,
    gestureOnEmail: 'no',
    gestureOnAppointment: 'no',
    gestureOnContactOrTask: 'no',
    automaticFilter: true,
    headers: 'yes',
    token: true,
    folderRules: false,
    category: false,
    sentItems: false,
    queue: true,
    delegates: 'no',
    offline: false
  }
}

/**
 * Whether a method can do a thing at all; how and when is in the table, in `takesEffect` and in `mayDelegate`.
 *
 * @example
 * ```ts
 * import { can, takesEffect } from 'liaison'
 *
 * can('router', 'category') // => false
 * can('app', 'delegates') // => true
 * takesEffect('app', 'email') // => 'at-once'
 * takesEffect('app', 'contact') // => 'next-cycle'
 * ```
 * @public
 */
export const can = (method: Method, what: keyof MethodPowers): boolean => {
  const power = methodPowers[method][what]
  return power !== false && power !== 'no'
}

/** T17: when a gesture on an item of that kind is carried out. A kind that a host adds is treated as contacts are. @public */
export const takesEffect = (method: Method, kind: Kind): Timing => {
  const powers = methodPowers[method]
  if (kind === 'email') return powers.gestureOnEmail
  return kind === 'appointment' ? powers.gestureOnAppointment : powers.gestureOnContactOrTask
}

/** Whether somebody else than the mailbox's user may make a gesture on an item of that kind. T14 is another test. @public */
export const mayDelegate = (method: Method, kind: Kind): boolean => {
  const { delegates } = methodPowers[method]
  return delegates === 'yes' || (delegates === 'not-contacts' && kind !== 'contact')
}

/** 4.3: the last attempt to send, when a pending message is tried again, and when one in `sending` counts as stuck. @public */
export const routerFigures = {
  sendAttemptsMax: 10,
  retryAfterMs: 5 * 60_000,
  stuckAfterMs: 30 * 60_000
} as const

/** What a mailbox is used for: `act` is everything that is no e-mail. @public */
export type MailboxDirection = 'incoming' | 'outgoing' | 'act'

/** @public */
export type TestResult = 'not-run' | 'success' | 'failure'

/** `empty`: there is no address yet to approve. @public */
export type Approval = 'empty' | 'approved' | 'pending' | 'rejected'

/** One direction of a mailbox. @public */
export interface DirectionSetUp {
  readonly enabled: boolean
  readonly test: TestResult
  readonly method: Method
}

/** The set-up of a mailbox (4.4/1). @public */
export interface SetUp {
  readonly approval: Approval
  readonly directions: { readonly [direction in MailboxDirection]: DirectionSetUp }
}

/** What `usable` asks about one direction. `active`: the mailbox; `sync`: the privilege of its user. @public */
export interface UsableFacts extends DirectionSetUp {
  readonly active: boolean
  readonly approved: boolean
  readonly userActive: boolean
  readonly sync: boolean
  /** The mailbox is a queue's: it holds e-mail alone. */
  readonly queue?: boolean
}

const poweredBy = { incoming: 'incoming', outgoing: 'outgoing', act: 'sync' } as const

/** 4.4/2: whether a mailbox is used in that direction. @public */
export const usable = (direction: MailboxDirection, facts: UsableFacts): boolean =>
  facts.active &&
  facts.approved &&
  facts.enabled &&
  facts.test === 'success' &&
  can(facts.method, poweredBy[direction]) &&
  (facts.queue !== true || (direction !== 'act' && can(facts.method, 'queue'))) &&
  facts.userActive &&
  facts.sync

/** 4.4/1: another address is another mailbox: it waits for approval again, and every direction is tested again. @public */
export const addressChanged = (setUp: SetUp): SetUp => ({
  approval: 'pending',
  directions: {
    incoming: untested(setUp.directions.incoming),
    outgoing: untested(setUp.directions.outgoing),
    act: untested(setUp.directions.act)
  }
})

const untested = (direction: DirectionSetUp): DirectionSetUp => ({ ...direction, test: 'not-run' })

/** Somebody has approved or rejected the address. Where there is none yet, there is nothing to decide. @public */
export const approvalDecided = (setUp: SetUp, approval: 'approved' | 'rejected'): SetUp =>
  setUp.approval === 'empty' ? setUp : { ...setUp, approval }

/** One direction was tested. @public */
export const directionTested = (setUp: SetUp, direction: MailboxDirection, test: 'success' | 'failure'): SetUp => ({
  ...setUp,
  directions: { ...setUp.directions, [direction]: { ...setUp.directions[direction], test } }
})

/** 4.4/6: the product's own numbers for a method, for migration. The two directions number differently. @public */
export const productNumbers = {
  incoming: { 0: 'none', 1: 'client', 2: 'server-side-or-router', 3: 'forward' },
  act: { 0: 'client', 1: 'server-side', 2: 'none' }
} as const
