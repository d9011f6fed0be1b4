/** Everything that was ever one pair with a thing: along links, former links and history, in every mailbox. */
import type { FormerLink, ItemOf, Link, Ref, Side } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { LinkStore } from '../ports.js'
import { need, type Session, slices } from './session.js'

export interface Things {
  readonly items: ReadonlyArray<ItemOf>
  readonly records: ReadonlyArray<Ref>
}

/** What the search works with. */
interface PartnerSession extends Pick<Session, 'tenant' | 'calls'> {
  readonly links: LinkStore
  readonly mailboxes: ReadonlyMap<string, unknown>
}

/** Along links, former links and history to everything that was ever one pair with one of these: a thing made again too. */
export const withPartners = async (
  session: PartnerSession,
  given: Things
): Promise<Things & { readonly links: ReadonlyArray<Link> }> => {
  const records = new Set<Ref>()
  const items = new Map<string, ItemOf>()
  const links = new Map<string, Link>()
  let open = given
  while (open.items.length + open.records.length > 0) {
    for (const ref of open.records) records.add(ref)
    for (const item of open.items) items.set(nameOf(item), item)
    const found = await partnersOf(session, open)
    for (const link of found.links) links.set(JSON.stringify([link.mailbox, link.id]), link)
    open = {
      items: found.items.filter((item) => !items.has(nameOf(item))),
      records: found.records.filter((ref) => !records.has(ref))
    }
  }
  return { items: [...items.values()], records: [...records], links: [...links.values()] }
}

const nameOf = ({ mailbox, ref }: ItemOf): string => JSON.stringify([mailbox, ref])

const partnersOf = async (
  session: PartnerSession,
  { items, records }: Things
): Promise<Things & { readonly links: ReadonlyArray<Link> }> => {
  const asked = new Set(items.map(nameOf))
  const byItem = await pairsOf(
    session,
    'item',
    items.map(({ ref }) => ref)
  )
  const byRecord = await pairsOf(session, 'record', records)
  const isAsked = ({ mailbox, item }: Link | FormerLink): boolean => asked.has(nameOf({ mailbox, ref: item }))
  const pairs = [...byItem.all.filter(isAsked), ...byRecord.all]
  const written = await writtenWith(session, { items, records })
  return {
    items: [...pairs.map(({ mailbox, item }) => ({ mailbox, ref: item })), ...written.items],
    records: [...pairs.map(({ record }) => record), ...written.records],
    links: [...byItem.links.filter(isAsked), ...byRecord.links]
  }
}

const pairsOf = async (session: PartnerSession, by: 'item' | 'record', refs: ReadonlyArray<Ref>) => {
  const links: Array<Link> = []
  const formers: Array<FormerLink> = []
  const { tenant, links: store } = session
  for (const slice of slices([...new Set(refs)], limits.pageRowsMax)) {
    links.push(...(await need(session, 'links', 'linksOf', store.linksOf(tenant, by, slice))))
    formers.push(...(await need(session, 'links', 'formerOf', store.formerOf(tenant, by, slice))))
  }
  return { links, all: [...links, ...formers] }
}

/** The partners that things had when they were written to, as far as the history goes back. */
const writtenWith = async (session: PartnerSession, { items, records }: Things): Promise<Things> => {
  const found = { items: [] as Array<ItemOf>, records: [] as Array<Ref> }
  for (const { mailbox, ref } of items) found.records.push(...(await partnersIn(session, mailbox, 'mail', ref)))
  for (const mailbox of session.mailboxes.keys()) {
    for (const record of records) {
      const partners = await partnersIn(session, mailbox, 'record', record)
      found.items.push(...partners.map((ref) => ({ mailbox, ref })))
    }
  }
  return found
}

const partnersIn = async (
  session: PartnerSession,
  mailbox: string,
  side: Side,
  ref: Ref
): Promise<ReadonlyArray<Ref>> => {
  const partners = new Set<Ref>()
  const key = { tenant: session.tenant, mailbox }
  let before: string | undefined
  for (;;) {
    const page = session.links.historyOf(key, side, ref, before, limits.historyRowsMax)
    const rows = await need(session, 'links', 'historyOf', page)
    for (const { other } of rows) if (other !== '') partners.add(other)
    if (rows.length < limits.historyRowsMax) return [...partners]
    before = rows.at(-1)?.key
  }
}
