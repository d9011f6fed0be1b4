/** What the policy `adaptive` knows of a mailbox. */

/** @public */
export interface Learned {
  readonly version: 1
  /** End of the last cycle that was learned from, ms of the epoch. */
  readonly atMs: number
  readonly count: number
  readonly exposureMs: number
}
