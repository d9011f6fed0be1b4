/** Runs modules on a Node of any version. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Modules } from '../../browser.js'

const main = `import { found } from './main.js'; process.stdout.write(JSON.stringify(await found))`

export const foundInNode = async (node: string, modules: Modules): Promise<unknown> => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-node-'))
  try {
    for (const [name, source] of Object.entries(modules)) writeFileSync(join(folder, name), source)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'print.js'), main)
    const { stdout } = await promisify(execFile)(node, [join(folder, 'print.js')])
    return JSON.parse(stdout)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
