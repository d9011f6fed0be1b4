/** Randomness as an input: a seed gives the same numbers on every platform. 32-bit integer arithmetic only. */

import { Misuse } from '../../model/index.js'

export interface Random {
  /** At least 0, less than 1. */
  readonly next: () => number
  /** A whole number, at least 0, less than `below`. */
  readonly below: (below: number) => number
  readonly chance: (probability: number) => boolean
  readonly pick: <A>(from: ReadonlyArray<A>) => A
}

/** Each `stream` of one seed is a sequence of its own: a new draw in one moves nothing in another. */
export const randomOf = (seed: number, stream = 0): Random => {
  let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    below,
    chance: (probability) => next() < probability,
    pick: (from) => {
      const [picked] = from.slice(below(from.length))
      if (picked === undefined) throw new Misuse('nothing to pick from', ['from'])
      return picked
    }
  }
}
