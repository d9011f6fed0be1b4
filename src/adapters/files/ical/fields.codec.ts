/** What the fields of appointments and tasks may be, checked before anything is written: paths, and never a value. */
import * as t from 'io-ts'
import type { Fields, Result } from '../../../model/index.js'
import { fail, fieldOf, instantFromIso, isEmpty, limits, localOfDate, ok } from '../../../model/index.js'
import { longestText } from '../lines/plain.js'

const text = /*#__PURE__*/ t.string
const day = /*#__PURE__*/ t.refinement(t.string, (value) => localOfDate(value) !== undefined, 'a date YYYY-MM-DD')
const instant = /*#__PURE__*/ t.refinement(
  t.string,
  (value) => instantFromIso(value) !== undefined,
  'an instant in UTC'
)
const moment = /*#__PURE__*/ t.union([day, instant], 'a date or an instant in UTC')
const texts = /*#__PURE__*/ t.array(t.string, 'a list of texts')
const people = /*#__PURE__*/ t.refinement(
  t.array(t.string),
  (value) => value.length <= limits.addressesMax,
  `a list of at most ${limits.addressesMax} addresses`
)
const percent = /*#__PURE__*/ t.refinement(
  t.number,
  (value) => Number.isInteger(value) && value >= 0 && value <= 100,
  'a whole number from 0 to 100'
)

const oneOf = (...words: ReadonlyArray<string>): t.Mixed =>
  t.refinement(t.string, (value) => words.includes(value), words.join(', '))

type FieldCodecs = { readonly [field: string]: t.Mixed }

const commonCodecs: FieldCodecs = {
  subject: text,
  body: text,
  importance: /*#__PURE__*/ oneOf('low', 'normal', 'high'),
  sensitivity: /*#__PURE__*/ oneOf('normal', 'personal', 'private', 'confidential'),
  reminderAt: instant,
  regarding: text,
  regardingName: text,
  categories: /*#__PURE__*/ t.union([t.string, texts], 'a list of texts')
}

export const appointmentCodecs: FieldCodecs = {
  ...commonCodecs,
  start: moment,
  end: moment,
  isAllDay: /*#__PURE__*/ t.boolean,
  timeZone: text,
  recurrence: text,
  location: text,
  showAs: /*#__PURE__*/ oneOf('free', 'tentative', 'busy', 'oof', 'workingElsewhere'),
  organizer: text,
  requiredAttendees: people,
  optionalAttendees: people,
  globalId: text
}

export const taskCodecs: FieldCodecs = {
  ...commonCodecs,
  status: /*#__PURE__*/ oneOf('notStarted', 'inProgress', 'completed', 'waitingOnOthers', 'deferred'),
  percentComplete: percent,
  completedDate: day,
  dueDate: day,
  startDate: day
}

/** The fields, or what each of the wrong ones was expected to be. */
export const checkedFields = (codecs: FieldCodecs, set: Fields): Result<Fields> => {
  const paths = Object.entries(codecs).flatMap(([field, codec]) => {
    const value = fieldOf(set, field)
    return isEmpty(value) || codec.is(value) ? [] : [`${field}: expected ${codec.name}`]
  })
  if (paths.length > 0) return fail({ _tag: 'Malformed', side: 'mail', paths })
  const actual = Math.max(0, ...Object.values(set).map(longestText))
  return actual > limits.fieldLengthMax ? fail({ _tag: 'TooLarge', limit: limits.fieldLengthMax, actual }) : ok(set)
}
