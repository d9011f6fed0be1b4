/**
 * What every record has in filters besides its fields (3.2/9a): the type of each, how it is read, and whether the
 * name is an alias, before which a field of that name goes.
 */
import type { FieldType, FieldTypes, FilterContext, RecordSnapshot, Value } from '../model/index.js'
import { fieldOf } from '../model/index.js'

/** Reads one value of a record. Instants of the record itself are numbers, in milliseconds. */
export type Reader = (record: RecordSnapshot) => Value | undefined

/** The attributes of a record that filters see. */
export type Attribute = 'ref' | 'owner' | 'state' | 'status' | 'createdAtMs' | 'changedAtMs' | 'unit'

interface Named {
  readonly attribute: Attribute
  readonly type: FieldType
  readonly alias: boolean
}

const named = (attribute: Attribute, type: FieldType, alias: boolean): Named => ({ attribute, type, alias })

const names: ReadonlyMap<string, Named> = /*#__PURE__*/ new Map([
  ['id', named('ref', 'id', false)],
  ['owner', named('owner', 'owner', false)],
  ['ownerid', named('owner', 'owner', true)],
  ['state', named('state', 'choice', false)],
  ['statecode', named('state', 'choice', true)],
  ['status', named('status', 'choice', false)],
  ['statuscode', named('status', 'choice', true)],
  ['created', named('createdAtMs', 'datetime', false)],
  ['createdon', named('createdAtMs', 'datetime', true)],
  ['modified', named('changedAtMs', 'datetime', false)],
  ['modifiedon', named('changedAtMs', 'datetime', true)],
  // A store that keeps the owner's unit gives it as a field; else it is found by the owner.
  ['owningbusinessunit', named('unit', 'id', true)]
])

/** Fields of the mapped types that hold parties (3.2/9b) and look-ups, whatever a host has said of its records. */
const wellKnown: ReadonlyMap<string, FieldType> = /*#__PURE__*/ new Map<string, FieldType>([
  ['organizer', 'owner'],
  ['requiredattendees', 'owner'],
  ['optionalattendees', 'owner'],
  ['sender', 'owner'],
  ['torecipients', 'owner'],
  ['ccrecipients', 'owner'],
  ['bccrecipients', 'owner'],
  ['regardingobjectid', 'id'],
  ['parentcustomerid', 'id']
])

/**
 * The type of a field: what the schema says, else an attribute's own, else, where there is no schema, what fields of
 * that name hold; `undefined`: not known.
 */
export const typeOf = (field: string, schema: FieldTypes | undefined): FieldType | undefined =>
  schema === undefined
    ? (names.get(field)?.type ?? wellKnown.get(field))
    : ((Object.hasOwn(schema, field) ? schema[field] : undefined) ?? names.get(field)?.type)

/** Where a name leads. `first`: a field of that name goes before the attribute. */
export interface Source {
  readonly field: string | undefined
  readonly attribute: Attribute | undefined
}

export const sourceOf = (name: string): Source => {
  const found = names.get(name)
  return { field: found === undefined || found.alias ? name : undefined, attribute: found?.attribute }
}

const ofAttribute: { readonly [A in Exclude<Attribute, 'unit'>]: Reader } = {
  ref: (record) => record.ref,
  owner: (record) => record.owner,
  state: (record) => record.state,
  status: (record) => record.status,
  createdAtMs: (record) => record.createdAtMs,
  changedAtMs: (record) => record.changedAtMs
}

/** The owner's business unit: the user's own, or what the host says of others. */
const unitReader =
  ({ user, businessUnit, businessUnits = {} }: FilterContext): Reader =>
  ({ owner }) => {
    if (owner === undefined) return undefined
    if (owner === user) return businessUnit
    return Object.hasOwn(businessUnits, owner) ? businessUnits[owner] : undefined
  }

export const readerOf = ({ field, attribute }: Source, context: FilterContext): Reader => {
  const read = attribute === undefined ? undefined : attribute === 'unit' ? unitReader(context) : ofAttribute[attribute]
  if (field === undefined) return read ?? (() => undefined)
  // Names that objects have by themselves are fields like any other; for all others a look at the object is enough.
  const readField: Reader =
    field in Object.prototype ? ({ fields }) => fieldOf(fields, field) : ({ fields }) => fields[field]
  if (read === undefined) return readField
  return (record) => (Object.hasOwn(record.fields, field) ? readField(record) : read(record))
}
