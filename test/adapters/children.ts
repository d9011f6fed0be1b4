/** Processes of their own, for what one process cannot show: being killed, and racing for one file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

/** Bundles a source file into one that Node runs as it is. */
export const bundled = async (source: URL, into: string): Promise<string> => {
  const entry = fileURLToPath(source)
  const outfile = join(into, `${basename(entry)}.mjs`)
  await build({
    entryPoints: [entry],
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
interface Ended {
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
