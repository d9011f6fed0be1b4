/**
 * Effects in their order: runs of what the mailbox itself writes, and between them messages that go out one by one.
 * All messages of a batch share a connection; one that broke off is opened anew for the next message.
 */
import type { Answer, CreateEffect, Effect, Outcome, SyncError } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import type { Outgoing } from './message.js'
import type { Carrier, Sending } from './send.js'
import { send, sentFolder } from './send.js'
import type { Server, Session } from './session.js'
import { openSession } from './session.js'

export const writeOf = (sending: Sending, server: Server): MailStore['write'] => {
  const { mail } = sending
  // Who sends waits for whoever sends already: messages go in the order in which they were asked for.
  let last: Promise<unknown> = Promise.resolve()
  return (effects) => {
    if (!effects.some(isSent)) return mail.write(effects)
    const next = last.then(() => writeAll(sending, server, effects))
    last = next.catch(() => undefined)
    return next
  }
}

const isSent = (effect: Effect): effect is CreateEffect =>
  effect._tag === 'Create' && effect.kind === 'email' && effect.folder === sentFolder

const writeAll = async (
  sending: Sending,
  server: Server,
  effects: ReadonlyArray<Effect>
): Answer<ReadonlyArray<Outcome>> => {
  const limit = sending.mail.can.writeBatchMax
  if (effects.length > limit) return fail({ _tag: 'TooLarge', limit, actual: effects.length })
  const outcomes: Array<Outcome> = []
  const carrier = carrierOf(server)
  try {
    for (const run of runsOf(effects)) {
      const done =
        run.sent === undefined ? await sending.mail.write(run.rest) : ok([await send(sending, carrier, run.sent)])
      if (done._tag === 'Left') {
        // What was carried out before is told; of the rest the failure of the whole is each one's.
        if (outcomes.length === 0) return done
        for (const { key } of effects.slice(outcomes.length)) outcomes.push({ _tag: 'Failed', key, error: done.left })
        return ok(outcomes)
      }
      outcomes.push(...done.right)
    }
    return ok(outcomes)
  } finally {
    carrier.end()
  }
}

interface Run {
  readonly sent?: CreateEffect
  readonly rest: ReadonlyArray<Effect>
}

const runsOf = (effects: ReadonlyArray<Effect>): ReadonlyArray<Run> => {
  const runs: Array<{ readonly sent?: CreateEffect; readonly rest: Array<Effect> }> = []
  for (const effect of effects) {
    const open = runs.at(-1)
    if (isSent(effect)) runs.push({ sent: effect, rest: [] })
    else if (open === undefined || open.sent !== undefined) runs.push({ rest: [effect] })
    else open.rest.push(effect)
  }
  return runs
}

/** Opens a connection when the first message wants one. */
const carrierOf = (server: Server): Carrier & { readonly end: () => void } => {
  let session: Session | undefined
  let stopped: SyncError | undefined
  const opened = async (): Answer<Session> => {
    if (stopped !== undefined) return fail(stopped)
    if (session?.isOpen() === true) return ok(session)
    const found = await openSession(server)
    // A server that cannot be reached is not asked again for every message of the batch.
    if (found._tag === 'Left') stopped = found.left
    else session = found.right
    return found
  }
  const handedOver = async (message: Outgoing): Answer<void> => {
    const open = await opened()
    return open._tag === 'Left' ? open : open.right.submit(message)
  }
  return {
    ready: async () => {
      const open = await opened()
      return open._tag === 'Left' ? open : ok(undefined)
    },
    submit: async (message) => {
      const first = await handedOver(message)
      // A server may want to know again, in the middle of a connection, who is speaking.
      const asked = isSignIn(first) && stopped === undefined && server.auth !== undefined
      const answer = asked ? await handedOver(message) : first
      if (answer._tag === 'Left' && stops(answer.left)) stopped = answer.left
      return answer
    },
    end: () => session?.end()
  }
}

const isSignIn = (answer: { readonly _tag: string; readonly left?: SyncError }): boolean =>
  answer.left?._tag === 'SignInRequired'

/** Failures that are not about one message: nothing more is tried in this batch. */
const stops = ({ _tag }: SyncError): boolean =>
  _tag === 'Throttled' || _tag === 'SignInRequired' || _tag === 'Forbidden' || _tag === 'Unsupported'
