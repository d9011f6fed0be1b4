/** What a visit costs a tenant: the higher of what its budget and what its rate ask for. */
import { Budget, type Seen } from './budget.js'
import { Congestion } from './congestion.js'
import type { TenantLimits } from './face.js'
import type { StoredBudget } from './stored.js'

export interface PriceBounds {
  readonly initial: number
  readonly min: number
  readonly max: number
}

export class Pricing {
  private readonly bounds: PriceBounds
  budget: Budget | undefined
  readonly congestion: Congestion
  /** Since they were last told. */
  visits = 0
  priced = 0
  learning = 0

  constructor(bounds: PriceBounds) {
    this.bounds = bounds
    this.congestion = new Congestion(Math.sqrt(bounds.min))
  }

  /** Of the price. */
  get root(): number {
    return Math.max(this.ownRoot, this.congestion.root)
  }

  observe(seen: Seen, backlog: number, limits: TenantLimits, atMs: number): void {
    this.visits = 0
    this.priced = 0
    this.learning = 0
    const most = Math.sqrt(this.bounds.max)
    if (limits.perSecondMax === undefined) this.congestion.root = Math.sqrt(this.bounds.min)
    else this.congestion.step(seen, backlog, limits.perSecondMax, this.ownRoot, most)
    if (limits.visitsPerDay === undefined) this.budget = undefined
    else {
      this.budget ??= new Budget(Math.sqrt(this.bounds.initial))
      this.budget.observe(seen, limits.visitsPerDay, atMs)
    }
  }

  step(scheduled: number, { visitsPerDay }: TenantLimits): void {
    if (visitsPerDay !== undefined) this.budget?.step(scheduled, visitsPerDay, this.bounds)
  }

  restore(budget: StoredBudget): void {
    this.budget = new Budget(budget.root)
    this.budget.restore(budget)
  }

  private get ownRoot(): number {
    return this.budget?.root ?? Math.sqrt(this.bounds.initial)
  }
}
