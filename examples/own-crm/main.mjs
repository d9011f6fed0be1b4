/**
 * An application that was there before (`crm.mjs`), connected to a mailbox (`connect.mjs`): tracking, an edit each
 * way, deletions. What is printed as a fact is checked; the exit status is 1 where one does not hold.
 */
import { memoryMail } from 'liaison/adapters/memory'
import { connect } from './connect.mjs'
import { openCrm } from './crm.mjs'

let failed = 0
const claim = (sentence, holds) => {
  if (!holds) failed += 1
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${sentence}`)
}

const crm = openCrm()
const contoso = crm.addCompany('Contoso')
const grace = crm.addPerson({ company_id: contoso, first_name: 'Grace', last_name: 'Kim', email: 'grace@contoso.test' })
const omar = crm.addPerson({ company_id: contoso, first_name: 'Omar', last_name: 'Aziz', email: 'omar@contoso.test' })
crm.addNote(grace, 'Met at the fair.')

const mailbox = memoryMail()
const card = (givenName, surname, email1) =>
  mailbox.host.put({ kind: 'contact', fields: { givenName, surname, email1 } })
const graceCard = card('Grace', 'Kim', 'Grace@contoso.test')
const newCard = card('Ines', 'Vega', 'ines@northwind.test')
const engine = connect({ crm, mail: mailbox.port, linksPath: ':memory:' })

console.log('\nThe first cycle plans, the second does it')
const plan = await engine.sync('ann')
claim('the first cycle is held with a plan of 2', plan.outcome === 'held' && plan.held[0].counts.verdicts === 2)
await engine.approve('ann', plan.held[0].planHash)
const first = await engine.sync('ann')
claim(
  'Omar got a card; Grace, who had one, was linked to it',
  first.writes.mail.created === 1 && first.links.made === 2
)
const omarCard = mailbox.host.all().find(({ fields }) => fields.email1 === 'omar@contoso.test').ref
claim('his card names the company, which is another table', mailbox.host.get(omarCard).fields.companyName === 'Contoso')

console.log('\nTracking makes a person of a card')
await engine.track('ann', newCard)
await engine.sync('ann')
const ines = crm.people().find(({ email }) => email === 'ines@northwind.test')
claim(
  `Ines is in the application, under its own number ${ines?.id}`,
  ines?.first_name === 'Ines' && ines.id === omar + 1
)

console.log('\nAn edit each way')
mailbox.host.edit(graceCard, { set: { businessPhone: '+34 910 000 001' } })
crm.changePerson(omar, { position: 'Engineer' })
const edits = await engine.sync('ann')
claim('the number typed on the card is in the column phone', crm.person(grace).phone === '+34 910 000 001')
claim('the position from the application is on the card', mailbox.host.get(omarCard).fields.jobTitle === 'Engineer')
claim('two writes, no other', edits.writes.record.updated === 1 && edits.writes.mail.updated === 1)
crm.renameCompany(contoso, 'Contoso Group')
await engine.sync('ann')
claim('a renamed company reaches the cards', mailbox.host.get(graceCard).fields.companyName === 'Contoso Group')

console.log('\nDeletions')
crm.removePerson(omar)
await engine.sync('ann')
const { code, text } = await engine.explain('ann', 'mail', omarCard)
claim(`Omar is deleted in the application, his card stays: ${code}`, mailbox.host.get(omarCard) !== undefined)
console.log(`     ${text}`)
mailbox.host.remove(newCard)
await engine.sync('ann')
claim('the card of Ines is deleted, and her row bears a deleted_at', crm.person(ines.id).deleted_at !== null)

console.log('\nA second run writes nothing')
const before = JSON.stringify([crm.people(), crm.notes(), mailbox.host.all()])
const quiet = await engine.sync('ann')
const writes = [quiet.writes.mail, quiet.writes.record].flatMap(Object.values)
claim(
  'no write on either side',
  writes.every((count) => count === 0)
)
claim('nothing changed', before === JSON.stringify([crm.people(), crm.notes(), mailbox.host.all()]))

crm.close()
console.log(failed === 0 ? '\nAll claims hold.' : `\n${failed} claims do not hold.`)
process.exitCode = failed === 0 ? 0 : 1
