/**
 * The shape of directions. They are two bits; what may be done with them is in `mapping/direction.ts`.
 */

/** Which way a field flows: `toMail` record → mailbox, `toRecord` mailbox → record. @public */
export type Direction = 'both' | 'toRecord' | 'toMail' | 'none'

/** What a user may do with a field of a record. A bit left out is true. @public */
export interface FieldAccess {
  readonly read?: boolean
  readonly create?: boolean
  readonly update?: boolean
}
