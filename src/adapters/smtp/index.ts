/**
 * The adapter `smtp`: another mailbox, with the power to send. Everything goes to that one, but a message that is to be
 * made in its folder `sent`: that is handed to a mail server by SMTP, and its copy is filed when the server has it.
 */
import { limits, Misuse } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import type { SmtpSource } from './library.js'
import { smtpLibraryOf } from './library.js'
import type { SmtpLimits } from './message.js'
import type { Server, SmtpCredentials } from './session.js'
import { writeOf } from './write.js'

export type { SmtpConnection, SmtpLibrary, SmtpSource } from './library.js'
export type { SmtpLimits } from './message.js'
export type { SmtpCredentials } from './session.js'

/** @public */
export interface SmtpOptions {
  /** The mailbox that gets the power to send. */
  readonly mail: MailStore
  readonly host: string
  /** 465 where `secure`, else 587. */
  readonly port?: number
  /** TLS from the first byte. */
  readonly secure?: boolean
  /** Without TLS nothing is sent. True unless said otherwise: a password must not go over an open line. */
  readonly requireTls?: boolean
  /** Options of Node's `tls.connect`, such as `ca` for a certificate of one's own. */
  readonly tls?: object
  /** Who sends. Asked for every connection, and once more where the server does not take the answer. */
  readonly auth?: () => Promise<SmtpCredentials>
  /**
   * `wrapped`: a copy of every message lies in `mail`, and tells after a crash whether it may have gone out. `none`: the
   * mailbox takes no messages, or the server files them itself. `wrapped` unless said otherwise.
   */
  readonly copy?: 'wrapped' | 'none'
  /** How this machine calls itself to the server. The name of the host where left out. */
  readonly name?: string
  /** nodemailer's two classes, or how to load them; by default those of the installed package, at first use. */
  readonly nodemailer?: SmtpSource
  /** Milliseconds until a connection stands and the server has greeted. 30 seconds unless said otherwise. */
  readonly connectMs?: number
  /** Milliseconds of one message, until the server's answer. 10 minutes unless said otherwise, as RFC 5321 advises. */
  readonly sendMs?: number
  readonly limits?: Partial<SmtpLimits>
}

/**
 * A mailbox that sends. It wants the optional peer `nodemailer`; without it every message is answered `Unsupported`
 * with what to install.
 *
 * - What is sent: an effect that makes an `email` in the folder `sent`. It wants a `from`, a `messageId`, and at least
 *   one recipient in `to`, `cc` or `bcc`; the last are in no header.
 * - To all or to none: where the server refuses one recipient nobody gets the message, and `Malformed` names the place.
 * - At most once: the copy lies in `outbox` until the server has the message, then in `sent`. One that is found in
 *   `outbox` alone may have been sent. `Transient` with `unsure` says the same.
 * - Contents are read up to three times: for the copy, for the message, and for the copy in `sent`.
 *
 * Throws `Misuse` where the host or the port are none.
 *
 * @category adapter
 * @since 0.1.0
 * @public
 * @example
 * ```ts
 * import { memoryMail } from 'liaison/adapters/memory'
 * import { smtp } from 'liaison/adapters/smtp'
 *
 * const mail = memoryMail().port
 * smtp({ mail, host: 'mail.example.com' }).can.sends // => true
 * ```
 */
export const smtp = (options: SmtpOptions): MailStore => {
  const { mail, copy = 'wrapped' } = options
  const { addressesMax, messageBytesMax } = { ...limits, ...options.limits }
  const write = writeOf(
    { mail, keepsCopy: copy === 'wrapped', limits: { addressesMax, messageBytesMax } },
    serverOf(options)
  )
  const { forwarded, heads, hints } = mail
  return {
    can: { ...mail.can, sends: true },
    changes: (scope, cursor, max) => mail.changes(scope, cursor, max),
    read: (refs) => mail.read(refs),
    ...(heads === undefined ? {} : { heads: (refs) => heads.call(mail, refs) }),
    ...(forwarded === undefined ? {} : { forwarded: (refs) => forwarded.call(mail, refs) }),
    find: (keys) => mail.find(keys),
    write,
    content: (ref, part) => mail.content(ref, part),
    ...(hints === undefined ? {} : { hints: (signal) => hints.call(mail, signal) })
  }
}

const serverOf = (options: SmtpOptions): Server => {
  const { host, secure = false, requireTls = !secure, tls = {}, auth, name } = options
  const { port = secure ? 465 : 587, connectMs = 30_000, sendMs = 10 * 60_000 } = options
  if (typeof host !== 'string' || !/^[^\s/@]+$/.test(host))
    throw new Misuse('smtp: host: expected the name of a mail server', ['host'])
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Misuse('smtp: port: expected a number from 1 to 65535', ['port'])
  return {
    library: smtpLibraryOf(options.nodemailer),
    sendMs,
    ...(auth === undefined ? {} : { auth }),
    connection: {
      host,
      port,
      secure,
      requireTLS: requireTls && !secure,
      tls,
      ...(name === undefined ? {} : { name }),
      connectionTimeout: connectMs,
      greetingTimeout: connectMs,
      dnsTimeout: connectMs,
      socketTimeout: sendMs
    }
  }
}
