/** A scenario taken apart: its world, and the steps that do something. */
import { type Scenario, ScenarioError } from '../../src/testing/scenario/index.js'

export { type Scenario, ScenarioError }

const isObject = (value: unknown): value is { readonly [key: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const stepsOf = (scenario: Scenario) => {
  const given = isObject(scenario['given']) ? scenario['given'] : {}
  const now = typeof scenario['now'] === 'string' ? scenario['now'] : '2026-03-02T09:00:00Z'
  const steps: ReadonlyArray<unknown> = Array.isArray(scenario['steps']) ? scenario['steps'] : []
  return { now, given, steps: steps.filter((step) => isObject(step) && !Object.hasOwn(step, 'expect')) }
}

export const stepNames = (scenario: Scenario): ReadonlyArray<string> =>
  stepsOf(scenario).steps.flatMap((step) => (isObject(step) ? Object.keys(step) : []))
