/**
 * What a bundler makes of the entries: no io-ts where somebody only merges, evaluates or schedules; and how large each
 * is, minified and brotli, beside the aims of DESIGN section 6. Sizes are told, not yet held.
 */
import { brotliCompressSync, constants } from 'node:zlib'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const source = fileURLToPath(new URL('../src', import.meta.url))

interface Bundle {
  readonly inputs: ReadonlyArray<string>
  readonly minified: number
  readonly brotli: number
}

/** The bundle of a module of one line, as a host's bundler makes it. */
const bundleOf = async (line: string): Promise<Bundle> => {
  const result = await build({
    stdin: { contents: line, resolveDir: source, loader: 'ts', sourcefile: 'host.ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    target: 'es2022',
    external: ['node:*', 'fast-check', 'ical.js', 'better-sqlite3'],
    logLevel: 'silent'
  })
  const [file] = result.outputFiles
  if (file === undefined) throw new Error('esbuild has made nothing')
  // What tree shaking has left of each input, not what was read.
  const inputs = Object.values(result.metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
  )
  return {
    inputs,
    minified: file.contents.length,
    brotli: brotliCompressSync(file.contents, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length
  }
}

const holds = ({ inputs }: Bundle, part: string): boolean =>
  inputs.some((path) => path.includes(`node_modules/${part}/`))

const kB = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`

const tell = (what: string, bundle: Bundle, aim: number | undefined): void => {
  const ratio = aim === undefined ? '' : `, aim ${kB(aim)}, ratio ${(bundle.brotli / aim).toFixed(2)}`
  process.stdout.write(`bundle of ${what}: ${kB(bundle.minified)} minified, ${kB(bundle.brotli)} brotli${ratio}\n`)
}

describe('no io-ts where nothing is decoded', () => {
  const table: ReadonlyArray<readonly [string, string, number | undefined]> = [
    ['import { merge }', `export { merge } from './index.js'`, 3000],
    ['import { nextSync }', `export { nextSync } from './index.js'`, undefined],
    ['import { evaluate }', `export { evaluate } from './index.js'`, undefined],
    ['liaison/filters', `export * from './filters/index.js'`, 12_000],
    ['liaison/mapping', `export * from './mapping/index.js'`, 12_000],
    ['liaison/schedule', `export * from './schedule/index.js'`, undefined]
  ]
  for (const [what, line, aim] of table) {
    test(what, async () => {
      const bundle = await bundleOf(line)
      tell(what, bundle, aim)
      expect(bundle.inputs.length).toBeGreaterThan(0)
      expect(holds(bundle, 'io-ts')).toBe(false)
      expect(bundle.inputs.filter((path) => path.includes('.codec.'))).toEqual([])
    })
  }

  test('evaluate alone and nextSync alone bring no digests, no mapping, no engine', async () => {
    for (const name of ['evaluate', 'nextSync']) {
      const bundle = await bundleOf(`export { ${name} } from './index.js'`)
      expect(bundle.inputs.filter((path) => /@noble|src\/engine|src\/mapping|immer|fp-ts/.test(path))).toEqual([])
    }
  })
})

test('createEngine with everything: told beside its aim; the probe for io-ts is no blind one', async () => {
  const bundle = await bundleOf(`export * from './index.js'`)
  tell('createEngine with everything', bundle, 60_000)
  expect(holds(bundle, 'io-ts')).toBe(true)
})
