/**
 * Several planners beside each other: each has the mailboxes whose ids fall to it, and its part of every limit. A
 * mailbox's schedules fall to one shard, so nothing has to be agreed on; the prices of the shards differ a little.
 */
import { Misuse } from '../../model/error.js'
import { seedOf } from '../pace.js'
import type { TenantLimits } from './face.js'

/**
 * The shard of a mailbox, from 0 to `shards` − 1: the same on every machine. With one shard more only 1 ÷ `shards` of
 * the mailboxes move, all of them to the new one.
 * @public
 */
export const shardOf = (mailbox: string, shards: number): number => {
  if (!(shards >= 1 && shards <= shardsMost && shards % 1 === 0))
    throw new Misuse(`shards: expected an integer from 1 to ${shardsMost}`, ['shards'])
  let best = 0
  let bestScore = -1
  for (let shard = 0; shard < shards; shard += 1) {
    const score = seedOf(`${mailbox}/${shard}`)
    if (score <= bestScore) continue
    best = shard
    bestScore = score
  }
  return best
}

/**
 * A tenant's limits on one shard, which has `mailboxes` of its `mailboxesAll`. Rates and places are divided, what counts
 * per mailbox (`visitsPerDay`) and `share` stay. At least one place and a burst of one are left to everybody, so with
 * fewer places than shards the sum is more than the whole.
 * @public
 */
export const shardLimits = (limits: TenantLimits, mailboxes: number, mailboxesAll: number): TenantLimits => {
  if (!(mailboxes >= 0 && mailboxes <= mailboxesAll && mailboxesAll > 0))
    throw new Misuse('mailboxes: expected from 0 to mailboxesAll', ['mailboxes'])
  const part = mailboxes / mailboxesAll
  const { perSecondMax, burstMax, inFlightMax } = limits
  return {
    ...limits,
    ...(perSecondMax === undefined ? {} : { perSecondMax: Math.max(1 / 86_400, perSecondMax * part) }),
    ...(burstMax === undefined ? {} : { burstMax: Math.max(1, burstMax * part) }),
    ...(inFlightMax === undefined ? {} : { inFlightMax: Math.max(1, Math.floor(inFlightMax * part)) })
  }
}

const shardsMost = 4096
