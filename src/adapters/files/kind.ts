/**
 * What the adapter must know of one kind of item: where its files lie, and how their bytes become fields and back.
 * Everything else of this adapter knows files alone; a further format is a further codec.
 */
import type { Answer, ContentRef, CreateEffect, Fields, Kind, Marker } from '../../model/index.js'

/** What a file says, as far as a snapshot holds it. */
export interface Decoded {
  readonly fields: Fields
  readonly categories?: ReadonlyArray<string>
  readonly marker?: Marker
  readonly contents?: ReadonlyArray<ContentRef>
}

/** A kind of item, as files. `Malformed` comes back without a ref: who read the file knows it. */
export interface KindCodec {
  readonly kind: Kind
  /** Its folder in the mailbox, and the name of that folder on the port. */
  readonly folder: string
  /** With its dot, in lower case. */
  readonly extension: string
  readonly read: (bytes: Uint8Array) => Answer<Decoded>
  readonly create: (effect: CreateEffect) => Answer<Uint8Array>
  /** The same bytes where nothing changes. */
  readonly update: (bytes: Uint8Array, set: Fields) => Answer<Uint8Array>
  /** `undefined` where the item has no such part. */
  readonly content: (bytes: Uint8Array, part: string) => Answer<Uint8Array | undefined>
}
