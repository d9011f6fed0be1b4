/** A record store as the engine holds it: states among the fields on the way in, and out of them on the way out. */
import type { Answer, Found, Outcome, Page, RecordSnapshot, RecordType } from '../../model/index.js'
import { ok } from '../../model/index.js'
import type { RecordStore } from '../ports.js'
import type { Settings } from '../settings.js'
import { effectFrom, showsState, viewOf } from '../view.js'

export const viewed = (store: RecordStore, { mappings }: Pick<Settings, 'mappings'>): RecordStore => {
  const shown = new Set(Object.keys(mappings).filter((type) => showsState(mappings[type])))
  const isShown = (type: RecordType): boolean => shown.has(type)
  return {
    can: store.can,
    changes: async (scope, cursor, max) => {
      const page = await store.changes(scope, cursor, max)
      return isShown(scope) ? viewedPage(page) : page
    },
    read: async (type, refs, as) => {
      const found = await store.read(type, refs, as)
      return isShown(type) && found._tag === 'Right' ? ok(found.right.map(viewedFound)) : found
    },
    members: async (query, as, page) => {
      const found = await store.members(query, as, page)
      return isShown(query.type) ? viewedPage(found) : found
    },
    lookup: (keys) => store.lookup(keys),
    write: async (effects, as) => {
      const written = await store.write(effects.map(effectFrom), as)
      return written._tag === 'Right' ? ok(written.right.map((one) => viewedOutcome(one, isShown))) : written
    },
    content: (ref, part) => store.content(ref, part)
  }
}

const viewedPage = (page: Awaited<Answer<Page<RecordSnapshot>>>): Awaited<Answer<Page<RecordSnapshot>>> =>
  page._tag === 'Left'
    ? page
    : ok({
        ...page.right,
        rows: page.right.rows.map((row) =>
          row.snapshot === undefined ? row : { ...row, snapshot: viewOf(row.snapshot) }
        )
      })

const viewedFound = (found: Found<RecordSnapshot>): Found<RecordSnapshot> =>
  found._tag === 'Known' ? { ...found, snapshot: viewOf(found.snapshot) } : found

const viewedOutcome = (outcome: Outcome, isShown: (type: RecordType) => boolean): Outcome =>
  outcome._tag === 'Done' &&
  outcome.snapshot !== undefined &&
  'type' in outcome.snapshot &&
  isShown(outcome.snapshot.type)
    ? { ...outcome, snapshot: viewOf(outcome.snapshot) }
    : outcome
