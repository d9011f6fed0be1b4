/**
 * From outcomes to rows: what is stored once the effects of a unit have been tried. A side that failed keeps its old
 * base in the rows that were meant for it, so that the next cycle finds the same edit again.
 */
import { type BaseContext, baseSide, type Rules } from '../mapping/index.js'
import type {
  Base,
  BaseValue,
  ConflictRow,
  DecisionFacts,
  DecisionRow,
  FormerLink,
  InstantMs,
  Link,
  Outcome,
  Reason,
  Side,
  Snapshot,
  SyncError
} from '../model/index.js'
import { canonicalJson } from '../model/index.js'
import type { SendOutcome } from './send/outcome.js'
import { carries } from './track/category.js'
import { decisionRows } from './rows.js'
import type { Decided, LinkChange } from './unit.js'

/** What became of the effects of one unit. `unsure`: the write may have happened; its intent stays open. */
export interface Tried {
  readonly mail?: Outcome
  readonly record?: Outcome
  /** The record's write failed, so the item's was not tried. */
  readonly mailSkipped?: boolean
  /** Sides on which the thing was there already: it was found, not made. */
  readonly adopted?: ReadonlyArray<Side>
  /** Of a message that was to be sent: what came of it. */
  readonly sent?: SendOutcome
  /** Writes of the record side beside the unit's own: a person who was made, the second write of a message that was sent. */
  readonly more?: number
  /** What the store holds after the write, where it was seen. */
  readonly seen: { readonly mail?: Snapshot; readonly record?: Snapshot }
}

/** Rows for the commit of one unit. */
export interface Settled {
  readonly code: Reason
  readonly facts: DecisionFacts
  readonly done: boolean
  readonly error?: SyncError
  readonly failedSide?: Side
  readonly sent?: SendOutcome
  readonly link?: Link
  readonly ended?: FormerLink
  readonly revived?: string
  readonly decisions: ReadonlyArray<DecisionRow>
  readonly conflicts: ReadonlyArray<ConflictRow>
}

/** What settling is told about the cycle. */
export interface SettleContext {
  readonly mailbox: string
  readonly cycle: string
  readonly nowMs: InstantMs
  readonly rules: Rules | undefined
  readonly baseContext: BaseContext | undefined
  readonly linkId: string
  /** The tracking category, where one is in force for the kind. */
  readonly category: string | undefined
  /** Whether each side's store refuses a stale write. */
  readonly conditional: { readonly mail: boolean; readonly record: boolean }
}

export const settle = (decided: Decided, tried: Tried, context: SettleContext): Settled => {
  const failed = failureOf(tried)
  const { facts } = decided.verdict
  const code = codeAfter(decided, tried)
  const base: Settled = {
    code,
    ...(tried.sent === undefined ? {} : { sent: tried.sent }),
    facts,
    done: failed === undefined,
    ...(failed === undefined ? {} : { error: failed.error, failedSide: failed.side }),
    decisions: [],
    conflicts: resolvedConflicts(decided, tried, failed !== undefined)
  }
  const { change } = decided
  if (change._tag === 'Put')
    return {
      ...base,
      ...putLink(decided, change, tried, context),
      ...(change.revives === undefined ? {} : { revived: change.revives })
    }
  if (failed !== undefined) return base
  if (change._tag === 'End') return { ...base, ...endLink(decided, change, code, tried, context) }
  if (change._tag === 'Release') return { ...base, ended: { ...change.former, endedBy: 'left', atMs: context.nowMs } }
  if (change._tag === 'Remember') return { ...base, ...remember(decided, change.former, code, tried, context) }
  return { ...base, ...touchLink(decided, code, context) }
}

/** A message that somebody else has stored a moment before was found, not made. */
const codeAfter = ({ unit, verdict }: Decided, { adopted }: Tried): Reason =>
  unit.kind === 'email' && verdict.recordOp === 'create' && adopted?.includes('record') === true
    ? 'already-tracked'
    : verdict.code

/** A conflict is resolved where the side that lost was written, even if the pair's other write failed. */
const resolvedConflicts = ({ conflicts }: Decided, tried: Tried, failed: boolean): ReadonlyArray<ConflictRow> =>
  failed ? conflicts.filter(({ kept }) => tried[kept === 'mail' ? 'record' : 'mail']?._tag === 'Done') : conflicts

const failureOf = (tried: Tried): { readonly error: SyncError; readonly side: Side } | undefined => {
  if (tried.record?._tag === 'Failed') return { error: tried.record.error, side: 'record' }
  if (tried.mail?._tag === 'Failed') return { error: tried.mail.error, side: 'mail' }
  return undefined
}

/** A decision about a linked pair is kept with its link; one about anything else in a row of its own. */
const touchLink = (decided: Decided, code: Reason, context: SettleContext): Pick<Settled, 'link' | 'decisions'> => {
  const { link } = decided.unit
  if (link !== undefined) {
    // That nothing was found says nothing new: whoever asks is told `unchanged` by the cycle, and what came before.
    const isSame =
      code === 'unchanged' ||
      (code === link.decided.code && canonicalJson(decided.verdict.facts) === canonicalJson(link.decided.facts))
    return isSame ? { decisions: [] } : { link: { ...link, decided: decision(code, decided, context) }, decisions: [] }
  }
  return { decisions: code === 'not-requested' ? [] : decisionRows(decided.verdict, decision(code, decided, context)) }
}

const decision = (code: Reason, decided: Decided, context: SettleContext): Link['decided'] => ({
  code,
  facts: decided.verdict.facts,
  cycle: context.cycle,
  atMs: context.nowMs
})

const endLink = (
  decided: Decided,
  change: Extract<LinkChange, { readonly _tag: 'End' }>,
  code: Reason,
  tried: Tried,
  context: SettleContext
): Pick<Settled, 'ended' | 'decisions'> => {
  const { link } = decided.unit
  const written = change.base === undefined ? undefined : { base: change.base, before: undefined }
  // The decision holds for both things of the ended link, also for one that was not seen.
  const things = { item: decided.verdict.item ?? link?.item, record: decided.verdict.record ?? link?.record }
  const decisions = decisionRows(things, decision(code, decided, context))
  if (link === undefined) return { decisions }
  const { categorised, folder } = itemStateAfter(decided, tried, context)
  const ended: FormerLink = {
    id: link.id,
    mailbox: link.mailbox,
    item: link.item,
    kind: link.kind,
    record: link.record,
    type: link.type,
    endedBy: change.endedBy,
    code,
    atMs: context.nowMs,
    shape: written === undefined ? link.shape : (context.rules?.shape.digest ?? link.shape),
    base:
      written === undefined ? link.base : baseAfter(decided, written, tried, { mail: false, record: false }, context),
    ...(categorised === undefined ? {} : { categorised }),
    ...(folder === undefined ? {} : { folder })
  }
  return { ended, decisions }
}

const remember = (
  decided: Decided,
  former: FormerLink,
  code: Reason,
  tried: Tried,
  context: SettleContext
): Pick<Settled, 'ended' | 'decisions'> => {
  const { mail, record } = decided.effects
  const ended: FormerLink = {
    ...former,
    item: mail?._tag === 'Create' ? (refOf(tried.mail) ?? former.item) : former.item,
    record: record?._tag === 'Create' ? (refOf(tried.record) ?? former.record) : former.record,
    atMs: context.nowMs,
    base: baseAfter(decided, { base: former.base, before: undefined }, tried, { mail: false, record: false }, context)
  }
  return { ended, decisions: decisionRows(ended, decision(code, decided, context)) }
}

type Put = Extract<LinkChange, { readonly _tag: 'Put' }>

const refOf = (outcome: Outcome | undefined): string | undefined => (outcome?._tag === 'Done' ? outcome.ref : undefined)

const putLink = (decided: Decided, change: Put, tried: Tried, context: SettleContext): Pick<Settled, 'link'> => {
  const { unit, snapshots } = decided
  const creates = { mail: decided.effects.mail?._tag === 'Create', record: decided.effects.record?._tag === 'Create' }
  const item = creates.mail ? refOf(tried.mail) : (snapshots.item?.ref ?? unit.link?.item)
  const record = creates.record ? refOf(tried.record) : (snapshots.record?.ref ?? change.recordRef ?? unit.link?.record)
  // What was to be made is not there (or not known to be there): there is nothing to link yet.
  if (item === undefined || record === undefined || context.rules === undefined) return {}
  const ok = { mail: tried.mail?._tag === 'Done', record: tried.record?._tag === 'Done' }
  const failed = {
    mail: decided.effects.mail !== undefined && !ok.mail,
    record: decided.effects.record !== undefined && !ok.record
  }
  const unconfirmed = unconfirmedAfter(decided, ok, tried, context.rules)
  const link: Link = {
    id: context.linkId,
    mailbox: context.mailbox,
    item,
    kind: unit.kind,
    record,
    type: unit.type,
    origin: change.origin,
    versions: versionsAfter(decided, change, tried, failed, context),
    shape: context.rules.shape.digest,
    base: baseAfter(decided, change, tried, failed, context),
    ...(unconfirmed === undefined ? {} : { unconfirmed }),
    ...owesAfter(decided, failed.mail),
    ...ownerAfter(decided, change, tried),
    ...(change.related.length === 0 ? {} : { related: change.related }),
    ...(change.writes === undefined || change.writes.length === 0 ? {} : { writes: change.writes }),
    ...itemStateAfter(decided, tried, context),
    ...(change.filedAtMs === undefined ? {} : { filedAtMs: change.filedAtMs }),
    ...(change.made === undefined || tried.adopted?.includes('record') === true ? {} : { made: change.made }),
    decided:
      (failed.mail || failed.record) && unit.link !== undefined
        ? unit.link.decided
        : decision(codeAfter(decided, tried), decided, context)
  }
  return { link }
}

/** What the item shows beside its fields: whether it carries the category (1.6/2), and of a message where it lies. */
const itemStateAfter = (
  { unit, effects, snapshots }: Decided,
  tried: Tried,
  { category }: SettleContext
): Pick<Link, 'categorised' | 'folder'> => {
  const { mail } = effects
  const shown = tried.seen.mail !== undefined && 'kind' in tried.seen.mail ? tried.seen.mail : undefined
  const written =
    tried.mail?._tag === 'Done' && mail !== undefined && mail._tag !== 'Delete' ? mail.categories : undefined
  const item = shown ?? snapshots.item
  const isCategorised =
    item === undefined && written === undefined
      ? unit.link?.categorised === true
      : carries({ categories: written ?? item?.categories ?? [] }, category)
  const folder = unit.kind === 'email' ? (item?.folder ?? unit.link?.folder) : undefined
  return { ...(isCategorised ? { categorised: true } : {}), ...(folder === undefined ? {} : { folder }) }
}

/** Of a thing that was made every row, else those written: no other row's base is to be taken from a later sighting. */
const unconfirmedAfter = (
  { effects, verdict }: Decided,
  ok: { readonly mail: boolean; readonly record: boolean },
  tried: Tried,
  { shape }: Rules
): Link['unconfirmed'] => {
  const rowsOf = (side: Side): ReadonlyArray<string> | undefined => {
    if (!ok[side] || tried.seen[side] !== undefined) return undefined
    if (effects[side]?._tag === 'Create') return shape.rows.map((row) => row.name)
    return side === 'mail' ? verdict.mailRows : verdict.recordRows
  }
  const mail = rowsOf('mail')
  const record = rowsOf('record')
  if (mail === undefined && record === undefined) return undefined
  return { ...(mail === undefined ? {} : { mail }), ...(record === undefined ? {} : { record }) }
}

/** What a creation takes back from its source (2.3/14) and could not write stays owed until it is written. */
const owesAfter = ({ unit, verdict }: Decided, mailFailed: boolean): Pick<Link, 'owes'> => {
  const owes = mailFailed ? (unit.link === undefined ? verdict.mailRows : unit.link.owes) : undefined
  return owes === undefined || owes.length === 0 ? {} : { owes }
}

const ownerAfter = (decided: Decided, change: Put, tried: Tried): Pick<Link, 'owner' | 'state'> => {
  const seen = tried.seen.record
  const shown = seen !== undefined && 'state' in seen ? seen : undefined
  const made = decided.effects.record?._tag === 'Create' ? decided.effects.record : undefined
  const owner = shown?.owner ?? made?.owner ?? change.owner
  const state = shown?.state ?? change.state
  return { ...(owner === undefined ? {} : { owner }), ...(state === undefined ? {} : { state }) }
}

const versionsAfter = (
  decided: Decided,
  change: Put,
  tried: Tried,
  failed: { readonly mail: boolean; readonly record: boolean },
  context: SettleContext
): Link['versions'] => {
  const anyFailed = failed.mail || failed.record
  const versionOf = (side: Side): string | undefined => {
    const outcome = tried[side]
    const before = decided.unit.link?.versions[side]
    if (outcome?._tag === 'Done') {
      const version = outcome.version ?? outcome.snapshot?.version
      return version !== undefined && isOursAlone(side, decided, change, outcome, context) ? version : before
    }
    // Where something is still due, the version stays behind, so that the next touch is looked at.
    return anyFailed ? before : change.versions[side]
  }
  const mail = versionOf('mail')
  const record = versionOf('record')
  return { ...(mail === undefined ? {} : { mail }), ...(record === undefined ? {} : { record }) }
}

/**
 * Whether the version after a write says nothing but the write. A store that cannot refuse a stale write may have
 * taken an edit a moment before: then the rows that were not written must show what was read, else the thing is
 * looked at once more.
 */
const isOursAlone = (
  side: Side,
  { effects, verdict }: Decided,
  change: Put,
  outcome: Extract<Outcome, { readonly _tag: 'Done' }>,
  { rules, baseContext, conditional }: SettleContext
): boolean => {
  if (conditional[side] || effects[side]?._tag === 'Create') return true
  if (outcome.snapshot === undefined || rules === undefined || baseContext === undefined) return false
  const written = side === 'mail' ? verdict.mailRows : verdict.recordRows
  const shown = baseSide(rules, side, outcome.snapshot.fields, baseContext)
  return rules.shape.rows.every(
    (row, at) =>
      row.nameOf !== undefined ||
      written.includes(row.name) ||
      canonicalJson(shown[at] ?? null) === canonicalJson(change.base[side][at] ?? null)
  )
}

const baseAfter = (
  decided: Decided,
  change: Pick<Put, 'base' | 'before' | 'asked'>,
  tried: Tried,
  failed: { readonly mail: boolean; readonly record: boolean },
  context: SettleContext
): Base => {
  const { rules, baseContext } = context
  if (rules === undefined || baseContext === undefined) return change.base
  const shown = {
    mail: tried.seen.mail === undefined ? undefined : baseSide(rules, 'mail', tried.seen.mail.fields, baseContext),
    record:
      tried.seen.record === undefined ? undefined : baseSide(rules, 'record', tried.seen.record.fields, baseContext)
  }
  const lost = new Set([
    ...(failed.mail ? decided.verdict.mailRows : []),
    ...(failed.record ? decided.verdict.recordRows : [])
  ])
  const written = { mail: new Set(decided.verdict.mailRows), record: new Set(decided.verdict.recordRows) }
  const isNew = { mail: decided.effects.mail?._tag === 'Create', record: decided.effects.record?._tag === 'Create' }
  const valueAt = (side: Side, index: number): BaseValue => {
    const row = rules.shape.rows[index]
    if (row === undefined) return null
    if (lost.has(row.name) && change.before !== undefined) return change.before[side][index] ?? null
    // What the store made of a value that was written is the base; rows that were not written keep what was read.
    const isMade = isNew[side] && change.asked?.includes(row.name) !== true
    const shows = shown[side] !== undefined && row.nameOf === undefined && (written[side].has(row.name) || isMade)
    return (shows ? shown[side]?.[index] : change.base[side][index]) ?? null
  }
  const indexes = rules.shape.rows.map((_, index) => index)
  return {
    mail: indexes.map((index) => valueAt('mail', index)),
    record: indexes.map((index) => valueAt('record', index))
  }
}
