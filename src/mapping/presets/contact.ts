/**
 * The contact table of the `dynamics` preset: 34 rows of `fields.md`, and the two settings that add rows to it.
 */
import type { Mapping, MappingRow, Place } from '../rule.js'

const row = (mail: string, record: string, convert?: string): MappingRow => ({
  name: mail,
  mail,
  record,
  direction: 'both',
  settable: 'all',
  securable: true,
  ...(convert === undefined ? {} : { convert })
})

const addressMembers = ['street', 'city', 'state', 'postalCode', 'country']

const recordAddress = (slot: 1 | 2 | 3): Place => ({
  fields: ['line1', 'city', 'stateorprovince', 'postalcode', 'country'].map((part) => `address${slot}_${part}`)
})

const address = (
  name: string,
  mail: Place,
  slot: 1 | 2 | 3,
  addressMode: 'mailing-only' | 'all-three'
): MappingRow => ({
  name,
  mail,
  record: recordAddress(slot),
  direction: 'both',
  settable: 'all',
  securable: true,
  when: { addressMode }
})

const object = (field: string): Place => ({ object: field, members: addressMembers })

/** @public */
export const contactMapping: Mapping = {
  kind: 'contact',
  type: 'contact',
  behavesLike: 'contact',
  rows: [
    {
      name: 'fullName',
      mail: { fields: ['title', 'givenName', 'middleName', 'surname', 'generation'] },
      record: { fields: ['salutation', 'firstname', 'middlename', 'lastname', 'suffix'] },
      direction: 'both',
      settable: 'fixed'
    },
    // The mail side has no field for the parent: Set Parent and the record side alone set it.
    { name: 'parent', mail: null, record: 'parentcustomerid', direction: 'both', settable: 'fixed', securable: true },
    {
      name: 'companyName',
      mail: 'companyName',
      record: { nameOf: 'parentcustomerid' },
      direction: 'toMail',
      settable: 'fixed',
      when: { companyFromParent: true }
    },
    row('weddingAnniversary', 'anniversary', 'date'),
    row('assistantName', 'assistantname'),
    row('assistantPhone', 'assistantphone', 'phone'),
    row('birthday', 'birthdate', 'date'),
    row('businessFax', 'fax', 'phone'),
    row('businessPhone', 'telephone1', 'phone'),
    row('businessPhone2', 'business2', 'phone'),
    row('callbackPhone', 'callback', 'phone'),
    row('children', 'childrensnames', 'names'),
    row('companyMainPhone', 'company', 'phone'),
    row('department', 'department'),
    row('email1', 'emailaddress1'),
    row('email2', 'emailaddress2'),
    row('email3', 'emailaddress3'),
    row('ftpSite', 'ftpsiteurl'),
    row('governmentId', 'governmentid'),
    row('homePhone', 'telephone2', 'phone'),
    row('homePhone2', 'home2', 'phone'),
    row('jobTitle', 'jobtitle'),
    {
      ...address('mailingAddress', null, 1, 'mailing-only'),
      mail: {
        chosenBy: 'mailingAddressIs',
        objects: { business: 'businessAddress', home: 'homeAddress', other: 'otherAddress' },
        otherwise: 'businessAddress',
        members: addressMembers
      }
    },
    address('mailingAddress', object('businessAddress'), 1, 'all-three'),
    address('homeAddress', object('homeAddress'), 2, 'all-three'),
    address('otherAddress', object('otherAddress'), 3, 'all-three'),
    row('manager', 'managername'),
    row('mobilePhone', 'mobilephone', 'phone'),
    row('nickName', 'nickname'),
    row('personalNotes', 'description', 'rich'),
    row('otherPhone', 'telephone3', 'phone'),
    row('pager', 'pager', 'phone'),
    row('spouseName', 'spousesname'),
    row('businessHomePage', 'websiteurl'),
    { ...row('yomiGivenName', 'yomifirstname'), securable: false },
    { ...row('yomiSurname', 'yomilastname'), securable: false }
  ]
}
