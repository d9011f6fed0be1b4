/** What a host's bundle grows by: minified and brotli, dependencies and all. */
import { build } from 'esbuild'
import { join } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { line, note } from './measure.mjs'

const root = join(import.meta.dirname, '..')

const aims = [
  ['import { merge }', "export { merge } from './src/index.ts'", 3],
  ['liaison/filters', "export * from './src/filters/index.ts'", 12],
  ['liaison/mapping with presets', "export * from './src/mapping/index.ts'", 12],
  ['createEngine with everything', "export * from './src/index.ts'", 60]
]

/** fp-ts and io-ts are shaken through their es6 twins, as in the build. */
const fromEs6 = {
  name: 'fp-ts-from-es6',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^(fp-ts|io-ts)(\/lib\/.+)?$/ }, ({ path, kind, resolveDir }) =>
      bundle.resolve(path.includes('/lib/') ? path.replace('/lib/', '/es6/') : `${path}/es6/index.js`, {
        kind,
        resolveDir
      })
    )
  }
}

export const run = async () => {
  for (const [name, contents, kilobytes] of aims) {
    const kB = await brotliKilobytes(contents)
    line(
      `size of ${name}, minified and brotli`,
      `${kB.toFixed(1)} kB`,
      `${kilobytes} kB`,
      kB / kilobytes,
      'at most 1',
      kB <= kilobytes
    )
  }
  const everything = aims.at(-1)[1]
  const withoutCalendars = await brotliKilobytes(everything, ['ical.js'])
  note(`createEngine without ical.js, which comes with the first series: ${withoutCalendars.toFixed(1)} kB`)
}

const brotliKilobytes = async (contents, external = []) => {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    treeShaking: true,
    external,
    plugins: [fromEs6],
    logLevel: 'error'
  })
  return brotliCompressSync(outputFiles[0].contents).length / 1000
}
