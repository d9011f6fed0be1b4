/**
 * Stores in memory: a mailbox, an application's records, and what the engine keeps. For tests, simulations, scenarios
 * and examples; they keep what real ones keep: versions, feeds, tombstones, conditional writes, leases.
 */
export type { Fault, FaultError, FaultOp, FaultStore, MemoryFaults } from './faults.js'
export { Crash, memoryFaults } from './faults.js'
export type { StandingLease } from './leases.js'
export type { LinksDump, MemoryLinks, MemoryLinksSettings } from './links.js'
export { memoryLinks } from './links.js'
export type { HostItem, ItemEdit, MailHost, MemoryMail, MemoryMailSettings, MessageCounts } from './mail.js'
export { memoryMail } from './mail.js'
export type { HostRecord, MemoryRecords, MemoryRecordsSettings, RecordEdit, RecordHost } from './records.js'
export { memoryRecords } from './records.js'
export type { Attached } from './side.js'
export type { DumpedRow } from './tables.js'
export type { TriedCounts } from './write.js'
