/**
 * The shape of filters and of the context in which they are judged. The semantics are in `filters/`.
 */
import type { InstantMs, RecordType } from './ids.js'

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

/** What a field holds, and so which operators it takes (3.7 of `filters.md`). @public */
export type FieldType =
  | 'string'
  | 'number'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'choice'
  | 'multichoice'
  | 'owner'
  | 'id'

/** Types of the fields of one record type. @public */
export type FieldTypes = { readonly [field: string]: FieldType }

/** The first day of a week. @public */
export type Weekday = 'sunday' | 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday'

/** What a fiscal year is divided into: 12, 4, 2, 1 or 13 parts (3.9). @public */
export type FiscalPeriod = 'month' | 'quarter' | 'half-year' | 'year' | 'four-weeks'

/** For whom and when a filter is judged: the same text holds different records for different users. @public */
export interface FilterContext {
  readonly user: string
  readonly teams: ReadonlyArray<string>
  readonly businessUnit: string
  /** IANA name of the user's time zone. Its data come in beside the context. */
  readonly timeZone: string
  readonly nowMs: InstantMs
  /** Users below the user, at any depth. None where left out. */
  readonly reports?: ReadonlyArray<string>
  /** Teams of the reports, where the host names them. */
  readonly reportTeams?: ReadonlyArray<string>
  /** Language code. 1033 where left out. */
  readonly language?: number
  /** Sunday where left out. */
  readonly weekStart?: Weekday
  /** `MM-DD`. `01-01` where left out; `02-29` is refused. */
  readonly fiscalYearStart?: string
  /** Quarters where left out. */
  readonly fiscalPeriod?: FiscalPeriod
  /** Whether a fiscal year bears the number of the calendar year that it begins or ends in. `begin` where left out. */
  readonly fiscalYearNamedBy?: 'begin' | 'end'
  /** Parent by id, for `under`, `above` and their like. */
  readonly tree?: { readonly [id: string]: string }
  /** User by address: in party fields an address counts as the user it belongs to. */
  readonly addresses?: { readonly [address: string]: string }
  /** Business unit by owner, for `owningbusinessunit` of records that do not name it themselves. */
  readonly businessUnits?: { readonly [owner: string]: string }
}

/**
 * A filter as a user or an administrator keeps it (3.1). Where nothing else is to be said the filter alone may stand
 * in its place.
 * @public
 */
export interface KeptFilter {
  readonly filter: Filter
  readonly name?: string
  /** Kept, and without effect while `false`. */
  readonly active?: boolean
  /** The template that it was made from, by id. */
  readonly template?: string
  /** For the offline store of method `client` alone; cycles do not look at it. */
  readonly offline?: boolean
}

/** Filters of one type, kept or bare. @public */
export type FilterList = ReadonlyArray<Filter | KeptFilter>

/** What administrators hand out: filters for users to begin with. It has no effect by itself. @public */
export interface FilterTemplate {
  readonly id: string
  readonly type: RecordType
  readonly filter: Filter
  readonly name?: string
  /** Users get it when the type is first enabled for their mailbox. One of a type. */
  readonly default?: boolean
  readonly offline?: boolean
}
