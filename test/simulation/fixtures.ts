/** Scenarios of this folder's own: short worlds in which every kind of write happens at least once. */
import type { Scenario } from '../../src/testing/scenario/index.js'

const users = { ann: { address: 'ann@contoso.test' }, bob: { address: 'bob@contoso.test' } }
const mailboxes = { ann: { user: 'ann' } }
const person = (surname: string) => ({ mailbox: 'ann', kind: 'contact', fields: { surname, jobTitle: 'A' } })
const record = (lastname: string, owner = 'ann') => ({ type: 'contact', owner, fields: { lastname, jobtitle: 'A' } })
const pair = {
  users,
  mailboxes,
  mail: { m1: person('Ruiz') },
  records: { r1: record('Ruiz') },
  links: [{ mail: 'm1', record: 'r1', origin: 'both' }]
}

export const fixtures: ReadonlyArray<Scenario> = [
  {
    id: 'members-enter',
    title: 'two members are made in the mailbox, a third comes later',
    given: { users, mailboxes, records: { r1: record('Ruiz'), r2: record('Lee') } },
    steps: [{ sync: 'ann' }, { createRecord: 'r3', ...record('Kim') }, { sync: 'ann' }]
  },
  {
    id: 'tracked',
    title: 'an item is tracked, then edited on both sides',
    given: { users, mailboxes: { ann: { user: 'ann', filters: { contact: [] } } }, mail: { m1: person('Ruiz') } },
    steps: [
      { track: 'm1' },
      { sync: 'ann' },
      { editMail: 'm1', set: { jobTitle: 'B' } },
      { sync: 'ann' },
      { untrack: 'm1', delete: true },
      { sync: 'ann' }
    ]
  },
  {
    id: 'both-ways',
    title: 'different fields on both sides, and one conflict',
    given: pair,
    steps: [
      { editMail: 'm1', set: { jobTitle: 'B', department: 'D' } },
      { editRecord: 'r1', set: { jobtitle: 'C', nickname: 'N' } },
      { sync: 'ann' }
    ]
  },
  {
    id: 'item-deleted',
    title: 'the item goes, the record stays, and comes back by leaving and entering',
    given: pair,
    steps: [
      { deleteMail: 'm1' },
      { sync: 'ann' },
      { editRecord: 'r1', set: { jobtitle: 'B' } },
      { sync: 'ann' },
      { editRecord: 'r1', owner: 'bob' },
      { sync: 'ann' },
      { editRecord: 'r1', owner: 'ann' },
      { sync: 'ann' }
    ]
  },
  {
    id: 'item-deleted-owner',
    title: 'the record goes after the item',
    given: { ...pair, settings: { contactDeleteFromMail: 'owner' } },
    steps: [{ deleteMail: 'm1' }, { sync: 'ann' }]
  },
  {
    id: 'record-deleted',
    title: 'the item goes after a record that another owned',
    given: { ...pair, records: { r1: record('Ruiz', 'bob') }, links: [{ mail: 'm1', record: 'r1' }] },
    steps: [{ deleteRecord: 'r1' }, { sync: 'ann' }]
  },
  {
    id: 'deleted-against-edit',
    title: 'careful: the edit survives the deletion, on either side',
    given: {
      ...pair,
      preset: 'careful',
      mail: { m1: person('Ruiz'), m2: person('Lee') },
      records: { r1: record('Ruiz'), r2: record('Lee') },
      links: [
        { mail: 'm1', record: 'r1', origin: 'both' },
        { mail: 'm2', record: 'r2', origin: 'both' }
      ]
    },
    steps: [
      { deleteMail: 'm1' },
      { editRecord: 'r1', set: { jobtitle: 'B' } },
      { deleteRecord: 'r2' },
      { editMail: 'm2', set: { jobTitle: 'C' } },
      { sync: 'ann' }
    ]
  },
  {
    id: 'leaves-and-comes-back',
    title: 'a member leaves and is deleted, then enters again',
    given: pair,
    steps: [
      { editRecord: 'r1', state: 'inactive' },
      { sync: 'ann' },
      { editRecord: 'r1', state: 'active', set: { jobtitle: 'B' } },
      { sync: 'ann' }
    ]
  },
  {
    id: 'two-mailboxes',
    title: 'one record in two mailboxes, edited in one',
    given: {
      users,
      mailboxes: {
        ann: { user: 'ann' },
        bob: { user: 'bob', filters: { contact: [{ field: 'state', op: 'eq', value: 'active' }] } }
      },
      records: { r1: record('Ruiz') }
    },
    steps: [
      { sync: 'ann' },
      { sync: 'bob' },
      { editRecord: 'r1', set: { jobtitle: 'B' } },
      { sync: 'bob' },
      { sync: 'ann' }
    ]
  },
  {
    id: 'held-and-approved',
    title: 'careful: a first cycle waits for a yes',
    given: { preset: 'careful', users, mailboxes, records: { r1: record('Ruiz') } },
    steps: [{ sync: 'ann' }, { approve: 'ann' }, { sync: 'ann' }, { sync: 'ann' }]
  }
]
