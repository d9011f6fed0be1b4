/**
 * Names in a Maildir. A message is named by what stands before its flags, and keeps that name wherever it is moved
 * and whatever is done to it. Folders are written after Maildir++: `.Sent`, `.Projects.2026`, in modified UTF-7.
 */

/** A message's name, taken apart. */
export interface MessageName {
  readonly unique: string
  /** In alphabetical order, each once. */
  readonly flags: string
}

/** Windows allows no colon in a name: there programs write a semicolon or an exclamation mark. */
const info = /[:;!]2,([A-Za-z]*)$/

/** `undefined` where it is no name of a message. */
export const messageName = (name: string): MessageName | undefined => {
  if (name.startsWith('.') || /\.(?:vcf|ics)$/i.test(name)) return undefined
  const found = info.exec(name)
  const unique = found === null ? name : name.slice(0, found.index)
  return unique === '' ? undefined : { unique, flags: sorted(found?.[1] ?? '') }
}

const separator = process.platform === 'win32' ? ';' : ':'

export const nameText = ({ unique, flags }: MessageName): string => `${unique}${separator}2,${flags}`

const sorted = (flags: string): string => [...new Set(flags)].sort().join('')

export const withFlag = (flags: string, flag: string, isSet: boolean): string =>
  sorted(isSet ? flags + flag : flags.replaceAll(flag, ''))

/** When the message was delivered, as its deliverer's clock had it: most names begin with the seconds. */
export const deliveredAtMs = (unique: string): number | undefined => {
  const seconds = /^(\d{9,10})(?:\.|$)/.exec(unique)?.[1]
  return seconds === undefined ? undefined : Number(seconds) * 1000
}

/** Names under which programs keep the folders that the engine has names for, the first for a new one. */
const wellKnown: { readonly [folder: string]: ReadonlyArray<string> } = {
  sent: ['Sent', 'Sent Items', 'Sent Messages', 'Sent Mail'],
  drafts: ['Drafts', 'Draft'],
  deleted: ['Trash', 'Deleted Items', 'Deleted Messages', 'Deleted'],
  junk: ['Junk', 'Spam', 'Junk E-mail']
}

/** The name on the port of a folder of the Maildir: `inbox`, `sent`, `Projects/2026`. Empty is the Maildir itself. */
export const folderName = (directory: string): string => {
  if (directory === '') return 'inbox'
  const [first = '', ...rest] = directory.slice(1).split('.').map(fromUtf7)
  const known = Object.keys(wellKnown).find((name) => wellKnown[name]?.some((one) => same(one, first)))
  return [same(first, 'inbox') ? 'inbox' : (known ?? first), ...rest].join('/')
}

const same = (x: string, y: string): boolean => x.toLowerCase() === y.toLowerCase()

/** The directory of a folder that is not there yet; `undefined` where it cannot be one. */
export const newDirectory = (folder: string): string | undefined => {
  if (folder === 'inbox') return ''
  const [first = '', ...rest] = folder.split('/')
  const names = [wellKnown[first]?.[0] ?? first, ...rest]
  const isWrong = names.length > 16 || names.some(isNoName)
  return isWrong ? undefined : `.${names.map(toUtf7).join('.')}`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: no name of a folder holds a control character
const controls = /[./\\\0-\x1f]/

const isNoName = (name: string): boolean => name === '' || name.length > 100 || controls.test(name)

/** RFC 3501, 5.1.3. What is no modified UTF-7 is shown as it stands. */
const fromUtf7 = (name: string): string =>
  name.replace(/&([A-Za-z0-9+,]*)-/g, (whole, code: string) => {
    if (code === '') return '&'
    const bytes = Buffer.from(code.replaceAll(',', '/'), 'base64')
    return bytes.length % 2 === 0 ? new TextDecoder('utf-16be').decode(bytes) : whole
  })

const toUtf7 = (name: string): string =>
  name.replaceAll('&', '&-').replace(/[^ -~]+/g, (text) => {
    const bytes = Buffer.from(text, 'utf16le').swap16()
    return `&${bytes.toString('base64').replaceAll('/', ',').replace(/=+$/, '')}-`
  })
