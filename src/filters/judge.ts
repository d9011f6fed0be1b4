/** Whether a value passes a test: one look-up in a table, as plain as can be. What `compile` makes must agree with it. */
import type { Value } from '../model/index.js'
import { instantFromIso, isEmpty } from '../model/index.js'
import { dayFromText } from './calendar.js'
import { comparePoints, fold } from './fold.js'
import { matches } from './pattern.js'
import type { Forms, Range, Test } from './tests.js'
import { instantOfText, partyOf, type Scalar } from './values.js'

/** Whether a value passes. An empty value passes `Empty` alone. */
export const passes = (test: Test, value: Value | undefined): boolean => {
  if (test._tag === 'Empty') return isEmpty(value)
  if (value === undefined || value === null || value === '') return false
  switch (test._tag) {
    case 'Nothing':
      return false
    case 'Is':
      return test.values.has(value as Scalar)
    case 'Folded':
      return typeof value === 'string' && test.texts.has(fold(value))
    case 'Who':
      return entriesOf(value).some((entry) => {
        const party = partyOf(entry)
        return party !== undefined && (test.ids.has(party) || test.ids.has(test.addresses.get(fold(party)) ?? party))
      })
    case 'SameSet':
      return isSameSet(test.values, value)
    case 'Shares':
      return Array.isArray(value) && value.some((entry) => test.values.has(entry))
    case 'Numbers':
      return typeof value === 'number' && isWithin(test, (end) => value - end)
    case 'Texts':
      return typeof value === 'string' && areTextsWithin(test, fold(value))
    case 'Like':
      return typeof value === 'string' && matches(test.pattern, value)
    case 'Dates':
      return typeof value === 'string' && dayFromText(value) !== undefined && isBetween(test, value)
    case 'Instants': {
      const atMs = instantOfValue(value)
      return atMs !== undefined && isBetween(test, atMs)
    }
    case 'Period': {
      const at = test.timed ? instantOfValue(value) : typeof value === 'string' ? dayFromText(value) : undefined
      return at !== undefined && test.holds(at)
    }
    case 'ByForm':
      return passesByForm(test, value)
  }
}

const entriesOf = (value: Value): ReadonlyArray<Value> => (Array.isArray(value) ? value : [value])

/** Attributes of the record come as numbers. */
const instantOfValue = (value: Value | undefined): number | undefined =>
  typeof value === 'number' ? value : typeof value === 'string' ? instantFromIso(value) : undefined

const isSameSet = (wanted: ReadonlySet<Scalar>, value: Value): boolean => {
  if (!Array.isArray(value)) return false
  const held = new Set((value as ReadonlyArray<Value>).filter((entry) => !isEmpty(entry)))
  return held.size === wanted.size && [...wanted].every((each) => held.has(each))
}

const isWithin = <A>({ min, max, minOut, maxOut }: Range<A>, over: (end: A) => number): boolean => {
  if (min !== undefined && (minOut === true ? over(min) <= 0 : over(min) < 0)) return false
  return max === undefined || (maxOut === true ? over(max) < 0 : over(max) <= 0)
}

const areTextsWithin = (range: Range<string>, folded: string): boolean =>
  isWithin(range, (end) => comparePoints(folded, end))

/** Dates of four-digit years are in the order of their texts. */
const isBetween = <A extends string | number>({ from, to }: { readonly from?: A; readonly to?: A }, at: A): boolean =>
  (from === undefined || at >= from) && (to === undefined || at < to)

/** The test that a value of a field of unknown type takes, by what it looks like. */
const formOf = (forms: Forms, value: Value): Test | undefined => {
  switch (typeof value) {
    case 'string':
      if (forms.date !== undefined && dayFromText(value) !== undefined) return forms.date
      if (forms.datetime !== undefined && instantOfText(value) !== undefined) return forms.datetime
      return forms.text
    case 'number':
      return forms.number
    case 'boolean':
      return forms.boolean
    default:
      return undefined
  }
}

const passesByForm = (forms: Forms, value: Value): boolean => {
  if (forms.list !== undefined && Array.isArray(value)) return passes(forms.list, value)
  return entriesOf(value).some((entry) => {
    const test = formOf(forms, entry)
    return test !== undefined && passes(test, entry)
  })
}
