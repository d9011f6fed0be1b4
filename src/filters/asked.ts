/**
 * What a filter asks of its context. Two contexts that differ in nothing that is asked hold the same records, and a
 * filter that does not ask what time it is changes its members by itself never.
 */
import type { Filter, FilterContext } from '../model/index.js'
import { compile } from './compile.js'
import { type Judging, type Resolved, resolve } from './resolve.js'
import type { Test } from './tests.js'

/** A context without what nobody asks of it. */
export const nothingAsked: FilterContext = { user: '', teams: [], businessUnit: '', timeZone: 'UTC', nowMs: 0 }

/** What of a context a filter asks. */
export interface AskedContext {
  /** The same context, with neutral values where the filter asks nothing. It holds the same records. */
  readonly context: FilterContext
  /** It asks what time it is: members come and go through the passing of time alone. */
  readonly isRelative: boolean
  /** It asks where: other data of the time zone may be another answer. */
  readonly isLocal: boolean
}

/**
 * Finds out by compiling: the context notes what is read of it. So nothing that an operator asks can be forgotten.
 */
export const askedContext = (filter: Filter, context: FilterContext, judging: Judging): AskedContext => {
  const read = new Set<string>()
  const noting = new Proxy(context, {
    get: (target, name) => {
      if (typeof name === 'string') read.add(name)
      return Reflect.get(target, name)
    }
  })
  compile(filter, noting, judging)
  const kept = Object.fromEntries(Object.entries(context).filter(([name]) => read.has(name)))
  return {
    context: { ...nothingAsked, ...kept },
    isRelative: read.has('nowMs'),
    isLocal: read.has('timeZone')
  }
}

/** The borders of all windows of a filter, as one text: while it stays the same, time alone changes no member. */
export const bordersOf = (filter: Filter, context: FilterContext, judging: Judging): string => {
  const borders: Array<string> = []
  const ofTest = (test: Test | undefined): void => {
    if (test === undefined) return
    if (test._tag === 'Dates' || test._tag === 'Instants') borders.push(`${test.from ?? ''}..${test.to ?? ''}`)
    else if (test._tag === 'Nothing') borders.push('nothing')
    else if (test._tag === 'ByForm') for (const form of [test.date, test.datetime]) ofTest(form)
  }
  const walk = (node: Resolved): void => {
    if (node._tag === 'Field') ofTest(node.test)
    else if (node._tag === 'Not') walk(node.part)
    else node.parts.forEach(walk)
  }
  walk(resolve(filter, context, judging))
  return borders.join(' ')
}

/**
 * A filter that holds whatever this one holds at any time: conditions on now hold everything. For those who must
 * know today whom a later cycle may concern.
 */
export const atAnyTime = (filter: Filter, judging: Judging, negated = false): Filter => {
  if ('and' in filter) return { and: filter.and.map((part) => atAnyTime(part, judging, negated)) }
  if ('or' in filter) return { or: filter.or.map((part) => atAnyTime(part, judging, negated)) }
  if ('not' in filter) return { not: atAnyTime(filter.not, judging, !negated) }
  if (!askedContext(filter, nothingAsked, judging).isRelative) return filter
  return negated ? { or: [] } : { and: [] }
}
