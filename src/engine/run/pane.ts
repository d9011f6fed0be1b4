/** What the tracking pane of one item is made of: asked of the stores, shown as the user may see it (R7). */
import type { Fields, ItemSnapshot, Ref } from '../../model/index.js'
import { fieldOf } from '../../model/index.js'
import { Facts, known } from '../facts.js'
import { type PaneFacts, type Participant, participantsFrom } from '../pane.js'
import { addressKey, entriesOf, type Entry } from '../track/address.js'
import { headsOf } from './heads.js'
import { recipientsAmong, senderAmong } from '../track/resolve.js'
import { waitsSince } from '../track/standing.js'
import { actorOf, gather } from './gather.js'
import { linkOf, lookupsOf, pendingOf } from './questions.js'
import { need, type Session, slices, Stopped } from './session.js'

/** Who is shown, and how an address is resolved: as one record (R1, R8), or as all that it may be (R5). */
interface Shown {
  readonly entry: Entry
  readonly isOne: boolean
}

export const paneFactsOf = async (session: Session, item: Ref): Promise<PaneFacts> => {
  const link = await linkOf(session, 'item', item)
  const pending = await pendingOf(session, item)
  const lookups = link === undefined ? {} : await lookupsOf(session, link)
  const snapshot = await itemAt(session, item)
  const sinceMs = waitsSince(pending, link !== undefined)
  return {
    kind: link?.kind ?? snapshot?.kind ?? 'contact',
    record: link?.record,
    gestures: pending.map(({ gesture }) => gesture),
    parent: lookups.parent,
    regarding: lookups.regarding,
    participants: snapshot === undefined ? [] : await participantsOf(session, snapshot),
    isDraft: snapshot?.kind === 'email' && snapshot.fields['isDraft'] === true,
    nowMs: session.clock(),
    ...(sinceMs === undefined ? {} : { waitsSinceMs: sinceMs })
  }
}

const itemAt = async (session: Session, ref: Ref): Promise<ItemSnapshot | undefined> => {
  const [found] = await need(session, 'mail', 'heads', headsOf(session, [ref]))
  return found?._tag === 'Known' ? found.snapshot : undefined
}

/** 1.3/1: from, to, cc, bcc; of a meeting organizer, required, optional. */
const shownIn = (kind: string, fields: Fields): ReadonlyArray<Shown> => {
  const all = (field: string, isOne: boolean): ReadonlyArray<Shown> =>
    entriesOf(fieldOf(fields, field)).map((entry) => ({ entry, isOne }))
  if (kind === 'email') return [...all('from', true), ...all('to', false), ...all('cc', false), ...all('bcc', false)]
  return kind === 'appointment'
    ? [...all('organizer', true), ...all('requiredAttendees', true), ...all('optionalAttendees', true)]
    : []
}

const participantsOf = async (
  session: Session,
  { kind, fields }: ItemSnapshot
): Promise<ReadonlyArray<Participant>> => {
  const shown = shownIn(kind, fields)
  if (shown.length === 0) return []
  const facts = new Facts()
  const addresses = [...new Set(shown.map(({ entry }) => addressKey(entry.address)))]
  const failure = await gather(
    session,
    addresses.map((address) => ({ _tag: 'PeopleByAddress', address })),
    facts
  )
  if (failure !== undefined) throw new Stopped(failure)
  const { ambiguous } = session.settings
  const first = new Map<string, Shown>()
  for (const one of shown) if (!first.has(addressKey(one.entry.address))) first.set(addressKey(one.entry.address), one)
  const resolved = new Map<string, ReadonlyArray<{ readonly ref: Ref; readonly type: string }>>()
  for (const [address, { entry, isOne }] of first) {
    const candidates =
      entry.list === true ? [] : known(facts.of<'PeopleByAddress'>({ _tag: 'PeopleByAddress', address }), [])
    const sender = senderAmong(candidates, { user: session.facts.user, ambiguous: ambiguous.sender })
    resolved.set(
      address,
      isOne ? (sender === undefined ? [] : [sender]) : recipientsAmong(candidates, ambiguous.recipients)
    )
  }
  const readable = await readableAmong(session, [...resolved.values()].flat())
  return participantsFrom(
    shown.map(({ entry }) => entry),
    [...resolved].map(([address, candidates]) => ({
      address,
      records: candidates.map(({ ref }) => ref).filter((ref) => readable.has(ref))
    }))
  )
}

/** R7: what the user may read; users and queues of ours everybody may see. */
const readableAmong = async (
  session: Session,
  candidates: ReadonlyArray<{ readonly ref: Ref; readonly type: string }>
): Promise<ReadonlySet<Ref>> => {
  const readable = new Set<Ref>()
  const byType = new Map<string, Array<Ref>>()
  for (const { ref, type } of candidates) {
    if (!session.records.can.types.includes(type)) readable.add(ref)
    else byType.set(type, [...(byType.get(type) ?? []), ref])
  }
  for (const [type, refs] of byType) {
    for (const slice of slices(refs, 500)) {
      const found = await need(session, 'record', 'read', session.records.read(type, slice, actorOf(session)))
      for (const one of found) if (one._tag === 'Known') readable.add(one.snapshot.ref)
    }
  }
  return readable
}
