/** A fleet as plain JSON. Instants are on the fleet's own clock; −1 stands for never, and for nobody. */
import type { FleetNotice, RateLimits, TenantLimits } from './face.js'

/** By handle. @public */
export interface StoredSchedules {
  readonly tenant: ReadonlyArray<number>
  readonly server: ReadonlyArray<number>
  /** 0 removed, 1 waiting, 2 due, 3 in flight, 4 parked, 5 waiting until somebody asks; + 16 priced, + 32 to be parked, + 64 not known yet. */
  readonly status: ReadonlyArray<number>
  readonly priority: ReadonlyArray<number>
  /** The next schedule of the same mailbox, in a ring. */
  readonly sibling: ReadonlyArray<number>
  readonly dueAtMs: ReadonlyArray<number>
  readonly notBeforeMs: ReadonlyArray<number>
  readonly untilMs: ReadonlyArray<number>
  readonly lease: ReadonlyArray<number>
  readonly hintedAtMs: ReadonlyArray<number>
}

/** What the budget's price has learned. @public */
export interface StoredBudget {
  readonly root: number
  readonly startRoot: number
  readonly debt: number
  readonly week: ReadonlyArray<number>
  readonly bin: number
  readonly running: ReadonlyArray<number>
  readonly startAtMs: number
  readonly atMs: number
}

/** @public */
export interface StoredTenant {
  readonly name: string
  readonly limits: TenantLimits
  readonly fullAtMs: number
  readonly visitsLeft: number
  /** While it waits for its rate. */
  readonly wakeAtMs: number
  readonly visits: number
  readonly priced: number
  readonly learning: number
  readonly congestion: readonly [root: number, backlog: number]
  readonly budget?: StoredBudget
}

/** @public */
export interface StoredServer {
  readonly name: string
  readonly limits: RateLimits
  readonly fullAtMs: number
  readonly wakeAtMs: number
  readonly part: number
  readonly partAtMs: number
  readonly inFlightSeen: number
  /** Tenants whose lanes sleep, in their order, and those whose lanes were promised a place. */
  readonly asleep: ReadonlyArray<number>
  readonly promised: ReadonlyArray<number>
}

/** All that a fleet is, as plain JSON. @public */
export interface FleetSnapshot {
  readonly version: 1
  readonly atMs: number
  readonly shiftMs: number
  readonly visits: number
  readonly shared: number
  readonly forcedUnlocks: number
  readonly refused: number
  readonly fullAtMs: number
  /** Handles that are free, the next one last. */
  readonly freed: ReadonlyArray<number>
  readonly schedules: StoredSchedules
  readonly tenants: ReadonlyArray<StoredTenant>
  readonly servers: ReadonlyArray<StoredServer>
  /** Tenants in the order of their turns. */
  readonly turns: ReadonlyArray<number>
  readonly control: {
    readonly atMs: number
    readonly minutes: number
    readonly congestion: readonly [root: number, backlog: number]
    readonly infeasible: ReadonlyArray<number>
    readonly notices: ReadonlyArray<FleetNotice>
  }
}
