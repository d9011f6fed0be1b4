// What the same code must run alike on: the Nodes that the package promises, and a browser. `npm run engines`, a part
// of `npm test`, fetches what is missing, so that the time is not the tests'. The tests fetch nothing.
import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { delimiter, dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const path = process.env.PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'))

/** Runs a program, without this repository's own on its path; answers what it printed, '' where it failed. */
const printed = (program, args, env = {}) =>
  new Promise((done) => {
    const options = { env: { ...process.env, PATH: path.join(delimiter), ...env }, timeout: 300_000 }
    execFile(program, args, options, (error, stdout) => done(error === null ? stdout.trim() : ''))
  })

const nodeMajors = [20, 22, 24]

/** The Node of a major version: the machine's own, ours, or one that npm keeps in its cache. */
const nodeOf = async (major, mayFetch) => {
  const isIt = async (node) => (await printed(node, ['--version'])).startsWith(`v${major}.`)
  for (const node of [process.execPath, 'node']) if (await isIt(node)) return node
  const source = mayFetch ? '--prefer-offline' : '--offline'
  return printed('npx', [source, '--yes', '--package', `node@${major}`, '--', 'node', '-p', 'process.execPath'])
}

/** `path` is '' where that Node is not to be had. */
export const findNodes = (mayFetch = false) =>
  Promise.all(
    nodeMajors.map(async (major) => {
      const path = await nodeOf(major, mayFetch)
      return { major, path, version: path === '' ? '' : await printed(path, ['--version']) }
    })
  )

/**
 * A headless Chromium out of the npm registry, for Linux on x64, with the libraries that a bare machine lacks. It is
 * unpacked beside its package once, and put in its place in one step: a half of it would never start.
 */
const packagedBrowser = async (mayFetch) => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return []
  const folder = resolve(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..')
  const unpacked = join(folder, 'unpacked')
  if (!existsSync(unpacked) && mayFetch) {
    const { inflate } = await import('@sparticuz/chromium')
    const unpacking = mkdtempSync(join(folder, 'unpacking-'))
    // It unpacks into the folder for temporary files, under names that others may have taken.
    process.env.TMPDIR = unpacking
    await Promise.all(['chromium.br', 'al2023.tar.br'].map((file) => inflate(join(folder, 'bin', file))))
    if (!existsSync(unpacked)) renameSync(unpacking, unpacked)
    rmSync(unpacking, { recursive: true, force: true })
  }
  return [{ path: join(unpacked, 'chromium'), env: { LD_LIBRARY_PATH: join(unpacked, 'al2023/lib') } }]
}

const installedBrowsers = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
].map((path) => ({ path, env: {} }))

/** The first browser that starts; undefined where there is none. */
export const findBrowser = async (mayFetch = false) => {
  for (const browser of [...(await packagedBrowser(mayFetch)), ...installedBrowsers]) {
    const version = /\d+(\.\d+)+/.exec(await printed(browser.path, ['--version'], browser.env))
    if (version !== null) return { ...browser, name: `Chromium ${version[0]}` }
  }
  return undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const startedAt = performance.now()
  const [nodes, browser] = await Promise.all([findNodes(true), findBrowser(true)])
  const names = nodes.map(({ major, version }) => `Node ${version === '' ? `${major} MISSING` : version}`)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`engines: ${[...names, browser?.name ?? 'browser MISSING'].join(', ')}, ${seconds} s`)
}
