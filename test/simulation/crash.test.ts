/**
 * Crash equivalence (24), no duplicate creation (13): every scenario of the repository dies at every call of every
 * port, and at every effect within a batch, and must end as if it had not. Of calls between which nothing is written
 * the first stands for all: what a death leaves there is the same.
 */
import { describe, expect, test } from 'vitest'
import { Enumeration } from './points.js'
import { timeoutMs } from './runs.js'
import { mortalScenarios, type Topical } from './scenarios.js'

const deaths = async ({ scenario }: Topical): Promise<void> => {
  const { points, failures } = await new Enumeration(scenario).everywhere()
  expect(failures).toEqual([])
  expect(points).toBeGreaterThan(0)
}

describe('13, 24: a death at every call and every effect', async () => {
  test.each(await mortalScenarios())('$name', { timeout: timeoutMs }, deaths)
})
