/**
 * Step 7 and 8 for one batch: claims, intents, writes (the record side first), one second look at what was refused,
 * and the commit. One failed item stops nothing else; a failed side ends the batch with what was done.
 */
import type {
  Claim,
  Effect,
  HistoryRow,
  InstantMs,
  Intent,
  Outcome,
  Ref,
  Side,
  Snapshot,
  SyncError
} from '../../model/index.js'
import { invariant, isDigest, limits } from '../../model/index.js'
import { digestsOf } from '../../mapping/index.js'
import { claimOf } from '../claims.js'
import { baseContextOf, type DecideContext, digestIn, linkIdOf } from '../decide/context.js'
import { isMember } from '../decide/membership.js'
import type { Actor, Lease, Transaction } from '../ports.js'
import { routerFigures } from '../methods.js'
import { type SendOutcome, sendOutcome } from '../send/outcome.js'
import { categoryOf } from '../track/category.js'
import { withMade } from '../track/planned.js'
import { waitingDue } from '../failures.js'
import type { Finished } from '../finished.js'
import { historyRows, keepsHistory, personIn } from '../history.js'
import { type Settled, settle, type Tried } from '../settle.js'
import type { Decided } from '../unit.js'
import { commitTo } from './commit.js'
import { actorOf } from './gather.js'
import { withTexts } from './texts.js'
import { withTokens } from './tokens.js'
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
  again: DecideAgain,
  made: Made = new Map()
): Promise<BatchRun> => {
  const first = await attempt(session, lease, batch, context, 1, made)
  const refused = first.finished.filter(({ settled }) => settled.error?._tag === 'VersionMismatch')
  if (refused.length === 0 || first.stop !== undefined) return first
  const anew = await again(refused.map(({ decided }) => decided))
  const second = await attempt(session, lease, anew, { ...context, second: true }, 2, made)
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
  round: number,
  made: Made
): Promise<BatchRun> => {
  const whole = await withTokens(session, lease, await withTexts(session, batch), context)
  const claimed = await withClaims(session, whole, context)
  const intents = claimed.flatMap((decided) => intentsOf(decided, context, round))
  if (intents.length > 0) {
    await commitTo(session, { lease, mailbox: session.mailbox, intents })
  }
  const writer = new Writer(session, made, context)
  const tried = await writer.write(claimed)
  await noteMade(session, claimed, tried)
  const finished = claimed.map((decided) =>
    finishMarked(withRecordFrom(decided, made), tried.get(decided.unit.key) ?? { seen: {} }, context)
  )
  for (const { decided, settled } of finished) {
    if (settled.link !== undefined) made.set(decided.unit.key, settled.link.record)
  }
  await commit(session, lease, finished, intents, context)
  return { finished, stop: writer.stop }
}

/** Refs of what this cycle has made, by the names under which others rest on it: units by their keys, people by name. */
export type Made = Map<string, Ref>

/** The record that another unit has made a moment before. */
const withRecordFrom = (decided: Decided, made: Made): Decided => {
  const { change, recordFrom } = decided
  const recordRef = recordFrom === undefined ? undefined : made.get(recordFrom)
  return change._tag !== 'Put' || recordRef === undefined ? decided : { ...decided, change: { ...change, recordRef } }
}

/** Identities are taken before anything is made under them; one that was made before and is gone is raised (22b). */
const withClaims = async (
  session: Session,
  batch: ReadonlyArray<Decided>,
  { nowMs }: Pick<DecideContext, 'nowMs'>
): Promise<ReadonlyArray<Decided>> => {
  const wanted = batch.filter((decided) => decided.claim !== undefined)
  if (wanted.length === 0) return batch
  const asked = wanted.map(({ claim }) => ownClaim(session, claim, 0, nowMs))
  const standing = await need(session, 'links', 'claim', session.links.claim(session.tenant, asked))
  const claims = new Map<string, Claim>()
  for (const [index, decided] of wanted.entries()) {
    const stands = standing[index]
    invariant(stands !== undefined, 'a link store answers every claim')
    claims.set(decided.unit.key, await raised(session, decided, stands, nowMs))
  }
  return batch.map((decided) => withClaim(session, decided, claims.get(decided.unit.key)))
}

/** A store that names things itself cannot tell a second creation from a first: there the claim says who makes it. */
const ownClaim = (
  { tenant, mailbox, records }: Session,
  claim: Decided['claim'],
  generation: number,
  atMs: InstantMs
): Claim => ({
  ...claimOf(tenant, claim?.identity ?? '', generation),
  ...(claim?.side === 'record' && !records.can.clientIds ? { by: { mailbox, atMs } } : {})
})

const raised = async (session: Session, { claim }: Decided, stands: Claim, nowMs: InstantMs): Promise<Claim> => {
  const isGone = (claim?.gone ?? []).some((ref) => isMadeAs(ref, stands.made ?? stands.id))
  const isLeft =
    stands.by !== undefined &&
    stands.by.mailbox !== session.mailbox &&
    stands.made === undefined &&
    nowMs - stands.by.atMs > limits.claimTtlMs
  if (!isGone && !isLeft) return stands
  const next = ownClaim(session, claim, stands.generation + 1, nowMs)
  return need(session, 'links', 'raise', session.links.raise(session.tenant, stands.generation, next))
}

/** Somebody else makes it, or has made it: what he makes is linked, and nothing is made twice. */
const withClaim = (session: Session, decided: Decided, claim: Claim | undefined): Decided => {
  if (claim?.by === undefined || claim.by.mailbox === session.mailbox) return withId(session, decided, claim?.id)
  const { record: _record, ...effects } = decided.effects
  const { recordOp: _op, ...verdict } = decided.verdict
  const { change } = decided
  if (claim.made !== undefined && change._tag === 'Put') {
    const { made: _made, ...put } = change
    return {
      ...decided,
      effects,
      verdict: { ...verdict, code: 'already-tracked' },
      change: { ...put, recordRef: claim.made }
    }
  }
  return {
    ...decided,
    effects: {},
    verdict: { ...verdict, code: 'retry-later', link: 'none', due: { failure: false, rests: false } },
    change: { _tag: 'None' }
  }
}

/** What a store that names things itself has made stands with its claim: others link it, whatever its fields say. */
const noteMade = async (
  session: Session,
  claimed: ReadonlyArray<Decided>,
  tried: ReadonlyMap<string, Tried>
): Promise<void> => {
  if (session.records.can.clientIds) return
  for (const { claim, unit, effects } of claimed) {
    const outcome = tried.get(unit.key)?.record
    if (claim?.side !== 'record' || effects.record?._tag !== 'Create' || outcome?._tag !== 'Done') continue
    const [stands] = await need(
      session,
      'links',
      'claim',
      session.links.claim(session.tenant, [claimOf(session.tenant, claim.identity, 0)])
    )
    if (stands?.by?.mailbox !== session.mailbox) continue
    const made = { ...stands, made: outcome.ref }
    await need(session, 'links', 'raise', session.links.raise(session.tenant, stands.generation, made))
  }
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
  // A record that is being sent says so itself: what came of it is found by its Message-ID (O7).
  if (rules === undefined || decided.sends !== undefined) return []
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
  readonly #made: Made
  readonly #context: DecideContext
  stop: Stop | undefined
  readonly #outcomes = new Map<string, Outcome>()
  readonly #adoptions = new Set<string>()
  readonly #sent = new Map<string, SendOutcome>()

  constructor(session: Session, made: Made, context: DecideContext) {
    this.#session = session
    this.#made = made
    this.#context = context
  }

  async write(batch: ReadonlyArray<Decided>): Promise<ReadonlyMap<string, Tried>> {
    await this.#people(batch)
    await this.#records(batch)
    const mail = batch.flatMap(({ effects }) =>
      effects.mail === undefined ||
      (effects.record !== undefined && this.#outcomes.get(effects.record.key)?._tag !== 'Done')
        ? []
        : [this.#marked(effects.mail, effects.record)]
    )
    await this.#side('mail', mail)
    await this.#afterSending(batch.filter((decided) => decided.sends !== undefined))
    const seen = { record: await this.#look('record', batch), mail: await this.#look('mail', batch) }
    return new Map(batch.map((decided) => [decided.unit.key, this.#tried(decided, seen)]))
  }

  /** N1: strangers first, so that the parties of their messages name them. */
  async #people(batch: ReadonlyArray<Decided>): Promise<void> {
    const people = new Map(batch.flatMap(({ person }) => (person === undefined ? [] : [[person.name, person]])))
    const open = [...people.values()].filter(({ name }) => !this.#made.has(name))
    if (open.length === 0) return
    const { tenant, links } = this.#session
    const claims = open.map(({ name }) => claimOf(tenant, name, 0))
    const standing = await need(this.#session, 'links', 'claim', links.claim(tenant, claims))
    const effects = open.map(
      ({ name, type, owner, fields }, index): Effect => ({
        _tag: 'Create',
        key: name,
        id: standing[index]?.id ?? '',
        type,
        owner,
        fields
      })
    )
    await this.#side('record', effects, engine)
    for (const { name } of open) {
      const outcome = this.#outcomes.get(name)
      if (outcome?._tag === 'Done') this.#made.set(name, outcome.ref)
    }
  }

  /** What rests on something that is made in this batch is written after it, with its ref; where that failed, it waits. */
  async #records(batch: ReadonlyArray<Decided>): Promise<void> {
    let open = batch.filter(({ effects }) => effects.record !== undefined)
    while (open.length > 0) {
      const ready = open.filter(({ needs = [], person }) =>
        [...needs, ...(person === undefined ? [] : [person.name])].every((name) => this.#made.has(name))
      )
      if (ready.length === 0) break
      await this.#as(ready)
      for (const { unit, effects } of ready) {
        const outcome = effects.record === undefined ? undefined : this.#outcomes.get(effects.record.key)
        if (outcome?._tag === 'Done') this.#made.set(unit.key, outcome.ref)
      }
      const done = new Set(ready)
      open = open.filter((decided) => !done.has(decided))
    }
    for (const { effects } of open) {
      const key = effects.record?.key ?? ''
      this.#outcomes.set(key, { _tag: 'Failed', key, error: this.stop?.error ?? { _tag: 'Gone', ref: '' } })
    }
  }

  /** Messages are stored with the engine's own rights, everything else with the user's (2.3/17). */
  async #as(ready: ReadonlyArray<Decided>): Promise<void> {
    const effects = ready.flatMap((decided) => {
      const { record } = decided.effects
      return record === undefined ? [] : [this.#filled(record, decided)]
    })
    const isMessage = ({ type }: Effect): boolean => type === 'email'
    await this.#side(
      'record',
      effects.filter((effect) => !isMessage(effect))
    )
    await this.#side('record', effects.filter(isMessage), engine)
  }

  #filled(effect: Effect, { needs, person }: Decided): Effect {
    if (effect._tag !== 'Create' || (needs === undefined && person === undefined)) return effect
    const fields = withMade(effect.fields, (name) => this.#made.get(name))
    return fields === undefined ? effect : { ...effect, fields }
  }

  /** The second of the two writes of a message that is sent (O7). */
  async #afterSending(sends: ReadonlyArray<Decided>): Promise<void> {
    const tried = sends.flatMap((decided) => {
      const { mail, record } = decided.effects
      const outcome = mail === undefined ? undefined : this.#outcomes.get(mail.key)
      const began = record === undefined ? undefined : this.#outcomes.get(record.key)
      return outcome === undefined || began?._tag !== 'Done' ? [] : [{ decided, outcome, began }]
    })
    const counts = tried.length < 2 || tried.some(({ outcome }) => !isPassing(outcome))
    const effects: Array<Effect> = []
    for (const { decided, outcome, began } of tried) {
      const { unit } = decided
      const { failures = 0 } = unit.due ?? {}
      const limit = sendLimit(this.#session)
      const sent = sendOutcome(outcome, { failures, limit, nowMs: this.#context.nowMs, counts })
      this.#sent.set(unit.key, sent)
      const { set } = sent
      if (set === undefined) continue
      effects.push({
        _tag: 'Update',
        key: `${unit.key} sent`,
        ref: began.ref,
        type: unit.type,
        ...(began.version === undefined ? {} : { expected: began.version }),
        set
      })
    }
    // The record must not stay `sending` for a mail server that asks to wait.
    const { stop } = this
    if (stop?.side === 'mail') this.stop = undefined
    await this.#side('record', effects, engine)
    this.stop ??= stop
  }

  /** The mark of a tracked item names the record that was made a moment before. */
  #marked(effect: Effect, record: Effect | undefined): Effect {
    if (effect._tag !== 'Update' || effect.marker === undefined) return effect
    const made = record?._tag === 'Create' ? this.#outcomes.get(record.key) : undefined
    const ref = made?._tag === 'Done' ? made.ref : effect.marker.record
    return { ...effect, marker: { tenant: this.#session.tenant, record: ref } }
  }

  #tried(
    { unit, effects, person }: Decided,
    seen: { readonly mail: ReadonlyMap<string, Snapshot>; readonly record: ReadonlyMap<string, Snapshot> }
  ): Tried {
    const mail = effects.mail === undefined ? undefined : this.#outcomes.get(effects.mail.key)
    const began = effects.record === undefined ? undefined : this.#outcomes.get(effects.record.key)
    const after = this.#outcomes.get(`${unit.key} sent`)
    const record = afterSending(began, after)
    const sent = this.#sent.get(unit.key)
    // It went out, or it did not: the record does not say so yet, and that is all that is tried again.
    const isUntold = after?._tag === 'Failed' && !isUnsure(after)
    const toldLater: SendOutcome = { code: 'retry-later', failures: unit.due?.failures ?? 0, again: true }
    const isPersonMade = person !== undefined && this.#outcomes.get(person.name)?._tag === 'Done'
    const seenMail = effects.mail === undefined ? undefined : seen.mail.get(effects.mail.key)
    const seenRecord = effects.record === undefined ? undefined : seen.record.get(effects.record.key)
    const adopted = (['mail', 'record'] as const).filter((side) => this.#adoptions.has(effects[side]?.key ?? ''))
    return {
      ...(adopted.length === 0 ? {} : { adopted }),
      ...(sent === undefined ? {} : { sent: isUntold ? toldLater : sent }),
      more: (after?._tag === 'Done' ? 1 : 0) + (isPersonMade && !this.#adoptions.has(person?.name ?? '') ? 1 : 0),
      ...(mail === undefined ? {} : { mail }),
      ...(record === undefined ? {} : { record }),
      mailSkipped: effects.mail !== undefined && mail === undefined,
      seen: {
        ...(seenMail === undefined ? {} : { mail: seenMail }),
        ...(seenRecord === undefined ? {} : { record: seenRecord })
      }
    }
  }

  async #side(side: Side, effects: ReadonlyArray<Effect>, as = actorOf(this.#session)): Promise<void> {
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
      const outcomes = await this.#call(side, fit, as)
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

  async #call(side: Side, effects: ReadonlyArray<Effect>, as: Actor): Promise<ReadonlyArray<Outcome>> {
    const { calls } = this.#session
    calls[`${side}.write`] = (calls[`${side}.write`] ?? 0) + 1
    const answer =
      side === 'mail' ? await this.#session.mail.write(effects) : await this.#session.records.write(effects, as)
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
      this.#session.records.read(type, [ref], type === 'email' ? engine : actorOf(this.#session))
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
  const isMark =
    mail?._tag === 'Update' &&
    (mail.marker !== undefined || (mail.categories !== undefined && decided.change._tag !== 'None')) &&
    Object.keys(mail.set).length === 0
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
    category: categoryOf(context.settings, decided.unit.kind),
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

/**
 * The record after the second write of a message that is sent. Where nobody knows of that write, the record is looked at
 * once more: it stands at no version that is known.
 */
const afterSending = (began: Outcome | undefined, after: Outcome | undefined): Outcome | undefined => {
  if (after === undefined || began?._tag !== 'Done' || !isUnsure(after)) return after ?? began
  return { _tag: 'Done', key: began.key, ref: began.ref }
}

const engine: Actor = { _tag: 'Engine' }

const isPassing = (outcome: Outcome): boolean => outcome._tag === 'Failed' && outcome.error._tag === 'Transient'

/** The router tries longer than the methods that know the mailbox (4.3). */
const sendLimit = ({ facts, settings }: Session): number =>
  facts.method === 'router' ? routerFigures.sendAttemptsMax : settings.retry.itemLimit

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
