/**
 * What may go wrong outside, divided by what the caller can do about it, and the shape in which a port says so.
 * Structurally fp-ts's `Either`, declared here so that the declarations of `liaison` name no other package.
 */
import type { Ref, Side } from './ids.js'

/** A failure of the world. Messages hold refs and paths, never a value of a field. @public */
export type SyncError =
  /** 5xx, time-out, lost connection. `unsure`: the write may have happened all the same. `profile`: the server as such, for all of its mailboxes. Recovery: next cycle. */
  | {
      readonly _tag: 'Transient'
      readonly message?: string
      readonly retryAfterMs?: number
      readonly unsure?: boolean
      readonly profile?: boolean
    }
  /** The server asks to wait. No failure. Recovery: slow down. */
  | { readonly _tag: 'Throttled'; readonly retryAfterMs?: number }
  /** 401 with a fresh token. Recovery: a person. */
  | { readonly _tag: 'SignInRequired'; readonly side: Side; readonly profile?: boolean }
  /** 403. Recovery: narrow, or leave the thing, and tell a person. */
  | { readonly _tag: 'Forbidden'; readonly side: Side; readonly ref?: Ref; readonly field?: string }
  /** The thing changed since it was read. Recovery: decide that pair once more. */
  | { readonly _tag: 'VersionMismatch'; readonly ref: Ref }
  /** The write met nothing. Recovery: ask for the thing by its ref. */
  | { readonly _tag: 'Gone'; readonly ref: Ref }
  /** The cursor is too old. Recovery: list in full. */
  | { readonly _tag: 'CursorExpired'; readonly scope: string }
  /** A thing of that id or unique key is there. Recovery: link instead of create. */
  | { readonly _tag: 'AlreadyExists'; readonly ref?: Ref }
  /** Not decodable, or refused as invalid. Recovery: set the item aside. */
  | { readonly _tag: 'Malformed'; readonly side: Side; readonly ref?: Ref; readonly paths: ReadonlyArray<string> }
  | { readonly _tag: 'TooLarge'; readonly limit: number; readonly actual: number }
  | { readonly _tag: 'QuotaExceeded'; readonly limit?: number }
  /** Another holder has taken the lease: whatever this one still wanted to commit is refused. Recovery: stop. */
  | { readonly _tag: 'LeaseLost' }
  /** Configuration: the adapter cannot do that; `remedy` says what to install or to switch. */
  | { readonly _tag: 'Unsupported'; readonly what: string; readonly remedy: string }

/** What a port answers: a value, or a failure. Structurally fp-ts's `Either<SyncError, A>`. @public */
export type Result<A> =
  | { readonly _tag: 'Right'; readonly right: A }
  | { readonly _tag: 'Left'; readonly left: SyncError }

/** A promise of a result that is always kept: what it rejects with is a defect. @public */
export type Answer<A> = Promise<Result<A>>

/** @public */
export const ok = <A>(right: A): Result<A> => ({ _tag: 'Right', right })

/** @public */
export const fail = (left: SyncError): Result<never> => ({ _tag: 'Left', left })

/** What the caller does about a failure. @public */
export type Recovery =
  | 'next-cycle'
  | 'slow-down'
  | 'decide-again'
  | 'ask-by-ref'
  | 'link-instead'
  | 'list-in-full'
  | 'set-aside'
  | 'ask-human'
  | 'stop'

/** No default: a new tag is a compile error in each place that must have an opinion. @public */
export const recoveryOf = (error: SyncError): Recovery => {
  switch (error._tag) {
    case 'Transient':
      return 'next-cycle'
    case 'Throttled':
      return 'slow-down'
    case 'VersionMismatch':
      return 'decide-again'
    case 'Gone':
      return 'ask-by-ref'
    case 'AlreadyExists':
      return 'link-instead'
    case 'CursorExpired':
      return 'list-in-full'
    case 'Malformed':
    case 'TooLarge':
    case 'QuotaExceeded':
      return 'set-aside'
    case 'SignInRequired':
    case 'Forbidden':
    case 'Unsupported':
      return 'ask-human'
    case 'LeaseLost':
      return 'stop'
  }
}

/** A promise of this library was broken by the library itself. The batch is not committed; the host sees it. @public */
export class InvariantViolation extends Error {
  override readonly name = 'InvariantViolation'
}

/** Wrong use by the host: settings that are refused, an unknown mailbox. The message names the path. @public */
export class Misuse extends Error {
  override readonly name = 'Misuse'
  /** Paths of the faults, such as `settings.directions.contact.fullName`. Never a value. */
  readonly paths: ReadonlyArray<string>
  constructor(message: string, paths: ReadonlyArray<string> = []) {
    super(message)
    this.paths = paths
  }
}

/** Throws where the library breaks its own word. On in production. */
export function invariant(condition: boolean, whatMustHold: string): asserts condition {
  if (!condition) throw new InvariantViolation(whatMustHold)
}
