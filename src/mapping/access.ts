/**
 * The effective direction of every row for one user: configured and what the user may do (2.3). Computed once per
 * cycle; the merge then only looks at flags.
 */
import type { Direction, FieldAccess } from '../model/index.js'
import { bitsOf, toMailBit, toRecordBit } from './direction.js'
import type { Shape, ShapeRow } from './rule.js'

/** What may happen to one row, for one user. @public */
export interface Flow {
  /** Configured bits, whatever the user may do. */
  readonly configured: number
  /** An edit of the item goes to the record. */
  readonly toRecord: boolean
  /** An edit of the record goes to the item. */
  readonly toMail: boolean
  /** The value of a new record is written. */
  readonly creates: boolean
  /** An edit that the user may not make is set back to the record's value (2.3/14). */
  readonly resets: boolean
  readonly mayRead: boolean
  readonly mayUpdate: boolean
  readonly mayCreate: boolean
}

/** A shape together with the flow of each of its rows. @public */
export interface Rules {
  readonly shape: Shape
  /** In the order of the shape's rows. */
  readonly flows: ReadonlyArray<Flow>
}

/** @public */
export interface FlowSettings {
  /** By record type and row name: `contact.jobTitle`. */
  readonly directions: { readonly [row: string]: Direction }
  readonly securityWrite: 'reset' | 'keep'
}

/** A bit left out is true; an aggregate has a bit where all its members have it (2.3/12, 16a). */
const may = (
  row: ShapeRow,
  type: string,
  access: { readonly [field: string]: FieldAccess },
  bit: keyof FieldAccess
): boolean =>
  row.record.fields.every((field) => {
    const key = `${type}.${field}`
    return !Object.hasOwn(access, key) || access[key]?.[bit] !== false
  })

const flowOf = (
  row: ShapeRow,
  type: string,
  settings: FlowSettings,
  access: { readonly [field: string]: FieldAccess }
): Flow => {
  const key = `${type}.${row.name}`
  const direction =
    (Object.hasOwn(settings.directions, key) ? settings.directions[key] : undefined) ?? row.row.direction
  const configured = bitsOf(direction)
  const mayRead = may(row, type, access, 'read')
  const mayUpdate = may(row, type, access, 'update')
  const mayCreate = may(row, type, access, 'create')
  const towardsRecord = (configured & toRecordBit) !== 0
  const towardsMail = (configured & toMailBit) !== 0
  return {
    configured,
    toRecord: towardsRecord && mayUpdate,
    toMail: towardsMail && mayRead,
    creates: (towardsRecord || row.row.required === true) && mayCreate,
    resets: settings.securityWrite === 'reset' && towardsRecord && towardsMail && mayRead,
    mayRead,
    mayUpdate,
    mayCreate
  }
}

/** @public */
export const rulesOf = (
  shape: Shape,
  settings: FlowSettings,
  access: { readonly [field: string]: FieldAccess }
): Rules => ({
  shape,
  flows: shape.rows.map((row) => flowOf(row, shape.type, settings, access))
})
