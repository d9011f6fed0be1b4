/**
 * Suspected duplicates (6 of `tracking.md`), in two steps: which records are worth reading (`codesOf`, by match codes,
 * so that a store answers from an index), and which of those are suspects (`suspects`). A look-up may find too many,
 * never too few: what is exact (letter case, states, the user's calendar) is judged afterwards, on the records.
 * Who is asked, and what the person answers, is not known here.
 */
import type {
  CodePart,
  Fields,
  LocalMs,
  MatchCode,
  RecordSnapshot,
  RecordType,
  Ref,
  Value,
  Zones
} from '../../model/index.js'
import {
  byCodeUnits,
  dateOfLocal,
  dayMs,
  fieldOf,
  instantFromIso,
  isClosed,
  isEmpty,
  localOf,
  localOfDate,
  termFrom,
  termOf,
  textsOf
} from '../../model/index.js'
import type { DuplicateRule, Settings } from '../settings.js'

/** A rule that counts, with its place in the settings. */
export interface PlacedRule {
  readonly index: number
  readonly rule: DuplicateRule
}

/** The calendar of the user for whom a record is made. */
export interface UserZone {
  readonly zones: Zones
  readonly timeZone: string
}

/** One question to the record store. */
export interface DuplicateLookup {
  readonly type: RecordType
  readonly code: MatchCode
  readonly term: string
  readonly max: number
}

/** A record that may be the same, the first rule that says so (its place in the settings), and that rule's fields. */
export interface Suspect {
  readonly ref: Ref
  readonly rule: number
  readonly fields: ReadonlyArray<string>
}

type Condition = DuplicateRule['conditions'][number]

/** Records read for one look-up, the last created first; what lies behind them is not suspected. */
const hitsMax = 500

/** Look-ups of one rule: of lists each entry is asked for, of several lists every combination. */
const lookupsMax = 1000

/** Each `same-date` makes three look-ups of one; from the third on it is judged afterwards only. */
const codeDatesMax = 2

/** The rules by which a record of this type is looked at, in order (Q1, Q10). */
export const rulesFor = ({ duplicates }: Settings, type: RecordType): ReadonlyArray<PlacedRule> =>
  duplicates.rules
    .map((rule, index) => ({ index, rule }))
    .filter(({ rule }) => duplicates.enabled && rule.published !== false && rule.base === type)

/**
 * Look-ups whose hits together hold every record that `rule` can match against a record with these fields
 * (DUPLICATE-1); none where it can match no record.
 */
export const codesOf = (rule: DuplicateRule, fields: Fields, zone: UserZone): ReadonlyArray<DuplicateLookup> => {
  const texts = new Map(rule.conditions.map((condition) => [condition, textsAsked(rule, condition, fields, zone)]))
  if ([...texts.values()].some((asked) => asked.length === 0)) return []
  const coded = codedConditions(rule)
  const code: MatchCode = { parts: coded.map(partOf), blanks: ignoresBlanks(rule) ? 'skip' : 'count' }
  let rows: ReadonlyArray<ReadonlyArray<string>> = [[]]
  for (const condition of coded)
    rows = rows.flatMap((row) => (texts.get(condition) ?? []).map((text) => [...row, text])).slice(0, lookupsMax)
  return rows.map((row) => ({ type: rule.match, code, term: termFrom(row), max: hitsMax }))
}

/** Whether the rule takes a record with the fields `base` and the candidate for the same (Q1–Q4). */
export const matches = (rule: DuplicateRule, base: Fields, candidate: RecordSnapshot, zone: UserZone): boolean =>
  candidate.type === rule.match &&
  !(rule.excludeInactive === true && isOver(candidate.state)) &&
  rule.conditions.every((condition) =>
    holds(rule, condition, fieldOf(base, condition.field), fieldOf(candidate.fields, matchFieldOf(condition)), zone)
  )

/**
 * The candidates that a rule matches, each once, by its first rule; in the order of the rules, then of refs (Q8).
 * `self`: the record that `base` is of, where it is stored already; it is never its own duplicate (Q5).
 */
export const suspects = (
  rules: ReadonlyArray<PlacedRule>,
  base: Fields,
  candidates: ReadonlyArray<RecordSnapshot>,
  zone: UserZone,
  self?: Ref
): ReadonlyArray<Suspect> => {
  const others = candidates.filter(({ ref }) => ref !== self).sort((x, y) => byCodeUnits(x.ref, y.ref))
  const found = new Map<Ref, Suspect>()
  for (const { index, rule } of rules) {
    const fields = [...new Set(rule.conditions.map(({ field }) => field))]
    for (const candidate of others) {
      if (!found.has(candidate.ref) && matches(rule, base, candidate, zone))
        found.set(candidate.ref, { ref: candidate.ref, rule: index, fields })
    }
  }
  return [...found.values()]
}

/** Q4: a rule of one condition always ignores blanks. */
const ignoresBlanks = ({ ignoreBlank, conditions }: DuplicateRule): boolean =>
  ignoreBlank === true || conditions.length === 1

const isOver = (state: string): boolean => state === 'inactive' || isClosed(state)

const matchFieldOf = ({ field, matchField }: Condition): string => matchField ?? field

/** Empty never equals a value: it has nothing to be compared by. */
const holds = (
  rule: DuplicateRule,
  condition: Condition,
  mine: Value | undefined,
  theirs: Value | undefined,
  zone: UserZone
): boolean => {
  if (isEmpty(mine) && isEmpty(theirs)) return !ignoresBlanks(rule)
  const keys = new Set(keysOf(rule, condition, theirs, zone))
  return keysOf(rule, condition, mine, zone).some((key) => keys.has(key))
}

/** What a value is compared by, of a list each entry; nothing of a value that the operator cannot read. */
const keysOf = (
  rule: DuplicateRule,
  condition: Condition,
  value: Value | undefined,
  zone: UserZone
): ReadonlyArray<string | number> => {
  const texts = textsOf(value)
  if (condition.op === 'same-date') return texts.flatMap((text) => dayIn(zone, text) ?? [])
  return rule.caseSensitive === true
    ? texts.map((text) => cutBy(condition, text))
    : texts.flatMap((text) => foldedBy(condition, text))
}

/** UTF-16 units, as match codes count them; a shorter text is compared whole (Q2). */
const cutBy = ({ op, n = 1 }: Condition, text: string): string =>
  op === 'first' ? text.slice(0, n) : op === 'last' ? text.slice(-n) : text

/** Without regard to case, by the very function that makes the stores' terms. */
const foldedBy = (condition: Condition, text: string): ReadonlyArray<string> => {
  const term = termOf({ parts: [partOf(condition)], blanks: 'skip' }, text)
  return term === undefined ? [] : [term]
}

/**
 * The calendar date of a text, as days since 1970: of a date itself, of an instant in the user's zone. A time without
 * a zone stands on its own date. Numbers and not texts, because a zone may carry the last evening into year 10000.
 */
const dayIn = ({ zones, timeZone }: UserZone, text: string): number | undefined => {
  const instantMs = instantFromIso(text)
  const localMs: LocalMs | undefined =
    instantMs === undefined ? (localOfDate(text) ?? instantFromIso(`${text}Z`)) : localOf(zones, timeZone, instantMs)
  return localMs === undefined ? undefined : Math.floor(localMs / dayMs)
}

/** The conditions that are part of the code. */
const codedConditions = ({ conditions }: DuplicateRule): ReadonlyArray<Condition> => {
  const dates = conditions.filter(({ op }) => op === 'same-date').slice(0, codeDatesMax)
  return conditions.filter((condition) => condition.op !== 'same-date' || dates.includes(condition))
}

const partOf = (condition: Condition): CodePart => ({
  field: matchFieldOf(condition),
  op: condition.op === 'same-date' ? 'day' : condition.op,
  ...(condition.n === undefined ? {} : { n: condition.n })
})

/** The texts under which a candidate may stand that meets the condition; none where no candidate can meet it. */
const textsAsked = (
  rule: DuplicateRule,
  condition: Condition,
  fields: Fields,
  zone: UserZone
): ReadonlyArray<string> => {
  const value = fieldOf(fields, condition.field)
  if (isEmpty(value)) return ignoresBlanks(rule) ? [] : ['']
  const texts = textsOf(value).flatMap((text) =>
    condition.op === 'same-date' ? utcDatesOf(dayIn(zone, text)) : foldedBy(condition, text)
  )
  return [...new Set(texts)]
}

/** A code reads an instant by its UTC date, which may be the day before or after the one that the user's calendar shows. */
const utcDatesOf = (day: number | undefined): ReadonlyArray<string> =>
  day === undefined ? [] : [day - 1, day, day + 1].map((each) => dateOfLocal(each * dayMs))
