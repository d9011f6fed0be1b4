/**
 * Runs seeds of the simulator: `npm run simulate -- --seed 81273 --runs 1`. One line per failure, to be pasted into an
 * issue: the seed, the commit, the law. `--trace` prints what happened.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false }
  }
})
const root = join(import.meta.dirname, '..')
const { simulate } = await import(pathToFileURL(join(root, 'dist', 'testing.js')).href)

const commit = () => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

const from = Number(values.seed)
const runs = Number(values.runs)
if (!Number.isInteger(from) || !Number.isInteger(runs) || runs < 1)
  throw new Error('--seed and --runs take whole numbers')
let failed = 0
const startedAt = performance.now()
for (let seed = from; seed < from + runs; seed += 1) {
  const report = await simulate(seed)
  const again = await simulate(seed)
  const violations = [
    ...report.violations,
    ...(again.digest === report.digest ? [] : [{ law: 6, what: 'a second run differs' }])
  ]
  if (values.trace) process.stdout.write(`${report.trace.join('\n')}\n`)
  if (violations.length > 0) failed += 1
  for (const { law, what } of violations)
    process.stdout.write(`FAIL npm run simulate -- --seed ${seed} --runs 1  # ${commit()} law ${law}: ${what}\n`)
}
process.stdout.write(
  `${runs - failed} passed, ${failed} failed, each run twice, in ${((performance.now() - startedAt) / 1000).toFixed(1)} s\n`
)
process.exitCode = failed === 0 ? 0 : 1
