/**
 * The record feed is the organisation's: a cursor belongs to tenant and type. It is read once, under a lease of its
 * own, and each row goes to the inbox of every mailbox that it concerns: by link, by former link, by filter.
 */
import { atAnyTime } from '../../filters/asked.js'
import { compile, unionOf } from '../../filters/index.js'
import type { Filter, InboxRow, RecordSnapshot, RecordType, Ref } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { Lease } from '../ports.js'
import { senderOf, sendRequestOf } from '../send/request.js'
import { documents } from '../state.js'
import { commitTo } from './commit.js'
import { filterContextOf, filtersOf, judgingOf } from './filters.js'
import { type Audience, need, oncemore, type Session, Stopped } from './session.js'

/** What the tenant's feed of one type says of itself: where it stands, and how often it had to start anew. */
interface FeedState {
  readonly cursor?: string
  readonly epoch: number
  /** The last full listing answered nothing at all. */
  readonly empty?: boolean
}

/** Where the feed stands after reading it; `own`: rows for this mailbox that a plan keeps to itself. */
export interface Distributed extends FeedState {
  readonly own: ReadonlyArray<InboxRow>
}

const feedState = async (session: Session, type: RecordType): Promise<FeedState> => {
  const document = await need(session, 'links', 'state', session.links.state(session.tenant, documents.feed(type)))
  const cursor = document?.['cursor']
  const epoch = document?.['epoch']
  return {
    ...(typeof cursor === 'string' ? { cursor } : {}),
    epoch: typeof epoch === 'number' ? epoch : 0,
    ...(document?.['empty'] === true ? { empty: true } : {})
  }
}

/**
 * Reads the feed of a type to its end and distributes it. Where somebody else is at it, another machine or another
 * mailbox of this one, this mailbox takes what its inbox holds by now. `mapped`: records of the type are linked
 * themselves; of the others a change touches links that show their names.
 */
export const distribute = async (
  session: Session,
  type: RecordType,
  mapped: boolean,
  writes: boolean
): Promise<Distributed> => {
  if (!writes) return drain(session, undefined, type, mapped, await feedState(session, type))
  const { atWork } = session
  const isAtWork = atWork.feeds.has(type)
  if (isAtWork) atWork.turns += 1
  atWork.feeds.add(type)
  try {
    return await distributeAs(session, isAtWork ? `${session.holder} ${atWork.turns}` : session.holder, type, mapped)
  } finally {
    if (!isAtWork) atWork.feeds.delete(type)
  }
}

const distributeAs = async (
  session: Session,
  holder: string,
  type: RecordType,
  mapped: boolean
): Promise<Distributed> => {
  const answer = await need(
    session,
    'links',
    'lease',
    session.links.lease(session.tenant, documents.feed(type), holder, limits.leaseTtlMs)
  )
  if (answer._tag === 'Busy') return { ...(await feedState(session, type)), own: [] }
  const state = await feedState(session, type)
  try {
    return await drain(session, answer.lease, type, mapped, state)
  } finally {
    await session.links.release(answer.lease)
  }
}

/** Without a lease nothing is stored: a plan only looks. */
const drain = async (
  session: Session,
  lease: Lease | undefined,
  type: RecordType,
  mapped: boolean,
  start: FeedState
): Promise<Distributed> => {
  const own: Array<InboxRow> = []
  const lists = session.records.can.feed === 'list'
  let cursor = lists ? undefined : start.cursor
  let epoch = start.epoch
  let rows = 0
  let isFull = cursor === undefined
  for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
    session.calls['record.changes'] = (session.calls['record.changes'] ?? 0) + 1
    const place = cursor
    const page = await oncemore(() => session.records.changes(type, place, limits.pageRowsMax))
    if (
      page._tag === 'Left' &&
      (page.left._tag === 'CursorExpired' || page.left._tag === 'Gone') &&
      cursor !== undefined
    ) {
      cursor = undefined
      isFull = true
      rows = 0
      epoch += 1
      continue
    }
    if (page._tag === 'Left') throw new Stopped({ error: page.left, side: 'record' })
    const { right } = page
    rows += right.rows.length
    // Before anybody's first cycle nobody waits for a row: each mailbox will evaluate its filters in full.
    const isFirst = isFull && !lists && start.cursor === undefined && epoch === 0
    const inbox = await concerned(session, type, right.rows, mapped, !isFirst)
    const unchanged = right.cursor === cursor && inbox.length === 0
    cursor = right.cursor
    if (lease === undefined) {
      own.push(...inbox.filter((row) => row.mailbox === session.mailbox))
    } else if (!unchanged) {
      const document = {
        cursor: lists && !right.more ? undefined : cursor,
        epoch,
        ...(isFull && rows === 0 ? { empty: true } : {})
      }
      await commitTo(session, {
        lease,
        mailbox: session.mailbox,
        inbox,
        state: [{ name: documents.feed(type), document }]
      })
    }
    if (!right.more) break
  }
  return { ...(cursor === undefined ? {} : { cursor }), epoch, ...(isFull && rows === 0 ? { empty: true } : {}), own }
}

interface FeedRow {
  readonly ref: Ref
  readonly version?: string
  readonly gone?: boolean
  readonly snapshot?: RecordSnapshot
}

/** The inbox rows of one page. */
const concerned = async (
  session: Session,
  type: RecordType,
  rows: ReadonlyArray<FeedRow>,
  mapped: boolean,
  judges: boolean
): Promise<ReadonlyArray<InboxRow>> => {
  if (rows.length === 0) return []
  const refs = rows.map((row) => row.ref)
  const inbox = new Map<string, InboxRow>()
  const add = (row: InboxRow): void => {
    inbox.set(`${row.mailbox} ${row.type} ${row.ref}`, row)
  }
  const related = await need(session, 'links', 'linksOf', session.links.linksOf(session.tenant, 'related', refs))
  for (const link of related) add({ mailbox: link.mailbox, type: link.type, ref: link.record })
  if (!mapped) return [...inbox.values()]
  const byRef = new Map(rows.map((row) => [row.ref, row]))
  const links = await need(session, 'links', 'linksOf', session.links.linksOf(session.tenant, 'record', refs))
  for (const link of links) {
    const row = byRef.get(link.record)
    const isEcho = row?.version !== undefined && row.gone !== true && row.version === link.versions.record
    if (row !== undefined && !isEcho) add(inboxRow(link.mailbox, type, row))
  }
  const formers = await need(session, 'links', 'formerOf', session.links.formerOf(session.tenant, 'record', refs))
  for (const former of formers) {
    const row = byRef.get(former.record)
    if (row !== undefined) add(inboxRow(former.mailbox, type, row))
  }
  if (session.settings.mappings[type]?.kind === 'email') {
    for (const row of await toBeSent(session, type, rows)) add(row)
    return [...inbox.values()]
  }
  if (!judges) return [...inbox.values()]
  const linked = new Set(links.map((link) => `${link.mailbox} ${link.record}`))
  for (const row of await judged(session, type, rows, linked)) add(row)
  return [...inbox.values()]
}

const inboxRow = (mailbox: string, type: RecordType, row: FeedRow): InboxRow => ({
  mailbox,
  type,
  ref: row.ref,
  ...(row.version === undefined ? {} : { version: row.version }),
  ...(row.gone === true ? { gone: true } : {})
})

/** Messages that wait to be sent concern the mailbox of who sends them (O1). */
const toBeSent = async (
  session: Session,
  type: RecordType,
  rows: ReadonlyArray<FeedRow>
): Promise<ReadonlyArray<InboxRow>> => {
  const snapshots = await snapshotsOf(session, type, rows)
  const waiting = rows.flatMap((row) => {
    const snapshot = snapshots.get(row.ref)
    return snapshot === undefined || sendRequestOf(snapshot) === undefined ? [] : [{ row, sender: senderOf(snapshot) }]
  })
  if (waiting.length === 0) return []
  const { directory } = session
  const named = await need(session, 'links', 'users', directory.users(waiting.map(({ sender }) => sender)))
  const users = waiting.map(({ sender }, index) => named[index] ?? sender)
  const mailboxes = await need(session, 'links', 'mailboxesOf', directory.mailboxesOf(users))
  return waiting.flatMap(({ row }, index) => {
    const mailbox = mailboxes[index]
    return mailbox === undefined ? [] : [inboxRow(mailbox, type, row)]
  })
}

/** The records of a page: those that the feed shows for nothing, and the others read. */
const snapshotsOf = async (
  session: Session,
  type: RecordType,
  rows: ReadonlyArray<FeedRow>
): Promise<ReadonlyMap<Ref, RecordSnapshot>> => {
  const present = rows.filter((row) => row.gone !== true)
  const snapshots = new Map(
    present.flatMap((row) => (row.snapshot === undefined ? [] : [[row.ref, row.snapshot] as const]))
  )
  const missing = present.filter((row) => row.snapshot === undefined).map((row) => row.ref)
  if (missing.length === 0) return snapshots
  const read = await need(session, 'record', 'read', session.records.read(type, missing, { _tag: 'Engine' }))
  for (const found of read) if (found._tag === 'Known') snapshots.set(found.snapshot.ref, found.snapshot)
  return snapshots
}

/** Mailboxes whose filters hold a row that they have no link to yet. Each record is read once, for all of them. */
const judged = async (
  session: Session,
  type: RecordType,
  rows: ReadonlyArray<FeedRow>,
  linked: ReadonlySet<string>
): Promise<ReadonlyArray<InboxRow>> => {
  const present = rows.filter((row) => row.gone !== true)
  const audience = (await session.audience()).filter(({ facts }) => filtersOf(facts, type, session).length > 0)
  if (present.length === 0 || audience.length === 0) return []
  const snapshots = await snapshotsOf(session, type, rows)
  const judges = judgesOf(session, type, audience)
  return present.flatMap((row) => {
    const snapshot = snapshots.get(row.ref)
    if (snapshot === undefined) return []
    return judges
      .for(snapshot)
      .filter(({ mailbox, holds }) => !linked.has(`${mailbox} ${row.ref}`) && holds(snapshot))
      .map(({ mailbox }) => inboxRow(mailbox, type, row))
  })
}

interface Judge {
  readonly mailbox: string
  readonly holds: (record: RecordSnapshot) => boolean
}

/** Filters that can only hold a user's own records are asked for that user's records alone. */
const judgesOf = (
  session: Session,
  type: RecordType,
  audience: ReadonlyArray<Audience>
): { readonly for: (record: RecordSnapshot) => ReadonlyArray<Judge> } => {
  const byOwner = new Map<string, Array<Judge>>()
  const open: Array<Judge> = []
  const judging = judgingOf(session, type)
  for (const { mailbox, facts, access } of audience) {
    const filter = unionOf(filtersOf(facts, type, session))
    // The mailbox will judge at its own cycle, when it is later: nobody may be left out for being early.
    const judge = {
      mailbox,
      holds: compile(atAnyTime(filter, judging), filterContextOf(facts, access, session.clock()), judging)
    }
    if (!ownedOnly(filter)) open.push(judge)
    else byOwner.set(facts.user, [...(byOwner.get(facts.user) ?? []), judge])
  }
  return { for: (record) => [...(byOwner.get(record.owner ?? '') ?? []), ...open] }
}

const ownedOnly = (filter: Filter): boolean =>
  'and' in filter
    ? filter.and.some(ownedOnly)
    : 'field' in filter && filter.field === 'owner' && filter.op === 'eq-userid'
