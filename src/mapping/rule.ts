/**
 * A mapping is data: rows that say which field of an item goes with which field of a record. Here a mapping becomes
 * a shape: its rows compiled to functions, and a digest by which a link knows in which order its base stands.
 */
import type { Direction, Fields, Kind, RecordType, Value } from '../model/index.js'
import { digestOf, isEmpty } from '../model/index.js'
import type { ConvertContext, Converter } from './convert/index.js'

/**
 * Where a row's value stands on one side: a field; several flat fields as one aggregate, of which `sets` says how many
 * are written, the others only read; members of an object; an
 * object that another field of the item names; nowhere; or, on the record side, the name of the record that a
 * look-up points to.
 * @public
 */
export type Place =
  | string
  | { readonly fields: ReadonlyArray<string>; readonly sets?: number }
  | { readonly object: string; readonly members: ReadonlyArray<string> }
  | {
      readonly chosenBy: string
      readonly objects: { readonly [choice: string]: string }
      readonly otherwise: string
      readonly members: ReadonlyArray<string>
    }
  | { readonly nameOf: string }
  | null

/** One row of a mapping. Plain JSON. @public */
export interface MappingRow {
  /** The key in `directions` behind the record type: `contact.jobTitle`. */
  readonly name: string
  readonly mail: Place
  readonly record: Place
  /** Name of a converter; `text` by default. Aggregates convert member by member. */
  readonly convert?: string
  readonly direction: Direction
  /** `all`: an administrator may set any direction; `fixed`: only the default. */
  readonly settable: 'all' | 'fixed'
  /** Whether field security may be set on it (2.3/16). */
  readonly securable?: boolean
  /** What a new thing may not lack: written at creation whatever the direction (2.2/7). */
  readonly required?: boolean
  /** The row exists only under these settings. */
  readonly when?: {
    readonly addressMode?: 'mailing-only' | 'all-three'
    readonly companyFromParent?: boolean
    readonly appointmentAttachments?: boolean
  }
  /** The record's field is a look-up, and the item shows the name of its target beside it. */
  readonly named?: boolean
  /** Its values are too large to be kept: a base holds their digests alone. */
  readonly large?: boolean
  /** A conflict is won by the later change, whatever the policy (2.4/24a). */
  readonly latestWins?: boolean
  /** Longest text the record side holds, in UTF-16 units; longer ones are cut there (4.8/27). */
  readonly recordLengthMax?: number
}

/** Which rows go between a kind of item and a type of record. @public */
export interface Mapping {
  readonly kind: Kind
  readonly type: RecordType
  readonly rows: ReadonlyArray<MappingRow>
  /** States, messages and deletes follow the rules of this type (2.6, 4); `contact` by default. */
  readonly behavesLike?: RecordType
}

/** The settings that choose rows. @public */
export interface ShapeOptions {
  readonly addressMode: 'mailing-only' | 'all-three'
  readonly companyFromParent: boolean
  readonly appointmentAttachments?: boolean
  /** Bases of digests stand in a shape of their own: a switch to them lets no value stay behind. */
  readonly base?: 'value' | 'digest'
}

/** Names of related records, by ref; `undefined` where the name is not known now. @public */
export type RelatedNames = ReadonlyMap<string, string | undefined>

/** One side of a compiled row. */
export interface RowSide {
  /** The value as it stands, `null` where empty; an aggregate as the list of its members. */
  readonly lift: (fields: Fields, names: RelatedNames) => Value
  /** Whether the value stands exactly as given, without lifting it: the quick test of a quiet field. */
  readonly holds: (fields: Fields, value: Value) => boolean
  /** The fields to set so that the value stands there. `current` are the thing's fields now. */
  readonly set: (value: Value, current: Fields) => Fields
  readonly normal: (value: Value) => Value
  readonly accepts: (value: Value, context: ConvertContext) => boolean
  readonly expected: string
  /** Names of the fields that hold the value. */
  readonly fields: ReadonlyArray<string>
}

/** A compiled row. @public */
export interface ShapeRow {
  readonly name: string
  readonly row: MappingRow
  readonly mail: RowSide
  readonly record: RowSide
  readonly toRecord: (mail: Value, record: Value, context: ConvertContext) => Value
  readonly toMail: (record: Value, mail: Value, context: ConvertContext) => Value
  /** Look-up on the record whose target's name is the value. */
  readonly nameOf?: string
  /** The two fields of a row that has one on either side. */
  readonly plain?: { readonly mail: string; readonly record: string }
}

/** A row whose place depends on the item: with one of these keys it is another shape's row of a fixed place. @public */
export interface ChosenRow {
  /** Index of the row. */
  readonly at: number
  /** The field that chooses. */
  readonly by: string
  readonly keys: { readonly [choice: string]: string }
  readonly otherwise: string
}

/** A mapping under the settings that choose its rows, compiled. @public */
export interface Shape {
  readonly kind: Kind
  readonly type: RecordType
  readonly behavesLike: RecordType
  readonly rows: ReadonlyArray<ShapeRow>
  /** The look-up that Set Parent sets: the record field of the row `parent`, which the item has no field for. */
  readonly parent: string | undefined
  /** The look-up that Set Regarding sets: the record field of the row `regarding`. */
  readonly regarding: string | undefined
  /** Look-ups of the record whose targets' names are mapped: a change of the target is one of the record. */
  readonly lookups: ReadonlyArray<string>
  /** Look-ups of the record beside which the item shows a name, by the item's field. */
  readonly named: ReadonlyArray<{ readonly mail: string; readonly record: string }>
  /** Per row: digest of name, places and converter. A base is carried over to another shape row by row, by these. */
  readonly keys: ReadonlyArray<string>
  /** Per row: version of its converter's normal forms. */
  readonly versions: ReadonlyArray<number>
  /** Rows whose place a field of the item chooses: the key that the row would have at each place. */
  readonly chosen: ReadonlyArray<ChosenRow>
  /** Over keys and versions; directions are no part of it (2.2/11). */
  readonly digest: string
}

const emptyToNull = (value: Value | undefined): Value =>
  value === undefined || value === '' ? null : typeof value === 'object' && isEmpty(value) ? null : value

const isBlank = (value: Value | undefined): boolean => value === undefined || value === null || value === ''

const holdsExactly = (value: Value | undefined, expected: Value): boolean =>
  value === expected ||
  (expected === null
    ? isBlank(value) || isEmpty(value)
    : typeof value === 'object' && value !== null && sameList(value, expected))

const sameList = (value: Value, expected: Value): boolean =>
  Array.isArray(value) &&
  Array.isArray(expected) &&
  value.length === expected.length &&
  value.every((entry, index) => entry === expected[index] && typeof entry !== 'object')

const memberOf = (value: Value, index: number): Value => (Array.isArray(value) ? emptyToNull(value[index]) : null)

const allOrNull = (members: ReadonlyArray<Value>): Value =>
  members.every((member) => member === null) ? null : members

/** The quick test of an aggregate: its members stand under these names, member by member as in the list. */
const membersHold = (value: Value, names: ReadonlyArray<string>, from: Fields): boolean => {
  const members = Array.isArray(value) ? value : undefined
  for (let index = 0; index < names.length; index += 1) {
    const actual = from[names[index] as string]
    const wanted = members === undefined ? null : members[index]
    if (actual !== wanted && !holdsExactly(actual, emptyToNull(wanted))) return false
  }
  return true
}

const objectOf = (value: Value | undefined): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {}

type Reader = Pick<RowSide, 'lift' | 'holds' | 'set' | 'fields'> & { readonly members: number }

const fieldReader = (field: string): Reader => ({
  members: 0,
  fields: [field],
  lift: (fields) => emptyToNull(fields[field]),
  holds: (fields, value) => fields[field] === value || holdsExactly(fields[field], value),
  set: (value) => ({ [field]: value })
})

const flatReader = (names: ReadonlyArray<string>, sets = names.length): Reader => ({
  members: names.length,
  fields: names,
  lift: (fields) => allOrNull(names.map((name) => emptyToNull(fields[name]))),
  holds: (fields, value) => membersHold(value, names, fields),
  set: (value) => Object.fromEntries(names.slice(0, sets).map((name, index) => [name, memberOf(value, index)]))
})

const objectReader = (
  choose: (fields: Fields) => string,
  objects: ReadonlyArray<string>,
  members: ReadonlyArray<string>
): Reader => ({
  members: members.length,
  fields: objects,
  lift: (fields) => {
    const object = objectOf(fields[choose(fields)])
    return allOrNull(members.map((member) => emptyToNull(object[member])))
  },
  holds: (fields, value) => membersHold(value, members, objectOf(fields[choose(fields)])),
  set: (value, current) => {
    const field = choose(current)
    const own = new Set(members)
    const kept = Object.entries(objectOf(current[field])).filter(([member]) => !own.has(member))
    const set = members.flatMap((member, index) =>
      memberOf(value, index) === null ? [] : [[member, memberOf(value, index)] as const]
    )
    const object = Object.fromEntries([...kept, ...set])
    return { [field]: isEmpty(object) ? null : object }
  }
})

/** The name of the record that a look-up names. Without its name the value is unknown: the caller leaves the row out. */
const nameReader = (lookup: string): Reader => ({
  members: 0,
  fields: [lookup],
  lift: (fields, names) => {
    const target = fields[lookup]
    return typeof target === 'string' && target !== '' ? (names.get(target) ?? null) : null
  },
  holds: () => false,
  set: () => ({})
})

const readerOf = (place: Exclude<Place, null>): Reader => {
  if (typeof place === 'string') return fieldReader(place)
  if ('fields' in place) return flatReader(place.fields, place.sets)
  if ('object' in place) return objectReader(() => place.object, [place.object], place.members)
  if ('nameOf' in place) return nameReader(place.nameOf)
  const { chosenBy, objects, otherwise, members } = place
  const choose = (fields: Fields): string => {
    const choice = fields[chosenBy]
    return (typeof choice === 'string' && Object.hasOwn(objects, choice) ? objects[choice] : undefined) ?? otherwise
  }
  return objectReader(choose, [chosenBy, ...Object.values(objects)], members)
}

const sideOf = (reader: Reader, side: 'mail' | 'record', converter: Converter): RowSide => {
  const normal = converter.normal[side]
  const accepts = converter.accepts[side]
  const normalOrNull = (value: Value): Value => (value === null ? null : emptyToNull(normal(value)))
  const isWhole = converter.whole === true
  return {
    lift: reader.lift,
    holds: reader.holds,
    set: reader.set,
    fields: reader.fields,
    normal: isWhole
      ? (value) => emptyToNull(normal(value))
      : reader.members === 0
        ? normalOrNull
        : (value) => (Array.isArray(value) ? allOrNull(value.map(normalOrNull)) : null),
    accepts:
      isWhole || reader.members === 0
        ? accepts
        : (value, context) =>
            Array.isArray(value) && value.every((member) => member === null || accepts(member, context)),
    expected: converter.expected[side]
  }
}

/** Cut at a length of UTF-16 units, never through a surrogate pair. */
const cutTo = (max: number, value: Value): Value => {
  if (typeof value !== 'string' || value.length <= max) return value
  const last = value.charCodeAt(max - 1)
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? max - 1 : max)
}

const rowOf = (row: MappingRow, converter: Converter): ShapeRow | undefined => {
  if (row.mail === null || row.record === null) return undefined
  const mail = readerOf(row.mail)
  const record = readerOf(row.record)
  const converts = converter.whole === true ? wholeMaps(converter) : singleMaps(converter, row.recordLengthMax)
  const maps = converter.whole !== true && mail.members > 0 ? memberwise(converts) : converts
  return {
    name: row.name,
    row,
    mail: sideOf(mail, 'mail', converter),
    record: sideOf(record, 'record', converter),
    ...maps,
    ...(typeof row.record === 'object' && 'nameOf' in row.record ? { nameOf: row.record.nameOf } : {}),
    ...(typeof row.mail === 'string' && typeof row.record === 'string'
      ? { plain: { mail: row.mail, record: row.record } }
      : {})
  }
}

type Maps = Pick<ShapeRow, 'toRecord' | 'toMail'>

const wholeMaps = (converter: Converter): Maps => ({
  toRecord: (mail, record, context) => emptyToNull(converter.toRecord(mail, record, context)),
  toMail: (record, mail, context) => emptyToNull(converter.toMail(record, mail, context))
})

const singleMaps = (converter: Converter, max: number | undefined): Maps => {
  const toRecord: Maps['toRecord'] = (mail, record, context) => {
    if (mail === null) return null
    const converted = converter.toRecord(mail, record, context)
    return emptyToNull(max === undefined ? converted : cutTo(max, converted))
  }
  return {
    toRecord,
    toMail: (record, mail, context) => {
      if (record === null) return null
      // A text that was cut for the record is not written back while the record still holds the cut (4.8/27).
      if (max !== undefined && toRecord(mail, record, context) === record) return mail
      return emptyToNull(converter.toMail(record, mail, context))
    }
  }
}

const memberwise = ({ toRecord, toMail }: Maps): Maps => ({
  toRecord: (mail, record, context) =>
    Array.isArray(mail)
      ? allOrNull(mail.map((member, index) => toRecord(member, memberOf(record, index), context)))
      : null,
  toMail: (record, mail, context) =>
    Array.isArray(record)
      ? allOrNull(record.map((member, index) => toMail(member, memberOf(mail, index), context)))
      : null
})

const isChosen = (row: MappingRow, options: ShapeOptions): boolean =>
  (row.when?.addressMode === undefined || row.when.addressMode === options.addressMode) &&
  (row.when?.companyFromParent === undefined || row.when.companyFromParent === options.companyFromParent) &&
  (row.when?.appointmentAttachments === undefined ||
    row.when.appointmentAttachments === (options.appointmentAttachments ?? false))

const parentOf = (rows: ReadonlyArray<MappingRow>): string | undefined => {
  const place = rows.find((row) => row.name === 'parent' && row.mail === null)?.record
  return typeof place === 'string' ? place : undefined
}

/** The item shows it by name, or, where it is a message, not at all. */
const regardingOf = (rows: ReadonlyArray<MappingRow>): string | undefined => {
  const place = rows.find((row) => row.named === true || (row.name === 'regarding' && row.mail === null))?.record
  return typeof place === 'string' ? place : undefined
}

const keyOf = (row: MappingRow, mail: Place): string =>
  digestOf([mail, row.record, row.convert ?? 'text', row.recordLengthMax ?? null])

const chosenRow = (row: MappingRow, at: number): ReadonlyArray<ChosenRow> => {
  const { mail } = row
  if (mail === null || typeof mail === 'string' || !('chosenBy' in mail)) return []
  const keyAt = (object: string): string => keyOf(row, { object, members: mail.members })
  const keys = Object.fromEntries(Object.entries(mail.objects).map(([choice, object]) => [choice, keyAt(object)]))
  return [{ at, by: mail.chosenBy, keys, otherwise: keyAt(mail.otherwise) }]
}

/** The keys of a shape's rows for one item: a row whose place the item chooses has the key of that place. @public */
export const keysFor = (shape: Pick<Shape, 'keys' | 'chosen'>, item: Fields): ReadonlyArray<string> => {
  if (shape.chosen.length === 0) return shape.keys
  const keys = shape.keys.slice()
  for (const { at, by, keys: byChoice, otherwise } of shape.chosen) {
    const choice = item[by]
    keys[at] =
      (typeof choice === 'string' && Object.hasOwn(byChoice, choice) ? byChoice[choice] : undefined) ?? otherwise
  }
  return keys
}

/**
 * Compiles a mapping. `converters` are those that ship and the host's own; a row without one of them has been refused
 * with the settings.
 * @public
 */
export const shapeOf = (
  mapping: Mapping,
  options: ShapeOptions,
  converters: { readonly [id: string]: Converter }
): Shape => {
  const chosen = mapping.rows.filter((row) => isChosen(row, options))
  const rows = chosen.flatMap((row) => {
    const converter = converters[row.convert ?? 'text']
    const compiled = converter === undefined ? undefined : rowOf(row, converter)
    return compiled === undefined ? [] : [compiled]
  })
  const keys = rows.map(({ row }) => keyOf(row, row.mail))
  const versions = rows.map(({ row }) => converters[row.convert ?? 'text']?.version ?? 0)
  return {
    kind: mapping.kind,
    type: mapping.type,
    behavesLike: mapping.behavesLike ?? 'contact',
    rows,
    parent: parentOf(chosen),
    regarding: regardingOf(chosen),
    lookups: rows.flatMap((row) => row.nameOf ?? []),
    named: rows.flatMap(({ row, mail, record }) =>
      row.named === true ? [{ mail: mail.fields[0] ?? '', record: record.fields[0] ?? '' }] : []
    ),
    keys,
    versions,
    chosen: rows.flatMap(({ row }, at) => chosenRow(row, at)),
    digest: digestOf([keys, versions, options.base ?? 'value'])
  }
}
