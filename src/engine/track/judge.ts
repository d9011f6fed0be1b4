/**
 * The decision about one message (chapter 2 of `tracking.md`), row by row. `gateOf` is rows 3 to 6, before anything
 * of the message leaves the mailbox; `judge` is rows 8 to 12, which know of it what the probe holds. Row 7, that the
 * message is stored already, is the caller's.
 */
import type { FormerLink, InstantMs, Reason } from '../../model/index.js'
import type { Recipient } from '../facts.js'
import { can } from '../methods.js'
import type { FolderRule, MailboxFacts } from '../ports.js'
import type { Settings } from '../settings.js'
import { isUsable } from './address.js'
import { ruleOf } from './folder-rules.js'
import type { Message } from './message.js'

/** All that the engine asks with before a message is accepted (A17). @public */
export interface Probe {
  readonly sender: string
  /** To, Cc, visible Bcc, in that order. */
  readonly recipients: ReadonlyArray<string>
  readonly subject: string
  readonly messageId: string
}

export const probeOf = ({ from, to, cc, bcc, subject, id }: Message): Probe => ({
  sender: from?.address ?? '',
  recipients: [...to, ...cc, ...bcc].map(({ address }) => address),
  subject,
  messageId: id ?? ''
})

/** What the gate is told beside the message. */
export interface Standing {
  /** A person's gesture waits. */
  readonly gesture: boolean
  /** The category is on it, as a new request (1.6/2). */
  readonly category: boolean
  /** What is remembered of its ended links. */
  readonly ended: ReadonlyArray<FormerLink>
  /** A cycle before has judged it for good. */
  readonly judged: boolean
  /** It was accepted before, and is only tried again. */
  readonly isRetried: boolean
}

/** The mailbox as the gate sees it. */
export interface GateContext {
  readonly settings: Pick<Settings, 'privateItems' | 'autoTrackSent'>
  readonly facts: MailboxFacts
  /** Received time of the last message judged in the root inbox (A8). */
  readonly judgedUntilMs: InstantMs | undefined
}

/** What becomes of a message before it is asked about. */
export type Gate =
  | { readonly _tag: 'Take'; readonly code: 'gesture' | 'category' | 'folder-rule'; readonly rule?: FolderRule }
  /** `judged`: for good; otherwise it is asked again at the next cycle that finds it. */
  | { readonly _tag: 'Leave'; readonly code: Reason; readonly judged: boolean }
  /** To be asked about: received, or sent (A10). */
  | { readonly _tag: 'Ask'; readonly isSent: boolean }

export const gateOf = (message: Message, standing: Standing, context: GateContext): Gate => {
  const rule = tracks(context.facts) ? ruleOf(message.folder, context.facts.folderRules) : undefined
  if (standing.gesture) return { _tag: 'Take', code: 'gesture', ...(rule === undefined ? {} : { rule }) }
  if (message.isDraft) return leave('not-requested', false)
  if (standing.category) return { _tag: 'Take', code: 'category', ...(rule === undefined ? {} : { rule }) }
  if (rule !== undefined && asksAgain(message, standing.ended)) return filed(message, rule, context)
  // Nor is a message judged again whose link has ended.
  if (standing.ended.length > 0 || standing.judged) return leave('not-requested', false)
  return received(message, standing, context)
}

const leave = (code: Reason, judged: boolean): Gate => ({ _tag: 'Leave', code, judged })

/** Whether this mailbox has tracked folders at all (F1). */
export const tracks = ({ method, queue }: Pick<MailboxFacts, 'method' | 'queue'>): boolean =>
  !queue && can(method, 'folderRules')

/** U7: of a link that has ended a folder rule knows nothing, until the message lies in another tracked folder. */
const asksAgain = ({ folder }: Message, ended: ReadonlyArray<FormerLink>): boolean =>
  ended.every((former) => former.folder !== undefined && former.folder !== folder)

/** Row 5: asked at every cycle. */
const filed = (message: Message, rule: FolderRule, { settings, facts }: GateContext): Gate => {
  if (message.isPrivate && settings.privateItems === 'skip') return leave('private-item', false)
  if (isBefore(message.changedAtMs, facts.startAtMs)) return leave('before-start-date', false)
  return { _tag: 'Take', code: 'folder-rule', rule }
}

/** Row 6. */
const received = (message: Message, { isRetried }: Standing, { settings, facts, judgedUntilMs }: GateContext): Gate => {
  const isSent = message.folder === 'sent' && settings.autoTrackSent && can(facts.method, 'sentItems')
  const isInbox = message.folder === 'inbox'
  if (!isSent && !isInbox) return leave('outside-inbox', true)
  // What is forwarded was received elsewhere before: when it came says nothing of where it has been.
  const cameLate = isInbox && !isRetried && facts.forward !== true && isBefore(message.receivedAtMs, judgedUntilMs)
  if (cameLate) return leave('outside-inbox', true)
  if (isBefore(message.receivedAtMs ?? message.sentAtMs, facts.startAtMs)) return leave('before-start-date', true)
  if (message.isPrivate && settings.privateItems === 'skip') return leave('private-item', true)
  // A18: without the probe nothing is tracked automatically.
  return facts.probing === false ? leave('not-requested', false) : { _tag: 'Ask', isSent }
}

/** Equal is not before. */
const isBefore = (atMs: InstantMs | undefined, borderMs: InstantMs | undefined): boolean =>
  atMs !== undefined && borderMs !== undefined && atMs < borderMs

/** What is known of the probe's addresses, and of what is stored. */
export interface JudgeFacts {
  readonly sender: string | undefined
  /** The sender is a user of ours; a queue is none (A16). */
  readonly isInternal: boolean
  /** Our users and queues among the recipients, each once, in order To, Cc, Bcc (A7). */
  readonly recipients: ReadonlyArray<Recipient>
  /** Of a sent message the mailbox itself (A10). */
  readonly own: Recipient
  readonly isSent: boolean
  /** Type of the record that the sender resolves to where this user's own go first (A5, R2); of a sent message, of one of its recipients. */
  readonly knownTo: (user: string) => ReadonlyArray<string>
  readonly correlates: boolean
  /** A record with this Message-ID is stored, in either direction. */
  readonly isStored: boolean
}

/** `by`: who takes it. */
export type Judgement =
  | { readonly _tag: 'Accept'; readonly code: 'accept-all' | 'sender-match' | 'correlation-match'; readonly by: string }
  | { readonly _tag: 'Refuse'; readonly code: Reason }

/** Rows 8 to 12. */
export const judge = (asked: JudgeFacts, { internalAsTwo }: Pick<Settings, 'internalAsTwo'>): Judgement => {
  const { recipients, own, isSent } = asked
  if (isSent) return isUsableSender(asked) ? (firstOf([own], asked) ?? refuse('no-correlation-match')) : noSender
  if (recipients.length === 0)
    return own.autoTrack === 'all' ? accept('accept-all', own.user) : refuse('no-recipient-match')
  const isOnce = asked.isInternal && !internalAsTwo
  const asking = isOnce ? recipients.filter(({ queue }) => queue) : recipients
  const [first] = recipients
  if (asking.length === 0)
    return !asked.isStored && asked.correlates && first !== undefined
      ? accept('correlation-match', first.user)
      : refuse('internal-email')
  return isUsableSender(asked) ? (firstOf(asking, asked) ?? refuse('no-correlation-match')) : noSender
}

const accept = (code: Extract<Judgement, { readonly _tag: 'Accept' }>['code'], by: string): Judgement => ({
  _tag: 'Accept',
  code,
  by
})
const refuse = (code: Reason): Judgement => ({ _tag: 'Refuse', code })
const noSender = refuse('invalid-sender')

const isUsableSender = ({ sender }: JudgeFacts): boolean => sender !== undefined && isUsable(sender)

/** Row 11: the first whose filter accepts. */
const firstOf = (recipients: ReadonlyArray<Recipient>, asked: JudgeFacts): Judgement | undefined => {
  for (const recipient of recipients) {
    const code = acceptanceOf(recipient, asked)
    if (code !== undefined) return accept(code, recipient.user)
  }
  return undefined
}

const knownTypes: ReadonlySet<string> = new Set(['lead', 'contact', 'account'])

/** A6: each filter is taken literally. */
const acceptanceOf = (
  { autoTrack, user }: Recipient,
  { knownTo, correlates }: JudgeFacts
): Extract<Judgement, { readonly _tag: 'Accept' }>['code'] | undefined => {
  switch (autoTrack) {
    case 'all':
      return 'accept-all'
    case 'known-senders':
      return knownTo(user).some((type) => knownTypes.has(type)) ? 'sender-match' : undefined
    case 'email-enabled':
      return knownTo(user).length > 0 ? 'sender-match' : undefined
    case 'replies':
      return correlates ? 'correlation-match' : undefined
    case 'none':
      return undefined
  }
}
