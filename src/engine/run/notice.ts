/**
 * Unlinked items that the mail feed names are nobody's business, but where something of them asks for a look: our
 * marker, which says that one is a copy or has moved (2.8); the category, by which a person asks for it, or which a
 * person has taken off (1.6); and messages, which are judged once (A8). They are read page by page; what asks for
 * nothing is forgotten at once.
 */
import type { DecisionRow, FormerLink, Found, ItemSnapshot, Kind, Link, RecordType, Ref } from '../../model/index.js'
import { byCodeUnits, limits } from '../../model/index.js'
import type { Detected, MailRow } from '../detect/join.js'
import { carries, categoryOf, takesCategories } from '../track/category.js'
import { ruleOf } from '../track/folder-rules.js'
import { tracks } from '../track/judge.js'
import { dateOf, messageOf } from '../track/message.js'
import type { Unit } from '../unit.js'
import { headsOf } from './heads.js'
import type { Opened } from './opened.js'
import { need, type Session, slices } from './session.js'

/** The units of this cycle with those that were noticed, in the order in which they are decided. */
export interface Noticed {
  readonly units: ReadonlyArray<Unit>
  /** How many of the unlinked items became units. */
  readonly taken: number
}

export const noticedUnits = async (
  session: Session,
  opened: Opened,
  { units, unlinked }: Detected,
  typeOf: (kind: Kind) => RecordType
): Promise<Noticed> => {
  const hasLinks = Object.values(opened.state.links).some((count) => count > 0)
  const worthALook = unlinked.filter(
    ({ kind }) => kind === 'email' || hasLinks || categoryOf(session.settings, kind) !== undefined
  )
  const seen: Array<Seen> = []
  for (const slice of slices(worthALook, limits.pageRowsMax)) {
    const looked = await lookAt(session, slice)
    seen.push(...looked.filter((one) => one.unreadable === true || isWorthIt(session, one)).map(slight))
  }
  const dated = await withDates(session, units)
  if (seen.length === 0) return { units: inOrder(dated), taken: 0 }
  const marked = seen.filter(({ item }) => item.marker?.tenant === session.tenant)
  const copies = new Set(marked.filter(({ decision }) => decision?.code === 'copied-item').map(({ item }) => item.ref))
  const originals = await originalsOf(session, marked)
  const moves = movesOf(marked, originals, copies)
  const own = new Set(units.flatMap((unit) => (unit.link === undefined ? (unit.item?.ref ?? []) : [])))
  const added = seen.filter(({ item }) => !own.has(item.ref))
  return {
    units: inOrder([
      ...withMoves(dated, moves, originals),
      ...added.map((one) => unitOf(session, one, typeOf(one.item.kind), copies.has(one.item.ref)))
    ]),
    taken: added.length
  }
}

/** An item with what is remembered of it. */
interface Seen {
  readonly item: Pick<ItemSnapshot, 'ref' | 'kind' | 'version' | 'marker' | 'folder' | 'categories'>
  readonly atMs: number | undefined
  readonly answers: boolean
  readonly formers: ReadonlyArray<FormerLink>
  readonly decision: DecisionRow | undefined
  /** A message that nobody can read: it is set aside with its reason, not passed over. */
  readonly unreadable?: true
}

const lookAt = async (session: Session, rows: ReadonlyArray<MailRow>): Promise<ReadonlyArray<Seen>> => {
  const { links, tenant, mailbox } = session
  if (rows.length === 0) return []
  const refs = rows.map(({ ref }) => ref)
  const formers = await need(session, 'links', 'formerOf', links.formerOf(tenant, 'item', refs, mailbox))
  const decisions = await need(session, 'links', 'decisionsOf', links.decisionsOf({ tenant, mailbox }, 'mail', refs))
  const decided = new Map(decisions.map((row) => [row.ref, row]))
  const remembered = new Map(rows.map(({ ref }) => [ref, formers.filter((former) => former.item === ref)]))
  const memoryOf = (ref: Ref): Pick<Seen, 'formers' | 'decision'> => ({
    formers: remembered.get(ref) ?? [],
    decision: decided.get(ref)
  })
  const open = rows.filter(({ ref, kind }) => kind !== 'email' || mayAsk(session, memoryOf(ref)))
  const { items, unreadable } = await readAll(session, open)
  return [
    ...items.map((item) => ({
      item,
      ...whenOf(item, session),
      ...memoryOf(item.ref)
    })),
    ...unreadable.map((item) => ({
      item,
      atMs: undefined,
      answers: false,
      ...memoryOf(item.ref),
      unreadable: true as const
    }))
  ]
}

/**
 * Of a listing, which names everything at every cycle, a message that is judged is not read again, where neither a
 * category nor a folder rule may ask for it now.
 */
const mayAsk = ({ mail, settings, facts }: Session, memory: Pick<Seen, 'formers' | 'decision'>): boolean =>
  mail.can.feed !== 'list' ||
  !isJudged(memory) ||
  (categoryOf(settings, 'email') !== undefined && takesCategories(mail.can, 'email')) ||
  (tracks(facts) && facts.folderRules.length > 0)

/** Messages as far as their heads, all else whole. */
const readAll = async (
  session: Session,
  rows: ReadonlyArray<MailRow>
): Promise<{ readonly items: ReadonlyArray<ItemSnapshot>; readonly unreadable: ReadonlyArray<MailRow> }> => {
  const refsOf = (isMessage: boolean): ReadonlyArray<Ref> =>
    rows.flatMap(({ ref, kind }) => ((kind === 'email') === isMessage ? [ref] : []))
  const found = [...(await messagesOf(session, refsOf(true))), ...(await itemsOf(session, refsOf(false)))]
  const broken = new Set(
    found.flatMap((one) => (one._tag === 'Unreadable' && one.why === 'malformed' ? [one.ref] : []))
  )
  return {
    items: found.flatMap((one) => (one._tag === 'Known' ? [one.snapshot] : [])),
    unreadable: rows.filter(({ ref, kind }) => kind === 'email' && broken.has(ref))
  }
}

/** When a message came, and whether it answers another. */
const whenOf = (item: ItemSnapshot, { facts }: Pick<Session, 'facts'>): Pick<Seen, 'atMs' | 'answers'> => {
  if (item.kind !== 'email') return { atMs: undefined, answers: false }
  const message = messageOf(item, facts.address)
  return { atMs: dateOf(message), answers: message.inReplyTo !== undefined }
}

const itemsOf = async (session: Session, refs: ReadonlyArray<Ref>): Promise<ReadonlyArray<Found<ItemSnapshot>>> =>
  refs.length === 0 ? [] : need(session, 'mail', 'read', session.mail.read(refs))

const messagesOf = async (session: Session, refs: ReadonlyArray<Ref>): Promise<ReadonlyArray<Found<ItemSnapshot>>> =>
  refs.length === 0 ? [] : need(session, 'mail', 'heads', headsOf(session, refs))

/** What is kept of it until it is decided: nothing that anybody has written. */
const slight = ({ item, ...rest }: Seen): Seen => {
  const { ref, kind, version, marker, folder, categories } = item
  return {
    ...rest,
    item: {
      ref,
      kind,
      ...(version === undefined ? {} : { version }),
      ...(marker === undefined ? {} : { marker }),
      ...(folder === undefined ? {} : { folder }),
      ...(categories === undefined ? {} : { categories })
    }
  }
}

const isWorthIt = (session: Session, seen: Seen): boolean => {
  const { item } = seen
  const isMessage = item.kind === 'email'
  if (item.folder === 'deleted' && !isMessage) return false
  if (item.marker?.tenant === session.tenant) return true
  const category = categoryOf(session.settings, item.kind)
  if (carries(item, category) || remembersCategory(seen) || waitsForIt(seen)) return true
  if (!isMessage) return false
  const isFiled = tracks(session.facts) && ruleOf(item.folder, session.facts.folderRules) !== undefined
  return isFiled || !isJudged(seen)
}

/** Row 6 to 12 are final, and so is the end of a link. */
const isJudged = ({ formers, decision }: Pick<Seen, 'formers' | 'decision'>): boolean =>
  formers.length > 0 || decision?.facts['judged'] === true

/** A category that counts for nothing while it is on: off and on again it will (1.6/2). */
const remembersCategory = ({ formers, decision }: Seen): boolean =>
  formers.some(({ categorised }) => categorised === true) || isDeclined(decision)

/** What the category asked for waits for an answer or an edit: taken off, nobody asks any more. */
const waitsForIt = ({ decision }: Seen): boolean =>
  decision?.code === 'duplicate-suspected' || decision?.code === 'invalid-item'

const isDeclined = (decision: DecisionRow | undefined): boolean =>
  decision?.code === 'duplicate-cancelled' && decision.facts['categorised'] === true

/** Messages that wait or are asked for are decided in the order of all others. */
const withDates = async (session: Session, units: ReadonlyArray<Unit>): Promise<ReadonlyArray<Unit>> => {
  const refs = units.flatMap((unit) => (isUndated(unit) ? (unit.item?.ref ?? []) : []))
  if (refs.length === 0) return units
  const heads = new Map<Ref, ItemSnapshot>()
  for (const slice of slices(refs, limits.pageRowsMax))
    for (const found of await messagesOf(session, slice))
      if (found._tag === 'Known') heads.set(found.snapshot.ref, found.snapshot)
  return units.map((unit) => {
    const item = isUndated(unit) ? heads.get(unit.item?.ref ?? '') : undefined
    if (item === undefined) return unit
    const { atMs, answers } = whenOf(item, session)
    const asks = carries(item, categoryOf(session.settings, item.kind))
    return {
      ...unit,
      ...(atMs === undefined ? {} : { atMs }),
      ...(asks ? { asks } : {}),
      ...(answers ? { answers } : {})
    }
  })
}

const isUndated = ({ kind, link, item }: Unit): boolean => kind === 'email' && link === undefined && item !== undefined

/**
 * Gestures first, the oldest first, messages of one moment by when they came; then everything else by key, and messages
 * by when they came (2.0, W2). Of messages of one instant those that somebody asks for go first, then those that answer
 * nothing.
 */
const inOrder = (units: ReadonlyArray<Unit>): ReadonlyArray<Unit> =>
  [...units].sort(
    (x, y) =>
      askedAt(x) - askedAt(y) ||
      Number(isUndated(x)) - Number(isUndated(y)) ||
      (x.atMs ?? 0) - (y.atMs ?? 0) ||
      Number(y.asks === true) - Number(x.asks === true) ||
      Number(x.answers === true) - Number(y.answers === true) ||
      firstGesture(x) - firstGesture(y) ||
      byCodeUnits(x.key, y.key)
  )

const askedAt = ({ gestures }: Unit): number => gestures[0]?.atMs ?? Number.MAX_SAFE_INTEGER

const firstGesture = ({ gestures }: Unit): number => gestures[0]?.id ?? Number.MAX_SAFE_INTEGER

/** Links of the records that the markers name, by record. */
const originalsOf = async (session: Session, marked: ReadonlyArray<Seen>): Promise<ReadonlyMap<Ref, Link>> => {
  const records = [...new Set(marked.flatMap(({ item }) => item.marker?.record ?? []))]
  const originals = new Map<Ref, Link>()
  for (const slice of slices(records, limits.pageRowsMax)) {
    const links = await need(
      session,
      'links',
      'linksOf',
      session.links.linksOf(session.tenant, 'record', slice, session.mailbox)
    )
    for (const link of links) originals.set(link.record, link)
  }
  return originals
}

/** By link: the new items that may be its item under another ref. */
const movesOf = (
  marked: ReadonlyArray<Seen>,
  originals: ReadonlyMap<Ref, Link>,
  known: ReadonlySet<Ref>
): ReadonlyMap<string, ReadonlyArray<Ref>> => {
  const moves = new Map<string, ReadonlyArray<Ref>>()
  for (const { item } of [...marked].sort((x, y) => byCodeUnits(x.item.ref, y.item.ref))) {
    const { ref, marker } = item
    const link = marker === undefined ? undefined : originals.get(marker.record)
    if (link === undefined || link.item === ref || known.has(ref)) continue
    moves.set(link.id, [...(moves.get(link.id) ?? []), ref])
  }
  return moves
}

/** A feed that tells of no deletions leaves the pair out: it is looked at all the same. */
const withMoves = (
  units: ReadonlyArray<Unit>,
  moves: ReadonlyMap<string, ReadonlyArray<Ref>>,
  originals: ReadonlyMap<Ref, Link>
): ReadonlyArray<Unit> => {
  const standing = new Set(units.map(({ key }) => key))
  const added = [...originals.values()].filter((link) => moves.has(link.id) && !standing.has(link.id)).map(unitOfLink)
  return [...units, ...added].map((unit) => {
    const candidates = moves.get(unit.key)
    return candidates === undefined ? unit : { ...unit, moves: candidates }
  })
}

const unitOfLink = (link: Link): Unit => ({
  key: link.id,
  kind: link.kind,
  type: link.type,
  link,
  item: { ref: link.item },
  record: { ref: link.record },
  gestures: [],
  candidate: false,
  touched: false
})

const unitOf = (session: Session, seen: Seen, type: RecordType, known: boolean): Unit => {
  const { item, atMs, answers, decision } = seen
  const { ref, kind, version } = item
  const asks = carries(item, categoryOf(session.settings, kind))
  return {
    key: `item ${ref}`,
    kind,
    type,
    item: { ref, ...(version === undefined ? {} : { version }) },
    gestures: [],
    candidate: false,
    noticed: true,
    ...(kind === 'email' && isJudged(seen) ? { judged: true } : {}),
    ...(isDeclined(decision) ? { declined: true } : {}),
    ...(asks ? { asks } : {}),
    ...(atMs === undefined ? {} : { atMs }),
    ...(answers ? { answers } : {}),
    ...(known ? { known } : {}),
    touched: true
  }
}
