/**
 * Directions as a lattice of two bits: `toMail` 1, `toRecord` 2. What is configured, what may be set and what the
 * user may do meet; a bit that one of them lacks does not flow (2.1/4, 2.3/15).
 */
import type { Direction } from '../model/index.js'

/** @public */
export const toMailBit = 1
/** @public */
export const toRecordBit = 2

const bits: { readonly [direction in Direction]: number } = { none: 0, toMail: 1, toRecord: 2, both: 3 }
const names: ReadonlyArray<Direction> = ['none', 'toMail', 'toRecord', 'both']

/** @public */
export const bitsOf = (direction: Direction): number => bits[direction]

/** @public */
export const directionOf = (value: number): Direction => names[value & 3] ?? 'none'

/** The meet: what both let through. Laws: idempotent, commutative, associative; `both` is neutral, `none` absorbs. @public */
export const meet = (x: Direction, y: Direction): Direction => directionOf(bits[x] & bits[y])

/** The same direction seen from the other side. @public */
export const swapDirection = (direction: Direction): Direction =>
  direction === 'toMail' ? 'toRecord' : direction === 'toRecord' ? 'toMail' : direction

/** @public */
export const isDirection = (text: unknown): text is Direction => typeof text === 'string' && Object.hasOwn(bits, text)
