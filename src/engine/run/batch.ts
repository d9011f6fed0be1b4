/**
 * Step 7 and 8 for one batch: claims, intents, writes (the record side first), one second look at what was refused,
 * and the commit. One failed item stops nothing else; a failed side ends the batch with what was done.
 */
import type { Claim, Effect, HistoryRow, Intent, Outcome, Ref, Side, Snapshot, SyncError } from '../../model/index.js'
import { invariant, isDigest } from '../../model/index.js'
import { digestsOf } from '../../mapping/index.js'
import { claimOf } from '../claims.js'
import { baseContextOf, type DecideContext, digestIn, linkIdOf } from '../decide/context.js'
import { isMember } from '../decide/membership.js'
import type { Lease, Transaction } from '../ports.js'
import { waitingDue } from '../failures.js'
import type { Finished } from '../finished.js'
import { historyRows, keepsHistory, personIn } from '../history.js'
import { type Settled, settle, type Tried } from '../settle.js'
import type { Decided } from '../unit.js'
import { commitTo } from './commit.js'
import { actorOf } from './gather.js'
import { need, type Session, slices, type Stop } from './session.js'

/** What one batch came to. `stop`: a side that failed; what was done until then is committed. */
export interface BatchRun {
  readonly finished: ReadonlyArray<Finished>
  readonly stop: Stop | undefined
}

/** Decides units again after a refused write; `second` forbids everything irrevocable. */
export type DecideAgain = (refused: ReadonlyArray<Decided>) => Promise<ReadonlyArray<Decided>>

export const runBatch = async (
  session: Session,
  lease: Lease,
  batch: ReadonlyArray<Decided>,
  context: DecideContext,
  again: DecideAgain
): Promise<BatchRun> => {
  const first = await attempt(session, lease, batch, context, 1)
  const refused = first.finished.filter(({ settled }) => settled.error?._tag === 'VersionMismatch')
  if (refused.length === 0 || first.stop !== undefined) return first
  const anew = await again(refused.map(({ decided }) => decided))
  const second = await attempt(session, lease, anew, { ...context, second: true }, 2)
  const keys = new Set(refused.map(({ decided }) => decided.unit.key))
  return {
    finished: [...first.finished.filter(({ decided }) => !keys.has(decided.unit.key)), ...second.finished],
    stop: second.stop
  }
}

const attempt = async (
  session: Session,
  lease: Lease,
  batch: ReadonlyArray<Decided>,
  context: DecideContext,
  round: number
): Promise<BatchRun> => {
  const claimed = await withClaims(session, batch)
  const intents = claimed.flatMap((decided) => intentsOf(decided, context, round))
  if (intents.length > 0) {
    await commitTo(session, { lease, mailbox: session.mailbox, intents })
  }
  const writer = new Writer(session)
  const tried = await writer.write(claimed)
  const finished = claimed.map((decided) => finishMarked(decided, tried.get(decided.unit.key) ?? { seen: {} }, context))
  await commit(session, lease, finished, intents, context)
  return { finished, stop: writer.stop }
}

/** Identities are taken before anything is made under them; one that was made before and is gone is raised (22b). */
const withClaims = async (session: Session, batch: ReadonlyArray<Decided>): Promise<ReadonlyArray<Decided>> => {
  const wanted = batch.filter((decided) => decided.claim !== undefined)
  if (wanted.length === 0) return batch
  const asked = wanted.map((decided) => claimOf(session.tenant, decided.claim?.identity ?? '', 0))
  const standing = await need(session, 'links', 'claim', session.links.claim(session.tenant, asked))
  const ids = new Map<string, Ref>()
  for (const [index, decided] of wanted.entries()) {
    const stands = standing[index]
    invariant(stands !== undefined, 'a link store answers every claim')
    ids.set(decided.unit.key, await raised(session, stands, decided.claim?.gone ?? []))
  }
  return batch.map((decided) => withId(session, decided, ids.get(decided.unit.key)))
}

const raised = async (session: Session, stands: Claim, gone: ReadonlyArray<Ref>): Promise<Ref> => {
  if (!gone.some((ref) => isMadeAs(ref, stands.id))) return stands.id
  const next = claimOf(session.tenant, stands.identity, stands.generation + 1)
  const answer = await need(session, 'links', 'raise', session.links.raise(session.tenant, stands.generation, next))
  return answer.id
}

/** A store may name a thing by more than its id: a folder before it, an ending behind it. */
const isMadeAs = (ref: Ref, id: Ref): boolean => ref.includes(id)

const withId = (session: Session, decided: Decided, id: Ref | undefined): Decided => {
  if (id === undefined || decided.claim === undefined) return decided
  const { mail, record } = decided.effects
  const recordRef = decided.snapshots.record?.ref
  return {
    ...decided,
    effects: {
      ...decided.effects,
      ...(decided.claim.side === 'mail' && mail?._tag === 'Create'
        ? {
            mail: {
              ...mail,
              id,
              ...(recordRef === undefined ? {} : { marker: { tenant: session.tenant, record: recordRef } })
            }
          }
        : {}),
      ...(decided.claim.side === 'record' && record?._tag === 'Create' ? { record: { ...record, id } } : {})
    }
  }
}

const opOf = { Create: 'create', Update: 'update', Delete: 'delete' } as const

/** Names, versions and digests: no value of a field is in an intent. */
const intentsOf = (decided: Decided, context: DecideContext, round: number): ReadonlyArray<Intent> => {
  const { unit, effects, change, snapshots, verdict } = decided
  const rules = context.rules.get(unit.type)
  if (rules === undefined) return []
  const link = linkIdFor(decided, context)
  const digest = digestIn(context, rules, link)
  const digestAt = (side: Side, rows: ReadonlyArray<string>): ReadonlyArray<string> =>
    rows.map((name) => {
      const index = rules.shape.rows.findIndex((row) => row.name === name)
      const row = rules.shape.rows[index]
      const value = change._tag === 'Put' ? change.base[side][index] : undefined
      if (isDigest(value)) return value.digest
      return row === undefined
        ? ''
        : digest(side, name, row[side].normal(value === undefined ? liftNow(decided, side, name, context) : value))
    })
  const intent = (side: Side, effect: Effect): Intent => {
    const other = side === 'mail' ? 'record' : 'mail'
    const rows = side === 'mail' ? verdict.mailRows : verdict.recordRows
    const otherFields = snapshots[other === 'mail' ? 'item' : 'record']?.fields ?? {}
    const creates = effect._tag === 'Create'
    const by = personIn(decided)
    const lost = decided.conflicts.filter(({ kept }) => kept !== side).map(({ field }) => field)
    return {
      key: `${context.cycle} ${round} ${effect.key}`,
      op: opOf[effect._tag],
      side,
      ref: creates ? effect.id : effect.ref,
      source:
        (other === 'mail' ? (snapshots.item?.ref ?? unit.item?.ref) : (snapshots.record?.ref ?? unit.record?.ref)) ??
        '',
      link,
      kind: unit.kind,
      type: unit.type,
      origin: change._tag === 'Put' ? change.origin : (unit.link?.origin ?? 'tracked'),
      ...(effect._tag !== 'Create' && effect.expected !== undefined ? { expected: effect.expected } : {}),
      rows,
      sent: digestAt(side, rows),
      held: creates ? digestsOf(rules, other, otherFields, new Map(), digest) : heldAt(rows, other, decided, context),
      shape: rules.shape.digest,
      code: verdict.code,
      ...(lost.length === 0 ? {} : { conflicts: lost }),
      ...(by === undefined ? {} : { by }),
      ...(change._tag === 'End' ? { endedBy: change.endedBy } : {}),
      ...(change._tag === 'Remember' ? { endedBy: change.former.endedBy } : {}),
      cycle: context.cycle,
      atMs: context.nowMs
    }
  }
  return [
    ...(effects.record === undefined ? [] : [intent('record', effects.record)]),
    ...(effects.mail === undefined ? [] : [intent('mail', effects.mail)])
  ]
}

const liftNow = (decided: Decided, side: Side, name: string, context: DecideContext) => {
  const effect = decided.effects[side]
  const row = context.rules.get(decided.unit.type)?.shape.rows.find((candidate) => candidate.name === name)
  const current = (side === 'mail' ? decided.snapshots.item : decided.snapshots.record)?.fields ?? {}
  const fields =
    effect?._tag === 'Update' ? { ...current, ...effect.set } : effect?._tag === 'Create' ? effect.fields : current
  return row?.[side].lift(fields, new Map()) ?? null
}

/** What the other side held of the rows written, when this was decided. */
const heldAt = (
  rows: ReadonlyArray<string>,
  side: Side,
  decided: Decided,
  context: DecideContext
): ReadonlyArray<string> => {
  const rules = context.rules.get(decided.unit.type)
  if (rules === undefined) return []
  const digest = digestIn(context, rules, linkIdFor(decided, context))
  const effect = decided.effects[side]
  const snapshot = side === 'mail' ? decided.snapshots.item : decided.snapshots.record
  // What is made in the same decision holds what it is made of.
  const fields = effect?._tag === 'Create' ? effect.fields : (snapshot?.fields ?? {})
  return rows.map((name) => {
    const row = rules.shape.rows.find((candidate) => candidate.name === name)
    return row === undefined ? '' : digest(side, name, row[side].normal(row[side].lift(fields, new Map())))
  })
}

const linkIdFor = ({ unit, change }: Decided, context: Pick<DecideContext, 'tenant' | 'mailbox'>): string => {
  if (unit.link !== undefined) return unit.link.id
  if (change._tag === 'Put' && change.revives !== undefined) return change.revives
  if (change._tag === 'Remember') return change.former.id
  return unit.record !== undefined
    ? linkIdOf(context, 'record', unit.record.ref)
    : linkIdOf(context, 'mail', unit.item?.ref ?? '')
}

/** Carries out the effects of a batch, record side first, and looks at what the stores made of them. */
class Writer {
  readonly #session: Session
  stop: Stop | undefined
  readonly #outcomes = new Map<string, Outcome>()
  readonly #adoptions = new Set<string>()

  constructor(session: Session) {
    this.#session = session
  }

  async write(batch: ReadonlyArray<Decided>): Promise<ReadonlyMap<string, Tried>> {
    await this.#side(
      'record',
      batch.flatMap(({ effects }) => (effects.record === undefined ? [] : [effects.record]))
    )
    const mail = batch.flatMap(({ effects }) =>
      effects.mail === undefined ||
      (effects.record !== undefined && this.#outcomes.get(effects.record.key)?._tag !== 'Done')
        ? []
        : [this.#marked(effects.mail, effects.record)]
    )
    await this.#side('mail', mail)
    const seen = { record: await this.#look('record', batch), mail: await this.#look('mail', batch) }
    return new Map(batch.map((decided) => [decided.unit.key, this.#tried(decided, seen)]))
  }

  /** The mark of a tracked item names the record that was made a moment before. */
  #marked(effect: Effect, record: Effect | undefined): Effect {
    if (effect._tag !== 'Update' || effect.marker === undefined) return effect
    const made = record?._tag === 'Create' ? this.#outcomes.get(record.key) : undefined
    const ref = made?._tag === 'Done' ? made.ref : effect.marker.record
    return { ...effect, marker: { tenant: this.#session.tenant, record: ref } }
  }

  #tried(
    { effects }: Decided,
    seen: { readonly mail: ReadonlyMap<string, Snapshot>; readonly record: ReadonlyMap<string, Snapshot> }
  ): Tried {
    const mail = effects.mail === undefined ? undefined : this.#outcomes.get(effects.mail.key)
    const record = effects.record === undefined ? undefined : this.#outcomes.get(effects.record.key)
    const seenMail = effects.mail === undefined ? undefined : seen.mail.get(effects.mail.key)
    const seenRecord = effects.record === undefined ? undefined : seen.record.get(effects.record.key)
    const adopted = (['mail', 'record'] as const).filter((side) => this.#adoptions.has(effects[side]?.key ?? ''))
    return {
      ...(adopted.length === 0 ? {} : { adopted }),
      ...(mail === undefined ? {} : { mail }),
      ...(record === undefined ? {} : { record }),
      mailSkipped: effects.mail !== undefined && mail === undefined,
      seen: {
        ...(seenMail === undefined ? {} : { mail: seenMail }),
        ...(seenRecord === undefined ? {} : { record: seenRecord })
      }
    }
  }

  async #side(side: Side, effects: ReadonlyArray<Effect>): Promise<void> {
    const store = side === 'mail' ? this.#session.mail : this.#session.records
    for (const slice of slices(effects, store.can.writeBatchMax)) {
      const { stop } = this
      if (stop !== undefined) {
        // Not tried is not done: each waits, and nothing that asked for it is settled.
        for (const { key } of slice) this.#outcomes.set(key, { _tag: 'Failed', key, error: stop.error })
        continue
      }
      const fit = await this.#fitting(side, slice)
      if (fit.length === 0) continue
      const outcomes = await this.#call(side, fit)
      for (const outcome of outcomes) {
        this.#outcomes.set(outcome.key, await this.#adopted(side, fit, outcome))
        this.#watch(side, outcome)
      }
    }
  }

  /** A store that cannot refuse a stale write is read again just before it. */
  async #fitting(side: Side, effects: ReadonlyArray<Effect>): Promise<ReadonlyArray<Effect>> {
    const { can } = side === 'mail' ? this.#session.mail : this.#session.records
    if (can.conditional) return effects
    const fit: Array<Effect> = []
    for (const effect of effects) {
      if (effect._tag === 'Create' || effect.expected === undefined) {
        fit.push(effect)
        continue
      }
      const now = await this.#read(side, effect.type, effect.ref)
      const isAnother =
        now._tag === 'Known' && now.snapshot.version !== undefined && now.snapshot.version !== effect.expected
      if (isAnother)
        this.#outcomes.set(effect.key, {
          _tag: 'Failed',
          key: effect.key,
          error: { _tag: 'VersionMismatch', ref: effect.ref }
        })
      else fit.push(effect)
    }
    return fit
  }

  async #call(side: Side, effects: ReadonlyArray<Effect>): Promise<ReadonlyArray<Outcome>> {
    const { calls } = this.#session
    calls[`${side}.write`] = (calls[`${side}.write`] ?? 0) + 1
    const answer =
      side === 'mail'
        ? await this.#session.mail.write(effects)
        : await this.#session.records.write(effects, actorOf(this.#session))
    if (answer._tag === 'Right') return answer.right
    this.#halt(side, answer.left)
    return effects.map((effect) => ({ _tag: 'Failed', key: effect.key, error: answer.left }))
  }

  #watch(side: Side, outcome: Outcome): void {
    if (outcome._tag === 'Failed') this.#halt(side, outcome.error)
  }

  /** Throttling and a refused sign-in end the cycle for that side; everything else is the item's own affair. */
  #halt(side: Side, error: SyncError): void {
    if (error._tag === 'Throttled' || error._tag === 'SignInRequired') this.stop ??= { error, side }
  }

  /** A thing that is there already under its own id is linked, not made. */
  async #adopted(side: Side, effects: ReadonlyArray<Effect>, outcome: Outcome): Promise<Outcome> {
    if (outcome._tag !== 'Failed' || outcome.error._tag !== 'AlreadyExists') return outcome
    const effect = effects.find((candidate) => candidate.key === outcome.key)
    if (effect?._tag !== 'Create') return outcome
    const ref = outcome.error.ref ?? effect.id
    const found = await this.#read(side, (side === 'mail' ? effect.kind : effect.type) ?? '', ref)
    if (found._tag !== 'Known') return outcome
    const { snapshot } = found
    this.#adoptions.add(outcome.key)
    return {
      _tag: 'Done',
      key: outcome.key,
      ref: snapshot.ref,
      ...(snapshot.version === undefined ? {} : { version: snapshot.version }),
      snapshot
    }
  }

  async #read(side: Side, type: string, ref: Ref) {
    if (side === 'mail') {
      const [found] = await need(this.#session, 'mail', 'read', this.#session.mail.read([ref]))
      return found ?? ({ _tag: 'Absent', ref } as const)
    }
    const [found] = await need(
      this.#session,
      'record',
      'read',
      this.#session.records.read(type, [ref], actorOf(this.#session))
    )
    return found ?? ({ _tag: 'Absent', ref } as const)
  }

  /** What the store holds after the write: its answer, else a second read where it reads its own writes. */
  async #look(side: Side, batch: ReadonlyArray<Decided>): Promise<ReadonlyMap<string, Snapshot>> {
    const seen = new Map<string, Snapshot>()
    const { can } = side === 'mail' ? this.#session.mail : this.#session.records
    for (const { effects } of batch) {
      const effect = effects[side]
      const outcome = effect === undefined ? undefined : this.#outcomes.get(effect.key)
      if (effect === undefined || outcome?._tag !== 'Done' || effect._tag === 'Delete') continue
      if (outcome.snapshot !== undefined) seen.set(effect.key, outcome.snapshot)
      else if (can.readYourWrites) {
        const type = effect._tag === 'Create' ? ((side === 'mail' ? effect.kind : effect.type) ?? '') : effect.type
        const found = await this.#read(side, type, outcome.ref).catch(() => undefined)
        // Another version than the write's is somebody's edit on top of it: what was sent is the base, and the edit is found.
        const isOfWrite =
          found?._tag === 'Known' && (outcome.version === undefined || outcome.version === found.snapshot.version)
        if (isOfWrite) seen.set(effect.key, found.snapshot)
      }
    }
    return seen
  }
}

/** An item that would not take its mark is linked all the same: the mark is a help, and no value of anybody's. */
const finishMarked = (decided: Decided, tried: Tried, context: DecideContext): Finished => {
  const { mail, ...effects } = decided.effects
  const isMark = mail?._tag === 'Update' && mail.marker !== undefined && Object.keys(mail.set).length === 0
  if (!isMark || tried.mail?._tag !== 'Failed') return finish(decided, tried, context)
  const { mail: _failed, ...rest } = tried
  return finish({ ...decided, effects }, rest, context)
}

const finish = (decided: Decided, tried: Tried, context: DecideContext): Finished => {
  const rules = context.rules.get(decided.unit.type)
  const linkId = linkIdFor(decided, context)
  const settled = settle(decided, tried, {
    mailbox: context.mailbox,
    cycle: context.cycle,
    nowMs: context.nowMs,
    rules,
    baseContext: rules === undefined ? undefined : baseContextOf(context, rules, linkId, new Map()),
    linkId,
    conditional: { mail: context.mailCan.conditional, record: context.recordCan.conditional }
  })
  return { decided, settled: heldByFilter(settled, tried, context), tried }
}

/** A record just made that a filter holds is the filter's too (3.4): its echo is not looked at again. */
const heldByFilter = (settled: Settled, { seen }: Tried, context: DecideContext): Settled => {
  const { link } = settled
  if (link?.origin !== 'tracked' || seen.record === undefined || !('state' in seen.record)) return settled
  return isMember(context, link.type, seen.record) === 'yes'
    ? { ...settled, link: { ...link, origin: 'both' } }
    : settled
}

/** Whether nobody can say that the write did not happen: its intent stays open for recover. */
const isUnsure = (outcome: Outcome | undefined): boolean =>
  outcome?._tag === 'Failed' && outcome.error._tag === 'Transient' && outcome.error.unsure === true

/** Everything that was settled, in one transaction that names the lease. */
const commit = async (
  session: Session,
  lease: Lease,
  finished: ReadonlyArray<Finished>,
  intents: ReadonlyArray<Intent>,
  context: DecideContext
): Promise<void> => {
  const unsure = new Set(
    finished.flatMap(({ tried, decided }) =>
      (['mail', 'record'] as const).flatMap((side) => (isUnsure(tried[side]) ? [decided.effects[side]?.key ?? ''] : []))
    )
  )
  const closed = intents.filter((intent) => !unsure.has(effectKeyOf(intent))).map((intent) => intent.key)
  const done = finished.filter(({ settled }) => settled.done)
  const transaction: Transaction = {
    lease,
    mailbox: session.mailbox,
    intents: intents.filter((intent) => unsure.has(effectKeyOf(intent))).map((intent) => ({ ...intent, unsure: true })),
    closed,
    links: finished.flatMap(({ settled }) => settled.link ?? []),
    ended: finished.flatMap(({ settled }) => settled.ended ?? []),
    revived: finished.flatMap(({ settled }) => (settled.link === undefined ? [] : (settled.revived ?? []))),
    decisions: finished.flatMap(({ settled }) => settled.decisions),
    conflicts: finished.flatMap(({ settled }) => settled.conflicts),
    settledPending: done.flatMap(({ decided }) =>
      isSettled(decided) ? decided.unit.gestures.map(({ id }) => id) : []
    ),
    settledInbox: done.flatMap(({ decided }) => inboxRowOf(decided)),
    due: done.flatMap((one) => waitingDue(one, context.nowMs)),
    history: keepsHistory(session.settings) ? written(finished, intents, context) : [],
    settledDue: done.flatMap(({ decided }) =>
      decided.verdict.due === undefined && decided.unit.due !== undefined ? [decided.unit.due.key] : []
    )
  }
  if (isEmptyTransaction(transaction)) return
  await commitTo(session, transaction)
}

/** What the history says of this batch. */
const written = (
  finished: ReadonlyArray<Finished>,
  intents: ReadonlyArray<Intent>,
  context: DecideContext
): ReadonlyArray<HistoryRow> => {
  const byEffect = new Map(intents.map((intent) => [effectKeyOf(intent), intent]))
  return finished.flatMap((one) => historyRows(one, byEffect, context.rules.get(one.decided.unit.type)))
}

/** An intent's key is cycle, round and the effect's key. */
const effectKeyOf = (intent: Intent): string => intent.key.slice(`${intent.cycle} 1 `.length)

/** What asked for it has been answered, though the pair may be looked at once more. */
const isSettled = ({ verdict }: Decided): boolean => verdict.due === undefined || verdict.due.again === true

export const inboxRowOf = ({ unit }: Decided): NonNullable<Transaction['settledInbox']> =>
  unit.inboxSeq === undefined || unit.record === undefined
    ? []
    : [{ type: unit.type, ref: unit.record.ref, seq: unit.inboxSeq }]

const isEmptyTransaction = ({ lease: _lease, mailbox: _mailbox, outdated: _aged, ...rows }: Transaction): boolean =>
  Object.values(rows).every((list) => list.length === 0)
