/**
 * Cycles of e-mail and cycles of contacts, appointments and tasks, run apart, end in the same world as whole ones: every
 * scenario of the repository, one way round or the other.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runScenario, type Scenario, type ScenarioFile } from '../../src/testing/scenario/index.js'
import { runs } from '../runs.js'
import { apart } from './apart.js'

const folder = resolve(import.meta.dirname, '../../scenarios')
const scenarios = readdirSync(folder)
  .filter((name) => name.endsWith('.scenario.json'))
  .sort()
  .flatMap((file) => {
    const { topic, scenarios: all }: ScenarioFile = JSON.parse(readFileSync(join(folder, file), 'utf8'))
    return all.map((scenario): readonly [string, Scenario] => [`${topic} ${scenario.id}`, scenario])
  })
  .filter(([, { kind = 'world' }]) => kind === 'world')

/** Its one fault, meant for the feed of messages, meets whichever feed is read first. */
const meetsAnother = ['act,email mail-failures an-expired-token-judges-no-message-again']

const orders = [['email', 'act'] as const, ['act', 'email'] as const]
/** With every test each scenario one way round, in turns; both ways on demand. */
const isLong = runs().numRuns > 1000

describe.each(orders.map((order, at) => [order, at] as const))('%s', (order, at) => {
  const own = scenarios.filter(
    ([name], index) => !meetsAnother.includes(`${order.join()} ${name}`) && (isLong || index % 2 === at)
  )
  test.each(own)('%s', async (_name, scenario) => {
    expect((await runScenario(scenario, { wrapEngine: apart(order) })).failures).toEqual([])
  })
})
