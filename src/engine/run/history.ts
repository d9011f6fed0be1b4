/** What the engine wrote to one thing, and why: read from the link store, newest first, page by page. */
import type { HistoryRow, Ref, Side } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { explain, type Messages } from '../explain.js'
import { need, type Session } from './session.js'

/** One write of the engine to one thing. @public */
export interface HistoryEntry extends HistoryRow {
  /** Why, as a plain sentence. */
  readonly text: string
}

/** @public */
export interface HistoryPage {
  /** Newest first. */
  readonly entries: ReadonlyArray<HistoryEntry>
  /** Where the next page begins, for `before`; absent: there is none. */
  readonly next?: string
}

/** @public */
export interface HistoryOptions {
  /** The `next` of the page before. */
  readonly before?: string
  /** Entries of a page; 100, at most `limits.historyRowsMax`. */
  readonly max?: number
}

/** Entries of a page where the host does not say. */
const entriesMax = 100

export const historyOf = async (
  session: Session,
  side: Side,
  ref: Ref,
  { before, max }: HistoryOptions,
  messages: Messages
): Promise<HistoryPage> => {
  const wanted = max !== undefined && Number.isFinite(max) ? Math.trunc(max) : entriesMax
  const most = Math.min(Math.max(1, wanted), limits.historyRowsMax)
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const rows = await need(session, 'links', 'historyOf', session.links.historyOf(key, side, ref, before, most + 1))
  const entries = rows
    .slice(0, most)
    .map((row): HistoryEntry => ({ ...row, text: explain(row.code, row.facts, messages).text }))
  const last = rows.length > most ? entries.at(-1)?.key : undefined
  return { entries, ...(last === undefined ? {} : { next: last }) }
}
