/**
 * The price at which a tenant spends its visits. A constant price spends best: the load follows day and week, and the
 * last visit of every hour is worth the same. So what a week would spend at a price is estimated from the last one,
 * and the price is moved to where that is the budget, less a part of what was overspent so far.
 *
 * Of the visits of a delay that the price has moved, √(old ÷ new price) are left at a new one (the delay goes with the
 * root of the price); those at the longest delay stay. Kept apart, both can be asked about any price. Visits of mailboxes
 * that their policy does not know yet are spent, but say nothing of later days.
 */

import type { StoredBudget } from './stored.js'

const dayMs = 24 * 60 * 60_000
const binMs = 6 * 60 * 60_000
export const bins = 28
const phases = 4
export const valuesEach = 3
/** What was overspent is made good within about two weeks, and no more than a quarter of the budget goes into that. */
const horizonDays = 14
const repaidMax = 0.25
/** Bins of observation that an assumption weighs. */
const assumed = 0.5
/** And before all times of a day were seen no more than this from the start: a policy may first have to learn. */
const firstDayMax = 2.5
/** Of a weekend that was never seen: between an office's, which is a half, and none. */
const weekendPart = 0.7
/** At least this part of the visits is taken to answer to the price, so that a price far off moves at all. */
const answeringMin = 0.1
/** A step of the root of the price, every ten minutes: the price moves at most 1.8-fold in an hour. */
const rootStepMax = 1.05

/** Visits per schedule and day: those that no price moves, and √price × those that it does. */
interface Spending {
  readonly fixed: number
  readonly rooted: number
  readonly weight: number
}

export class Budget {
  /** Root of the price. */
  root: number
  private startRoot: number
  /** Visits above what was allowed. */
  private debt = 0
  /** By the six hours of a week: exposure in schedule-days, fixed, rooted. Without exposure not seen yet. */
  private readonly week = new Float64Array(bins * valuesEach)
  private bin = -1
  private startAtMs = -1
  private atMs = -1
  private running = nothingSeen

  constructor(root: number) {
    this.root = root
    this.startRoot = root
  }

  /** What was seen for a while that ends at `atMs`, at the effective price whose root is `root`. */
  observe(seen: Seen, visitsPerDay: number, atMs: number): void {
    const bin = Math.floor(atMs / binMs)
    if (bin !== this.bin) this.close(bin)
    if (this.startAtMs < 0) this.startAtMs = atMs - seen.elapsedMs
    this.atMs = atMs
    const exposure = (seen.scheduled * seen.elapsedMs) / dayMs
    const { running } = this
    this.running = {
      exposure: running.exposure + exposure,
      fixed: running.fixed + seen.visits - seen.priced - seen.learning,
      rooted: running.rooted + seen.priced * seen.root,
      elapsedMs: running.elapsedMs + seen.elapsedMs,
      visits: running.visits + seen.visits,
      learning: running.learning + seen.learning
    }
    const most = seen.scheduled * visitsPerDay * horizonDays * repaidMax
    // No −0, which JSON does not know.
    this.debt = clamp(this.debt + seen.visits - visitsPerDay * exposure, -most, most) + 0
  }

  /** Moves the price. */
  step(scheduled: number, visitsPerDay: number, bounds: { readonly min: number; readonly max: number }): void {
    if (scheduled === 0 || this.startAtMs < 0) return
    const week = this.expected(visitsPerDay)
    const overspent = this.debt / scheduled - (this.usualBy(week, this.atMs) - this.usualBy(week, this.startAtMs))
    const repaid = clamp(overspent / horizonDays, -repaidMax * visitsPerDay, repaidMax * visitsPerDay)
    const target = visitsPerDay - repaid
    const { fixed, rooted } = mean(week)
    const answering = Math.max(rooted, answeringMin * (fixed * this.root + rooted))
    const staying = Math.max(0, fixed - (answering - rooted) / this.root)
    const wanted = target > staying ? answering / (target - staying) : Number.POSITIVE_INFINITY
    const stepped = clamp(wanted, this.root / rootStepMax, this.root * rootStepMax)
    const isFirstDay = this.atMs - this.startAtMs < dayMs
    const likely = isFirstDay ? clamp(stepped, this.startRoot / firstDayMax, this.startRoot * firstDayMax) : stepped
    this.root = clamp(likely, Math.sqrt(bounds.min), Math.sqrt(bounds.max))
  }

  stored(): StoredBudget {
    const { exposure, fixed, rooted, elapsedMs, visits, learning } = this.running
    const running = [exposure, fixed, rooted, elapsedMs, visits, learning]
    const { root, startRoot, debt, bin, startAtMs, atMs } = this
    return { root, startRoot, debt, week: Array.from(this.week), bin, running, startAtMs, atMs }
  }

  restore({ root, startRoot, debt, week, bin, running, startAtMs, atMs }: StoredBudget): void {
    const [exposure = 0, fixed = 0, rooted = 0, elapsedMs = 0, visits = 0, learning = 0] = running
    this.root = root
    this.startRoot = startRoot
    this.debt = debt
    this.week.set(week)
    this.bin = bin
    this.startAtMs = startAtMs
    this.atMs = atMs
    this.running = { exposure, fixed, rooted, elapsedMs, visits, learning }
  }

  private close(bin: number): void {
    const { exposure, fixed, rooted, elapsedMs } = ofKnown(this.running)
    if (this.bin >= 0 && elapsedMs >= binMs / 2) this.week.set([exposure, fixed, rooted], indexOf(this.bin))
    this.bin = bin
    this.running = nothingSeen
  }

  /** By the bins of a week; those that were never seen are like others of their time of day, or somewhat less at a weekend. */
  private expected(visitsPerDay: number): ReadonlyArray<Spending> {
    const seen = Array.from({ length: bins }, (_, bin) => this.seenIn(bin))
    const start: Spending = { fixed: 0, rooted: visitsPerDay * this.startRoot, weight: assumed }
    const whole = mean([...seen, start])
    const likely = Array.from({ length: phases }, (_, phase) =>
      mean([...seen.filter((_each, bin) => bin % phases === phase), { ...whole, weight: assumed }])
    )
    return seen.map((each, bin) => {
      const other = likely[bin % phases] ?? whole
      return { ...mean([each, scaled(other, isWeekend(bin) ? weekendPart : 1, 1 - each.weight)]), weight: 1 }
    })
  }

  /** What a usual week has spent above its average, or below, from its beginning to an instant. */
  private usualBy(week: ReadonlyArray<Spending>, atMs: number): number {
    const average = this.visitsOf(mean(week))
    const place = atMs / binMs - Math.floor(atMs / binMs / bins) * bins
    let above = 0
    for (let bin = 0; bin < place; bin += 1)
      above += (this.visitsOf(week[bin] ?? mean(week)) - average) * Math.min(1, place - bin)
    return (above * binMs) / dayMs
  }

  private visitsOf({ fixed, rooted }: Spending): number {
    return fixed + rooted / this.root
  }

  private seenIn(bin: number): Spending {
    const from = bin * valuesEach
    const exposure = this.week[from] ?? 0
    if (exposure > 0)
      return { fixed: (this.week[from + 1] ?? 0) / exposure, rooted: (this.week[from + 2] ?? 0) / exposure, weight: 1 }
    const running = ofKnown(this.running)
    if (indexOf(this.bin) !== from || running.exposure === 0) return { fixed: 0, rooted: 0, weight: 0 }
    const weight = Math.min(1, running.elapsedMs / binMs)
    return { fixed: running.fixed / running.exposure, rooted: running.rooted / running.exposure, weight }
  }
}

interface Running {
  readonly exposure: number
  readonly fixed: number
  readonly rooted: number
  readonly elapsedMs: number
  readonly visits: number
  readonly learning: number
}

const nothingSeen: Running = { exposure: 0, fixed: 0, rooted: 0, elapsedMs: 0, visits: 0, learning: 0 }

/** Without the time of those that are not known yet: their part of the visits is their part of it. */
const ofKnown = (running: Running): Running => {
  const part = running.visits === 0 ? 1 : 1 - running.learning / running.visits
  return { ...running, exposure: running.exposure * part, elapsedMs: running.elapsedMs * part }
}

const scaled = ({ fixed, rooted }: Spending, part: number, weight: number): Spending => ({
  fixed: fixed * part,
  rooted: rooted * part,
  weight
})

/** The epoch began on a Thursday. */
const isWeekend = (bin: number): boolean => bin >= 2 * phases && bin < 4 * phases

/** What came of a price for a while. */
export interface Seen {
  readonly elapsedMs: number
  /** Schedules that were due at some time. */
  readonly scheduled: number
  readonly visits: number
  /** Those whose delay was moved by the price. */
  readonly priced: number
  /** Those of schedules that their policy did not know yet. */
  readonly learning: number
  readonly root: number
}

const indexOf = (bin: number): number => (bin - Math.floor(bin / bins) * bins) * valuesEach

const mean = (all: ReadonlyArray<Spending>): Spending => {
  let fixed = 0
  let rooted = 0
  let weight = 0
  for (const each of all) {
    fixed += each.fixed * each.weight
    rooted += each.rooted * each.weight
    weight += each.weight
  }
  return weight === 0 ? { fixed, rooted, weight } : { fixed: fixed / weight, rooted: rooted / weight, weight }
}

export const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value))
