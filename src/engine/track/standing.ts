/** What waits for an item after all its gestures: an Untrack takes back what was asked before it (U6). */
import type { Gesture, InstantMs, Pending } from '../../model/index.js'

/** A gesture that tracks. */
export type Tracking = Extract<Gesture, { readonly _tag: 'Track' | 'SetParent' | 'SetRegarding' }>

export const standingGesture = (gestures: ReadonlyArray<Gesture>): Tracking | undefined => {
  let standing: Tracking | undefined
  for (const gesture of gestures) {
    if (gesture._tag === 'Track') standing = trackedOver(standing, gesture)
    if (gesture._tag === 'SetParent' || gesture._tag === 'SetRegarding') standing = gesture
    if (gesture._tag === 'Untrack') standing = undefined
  }
  return standing
}

/** A second Track adds what it names, and asks for nothing anew where it names nothing (T4). */
const trackedOver = (
  standing: Tracking | undefined,
  track: Extract<Tracking, { readonly _tag: 'Track' }>
): Tracking => {
  if (standing === undefined) return track
  if (!namesTarget(track)) return standing
  return standing._tag === 'Track' ? { ...standing, ...track } : track
}

/** A Track that says what the item is about, or whose it is, is a Set Regarding or Set Parent as well. */
const namesTarget = (asked: Tracking): boolean =>
  asked._tag !== 'Track' || asked.parent !== undefined || asked.regarding !== undefined

/** Whether there is something left to do: a tracked item is not tracked again (T4), but it may get another target (T2). */
export const isWaiting = (asked: Tracking | undefined, isTracked: boolean): boolean =>
  asked !== undefined && (!isTracked || namesTarget(asked))

/** T4: nothing is asked for that a tracked item has not: no other target, and no Untrack is taken back. */
export const isRepeated = (gestures: ReadonlyArray<Gesture>): boolean =>
  !gestures.some((gesture) => gesture._tag === 'Untrack') && !isWaiting(standingGesture(gestures), true)

/** Since when a request waits: from the first that stands, in the order in which they were made. `undefined`: none does. */
export const waitsSince = (pending: ReadonlyArray<Pending>, isTracked: boolean): InstantMs | undefined => {
  let sinceMs: InstantMs | undefined
  for (const { gesture, atMs } of pending) {
    if (gesture._tag === 'Untrack') sinceMs = undefined
    else if (isWaiting(standingGesture([gesture]), isTracked)) sinceMs = sinceMs ?? atMs
  }
  return sinceMs
}
