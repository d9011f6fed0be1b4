/**
 * The two stores as the engine holds them: states and attachments among the fields on the way in, and out of them on
 * the way out. Types that know neither pass as they are.
 */
import type { Effect, Found, ItemSnapshot, Outcome, Page, RecordSnapshot, Result, Snapshot } from '../../model/index.js'
import { ok } from '../../model/index.js'
import { type ReadContent, withContents, withoutContents } from '../contents.js'
import type { MailStore, RecordStore } from '../ports.js'
import type { Settings } from '../settings.js'
import { effectFrom, showsState, viewOf } from '../view.js'

/** Both stores, each able to read the bytes of the other's attachments. */
export const viewed = (
  stores: { readonly mail: MailStore; readonly records: RecordStore },
  settings: Pick<Settings, 'mappings' | 'appointmentAttachments'>
): { readonly mail: MailStore; readonly records: RecordStore } => {
  const read: ReadContent = (side, ref, part) =>
    side === 'mail' ? stores.mail.content(ref, part) : stores.records.content(ref, part)
  return {
    mail: viewedMail(stores.mail, settings, read),
    records: viewedRecords(stores.records, settings, read)
  }
}

/** Files of messages stand among their fields where the message is written, never while it is looked at. */
const viewedMail = (
  store: MailStore,
  { appointmentAttachments }: Pick<Settings, 'appointmentAttachments'>,
  read: ReadContent
): MailStore => {
  const seen = (item: ItemSnapshot): ItemSnapshot =>
    appointmentAttachments && item.kind !== 'email' ? withContents('mail', item) : item
  const takes = store.can.takesContents === true
  return {
    ...store,
    changes: async (scope, cursor, max) => inPage(await store.changes(scope, cursor, max), seen),
    read: async (refs) => inFound(await store.read(refs), seen),
    write: async (effects) =>
      inOutcomes(await store.write(effects.map((effect) => withoutContents('mail', effect, takes, read))), seen)
  }
}

const viewedRecords = (
  store: RecordStore,
  { mappings, appointmentAttachments }: Pick<Settings, 'mappings' | 'appointmentAttachments'>,
  read: ReadContent
): RecordStore => {
  const states = new Set(Object.keys(mappings).filter((type) => showsState(mappings[type])))
  const takes = store.can.takesContents === true
  const seen = (record: RecordSnapshot): RecordSnapshot => {
    const attached = appointmentAttachments && record.type !== 'email' ? withContents('record', record) : record
    return states.has(record.type) ? viewOf(attached) : attached
  }
  const out = (effect: Effect): Effect => effectFrom(withoutContents('record', effect, takes, read))
  return {
    ...store,
    changes: async (scope, cursor, max) => inPage(await store.changes(scope, cursor, max), seen),
    read: async (type, refs, as) => inFound(await store.read(type, refs, as), seen),
    members: async (query, as, page) => inPage(await store.members(query, as, page), seen),
    write: async (effects, as) => inOutcomes(await store.write(effects.map(out), as), seen)
  }
}

const inPage = <S extends Snapshot>(page: Result<Page<S>>, seen: (snapshot: S) => S): Result<Page<S>> => {
  if (page._tag === 'Left') return page
  const rows = page.right.rows.map((row) =>
    row.snapshot === undefined ? row : { ...row, snapshot: seen(row.snapshot) }
  )
  return ok({ ...page.right, rows })
}

const inFound = <S extends Snapshot>(
  found: Result<ReadonlyArray<Found<S>>>,
  seen: (snapshot: S) => S
): Result<ReadonlyArray<Found<S>>> =>
  found._tag === 'Left'
    ? found
    : ok(found.right.map((one) => (one._tag === 'Known' ? { ...one, snapshot: seen(one.snapshot) } : one)))

const inOutcomes = <S extends Snapshot>(
  written: Result<ReadonlyArray<Outcome>>,
  seen: (snapshot: S) => S
): Result<ReadonlyArray<Outcome>> =>
  written._tag === 'Left'
    ? written
    : ok(
        written.right.map((one) =>
          one._tag === 'Done' && one.snapshot !== undefined ? { ...one, snapshot: seen(one.snapshot as S) } : one
        )
      )
