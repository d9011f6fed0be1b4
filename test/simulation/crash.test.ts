/**
 * Crash equivalence (24), no duplicate creation (13): every scenario of the repository dies at every call of every
 * port, and at every effect within a batch, and must end as if it had not. Of calls between which nothing is written
 * the first stands for all: what a death leaves there is the same.
 */
import { describe, expect, test } from 'vitest'
import { randomOf } from '../../src/testing/simulator/random.js'
import { Enumeration } from './points.js'
import { firstSeed, runs, timeoutMs } from './runs.js'
import { mortalScenarios, type Topical } from './scenarios.js'

const deaths = async ({ scenario }: Topical): Promise<void> => {
  const { points, failures } = await new Enumeration(scenario).everywhere()
  expect(failures).toEqual([])
  expect(points).toBeGreaterThan(0)
}

/** Topics of e-mail alone: of them a sample, all of them where more runs are asked for. */
const isMail = ({ name }: Topical): boolean => /^(?:mail|tracking)-/.test(name)

const all = await mortalScenarios()
const ofMail = all.filter(isMail)
const sampled = 40
const drawn = (): ReadonlyArray<Topical> => {
  const random = randomOf(firstSeed)
  return [...ofMail]
    .map((one) => ({ one, at: random.below(2 ** 31) }))
    .sort((x, y) => x.at - y.at)
    .slice(0, sampled)
    .map(({ one }) => one)
}

describe('13, 24: a death at every call and every effect', () => {
  test.each(all.filter((one) => !isMail(one)))('$name', { timeout: timeoutMs }, deaths)
})

describe(`13, 24 of e-mail, ${runs > 1000 ? 'all' : `a sample of ${sampled}, seed ${firstSeed}`}`, () => {
  test.each(runs > 1000 ? ofMail : drawn())('$name', { timeout: timeoutMs }, deaths)
})
