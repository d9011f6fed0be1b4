/**
 * Leases: who may work on a mailbox, by this store's clock. A token grows with every new term, so that what an old
 * holder still sends is known to be old, however late it comes.
 */
import type { InstantMs } from '../../model/index.js'
import { byCodeUnits } from '../../model/index.js'
import type { Lease, LeaseAnswer } from '../../engine/ports.js'

/** A lease as it is kept. A released one has no holder, but keeps its token. @public */
export interface StandingLease {
  readonly tenant: string
  readonly name: string
  readonly holder?: string
  readonly token: number
  readonly untilMs: InstantMs
}

export interface Leases {
  readonly take: (tenant: string, name: string, holder: string, ttlMs: number, nowMs: InstantMs) => LeaseAnswer
  readonly release: (lease: Lease) => void
  /** Whether this is the newest term, and not released. One that ran out is still good while nobody took it. */
  readonly isStanding: (lease: Lease) => boolean
  readonly put: (lease: StandingLease) => void
  readonly clear: () => void
  readonly dump: () => ReadonlyArray<StandingLease>
}

const keyOf = (tenant: string, name: string): string => JSON.stringify([tenant, name])

export const leasesOf = (): Leases => {
  const standing = new Map<string, StandingLease>()
  const put = (lease: StandingLease): void => {
    standing.set(keyOf(lease.tenant, lease.name), lease)
  }
  const isStanding = ({ tenant, name, holder, token }: Lease): boolean => {
    const newest = standing.get(keyOf(tenant, name))
    return newest !== undefined && newest.holder === holder && newest.token === token
  }
  return {
    take: (tenant, name, holder, ttlMs, nowMs) => {
      const newest = standing.get(keyOf(tenant, name))
      const isHeld = newest?.holder !== undefined
      const isOurs = newest?.holder === holder
      const isLive = newest !== undefined && isHeld && newest.untilMs > nowMs
      if (isLive && !isOurs) return { _tag: 'Busy', untilMs: newest.untilMs }
      const token = isLive ? newest.token : (newest?.token ?? 0) + 1
      const lease = { tenant, name, holder, token, untilMs: nowMs + Math.trunc(ttlMs) }
      put(lease)
      return { _tag: 'Leased', lease: { ...lease }, forced: isHeld && !isOurs }
    },
    release: (lease) => {
      const { tenant, name, token } = lease
      if (isStanding(lease)) put({ tenant, name, token, untilMs: 0 })
    },
    isStanding,
    put,
    clear: () => standing.clear(),
    dump: () => [...standing.values()].sort((x, y) => byCodeUnits(x.tenant, y.tenant) || byCodeUnits(x.name, y.name))
  }
}
