/**
 * The repository's own scenarios of linked contacts, for tests that run them again and again under faults; a short
 * list of this folder's own where there are none.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { runScenario, type Scenario, type ScenarioFile } from '../../src/testing/scenario/index.js'
import { stepNames } from './steps.js'
import { fixtures } from './fixtures.js'

export interface Topical {
  readonly name: string
  readonly scenario: Scenario
}

const folder = process.env['LIAISON_SCENARIOS'] ?? resolve(import.meta.dirname, '../../scenarios')

const read = (): ReadonlyArray<Topical> => {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.scenario.json')) : []
  return files.sort().flatMap((file) => {
    const { topic, scenarios }: ScenarioFile = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    return scenarios.map((scenario) => ({ name: `${topic} ${scenario.id}`, scenario }))
  })
}

/** Scenarios of kind `world` that pass by themselves: what fails without a crash says nothing about crashes. */
const worldScenarios = async (): Promise<ReadonlyArray<Topical>> => {
  const passing: Array<Topical> = []
  for (const one of [...read(), ...fixtures.map((scenario) => ({ name: `fixture ${scenario.id}`, scenario }))]) {
    if ((one.scenario.kind ?? 'world') !== 'world' || !stepNames(one.scenario).includes('sync')) continue
    if ((await runScenario(one.scenario)).passed) passing.push(one)
  }
  return passing
}

/** Their outcome rests on how often something was tried or on what one yes was given for: a death is one try more. */
const countsTries = [
  'careful approval-void-where-one-joins',
  'careful the-first-cycle-approved',
  'deletes guard-more-than-the-ratio-not-e',
  'deletes guard-approved-once',
  'deletes guard-approval-void-where-one-j',
  // The record was completed before its item was made: completed it is held by no filter, and needs none.
  'careful keep-edit-with-an-end-that-has-',
  'tasks an-end-in-the-past-completes-with',
  'membership time-makes-many-leave',
  'failures all-of-two-fail',
  'failures forbidden-at-an-item',
  'mail-failures the-password-is-refused',
  'mail-failures throttled-while-sending',
  'mail-failures given-up-and-taken-up',
  'mail-failures set-aside-until-it-changes',
  'mail-failures refused-by-the-server',
  'mail-failures every-submission-fails',
  'mail-failures a-message-that-fails-to-go-out',
  'mail-failures a-mailbox-switched-off-beside',
  'mail-outgoing its-own-token-is-kept',
  'mail-outgoing from-sending-back-to-waiting',
  'mail-outgoing failed-then-canceled',
  'tracking-automatic given-up-is-not-tried',
  'tracking-category a-gesture-counts-from',
  'tracking-category the-mark-goes-with-untr',
  'tracking-requests no-mark-where-no-category',
  'tracking-requests the-mark-is-no-removal',
  'tracking-requests untracked-after-it-failed',
  'mail-identity made-and-not-answered',
  // What was judged last is known from the end of a cycle on, as its cursors are.
  'tracking-automatic equal-counts-as-new',
  // Who files a message first is the other one, where the first has died before he had.
  'tracking-folders whose-rule-may-change-it',
  // What was asked for is in the record; its item shows it when something touches it (docs/status.md).
  'tracking-requests about-nothing-when-tracked',
  'tracking-requests linked-with-what-was-asked',
  // Of a pair that is linked by an answer the conflict is told with the link: a death in between leaves nothing to tell.
  'mail-duplicates linked-and-merged-from-nothing',
  // Its own death strikes another call.
  'faults a-real-conflict-after-a-death'
]

const isOf =
  (names: ReadonlyArray<string>) =>
  ({ name }: Topical): boolean =>
    names.some((known) => name.startsWith(known))

/** Scenarios that must end the same wherever they die. */
export const mortalScenarios = async (): Promise<ReadonlyArray<Topical>> =>
  (await worldScenarios()).filter((one) => !isOf(countsTries)(one))
