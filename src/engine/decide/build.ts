/**
 * How decisions are put together: small builders that keep verdict, effects and link change in step.
 */
import type { Creation, Merge, RelatedNames, Rules } from '../../mapping/index.js'
import type { Base, ConflictRow, DecisionFacts, EndedBy, Fields, ItemSnapshot, Link, Origin, Reason, RecordSnapshot, Ref } from '../../model/index.js'
import { canonicalJson, fingerprint } from '../../model/index.js'
import type { Decided, LinkChange, Unit, Verdict } from '../unit.js'
import type { DecideContext } from './context.js'
import { relatedOf } from './asks.js'

/** What a decision says beside its unit. */
export interface Draft {
  readonly code: Reason
  readonly facts?: DecisionFacts
  readonly mail?: { readonly op: 'create'; readonly fields: Fields; readonly folder?: string } | { readonly op: 'update'; readonly set: Fields } | { readonly op: 'delete' }
  readonly record?: { readonly op: 'create'; readonly fields: Fields; readonly owner: string } | { readonly op: 'update'; readonly set: Fields } | { readonly op: 'delete' }
  readonly mailRows?: ReadonlyArray<string>
  readonly recordRows?: ReadonlyArray<string>
  readonly change?: LinkChange
  readonly conflicts?: ReadonlyArray<ConflictRow>
  readonly candidateDelete?: boolean
  readonly byPerson?: boolean
  readonly due?: { readonly failure: boolean; readonly rests: boolean }
  readonly claim?: Decided['claim']
}

/** Who is looked at: the unit and its two things as they are now. */
export interface Seen {
  readonly unit: Unit
  readonly item?: ItemSnapshot
  readonly record?: RecordSnapshot
}

const noRows: ReadonlyArray<string> = []
const noDigests: { readonly [row: string]: string } = {}

/** Turns a draft into a decision: effects get their refs, versions and keys, the verdict only names. */
export const decided = (seen: Seen, draft: Draft): Decided => {
  const { unit, item, record } = seen
  const itemRef = item?.ref ?? unit.item?.ref
  const recordRef = record?.ref ?? unit.record?.ref
  const verdict: Verdict = {
    key: unit.key,
    ...(itemRef === undefined ? {} : { item: itemRef }),
    ...(recordRef === undefined ? {} : { record: recordRef }),
    kind: unit.kind,
    type: unit.type,
    code: draft.code,
    facts: draft.facts ?? {},
    ...(draft.mail === undefined ? {} : { mail: draft.mail.op }),
    ...(draft.record === undefined ? {} : { recordOp: draft.record.op }),
    mailRows: draft.mailRows ?? noRows,
    recordRows: draft.recordRows ?? noRows,
    link: linkWord(unit, draft.change),
    candidateDelete: draft.candidateDelete ?? false,
    byPerson: draft.byPerson ?? false,
    valueDigests: valueDigests(draft),
    conflicts: draft.conflicts?.length ?? 0,
    ...(draft.due === undefined ? {} : { due: draft.due })
  }
  return {
    unit,
    verdict,
    effects: effectsOf(seen, draft),
    change: draft.change ?? { _tag: 'None' },
    conflicts: draft.conflicts ?? [],
    snapshots: { ...(item === undefined ? {} : { item }), ...(record === undefined ? {} : { record }) },
    ...(draft.claim === undefined ? {} : { claim: draft.claim }),
    bytes: draft.mail === undefined && draft.record === undefined ? 100 : 200 + textLength(item?.fields) + textLength(record?.fields)
  }
}

const linkWord = (unit: Unit, change: LinkChange | undefined): Verdict['link'] => {
  switch (change?._tag) {
    case undefined:
    case 'None':
      return 'none'
    case 'Put':
      return unit.link === undefined ? 'new' : 'put'
    case 'End':
      return 'end'
    case 'Release':
      return 'release'
  }
}

const textLength = (fields: Fields | undefined): number => {
  let length = 0
  for (const field in fields) {
    const value = fields[field]
    length += field.length + (typeof value === 'string' ? value.length : 16)
  }
  return length
}

/** One field set to one value on many pairs is what a wiped column looks like: fingerprints let a guard see it. */
const valueDigests = (draft: Draft): { readonly [row: string]: string } => {
  if (draft.mail?.op !== 'update' && draft.record?.op !== 'update') return noDigests
  const digests: { [row: string]: string } = {}
  if (draft.mail?.op === 'update') {
    for (const [field, value] of Object.entries(draft.mail.set)) digests[`mail.${field}`] = fingerprint(canonicalJson(value))
  }
  if (draft.record?.op === 'update') {
    for (const [field, value] of Object.entries(draft.record.set)) digests[`record.${field}`] = fingerprint(canonicalJson(value))
  }
  return digests
}

const effectsOf = ({ unit, item, record }: Seen, { mail, record: toRecord }: Draft): Decided['effects'] => {
  const itemRef = item?.ref ?? unit.item?.ref ?? ''
  const recordRef = record?.ref ?? unit.record?.ref ?? ''
  const mailKey = `${unit.key} mail`
  const recordKey = `${unit.key} record`
  const effects: { mail?: Decided['effects']['mail']; record?: Decided['effects']['record'] } = {}
  if (toRecord?.op === 'create') {
    effects.record = { _tag: 'Create', key: recordKey, id: '', fields: toRecord.fields, type: unit.type, owner: toRecord.owner }
  } else if (toRecord?.op === 'update') {
    effects.record = { _tag: 'Update', key: recordKey, ref: recordRef, type: unit.type, ...expected(record?.version), set: toRecord.set }
  } else if (toRecord?.op === 'delete') {
    effects.record = { _tag: 'Delete', key: recordKey, ref: recordRef, type: unit.type, ...expected(record?.version) }
  }
  if (mail?.op === 'create') {
    effects.mail = { _tag: 'Create', key: mailKey, id: '', fields: mail.fields, kind: unit.kind, ...(mail.folder === undefined ? {} : { folder: mail.folder }) }
  } else if (mail?.op === 'update') {
    effects.mail = { _tag: 'Update', key: mailKey, ref: itemRef, type: unit.kind, ...expected(item?.version), set: mail.set }
  } else if (mail?.op === 'delete') {
    effects.mail = { _tag: 'Delete', key: mailKey, ref: itemRef, type: unit.kind, ...expected(item?.version) }
  }
  return effects as Decided['effects']
}

const expected = (version: string | undefined): { readonly expected?: string } => (version === undefined ? {} : { expected: version })

/** Nothing is written, the link stays as it is. */
export const nothing = (seen: Seen, code: Reason, facts?: DecisionFacts, due?: Draft['due']): Decided =>
  decided(seen, { code, ...(facts === undefined ? {} : { facts }), ...(due === undefined ? {} : { due }) })

/** The link ends, and nothing is written. */
export const ended = (seen: Seen, endedBy: EndedBy, code: Reason, facts?: DecisionFacts): Decided =>
  decided(seen, { code, ...(facts === undefined ? {} : { facts }), change: { _tag: 'End', endedBy } })

/** The facts of a merge: names of fields, by what happened to them. */
export const mergeFacts = (merge: Merge): DecisionFacts => ({
  ...(merge.mailRows.length === 0 ? {} : { toMail: merge.mailRows }),
  ...(merge.recordRows.length === 0 ? {} : { toRecord: merge.recordRows }),
  ...(merge.conflicts.length === 0 ? {} : { conflicts: merge.conflicts.map(({ field }) => field), kept: merge.conflicts[0]?.kept ?? 'record' }),
  ...merge.rest,
  ...(merge.malformed.length === 0 ? {} : { paths: merge.malformed.map(({ side, path }) => `${side}.${path}`) })
})

export const creationFacts = (creation: Creation): DecisionFacts => ({
  ...(creation.rows.length === 0 ? {} : { fields: creation.rows }),
  ...(creation.refused.length === 0 ? {} : { refused: creation.refused })
})

/** The link after this decision: base, versions as read, and what the delete tables will ask later. */
export const put = (
  seen: Seen,
  rules: Rules,
  given: {
    readonly origin: Origin
    readonly base: Base
    readonly before?: Base
    readonly revives?: string
    readonly writes?: Link['writes']
    readonly related?: ReadonlyArray<Ref>
  }
): LinkChange => ({
  _tag: 'Put',
  origin: given.origin,
  base: given.base,
  before: given.before,
  versions: {
    ...(seen.item?.version === undefined ? {} : { mail: seen.item.version }),
    ...(seen.record?.version === undefined ? {} : { record: seen.record.version })
  },
  ...(seen.record?.owner === undefined ? {} : { owner: seen.record.owner }),
  ...(seen.record === undefined ? {} : { state: seen.record.state }),
  related: given.related ?? (seen.record === undefined ? [] : relatedOf(rules, seen.record)),
  ...(given.revives === undefined ? {} : { revives: given.revives }),
  ...(given.writes === undefined ? {} : { writes: given.writes })
})

export const conflictRows = (seen: Seen, merge: Merge, context: DecideContext): ReadonlyArray<ConflictRow> =>
  merge.conflicts.map(({ field, kept }) => ({
    item: seen.item?.ref ?? '',
    record: seen.record?.ref ?? '',
    type: seen.unit.type,
    field,
    kept,
    cycle: context.cycle,
    atMs: context.nowMs
  }))

export const noNames: RelatedNames = new Map()
