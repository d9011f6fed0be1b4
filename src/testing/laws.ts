/**
 * Laws that a host's own converters and mappings must keep, to be run in the host's own tests with its own fast-check:
 * no test runner is imported. Each check throws a `LawBroken` that names the law, or returns what it has run.
 *
 * A converter between the sides is a lens that servers make untidy: its laws hold modulo its own normal forms.
 */
import type { Arbitrary } from 'fast-check'
import {
  type Converter,
  baseOf,
  converters as shipped,
  itemForRecord,
  type Mapping,
  type MappingRow,
  type MergeContext,
  mergeFields,
  plainConvert,
  recordForItem,
  type Rules,
  type RowSide,
  rulesOf,
  type Shape,
  type ShapeRow,
  shapeOf
} from '../mapping/index.js'
import { type Direction, type Fields, isEmpty, sameValue, type Side, type Value } from '../model/index.js'
import { arbitraries } from './arbitraries.js'
import type { FastCheck } from './fast-check.js'

/** A law that does not hold, with the smallest example that was found. @public */
export class LawBroken extends Error {
  override readonly name = 'LawBroken'
  readonly law: string
  constructor(law: string, what: string) {
    super(`${law}: ${what}`)
    this.law = law
  }
}

/** The laws that were run, and how often each. @public */
export interface LawReport {
  readonly laws: ReadonlyArray<string>
  readonly runs: number
}

/** @public */
export interface ConverterCheck {
  readonly runs?: number
  readonly seed?: number
  /** Values that the converter is for. By default those of all JSON that it accepts. */
  readonly mail?: Arbitrary<Value>
  readonly record?: Arbitrary<Value>
  /**
   * `total`: the record says everything, so that what the item held before never matters (PutPut). By default a
   * converter may keep on the item what the record cannot say, as rich text.
   */
  readonly total?: boolean
}

/** @public */
export interface MappingCheck {
  readonly runs?: number
  readonly seed?: number
  /** Beside the converters that ship. */
  readonly converters?: { readonly [id: string]: Converter }
  /** By row: values of its field (of an aggregate's members) on either side. By default what its converter accepts. */
  readonly values?: { readonly [row: string]: { readonly mail?: Arbitrary<Value>; readonly record?: Arbitrary<Value> } }
}

const runsDefault = 1000

interface Run {
  readonly fc: FastCheck
  readonly parameters: { readonly numRuns: number; readonly seed?: number }
  readonly laws: Array<string>
}

const runOf = (fc: FastCheck, asked: { readonly runs?: number; readonly seed?: number }): Run => ({
  fc,
  parameters: { numRuns: asked.runs ?? runsDefault, ...(asked.seed === undefined ? {} : { seed: asked.seed }) },
  laws: []
})

/** Holds the law over an arbitrary; a message says why not. */
const holds = <A>(
  { fc, parameters, laws }: Run,
  law: string,
  arbitrary: Arbitrary<A>,
  why: (drawn: A) => string | undefined
): void => {
  let reason = ''
  const details = fc.check(
    fc.property(arbitrary, (drawn) => {
      const found = why(drawn)
      if (found !== undefined) reason = found
      return found === undefined
    }),
    parameters
  )
  if (details.failed) {
    const thrown = details.errorInstance instanceof Error ? details.errorInstance.message : ''
    throw new LawBroken(
      law,
      `${reason === '' ? thrown : reason} for ${fc.stringify(details.counterexample?.[0])} (seed ${details.seed})`
    )
  }
  laws.push(law)
}

const shown = (value: unknown): string => JSON.stringify(value) ?? 'undefined'

/** The empty of either side; `accepts` and conversion are never asked about it. */
const orNull = (value: Value): Value => (isEmpty(value) ? null : value)

const convert = {
  toRecord: (converter: Converter, mail: Value): Value =>
    isEmpty(mail) ? null : orNull(converter.toRecord(mail, null, plainConvert)),
  toMail: (converter: Converter, record: Value, mail: Value): Value =>
    isEmpty(record) ? null : orNull(converter.toMail(record, mail, plainConvert))
}

const normal = (converter: Converter, side: Side, value: Value): Value => orNull(converter.normal[side](orNull(value)))

const alike = (converter: Converter, side: Side, x: Value, y: Value): boolean =>
  sameValue(normal(converter, side, x), normal(converter, side, y))

const acceptedBy = (fc: FastCheck, accepts: (value: Value) => boolean): Arbitrary<Value> => {
  const { text, value } = arbitraries(fc)
  const candidates: ReadonlyArray<Arbitrary<Value>> = [
    text,
    fc.integer(),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc
      .date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) })
      .map((date) => date.toISOString().slice(0, 10)),
    fc.array(text, { minLength: 1, maxLength: 3 }),
    value
  ]
  // A shape that is hardly ever accepted would make the filter spin.
  const fitting = candidates.filter((candidate) =>
    fc.sample(candidate, { numRuns: 20, seed: 1 }).some((drawn) => !isEmpty(drawn) && accepts(drawn))
  )
  if (fitting.length === 0)
    throw new LawBroken('values', 'no value drawn by default is accepted: hand in `mail` and `record`')
  return fc.oneof(...fitting).filter((drawn) => !isEmpty(drawn) && accepts(drawn))
}

/** The laws of a converter. @public */
export const checkConverter = (fc: FastCheck, converter: Converter, asked: ConverterCheck = {}): LawReport => {
  const run = runOf(fc, asked)
  const mail = asked.mail ?? acceptedBy(fc, (value) => converter.accepts.mail(value, plainConvert))
  const record = asked.record ?? acceptedBy(fc, (value) => converter.accepts.record(value, plainConvert))
  const { toRecord, toMail } = convert
  const two = fc.tuple(mail, mail)
  const each: ReadonlyArray<readonly [Side, Arbitrary<Value>]> = [
    ['mail', mail],
    ['record', record]
  ]
  // The normal form of a whole value sums it up: it is compared, and is no value itself.
  const sumsUp = converter.whole === true
  for (const [side, values] of each) {
    if (!sumsUp)
      holds(run, `normal form of ${side}: idempotent`, values, (value) => {
        const once = normal(converter, side, value)
        const twice = normal(converter, side, once)
        return sameValue(once, twice) ? undefined : `${shown(once)} becomes ${shown(twice)}`
      })
    holds(run, `normal form of ${side}: pure, and empty stays empty`, values, (value) => {
      const before = shown(value)
      const once = shown(converter.normal[side](value))
      if (once !== shown(converter.normal[side](value)) || before !== shown(value))
        return 'it does not give the same for the same'
      return sumsUp || [null, '', []].every((empty) => isEmpty(converter.normal[side](empty)))
        ? undefined
        : 'empty becomes something'
    })
  }
  holds(run, 'image: what is converted is accepted on the other side', fc.tuple(mail, record), ([m, r]) => {
    const there = toRecord(converter, m)
    const here = toMail(converter, r, m)
    if (there !== null && !converter.accepts.record(there, plainConvert))
      return `the record does not accept ${shown(there)}`
    return here === null || converter.accepts.mail(here, plainConvert)
      ? undefined
      : `the item does not accept ${shown(here)}`
  })
  if (!sumsUp)
    holds(run, 'respect: equal values convert to equal values', mail, (m) => {
      const plain = toRecord(converter, m)
      const ofNormal = toRecord(converter, normal(converter, 'mail', m))
      return alike(converter, 'record', plain, ofNormal) ? undefined : `${shown(plain)} is not ${shown(ofNormal)}`
    })
  holds(run, 'CONVERT-1 (PutGet): what came from an item comes back as it was', two, ([m, other]) => {
    const r = toRecord(converter, m)
    const back = toRecord(converter, toMail(converter, r, other))
    return alike(converter, 'record', back, r) ? undefined : `${shown(r)} comes back as ${shown(back)}`
  })
  holds(run, 'CONVERT-3 (GetPut): an item that is not edited is not changed', mail, (m) => {
    const r = toRecord(converter, m)
    if (r === null) return undefined
    const back = toMail(converter, r, m)
    return alike(converter, 'mail', back, m) ? undefined : `${shown(m)} comes back as ${shown(back)}`
  })
  holds(
    run,
    'PutRL, PutLR: there and back with the complement changes neither side',
    fc.tuple(record, mail),
    ([r, m]) => {
      const here = toMail(converter, r, m)
      const there = toRecord(converter, here)
      const again = toMail(converter, there, here)
      if (there !== null && !alike(converter, 'mail', again, here))
        return `the item went from ${shown(here)} to ${shown(again)}`
      return alike(converter, 'record', toRecord(converter, again), there)
        ? undefined
        : `the record went from ${shown(there)}`
    }
  )
  holds(run, '29: an echo settles in two hops', fc.tuple(record, mail), ([r, m]) => {
    const first = toMail(converter, r, m)
    const second = toMail(converter, toRecord(converter, first), first)
    const third = toMail(converter, toRecord(converter, second), second)
    return alike(converter, 'mail', second, third) ? undefined : `${shown(first)}, ${shown(second)}, ${shown(third)}`
  })
  if (asked.total === true) {
    holds(run, 'PutPut: the last write counts alone', fc.tuple(record, record, mail), ([r1, r2, m]) => {
      const once = toMail(converter, r2, m)
      const twice = toMail(converter, r2, toMail(converter, r1, m))
      return alike(converter, 'mail', once, twice) ? undefined : `${shown(once)} is not ${shown(twice)}`
    })
  }
  return { laws: run.laws, runs: run.parameters.numRuns }
}

const options = { addressMode: 'mailing-only', companyFromParent: false } as const
const noNames: ReadonlyMap<string, string | undefined> = new Map()

/** A digest that tells its scope: enough for a base of values, which never asks for one. */
const plainDigest: MergeContext['digest'] = (side, row, value) => shown([side, row, value])

const contextOf = (policy: MergeContext['policy']): MergeContext => ({
  policy,
  serverTimes: true,
  clockSkewMs: 0,
  names: noNames,
  convert: plainConvert,
  digest: plainDigest,
  digestBase: false
})

/** The laws of a mapping: of its form, its places, its creations and its merges. @public */
export const checkMapping = (fc: FastCheck, mapping: Mapping, asked: MappingCheck = {}): LawReport => {
  const run = runOf(fc, asked)
  const known = { ...shipped, ...asked.converters }
  for (const row of mapping.rows) {
    const id = row.convert ?? 'text'
    if (!Object.hasOwn(known, id))
      throw new LawBroken('form', `row ${row.name} names the converter ${id}, which is not there`)
  }
  const shape = shapeOf(mapping, options, known)
  formOf(run, mapping, shape)
  const values = new Map(shape.rows.map((row) => [row.name, valuesOf(run, row, known, asked)]))
  const fields = (side: Side): Arbitrary<Fields> => worldOf(fc, shape, side, values)
  for (const row of shape.rows) placeLaws(run, row, values)
  pairLaws(run, shape, fields('mail'), fields('record'))
  return { laws: run.laws, runs: run.parameters.numRuns }
}

type Both = { readonly mail: Arbitrary<Value>; readonly record: Arbitrary<Value> }

const valuesOf = (
  { fc }: Run,
  row: ShapeRow,
  known: { readonly [id: string]: Converter },
  asked: MappingCheck
): Both => {
  const given = asked.values?.[row.name]
  const converter = known[row.row.convert ?? 'text']
  const accepts =
    (side: Side) =>
    (value: Value): boolean =>
      (converter?.accepts[side] ?? row[side].accepts)(value, plainConvert)
  return {
    mail: given?.mail ?? acceptedBy(fc, accepts('mail')),
    record: given?.record ?? acceptedBy(fc, accepts('record'))
  }
}

/** Names once, no field of a side twice. */
const formOf = (run: Run, mapping: Mapping, shape: Shape): void => {
  const once = (what: string, names: ReadonlyArray<string>): void => {
    const twice = names.find((name, index) => names.indexOf(name) !== index)
    if (twice !== undefined) throw new LawBroken('form', `${what} ${twice} stands twice`)
  }
  once(
    'the row',
    shape.rows.map((row) => row.name)
  )
  once(
    'the field of the item',
    shape.rows.flatMap((row) => writtenBy(row.mail, row.row.mail))
  )
  once(
    'the field of the record',
    shape.rows.flatMap((row) => writtenBy(row.record, row.row.record))
  )
  if (shown(JSON.parse(shown(mapping))) !== shown(mapping)) throw new LawBroken('form', 'the mapping is no plain JSON')
  run.laws.push('form: names once, no field of a side twice, plain JSON')
}

/** The field that chooses among objects is read, not written; a look-up whose name is shown belongs to another row. */
const writtenBy = (side: RowSide, place: MappingRow['mail']): ReadonlyArray<string> => {
  if (typeof place === 'object' && place !== null) {
    if ('nameOf' in place) return []
    if ('chosenBy' in place) return side.fields.filter((field) => field !== place.chosenBy)
  }
  return side.fields
}

const membersOf = (place: MappingRow['mail']): number => {
  if (place === null || typeof place === 'string' || 'nameOf' in place) return 0
  return 'fields' in place ? place.fields.length : place.members.length
}

/** A value of one side of a row, aggregates member by member; empty is frequent. */
const standing = (fc: FastCheck, row: ShapeRow, side: Side, values: Both): Arbitrary<Value> => {
  const scalar: Arbitrary<Value> = fc.option(values[side], { nil: null, freq: 4 })
  const members = membersOf(row.row[side])
  if (members === 0) return scalar
  const list: Arbitrary<Value> = fc.array(scalar, { minLength: members, maxLength: members })
  return list.map((drawn) => (isEmpty(drawn) ? null : drawn))
}

const worldOf = (fc: FastCheck, shape: Shape, side: Side, values: ReadonlyMap<string, Both>): Arbitrary<Fields> =>
  fc
    .tuple(
      ...shape.rows.map((row) => {
        const both = values.get(row.name)
        return both === undefined || row.nameOf !== undefined ? fc.constant(undefined) : standing(fc, row, side, both)
      })
    )
    .map((drawn) => {
      let fields: Fields = { unmapped: 'stays' }
      for (const [index, row] of shape.rows.entries()) {
        const value = drawn[index]
        if (value !== undefined) fields = { ...fields, ...row[side].set(value, fields) }
      }
      return fields
    })

/** What is set is read back, and nothing else is touched. */
const placeLaws = (run: Run, row: ShapeRow, values: ReadonlyMap<string, Both>): void => {
  const both = values.get(row.name)
  if (both === undefined || row.nameOf !== undefined) return
  for (const side of ['mail', 'record'] as const) {
    const drawn = standing(run.fc, row, side, both)
    holds(
      run,
      `place of ${row.name} on the ${side} side: what is set is read back`,
      run.fc.tuple(drawn, drawn),
      ([value, former]) => {
        const before: Fields = { ...row[side].set(former, {}), unmapped: 'stays' }
        const set = row[side].set(value, before)
        const stray = Object.keys(set).find((field) => !row[side].fields.includes(field))
        if (stray !== undefined) return `it sets ${stray}`
        const now = row[side].lift({ ...before, ...set }, noNames)
        return sameValue(now, value) ? undefined : `${shown(value)} reads back as ${shown(now)}`
      }
    )
  }
}

const flows: ReadonlyArray<Direction> = ['both', 'toRecord', 'toMail', 'none']

const rulesFor = (shape: Shape, way: Direction | undefined): Rules =>
  rulesOf(
    shape,
    {
      directions:
        way === undefined ? {} : Object.fromEntries(shape.rows.map((row) => [`${shape.type}.${row.name}`, way])),
      securityWrite: 'reset'
    },
    {}
  )

/** Creation and merge of whole things: quiet after creation, settled after one merge, nothing against its direction. */
const pairLaws = (run: Run, shape: Shape, mail: Arbitrary<Fields>, record: Arbitrary<Fields>): void => {
  const { fc } = run
  const context = contextOf('record-wins')
  const rules = rulesFor(shape, undefined)
  const isQuiet = (base: ReturnType<typeof baseOf>, item: Fields, stored: Fields, on: Rules): string | undefined => {
    const again = mergeFields(on, base, { mail: item, record: stored }, context)
    return again.mailRows.length + again.recordRows.length === 0 && again.code === 'unchanged'
      ? undefined
      : `the next cycle says ${again.code}: ${[...again.mailRows, ...again.recordRows].join(', ')}`
  }
  holds(run, 'creation of a record: the next cycle writes nothing', mail, (item) => {
    const made = recordForItem(rules, item, plainConvert)
    if (made.malformed.length > 0) return `malformed: ${made.malformed[0]?.path}`
    return isQuiet(baseOf(rules, item, made.fields, context), item, made.fields, rules)
  })
  holds(run, 'creation of an item: the next cycle writes nothing', record, (stored) => {
    const made = itemForRecord(rules, stored, plainConvert)
    if (made.malformed.length > 0) return `malformed: ${made.malformed[0]?.path}`
    return isQuiet(baseOf(rules, made.fields, stored, context), made.fields, stored, rules)
  })
  const two = fc.tuple(mail, mail, record, record, fc.option(fc.constantFrom(...flows), { nil: undefined, freq: 3 }))
  holds(
    run,
    'MERGE-1, MERGE-4, frame: one merge settles, nothing flows against its direction, nothing else is set',
    two,
    ([was, item, had, stored, way]) => {
      const on = rulesFor(shape, way)
      const base = baseOf(on, was, had, context)
      const merge = mergeFields(on, base, { mail: item, record: stored }, context)
      if (merge.malformed.length > 0) return `malformed: ${merge.malformed[0]?.path}`
      const against = shape.rows.find(
        (row, index) =>
          (merge.mailRows.includes(row.name) && on.flows[index]?.toMail !== true) ||
          (merge.recordRows.includes(row.name) && on.flows[index]?.toRecord !== true)
      )
      if (against !== undefined) return `${against.name} flows against its direction`
      const written = {
        mail: new Set(shape.rows.flatMap((row) => row.mail.fields)),
        record: new Set(shape.rows.flatMap((row) => row.record.fields))
      }
      const stray = [
        ...Object.keys(merge.setMail ?? {}).filter((field) => !written.mail.has(field)),
        ...Object.keys(merge.setRecord ?? {}).filter((field) => !written.record.has(field))
      ]
      if (stray.length > 0) return `it sets ${stray.join(', ')}`
      return isQuiet(merge.base ?? base, { ...item, ...merge.setMail }, { ...stored, ...merge.setRecord }, on)
    }
  )
}
