/**
 * In which order, and how many at most, a record store answers what it is searched for: alike in every store.
 */
import type { InstantMs, Ref } from './ids.js'
import { limits } from './limits.js'
import { byCodeUnits } from './value.js'

/** Refs of one answer where nobody says how many. */
const hitsUsual = 3

/** How many refs are told to who asks for so many. @public */
export const hitsAsked = (max: number = hitsUsual): number =>
  Math.max(0, Math.min(limits.hitsMax, Math.trunc(max) || 0))

/** A record that is found, and when it was made. @public */
export interface Hit {
  readonly ref: Ref
  readonly createdAtMs?: InstantMs
}

/** When it was made, for the order alone: where nobody knows, before everything else. @public */
export const createdMsOf = ({ createdAtMs }: Hit): InstantMs => createdAtMs ?? Number.MIN_SAFE_INTEGER

/** The last created first, then by ref. @public */
export const byCreation = (x: Hit, y: Hit): number => createdMsOf(y) - createdMsOf(x) || byCodeUnits(x.ref, y.ref)
