/**
 * Arbitraries of fast-check for what this library is about: values, fields, directions, access, mappings, pairs with
 * their bases, snapshots, links, filters. fast-check is handed in, so that it is nobody's dependency.
 *
 * Pairs are correlated: one world is drawn and then perturbed on either side, because two worlds drawn apart hardly
 * ever agree, and what goes wrong goes wrong near agreement.
 */
import type { Arbitrary } from 'fast-check'
import type { ConflictPolicy, FlowSettings, Mapping, MappingRow, PairFields } from '../mapping/index.js'
import type {
  Base,
  Direction,
  FieldAccess,
  Fields,
  Filter,
  FilterContext,
  ItemSnapshot,
  Link,
  RecordSnapshot,
  Side,
  Value
} from '../model/index.js'
import { byCodeUnits } from '../model/index.js'
import type { CycleObservation, Learned, Pace, PaceReason, RequestObservation } from '../schedule/index.js'
import { typeOf } from '../filters/attributes.js'
import type { FastCheck } from './fast-check.js'
import { filterArbitraries } from './filters.js'

/** One pair, with everything that its merge asks but the clock. @public */
export interface PairSample {
  readonly mapping: Mapping
  readonly flow: FlowSettings
  /** By record type and record-side field. */
  readonly access: { readonly [field: string]: FieldAccess }
  /** In the order of the mapping's rows. */
  readonly base: Base
  readonly pair: PairFields
  readonly policy: ConflictPolicy
  readonly mailChangedAtMs: number
  readonly recordChangedAtMs: number
  readonly serverTimes: boolean
  readonly clockSkewMs: number
}

/** @public */
export interface Arbitraries {
  /** Texts that differ where servers and people do: case, accents, line ends, blanks, astral and lone units. */
  readonly text: Arbitrary<string>
  /** JSON of a small depth; empty values in all spellings are frequent. */
  readonly value: Arbitrary<Value>
  readonly empty: Arbitrary<Value>
  readonly fieldName: Arbitrary<string>
  readonly fields: Arbitrary<Fields>
  readonly direction: Arbitrary<Direction>
  readonly fieldAccess: Arbitrary<FieldAccess>
  readonly side: Arbitrary<Side>
  readonly policy: Arbitrary<ConflictPolicy>
  /** A mapping of texts: `rows` scalars at most, and one aggregate of two members. */
  readonly mapping: (rowsMax: number) => Arbitrary<Mapping>
  readonly pair: (rowsMax: number) => Arbitrary<PairSample>
  readonly item: Arbitrary<ItemSnapshot>
  readonly record: Arbitrary<RecordSnapshot>
  /** A link with a base of as many rows as asked for. */
  readonly link: (rows: number) => Arbitrary<Link>
  /** Filters over the fields given, three levels deep at most. */
  readonly filter: (fields: ReadonlyArray<string>) => Arbitrary<Filter>
  readonly filterContext: Arbitrary<FilterContext>
  /** Of a cycle, in all three ways to tell how much there was: instants, a number, and that there was something. */
  readonly observation: Arbitrary<CycleObservation>
  readonly request: Arbitrary<RequestObservation>
  /** Of an enabled mailbox, young or old, as any policy may have left it. */
  readonly pace: Arbitrary<Pace>
}

/** @public */
export const arbitraries = (fc: FastCheck): Arbitraries => {
  const text = textOf(fc)
  const empty = fc.constantFrom<Value>(null, '', [])
  const value = valuesOf(fc, text, empty)
  const fieldName = fc.constantFrom(
    'name',
    'subject',
    'state',
    'owner',
    'x',
    'y',
    'toString',
    'hasOwnProperty',
    'Ünïcode',
    'a b'
  )
  const fields = fc.dictionary(fieldName, value, { maxKeys: 6 })
  const direction = fc.constantFrom<Direction>('both', 'toRecord', 'toMail', 'none')
  const fieldAccess = fc.record(
    { read: fc.boolean(), create: fc.boolean(), update: fc.boolean() },
    { requiredKeys: [] }
  )
  const policy = fc.constantFrom<ConflictPolicy>('record-wins', 'mail-wins', 'latest-wins', 'latest-else-ask', 'ask')
  const mapping = (rowsMax: number): Arbitrary<Mapping> => mappingOf(fc, direction, rowsMax)
  const instant = fc.integer({ min: 0, max: 4_102_444_800_000 })
  return {
    text,
    value,
    empty,
    fieldName,
    fields,
    direction,
    fieldAccess,
    side: fc.constantFrom<Side>('mail', 'record'),
    policy,
    mapping,
    pair: (rowsMax) => mapping(rowsMax).chain((drawn) => pairOf(fc, drawn, direction, fieldAccess, policy)),
    item: itemOf(fc, fields, instant),
    record: recordOf(fc, fields, instant),
    link: (rows) => linkOf(fc, value, instant, rows),
    filter: (names) => filterOf(fc, names, text),
    filterContext: fc.record({
      user: fc.constantFrom('u1', 'u2'),
      teams: fc.uniqueArray(fc.constantFrom('t1', 't2'), { maxLength: 2 }),
      businessUnit: fc.constantFrom('b1', 'b2'),
      timeZone: fc.constant('UTC'),
      nowMs: instant
    }),
    observation: observationOf(fc, instant),
    request: fc.record({ request: fc.constantFrom<RequestObservation['request']>('push', 'gesture') }),
    pace: paceOf(fc, instant)
  }
}

const observationOf = (fc: FastCheck, instant: Arbitrary<number>): Arbitrary<CycleObservation> =>
  fc
    .record(
      {
        changes: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 200 })),
        error: fc.constantFrom<'transient' | 'permanent' | 'throttled'>('transient', 'permanent', 'throttled'),
        retryAfterMs: fc.integer({ min: 0, max: 3_600_000 }),
        arrivalsAtMs: fc.array(instant, { maxLength: 5 }),
        uncounted: fc.boolean(),
        truncated: fc.boolean()
      },
      { requiredKeys: ['changes'] }
    )
    .map((drawn) => ({ ...drawn, changes: Math.max(drawn.changes, drawn.arrivalsAtMs?.length ?? 0) }))

const paceOf = (fc: FastCheck, instant: Arbitrary<number>): Arbitrary<Pace> =>
  fc.record(
    {
      emptyCycles: fc.nat({ max: 40 }),
      failures: fc.nat({ max: 9 }),
      dueAtMs: instant,
      notBeforeMs: instant,
      reason: fc.constantFrom<Exclude<PaceReason, 'disabled'>>(
        'idle',
        'learned',
        'learning',
        'failure',
        'throttled',
        'push'
      ),
      seed: fc.nat({ max: 4_294_967_295 }),
      learned: learnedOf(fc, instant)
    },
    { requiredKeys: ['emptyCycles', 'failures'] }
  )

/** Counts as they are kept, in multiples of 2⁻²⁰; a week of 32 parts of two characters each. */
const learnedOf = (fc: FastCheck, atMs: Arbitrary<number>): Arbitrary<Learned> => {
  const upTo = (most: number): Arbitrary<number> => fc.nat({ max: most * 1024 }).map((drawn) => drawn / 1024)
  const part = fc.oneof(
    fc.constant('IA'),
    fc
      .tuple(fc.constantFrom('A', 'C', 'H', 'I', 'L', 'Z'), fc.constantFrom('I', 'Z', 'g', '_'))
      .map((two) => two.join(''))
  )
  return fc.record({
    form: fc.constant('week-1' as const),
    atMs,
    age: fc.oneof(upTo(2 * 86_400), fc.nat({ max: 2 * 365 * 86_400 })),
    months: fc.oneof(upTo(5), upTo(50_000)),
    days: fc.oneof(upTo(3), upTo(500)),
    hours: fc.oneof(upTo(1), upTo(200)),
    burst: fc.oneof(upTo(1), upTo(60)),
    thread: fc.oneof(upTo(1), upTo(100)),
    followed: fc.oneof(upTo(1), upTo(5000)),
    hour: fc.oneof(upTo(1), upTo(60)),
    opening: fc.oneof(upTo(1), upTo(8)),
    closing: fc.oneof(upTo(1), upTo(8)),
    week: fc.array(part, { minLength: 32, maxLength: 32 }).map((parts) => parts.join(''))
  })
}

const textOf = (fc: FastCheck): Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      'a',
      'A',
      'b',
      ' a',
      'a ',
      'é',
      'e\u0301',
      'ß',
      'ss',
      'Σ',
      'ς',
      'a\nb',
      'a\r\nb',
      'a\rb',
      '😀',
      '\ud83d',
      '0',
      'a,b',
      '1 < 2',
      '<p>a</p>'
    ),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary', maxLength: 8 })
  )

const valuesOf = (fc: FastCheck, text: Arbitrary<string>, empty: Arbitrary<Value>): Arbitrary<Value> => {
  const scalar = fc.oneof<Arbitrary<Value>[]>(
    empty,
    text,
    fc.integer(),
    // JSON has no negative zero.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((drawn) => (drawn === 0 ? 0 : drawn)),
    fc.boolean()
  )
  const list: Arbitrary<Value> = fc.array(scalar, { maxLength: 3 })
  const object: Arbitrary<Value> = fc.dictionary(fc.constantFrom('street', 'city', 'constructor'), scalar, {
    maxKeys: 3
  })
  return fc.oneof({ arbitrary: scalar, weight: 6 }, { arbitrary: list, weight: 1 }, { arbitrary: object, weight: 1 })
}

const scalarRow = (index: number, direction: Direction): MappingRow => ({
  name: `row${index}`,
  mail: `m${index}`,
  record: `r${index}`,
  convert: index % 3 === 2 ? 'phone' : 'text',
  direction,
  settable: 'all',
  securable: true
})

const aggregateRow = (direction: Direction): MappingRow => ({
  name: 'pair',
  mail: { object: 'mPair', members: ['x', 'y'] },
  record: { fields: ['rPairX', 'rPairY'] },
  direction,
  settable: 'all',
  securable: true
})

const mappingOf = (fc: FastCheck, direction: Arbitrary<Direction>, rowsMax: number): Arbitrary<Mapping> =>
  fc
    .tuple(fc.array(direction, { minLength: 1, maxLength: rowsMax }), fc.option(direction, { nil: undefined }))
    .map(([scalars, aggregate]) => ({
      kind: 'contact',
      type: 'contact',
      rows: [
        ...scalars.map((each, index) => scalarRow(index, each)),
        ...(aggregate === undefined ? [] : [aggregateRow(aggregate)])
      ]
    }))

/** Few values, so that two sides meet often; the first two spell one value in two ways. */
const textsFor = (row: MappingRow): ReadonlyArray<Value> =>
  row.convert === 'phone' ? ['+34 600 1', '0034-6001', '77', null, ''] : ['a\r\nb', 'a\nb', 'c', 'd', null, '']

const cellOf = (fc: FastCheck, row: MappingRow): Arbitrary<Value> => {
  const scalar = fc.constantFrom(...textsFor(row))
  return typeof row.mail === 'string' ? scalar : fc.tuple(scalar, scalar)
}

/** A base with two values, and now: each side has kept its own, or has another. */
const cellsOf = (
  fc: FastCheck,
  row: MappingRow
): Arbitrary<{ readonly [at in 'baseMail' | 'mail' | 'baseRecord' | 'record']: Value }> => {
  const cell = cellOf(fc, row)
  const oftenSame = fc.option(cell, { nil: undefined, freq: 2 })
  return fc.tuple(cell, oftenSame, oftenSame, oftenSame).map(([baseMail, baseRecord, mail, record]) => ({
    baseMail,
    mail: mail ?? baseMail,
    baseRecord: baseRecord ?? baseMail,
    record: record ?? baseRecord ?? baseMail
  }))
}

const memberOf = (value: Value, index: number): Value => (Array.isArray(value) ? (value[index] ?? null) : null)

const standing = (row: MappingRow, index: number, side: Side, value: Value): Fields => {
  if (typeof row.mail === 'string') return { [side === 'mail' ? `m${index}` : `r${index}`]: value }
  return side === 'mail'
    ? { mPair: { x: memberOf(value, 0), y: memberOf(value, 1), z: 'kept' } }
    : { rPairX: memberOf(value, 0), rPairY: memberOf(value, 1) }
}

const emptyAsNull = (value: Value): Value => {
  if (!Array.isArray(value)) return value === '' ? null : value
  const members = value.map((member) => (member === '' ? null : member))
  return members.every((member) => member === null) ? null : members
}

const pairOf = (
  fc: FastCheck,
  mapping: Mapping,
  direction: Arbitrary<Direction>,
  fieldAccess: Arbitrary<FieldAccess>,
  policy: Arbitrary<ConflictPolicy>
): Arbitrary<PairSample> =>
  fc
    .record({
      cells: fc.tuple(...mapping.rows.map((row) => cellsOf(fc, row))),
      directions: fc.dictionary(fc.constantFrom(...mapping.rows.map((row) => `contact.${row.name}`)), direction, {
        maxKeys: 3
      }),
      securityWrite: fc.constantFrom<FlowSettings['securityWrite']>('reset', 'keep'),
      access: fc.dictionary(
        fc.constantFrom('contact.r0', 'contact.r1', 'contact.r2', 'contact.rPairX', 'contact.rPairY'),
        fieldAccess,
        { maxKeys: 3 }
      ),
      policy,
      mailChangedAtMs: fc.nat({ max: 300_000 }),
      recordChangedAtMs: fc.nat({ max: 300_000 }),
      serverTimes: fc.boolean(),
      clockSkewMs: fc.constantFrom(0, 120_000)
    })
    .map(({ cells, directions, securityWrite, ...drawn }) => ({
      ...drawn,
      mapping,
      flow: { directions: { ...directions }, securityWrite },
      base: {
        mail: cells.map((cell) => emptyAsNull(cell.baseMail)),
        record: cells.map((cell) => emptyAsNull(cell.baseRecord))
      },
      pair: {
        mail: Object.assign(
          { unmapped: 'mine' },
          ...mapping.rows.map((row, index) => standing(row, index, 'mail', cells[index]?.mail ?? null))
        ),
        record: Object.assign(
          { unmapped: 'theirs' },
          ...mapping.rows.map((row, index) => standing(row, index, 'record', cells[index]?.record ?? null))
        )
      }
    }))

const itemOf = (fc: FastCheck, fields: Arbitrary<Fields>, instant: Arbitrary<number>): Arbitrary<ItemSnapshot> =>
  fc.record(
    {
      ref: fc.constantFrom('m1', 'm2', 'm3'),
      kind: fc.constantFrom('contact', 'task'),
      fields,
      version: fc.constantFrom('1', '2'),
      folder: fc.constantFrom('contacts', 'deleted'),
      changedAtMs: instant
    },
    { requiredKeys: ['ref', 'kind', 'fields'] }
  )

const recordOf = (fc: FastCheck, fields: Arbitrary<Fields>, instant: Arbitrary<number>): Arbitrary<RecordSnapshot> =>
  fc.record(
    {
      ref: fc.constantFrom('r1', 'r2', 'r3'),
      type: fc.constantFrom('contact', 'account'),
      state: fc.constantFrom('active', 'inactive', 'Active'),
      fields,
      version: fc.constantFrom('1', '2'),
      owner: fc.constantFrom('u1', 'u2', 'U1'),
      status: fc.constantFrom('open', 'busy'),
      createdAtMs: instant,
      changedAtMs: instant
    },
    { requiredKeys: ['ref', 'type', 'state', 'fields'] }
  )

const linkOf = (fc: FastCheck, value: Arbitrary<Value>, instant: Arbitrary<number>, rows: number): Arbitrary<Link> => {
  // An object in a base can only be a digest: aggregates stand as lists.
  const cell = value.map((drawn) => (typeof drawn === 'object' && !Array.isArray(drawn) ? null : emptyAsNull(drawn)))
  const column = fc.array(cell, { minLength: rows, maxLength: rows })
  return fc.record(
    {
      id: fc.uuid(),
      mailbox: fc.constant('ann'),
      item: fc.constantFrom('m1', 'm2'),
      kind: fc.constant('contact'),
      record: fc.constantFrom('r1', 'r2'),
      type: fc.constant('contact'),
      origin: fc.constantFrom<Link['origin']>('tracked', 'filter', 'both'),
      versions: fc.record({ mail: fc.constantFrom('1', '2'), record: fc.constantFrom('1', '2') }, { requiredKeys: [] }),
      shape: fc.constant('shape'),
      base: fc.record({ mail: column, record: column }),
      decided: fc.record({
        code: fc.constant<Link['decided']['code']>('unchanged'),
        facts: fc.constant({}),
        cycle: fc.constant('c1'),
        atMs: instant
      }),
      owner: fc.constantFrom('u1', 'u2'),
      state: fc.constantFrom('active', 'inactive')
    },
    {
      requiredKeys: [
        'id',
        'mailbox',
        'item',
        'kind',
        'record',
        'type',
        'origin',
        'versions',
        'shape',
        'base',
        'decided'
      ]
    }
  )
}

/** Fields that every record has take their own operators; of all others nothing is known. */
const filterOf = (fc: FastCheck, names: ReadonlyArray<string>, text: Arbitrary<string>): Arbitrary<Filter> => {
  const texts = text.filter((drawn) => drawn !== '')
  const scalar = fc.oneof(texts, fc.integer({ min: -2, max: 2 }))
  const list = fc.array(scalar, { minLength: 1, maxLength: 3 })
  const kit = filterArbitraries(fc)
  const free = (field: string): Arbitrary<Filter> =>
    fc.oneof(
      fc.record({
        field: fc.constant(field),
        op: fc.constantFrom('eq', 'ne', 'neq'),
        value: fc.oneof(scalar, fc.boolean())
      }),
      fc.record({ field: fc.constant(field), op: fc.constantFrom('in', 'not-in'), value: list }),
      fc.record({ field: fc.constant(field), op: fc.constantFrom('null', 'not-null', 'eq-userid', 'ne-userid') })
    )
  const condition = fc.constantFrom(...[...names].sort(byCodeUnits)).chain((field): Arbitrary<Filter> => {
    const type = typeOf(field, undefined)
    return type === undefined ? free(field) : kit.condition(field, type)
  })
  const group = (below: Arbitrary<Filter>): Arbitrary<Filter> => {
    const parts = fc.array(below, { maxLength: 3 })
    return fc.oneof(
      parts.map((and): Filter => ({ and })),
      parts.map((or): Filter => ({ or })),
      below.map((not): Filter => ({ not }))
    )
  }
  const shallow = fc.oneof(condition, group(condition))
  return fc.oneof(shallow, group(shallow))
}
