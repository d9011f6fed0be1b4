/** Forgetting where only the body of a row says what it names: it is decoded and asked. */
import type { ForgetTest, Forgotten, Result } from '../../model/index.js'
import { ok } from '../../model/index.js'
import type { Connection } from './connection.js'
import { claimsFrom, dueFrom, intentsFrom, keysFrom, pendingFrom } from './links.codec.js'
import { keyFromText, textFromKey } from './text.js'

type Counts = Pick<Forgotten, 'intents' | 'pending' | 'due' | 'claims'>

export const forgetBodies = (db: Connection, tenant: string, test: ForgetTest): Result<Counts> => {
  const intents = inEachMailbox(db, tenant, 'intents', (mailbox) =>
    removed(intentsFrom(db.rows(selectIntents, tenant, mailbox)), (intent) => {
      if (!test.intent(textFromKey(mailbox), intent)) return 0
      return db.run(removeIntent, tenant, mailbox, keyFromText(intent.key))
    })
  )
  if (intents._tag === 'Left') return intents
  const pending = inEachMailbox(db, tenant, 'pending', (mailbox) =>
    removed(pendingFrom(db.rows(selectPending, tenant, mailbox)), ({ id, gesture }) =>
      test.gesture(textFromKey(mailbox), gesture) ? db.run(removePending, tenant, mailbox, id) : 0
    )
  )
  if (pending._tag === 'Left') return pending
  const due = inEachMailbox(db, tenant, 'due', (mailbox) =>
    removed(dueFrom(db.rows(selectDue, tenant, mailbox)), (row) =>
      test.due(textFromKey(mailbox), row) ? db.run(removeDue, tenant, mailbox, keyFromText(row.key)) : 0
    )
  )
  if (due._tag === 'Left') return due
  const claims = forgetClaims(db, tenant, test)
  if (claims._tag === 'Left') return claims
  return ok({ intents: intents.right, pending: pending.right, due: due.right, claims: claims.right })
}

const selectMailboxes = (table: string): string =>
  `SELECT DISTINCT mailbox AS key FROM liaison_${table} WHERE tenant = ?`
const selectIntents = 'SELECT body FROM liaison_intents WHERE tenant = ? AND mailbox = ?'
const selectPending = 'SELECT id, body FROM liaison_pending WHERE tenant = ? AND mailbox = ?'
const selectDue = 'SELECT body FROM liaison_due WHERE tenant = ? AND mailbox = ?'
const removeIntent = 'DELETE FROM liaison_intents WHERE tenant = ? AND mailbox = ? AND key = ?'
const removePending = 'DELETE FROM liaison_pending WHERE tenant = ? AND mailbox = ? AND id = ?'
const removeDue = 'DELETE FROM liaison_due WHERE tenant = ? AND mailbox = ? AND key = ?'

const inEachMailbox = (
  db: Connection,
  tenant: string,
  table: 'intents' | 'pending' | 'due',
  forget: (mailbox: string) => Result<number>
): Result<number> => {
  const mailboxes = keysFrom(db.rows(selectMailboxes(table), tenant))
  if (mailboxes._tag === 'Left') return mailboxes
  let count = 0
  for (const mailbox of mailboxes.right) {
    const one = forget(mailbox)
    if (one._tag === 'Left') return one
    count += one.right
  }
  return ok(count)
}

const removed = <R>(rows: Result<ReadonlyArray<R>>, remove: (row: R) => number): Result<number> =>
  rows._tag === 'Left' ? rows : ok(rows.right.reduce((count, row) => count + remove(row), 0))

const claimsAtOnce = 500
const selectClaims = 'SELECT body FROM liaison_claims WHERE tenant = ? AND identity > ? ORDER BY identity LIMIT ?'
const removeClaim = 'DELETE FROM liaison_claims WHERE tenant = ? AND identity = ?'

/** A tenant has as many claims as it has ever made things: slice by slice. */
const forgetClaims = (db: Connection, tenant: string, test: ForgetTest): Result<number> => {
  let count = 0
  let after = ''
  for (;;) {
    const slice = claimsFrom(db.rows(selectClaims, tenant, after, claimsAtOnce))
    if (slice._tag === 'Left') return slice
    for (const { identity, id } of slice.right)
      if (test.claim(identity, id)) count += db.run(removeClaim, tenant, keyFromText(identity))
    const last = slice.right.at(-1)
    if (last === undefined || slice.right.length < claimsAtOnce) return ok(count)
    after = keyFromText(last.identity)
  }
}
