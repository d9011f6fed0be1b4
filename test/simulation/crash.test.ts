/**
 * Crash equivalence (24), no duplicate creation (13): every scenario of the repository dies at every call of every
 * port, and at every effect within a batch, and must end as if it had not.
 */
import { describe, expect, test } from 'vitest'
import type { FaultOp, FaultStore } from '../../src/adapters/memory/index.js'
import { type Ending, type Point, run } from './crash.js'
import { worldScenarios } from './scenarios.js'
import type { Scenario } from './steps.js'

const scenarios = await worldScenarios()
const effects: ReadonlyArray<readonly [FaultStore, FaultOp]> = [
  ['mail', 'create'],
  ['mail', 'update'],
  ['mail', 'delete'],
  ['records', 'create'],
  ['records', 'update'],
  ['records', 'delete']
]

const enumerate = async (scenario: Scenario) => {
  const found = new Map<string, Array<string>>()
  const quiet = new Map<number, Ending>()
  const quietAt = async (twice: number): Promise<Ending> => {
    const standing = quiet.get(twice) ?? (await run({ scenario, twice }))
    quiet.set(twice, standing)
    return standing
  }
  let points = 0
  const die = async (point: Point): Promise<boolean> => {
    const where = JSON.stringify(point)
    try {
      const ending = await run({ scenario, point })
      if (ending.diedAt === undefined) return false
      points += 1
      for (const what of differences(ending, await quietAt(ending.diedAt))) note(what, `step ${ending.diedAt} ${where}`)
    } catch (thrown) {
      note(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), where)
    }
    return true
  }
  const note = (what: string, where: string): void => {
    found.set(what, [...(found.get(what) ?? []), where])
  }
  const { calls } = await run({ scenario })
  for (let call = 1; call <= calls; call += 1) await die({ call })
  for (const [store, op] of effects) for (let after = 0; await die({ store, op, after }); after += 1);
  return { points, failures: [...found].map(([what, where]) => `${what}\n  at ${where.join(', ')}`) }
}

const differences = (died: Ending, quiet: Ending): ReadonlyArray<string> => [
  ...linesOnlyIn(died.world, quiet.world).map((line) => `has     ${line}`),
  ...linesOnlyIn(quiet.world, died.world).map((line) => `has not ${line}`),
  ...died.doubles.filter((what) => !quiet.doubles.includes(what)).map((what) => `twice: ${what}`),
  ...died.conflicts.filter((what) => !quiet.conflicts.includes(what)).map((what) => `conflict ${what}`),
  ...quiet.conflicts.filter((what) => !died.conflicts.includes(what)).map((what) => `lost conflict ${what}`)
]

const linesOnlyIn = (world: string, other: string): ReadonlyArray<string> => {
  const lines = new Set(other.split('\n'))
  return world.split('\n').filter((line) => !lines.has(line))
}

describe('13, 24: a death at every call', () => {
  test.each(scenarios)('$name', async ({ scenario }) => {
    const { points, failures } = await enumerate(scenario)
    expect(failures).toEqual([])
    expect(points).toBeGreaterThan(0)
  })
})
