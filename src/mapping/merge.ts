/**
 * The three-way merge of one pair: each side against its own base, field by field, under effective directions and
 * the policy for conflicts. Pure and total; it knows no stores and no clock. Deletes are not its business.
 *
 * A quiet pair costs one comparison per row and side and allocates nothing.
 */
import type { Base, BaseValue, Fields, InstantMs, Reason, Side, Value } from '../model/index.js'
import { canonicalJson, invariant, isDigest } from '../model/index.js'
import type { Flow, Rules } from './access.js'
import { type BaseDigestOf, baseValueOf } from './base.js'
import type { ConvertContext } from './convert/index.js'
import { toMailBit, toRecordBit } from './direction.js'
import type { RelatedNames, ShapeRow } from './rule.js'

/** What became of one field, before directions and policy (2.4/19, 20). @public */
export type FieldMerge<V> =
  | { readonly _tag: 'Keep' }
  | { readonly _tag: 'Agree'; readonly converged: boolean }
  | { readonly _tag: 'Take'; readonly from: Side; readonly value: V }
  | { readonly _tag: 'Conflict'; readonly mail: V; readonly record: V }

/**
 * The pure heart of the merge, for values of one kind. Laws: MERGE-1 idempotence, MERGE-2 a one-sided change is
 * taken, MERGE-3 swapping the sides swaps the result.
 * @public
 */
export const mergeField =
  <V>(equals: (x: V, y: V) => boolean) =>
  (baseMail: V, mail: V, baseRecord: V, record: V): FieldMerge<V> => {
    const mailChanged = !equals(mail, baseMail)
    const recordChanged = !equals(record, baseRecord)
    if (!mailChanged && !recordChanged) return { _tag: 'Keep' }
    if (equals(mail, record)) return { _tag: 'Agree', converged: mailChanged && recordChanged }
    if (!recordChanged) return { _tag: 'Take', from: 'mail', value: mail }
    if (!mailChanged) return { _tag: 'Take', from: 'record', value: record }
    return { _tag: 'Conflict', mail, record }
  }

/** How a conflict ends (2.4/21). `latest-else-ask`: the later one where two server times lie further apart than the skew. @public */
export type ConflictPolicy = 'record-wins' | 'mail-wins' | 'latest-wins' | 'latest-else-ask' | 'ask'

/** Everything the merge asks beside the rules. @public */
export interface MergeContext {
  readonly policy: ConflictPolicy
  /** A person's answer to an open question: that side wins every conflict of the pair. */
  readonly answer?: Side
  /** Fields, by side, that are too long for a snapshot and stand in content refs: their rows are left as they are. */
  readonly withheld?: { readonly mail: ReadonlyArray<string>; readonly record: ReadonlyArray<string> }
  /** Rows that the item owes to the record's value, whoever may edit them now. */
  readonly owed?: ReadonlyArray<string>
  /** Why no edit of the mailbox is taken from this pair, if none is. */
  readonly refuseMail?: Reason
  /** Why nothing is written to the item now: what is due to it stays due. */
  readonly holdMail?: { readonly code: Reason; readonly rows?: ReadonlySet<string> }
  readonly mailChangedAtMs?: InstantMs
  readonly recordChangedAtMs?: InstantMs
  /** Whether both change times are those of a server. */
  readonly serverTimes: boolean
  readonly clockSkewMs: number
  readonly names: RelatedNames
  /** What converters ask: zones, the time, names. */
  readonly convert: ConvertContext
  readonly digest: BaseDigestOf
  /** Whether the base is kept as digests. */
  readonly digestBase: boolean
  /** Whether the engine has written this value to this field so often that it stops (`freeze`). */
  readonly isFrozen?: (side: Side, row: string, value: Value) => boolean
}

/** Both sides of a pair as they are now. @public */
export interface PairFields {
  readonly mail: Fields
  readonly record: Fields
}

/** A merged pair. `base` is what both sides hold once the writes are done; absent where it stays as it is. @public */
export interface Merge {
  readonly code: Reason
  /** Fields to set on each side; absent: no write. */
  readonly setMail?: Fields
  readonly setRecord?: Fields
  /** Names of the rows written to each side. */
  readonly mailRows: ReadonlyArray<string>
  readonly recordRows: ReadonlyArray<string>
  readonly conflicts: ReadonlyArray<{ readonly field: string; readonly kept: Side }>
  readonly base?: Base
  /** Rows behind the code that were not written: refused, blocked, on the wrong side, asked about. */
  readonly rest: { readonly [group: string]: ReadonlyArray<string> }
  /** Fields that do not hold what the row expects: the pair is set aside. */
  readonly malformed: ReadonlyArray<{ readonly side: Side; readonly path: string }>
}

const quiet: Merge = { code: 'unchanged', mailRows: [], recordRows: [], conflicts: [], rest: {}, malformed: [] }

/**
 * Merges one pair. `base` stands in the order of the rows of `rules.shape`; the context may be made when it is first
 * needed, which for a quiet pair it is not.
 * @public
 */
export const mergeFields = (
  rules: Rules,
  base: Base,
  pair: PairFields,
  context: MergeContext | (() => MergeContext)
): Merge => {
  const changed = changedRows(rules, base, pair)
  if (changed.length === 0) return quiet
  return mergeChanged(rules, base, pair, typeof context === 'function' ? context() : context, changed)
}

/** Rows in which a side does not hold, to the letter, what its base says. */
const changedRows = (rules: Rules, base: Base, pair: PairFields): ReadonlyArray<number> => {
  const { rows } = rules.shape
  let changed: Array<number> | undefined
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as ShapeRow
    const baseMail = base.mail[index] as BaseValue
    const baseRecord = base.record[index] as BaseValue
    if (isPlainlySame(row, pair, baseMail, baseRecord)) continue
    if (
      isDigest(baseMail) ||
      isDigest(baseRecord) ||
      row.nameOf !== undefined ||
      !row.mail.holds(pair.mail, baseMail) ||
      !row.record.holds(pair.record, baseRecord)
    ) {
      changed ??= []
      changed.push(index)
    }
  }
  return changed ?? none
}
const none: ReadonlyArray<number> = []

/** Most fields of most pairs: one name on either side, and the very text that the base holds. */
const isPlainlySame = ({ plain }: ShapeRow, pair: PairFields, baseMail: BaseValue, baseRecord: BaseValue): boolean =>
  plain !== undefined && pair.mail[plain.mail] === baseMail && pair.record[plain.record] === baseRecord

/** One row, lifted and compared. */
interface Sighting {
  readonly index: number
  readonly row: ShapeRow
  readonly flow: Flow
  readonly mail: Value
  readonly record: Value
  readonly mailChanged: boolean
  readonly recordChanged: boolean
}

const sight = (rules: Rules, base: Base, pair: PairFields, context: MergeContext, index: number): Sighting => {
  const row = rules.shape.rows[index] as ShapeRow
  const mail = row.mail.lift(pair.mail, context.names)
  const record = row.record.lift(pair.record, context.names)
  return {
    index,
    row,
    flow: rules.flows[index] as Flow,
    mail,
    record,
    mailChanged: !holdsBase('mail', row, base.mail[index] ?? null, mail, context),
    recordChanged: !holdsBase('record', row, base.record[index] ?? null, record, context)
  }
}

/** Whether a side still holds what its base says, by the row's normal form. */
export const holdsBase = (
  side: Side,
  row: ShapeRow,
  base: BaseValue,
  value: Value,
  context: Pick<MergeContext, 'digest'>
): boolean => {
  const normal = row[side].normal(value)
  return isDigest(base) ? base.digest === context.digest(side, row.name, normal) : same(normal, row[side].normal(base))
}

/** Normal forms are texts, numbers, or lists of them; of a host's own objects the order of members says nothing. */
const same = (x: Value, y: Value): boolean =>
  x === y ||
  (typeof x === 'object' &&
    typeof y === 'object' &&
    x !== null &&
    y !== null &&
    (JSON.stringify(x) === JSON.stringify(y) || canonicalJson(x) === canonicalJson(y)))

/** What happens to one changed row. */
type Fate =
  | 'same'
  | 'agree'
  | 'converged'
  | 'to-record'
  | 'to-mail'
  | 'reset'
  | 'blocked'
  | 'blocked-to-mail'
  | 'blocked-to-record'
  | 'wrong-side'
  | 'refused'
  | 'refused-to-mail'
  | 'refused-blocked'
  | 'mail-kept'
  | 'record-kept'
  | 'ask'
  | 'frozen'
  | 'held'

const agree = ({ row, mail, record }: Sighting, { convert }: MergeContext): boolean =>
  same(row.record.normal(row.toRecord(mail, record, convert)), row.record.normal(record))

/** A write that would only repeat itself is left out, and the base moves: the two sides keep what they hold. */
const fateOf = (seen: Sighting, context: MergeContext): Fate => {
  const fate = flowingFate(seen, context)
  const { row, mail, record, mailChanged, recordChanged } = seen
  // What a lossy converter shows as before is no write: the item holds it already, and only the bases move.
  const { convert } = context
  if (writesMail[fate] && same(row.mail.normal(row.toMail(record, mail, convert)), row.mail.normal(mail))) {
    return mailChanged && recordChanged ? 'converged' : 'agree'
  }
  // What is due to the item waits with its conflict, whoever would win it (4.4/14).
  if (isHeld(row.name, context) && (writesMail[fate] || conflicts[fate])) return 'held'
  if (context.isFrozen === undefined) return fate
  if (writesMail[fate] && context.isFrozen('mail', row.name, row.mail.normal(row.toMail(record, mail, convert))))
    return 'frozen'
  if (
    writesRecord[fate] &&
    context.isFrozen('record', row.name, row.record.normal(row.toRecord(mail, record, convert)))
  )
    return 'frozen'
  return fate
}

const isHeld = (row: string, { holdMail }: MergeContext): boolean =>
  holdMail !== undefined && (holdMail.rows === undefined || holdMail.rows.has(row))

const conflicts: { readonly [fate in Fate]?: true } = { 'mail-kept': true, 'record-kept': true, ask: true }

const flowingFate = (seen: Sighting, context: MergeContext): Fate => {
  const { flow, mailChanged, recordChanged } = seen
  // Without read nothing is written to the item, not even what it owes (2.3/13): it keeps the value, which is never stored.
  if (context.owed?.includes(seen.row.name) === true)
    return agree(seen, context) ? 'agree' : flow.toMail ? 'reset' : 'blocked'
  if (!mailChanged && !recordChanged) return 'same'
  if (agree(seen, context)) return mailChanged && recordChanged ? 'converged' : 'agree'
  if (mailChanged && context.refuseMail !== undefined) {
    if (!recordChanged) return 'refused'
    return flow.toMail ? 'refused-to-mail' : recordEdit(flow) === 'blocked' ? 'refused-blocked' : 'refused'
  }
  if (!recordChanged) return mailEdit(flow)
  if (!mailChanged) return recordEdit(flow)
  return bothEdited(flow, context, seen.row.row.latestWins === true)
}

const mailEdit = (flow: Flow): Fate => {
  if ((flow.configured & toRecordBit) === 0) return 'wrong-side'
  if (flow.toRecord) return 'to-record'
  return flow.resets ? 'reset' : 'blocked'
}

const recordEdit = (flow: Flow): Fate => {
  if ((flow.configured & toMailBit) === 0) return 'wrong-side'
  return flow.toMail ? 'to-mail' : 'blocked'
}

/** Only where both directions are effective is it a conflict; in a one-way field the source wins. */
const bothEdited = (flow: Flow, context: MergeContext, latestWins: boolean): Fate => {
  if (flow.toMail && flow.toRecord) return latestWins ? latest(context) : resolution(context)
  const heldBack = recordEdit(flow) === 'blocked'
  if (flow.toRecord) return heldBack ? 'blocked-to-record' : 'to-record'
  const refused = mailEdit(flow)
  if (!flow.toMail) return heldBack ? 'blocked' : refused
  return refused === 'wrong-side' ? 'to-mail' : refused === 'reset' ? 'reset' : 'blocked-to-mail'
}

const resolution = (context: MergeContext): Fate => {
  if (context.answer !== undefined) return context.answer === 'mail' ? 'mail-kept' : 'record-kept'
  switch (context.policy) {
    case 'record-wins':
      return 'record-kept'
    case 'mail-wins':
      return 'mail-kept'
    case 'latest-wins':
      return latest(context)
    case 'latest-else-ask':
      return latestElseAsk(context)
    case 'ask':
      return 'ask'
  }
}

const latest = ({ mailChangedAtMs = 0, recordChangedAtMs = 0 }: MergeContext): Fate =>
  mailChangedAtMs > recordChangedAtMs ? 'mail-kept' : 'record-kept'

const latestElseAsk = ({ mailChangedAtMs, recordChangedAtMs, serverTimes, clockSkewMs }: MergeContext): Fate => {
  if (!serverTimes || mailChangedAtMs === undefined || recordChangedAtMs === undefined) return 'ask'
  const apart = mailChangedAtMs - recordChangedAtMs
  if (Math.abs(apart) <= clockSkewMs) return 'ask'
  return apart > 0 ? 'mail-kept' : 'record-kept'
}

const writesRecord: { readonly [fate in Fate]?: true } = {
  'to-record': true,
  'blocked-to-record': true,
  'mail-kept': true
}
const writesMail: { readonly [fate in Fate]?: true } = {
  'to-mail': true,
  reset: true,
  'blocked-to-mail': true,
  'refused-to-mail': true,
  'record-kept': true
}

const mergeChanged = (
  rules: Rules,
  base: Base,
  pair: PairFields,
  context: MergeContext,
  indexes: ReadonlyArray<number>
): Merge => {
  // A name that is not known now says nothing about the row: it is left as it is until it is known.
  const rowAt = (index: number): ShapeRow => rules.shape.rows[index] as ShapeRow
  const withheld = indexes.filter((index) => isWithheld(rowAt(index), context))
  const known = indexes.filter((index) => !isNameUnknown(rowAt(index), pair, context) && !withheld.includes(index))
  const seen = known.map((index) => sight(rules, base, pair, context, index))
  const malformed = seen.flatMap((sighting) => faultsOf(sighting, context.convert))
  if (malformed.length > 0) return { ...quiet, code: 'invalid-item', malformed }
  const fated = seen.map((sighting) => ({ sighting, fate: fateOf(sighting, context) }))
  // Digests say everything to the letter: a pair that holds what they say is quiet, and its row is not written again.
  const isQuiet = fated.every(
    ({ fate, sighting: { index } }) => fate === 'same' && isDigest(base.mail[index]) && isDigest(base.record[index])
  )
  if (context.digestBase && isQuiet) return quiet
  const asked = fated.filter(({ fate }) => fate === 'ask')
  if (asked.length > 0)
    return { ...quiet, code: 'needs-decision', rest: { asked: asked.map(({ sighting }) => sighting.row.name) } }
  const merged = resultOf(rules, base, pair, context, fated)
  return withheld.length === 0
    ? merged
    : { ...merged, rest: { ...merged.rest, withheld: withheld.map((index) => rowAt(index).name) } }
}

const isWithheld = ({ mail, record }: ShapeRow, { withheld }: MergeContext): boolean =>
  withheld !== undefined &&
  (mail.fields.some((field) => withheld.mail.includes(field)) ||
    record.fields.some((field) => withheld.record.includes(field)))

const isNameUnknown = (row: ShapeRow, pair: PairFields, context: MergeContext): boolean => {
  if (row.nameOf === undefined) return false
  const target = pair.record[row.nameOf]
  return typeof target === 'string' && target !== '' && context.names.get(target) === undefined
}

const faultsOf = (
  { row, mail, record, mailChanged, recordChanged }: Sighting,
  convert: ConvertContext
): ReadonlyArray<{ readonly side: Side; readonly path: string }> => {
  const faults: Array<{ readonly side: Side; readonly path: string }> = []
  if (mailChanged && mail !== null && !row.mail.accepts(mail, convert))
    faults.push({ side: 'mail', path: `fields.${row.name}: expected ${row.mail.expected}` })
  if (recordChanged && record !== null && row.nameOf === undefined && !row.record.accepts(record, convert)) {
    faults.push({ side: 'record', path: `fields.${row.record.fields[0] ?? row.name}: expected ${row.record.expected}` })
  }
  return faults
}

interface Fated {
  readonly sighting: Sighting
  readonly fate: Fate
}

const resultOf = (
  rules: Rules,
  base: Base,
  pair: PairFields,
  context: MergeContext,
  fated: ReadonlyArray<Fated>
): Merge => {
  const mail = base.mail.slice()
  const record = base.record.slice()
  let setMail: Fields | undefined
  let setRecord: Fields | undefined
  for (const { sighting, fate } of fated) {
    // Its base stays behind, so that the next look finds the same edits.
    if (fate === 'held') continue
    const { row, index } = sighting
    const nextMail = writesMail[fate] ? row.toMail(sighting.record, sighting.mail, context.convert) : sighting.mail
    const nextRecord = writesRecord[fate]
      ? row.toRecord(sighting.mail, sighting.record, context.convert)
      : sighting.record
    if (writesMail[fate]) setMail = { ...setMail, ...row.mail.set(nextMail, { ...pair.mail, ...setMail }) }
    if (writesRecord[fate])
      setRecord = { ...setRecord, ...row.record.set(nextRecord, { ...pair.record, ...setRecord }) }
    mail[index] = baseValueOf('mail', row, nextMail, context)
    record[index] = baseValueOf('record', row, nextRecord, context)
  }
  const rowsOf = (table: { readonly [fate in Fate]?: true }): ReadonlyArray<string> =>
    fated.filter(({ fate }) => table[fate]).map(({ sighting }) => sighting.row.name)
  const merged: Merge = {
    code: codeOf(fated, context),
    ...(setMail === undefined ? {} : { setMail }),
    ...(setRecord === undefined ? {} : { setRecord }),
    mailRows: rowsOf(writesMail),
    recordRows: rowsOf(writesRecord),
    conflicts: fated.flatMap(({ sighting, fate }) =>
      fate === 'mail-kept' || fate === 'record-kept'
        ? [{ field: sighting.row.name, kept: fate === 'mail-kept' ? ('mail' as const) : ('record' as const) }]
        : []
    ),
    base: { mail, record },
    rest: restOf(fated),
    malformed: []
  }
  invariant(mail.length === rules.shape.rows.length, 'a base holds one value per row of its shape')
  return merged
}

const restGroups: { readonly [fate in Fate]?: string } = {
  reset: 'reset',
  blocked: 'blocked',
  'blocked-to-mail': 'blocked',
  'blocked-to-record': 'blocked',
  'wrong-side': 'wrongSide',
  refused: 'refused',
  'refused-to-mail': 'refused',
  'refused-blocked': 'refused',
  frozen: 'frozen',
  held: 'held',
  converged: 'converged'
}

const restOf = (fated: ReadonlyArray<Fated>): { readonly [group: string]: ReadonlyArray<string> } => {
  const rest: { [group: string]: ReadonlyArray<string> } = {}
  for (const { sighting, fate } of fated) {
    const group = restGroups[fate]
    if (group === undefined) continue
    rest[group] = [...(rest[group] ?? []), sighting.row.name]
  }
  return rest
}

/** Of several codes of one pair the first of 2.0's list. */
const codeOf = (fated: ReadonlyArray<Fated>, context: MergeContext): Reason => {
  const has = (...fates: ReadonlyArray<Fate>): boolean => fated.some(({ fate }) => fates.includes(fate))
  const refused = has('refused', 'refused-to-mail', 'refused-blocked')
  const early = context.refuseMail === 'private-item' || context.refuseMail === 'closed-record'
  if (refused && early && context.refuseMail !== undefined) return context.refuseMail
  if (has('mail-kept', 'record-kept')) return 'conflict-resolved'
  if (has('reset')) return 'security-reset'
  if (has('blocked', 'blocked-to-mail', 'blocked-to-record', 'refused-blocked')) return 'security-blocked'
  if (has('frozen')) return 'frozen-field'
  if (refused && context.refuseMail !== undefined && context.refuseMail !== 'wrong-side-edit') return context.refuseMail
  if (has('held') && context.holdMail !== undefined) return context.holdMail.code
  const wroteMail = fated.some(({ fate }) => writesMail[fate])
  const wroteRecord = fated.some(({ fate }) => writesRecord[fate])
  if (wroteMail && wroteRecord) return 'both-ways'
  if (wroteRecord) return 'to-record'
  if (wroteMail) return 'to-mail'
  if (has('wrong-side') || refused) return 'wrong-side-edit'
  return has('converged') ? 'converged' : 'unchanged'
}
