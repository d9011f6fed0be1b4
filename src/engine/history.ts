/**
 * The row that a carried-out write leaves in the history: what each field held before, and what it holds now. Made of
 * an intent and of what was seen; where the process died in between, of what the link remembers and the thing shows.
 */
import type { BaseDigestOf, Rules, ShapeRow } from '../mapping/index.js'
import type {
  Effect,
  FieldChange,
  Fields,
  HistoryRow,
  InstantMs,
  Intent,
  Link,
  Reason,
  Side,
  Snapshot
} from '../model/index.js'
import { changesBetween, isDigest, isReason, limits, mergedFields } from '../model/index.js'
import { durationMs } from './duration.js'
import type { Finished } from './finished.js'
import type { Outdated } from './ports.js'
import type { Settings } from './settings.js'
import type { Verdict } from './unit.js'

/** Digests cannot be turned back into values: under `base: "digest"` nothing is kept that holds one. */
export const keepsHistory = ({ base, history }: Pick<Settings, 'base' | 'history'>): boolean =>
  base === 'value' && history !== 0

/** What a cycle lets go because of its age. Where history is off, whatever is left of it goes. */
export const outdatedAt = (settings: Pick<Settings, 'base' | 'history'>, nowMs: InstantMs): Outdated => {
  const keptMs = keepsHistory(settings) && settings.history !== 0 ? (durationMs(settings.history) ?? 0) : undefined
  const others = nowMs - Math.max(limits.decisionsTtlMs, keptMs ?? 0)
  return {
    history: keptMs === undefined ? Number.MAX_SAFE_INTEGER : nowMs - keptMs,
    decisions: others,
    conflicts: others,
    max: limits.outdatedMax
  }
}

/** Rows of the writes of one unit that were carried out. `intents` are those of its batch, by the key of their effect. */
export const historyRows = (
  { decided, settled, tried }: Finished,
  intents: ReadonlyMap<string, Intent>,
  rules: Rules | undefined
): ReadonlyArray<HistoryRow> =>
  (['record', 'mail'] as const).flatMap((side) => {
    const effect = decided.effects[side]
    const outcome = tried[side]
    const intent = effect === undefined ? undefined : intents.get(effect.key)
    const isFound = tried.adopted?.includes(side) === true
    if (effect === undefined || intent === undefined || outcome?._tag !== 'Done' || isFound) return []
    // A mark is no value of anybody's, nor is a category: there is nothing to tell, and nothing to take back.
    if (effect._tag === 'Update' && Object.keys(effect.set).length === 0) return []
    const snapshot = side === 'mail' ? decided.snapshots.item : decided.snapshots.record
    const seen = tried.seen[side]
    const version = outcome.version ?? seen?.version
    const by = personIn(decided)
    const partner = settled.link?.[side === 'mail' ? 'record' : 'item'] ?? intent.source
    return [
      {
        ...written(intent, outcome.ref, partner, settled.code),
        facts: settled.facts,
        ...(by === undefined ? {} : { by }),
        changes: keepsNoValues(decided.unit.kind, effect)
          ? []
          : changesOf(effect, snapshot?.fields ?? {}, seen, rowNamer(rules, side, rowsOn(decided.verdict, side))),
        ...(version === undefined || effect._tag === 'Delete' ? {} : { version }),
        ...(effect._tag === 'Delete' ? beside(snapshot) : {})
      }
    ]
  })

/** A stored message is never changed (T10): its record says what was written, and the history need not hold it again. */
const keepsNoValues = (kind: string, effect: Effect): boolean => kind === 'email' && effect._tag === 'Create'

const written = (
  { key, cycle, atMs, op, side, link, kind, type }: Intent,
  ref: string,
  other: string,
  code: Reason
): Omit<HistoryRow, 'facts' | 'changes'> => ({ key, cycle, atMs, op, side, ref, other, link, kind, type, code })

/** Whose gesture, answer or undo it was; nobody's: the cycle's own. */
export const personIn = ({ unit, verdict }: Pick<Finished['decided'], 'unit' | 'verdict'>): string | undefined => {
  const { by } = verdict.facts
  return typeof by === 'string' ? by : unit.gestures.at(-1)?.gesture.by
}

const rowsOn = (verdict: Verdict, side: Side): ReadonlyArray<string> =>
  side === 'mail' ? verdict.mailRows : verdict.recordRows

/** The row to which a field belongs: one of those written, where several hold it. */
const rowNamer = (
  rules: Rules | undefined,
  side: Side,
  writtenRows: ReadonlyArray<string>
): ((field: string) => string | undefined) => {
  const holding = (field: string): ReadonlyArray<ShapeRow> =>
    rules?.shape.rows.filter((row) => isHeld(row, side) && row[side].fields.includes(field)) ?? []
  return (field) => {
    const rows = holding(field)
    return (rows.find(({ name }) => writtenRows.includes(name)) ?? rows[0])?.name
  }
}

/** The name of another record stands in a field of the item; on the record's side the look-up is none of the row's. */
const isHeld = (row: ShapeRow, side: Side): boolean => side === 'mail' || row.nameOf === undefined

const changesOf = (
  effect: Effect,
  now: Fields,
  seen: Snapshot | undefined,
  rowOf: (field: string) => string | undefined
): ReadonlyArray<FieldChange> => {
  switch (effect._tag) {
    case 'Create':
      return changesBetween({}, seen?.fields ?? mergedFields({}, effect.fields), rowOf)
    case 'Update':
      return changesBetween(now, seen?.fields ?? mergedFields(now, effect.set), rowOf, Object.keys(effect.set))
    case 'Delete':
      return changesBetween(now, {}, rowOf)
  }
}

/** What a deleted thing was beside its fields. */
const beside = (snapshot: Snapshot | undefined): Pick<HistoryRow, 'owner' | 'state' | 'folder'> => {
  if (snapshot === undefined) return {}
  if ('state' in snapshot)
    return { ...(snapshot.owner === undefined ? {} : { owner: snapshot.owner }), state: snapshot.state }
  return 'folder' in snapshot && snapshot.folder !== undefined ? { folder: snapshot.folder } : {}
}

/**
 * The row of a write that recover has found. `before` is the link as it stood, `now` the thing. Of a row that is not as
 * it was sent, or whose base is a digest, nothing is known.
 */
export const recoveredRow = (
  intent: Intent,
  now: Snapshot | undefined,
  before: Link | undefined,
  rules: Rules,
  digest: BaseDigestOf
): HistoryRow => {
  const { side } = intent
  const partner = side === 'mail' ? before?.record : before?.item
  return {
    ...written(
      intent,
      now?.ref ?? intent.ref,
      intent.source === '' ? (partner ?? '') : intent.source,
      isReason(intent.code) ? intent.code : 'unchanged'
    ),
    facts: { recovered: true },
    ...(intent.by === undefined ? {} : { by: intent.by }),
    // Without a version: somebody may have edited the thing before it was found.
    changes: recoveredChanges(intent, now?.fields ?? {}, before, rules, digest),
    ...(intent.op === 'delete' && side === 'record' && before !== undefined ? keptOf(before) : {}),
    recovered: true
  }
}

const keptOf = ({ owner, state }: Link): Pick<HistoryRow, 'owner' | 'state'> => ({
  ...(owner === undefined ? {} : { owner }),
  ...(state === undefined ? {} : { state })
})

const recoveredChanges = (
  intent: Intent,
  now: Fields,
  before: Link | undefined,
  rules: Rules,
  digest: BaseDigestOf
): ReadonlyArray<FieldChange> => {
  const { side, op } = intent
  const rows = rules.shape.rows.filter((row) => row.nameOf === undefined)
  const rowOf = rowNamer(rules, side, intent.rows)
  const isAsSent = (row: ShapeRow): boolean => {
    const at = intent.rows.indexOf(row.name)
    return at >= 0 && digest(side, row.name, row[side].normal(row[side].lift(now, new Map()))) === intent.sent[at]
  }
  const old = (row: ShapeRow, current: Fields): Fields | undefined => {
    const value = before?.base[side][rules.shape.rows.indexOf(row)]
    return value === undefined || isDigest(value) || before?.shape !== rules.shape.digest
      ? undefined
      : row[side].set(value, current)
  }
  if (op === 'create') {
    const fields = rows.filter(isAsSent).flatMap((row) => row[side].fields)
    return changesBetween({}, now, rowOf, new Set(fields.filter((field) => Object.hasOwn(now, field))))
  }
  if (op === 'update') {
    return rows.filter(isAsSent).flatMap((row) => {
      const was = old(row, now)
      return was === undefined ? [] : changesBetween(mergedFields(now, was), now, rowOf, Object.keys(was))
    })
  }
  let gone: Fields = {}
  for (const row of rows) gone = mergedFields(gone, old(row, gone) ?? {})
  return changesBetween(gone, {}, rowOf)
}
