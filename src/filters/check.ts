/**
 * Whether something is a filter, and a context a context. A fault names its path (`and[1].or[0].value`) and what is
 * expected, never a value.
 */
import type { FieldTypes, FiscalPeriod, FilterContext, Zones } from '../model/index.js'
import { isZone, limits } from '../model/index.js'
import { typeOf } from './attributes.js'
import { dayFromText } from './calendar.js'
import { periodsOf } from './fiscal.js'
import { type FilterFault, valueFaults } from './operands.js'
import { operators } from './operators.js'
import { weekdays } from './windows.js'

/** What the checks of one filter share. */
interface Check {
  readonly schema: FieldTypes | undefined
  readonly periods: number
  readonly faults: Array<FilterFault>
  conditions: number
  nodes: number
}

/**
 * All faults of a filter; none where it may be used (3.11). Without a schema fields may have any name, and values any
 * type that the operator is for.
 * @public
 */
export const filterFaults = (
  input: unknown,
  schema?: FieldTypes,
  fiscal: FiscalPeriod = 'quarter'
): ReadonlyArray<FilterFault> => {
  const check: Check = { schema, periods: periodsOf[fiscal], faults: [], conditions: 0, nodes: 0 }
  walk(input, '', 1, check)
  if (check.conditions > limits.filterConditionsMax)
    check.faults.unshift({ path: '', expected: `at most ${limits.filterConditionsMax} conditions` })
  if (check.nodes > limits.filterNodesMax)
    check.faults.unshift({ path: '', expected: `at most ${limits.filterNodesMax} groups and conditions` })
  return check.faults.slice(0, limits.filterFaultsMax)
}

const walk = (node: unknown, path: string, depth: number, check: Check): void => {
  check.nodes += 1
  // Past a limit nothing more is looked at: the filter is refused anyway.
  if (check.nodes > limits.filterNodesMax || check.faults.length > limits.filterFaultsMax) return
  if (depth > limits.filterDepthMax) {
    check.faults.push({ path, expected: `at most ${limits.filterDepthMax} levels` })
    return
  }
  const kind = kindOf(node)
  if (kind === undefined) {
    check.faults.push({ path, expected: 'a node with exactly one of and, or, not, field' })
    return
  }
  const members = node as { readonly [key: string]: unknown }
  for (const key of Object.keys(members))
    if (!keysOf[kind].includes(key))
      check.faults.push({ path: join(path, key), expected: `one of ${keysOf[kind].join(', ')}` })
  if (kind === 'field') {
    check.conditions += 1
    if (check.conditions <= limits.filterConditionsMax) checkCondition(members, path, check)
    return
  }
  const below = members[kind]
  if (kind === 'not') walk(below, join(path, 'not'), depth + 1, check)
  else if (!Array.isArray(below)) check.faults.push({ path: join(path, kind), expected: 'a list of filters' })
  else for (const [index, entry] of below.entries()) walk(entry, `${join(path, kind)}[${index}]`, depth + 1, check)
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

const kinds = ['and', 'or', 'not', 'field'] as const

const keysOf: { readonly [K in (typeof kinds)[number]]: ReadonlyArray<string> } = {
  and: ['and'],
  or: ['or'],
  not: ['not'],
  field: ['field', 'op', 'value']
}

const kindOf = (node: unknown): (typeof kinds)[number] | undefined => {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined
  const found = kinds.filter((kind) => Object.hasOwn(node, kind))
  return found.length === 1 ? found[0] : undefined
}

const checkCondition = (
  { field, op, value }: { readonly [key: string]: unknown },
  path: string,
  { schema, periods, faults }: Check
): void => {
  if (typeof field !== 'string' || field === '') {
    faults.push({ path: join(path, 'field'), expected: 'the name of a field' })
    return
  }
  const type = typeOf(field, schema)
  if (type === undefined && schema !== undefined)
    faults.push({ path: join(path, 'field'), expected: 'a field that the schema names' })
  const operator = typeof op === 'string' ? operators.get(op) : undefined
  if (operator === undefined) {
    faults.push({ path: join(path, 'op'), expected: 'a known operator' })
  } else if (type !== undefined && !operator.types.includes(type)) {
    faults.push({ path: join(path, 'op'), expected: `an operator for fields of type ${type}` })
  } else {
    const types = type === undefined ? operator.types : [type]
    faults.push(...valueFaults(operator.takes, types, value, periods).map((fault) => at(join(path, 'value'), fault)))
  }
}

const at = (path: string, { path: below, expected }: FilterFault): FilterFault => ({
  path: `${path}${below}`,
  expected
})

/** Faults of a context: they are told before any filter is read (3.9). @public */
export const contextFaults = (context: Partial<FilterContext>, zones?: Zones): ReadonlyArray<FilterFault> => {
  const { timeZone, weekStart, fiscalYearStart, fiscalPeriod, language, nowMs } = context
  const faults: Array<FilterFault> = []
  const must = (path: string, holds: boolean, expected: string): void => {
    if (!holds) faults.push({ path: `context.${path}`, expected })
  }
  if (fiscalYearStart !== undefined) {
    const isDay = dayFromText(`2001-${fiscalYearStart}`) !== undefined
    must('fiscalYearStart', isDay, 'MM-DD, a day that every year has')
  }
  if (weekStart !== undefined)
    must('weekStart', weekdays.includes(weekStart), 'a weekday, in English and small letters')
  if (fiscalPeriod !== undefined)
    must('fiscalPeriod', Object.hasOwn(periodsOf, fiscalPeriod), `one of ${Object.keys(periodsOf).join(', ')}`)
  if (language !== undefined) must('language', Number.isInteger(language), 'a language code')
  if (nowMs !== undefined) must('nowMs', Number.isInteger(nowMs), 'an instant in whole milliseconds')
  if (timeZone !== undefined && zones !== undefined)
    must('timeZone', isZone(zones, timeZone), 'a time zone that the zone data know')
  return faults
}
