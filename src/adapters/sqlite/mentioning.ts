/** Who is to be forgotten with an address: the pairs of which a row holds a value that mentions it. */
import type { Result } from '../../model/index.js'
import { mentionTest, ok } from '../../model/index.js'
import type { Connection } from './connection.js'
import { type MentioningRow, mentioningFrom } from './links.codec.js'

type Pair = Omit<MentioningRow, 'at' | 'text'>

const rowsAtOnce = 500

const ofPairs = (table: 'links' | 'former'): string => `
  SELECT rowid AS at, mailbox, item, record, base AS text FROM liaison_${table}
  WHERE tenant = ? AND rowid > ? ORDER BY rowid LIMIT ?`
const ofHistory = `
  SELECT rowid AS at, mailbox, CASE side WHEN 'mail' THEN ref ELSE other END AS item,
    CASE side WHEN 'mail' THEN other ELSE ref END AS record, body AS text
  FROM liaison_history WHERE tenant = ? AND rowid > ? ORDER BY rowid LIMIT ?`

export const pairsMentioning = (
  db: Connection,
  tenant: string,
  address: string,
  max: number
): Result<ReadonlyArray<Pair>> => {
  const found = new Map<string, Pair>()
  const isIn = mentionIn(address)
  for (const sql of [ofPairs('links'), ofPairs('former'), ofHistory]) {
    for (let after = 0; found.size < max; ) {
      const slice = mentioningFrom(db.rows(sql, tenant, after, rowsAtOnce))
      if (slice._tag === 'Left') return slice
      for (const { mailbox, item, record, text } of slice.right) {
        if (found.size < max && isIn(text))
          found.set(JSON.stringify([mailbox, item, record]), { mailbox, item, record })
      }
      const last = slice.right.at(-1)
      if (last === undefined || slice.right.length < rowsAtOnce) break
      after = last.at
    }
  }
  return ok([...found.values()])
}

/** Few texts hold the letters of the address at all: only those are taken apart. */
const mentionIn = (address: string): ((text: string) => boolean) => {
  const mentions = mentionTest(address)
  const letters = JSON.stringify(address.toLowerCase()).slice(1, -1)
  return (text) => text.toLowerCase().includes(letters) && mentions(valuesIn(text))
}

/** What a history row says beside its values names no address. */
const valuesIn = (text: string): unknown => {
  try {
    const parsed: unknown = JSON.parse(text)
    const isRow = typeof parsed === 'object' && parsed !== null && 'changes' in parsed
    return isRow ? parsed.changes : parsed
  } catch {
    // A damaged row cannot be taken apart: it is judged as the text that it is.
    return text
  }
}
