import { defineConfig, type Options } from 'tsup'
import { entries } from './scripts/entries.mjs'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * fp-ts and io-ts have no `exports`: `fp-ts/lib/X.js` is what Node can import, but it is CommonJS and cannot be
 * shaken. Their `es6` twins are inlined instead, a tenth of the size.
 */
const fromEs6: Plugin = {
  name: 'fp-ts-from-es6',
  setup: (build) => {
    build.onResolve({ filter: /^(fp-ts|io-ts)(\/lib\/.+)?$/ }, ({ path, kind, resolveDir }) => {
      const twin = path.includes('/lib/') ? path.replace('/lib/', '/es6/') : `${path}/es6/index.js`
      return build.resolve(twin, { kind, resolveDir })
    })
  }
}

export default defineConfig({
  entry: Object.fromEntries(entries.map(({ name, source }) => [name, `src/${source}.ts`])),
  format: ['esm', 'cjs'],
  target: 'es2022',
  dts: true,
  splitting: true,
  sourcemap: true,
  clean: true,
  // `node:sqlite` exists under no other name.
  removeNodeProtocol: false,
  external: [/^node:/, 'better-sqlite3', 'fast-check', 'ical.js', /^nodemailer/, 'postal-mime'],
  noExternal: [/^fp-ts/, /^io-ts/],
  esbuildPlugins: [fromEs6]
})
