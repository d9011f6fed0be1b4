/**
 * A limit on everything that comes from outside. Sizes in bytes of UTF-8 unless they say otherwise.
 */

/** @public */
export const limits = {
  /** Rows of one page of a change feed. */
  pageRowsMax: 500,
  /** Pages read from one feed in one cycle; what lies behind them comes with the next. */
  feedPagesMax: 20_000,
  /** Pairs that are read and decided together. */
  decideBatchMax: 500,
  /** Bytes of payload a plan may keep between deciding and writing; past it snapshots are read again. */
  planBytesMax: 16 * 1024 * 1024,
  /** Decisions kept in a report; the counts hold all of them. */
  reportDecisionsMax: 1000,
  /** Samples of a held plan. */
  heldSamplesMax: 20,
  /** Gestures that wait for one mailbox. */
  pendingMax: 10_000,
  /** Units that are retried, held or asked about, per mailbox and cycle. */
  dueMax: 10_000,
  /** A field's text, in UTF-16 units. */
  fieldLengthMax: 1_048_576,
  /** Body in a snapshot; a longer one is a content ref. */
  inlineBytesMax: 256 * 1024,
  /** Fields of one snapshot. */
  fieldsMax: 2000,
  /** Depth of a value of a field. */
  valueDepthMax: 16,
  /** Links walked in one slice of a full comparison or a rebase. */
  walkMax: 500,
  /** Conditions of a filter, and their depth (3.11/9 of `filters.md`). */
  filterConditionsMax: 500,
  filterDepthMax: 64,
  /** Rows of history read at once, of one thing or of one cycle. */
  historyRowsMax: 500,
  /** Rows of each kind that a cycle removes because of their age. */
  outdatedMax: 1000,
  /** How long decisions about things without a link, and conflicts, are kept at least; longer where history is. */
  decisionsTtlMs: 90 * 24 * 60 * 60_000,
  /** Pairs that one step of `forget` looks for by an address. */
  forgetPairsMax: 500,
  /** Life of a lease. A holder renews it before each batch. */
  leaseTtlMs: 10 * 60_000,
  /** How long an approval of a held plan is good. */
  approvalTtlMs: 24 * 60 * 60_000
} as const
