/** The one question “why”: of a thing, why it is in step or not; of a mailbox, why its next run is when it is. */
import type { Ref, Side } from '../../model/index.js'
import type { Explanation } from '../explain.js'
import type { NextRuns } from '../next-run.js'

/** @public */
export interface Explain {
  /** When each workload of the mailbox runs next, and why then: the same as `nextRun`. */
  (mailbox: string): Promise<NextRuns>
  /** Why an item or a record is, or is not, in step. */
  (mailbox: string, side: Side, ref: Ref): Promise<Explanation>
}

interface Explaining {
  explain(mailbox: string, side: Side, ref: Ref): Promise<Explanation>
  nextRun(mailbox: string): Promise<NextRuns>
}

export const explainBy = (made: Explaining): Explain => {
  function explain(mailbox: string): Promise<NextRuns>
  function explain(mailbox: string, side: Side, ref: Ref): Promise<Explanation>
  function explain(mailbox: string, side?: Side, ref?: Ref): Promise<NextRuns | Explanation> {
    return side === undefined || ref === undefined ? made.nextRun(mailbox) : made.explain(mailbox, side, ref)
  }
  return explain
}
