/** The messages' part of the tour: they can be read, and nothing is made of them yet. */
import { claim } from './claims.mjs'
import { heading, say, table } from './table.mjs'
import { right } from './world.mjs'

/** All messages of a mailbox, those that cannot be read among them. */
export const messagesOf = async (mail) => {
  const found = []
  let cursor
  for (let more = true; more; ) {
    const page = await right(mail.changes('email', cursor, 500))
    found.push(...(await right(mail.read(page.rows.map(({ ref }) => ref)))))
    cursor = page.cursor
    more = page.more
  }
  return found
}

export const list = async (engine, world) => {
  heading('15. Messages lie there too')
  say(
    'E-mail is not synced yet: nothing is made of a message. The adapter reads the Maildir, and this is what it sees:'
  )
  const found = await messagesOf(world.wholeMail)
  const messages = found.filter(({ _tag }) => _tag === 'Known').map(({ snapshot }) => snapshot)
  const broken = found.filter(({ _tag }) => _tag === 'Unreadable')
  table(columns, messages.toSorted((x, y) => (x.fields.sentAt < y.fields.sentAt ? -1 : 1)).map(rowOf))
  console.log()
  for (const { ref, paths } of broken) say(`mailbox/${ref}: ${paths.join('; ')}`, '  ')
  console.log()
  claim(
    'seven messages are read, two of them in the folder of sent ones, one with a file',
    messages.length === 7 &&
      messages.filter(({ folder }) => folder === 'sent').length === 2 &&
      messages.flatMap(({ contents = [] }) => contents).length === 1
  )
  claim(
    'encoded words are words, and a reply knows what it answers',
    messages.some(({ fields }) => fields.subject === '¿Almorzamos el viernes? 🍴') &&
      messages.some(({ fields }) => fields.inReplyTo === '<minutes-2@contoso.test>')
  )
  claim('the one without headers is set aside', broken.length === 1 && broken[0].ref.endsWith('malformed-on-purpose'))
  claim('what is still being delivered is not there yet', found.length === 8)
  const [answer] = await engine.track('ann', messages[0].ref)
  claim('to track one is refused: method-unsupported', !answer.pending && answer.code === 'method-unsupported')
}

const columns = [
  { name: 'sent', width: 20 },
  { name: 'folder', width: 8 },
  { name: 'from', width: 28 },
  { name: 'subject' }
]

const rowOf = ({ folder, fields, contents = [] }) => {
  const names = contents.map(({ name }) => name)
  return [fields.sentAt, folder, fields.from, [fields.subject, ...names.map((name) => `(with ${name})`)].join(' ')]
}
