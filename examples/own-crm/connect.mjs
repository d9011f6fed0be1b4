import { createEngine, recordStore } from 'liaison'
import { sqlite } from 'liaison/adapters/sqlite'

const changedPeople = `
  SELECT * FROM address_book WHERE changed_at > ?1 OR (changed_at = ?1 AND id > ?2)
  ORDER BY changed_at, id LIMIT ?3`

/** SQLite's spelling of an instant: UTC, whole seconds. */
const timeFrom = (ms) => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')

const peopleOf = (crm) =>
  recordStore(
    {
      list: async ({ since = 0, after = 0, max }) => crm.query(changedPeople, timeFrom(since), Number(after), max),
      get: async (_type, ids) => ids.flatMap((id) => crm.person(id) ?? []),
      create: async (_type, fields) => crm.addPerson(fields),
      update: async (_type, id, set) => crm.changePerson(id, set),
      remove: async (_type, id) => crm.removePerson(id)
    },
    { columns: { updatedAt: 'changed_at', deletedAt: 'deleted_at' }, owner: 'ann' }
  )

const row = (mail, record, more = {}) => ({ name: mail, mail, record, direction: 'both', settable: 'all', ...more })

/** Which field of a card goes with which column. */
const contact = {
  kind: 'contact',
  type: 'contact',
  rows: [
    row({ fields: ['givenName', 'surname'] }, { fields: ['first_name', 'last_name'] }, { name: 'fullName' }),
    row('email1', 'email'),
    row('businessPhone', 'phone', { convert: 'phone' }),
    row('mobilePhone', 'mobile', { convert: 'phone' }),
    row('jobTitle', 'position'),
    row('companyName', 'company', { direction: 'toMail' })
  ]
}

export const connect = ({ crm, mail, linksPath }) =>
  createEngine({
    mailboxes: { ann: { address: 'ann@contoso.test', timeZone: 'Europe/Madrid', mail } },
    records: peopleOf(crm),
    links: sqlite({ path: linksPath }).links,
    settings: { mappings: { contact }, contactDeleteFromMail: 'owner' }
  })
