/**
 * Floor 1: which fields go where. The entry `liaison/mapping`.
 */
export { type Flow, type FlowSettings, type Rules, rulesOf } from './access.js'
export { type BaseDigestOf, baseValueOf } from './base.js'
export { addressesOf, leftBehind, whyLeftBehind } from './convert/people.js'
export { type ConvertContext, type Converter, converters, plainConvert } from './convert/index.js'
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
  holdsBase,
  mergeFields,
  type PairFields
} from './merge.js'
export {
  appointmentMapping,
  contactMapping,
  emailMapping,
  faxMapping,
  letterMapping,
  phonecallMapping,
  presetMappings,
  recurringAppointmentMapping,
  serviceAppointmentMapping,
  stateField,
  statusField,
  taskMapping
} from './presets/index.js'
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
