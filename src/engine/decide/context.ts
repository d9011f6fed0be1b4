/**
 * What every decision of a cycle shares: who, when, under which settings and rights. Computed once per cycle.
 */
import type { ConvertContext, MergeContext, RelatedNames, Rules, Shape } from '../../mapping/index.js'
import type { InstantMs, ItemSnapshot, RecordSnapshot, RecordType, Ref, Side, Value, Zones } from '../../model/index.js'
import { type KeyedDigest, uuidOf } from '../../model/index.js'
import type { Access, MailboxFacts, MailCan, RecordCan } from '../ports.js'
import type { Settings } from '../settings.js'

/** Whether a record is a member, for one type in one cycle. @public */
export type Membership =
  | {
      readonly _tag: 'Judge'
      readonly holds: (record: RecordSnapshot) => boolean
      /** Whether the record as it is now would have been held at the time of the mailbox's previous cycle (3.5/23). */
      readonly heldBefore?: (record: RecordSnapshot) => boolean
      /** Fields that do not hold what the schema says: such a record is neither member nor leaver (3.11). */
      readonly misfits?: (record: RecordSnapshot) => ReadonlyArray<string>
    }
  | { readonly _tag: 'NoFilter' }
  /** The filters could not be evaluated: nobody enters, nobody leaves (3.5/25). */
  | { readonly _tag: 'Unknown' }

/** What is kept of a shape: enough to carry a base over to another. */
export type FormerShape = Pick<Shape, 'keys' | 'versions' | 'chosen'>

/** A shape that nobody remembers: every row is new. */
export const forgottenShape: FormerShape = { keys: [], versions: [], chosen: [] }

/** @public */
export interface DecideContext {
  readonly tenant: string
  readonly mailbox: string
  readonly user: string
  /** The one address of the mailbox and its user (T7). */
  readonly address: string
  readonly method: MailboxFacts['method']
  /** The mailbox as the host configures it. */
  readonly facts: MailboxFacts
  /** Received time of the last message judged in the root inbox (A8). */
  readonly judgedUntilMs: InstantMs | undefined
  readonly cycle: string
  readonly nowMs: InstantMs
  readonly zones: Zones
  /** The zone in which the user reads dates. */
  readonly timeZone: string
  readonly settings: Settings
  readonly clockSkewMs: number
  readonly access: Access
  readonly rules: ReadonlyMap<RecordType, Rules>
  /** Shapes in which bases of links may still stand, by digest. */
  readonly formerShapes: ReadonlyMap<string, FormerShape>
  readonly memberships: ReadonlyMap<RecordType, Membership>
  /** Items that a person asks to track in this cycle: no filter links one of them before that. */
  readonly asked: ReadonlySet<Ref>
  readonly mailCan: MailCan
  readonly recordCan: RecordCan
  /** Digests of bases and intents, under the engine's key. */
  readonly keyed: KeyedDigest
  /** A second look after a refused write: it may write fields and end links, nothing more (2.0). */
  readonly second: boolean
  readonly freeze: { readonly writes: number; readonly withinMs: number } | null
}

/** The id of a link is known before its refs are: it derives from the side that asked for it. */
export const linkIdOf = (context: Pick<DecideContext, 'tenant' | 'mailbox'>, source: Side, ref: string): string =>
  uuidOf('link', context.tenant, context.mailbox, source, ref)

/** The digest of a value of one row and side of one link, bound to where it stands. */
export const digestIn = (
  context: DecideContext,
  rules: Rules,
  link: string
): ((side: Side, row: string, value: Value) => string) => {
  const digest = context.keyed
  return (side, row, value) => {
    const index = rules.shape.rows.findIndex((candidate) => candidate.name === row)
    return digest([context.tenant, link, side, row, String(rules.shape.versions[index] ?? 0)], value)
  }
}

/** What the making of bases asks. */
export const baseContextOf = (
  context: DecideContext,
  rules: Rules,
  link: string,
  names: RelatedNames
): Pick<MergeContext, 'names' | 'digest' | 'digestBase'> => ({
  names,
  digest: digestIn(context, rules, link),
  digestBase: context.settings.base === 'digest'
})

/** What converters ask, in this cycle and for one record. */
export const convertContextOf = (
  { zones, timeZone, nowMs }: Pick<DecideContext, 'zones' | 'timeZone' | 'nowMs'>,
  names: RelatedNames
): ConvertContext => ({ zones, timeZone, nowMs, names })

/** What any merge of this cycle asks: policy, rights, and the stores' change times. */
export const mergeContextFor = (
  item: ItemSnapshot,
  record: RecordSnapshot,
  baseContext: Pick<MergeContext, 'names' | 'digest' | 'digestBase'>,
  context: DecideContext
): MergeContext => ({
  ...baseContext,
  convert: convertContextOf(context, baseContext.names),
  policy: context.settings.conflict,
  ...(context.access.privileges.update ? {} : { refuseMail: 'missing-privilege' as const }),
  ...(item.changedAtMs === undefined ? {} : { mailChangedAtMs: item.changedAtMs }),
  ...(record.changedAtMs === undefined ? {} : { recordChangedAtMs: record.changedAtMs }),
  serverTimes: context.mailCan.changeTimes === 'server' && context.recordCan.changeTimes === 'server',
  clockSkewMs: context.clockSkewMs,
  ...withheldFrom(item, record, context)
})

/** A content ref whose part is a field's name stands for a value too long for a snapshot. */
const withheldFrom = (
  item: ItemSnapshot,
  record: RecordSnapshot,
  { mailCan, recordCan }: Pick<DecideContext, 'mailCan' | 'recordCan'>
): Pick<MergeContext, 'withheld'> => {
  if (item.contents === undefined && record.contents === undefined) return {}
  // Attachments that the other side cannot take are left where they are.
  const parts = ({ contents = [] }: ItemSnapshot | RecordSnapshot, goes: boolean): ReadonlyArray<string> => [
    ...contents.map(({ part }) => part),
    ...(contents.length > 0 && !goes ? ['attachments'] : [])
  ]
  return {
    withheld: {
      mail: parts(item, recordCan.takesContents === true),
      record: parts(record, mailCan.takesContents === true)
    }
  }
}
