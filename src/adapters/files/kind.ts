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

/** An item of a file that holds several: what tells it from the others, and its version where it has one of its own. */
export interface FilePart {
  /** Empty for the item that the file is named for. */
  readonly within: string
  readonly version?: string
}

/** A kind of item, as files. `Malformed` comes back without a ref: who read the file knows it. */
export interface KindCodec {
  readonly kind: Kind
  /** Its folder in the mailbox, and the name of that folder on the port. */
  readonly folder: string
  /** With its dot, in lower case. */
  readonly extension: string
  /** Whether the root is the folder of the kind where it has none. */
  readonly rootToo: boolean
  /** The items of a file, each once. Not there where a file is an item. */
  readonly parts?: (bytes: Uint8Array) => ReadonlyArray<FilePart>
  /** `undefined` where the file holds no such item. */
  readonly read: (bytes: Uint8Array, within?: string) => Answer<Decoded | undefined>
  readonly create: (effect: CreateEffect) => Answer<Uint8Array>
  /** The same bytes where nothing changes. */
  readonly update: (bytes: Uint8Array, set: Fields, within?: string, marker?: Marker) => Answer<Uint8Array>
  /** The file without one of its items that is not the one it is named for. */
  readonly without?: (bytes: Uint8Array, within?: string) => Answer<Uint8Array | undefined>
  /** `undefined` where the item has no such part. */
  readonly content: (bytes: Uint8Array, part: string, within?: string) => Answer<Uint8Array | undefined>
}
