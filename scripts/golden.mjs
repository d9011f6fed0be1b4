// The golden vectors of `nextSync` (I8). `npm run golden` says where the sources answer differently from
// test/schedule/golden.json; with `-- --write` it writes that file: a deliberate change of a policy is a change of it.
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = resolve(import.meta.dirname, '..')
const file = resolve(root, 'test/schedule/golden.json')

const bundled = async (entry) => {
  const options = { bundle: true, write: false, format: 'esm', platform: 'neutral', target: 'es2022' }
  const { outputFiles } = await build({ ...options, entryPoints: [resolve(root, entry)], logLevel: 'silent' })
  return outputFiles[0].text
}

const schedule = () => bundled('src/schedule/index.ts')
const vectors = () => bundled('test/schedule/golden/vectors.mjs')

/** The modules that an engine needs, by name; `main.js` exports `found`, the differences. */
export const goldenModules = async () => ({
  'schedule.js': await schedule(),
  'vectors.js': await vectors(),
  'golden.js': `export default ${readFileSync(file, 'utf8')}`,
  'main.js': `
    import * as schedule from './schedule.js'
    import { differences } from './vectors.js'
    import golden from './golden.js'
    export const found = differences(schedule, golden)`
})

const imported = (source) => import(`data:text/javascript,${encodeURIComponent(source)}`)

/** A line for each list of delays and each state, so that a change reads well. */
const textOf = (found) => {
  const lines = found.map(({ title, delaysMs, states, ...rest }) =>
    [
      `    "title": ${JSON.stringify(title)}`,
      `    "delaysMs": ${JSON.stringify(delaysMs)}`,
      `    "states": [\n${states.map((state) => `      ${JSON.stringify(state)}`).join(',\n')}\n    ]`,
      ...Object.entries(rest).map(([key, value]) => `    "${key}": ${JSON.stringify(value)}`)
    ].join(',\n')
  )
  return `[\n${lines.map((each) => `  {\n${each}\n  }`).join(',\n')}\n]\n`
}

const main = async () => {
  const built = await imported(await schedule())
  const { differences, vectorsFrom } = await imported(await vectors())
  if (process.argv.includes('--write')) writeFileSync(file, textOf(vectorsFrom(built)))
  const found = differences(built, JSON.parse(readFileSync(file, 'utf8')))
  for (const line of found) console.log(line)
  console.log(
    found.length === 0 ? 'golden: as test/schedule/golden.json has it' : `golden: ${found.length} differences`
  )
  process.exitCode = found.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
