/**
 * The quickstart: `npm run quickstart` on a fresh machine, or, where the package is built, this file.
 *
 * Without options it shows a mailbox of vCards and an application in SQLite being kept in step, in a temporary folder
 * (`--keep` leaves it there). With `--mailbox DIR --db FILE` it works on your own data.
 */
import { parseArgs } from 'node:util'

const usage = `usage: main.mjs [--keep]
       main.mjs --mailbox DIR --db FILE [--user ID] [--track] [--approve HASH|apply] [--dry-run] [--json]

  --mailbox DIR   a folder of .vcf files
  --db FILE       a SQLite file of liaison's; it is made where it is not there
  --user ID       whose contacts go into the mailbox: the owner of the records; "ann" unless said otherwise
  --track         tracks every card of the folder, so that records are made of them
  --approve HASH  lets a held plan pass; "apply" lets the first one pass, whatever it holds
  --dry-run       plans and writes nothing, neither in the folder nor in the database
  --json          prints the report of the cycle as JSON and nothing else`

const parsed = () => {
  const text = { type: 'string' }
  const flag = { type: 'boolean', default: false }
  const options = {
    mailbox: text,
    db: text,
    user: text,
    approve: text,
    track: flag,
    'dry-run': flag,
    json: flag,
    keep: flag,
    help: flag
  }
  try {
    const { values } = parseArgs({ options })
    if ((values.mailbox === undefined) !== (values.db === undefined)) throw new Error('--mailbox and --db go together')
    if (values.mailbox === undefined && (values.json || values['dry-run']))
      throw new Error('--json and --dry-run need --mailbox and --db')
    return values
  } catch (error) {
    console.error(`${error.message}\n${usage}`)
    process.exit(2)
  }
}

/** The step-by-step tour. Everything it prints as a fact is checked; the exit status says whether all of it holds. */
const tour = async ({ keep }) => {
  const { createWorld } = await import('./world.mjs')
  const { verdict } = await import('./claims.mjs')
  const steps = await import('./steps.mjs')
  const world = await createWorld()
  console.log(
    `A mailbox of ${world.cardRefs().length} vCards (mailbox/contacts), and an application in SQLite (crm.db).`
  )
  try {
    const engine = steps.engineOf(world)
    const planHash = await steps.lookFirst(engine, world)
    await steps.applyIt(engine, world, planHash)
    await steps.trackAll(engine, world)
    await steps.editBothSides(engine, world)
    await steps.deleteMany(engine, world)
    await steps.nothingTwice(engine, world)
    await steps.loseTheLinks(world)
    console.log()
    if (keep) console.log(`Left there: --mailbox ${world.mailbox} --db ${world.database}`)
    return verdict()
  } finally {
    world.close()
    if (!keep) world.remove()
  }
}

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`Node ${process.version} has no node:sqlite. \`npm run quickstart\` brings a Node that has it.`)
  process.exit(2)
}
const values = parsed()
if (values.help) console.log(usage)
else
  process.exitCode =
    values.mailbox === undefined ? await tour(values) : await (await import('./own-data.mjs')).run(values)
