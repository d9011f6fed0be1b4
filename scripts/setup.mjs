// Makes node_modules what package-lock.json says, and only where it is not yet. Runs on plain Node 20; what comes after
// it runs on the Node that is a dev dependency.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

process.chdir(resolve(import.meta.dirname, '..'))
const stamp = 'node_modules/.liaison-lock'
const lock = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')

const npm = (...args) => {
  // Some tools want a newer Node than npm itself runs on here; they get it, so the warnings would only be noise.
  const { status } = spawnSync('npm', [...args, '--loglevel=error', '--no-audit', '--no-fund'], { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
const devNode = () =>
  spawnSync('node_modules/.bin/node', ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? 'missing'

const startedAt = performance.now()
const isCurrent = existsSync(stamp) && readFileSync(stamp, 'utf8') === lock
if (!isCurrent) npm('ci')
// The binary of the package `node` comes by its install script, which `--ignore-scripts` leaves out.
if (!devNode().startsWith('v24.')) npm('rebuild', 'node')
if (!devNode().startsWith('v24.')) {
  console.error(`setup: node_modules/.bin/node is ${devNode()}, not v24`)
  process.exit(1)
}
writeFileSync(stamp, lock)
const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
console.log(`setup: ${isCurrent ? 'node_modules is current' : 'npm ci'}, Node ${devNode()}, ${seconds} s`)
