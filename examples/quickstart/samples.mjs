/**
 * Writes `samples/contacts`: the address book of the quickstart, and what the tests of the `files` adapter read.
 * The people are invented and live at reserved domains; their cards look as the named programs write them, with
 * those programs' folds, line ends, charsets and properties. Run it again after an edit: `node examples/quickstart/samples.mjs`.
 */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const target = join(dirname(fileURLToPath(import.meta.url)), 'samples', 'contacts')

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=='
const gif = 'R0lGODlhAQABAIAAAAUEBAAAACwAAAAAAQABAAACAkQBADs='

/** Cuts a content line after so many bytes of UTF-8, never within a character. */
const fold = (line, { width = 75, eol = '\r\n', indent = ' ' } = {}) => {
  const pieces = ['']
  let used = 0
  for (const character of line) {
    const bytes = Buffer.byteLength(character)
    if (used + bytes > width) {
      pieces.push('')
      used = indent.length
    }
    pieces[pieces.length - 1] += character
    used += bytes
  }
  return pieces.join(eol + indent)
}

/** Cuts after so many bytes, whatever stands there: some producers did, and their readers had to cope. */
const foldBytes = (line, width = 75) => {
  const bytes = Buffer.from(line)
  const pieces = []
  for (let at = 0; at < bytes.length; at += width) pieces.push(bytes.subarray(at, at + width))
  return Buffer.concat(pieces.flatMap((piece, index) => (index === 0 ? [piece] : [Buffer.from('\r\n '), piece])))
}

const card = (lines, { eol = '\r\n', width = 75, indent = ' ' } = {}) =>
  Buffer.from(['BEGIN:VCARD', ...lines, 'END:VCARD', ''].map((line) => fold(line, { width, eol, indent })).join(eol))

/** Version 2.1 has no folds but those of quoted-printable, which the lines below bring along. */
const oldCard = (lines, eol = '\r\n') =>
  Buffer.from(['BEGIN:VCARD', 'VERSION:2.1', ...lines, 'END:VCARD', ''].join('\n').replaceAll('\n', eol))

/** A card as many programs write it, without anything odd. */
const plain = ({
  given,
  family,
  prefix = '',
  company,
  title,
  emails = [],
  phones = [],
  address,
  birthday,
  note,
  uid
}) =>
  card([
    'VERSION:3.0',
    `N:${family};${given};;${prefix};`,
    `FN:${[prefix, given, family].filter((part) => part !== '').join(' ')}`,
    ...(company ? [`ORG:${company}`] : []),
    ...(title ? [`TITLE:${title}`] : []),
    ...emails.map((email) => `EMAIL;TYPE=INTERNET,WORK:${email}`),
    ...phones.map(([types, number]) => `TEL;TYPE=${types}:${number}`),
    ...(address ? [`ADR;TYPE=WORK:;;${address}`] : []),
    ...(birthday ? [`BDAY:${birthday}`] : []),
    ...(note ? [`NOTE:${note}`] : []),
    `UID:${uid}`,
    'REV:2026-02-11T08:30:00Z'
  ])

const files = {
  // Nothing odd: the customers of a small trading company.
  'ann-roy.vcf': plain({
    given: 'Ann',
    family: 'Roy',
    company: 'Contoso Ltd;Purchasing',
    title: 'Head of Purchasing',
    emails: ['ann.roy@contoso.test'],
    phones: [
      ['WORK,VOICE', '+44 20 7946 0101'],
      ['CELL,VOICE', '+44 7700 900101']
    ],
    address: '12 Harbour Street;Bristol;;BS1 4QA;United Kingdom',
    birthday: '1984-05-17',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0101'
  }),
  'bo-lindqvist.vcf': plain({
    given: 'Bo',
    family: 'Lindqvist',
    company: 'Fabrikam AB;Logistics',
    title: 'Warehouse Manager',
    emails: ['bo.lindqvist@fabrikam.test'],
    phones: [['WORK,VOICE', '+46 8 465 004 11']],
    address: 'Hamngatan 4;Stockholm;;111 47;Sweden',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0102'
  }),
  'carla-mendes.vcf': plain({
    given: 'Carla',
    family: 'Mendes',
    company: 'Northwind Traders;Sales',
    title: 'Account Manager',
    emails: ['carla@northwind.test', 'c.mendes@example.com'],
    phones: [
      ['WORK,VOICE', '+1 202 555 0103'],
      ['HOME,VOICE', '+1 202 555 0153']
    ],
    address: '300 Main Street;Springfield;IL;62701;USA',
    note: 'Prefers e-mail. Out of office every second Friday.',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0103'
  }),
  'david-okafor.vcf': plain({
    given: 'David',
    family: 'Okafor',
    prefix: 'Dr.',
    company: 'Adventure Works;Research',
    title: 'Materials Scientist',
    emails: ['david.okafor@adventure-works.test'],
    phones: [['CELL,VOICE', '+44 7700 900104']],
    birthday: '1979-11-02',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0104'
  }),
  'elena-petrova.vcf': plain({
    given: 'Elena',
    family: 'Petrova',
    company: 'Tailspin Toys;Export',
    title: 'Export Manager',
    emails: ['elena.petrova@tailspin.test'],
    phones: [
      ['WORK,VOICE', '+359 2 555 0105'],
      ['WORK,FAX', '+359 2 555 0195']
    ],
    address: '8 Vitosha Boulevard;Sofia;;1000;Bulgaria',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0105'
  }),
  'farid-haddad.vcf': plain({
    given: 'Farid',
    family: 'Haddad',
    company: 'Wingtip Travel',
    title: 'Owner',
    emails: ['farid@wingtip.test'],
    phones: [['WORK,VOICE', '+1 202 555 0106']],
    note: 'Met at the trade fair in March.\\nWants the spring catalogue.',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0106'
  }),
  'grace-kim.vcf': plain({
    given: 'Grace',
    family: 'Kim',
    company: 'Litware Inc.;Finance',
    title: 'Controller',
    emails: ['grace.kim@litware.test'],
    phones: [
      ['WORK,VOICE', '+1 202 555 0107'],
      ['PAGER', '+1 202 555 0177']
    ],
    address: '41 Lake Road;Portland;OR;97201;USA',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0107'
  }),
  'hugo-martin.vcf': plain({
    given: 'Hugo',
    family: 'Martin',
    company: 'Contoso SARL;Support',
    title: 'Technician',
    emails: ['hugo.martin@contoso.test'],
    phones: [['WORK,VOICE', '+33 1 99 00 01 08']],
    address: '5 rue des Lilas;Lyon;;69003;France',
    birthday: '1991-08-30',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0108'
  }),
  'ines-castillo.vcf': plain({
    given: 'Ines',
    family: 'Castillo',
    company: 'Fourth Coffee;Retail',
    title: 'Store Manager',
    emails: ['ines@fourthcoffee.test'],
    phones: [
      ['CELL,VOICE', '+34 600 000 109'],
      ['WORK,VOICE', '+34 910 000 109']
    ],
    address: 'Calle Mayor 21;Madrid;;28013;Spain',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0109'
  }),
  'jonas-weber.vcf': plain({
    given: 'Jonas',
    family: 'Weber',
    company: 'Fabrikam GmbH;Engineering',
    title: 'Project Engineer',
    emails: ['jonas.weber@fabrikam.test'],
    phones: [['WORK,VOICE', '+49 30 23125 110']],
    address: 'Lindenstrasse 9;Berlin;;10969;Germany',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0110'
  }),
  'kate-murphy.vcf': plain({
    given: 'Kate',
    family: 'Murphy',
    company: 'Alpine Ski House;Marketing',
    title: 'Marketing Lead',
    emails: ['kate.murphy@alpineski.test'],
    phones: [['CELL,VOICE', '+1 202 555 0111']],
    birthday: '1988-02-29',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0111'
  }),
  'luca-rinaldi.vcf': plain({
    given: 'Luca',
    family: 'Rinaldi',
    company: 'Coho Winery;Cellar',
    title: 'Winemaker',
    emails: ['luca@cohowinery.test'],
    phones: [['WORK,VOICE', '+1 202 555 0112']],
    address: 'Via Roma 3;Alba;CN;12051;Italy',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0112'
  }),
  'maria-silva.vcf': plain({
    given: 'Maria',
    family: 'Silva',
    company: 'Proseware;Legal',
    title: 'Counsel',
    emails: ['maria.silva@proseware.test'],
    phones: [
      ['WORK,VOICE', '+1 202 555 0113'],
      ['WORK,FAX', '+1 202 555 0193']
    ],
    note: 'Contracts go to her assistant first.',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0113'
  }),
  'nils-hansen.vcf': plain({
    given: 'Nils',
    family: 'Hansen',
    company: 'Blue Yonder Airlines;Operations',
    title: 'Dispatcher',
    emails: ['nils.hansen@blueyonder.test'],
    phones: [['WORK,VOICE', '+1 202 555 0114']],
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0114'
  }),
  'olivia-brown.vcf': plain({
    given: 'Olivia',
    family: 'Brown',
    company: 'City Power & Light;Customer Care',
    title: 'Team Lead',
    emails: ['olivia.brown@citypower.test'],
    phones: [
      ['WORK,VOICE', '+44 20 7946 0115'],
      ['CELL,VOICE', '+44 7700 900115']
    ],
    address: '77 Station Road;Leeds;;LS1 4DY;United Kingdom',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0115'
  }),
  'peter-novak.vcf': plain({
    given: 'Peter',
    family: 'Novak',
    company: 'Lucerne Publishing;Editorial',
    title: 'Editor',
    emails: ['peter.novak@lucerne.test'],
    phones: [['HOME,VOICE', '+1 202 555 0116']],
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0116'
  }),
  'rosa-delgado.vcf': plain({
    given: 'Rosa',
    family: 'Delgado',
    company: 'Graphic Design Institute',
    title: 'Lecturer',
    emails: ['rosa@gdi.example.org'],
    phones: [['CELL,VOICE', '+1 202 555 0117']],
    address: '2 Campus Way;Austin;TX;73301;USA',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0117'
  }),
  'samir-patel.vcf': plain({
    given: 'Samir',
    family: 'Patel',
    company: 'Humongous Insurance;Claims',
    title: 'Claims Adjuster',
    emails: ['samir.patel@humongous.test'],
    phones: [['WORK,VOICE', '+1 202 555 0118']],
    birthday: '1969-07-20',
    uid: '0b6c2c1e-6a0e-4d53-9c39-1b8f0f4a0118'
  }),

  // Apple: groups, labels, small letters in parameters, LF in exports of old versions.
  'apple-tessa-vandermeer.vcf': card([
    'VERSION:3.0',
    'PRODID:-//Apple Inc.//macOS 15.3//EN',
    'N:van der Meer;Tessa;Johanna;;',
    'FN:Tessa Johanna van der Meer',
    'NICKNAME:Tess',
    'ORG:Trey Research;Field Studies;',
    'TITLE:Field Biologist',
    'EMAIL;type=INTERNET;type=WORK;type=pref:tessa@treyresearch.test',
    'EMAIL;type=INTERNET;type=HOME:tessa.vdm@example.net',
    'item1.EMAIL;type=INTERNET:field-team@treyresearch.test',
    'item1.X-ABLabel:Field team',
    'TEL;type=CELL;type=VOICE;type=pref:+31 6 5550 0201',
    'TEL;type=WORK;type=VOICE:+31 20 555 0201',
    'item2.TEL:+31 20 555 0200',
    'item2.X-ABLabel:_$!<Main>!$_',
    'item3.ADR;type=WORK;type=pref:;;Keizersgracht 100\\n2nd floor;Amsterdam;;1015 AA;Netherlands',
    'item3.X-ABADR:nl',
    'item4.URL;type=pref:https://treyresearch.test/tessa',
    'item4.X-ABLabel:_$!<HomePage>!$_',
    'BDAY:1986-12-24',
    'item5.X-ABDATE;type=pref:2015-06-19',
    'item5.X-ABLabel:_$!<Anniversary>!$_',
    'item6.X-ABRELATEDNAMES;type=pref:Joris Bakker',
    'item6.X-ABLabel:_$!<Spouse>!$_',
    'item7.X-ABRELATEDNAMES:Fien Bakker',
    'item7.X-ABLabel:_$!<Daughter>!$_',
    'item8.X-ABRELATEDNAMES:Pim Bakker',
    'item8.X-ABLabel:_$!<Son>!$_',
    'item9.X-ABRELATEDNAMES:Marit de Vries',
    'item9.X-ABLabel:_$!<Manager>!$_',
    `PHOTO;ENCODING=b;TYPE=PNG:${png}`,
    'X-SOCIALPROFILE;type=twitter:https://social.example/tessa',
    'UID:6F1C7E1B-2F65-4B3E-8E22-0D6D1C7A0201'
  ]),
  'apple-contoso-reception.vcf': card(
    [
      'VERSION:3.0',
      'PRODID:-//Apple Inc.//iOS 18.2//EN',
      'N:;;;;',
      'FN:Contoso Reception',
      'ORG:Contoso Reception;',
      'EMAIL;type=INTERNET;type=pref:reception@contoso.test',
      'TEL;type=MAIN:+44 20 7946 0100',
      'item1.ADR;type=WORK;type=pref:;;12 Harbour Street;Bristol;;BS1 4QA;United Kingdom',
      'item1.X-ABADR:gb',
      'X-ABShowAs:COMPANY',
      'UID:6F1C7E1B-2F65-4B3E-8E22-0D6D1C7A0202:ABPerson'
    ],
    { eol: '\n' }
  ),
  'apple-yearless-birthday.vcf': card([
    'VERSION:3.0',
    'PRODID:-//Apple Inc.//iOS 17.6.1//EN',
    'N:Ferrara;Nico;;;',
    'FN:Nico Ferrara',
    'BDAY;X-APPLE-OMIT-YEAR=1604:1604-09-14',
    'TEL;type=IPHONE;type=CELL;type=VOICE;type=pref:+1 (202) 555-0203',
    'UID:6F1C7E1B-2F65-4B3E-8E22-0D6D1C7A0203'
  ]),
  'apple-sato-yuki.vcf': card([
    'VERSION:3.0',
    'PRODID:-//Apple Inc.//macOS 14.5//EN',
    'N:佐藤;由紀;;;',
    'FN:佐藤 由紀',
    'X-PHONETIC-FIRST-NAME:ゆき',
    'X-PHONETIC-LAST-NAME:さとう',
    'ORG:ファブリカム株式会社;営業部;',
    'TITLE:部長',
    'EMAIL;type=INTERNET;type=WORK;type=pref:sato@fabrikam.test',
    'TEL;type=WORK;type=VOICE;type=pref:+81 3 5550 0204',
    'item1.ADR;type=WORK;type=pref:;;丸の内1丁目1-1;千代田区;東京都;100-0005;日本',
    'item1.X-ABADR:jp',
    'NOTE:日本語の対応をお願いします。',
    'UID:6F1C7E1B-2F65-4B3E-8E22-0D6D1C7A0204'
  ]),

  // Google: escaped colons in addresses of the net, its own group, a birthday without a year.
  'google-isabel-costa.vcf': card([
    'VERSION:3.0',
    'FN:Isabel Costa',
    'N:Costa;Isabel;;;',
    'X-PHONETIC-FIRST-NAME:Eezabel',
    'EMAIL;TYPE=INTERNET;TYPE=WORK:isabel@northwind.test',
    'EMAIL;TYPE=INTERNET;TYPE=HOME:isabel.costa@example.com',
    'TEL;TYPE=CELL:+351 910 000 205',
    'TEL;TYPE=WORK:+351 210 000 205',
    'TEL;TYPE=WORK;TYPE=FAX:+351 210 000 295',
    'ADR;TYPE=HOME:;;Rua Augusta 40;Lisboa;;1100-053;Portugal;Rua Augusta 40\\n1100-053 Lisboa\\nPortugal',
    'ORG:Northwind Traders;Iberia',
    'TITLE:Regional Manager',
    'URL;TYPE=WORK:https\\://northwind.test/iberia',
    'item1.URL:https\\://social.example/isabel',
    'item1.X-ABLabel:PROFILE',
    'NOTE:Introduced by Carla\\; likes early calls.',
    'CATEGORIES:Customers,Iberia,myContacts'
  ]),
  'google-two-work-phones.vcf': card([
    'VERSION:3.0',
    'FN:Noah Fischer',
    'N:Fischer;Noah;;;',
    'EMAIL;TYPE=INTERNET:noah.fischer@tailspin.test',
    'TEL;TYPE=WORK:+49 30 23125 206',
    'TEL;TYPE=WORK:+49 30 23125 207',
    'TEL;TYPE=HOME:+49 30 23125 208',
    'TEL;TYPE=HOME:+49 30 23125 209',
    'TEL;TYPE=GRAND_CENTRAL:+1 202 555 0206',
    'BDAY:--0821',
    'CATEGORIES:myContacts'
  ]),

  // Outlook: version 2.1 from the desktop, version 3.0 from Exchange.
  'outlook-birgit-mueller.vcf': oldCard([
    'N;LANGUAGE=de;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:M=FCller;Birgit;;Frau',
    'FN;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:Birgit M=FCller',
    'ORG;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:Fabrikam GmbH;Vertrieb S=FCd',
    'TITLE:Vertriebsleiterin',
    'TEL;WORK;VOICE:+49 89 23125 211',
    'TEL;CELL;VOICE:+49 170 0000 211',
    'TEL;WORK;FAX:+49 89 23125 291',
    'ADR;WORK;PREF;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:;;Leopoldstra=DFe 12;M=FCnchen;;80802;Deutschland',
    'LABEL;WORK;PREF;CHARSET=Windows-1252;ENCODING=QUOTED-PRINTABLE:Leopoldstra=DFe 12=0D=0A=\n80802 M=FCnchen',
    'X-MS-OL-DEFAULT-POSTAL-ADDRESS:2',
    'URL;WORK:http://www.fabrikam.test',
    'EMAIL;PREF;INTERNET:birgit.mueller@fabrikam.test',
    'X-MS-ANNIVERSARY;VALUE=DATE:20090808',
    'X-MS-SPOUSE;N:Karl',
    'REV:20260105T091500Z',
    ''
  ]),
  'outlook-priya-raman.vcf': card([
    'PROFILE:VCARD',
    'VERSION:3.0',
    'MAILER:Microsoft Exchange',
    'PRODID:Microsoft Exchange',
    'FN:Priya Raman',
    'N:Raman;Priya;;;',
    'NOTE:Key account\\, renewal in June.',
    'ORG:Litware Inc.;Procurement;',
    'CLASS:PUBLIC',
    'ADR;TYPE=WORK:;;9 Cedar Court;Seattle;WA;98101;United States of America',
    'LABEL;TYPE=WORK:9 Cedar Court\\nSeattle\\, WA 98101',
    'ADR;TYPE=HOME:;;18 Elm Avenue;Bellevue;WA;98004;United States of America',
    'TEL;TYPE=WORK:+1 202 555 0212',
    'TEL;TYPE=HOME:+1 202 555 0213',
    'TEL;TYPE=CELL:+1 202 555 0214',
    'X-MS-TEL;TYPE=ASSISTANT:+1 202 555 0215',
    'X-MS-TEL;TYPE=COMPANY:+1 202 555 0200',
    'X-MS-TEL;TYPE=CALLBACK:+1 202 555 0216',
    'X-MS-ASSISTANT;TYPE=N:Tom Ellis',
    'X-MS-MANAGER;TYPE=N:Grace Kim',
    'X-MS-CHILD:Asha',
    'X-MS-CHILD:Ravi',
    'EMAIL;TYPE=INTERNET:priya.raman@litware.test',
    'TITLE:Buyer',
    'BDAY;VALUE=DATE:1982-03-09',
    'X-MS-IMADDRESS:sip:priya.raman@litware.test',
    'REV;VALUE=DATE-TIME:2026-01-20T10:00:00,000Z'
  ]),
  'outlook-marcus-hale.vcf': oldCard([
    'N:Hale;Marcus;T.;Mr.;Jr.',
    'FN:Mr. Marcus T. Hale Jr.',
    'NICKNAME:Marc',
    'ORG:Woodgrove Bank;Private Clients',
    'TITLE:Adviser',
    'NOTE;ENCODING=QUOTED-PRINTABLE:Call before noon=2E=0D=0A=\nNever on Mondays=2C he says=2E',
    'TEL;WORK;VOICE:+1 202 555 0217',
    'TEL;PAGER;VOICE:+1 202 555 0218',
    'ADR;WORK:;Suite 400;1 Finance Plaza;Boston;MA;02110;USA',
    'ADR;HOME;PREF:;;6 Orchard Lane;Salem;MA;01970;USA',
    'X-MS-OL-DEFAULT-POSTAL-ADDRESS:1',
    'EMAIL;PREF;INTERNET:marcus.hale@woodgrove.test',
    'EMAIL;TLX:telex-4711',
    `PHOTO;TYPE=GIF;ENCODING=BASE64:\n ${gif}\n`,
    'REV:20251130T120000Z'
  ]),

  // Thunderbird: version 4, preferences as numbers.
  'thunderbird-lena-hoffmann.vcf': card([
    'VERSION:4.0',
    'EMAIL;PREF=1;TYPE=work:lena.hoffmann@example.org',
    'EMAIL;TYPE=home:lena@example.net',
    'FN:Lena Hoffmann',
    'NICKNAME:Leni',
    'N:Hoffmann;Lena;Marie;Dr.;',
    'BDAY;VALUE=DATE:19900214',
    'ANNIVERSARY;VALUE=DATE:20180505',
    'TITLE:Librarian',
    'ORG:Graphic Design Institute;Library',
    'ADR;TYPE=home:;;Bergweg 2;Freiburg;;79098;Germany',
    'TEL;TYPE=home;VALUE=TEXT:+49 761 23125 221',
    'TEL;TYPE=cell;VALUE=TEXT:+49 170 0000 221',
    'URL;VALUE=URL:https://library.example.org',
    'NOTE:Knows the archive by heart.',
    'X-CUSTOM1;VALUE=TEXT:shelf 12',
    'UID:2d1b9f2e-3f9b-4f7e-9b0d-7b6a7c5d0221'
  ]),
  'thunderbird-cardbook-ian-ross.vcf': card([
    'VERSION:3.0',
    'PRODID:-//Thunderbird.net/NONSGML Thunderbird CardBook V96.8//EN-GB',
    'UID:2d1b9f2e-3f9b-4f7e-9b0d-7b6a7c5d0222',
    'FN:Ian Ross',
    'N:Ross;Ian;;;',
    'EMAIL;TYPE=PREF,HOME:ian.ross@example.com',
    'TEL;TYPE=HOME:0131 496 0222',
    'CATEGORIES:Family,Choir',
    'X-CUSTOM1:second tenor',
    'REV:20260201T090807Z'
  ]),

  // Nextcloud: both versions, empty lines of its form, relations as text.
  'nextcloud-amelie-dubois.vcf': card([
    'VERSION:4.0',
    'PRODID:-//Nextcloud Contacts v6.1.1',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0231',
    'FN:Amélie Dubois',
    'N:Dubois;Amélie;;;',
    'ADR;TYPE=WORK:;;14 place Bellecour;Lyon;;69002;France',
    'ADR;TYPE=HOME;PREF=1:;;3 impasse des Cerisiers;Villeurbanne;;69100;France',
    'EMAIL;TYPE=WORK:amelie.dubois@fourthcoffee.test',
    'TEL;TYPE=WORK,VOICE:+33 1 99 00 02 31',
    'TEL;TYPE=CELL:+33 6 39 98 02 31',
    'ORG:Fourth Coffee;Formation',
    'TITLE:Formatrice',
    'BDAY;VALUE=DATE:19870603',
    'RELATED;TYPE=SPOUSE:Rémi Garnier',
    'RELATED;TYPE=CHILD:Lou',
    'RELATED;TYPE=FRIEND:urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af',
    'X-MANAGERSNAME:Ines Castillo',
    `PHOTO:data:image/png;base64,${png}`,
    'REV;VALUE=DATE-AND-OR-TIME:20260110T074210Z'
  ]),
  'nextcloud-empty-lines.vcf': card([
    'VERSION:3.0',
    'PRODID:-//Sabre//Sabre VObject 4.5.4//EN',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0232',
    'FN:Viktor Lange',
    'N:Lange;Viktor;;;',
    'EMAIL;TYPE=HOME:',
    'EMAIL;TYPE=WORK:viktor.lange@proseware.test',
    'TEL;TYPE=HOME,VOICE:',
    'TEL;TYPE=WORK,VOICE:+49 40 23125 232',
    'ADR;TYPE=HOME:;;;;;;',
    'CATEGORIES:Lieferanten',
    'REV;VALUE=DATE-AND-OR-TIME:20260111T154500Z'
  ]),
  'davx5-oscar-berg.vcf': card([
    'VERSION:4.0',
    'PRODID:DAVx5/4.4.6-ose ez-vcard/0.12.1',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0233',
    'FN:Oscar Berg',
    'N:Berg;Oscar;;;',
    'TEL;TYPE=cell:+46 70 174 06 33',
    'davdroid1.TEL:+46 8 465 004 33',
    'davdroid1.X-ABLABEL:Switchboard',
    'EMAIL;TYPE=work;PREF=1:oscar@blueyonder.test',
    'RELATED;VALUE=text;TYPE=child:Maja',
    'NOTE:Hangar 2',
    'REV:20260131T193012Z'
  ]),

  // Android: version 2.1 with quoted-printable in UTF-8, and what has no property of its own in one.
  'android-joao-antunes.vcf': oldCard([
    'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Antunes;Jo=C3=A3o;;;',
    'FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Jo=C3=A3o=20Antunes',
    'TEL;CELL;PREF:+351910000241',
    'TEL;WORK:+351210000241',
    'EMAIL;WORK;PREF:joao.antunes@tailspin.test',
    'ORG;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Brinquedos=20Tailspin=20=E2=80=93=20Dire=C3=A7=C3=A3o=20Comer=\ncial',
    'TITLE:Diretor',
    'BDAY:1977-10-05',
    'X-ANDROID-CUSTOM;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:vnd.android.cursor.item/nickname;=4A=6F=C3=A3=6F=7A=69=6E=68=6F;1;;;;;;;;;;;;;',
    `PHOTO;ENCODING=BASE64;GIF:\n ${gif}\n`
  ]),
  'android-mobile-only.vcf': oldCard(['N:;Courier;;;', 'FN:Courier', 'TEL;CELL:+12025550242'], '\n'),
  'samsung-sofia-nilsson.vcf': oldCard([
    'N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=4E=69=6C=73=73=6F=6E;=53=6F=66=69=61;;;',
    'FN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=53=6F=66=69=61=20=4E=69=6C=73=73=6F=6E',
    'TEL;CELL:+46 70 174 06 43',
    'EMAIL;HOME:sofia.nilsson@mail-se.example',
    'ADR;HOME;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:;;=53=74=6F=72=67=61=74=61=6E=20=31;=4D=61=6C=6D=C3=B6;;211 34;=53=76=65=72=69=67=65',
    'NOTE;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=52=69=6E=67=20=65=66=74=65=72=20=\n=6B=6C=20=31=37'
  ]),
  'nokia-pekka-laine.vcf': Buffer.concat([
    Buffer.from('BEGIN:VCARD\r\nVERSION:2.1\r\nREV:20070419T101112Z\r\nUID:1177000000-4\r\n'),
    Buffer.from(
      'N;CHARSET=ISO-8859-1:Laine;Pekka;;;\r\nTITLE;CHARSET=ISO-8859-1:M\xe4kihypp\xe4\xe4j\xe4\r\n',
      'latin1'
    ),
    Buffer.from(
      'TEL;CELL:+358 50 555 0244\r\nTEL;CAR:+358 9 555 0244\r\nEMAIL:pekka.laine@mail-fi.example\r\nEND:VCARD\r\n'
    )
  ]),

  // Evolution and KDE: their own properties beside, or instead of, the common ones.
  'evolution-gareth-davies.vcf': card([
    'VERSION:3.0',
    'PRODID:-//Ximian//Evolution 3.56//EN',
    'UID:pas-id-67B2F1C400000251',
    'FN:Gareth Davies',
    'N:Davies;Gareth;Huw;Mr;',
    'NICKNAME:Gaz',
    'X-EVOLUTION-FILE-AS:Davies\\, Gareth Huw',
    'ORG:City Power & Light;Grid Control;Room 3',
    'TITLE:Engineer',
    'EMAIL;X-EVOLUTION-UI-SLOT=1;TYPE=WORK:gareth.davies@citypower.test',
    'EMAIL;X-EVOLUTION-UI-SLOT=2;TYPE=HOME:gaz@example.com',
    'TEL;X-EVOLUTION-UI-SLOT=1;TYPE=WORK,VOICE:029 2018 0251',
    'TEL;X-EVOLUTION-UI-SLOT=2;TYPE="X-EVOLUTION-ASSISTANT":029 2018 0252',
    'TEL;X-EVOLUTION-UI-SLOT=3;TYPE="X-EVOLUTION-CALLBACK":029 2018 0253',
    'TEL;X-EVOLUTION-UI-SLOT=4;TYPE="X-EVOLUTION-COMPANY":029 2018 0250',
    'X-EVOLUTION-MANAGER:Olivia Brown',
    'X-MANAGER:Olivia Brown',
    'X-EVOLUTION-ASSISTANT:Sian Price',
    'X-EVOLUTION-SPOUSE:Carys',
    'X-EVOLUTION-ANNIVERSARY:2004-09-11',
    'BDAY:1975-03-01',
    'ADR;TYPE=WORK:PO Box 7;;1 Quay Street;Cardiff;;CF10 5BZ;Wales',
    'ADR;TYPE=OTHER:;;Cottage;Hay-on-Wye;Powys;HR3 5DQ;Wales',
    'URL:https://citypower.test',
    'CALURI:https://calendar.example.com/gareth',
    'X-MOZILLA-HTML:FALSE',
    'REV:2026-01-02T03:04:05Z(1)'
  ]),
  'kaddressbook-hanna-vogel.vcf': card([
    'VERSION:4.0',
    'PRODID:-//KADDRESSBOOK//NONSGML KAddressBook 6.3//EN',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0252',
    'FN:Hanna Vogel',
    'N:Vogel;Hanna;;;',
    'EMAIL;PREF=1:hanna.vogel@lucerne.test',
    'TEL;TYPE="work,voice":+41 44 555 02 52',
    'TEL;TYPE="fax,work":+41 44 555 02 92',
    'ORG:Lucerne Publishing',
    'X-KADDRESSBOOK-X-Department:Rights',
    'X-KADDRESSBOOK-X-ManagersName:Peter Novak',
    'X-KADDRESSBOOK-X-AssistantsName:Ueli Frei',
    'X-KADDRESSBOOK-X-SpouseName:Beat Vogel',
    'ANNIVERSARY:20110702',
    'LANG:de',
    'REV:20260115T101010Z'
  ]),
  'roundcube-emil-larsen.vcf': card([
    'VERSION:3.0',
    'N:Larsen;Emil;;;',
    'FN:Emil Larsen',
    'EMAIL;TYPE=INTERNET;TYPE=HOME:emil.larsen@mail-dk.example',
    'TEL;TYPE=home:+45 35 55 02 53',
    'X-MAIDENNAME:Holm',
    'X-SPOUSE:Freja',
    'X-ANNIVERSARY:2012-08-25',
    'X-GENDER:male',
    'X-JABBER;TYPE=HOME:emil@jabber.example',
    'GENDER:M'
  ]),
  'zimbra-paolo-greco.vcf': card([
    'VERSION:3.0',
    'FN:Greco, Paolo',
    'N:Greco;Paolo;;;',
    'EMAIL;TYPE=internet:paolo.greco@cohowinery.test',
    'TEL;TYPE=work,voice:+39 011 555 0254',
    'TEL;TYPE=work,fax:+39 011 555 0294',
    'ORG:Coho Winery',
    'ADR;TYPE=work,postal,parcel:;;Strada del Vino 8, Scala B;Asti;AT;14100;Italia',
    'NOTE:Unescaped, as it came: one, two; three',
    'X-ZIMBRA-IMADDRESS;TYPE=other:gtalk://paolo',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0254'
  ]),
  'lotus-notes-vera-simon.vcf': card(
    [
      'VERSION:3.0',
      'FN;CHARSET=UTF-8:Vera Simon',
      'N;CHARSET=UTF-8:Simon;Vera;;;',
      'EMAIL;PREF;INTERNET:vera.simon@humongous.test',
      'TEL;WORK:+36 1 555 0255',
      'ORG;CHARSET=UTF-8:Humongous Insurance;Kárrendezés'
    ],
    { indent: '\t' }
  ),

  // Charsets and scripts.
  'charset-windows-1252-soren.vcf': Buffer.from(
    'BEGIN:VCARD\r\nVERSION:3.0\r\nN:\xd8stergaard;S\xf8ren;;;\r\nFN:S\xf8ren \xd8stergaard\r\nORG:Caf\xe9 \x84Zur Br\xfccke\x93\r\n' +
      'EMAIL;TYPE=INTERNET:soren@mail-dk.example\r\nTEL;TYPE=WORK:+45 35 55 02 61\r\nNOTE:Betaler i \x80\\, ikke i kroner.\r\n' +
      'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0261\r\nEND:VCARD\r\n',
    'latin1'
  ),
  'charset-utf8-bom-zofia.vcf': Buffer.concat([
    Buffer.from([0xef, 0xbb, 0xbf]),
    card([
      'VERSION:3.0',
      'N:Wiśniewska;Zofia;;;',
      'FN:Zofia Wiśniewska',
      'EMAIL;TYPE=INTERNET:zofia@mail-pl.example',
      'ADR;TYPE=WORK:;;ul. Długa 5;Gdańsk;;80-827;Polska',
      'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0262'
    ])
  ]),
  'charset-folded-in-a-character.vcf': Buffer.concat([
    Buffer.from('BEGIN:VCARD\r\nVERSION:3.0\r\nN:Αντωνίου;Ελένη;;;\r\nFN:Ελένη Αντωνίου\r\n'),
    foldBytes('NOTE:Η παράδοση γίνεται πάντα από την πίσω είσοδο, δίπλα στην αποθήκη.'),
    Buffer.from('\r\nEMAIL:eleni@mail-gr.example\r\nUID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0263\r\nEND:VCARD\r\n')
  ]),
  'script-arabic-layla.vcf': card([
    'VERSION:3.0',
    'N:الخوري;ليلى;;;',
    'FN:ليلى الخوري',
    'ORG:شركة كونتوسو;المبيعات',
    'EMAIL;TYPE=INTERNET,WORK:layla@contoso.test',
    'TEL;TYPE=CELL:+961 3 555 264',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0264'
  ]),
  'script-cyrillic-oksana.vcf': card([
    'VERSION:4.0',
    'N:Шевченко;Оксана;Петрівна;;',
    'FN:Оксана Петрівна Шевченко',
    'ORG:Тейлспін;Закупівлі',
    'EMAIL;TYPE=work:oksana@tailspin.test',
    'BDAY:19830512',
    'UID:urn:uuid:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0265'
  ]),
  'script-chinese-wang-li.vcf': card([
    'VERSION:3.0',
    'N:王;丽;;;',
    'FN:王丽',
    'ORG:北风贸易有限公司;采购部',
    'EMAIL;TYPE=INTERNET:wang.li@northwind.test',
    'TEL;TYPE=CELL:+86 10 5550 0266',
    'ADR;TYPE=WORK:;;建国路1号;北京;;100020;中国',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0266'
  ]),
  'script-hindi-meera.vcf': card([
    'VERSION:3.0',
    'N:शर्मा;मीरा;;श्रीमती;',
    'FN:श्रीमती मीरा शर्मा',
    'EMAIL;TYPE=INTERNET:meera@mail-in.example',
    'NOTE:सुबह दस बजे के बाद फ़ोन करें।',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0267'
  ]),
  'emoji-and-joined-characters.vcf': card([
    'VERSION:3.0',
    'N:O’Neill 🌿;Fiona 👩🏽‍🌾;;;',
    'FN:Fiona 👩🏽‍🌾 O’Neill 🌿',
    'NICKNAME:🌻 Fi',
    'EMAIL;TYPE=INTERNET:fiona@mail-ie.example',
    'NOTE:Market days: 🥕 Tue\\, 🥬 Thu\\, 👨‍👩‍👧‍👦 Sat. 🇮🇪',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0268'
  ]),
  'combining-characters-vietnamese.vcf': card([
    'VERSION:3.0',
    `N:${'Nguyễn'.normalize('NFD')};${'Thị Ánh'.normalize('NFD')};;;`,
    `FN:${'Nguyễn Thị Ánh'.normalize('NFD')}`,
    'EMAIL;TYPE=INTERNET:anh.nguyen@mail-vn.example',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0269'
  ]),

  // Shapes that are allowed and rare.
  'many-addresses-of-one-person.vcf': card([
    'VERSION:3.0',
    'N:Quinn;Harper;;;',
    'FN:Harper Quinn',
    'EMAIL;TYPE=INTERNET:harper@one.example.com',
    'EMAIL;TYPE=INTERNET:harper@two.example.com',
    'EMAIL;TYPE=INTERNET,PREF:harper@three.example.com',
    'EMAIL;TYPE=INTERNET:harper@four.example.com',
    'EMAIL;TYPE=INTERNET:harper@five.example.com',
    'ADR;TYPE=WORK:;;1 First Street;Albany;NY;12207;USA',
    'ADR;TYPE=WORK:;;2 Second Street;Albany;NY;12207;USA',
    'ADR;TYPE=HOME,PREF:;;3 Third Street;Troy;NY;12180;USA',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0271'
  ]),
  'version-4-without-n.vcf': card([
    'VERSION:4.0',
    'FN:Dr. Amara Nwosu',
    'EMAIL:amara@mail-ng.example',
    'TEL;VALUE=uri;TYPE="work,voice";PREF=1:tel:+234-1-555-0272',
    'BDAY:19800229T130000Z',
    'UID:urn:uuid:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0272'
  ]),
  'version-4-organisation.vcf': card([
    'VERSION:4.0',
    'KIND:org',
    'FN:Adventure Works Cycles',
    'ORG:Adventure Works Cycles',
    'EMAIL:info@adventure-works.test',
    'URL:https://adventure-works.test/?q=a,b;c',
    'SOURCE:https://directory.example.com/aw.vcf',
    'UID:urn:uuid:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0273'
  ]),

  // Not readable, on purpose: these two are set aside, and the others go on.
  'malformed-on-purpose-cut-off.vcf': Buffer.from(
    'BEGIN:VCARD\r\nVERSION:3.0\r\nN:Cut;Off;;;\r\nFN:Off Cut\r\nEMAIL;TYPE=INTERNET:off.cut@exam'
  ),
  'malformed-on-purpose-no-colon.vcf': card([
    'VERSION:3.0',
    'N:Broken;Line;;;',
    'FN:Line Broken',
    'NOTE:the next line lost its fold',
    'and so it is no line of a card',
    'UID:9c0a3f4e-5c7d-4bb4-a8f1-0e4d2d6b0282'
  ])
}

mkdirSync(target, { recursive: true })
for (const name of readdirSync(target)) if (name.endsWith('.vcf')) rmSync(join(target, name))
for (const [name, bytes] of Object.entries(files)) writeFileSync(join(target, name), bytes)
console.log(`${Object.keys(files).length} cards in ${target}`)
