/** What is looked after every minute: prices, and whether the least that is needed can be had at all. */
import type { Settings } from './check.js'
import { Congestion } from './congestion.js'
import type { FleetNotice } from './face.js'
import type { Tenant } from './parties.js'

const minuteMs = 60_000
/** Minutes between two steps of the budgets' prices. */
const budgetMinutes = 10
/** A host that slept does not make good for the night. */
const elapsedMsMax = 60 * 60_000
const noticesMax = 1000
const dayS = 86_400

export class Control {
  private readonly settings: Settings
  readonly congestion: Congestion
  atMs: number
  minutes = 0
  pending: Array<FleetNotice> = []
  /** Numbers of the tenants that were told to be infeasible; the fleet is −1. */
  readonly infeasible = new Set<number>()

  constructor(settings: Settings, atMs: number) {
    this.settings = settings
    this.congestion = new Congestion(Math.sqrt(settings.price.min))
    this.atMs = atMs
  }

  isDue(atMs: number): boolean {
    return atMs - this.atMs >= minuteMs
  }

  run(tenants: ReadonlyArray<Tenant>, atMs: number, shiftMs: number): void {
    const elapsedMs = Math.min(atMs - this.atMs, elapsedMsMax)
    const fleetRoot = this.congestion.root
    const whole = { elapsedMs, scheduled: 0, visits: 0, priced: 0, learning: 0, root: 0 }
    let lowest = Number.POSITIVE_INFINITY
    let backlog = 0
    this.atMs = atMs
    this.minutes += 1
    for (const tenant of tenants) {
      const { pricing, scheduled, limits } = tenant
      const root = Math.max(pricing.root, fleetRoot)
      whole.scheduled += scheduled
      whole.visits += pricing.visits
      whole.priced += pricing.priced
      whole.root += pricing.priced * root
      backlog += tenant.due
      const { visits, priced, learning } = pricing
      const seen = { elapsedMs, scheduled, visits, priced, learning, root }
      pricing.observe(seen, tenant.due, limits, atMs)
      // Not all in one minute: with many tenants that would be felt.
      if ((this.minutes + tenant.index) % budgetMinutes === 0) pricing.step(scheduled, limits)
      if (scheduled > 0) lowest = Math.min(lowest, pricing.root)
      this.tellTenant(tenant, atMs - shiftMs)
    }
    const { perSecondMax, price } = this.settings
    if (perSecondMax === undefined || whole.scheduled === 0) return
    const root = whole.priced === 0 ? Math.max(fleetRoot, lowest) : whole.root / whole.priced
    this.congestion.step({ ...whole, root }, backlog, perSecondMax, lowest, Math.sqrt(price.max))
    this.tell(-1, { scope: 'fleet' }, this.needed(whole.scheduled), perSecondMax, atMs - shiftMs)
  }

  private tellTenant({ index, name, limits, scheduled }: Tenant, atMs: number): void {
    const rate = limits.perSecondMax ?? Number.POSITIVE_INFINITY
    const budget = limits.visitsPerDay === undefined ? rate : (limits.visitsPerDay * scheduled) / dayS
    this.tell(index, { scope: 'tenant', name }, this.needed(scheduled), Math.min(rate, budget), atMs)
  }

  private needed(scheduled: number): number {
    return (scheduled * 1000) / this.settings.delayMsMax
  }

  private tell(
    party: number,
    whose: Pick<FleetNotice, 'scope' | 'name'>,
    neededPerSecond: number,
    allowedPerSecond: number,
    atMs: number
  ): void {
    const begins = neededPerSecond > allowedPerSecond
    if (begins === this.infeasible.has(party)) return
    if (begins) this.infeasible.add(party)
    else this.infeasible.delete(party)
    if (this.pending.length === noticesMax) this.pending.shift()
    this.pending.push({ notice: 'budget-infeasible', begins, atMs, ...whose, neededPerSecond, allowedPerSecond })
  }
}
