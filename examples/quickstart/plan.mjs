/** A plan, or a report, as a table that a person reads: who, what, which fields, why. */
import { explain } from 'liaison'
import { table } from './table.mjs'

const verbs = { create: 'make', update: 'change', delete: 'delete' }

/** In the mailbox a contact is a card, and all else is a file of the calendar or of the tasks. */
const nounOf = ({ type }) => (type === 'contact' ? 'card' : 'file')

const whatOf = (decision) => {
  const { mail, recordOp, link, heldBy } = decision
  const writes = [
    ...(mail ? [`${verbs[mail]} ${nounOf(decision)}`] : []),
    ...(recordOp ? [`${verbs[recordOp]} record`] : [])
  ]
  const what = writes.length > 0 ? writes.join(', ') : link === 'new' ? 'link the two' : 'nothing'
  return heldBy === 'mass-delete-held' ? `${what} (held)` : what
}

const whyOf = (decision) => {
  const { code, facts, mail, recordOp, link } = decision
  if (code === 'unlinked' && facts.left && (mail || recordOp))
    return 'No filter holds the record any more: its last change is written, and the link ends.'
  return code === 'entered-filter' && link === 'new' && !mail && !recordOp
    ? `A filter holds the record, and this ${nounOf(decision)} is recognised as its own.`
    : explain(code, facts).text
}

const fieldsOf = ({ mailRows, recordRows, facts }) => {
  const names = [...new Set([...mailRows, ...recordRows, ...(facts.asked ?? [])])]
  return names.length === 0 ? '-' : names.join(', ')
}

const nameOf = ({ subject, firstname, lastname, givenName, surname }) =>
  subject || [firstname ?? givenName, lastname ?? surname].filter(Boolean).join(' ')

/** The name of a thing, of whichever side has one. */
const whoOf = async ({ mail, store }, { item, record, type }) => {
  const found = record === undefined ? undefined : await store.host.look(type, record)
  if (found) return nameOf(found.fields) || record
  const read = item === undefined ? undefined : await mail.read([item])
  const [seen] = read?._tag === 'Right' ? read.right : []
  return (seen?._tag === 'Known' && nameOf(seen.snapshot.fields)) || item || record
}

const columns = [
  { name: 'who', width: 22 },
  { name: 'what', width: 22 },
  { name: 'fields', width: 30 },
  { name: 'why' }
]

/** Prints the decisions that ask for something, or that `wanted` picks. */
export const printPlan = async (world, report, { wanted = asksForSomething, most = 14 } = {}) => {
  const decisions = report.decisions.filter(wanted)
  const rows = []
  for (const decision of decisions.slice(0, most)) {
    rows.push([await whoOf(world, decision), whatOf(decision), fieldsOf(decision), whyOf(decision)])
  }
  if (rows.length === 0) console.log('  nothing to do')
  else table(columns, rows)
  if (decisions.length > most) console.log(`  ... and ${decisions.length - most} more`)
}

const asksForSomething = ({ mail, recordOp, link, heldBy }) => mail || recordOp || heldBy || link === 'new'
