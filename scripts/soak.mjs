/**
 * Lets a fleet of mailboxes live for a simulated year in which everything goes wrong, and checks at every event what must
 * hold: `npm run soak -- --mailboxes 10000 --days 365 --seed 1`. One line of totals; what broke is listed after it.
 */
import { execFileSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { soak } from './soak-world.mjs'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    mailboxes: { type: 'string', default: '10000' },
    days: { type: 'string', default: '365' }
  }
})

const whole = (name) => {
  const given = Number(values[name])
  if (!Number.isInteger(given) || given < 1) throw new Error(`--${name} takes a whole number from 1`)
  return given
}

const commit = () => {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: import.meta.dirname, encoding: 'utf8' }).trim()
  } catch {
    return 'unknown'
  }
}

const options = { seed: whole('seed'), mailboxes: whole('mailboxes'), days: whole('days') }
const startedAt = performance.now()
const elapsed = () => ((performance.now() - startedAt) / 1000).toFixed(0)
const onMonth = ({ day, visits, violated }) =>
  process.stderr.write(`day ${day}: visits ${visits.toLocaleString('en')}, violations ${violated}, ${elapsed()} s\n`)
const { violated, violations, longestWaitMs, ...counts } = soak({ ...options, onMonth })
const told = Object.entries(counts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
const what = `${options.mailboxes} mailboxes, ${options.days} days, seed ${options.seed}, ${commit()}`
process.stdout.write(`${what}: ${told.join(', ')}, longest wait ${(longestWaitMs / 1000).toFixed(0)} s, `)
process.stdout.write(`violations ${violated}, in ${elapsed()} s\n`)
for (const violation of violations) process.stdout.write(`FAIL seed ${options.seed}, ${violation}\n`)
process.exitCode = violated === 0 ? 0 : 1
