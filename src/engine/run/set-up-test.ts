/**
 * The set-up test of a mailbox (4.4/4): mail is read, a message goes out to the mailbox itself, an item is made and
 * removed. It looks once: what a mail server still has under way when the test looks is no failure of anybody's.
 */
import type { CreateEffect, Effect, Fields, Kind, Outcome, Ref, SyncError } from '../../model/index.js'
import { uuidOf } from '../../model/index.js'
import { codeOf } from '../failures.js'
import type { MailboxDirection } from '../methods.js'
import { type DirectionTest, type SetUpTest, untried } from '../setup.js'
import { addressKey, domainOf } from '../track/address.js'
import { need, type Session } from './session.js'

/** Runs under the mailbox's lease: no cycle takes what the test makes for somebody's. */
export const setUpTestOf = async (session: Session): Promise<SetUpTest> => {
  const { facts, access, mail } = session
  const asked = {
    facts,
    sync: access.privileges.sync,
    isOwnAddress: await isOwnAddress(session),
    opensForwarded: mail.forwarded !== undefined
  }
  const atMs = session.clock()
  const name = uuidOf('set-up test', session.tenant, session.mailbox, session.holder, atMs)
  const tested = async (direction: MailboxDirection, run: () => Promise<DirectionTest>): Promise<DirectionTest> =>
    untried(direction, asked) ?? run()
  const incoming = await tested('incoming', () => incomingTest(session))
  const outgoing = await tested('outgoing', () => outgoingTest(session, name))
  const act = await tested('act', () => actTest(session, name))
  return { address: addressKey(facts.address), incoming, outgoing, act, atMs }
}

/** T7, 4.4/3: the address leads to the user, and the user to this mailbox. */
const isOwnAddress = async ({ calls, directory, facts, mailbox }: Session): Promise<boolean> => {
  const users = await need({ calls }, 'links', 'users', directory.users([facts.address.trim()]))
  if (users[0] !== facts.user) return false
  const mailboxes = await need({ calls }, 'links', 'mailboxesOf', directory.mailboxesOf([facts.user]))
  return mailboxes[0] === mailbox
}

const success: DirectionTest = { result: 'success' }

/** What cannot be done at all is the method's or the store's affair; no item is to blame for it. */
const failed = (error: SyncError): DirectionTest => ({
  result: 'failure',
  code: error._tag === 'Unsupported' ? 'method-unsupported' : codeOf(error),
  facts: { error: error._tag }
})

const unable = (what: string): DirectionTest => ({
  result: 'failure',
  code: 'method-unsupported',
  facts: { unable: what }
})

const incomingTest = async ({ mail }: Session): Promise<DirectionTest> => {
  if (!mail.can.kinds.includes('email')) return unable('email')
  const page = await mail.changes('email', undefined, 1)
  return page._tag === 'Left' ? failed(page.left) : success
}

const outgoingTest = async (session: Session, name: string): Promise<DirectionTest> => {
  const { mail, facts } = session
  if (mail.can.sends !== true || !mail.can.kinds.includes('email')) return unable('send')
  const address = facts.address.trim()
  const messageId = `<${name}@${domainOf(address) ?? 'localhost'}>`
  const sent = await written(session, {
    _tag: 'Create',
    key: 'set-up test: send',
    id: name,
    kind: 'email',
    folder: 'sent',
    fields: {
      messageId,
      subject: 'Set-up test',
      from: address,
      to: [address],
      body: 'Set-up test',
      sentAt: isoOf(session)
    }
  })
  if (sent._tag === 'Failed') return failed(sent.error)
  const received = await receivedCopies(session, messageId, sent.ref)
  // What is left of the test is taken away where the store can do that; where it cannot, it stays, and nothing is wrong.
  for (const ref of [sent.ref, ...received]) await written(session, removal('email', ref))
  return { ...success, facts: { received: received.length > 0 } }
}

const isoOf = ({ clock }: Session): string => new Date(clock()).toISOString()

/** The message as it came in, where it is there already and the store can be asked by its Message-ID. */
const receivedCopies = async ({ mail }: Session, messageId: string, sent: Ref): Promise<ReadonlyArray<Ref>> => {
  if (!mail.can.findByField) return []
  const hits = await mail.find([{ _tag: 'ByField', kind: 'email', field: 'messageId', value: messageId }])
  return hits._tag === 'Left' ? [] : (hits.right[0]?.refs ?? []).filter((ref) => ref !== sent)
}

const samples: ReadonlyArray<readonly [Kind, Fields]> = [
  ['task', { subject: 'Set-up test' }],
  [
    'appointment',
    { subject: 'Set-up test', start: '2000-01-01T00:00:00.000Z', end: '2000-01-01T00:30:00.000Z', isPrivate: true }
  ],
  ['contact', { surname: 'Set-up test' }]
]

/** One item of the first kind that the mailbox holds. */
const actTest = async (session: Session, name: string): Promise<DirectionTest> => {
  const [kind, fields] = samples.find(([sample]) => session.mail.can.kinds.includes(sample)) ?? []
  if (kind === undefined || fields === undefined) return unable('act')
  const made = await written(session, { _tag: 'Create', key: 'set-up test: make', id: name, kind, fields })
  if (made._tag === 'Failed') return failed(made.error)
  const removed = await written(session, removal(kind, made.ref))
  if (removed._tag === 'Done') return { ...success, facts: { kind } }
  const { facts, ...failure } = failed(removed.error)
  return { ...failure, facts: { ...facts, kind, left: made.ref } }
}

const removal = (type: Kind, ref: Ref): Effect => ({ _tag: 'Delete', key: `set-up test: remove ${ref}`, ref, type })

const written = async ({ mail }: Session, effect: CreateEffect | Effect): Promise<Outcome> => {
  const { key } = effect
  const answer = await mail.write([effect])
  if (answer._tag === 'Left') return { _tag: 'Failed', key, error: answer.left }
  return answer.right[0] ?? { _tag: 'Failed', key, error: { _tag: 'Transient', unsure: true } }
}
