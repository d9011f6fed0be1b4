/**
 * A database file of many records, as years fill it, without the time that so many calls take: rows go in by one
 * statement, and the adapter makes its own index of them at the first look-up, as it does with any table. Their places
 * in the log lie before its beginning, so that no feed tells of them.
 */
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'

export const nowMs = Date.UTC(2026, 2, 2)

/** All that is stored is of the last sixty days: smart matching looks back ninety. */
const daysMs = 60 * 24 * 60 * 60_000

export const perConversation = 20
/** One of ten messages is of the conversation that never ends, one of ten bears the subject of every week. */
const popularEach = 10

export const popular = { conversation: 'AdzPOPULARPOPULARPOPULARPOPUL1A==', subject: 'Figures of the week' }

/** The fields of the message of that number. */
export const messageFields = (n) => ({
  messageid: `<${n}@contoso.test>`,
  trackingtoken: `CRM:${String(n).padStart(7, '0')}`,
  conversationindex:
    n % popularEach === 1 ? popular.conversation : `Adz${String(Math.floor(n / perConversation)).padStart(26, '0')}A==`,
  subject: n % popularEach === 2 ? popular.subject : `Offer ${n}`,
  sender: 'ann@contoso.test',
  torecipients: [`client${n % 1000}@fabrikam.test`],
  senton: '2026-03-02',
  directioncode: 'outgoing'
})

const counted = 'WITH RECURSIVE counted (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < ?)'

/** The same in SQL; when it was sent is when its record was made. */
const emails = `
  INSERT INTO liaison_records (type, ref, seq, gone, owner, state, status, created_ms, changed_ms, fields)
  ${counted}, timed (n, ms) AS (SELECT n, ${nowMs - daysMs} + n * (${daysMs} / ?) FROM counted)
  SELECT 'email', 'e' || n, -1 - n, 0, 'ann', 'completed', 'sent', ms, ms, json_object(
    'messageid', '<' || n || '@contoso.test>',
    'trackingtoken', printf('CRM:%07d', n),
    'conversationindex', CASE n % ${popularEach}
      WHEN 1 THEN '${popular.conversation}' ELSE printf('Adz%026dA==', n / ${perConversation}) END,
    'subject', CASE n % ${popularEach} WHEN 2 THEN '${popular.subject}' ELSE 'Offer ' || n END,
    'sender', 'ann@contoso.test',
    'torecipients', json_array('client' || (n % 1000) || '@fabrikam.test'),
    'senton', '2026-03-02',
    'directioncode', 'outgoing',
    'actualend', strftime('%Y-%m-%dT%H:%M:%SZ', ms / 1000, 'unixepoch')
  ) FROM timed`

/** Each of them is the record of a message in the mailbox of ann. */
const links = `
  INSERT INTO liaison_links (tenant, mailbox, id, item, record, body, base)
  ${counted}
  SELECT 'default', 'ann', 'l' || n, 'm' || n, 'e' || n, json_object(
    'id', 'l' || n, 'mailbox', 'ann', 'item', 'm' || n, 'kind', 'email', 'record', 'e' || n, 'type', 'email',
    'origin', 'tracked', 'versions', json_object('mail', 'v1', 'record', CAST(-1 - n AS TEXT)), 'shape', ?,
    'owner', 'ann', 'state', 'completed', 'folder', 'sent', 'made', 'accept-all',
    'decided', json('{"code":"accept-all","facts":{},"cycle":"0","atMs":0}')
  ), '{"mail":[],"record":[]}' FROM counted`

/** Six of ten are contacts; five of six have the birthday of those who have told none. */
const contactOf = 0.6
export const noBirthday = '1900-01-01'
const lettersOf = (n) =>
  [...String(n).padStart(6, '0')].map((digit) => String.fromCharCode(97 + Number(digit))).join('')

/** The fields of the contact of that number. */
export const contactFields = (n) => ({
  lastname: `${lettersOf(n)}son`,
  emailaddress1: `c${n}@fabrikam.test`,
  mobilephone: `+34 600 ${n}`,
  anniversary: new Date(Date.UTC(1950, 0, 1) + (n % 20_000) * 24 * 60 * 60_000).toISOString().slice(0, 10),
  birthdate: n % 6 === 5 ? '1970-05-05' : noBirthday
})

const letters = Array.from({ length: 6 }, (_, at) => `char(97 + (n / ${10 ** (5 - at)}) % 10)`).join(' || ')

const contacts = `
  INSERT INTO liaison_records (type, ref, seq, gone, owner, state, status, created_ms, changed_ms, fields)
  ${counted}
  SELECT 'contact', 'c' || n, -1 - n, 0, 'bo', 'active', NULL, n, n, json_object(
    'lastname', ${letters} || 'son',
    'emailaddress1', 'c' || n || '@fabrikam.test',
    'mobilephone', '+34 600 ' || n,
    'anniversary', date('1950-01-01', '+' || (n % 20000) || ' days'),
    'birthdate', CASE n % 6 WHEN 5 THEN '1970-05-05' ELSE '${noBirthday}' END
  ) FROM counted`

const accounts = `
  INSERT INTO liaison_records (type, ref, seq, gone, owner, state, status, created_ms, changed_ms, fields)
  ${counted}
  SELECT 'account', 'a' || n, -10000000 - n, 0, 'bo', 'active', NULL, n, n, json_object(
    'name', 'Company ' || n, 'emailaddress1', 'office' || n || '@fabrikam.test', 'address1_city', 'Oslo'
  ) FROM counted`

/** Conversations of a hundred messages each, with long texts. */
export const perThread = 100
export const threadIndex = (n) => `Adz${String(n).padStart(26, '0')}A==`

const threads = `
  INSERT INTO liaison_records (type, ref, seq, gone, owner, state, status, created_ms, changed_ms, fields)
  ${counted}
  SELECT 'email', 'e' || n, -1 - n, 0, 'ann', 'completed', 'sent', n, n, json_object(
    'messageid', '<' || n || '@contoso.test>', 'conversationindex', printf('Adz%026dA==', n / ${perThread}),
    'subject', 'Offer', 'directioncode', 'outgoing', 'description', printf('%.*c', ?, 'x')
  ) FROM counted`

/** `fill` puts rows into the tables, which are there already. */
export const openStored = async (liaison, folder, name, types) => {
  const path = join(folder, `${name}.db`)
  const store = liaison.sqlite({ path, types, clock: () => nowMs })
  const first = await store.records.changes(types[0], undefined, 1)
  if (first._tag === 'Left') throw new Error(JSON.stringify(first.left))
  const database = new DatabaseSync(path)
  return {
    store,
    fillEmails: (count) => database.prepare(emails).run(count, count),
    fillLinks: (count, shape) => database.prepare(links).run(count, shape),
    fillThreads: (count, textBytes) => database.prepare(threads).run(count * perThread, textBytes),
    fillPeople: (count) => {
      database.prepare(contacts).run(count * contactOf)
      database.prepare(accounts).run(count - count * contactOf)
    },
    close: () => {
      database.close()
      store.close()
    }
  }
}
