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
  /** Refs told of one look-up. */
  hitsMax: 1000,
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
  /** One attachment (T11 of `tracking.md`), and how many a thing may have. */
  attachmentBytesMax: 5_120 * 1024,
  attachmentsMax: 250,
  /** Body in a snapshot; a longer one is a content ref. */
  inlineBytesMax: 256 * 1024,
  /** Fields of one snapshot. */
  fieldsMax: 2000,
  /** Depth of a value of a field. */
  valueDepthMax: 16,
  /** Lines of one calendar file. */
  calendarLinesMax: 100_000,
  /** Components in components of a calendar file. */
  componentDepthMax: 8,
  /** Changed occurrences of one series. */
  exceptionsMax: 1000,
  /** Attendees of an appointment, addresses of a message. */
  addressesMax: 5000,
  /** Headers of one message, in lines and in bytes, those of its parts included. */
  headersMax: 2000,
  headersBytesMax: 256 * 1024,
  /** One message; a larger one is unreadable. */
  messageBytesMax: 40 * 1024 * 1024,
  /** Messages whose texts are in memory at once. */
  textsMax: 50,
  /** Longest subject that a mail server takes, in UTF-16 units (K5). */
  subjectLengthMax: 255,
  /** Parts in parts of a message. */
  partDepthMax: 64,
  /** Links walked in one slice of a full comparison or a rebase. */
  walkMax: 500,
  /** Between two slices of the rolling audit, where both sides tell of deletions. */
  auditEveryMs: 60 * 60_000,
  /** Conditions of a filter, and their depth (3.11/9 of `filters.md`). */
  filterConditionsMax: 500,
  filterDepthMax: 64,
  /** The lines of one recurrence, in UTF-16 units, and the occurrences that are counted to find its last. */
  recurrenceLengthMax: 64 * 1024,
  occurrencesMax: 20_000,
  /** Groups and conditions of a filter together: an empty group is no condition, but costs all the same. */
  filterNodesMax: 10_000,
  /** Entries of a list in a condition. */
  filterListMax: 10_000,
  /** UTF-16 units of a text in a condition; a pattern's cost is its length times that of the text it is held against. */
  filterTextMax: 4000,
  /** Faults told of one filter. */
  filterFaultsMax: 100,
  /** Rows of history read at once, of one thing or of one cycle. */
  historyRowsMax: 500,
  /** Rows of each kind that a cycle removes because of their age. */
  outdatedMax: 1000,
  /** How long decisions about things without a link, and conflicts, are kept at least; longer where history is. */
  decisionsTtlMs: 90 * 24 * 60 * 60_000,
  /** Pairs that one step of `forget` looks for by an address. */
  forgetPairsMax: 500,
  /** Contacts that the Add Contacts wizard takes at once, accounts it looks among, categories of one contact that count. */
  wizardContactsMax: 10_000,
  wizardAccountsMax: 100_000,
  wizardCategoriesMax: 100,
  /** UTF-16 units of a name that contacts are grouped by; a longer one is none. */
  wizardNameMax: 1000,
  /** Life of a lease. A holder renews it before each batch. */
  leaseTtlMs: 10 * 60_000,
  /** How long the one mailbox that has claimed to make a thing is waited for, where its store cannot refuse a second. */
  claimTtlMs: 60 * 60_000,
  /** How long an approval of a held plan is good. */
  approvalTtlMs: 24 * 60 * 60_000
} as const
