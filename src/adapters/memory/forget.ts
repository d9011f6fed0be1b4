/** Forgetting in the tables in memory, and finding by an address who is to be forgotten. */
import type { Forget, Forgotten, Link, MailboxKey, Ref } from '../../model/index.js'
import { forgetTestOf, mentionTest, withoutRecords } from '../../model/index.js'
import type { Claims, Documents, Rows } from './rows.js'
import type { DumpedRow } from './tables.js'

interface Named {
  readonly item: Ref
  readonly record: Ref
}

export const pairsMentioning = (
  rows: Rows,
  tenant: string,
  address: string
): ReadonlyArray<Named & { readonly mailbox: string }> => {
  const mentions = mentionTest(address)
  const pairs = [...rows.links.dump(), ...rows.former.dump()].flatMap((dumped) =>
    dumped.tenant === tenant && mentions(dumped.row.base)
      ? [{ mailbox: dumped.mailbox, item: dumped.row.item, record: dumped.row.record }]
      : []
  )
  const written = rows.history.dump().flatMap(({ row, ...key }) => {
    if (key.tenant !== tenant || !mentions(row.changes)) return []
    const [item, record] = row.side === 'mail' ? [row.ref, row.other] : [row.other, row.ref]
    return [{ mailbox: key.mailbox, item, record }]
  })
  return [...new Map([...pairs, ...written].map((pair) => [JSON.stringify(Object.values(pair)), pair])).values()]
}

interface Tables extends Rows {
  readonly claims: Claims
  readonly state: Documents
}

export const forgetIn = (tables: Tables, tenant: string, what: Forget): Forgotten => {
  const test = forgetTestOf(what)
  const drop = <R>(
    table: { readonly dump: () => ReadonlyArray<DumpedRow<R>> },
    isNamed: (mailbox: string, row: R) => boolean,
    remove: (key: MailboxKey, row: R) => void
  ): number => {
    const named = table.dump().filter((dumped) => dumped.tenant === tenant && isNamed(dumped.mailbox, dumped.row))
    for (const { row, ...key } of named) remove(key, row)
    return named.length
  }
  const isPair = (mailbox: string, { item, record }: Named): boolean =>
    mailbox === what.mailbox || test.item(mailbox, item) || test.record(record)
  const links = drop(tables.links, isPair, (key, { id }) => tables.links.remove(key, id))
  return {
    links,
    former: drop(tables.former, isPair, (key, { id }) => tables.former.remove(key, id)),
    related: drop(
      tables.links,
      (_mailbox, { related = [] }) => related.some(test.record),
      (key, link: Link) => tables.links.put(key, withoutRecords(link, test))
    ),
    intents: drop(tables.intents, test.intent, tables.intents.removeRow),
    claims: dropFrom(
      tables.claims,
      (entry) => entry.tenant === tenant && test.claim(entry.claim.identity, entry.claim.id)
    ),
    pending: drop(tables.pending, (mailbox, { gesture }) => test.gesture(mailbox, gesture), tables.pending.removeRow),
    inbox: drop(tables.inbox, (mailbox, { ref }) => test.thing(mailbox, 'record', ref), tables.inbox.removeRow),
    due: drop(tables.due, test.due, tables.due.removeRow),
    decisions: drop(
      tables.decisions,
      (mailbox, { side, ref }) => test.thing(mailbox, side, ref),
      tables.decisions.removeRow
    ),
    conflicts: drop(tables.conflicts, isPair, tables.conflicts.removeRow),
    history: drop(
      tables.history,
      (mailbox, { side, ref, other }) =>
        test.thing(mailbox, side, ref) || test.thing(mailbox, side === 'mail' ? 'record' : 'mail', other),
      tables.history.removeRow
    ),
    state: dropFrom(tables.state, (entry) => entry.tenant === tenant && what.documents.includes(entry.name))
  }
}

const dropFrom = <E>(entries: Map<string, E>, isNamed: (entry: E) => boolean): number => {
  const named = [...entries].filter(([, entry]) => isNamed(entry))
  for (const [key] of named) entries.delete(key)
  return named.length
}
