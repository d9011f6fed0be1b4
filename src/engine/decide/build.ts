/**
 * How decisions are put together: small builders that keep verdict, effects and link change in step.
 */
import type { Creation, Merge, Rules } from '../../mapping/index.js'
import type {
  Base,
  ConflictRow,
  DecisionFacts,
  EndedBy,
  Fields,
  InstantMs,
  ItemSnapshot,
  Link,
  MeetingMessages,
  Origin,
  Reason,
  RecordSnapshot,
  Ref
} from '../../model/index.js'
import { canonicalJson, fingerprint, invariant } from '../../model/index.js'
import type { Decided, LinkChange, Unit, Verdict } from '../unit.js'
import type { DecideContext } from './context.js'
import { relatedOf } from './sight.js'

/** What a decision says beside its unit. */
export interface Draft {
  readonly code: Reason
  readonly facts?: DecisionFacts
  readonly mail?:
    | { readonly op: 'create'; readonly fields: Fields; readonly folder?: string; readonly messages?: Told }
    | {
        readonly op: 'update'
        readonly set: Fields
        readonly messages?: Told
        readonly marks?: boolean
        /** All categories that it has afterwards. */
        readonly categories?: ReadonlyArray<string>
      }
    | { readonly op: 'delete'; readonly messages?: Told }
  readonly record?:
    | { readonly op: 'create'; readonly fields: Fields; readonly owner: string }
    | { readonly op: 'update'; readonly set: Fields }
    | { readonly op: 'delete' }
  readonly mailRows?: ReadonlyArray<string>
  readonly recordRows?: ReadonlyArray<string>
  readonly change?: LinkChange
  readonly conflicts?: ReadonlyArray<ConflictRow>
  readonly candidateDelete?: boolean
  readonly byPerson?: boolean
  readonly due?: Verdict['due']
  readonly claim?: Decided['claim']
}

/** Whom the mail server is asked to tell, if anybody. */
type Told = MeetingMessages | undefined

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
  // Every pair that a cycle looks at comes through here: fields are set where they are there, nothing is spread.
  const verdict: Growing<Verdict> = {
    key: unit.key,
    kind: unit.kind,
    type: unit.type,
    code: draft.code,
    facts: draft.facts ?? noFacts,
    mailRows: draft.mailRows ?? noRows,
    recordRows: draft.recordRows ?? noRows,
    link: linkWord(unit, draft.change),
    candidateDelete: draft.candidateDelete ?? false,
    byPerson: draft.byPerson ?? false,
    valueDigests: valueDigests(draft),
    conflicts: draft.conflicts?.length ?? 0
  }
  if (itemRef !== undefined) verdict.item = itemRef
  if (recordRef !== undefined) verdict.record = recordRef
  if (draft.mail !== undefined) verdict.mail = draft.mail.op
  if (draft.record !== undefined) verdict.recordOp = draft.record.op
  if (draft.due !== undefined) verdict.due = draft.due
  if (draft.mail?.messages !== undefined) verdict.messages = countsOf(draft.mail.messages)
  const writes = draft.mail !== undefined || draft.record !== undefined
  const made: Growing<Decided> = {
    unit,
    verdict,
    effects: writes ? effectsOf(seen, draft) : noEffects,
    change: draft.change ?? noChange,
    conflicts: draft.conflicts ?? noConflicts,
    snapshots: seen
  }
  if (draft.claim !== undefined) made.claim = draft.claim
  return made
}

type Growing<T> = { -readonly [K in keyof T]: T[K] }

const countsOf = ({ invitations, updates, cancellations }: MeetingMessages): NonNullable<Verdict['messages']> => ({
  invitations: invitations.length,
  updates: updates.length,
  cancellations: cancellations.length
})

const noFacts: DecisionFacts = {}
const noEffects: Decided['effects'] = {}
const noChange: LinkChange = { _tag: 'None' }
const noConflicts: ReadonlyArray<ConflictRow> = []

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
    case 'Remember':
      return 'release'
  }
}

/** One field set to one value on many pairs is what a wiped column looks like: fingerprints let a guard see it. */
const valueDigests = (draft: Draft): { readonly [row: string]: string } => {
  if (draft.mail?.op !== 'update' && draft.record?.op !== 'update') return noDigests
  const digests: { [row: string]: string } = {}
  if (draft.mail?.op === 'update') {
    for (const [field, value] of Object.entries(draft.mail.set))
      digests[`mail.${field}`] = fingerprint(canonicalJson(value))
  }
  if (draft.record?.op === 'update') {
    for (const [field, value] of Object.entries(draft.record.set))
      digests[`record.${field}`] = fingerprint(canonicalJson(value))
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
    effects.record = {
      _tag: 'Create',
      key: recordKey,
      id: '',
      fields: toRecord.fields,
      type: unit.type,
      owner: toRecord.owner
    }
  } else if (toRecord?.op === 'update') {
    effects.record = {
      _tag: 'Update',
      key: recordKey,
      ref: recordRef,
      type: unit.type,
      ...expected(record?.version),
      set: toRecord.set
    }
  } else if (toRecord?.op === 'delete') {
    effects.record = { _tag: 'Delete', key: recordKey, ref: recordRef, type: unit.type, ...expected(record?.version) }
  }
  if (mail?.op === 'create') {
    effects.mail = {
      _tag: 'Create',
      key: mailKey,
      id: '',
      fields: mail.fields,
      kind: unit.kind,
      ...(mail.folder === undefined ? {} : { folder: mail.folder }),
      ...told(mail)
    }
  } else if (mail?.op === 'update') {
    effects.mail = {
      _tag: 'Update',
      key: mailKey,
      ref: itemRef,
      type: unit.kind,
      ...expected(item?.version),
      set: mail.set,
      // The record is named once it is made.
      ...(mail.marks === true ? { marker: { tenant: '', record: recordRef } } : {}),
      ...(mail.categories === undefined ? {} : { categories: mail.categories }),
      ...told(mail)
    }
  } else if (mail?.op === 'delete') {
    effects.mail = {
      _tag: 'Delete',
      key: mailKey,
      ref: itemRef,
      type: unit.kind,
      ...expected(item?.version),
      ...told(mail)
    }
  }
  return effects as Decided['effects']
}

const told = ({ messages }: { readonly messages?: Told }): { readonly messages?: MeetingMessages } =>
  messages === undefined ? {} : { messages }

const expected = (version: string | undefined): { readonly expected?: string } =>
  version === undefined ? {} : { expected: version }

/** Nothing is written, the link stays as it is. */
export const nothing = (seen: Seen, code: Reason, facts?: DecisionFacts, due?: Draft['due']): Decided =>
  decided(seen, { code, ...(facts === undefined ? {} : { facts }), ...(due === undefined ? {} : { due }) })

/** A thing that could not be read as it should is set aside until it changes. */
export const invalid = (seen: Seen, paths: ReadonlyArray<string>): Decided =>
  nothing(seen, 'invalid-item', { paths }, { failure: false, rests: true })

/** What was malformed, by side and path, never by value. */
export const malformedPaths = (malformed: Creation['malformed']): ReadonlyArray<string> =>
  malformed.map(({ side, path }) => `${side}.${path}`)

/** The link ends, and nothing is written. */
export const ended = (seen: Seen, endedBy: EndedBy, code: Reason, facts?: DecisionFacts): Decided =>
  decided(seen, { code, ...(facts === undefined ? {} : { facts }), change: { _tag: 'End', endedBy } })

/** The facts of a merge: names of fields, by what happened to them. */
export const mergeFacts = (merge: Merge): DecisionFacts =>
  merge.code === 'unchanged' && merge.base === undefined
    ? noFacts
    : {
        ...(merge.mailRows.length === 0 ? {} : { toMail: merge.mailRows }),
        ...(merge.recordRows.length === 0 ? {} : { toRecord: merge.recordRows }),
        ...(merge.conflicts.length === 0
          ? {}
          : { conflicts: merge.conflicts.map(({ field }) => field), kept: merge.conflicts[0]?.kept ?? 'record' }),
        ...merge.rest,
        ...(merge.malformed.length === 0 ? {} : { paths: malformedPaths(merge.malformed) })
      }

export const creationFacts = (creation: Creation): DecisionFacts => ({
  ...(creation.rows.length === 0 ? {} : { fields: creation.rows }),
  ...(creation.refused.length === 0 ? {} : { refused: creation.refused })
})

/** The link after this decision: base, versions as read, and what the delete tables will ask later. */
export const put = (
  { item, record }: Seen,
  rules: Rules,
  given: {
    readonly origin: Origin
    readonly base: Base
    readonly before?: Base
    readonly revives?: string
    readonly writes?: Link['writes']
    readonly related?: ReadonlyArray<Ref>
    readonly filedAtMs?: InstantMs
    readonly made?: Reason
    readonly asked?: ReadonlyArray<string>
  }
): LinkChange => {
  const versions: { mail?: string; record?: string } = {}
  if (item?.version !== undefined) versions.mail = item.version
  if (record?.version !== undefined) versions.record = record.version
  const change: Growing<Extract<LinkChange, { readonly _tag: 'Put' }>> = {
    _tag: 'Put',
    origin: given.origin,
    base: given.base,
    before: given.before,
    versions,
    related: given.related ?? (record === undefined ? noRows : relatedOf(rules, record))
  }
  if (record?.owner !== undefined) change.owner = record.owner
  if (record !== undefined) change.state = record.state
  if (given.revives !== undefined) change.revives = given.revives
  if (given.writes !== undefined) change.writes = given.writes
  if (given.filedAtMs !== undefined) change.filedAtMs = given.filedAtMs
  if (given.made !== undefined) change.made = given.made
  if (given.asked !== undefined) change.asked = given.asked
  return change
}

/** What becomes of a message that is linked: e-mail has no base, so that the link says all (T10). */
export const withPut = (
  seen: Seen,
  code: Reason,
  facts: DecisionFacts,
  context: Pick<DecideContext, 'rules'>,
  given: {
    readonly record?: Draft['record']
    readonly marks?: boolean
    readonly categories?: ReadonlyArray<string>
    readonly claim?: Decided['claim']
    readonly revives?: string
    readonly filedAtMs?: InstantMs
    readonly made?: Reason
    readonly due?: Verdict['due']
  } = {}
): Decided => {
  const rules = context.rules.get(seen.unit.type)
  invariant(rules !== undefined, 'a message is decided under the mapping of its type')
  const { record, marks = false, categories, claim, due, ...link } = given
  return decided(seen, {
    code,
    facts,
    ...(record === undefined ? {} : { record }),
    ...(!marks && categories === undefined
      ? {}
      : { mail: { op: 'update', set: {}, marks, ...(categories === undefined ? {} : { categories }) } }),
    ...(claim === undefined ? {} : { claim }),
    ...(due === undefined ? {} : { due }),
    change: put(seen, rules, { origin: 'tracked', base: noBase, related: noRows, ...link })
  })
}

const noBase: Base = { mail: [], record: [] }

export const conflictRows = (seen: Seen, merge: Merge, context: DecideContext): ReadonlyArray<ConflictRow> =>
  merge.conflicts.length === 0
    ? noConflicts
    : merge.conflicts.map(({ field, kept }) => ({
        item: seen.item?.ref ?? '',
        record: seen.record?.ref ?? '',
        type: seen.unit.type,
        field,
        kept,
        cycle: context.cycle,
        atMs: context.nowMs
      }))

/** 2.3/17: nothing flows either way and nothing is deleted until access returns. */
export const rests = (seen: Seen): Decided =>
  nothing(seen, 'missing-privilege', { rests: true }, { failure: false, rests: false })

export const later = (seen: Seen): Decided => nothing(seen, 'retry-later', {}, { failure: false, rests: false })

/** Carried out, and looked at once more: what the engine wrote itself comes back as an echo that nobody looks at. */
export const lookAgain = { failure: false, rests: false, again: true } as const
