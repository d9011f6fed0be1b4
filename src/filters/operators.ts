/**
 * The 82 operators of 3.7 to 3.10, each as data: on which types of field, what value it takes, and the test it comes
 * to. A negative operator is the exact complement of its partner: the same test, and `negative`.
 */
import type { FieldType, FilterContext } from '../model/index.js'
import { dayFromText } from './calendar.js'
import { fold } from './fold.js'
import { above, under } from './hierarchy.js'
import type { Moment } from './moment.js'
import { type Pattern, patternFrom } from './pattern.js'
import { inWindow, periodTest } from './spans.js'
import { nothing, type Range, type Test } from './tests.js'
import { comparable, instantOfText, type Scalar } from './values.js'
import { windowOfYear, windows, windowsOfDate, windowsOfElapsed, windowsOfPeriod, windowsOfX } from './windows.js'

/** A value of a condition. */
type Operand = Scalar | ReadonlyArray<Scalar> | undefined

/** What value an operator takes. `one` is a list where the field holds several choices. @public */
export type Takes =
  | 'none'
  | 'one'
  | 'two'
  | 'list'
  | 'pattern'
  | 'day'
  | 'node'
  | 'x'
  | 'year'
  | 'period'
  | 'period-and-year'

/** On which types of field an operator may stand, and what value it takes. @public */
export interface Operator {
  readonly types: ReadonlyArray<FieldType>
  readonly takes: Takes
  /** The exact complement of its partner: true on null. */
  readonly negative: boolean
}

/** An operator with the test that it comes to. */
export interface WorkingOperator extends Operator {
  readonly test: (type: FieldType, operand: Operand, moment: Moment) => Test
}

type Build = WorkingOperator['test']

const every: ReadonlyArray<FieldType> = [
  'string',
  'number',
  'boolean',
  'date',
  'datetime',
  'choice',
  'multichoice',
  'owner',
  'id'
]
const dated: ReadonlyArray<FieldType> = ['date', 'datetime']
const people: ReadonlyArray<FieldType> = ['owner', 'id']

const listOf = (operand: Operand): ReadonlyArray<Scalar> =>
  operand === undefined ? [] : typeof operand === 'object' ? operand : [operand]

/** Entries that the type can hold: of a field of unknown type only some may be. */
const fitting = (type: FieldType, operand: Operand): ReadonlyArray<Scalar> =>
  listOf(operand).filter((entry) => comparable[type].is(entry))

const oneOf: Build = (type, operand, moment) => {
  const values = fitting(type, operand)
  if (values.length === 0) return nothing
  switch (type) {
    case 'string':
      return { _tag: 'Folded', texts: new Set(values.map((value) => fold(String(value)))) }
    case 'owner':
      return who(values.map(String))
    case 'multichoice':
      return { _tag: 'SameSet', values: new Set(values) }
    case 'date':
    case 'datetime':
      return ordered(type, values[0], values[0], {}, moment)
    default:
      return { _tag: 'Is', values: new Set(values) }
  }
}

/** Everything from one value to another, as the type orders its values. `out`: which ends are not in. */
const ordered = (
  type: FieldType,
  min: Scalar | undefined,
  max: Scalar | undefined,
  out: Pick<Range<never>, 'minOut' | 'maxOut'>,
  moment: Moment
): Test => {
  const given = [min, max].filter((end) => end !== undefined)
  if (given.length === 0 || !given.every((end) => comparable[type].is(end))) return nothing
  if (type === 'number') {
    return {
      _tag: 'Numbers',
      ...out,
      ...(min === undefined ? {} : { min: Number(min) }),
      ...(max === undefined ? {} : { max: Number(max) })
    }
  }
  if (type === 'string') {
    return {
      _tag: 'Texts',
      ...out,
      ...(min === undefined ? {} : { min: fold(String(min)) }),
      ...(max === undefined ? {} : { max: fold(String(max)) })
    }
  }
  // Days and milliseconds are counted, so that an end that is in is the one before the next.
  const from = min === undefined ? undefined : countOf(type, String(min), moment) + (out.minOut === true ? 1 : 0)
  const to = max === undefined ? undefined : countOf(type, String(max), moment) + (out.maxOut === true ? 0 : 1)
  if (type === 'date') {
    return inWindow(
      type,
      { ...(from === undefined ? {} : { from: { day: from } }), ...(to === undefined ? {} : { to: { day: to } }) },
      moment
    )
  }
  return { _tag: 'Instants', ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }
}

/** A date as its day; an instant in milliseconds, where a date means the first instant of that day. */
const countOf = (type: FieldType, text: string, moment: Moment): number => {
  const day = dayFromText(text)
  if (day === undefined) return instantOfText(text) ?? Number.NaN
  return type === 'date' ? day : moment.startOf(day)
}

const first = (operand: Operand): Scalar | undefined => listOf(operand)[0]

const less: Build = (type, operand, moment) => ordered(type, undefined, first(operand), { maxOut: true }, moment)
const atMost: Build = (type, operand, moment) => ordered(type, undefined, first(operand), {}, moment)
const greater: Build = (type, operand, moment) => ordered(type, first(operand), undefined, { minOut: true }, moment)
const atLeast: Build = (type, operand, moment) => ordered(type, first(operand), undefined, {}, moment)
const between: Build = (type, operand, moment) => {
  const [min, max] = listOf(operand)
  return min === undefined || max === undefined ? nothing : ordered(type, min, max, {}, moment)
}

const like =
  (shape: (pattern: Pattern) => Pattern): Build =>
  (_type, operand) => {
    const pattern = typeof operand === 'string' ? patternFrom(operand) : undefined
    return pattern === undefined ? nothing : { _tag: 'Like', pattern: shape(pattern) }
  }

const run: Pattern = [{ _tag: 'Run' }]
const whole = like((pattern) => pattern)
const beginning = like((pattern) => [...pattern, ...run])
const ending = like((pattern) => [...run, ...pattern])

const shares: Build = (_type, operand) => ({ _tag: 'Shares', values: new Set(fitting('multichoice', operand)) })

/** By which addresses they may be named is the field's affair, and comes in later. */
const who = (ids: Iterable<string>): Test => ({ _tag: 'Who', ids: new Set(ids), addresses: new Map() })

/** Somebody of the context. */
const somebody =
  (ids: (context: FilterContext) => ReadonlyArray<string>): Build =>
  (type, _operand, { context }) =>
    type === 'id' ? { _tag: 'Is', values: new Set(ids(context)) } : who(ids(context))

const user = (context: FilterContext): ReadonlyArray<string> => [context.user]
const hierarchy = (context: FilterContext): ReadonlyArray<string> => [context.user, ...(context.reports ?? [])]

const businessUnit: Build = (_type, _operand, { context }) => ({ _tag: 'Is', values: new Set([context.businessUnit]) })

const language: Build = (_type, _operand, { context }) => ({ _tag: 'Is', values: new Set([context.language ?? 1033]) })

const node =
  (relation: typeof above, self: boolean): Build =>
  (_type, operand, { context }) => {
    if (typeof operand !== 'string') return nothing
    const found = relation(context.tree ?? {}, operand)
    if (self) found.add(operand)
    return { _tag: 'Is', values: found }
  }

const window =
  (op: string): Build =>
  (type, _operand, moment) =>
    inWindow(type, windows[op]?.(moment, 0), moment)

const windowOfX =
  (table: typeof windowsOfX, op: string): Build =>
  (type, operand, moment) =>
    typeof operand === 'number' ? inWindow(type, table[op]?.(moment, operand), moment) : nothing

/** The date that a value of `on…` means: an instant's is the one in the user's zone (3.8/33). */
const windowOfDate =
  (op: string): Build =>
  (type, operand, moment) => {
    const text = String(operand)
    const atMs = instantOfText(text)
    const day = atMs === undefined ? dayFromText(text) : moment.dayAt(atMs)
    return day === undefined ? nothing : inWindow(type, windowsOfDate[op]?.(day), moment)
  }

const windowOfPeriod =
  (op: string): Build =>
  (type, operand, moment) => {
    const [period, year] = listOf(operand).map(Number)
    if (period === undefined || year === undefined) return nothing
    return inWindow(type, windowsOfPeriod[op]?.(moment.fiscal(), period, year), moment)
  }

const inYear: Build = (type, operand, moment) =>
  typeof operand === 'number' ? inWindow(type, windowOfYear(moment.fiscal(), operand), moment) : nothing

const inPeriod: Build = (type, operand, moment) =>
  typeof operand === 'number' ? periodTest(type === 'datetime', operand, moment) : nothing

type Entry = readonly [op: string, operator: WorkingOperator]

const positive = (op: string, types: ReadonlyArray<FieldType>, takes: Takes, test: Build): Entry => [
  op,
  { types, takes, negative: false, test }
]

/** A positive operator and its complements. */
const pair = (
  op: string,
  complements: ReadonlyArray<string>,
  types: ReadonlyArray<FieldType>,
  takes: Takes,
  test: Build
): ReadonlyArray<Entry> => [
  positive(op, types, takes, test),
  ...complements.map((name): Entry => [name, { types, takes, negative: true, test }])
]

const ordering: ReadonlyArray<FieldType> = ['number', 'date', 'datetime', 'string']
const listed: ReadonlyArray<FieldType> = ['string', 'number', 'choice', 'owner', 'id']

export const workings: ReadonlyMap<string, WorkingOperator> = /*#__PURE__*/ new Map<string, WorkingOperator>([
  ...pair('eq', ['ne', 'neq'], every, 'one', oneOf),
  positive('lt', ordering, 'one', less),
  positive('le', ordering, 'one', atMost),
  positive('gt', ordering, 'one', greater),
  positive('ge', ordering, 'one', atLeast),
  ...pair('between', ['not-between'], ['number', 'date', 'datetime'], 'two', between),
  ...pair('in', ['not-in'], listed, 'list', oneOf),
  ...pair('null', ['not-null'], every, 'none', () => ({ _tag: 'Empty' })),
  ...pair('like', ['not-like'], ['string'], 'pattern', whole),
  ...pair('begins-with', ['not-begin-with'], ['string'], 'pattern', beginning),
  ...pair('ends-with', ['not-end-with'], ['string'], 'pattern', ending),
  ...pair('contain-values', ['not-contain-values'], ['multichoice'], 'list', shares),
  ...pair('eq-userid', ['ne-userid'], people, 'none', somebody(user)),
  positive(
    'eq-userteams',
    people,
    'none',
    somebody(({ teams }) => teams)
  ),
  positive(
    'eq-useroruserteams',
    people,
    'none',
    somebody((context) => [...user(context), ...context.teams])
  ),
  positive('eq-useroruserhierarchy', people, 'none', somebody(hierarchy)),
  positive(
    'eq-useroruserhierarchyandteams',
    people,
    'none',
    somebody((context) => [...hierarchy(context), ...context.teams, ...(context.reportTeams ?? [])])
  ),
  ...pair('eq-businessid', ['ne-businessid'], ['id'], 'none', businessUnit),
  positive('eq-userlanguage', ['number'], 'none', language),
  positive('above', ['id'], 'node', node(above, false)),
  positive('eq-or-above', ['id'], 'node', node(above, true)),
  ...pair('under', ['not-under'], ['id'], 'node', node(under, false)),
  positive('eq-or-under', ['id'], 'node', node(under, true)),
  ...Object.keys(windowsOfDate).map((op) => positive(op, dated, 'day', windowOfDate(op))),
  ...Object.keys(windows).map((op) => positive(op, dated, 'none', window(op))),
  ...Object.keys(windowsOfX).map((op) => positive(op, dated, 'x', windowOfX(windowsOfX, op))),
  ...Object.keys(windowsOfElapsed).map((op) => positive(op, ['datetime'], 'x', windowOfX(windowsOfElapsed, op))),
  positive('in-fiscal-year', dated, 'year', inYear),
  positive('in-fiscal-period', dated, 'period', inPeriod),
  ...Object.keys(windowsOfPeriod).map((op) => positive(op, dated, 'period-and-year', windowOfPeriod(op)))
])

/** The operators by name. @public */
export const operators: ReadonlyMap<string, Operator> = /*#__PURE__*/ new Map<string, Operator>(workings)
