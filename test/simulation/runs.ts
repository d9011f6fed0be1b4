/** How many runs, from which seed: `LIAISON_RUNS` asks for more, `LIAISON_SEED` for others. */
import type { SimulationReport } from '../../src/testing/simulator/index.js'

export const runs = Number(process.env['LIAISON_RUNS'] ?? 1000)
export const firstSeed = Number(process.env['LIAISON_SEED'] ?? 1)

/** Long runs are given the time they need. */
export const timeoutMs = Math.max(120_000, runs * 200)

export const seeds = (count = runs): ReadonlyArray<number> =>
  Array.from({ length: count }, (_, index) => firstSeed + index)

/** One line per broken law, with the seed that shows it again. */
export const broken = (
  reports: ReadonlyArray<SimulationReport>,
  ...laws: ReadonlyArray<number>
): ReadonlyArray<string> =>
  reports.flatMap(({ seed, violations }) =>
    violations.filter(({ law }) => laws.includes(law)).map(({ law, what }) => `seed ${seed}, law ${law}: ${what}`)
  )
