/** Which value a condition may have, by what its operator takes and the types its field may be of (3.11/4 to 3.11/8). */
import type { FieldType } from '../model/index.js'
import { limits } from '../model/index.js'
import type { Takes } from './operators.js'
import { patternFrom } from './pattern.js'
import { comparable, isDate, isInstant } from './values.js'

/** A fault of a filter: where, and what is expected there. @public */
export interface FilterFault {
  readonly path: string
  readonly expected: string
}

type Types = ReadonlyArray<FieldType>

const none: ReadonlyArray<FilterFault> = []
const fault = (expected: string, path = ''): ReadonlyArray<FilterFault> => [{ path, expected }]

/** Faults of a value; their paths begin behind `value`. */
export const valueFaults = (
  takes: Takes,
  types: Types,
  value: unknown,
  periods: number
): ReadonlyArray<FilterFault> => {
  if (takes === 'none') return value === undefined ? none : fault('no value')
  if (isNullish(value)) return fault(notEmpty)
  switch (takes) {
    case 'one':
      return isListAlone(types) ? listFaults(types, value) : oneFaults(types, value)
    case 'two':
      return isListOf(value, 2) ? entryFaults(types, value) : fault('a list of exactly two values')
    case 'list':
      return listFaults(types, value)
    case 'pattern':
      return patternFaults(value)
    case 'day':
      return isDate(value) || isInstant(value) ? none : fault('a date, or an instant with an offset or Z')
    case 'node':
      return oneFaults(['id'], value)
    case 'period-and-year':
      if (!isListOf(value, 2)) return fault('a list of exactly two values: period and year')
      return [...wholeFaults(value[0], periods, 'a period', '[0]'), ...wholeFaults(value[1], 9999, 'a year', '[1]')]
    case 'x':
      return wholeFaults(value, 2_147_483_647, 'a whole number')
    case 'year':
      return wholeFaults(value, 9999, 'a year')
    case 'period':
      return wholeFaults(value, periods, 'a period')
  }
}

const notEmpty = 'a value that is not empty; for empty fields there are the operators null and not-null'

const isNullish = (value: unknown): boolean => value === undefined || value === null || value === ''

const isListOf = (value: unknown, length: number): value is ReadonlyArray<unknown> =>
  Array.isArray(value) && value.length === length

/** Several choices are compared with a list. */
const isListAlone = (types: Types): boolean => types.length === 1 && types[0] === 'multichoice'

const oneFaults = (types: Types, value: unknown): ReadonlyArray<FilterFault> => {
  if (isNullish(value)) return fault(notEmpty)
  if (typeof value === 'string' && value.length > limits.filterTextMax)
    return fault(`a text of at most ${limits.filterTextMax} characters`)
  if (types.some((type) => comparable[type].is(value))) return none
  return fault(types.length === 1 ? expectedOf(types) : 'one value that the operator compares with')
}

const expectedOf = (types: Types): string => types.map((type) => comparable[type].expected).join(' or ')

const listFaults = (types: Types, value: unknown): ReadonlyArray<FilterFault> => {
  if (!Array.isArray(value) || value.length === 0) return fault('a list of at least one value')
  if (value.length > limits.filterListMax) return fault(`a list of at most ${limits.filterListMax} values`)
  return entryFaults(types, value)
}

const entryFaults = (types: Types, values: ReadonlyArray<unknown>): ReadonlyArray<FilterFault> =>
  Array.from(values, (entry, index) =>
    oneFaults(types, entry).map(({ expected }) => ({ path: `[${index}]`, expected }))
  ).flat()

const patternFaults = (value: unknown): ReadonlyArray<FilterFault> => {
  const faults = oneFaults(['string'], value)
  if (faults.length > 0) return faults
  return patternFrom(value as string) === undefined
    ? fault('a pattern whose brackets are closed, not empty, and whose ranges run forwards')
    : none
}

const wholeFaults = (value: unknown, max: number, what: string, path = ''): ReadonlyArray<FilterFault> =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= max
    ? none
    : fault(isNullish(value) ? notEmpty : `${what} from 1 to ${max}`, path)
