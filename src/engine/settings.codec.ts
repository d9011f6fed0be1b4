/**
 * The door for settings: shapes by io-ts, then what shapes cannot say (rows that exist, directions that may be set).
 * Every fault names its path and what is expected, never the value.
 */
import * as t from 'io-ts'
import { isRight } from 'fp-ts/lib/Either.js'
import { converters as shippedConverters, type Converter, type Mapping } from '../mapping/index.js'
import { durationMs } from './duration.js'
import type { DuplicateRule, Settings, SettingsFault } from './settings.js'

export type { SettingsFault }

const refined = <A>(name: string, is: (value: unknown) => value is A): t.Type<A> =>
  new t.Type<A>(name, is, (value, context) => (is(value) ? t.success(value) : t.failure(value, context)), t.identity)

const oneOf = <const T extends ReadonlyArray<string>>(...texts: T): t.Type<T[number]> =>
  refined(texts.map((text) => `"${text}"`).join(' or '), (value): value is T[number] =>
    texts.some((text) => text === value)
  )

/** An object of these keys and no others; `optional` ones may be left out. */
const closed = <P extends t.Props>(
  props: P,
  optional: ReadonlyArray<keyof P & string> = []
): t.Type<{ [K in keyof P]: t.TypeOf<P[K]> }> => {
  const keys = Object.keys(props)
  return new t.Type(
    'an object',
    (value): value is { [K in keyof P]: t.TypeOf<P[K]> } => typeof value === 'object' && value !== null,
    (value, context) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return t.failure(value, context)
      const errors: t.Errors = []
      const given = value as { readonly [key: string]: unknown }
      for (const key of Object.keys(given)) {
        if (!keys.includes(key)) errors.push({ value: undefined, context: t.appendContext(context, key, unknownKey) })
      }
      for (const key of keys) {
        const codec = props[key]
        if (codec === undefined || (optional.includes(key) && given[key] === undefined)) continue
        const decoded = codec.validate(given[key], t.appendContext(context, key, codec))
        if (!isRight(decoded)) errors.push(...decoded.left)
      }
      return errors.length > 0 ? t.failures(errors) : t.success(value as { [K in keyof P]: t.TypeOf<P[K]> })
    },
    t.identity
  )
}

const unknownKey = refined('no such key', (value): value is never => value === unknownKey)

const numberFrom = (min: number, max: number): t.Type<number> =>
  refined(
    `a number from ${min} to ${max}`,
    (value): value is number => typeof value === 'number' && value >= min && value <= max
  )

const wholeFrom = (min: number, max: number): t.Type<number> =>
  refined(
    `a whole number from ${min} to ${max}`,
    (value): value is number => Number.isInteger(value) && Number(value) >= min && Number(value) <= max
  )

const duration = refined(
  'an ISO 8601 duration of weeks, days, hours, minutes, seconds',
  (value): value is string => typeof value === 'string' && durationMs(value) !== undefined
)

/** A name that may stand in a path: not one of those that objects have by themselves. */
const name = refined(
  'a name of 1 to 200 characters',
  (value): value is string =>
    typeof value === 'string' && value.length > 0 && value.length <= 200 && !(value in Object.prototype)
)

/** A list; of one that is too long the first entry too many is at fault, and the others are not looked at. */
const listOf = <A>(entry: t.Type<A>, min: number, max: number): t.Type<Array<A>> => {
  const entries = t.array(entry)
  const noMore = refined(`no more than ${max} entries`, (value): value is never => value === noMore)
  return new t.Type(
    `a list of ${min} to ${max} entries`,
    (value): value is Array<A> => entries.is(value) && value.length >= min && value.length <= max,
    (value, context) => {
      if (!Array.isArray(value) || value.length < min) return t.failure(value, context)
      return value.length > max
        ? t.failure(undefined, t.appendContext(context, String(max), noMore))
        : entries.validate(value, context)
    },
    t.identity
  )
}

/** K2. One that ends in a digit is read like any other: a token is compared whole, its prefix included. */
const tokenPrefix = refined(
  'a prefix of 1 to 20 characters, none of them a control character',
  (value): value is string => typeof value === 'string' && value.length <= 20 && /^\P{Cc}+$/u.test(value)
)

const direction = oneOf('both', 'toRecord', 'toMail', 'none')
const ratio = numberFrom(0, 1)
const count = wholeFrom(0, 10_000_000)

const guard: t.Type<Settings['guard']> = refined(
  'a guard of one form, whole',
  (value): value is Settings['guard'] =>
    typeof value === 'object' &&
    value !== null &&
    ('deletes' in value ? isRight(classGuard.decode(value)) : isRight(cycleGuard.decode(value)))
)
const cycleGuard = closed({ maxDeleteRatio: ratio, minDeletes: count })
const classGuard = closed({
  deletes: closed({ free: count, ratio, most: count, perDay: count }),
  overwrites: closed({ sameValueRatio: ratio, min: count }),
  creates: closed({ factor: numberFrom(0, 1000), most: count }),
  emptySide: count,
  firstCycleDeletes: t.boolean
})

const place = t.union([
  name,
  t.null,
  closed({ fields: t.array(name), sets: wholeFrom(0, 100) }, ['sets']),
  closed({ object: name, members: t.array(name) }),
  closed({ chosenBy: name, objects: t.record(t.string, name), otherwise: name, members: t.array(name) }),
  closed({ nameOf: name })
])

const mappingRow = closed(
  {
    name,
    mail: place,
    record: place,
    convert: name,
    direction,
    settable: oneOf('all', 'fixed'),
    securable: t.boolean,
    required: t.boolean,
    when: closed(
      {
        addressMode: oneOf('mailing-only', 'all-three'),
        companyFromParent: t.boolean,
        appointmentAttachments: t.boolean
      },
      ['addressMode', 'companyFromParent', 'appointmentAttachments']
    ),
    named: t.boolean,
    large: t.boolean,
    latestWins: t.boolean,
    recordLengthMax: wholeFrom(1, 10_000_000)
  },
  ['convert', 'securable', 'required', 'when', 'named', 'large', 'latestWins', 'recordLengthMax']
)

const mapping = closed({ kind: name, type: name, rows: t.array(mappingRow), behavesLike: name }, ['behavesLike'])

/** How many characters `first` and `last` compare. */
const cutLength = wholeFrom(1, 4000)

const duplicateRule = closed(
  {
    base: name,
    match: name,
    conditions: listOf(
      closed({ field: name, matchField: name, op: oneOf('exact', 'first', 'last', 'same-date'), n: cutLength }, [
        'matchField',
        'n'
      ]),
      1,
      20
    ),
    ignoreBlank: t.boolean,
    excludeInactive: t.boolean,
    caseSensitive: t.boolean,
    published: t.boolean
  },
  ['ignoreBlank', 'excludeInactive', 'caseSensitive', 'published']
)

const settingsCodec = closed(
  {
    directions: t.record(t.string, direction),
    conflict: oneOf('record-wins', 'mail-wins', 'latest-wins', 'latest-else-ask', 'ask'),
    securityWrite: oneOf('reset', 'keep'),
    addressMode: oneOf('mailing-only', 'all-three'),
    companyFromParent: t.boolean,
    leaveFilter: oneOf('delete', 'unlink'),
    contactDeleteFromMail: oneOf('never', 'owner'),
    taskDeleteFromMail: oneOf('always', 'unless-closed'),
    propagateCancellation: t.boolean,
    updatePastMeetings: t.boolean,
    appointmentAttachments: t.boolean,
    ignoreCopies: t.boolean,
    untrackDeletesForNonOwner: t.boolean,
    privateItems: oneOf('skip', 'full'),
    correlation: closed(
      {
        headers: t.boolean,
        token: t.boolean,
        tokenPrefixes: listOf(tokenPrefix, 1, 20),
        smartMatching: t.boolean,
        references: t.boolean,
        tokenBase: wholeFrom(0, 2_147_483_647),
        tokenUserDigits: wholeFrom(1, 10),
        tokenCounterDigits: wholeFrom(1, 9)
      },
      ['tokenBase', 'tokenUserDigits', 'tokenCounterDigits']
    ),
    internalAsTwo: t.boolean,
    autoTrackSent: t.boolean,
    createUnknownSender: oneOf('none', 'contact', 'lead'),
    category: t.union([name, t.null]),
    duplicates: closed({ enabled: t.boolean, rules: listOf(duplicateRule, 0, 200) }),
    ambiguous: closed({ sender: oneOf('first', 'unresolved'), recipients: oneOf('all', 'unresolved') }),
    maxContactsPerGesture: wholeFrom(1, 10_000),
    maxFolderRules: wholeFrom(0, 10_000),
    firstCycle: oneOf('apply', 'plan'),
    matchOnEntry: t.boolean,
    base: oneOf('value', 'digest'),
    history: t.union([t.literal(0), duration]),
    freeze: t.union([t.null, closed({ writes: wholeFrom(1, 1000), within: duration })]),
    clockSkew: duration,
    deleteAgainstEdit: oneOf('delete', 'keep-edit'),
    invitations: oneOf('send', 'hold', 'none'),
    guard,
    retry: closed({ transientLimit: wholeFrom(1, 1000), transientDelay: duration, itemLimit: wholeFrom(1, 1000) }),
    addressFields: t.record(name, t.array(name)),
    mappings: t.record(t.string, mapping)
  },
  ['addressFields']
)

/** Path and expected type only: a value may be somebody's mail. The branches of a union are no part of the path. */
const faultOf = ({ context }: t.ValidationError): SettingsFault => ({
  path: context
    .filter(({ key }, index) => key !== '' && !(context[index - 1]?.type instanceof t.UnionType))
    .map(({ key }) => key)
    .join('.'),
  expected: context.at(-1)?.type.name ?? 'another value'
})

/** A union fails in each of its branches: the one that came furthest says what is wrong, others that stop there join it. */
const foldedFaults = (faults: ReadonlyArray<SettingsFault>): ReadonlyArray<SettingsFault> => {
  const byPath = new Map<string, ReadonlyArray<string>>()
  for (const { path, expected } of faults) byPath.set(path, [...new Set([...(byPath.get(path) ?? []), expected])])
  const deepest = [...byPath].filter(([path]) => ![...byPath.keys()].some((other) => other.startsWith(`${path}.`)))
  return deepest.map(([path, expected]) => ({ path, expected: expected.join(' or ') }))
}

/**
 * All faults of settings that have been laid over a preset; none where they may be used.
 * @public
 */
export const settingsFaults = (
  input: unknown,
  converters: { readonly [id: string]: Converter } = shippedConverters
): ReadonlyArray<SettingsFault> => {
  const decoded = settingsCodec.decode(input)
  if (!isRight(decoded)) return foldedFaults(decoded.left.map(faultOf))
  const settings = input as Settings
  return [
    ...mappingFaults(settings, converters),
    ...directionFaults(settings),
    ...baseFaults(settings),
    ...settings.duplicates.rules.flatMap((rule, index) => lengthFaults(rule, `duplicates.rules.${index}`)),
    ...publishedFaults(settings.duplicates.rules)
  ]
}

const mappingFaults = (
  settings: Settings,
  converters: { readonly [id: string]: Converter }
): ReadonlyArray<SettingsFault> =>
  Object.entries(settings.mappings).flatMap(([type, given]) => [
    ...(given.type === type ? [] : [{ path: `mappings.${type}.type`, expected: `"${type}"` }]),
    ...given.rows.flatMap((row, index) =>
      Object.hasOwn(converters, row.convert ?? 'text')
        ? []
        : [{ path: `mappings.${type}.rows.${index}.convert`, expected: 'the name of a converter' }]
    )
  ])

/** A direction may be set for rows that exist and are not fixed (2.1/2). */
const directionFaults = (settings: Settings): ReadonlyArray<SettingsFault> =>
  Object.entries(settings.directions).flatMap(([key, given]) => {
    const row = rowNamed(settings.mappings, key)
    const path = `directions.${key}`
    // Rows of types that have no mapping yet are somebody else's to judge.
    if (row === 'unknown-type') return []
    if (row === undefined) return [{ path, expected: 'the name of a row of the mapping' }]
    return row.settable === 'all' || row.direction === given
      ? []
      : [{ path, expected: `"${row.direction}": it is fixed` }]
  })

const rowNamed = (
  mappings: { readonly [type: string]: Mapping },
  key: string
): Mapping['rows'][number] | undefined | 'unknown-type' => {
  const [type = '', row = ''] = key.split(/\.(.*)/s)
  if (!Object.hasOwn(mappings, type)) return 'unknown-type'
  return mappings[type]?.rows.find((candidate) => candidate.name === row)
}

/** Under `base: "digest"` there is no history to keep. */
const baseFaults = (settings: Settings): ReadonlyArray<SettingsFault> =>
  settings.base === 'digest' && settings.history !== 0
    ? [{ path: 'history', expected: '0, because `base` is "digest"' }]
    : []

/** `n` belongs to `first` and `last`, which need it (Q2). */
const lengthFaults = ({ conditions }: DuplicateRule, at: string): ReadonlyArray<SettingsFault> =>
  conditions.flatMap(({ op, n }, index) => {
    const cuts = op === 'first' || op === 'last'
    if (cuts === (n !== undefined)) return []
    return [
      { path: `${at}.conditions.${index}.n`, expected: cuts ? cutLength.name : 'no such key beside this operator' }
    ]
  })

/** Published rules of one base type (Q1). */
const publishedMax = 5

/** Of each base type the first published rule too many. */
const publishedFaults = (rules: ReadonlyArray<DuplicateRule>): ReadonlyArray<SettingsFault> => {
  const published = new Map<string, number>()
  return rules.flatMap((rule, index) => {
    if (rule.published === false) return []
    const place = (published.get(rule.base) ?? 0) + 1
    published.set(rule.base, place)
    return place === publishedMax + 1
      ? [
          {
            path: `duplicates.rules.${index}`,
            expected: `no more than ${publishedMax} published rules of one base type`
          }
        ]
      : []
  })
}

/**
 * Faults of a user's field access: what may not be secured (2.3/16), and fields that no row maps.
 * @public
 */
export const fieldAccessFaults = (
  settings: Settings,
  access: { readonly [field: string]: { readonly [bit: string]: unknown } }
): ReadonlyArray<SettingsFault> =>
  Object.keys(access).flatMap((key) => {
    const [type = '', field = ''] = key.split(/\.(.*)/s)
    const rows = settings.mappings[type]?.rows ?? []
    const holds = (given: unknown): boolean =>
      given === field ||
      (typeof given === 'object' &&
        given !== null &&
        'fields' in given &&
        Array.isArray(given.fields) &&
        given.fields.includes(field))
    const secured = rows.filter((row) => holds(row.record))
    const unsecurable = neverSecured.has(field) || secured.some((row) => row.securable !== true)
    return unsecurable ? [{ path: `fieldAccess.${key}`, expected: 'a field that may be secured' }] : []
  })

const neverSecured = new Set([
  'id',
  'owner',
  'ownerid',
  'state',
  'statecode',
  'status',
  'statuscode',
  'createdon',
  'modifiedon',
  'fullname'
])
