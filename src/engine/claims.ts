/**
 * Identities and the ids derived from them: two machines agree on the id of a thing before either of them makes it.
 */
import type { Claim, Ref } from '../model/index.js'
import { uuidOf } from '../model/index.js'

/** Of a record made from an item of this mailbox. */
export const recordIdentity = (mailbox: string, item: Ref): string => `record ${mailbox} ${item}`

/** Of an item made in this mailbox for a record. */
export const itemIdentity = (mailbox: string, record: Ref): string => `item ${mailbox} ${record}`

export const claimOf = (tenant: string, identity: string, generation: number): Claim => ({
  identity,
  generation,
  id: uuidOf('claim', tenant, identity, generation)
})
