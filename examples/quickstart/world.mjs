/**
 * The quickstart's world: a mailbox that is a folder of files, an application that keeps its records in SQLite, and
 * the hands of the two people who edit them. All of it lies in a temporary folder.
 */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { codeOf, termOf } from 'liaison'
import { files } from 'liaison/adapters/files'
import { sqlite } from 'liaison/adapters/sqlite'
import { seed, seedOpportunity, types, typesWithMail } from './records.mjs'

const samples = join(import.meta.dirname, 'samples')

/** Folders of the mailbox, and what the files in them end with. */
const folders = { contacts: '.vcf', calendar: '.ics', tasks: '.ics' }

/** Where Ann is at home. Times without a zone are hers. */
export const home = 'Europe/Madrid'

/** The day of this tour: the samples have dates, and what is past follows other rules than what is to come. */
export const today = '2026-03-02T08:00:00Z'
export const clock = () => Date.parse(today)

export const createWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-quickstart-'))
  const mailbox = join(folder, 'mailbox')
  const database = join(folder, 'crm.db')
  for (const name of [...Object.keys(folders), 'mail'])
    cpSync(join(samples, name), join(mailbox, name), { recursive: true })
  const store = sqlite({ path: database, types })
  const opened = [store]
  await seed(store.host)

  const pathOf = (file) => join(mailbox, file)
  const cardOf = (ref) => `contacts/${ref}.vcf`
  const textOf = (file) => readFileSync(pathOf(file), 'utf8')
  /** Ann edits a file with any other program: a text of it is replaced. */
  const editFile = (file, text, by) => {
    const before = textOf(file)
    if (!before.includes(text)) throw new Error(`${file} does not hold ${text}`)
    writeFileSync(pathOf(file), before.replace(text, by))
  }
  return {
    folder,
    mailbox,
    database,
    /** The contacts alone: with them the tour begins. */
    mail: files({ root: mailbox, kinds: ['contact'] }),
    /** All that lies in the folder. */
    wholeMail: files({ root: mailbox, timeZone: home }),
    store,
    /** The same database, with messages among its records. */
    openMail: async () => {
      const mailStore = sqlite({ path: database, types: typesWithMail })
      opened.push(mailStore)
      await seedOpportunity(mailStore.host)
      return mailStore
    },
    cardRefs: () => namesIn(mailbox, 'contacts').map((name) => name.replace(/[.]vcf$/, '')),
    filesIn: (kind) => namesIn(mailbox, kind).map((name) => `${kind}/${name}`),
    editFile,
    editCard: (ref, text, by) => editFile(cardOf(ref), text, by),
    removeCard: (ref) => rmSync(pathOf(cardOf(ref))),
    cardHolds: (ref, text) => textOf(cardOf(ref)).includes(text),
    /** The lines of a file, each whole. */
    linesOf: (file) => linesOf(textOf(file)),
    /** The application's own hand: what its users see and edit. */
    recordOf: (email) => contactOf(store, email),
    recordNamed: (type, subject) => recordNamed(store, type, subject),
    editRecord: async (email, set) => store.host.edit('contact', (await contactOf(store, email)).ref, set),
    editActivity: async (type, subject, set) =>
      store.host.edit(type, (await recordNamed(store, type, subject)).ref, set),
    closeActivity: async (type, subject, state) => {
      const record = await recordNamed(store, type, subject)
      await store.host.put({ ...record, state, status: state })
    },
    recordCount: async () => (await rowsOf(store, 'contact')).length,
    /** One text for everything that both sides hold. */
    digest: async () => {
      const hash = createHash('sha256')
      for (const file of filesBelow(mailbox)) hash.update(file).update(readFileSync(join(mailbox, file)))
      for (const type of opened.length > 1 ? typesWithMail : types)
        hash.update(JSON.stringify(await rowsOf(opened.at(-1), type)))
      return hash.digest('hex')
    },
    close: () => {
      for (const one of opened) one.close()
    },
    remove: () => rmSync(folder, { recursive: true })
  }
}

const namesIn = (mailbox, kind) =>
  readdirSync(join(mailbox, kind))
    .filter((name) => name.endsWith(folders[kind]))
    .sort()

const filesBelow = (path) =>
  readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(path, name)).isFile())
    .sort()

const linesOf = (text) => text.replace(/\r?\n[ \t]/g, '').split(/\r?\n/)

export const right = async (answer) => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(`refused: ${JSON.stringify(result.left)}`)
  return result.right
}

const keyOf = (type, field, value) => {
  const code = codeOf(field)
  return { type, code, term: termOf(code, value) ?? '' }
}

const contactOf = async (store, value) => {
  const [{ refs }] = await right(store.records.lookup([keyOf('contact', 'emailaddress1', value)]))
  return refs.length === 1 ? store.host.look('contact', refs[0]) : undefined
}

const recordNamed = async (store, type, value) => {
  const [{ refs }] = await right(store.records.lookup([keyOf(type, 'subject', value)]))
  return refs.length === 1 ? store.host.look(type, refs[0]) : undefined
}

const rowsOf = async (store, type) => {
  const page = await right(store.records.changes(type, undefined, 500))
  return page.rows.filter(({ gone }) => gone !== true).sort((x, y) => (x.ref < y.ref ? -1 : 1))
}
