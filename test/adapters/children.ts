/** Processes of their own, for what one process cannot show: being killed, and racing for one file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

/** Bundles a file of this repository into one that Node runs as it is. */
export const bundled = async (source: string, into: string): Promise<string> => {
  const outfile = join(into, `${source.replaceAll('/', '-')}.mjs`)
  const root = resolve(import.meta.dirname, '../..')
  await build({
    entryPoints: [join(root, source)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    // fp-ts and io-ts are CommonJS here; what is under test is this repository's code, not its build.
    banner: { js: `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)` },
    logLevel: 'error'
  })
  return outfile
}

/** What became of a process. */
export interface Ended {
  readonly signal: NodeJS.Signals | null
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Child {
  readonly process: ChildProcess
  readonly ended: Promise<Ended>
}

export const start = (args: ReadonlyArray<string>, node = process.execPath): Child => {
  const child = spawn(node, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.on('data', (piece) => {
    out += String(piece)
  })
  child.stderr.on('data', (piece) => {
    err += String(piece)
  })
  const ended = new Promise<Ended>((resolved, rejected) => {
    child.on('error', rejected)
    child.on('close', (code, signal) => resolved({ code, signal, out, err }))
  })
  return { process: child, ended }
}
