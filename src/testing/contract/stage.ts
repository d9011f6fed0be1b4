/**
 * What an adapter's author hands to the checks: a fresh store, and a hand on what lies behind it. The hand does what
 * a person or an application does, beside the port; so a check can change what the port then tells, and look at what
 * the port has written.
 */
import type { Fields, Kind, RecordType, Ref } from '../../model/index.js'
import type { LinkStore, MailStore, RecordStore } from '../../engine/ports.js'
import type { Stage } from './check.js'

/** What both sides' stages have. @public */
export interface SideStage extends Stage {
  /** Names of two fields of texts that the store keeps for the type or kind under test. */
  readonly texts: readonly [string, string]
  /** Where false, a field must be one that the store knows, and the checks use `texts` alone. True where left out. */
  readonly anyField?: boolean
  /** Where false, the store brings values to a normal form of its own. True where left out: they come back as they were. */
  readonly exact?: boolean
  /** Changes a field of a thing; `null` empties it. */
  readonly edit: (ref: Ref, set: Fields) => Promise<void>
  readonly remove: (ref: Ref) => Promise<void>
  /** The fields that a thing holds; `undefined` where it is not there. */
  readonly look: (ref: Ref) => Promise<Fields | undefined>
  /** Spoils what is stored of a thing, so that it cannot be decoded. */
  readonly corrupt?: (ref: Ref) => Promise<void>
  /** Makes every cursor given so far too old. */
  readonly expire?: () => Promise<void>
}

/** @public */
export interface RecordStage extends SideStage {
  readonly store: RecordStore
  readonly type: RecordType
  /** Makes a record and answers its ref. */
  readonly seed: (fields: Fields, attributes?: { readonly owner?: string }) => Promise<Ref>
  /** Two user ids that may own records. `user-1` and `user-2` where left out. */
  readonly owners?: readonly [string, string]
  /** Hides a record from a user. */
  readonly hide?: (user: string, ref: Ref) => Promise<void>
}

/** @public */
export interface MailStage extends SideStage {
  readonly store: MailStore
  readonly kind: Kind
  /** Makes an item of the kind under test and answers its ref. */
  readonly seed: (fields: Fields) => Promise<Ref>
  /** Moves an item to another folder and answers the ref it has there. */
  readonly move?: (ref: Ref) => Promise<Ref>
  /** Adds a content to an item and answers the name of its part. */
  readonly attach?: (ref: Ref, bytes: Uint8Array) => Promise<string>
}

/** @public */
export interface LinkStage extends Stage {
  readonly store: LinkStore
  /** Moves the store's clock on. Where it is missing the checks use short terms and wait. */
  readonly advance?: (ms: number) => void | Promise<void>
  /** Opens what was stored again, as another process would. */
  readonly reopen?: () => Promise<LinkStore>
}
