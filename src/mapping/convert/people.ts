/** Converters of addresses, attendees and look-ups. */
import type { Value } from '../../model/index.js'
import { byCodeUnits, isEmpty, limits } from '../../model/index.js'
import type { Converter } from './converter.js'

/** An entry is an address, or an object with one where a mail program knows more of a person. */
const addressOf = (entry: Value): string => {
  if (typeof entry === 'string') return entry.trim()
  const address = typeof entry === 'object' && entry !== null && 'address' in entry ? entry['address'] : undefined
  return typeof address === 'string' ? address.trim() : ''
}

const keyOf = (entry: Value): string => addressOf(entry).toLowerCase()

const entriesOf = (value: Value): ReadonlyArray<Value> =>
  value === null ? [] : Array.isArray(value) ? (value as ReadonlyArray<Value>) : [value]

const isEntry = (entry: Value): boolean => typeof entry === 'string' || addressOf(entry) !== ''

/** Addresses without regard to case or order (4.8/25). */
const setOf = (value: Value): Value => {
  const keys = [...new Set(entriesOf(value).map(keyOf))].filter((key) => key !== '').sort(byCodeUnits)
  return keys.length === 0 ? null : keys
}

/** The addresses of a list of attendees or recipients, distinct without regard to case, in their order. @public */
export const addressesOf = (value: Value | undefined): ReadonlyArray<string> => {
  const byKey = new Map<string, string>()
  for (const entry of entriesOf(value ?? null)) {
    const key = keyOf(entry)
    if (key !== '' && !byKey.has(key)) byKey.set(key, addressOf(entry))
  }
  return [...byKey.values()]
}

const isListOfEntries = (value: Value): boolean => entriesOf(value).every(isEntry)

/** Attendees: sets of addresses; an address without a record stays an address on both sides. */
const addresses: Converter = {
  id: 'addresses',
  version: 1,
  expected: { mail: 'a list of addresses', record: 'a list of addresses' },
  accepts: { mail: isListOfEntries, record: isListOfEntries },
  normal: { mail: setOf, record: setOf },
  toRecord: (mail) => addressesOf(mail),
  // Whom the item knows by more than an address stays known so.
  toMail: (record, mail) => {
    const standing = new Map(entriesOf(mail).map((entry) => [keyOf(entry), entry]))
    return addressesOf(record).map((address) => standing.get(address.toLowerCase()) ?? address)
  }
}

const normalAddress = (value: Value): Value => keyOf(value) || null

const isAddress = (value: Value): boolean => value === null || isEntry(value)

/** The organizer. Where one side names none, it keeps the other's out of the question: that is no edit (4.1/6). */
const organizer: Converter = {
  id: 'organizer',
  version: 1,
  whole: true,
  expected: { mail: 'an address', record: 'an address' },
  accepts: { mail: isAddress, record: isAddress },
  normal: { mail: normalAddress, record: normalAddress },
  toRecord: (mail, record) => (isEmpty(mail) ? record : addressOf(mail)),
  toMail: (record, mail) => (isEmpty(record) ? mail : addressOf(record))
}

const firstOf = (value: Value): Value => (Array.isArray(value) ? (value[0] ?? null) : value)

/** What an item is about: its id, and beside it a name that nobody reads back (1.10/1). */
const regarding: Converter = {
  id: 'regarding',
  version: 1,
  whole: true,
  expected: { mail: 'the id of a record', record: 'the id of a record' },
  accepts: {
    mail: (value) => firstOf(value) === null || typeof firstOf(value) === 'string',
    record: (value) => value === null || typeof value === 'string'
  },
  normal: { mail: firstOf, record: (value) => value },
  toRecord: firstOf,
  toMail: (record, mail, { names }) => {
    if (isEmpty(record)) return null
    return firstOf(mail) === record ? mail : [record, names.get(String(record)) ?? null]
  }
}

/** Bytes of one attachment: those that its store tells, else of its content in base64. */
const bytesOf = (entry: Attachment): number =>
  typeof entry['bytes'] === 'number' ? entry['bytes'] : (String(entry['content'] ?? '').length / 4) * 3

type Attachment = { readonly [member: string]: Value }

const isAttachment = (value: Value): value is Attachment =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  typeof (value as Attachment)['name'] === 'string'

/** Why a file does not travel (T11); `undefined`: it does. */
export const whyLeftBehind = (
  entry: Value
): 'no file' | 'picture of the text' | 'blocked type' | 'too large' | undefined => {
  if (!isAttachment(entry)) return 'no file'
  if (entry['isInline'] === true) return 'picture of the text'
  if (blockedName.test(String(entry['name']))) return 'blocked type'
  return bytesOf(entry) <= limits.attachmentBytesMax ? undefined : 'too large'
}

/** Pictures of the text stay with the text; programs, and what is too large, are left behind. */
const isCarried = (entry: Value): boolean => whyLeftBehind(entry) === undefined
const blockedName =
  /\.(ade|adp|app|asp|bas|bat|cer|chm|cmd|com|cpl|crt|csh|exe|fxp|hlp|hta|inf|ins|isp|its|jar|js|jse|ksh|lnk|mad|maf|mag|mam|maq|mar|mas|mat|mau|mav|maw|mda|mdb|mde|mdt|mdw|mdz|msc|msh|msi|msp|mst|ops|pcd|pif|prf|prg|ps1|pst|reg|scf|scr|sct|shb|shs|tmp|url|vb|vbe|vbs|vsmacros|vsw|ws|wsc|wsf|wsh)$/i

/** What tells one content from another: its bytes, their digest, or at least their number. */
const whatOf = (entry: Attachment): Value => entry['content'] ?? entry['digest'] ?? entry['bytes'] ?? null

const carried = (value: Value): ReadonlyArray<Value> =>
  entriesOf(value).filter(isCarried).slice(0, limits.attachmentsMax)

/** How many files of a list are left behind: blocked, too large, too many. Pictures of the text are no files. */
export const leftBehind = (value: Value): number =>
  entriesOf(value).filter((entry) => isAttachment(entry) && entry['isInline'] !== true).length - carried(value).length

const normalAttachments = (value: Value): Value => {
  const names = carried(value)
    .map((entry) => JSON.stringify(isAttachment(entry) ? [entry['name'] ?? null, whatOf(entry)] : null))
    .sort(byCodeUnits)
  return names.length === 0 ? null : names
}

const isListOfAttachments = (value: Value): boolean => entriesOf(value).every(isAttachment)

/** Files beside an appointment. What is not carried stays on its side. */
const attachments: Converter = {
  id: 'attachments',
  version: 1,
  whole: true,
  expected: { mail: 'a list of { name, content }', record: 'a list of { name, content }' },
  accepts: { mail: isListOfAttachments, record: isListOfAttachments },
  normal: { mail: normalAttachments, record: normalAttachments },
  toRecord: (mail, record) => [...carried(mail), ...entriesOf(record).filter((entry) => !isCarried(entry))],
  toMail: (record, mail) => [...carried(record), ...entriesOf(mail).filter((entry) => !isCarried(entry))]
}

export const people = { addresses, attachments, organizer, regarding } as const
