/** The end of the tour, over all kinds: nothing is left to do, and nothing is made twice. */
import { memoryLinks } from 'liaison/adapters/memory'
import { claim } from './claims.mjs'
import { engineOf } from './steps.mjs'
import { counts, heading, say } from './table.mjs'

export const nothingTwice = async (engine, world) => {
  heading('16. A second run writes nothing, whatever the kind')
  await engine.sync('ann')
  const before = await world.digest()
  const report = await engine.sync('ann')
  counts(report)
  console.log(`  same     ${report.counts.same} pairs: both versions are those of the link, nobody looked at them`)
  claim(
    'eight are left: five messages, a series of tasks, and two closed tasks whose links have ended',
    report.counts.left === 8 && report.counts.looked === 8
  )
  const calls = Object.keys(report.calls)
  claim('no write was asked of either side', !calls.includes('mail.write') && !calls.includes('record.write'))
  claim('no byte of a file and no field of a record changed', before === (await world.digest()))
  return report.counts.same
}

/** `linked`: how many pairs there were. */
export const loseTheLinks = async (world, store, linked) => {
  heading('17. And once more, all that the engine knew is lost')
  const before = await world.digest()
  const engine = engineOf({ mail: world.wholeMail, store: withEmptyLinks(store) })
  const report = await engine.sync('ann')
  const [held] = report.held
  const pairs = new Map(report.decisions.map(({ item, record }) => [record, item]))
  const itemOf = async (type, subject) => pairs.get((await world.recordNamed(type, subject)).ref)
  say('An empty link store again. Events are recognised by their UIDs, what was made for a record by its mark.')
  console.log()
  claim('58 pairs that a filter holds are recognised, and the answer that is stored', held.counts.verdicts === 59)
  claim('nothing would be made, and nothing was', held.counts.writes === 0 && before === (await world.digest()))
  const committee = 'calendar/exchange-steering-committee.ics'
  claim(
    'the series finds its file, and the changed occurrence finds itself in it',
    (await itemOf('recurring-appointment', 'Steering committee')) === committee &&
      (await itemOf('appointment', 'Steering committee (an hour later)')) === `${committee}#20260324T130000`
  )
  console.log()
  say(`${linked - 59} more were linked because a person had tracked them. Three of those, tracked again:`)
  await engine.approve('ann', held.planHash, { by: 'ann' })
  await engine.sync('ann')
  const three = ['calendar/apple-site-visit.ics', 'calendar/thunderbird-trade-fair.ics', 'tasks/davx5-order-paper.ics']
  await engine.track('ann', three)
  const again = await engine.sync('ann')
  claim(
    'they are linked to the records that they had; no record and no file was written',
    again.links.made === 3 && before === (await world.digest())
  )
}

const withEmptyLinks = ({ records }) => ({ records, links: memoryLinks() })
