/**
 * When and where a filter is judged: now, and the user's calendar around it. What is not asked is not computed, and
 * not even read from the context: most filters ask nothing of a time zone.
 */
import type { FilterContext, InstantMs, Zones } from '../model/index.js'
import { dayMs, instantOf, localOf, Misuse, startOfLocalDay } from '../model/index.js'
import { type Day, dayOfLocal } from './calendar.js'
import { type Fiscal, fiscalOf } from './fiscal.js'

export interface Moment {
  readonly context: FilterContext
  readonly now: () => InstantMs
  /** Today's date in the user's time zone. */
  readonly today: () => Day
  /** The date of an instant in the user's time zone. */
  readonly dayAt: (instantMs: InstantMs) => Day
  /** The first instant of a date: `sod` of 3.8. */
  readonly startOf: (day: Day) => InstantMs
  /** The instant of a date at the time of day that the user's clock shows now. */
  readonly sameTimeOn: (day: Day) => InstantMs
  readonly fiscal: () => Fiscal
}

export const momentOf = (context: FilterContext, given: Zones | undefined): Moment => {
  const zones = given ?? onlyUtc
  const zone = once(() => context.timeZone)
  const local = once(() => localOf(zones, zone(), context.nowMs))
  return {
    context,
    now: () => context.nowMs,
    today: () => dayOfLocal(local()),
    dayAt: (instantMs) => dayOfLocal(localOf(zones, zone(), instantMs)),
    startOf: (day) => startOfLocalDay(zones, zone(), day * dayMs),
    sameTimeOn: (day) => instantOf(zones, zone(), day * dayMs + (local() - dayOfLocal(local()) * dayMs)),
    fiscal: once(() => fiscalOf(context))
  }
}

/** Windows of another zone than UTC cannot be had without its data: wrong ones would delete items. */
const onlyUtc: Zones = {
  version: 'none',
  offsetMs: (zone) => {
    if (zone === 'UTC') return 0
    throw new Misuse('a condition on dates asks for data of the time zone: pass { zones }', ['zones'])
  }
}

const once = <A>(make: () => A): (() => A) => {
  let made: { readonly value: A } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
