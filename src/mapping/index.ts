/**
 * Floor 1: which fields go where. The entry `liaison/mapping`.
 */
export { type Flow, type FlowSettings, type Rules, rulesOf } from './access.js'
export type { BaseDigestOf } from './base.js'
export { type Converter, converters } from './convert.js'
export {
  type BaseContext,
  baseOf,
  baseSide,
  type Creation,
  digestsOf,
  itemForRecord,
  rebase,
  recordForItem
} from './create.js'
export { bitsOf, directionOf, isDirection, meet, swapDirection, toMailBit, toRecordBit } from './direction.js'
export {
  type ConflictPolicy,
  type FieldMerge,
  type Merge,
  type MergeContext,
  mergeField,
  mergeFields,
  type PairFields
} from './merge.js'
export { contactMapping, presetMappings } from './presets/index.js'
export { isRich, plainOfRich } from './rich.js'
export {
  type ChosenRow,
  keysFor,
  type Mapping,
  type MappingRow,
  type Place,
  type RelatedNames,
  type RowSide,
  type Shape,
  type ShapeOptions,
  type ShapeRow,
  shapeOf
} from './rule.js'
