/**
 * What a mail server answers, divided by what the caller can do about it. One table, read from the top: the first row
 * that fits decides. What the server writes beside its codes may quote the message: of it only the words that tell a
 * rate are looked at, and nothing is handed on.
 */
import type { SyncError } from '../../model/index.js'
import { member } from './library.js'

/** A failure as nodemailer tells it. */
export interface SmtpFailure {
  /** Its own: `ECONNECTION`, `EAUTH`, `EENVELOPE`, `EMESSAGE` … */
  readonly code: string
  /** The command that failed; `CONN` where it was the connection itself. */
  readonly command: string
  /** The server's reply, where there was one: 550, and 5.1.1 or nothing. */
  readonly reply?: number
  readonly detail?: string
  readonly saysRate?: boolean
}

/** `undefined` where what was thrown is none of nodemailer's: a defect. */
export const failureOf = (thrown: unknown): SmtpFailure | undefined => {
  const code = member(thrown, 'code')
  if (typeof code !== 'string') return undefined
  const command = member(thrown, 'command')
  const reply = member(thrown, 'responseCode')
  const text = member(thrown, 'response')
  const told = { code, command: typeof command === 'string' ? command : 'CONN' }
  if (typeof reply !== 'number' || typeof text !== 'string') return told
  const detail = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1]
  return { ...told, reply, ...(detail === undefined ? {} : { detail }), saysRate: rate.test(text) }
}

/** Words of servers that mean how much in how long. Too many recipients of one message are no such thing. */
const rate =
  /\brates?\b|rate-?limit|throttl|slow down|too many (?!recipients)|\bper (?:second|minute|hour|day)\b|this (?:hour|day)\b|limit (?:was |has been |is )?(?:exceeded|reached)/i

type Meaning = 'transient' | 'throttled' | 'sign-in' | 'malformed' | 'too-large' | 'forbidden' | 'unsupported'

interface Row {
  /** Of the reply's code; a row without it is of failures without a reply. */
  readonly reply?: RegExp
  readonly detail?: RegExp
  readonly command?: RegExp
  readonly code?: RegExp
  readonly saysRate?: true
  readonly means: Meaning
}

/** @internal */
export const rows: ReadonlyArray<Row> = [
  // The server took the name of the size for more than it allows, before anything was transmitted.
  { code: /^EMESSAGE$/, command: /^MAIL FROM$/, means: 'too-large' },
  { code: /^EAUTH$/, means: 'sign-in' },
  { code: /^(?:EENVELOPE|EMESSAGE)$/, command: /^API$/, means: 'malformed' },
  // No name, no route, no TLS, no answer in time, a connection that broke off.
  { code: /./, means: 'transient' },

  { reply: /^4/, saysRate: true, means: 'throttled' },
  { reply: /^4/, means: 'transient' },
  // Limits of a day, which some servers word as if they were for ever.
  { reply: /^5/, detail: /^5\.(?:4\.5|1\.90)$/, saysRate: true, means: 'throttled' },
  { reply: /^5/, command: /^STARTTLS$/, means: 'unsupported' },
  { reply: /^(?:530|534|535|538)$/, detail: /^(?!5\.3\.4$)/, means: 'sign-in' },
  { reply: /^5/, command: /^AUTH/, means: 'sign-in' },
  // A server that wants nothing to do with us says nothing about this message.
  { reply: /^5/, command: /^(?:CONN|EHLO|HELO)$/, means: 'forbidden' },
  { reply: /^5/, detail: /^5\.(?:2\.3|3\.4)$/, means: 'too-large' },
  // The recipient's mailbox is full: that is about the recipient.
  { reply: /^552$/, detail: /^5\.2\.2$/, means: 'malformed' },
  { reply: /^552$/, command: /^RCPT TO$/, means: 'malformed' },
  { reply: /^552$/, means: 'too-large' },
  { reply: /^5/, means: 'malformed' },
  // No reply of the protocol at all.
  { reply: /./, means: 'transient' }
]

const fits = (row: Row, { code, command, reply, detail, saysRate }: SmtpFailure): boolean =>
  (row.reply === undefined ? reply === undefined : reply !== undefined && row.reply.test(String(reply))) &&
  (row.detail === undefined || row.detail.test(detail ?? '')) &&
  (row.command === undefined || row.command.test(command)) &&
  (row.code === undefined || row.code.test(code)) &&
  (row.saysRate === undefined || saysRate === true)

/** What a failure is about. */
export interface About {
  /** Place in the message: `to.0`, `from`, `message`. */
  readonly path: string
  /** As large as the message is at least. */
  readonly bytes: number
  /** Everything had gone to the server, and it has not answered. */
  readonly unsure: boolean
}

/** The failure as the engine knows it. */
export const syncErrorOf = (failure: SmtpFailure, { path, bytes, unsure }: About): SyncError => {
  const message = saidOf(failure)
  switch (rows.find((row) => fits(row, failure))?.means ?? 'transient') {
    case 'transient':
      return { _tag: 'Transient', message, ...(unsure && { unsure }) }
    case 'throttled':
      return { _tag: 'Throttled' }
    case 'sign-in':
      return { _tag: 'SignInRequired', side: 'mail' }
    case 'forbidden':
      return { _tag: 'Forbidden', side: 'mail' }
    case 'malformed':
      return { _tag: 'Malformed', side: 'mail', paths: [`${path}: expected what the server accepts (${message})`] }
    case 'too-large':
      // How much it takes the server does not say, but that this is more.
      return { _tag: 'TooLarge', limit: Math.max(0, bytes - 1), actual: bytes }
    case 'unsupported':
      return {
        _tag: 'Unsupported',
        what: `STARTTLS (${message})`,
        remedy: 'smtp({ secure: true }) with the port for TLS, or requireTls: false where the network is trusted'
      }
  }
}

/** Codes alone: what a server writes beside them may quote the message. */
const saidOf = ({ code, command, reply, detail }: SmtpFailure): string =>
  [command, ...(reply === undefined ? [code] : [String(reply)]), ...(detail === undefined ? [] : [detail])].join(' ')

/** One failure of all those of a message's recipients: where one of them is refused for good, waiting is no help. */
export const ofRecipients = (errors: ReadonlyArray<SyncError>): SyncError => {
  const paths = errors.flatMap((error) => (error._tag === 'Malformed' ? error.paths : []))
  if (paths.length > 0) return { _tag: 'Malformed', side: 'mail', paths }
  return (
    errors.find(({ _tag }) => _tag !== 'Transient') ?? errors[0] ?? { _tag: 'Transient', message: 'RCPT TO EENVELOPE' }
  )
}
