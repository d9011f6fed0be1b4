/**
 * A token bucket as one instant: when it will be full again. Law: within any time t at most burst + t ÷ interval.
 */
import type { RateLimits } from './face.js'

export class Rate {
  /** Between two visits, on average; 0 is no limit. */
  private intervalMs = 0
  private burst = 1
  fullAtMs = 0

  /** Other limits: what was spent stays spent, counted in visits. */
  limit({ perSecondMax, burstMax }: RateLimits, atMs: number): void {
    const owed = this.owedAt(atMs)
    this.intervalMs = perSecondMax === undefined ? 0 : 1000 / perSecondMax
    this.burst = Math.max(1, burstMax ?? perSecondMax ?? 1)
    this.fullAtMs = owed === 0 ? 0 : atMs + owed * this.intervalMs
  }

  /** Visits that may begin at once. */
  allowance(atMs: number): number {
    return this.intervalMs === 0 ? Number.POSITIVE_INFINITY : Math.floor(this.burst - this.owedAt(atMs))
  }

  /** With half of the rate in force (`part` ½) a visit costs two. */
  spend(atMs: number, part = 1): void {
    if (this.intervalMs !== 0) this.fullAtMs = Math.max(this.fullAtMs, atMs) + this.intervalMs / part
  }

  /** When `visits` may begin at once, if none begins before: always after `atMs`. */
  allowsAtMs(visits: number, atMs: number): number {
    return Math.max(atMs + 1, Math.ceil(this.fullAtMs - (this.burst - visits) * this.intervalMs))
  }

  private owedAt(atMs: number): number {
    return this.intervalMs === 0 ? 0 : Math.max(0, this.fullAtMs - atMs) / this.intervalMs
  }
}
