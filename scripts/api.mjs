// API reports, one per entry, in etc/. `--check` fails where a report has changed and was not recorded.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CompilerState, Extractor, ExtractorConfig } from '@microsoft/api-extractor'
import { entries } from './entries.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const check = process.argv.includes('--check')
process.chdir(root)

rmSync('out', { recursive: true, force: true })
const tsc = spawnSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.api.json'], {
  stdio: 'inherit'
})
if (tsc.status !== 0) process.exit(1)

mkdirSync('etc', { recursive: true })
const base = ExtractorConfig.loadFile('api-extractor.json')
const configs = entries.map(({ name, source }) =>
  ExtractorConfig.prepare({
    configObject: {
      ...base,
      mainEntryPointFilePath: `${root}out/${source}.d.ts`,
      apiReport: { ...base.apiReport, reportFileName: name.replaceAll('/', '-') }
    },
    configObjectFullPath: `${root}api-extractor.json`,
    packageJsonFullPath: `${root}package.json`
  })
)
const [first, ...others] = configs
const compilerState = CompilerState.create(first, {
  additionalEntryPoints: others.map((config) => config.mainEntryPointFilePath)
})

const checker = compilerState.program.getTypeChecker()
const exported = new Set(
  configs.flatMap(({ mainEntryPointFilePath }) => {
    const file = compilerState.program.getSourceFile(mainEntryPointFilePath)
    const symbol = file && checker.getSymbolAtLocation(file)
    return symbol ? checker.getExportsOfModule(symbol).map(({ name }) => name) : []
  })
)

// Said better by the line that is printed for each entry.
const quiet = new Set(['console-preamble', 'console-api-report-created', 'console-api-report-copied'])

let failed = false
for (const [index, config] of configs.entries()) {
  const result = Extractor.invoke(config, {
    localBuild: !check,
    compilerState,
    printApiReportDiff: check,
    messageCallback: (message) => {
      // A type that `liaison` exports need not be exported again by `liaison/mapping`: forgotten is what no entry exports.
      const symbol = /symbol "([^"]+)"/.exec(message.text)?.[1]
      const isExported = message.messageId === 'ae-forgotten-export' && exported.has(symbol)
      if (isExported || quiet.has(message.messageId)) message.logLevel = 'none'
    }
  })
  const state = result.apiReportChanged ? (check ? 'changed: npm run api' : 'recorded') : 'unchanged'
  console.log(`${result.succeeded ? 'ok  ' : 'FAIL'} ${entries[index].specifier}: ${state}`)
  failed ||= !result.succeeded
}
process.exit(failed ? 1 : 0)
