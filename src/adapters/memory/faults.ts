/**
 * Faults that the stores in memory are told to show, one object for all stores of a world. Each fault counts the
 * calls that it fits for itself; of several that fit one call the first given strikes.
 */
import type { Answer, Ref, Result, Side, SyncError } from '../../model/index.js'
import { fail, Misuse, ok } from '../../model/index.js'

/** @public */
export type FaultStore = 'mail' | 'records' | 'links'

/** `query`: `find`, `members` and `lookup`. `commit`: `transact`. The others: one effect each. @public */
export type FaultOp = 'changes' | 'create' | 'update' | 'delete' | 'query' | 'commit'

/** @public */
export type FaultError =
  | 'transient'
  | 'throttled'
  | 'conflict'
  | 'gone'
  | 'cursor-expired'
  | 'unauthorized'
  | 'forbidden'
  | 'invalid'
  | 'lost-response'
  | 'empty-listing'
  | 'crash'

/** The first `after` calls pass, the next `times` (1) fail. @public */
export interface Fault {
  readonly store: FaultStore
  readonly op: FaultOp
  readonly error: FaultError
  readonly times?: number
  readonly after?: number
  readonly retryAfterMs?: number
}

/** The process dies at a call: the port rejects, and what the call was about has not happened. @public */
export class Crash extends Error {
  override readonly name = 'Crash'
}

/** @public */
export interface MemoryFaults {
  readonly add: (fault: Fault) => void
  /** Forgets every fault. */
  readonly clear: () => void
  /** The fault that strikes this call, which is counted. The stores ask; a store of a host's own may too. */
  readonly strike: (store: FaultStore, op: FaultOp) => Fault | undefined
  /** Runs before every call of a port, with its name (`mail.changes`); may throw a `Crash`, wait, or change the world. */
  onCall?: ((call: string) => void | Promise<void>) | undefined
}

/**
 * Faults for the stores of one world.
 * @public
 */
export const memoryFaults = (): MemoryFaults => {
  let standing: Array<{ readonly fault: Fault; calls: number }> = []
  return {
    add: (fault) => {
      if (fault.error === 'empty-listing' && fault.op !== 'changes' && fault.op !== 'query') {
        throw new Misuse('an empty listing is a fault of changes and query only', ['fault.error'])
      }
      standing.push({ fault: { ...fault }, calls: 0 })
    },
    clear: () => {
      standing = []
    },
    strike: (store, op) => {
      let first: Fault | undefined
      for (const entry of standing) {
        const { fault } = entry
        if (fault.store !== store || fault.op !== op) continue
        entry.calls += 1
        const after = fault.after ?? 0
        const strikes = entry.calls > after && entry.calls <= after + (fault.times ?? 1)
        if (strikes) first ??= fault
      }
      return first
    }
  }
}

/** What a call is about, for the error that names it. */
interface About {
  readonly ref?: Ref
  readonly scope?: string
}

/** The way from a port to its store: the hook first, then the faults, then the store itself. */
export interface Door {
  /** Enters a call of the port. */
  readonly enter: <A>(call: string, run: () => Result<A>) => Answer<A>
  /** Runs what a fault may meet. `empty`: what a listing answers that wrongly says there is nothing. */
  readonly pass: <A>(op: FaultOp, about: About, run: () => Result<A>, empty?: () => A) => Result<A>
}

export const doorOf = (store: FaultStore, faults: MemoryFaults | undefined): Door => {
  const side: Side = store === 'mail' ? 'mail' : 'record'
  return {
    enter: async (call, run) => {
      await faults?.onCall?.(call)
      return run()
    },
    pass: (op, about, run, empty) => {
      const fault = faults?.strike(store, op)
      if (fault === undefined) return run()
      switch (fault.error) {
        case 'crash':
          throw new Crash(`the process dies at ${op} of ${store}`)
        case 'lost-response':
          run()
          return fail({ _tag: 'Transient', message: 'the answer was lost', unsure: true })
        case 'empty-listing':
          return empty === undefined ? run() : ok(empty())
        default:
          return fail(errorOf(fault.error, fault, side, about))
      }
    }
  }
}

const errorOf = (
  error: Exclude<FaultError, 'crash' | 'lost-response' | 'empty-listing'>,
  { retryAfterMs }: Fault,
  side: Side,
  { ref, scope = '' }: About
): SyncError => {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  const named = ref === undefined ? {} : { ref }
  switch (error) {
    case 'transient':
      return { _tag: 'Transient', message: 'the store did not answer', ...wait }
    case 'throttled':
      return { _tag: 'Throttled', ...wait }
    case 'conflict':
      return { _tag: 'VersionMismatch', ref: ref ?? '' }
    case 'gone':
      return { _tag: 'Gone', ref: ref ?? '' }
    case 'cursor-expired':
      return { _tag: 'CursorExpired', scope }
    case 'unauthorized':
      return { _tag: 'SignInRequired', side }
    case 'forbidden':
      return { _tag: 'Forbidden', side, ...named }
    case 'invalid':
      return { _tag: 'Malformed', side, ...named, paths: [] }
  }
}
