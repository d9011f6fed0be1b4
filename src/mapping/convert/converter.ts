/**
 * What a converter is: how a value of one field reads on either side, and when two values of one side are the same
 * value. A normal form is idempotent, and writing then reading back reaches it in one hop: that is what ends
 * ping-pong.
 */
import type { InstantMs, Ref, Value, Zones } from '../../model/index.js'

/** What converting asks beside the two values: none of it is known to a field. @public */
export interface ConvertContext {
  readonly zones: Zones
  /** The zone in which the mailbox's user reads dates. */
  readonly timeZone: string
  /** The time of the cycle. */
  readonly nowMs: InstantMs
  /** Names of the records that look-ups point to; one that is not there has none. */
  readonly names: ReadonlyMap<Ref, string | undefined>
}

/** UTC alone, and no names: for rules that know neither zones nor look-ups. @public */
export const plainConvert: ConvertContext = {
  zones: { version: 'utc', offsetMs: (zone) => (zone === 'UTC' ? 0 : undefined) },
  timeZone: 'UTC',
  nowMs: 0,
  names: new Map()
}

/**
 * A pair of maps between the sides with a normal form for each side.
 *
 * Laws: CONVERT-1 `toRecord(toMail(r, m))` has the normal form of `r` for every `r` in the image of `toRecord`;
 * CONVERT-2 normal forms are idempotent and map empty to `null`; CONVERT-3 `toMail(toRecord(m), m)` has the normal
 * form of `m`.
 * @public
 */
export interface Converter {
  readonly id: string
  /** Grows when a normal form changes: links then learn their base anew instead of seeing edits. */
  readonly version: number
  /** What is expected of a value, for messages. */
  readonly expected: { readonly mail: string; readonly record: string }
  readonly accepts: {
    readonly mail: (value: Value, context: ConvertContext) => boolean
    readonly record: (value: Value, context: ConvertContext) => boolean
  }
  readonly normal: { readonly mail: (value: Value) => Value; readonly record: (value: Value) => Value }
  /** From the item's value to the record's; what the record holds now lets survive what an item cannot say. */
  readonly toRecord: (mail: Value, record: Value, context: ConvertContext) => Value
  /** From the record's value to the item's; what the item holds now lets survive what a record cannot say. */
  readonly toMail: (record: Value, mail: Value, context: ConvertContext) => Value
  /**
   * Takes the value of its row whole: an aggregate as the list of its members, and empty ones too. Otherwise an
   * aggregate is converted member by member, and an empty value stays empty without being asked about.
   */
  readonly whole?: boolean
}
