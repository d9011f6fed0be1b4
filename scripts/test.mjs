// Everything that must hold before a commit, in order, each step whatever became of the one before. A step is a script
// of package.json and counts as one test; the unit tests count one by one.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'

if (!process.version.startsWith('v24.')) throw new Error(`Node ${process.version}: run npm test, which brings Node 24`)
process.chdir(resolve(import.meta.dirname, '..'))

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
const env = { ...process.env, PATH: `${resolve('node_modules/.bin')}${delimiter}${process.env.PATH}` }
const folder = mkdtempSync(join(tmpdir(), 'liaison-test-'))
const unitReport = join(folder, 'unit.json')

/** Runs a script of package.json and answers whether it succeeded. Its output is shown where it did not. */
const succeeds = (name, command) => {
  const startedAt = performance.now()
  const { status, stdout, stderr } = spawnSync(command, { shell: true, env, encoding: 'utf8', maxBuffer: 2 ** 28 })
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name.padEnd(14)} ${seconds.padStart(6)} s`)
  if (status !== 0) console.log(`${stdout}${stderr}`)
  return status === 0
}

/** The counts of the unit tests. A run that failed without a failed test (a file that does not load) is one failure. */
const unitCounts = (succeeded) => {
  try {
    const result = JSON.parse(readFileSync(unitReport, 'utf8'))
    const { numPassedTests: passed, numFailedTests: red, numPendingTests: pending, numTodoTests: todo } = result
    if (![passed, red, pending, todo].every(Number.isInteger)) throw new Error('no counts')
    const failed = succeeded && passed > 0 ? red : Math.max(1, red)
    return { passed, failed, skipped: pending + todo }
  } catch (error) {
    console.log(`the result of the unit tests is unreadable: ${error.message}`)
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

const steps = 'types types:core lint floors purity unused unit build api:check publint attw package-test'.split(' ')
const startedAt = performance.now()
const counts = steps.map((name) => {
  if (name === 'unit') {
    const reporters = `--reporter=default --reporter=json --outputFile.json=${unitReport}`
    return unitCounts(succeeds(name, `${scripts[name]} ${reporters}`))
  }
  return succeeds(name, scripts[name]) ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 }
})
rmSync(folder, { recursive: true })

const sum = (key) => counts.reduce((total, count) => total + count[key], 0)
console.log(`${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : ''
console.log(`${sum('passed')} passed, ${sum('failed')} failed${skipped}`)
process.exit(sum('failed') > 0 ? 1 : 0)
