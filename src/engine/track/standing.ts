/** What waits for an item after all its gestures: an Untrack takes back what was asked before it (U6). */
import type { Gesture } from '../../model/index.js'

/** A gesture that tracks. */
export type Tracking = Extract<Gesture, { readonly _tag: 'Track' | 'SetParent' | 'SetRegarding' }>

export const standingGesture = (gestures: ReadonlyArray<Gesture>): Tracking | undefined => {
  let standing: Tracking | undefined
  for (const gesture of gestures) {
    if (gesture._tag === 'Track') standing = standing ?? gesture
    if (gesture._tag === 'SetParent' || gesture._tag === 'SetRegarding') standing = gesture
    if (gesture._tag === 'Untrack') standing = undefined
  }
  return standing
}
