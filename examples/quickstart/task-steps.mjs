/** The tasks' part of the tour: one is completed on either side. */
import { claim } from './claims.mjs'
import { shownEdit } from './calendar-steps.mjs'
import { printPlan } from './plan.mjs'
import { heading, say } from './table.mjs'

const offer = 'tasks/nextcloud-prepare-the-offer.ics'
const bank = 'tasks/apple-call-the-bank.ics'

export const complete = async (engine, world) => {
  heading('14. Tasks are completed, on either side')
  say('“Prepare the offer”, at 40 per cent, in the mailbox; “Call the bank” in the application.')
  world.editFile(offer, 'STATUS:IN-PROCESS', 'STATUS:COMPLETED\r\nCOMPLETED:20260302T073000Z')
  await world.closeActivity('task', 'Call the bank', 'completed')
  const before = world.linesOf(bank)
  console.log()
  const report = await engine.sync('ann')
  await printPlan(world, report)
  const record = await world.recordNamed('task', 'Prepare the offer')
  const { percentcomplete, actualend } = record.fields
  console.log(`\n  the record of “Prepare the offer”`)
  console.log(`    ${record.state}, ${percentcomplete} per cent, ended ${actualend}: midnight of that day in Madrid`)
  console.log(`  mailbox/${bank}`)
  const { come } = shownEdit(before, world.linesOf(bank))
  console.log()
  claim(
    'completed in the mailbox, the record is closed, at a hundred per cent, and ended that day',
    record.state === 'completed' && percentcomplete === 100 && actualend === '2026-03-01T23:00:00Z'
  )
  claim(
    'completed in the application, the file says so to every program',
    ['STATUS:COMPLETED', 'PERCENT-COMPLETE:100', 'COMPLETED:20260302T110000Z'].every((line) => come.includes(line))
  )
  console.log()
  say(
    'The default filter holds open tasks. What is closed has left it: the last change is written, then the link ends.'
  )
  console.log()
  const next = await engine.sync('ann')
  claim(
    'both are no longer linked, and stay on both sides',
    codeOf(report, bank) === 'unlinked' &&
      codeOf(next, offer) === 'unlinked' &&
      [...report.decisions, ...next.decisions].every(({ mail, recordOp }) => mail !== 'delete' && recordOp !== 'delete')
  )
}

const codeOf = (report, item) => report.decisions.find((decision) => decision.item === item)?.code
