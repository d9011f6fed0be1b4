/**
 * The shape of filters and of the context in which they are judged. The semantics are in `filters/`.
 */
import type { InstantMs } from './ids.js'

/** A condition on one field. `op` is a FetchXML operator name. @public */
export interface Condition {
  readonly field: string
  readonly op: string
  readonly value?: string | number | boolean | ReadonlyArray<string | number | boolean>
}

/** A condition on records, as data. An empty `and` holds everything, an empty `or` nothing. @public */
export type Filter =
  | { readonly and: ReadonlyArray<Filter> }
  | { readonly or: ReadonlyArray<Filter> }
  | { readonly not: Filter }
  | Condition

/** For whom and when a filter is judged: the same text holds different records for different users. @public */
export interface FilterContext {
  readonly user: string
  readonly teams: ReadonlyArray<string>
  readonly businessUnit: string
  readonly timeZone: string
  readonly nowMs: InstantMs
}
