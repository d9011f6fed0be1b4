/** How a base keeps a value: as it was observed, or as a keyed digest of its normal form. */
import type { BaseValue, Side, Value } from '../model/index.js'
import { isDigest } from '../model/index.js'
import type { ShapeRow } from './rule.js'

/** Digest of a value of one row and side, for bases that hold digests. */
export type BaseDigestOf = (side: Side, row: string, value: Value) => string

/** A value as a base keeps it. One that looks like a digest is kept as its digest, so that the two are never mistaken. */
export const baseValueOf = (
  side: Side,
  row: ShapeRow,
  value: Value,
  { digest, digestBase }: { readonly digest: BaseDigestOf; readonly digestBase: boolean }
): BaseValue =>
  digestBase || row.row.large === true || isDigest(value)
    ? { digest: digest(side, row.name, row[side].normal(value)) }
    : value
