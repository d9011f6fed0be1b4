/**
 * Step 3: rows of both feeds, joined by link, become units. A side whose version is the link's is *same* without a
 * look; what no link, gesture or filter concerns becomes no unit at all, and is only counted.
 */
import type { Due, Gesture, InboxEntry, Kind, Link, Pending, RecordType, Ref, Version } from '../../model/index.js'
import { byCodeUnits } from '../../model/index.js'
import type { Unit, UnitSide } from '../unit.js'

/** A row of the mail feed as it was pulled. */
export interface MailRow {
  readonly ref: Ref
  readonly kind: Kind
  readonly version?: Version
  readonly gone?: boolean
}

/** A member that a full evaluation listed, or a record of a feed that is the mailbox's own. */
export interface RecordRow {
  readonly ref: Ref
  readonly type: RecordType
  readonly version?: Version
  readonly gone?: boolean
}

/** Everything that a cycle has pulled. */
export interface Pulled {
  readonly mail: ReadonlyArray<MailRow>
  /** The mail feed was listed in full. */
  readonly mailListed: boolean
  readonly inbox: ReadonlyArray<InboxEntry>
  readonly records: ReadonlyArray<RecordRow>
  /** Links whose item was missing from a full listing, or that an audit looks at: asked for by ref. */
  readonly asked: ReadonlyArray<Link>
  /** Links of filters that a full evaluation did not list. */
  readonly candidates: ReadonlyArray<Link>
  readonly gestures: ReadonlyArray<Pending>
  readonly due: ReadonlyArray<Due>
}

/** Links of the mailbox for the refs of `Pulled`, by item and by record. */
export interface Joined {
  readonly byItem: ReadonlyMap<Ref, Link>
  readonly byRecord: ReadonlyMap<Ref, Link>
}

/** What is looked at, and how many rows need no look. */
export interface Detected {
  readonly units: ReadonlyArray<Unit>
  /** Inbox rows that need no look: settled with the cycle. */
  readonly quiet: ReadonlyArray<InboxEntry>
  /** Linked, and both versions as the link has them: echoes among them. */
  readonly same: number
  /** Unlinked items that nobody asked to track. */
  readonly left: number
  /** They, as the feed named them: one may be a copy, or carry the category, or be what a record was made from once. */
  readonly unlinked: ReadonlyArray<MailRow>
}

/** Refs that must be joined with links before `detect`. */
export const refsOf = (
  pulled: Pulled
): { readonly items: ReadonlyArray<Ref>; readonly records: ReadonlyArray<Ref> } => ({
  items: [
    ...pulled.mail.map((row) => row.ref),
    ...pulled.gestures.flatMap(({ gesture }) => (isForUnit(gesture) ? [gesture.item] : [])),
    ...pulled.due.flatMap((due) => (due.item === undefined ? [] : [due.item]))
  ],
  records: [
    ...pulled.inbox.map((row) => row.ref),
    ...pulled.records.map((row) => row.ref),
    ...pulled.due.flatMap((due) => (due.record === undefined ? [] : [due.record]))
  ]
})

/** An approval is the plan's affair, a refused gesture nobody's: it is only noted. */
const isForUnit = (gesture: Gesture): gesture is Exclude<Gesture, { readonly _tag: 'Approve' | 'Refused' }> =>
  gesture._tag !== 'Approve' && gesture._tag !== 'Refused'

interface Draft {
  kind: Kind
  type: RecordType
  link?: Link
  item?: UnitSide
  record?: UnitSide
  gestures: Array<Pending>
  candidate: boolean
  due?: Due
  inbox?: InboxEntry
  /** A feed named the side in this cycle. */
  mailRow: boolean
  recordRow: boolean
  /** It is looked at even where both versions are the link's. */
  mustLook: boolean
}

/** `typeOf`: the record type that items of a kind become. */
export const detect = (
  pulled: Pulled,
  joined: Joined,
  typeOf: (kind: Kind) => RecordType,
  kindOf: (type: RecordType) => Kind
): Detected => {
  const drafts = new Map<string, Draft>()
  const draftFor = (key: string, link: Link | undefined, kind: Kind, type: RecordType): Draft => {
    const standing = drafts.get(key)
    if (standing !== undefined) return standing
    const draft: Draft = {
      kind,
      type,
      ...(link === undefined ? {} : { link, item: { ref: link.item }, record: { ref: link.record } }),
      gestures: [],
      candidate: false,
      mailRow: false,
      recordRow: false,
      mustLook: false
    }
    drafts.set(key, draft)
    return draft
  }
  const ofItem = (ref: Ref, kind: Kind): Draft => {
    const link = joined.byItem.get(ref)
    const draft = draftFor(link?.id ?? keyOf('item', ref), link, link?.kind ?? kind, link?.type ?? typeOf(kind))
    draft.item ??= { ref }
    return draft
  }
  const ofRecord = (ref: Ref, type: RecordType): Draft => {
    const link = joined.byRecord.get(ref)
    const draft = draftFor(link?.id ?? keyOf('record', type, ref), link, link?.kind ?? kindOf(type), link?.type ?? type)
    draft.record ??= { ref }
    return draft
  }

  for (const pending of pulled.gestures) {
    const { gesture } = pending
    if (!isForUnit(gesture)) continue
    const draft = ofItem(gesture.item, gesture.kind)
    draft.gestures.push(pending)
    draft.mustLook = true
  }
  for (const due of pulled.due) {
    // Of a pair that has ended the record is what may come again.
    const isOfItem = due.item !== undefined && (due.record === undefined || joined.byItem.has(due.item))
    const draft = isOfItem ? ofItem(due.item ?? '', due.kind) : ofRecord(due.record ?? '', due.type)
    draft.due = due
    draft.mustLook ||= !due.rests || due.wakesAtMs !== undefined
  }
  let left = 0
  const unlinked: Array<MailRow> = []
  for (const row of pulled.mail) {
    if (!joined.byItem.has(row.ref) && !drafts.has(keyOf('item', row.ref))) {
      left += row.gone === true ? 0 : 1
      if (row.gone !== true) unlinked.push(row)
      continue
    }
    const draft = ofItem(row.ref, row.kind)
    draft.item = sideOf(row)
    draft.mailRow = true
  }
  for (const row of pulled.records) {
    const draft = ofRecord(row.ref, row.type)
    draft.record = sideOf(row)
    draft.recordRow = true
    // A member that only a person tracked becomes one of the filter's too.
    draft.mustLook ||= draft.link?.origin === 'tracked'
  }
  for (const row of pulled.inbox) {
    const draft = ofRecord(row.ref, row.type)
    draft.record = sideOf(row)
    draft.recordRow = true
    draft.inbox = row
  }
  for (const link of pulled.asked) draftFor(link.id, link, link.kind, link.type).mustLook = true
  for (const link of pulled.candidates) {
    const draft = draftFor(link.id, link, link.kind, link.type)
    draft.candidate = true
    draft.mustLook = true
  }

  const units: Array<Unit> = []
  const quiet: Array<InboxEntry> = []
  for (const [key, draft] of drafts) {
    if (draft.mustLook || isTouched(draft)) units.push(unitOf(key, draft))
    else if (draft.inbox !== undefined) quiet.push(draft.inbox)
  }
  return { units: inOrder(units), quiet, same: drafts.size - units.length, left, unlinked }
}

/** Joined, not concatenated: engines keep the parts of a concatenation beside it, once for each unit of the cycle. */
const keyOf = (...parts: ReadonlyArray<string>): string => parts.join(' ')

const sideOf = (row: MailRow | RecordRow | InboxEntry): UnitSide => ({
  ref: row.ref,
  ...(row.version === undefined ? {} : { version: row.version }),
  ...(row.gone === true ? { gone: true } : {})
})

/** A row touches its pair unless the version is the one in the link; a store without versions always does. */
const isTouched = ({ link, item, record, mailRow, recordRow }: Draft): boolean => {
  if (link === undefined) return true
  const touches = (side: UnitSide | undefined, version: Version | undefined): boolean =>
    side !== undefined && (side.gone === true || side.version === undefined || side.version !== version)
  return (mailRow && touches(item, link.versions.mail)) || (recordRow && touches(record, link.versions.record))
}

/** Most units have none, and there may be many. */
const noGestures: ReadonlyArray<Pending> = []

const unitOf = (key: string, draft: Draft): Unit => ({
  key,
  kind: draft.kind,
  type: draft.type,
  ...(draft.link === undefined ? {} : { link: draft.link }),
  ...(draft.item === undefined ? {} : { item: draft.item }),
  ...(draft.record === undefined ? {} : { record: draft.record }),
  gestures: draft.gestures.length === 0 ? noGestures : draft.gestures,
  candidate: draft.candidate,
  ...(draft.due === undefined ? {} : { due: draft.due }),
  ...(draft.inbox === undefined ? {} : { inboxSeq: draft.inbox.seq }),
  touched: draft.mailRow || draft.recordRow
})

/** Gestures first, oldest first (2.0); then by key, so that no listing's order decides anything. */
const inOrder = (units: ReadonlyArray<Unit>): ReadonlyArray<Unit> =>
  [...units].sort((x, y) => firstGesture(x) - firstGesture(y) || byCodeUnits(x.key, y.key))

const firstGesture = (unit: Unit): number => unit.gestures[0]?.id ?? Number.MAX_SAFE_INTEGER
