// The entries of the package, read from `exports`, so that they are named in one place.
import { existsSync, readFileSync } from 'node:fs'

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** `name` as in dist (`index`, `adapters/sqlite`), `specifier` as users write it, `source` without `.ts`, below src. */
export const entries = Object.keys(manifest.exports)
  .filter((key) => key !== './package.json')
  .map((key) => {
    const name = key === '.' ? 'index' : key.slice(2)
    const isFile = existsSync(new URL(`../src/${name}.ts`, import.meta.url))
    return { name, specifier: `liaison${key.slice(1)}`, source: isFile ? name : `${name}/index` }
  })
