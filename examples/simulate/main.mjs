/**
 * Replays arrivals of mail against policies of when to come back, and says what each of them would have cost and left
 * waiting: `npm run simulate:schedule -- --arrivals FILE`, or without a file on a fleet that is made up. docs/simulate.md
 * says what the columns mean.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { csvFromFleet, fleetFromCsv } from './arrivals.mjs'
import { compare } from './compare.mjs'
import { officeFleet } from './generator.mjs'
import { optionsFrom, usage } from './options.mjs'
import { pageWith } from './page.mjs'
import { pngFromSvg } from './png.mjs'
import { table } from './table.mjs'

const root = resolve(import.meta.dirname, '..', '..')

const fleetOf = ({ arrivals, seed, mailboxes, weeks }) => {
  if (arrivals === undefined) return officeFleet({ seed, mailboxes, weeks })
  try {
    return fleetFromCsv(readFileSync(arrivals, 'utf8'))
  } catch (error) {
    throw new RangeError(`${arrivals}: ${error.message}`)
  }
}

const main = () => {
  const options = optionsFrom(process.argv.slice(2))
  const fleet = fleetOf(options)
  console.log(`Replaying ${fleet.length} mailboxes under every policy and budget …\n`)
  const startedAt = performance.now()
  const result = compare(fleet, options)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0)

  console.log(`${result.what}\n`)
  console.log(`${table(result.rows)}\n`)
  console.log(`As they are shipped, whatever it costs:\n\n${table(result.shipped)}\n`)

  mkdirSync(options.out, { recursive: true })
  const put = (folder, name, content) => writeFileSync(join(folder, name), content)
  const { plots, ...figures } = result
  put(options.out, 'results.json', `${JSON.stringify(figures, undefined, 2)}\n`)
  if (options.saveArrivals !== undefined) writeFileSync(options.saveArrivals, csvFromFleet(fleet))
  const folders = options.docs ? [options.out, join(root, 'docs', 'plots')] : [options.out]
  for (const folder of folders) {
    mkdirSync(folder, { recursive: true })
    for (const [name, svg] of Object.entries(plots)) {
      put(folder, `${name}.svg`, svg)
      put(folder, `${name}.png`, pngFromSvg(svg))
    }
  }
  if (options.docs) {
    const page = join(root, 'docs', 'simulate.md')
    writeFileSync(page, pageWith(readFileSync(page, 'utf8'), result))
  }
  const names = Object.keys(plots).flatMap((name) => [`${name}.svg`, `${name}.png`])
  console.log(`${relative('', options.out) || '.'}: results.json, ${names.join(', ')} (${seconds} s)`)
}

try {
  main()
} catch (error) {
  if (!(error instanceof RangeError) && error.code?.startsWith('ERR_PARSE_ARGS') !== true) throw error
  console.error(`${error.message}\n${usage}`)
  process.exitCode = 2
}
