/**
 * Leases: who may work on a mailbox, by this store's clock. A token grows with every new holder, so that what an old
 * one still sends is known to be old, however late it comes.
 */
import type { InstantMs, Result } from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { Lease, LeaseAnswer } from '../../engine/ports.js'
import type { Connection } from './connection.js'
import { inTransaction } from './connection.js'
import type { StandingLease } from './links.codec.js'
import { leaseFrom } from './links.codec.js'
import { keyFromText } from './text.js'

const selectLease = 'SELECT holder, token, until_ms FROM liaison_leases WHERE tenant = ? AND name = ?'

const upsertLease = `
  INSERT INTO liaison_leases (tenant, name, holder, token, until_ms) VALUES (?, ?, ?, ?, ?)
  ON CONFLICT (tenant, name) DO UPDATE SET holder = excluded.holder, token = excluded.token, until_ms = excluded.until_ms`

const endLease = `
  UPDATE liaison_leases SET holder = NULL, until_ms = 0 WHERE tenant = ? AND name = ? AND holder = ? AND token = ?`

export interface LeaseWish {
  readonly tenant: string
  readonly name: string
  readonly holder: string
  readonly ttlMs: number
}

export const takeLease = (db: Connection, wish: LeaseWish, nowMs: InstantMs): Result<LeaseAnswer> =>
  inTransaction(db, () => {
    const key = [keyFromText(wish.tenant), keyFromText(wish.name)] as const
    const standing = leaseFrom(db.row(selectLease, ...key))
    if (standing._tag === 'Left') return standing
    const answer = leaseFor(wish, standing.right, nowMs)
    if (answer._tag === 'Leased') {
      db.run(upsertLease, ...key, keyFromText(wish.holder), answer.lease.token, answer.lease.untilMs)
    }
    return ok(answer)
  })

/** A live lease is its holder's, with the same token. `forced`: it was taken from one who let it run out. */
const leaseFor = (wish: LeaseWish, standing: StandingLease | undefined, nowMs: InstantMs): LeaseAnswer => {
  const { tenant, name, holder, ttlMs } = wish
  const untilMs = nowMs + Math.trunc(ttlMs)
  const isOurs = standing?.holder === keyFromText(holder)
  const isHeld = standing !== undefined && standing.holder !== null
  const isLive = isHeld && standing.untilMs > nowMs
  if (isLive && !isOurs) return { _tag: 'Busy', untilMs: standing.untilMs }
  const token = isLive ? standing.token : (standing?.token ?? 0) + 1
  return { _tag: 'Leased', lease: { tenant, name, holder, token, untilMs }, forced: isHeld && !isOurs }
}

/** A lease that another has taken meanwhile stays as it is. */
export const endTerm = (db: Connection, lease: Lease): Result<void> => {
  db.run(endLease, keyFromText(lease.tenant), keyFromText(lease.name), keyFromText(lease.holder), lease.token)
  return ok(undefined)
}

/** The first statement of every commit. */
export const fence = (db: Connection, lease: Lease): Result<void> => {
  const standing = leaseFrom(db.row(selectLease, keyFromText(lease.tenant), keyFromText(lease.name)))
  if (standing._tag === 'Left') return standing
  const isStanding = standing.right?.token === lease.token && standing.right.holder === keyFromText(lease.holder)
  return isStanding ? ok(undefined) : fail({ _tag: 'LeaseLost' })
}
