/**
 * Cycles of e-mail and cycles of contacts, appointments and tasks, run apart, end in the same world as whole ones: every
 * scenario of the repository, both ways round.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runScenario, type Scenario, type ScenarioFile } from '../../src/testing/scenario/index.js'
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

describe.each([[['email', 'act'] as const], [['act', 'email'] as const]])('%s', (order) => {
  const own = scenarios.filter(([name]) => !meetsAnother.includes(`${order.join()} ${name}`))
  test.each(own)('%s', async (_name, scenario) => {
    expect((await runScenario(scenario, { wrapEngine: apart(order) })).failures).toEqual([])
  })
})
