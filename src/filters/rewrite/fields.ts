/**
 * Tests of fields, on their JSON text. SQLite folds the case of ASCII alone, reads the last digits of a number in its
 * own way, and knows instants to the millisecond only nearly; each of these is said as widely or as narrowly as the
 * bound asks. Rows whose text holds an escape `\u` never come here, so that no value holds NUL or half a character.
 */
import { isAscii } from '../fold.js'
import type { Forms, Range, Test } from '../tests.js'
import type { Scalar } from '../values.js'
import { anyOf, type Bound, type Clause, doubt, never, type SqlParameter } from './clause.js'
import { likeOf, shapeOf } from './like.js'

/** A field of the JSON text: expressions for its type, its value, its entries; each takes the path as a parameter. */
interface Place {
  readonly json: string
  readonly path: string
}

/** Where a field lies; `undefined` where its name cannot be said in a path. */
export const placeOf = (json: string, name: string): Place | undefined =>
  /["\\]/.test(name) || isEscaped(name) ? undefined : { json, path: `$."${name}"` }

/** None of the rows that come here; those that do not are not spoken of. */
const nobody: Clause = { ...never, exact: false, ofColumns: false }

/** Whether JSON spells any of it with `\u`. */
const isEscaped = (text: string): boolean => JSON.stringify(text).includes('\\u')

export const fieldClause = (place: Place, test: Test, bound: Bound): Clause => {
  switch (test._tag) {
    case 'Nothing':
      return never
    case 'Empty':
      return emptyClause(place, bound)
    case 'Is':
      return anyOf([isText(place, test.values), isBoolean(place, test.values), isNumber(place, test.values, bound)])
    case 'Folded':
      return foldedClause(place, test.texts, bound)
    case 'Who':
      return whoClause(place, test, bound)
    case 'SameSet':
      return bound === 'more' ? sharesClause(place, test.values, bound) : nobody
    case 'Shares':
      return sharesClause(place, test.values, bound)
    case 'Numbers':
      return numbersClause(place, test, bound)
    case 'Texts':
      return textsClause(place, test, bound)
    case 'Like': {
      const { pattern, exact } = likeOf(test.pattern)
      return exact || bound === 'more' ? ofText(place, `${folded} LIKE ? ESCAPE '\\'`, [pattern]) : nobody
    }
    case 'Dates':
      return ofText(place, inRange('{value}', test), endsOf(test))
    case 'Instants':
      return instantsClause(place, test, bound)
    case 'Period':
      return bound === 'more' ? ofText(place, '1', []) : nobody
    case 'ByForm':
      return byFormClause(place, test, bound)
  }
}

const type = 'json_type({json}, ?)'
const value = 'json_extract({json}, ?)'
/** Two letters outside ASCII fold into it: long s, and the sign of the kelvin. */
const folded = "replace(replace(lower({value}), char(383), 's'), char(8490), 'k')"
const isBeyondAscii = "{value} GLOB '*[^' || char(1) || '-' || char(127) || ']*'"

/**
 * A clause of a template: `{value}` and `{type}` stand for the field, and each occurrence takes the path. NULL is
 * false: no test but that for empty fields holds a field that is not there.
 */
const ofPlace = ({ json, path }: Place, template: string, given: ReadonlyArray<SqlParameter>): Clause => {
  const left = [...given]
  const parameters: Array<SqlParameter> = []
  const sql = `COALESCE(${template}, 0)`
    .replaceAll('{value}', value)
    .replaceAll('{type}', type)
    .replaceAll('{each}', 'json_each({json}, ?)')
    .replaceAll(/\{json\}, \?|\?/g, (found) => {
      parameters.push(found === '?' ? (left.shift() ?? '') : path)
      return found === '?' ? '?' : `${json}, ?`
    })
  return { sql, parameters, exact: false, ofColumns: false }
}

const ofText = (place: Place, template: string, given: ReadonlyArray<SqlParameter>): Clause =>
  ofPlace(place, `{type} = 'text' AND {value} <> '' AND (${template})`, given)

/** Lists and objects of nothing but empty members are empty too: who they are is left to the judge. */
const emptyClause = (place: Place, bound: Bound): Clause => {
  const structure = bound === 'more' ? '1' : "{value} IN ('[]', '{}')"
  return ofPlace(
    place,
    `CASE COALESCE({type}, 'null') WHEN 'null' THEN 1 WHEN 'text' THEN {value} = '' WHEN 'array' THEN ${structure} WHEN 'object' THEN ${structure} ELSE 0 END`,
    []
  )
}

const list = (values: ReadonlyArray<Scalar>): string => JSON.stringify(values)

/** A text that JSON spells with an escape equals none of the rows that come here. */
const sayable = (values: Iterable<Scalar>): ReadonlyArray<string> =>
  [...values].filter((each): each is string => typeof each === 'string' && !isEscaped(each))

const isText = (place: Place, values: ReadonlySet<Scalar>): Clause => {
  const texts = sayable(values)
  return texts.length === 0 ? nobody : ofText(place, '{value} IN (SELECT value FROM json_each(?))', [list(texts)])
}

const isBoolean = (place: Place, values: ReadonlySet<Scalar>): Clause => {
  const flags = [...values].filter((each) => typeof each === 'boolean')
  return flags.length === 0
    ? nobody
    : ofPlace(place, '{type} IN (SELECT value FROM json_each(?))', [list(flags.map(String))])
}

const isNumber = (place: Place, values: ReadonlySet<Scalar>, bound: Bound): Clause => {
  const numbers = [...values].filter((each) => typeof each === 'number')
  if (numbers.length === 0) return nobody
  const { sql, given } = amongNumbers('{type}', '{value}', numbers, bound)
  return ofPlace(place, sql, given)
}

/** Nearly equal, or a whole number that everybody reads alike. */
const amongNumbers = (
  kind: string,
  found: string,
  numbers: ReadonlyArray<number>,
  bound: Bound
): { readonly sql: string; readonly given: ReadonlyArray<SqlParameter> } =>
  bound === 'more'
    ? {
        sql: `${kind} IN ('integer', 'real') AND EXISTS (SELECT 1 FROM json_each(?) AS near
          WHERE abs(CAST(${found} AS REAL) - near.value) <= abs(near.value) * ${slack} + ${tiny})`,
        given: [list(numbers)]
      }
    : {
        sql: `${kind} = 'integer' AND ${found} IN (SELECT value FROM json_each(?))`,
        given: [list(numbers.filter((each) => Number.isSafeInteger(each)))]
      }

const slack = 1e-14
const tiny = 1e-300

const foldedClause = (place: Place, texts: ReadonlySet<string>, bound: Bound): Clause => {
  const plain = sayable(texts).filter(isAscii)
  const others = sayable(texts).filter((text) => !isAscii(text))
  const ofPlain =
    plain.length === 0 ? nobody : ofText(place, `${folded} IN (SELECT value FROM json_each(?))`, [list(plain)])
  if (others.length === 0) return ofPlain
  const ofOthers =
    bound === 'less'
      ? ofText(place, '{value} IN (SELECT value FROM json_each(?))', [list(others)])
      : ofText(place, `EXISTS (SELECT 1 FROM json_each(?) AS shape WHERE ${folded} LIKE shape.value ESCAPE '\\')`, [
          list(others.map(shapeOf))
        ])
  return anyOf([ofPlain, ofOthers])
}

/** A party is a text, or in a list an object with an address; one that stands alone as an object is left to the judge. */
const whoClause = (place: Place, { ids, addresses }: Extract<Test, { readonly _tag: 'Who' }>, bound: Bound): Clause => {
  const theirs = [...addresses].flatMap(([address, user]) => (ids.has(user) ? [address] : []))
  const party =
    "CASE part.type WHEN 'object' THEN json_extract(part.value, '$.address') WHEN 'text' THEN part.value END"
  const named = `${party} IN (SELECT value FROM json_each(?))`
  if (bound === 'less')
    return ofPlace(place, `{type} IN ('text', 'array') AND EXISTS (SELECT 1 FROM {each} AS part WHERE ${named})`, [
      list(sayable(ids))
    ])
  if (!theirs.every(isAscii)) return ofPlace(place, '{type} IS NOT NULL', [])
  const addressed = `${folded.replace('{value}', party)} IN (SELECT value FROM json_each(?))`
  return ofPlace(
    place,
    `{type} = 'object' OR EXISTS (SELECT 1 FROM {each} AS part WHERE (${named}) OR (${addressed}))`,
    [list(sayable(ids)), list(sayable(theirs))]
  )
}

const sharesClause = (place: Place, values: ReadonlySet<Scalar>, bound: Bound): Clause => {
  const numbers = [...values].filter((each) => typeof each === 'number')
  const near = amongNumbers('part.type', 'part.value', numbers, bound)
  return ofPlace(
    place,
    `{type} = 'array' AND EXISTS (SELECT 1 FROM {each} AS part
      WHERE (part.type = 'text' AND part.value IN (SELECT value FROM json_each(?))) OR (${near.sql}))`,
    [list(sayable(values)), ...near.given]
  )
}

const numbersClause = (place: Place, { min, max }: Range<number>, bound: Bound): Clause => {
  const away = (end: number): number => (Math.abs(end) * slack + tiny) * (bound === 'more' ? 1 : -1)
  const number = 'CAST({value} AS REAL)'
  const ends: ReadonlyArray<readonly [string, number]> = [
    ...(min === undefined ? [] : [[`${number} >= ?`, min - away(min)] as const]),
    ...(max === undefined ? [] : [[`${number} <= ?`, max + away(max)] as const])
  ]
  // A narrow end must not be the end itself: it may be out.
  const narrow = bound === 'less' ? ends.map(([sql, end]) => [sql.replace('=', ''), end] as const) : ends
  return ofPlace(
    place,
    ["{type} IN ('integer', 'real')", ...narrow.map(([sql]) => sql)].join(' AND '),
    narrow.map(([, end]) => end)
  )
}

const textsClause = (place: Place, { min, max, minOut, maxOut }: Range<string>, bound: Bound): Clause => {
  const given = [min, max].filter((end) => end !== undefined)
  if (given.some(isEscaped)) return doubt(bound)
  const order = [
    ...(min === undefined ? [] : [`${folded} ${minOut === true ? '>' : '>='} ?`]),
    ...(max === undefined ? [] : [`${folded} ${maxOut === true ? '<' : '<='} ?`])
  ].join(' AND ')
  const beyond = bound === 'more' ? `${isBeyondAscii} OR (${order})` : `NOT (${isBeyondAscii}) AND ${order}`
  return ofText(place, beyond, given)
}

const inRange = (what: string, { from, to }: { readonly from?: unknown; readonly to?: unknown }): string =>
  ['1', ...(from === undefined ? [] : [`${what} >= ?`]), ...(to === undefined ? [] : [`${what} < ?`])].join(' AND ')

const endsOf = <A extends SqlParameter>({ from, to }: { readonly from?: A; readonly to?: A }): ReadonlyArray<A> =>
  [from, to].filter((end): end is A => end !== undefined)

/** SQLite counts milliseconds with a rounding of its own, and refuses offsets that the world does not have. */
const instantsClause = (
  place: Place,
  { from, to }: { readonly from?: number; readonly to?: number },
  bound: Bound
): Clause => {
  const away = bound === 'more' ? 2 : -2
  const near = {
    ...(from === undefined ? {} : { from: (from - away) / 1000 }),
    ...(to === undefined ? {} : { to: (to + away) / 1000 })
  }
  const unreadable = bound === 'more' ? 1 : 0
  return ofText(
    place,
    `length({value}) > 10 AND COALESCE(${inRange("unixepoch({value}, 'subsec')", near)}, ${unreadable})`,
    endsOf(near)
  )
}

/** A text of a field of unknown type takes the test of what it looks like; of a list any entry may pass. */
const byFormClause = (place: Place, { text, number, boolean, date, datetime }: Forms, bound: Bound): Clause => {
  const of = (form: Test | undefined): Clause => (form === undefined ? nobody : fieldClause(place, form, bound))
  const looks = date === undefined && datetime === undefined
  if (bound === 'less') return anyOf([of(number), of(boolean), looks ? of(text) : nobody])
  return anyOf([ofPlace(place, "{type} = 'array'", []), ...[text, number, boolean, date, datetime].map(of)])
}

/** Whether a field is there at all. */
export const presenceOf = (place: Place): Clause => ofPlace(place, '{type} IS NOT NULL', [])
