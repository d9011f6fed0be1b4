/** Whose the record of a message is (P3). */
import type { Recipient } from '../facts.js'

/** What the owner is chosen by. */
export interface OwnerFacts {
  /** Our users and queues in To, in Cc and in Bcc, each list in its order. */
  readonly lists: ReadonlyArray<ReadonlyArray<Recipient>>
  /** Owner of the message that it continues. */
  readonly correlated: string | undefined
  /** Owner of the sender's contact, account or lead. */
  readonly sender: string | undefined
}

/** The owner of a message that was received; `undefined`: nobody among its recipients may be it. */
export const ownerAmong = ({ lists, correlated, sender }: OwnerFacts): string | undefined => {
  const able = lists.map((list) => list.filter(({ mayCreate }) => mayCreate).map(({ user }) => user))
  const deciding = able.find((list) => list.length > 0)
  if (deciding === undefined) return undefined
  return [correlated, sender].find((user) => user !== undefined && deciding.includes(user)) ?? deciding[0]
}
