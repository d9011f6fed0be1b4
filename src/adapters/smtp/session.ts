/**
 * One connection to the mail server, signed in, over which messages go one after the other. A message is handed over
 * to all of its recipients or to none: where the server refuses one of them, the connection is cut before anything of
 * the message has been written, which the protocol takes for a message that was never sent.
 */
import { Readable } from 'node:stream'
import type { Answer, Result, SyncError } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import { port } from '../../engine/ports.js'
import { failureOf, ofRecipients, syncErrorOf } from './errors.js'
import type { SmtpConnection, SmtpConnectionOptions, SmtpEnvelope, SmtpLibrary } from './library.js'
import { member } from './library.js'
import type { Outgoing } from './message.js'
import { tooLarge } from './message.js'

/** A user, and what shows that it is him. @public */
export type SmtpCredentials =
  | { readonly user: string; readonly password: string }
  | { readonly user: string; readonly accessToken: string }

/** How the server is reached. */
export interface Server {
  readonly library: () => Answer<SmtpLibrary>
  readonly connection: SmtpConnectionOptions
  readonly auth?: () => Promise<SmtpCredentials>
  /** Of one message, from its envelope to the server's answer. */
  readonly sendMs: number
}

export interface Session {
  readonly isOpen: () => boolean
  /** `Right` is the server's word that it has the message; a failure that is `unsure`, that it may have it. */
  readonly submit: (message: Outgoing) => Answer<void>
  /** Takes leave of the server, and waits for nothing. */
  readonly end: () => void
}

/** Where the server does not take the credentials they are asked for once more: a token may just have run out. */
export const openSession = async (server: Server): Answer<Session> => {
  const first = await signedIn(server)
  return first._tag === 'Left' && first.left._tag === 'SignInRequired' && server.auth !== undefined
    ? signedIn(server)
    : first
}

const signedIn = async (server: Server): Answer<Session> => {
  const library = await server.library()
  if (library._tag === 'Left') return library
  const credentials = await credentialsOf(server)
  if (credentials._tag === 'Left') return credentials
  const line = lineOf(new library.right.SMTPConnection(server.connection))
  const { connection } = line
  const connected = await answered(line, server.connection.connectionTimeout * 2, (done) => connection.connect(done))
  if (connected._tag === 'Left') return closing(line, connected.left)
  const login = credentials.right
  if (login !== undefined) {
    const known = await answered(line, server.sendMs, (done) => connection.login(login, done))
    if (known._tag === 'Left') return closing(line, known.left)
  }
  return ok({
    isOpen: line.isOpen,
    submit: (message) => submit(server, library.right, line, message),
    end: () => leave(connection)
  })
}

const closing = ({ close }: Line, error: SyncError): Result<never> => {
  close()
  return fail(error)
}

/** A host's failure to find a token is no failure of a message: nothing has been sent. */
const credentialsOf = async ({ auth }: Server): Answer<object | undefined> => {
  if (auth === undefined) return ok(undefined)
  const found = await port(auth)()
  return found._tag === 'Left' ? fail(surely(found.left)) : ok(loginOf(found.right))
}

const loginOf = (given: SmtpCredentials): object =>
  'accessToken' in given
    ? { user: given.user, method: 'XOAUTH2', oauth2: tokenOf(given) }
    : { user: given.user, credentials: { user: given.user, pass: given.password } }

/** What nodemailer asks for a token. One that the server refuses is asked for anew by us, over another connection. */
const tokenOf = ({ user, accessToken }: { readonly user: string; readonly accessToken: string }): object => ({
  getToken: (renew: boolean, done: (error: unknown, token?: string) => void) =>
    renew ? done(new Error('the token was refused')) : done(null, accessToken),
  buildXOAuth2Token: (token: string) =>
    Buffer.from(`user=${user}\u0001auth=Bearer ${token}\u0001\u0001`).toString('base64')
})

/** The failure of something that has sent nothing. */
export const surely = (error: SyncError): SyncError => {
  if (error._tag !== 'Transient') return error
  const { unsure: _unsure, ...sure } = error
  return sure
}

/** A connection, and the first thing that went wrong with it. */
interface Line {
  readonly connection: SmtpConnection
  readonly isOpen: () => boolean
  /** Kept by the next who wait for an answer. */
  readonly onBroken: (listener: (error: unknown) => void) => void
  readonly close: () => void
}

const lineOf = (connection: SmtpConnection): Line => {
  let broken: { readonly error: unknown } | undefined
  let listener: ((error: unknown) => void) | undefined
  const breaks = (error: unknown): void => {
    broken ??= { error }
    listener?.(broken.error)
  }
  connection.on('error', breaks)
  // nodemailer says so before it tells why, where the server has said why.
  connection.on('end', () => setImmediate(() => breaks(brokenOff)))
  return {
    connection,
    isOpen: () => broken === undefined,
    onBroken: (next) => {
      listener = next
      if (broken !== undefined) next(broken.error)
    },
    close: () => {
      broken ??= { error: brokenOff }
      connection.close()
    }
  }
}

const brokenOff = { code: 'ECONNECTION', command: 'CONN' } as const

/** The answer to a command, or that there is none: the connection broke off, or the time was up. */
const outcomeOf = (line: Line, ms: number, start: (done: (error: unknown) => void) => void): Promise<unknown> =>
  new Promise((resolve) => {
    const timer = setTimeout(() => settle({ code: 'ETIMEDOUT', command: 'CONN' }), ms)
    // Where a defect ends the waiting, nothing waits for its end.
    timer.unref()
    const settle = (error: unknown): void => {
      clearTimeout(timer)
      resolve(error ?? undefined)
    }
    line.onBroken(settle)
    start(settle)
  })

const answered = async (line: Line, ms: number, start: (done: (error: unknown) => void) => void): Answer<void> => {
  const thrown = await outcomeOf(line, ms, start)
  return thrown === undefined ? ok(undefined) : fail(errorOf(thrown, 'message', { bytes: 0, unsure: false }))
}

const errorOf = (
  thrown: unknown,
  path: string,
  about: { readonly bytes: number; readonly unsure: boolean }
): SyncError => {
  const failure = failureOf(thrown)
  if (failure === undefined) throw thrown
  return syncErrorOf(failure, { path, ...about })
}

/** How far a message has come. */
interface Passage {
  /** Nothing of it is missing any more: from now on only the server's answer tells whether it was sent. */
  isWhole: boolean
  /** Why we have stopped ourselves. */
  stopped?: SyncError
}

const submit = async (server: Server, library: SmtpLibrary, line: Line, message: Outgoing): Answer<void> => {
  const { connection } = line
  const envelope: SmtpEnvelope = {
    from: message.from,
    to: message.recipients.map(({ address }) => address),
    size: message.bytes
  }
  const passage: Passage = { isWhole: false }
  const bytes = Readable.from(written(library, message, envelope, passage), { objectMode: false })
  const thrown = await outcomeOf(line, server.sendMs, (done) => connection.send(envelope, bytes, done))
  if (thrown === undefined && passage.isWhole) return ok(undefined)
  // What is left of the transaction goes with the connection.
  line.close()
  bytes.destroy()
  return fail(failureIn(thrown ?? tooEarly, passage, envelope, message))
}

/** A server that takes a message before it has all of it: what it does with that nobody knows. */
const tooEarly = { code: 'EPROTOCOL', command: 'DATA' } as const

const failureIn = (thrown: unknown, passage: Passage, envelope: SmtpEnvelope, message: Outgoing): SyncError => {
  const { isWhole, stopped } = passage
  if (stopped !== undefined) return stopped
  const isSender = failureOf(thrown)?.command === 'MAIL FROM'
  const { rejectedErrors = [] } = envelope
  // Where the sender is refused already, what is said of the recipients says nothing.
  if (rejectedErrors.length > 0 && !isSender && !isWhole) return refusalOf(rejectedErrors, message)
  const unsure = thrown === tooEarly || (isWhole && !isAnswer(thrown))
  return errorOf(thrown, isSender ? 'from' : 'message', { bytes: message.bytes, unsure })
}

/** The server has read the message and says no. */
const isAnswer = (thrown: unknown): boolean => {
  const failure = failureOf(thrown)
  return failure?.code === 'EMESSAGE' && failure.reply !== undefined && failure.reply >= 400 && failure.reply < 600
}

const refusalOf = (refused: ReadonlyArray<unknown>, { recipients, bytes }: Outgoing): SyncError =>
  ofRecipients(
    refused.map((thrown) => {
      const address = member(thrown, 'recipient')
      const path = recipients.find((one) => one.address === address)?.path ?? 'to'
      return errorOf(thrown, path, { bytes, unsure: false })
    })
  )

/**
 * The bytes of the message, asked for when the server is ready for them. By then it has answered for every recipient,
 * and nodemailer has noted in the envelope whom it refuses.
 */
async function* written(
  { MailComposer }: SmtpLibrary,
  message: Outgoing,
  envelope: SmtpEnvelope,
  passage: Passage
): AsyncGenerator<Uint8Array> {
  const { rejectedErrors = [] } = envelope
  if (rejectedErrors.length > 0) throw stopping(passage, refusalOf(rejectedErrors, message))
  const failed: Array<unknown> = []
  const mail = message.mail((thrown) => failed.push(thrown))
  let length = 0
  try {
    for await (const piece of new MailComposer(mail).compile().createReadStream()) {
      length += piece.length
      if (length > message.bytesMax) throw stopping(passage, tooLarge(message.bytesMax, length))
      yield piece
    }
  } catch (thrown) {
    if (failed.length === 0) throw thrown
    throw stopping(passage, await failureOfContent(failed[0]))
  }
  passage.isWhole = true
}

const stopping = (passage: Passage, error: SyncError): Error => {
  passage.stopped = error
  return new Error('the message is not sent')
}

/** A content that could not be read: nothing of the message counts as sent. */
const failureOfContent = async (thrown: unknown): Promise<SyncError> => {
  const answer = await port(() => Promise.reject(thrown))()
  return answer._tag === 'Left' ? surely(answer.left) : { _tag: 'Transient' }
}

/** How long a server may take to say goodbye. */
const leaveMs = 2000

const leave = (connection: SmtpConnection): void => {
  const timer = setTimeout(() => connection.close(), leaveMs)
  timer.unref()
  connection.on('end', () => clearTimeout(timer))
  connection.quit()
}
