/**
 * The quickstart: `npm run quickstart` on a fresh machine, or, where the package is built, this file.
 *
 * Without options it shows a mailbox of files and an application in SQLite being kept in step, in a temporary folder
 * (`--keep` leaves it there). With `--mailbox DIR --db FILE` it works on your own data.
 */
import { parseArgs } from 'node:util'
import { say } from './table.mjs'

const usage = `usage: main.mjs [--keep]
       main.mjs --mailbox DIR --db FILE [--user ID] [--address A] [--zone NAME] [--track]
                [--approve HASH|apply] [--dry-run] [--json]

  --mailbox DIR   a folder of .vcf files, or of folders: contacts, calendar, tasks, and mail, a Maildir
  --db FILE       a SQLite file of liaison's; it is made where it is not there
  --user ID       whose records go into the mailbox: their owner; "ann" unless said otherwise
  --address A     the mailbox's e-mail address, which says whose a meeting is; ID@localhost unless said otherwise
  --zone NAME     the mailbox's time zone, such as Europe/Madrid; the computer's unless said otherwise
  --track         tracks every message, card, event and task of the folder: records are made of them
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
    address: text,
    zone: text,
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

const introduce = (world, { home, today }) => {
  const count = (kind) => world.filesIn(kind).length
  say(
    `A mailbox is a folder of files: ${count('contacts')} vCards, ${count('calendar')} calendar files, ` +
      `${count('tasks')} tasks, and a Maildir. An application has its records in SQLite (crm.db). ` +
      `In this tour it is ${today}, and Ann, whose mailbox it is, lives in ${home}.`
  )
}

/** The step-by-step tour. Everything it prints as a fact is checked; the exit status says whether all of it holds. */
const tour = async ({ keep }) => {
  const { createWorld, home, today } = await import('./world.mjs')
  const { verdict } = await import('./claims.mjs')
  const steps = await import('./steps.mjs')
  const calendar = await import('./calendar-steps.mjs')
  const tasks = await import('./task-steps.mjs')
  const messages = await import('./message-steps.mjs')
  const end = await import('./end-steps.mjs')
  const world = await createWorld()
  introduce(world, { home, today })
  try {
    const engine = steps.engineOf(world)
    const planHash = await steps.lookFirst(engine, world)
    await steps.applyIt(engine, world, planHash)
    await steps.trackAll(engine, world)
    await steps.editBothSides(engine, world)
    await steps.deleteMany(engine, world)
    await steps.nothingTwice(engine, world)
    await steps.loseTheLinks(world)
    const whole = steps.engineOf({ mail: world.wholeMail, store: world.store })
    await calendar.connect(whole, world)
    await calendar.trackAll(whole, world)
    await calendar.editBothSides(whole, world)
    await calendar.farAway(world)
    await calendar.series(whole, world)
    await calendar.cancel(whole, world)
    await tasks.complete(whole, world)
    const mailStore = await world.openMail()
    const all = steps.engineOf({ mail: world.wholeMail, store: mailStore })
    await messages.track(all, world, mailStore)
    const linked = await end.nothingTwice(all, world)
    await end.loseTheLinks(world, mailStore, linked)
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
