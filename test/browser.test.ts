/** That the package works where there is no Node: the first example of the README, in a browser. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { findBrowser } from '../scripts/engines.mjs'
import { foundIn, missing } from './browser.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const [, program = '', output] =
  /```js\n(.+?)```.+?```text\n(.+?)```/s.exec(readFileSync(`${root}README.md`, 'utf8')) ?? []

/** The program as a host's bundler makes it; what it prints is what it has found. */
const bundled = async (): Promise<string> => {
  const printing = 'const lines = []\nconst console = { log: (...words) => lines.push(words.join(" ")) }\n'
  const { outputFiles } = await build({
    stdin: { contents: `${printing}${program}\nexport const found = lines`, resolveDir: root },
    alias: { liaison: `${root}src/index.ts`, 'liaison/adapters/memory': `${root}src/adapters/memory/index.ts` },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'silent'
  })
  const [file] = outputFiles
  if (file === undefined) throw new Error('esbuild has made nothing')
  return file.text
}

const browser = await findBrowser()

describe('the first example of the README prints what it says', () => {
  if (browser === undefined) missing('a browser')
  else
    test(`in ${browser.name}`, async () => {
      const lines = await foundIn(browser, { 'main.js': await bundled() })
      expect(lines).toEqual(output?.trim().split('\n'))
    })
})
