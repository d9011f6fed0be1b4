/**
 * What a store made under a name of its own, when its answer was lost: neither id nor marker leads to it. It is looked
 * for among the unlinked things of its kind by the digests of all that was sent; only a single match counts.
 */
import type { Intent, Link, Snapshot } from '../../model/index.js'
import { limits } from '../../model/index.js'
import { type DecideContext, digestIn } from '../decide/context.js'
import type { Facts } from '../facts.js'
import { actorOf } from './gather.js'
import { need, type Session, slices } from './session.js'

/** What was found, by the key of its intent. A rare and costly look: one listing of the kind. */
export const searchUnnamed = async (
  session: Session,
  intents: ReadonlyArray<Intent>,
  facts: Facts,
  context: DecideContext
): Promise<ReadonlyMap<string, Snapshot>> => {
  const found = new Map<string, Snapshot>()
  const lost = intents.filter(
    (intent) =>
      intent.op === 'create' && isUnnamed(session, intent) && !isFound(intent, facts) && intent.sent.length > 0
  )
  for (const side of ['record', 'mail'] as const) {
    for (const type of new Set(
      lost.filter((intent) => intent.side === side).map((intent) => (side === 'mail' ? intent.kind : intent.type))
    )) {
      const wanted = lost.filter(
        (intent) => intent.side === side && (side === 'mail' ? intent.kind : intent.type) === type
      )
      const things = side === 'mail' ? await allItems(session, type) : await allRecords(session, type)
      const free = await unlinked(session, side === 'mail' ? 'item' : 'record', things)
      for (const intent of wanted) {
        const matches = free.filter((thing) => holdsAll(intent, thing, context))
        const [only] = matches
        if (matches.length === 1 && only !== undefined) found.set(intent.key, only)
      }
    }
  }
  return found
}

const isUnnamed = (session: Session, intent: Intent): boolean =>
  intent.side === 'mail' ? !session.mail.can.clientIds && !session.mail.can.marker : !session.records.can.clientIds

const isFound = (intent: Intent, facts: Facts): boolean => {
  const fact =
    intent.side === 'mail'
      ? facts.of<'ItemsByRef'>({ _tag: 'ItemsByRef', ref: intent.ref })
      : facts.of<'RecordsByRef'>({ _tag: 'RecordsByRef', type: intent.type, ref: intent.ref })
  return fact._tag === 'Known' && fact.value._tag === 'Known'
}

const holdsAll = (intent: Intent, thing: Snapshot, context: DecideContext): boolean => {
  const rules = context.rules.get(intent.type)
  if (rules === undefined) return false
  const digest = digestIn(context, rules, intent.link)
  return intent.rows.every((name, index) => {
    const row = rules.shape.rows.find((candidate) => candidate.name === name)
    if (row === undefined) return false
    const side = row[intent.side]
    return digest(intent.side, name, side.normal(side.lift(thing.fields, new Map()))) === intent.sent[index]
  })
}

const allRecords = async (session: Session, type: string): Promise<ReadonlyArray<Snapshot>> => {
  const things: Array<Snapshot> = []
  const query = {
    type,
    filter: { and: [] },
    context: {
      user: session.facts.user,
      teams: [],
      businessUnit: '',
      timeZone: session.facts.timeZone,
      nowMs: session.clock()
    }
  }
  let after: string | undefined
  for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
    const from = after === undefined ? {} : { after }
    const page = await need(
      session,
      'record',
      'members',
      session.records.members(query, actorOf(session), { ...from, max: limits.pageRowsMax })
    )
    const refs = page.rows.map((row) => row.ref)
    const read = await need(session, 'record', 'read', session.records.read(type, refs, actorOf(session)))
    for (const one of read) if (one._tag === 'Known') things.push(one.snapshot)
    if (!page.more) break
    after = page.cursor
  }
  return things
}

const allItems = async (session: Session, kind: string): Promise<ReadonlyArray<Snapshot>> => {
  const things: Array<Snapshot> = []
  let cursor: string | undefined
  for (let pages = 0; pages < limits.feedPagesMax; pages += 1) {
    const page = await need(session, 'mail', 'changes', session.mail.changes(kind, cursor, limits.pageRowsMax))
    const refs = page.rows.filter((row) => row.gone !== true).map((row) => row.ref)
    const read = await need(session, 'mail', 'read', session.mail.read(refs))
    for (const one of read) if (one._tag === 'Known') things.push(one.snapshot)
    if (!page.more) break
    cursor = page.cursor
  }
  return things
}

const unlinked = async (
  session: Session,
  by: 'item' | 'record',
  things: ReadonlyArray<Snapshot>
): Promise<ReadonlyArray<Snapshot>> => {
  const linked = new Set<string>()
  for (const slice of slices(things, limits.pageRowsMax)) {
    const refs = slice.map((thing) => thing.ref)
    const links: ReadonlyArray<Link> = await need(
      session,
      'links',
      'linksOf',
      session.links.linksOf(session.tenant, by, refs)
    )
    for (const link of links) linked.add(link[by])
  }
  return things.filter((thing) => !linked.has(thing.ref))
}
