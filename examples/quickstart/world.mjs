/**
 * The quickstart's world: a mailbox that is a folder of vCards, an application that keeps its contacts in SQLite, and
 * the hands of the two people who edit them. All of it lies in a temporary folder.
 */
import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { files } from 'liaison/adapters/files'
import { sqlite } from 'liaison/adapters/sqlite'

const samples = join(import.meta.dirname, 'samples', 'contacts')

/** The application's records: three companies, six contacts of Ann's and one of Bob's. Three of them have cards. */
const accounts = { contoso: 'Contoso Ltd', northwind: 'Northwind Traders', coho: 'Coho Winery' }
const contacts = [
  ['Ann', 'Roy', 'ann.roy@contoso.test', '+44 20 7946 0101', 'contoso', 'ann'],
  ['Carla', 'Mendes', 'carla@northwind.test', '+1 202 555 0103', 'northwind', 'ann'],
  ['Luca', 'Rinaldi', 'luca@cohowinery.test', '+1 202 555 0112', 'coho', 'ann'],
  ['Ravi', 'Iyer', 'ravi.iyer@contoso.test', '+44 20 7946 0161', 'contoso', 'ann'],
  ['Nora', 'Falk', 'nora.falk@northwind.test', '+1 202 555 0162', 'northwind', 'ann'],
  ['Tom', 'Beck', 'tom.beck@cohowinery.test', '+1 202 555 0163', 'coho', 'ann'],
  ['Eva', 'Lund', 'eva.lund@contoso.test', '+44 20 7946 0164', 'contoso', 'bob']
]

export const createWorld = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'liaison-quickstart-'))
  const mailbox = join(folder, 'mailbox')
  const database = join(folder, 'crm.db')
  const cards = join(mailbox, 'contacts')
  cpSync(samples, cards, { recursive: true })
  const store = sqlite({ path: database })
  const mail = files({ root: mailbox })
  await seed(store.host)

  const cardPath = (ref) => join(cards, `${ref}.vcf`)
  return {
    folder,
    mailbox,
    database,
    mail,
    store,
    cardRefs: () =>
      readdirSync(cards)
        .map((name) => name.replace(/[.]vcf$/, ''))
        .sort(),
    /** Ann edits a card with any other program: a text of the file is replaced. */
    editCard: (ref, text, by) => {
      const before = readFileSync(cardPath(ref), 'utf8')
      if (!before.includes(text)) throw new Error(`${ref}.vcf does not hold ${text}`)
      writeFileSync(cardPath(ref), before.replace(text, by))
    },
    removeCard: (ref) => rmSync(cardPath(ref)),
    cardHolds: (ref, text) => readFileSync(cardPath(ref), 'utf8').includes(text),
    /** The application's own hand: what its users see and edit. */
    recordOf: (email) => recordOf(store, email),
    editRecord: async (email, set) => store.host.edit('contact', (await recordOf(store, email)).ref, set),
    recordCount: async () => (await everyRecord(store)).length,
    /** One text for everything that both sides hold. */
    digest: async () => {
      const hash = createHash('sha256')
      for (const name of readdirSync(cards).sort()) hash.update(name).update(readFileSync(join(cards, name)))
      return hash.update(JSON.stringify(await everyRecord(store))).digest('hex')
    },
    close: () => store.close(),
    remove: () => rmSync(folder, { recursive: true })
  }
}

const seed = async (host) => {
  for (const [ref, name] of Object.entries(accounts))
    await host.put({ type: 'account', ref, owner: 'ann', fields: { name } })
  for (const [index, [firstname, lastname, emailaddress1, telephone1, parentcustomerid, owner]] of contacts.entries()) {
    const fields = { firstname, lastname, emailaddress1, telephone1, parentcustomerid }
    await host.put({ type: 'contact', ref: `contact-${index + 1}`, owner, fields })
  }
}

const right = async (answer) => {
  const result = await answer
  if (result._tag === 'Left') throw new Error(`refused: ${JSON.stringify(result.left)}`)
  return result.right
}

const recordOf = async (store, value) => {
  const [{ refs }] = await right(store.records.lookup([{ type: 'contact', field: 'emailaddress1', value }]))
  return refs.length === 1 ? store.host.look('contact', refs[0]) : undefined
}

const everyRecord = async (store) => {
  const page = await right(store.records.changes('contact', undefined, 500))
  return page.rows.filter(({ gone }) => gone !== true).sort((x, y) => (x.ref < y.ref ? -1 : 1))
}
