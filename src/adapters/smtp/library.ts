/**
 * The door to nodemailer, an optional peer: loaded at first use, or handed in. Of it this adapter uses the client of
 * the protocol and the writer of messages, and names here only what it calls of them, so that no declaration of ours
 * names that package and a host may pass its own copy.
 */
import type { Readable } from 'node:stream'
import type { Answer, Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'

/** What this adapter calls of `nodemailer/lib/smtp-connection` and `nodemailer/lib/mail-composer`. @public */
export interface SmtpLibrary {
  readonly SMTPConnection: new (options: object) => SmtpConnection
  readonly MailComposer: new (mail: object) => { compile(): { createReadStream(): AsyncIterable<Uint8Array> } }
}

/** nodemailer's two classes, or how to load them. @public */
export type SmtpSource = SmtpLibrary | (() => Promise<unknown>)

/** How a connection is opened. */
export interface SmtpConnectionOptions {
  readonly host: string
  readonly port: number
  readonly secure: boolean
  readonly requireTLS: boolean
  readonly tls: object
  readonly name?: string
  readonly connectionTimeout: number
  readonly greetingTimeout: number
  readonly dnsTimeout: number
  readonly socketTimeout: number
}

/** @public */
export interface SmtpConnection {
  on(event: 'error' | 'end', listener: (error?: unknown) => void): unknown
  connect(done: (error?: unknown) => void): void
  login(credentials: object, done: (error: unknown) => void): void
  send(envelope: object, message: unknown, done: (error: unknown) => void): void
  quit(): void
  close(): void
}

/** `rejectedErrors`: while a message is sent nodemailer writes here which recipients the server has refused. */
export interface SmtpEnvelope {
  from: string
  to: Array<string>
  size: number
  rejectedErrors?: Array<unknown>
}

/** A message as nodemailer's composer takes it. */
export interface SmtpMail {
  readonly from: SmtpAddress
  readonly to: Array<SmtpAddress>
  readonly cc: Array<SmtpAddress>
  readonly subject: string
  readonly messageId: string
  readonly inReplyTo?: string
  readonly references?: Array<string>
  readonly date?: Date
  readonly text?: string
  readonly html?: string
  readonly headers: { [name: string]: string }
  readonly attachments: Array<SmtpAttachment>
  readonly disableFileAccess: true
  readonly disableUrlAccess: true
}

export interface SmtpAddress {
  readonly name: string
  readonly address: string
}

export interface SmtpAttachment {
  readonly filename: string
  readonly contentType: string
  readonly content: Buffer | Readable
}

/** Loads nodemailer once. A failure is not kept: it may be installed while the host runs. */
export const smtpLibraryOf = (given?: SmtpSource): (() => Answer<SmtpLibrary>) => {
  let loaded: SmtpLibrary | undefined
  return async () => {
    if (loaded !== undefined) return ok(loaded)
    const found = await load(given ?? installed)
    if (found._tag === 'Right') loaded = found.right
    return found
  }
}

const installed = async (): Promise<unknown> => ({
  SMTPConnection: await import('nodemailer/lib/smtp-connection'),
  MailComposer: await import('nodemailer/lib/mail-composer')
})

const load = async (source: SmtpSource): Answer<SmtpLibrary> => {
  if (typeof source !== 'function') return found(source)
  try {
    return found(await source())
  } catch (thrown) {
    // Anything but a missing package is a defect of that package, and not ours to hide.
    if (!isMissing(thrown)) throw thrown
    return fail(missing)
  }
}

const missing = {
  _tag: 'Unsupported',
  what: 'sending: the optional peer nodemailer is not installed',
  remedy: 'npm install nodemailer, or hand it in: smtp({ nodemailer: { SMTPConnection, MailComposer } })'
} as const

const found = (module: unknown): Result<SmtpLibrary> => {
  const [SMTPConnection, MailComposer] = ['SMTPConnection', 'MailComposer'].map((name) => classIn(member(module, name)))
  return SMTPConnection === undefined || MailComposer === undefined
    ? fail(missing)
    : ok({ SMTPConnection, MailComposer } as unknown as SmtpLibrary)
}

/** A class, or the module whose default export it is; twice so where a bundler has wrapped it. */
const classIn = (value: unknown): unknown =>
  [value, member(value, 'default'), member(member(value, 'default'), 'default')].find(
    (one) => typeof one === 'function'
  )

const missingCodes: ReadonlyArray<unknown> = [
  'ERR_MODULE_NOT_FOUND',
  'MODULE_NOT_FOUND',
  // A nodemailer so old that it does not name these parts.
  'ERR_UNSUPPORTED_DIR_IMPORT'
]

const isMissing = (thrown: unknown): boolean => missingCodes.includes(member(thrown, 'code'))

/** The member of a value of which nothing is known. */
export const member = (holder: unknown, name: string): unknown =>
  (typeof holder === 'object' && holder !== null) || typeof holder === 'function'
    ? Reflect.get(holder, name)
    : undefined
