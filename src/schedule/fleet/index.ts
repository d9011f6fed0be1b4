/** When many mailboxes are visited, by whom first, and at what price. */
export type {
  Due,
  Fleet,
  FleetCounts,
  FleetNotice,
  FleetOptions,
  FleetSnapshot,
  NewSchedule,
  RateLimits,
  ScheduleStatus,
  TenantLimits,
  Visit
} from './face.js'
