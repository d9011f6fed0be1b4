/**
 * Step 1, the asking half: the things that open intents wrote to are looked at, the pure table decides, one commit
 * closes them. Dying in the middle of it is harmless: the intents stay open until that commit.
 */
import type { ConflictRow, Due, FormerLink, HistoryRow, Intent, Link, Snapshot } from '../../model/index.js'
import { limits, otherSide } from '../../model/index.js'
import { type DecideContext, digestIn } from '../decide/context.js'
import type { Ask } from '../facts.js'
import { Facts } from '../facts.js'
import { keepsHistory, recoveredRow } from '../history.js'
import type { Lease } from '../ports.js'
import { type RecoverContext, settleIntent } from '../recover.js'
import { commitTo } from './commit.js'
import { searchUnnamed } from './search.js'
import { gather } from './gather.js'
import { need, type Session, Stopped } from './session.js'
import { contextOf, type Opened } from './opened.js'

export const recoverIntents = async (session: Session, lease: Lease, opened: Opened): Promise<void> => {
  const key = { tenant: session.tenant, mailbox: session.mailbox }
  for (;;) {
    const intents = await need(session, 'links', 'openIntents', session.links.openIntents(key, limits.pageRowsMax))
    if (intents.length === 0) return
    session.onProgress({ mailbox: session.mailbox, stage: 'recover', done: 0, total: intents.length })
    await recoverSome(session, lease, opened, intents)
    if (intents.length < limits.pageRowsMax) return
  }
}

const recoverSome = async (
  session: Session,
  lease: Lease,
  opened: Opened,
  intents: ReadonlyArray<Intent>
): Promise<void> => {
  const context = contextOf(session, opened, new Map())
  const facts = new Facts()
  await ask(session, intents.flatMap(firstAsks), facts)
  await ask(
    session,
    intents.flatMap((intent) => markerAsks(session, intent, facts)),
    facts
  )
  await ask(
    session,
    intents.flatMap((intent) => markedAsks(intent, facts)),
    facts
  )
  const searched = await searchUnnamed(session, intents, facts, context)
  const links = new Map(intents.flatMap((intent) => linksIn(intent, facts)))
  const first = new Map(links)
  const before = new Set(links.keys())
  const ended = new Map<string, FormerLink>()
  const conflicts: Array<ConflictRow> = []
  const history: Array<HistoryRow> = []
  const keeps = keepsHistory(session.settings)
  // Creations first: an update of the same pair stands on the link that they make.
  for (const intent of [...intents].sort((x, y) => order(x) - order(y))) {
    const recovered = recoverOne(
      intent,
      facts,
      links.get(intent.link),
      searched.get(intent.key),
      !before.has(intent.link),
      sharedRows(intent, intents, (twin) => {
        const alone = recoverOne(twin, facts, first.get(twin.link), undefined, false, undefined, context)
        return alone._tag !== 'Nothing'
      }),
      context
    )
    if (keeps && recovered._tag !== 'Nothing' && !('owing' in recovered))
      history.push(...rowOf(intent, facts, links.get(intent.link), searched.get(intent.key), context))
    if (recovered._tag === 'Link') {
      links.set(intent.link, recovered.link)
      conflicts.push(...conflictsOf(intent, recovered.link))
    }
    if (recovered._tag === 'End') ended.set(intent.link, recovered.former)
  }
  const changed = [...links]
    .filter(([id, link]) => !ended.has(id) && link.decided.cycle === opened.cycle)
    .map(([, link]) => link)
  await commitTo(session, {
    lease,
    mailbox: session.mailbox,
    closed: intents.map((intent) => intent.key),
    links: changed,
    ended: [...ended.values()],
    conflicts,
    history,
    due: changed.flatMap((link) => madeAgain(link, before, opened)),
    revived: changed.filter((link) => !before.has(link.id)).map((link) => link.id),
    decisions: [...ended.values()].flatMap((former) => [
      {
        side: 'mail' as const,
        ref: former.item,
        code: former.code,
        facts: { recovered: true },
        cycle: opened.cycle,
        atMs: opened.startedAtMs
      },
      {
        side: 'record' as const,
        ref: former.record,
        code: former.code,
        facts: { recovered: true },
        cycle: opened.cycle,
        atMs: opened.startedAtMs
      }
    ])
  })
  for (const link of changed) if (!before.has(link.id)) opened.tally.recovered(link.type, 1)
  for (const former of ended.values()) if (before.has(former.id)) opened.tally.recovered(former.type, -1)
}

/** Not knowing how a thing looks leaves every intent open: the cycle ends here and the next one asks again. */
const ask = async (session: Session, asks: ReadonlyArray<Ask>, facts: Facts): Promise<void> => {
  const failure = await gather(session, asks, facts)
  if (failure !== undefined) throw new Stopped(failure)
}

/** A pair that an undo has linked again is looked at once more: a filter may hold its record. */
const madeAgain = (link: Link, before: ReadonlySet<string>, { startedAtMs }: Opened): ReadonlyArray<Due> => {
  const { id, item, kind, record, type, decided } = link
  if (before.has(id) || decided.code !== 'undone') return []
  return [{ key: id, item, kind, record, type, code: 'undone', failures: 0, rests: false, seen: {}, atMs: startedAtMs }]
}

/** What the write did, as far as it can be told now. */
const rowOf = (
  intent: Intent,
  facts: Facts,
  before: Link | undefined,
  found: Snapshot | undefined,
  context: DecideContext
): ReadonlyArray<HistoryRow> => {
  const rules = context.rules.get(intent.type)
  if (rules === undefined) return []
  return [recoveredRow(intent, thingOf(intent, facts, found), before, rules, digestIn(context, rules, intent.link))]
}

/** A conflict whose write has happened is noted, though nobody heard of the write. */
const conflictsOf = (
  { side, type, cycle, atMs, conflicts = [] }: Intent,
  { item, record }: Link
): ReadonlyArray<ConflictRow> =>
  conflicts.map((field) => ({ item, record, type, field, kept: otherSide(side), cycle, atMs }))

const order = (intent: Intent): number => (intent.op === 'create' ? 0 : intent.op === 'update' ? 1 : 2)

const refsIn = (intent: Intent): { readonly item: string; readonly record: string } =>
  intent.side === 'mail' ? { item: intent.ref, record: intent.source } : { item: intent.source, record: intent.ref }

const thingAsk = (intent: Intent, ref: string): Ask =>
  intent.side === 'mail' ? { _tag: 'ItemsByRef', ref } : { _tag: 'RecordsByRef', type: intent.type, ref }

const firstAsks = (intent: Intent): ReadonlyArray<Ask> => {
  const { item, record } = refsIn(intent)
  return [thingAsk(intent, intent.ref), { _tag: 'LinksByItem', ref: item }, { _tag: 'LinksByRecord', ref: record }]
}

/** A store that names things itself is asked for the marker. */
const markerAsks = (session: Session, intent: Intent, facts: Facts): ReadonlyArray<Ask> =>
  intent.op === 'create' &&
  intent.side === 'mail' &&
  session.mail.can.marker &&
  thingIn(intent, intent.ref, facts) === undefined
    ? [{ _tag: 'ItemByMarker', kind: intent.kind, record: intent.source }]
    : []

const markedRefs = (intent: Intent, facts: Facts): ReadonlyArray<string> => {
  if (intent.op !== 'create' || intent.side !== 'mail') return []
  const fact = facts.of<'ItemByMarker'>({ _tag: 'ItemByMarker', kind: intent.kind, record: intent.source })
  return fact._tag === 'Known' ? fact.value : []
}

const markedAsks = (intent: Intent, facts: Facts): ReadonlyArray<Ask> =>
  markedRefs(intent, facts).flatMap(
    (ref): ReadonlyArray<Ask> => [
      { _tag: 'ItemsByRef', ref },
      { _tag: 'LinksByItem', ref }
    ]
  )

const thingIn = (intent: Intent, ref: string, facts: Facts): Snapshot | undefined => {
  const fact =
    intent.side === 'mail'
      ? facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref })
      : facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: intent.type, ref })
  return fact._tag === 'Known' && fact.value._tag === 'Known' ? fact.value.snapshot : undefined
}

/** A thing that is there but may not be read now is no evidence of anything: the intent is dropped, the pair decided anew. */
const isUnreadable = (intent: Intent, facts: Facts): boolean => {
  const fact =
    intent.side === 'mail'
      ? facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: intent.ref })
      : facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: intent.type, ref: intent.ref })
  return fact._tag !== 'Known' || fact.value._tag === 'Unreadable'
}

const linksIn = (intent: Intent, facts: Facts): ReadonlyArray<readonly [string, Link]> => {
  const { item, record } = refsIn(intent)
  const byItem = facts.of<'LinksByItem'>({ _tag: 'LinksByItem', ref: item })
  const byRecord = facts.of<'LinksByRecord'>({ _tag: 'LinksByRecord', ref: record })
  const found = [...(byItem._tag === 'Known' ? byItem.value : []), ...(byRecord._tag === 'Known' ? byRecord.value : [])]
  return found.map((link) => [link.id, link] as const)
}

/** The thing that an intent wrote to: by its ref, by its marker, or as it was searched for. */
const thingOf = (intent: Intent, facts: Facts, found: Snapshot | undefined): Snapshot | undefined =>
  thingIn(intent, intent.ref, facts) ??
  markedRefs(intent, facts)
    .map((ref) => thingIn(intent, ref, facts))
    // A copy thrown away still bears the marker, and is not what was just made.
    .find((thing) => thing !== undefined && !('folder' in thing && thing.folder === 'deleted')) ??
  found

/** Rows that another intent of the same decision writes on the other side. */
const sharedRows = (
  intent: Intent,
  intents: ReadonlyArray<Intent>,
  came: (twin: Intent) => boolean
): RecoverContext['onBothSides'] => {
  const twin = intents.find(
    ({ link, cycle, side, op }) =>
      link === intent.link && cycle === intent.cycle && side !== intent.side && op === 'update'
  )
  const shared = twin === undefined ? [] : intent.rows.filter((row) => twin.rows.includes(row))
  return twin === undefined || shared.length === 0 ? undefined : { rows: new Set(shared), came: came(twin) }
}

const recoverOne = (
  intent: Intent,
  facts: Facts,
  link: Link | undefined,
  found: Snapshot | undefined,
  isMade: boolean,
  onBothSides: RecoverContext['onBothSides'],
  context: DecideContext
): ReturnType<typeof settleIntent> => {
  const rules = context.rules.get(intent.type)
  if (rules === undefined || isUnreadable(intent, facts)) return { _tag: 'Nothing' }
  return settleIntent(intent, thingOf(intent, facts, found), link, {
    mailbox: context.mailbox,
    cycle: context.cycle,
    nowMs: context.nowMs,
    rules,
    digest: digestIn(context, rules, intent.link),
    digestBase: context.settings.base === 'digest',
    freezes: context.freeze !== null,
    isMade,
    ...(onBothSides === undefined ? {} : { onBothSides })
  })
}
