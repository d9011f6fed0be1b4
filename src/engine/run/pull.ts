/**
 * Step 2: refs and versions of everything that changed on both sides, and what else a cycle must look at: gestures
 * that wait, what is due again, members and leavers. No thing is read here.
 */
import type { Gesture, InboxEntry, InboxRow, InstantMs, Kind, Link, RecordType, Ref } from '../../model/index.js'
import { digestOf, limits } from '../../model/index.js'
import type { Membership } from '../decide/context.js'
import { isMeeting } from '../decide/kind/meeting.js'
import type { MailRow, Pulled, RecordRow } from '../detect/join.js'
import { can } from '../methods.js'
import { kindOf } from '../settings.js'
import { type MailboxState, partOf, type WorkloadState } from '../state.js'
import { tracks } from '../track/judge.js'
import { type Distributed, distribute } from './feed.js'
import { type Workload, workloadOf } from '../workload.js'
import { evaluateType } from './members.js'
import { need, oncemore, type Session, Stopped } from './session.js'

/** Which kinds go with which types in this cycle. */
export interface Pairing {
  readonly kind: Kind
  readonly type: RecordType
  /** Types whose records' names items of this type show. */
  readonly showsNames: boolean
}

/** What was pulled, and what the cycle will store of it when all of it is settled. */
export interface Pull {
  readonly pulled: Pulled
  readonly memberships: ReadonlyMap<RecordType, Membership>
  readonly cursors: { readonly [scope: string]: string }
  readonly epochs: { readonly [type: string]: number }
  readonly nextMemberships: MailboxState['memberships']
  /** By workload. */
  readonly audits: ReadonlyMap<Workload, AuditPlace>
  /** A limit was met: more waits on the mail side, or among what is looked at again. */
  readonly truncated: boolean
  /** A cursor had expired: both sides were compared in full. */
  readonly reset: boolean
  readonly emptySides: ReadonlyArray<'mail' | 'record'>
}

/** What a cycle goes by when it pulls. */
interface PullFrom {
  readonly state: MailboxState
  readonly pairings: ReadonlyArray<Pairing>
  /** Of everything that the mailbox is used for. */
  readonly rules: ReadonlyMap<RecordType, unknown>
  readonly workloads: ReadonlyArray<Workload>
  readonly startedAtMs: InstantMs
}

export const pull = async (
  session: Session,
  { state, pairings, rules, workloads, startedAtMs: nowMs }: PullFrom,
  writes: boolean
): Promise<Pull> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const isOurs = (kind: Kind): boolean => workloads.includes(workloadOf(kind))
  const pending = await need(session, 'links', 'pending', session.links.pending(key, limits.pendingMax))
  const gestures = pending.filter(
    ({ gesture }) => !('kind' in gesture) || (isOurs(gesture.kind) && !waits(session, gesture.kind, gesture._tag))
  )
  const rows = await need(session, 'links', 'due', session.links.due(key, limits.dueMax, nowMs))
  const due = rows.filter(({ kind, item }) => isOurs(kind) && (item === undefined || !waits(session, kind)))
  if (rules.size === 0)
    await need(session, 'mail', 'changes', session.mail.changes(session.mail.can.kinds[0] ?? 'email', undefined, 1))
  const mail = await pullMail(session, state, pairings)
  const feeds = await pullRecords(session, pairings, writes)
  const inbox = [...(await wholeInbox(session)), ...feeds.own.map((row) => ({ ...row, seq: 0 }))].filter(({ type }) =>
    isOurs(kindOf(session.settings, type))
  )
  const evaluations = await evaluate(session, state, pairings, nowMs)
  const compare = pairings.filter(
    ({ kind, type }) =>
      (state.epochs[type] ?? 0) !== (feeds.get(type)?.epoch ?? 0) && partOf(state, workloadOf(kind)).last !== undefined
  )
  // Links that are there before a mailbox's first cycle: e-mail has no filter whose evaluation would miss their records.
  const isFirst = partOf(state, 'email').last === undefined
  const unevaluated = isFirst ? pairings.filter(({ kind }) => kind === 'email') : []
  const meetings = [
    ...(workloads.includes('act') ? await meetingsReleased(session, state) : []),
    ...(workloads.includes('email') ? await filedAnew(session, state) : [])
  ]
  const asked = [
    ...mail.missing,
    ...meetings,
    ...(await linksOfTypes(
      session,
      [...compare, ...unevaluated].map(({ type }) => type)
    ))
  ]
  const audit = await auditSlices(session, state, workloads, nowMs)
  return {
    pulled: {
      mail: mail.rows,
      mailListed: mail.listed,
      inbox,
      records: evaluations.entering,
      asked: [...asked, ...audit.links],
      candidates: evaluations.candidates,
      gestures,
      due
    },
    memberships: evaluations.memberships,
    cursors: mail.cursors,
    epochs: Object.fromEntries(pairings.map(({ type }) => [type, feeds.get(type)?.epoch ?? 0])),
    nextMemberships: evaluations.next,
    audits: audit.places,
    truncated: mail.truncated || rows.length >= limits.dueMax || pending.length >= limits.pendingMax,
    reset: mail.reset || compare.length > 0,
    emptySides: [...(mail.empty ? (['mail'] as const) : []), ...(feeds.empty ? (['record'] as const) : [])]
  }
}

/**
 * What was asked for or is to be tried again waits while its direction is switched off (A12, 4.4/2). To end a tracking
 * nothing of a message comes in.
 */
const waits = ({ facts: { enabled } }: Pick<Session, 'facts'>, kind: Kind, tag?: Gesture['_tag']): boolean => {
  if (tag === 'Refused') return false
  return kind === 'email' ? !enabled.incoming && tag !== 'Untrack' : !enabled.act
}

interface MailPull {
  readonly rows: ReadonlyArray<MailRow>
  readonly cursors: { readonly [scope: string]: string }
  /** Links whose item was missing from a full listing. */
  readonly missing: ReadonlyArray<Link>
  readonly reset: boolean
  readonly listed: boolean
  readonly empty: boolean
  readonly truncated: boolean
}

const pullMail = async (session: Session, state: MailboxState, pairings: ReadonlyArray<Pairing>): Promise<MailPull> => {
  const rows: Array<MailRow> = []
  const cursors: { [scope: string]: string } = {}
  const missing: Array<Link> = []
  let reset = false
  let listed = false
  let truncated = false
  for (const kind of new Set(pairings.map((pairing) => pairing.kind))) {
    // A12: where nothing comes in, nothing is read; what arrives meanwhile is judged when it does again.
    if (kind === 'email' && !session.facts.enabled.incoming) continue
    const anew = session.mail.can.feed === 'list' || isAskedAnew(session, partOf(state, workloadOf(kind)))
    const feed = await pullKind(session, kind, anew ? undefined : state.cursors[kind])
    rows.push(...feed.rows)
    truncated ||= feed.more
    if (feed.cursor !== undefined) cursors[kind] = feed.cursor
    reset ||= feed.reset
    listed ||= feed.full
    // A first listing has nothing to be missing from, unless links were there before it.
    if (feed.full) missing.push(...(await missingFrom(session, kind, new Set(feed.rows.map((row) => row.ref)))))
  }
  return { rows, cursors, missing, reset, listed, empty: listed && rows.length === 0, truncated }
}

const pullKind = async (
  session: Session,
  kind: Kind,
  from: string | undefined
): Promise<{
  readonly rows: ReadonlyArray<MailRow>
  readonly cursor?: string
  readonly reset: boolean
  readonly full: boolean
  readonly more: boolean
}> => {
  const rows = new Map<Ref, MailRow>()
  let cursor = from
  let more = false
  let reset = false
  let full = from === undefined
  for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
    session.calls['mail.changes'] = (session.calls['mail.changes'] ?? 0) + 1
    const place = cursor
    const page = await oncemore(() => session.mail.changes(kind, place, limits.pageRowsMax))
    if (page._tag === 'Left') {
      // An expired cursor, and a place that is gone, both mean: list in full, in this cycle (2.4/22a).
      if ((page.left._tag !== 'CursorExpired' && page.left._tag !== 'Gone') || reset)
        throw new Stopped({ error: page.left, side: 'mail' })
      cursor = undefined
      reset = true
      full = true
      rows.clear()
      continue
    }
    for (const row of page.right.rows) {
      rows.set(row.ref, {
        ref: row.ref,
        kind,
        ...(row.version === undefined ? {} : { version: row.version }),
        ...(row.gone === true ? { gone: true } : {})
      })
    }
    cursor = page.right.cursor
    session.onProgress({ mailbox: session.mailbox, stage: 'pull', done: rows.size, total: rows.size })
    more = page.right.more
    if (!more) break
  }
  const keeps = session.mail.can.feed !== 'list' && cursor !== undefined
  return { rows: [...rows.values()], ...(keeps && cursor !== undefined ? { cursor } : {}), reset, full, more }
}

/** Absence from a listing is a reason to ask, never evidence. */
const missingFrom = async (session: Session, kind: Kind, listed: ReadonlySet<Ref>): Promise<ReadonlyArray<Link>> =>
  walkLinks(session, (link) => link.kind === kind && !listed.has(link.item))

const linksOfTypes = async (session: Session, types: ReadonlyArray<RecordType>): Promise<ReadonlyArray<Link>> =>
  types.length === 0 ? [] : walkLinks(session, (link) => types.includes(link.type))

const walkLinks = async (session: Session, wanted: (link: Link) => boolean): Promise<ReadonlyArray<Link>> => {
  const found: Array<Link> = []
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  let after: string | undefined
  for (;;) {
    const links = await need(session, 'links', 'walk', session.links.walk(key, after, limits.walkMax))
    found.push(...links.filter(wanted))
    if (links.length < limits.walkMax) return found
    after = links.at(-1)?.id
  }
}

/** Settings that hold back what is due to meetings (4.4/14). */
export const meetingsUnder = ({ settings }: Pick<Session, 'settings'>): string =>
  `updatePastMeetings ${settings.updatePastMeetings}, invitations ${settings.invitations}`

/** What folder rules and the category ask by: where it changes, what lies there already is asked about once. */
export const asksUnder = ({ settings, facts }: Pick<Session, 'settings' | 'facts'>): string =>
  digestOf([
    can(facts.method, 'category') ? settings.category : null,
    settings.privateItems,
    tracks(facts) ? facts.folderRules : [],
    facts.startAtMs ?? null
  ])

/** F6, 6/2: then the mail feed is listed from its beginning. Before the first cycle nothing has been asked. */
const isAskedAnew = (session: Session, { asksUnder: before }: Pick<WorkloadState, 'asksUnder'>): boolean =>
  before !== undefined && before !== asksUnder(session)

/** F6: another regarding reaches the messages that are linked already. */
const filedAnew = async (session: Session, state: MailboxState): Promise<ReadonlyArray<Link>> =>
  isAskedAnew(session, partOf(state, 'email')) && (state.links['email'] ?? 0) > 0
    ? linksOfTypes(session, ['email'])
    : []

/** What was held back flows once they change: the links of meetings are walked once, and no row is kept for each. */
const meetingsReleased = async (session: Session, state: MailboxState): Promise<ReadonlyArray<Link>> => {
  if (state.meetingsUnder === undefined || state.meetingsUnder === meetingsUnder(session)) return []
  const { mappings } = session.settings
  const types = Object.keys(mappings).filter((type) => isMeeting(mappings[type]?.behavesLike ?? ''))
  return linksOfTypes(
    session,
    types.filter((type) => (state.links[type] ?? 0) > 0)
  )
}

/** Where the rolling audit of a workload goes on, and when it last looked. */
interface AuditPlace {
  readonly after: string | undefined
  readonly atMs: InstantMs
}

interface Audit {
  readonly links: ReadonlyArray<Link>
  readonly places: ReadonlyMap<Workload, AuditPlace>
}

/**
 * A slice of the links, in turn: at every cycle where a side does not tell of deletions, else now and then. It finds
 * what no feed shows, such as access that was lost or a change that a store's trigger has missed. Workloads that stand
 * at the same place share one slice.
 */
const auditSlices = async (
  session: Session,
  state: MailboxState,
  workloads: ReadonlyArray<Workload>,
  nowMs: InstantMs
): Promise<Audit> => {
  const mailTells = session.mail.can.deletionsInFeed || session.mail.can.feed === 'list'
  const tells = mailTells && session.records.can.deletionsInFeed
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  const slicesAfter = new Map<string | undefined, ReadonlyArray<Link>>()
  const found: Array<Link> = []
  const places = new Map<Workload, AuditPlace>()
  for (const workload of workloads) {
    const { auditAfter: after, auditedAtMs = nowMs } = partOf(state, workload)
    if (tells && nowMs - auditedAtMs < limits.auditEveryMs) {
      places.set(workload, { after, atMs: auditedAtMs })
      continue
    }
    const links =
      slicesAfter.get(after) ?? (await need(session, 'links', 'walk', session.links.walk(key, after, limits.walkMax)))
    slicesAfter.set(after, links)
    found.push(...links.filter(({ kind }) => workloadOf(kind) === workload))
    places.set(workload, { after: links.length < limits.walkMax ? undefined : links.at(-1)?.id, atMs: nowMs })
  }
  return { links: found, places }
}

/** The tenant's feeds of all mapped types, and of those whose names are shown. */
const pullRecords = async (
  session: Session,
  pairings: ReadonlyArray<Pairing>,
  writes: boolean
): Promise<{
  readonly get: (type: RecordType) => { readonly epoch: number } | undefined
  readonly empty: boolean
  readonly own: ReadonlyArray<InboxRow>
}> => {
  const mapped = pairings.map(({ type }) => type)
  const shown = pairings.some((pairing) => pairing.showsNames) ? session.records.can.types : []
  const states = new Map<RecordType, Distributed>()
  for (const type of new Set([...mapped, ...shown])) {
    if (!session.records.can.types.includes(type)) continue
    // A feed that is read goes on for everybody, whatever this cycle is about: its rows reach whom they concern.
    states.set(type, await distribute(session, type, Object.hasOwn(session.settings.mappings, type), writes))
  }
  return {
    get: (type) => states.get(type),
    empty: mapped.some((type) => states.get(type)?.empty === true),
    own: [...states.values()].flatMap((state) => state.own)
  }
}

const wholeInbox = async (session: Session): Promise<ReadonlyArray<InboxEntry>> => {
  const rows: Array<InboxEntry> = []
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  let after = 0
  for (;;) {
    const page = await need(session, 'links', 'inbox', session.links.inbox(key, after, limits.pageRowsMax))
    rows.push(...page)
    if (page.length < limits.pageRowsMax) return rows
    after = page.at(-1)?.seq ?? after
  }
}

const evaluate = async (
  session: Session,
  state: MailboxState,
  pairings: ReadonlyArray<Pairing>,
  nowMs: number
): Promise<{
  readonly memberships: ReadonlyMap<RecordType, Membership>
  readonly entering: ReadonlyArray<RecordRow>
  readonly candidates: ReadonlyArray<Link>
  readonly next: MailboxState['memberships']
}> => {
  const memberships = new Map<RecordType, Membership>()
  const entering: Array<RecordRow> = []
  const candidates: Array<Link> = []
  const next: { [type: string]: MailboxState['memberships'][string] } = {}
  for (const { type, kind } of pairings) {
    // E-mail is in nobody's filter (3.2): it comes from the mailbox alone.
    if (kind === 'email') continue
    const evaluation = await evaluateType(session, type, state, nowMs)
    memberships.set(type, evaluation.membership)
    entering.push(...evaluation.entering)
    candidates.push(...evaluation.candidates)
    if (evaluation.next !== undefined) next[type] = evaluation.next
  }
  return { memberships, entering, candidates, next }
}
