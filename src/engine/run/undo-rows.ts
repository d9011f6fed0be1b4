/**
 * The writes of one cycle, by link. Keys alone are held; the rows with their values are read again, slice by slice,
 * for the batch that needs them.
 */
import type { HistoryRow, Kind, RecordType } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { type Undoing, undoingOf } from '../undo/asks.js'
import type { Unit } from '../unit.js'
import { need, type Session } from './session.js'

export interface UndoRows {
  readonly units: ReadonlyArray<Unit>
  /** The writes to each of these units, by the key of the unit. */
  readonly of: (units: ReadonlyArray<Unit>) => Promise<ReadonlyMap<string, Undoing>>
}

export const undoRowsOf = async (session: Session, cycle: string): Promise<UndoRows> => {
  const keys: Array<string> = []
  const places = new Map<string, { readonly kind: Kind; readonly type: RecordType; readonly at: Array<number> }>()
  for (;;) {
    const rows = await read(session, cycle, keys.at(-1), limits.historyRowsMax)
    for (const { key, link, kind, type } of rows) {
      const place = places.get(link)
      if (place === undefined) places.set(link, { kind, type, at: [keys.length] })
      else place.at.push(keys.length)
      keys.push(key)
    }
    if (rows.length < limits.historyRowsMax) break
  }
  const units = [...places].map(
    ([key, { kind, type }]): Unit => ({ key, kind, type, gestures: [], candidate: false, touched: false })
  )
  return {
    units,
    of: async (wanted) => {
      const at = wanted.flatMap(({ key }) => places.get(key)?.at ?? []).sort((x, y) => x - y)
      const byLink = new Map<string, Array<HistoryRow>>()
      for (const { from, count } of runsOf(at)) {
        for (const row of await read(session, cycle, keys[from - 1], count)) {
          byLink.set(row.link, [...(byLink.get(row.link) ?? []), row])
        }
      }
      return new Map(
        wanted.flatMap(({ key }) => {
          const rows = byLink.get(key)
          return rows === undefined ? [] : [[key, undoingOf(rows)] as const]
        })
      )
    }
  }
}

const read = (
  session: Session,
  cycle: string,
  after: string | undefined,
  max: number
): Promise<ReadonlyArray<HistoryRow>> =>
  need(
    session,
    'links',
    'historyIn',
    session.links.historyIn({ tenant: session.tenant, mailbox: session.mailbox }, cycle, after, max)
  )

/** Places that follow each other are read together. */
const runsOf = (at: ReadonlyArray<number>): ReadonlyArray<{ readonly from: number; readonly count: number }> => {
  const runs: Array<{ from: number; count: number }> = []
  for (const place of at) {
    const last = runs.at(-1)
    if (last !== undefined && last.from + last.count === place && last.count < limits.historyRowsMax) last.count += 1
    else runs.push({ from: place, count: 1 })
  }
  return runs
}
