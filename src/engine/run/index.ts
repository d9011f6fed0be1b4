/** Floor 3: what touches the ports. */
export {
  createEngine,
  type Engine,
  type EngineOptions,
  type HintOptions,
  type TrackOptions,
  settingsOf,
  type SyncOptions
} from './create-engine.js'
export { fullAccess, type MailboxInput, oneUser, platformZones } from './defaults.js'
export type { ForgetWhat } from './forget.js'
export type { GestureAnswer } from './gesture.js'
export type { HistoryEntry, HistoryOptions, HistoryPage } from './history.js'
export { type HostFunctions, type HostOptions, type HostRow, recordStore } from './record-store.js'
export { type FilterOptions, type LogEntry, type Progress, type Stop, Stopped } from './session.js'
export type { UndoOptions } from './undo.js'
export { serve, type ServeOptions } from './serve.js'
export type { Explain } from './explain.js'
