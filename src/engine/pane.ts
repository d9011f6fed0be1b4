/**
 * The view of one item in the tracking pane, as a pure function: tracked or not, pending or not, parent, actions, and
 * the status word.
 */
import type { Due, Gesture, Kind, Ref } from '../model/index.js'
import { standingGesture, type Tracking } from './track/standing.js'

/** 1.3/2 of `tracking.md`. @public */
export type Status = 'untracked' | 'pending' | 'tracked' | 'needs-decision' | 'failed' | 'undeliverable'

/** What the pane shows. @public */
export interface Pane {
  readonly tracked: boolean
  readonly pending: boolean
  /** The item's record, once it is made. */
  readonly record: Ref | null
  readonly regarding: Ref | null
  readonly parent: Ref | null
  readonly participants: ReadonlyArray<{
    readonly address: string
    readonly records: ReadonlyArray<Ref>
    readonly list?: boolean
  }>
  /** What is enabled, in the order of 1.2. */
  readonly actions: ReadonlyArray<string>
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
}

/** @public */
export const paneOf = (facts: PaneFacts): Pane => {
  const asked = standingGesture(facts.gestures)
  const pending = asked !== undefined && (facts.record === undefined || asked._tag !== 'Track')
  const parent = parentAsked(asked) ?? facts.parent ?? null
  return {
    tracked: facts.record !== undefined,
    pending,
    record: facts.record ?? null,
    regarding: regardingAsked(asked, facts.regarding ?? null),
    parent,
    participants: [],
    actions: actionsOf(facts, pending, parent)
  }
}

const parentAsked = (asked: Tracking | undefined): Ref | undefined =>
  asked === undefined || asked._tag === 'SetRegarding' ? undefined : asked.parent

/** What is asked for is shown before it is carried out (T2). */
const regardingAsked = (asked: Tracking | undefined, standing: Ref | null): Ref | null => {
  if (asked?._tag === 'SetRegarding') return asked.regarding
  return asked?._tag === 'Track' ? (asked.regarding ?? standing) : standing
}

const actionsOf = ({ kind, record }: PaneFacts, pending: boolean, parent: Ref | null): ReadonlyArray<string> => [
  ...(record !== undefined || pending ? ['untrack'] : ['track']),
  ...(kind === 'contact' ? ['setParent'] : ['setRegarding']),
  ...(kind === 'contact' && parent !== null ? ['viewParent'] : []),
  ...(record !== undefined ? ['viewRecord', 'addConnection'] : []),
  ...(record !== undefined && kind !== 'contact' ? ['convertTo'] : [])
]

/** @public */
export const statusOf = (isTracked: boolean, gestures: ReadonlyArray<Gesture>, due: Due | undefined): Status => {
  if (due?.code === 'item-undeliverable') return 'undeliverable'
  if (due?.code === 'needs-decision' || due?.code === 'duplicate-suspected') return 'needs-decision'
  if (due?.code === 'invalid-item' || (due !== undefined && due.failures > 0)) return 'failed'
  if (isTracked) return 'tracked'
  return standingGesture(gestures) === undefined ? 'untracked' : 'pending'
}
