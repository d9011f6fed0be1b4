/**
 * Crash equivalence (24), no duplicate creation (13): every scenario of the repository dies at every call of every
 * port, and at every effect within a batch, and must end as if it had not.
 */
import { describe, expect, test } from 'vitest'
import { Enumeration } from './points.js'
import { timeoutMs } from './runs.js'
import { worldScenarios } from './scenarios.js'

const scenarios = await worldScenarios()

describe('13, 24: a death at every call and every effect', () => {
  test.each(scenarios)('$name', { timeout: timeoutMs }, async ({ scenario }) => {
    const { points, failures } = await new Enumeration(scenario).everywhere()
    expect(failures).toEqual([])
    expect(points).toBeGreaterThan(0)
  })
})
