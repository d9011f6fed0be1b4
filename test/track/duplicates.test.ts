/**
 * Suspected duplicates. The laws: look-ups miss nobody (DUPLICATE-1), the order of what was found decides nothing
 * (DUPLICATE-2), rules that are not published do nothing (DUPLICATE-3). Candidates are drawn near the record that is
 * looked at, because two that are drawn apart hardly ever match.
 */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { presets, type DuplicateRule, type Settings } from '../../src/engine/settings.js'
import { codesOf, matches, rulesFor, suspects, type UserZone } from '../../src/engine/track/duplicates.js'
import { type Fields, type RecordSnapshot, termsOf, type Value, type Zones } from '../../src/model/index.js'
import { arbitraries } from '../../src/testing/arbitraries.js'
import { runs } from '../runs.js'

type Condition = DuplicateRule['conditions'][number]

const hourMs = 3_600_000

/** Fixed offsets in hours, and a zone whose clock jumps by an hour every hundred days. */
const zones: Zones = {
  version: 'test',
  offsetMs: (zone, atMs) =>
    zone === 'Jumps'
      ? (Math.floor(atMs / (100 * 24 * hourMs)) % 2 === 0 ? 1 : 2) * hourMs
      : /^[+-]?\d+$/.test(zone)
        ? Number(zone) * hourMs
        : undefined
}
const at = (timeZone: string): UserZone => ({ zones, timeZone })
const utc = at('0')

const rule = (conditions: ReadonlyArray<Condition>, over: Partial<DuplicateRule> = {}): DuplicateRule => ({
  base: 'contact',
  match: 'contact',
  conditions,
  ...over
})
const one = (condition: Partial<Condition>, over: Partial<DuplicateRule> = {}): DuplicateRule =>
  rule([{ field: 'a', op: 'exact', ...condition }], over)
const record = (fields: Fields, over: Partial<RecordSnapshot> = {}): RecordSnapshot => ({
  ref: 'c1',
  type: 'contact',
  state: 'active',
  fields,
  ...over
})
const settingsWith = (rules: ReadonlyArray<DuplicateRule>, enabled = true): Settings => ({
  ...presets.dynamics,
  duplicates: { enabled, rules }
})

/** Whether the look-ups of a rule find a record, as a store answers them: the empty term of one part is nobody's. */
const isFound = (each: DuplicateRule, base: Fields, candidate: RecordSnapshot, zone: UserZone): boolean =>
  codesOf(each, base, zone).some(
    ({ type, code, term }) => type === candidate.type && term !== '' && termsOf(code, candidate.fields).includes(term)
  )

/** Judges one value of `a` against another, and that the look-ups find what is judged the same. */
const agrees = (each: DuplicateRule, mine: Value, theirs: Value, zone = utc): boolean => {
  const candidate = record({ a: theirs })
  const isSame = matches(each, { a: mine }, candidate, zone)
  if (isSame) expect(isFound(each, { a: mine }, candidate, zone)).toBe(true)
  return isSame
}

const names = ['a', 'b', 'born', 'toString'] as const

const drawn = {
  zone: fc.constantFrom('0', '14', '-12', '5', 'Jumps', 'nowhere').map(at),
  condition: fc
    .record(
      {
        field: fc.constantFrom(...names),
        matchField: fc.constantFrom(...names),
        op: fc.constantFrom<Condition['op']>('exact', 'first', 'last', 'same-date'),
        n: fc.integer({ min: 1, max: 4 })
      },
      { requiredKeys: ['field', 'op', 'n'] }
    )
    .map(({ n, ...rest }): Condition => (rest.op === 'first' || rest.op === 'last' ? { ...rest, n } : rest)),
  // Borders of days, months and of the calendar itself, as dates, as instants of several offsets, and what is neither.
  date: fc.oneof(
    fc.constantFrom(
      '1980-04-02',
      '1980-04-01',
      '1980-04-02T00:00:00Z',
      '1980-04-01T23:30:00.999Z',
      '1980-04-02T23:59:59Z',
      '1980-04-02T10:00:00+14:00',
      '1980-04-01T10:00:00-12:00',
      '1980-04-02T12:00',
      '1980-02-30',
      '1980-04-02Tlater',
      'soon',
      '0000-01-01',
      '0000-01-01T01:00:00+05:00',
      '9999-12-31',
      '9999-12-31T22:00:00Z'
    ),
    fc
      .integer({ min: -3 * 24, max: 3 * 24 })
      .map((hours) => new Date(Date.UTC(1980, 3, 2) + hours * hourMs).toISOString())
  ),
  text: fc.oneof(
    arbitraries(fc).text,
    fc.constantFrom('Diaz', 'DIAZ', 'Diazes', 'İ', 'i̇', 'ΟΔΟΣ', 'οδος', '😀😁', '😁😀', 'é', 'e\u0301', '1')
  )
}
const weighted = (weight: number, arbitrary: fc.Arbitrary<Value>) => ({ weight, arbitrary })
const scalar = fc.oneof(
  weighted(4, drawn.text),
  weighted(4, drawn.date),
  weighted(2, arbitraries(fc).empty),
  weighted(1, fc.constantFrom<Value>(0, -0, 1, true, {}, { x: '' }, { x: 'Diaz' }))
)
const value = fc.oneof(weighted(4, scalar), weighted(1, fc.array(scalar, { maxLength: 2 })))
const fields = fc.record(
  { a: value, b: value, born: fc.oneof(drawn.date, value), toString: value },
  { requiredKeys: [] }
) as fc.Arbitrary<Fields>
const drawnRule: fc.Arbitrary<DuplicateRule> = fc.record(
  {
    base: fc.constant('contact'),
    match: fc.constantFrom('contact', 'contact', 'lead'),
    conditions: fc.array(drawn.condition, { minLength: 1, maxLength: 4 }),
    ignoreBlank: fc.boolean(),
    excludeInactive: fc.boolean(),
    caseSensitive: fc.boolean(),
    published: fc.boolean()
  },
  { requiredKeys: ['base', 'match', 'conditions'] }
)

/** Now and then another letter case, another value, a list, or what the record holds in another field. */
const near = (base: Fields): fc.Arbitrary<Fields> => {
  const entries = names.map((name) => {
    const own = Object.hasOwn(base, name) ? (base[name] ?? null) : null
    return fc.tuple(
      fc.constant(name),
      fc.oneof(
        weighted(5, fc.constant(own)),
        weighted(1, fc.constant(typeof own === 'string' ? own.toUpperCase() : own)),
        weighted(1, fc.constantFrom<Value>(...Object.values(base), null)),
        weighted(
          1,
          value.map((other) => (Array.isArray(own) ? own : [other, own]))
        ),
        weighted(1, fc.oneof(drawn.date, value))
      )
    )
  })
  return fc.tuple(...entries).map((pairs) => Object.fromEntries(pairs))
}
const candidateOf = (base: Fields): fc.Arbitrary<RecordSnapshot> =>
  fc.record({
    ref: fc.constantFrom('c1', 'c2', 'C1', 'c10', 'é', '😀', '\uffff'),
    type: fc.constantFrom('contact', 'contact', 'lead'),
    state: fc.constantFrom('active', 'active', 'inactive', 'open', 'completed', 'canceled'),
    fields: near(base)
  })
const pair = fields.chain((base) => fc.tuple(fc.constant(base), candidateOf(base)))
const crowd = fields.chain((base) =>
  fc.tuple(fc.constant(base), fc.uniqueArray(candidateOf(base), { maxLength: 6, selector: ({ ref }) => ref }))
)

describe('laws', () => {
  test('DUPLICATE-1: whom a rule matches its look-ups find', () => {
    fc.assert(
      fc.property(drawnRule, pair, drawn.zone, (each, [base, candidate], zone) => {
        if (matches(each, base, candidate, zone)) expect(isFound(each, base, candidate, zone)).toBe(true)
      }),
      runs(5)
    )
  })

  test('what is drawn for these laws matches often enough, lists, dates and blanks included', () => {
    const sample = fc.sample(fc.tuple(drawnRule, pair, drawn.zone), { numRuns: 5000, seed: 7 })
    const matched = sample.filter(([each, [base, candidate], zone]) => matches(each, base, candidate, zone))
    expect(matched.length).toBeGreaterThan(100)
    const ops = new Set(matched.flatMap(([{ conditions }]) => conditions.map(({ op }) => op)))
    expect([...ops].sort()).toEqual(['exact', 'first', 'last', 'same-date'])
  })

  test('DUPLICATE-1: suspects among what was found are the suspects among all', () => {
    fc.assert(
      fc.property(fc.array(drawnRule, { maxLength: 4 }), crowd, drawn.zone, (rules, [base, candidates], zone) => {
        const placed = rulesFor(settingsWith(rules), 'contact')
        const found = candidates.filter((each) =>
          placed.some((placedRule) => isFound(placedRule.rule, base, each, zone))
        )
        expect(suspects(placed, base, found, zone)).toEqual(suspects(placed, base, candidates, zone))
      }),
      runs()
    )
  })

  test('DUPLICATE-2: the order of candidates decides nothing, nor does one that was found twice', () => {
    const shuffled = crowd.chain(([base, candidates]) =>
      fc.tuple(
        fc.constant(base),
        fc.constant(candidates),
        fc.shuffledSubarray([...candidates, ...candidates], { minLength: 2 * candidates.length })
      )
    )
    fc.assert(
      fc.property(
        fc.array(drawnRule, { maxLength: 4 }),
        shuffled,
        drawn.zone,
        (rules, [base, candidates, others], zone) => {
          const placed = rulesFor(settingsWith(rules), 'contact')
          expect(suspects(placed, base, others, zone)).toEqual(suspects(placed, base, candidates, zone))
        }
      ),
      runs()
    )
  })

  test('DUPLICATE-3: an unpublished rule changes nothing, wherever it stands', () => {
    const rules = fc.array(drawnRule, { maxLength: 4 })
    fc.assert(
      fc.property(rules, drawnRule, rules, crowd, drawn.zone, (before, drafted, after, [base, candidates], zone) => {
        const told = (all: ReadonlyArray<DuplicateRule>) =>
          suspects(rulesFor(settingsWith(all), 'contact'), base, candidates, zone).map((each) => ({
            ...each,
            rule: all[each.rule]
          }))
        const draft = { ...drafted, published: false }
        expect(told([...before, draft, ...after])).toEqual(told([...before, ...after]))
      }),
      runs()
    )
  })

  test('under a rule within one type, of the same fields, two records suspect each other', () => {
    fc.assert(
      fc.property(
        drawnRule,
        pair,
        drawn.zone,
        ({ excludeInactive: _, ...drawnFrom }, [base, { fields: theirs }], zone) => {
          const each = {
            ...drawnFrom,
            match: 'contact',
            conditions: drawnFrom.conditions.map(({ matchField: __, ...c }) => c)
          }
          expect(matches(each, base, record(theirs), zone)).toBe(matches(each, theirs, record(base), zone))
        }
      ),
      runs()
    )
  })
})

describe('Q1, Q10: which rules count', () => {
  const [first, second] = [one({ field: 'a' }), one({ field: 'b' })]

  test('published ones of the type, in order, each with its place', () => {
    const rules = [one({}, { base: 'lead' }), first, one({}, { published: false }), { ...second, published: true }]
    expect(rulesFor(settingsWith(rules), 'contact')).toEqual([
      { index: 1, rule: first },
      { index: 3, rule: { ...second, published: true } }
    ])
    expect(rulesFor(settingsWith(rules), 'account')).toEqual([])
  })

  test('none where detection is off', () => {
    expect(rulesFor(settingsWith([first], false), 'contact')).toEqual([])
  })

  test('conditions are joined by and', () => {
    const both = rule([
      { field: 'a', op: 'exact' },
      { field: 'b', op: 'exact' }
    ])
    expect(matches(both, { a: 'x', b: 'y' }, record({ a: 'X', b: 'y' }), utc)).toBe(true)
    expect(matches(both, { a: 'x', b: 'y' }, record({ a: 'x', b: 'z' }), utc)).toBe(false)
    expect(codesOf(both, { a: 'X', b: 'y' }, utc)).toEqual([
      {
        type: 'contact',
        code: {
          parts: [
            { field: 'a', op: 'exact' },
            { field: 'b', op: 'exact' }
          ],
          blanks: 'count'
        },
        term: '["x","y"]',
        max: 500
      }
    ])
  })

  test('rules are joined by or', () => {
    const placed = rulesFor(settingsWith([first, second]), 'contact')
    expect(suspects(placed, { a: 'x', b: 'y' }, [record({ a: 'z', b: 'y' })], utc)).toEqual([
      { ref: 'c1', rule: 1, fields: ['b'] }
    ])
  })
})

describe('Q2: operators', () => {
  const cut = (op: 'first' | 'last', n: number): DuplicateRule => one({ op, n })

  test('exact compares the whole, blanks at its ends included', () => {
    expect(agrees(one({}), 'Diaz', 'diaz')).toBe(true)
    expect(agrees(one({}), 'Diaz', 'Diaz ')).toBe(false)
    expect(agrees(one({}), 'Diaz', 'Dia')).toBe(false)
  })

  test('numbers and truth values are compared by their text', () => {
    expect(agrees(one({}), 7, '7')).toBe(true)
    expect(agrees(one({}), false, false)).toBe(true)
    expect(agrees(one({}), 0, false)).toBe(false)
  })

  test('first and last look at n characters and no further', () => {
    expect(agrees(cut('first', 4), 'Hendricks', 'HENDers')).toBe(true)
    expect(agrees(cut('first', 5), 'Hendricks', 'Henders')).toBe(false)
    expect(agrees(cut('last', 6), '+34 600 123456', '0034600123456')).toBe(true)
    expect(agrees(cut('last', 7), '+34 600 123456', '0034 00-123456')).toBe(false)
    expect(agrees(cut('first', 1), 'a', 'ab')).toBe(true)
  })

  test('exactly n characters are whole and cut at once; a shorter value compares whole', () => {
    for (const op of ['first', 'last'] as const) {
      expect(agrees(cut(op, 3), 'abc', 'abc')).toBe(true)
      expect(agrees(cut(op, 4), 'abc', 'abc')).toBe(true)
    }
    expect(agrees(cut('first', 3), 'abc', 'abcd')).toBe(true)
    expect(agrees(cut('first', 4), 'abc', 'abcd')).toBe(false)
    expect(agrees(cut('last', 3), 'bcd', 'abcd')).toBe(true)
    expect(agrees(cut('last', 4), 'bcd', 'abcd')).toBe(false)
  })

  test('characters are UTF-16 units: an astral one counts as two, and a cut may go through it', () => {
    // Both begin with the unit D83D, and end with another.
    expect(agrees(cut('first', 2), '😀a', '😀b')).toBe(true)
    expect(agrees(cut('first', 2), '😀', '😁')).toBe(false)
    expect(agrees(cut('first', 1), '😀', '😁')).toBe(true)
    expect(agrees(cut('last', 1), '😀', '😁')).toBe(false)
    expect(agrees(cut('last', 2), 'a😀', 'b😀')).toBe(true)
  })

  test('a combining mark is a character of its own, and texts are not composed', () => {
    expect(agrees(one({}), 'é', 'e\u0301')).toBe(false)
    expect(agrees(cut('first', 1), 'e\u0301', 'e')).toBe(true)
    expect(agrees(cut('last', 1), 'e\u0301', 'a\u0301')).toBe(true)
  })

  test('letters whose lower case is longer are cut before they are folded', () => {
    expect(agrees(cut('first', 1), 'İx', 'İy')).toBe(true)
    expect(agrees(cut('first', 1), 'İx', 'i̇x')).toBe(false)
    expect(agrees(one({}), 'İ', 'i̇')).toBe(true)
  })

  test('same-date: dates are themselves, instants have the date of the user’s calendar', () => {
    const born = one({ op: 'same-date' })
    expect(agrees(born, '1980-04-02', '1980-04-02')).toBe(true)
    expect(agrees(born, '1980-04-02', '1980-04-03')).toBe(false)
    expect(agrees(born, '1980-04-02', '1980-04-02T23:59:59Z')).toBe(true)
    expect(agrees(born, '1980-04-02', '1980-04-02T23:59:59Z', at('1'))).toBe(false)
    expect(agrees(born, '1980-04-03', '1980-04-02T23:59:59Z', at('1'))).toBe(true)
    expect(agrees(born, '1980-04-01T10:00:00Z', '1980-04-02T09:59:00Z', at('14'))).toBe(true)
    expect(agrees(born, '1980-04-01T09:59:00Z', '1980-04-01T10:00:00Z', at('14'))).toBe(false)
    expect(agrees(born, '1980-04-02T11:00:00Z', '1980-04-01', at('-12'))).toBe(true)
  })

  test('same-date: an offset in the text moves the instant; a time without one stands on its own date', () => {
    const born = one({ op: 'same-date' })
    expect(agrees(born, '1980-04-02T01:00:00+02:00', '1980-04-01')).toBe(true)
    expect(agrees(born, '1980-04-02T23:30', '1980-04-02', at('14'))).toBe(true)
  })

  test('same-date: what is no date equals nothing, itself included', () => {
    const born = one({ op: 'same-date' })
    for (const text of ['soon', '1980-02-30', '1980-04-02T25:00:00Z', '1980-04-02Tlater', 19800402]) {
      expect(agrees(born, text, text)).toBe(false)
      expect(codesOf(born, { a: text }, utc)).toEqual([])
    }
  })

  test('same-date: the last evening of the calendar', () => {
    const born = one({ op: 'same-date' })
    expect(agrees(born, '9999-12-31T23:00:00Z', '9999-12-31T22:00:00Z', at('5'))).toBe(true)
    expect(agrees(born, '9999-12-31T23:00:00Z', '9999-12-31T12:00:00Z', at('5'))).toBe(false)
  })

  test('same-date is asked for by three days, and from the third such condition on not at all', () => {
    expect(codesOf(one({ op: 'same-date' }), { a: '1980-03-01' }, utc).map(({ term }) => term)).toEqual([
      '1980-02-29',
      '1980-03-01',
      '1980-03-02'
    ])
    const dates = rule((['a', 'b', 'c'] as const).map((field): Condition => ({ field, op: 'same-date' })))
    const base = { a: '1980-03-01', b: '1980-03-01', c: '1980-03-01' }
    const asked = codesOf(dates, base, utc)
    expect(asked).toHaveLength(9)
    expect(asked[0]?.code.parts.map(({ field }) => field)).toEqual(['a', 'b'])
    const other = record({ ...base, c: '1980-03-02' })
    expect(isFound(dates, base, other, utc)).toBe(true)
    expect(matches(dates, base, other, utc)).toBe(false)
    // A date that is judged afterwards alone still says when nobody can match.
    expect(codesOf(dates, { ...base, c: 'soon' }, utc)).toEqual([])
  })

  test('of a list each entry counts', () => {
    expect(agrees(one({}), ['x', 'y'], ['z', 'Y'])).toBe(true)
    expect(agrees(one({}), 'x', ['', 'x'])).toBe(true)
    expect(agrees(one({}), ['x'], ['y'])).toBe(false)
    expect(codesOf(one({}), { a: ['x', 'X', '', 'y'] }, utc).map(({ term }) => term)).toEqual(['x', 'y'])
  })

  test('look-ups of long lists end somewhere', () => {
    const long = Array.from({ length: 2000 }, (_, index) => `x${index}`)
    expect(codesOf(one({}), { a: long }, utc)).toHaveLength(1000)
  })
})

describe('Q3: letter case and states', () => {
  test('case does not count', () => {
    expect(agrees(one({}), 'ROSA@Fabrikam.test', 'rosa@fabrikam.test')).toBe(true)
    expect(agrees(one({}), 'ÄÖ', 'äö')).toBe(true)
    // No folding beyond lower case: what a locale takes for the same is not.
    expect(agrees(one({}), 'ß', 'SS')).toBe(false)
  })

  test('unless the rule says so; it is found all the same, and judged', () => {
    const sensitive = one({}, { caseSensitive: true })
    expect(agrees(sensitive, 'Li', 'LI')).toBe(false)
    expect(agrees(sensitive, 'Li', 'Li')).toBe(true)
    expect(isFound(sensitive, { a: 'Li' }, record({ a: 'LI' }), utc)).toBe(true)
    expect(agrees(one({ op: 'first', n: 2 }, { caseSensitive: true }), 'Liu', 'Lin')).toBe(true)
    expect(agrees(one({ op: 'last', n: 2 }, { caseSensitive: true }), 'ALI', 'BLi')).toBe(false)
  })

  test('inactive and closed candidates count unless the rule leaves them out', () => {
    for (const [state, isOut] of [
      ['active', false],
      ['open', false],
      ['inactive', true],
      ['completed', true],
      ['canceled', true]
    ] as const) {
      expect(matches(one({}), { a: 'x' }, record({ a: 'x' }, { state }), utc)).toBe(true)
      expect(matches(one({}, { excludeInactive: true }), { a: 'x' }, record({ a: 'x' }, { state }), utc)).toBe(!isOut)
    }
  })
})

describe('Q4: blanks', () => {
  const blanks: ReadonlyArray<Value> = ['', null, [], [''], [null, []], {}, { x: '' }]
  const two = (over: Partial<DuplicateRule> = {}): DuplicateRule =>
    rule(
      [
        { field: 'lastname', op: 'exact' },
        { field: 'a', op: 'exact' }
      ],
      over
    )
  const li = (a?: Value): Fields => (a === undefined ? { lastname: 'Li' } : { lastname: 'Li', a })

  test('trap 11: a rule of one condition always ignores them', () => {
    for (const ignoreBlank of [true, false]) {
      for (const blank of blanks) {
        expect(agrees(one({}, { ignoreBlank }), blank, blank)).toBe(false)
        expect(codesOf(one({}, { ignoreBlank }), { a: blank }, utc)).toEqual([])
      }
      expect(codesOf(one({}, { ignoreBlank }), {}, utc)).toEqual([])
    }
  })

  test('trap 11: with a second condition empty equals empty, however it is spelled', () => {
    for (const mine of [undefined, ...blanks]) {
      for (const theirs of [undefined, ...blanks]) {
        expect(matches(two(), li(mine), record(li(theirs)), utc)).toBe(true)
        expect(isFound(two(), li(mine), record(li(theirs)), utc)).toBe(true)
      }
    }
  })

  test('empty never equals a value, one that no operator can read included', () => {
    for (const theirs of ['x', ' ', 0, false, { x: 'y' }, [{ x: 'y' }]] as ReadonlyArray<Value>) {
      expect(matches(two(), li(), record(li(theirs)), utc)).toBe(false)
      expect(matches(two(), li(theirs), record(li()), utc)).toBe(false)
    }
    const born = rule([
      { field: 'lastname', op: 'exact' },
      { field: 'a', op: 'same-date' }
    ])
    expect(matches(born, li(), record(li('soon')), utc)).toBe(false)
    expect(matches(born, li('soon'), record(li()), utc)).toBe(false)
    expect(matches(born, li(), record(li()), utc)).toBe(true)
  })

  test('a rule told to ignore blanks fails on one, on either side', () => {
    const ignoring = two({ ignoreBlank: true })
    expect(matches(ignoring, li(), record(li()), utc)).toBe(false)
    expect(matches(ignoring, li('x'), record(li()), utc)).toBe(false)
    expect(matches(ignoring, li('x'), record(li('x')), utc)).toBe(true)
    expect(codesOf(ignoring, li(), utc)).toEqual([])
    expect(codesOf(ignoring, li('x'), utc)[0]?.code.blanks).toBe('skip')
  })

  test('a field that objects have by themselves is empty where nobody wrote it', () => {
    const own = one({ field: 'toString' })
    expect(codesOf(own, {}, utc)).toEqual([])
    expect(matches(own, { toString: 'x' } as unknown as Fields, record({}), utc)).toBe(false)
  })
})

describe('Q5: the other type, the other field, and oneself', () => {
  const across = one({ field: 'emailaddress1', matchField: 'emailaddress2' }, { match: 'lead' })

  test('the match field is read of the candidate alone', () => {
    const lead = record({ emailaddress2: 'rosa@fabrikam.test' }, { type: 'lead', ref: 'l1' })
    const base = { emailaddress1: 'Rosa@fabrikam.test', emailaddress2: 'other@fabrikam.test' }
    expect(matches(across, base, lead, utc)).toBe(true)
    expect(matches(across, base, { ...lead, type: 'contact' }, utc)).toBe(false)
    expect(codesOf(across, base, utc)).toMatchObject([
      { type: 'lead', code: { parts: [{ field: 'emailaddress2', op: 'exact' }] }, term: 'rosa@fabrikam.test' }
    ])
    expect(suspects([{ index: 4, rule: across }], base, [lead], utc)).toEqual([
      { ref: 'l1', rule: 4, fields: ['emailaddress1'] }
    ])
  })

  test('a record is never its own duplicate', () => {
    const placed = [{ index: 0, rule: one({}) }]
    const both = [record({ a: 'x' }), record({ a: 'x' }, { ref: 'c2' })]
    expect(suspects(placed, { a: 'x' }, both, utc, 'c1').map(({ ref }) => ref)).toEqual(['c2'])
    expect(suspects(placed, { a: 'x' }, both, utc).map(({ ref }) => ref)).toEqual(['c1', 'c2'])
  })
})

test('Q8: each candidate once, by its first rule; in order of rule, then of refs by code units', () => {
  const both = rule([
    { field: 'b', op: 'exact' },
    { field: 'b', op: 'first', n: 1 },
    { field: 'a', op: 'last', n: 1 }
  ])
  const placed = [
    { index: 2, rule: both },
    { index: 5, rule: one({}) }
  ]
  const candidates = ['c2', 'c10', 'C9', 'c1'].map((ref) => record({ a: 'x', b: ref === 'c2' ? 'y' : 'z' }, { ref }))
  expect(suspects(placed, { a: 'x', b: 'y' }, candidates, utc)).toEqual([
    { ref: 'c2', rule: 2, fields: ['b', 'a'] },
    { ref: 'C9', rule: 5, fields: ['a'] },
    { ref: 'c1', rule: 5, fields: ['a'] },
    { ref: 'c10', rule: 5, fields: ['a'] }
  ])
})
