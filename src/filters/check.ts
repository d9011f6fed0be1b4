/**
 * Whether something is a filter. A fault names its path (`and[1].or[0].value`) and what is expected, never a value.
 */
import { limits } from '../model/index.js'
import { operators } from './operators.js'

/** A fault of a filter. @public */
export interface FilterFault {
  readonly path: string
  readonly expected: string
}

/** All faults of a filter; none where it may be used (3.11). @public */
export const filterFaults = (input: unknown): ReadonlyArray<FilterFault> => {
  const faults: Array<FilterFault> = []
  let conditions = 0
  const walk = (node: unknown, path: string, depth: number): void => {
    if (depth > limits.filterDepthMax) {
      faults.push({ path, expected: `at most ${limits.filterDepthMax} levels` })
      return
    }
    const kind = groupOf(node)
    if (kind === undefined) {
      faults.push({ path, expected: 'a node with exactly one of and, or, not, field' })
    } else if (kind === 'field') {
      conditions += 1
      faults.push(...conditionFaults(node as object, path))
    } else {
      const below = (node as { readonly [group: string]: unknown })[kind]
      if (kind === 'not') walk(below, join(path, 'not'), depth + 1)
      else if (!Array.isArray(below)) faults.push({ path: join(path, kind), expected: 'a list of filters' })
      else for (const [index, entry] of below.entries()) walk(entry, `${join(path, kind)}[${index}]`, depth + 1)
    }
  }
  walk(input, '', 1)
  if (conditions > limits.filterConditionsMax)
    faults.push({ path: '', expected: `at most ${limits.filterConditionsMax} conditions` })
  return faults
}

const join = (path: string, key: string): string => (path === '' ? key : `${path}.${key}`)

const groups = ['and', 'or', 'not', 'field'] as const

const groupOf = (node: unknown): (typeof groups)[number] | undefined => {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) return undefined
  const found = groups.filter((group) => Object.hasOwn(node, group))
  const [group] = found
  const allowed = group === 'field' ? 3 : 1
  return found.length === 1 && Object.keys(node).length <= allowed ? group : undefined
}

const isScalar = (value: unknown): boolean =>
  (typeof value === 'string' && value !== '') ||
  (typeof value === 'number' && Number.isFinite(value)) ||
  typeof value === 'boolean'

const conditionFaults = (node: object, path: string): ReadonlyArray<FilterFault> => {
  const { field, op, value, ...more } = node as { readonly [key: string]: unknown }
  const unknownKeys = Object.keys(more).map((key) => ({ path: join(path, key), expected: 'one of field, op, value' }))
  if (typeof field !== 'string' || field === '')
    return [...unknownKeys, { path: join(path, 'field'), expected: 'the name of a field' }]
  const operator = typeof op === 'string' ? operators.get(op) : undefined
  if (operator === undefined) return [...unknownKeys, { path: join(path, 'op'), expected: 'a known operator' }]
  const faulty = { path: join(path, 'value'), expected: expectedValue[operator.takes] }
  return takesValue[operator.takes](value) ? unknownKeys : [...unknownKeys, faulty]
}

const expectedValue = {
  none: 'no value',
  one: 'one text, number or boolean that is not empty (for empty: null, not-null)',
  list: 'a list of at least one text, number or boolean'
} as const

const takesValue = {
  none: (value: unknown) => value === undefined,
  one: isScalar,
  list: (value: unknown) => Array.isArray(value) && value.length > 0 && value.every(isScalar)
} as const
