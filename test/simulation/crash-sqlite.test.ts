/** The same as `crash.test.ts` with the links in SQLite. */
import { describe, expect, test } from 'vitest'
import { sqlite } from '../../src/adapters/sqlite/index.js'
import type { LinkStore } from '../../src/engine/ports.js'
import { type Answer, fail } from '../../src/model/index.js'
import type { WorldOptions } from '../../src/testing/scenario/index.js'
import { randomOf } from '../../src/testing/simulator/random.js'
import { Enumeration } from './points.js'
import { firstSeed, runs, timeoutMs } from './runs.js'
import { mortalScenarios, type Topical } from './scenarios.js'

const inSqlite = (): WorldOptions => ({
  links: (faults, clock) => {
    const { links } = sqlite({ path: ':memory:', clock })
    const call = async <A>(name: string, run: () => Answer<A>): Answer<A> => {
      await faults.onCall?.(`links.${name}`)
      return run()
    }
    const transact: LinkStore['transact'] = async (transaction) => {
      const fault = faults.strike('links', 'commit')
      if (fault?.error === 'lost-response') await links.transact(transaction)
      return fault === undefined
        ? links.transact(transaction)
        : fail({ _tag: 'Transient', unsure: fault.error === 'lost-response' })
    }
    return {
      lease: (...given) => call('lease', () => links.lease(...given)),
      release: (...given) => call('release', () => links.release(...given)),
      claim: (...given) => call('claim', () => links.claim(...given)),
      raise: (...given) => call('raise', () => links.raise(...given)),
      linksOf: (...given) => call('linksOf', () => links.linksOf(...given)),
      walk: (...given) => call('walk', () => links.walk(...given)),
      formerOf: (...given) => call('formerOf', () => links.formerOf(...given)),
      openIntents: (...given) => call('openIntents', () => links.openIntents(...given)),
      append: (...given) => call('append', () => links.append(...given)),
      pending: (...given) => call('pending', () => links.pending(...given)),
      inbox: (...given) => call('inbox', () => links.inbox(...given)),
      due: (...given) => call('due', () => links.due(...given)),
      dueOf: (...given) => call('dueOf', () => links.dueOf(...given)),
      decisionsOf: (...given) => call('decisionsOf', () => links.decisionsOf(...given)),
      conflicts: (...given) => call('conflicts', () => links.conflicts(...given)),
      historyOf: (...given) => call('historyOf', () => links.historyOf(...given)),
      historyIn: (...given) => call('historyIn', () => links.historyIn(...given)),
      mentioning: (...given) => call('mentioning', () => links.mentioning(...given)),
      forget: (...given) => call('forget', () => links.forget(...given)),
      state: (...given) => call('state', () => links.state(...given)),
      transact: (...given) => call('transact', () => transact(...given))
    }
  }
})

/** Topics whose every point is tried; of the others a sample, all of them where more runs are asked for. */
const whole = ['directions', 'conflicts', 'echo']
const isWhole = ({ name }: Topical): boolean => runs > 1000 || whole.some((topic) => name.startsWith(`${topic} `))

const scenarios = await mortalScenarios()

describe('13, 24 in SQLite: a death at every call and every effect', () => {
  test.each(scenarios.filter(isWhole))('$name', { timeout: timeoutMs }, async ({ scenario }) => {
    const { points, failures } = await new Enumeration(scenario, inSqlite).everywhere()
    expect(failures).toEqual([])
    expect(points).toBeGreaterThan(0)
  })
})

const pointsEach = 2

describe(`13, 24 in SQLite: a sample of ${pointsEach} deaths per scenario, seed ${firstSeed}`, () => {
  test.each(scenarios.filter((one) => !isWhole(one)))('$name', { timeout: timeoutMs }, async ({ scenario }) => {
    const random = randomOf(firstSeed)
    const enumeration = new Enumeration(scenario, inSqlite)
    const { length: calls } = await enumeration.calls()
    for (let tried = 0; tried < pointsEach; tried += 1) await enumeration.die({ call: 1 + random.below(calls) })
    const { points, failures } = enumeration.deaths()
    expect(failures).toEqual([])
    expect(points).toBe(pointsEach)
  })
})
