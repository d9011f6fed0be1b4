/**
 * Sending one message at most once. Before it goes out its copy lies in `outbox`; when the server has it the copy is
 * in `sent`, and then the first one goes. Whatever dies on the way, a message that may have gone out can be found by
 * its Message-ID; one that lies in `outbox` alone is one of which nobody knows.
 */
import type { Answer, CreateEffect, Effect, Outcome, Ref, Result, SyncError } from '../../model/index.js'
import { fail, ok, uuidOf } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import type { Outgoing, SmtpLimits } from './message.js'
import { outgoingOf } from './message.js'
import { surely } from './session.js'

export const sentFolder = 'sent'
const outboxFolder = 'outbox'

/** What carries messages to the server. */
export interface Carrier {
  /** Whether the server can be reached at all: asked before a copy is made. */
  readonly ready: () => Answer<void>
  readonly submit: (message: Outgoing) => Answer<void>
}

export interface Sending {
  readonly mail: MailStore
  readonly keepsCopy: boolean
  readonly limits: SmtpLimits
}

type Done = Extract<Outcome, { readonly _tag: 'Done' }>

export const send = async (sending: Sending, carrier: Carrier, effect: CreateEffect): Promise<Outcome> => {
  const sent = await sentOnce(sending, carrier, effect)
  return sent._tag === 'Right' ? sent.right : { _tag: 'Failed', key: effect.key, error: sent.left }
}

const sentOnce = async (sending: Sending, carrier: Carrier, effect: CreateEffect): Answer<Done> => {
  const message = outgoingOf(effect, sending.limits)
  if (message._tag === 'Left') return message
  const ready = await carrier.ready()
  if (ready._tag === 'Left') return fail(surely(ready.left))
  return sending.keepsCopy
    ? withCopy(sending.mail, effect, () => carrier.submit(message.right))
    : withoutCopy(effect, await carrier.submit(message.right))
}

/** Nothing is kept: the ref names what no store holds. */
const withoutCopy = ({ key, id }: CreateEffect, submitted: Result<void>): Result<Done> =>
  submitted._tag === 'Left' ? submitted : ok({ _tag: 'Done', key, ref: id })

const withCopy = async (mail: MailStore, effect: CreateEffect, submit: () => Answer<void>): Answer<Done> => {
  const free = await isFree(mail, effect.id)
  if (free._tag === 'Left') return free
  const waiting = await waitingCopy(mail, effect)
  if (waiting._tag === 'Left') return waiting
  const submitted = await submit()
  if (submitted._tag === 'Right') return filed(mail, effect, waiting.right)
  if (submitted.left._tag !== 'Transient' || submitted.left.unsure !== true) await dropped(mail, waiting.right)
  return submitted
}

/** What is in `sent` under its id has been sent. */
const isFree = async (mail: MailStore, id: Ref): Answer<void> => {
  if (!mail.can.clientIds) return ok(undefined)
  const found = await mail.read([id])
  if (found._tag === 'Left') return fail(surely(found.left))
  return found.right[0]?._tag === 'Absent' ? ok(undefined) : fail({ _tag: 'AlreadyExists', ref: id })
}

const waitingCopy = async (mail: MailStore, effect: CreateEffect): Answer<Done> => {
  const id = uuidOf('outbox', effect.id, String(effect.fields.messageId))
  const made = await one(mail, { ...effect, id, folder: outboxFolder })
  if (made._tag === 'Right') return made
  switch (made.left._tag) {
    case 'AlreadyExists':
      return fail({ _tag: 'Transient', message: `in outbox: ${made.left.ref ?? id}`, unsure: true })
    case 'Unsupported':
      return fail({ ...made.left, remedy: "wrap a mailbox that takes messages, or smtp({ copy: 'none' })" })
    case 'Transient':
      // Nothing was sent, but a copy that may be there all the same would say that it may have been.
      if (made.left.unsure === true && mail.can.clientIds)
        await dropped(mail, { _tag: 'Done', key: effect.key, ref: id })
      return fail(surely(made.left))
    default:
      return made
  }
}

/** The message is out: whatever happens to the copies now, that it was sent is the answer. */
const filed = async (mail: MailStore, effect: CreateEffect, waiting: Done): Answer<Done> => {
  const copy = await sentCopy(mail, effect)
  if (copy._tag === 'Left') return ok(waiting)
  await dropped(mail, waiting)
  return copy
}

const sentCopy = async (mail: MailStore, effect: CreateEffect): Answer<Done> => {
  const { key, id } = effect
  const first = await one(mail, effect)
  // Where the store takes the id it is given, a second try makes no second copy.
  if (first._tag === 'Right' || first.left._tag !== 'Transient' || !mail.can.clientIds) return first
  const second = await one(mail, effect)
  return second._tag === 'Left' && second.left._tag === 'AlreadyExists' ? ok({ _tag: 'Done', key, ref: id }) : second
}

/** A copy that stays behind is found beside the one in `sent`; it says nothing that is wrong. */
const dropped = async (mail: MailStore, { key, ref }: Done): Promise<void> => {
  await one(mail, { _tag: 'Delete', key, ref, type: 'email' })
}

const one = async (mail: MailStore, effect: Effect): Answer<Done> => {
  const answer = await mail.write([effect])
  if (answer._tag === 'Left') return answer
  const [outcome] = answer.right
  if (outcome?._tag === 'Done') return ok(outcome)
  return fail(outcome?.error ?? nothingSaid)
}

const nothingSaid: SyncError = { _tag: 'Transient', message: 'no outcome', unsure: true }
