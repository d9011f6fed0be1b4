/**
 * The change feed of records: one row per record, at the place of its last change. The cursor is the last place seen,
 * as text. A first listing fixes where the log ends before it lists and carries both (`position-end`): what changes
 * while it is paged moves behind that end and comes after it.
 */
import type { Cursor, Page, RecordSnapshot, RecordType, Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Connection } from './connection.js'
import type { LogRow } from './records.codec.js'
import { logRows } from './records.codec.js'
import { headOf } from './table.js'
import { keyFromText } from './text.js'

// A listing leaves tombstones out: nobody who starts from the beginning knows what was removed.
const selectChanges = `
  SELECT ref, seq, gone FROM liaison_records
  WHERE type = ? AND seq > ? AND seq <= ? AND gone <= ? ORDER BY seq LIMIT ?`

export const changesAfter = (
  db: Connection,
  scope: RecordType,
  cursor: Cursor | undefined,
  max: number
): Result<Page<RecordSnapshot>> => {
  const head = headOf(db)
  if (head._tag === 'Left') return head
  const stretch = stretchFrom(cursor, head.right)
  if (stretch === undefined) return fail({ _tag: 'CursorExpired', scope })
  const { after, end, isListing } = stretch
  const changes = logRows(db.rows(selectChanges, keyFromText(scope), after, end, isListing ? 0 : 1, max + 1))
  return changes._tag === 'Left' ? changes : ok(pageOf(changes.right, stretch, head.right, max))
}

/** The part of the log that is still to be told. */
interface Stretch {
  readonly after: number
  readonly end: number
  readonly isListing: boolean
}

const cursorForm = /^(0|[1-9]\d{0,15})(?:-(0|[1-9]\d{0,15}))?$/

/** Nothing where the cursor is none of ours, or lies beyond the log: a database was replaced by an older one. */
const stretchFrom = (cursor: Cursor | undefined, head: number): Stretch | undefined => {
  if (cursor === undefined) return { after: 0, end: head, isListing: true }
  const form = cursorForm.exec(cursor)
  if (form === null) return undefined
  const after = Number(form[1])
  const isListing = form[2] !== undefined
  const end = isListing ? Number(form[2]) : head
  return after <= end && end <= head ? { after, end, isListing } : undefined
}

const pageOf = (
  changes: ReadonlyArray<LogRow>,
  { end, isListing }: Stretch,
  head: number,
  max: number
): Page<RecordSnapshot> => {
  const slice = changes.slice(0, max)
  const rows = slice.map(({ change }) => change)
  const last = slice.at(-1)
  if (changes.length <= max || last === undefined) return { rows, cursor: String(end), more: end < head }
  return { rows, cursor: isListing ? `${last.seq}-${end}` : String(last.seq), more: true }
}
