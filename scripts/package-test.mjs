// What a user gets: the packed package in an empty project with nothing but its own dependencies, on every Node it
// promises, through both module systems, both ways of resolving types, and a bundler for browsers.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import ts from 'typescript'
import { findNodes } from './engines.mjs'
import { entries } from './entries.mjs'

const root = resolve(import.meta.dirname, '..')
const project = mkdtempSync(join(tmpdir(), 'liaison-package-'))
process.on('exit', () => rmSync(project, { recursive: true }))
const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const specifiers = entries.map(({ specifier }) => specifier)

/** Runs a command in the empty project; the repository's own tools are not on its path. */
const path = process.env.PATH.split(delimiter).filter((folder) => !folder.includes('node_modules'))
const run = (command, ...args) => {
  const env = { ...process.env, PATH: path.join(delimiter) }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: project, env, encoding: 'utf8' })
  return { ok: status === 0, out: stdout?.trim() ?? '', err: stderr?.trim() ?? '' }
}
const write = (name, text) => writeFileSync(join(project, name), text)

let failed = false
const report = (ok, what, detail = '') => {
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${what}${ok || detail === '' ? '' : `\n${detail}`}`)
  failed ||= !ok
}

/** An entry must export something, and importing it must print nothing: no warning of a thing not yet needed. */
const importsOn = ({ major, path: node, version }) => {
  if (node === '') return report(false, `Node ${major}: neither here nor in the registry`)
  for (const file of ['import.mjs', 'require.cjs']) {
    const { ok, out, err } = run(node, file)
    report(ok && err === '' && out === `${specifiers.length}`, `Node ${version}: ${file}`, `${out}\n${err}`)
  }
}

const typesIn = (name, options) => {
  write(`tsconfig.${name}.json`, JSON.stringify({ compilerOptions: options, files: ['types.mts', 'types.cts'] }))
  const tsc = join(root, 'node_modules/typescript/bin/tsc')
  const { ok, out } = run(process.execPath, tsc, '-p', `tsconfig.${name}.json`)
  report(ok, `types: ${name}`, out)
}

/** Packages that the declarations of an entry name, through all the chunks they are made of. */
const packagesNamed = (file, seen = new Set()) => {
  if (seen.has(file)) return []
  seen.add(file)
  return ts
    .preProcessFile(readFileSync(file, 'utf8'))
    .importedFiles.flatMap(({ fileName }) =>
      fileName.startsWith('.')
        ? packagesNamed(resolve(file, '..', fileName.replace(/[.]js$/, '.d.ts')), seen)
        : [fileName]
    )
}

const bundleForBrowsers = async (code) => {
  try {
    const { metafile, outputFiles } = await build({
      stdin: { contents: code, resolveDir: project },
      platform: 'browser',
      format: 'esm',
      bundle: true,
      minify: true,
      metafile: true,
      write: false,
      logLevel: 'silent'
    })
    const names = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports.map((each) => each.original ?? each.path)
    )
    const builtins = names.filter((name) => name.startsWith('node:') || builtinModules.includes(name))
    const size = (brotliCompressSync(outputFiles[0].contents).length / 1000).toFixed(1)
    report(builtins.length === 0, `browser bundle, ${size} kB minified and compressed: ${code}`, builtins.join('\n'))
  } catch (error) {
    report(false, `browser bundle: ${code}`, error.message)
  }
}

const packed = spawnSync('npm', ['pack', '--silent', '--pack-destination', project], { cwd: root, encoding: 'utf8' })
const tarball = packed.stdout?.trim() ?? ''
write('package.json', JSON.stringify({ name: 'empty', private: true }))
const installed = run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', `./${tarball}`)
report(installed.ok && existsSync(join(project, 'node_modules/liaison')), `install ${tarball}`, installed.err)
if (failed) process.exit(1)

const checkAll = (load) => `
const load = ${load}
const main = async () => {
  let count = 0
  for (const specifier of ${JSON.stringify(specifiers)}) {
    if (Object.keys(await load(specifier)).length === 0) throw new Error(specifier + ' exports nothing')
    count += 1
  }
  console.log(count)
}
main().catch((error) => { console.log(error.stack); process.exit(1) })
`
write('import.mjs', checkAll('(specifier) => import(specifier)'))
write('require.cjs', checkAll('require'))
for (const node of await findNodes(true)) importsOn(node)

// Whoever imports `liaison/testing` has fast-check, which its declarations may name.
const fastCheck = `fast-check@${devDependencies['fast-check']}`
run('npm', 'install', '--silent', '--no-audit', '--no-fund', '--prefer-offline', fastCheck)
const consumer = specifiers.map((specifier, index) => `import * as m${index} from '${specifier}'\nvoid m${index}`)
write('types.mts', consumer.join('\n'))
write('types.cts', consumer.join('\n'))
const strict = { strict: true, noEmit: true, target: 'es2022', lib: ['es2022', 'dom'], types: [], skipLibCheck: false }
typesIn('nodenext', { ...strict, module: 'nodenext' })
typesIn('bundler', { ...strict, module: 'esnext', moduleResolution: 'bundler' })

const named = packagesNamed(join(root, 'dist/index.d.ts'))
report(named.length === 0, 'the declarations of liaison name no other package', named.join('\n'))

await bundleForBrowsers("import { createEngine, merge } from 'liaison'; console.log(createEngine, merge)")

process.exit(failed ? 1 : 0)
