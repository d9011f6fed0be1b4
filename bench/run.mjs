/**
 * The cost table of the design, as far as its rows exist: `npm run bench [-- NAME…]`. Every line is a ratio of two
 * things measured in this run, the median of seven; both sides are printed, and a number that misses its target stays
 * in and says so.
 */
import { spawnSync } from 'node:child_process'
import { build } from 'esbuild'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** The benchmarks measure inner stages too, so they bundle the sources instead of taking the package's entries. */
const load = async () => {
  const outfile = join(mkdtempSync(join(tmpdir(), 'liaison-bench-')), 'liaison.mjs')
  await build({
    stdin: {
      contents: [
        "export * from './src/index.ts'",
        "export * from './src/mapping/index.ts'",
        "export * from './src/schedule/index.ts'",
        "export { decide } from './src/engine/decide/decide.ts'",
        "export { Facts } from './src/engine/facts.ts'",
        "export { settingsOf } from './src/engine/run/index.ts'",
        "export { platformZones } from './src/engine/run/defaults.ts'",
        "export { showsState, viewOf } from './src/engine/view.ts'",
        "export { filterFaults } from './src/filters/index.ts'",
        "export { documents, freshState } from './src/engine/state.ts'",
        "export { memoryMail, memoryRecords, memoryLinks } from './src/adapters/memory/index.ts'",
        "export { sqlite } from './src/adapters/sqlite/index.ts'",
        "export { linksFrom } from './src/adapters/sqlite/links.codec.ts'"
      ].join('\n'),
      resolveDir: join(import.meta.dirname, '..'),
      loader: 'ts'
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    external: ['better-sqlite3', 'ical.js', 'fast-check'],
    logLevel: 'error'
  })
  return import(pathToFileURL(outfile).href)
}

const benches = [
  'pairs',
  'quiet',
  'fanout',
  'first-sync',
  'filter',
  'lookup',
  'correlate',
  'next-sync',
  'fleet',
  'sizes',
  'peers'
]
const [name, ...more] = process.argv.slice(2)

if (name !== undefined && more.length === 0) {
  const { run } = await import(`./${name}.mjs`)
  await run(await load())
} else {
  process.stdout.write(`node ${process.version}, ${new Date().toISOString().slice(0, 10)}\n`)
  // Each in a process of its own: what one leaves in memory, or has taught the compiler, shall not be the next one's.
  for (const bench of name === undefined ? benches : [name, ...more]) {
    const { status } = spawnSync(process.execPath, ['--expose-gc', import.meta.filename, bench], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
  }
}
