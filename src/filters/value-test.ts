/** A test as a function of one value: the shortest that holds what `passes` holds. */
import type { Value } from '../model/index.js'
import { isEmpty } from '../model/index.js'
import { foldsTo } from './fold.js'
import { passes } from './judge.js'
import type { Forms, Test } from './tests.js'

export type ValueTest = (value: Value | undefined) => boolean

export const valueTestOf = (test: Test): ValueTest => {
  const slow: ValueTest = (value) => passes(test, value)
  const direct = test._tag === 'ByForm' ? onlyFormOf(test) : test
  // Of a field of unknown type a value may be a list, any of whose entries may pass.
  const otherwise = test._tag === 'ByForm' ? slow : undefined
  switch (direct?._tag) {
    case 'Empty':
      return (value) =>
        value === undefined || value === null || value === '' || (typeof value === 'object' && isEmpty(value))
    case 'Is':
      return isTest([...direct.values], otherwise) ?? slow
    case 'Folded':
      return foldedTest([...direct.texts], otherwise) ?? slow
    case 'Who':
      return direct.addresses.size === 0 ? (whoTest([...direct.ids], slow) ?? slow) : slow
    default:
      return slow
  }
}

/** The one form that a field of unknown type is tested in, if it is one. */
const onlyFormOf = (forms: Forms): Test | undefined => {
  const given = [forms.text, forms.number, forms.boolean, forms.date, forms.datetime, forms.list].filter(
    (form) => form !== undefined
  )
  const [only] = given
  return given.length === 1 && (only === forms.text || only === forms.number || only === forms.boolean)
    ? only
    : undefined
}

const isTest = (values: ReadonlyArray<Value>, otherwise: ValueTest | undefined): ValueTest | undefined => {
  const [a, b = a, c = b] = values
  // An empty text is no value, also where a context has one for an id.
  if (values.length === 0 || values.length > 3 || values.includes('')) return undefined
  if (otherwise === undefined) return (value) => value === a || value === b || value === c
  return (value) => value === a || value === b || value === c || (typeof value === 'object' && otherwise(value))
}

const foldedTest = (texts: ReadonlyArray<string>, otherwise: ValueTest | undefined): ValueTest | undefined => {
  const [folded] = texts
  if (texts.length !== 1 || folded === undefined) return undefined
  if (otherwise === undefined) return (value) => typeof value === 'string' && foldsTo(value, folded)
  return (value) => (typeof value === 'string' ? foldsTo(value, folded) : typeof value === 'object' && otherwise(value))
}

const whoTest = (ids: ReadonlyArray<string>, slow: ValueTest): ValueTest | undefined => {
  const [only] = ids
  if (ids.length !== 1 || only === undefined || only === '') return undefined
  return (value) => value === only || (typeof value === 'object' && slow(value))
}
