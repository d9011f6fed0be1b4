/**
 * The set-up of a mailbox (4.4 of `tracking.md`): what the last set-up test says of it, and the mailbox as it may be used
 * after that. Pure: `run/set-up-test.ts` runs the test.
 */
import type { DecisionFacts, InstantMs, Reason } from '../model/index.js'
import {
  addressChanged,
  type DirectionSetUp,
  type MailboxDirection,
  type SetUp,
  type TestResult,
  usable
} from './methods.js'
import type { MailboxFacts } from './ports.js'
import { addressKey } from './track/address.js'

/** What came of testing one direction; `code` and `facts` say why it failed. @public */
export interface DirectionTest {
  readonly result: TestResult
  readonly code?: Reason
  readonly facts?: DecisionFacts
}

/** A set-up test, and the address it was run for. JSON. @public */
export interface SetUpTest {
  readonly address: string
  readonly incoming: DirectionTest
  readonly outgoing: DirectionTest
  readonly act: DirectionTest
  readonly atMs: InstantMs
}

/** @public */
export const mailboxDirections: ReadonlyArray<MailboxDirection> = ['incoming', 'outgoing', 'act']

/**
 * The set-up as it stands. Where no test was ever run every direction counts as passed: hosts that test mailboxes
 * themselves need none. A test of another address says nothing of this one (4.4/1).
 * @public
 */
export const setUpOf = (facts: MailboxFacts, test: SetUpTest | undefined): SetUp => {
  const direction = (name: MailboxDirection): DirectionSetUp => ({
    enabled: facts.enabled[name],
    test: test?.[name].result ?? 'success',
    method: facts.method
  })
  const setUp: SetUp = {
    approval: facts.address.trim() === '' ? 'empty' : facts.approved ? 'approved' : 'pending',
    directions: { incoming: direction('incoming'), outgoing: direction('outgoing'), act: direction('act') }
  }
  return test === undefined || test.address === addressKey(facts.address) ? setUp : addressChanged(setUp)
}

/** What a forward mailbox has no use for (4.3, W4). */
const receiving = (facts: MailboxFacts): MailboxFacts =>
  facts.forward === true
    ? { ...facts, enabled: { ...facts.enabled, outgoing: false, act: false }, folderRules: [] }
    : facts

/**
 * The mailbox as it may be used (4.4/2): a direction that `usable` refuses is not enabled, and an address that nobody has
 * approved, or tested since it changed, is not approved.
 *
 * Laws: SETUP-1 nothing is enabled or approved that the directory has not; SETUP-2 without a test, and for a mailbox
 * that its method can serve, it is the directory's own word.
 *
 * @category decision
 * @since 0.1.0
 * @public
 */
export const inForce = (given: MailboxFacts, test: SetUpTest | undefined): MailboxFacts => {
  const facts = receiving(given)
  const { approval, directions } = setUpOf(facts, test)
  // Approval, rights and whether the mailbox is active are reasons of their own, and asked before any direction is.
  const isUsable = (name: MailboxDirection): boolean =>
    usable(name, {
      ...directions[name],
      active: true,
      approved: true,
      userActive: true,
      sync: true,
      queue: facts.queue
    })
  return {
    ...facts,
    approved: approval === 'approved',
    enabled: { incoming: isUsable('incoming'), outgoing: isUsable('outgoing'), act: isUsable('act') }
  }
}

/** What a set-up test must know before it tries anything. */
export interface TestedMailbox {
  /** As the directory has it. */
  readonly facts: MailboxFacts
  /** Its user's privilege. */
  readonly sync: boolean
  /** T7: the address is the user's one address, and the user's mailbox is this one. */
  readonly isOwnAddress: boolean
  /** The store opens messages that are attached to others. */
  readonly opensForwarded: boolean
}

/** Why a direction is not tried; `undefined`: it is. The first reason that holds is the result. */
export const untried = (direction: MailboxDirection, asked: TestedMailbox): DirectionTest | undefined => {
  const facts = receiving(asked.facts)
  if (!facts.enabled[direction] || (facts.queue && direction === 'act')) return { result: 'not-run' }
  const failure = (code: Reason, why: DecisionFacts = {}): DirectionTest => ({ result: 'failure', code, facts: why })
  if (facts.active === false) return failure('mailbox-disabled', { active: false })
  if (!asked.isOwnAddress) return failure('not-approved', { address: 'not-the-users' })
  if (!facts.approved) return failure('not-approved')
  const isAble = usable(direction, {
    active: true,
    approved: true,
    enabled: true,
    test: 'success',
    method: facts.method,
    userActive: true,
    sync: true,
    queue: facts.queue
  })
  if (!isAble || (facts.forward === true && !asked.opensForwarded)) return failure('method-unsupported')
  return asked.sync ? undefined : failure('missing-privilege', { privilege: 'sync' })
}
