/**
 * Who synchronises a mailbox (4.4/3): one organisation, one mailbox of it, and under method `client` one installation.
 * Whoever comes first claims the address; taking it over is explicit. Claims stand in the tenant, so that no tenant feels
 * another; where a host says that the tenants of its link store are organisations that share mailboxes, they stand
 * outside all of them, so that two organisations meet. What they hold of an address is its digest.
 */
import type { Claim, InstantMs } from '../model/index.js'
import { digestOf, uuidOf } from '../model/index.js'
import { addressKey } from './track/address.js'

/** What stands in a tenant's place where claims are everybody's. No host may call a tenant so. */
export const everybody = 'liaison/mailboxes'

/** Who asks. `client`: the installation, where one user has one (method `client`). */
export interface Owner {
  readonly tenant: string
  readonly mailbox: string
  readonly client?: string
}

/** The identity under which the mailbox of an address is claimed. */
const ownerIdentity = (address: string): string => `mailbox ${digestOf(addressKey(address))}`

const idOf = (tenant: string, mailbox: string): string => uuidOf('owner', tenant, mailbox)

/** The claim's id says which mailbox of which tenant, and `made` which installation. */
export const ownerClaim = (
  address: string,
  { tenant, mailbox, client }: Owner,
  generation: number,
  atMs: InstantMs
): Claim => ({
  identity: ownerIdentity(address),
  generation,
  id: idOf(tenant, mailbox),
  by: { mailbox, atMs },
  ...(client === undefined ? {} : { made: client })
})

/** What a standing claim says to whoever asks. */
export type Ownership =
  | 'own'
  /** The mailbox's own, but nobody's installation yet: this one may have it. */
  | 'free-client'
  | 'other-client'
  | 'other-mailbox'
  | 'other-organisation'

/** Law: OWNER-1 of two that are not the same, at most one is told `own` by one claim. */
export const ownershipOf = (stands: Claim, { tenant, mailbox, client }: Owner): Ownership => {
  const holder = stands.by?.mailbox ?? ''
  if (stands.id !== idOf(tenant, mailbox))
    return stands.id === idOf(tenant, holder) ? 'other-mailbox' : 'other-organisation'
  if (client === undefined || stands.made === client) return 'own'
  return stands.made === undefined ? 'free-client' : 'other-client'
}
