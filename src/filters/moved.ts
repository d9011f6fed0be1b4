/**
 * Whom the passing of time may have moved. Between two times a record comes or goes only where one of its values lies
 * between an old border and a new one: a narrow range, where the filter alone may ask for a month.
 */
import type { Filter, FilterContext } from '../model/index.js'
import { dayMs } from '../model/index.js'
import { dayFromText, firstDay, lastDay } from './calendar.js'
import { type Judging, type Resolved, resolve } from './resolve.js'
import type { Test } from './tests.js'

/**
 * A filter that holds at least every record that `filter` holds at only one of two times. A union of ranges: none,
 * where no border has moved.
 */
export const movedBetween = (filter: Filter, before: FilterContext, now: FilterContext, judging: Judging): Filter => {
  const ranges: Array<Filter> = []
  const walk = (node: Filter, old: Resolved, current: Resolved): void => {
    if ('field' in node) {
      if (old._tag === 'Field' && current._tag === 'Field') ranges.push(...rangesOf(node.field, old.test, current.test))
    } else if ('not' in node) {
      if (old._tag === 'Not' && current._tag === 'Not') walk(node.not, old.part, current.part)
    } else if ('parts' in old && 'parts' in current) {
      for (const [index, part] of ('and' in node ? node.and : node.or).entries()) {
        const [was, is] = [old.parts[index], current.parts[index]]
        if (was !== undefined && is !== undefined) walk(part, was, is)
      }
    }
  }
  walk(filter, resolve(filter, before, judging), resolve(filter, now, judging))
  return { or: ranges }
}

/** Half-open, in milliseconds; of dates those of their midnights. */
interface Span {
  readonly from: number
  readonly to: number
}

const rangesOf = (field: string, old: Test, current: Test): ReadonlyArray<Filter> =>
  (['Dates', 'Instants'] as const).flatMap((form) => {
    const [x, y] = [spanOf(form, old), spanOf(form, current)]
    // What only one window holds lies where the lower ends have passed, or where the upper ones have.
    const spans: ReadonlyArray<Span> =
      x === undefined || y === undefined
        ? [x ?? y].filter((span) => span !== undefined)
        : [between(x.from, y.from), between(x.to, y.to)].filter(({ from, to }) => from < to)
    return spans.map((span) => rangeOf(field, form, span))
  })

const between = (x: number, y: number): Span => ({ from: Math.min(x, y), to: Math.max(x, y) })

const spanOf = (form: 'Dates' | 'Instants', test: Test): Span | undefined => {
  const found = test._tag === 'ByForm' ? (form === 'Dates' ? test.date : test.datetime) : test
  if (found?._tag === 'Dates' && form === 'Dates')
    return { from: midnightOf(found.from, -Infinity), to: midnightOf(found.to, Infinity) }
  if (found?._tag === 'Instants' && form === 'Instants')
    return { from: found.from ?? -Infinity, to: found.to ?? Infinity }
  return undefined
}

const midnightOf = (date: string | undefined, open: number): number => {
  const day = date === undefined ? undefined : dayFromText(date)
  return day === undefined ? open : day * dayMs
}

const firstMs = firstDay * dayMs
const lastMs = lastDay * dayMs

/** Ends outside the years that values of filters can name are left open. */
const rangeOf = (field: string, form: 'Dates' | 'Instants', { from, to }: Span): Filter => {
  const spelled = (atMs: number): string => {
    const iso = new Date(atMs).toISOString()
    return form === 'Dates' ? iso.slice(0, 10) : iso
  }
  return {
    and: [
      ...(from < firstMs ? [] : [{ field, op: 'ge', value: spelled(Math.min(from, lastMs)) }]),
      ...(to > lastMs ? [] : [{ field, op: 'lt', value: spelled(Math.max(to, firstMs)) }])
    ]
  }
}
