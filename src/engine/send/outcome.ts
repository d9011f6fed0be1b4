/** What came of a submission, and what the record says then (5.1, 5.2): the second of its two writes. */
import { stateField, statusField } from '../../mapping/index.js'
import type { Fields, InstantMs, Outcome, Reason } from '../../model/index.js'

/** `set`: absent where nobody knows whether it went out; the record then stays `sending`, and the next cycle looks. */
export interface SendOutcome {
  readonly code: Reason
  readonly set?: Fields
  /** Failures of this request so far, this one included. */
  readonly failures: number
  /** It will be tried again. */
  readonly again: boolean
}

const pending: Fields = { [stateField]: 'completed', [statusField]: 'pendingSend' }

export const sentAt = (nowMs: InstantMs): Fields => ({
  [stateField]: 'completed',
  [statusField]: 'sent',
  actualend: new Date(nowMs).toISOString()
})

export const failedForGood: Fields = { [stateField]: 'open', [statusField]: 'failed' }

export const sendOutcome = (
  outcome: Outcome,
  before: {
    readonly failures: number
    readonly limit: number
    readonly nowMs: InstantMs
    /** Not where everything that the cycle tried to send has failed: then no message is to blame (5.4). */
    readonly counts: boolean
  }
): SendOutcome => {
  const { failures, limit, nowMs, counts } = before
  if (outcome._tag === 'Done') {
    return { code: 'sent', set: sentAt(nowMs), failures: 0, again: false }
  }
  const { error } = outcome
  switch (error._tag) {
    case 'Malformed':
    case 'TooLarge':
    case 'QuotaExceeded':
    case 'Forbidden':
      return { code: 'item-undeliverable', set: failedForGood, failures, again: false }
    case 'Throttled':
      return { code: 'throttled', set: pending, failures, again: true }
    case 'SignInRequired':
      return { code: 'mailbox-disabled', set: pending, failures, again: true }
    case 'Transient': {
      if (error.unsure === true) return { code: 'retry-later', failures, again: true }
      const now = failures + (counts ? 1 : 0)
      return now >= limit
        ? { code: 'item-undeliverable', set: failedForGood, failures: now, again: false }
        : { code: 'retry-later', set: pending, failures: now, again: true }
    }
    default:
      return { code: 'retry-later', set: pending, failures, again: true }
  }
}
