/**
 * Tokens of messages that are about to be sent (3.2): the mailbox's user has a number, given when he first sends; each
 * message takes the next of his counter. Both are stored before the message goes out, so that no number is given twice.
 */
import { limits } from '../../model/index.js'
import type { DecideContext } from '../decide/context.js'
import type { Lease, StateDocument } from '../ports.js'
import { documents } from '../state.js'
import { counterAfter, subjectWith, tokenFrom } from '../track/token.js'
import type { Decided } from '../unit.js'
import { commitTo } from './commit.js'
import { need, type Session, Stopped } from './session.js'

export const withTokens = async (
  session: Session,
  lease: Lease,
  batch: ReadonlyArray<Decided>,
  context: DecideContext
): Promise<ReadonlyArray<Decided>> => {
  const sends = batch.filter(({ sends: one }) => one !== undefined)
  if (sends.length === 0) return batch
  const { correlation } = context.settings
  const wanting = correlation.token ? sends.filter((decided) => decided.sends?.token === undefined) : []
  const keys = wanting.map(({ unit }) => unit.key)
  const byKey = keys.length === 0 ? new Map<string, string>() : await tokensFor(session, lease, keys)
  return batch.map((decided) => {
    if (decided.sends === undefined) return decided
    const token = decided.sends.token ?? byKey.get(decided.unit.key)
    return withToken(decided, correlation.token ? token : undefined)
  })
}

/** K5, K6: the subject that goes out is the record's from now on. */
const withToken = (decided: Decided, token: string | undefined): Decided => {
  const { mail, record } = decided.effects
  if (mail?._tag !== 'Create' || record?._tag !== 'Update') return decided
  const { subject: given } = mail.fields
  const written = subjectWith(typeof given === 'string' ? given : '', token, limits.subjectLengthMax)
  const { subject } = written
  return {
    ...decided,
    effects: {
      mail: { ...mail, fields: { ...mail.fields, subject } },
      record: {
        ...record,
        set: {
          ...record.set,
          ...(subject === given || subject === '' ? {} : { subject }),
          ...(written.token === undefined ? {} : { trackingtoken: written.token })
        }
      }
    }
  }
}

/** A token for each, in order. One whose number was stored before its record could be written keeps it (K3). */
const tokensFor = async (
  session: Session,
  lease: Lease,
  keys: ReadonlyArray<string>
): Promise<ReadonlyMap<string, string>> => {
  const { correlation } = session.settings
  const { tokenUserDigits: userDigits = 3, tokenCounterDigits: counterDigits = 3 } = correlation
  const [prefix = ''] = correlation.tokenPrefixes
  const name = documents.tokensOf(session.mailbox)
  const standing = numbersIn(await need(session, 'links', 'state', session.links.state(session.tenant, name)))
  const user = standing.user ?? (await nextUser(session))
  const given = new Map<string, number>()
  let { counter } = standing
  for (const key of keys) {
    const kept = standing.given.get(key)
    if (kept === undefined) counter = counterAfter(counter, counterDigits)
    given.set(key, kept ?? counter ?? 0)
  }
  const document = { user, counter: counter ?? 0, given: [...given] }
  await commitTo(session, { lease, mailbox: session.mailbox, state: [{ name, document }] })
  const parts = { prefix, online: true, user, userDigits, counterDigits }
  return new Map([...given].map(([key, number]) => [key, tokenFrom({ ...parts, counter: number })]))
}

interface Numbers {
  readonly user: number | undefined
  readonly counter: number | undefined
  /** Of the last batch: which number went to which unit. */
  readonly given: ReadonlyMap<string, number>
}

const numbersIn = (document: StateDocument | undefined): Numbers => {
  const number = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined)
  const given: ReadonlyArray<unknown> = Array.isArray(document?.['given']) ? document['given'] : []
  const pairs = given.flatMap((pair): ReadonlyArray<readonly [string, number]> => {
    if (!Array.isArray(pair)) return []
    const [key, counter]: ReadonlyArray<unknown> = pair
    return typeof key === 'string' && typeof counter === 'number' ? [[key, counter]] : []
  })
  return { user: number(document?.['user']), counter: number(document?.['counter']), given: new Map(pairs) }
}

/** How often the lease of the numbers is asked for: who holds it gives it back after three calls, or has died. */
const leaseTriesMax = 20

/** The number of a user who sends for the first time: one behind the last of the tenant (K1, K2). He has it in one commit. */
const nextUser = async (session: Session): Promise<number> => {
  const { tenant, links, settings } = session
  const lease = await numbersLease(session)
  try {
    const document = await need(session, 'links', 'state', links.state(tenant, documents.tokens))
    const standing = document?.['users']
    const users = typeof standing === 'number' ? standing : (settings.correlation.tokenBase ?? 0)
    const state = [
      { name: documents.tokens, document: { users: users + 1 } },
      { name: documents.tokensOf(session.mailbox), document: { user: users + 1 } }
    ]
    await commitTo(session, { lease, mailbox: session.mailbox, state })
    return users + 1
  } finally {
    await links.release(lease)
  }
}

const numbersLease = async (session: Session): Promise<Lease> => {
  const { tenant, links, holder, clock } = session
  let untilMs = 0
  for (let tries = 0; tries < leaseTriesMax; tries += 1) {
    const asked = links.lease(tenant, documents.tokens, holder, limits.leaseTtlMs)
    const answer = await need(session, 'links', 'lease', asked)
    if (answer._tag === 'Leased') return answer.lease
    untilMs = answer.untilMs
  }
  throw new Stopped({ side: 'links', error: { _tag: 'Throttled', retryAfterMs: Math.max(0, untilMs - clock()) } })
}
