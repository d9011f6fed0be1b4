/**
 * Forgetting: the traces of a mailbox, a record or an address go from the link store. Nothing is written to either
 * side: what still is there, and is held by a filter, comes anew with the next cycle.
 */
import type { Forget, Forgotten, ItemOf, Link, Ref } from '../../model/index.js'
import { codeOf, invariant, limits, Misuse, termOf } from '../../model/index.js'
import { itemIdentity, recordIdentity } from '../claims.js'
import type { Lease, LinkStore, MailStore, RecordStore } from '../ports.js'
import type { Settings } from '../settings.js'
import { documents } from '../state.js'
import { type Things, withPartners } from './forget-partners.js'
import { readState } from './read-state.js'
import { need, type Session } from './session.js'

/** Whose traces go. @public */
export type ForgetWhat =
  | { readonly mailbox: string }
  /** A record, and with it whatever is remembered of the items that it is or was linked to. */
  | { readonly record: Ref }
  /** An e-mail address: all pairs of which something remembered mentions it, and those that hold it now. */
  | { readonly address: string }

/** What forgetting works with: it is the tenant's affair, not one mailbox's. */
export interface ForgetSession extends Pick<Session, 'tenant' | 'holder' | 'calls' | 'atWork'> {
  readonly links: LinkStore
  readonly records: RecordStore
  /** The mailboxes that this engine has. */
  readonly mailboxes: ReadonlyMap<string, MailStore>
  /** Fields of items and records that hold addresses, as the mappings say: what stores are asked by. */
  readonly addressFields: ReadonlyArray<AddressField>
  /** Where claims of mailboxes stand. */
  readonly claimsIn: string
  /** Identity under which the mailbox's address is claimed; `undefined` where somebody else holds it. */
  readonly claimed: (mailbox: string) => Promise<string | undefined>
}

interface AddressField {
  readonly kind: string
  readonly mail: string
  readonly type: string
  readonly record: string
}

/** Rows named after e-mail hold addresses: `email1` and its like. */
export const addressFieldsOf = (settings: Settings, records: Pick<RecordStore, 'can'>): ReadonlyArray<AddressField> =>
  Object.values(settings.mappings).flatMap(({ kind, type, rows }) =>
    records.can.types.includes(type)
      ? rows.flatMap(({ name, mail, record }) =>
          name.startsWith('email') && typeof mail === 'string' && typeof record === 'string'
            ? [{ kind, type, mail, record }]
            : []
        )
      : []
  )

export const forget = async (session: ForgetSession, what: ForgetWhat): Promise<Forgotten> => {
  if ('mailbox' in what) return forgetMailbox(session, what.mailbox)
  if ('record' in what) return forgetThings(session, { items: [], records: [what.record] })
  return forgetAddress(session, what.address)
}

const nothing: Omit<Forget, 'mailbox'> = {
  items: [],
  records: [],
  identities: [],
  identitiesFrom: { begins: [], but: [] },
  documents: []
}

const forgetMailbox = (session: ForgetSession, mailbox: string): Promise<Forgotten> =>
  held(session, [mailbox], async () => {
    const claimed = await session.claimed(mailbox)
    const begins = startsOf(mailbox)
    // Ids may hold spaces: what belongs to a mailbox whose id goes on where this one ends is not this one's.
    const others = [...session.mailboxes.keys()].filter((id) => id.startsWith(`${mailbox} `))
    const name = documents.mailbox(mailbox)
    const forgotten = await call(session, {
      ...nothing,
      mailbox,
      identitiesFrom: { begins, but: others.flatMap(startsOf) },
      documents: [name, documents.commits(name), documents.tokensOf(mailbox), ...hintsOf(mailbox)]
    })
    if (claimed === undefined) return forgotten
    return sumOf(forgotten, await call({ ...session, tenant: session.claimsIn }, { ...nothing, identities: [claimed] }))
  })

const hintsOf = (mailbox: string): ReadonlyArray<string> => {
  const name = documents.hint(mailbox)
  return [name, documents.commits(name)]
}

const startsOf = (mailbox: string): ReadonlyArray<string> => [recordIdentity(mailbox, ''), itemIdentity(mailbox, '')]

/** Things, and with them their partners in every mailbox: of a pair, each half says who the other is. */
const forgetThings = async (session: ForgetSession, given: Things): Promise<Forgotten> => {
  const { links, ...things } = await withPartners(session, given)
  const concerned = [...new Set(things.items.map(({ mailbox }) => mailbox))]
  const mailboxes = new Set([...concerned, ...session.mailboxes.keys()])
  return held(session, concerned, async (leases) => {
    const forgotten = await call(session, {
      ...nothing,
      ...things,
      identities: [
        ...things.items.map(({ mailbox, ref }) => recordIdentity(mailbox, ref)),
        ...things.records.flatMap((ref) => [...mailboxes].map((mailbox) => itemIdentity(mailbox, ref)))
      ]
    })
    for (const [mailbox, lease] of leases) await countDown(session, mailbox, lease, links)
    return forgotten
  })
}

/** The guards measure by how many pairs are linked: those that were forgotten count no longer. */
const countDown = async (
  session: ForgetSession,
  mailbox: string,
  lease: Lease,
  links: ReadonlyArray<Link>
): Promise<void> => {
  const gone = links.filter((link) => link.mailbox === mailbox)
  if (gone.length === 0) return
  const state = await readState({ ...session, mailbox })
  const counts: { [type: string]: number } = { ...state.links }
  for (const { type } of gone) counts[type] = Math.max(0, (counts[type] ?? 0) - 1)
  const document = { ...state, links: counts }
  const name = documents.mailbox(mailbox)
  await need(session, 'links', 'transact', session.links.transact({ lease, mailbox, state: [{ name, document }] }))
}

/**
 * Digests say nothing of their values, so that the stores are asked too; they answer a few things at most. What is
 * remembered is searched in slices until nothing mentions the address any more.
 */
const forgetAddress = async (session: ForgetSession, address: string): Promise<Forgotten> => {
  let forgotten = await forgetThings(session, await holding(session, address))
  for (;;) {
    const pairs = await need(
      session,
      'links',
      'mentioning',
      session.links.mentioning(session.tenant, address, limits.forgetPairsMax)
    )
    if (pairs.length === 0) return forgotten
    const more = await forgetThings(session, {
      items: pairs.map(({ mailbox, item }) => ({ mailbox, ref: item })),
      records: pairs.map(({ record }) => record).filter((ref) => ref !== '')
    })
    invariant(more.links + more.former + more.history > 0, 'what mentions an address can be forgotten')
    forgotten = sumOf(forgotten, more)
  }
}

/** Things that hold the address now. */
const holding = async (session: ForgetSession, address: string): Promise<Things> => {
  const items: Array<ItemOf> = []
  const records: Array<Ref> = []
  const keys = session.addressFields.map(({ type, record }) => {
    const code = codeOf(record, 'address')
    return { type, code, term: termOf(code, address) ?? '', max: limits.forgetPairsMax }
  })
  const hits = await need(session, 'record', 'lookup', session.records.lookup(keys))
  for (const { refs } of hits) records.push(...refs)
  for (const [mailbox, mail] of session.mailboxes) {
    const asked = session.addressFields.filter(({ kind }) => mail.can.findByField && mail.can.kinds.includes(kind))
    const found = await need(
      session,
      'mail',
      'find',
      mail.find(asked.map(({ kind, mail: field }) => ({ _tag: 'ByField', kind, field, value: address })))
    )
    for (const { refs } of found) for (const ref of refs) items.push({ mailbox, ref })
  }
  return { items, records: [...new Set(records)] }
}

const call = (session: ForgetSession, what: Forget): Promise<Forgotten> =>
  need(session, 'links', 'forget', session.links.forget(session.tenant, what))

const sumOf = (x: Forgotten, y: Forgotten): Forgotten => ({
  links: x.links + y.links,
  former: x.former + y.former,
  related: x.related + y.related,
  intents: x.intents + y.intents,
  claims: x.claims + y.claims,
  pending: x.pending + y.pending,
  inbox: x.inbox + y.inbox,
  due: x.due + y.due,
  decisions: x.decisions + y.decisions,
  conflicts: x.conflicts + y.conflicts,
  history: x.history + y.history,
  state: x.state + y.state
})

/** No cycle of these mailboxes runs meanwhile: it would write down again what it has in hand. */
const held = async <A>(
  session: ForgetSession,
  mailboxes: ReadonlyArray<string>,
  run: (leases: ReadonlyMap<string, Lease>) => Promise<A>
): Promise<A> => {
  const leases = new Map<string, Lease>()
  try {
    for (const mailbox of mailboxes) {
      const name = documents.mailbox(mailbox)
      if (session.atWork.mailboxes.has(mailbox)) throw beingSynchronised(mailbox)
      const lease = session.links.lease(session.tenant, name, session.holder, limits.leaseTtlMs)
      const answer = await need(session, 'links', 'lease', lease)
      if (answer._tag === 'Busy') throw beingSynchronised(mailbox)
      leases.set(mailbox, answer.lease)
      session.atWork.mailboxes.add(mailbox)
    }
    return await run(leases)
  } finally {
    for (const [mailbox, lease] of leases) {
      session.atWork.mailboxes.delete(mailbox)
      await session.links.release(lease)
    }
  }
}

const beingSynchronised = (mailbox: string): Misuse =>
  new Misuse(`mailbox ${mailbox} is being synchronised: forget again after that`, ['mailbox'])
