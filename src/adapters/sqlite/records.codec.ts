/**
 * A record as its row says it. Fields are one JSON text; a text that is none, or holds something else than an object
 * of fields within the limits, makes the record unreadable, never the store.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import type {
  ChangeRow,
  CodeOperator,
  CodePart,
  Fields,
  Found,
  MatchCode,
  RecordSnapshot,
  Ref,
  Value
} from '../../model/index.js'
import { limits } from '../../model/index.js'
import { complete, decodeRow, decodeRows, guarded, jsonText, list, members, pathsOf } from './json.codec.js'
import { textFromKey } from './text.js'

const isWithin = (value: Value, depth: number): boolean =>
  typeof value !== 'object' ||
  value === null ||
  (depth > 0 && Object.values(value).every((entry) => isWithin(entry, depth - 1)))

/** What comes out of `JSON.parse` is JSON: the shape and the limits are what must be looked at. */
const fieldsCodec = /*#__PURE__*/ guarded('object of fields', (input): input is Fields => {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return false
  const values: ReadonlyArray<Value> = Object.values(input)
  return values.length <= limits.fieldsMax && values.every((value) => isWithin(value, limits.valueDepthMax))
})

const fieldsText = /*#__PURE__*/ jsonText(fieldsCodec)

/** Where fields could not be read again if they were written. */
export const fieldsPaths = (fields: unknown): ReadonlyArray<string> => {
  const decoded = fieldsCodec.validate(fields, fieldsContext)
  return E.isLeft(decoded) ? pathsOf(decoded.left) : []
}

const fieldsContext: t.Context = [{ key: 'fields', type: fieldsText }]

const nullableText = /*#__PURE__*/ guarded(
  'text or null',
  (input): input is string | null => input === null || typeof input === 'string'
)
const nullableNumber = /*#__PURE__*/ guarded(
  'number or null',
  (input): input is number | null => input === null || typeof input === 'number'
)

/** The fields are decoded by themselves: a record whose fields are spoilt is still there. */
const recordRow = /*#__PURE__*/ members(
  'record row',
  {
    type: t.string,
    ref: t.string,
    seq: t.number,
    owner: nullableText,
    state: t.string,
    status: nullableText,
    created_ms: nullableNumber,
    changed_ms: nullableNumber,
    fields: t.unknown
  },
  {}
)

type RecordRow = t.TypeOf<typeof recordRow>

/** The place in the log of a record's last change is its version: never used again, also after a deletion. */
const versionFromSeq = (seq: number): string => String(seq)

const snapshotFrom = (row: RecordRow, fields: Fields): RecordSnapshot => ({
  ref: textFromKey(row.ref),
  version: versionFromSeq(row.seq),
  type: textFromKey(row.type),
  ...(row.owner === null ? {} : { owner: textFromKey(row.owner) }),
  state: textFromKey(row.state),
  ...(row.status === null ? {} : { status: textFromKey(row.status) }),
  ...(row.created_ms === null ? {} : { createdAtMs: row.created_ms }),
  ...(row.changed_ms === null ? {} : { changedAtMs: row.changed_ms }),
  fields
})

const foundFrom = (row: RecordRow): Found<RecordSnapshot> => {
  const fields = fieldsText.validate(row.fields, fieldsContext)
  if (E.isRight(fields)) return { _tag: 'Known', snapshot: snapshotFrom(row, fields.right) }
  return {
    _tag: 'Unreadable',
    ref: textFromKey(row.ref),
    why: 'malformed',
    paths: pathsOf(fields.left),
    version: versionFromSeq(row.seq)
  }
}

export const foundRows = /*#__PURE__*/ decodeRows(recordRow, foundFrom)

export const foundRow = /*#__PURE__*/ decodeRow(recordRow, foundFrom)

/** A row of the log: what changed last, in the order of the changes. */
export interface LogRow {
  readonly seq: number
  readonly change: ChangeRow<RecordSnapshot>
}

export const logRows = /*#__PURE__*/ decodeRows(
  t.type({ ref: t.string, seq: t.number, gone: t.number }),
  ({ ref, seq, gone }): LogRow => ({
    seq,
    change: { ref: textFromKey(ref), version: versionFromSeq(seq), ...(gone === 1 ? { gone: true } : {}) }
  })
)

/** A column of refs. */
export const refRows = /*#__PURE__*/ decodeRows(t.type({ ref: t.string }), ({ ref }): Ref => textFromKey(ref))

const operators: { readonly [op in CodeOperator]: null } = {
  exact: null,
  first: null,
  last: null,
  day: null,
  address: null,
  'message-id': null,
  conversation: null,
  subject: null
}

const codePart = /*#__PURE__*/ complete<CodePart>()(
  members('part of a code', { field: t.string, op: t.keyof(operators) }, { n: t.number })
)

const codeBody = /*#__PURE__*/ complete<MatchCode>()(
  members('match code', { parts: list(codePart), blanks: t.keyof({ skip: null, count: null }) }, {})
)

/** A code that records of one type are indexed by. */
export interface Indexed {
  readonly id: number
  readonly code: MatchCode
}

export const indexedRows = /*#__PURE__*/ decodeRows(
  t.type({ id: t.number, body: jsonText(codeBody) }),
  ({ id, body }): Indexed => ({ id, code: body })
)
