/** All points of a scenario at which a process may die, and what is found where it does. */
import type { FaultOp, FaultStore } from '../../src/adapters/memory/index.js'
import type { WorldOptions } from '../../src/testing/scenario/index.js'
import { type Ending, type Point, run } from './crash.js'
import { type Scenario, stepNames } from './steps.js'

const effects: ReadonlyArray<readonly [FaultStore, FaultOp]> = [
  ['mail', 'create'],
  ['mail', 'update'],
  ['mail', 'delete'],
  ['records', 'create'],
  ['records', 'update'],
  ['records', 'delete']
]

const reads =
  /\.(linksOf|walk|formerOf|openIntents|pending|inbox|due|dueOf|decisionsOf|conflicts|historyOf|historyIn|state|read|heads|find|changes|members|lookup)$/

/** What came of it: how many deaths were tried, and one line for each thing that differs, with the points where it does. */
export interface Deaths {
  readonly points: number
  readonly failures: ReadonlyArray<string>
}

export class Enumeration {
  readonly #scenario: Scenario
  readonly #options: () => WorldOptions
  readonly #found = new Map<string, Array<string>>()
  readonly #quiet = new Map<number, Ending>()
  #points = 0

  constructor(scenario: Scenario, options: () => WorldOptions = () => ({})) {
    this.#scenario = scenario
    this.#options = options
  }

  async calls(): Promise<ReadonlyArray<string>> {
    return (await run({ scenario: this.#scenario, options: this.#options })).calls
  }

  /**
   * Calls before which something has been written since the call before. Between them is only reading: a death there
   * leaves what a death at the first of them leaves. Faults of a scenario count listings: there these count as writing.
   */
  async decisive(): Promise<ReadonlyArray<number>> {
    const calls = await this.calls()
    const listings = stepNames(this.#scenario).includes('fault') ? /\.(changes|find|members|lookup)$/ : /^$/
    return calls.flatMap((_, index) =>
      index === 0 || !reads.test(calls[index - 1] ?? '') || listings.test(calls[index - 1] ?? '') ? [index + 1] : []
    )
  }

  async everywhere(): Promise<Deaths> {
    for (const call of await this.decisive()) await this.die({ call })
    for (const [store, op] of effects) for (let after = 0; await this.die({ store, op, after }); after += 1);
    return this.deaths()
  }

  deaths(): Deaths {
    return {
      points: this.#points,
      failures: [...this.#found].map(([what, where]) => `${what}\n  at ${where.join(', ')}`)
    }
  }

  /** Answers whether there was such a point. */
  async die(point: Point): Promise<boolean> {
    const where = JSON.stringify(point)
    try {
      const ending = await run({ scenario: this.#scenario, options: this.#options, point })
      if (ending.diedAt === undefined) return false
      this.#points += 1
      for (const what of differences(ending, await this.#quietAt(ending.diedAt)))
        this.#note(what, `step ${ending.diedAt} ${where}`)
    } catch (thrown) {
      this.#note(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown), where)
    }
    return true
  }

  /** The run without a death, in which the step is done twice as well. */
  async #quietAt(twice: number): Promise<Ending> {
    const ending = this.#quiet.get(twice) ?? (await run({ scenario: this.#scenario, options: this.#options, twice }))
    this.#quiet.set(twice, ending)
    return ending
  }

  #note(what: string, where: string): void {
    this.#found.set(what, [...(this.#found.get(what) ?? []), where])
  }
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
