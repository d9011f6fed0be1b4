/**
 * Forgetting: what a commit would never remove. Rare, and thorough rather than quick: rows without a column for what
 * they name are decoded and asked. Afterwards the file is written anew, so that nothing of the rows lies unused in it.
 */
import type { Forget, Forgotten, ForgetTest, Result } from '../../model/index.js'
import { forgetTestOf, ok, withoutRecords } from '../../model/index.js'
import type { Connection } from './connection.js'
import { inTransaction } from './connection.js'
import { forgetBodies } from './forget-bodies.js'
import { linksFrom } from './links.codec.js'
import { keyFromText, keyList } from './text.js'
import { writeLink } from './transact.js'

export const forgetIn = (db: Connection, tenant: string, what: Forget): Result<Forgotten> => {
  const forgotten = inTransaction(db, () => forgetRows(db, tenant, what))
  if (forgotten._tag === 'Left') return forgotten
  db.exec('VACUUM')
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  return forgotten
}

const forgetRows = (db: Connection, tenant: string, what: Forget): Result<Forgotten> => {
  const test = forgetTestOf(what)
  const decoded = forgetBodies(db, tenant, test)
  if (decoded._tag === 'Left') return decoded
  const named = namesOf(what)
  const pairs = (table: 'links' | 'former' | 'conflicts'): number =>
    db.run(removePairs(table), tenant, named.mailbox, named.records, named.items)
  const things = [named.items, named.records] as const
  const links = pairs('links')
  const related = forgetRelated(db, tenant, what, test)
  if (related._tag === 'Left') return related
  return ok({
    links,
    former: pairs('former'),
    related: related.right,
    ...decoded.right,
    inbox: db.run(removeInbox, tenant, named.mailbox, named.records),
    decisions: db.run(removeDecisions, tenant, named.mailbox, ...things),
    conflicts: pairs('conflicts'),
    history: db.run(removeHistory, tenant, named.mailbox, ...things, ...things),
    state: db.run(removeState, tenant, keyList(what.documents))
  })
}

/** The mailbox, and lists of keys for `json_each`; an item is a pair of mailbox and ref. */
const namesOf = ({ mailbox, items, records }: Forget) => ({
  mailbox: mailbox === undefined ? null : keyFromText(mailbox),
  items: JSON.stringify(items.map((item) => [keyFromText(item.mailbox), keyFromText(item.ref)])),
  records: keyList(records)
})

const itemsAsked = `SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each(?)`
const recordsAsked = 'SELECT value FROM json_each(?)'
const removePairs = (table: 'links' | 'former' | 'conflicts'): string => `
  DELETE FROM liaison_${table}
  WHERE tenant = ? AND (mailbox = ? OR record IN (${recordsAsked}) OR (mailbox, item) IN (${itemsAsked}))`
const isThing = `
  (side = 'mail' AND (mailbox, ref) IN (${itemsAsked})) OR (side = 'record' AND ref IN (${recordsAsked}))`
const removeDecisions = `DELETE FROM liaison_decisions WHERE tenant = ? AND (mailbox = ? OR ${isThing})`
const removeHistory = `
  DELETE FROM liaison_history WHERE tenant = ? AND (mailbox = ? OR ${isThing}
    OR (side = 'record' AND (mailbox, other) IN (${itemsAsked})) OR (side = 'mail' AND other IN (${recordsAsked})))`
const removeInbox = `DELETE FROM liaison_inbox WHERE tenant = ? AND (mailbox = ? OR ref IN (${recordsAsked}))`
const removeState = `DELETE FROM liaison_state WHERE tenant = ? AND name IN (${recordsAsked})`

const selectRelated = `
  SELECT links.body, links.base FROM liaison_related AS related
  JOIN liaison_links AS links
    ON links.tenant = related.tenant AND links.mailbox = related.mailbox AND links.id = related.link
  WHERE related.tenant = ? AND related.ref IN (${recordsAsked}) GROUP BY links.mailbox, links.id`
const removeLoose = `
  DELETE FROM liaison_related WHERE tenant = ? AND NOT EXISTS (
    SELECT 1 FROM liaison_links AS links
    WHERE links.tenant = liaison_related.tenant AND links.mailbox = liaison_related.mailbox
      AND links.id = liaison_related.link)`

/** Links of others stay and name the record no longer; rows of links that went go with them. */
const forgetRelated = (db: Connection, tenant: string, what: Forget, test: ForgetTest): Result<number> => {
  db.run(removeLoose, tenant)
  const links = linksFrom(db.rows(selectRelated, tenant, keyList(what.records)))
  if (links._tag === 'Left') return links
  for (const link of links.right) writeLink(db, [tenant, keyFromText(link.mailbox)], withoutRecords(link, test))
  return ok(links.right.length)
}
