/** When many mailboxes are visited, by whom first, and at what price. */
export type {
  Due,
  FleetCounts,
  FleetNotice,
  FleetOptions,
  NewSchedule,
  RateLimits,
  ScheduleStatus,
  TenantLimits,
  Visit
} from './face.js'
export type { Fleet } from './fleet.js'
export { createFleet, restoreFleet } from './planner.js'
export { shardLimits, shardOf } from './shard.js'
export type { FleetSnapshot, StoredBudget, StoredSchedules, StoredServer, StoredTenant } from './stored.js'
