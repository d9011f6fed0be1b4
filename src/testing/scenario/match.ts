/**
 * How an expectation is compared: objects as subsets, lists exactly, instants by value, `null` as absent or empty.
 * A difference says where, what was expected and what was there.
 */
import { isEmpty, type Value } from '../../model/index.js'
import { isJson } from './shape.js'

/** The first difference; `undefined` where it matches. */
export const difference = (expected: unknown, actual: unknown, path: string): string | undefined => {
  if (expected === null || expected === undefined)
    return isEmpty(actual as Value) ? undefined : says(path, expected, actual)
  if (Array.isArray(expected)) return listDifference(expected, actual, path)
  if (isJson(expected)) {
    if (!isJson(actual))
      return isEmpty(expected as Value) && isEmpty(actual as Value) ? undefined : says(path, expected, actual)
    return Object.keys(expected)
      .map((key) => difference(expected[key], Object.hasOwn(actual, key) ? actual[key] : undefined, `${path}.${key}`))
      .find((found) => found !== undefined)
  }
  if (expected === '' && isEmpty(actual as Value)) return undefined
  if (expected === actual || isSameInstant(expected, actual)) return undefined
  return says(path, expected, actual)
}

const listDifference = (expected: ReadonlyArray<unknown>, actual: unknown, path: string): string | undefined => {
  if (!Array.isArray(actual))
    return expected.length === 0 && isEmpty(actual as Value) ? undefined : says(path, expected, actual)
  if (expected.length !== actual.length) return says(path, expected, actual)
  return expected
    .map((entry, index) => difference(entry, actual[index], `${path}[${index}]`))
    .find((found) => found !== undefined)
}

const instant = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/

const isSameInstant = (x: unknown, y: unknown): boolean =>
  typeof x === 'string' &&
  typeof y === 'string' &&
  instant.test(x) &&
  instant.test(y) &&
  Date.parse(x) === Date.parse(y)

export const says = (path: string, expected: unknown, actual: unknown): string =>
  `${path}: expected ${JSON.stringify(expected) ?? 'nothing'}, was ${JSON.stringify(actual) ?? 'nothing'}`

/** Each expectation matches one thing, no thing twice, and nothing is left over; in any order. */
export const matching = (
  expected: ReadonlyArray<unknown>,
  actual: ReadonlyArray<unknown>,
  path: string
): string | undefined => {
  if (expected.length !== actual.length) return says(path, expected, actual)
  const assign = (index: number, taken: ReadonlySet<number>): boolean => {
    if (index === expected.length) return true
    return actual.some(
      (thing, at) =>
        !taken.has(at) &&
        difference(expected[index], thing, path) === undefined &&
        assign(index + 1, new Set([...taken, at]))
    )
  }
  return assign(0, new Set()) ? undefined : says(path, expected, actual)
}
