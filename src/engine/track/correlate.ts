/**
 * Correlation (3.1, 3.3 of `tracking.md`): which stored message a new one goes on from. Every method is a clue, a term
 * that stored messages are found by and a test of what was found; look-ups and choice are made of the same clues, so
 * that nothing is chosen that was not looked up, and nothing looked up in vain.
 */
import {
  byCodeUnits,
  codeOf,
  conversationKey,
  fieldOf,
  type InstantMs,
  instantFromIso,
  type MatchCode,
  messageKey,
  type RecordSnapshot,
  type Ref,
  subjectKey,
  subjectWords,
  termOf
} from '../../model/index.js'
import type { Settings } from '../settings.js'
import { addressKey, entriesOf } from './address.js'

/** Which way a message goes (W5). @public */
export type MessageDirection = 'incoming' | 'outgoing'

/** What a new message says about its conversation: identifiers, and no content but the subject. */
export interface Conversation {
  /** Its own Message-ID, as all here by `messageKey`; absent where it has none (D5). */
  readonly key?: string
  readonly direction: MessageDirection
  readonly inReplyTo?: string
  /** Oldest first, as the header has them. */
  readonly references: ReadonlyArray<string>
  /** As `tokensIn` gives them. */
  readonly tokens: ReadonlyArray<string>
  /** By `conversationKey`. */
  readonly conversation?: string
  readonly subject: string
  /** By `addressKey`: from, to, cc, bcc. */
  readonly addresses: ReadonlyArray<string>
  /** When it was sent or received. */
  readonly atMs?: InstantMs
}

/** What a record of a message says about its conversation. */
export interface StoredMessage {
  readonly ref: Ref
  readonly key?: string
  readonly direction?: MessageDirection
  readonly state: string
  readonly status?: string
  readonly regarding?: Ref
  readonly owner?: string
  readonly createdAtMs?: InstantMs
  readonly endedAtMs?: InstantMs
  /** When it began to be sent: its own date where it has no end. */
  readonly startedAtMs?: InstantMs
  /** How new it is (C7): by its end, else by when its record was made. */
  readonly atMs?: InstantMs
  readonly token?: string
  readonly conversation?: string
  readonly subject: string
  readonly addresses: ReadonlyArray<string>
}

/** `correlationmethod`: 3 In-Reply-To, 4 token, 5 conversation index, 6 smart matching, 7 references. */
export type CorrelationMethod = 3 | 4 | 5 | 6 | 7

/** The message that was found. `setsParent`: it becomes `parentactivityid`; `subjectChanged`: other words now (C6). */
export interface Correlation {
  readonly message: StoredMessage
  readonly method: CorrelationMethod
  readonly setsParent: boolean
  readonly subjectChanged: boolean
}

/** One look-up among the stored messages. */
export interface CorrelationKey {
  readonly code: MatchCode
  readonly term: string
  readonly max: number
}

/**
 * Hits of one look-up, last created first. Of a conversation with more messages the older ones are not looked at,
 * though C7 might have preferred one of them for its direction.
 */
export const hitsMax = 100

/** Entries of a References header that are looked up: the newest. */
const referencesMax = 20

/** M2, M3, M4. */
const addressesMax = 20
const commonAddressesMin = 2
const smartWindowMs = 90 * 24 * 60 * 60_000

/** The stored message that a new one goes on from: the first clue that leads to any decides, C7 among several. */
export const correlate = (
  message: Conversation,
  stored: ReadonlyArray<StoredMessage>,
  settings: Settings['correlation']
): Correlation | undefined => {
  const eligible = stored.filter((each) => isFinal(each) && !isItself(message, each))
  for (const { method, term, termOfStored, isAlike } of cluesOf(message, settings)) {
    const found = eligible.filter((each) => termOfStored(each) === term && isAlike?.(each) !== false)
    const chosen = preferred(message.direction, found)
    if (chosen === undefined) continue
    const subjectChanged = !sameWords(message.subject, chosen.subject)
    return { message: chosen, method, setsParent: parentMethods.includes(method), subjectChanged }
  }
  return undefined
}

/** The look-ups whose hits hold every stored message that `correlate` can choose, each once. */
export const correlationKeys = (
  message: Conversation,
  settings: Settings['correlation']
): ReadonlyArray<CorrelationKey> => {
  const keys: Array<CorrelationKey> = []
  for (const { code, term } of cluesOf(message, settings))
    if (!keys.some((key) => key.code === code && key.term === term)) keys.push({ code, term, max: hitsMax })
  return keys
}

/** What `correlate` knows of a record; a field of another shape is as if it were empty. */
export const storedFrom = (record: RecordSnapshot): StoredMessage => {
  const text = (field: string): string | undefined => {
    const value = fieldOf(record.fields, field)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const { ref, state, status, owner, createdAtMs } = record
  const key = messageKey(text('messageid') ?? '')
  const direction = text('directioncode')
  const regarding = text('regardingobjectid')
  const endedAtMs = instantFromIso(text('actualend') ?? '')
  const startedAtMs = instantFromIso(text('actualstart') ?? '')
  const atMs = endedAtMs ?? createdAtMs
  const token = text('trackingtoken')
  const conversation = conversationKey(text('conversationindex') ?? '')
  return {
    ref,
    state,
    subject: text('subject') ?? '',
    addresses: addressFields
      .flatMap((field) => entriesOf(fieldOf(record.fields, field)))
      .map(({ address }) => addressKey(address)),
    ...(key === undefined ? {} : { key }),
    ...(direction === 'incoming' || direction === 'outgoing' ? { direction } : {}),
    ...(status === undefined ? {} : { status }),
    ...(regarding === undefined ? {} : { regarding }),
    ...(owner === undefined ? {} : { owner }),
    ...(createdAtMs === undefined ? {} : { createdAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(atMs === undefined ? {} : { atMs }),
    ...(token === undefined ? {} : { token }),
    ...(conversation === undefined ? {} : { conversation })
  }
}

const addressFields = ['sender', 'torecipients', 'ccrecipients', 'bccrecipients']

const byMessageId = codeOf('messageid', 'message-id')
const byToken = codeOf('trackingtoken')
const byConversation = codeOf('conversationindex', 'conversation')
const bySubject = codeOf('subject', 'subject')

/** Methods by which the message that is found is the one that was answered. */
const parentMethods: ReadonlyArray<CorrelationMethod> = [3, 5, 7]

/** What leads to stored messages: those of this term under this code, where `isAlike` does not say no. */
interface Clue {
  readonly method: CorrelationMethod
  readonly code: MatchCode
  readonly term: string
  /** Equal to what `termsOf` finds the record by. */
  readonly termOfStored: (stored: StoredMessage) => string | undefined
  readonly isAlike?: (stored: StoredMessage) => boolean
}

/** The strict order of 3.1, of what is switched on. C3: `headers` is the switch of references too. */
const cluesOf = (message: Conversation, settings: Settings['correlation']): ReadonlyArray<Clue> => [
  ...(settings.headers ? replyClues(message) : []),
  ...(settings.token ? tokenClues(message) : []),
  ...(settings.headers ? conversationClues(message) : []),
  ...(settings.smartMatching ? smartClues(message) : []),
  ...(settings.headers && settings.references ? referenceClues(message) : [])
]

const messageIdClue = (method: CorrelationMethod, term: string): Clue => ({
  method,
  code: byMessageId,
  term,
  termOfStored: ({ key }) => key
})

const replyClues = ({ inReplyTo }: Conversation): ReadonlyArray<Clue> =>
  inReplyTo === undefined ? [] : [messageIdClue(3, inReplyTo)]

const tokenClues = ({ tokens }: Conversation): ReadonlyArray<Clue> =>
  tokens.flatMap((token) => {
    const term = termOf(byToken, token)
    const termOfStored = (stored: StoredMessage): string | undefined => termOf(byToken, stored.token ?? '')
    return term === undefined ? [] : [{ method: 4, code: byToken, term, termOfStored }]
  })

const conversationClues = ({ conversation }: Conversation): ReadonlyArray<Clue> =>
  conversation === undefined
    ? []
    : [{ method: 5, code: byConversation, term: conversation, termOfStored: (stored) => stored.conversation }]

/** M1 to M4. Without a date of its own a message has no 90 days before it. */
const smartClues = ({ subject, addresses, atMs }: Conversation): ReadonlyArray<Clue> => {
  const term = subjectKey(subject)
  const asked = countedAddresses(addresses)
  if (term === undefined || asked.size < commonAddressesMin || atMs === undefined) return []
  const isAlike = (stored: StoredMessage): boolean =>
    isWithinWindow(atMs, stored.endedAtMs ?? stored.startedAtMs ?? stored.atMs) &&
    [...countedAddresses(stored.addresses)].filter((address) => asked.has(address)).length >= commonAddressesMin
  return [{ method: 6, code: bySubject, term, termOfStored: (stored) => subjectKey(stored.subject), isAlike }]
}

/** C2: the newest entry stands last in the header. */
const referenceClues = ({ references }: Conversation): ReadonlyArray<Clue> =>
  [...new Set([...references].reverse())].slice(0, referencesMax).map((term) => messageIdClue(7, term))

const countedAddresses = (addresses: ReadonlyArray<string>): ReadonlySet<string> =>
  new Set([...new Set(addresses)].slice(0, addressesMax))

/** M4, both ends included. */
const isWithinWindow = (atMs: InstantMs, storedAtMs: InstantMs | undefined): boolean =>
  storedAtMs !== undefined && storedAtMs <= atMs && storedAtMs >= atMs - smartWindowMs

/** C8: what is still to be sent is not stored yet. */
const isFinal = ({ state, status }: StoredMessage): boolean =>
  state === 'completed' && (status === 'sent' || status === 'received' || status === 'completed')

/** C8: the other record of the same message is no conversation. */
const isItself = (message: Conversation, { key }: StoredMessage): boolean =>
  message.key !== undefined && key === message.key

/** C7: opposite direction first, then the newest, then the smaller ID. */
const preferred = (direction: MessageDirection, found: ReadonlyArray<StoredMessage>): StoredMessage | undefined => {
  const opposite: MessageDirection = direction === 'incoming' ? 'outgoing' : 'incoming'
  const rank = (stored: StoredMessage): number => (stored.direction === opposite ? 0 : 1)
  const isBefore = (x: StoredMessage, y: StoredMessage): boolean => {
    if (rank(x) !== rank(y)) return rank(x) < rank(y)
    const [xAtMs, yAtMs] = [x.atMs ?? Number.NEGATIVE_INFINITY, y.atMs ?? Number.NEGATIVE_INFINITY]
    return xAtMs === yAtMs ? byCodeUnits(x.ref, y.ref) < 0 : xAtMs > yAtMs
  }
  return found.reduce<StoredMessage | undefined>(
    (best, each) => (best === undefined || isBefore(each, best) ? each : best),
    undefined
  )
}

const sameWords = (x: string, y: string): boolean => subjectWords(x).join(' ') === subjectWords(y).join(' ')
