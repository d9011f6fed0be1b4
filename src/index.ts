/**
 * `liaison`: a sync engine that an application embeds. What a reader meets first stands first.
 *
 * @packageDocumentation
 */
export {
  createEngine,
  type Engine,
  type EngineOptions,
  type FilterOptions,
  type ForgetWhat,
  fullAccess,
  type GestureAnswer,
  type HistoryEntry,
  type HistoryOptions,
  type HistoryPage,
  type HostFunctions,
  type HostOptions,
  type HostRow,
  type LogEntry,
  type MailboxInput,
  oneUser,
  platformZones,
  type Progress,
  recordStore,
  type Stop,
  Stopped,
  type SyncOptions,
  type UndoOptions
} from './engine/run/index.js'
export {
  type ClassGuard,
  type CycleGuard,
  defineSettings,
  type DuplicateRule,
  type PartialDeep,
  presets,
  type Settings,
  type SettingsInput
} from './engine/settings.js'
export type { CycleOutcome, CycleReport, Decision, UnitCounts, WriteCounts } from './engine/report.js'
export type { GuardName, Held } from './engine/plan/guard.js'
export type { AuditClass, AuditCounts, AuditPage, AuditRow, ClassCounts, Standing } from './engine/audit/report.js'
export type { FieldDifference, Why } from './engine/audit/compare.js'
export { explain, type Explanation, messages, type Messages } from './engine/explain.js'
export { type Pane, type PaneFacts, paneOf, type Status, statusOf } from './engine/pane.js'
export * from './engine/ports.js'
export { mergeFields as merge, mergeField } from './mapping/merge.js'
export type { BaseDigestOf } from './mapping/base.js'
export type { ConflictPolicy, FieldMerge, Merge, MergeContext, PairFields } from './mapping/merge.js'
export type { Flow, Rules } from './mapping/access.js'
export { type ConvertContext, type Converter, plainConvert } from './mapping/convert/index.js'
export type { Mapping, MappingRow, Place, RelatedNames, RowSide, Shape, ShapeRow } from './mapping/rule.js'
export { compile, type Predicate } from './filters/compile.js'
export { evaluate } from './filters/evaluate.js'
export type { Judging } from './filters/resolve.js'
export { contextFaults, filterFaults } from './filters/check.js'
export type { FilterFault } from './filters/operands.js'
export {
  freshPace,
  type Next,
  nextSync,
  type Observation,
  type Pace,
  type SteppedPolicy,
  stepped
} from './schedule/stepped.js'
export * from './model/index.js'
