/**
 * The view of one item in the tracking pane, as a pure function (1.2, 1.3 of `tracking.md`): tracked or not, pending
 * or not, parent, regarding, participants, actions and why others are off, and the status word. Who is behind an
 * address, and what time it is, is told by the caller.
 */
import type { Due, Gesture, InstantMs, Kind, Ref } from '../model/index.js'
import { limits } from '../model/index.js'
import { isWaiting, standingGesture, type Tracking } from './track/standing.js'

/** 1.3/2 of `tracking.md`. @public */
export type Status = 'untracked' | 'pending' | 'tracked' | 'needs-decision' | 'failed' | 'undeliverable'

/** What a person can do with an item, in the order of 1.2. @public */
export type PaneAction =
  | 'track'
  | 'untrack'
  | 'setRegarding'
  | 'setParent'
  | 'viewParent'
  | 'viewRecord'
  | 'addConnection'
  | 'convertTo'
  | 'insertTemplate'
  | 'insertArticle'
  | 'attachLiterature'

/** Why an action is off. @public */
export type WhyDisabled =
  | 'already-tracked'
  | 'already-pending'
  | 'nothing-tracked'
  | 'no-parent'
  | 'no-record-yet'
  | 'no-draft'

/** One sentence per reason why an action is off. Hosts translate the table. @public */
export const paneMessages: { readonly [why in WhyDisabled]: string } = {
  'already-tracked': 'It is tracked already.',
  'already-pending': 'It was asked for already and is carried out soon.',
  'nothing-tracked': 'It is not tracked, so there is nothing to end.',
  'no-parent': 'It has no parent.',
  'no-record-yet': 'It has no record yet.',
  'no-draft': 'That is for drafts: it is not being written.'
}

/** An address of the item, and the records behind it. `list`: a distribution list, which is never expanded (T9). @public */
export interface Participant {
  readonly address: string
  readonly records: ReadonlyArray<Ref>
  readonly list?: true
}

/** What the pane shows. @public */
export interface Pane {
  readonly tracked: boolean
  readonly pending: boolean
  /** A request waits for longer than it may (1.3/3). */
  readonly overdue?: true
  /** The item's record, once it is made. */
  readonly record: Ref | null
  /** What is asked for is shown before it is carried out (T2). */
  readonly regarding: Ref | null
  readonly parent: Ref | null
  readonly participants: ReadonlyArray<Participant>
  /** What is enabled, in the order of 1.2. */
  readonly actions: ReadonlyArray<PaneAction>
  /** The other actions of the item's kind, in the same order, and why each is off. */
  readonly disabled: { readonly [action in PaneAction]?: WhyDisabled }
}

/** What the pane is made of. */
export interface PaneFacts {
  readonly kind: Kind
  /** The linked record. */
  readonly record: Ref | undefined
  readonly gestures: ReadonlyArray<Gesture>
  /** The parent that the record holds. */
  readonly parent: Ref | undefined
  /** What the record is about. */
  readonly regarding?: Ref | undefined
  /** As `participantsFrom` makes them. */
  readonly participants?: ReadonlyArray<Participant>
  /** The message is being written. */
  readonly isDraft?: boolean
  /** Since when the request waits, as `waitsSince` tells it, and what time it is. */
  readonly waitsSinceMs?: InstantMs | undefined
  readonly nowMs?: InstantMs
}

/** @public */
export const paneOf = (facts: PaneFacts): Pane => {
  const asked = standingGesture(facts.gestures)
  const tracked = facts.record !== undefined
  const pending = isWaiting(asked, tracked)
  const parent = parentAsked(asked) ?? facts.parent ?? null
  const view: ActionFacts = { kind: facts.kind, tracked, pending, parent, isDraft: facts.isDraft === true }
  return {
    tracked,
    pending,
    ...(pending && isLate(facts) ? { overdue: true } : {}),
    record: facts.record ?? null,
    regarding: regardingAsked(asked, facts.regarding ?? null),
    parent,
    participants: facts.participants ?? [],
    ...actionsOf(view)
  }
}

const parentAsked = (asked: Tracking | undefined): Ref | undefined =>
  asked === undefined || asked._tag === 'SetRegarding' ? undefined : asked.parent

const regardingAsked = (asked: Tracking | undefined, standing: Ref | null): Ref | null => {
  if (asked?._tag === 'SetRegarding') return asked.regarding
  return asked?._tag === 'Track' ? (asked.regarding ?? standing) : standing
}

/** A gesture on a draft waits until the draft is one no longer (T18): that takes as long as it takes. */
const isLate = ({ isDraft, waitsSinceMs, nowMs }: PaneFacts): boolean =>
  isDraft !== true && waitsSinceMs !== undefined && nowMs !== undefined && isOverdue(waitsSinceMs, nowMs)

/** 1.3/3: a request is carried out within 15 minutes; one that waits for more than 20 is a fault. @public */
export const isOverdue = (sinceMs: InstantMs, nowMs: InstantMs): boolean => nowMs - sinceMs > overdueAfterMs

const overdueAfterMs = 20 * 60_000

interface ActionFacts {
  readonly kind: Kind
  readonly tracked: boolean
  readonly pending: boolean
  readonly parent: Ref | null
  readonly isDraft: boolean
}

/** An action, the kinds that have it, and why it is off; `undefined`: it is on. */
interface ActionRow {
  readonly action: PaneAction
  readonly has: (kind: Kind) => boolean
  readonly whyOff: (facts: ActionFacts) => WhyDisabled | undefined
}

const every = (): boolean => true
const isContact = (kind: Kind): boolean => kind === 'contact'
const isNoContact = (kind: Kind): boolean => kind !== 'contact'
const isEmail = (kind: Kind): boolean => kind === 'email'

const always = (): undefined => undefined
const offUntilRecord = ({ tracked }: ActionFacts): WhyDisabled | undefined => (tracked ? undefined : 'no-record-yet')
const offUnlessDraft = ({ isDraft }: ActionFacts): WhyDisabled | undefined => (isDraft ? undefined : 'no-draft')

const offOnceAsked = ({ tracked, pending }: ActionFacts): WhyDisabled | undefined => {
  if (tracked) return 'already-tracked'
  return pending ? 'already-pending' : undefined
}

const offUntilAsked = ({ tracked, pending }: ActionFacts): WhyDisabled | undefined =>
  tracked || pending ? undefined : 'nothing-tracked'

const offWithoutParent = ({ parent }: ActionFacts): WhyDisabled | undefined =>
  parent === null ? 'no-parent' : undefined

/** The table of 1.2, in its order. A kind that a host adds has what a task has. */
const actionRows: ReadonlyArray<ActionRow> = [
  { action: 'track', has: every, whyOff: offOnceAsked },
  { action: 'untrack', has: every, whyOff: offUntilAsked },
  { action: 'setRegarding', has: isNoContact, whyOff: always },
  { action: 'setParent', has: isContact, whyOff: always },
  { action: 'viewParent', has: isContact, whyOff: offWithoutParent },
  { action: 'viewRecord', has: every, whyOff: offUntilRecord },
  { action: 'addConnection', has: every, whyOff: offUntilRecord },
  { action: 'convertTo', has: isNoContact, whyOff: offUntilRecord },
  { action: 'insertTemplate', has: isEmail, whyOff: offUnlessDraft },
  { action: 'insertArticle', has: isEmail, whyOff: offUnlessDraft },
  { action: 'attachLiterature', has: isEmail, whyOff: offUnlessDraft }
]

const actionsOf = (facts: ActionFacts): Pick<Pane, 'actions' | 'disabled'> => {
  const actions: Array<PaneAction> = []
  const disabled: { [action in PaneAction]?: WhyDisabled } = {}
  for (const { action, has, whyOff } of actionRows) {
    if (!has(facts.kind)) continue
    const why = whyOff(facts)
    if (why === undefined) actions.push(action)
    else disabled[action] = why
  }
  return { actions, disabled }
}

/** An address as the item has it. `list`: the mail program says that it is a distribution list. @public */
export interface ParticipantEntry {
  readonly address: string
  readonly list?: boolean
}

/**
 * The participants of an item (1.3/1). `entries`: its addresses in the order from, to, cc, bcc (meetings: organizer,
 * required, optional). `resolved`: what is behind them, in the same order, so that a sender who is among the
 * recipients too is shown as the sender (R1); what is said of an address first holds. An address stands once, without
 * regard to case, at its first place and as it is written there.
 *
 * @example
 * ```ts
 * import { participantsFrom } from 'liaison'
 *
 * participantsFrom(
 *   [{ address: 'rosa@fabrikam.test' }, { address: 'all@fabrikam.test', list: true }, { address: 'Rosa@fabrikam.test' }],
 *   [{ address: 'rosa@fabrikam.test', records: ['c1'] }]
 * ) // => [{ address: 'rosa@fabrikam.test', records: ['c1'] }, { address: 'all@fabrikam.test', records: [], list: true }]
 * ```
 * @public
 */
export const participantsFrom = (
  entries: ReadonlyArray<ParticipantEntry>,
  resolved: ReadonlyArray<Pick<Participant, 'address' | 'records'>>
): ReadonlyArray<Participant> => {
  const recordsBehind = firstOfEach(resolved)
  const known = entries.slice(0, limits.addressesMax).filter(({ address }) => folded(address) !== '')
  const lists = new Set(known.filter(({ list }) => list === true).map(({ address }) => folded(address)))
  return [...firstOfEach(known)].map(([address, entry]) =>
    lists.has(address)
      ? { address: entry.address, records: [], list: true }
      : { address: entry.address, records: recordsBehind.get(address)?.records ?? [] }
  )
}

const folded = (address: string): string => address.trim().toLowerCase()

const firstOfEach = <A extends { readonly address: string }>(all: ReadonlyArray<A>): ReadonlyMap<string, A> => {
  const first = new Map<string, A>()
  for (const one of all) if (!first.has(folded(one.address))) first.set(folded(one.address), one)
  return first
}

/**
 * 1.3/2. `due`: the item's row of what is looked at again. A first attempt that did not count, such as one "at once"
 * that met a passing fault (T17), has no failures yet and leaves the request pending.
 * @public
 */
export const statusOf = (isTracked: boolean, gestures: ReadonlyArray<Gesture>, due: Due | undefined): Status => {
  // U6: a request that is taken back is none, whatever had become of it.
  if (!isTracked && gestures.at(-1)?._tag === 'Untrack') return 'untracked'
  if (due?.code === 'item-undeliverable') return 'undeliverable'
  if (due?.code === 'needs-decision' || due?.code === 'duplicate-suspected') return 'needs-decision'
  if (due?.code === 'invalid-item' || (due !== undefined && due.failures > 0)) return 'failed'
  if (isWaiting(standingGesture(gestures), isTracked)) return 'pending'
  return isTracked ? 'tracked' : 'untracked'
}
