/**
 * The rows of the link store. What a database file says is decoded before it is believed: a file may be damaged, or
 * edited by hand.
 */
import * as t from 'io-ts'
import type {
  Base,
  BaseValue,
  Claim,
  ConflictRow,
  DecisionAnswer,
  DecisionFacts,
  DecisionRow,
  Due,
  FieldChange,
  FormerLink,
  Gesture,
  HistoryRow,
  InboxEntry,
  InboxRow,
  InstantMs,
  Intent,
  Link,
  Pending,
  Reason,
  Side,
  Value
} from '../../model/index.js'
import { reasonCodes } from '../../model/index.js'
import type { StateDocument } from '../../engine/ports.js'
import { textFromKey } from './text.js'
import { complete, decodeRow, decodeRows, guarded, jsonText, list, members } from './json.codec.js'

const texts = /*#__PURE__*/ list(t.string)

const versions = /*#__PURE__*/ members('versions', {}, { mail: t.string, record: t.string })

const sides: ReadonlySet<unknown> = /*#__PURE__*/ new Set<unknown>(['mail', 'record'] satisfies ReadonlyArray<Side>)
const side = /*#__PURE__*/ guarded('side', (input): input is Side => sides.has(input))

const reasons: ReadonlySet<unknown> = /*#__PURE__*/ new Set<unknown>(reasonCodes)
const reason = /*#__PURE__*/ guarded('reason code', (input): input is Reason => reasons.has(input))

const origin = /*#__PURE__*/ t.keyof({ tracked: null, filter: null, both: null })

const endedBy = /*#__PURE__*/ t.keyof({
  person: null,
  'item-deleted': null,
  'record-deleted': null,
  'both-deleted': null,
  left: null
})

const facts: t.Type<DecisionFacts, unknown, unknown> = /*#__PURE__*/ t.record(
  t.string,
  t.union([t.string, t.number, t.boolean, texts])
)

/** What comes out of `JSON.parse` is JSON at any depth: only the list itself must be looked at. */
const baseValues = /*#__PURE__*/ guarded('list of values', (input): input is ReadonlyArray<BaseValue> =>
  Array.isArray(input)
)

/** The same of one value. */
const anyValue = /*#__PURE__*/ guarded('value', (input): input is Value => input !== undefined)

/** Both sides have a value for every row of the shape. */
const base = /*#__PURE__*/ guarded('base', (input): input is Base => bothSides.is(input) && isEven(input))
const bothSides = /*#__PURE__*/ members('base', { mail: baseValues, record: baseValues }, {})
const isEven = (input: Base): boolean => input.mail.length === input.record.length

const writes = /*#__PURE__*/ list(members('write', { field: t.string, side, atMs: t.number, digest: t.string }, {}))

const decided = /*#__PURE__*/ members('decided', { code: reason, facts, cycle: t.string, atMs: t.number }, {})

const pair = { mailbox: t.string, item: t.string, kind: t.string, record: t.string, type: t.string }

/** Said or left out, never denied. */
const yes = /*#__PURE__*/ t.literal(true)

const linkBody = /*#__PURE__*/ complete<Omit<Link, 'base'>>()(
  members(
    'link',
    { ...pair, id: t.string, origin, versions, shape: t.string, decided },
    {
      unconfirmed: members('rows', {}, { mail: texts, record: texts }),
      owes: texts,
      owner: t.string,
      state: t.string,
      related: texts,
      writes,
      categorised: yes,
      folder: t.string,
      filedAtMs: t.number,
      made: reason
    }
  )
)

const formerBody = /*#__PURE__*/ complete<Omit<FormerLink, 'base'>>()(
  members(
    'former link',
    { ...pair, id: t.string, endedBy, code: reason, atMs: t.number, shape: t.string },
    { categorised: yes, folder: t.string }
  )
)

/** The base is the large part of a row and is kept by itself. */
const pairRow = <A>(
  codec: t.Type<A, unknown, unknown>
): t.Decoder<unknown, { readonly body: A; readonly base: Base }> =>
  t.type({ body: jsonText(codec), base: jsonText(base) })

export const linksFrom = /*#__PURE__*/ decodeRows(pairRow(linkBody), (row): Link => ({ ...row.body, base: row.base }))

export const formerFrom = /*#__PURE__*/ decodeRows(
  pairRow(formerBody),
  (row): FormerLink => ({ ...row.body, base: row.base })
)

/** A row that is one JSON text. */
const bodyRow = <A>(codec: t.Type<A, unknown, unknown>): t.Decoder<unknown, { readonly body: A }> =>
  t.type({ body: jsonText(codec) })

const bodyOf = <A>(row: { readonly body: A }): A => row.body

const intentBody = /*#__PURE__*/ complete<Intent>()(
  members(
    'intent',
    {
      key: t.string,
      op: t.keyof({ create: null, update: null, delete: null }),
      side,
      ref: t.string,
      source: t.string,
      link: t.string,
      kind: t.string,
      type: t.string,
      origin,
      rows: texts,
      sent: texts,
      held: texts,
      shape: t.string,
      code: t.string,
      cycle: t.string,
      atMs: t.number
    },
    { expected: t.string, conflicts: texts, by: t.string, endedBy, unsure: t.boolean }
  )
)
export const intentsFrom = /*#__PURE__*/ decodeRows(bodyRow(intentBody), bodyOf)

const gestured = { item: t.string, kind: t.string, by: t.string }

const answer: t.Type<DecisionAnswer, unknown, unknown> = /*#__PURE__*/ t.union(
  [side, t.literal('save'), t.literal('cancel'), members('other record', { link: t.string }, {})],
  'answer'
)

const gestureBody: t.Type<Gesture, unknown, unknown> = /*#__PURE__*/ t.union(
  [
    members(
      'track',
      { ...gestured, _tag: t.literal('Track') },
      { parent: t.string, regarding: t.string, as: t.string }
    ),
    members(
      'set regarding',
      { ...gestured, _tag: t.literal('SetRegarding'), regarding: t.union([t.string, t.null]) },
      {}
    ),
    members('set parent', { ...gestured, _tag: t.literal('SetParent'), parent: t.string }, {}),
    members('untrack', { ...gestured, _tag: t.literal('Untrack'), deleteRecord: t.boolean, mayDelete: t.boolean }, {}),
    members('resolve', { ...gestured, _tag: t.literal('Resolve'), answer }, {}),
    members('refused', { ...gestured, _tag: t.literal('Refused'), code: reason }, {}),
    members('approve', { _tag: t.literal('Approve'), planHash: t.string, by: t.string }, {})
  ],
  'gesture'
)

const waitingBody: t.Type<{ readonly gesture: Gesture; readonly atMs: InstantMs }, unknown, unknown> =
  /*#__PURE__*/ members('pending gesture', { gesture: gestureBody, atMs: t.number }, {})

export const pendingFrom = /*#__PURE__*/ decodeRows(
  t.type({ id: t.number, body: jsonText(waitingBody) }),
  ({ id, body }): Pending => ({ id, ...body })
)

const inboxBody = /*#__PURE__*/ complete<InboxRow>()(
  members('inbox row', { mailbox: t.string, type: t.string, ref: t.string }, { version: t.string, gone: t.boolean })
)
export const inboxFrom = /*#__PURE__*/ decodeRows(
  t.type({ seq: t.number, body: jsonText(inboxBody) }),
  ({ seq, body }): InboxEntry => ({ ...body, seq })
)

const dueBody = /*#__PURE__*/ complete<Due>()(
  members(
    'due row',
    {
      key: t.string,
      kind: t.string,
      type: t.string,
      code: reason,
      failures: t.number,
      rests: t.boolean,
      seen: versions,
      atMs: t.number
    },
    { item: t.string, record: t.string, gesture: t.number, wakesAtMs: t.number }
  )
)
export const dueFrom = /*#__PURE__*/ decodeRows(bodyRow(dueBody), bodyOf)

const decisionBody = /*#__PURE__*/ complete<DecisionRow>()(
  members('decision', { side, ref: t.string, code: reason, facts, cycle: t.string, atMs: t.number }, {})
)
export const decisionsFrom = /*#__PURE__*/ decodeRows(bodyRow(decisionBody), bodyOf)

const conflictBody = /*#__PURE__*/ complete<ConflictRow>()(
  members(
    'conflict',
    {
      item: t.string,
      record: t.string,
      type: t.string,
      field: t.string,
      kept: side,
      cycle: t.string,
      atMs: t.number
    },
    {}
  )
)
export const conflictsFrom = /*#__PURE__*/ decodeRows(bodyRow(conflictBody), bodyOf)

const change: t.Type<FieldChange, unknown, unknown> = /*#__PURE__*/ members(
  'change',
  { field: t.string, before: anyValue, after: anyValue },
  { row: t.string }
)

const historyBody = /*#__PURE__*/ complete<HistoryRow>()(
  members(
    'history row',
    {
      key: t.string,
      cycle: t.string,
      atMs: t.number,
      op: t.keyof({ create: null, update: null, delete: null }),
      side,
      ref: t.string,
      other: t.string,
      link: t.string,
      kind: t.string,
      type: t.string,
      code: reason,
      facts,
      changes: list(change)
    },
    { by: t.string, version: t.string, owner: t.string, state: t.string, folder: t.string, recovered: t.boolean }
  )
)
export const historyFrom = /*#__PURE__*/ decodeRows(bodyRow(historyBody), bodyOf)

const claimBody = /*#__PURE__*/ complete<Claim>()(
  members(
    'claim',
    { identity: t.string, generation: t.number, id: t.string },
    { by: members('maker', { mailbox: t.string, atMs: t.number }, {}), made: t.string }
  )
)
export const claimFrom = /*#__PURE__*/ decodeRow(bodyRow(claimBody), bodyOf)

export const claimsFrom = /*#__PURE__*/ decodeRows(bodyRow(claimBody), bodyOf)

/** Keys in a column named `key`, as they stand there. */
export const keysFrom = /*#__PURE__*/ decodeRows(t.type({ key: t.string }), ({ key }): string => key)

/** A pair and a text of its values. */
export interface MentioningRow {
  readonly at: number
  readonly mailbox: string
  readonly item: string
  readonly record: string
  readonly text: string
}

export const mentioningFrom = /*#__PURE__*/ decodeRows(
  t.type({ at: t.number, mailbox: t.string, item: t.string, record: t.string, text: t.string }),
  ({ mailbox, item, record, ...row }): MentioningRow => ({
    ...row,
    mailbox: textFromKey(mailbox),
    item: textFromKey(item),
    record: textFromKey(record)
  })
)

const stateBody = /*#__PURE__*/ guarded(
  'document',
  (input): input is StateDocument => typeof input === 'object' && input !== null && !Array.isArray(input)
)
export const stateFrom = /*#__PURE__*/ decodeRow(bodyRow(stateBody), bodyOf)

/** A lease as it stands; without holder where it was released. The holder is a key, as it is in the table. */
export interface StandingLease {
  readonly holder: string | null
  readonly token: number
  readonly untilMs: InstantMs
}

export const leaseFrom = /*#__PURE__*/ decodeRow(
  t.type({ holder: t.union([t.string, t.null]), token: t.number, until_ms: t.number }),
  ({ holder, token, until_ms }): StandingLease => ({ holder, token, untilMs: until_ms })
)

/** A row of one number, named `value`: a count, or a counter. */
export const numberFrom = /*#__PURE__*/ decodeRow(t.type({ value: t.number }), ({ value }): number => value)
