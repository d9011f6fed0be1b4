/**
 * Runs scenario files: `npm run scenarios -- FILE-OR-FOLDER…`; without a path the repository's own. One line per
 * scenario, and `N passed, N failed` at the end; the exit status is 0 only where none failed.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const { runScenario } = await import(pathToFileURL(join(import.meta.dirname, '..', 'dist', 'testing.js')).href)

const filesIn = (path) =>
  statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => name.endsWith('.scenario.json'))
        .sort()
        .map((name) => join(path, name))
    : [path]

const paths = process.argv.slice(2)
const files = (paths.length === 0 ? [join(import.meta.dirname, '..', 'scenarios')] : paths).flatMap(filesIn)
let passed = 0
let failed = 0
for (const file of files) {
  const { topic, scenarios } = JSON.parse(readFileSync(file, 'utf8'))
  for (const scenario of scenarios) {
    const result = await runScenario(scenario)
    if (result.passed) passed += 1
    else failed += 1
    process.stdout.write(`${result.passed ? 'ok  ' : 'FAIL'} ${topic} ${scenario.id}\n`)
    for (const failure of result.failures) process.stdout.write(`       ${failure}\n`)
  }
}
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1
