/**
 * How much memory a decision keeps alive until it is carried out: its two things, what is written, and the bases. Only
 * roughly, and for V8: what must be right is the order of magnitude, or `planBytesMax` bounds nothing.
 */
import type { BaseValue, Fields, Value } from '../../model/index.js'
import { isDigest } from '../../model/index.js'
import type { Decided } from '../unit.js'

/** An object and its first few slots. */
const objectBytes = 64
/** A slot of an object or an array. */
const slotBytes = 8
/** What a text costs beside its letters. */
const textBytes = 24
/** How deep values are looked into; what lies deeper is counted as nothing more. */
const depthMax = 4

/** Bytes that a decision holds beside its verdict and the names in its unit. */
export const weightOf = ({ unit, snapshots, effects, change, conflicts, claim }: Decided): number => {
  let bytes = (claim === undefined ? 2 : 5) * objectBytes + conflicts.length * 2 * objectBytes
  if (unit.link !== undefined) bytes += weightOfList(unit.link.base.mail) + weightOfList(unit.link.base.record)
  if (snapshots.item !== undefined) bytes += 2 * objectBytes + weightOfFields(snapshots.item.fields)
  if (snapshots.record !== undefined) bytes += 2 * objectBytes + weightOfFields(snapshots.record.fields)
  for (const effect of [effects.mail, effects.record]) {
    if (effect === undefined) continue
    bytes += 4 * objectBytes
    // The values themselves are mostly the snapshot's own; the object around them is not.
    if (effect._tag === 'Create') bytes += Object.keys(effect.fields).length * slotBytes
    else if (effect._tag === 'Update') bytes += weightOfFields(effect.set)
  }
  if (change._tag === 'Put') {
    bytes += 4 * objectBytes + 2 * slotBytes * (change.base.mail.length + (change.before?.mail.length ?? 0))
  } else if (change._tag !== 'None') bytes += 2 * objectBytes
  return bytes
}

const weightOfFields = (fields: Fields): number => {
  let bytes = objectBytes
  for (const field in fields) bytes += slotBytes + weightOfValue(fields[field], depthMax)
  return bytes
}

const weightOfList = (values: ReadonlyArray<BaseValue>): number => {
  let bytes = objectBytes
  for (const value of values) bytes += slotBytes + weightOfValue(isDigest(value) ? value.digest : value, depthMax)
  return bytes
}

const weightOfValue = (value: Value | undefined, depth: number): number => {
  if (typeof value === 'string') return textBytes + value.length
  if (typeof value !== 'object' || value === null) return 0
  if (depth === 0) return objectBytes
  let bytes = objectBytes
  for (const inner of Object.values(value)) bytes += slotBytes + weightOfValue(inner, depth - 1)
  return bytes
}
