/** The messages' part of the tour: what becomes a record, what it is about, and why the others do not. */
import { claim } from './claims.mjs'
import { counts, heading, say, table } from './table.mjs'
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

const listed = async (world) => {
  const found = await messagesOf(world.wholeMail)
  const messages = found.filter(({ _tag }) => _tag === 'Known').map(({ snapshot }) => snapshot)
  const broken = found.filter(({ _tag }) => _tag === 'Unreadable')
  say('A Maildir, and what the adapter sees in it:')
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
  return messages
}

export const track = async (engine, world, store) => {
  heading('15. A reply finds by itself what it is about')
  const messages = await listed(world)
  const withId = (id) => messages.find(({ fields }) => fields.messageId === id).ref
  const sent = withId('<minutes-2@contoso.test>')
  const reply = withId('<minutes-3@fabrikam.test>')
  const stranger = withId('<order-4711@fabrikam.test>')
  console.log()
  say('Ann tracks what she has written about the minutes, and says what it is about: a stand at the fair.')
  await engine.track('ann', sent, { regarding: 'fair-stand' })
  const report = await engine.sync('ann')
  counts(report)
  console.log()
  const about = new Map(report.decisions.map(({ item, record }) => [item, record]))
  const recordOf = async (item) => store.host.look('email', about.get(item))
  const [stored, answer] = [await recordOf(sent), await recordOf(reply)]
  claim(
    'her message is stored as outgoing, with its sender and what it is about',
    stored.fields.directioncode === 'outgoing' && stored.fields.regardingobjectid === 'fair-stand'
  )
  claim(
    'the answer to it is stored too, by nobody’s hand, and is about the same',
    answer.fields.directioncode === 'incoming' && answer.fields.regardingobjectid === 'fair-stand'
  )
  claim('it knows the message that it answers', answer.fields.correlatedactivityid === stored.ref)
  claim(
    'the one without headers is set aside by the engine too: invalid-item',
    report.decisions.some(({ item, code }) => code === 'invalid-item' && item.endsWith('malformed-on-purpose'))
  )
  claim('nothing was written into the Maildir', report.writes.mail.created + report.writes.mail.updated === 0)
  console.log()
  const rows = []
  for (const item of [sent, reply, stranger]) {
    const { code, text } = await engine.explain('ann', 'mail', item)
    rows.push([messages.find(({ ref }) => ref === item).fields.subject, code, text])
  }
  table(whys, rows)
  console.log()
  claim(
    'a stranger’s message is left, and the reason says why',
    rows.at(-1)[1] === 'no-correlation-match' && report.decisions.filter(({ recordOp }) => recordOp).length === 2
  )
}

const columns = [
  { name: 'sent', width: 20 },
  { name: 'folder', width: 8 },
  { name: 'from', width: 28 },
  { name: 'subject' }
]

const whys = [{ name: 'subject', width: 26 }, { name: 'code', width: 20 }, { name: 'why' }]

const rowOf = ({ folder, fields, contents = [] }) => {
  const names = contents.map(({ name }) => name)
  return [fields.sentAt, folder, fields.from, [fields.subject, ...names.map((name) => `(with ${name})`)].join(' ')]
}
