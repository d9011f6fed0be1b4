/** What goes from the tables in memory because of its age. */
import type { InstantMs, MailboxKey } from '../../model/index.js'
import type { Outdated } from '../../engine/ports.js'
import type { Rows } from './rows.js'
import { rowsMax } from './tables.js'

export const removeOutdated = (rows: Rows, key: MailboxKey, outdated: Outdated): void => {
  const oldest = <R extends { readonly atMs: InstantMs }>(
    all: ReadonlyArray<R>,
    beforeMs: InstantMs
  ): ReadonlyArray<R> =>
    all
      .filter(({ atMs }) => atMs < beforeMs)
      .sort((x, y) => x.atMs - y.atMs)
      .slice(0, rowsMax(outdated.max))
  for (const row of oldest(rows.history.of(key), outdated.history)) rows.history.removeRow(key, row)
  for (const row of oldest(rows.conflicts.of(key), outdated.conflicts)) rows.conflicts.removeRow(key, row)
  const loose = rows.decisions.of(key).filter(({ side, ref }) => {
    const by = side === 'mail' ? 'item' : 'record'
    return rows.links.find(key.tenant, by, [ref], key.mailbox).length === 0
  })
  for (const row of oldest(loose, outdated.decisions)) rows.decisions.removeRow(key, row)
}
