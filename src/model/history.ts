/**
 * What the engine wrote, while the setting `history` keeps it: one row per write that was carried out, with the old and
 * the new value of every field. The only rows beside bases that hold values; under `base: "digest"` there are none.
 */
import type { InstantMs, Kind, RecordType, Ref, Side, Version } from './ids.js'
import type { DecisionFacts, Reason } from './reason.js'
import { byCodeUnits, type Fields, fieldOf, type Value } from './value.js'

/** One field of the thing written, by its name on that side. @public */
export interface FieldChange {
  readonly field: string
  /** The mapping row that it belongs to; absent where no row names it. */
  readonly row?: string
  /** `null` where it was empty, or the thing was not there. */
  readonly before: Value
  /** What the store said that it holds after the write, else what was sent; `null` where it is empty, or the thing went. */
  readonly after: Value
}

/** One write that was carried out. @public */
export interface HistoryRow {
  /** Unique in the mailbox. Begins with the cycle, so that a later cycle's row has the larger key. */
  readonly key: string
  readonly cycle: string
  readonly atMs: InstantMs
  readonly op: 'create' | 'update' | 'delete'
  readonly side: Side
  /** The thing written. */
  readonly ref: Ref
  /** The thing on the other side. */
  readonly other: Ref
  readonly link: string
  readonly kind: Kind
  readonly type: RecordType
  readonly code: Reason
  readonly facts: DecisionFacts
  /** The person whose gesture, undo or answer it was; absent: the cycle by itself. */
  readonly by?: string
  /** Of a creation and a deletion: all fields of the thing. */
  readonly changes: ReadonlyArray<FieldChange>
  /** The version after the write, where the store told it. */
  readonly version?: Version
  /** Of a deletion: what the thing was beside its fields. */
  readonly owner?: string
  readonly state?: string
  readonly folder?: string
  /** The process died before it heard of the write: found by looking, so that only mapped fields are known. */
  readonly recovered?: boolean
}

/** The fields that differ between two states of a thing, in the order of their names. `rowOf` names their rows. */
export const changesBetween = (
  before: Fields,
  after: Fields,
  rowOf: (field: string) => string | undefined = () => undefined,
  fields: Iterable<string> = new Set([...Object.keys(before), ...Object.keys(after)])
): ReadonlyArray<FieldChange> =>
  [...fields].sort(byCodeUnits).map((field) => {
    const row = rowOf(field)
    return {
      field,
      ...(row === undefined ? {} : { row }),
      before: fieldOf(before, field) ?? null,
      after: fieldOf(after, field) ?? null
    }
  })

/** The fields of a thing before or after its changes; those that were empty are not there. */
export const fieldsOf = (changes: ReadonlyArray<FieldChange>, when: 'before' | 'after'): Fields =>
  Object.fromEntries(changes.flatMap((change) => (change[when] === null ? [] : [[change.field, change[when]]])))
