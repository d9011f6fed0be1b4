/**
 * Runs modules in a real browser, without a driver: they are served to a page of this machine, which sends back what
 * it found. Any browser that opens a page does.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

interface Browser {
  readonly name: string
  readonly path: string
  readonly env: Readonly<Record<string, string>>
}

/** Sources of modules by name; `main.js` exports `found`, what it has to say as JSON. */
export type Modules = Readonly<Record<string, string>>

/** What `main.js` has found, in that browser. */
export const foundIn = async (browser: Browser, modules: Modules): Promise<unknown> => {
  const { server, answered } = serve(modules)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { gone, close } = open(browser, `http://127.0.0.1:${(server.address() as AddressInfo).port}/`)
  try {
    return await Promise.race([answered, gone])
  } finally {
    await close()
    server.closeAllConnections()
    server.close()
  }
}

const page = `<!doctype html><meta charset="utf-8"><title>liaison</title><script type="module">
const answer = (body) => fetch('/answer', { method: 'POST', body: JSON.stringify(body) })
try {
  const { found } = await import('/main.js')
  await answer({ found })
} catch (error) {
  await answer({ failed: String(error.stack ?? error) })
}
</script>`

const serve = (modules: Modules): { readonly server: Server; readonly answered: Promise<unknown> } => {
  const server = createServer()
  const answered = new Promise((resolve, reject) => {
    server.on('request', async (request, response) => {
      const name = (request.url ?? '/').slice(1)
      if (name === 'answer') {
        answerOf(request).then(resolve, reject)
        response.end()
        return
      }
      const source = name === '' ? page : modules[name]
      response.writeHead(source === undefined ? 404 : 200, {
        'content-type': name === '' ? 'text/html' : 'text/javascript'
      })
      response.end(source)
    })
  })
  return { server, answered }
}

const answerOf = async (request: IncomingMessage): Promise<unknown> => {
  const { found, failed } = JSON.parse(await text(request)) as { readonly found?: unknown; readonly failed?: string }
  if (failed !== undefined) throw new Error(failed)
  return found
}

const flags = [
  '--headless',
  // Root gets no sandbox; what runs here is our own.
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  // A browser without a head and without a way in prints the page and goes.
  '--remote-debugging-port=0'
]

interface Opened {
  /** Rejects when the browser ends, of itself or after half a minute. */
  readonly gone: Promise<never>
  readonly close: () => Promise<void>
}

const open = ({ name, path, env }: Browser, url: string): Opened => {
  const profile = mkdtempSync(join(tmpdir(), 'liaison-browser-'))
  const child = spawn(path, [...flags, `--user-data-dir=${profile}`, url], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL'
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2000)
  })
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
  const gone = ended.then(() => Promise.reject(new Error(`${name} has ended without an answer\n${said}`)))
  gone.catch(() => undefined)
  const close = async (): Promise<void> => {
    child.kill('SIGKILL')
    await ended
    // Its helpers may write for a moment yet.
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 })
  }
  return { gone, close }
}

/** In place of a test whose engine is not to be had: skipped, and said so; in CI it fails. `npm run engines` fetches. */
export const missing = (what: string): void => {
  test(`${what}: not here`, ({ skip }) => {
    if (process.env['CI'] !== undefined) expect.fail(`${what} is not here; npm run engines has not brought it`)
    process.stdout.write(`SKIPPED: ${what} is not here; npm run engines brings it\n`)
    skip()
  })
}
