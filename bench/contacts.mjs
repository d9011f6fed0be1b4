/** A contact on either side, as the presets know it: thirty fields of an item, 34 of a record and of the peers. */

const textOf = (n, field) => `${field} of contact number ${n}`

export const mailFields = (n) => ({
  givenName: `Given${n}`,
  surname: `Surname${n}`,
  title: 'Dr',
  jobTitle: textOf(n, 'title'),
  department: textOf(n, 'department'),
  email1: `a${n}@example.com`,
  email2: `b${n}@example.com`,
  email3: `c${n}@example.com`,
  businessPhone: `+34 600 ${n}`,
  businessPhone2: `+34 601 ${n}`,
  homePhone: `+34 602 ${n}`,
  homePhone2: `+34 603 ${n}`,
  mobilePhone: `+34 604 ${n}`,
  pager: `${n}`,
  otherPhone: `+34 605 ${n}`,
  businessFax: `+34 606 ${n}`,
  assistantName: textOf(n, 'assistant'),
  assistantPhone: `+34 607 ${n}`,
  birthday: '1980-05-04',
  weddingAnniversary: '2001-06-30',
  children: ['Tom', 'Eva'],
  manager: textOf(n, 'manager'),
  nickName: `Nick${n}`,
  spouseName: textOf(n, 'spouse'),
  governmentId: `G${n}`,
  ftpSite: `ftp.example.com/${n}`,
  businessHomePage: `https://example.com/${n}`,
  companyMainPhone: `+34 608 ${n}`,
  personalNotes: textOf(n, 'notes'),
  businessAddress: { street: `${n} Elm`, city: 'Lyon', state: 'ARA', postalCode: '69001', country: 'France' }
})

export const recordFields = (n) => {
  const mail = mailFields(n)
  return {
    firstname: mail.givenName,
    lastname: mail.surname,
    salutation: 'Dr',
    jobtitle: mail.jobTitle,
    department: mail.department,
    emailaddress1: mail.email1,
    emailaddress2: mail.email2,
    emailaddress3: mail.email3,
    telephone1: mail.businessPhone,
    business2: mail.businessPhone2,
    telephone2: mail.homePhone,
    home2: mail.homePhone2,
    mobilephone: mail.mobilePhone,
    pager: mail.pager,
    telephone3: mail.otherPhone,
    fax: mail.businessFax,
    assistantname: mail.assistantName,
    assistantphone: mail.assistantPhone,
    birthdate: mail.birthday,
    anniversary: mail.weddingAnniversary,
    childrensnames: 'Tom, Eva',
    managername: mail.manager,
    nickname: mail.nickName,
    spousesname: mail.spouseName,
    governmentid: mail.governmentId,
    ftpsiteurl: mail.ftpSite,
    websiteurl: mail.businessHomePage,
    company: mail.companyMainPhone,
    description: mail.personalNotes,
    address1_line1: `${n} Elm`,
    address1_city: 'Lyon',
    address1_stateorprovince: 'ARA',
    address1_postalcode: '69001',
    address1_country: 'France'
  }
}

export const contact = {
  kind: 'contact',
  type: 'contact',
  state: 'active',
  mail: mailFields,
  record: recordFields,
  edit: (n) => ({ jobTitle: `new title ${n}` })
}
