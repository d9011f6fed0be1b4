/**
 * A contact in vCard, as data: which lines are which (`lineRules`), what a line of each family is called where none
 * is there yet (`freshLines`), and which field reads what of which family (`rows`). Spellings are those of the
 * common producers: Apple, Google, Outlook and Exchange, Evolution, KDE, Nextcloud, Thunderbird, Roundcube.
 */

/**
 * The first rule that holds says which family a line belongs to; `family: ''` leaves it alone. A RELATED that names
 * another card by its address belongs to none.
 */
export interface LineRule {
  readonly family: string
  readonly names: ReadonlyArray<string>
  /** One of these types (TYPE, or Apple's label) stands at the line. */
  readonly any?: ReadonlyArray<string>
  /** All of these do. */
  readonly all?: ReadonlyArray<string>
  /** No others do. */
  readonly only?: ReadonlyArray<string>
}

const phones = ['tel', 'x-ms-tel']
const said = ['voice', 'pref', 'msg', 'text', 'video', 'internet', 'other', 'x-other']

export const lineRules: ReadonlyArray<LineRule> = [
  { family: 'name', names: ['n'] },
  { family: 'displayName', names: ['fn'] },
  { family: 'company', names: ['org'] },
  { family: 'jobTitle', names: ['title'] },
  { family: 'nickName', names: ['nickname'] },
  { family: 'note', names: ['note'] },
  { family: 'birthday', names: ['bday'] },
  { family: 'categories', names: ['categories'] },
  { family: 'photo', names: ['photo'] },
  { family: 'marker', names: ['x-liaison-record'] },
  { family: 'mailing', names: ['x-ms-ol-default-postal-address'] },

  // Telex and X.400 addresses of the nineties were written as EMAIL too.
  { family: '', names: ['email'], any: ['tlx', 'x400', 'x.400'] },
  { family: 'email', names: ['email'] },

  { family: '', names: phones, all: ['home', 'fax'] },
  { family: 'fax', names: phones, any: ['fax', 'workfax', 'work fax'] },
  { family: 'pager', names: phones, any: ['pager'] },
  { family: 'mobile', names: phones, any: ['cell', 'mobile', 'iphone'] },
  { family: 'assistantPhone', names: phones, any: ['assistant', 'x-assistant', 'x-evolution-assistant'] },
  { family: 'callback', names: phones, any: ['callback', 'x-callback', 'x-evolution-callback'] },
  { family: 'companyPhone', names: phones, any: ['main', 'company', 'x-company', 'x-evolution-company'] },
  { family: '', names: phones, any: ['car', 'isdn', 'bbs', 'modem', 'telex', 'radio', 'ttytdd', 'textphone'] },
  { family: 'businessPhone', names: phones, any: ['work'] },
  { family: 'homePhone', names: phones, any: ['home'] },
  { family: 'otherPhone', names: phones, only: said },

  { family: 'businessAddress', names: ['adr'], any: ['work'] },
  { family: 'homeAddress', names: ['adr'], any: ['home'] },
  { family: 'otherAddress', names: ['adr'], only: ['postal', 'parcel', 'dom', 'intl', 'pref', 'other', 'x-other'] },

  { family: 'ftp', names: ['url'], any: ['ftp', 'x-ftp'] },
  { family: 'ftp', names: ['x-ftpsite', 'x-ftp-site'] },
  {
    family: 'homePage',
    names: ['url'],
    only: ['work', 'pref', 'homepage', 'home page', 'website', 'internet', 'other', 'company', 'main', 'business']
  },

  {
    family: 'anniversary',
    names: [
      'anniversary',
      'x-anniversary',
      'x-ms-anniversary',
      'x-evolution-anniversary',
      'x-kaddressbook-x-anniversary'
    ]
  },
  { family: 'anniversary', names: ['x-abdate'], any: ['anniversary'] },
  { family: 'spouse', names: ['x-spouse', 'x-ms-spouse', 'x-evolution-spouse', 'x-kaddressbook-x-spousename'] },
  { family: 'spouse', names: ['related', 'x-abrelatednames'], any: ['spouse', 'partner'] },
  { family: 'child', names: ['x-child', 'x-ms-child'] },
  { family: 'child', names: ['related', 'x-abrelatednames'], any: ['child', 'son', 'daughter'] },
  {
    family: 'manager',
    names: ['x-manager', 'x-ms-manager', 'x-managersname', 'x-evolution-manager', 'x-kaddressbook-x-managersname']
  },
  { family: 'manager', names: ['related', 'x-abrelatednames'], any: ['manager'] },
  {
    family: 'assistant',
    names: ['x-assistant', 'x-ms-assistant', 'x-evolution-assistant', 'x-kaddressbook-x-assistantsname']
  },
  { family: 'assistant', names: ['related', 'x-abrelatednames'], any: ['assistant'] },
  { family: 'governmentId', names: ['x-governmentid', 'x-government-id', 'x-governmentidnumber'] },
  { family: 'yomiGivenName', names: ['x-phonetic-first-name'] },
  { family: 'yomiSurname', names: ['x-phonetic-last-name'] }
]

/** How a family's line is written where there is none. `related`: in version 4 it is a RELATED of that type. */
export interface FreshLine {
  readonly name: string
  readonly types?: ReadonlyArray<string>
  /** The name in version 4, where it has one of its own. */
  readonly name4?: string
  readonly related?: string
}

export const freshLines: { readonly [family: string]: FreshLine } = {
  name: { name: 'n' },
  displayName: { name: 'fn' },
  company: { name: 'org' },
  jobTitle: { name: 'title' },
  nickName: { name: 'nickname' },
  note: { name: 'note' },
  birthday: { name: 'bday' },
  categories: { name: 'categories' },
  marker: { name: 'x-liaison-record' },
  email: { name: 'email' },
  fax: { name: 'tel', types: ['work', 'fax'] },
  pager: { name: 'tel', types: ['pager'] },
  mobile: { name: 'tel', types: ['cell', 'voice'] },
  assistantPhone: { name: 'tel', types: ['x-evolution-assistant', 'voice'] },
  callback: { name: 'tel', types: ['x-evolution-callback', 'voice'] },
  companyPhone: { name: 'tel', types: ['main', 'voice'] },
  businessPhone: { name: 'tel', types: ['work', 'voice'] },
  homePhone: { name: 'tel', types: ['home', 'voice'] },
  otherPhone: { name: 'tel', types: ['voice'] },
  businessAddress: { name: 'adr', types: ['work'] },
  homeAddress: { name: 'adr', types: ['home'] },
  otherAddress: { name: 'adr', types: ['other'] },
  ftp: { name: 'x-ftpsite' },
  homePage: { name: 'url', types: ['work'] },
  anniversary: { name: 'x-anniversary', name4: 'anniversary' },
  spouse: { name: 'x-spouse', related: 'spouse' },
  child: { name: 'x-child', related: 'child' },
  manager: { name: 'x-manager' },
  assistant: { name: 'x-assistant' },
  governmentId: { name: 'x-governmentid' },
  yomiGivenName: { name: 'x-phonetic-first-name' },
  yomiSurname: { name: 'x-phonetic-last-name' }
}

/** What a field is: a text, one component of a value, a date without a zone, a list of names, an address. */
export type Shape = 'text' | 'phone' | 'uri' | 'part' | 'date' | 'list' | 'address'

/** `slot`: which line of the family, in the order of the file. `part`: which component of its value. */
export interface Row {
  readonly field: string
  readonly family: string
  readonly shape: Shape
  readonly slot: number
  readonly part?: number
}

const row = (field: string, family: string, shape: Shape, slot = 0): Row => ({ field, family, shape, slot })
const part = (field: string, family: string, at: number): Row => ({ field, family, shape: 'part', slot: 0, part: at })

/** The mail side of `spec/fields.md`, contact. No rows: `mailingAddressIs`, read of all addresses, and categories, no field. */
export const rows: ReadonlyArray<Row> = [
  part('surname', 'name', 0),
  part('givenName', 'name', 1),
  part('middleName', 'name', 2),
  part('title', 'name', 3),
  part('generation', 'name', 4),
  part('companyName', 'company', 0),
  part('department', 'company', 1),
  row('jobTitle', 'jobTitle', 'text'),
  row('nickName', 'nickName', 'text'),
  row('yomiGivenName', 'yomiGivenName', 'text'),
  row('yomiSurname', 'yomiSurname', 'text'),
  row('email1', 'email', 'text', 0),
  row('email2', 'email', 'text', 1),
  row('email3', 'email', 'text', 2),
  row('businessPhone', 'businessPhone', 'phone', 0),
  row('businessPhone2', 'businessPhone', 'phone', 1),
  row('homePhone', 'homePhone', 'phone', 0),
  row('homePhone2', 'homePhone', 'phone', 1),
  row('mobilePhone', 'mobile', 'phone'),
  row('businessFax', 'fax', 'phone'),
  row('pager', 'pager', 'phone'),
  row('otherPhone', 'otherPhone', 'phone'),
  row('assistantPhone', 'assistantPhone', 'phone'),
  row('callbackPhone', 'callback', 'phone'),
  row('companyMainPhone', 'companyPhone', 'phone'),
  row('businessAddress', 'businessAddress', 'address'),
  row('homeAddress', 'homeAddress', 'address'),
  row('otherAddress', 'otherAddress', 'address'),
  row('businessHomePage', 'homePage', 'uri'),
  row('ftpSite', 'ftp', 'uri'),
  row('birthday', 'birthday', 'date'),
  row('weddingAnniversary', 'anniversary', 'date'),
  row('spouseName', 'spouse', 'text'),
  row('children', 'child', 'list'),
  row('manager', 'manager', 'text'),
  row('assistantName', 'assistant', 'text'),
  row('governmentId', 'governmentId', 'text'),
  row('personalNotes', 'note', 'text')
]

/** Members of an address, in the order of ADR's components 3 to 7; the post box and the extended address are not mapped. */
export const addressMembers = ['street', 'city', 'state', 'postalCode', 'country'] as const

/** Values of `mailingAddressIs`: the family of the address, and Outlook's number for it. */
export const mailingAddresses: { readonly [is: string]: { readonly family: string; readonly number: string } } = {
  business: { family: 'businessAddress', number: '2' },
  home: { family: 'homeAddress', number: '1' },
  other: { family: 'otherAddress', number: '3' }
}

/** Names of all lines that are read. */
export const wantedNames: ReadonlySet<string> = new Set([
  'x-ablabel',
  'kind',
  ...lineRules.flatMap((rule) => rule.names)
])
