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
  type Explain,
  type HintOptions,
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
  serve,
  type ServeOptions,
  type Stop,
  Stopped,
  type SyncOptions,
  type TrackOptions,
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
export {
  type Alert,
  type AlertCode,
  type AlertLevel,
  type AlertLevels,
  alertLevels,
  alertsOf,
  type AlertState
} from './engine/alerts.js'
export type { CheckAnswer, CheckedMessage, PromotedMessage } from './engine/check.js'
export { forwardedOf } from './engine/forward.js'
export { type DirectionTest, inForce, mailboxDirections, type SetUpTest, setUpOf } from './engine/setup.js'
export type { Trouble } from './engine/state.js'
export type { CycleOutcome, CycleReport, Decision, UnitCounts, WriteCounts } from './engine/report.js'
export type { GuardName, Held } from './engine/plan/guard.js'
export type { AuditClass, AuditCounts, AuditPage, AuditRow, ClassCounts, Standing } from './engine/audit/report.js'
export type { FieldDifference, Why } from './engine/audit/compare.js'
export {
  type NextRun,
  type NextRuns,
  type RunMessages,
  runMessages,
  type RunReason
} from './engine/next-run.js'
export type { FiguresInput, PolicyInput, ScheduleInput } from './engine/policies.js'
export type { Workload } from './engine/workload.js'
export { explain, type Explanation, messages, type Messages } from './engine/explain.js'
export {
  isOverdue,
  type Pane,
  type PaneAction,
  type PaneFacts,
  paneMessages,
  paneOf,
  type Participant,
  type ParticipantEntry,
  participantsFrom,
  type Status,
  statusOf,
  type WhyDisabled
} from './engine/pane.js'
export {
  addressChanged,
  type Approval,
  approvalDecided,
  can,
  type DirectionSetUp,
  directionTested,
  type MailboxDirection,
  mayDelegate,
  type MethodPowers,
  methodPowers,
  productNumbers,
  routerFigures,
  type SetUp,
  takesEffect,
  type TestResult,
  type Timing,
  usable,
  type UsableFacts
} from './engine/methods.js'
export {
  groupsOf,
  outcomeOf,
  planOf,
  type WizardAccount,
  type WizardAccountRecord,
  type WizardChoices,
  type WizardColour,
  type WizardContact,
  type WizardGroup,
  type WizardGroupChoice,
  type WizardGrouping,
  type WizardMember,
  type WizardOutcome,
  type WizardParent,
  type WizardPlan,
  type WizardRequest,
  type WizardResult
} from './engine/wizard.js'
export {
  type Conversation,
  correlate,
  type Correlation,
  type CorrelationKey,
  correlationKeys,
  type CorrelationMethod,
  type MessageDirection,
  storedFrom,
  type StoredMessage
} from './engine/track/correlate.js'
export {
  type DuplicateLookup,
  matches,
  type PlacedRule,
  rulesFor,
  type Suspect,
  suspects,
  type UserZone
} from './engine/track/duplicates.js'
export { judge, type JudgeFacts, type Judgement, type Probe } from './engine/track/judge.js'
export { type OwnerFacts, ownerAmong } from './engine/track/owner.js'
export { type Candidate, recipientsAmong, senderAmong } from './engine/track/resolve.js'
export { subjectWith, tokenFrom, type TokenParts, tokensIn } from './engine/track/token.js'
export type { Recipient } from './engine/facts.js'
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
export { type AdaptivePolicy, adaptive } from './schedule/adaptive.js'
export { type ClientPolicy, client } from './schedule/client.js'
export type { Learned } from './schedule/learned.js'
export { nextSync, type Policy } from './schedule/next-sync.js'
export {
  type CycleObservation,
  freshPace,
  type Next,
  type Observation,
  type Pace,
  type PaceReason,
  paceFor,
  type PolicyLimits,
  type RequestObservation
} from './schedule/pace.js'
export { type SteppedPolicy, stepped } from './schedule/stepped.js'
export * from './model/index.js'
