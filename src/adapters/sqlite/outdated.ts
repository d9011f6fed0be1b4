/**
 * What goes from the tables because of its age, a bounded slice at a time. A decision about a thing that has a link
 * stays, and is not looked at again until it is written anew.
 */
import type { Outdated } from '../../engine/ports.js'
import type { Connection } from './connection.js'
import { rowsMax } from './connection.js'

const removeHistory = `
  DELETE FROM liaison_history WHERE rowid IN (
    SELECT rowid FROM liaison_history WHERE tenant = ? AND mailbox = ? AND at_ms < ? ORDER BY at_ms LIMIT ?)`
const removeConflicts = `
  DELETE FROM liaison_conflicts WHERE rowid IN (
    SELECT rowid FROM liaison_conflicts WHERE tenant = ? AND mailbox = ? AND at_ms < ? ORDER BY at_ms, rowid LIMIT ?)`

const isLinked = (alias: string): string => `
  EXISTS (
    SELECT 1 FROM liaison_links AS links
    WHERE ${alias}.side = 'mail' AND links.tenant = ${alias}.tenant AND links.item = ${alias}.ref
      AND links.mailbox = ${alias}.mailbox
    UNION ALL
    SELECT 1 FROM liaison_links AS links
    WHERE ${alias}.side = 'record' AND links.tenant = ${alias}.tenant AND links.record = ${alias}.ref
      AND links.mailbox = ${alias}.mailbox)`
const agedDecisions = `
  WHERE tenant = ? AND mailbox = ? AND (side, ref) IN (
    SELECT side, ref FROM liaison_decisions WHERE tenant = ? AND mailbox = ? AND kept_ms < ? ORDER BY kept_ms LIMIT ?)`
const removeDecisions = `
  DELETE FROM liaison_decisions ${agedDecisions} AND NOT ${isLinked('liaison_decisions')}`
/** The end of a link writes the decisions about both of its things anew. */
const keepDecisions = `UPDATE liaison_decisions SET kept_ms = 9e15 ${agedDecisions}`

export const removeOutdated = (
  db: Connection,
  at: readonly [tenant: string, mailbox: string],
  outdated: Outdated
): void => {
  const max = rowsMax(outdated.max)
  db.run(removeHistory, ...at, outdated.history, max)
  db.run(removeConflicts, ...at, outdated.conflicts, max)
  const removed = db.run(removeDecisions, ...at, ...at, outdated.decisions, max)
  if (removed < max) db.run(keepDecisions, ...at, ...at, outdated.decisions, max - removed)
}
