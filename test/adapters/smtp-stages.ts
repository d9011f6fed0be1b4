/** A mail server in this process, on a port of its own: what it was handed, and a hand on what it answers. */
import type { AddressInfo } from 'node:net'
import type { SMTPServerOptions, SMTPServerSession } from 'smtp-server'
import { SMTPServer } from 'smtp-server'
import type { SmtpOptions } from '../../src/adapters/smtp/index.js'
import { smtp } from '../../src/adapters/smtp/index.js'
import type { MailStore } from '../../src/engine/ports.js'
import type { CreateEffect, Fields, Outcome } from '../../src/model/index.js'

export interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly raw: Buffer
  readonly user: unknown
  readonly session: string
}

export interface MailServer {
  readonly port: number
  readonly received: Array<Received>
  /** Connections that were opened. */
  readonly connections: () => number
  /** Breaks off every connection. */
  readonly cut: () => void
  readonly close: () => Promise<void>
}

/** What the server says instead of yes. */
export const refusal = (reply: number, text: string): Error => Object.assign(new Error(text), { responseCode: reply })

type After = (session: SMTPServerSession, cut: () => void) => Error | undefined

export const mailServer = async (
  options: SMTPServerOptions & { readonly afterData?: After; readonly onPiece?: (cut: () => void) => void } = {}
): Promise<MailServer> => {
  const { afterData, onPiece, ...rest } = options
  const received: Array<Received> = []
  let opened = 0
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    hideENHANCEDSTATUSCODES: true,
    disableReverseLookup: true,
    logger: false,
    allowInsecureAuth: true,
    onData: (stream, session, done) => {
      const pieces: Array<Buffer> = []
      stream.on('data', (piece: Buffer) => {
        pieces.push(piece)
        onPiece?.(cut)
      })
      stream.on('error', () => undefined)
      stream.on('end', () => {
        const answer = afterData?.(session, cut)
        if (answer !== undefined) return done(answer)
        const { mailFrom, rcptTo } = session.envelope
        received.push({
          from: mailFrom === false ? '' : (mailFrom?.address ?? ''),
          to: rcptTo.map(({ address }) => address),
          raw: Buffer.concat(pieces),
          user: session.user,
          session: session.id
        })
        done(null, 'queued')
      })
    },
    ...rest
  })
  server.on('error', () => undefined)
  const sockets = new Set<{ destroy: () => void }>()
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  server.server.on('connection', (socket) => {
    opened += 1
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    port: (server.server.address() as AddressInfo).port,
    received,
    connections: () => opened,
    cut,
    close: () =>
      new Promise((resolve) => {
        cut()
        server.close(resolve)
      })
  }
}

/** A mailbox that sends by that server, without TLS. */
export const sendingBy = (
  { port }: { readonly port: number },
  mail: MailStore,
  options: Partial<SmtpOptions> = {}
): MailStore => smtp({ mail, host: '127.0.0.1', port, requireTls: false, name: 'client.test', ...options })

let made = 0

/** A message that is to go out; of its own where nothing else is said. */
export const messageTo = (to: ReadonlyArray<string>, fields: Fields = {}): CreateEffect => {
  made += 1
  return {
    _tag: 'Create',
    key: `k${made}`,
    id: `id-${made}`,
    kind: 'email',
    folder: 'sent',
    marker: { tenant: 't', record: `r${made}` },
    fields: {
      messageId: `<m${made}@liaison.test>`,
      from: 'ann@x.test',
      to,
      subject: `No. ${made}`,
      body: 'Good morning',
      sentAt: '2026-03-04T05:06:07.000Z',
      ...fields
    }
  }
}

/** What came of one effect. */
export const written = async (mail: MailStore, effect: CreateEffect): Promise<Outcome> => {
  const answer = await mail.write([effect])
  const outcome = answer._tag === 'Right' ? answer.right[0] : undefined
  if (outcome === undefined) throw new Error(JSON.stringify(answer))
  return outcome
}
