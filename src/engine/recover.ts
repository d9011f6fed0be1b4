/**
 * Step 1, pure: what an intent without an outcome came to, by how the thing looks now. Nothing is ever replayed.
 *
 * | op | what the side says now | what it means |
 * |---|---|---|
 * | create | not there / there | nothing happened / link it |
 * | update | version expected / another, rows as sent / others | nothing happened / echo / a person's edit |
 * | delete | gone / there | former link / nothing happened |
 */
import type { BaseDigestOf, Rules, ShapeRow } from '../mapping/index.js'
import type { Base, BaseValue, FormerLink, InstantMs, Intent, Link, Snapshot, Value } from '../model/index.js'
import { isDigest, isReason, otherSide } from '../model/index.js'

/** What recover does about one intent. */
export type Recovered =
  | { readonly _tag: 'Nothing' }
  /** `owing`: the link only notes what was not written. */
  | { readonly _tag: 'Link'; readonly link: Link; readonly owing?: boolean }
  | { readonly _tag: 'End'; readonly former: FormerLink }

export interface RecoverContext {
  readonly mailbox: string
  readonly cycle: string
  readonly nowMs: InstantMs
  readonly rules: Rules | undefined
  readonly digest: BaseDigestOf
  readonly digestBase: boolean
  /** Writes are remembered for the freeze of fields: recovered ones too. */
  readonly freezes: boolean
  /** Rows that the same decision writes on the other side too, and whether that write has come. */
  readonly onBothSides?: { readonly rows: ReadonlySet<string>; readonly came: boolean }
  /** This recovery has made the link: a write to its other side belongs to the creation. */
  readonly isMade: boolean
}

/** `now`: the thing the intent wrote to, as it is now; `undefined`: it is not there. `link`: the link as it stands. */
export const settleIntent = (
  intent: Intent,
  now: Snapshot | undefined,
  link: Link | undefined,
  context: RecoverContext
): Recovered => {
  if (context.rules === undefined || intent.shape !== context.rules.shape.digest) return { _tag: 'Nothing' }
  switch (intent.op) {
    case 'create':
      if (now === undefined) return { _tag: 'Nothing' }
      return intent.endedBy === undefined
        ? created(intent, now, context.rules, context)
        : madeAlone(intent, now, context.rules, context)
    case 'update':
      if (context.isMade && link !== undefined && now?.version === intent.expected)
        return { _tag: 'Link', link: owing(intent, link), owing: true }
      return now === undefined || link === undefined || now.version === intent.expected
        ? unlessVersionless(intent, now, link, context)
        : updated(intent, now, link, context.rules, context)
    case 'delete':
      return now === undefined && link !== undefined
        ? { _tag: 'End', former: formerOf(intent, link, context) }
        : { _tag: 'Nothing' }
  }
}

/** What a creation takes back from its source (2.3/14) and had no time to: the item still owes it. */
const owing = (intent: Intent, link: Link): Link =>
  intent.side === 'mail' && intent.rows.length > 0 ? { ...link, owes: intent.rows } : link

/** A store without versions cannot say that nothing happened: the rows say it. */
const unlessVersionless = (
  intent: Intent,
  now: Snapshot | undefined,
  link: Link | undefined,
  context: RecoverContext
): Recovered =>
  now !== undefined && link !== undefined && now.version === undefined && context.rules !== undefined
    ? updated(intent, now, link, context.rules, context)
    : { _tag: 'Nothing' }

const decidedBy = (intent: Intent, context: RecoverContext): Link['decided'] => ({
  code: isReason(intent.code) ? intent.code : 'unchanged',
  facts: { recovered: true, rows: intent.rows },
  cycle: context.cycle,
  atMs: context.nowMs
})

/**
 * The base is what was sent, and on the other side what that side held in the cycle that made it: whatever the thing
 * holds beyond that by now was typed since, and flows.
 */
const created = (
  intent: Intent,
  now: Snapshot,
  rules: Rules,
  context: RecoverContext
): Extract<Recovered, { readonly _tag: 'Link' }> => {
  const made = rules.shape.rows.map((row): BaseValue => {
    const value = row[intent.side].lift(now.fields, new Map())
    const digest = (of: Value): string => context.digest(intent.side, row.name, row[intent.side].normal(of))
    const at = intent.rows.indexOf(row.name)
    const sent = at < 0 ? digest(null) : (intent.sent[at] ?? digest(null))
    return digest(value) === sent && !context.digestBase ? value : { digest: sent }
  })
  const other = otherSide(intent.side)
  const held = intent.held.map((digest, at): BaseValue => {
    if (digest !== '') return { digest }
    return context.digestBase ? { digest: context.digest(other, rules.shape.rows[at]?.name ?? '', null) } : null
  })
  const base: Base = intent.side === 'mail' ? { mail: made, record: held } : { mail: held, record: made }
  const owner = 'state' in now ? now.owner : undefined
  return {
    _tag: 'Link',
    link: {
      id: intent.link,
      mailbox: context.mailbox,
      item: intent.side === 'mail' ? now.ref : intent.source,
      kind: intent.kind,
      record: intent.side === 'record' ? now.ref : intent.source,
      type: intent.type,
      origin: intent.origin,
      // The other side may have moved since: it is looked at.
      versions: now.version === undefined ? {} : { [intent.side]: now.version },
      shape: rules.shape.digest,
      base,
      ...(owner === undefined ? {} : { owner }),
      ...('state' in now ? { state: now.state } : {}),
      ...(intent.kind === 'email' && intent.side === 'record' && isReason(intent.code) ? { made: intent.code } : {}),
      decided: decidedBy(intent, context)
    }
  }
}

/** Made again by an undo while its partner was gone: there is nothing to link, but something to remember. */
const madeAlone = (intent: Intent, now: Snapshot, rules: Rules, context: RecoverContext): Recovered => ({
  _tag: 'End',
  former: formerOf(intent, created(intent, now, rules, context).link, context)
})

/**
 * Row by row: what stands as sent is our own. A write is one: where any of it shows, all of it happened, and what is
 * neither as sent nor as before was typed since. So it is where the answer alone was lost, unless a row is as before:
 * then the write never came.
 */
const updated = (intent: Intent, now: Snapshot, link: Link, rules: Rules, context: RecoverContext): Recovered => {
  const side = intent.side
  const other = otherSide(side)
  const baseDigest = (base: BaseValue, row: ShapeRow): string =>
    isDigest(base) ? base.digest : context.digest(side, row.name, row[side].normal(base))
  const rows = intent.rows.flatMap((name, index) => {
    const at = rules.shape.rows.findIndex((row) => row.name === name)
    const row = rules.shape.rows[at]
    const sent = intent.sent[index]
    const held = intent.held[index]
    if (row === undefined || sent === undefined || held === undefined) return []
    const value = row[side].lift(now.fields, new Map())
    const digest = context.digest(side, name, row[side].normal(value))
    return [
      {
        name,
        at,
        sent,
        held,
        value,
        digest,
        shows: digest === sent,
        isOld: digest === baseDigest(link.base[side][at] ?? null, row)
      }
    ]
  })
  const happened = rows.some(({ shows }) => shows) || (intent.unsure === true && !rows.some(({ isOld }) => isOld))
  if (rows.length === 0 || !happened) return { _tag: 'Nothing' }
  const { onBothSides } = context
  const isShared = (name: string): boolean => onBothSides?.rows.has(name) === true
  // Where the other write never came the base stays behind: the next look finds the change again, and writes it.
  const moved = onBothSides?.came === false ? rows.filter(({ name }) => !isShared(name)) : rows
  const mine = link.base[side].slice()
  const theirs = link.base[other].slice()
  for (const { name, at, sent, held, value, shows } of moved) {
    mine[at] = shows && !context.digestBase ? value : { digest: sent }
    // What the other side held then is not what it holds since its own write.
    if (!isShared(name)) theirs[at] = { digest: held }
  }
  const base: Base = side === 'mail' ? { mail: mine, record: theirs } : { mail: theirs, record: mine }
  const writes = context.freezes
    ? [
        ...(link.writes ?? []),
        ...rows.map(({ name, sent }) => ({ field: name, side, atMs: intent.atMs, digest: sent }))
      ]
    : link.writes
  return {
    _tag: 'Link',
    link: { ...link, base, ...(writes === undefined ? {} : { writes }), decided: decidedBy(intent, context) }
  }
}

const formerOf = (intent: Intent, link: Link, context: RecoverContext): FormerLink => ({
  id: link.id,
  mailbox: link.mailbox,
  item: link.item,
  kind: link.kind,
  record: link.record,
  type: link.type,
  endedBy: intent.endedBy ?? 'both-deleted',
  code: isReason(intent.code) ? intent.code : 'unlinked',
  atMs: context.nowMs,
  shape: link.shape,
  base: link.base
})
