/**
 * Unlinked items that the mail feed names are nobody's business, but for two marks: our marker, which says that one is
 * a copy or has moved (2.8), and the category, by which a person asks for it (1.6). They are read page by page; what
 * bears no mark is forgotten at once.
 */
import type { ItemSnapshot, Kind, Link, RecordType, Ref } from '../../model/index.js'
import { byCodeUnits, limits } from '../../model/index.js'
import type { Detected, MailRow } from '../detect/join.js'
import type { Unit } from '../unit.js'
import type { Opened } from './opened.js'
import { need, type Session, slices } from './session.js'

/** The units of this cycle, with those that a mark adds. */
export const noticedUnits = async (
  session: Session,
  opened: Opened,
  { units, unlinked }: Detected,
  typeOf: (kind: Kind) => RecordType
): Promise<ReadonlyArray<Unit>> => {
  const hasLinks = Object.values(opened.state.links).some((count) => count > 0)
  const worthALook = unlinked.filter(({ kind }) => hasLinks || isCategorised(session, kind))
  const marked: Array<ItemSnapshot> = []
  for (const slice of slices(worthALook, limits.pageRowsMax)) {
    marked.push(...(await readSlice(session, slice)).filter((item) => isMarked(session, item)))
  }
  if (marked.length === 0) return units
  const known = await knownCopies(session, marked)
  const originals = await originalsOf(session, marked)
  const moves = movesOf(marked, originals, known)
  return [
    ...withMoves(units, moves, originals),
    ...marked
      .filter(({ ref }) => !units.some((unit) => unit.item?.ref === ref))
      .map((item) => unitOf(item, typeOf(item.kind), known.has(item.ref)))
  ]
}

const isCategorised = ({ settings }: Session, kind: Kind): boolean => settings.category !== null && kind !== 'contact'

const readSlice = async (session: Session, rows: ReadonlyArray<MailRow>): Promise<ReadonlyArray<ItemSnapshot>> => {
  const found = await need(session, 'mail', 'read', session.mail.read(rows.map(({ ref }) => ref)))
  return found.flatMap((one) => (one._tag === 'Known' ? [one.snapshot] : []))
}

const isMarked = (session: Session, item: ItemSnapshot): boolean => {
  if (item.folder === 'deleted') return false
  const { category } = session.settings
  const isOurs = item.marker !== undefined && item.marker.tenant === session.tenant
  return (
    isOurs || (isCategorised(session, item.kind) && category !== null && item.categories?.includes(category) === true)
  )
}

/** Items that a cycle before has called copies: none of them takes the place of a deleted original. */
const knownCopies = async (session: Session, marked: ReadonlyArray<ItemSnapshot>): Promise<ReadonlySet<Ref>> => {
  const known = new Set<Ref>()
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const refs = marked.flatMap(({ ref, marker }) => (marker === undefined ? [] : [ref]))
  for (const slice of slices(refs, limits.pageRowsMax)) {
    const rows = await need(session, 'links', 'decisionsOf', session.links.decisionsOf(key, 'mail', slice))
    for (const { ref, code } of rows) if (code === 'copied-item') known.add(ref)
  }
  return known
}

/** Links of the records that the markers name, by record. */
const originalsOf = async (session: Session, marked: ReadonlyArray<ItemSnapshot>): Promise<ReadonlyMap<Ref, Link>> => {
  const records = [...new Set(marked.flatMap(({ marker }) => marker?.record ?? []))]
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
  marked: ReadonlyArray<ItemSnapshot>,
  originals: ReadonlyMap<Ref, Link>,
  known: ReadonlySet<Ref>
): ReadonlyMap<string, ReadonlyArray<Ref>> => {
  const moves = new Map<string, ReadonlyArray<Ref>>()
  for (const { ref, marker } of [...marked].sort((x, y) => byCodeUnits(x.ref, y.ref))) {
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

const unitOf = ({ ref, kind, version }: ItemSnapshot, type: RecordType, known: boolean): Unit => ({
  key: `item ${ref}`,
  kind,
  type,
  item: { ref, ...(version === undefined ? {} : { version }) },
  gestures: [],
  candidate: false,
  noticed: true,
  ...(known ? { known } : {}),
  touched: true
})
