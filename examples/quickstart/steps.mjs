/** What the quickstart shows of contacts, in its order. Each step does one thing, prints it, and holds its claims against the world. */
import { createEngine } from 'liaison'
import { memoryLinks } from 'liaison/adapters/memory'
import { claim } from './claims.mjs'
import { printPlan } from './plan.mjs'
import { counts, heading, progress, say, table } from './table.mjs'
import { clock, home } from './world.mjs'

/** An engine of one mailbox. `careful` is the default, and with it the first cycle only plans. */
export const engineOf = ({ mail, store }, { timeZone = home } = {}) =>
  createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', timeZone, mail } },
    records: store.records,
    links: store.links,
    clock,
    preset: 'careful',
    // By default a deleted card never deletes a record. Here it does, where the mailbox's user owns the record.
    settings: { firstCycle: 'plan', contactDeleteFromMail: 'owner' }
  })

export const writesOf = ({ writes: { mail, record } }) =>
  [mail, record].reduce((sum, { created, updated, deleted }) => sum + created + updated + deleted, 0)

export const addsUp = ({ counts: c }) => c.looked === c.done + c.left + c.conflicted + c.held + c.failed

const decisionOn = (report, item) => report.decisions.find((decision) => decision.item === item)

export const lookFirst = async (engine, world) => {
  heading('1. The first cycle only plans')
  const before = await world.digest()
  const report = await engine.sync('ann')
  await printPlan(world, report)
  console.log()
  claim(
    'the cycle is held by the guard first-cycle',
    report.outcome === 'held' && report.held[0].guard === 'first-cycle'
  )
  claim('the plan is 6 verdicts: 3 pairs to link, 3 cards to make', report.held[0].counts.verdicts === 6)
  claim(
    'the contact of another owner is not in it',
    report.decisions.every(({ record }) => record !== 'contact-7')
  )
  claim('nothing was written on either side', writesOf(report) === 0 && before === (await world.digest()))
  return report.held[0].planHash
}

export const applyIt = async (engine, world, planHash) => {
  heading('2. Somebody approves it, and the next cycle carries it out')
  const cards = world.cardRefs().length
  await engine.approve('ann', planHash, { by: 'ann' })
  const report = await engine.sync('ann', { onProgress: progress })
  counts(report)
  claim('3 cards were made and 6 pairs linked', report.writes.mail.created === 3 && report.links.made === 6)
  claim('contacts that both sides had were linked, not doubled', world.cardRefs().length === cards + 3)
  claim('the counts add up', addsUp(report))
}

export const trackAll = async (engine, world) => {
  heading('3. Contacts become records where somebody tracks them')
  const records = await world.recordCount()
  const items = world.cardRefs()
  const answers = []
  // One gesture takes at most 20 contacts, as in the products people know: more is refused as a whole.
  const refused = await engine.track('ann', items.slice(0, 21))
  for (let from = 0; from < items.length; from += 20)
    answers.push(...(await engine.track('ann', items.slice(from, from + 20))))
  const report = await engine.sync('ann', { onProgress: progress })
  counts(report)
  claim(
    'a gesture for 21 contacts was refused: too-many-selected',
    refused.every(({ code }) => code === 'too-many-selected')
  )
  claim(
    `all ${items.length} cards were tracked in lots of 20`,
    answers.every(({ pending }) => pending)
  )
  const made = items.length - 6 - 2
  claim(
    `${made} records were made, owned by ann`,
    report.writes.record.created === made && (await world.recordCount()) === records + made
  )
  claim('the counts add up', addsUp(report))

  const aside = report.decisions.filter(({ code }) => code === 'invalid-item')
  console.log()
  say('Two files are no vCards. They are set aside until they change, and stop nobody else:')
  const columns = [{ name: 'file', width: 56 }, { name: 'where, and what was expected' }]
  table(
    columns,
    aside.map(({ item, facts }) => [`mailbox/contacts/${item}.vcf`, facts.paths.join('; ')])
  )
  console.log()
  claim(
    'exactly the two malformed cards are set aside',
    aside.length === 2 && aside.every(({ item }) => item.startsWith('malformed-on-purpose'))
  )
}

export const editBothSides = async (engine, world) => {
  heading('4. Both sides are edited')
  say('hugo-martin.vcf: another job title on disk. The same contact in SQLite: another business phone.')
  world.editCard('hugo-martin', 'TITLE:', 'TITLE:Senior ')
  await world.editRecord('hugo.martin@contoso.test', { telephone1: '+33 1 99 00 01 88' })
  say('samir-patel.vcf and its record: two different business phones.')
  world.editCard('samir-patel', '+1 202 555 0118', '+1 202 555 0190')
  await world.editRecord('samir.patel@humongous.test', { telephone1: '+1 202 555 0191' })
  console.log()
  const report = await engine.sync('ann')
  await printPlan(world, report, { wanted: ({ code }) => ['both-ways', 'needs-decision'].includes(code) })
  console.log()
  const hugo = (await world.recordOf('hugo.martin@contoso.test')).fields
  claim(
    'the two edits of Hugo Martin were merged: each side has both',
    hugo.jobtitle.startsWith('Senior ') && world.cardHolds('hugo-martin', '+33 1 99 00 01 88')
  )
  const samir = (await world.recordOf('samir.patel@humongous.test')).fields
  claim(
    'Samir Patel is asked about, and neither side was touched',
    decisionOn(report, 'samir-patel').code === 'needs-decision' &&
      samir.telephone1 === '+1 202 555 0191' &&
      world.cardHolds('samir-patel', '+1 202 555 0190')
  )

  const { code, text } = await engine.explain('ann', 'mail', 'samir-patel')
  console.log(`\n  engine.explain('ann', 'mail', 'samir-patel')`)
  console.log(`    ${code}`)
  say(text, '    ')
  console.log(`  engine.resolve('ann', 'samir-patel', 'mail')\n`)
  await engine.resolve('ann', 'samir-patel', 'mail', { by: 'ann' })
  const resolved = await engine.sync('ann')
  await printPlan(world, resolved, { wanted: ({ item }) => item === 'samir-patel' })
  console.log()
  claim(
    'the answer was carried out: the record has the card’s number',
    (await world.recordOf('samir.patel@humongous.test')).fields.telephone1 === '+1 202 555 0190'
  )
  claim('the report counts the conflict', resolved.counts.conflicted === 1 && resolved.conflicts === 1)
}

export const deleteMany = async (engine, world) => {
  heading('5. Twelve cards are deleted at once')
  const gone =
    'elena-petrova farid-haddad grace-kim ines-castillo jonas-weber kate-murphy maria-silva nils-hansen olivia-brown peter-novak rosa-delgado bo-lindqvist'.split(
      ' '
    )
  const records = await world.recordCount()
  for (const ref of gone) world.removeCard(ref)
  world.editCard('hugo-martin', 'TITLE:Senior ', 'TITLE:Chief ')
  const report = await engine.sync('ann')
  const [held] = report.held
  say('Somebody tidied up, or a disk lost a part of itself. The deletes wait; an edit of the same day goes on:')
  await printPlan(world, report, { most: 5 })
  console.log()
  claim(
    '12 deletes are held by the guard mass-delete',
    report.held.length === 1 && held.guard === 'mass-delete' && held.counts.deletes === 12
  )
  claim('no record was deleted', report.writes.record.deleted === 0 && (await world.recordCount()) === records)
  claim(
    'the edit of Hugo Martin was carried out meanwhile',
    (await world.recordOf('hugo.martin@contoso.test')).fields.jobtitle.startsWith('Chief ')
  )
  const again = await engine.sync('ann')
  claim('the next cycle holds the same set under the same hash', again.held[0].planHash === held.planHash)

  console.log()
  say('Somebody looks at it and approves exactly this set:')
  await engine.approve('ann', held.planHash, { by: 'ann' })
  const approved = await engine.sync('ann')
  counts(approved)
  claim(
    '12 records were deleted, and no other',
    approved.writes.record.deleted === 12 && (await world.recordCount()) === records - 12
  )
}

export const nothingTwice = async (engine, world) => {
  heading('6. A second run writes nothing')
  const before = await world.digest()
  const first = await engine.sync('ann')
  claim('the engine sees its own deletes come back, and does nothing', writesOf(first) === 0)
  const second = await engine.sync('ann')
  counts(second)
  console.log(`  same     ${second.counts.same} pairs: both versions are those of the link, nobody looked at them`)
  const calls = Object.keys(second.calls)
  claim('no write was asked of either side', !calls.includes('mail.write') && !calls.includes('record.write'))
  claim('no byte of a card and no field of a record changed', before === (await world.digest()))
  const other = await engineOf(world).sync('ann')
  claim('a new engine writes nothing either: all it knows is stored', writesOf(other) === 0)
}

export const loseTheLinks = async (world) => {
  heading('7. What the engine knows is lost, and it starts anew')
  const before = await world.digest()
  const engine = engineOf({ mail: world.mail, store: { records: world.store.records, links: memoryLinks() } })
  const report = await engine.sync('ann')
  const [held] = report.held
  const records = await Promise.all(
    report.decisions.map(({ record }) => record && world.store.host.look('contact', record))
  )
  const nameless = records.filter((record) => record && record.fields.emailaddress1 === undefined).map(({ ref }) => ref)
  say('An empty link store, and two full sides. It plans again; these have no e-mail address to be recognised by:')
  await printPlan(world, report, { wanted: ({ record }) => nameless.includes(record) })
  console.log()
  claim(
    `all 44 pairs are recognised, these ${nameless.length} too`,
    held.counts.verdicts === 44 && nameless.length === 3
  )
  claim('no card and no record would be made', held.counts.writes === 0)
  claim('nothing was written', report.outcome === 'held' && before === (await world.digest()))
}
