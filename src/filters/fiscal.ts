/** The fiscal calendar of 3.9: years that begin on a day of the calendar year, and their periods. */
import type { FilterContext, FiscalPeriod } from '../model/index.js'
import { civilOf, type Day, dayOf, plusMonths } from './calendar.js'

/** Periods of a fiscal year, by what the host divides it into. */
export const periodsOf: { readonly [K in FiscalPeriod]: number } = {
  month: 12,
  quarter: 4,
  'half-year': 2,
  year: 1,
  'four-weeks': 13
}

export interface Fiscal {
  readonly periods: number
  /** The fiscal year, by the calendar year it begins in, that holds a day. */
  readonly yearOf: (day: Day) => number
  readonly beginOfYear: (year: number) => Day
  /** Periods are counted through all years: year × periods + period − 1. */
  readonly indexOf: (day: Day) => number
  readonly beginOfIndex: (index: number) => Day
  /** The calendar year it begins in, of the fiscal year that bears a number. */
  readonly yearNamed: (number: number) => number
}

type FiscalContext = Pick<FilterContext, 'fiscalYearStart' | 'fiscalPeriod' | 'fiscalYearNamedBy'>

export const fiscalOf = ({
  fiscalYearStart = '01-01',
  fiscalPeriod = 'quarter',
  fiscalYearNamedBy
}: FiscalContext): Fiscal => {
  const [month = 1, day = 1] = fiscalYearStart.split('-').map(Number)
  const periods = periodsOf[fiscalPeriod]
  const beginOfYear = (year: number): Day => dayOf({ year, month, day })
  const yearOf = (at: Day): number => {
    const { year } = civilOf(at)
    return beginOfYear(year) <= at ? year : year - 1
  }
  /** Always counted from the year's start, so that a clamped border moves no later one. */
  const beginOf = (year: number, period: number): Day =>
    fiscalPeriod === 'four-weeks'
      ? beginOfYear(year) + 28 * period
      : plusMonths(beginOfYear(year), (12 / periods) * period)
  const beginOfIndex = (index: number): Day => {
    const year = Math.floor(index / periods)
    return beginOf(year, index - year * periods)
  }
  const indexOf = (at: Day): number => {
    const year = yearOf(at)
    let period = periods - 1
    while (period > 0 && beginOf(year, period) > at) period -= 1
    return year * periods + period
  }
  const endsNextYear = month > 1 || day > 1
  const yearNamed = (number: number): number => (fiscalYearNamedBy === 'end' && endsNextYear ? number - 1 : number)
  return { periods, yearOf, beginOfYear, indexOf, beginOfIndex, yearNamed }
}
