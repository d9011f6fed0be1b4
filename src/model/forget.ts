/**
 * Forgetting: whose traces go from the link store, and the tests by which a store knows the rows that name them.
 */
import type { Ref, Side } from './ids.js'
import type { Intent } from './journal.js'
import type { Link } from './link.js'
import type { Due, Gesture } from './rows.js'

/** An item of one mailbox: another mailbox may use the same ref for something else. @public */
export interface ItemOf {
  readonly mailbox: string
  readonly ref: Ref
}

/** Whose traces go from the link store. Every part is of one tenant. @public */
export interface Forget {
  /** All rows of this mailbox. */
  readonly mailbox?: string
  /** All rows that name one of these items or records, as the thing itself or as its partner. */
  readonly items: ReadonlyArray<ItemOf>
  readonly records: ReadonlyArray<Ref>
  /** Claims of these identities, and of those that begin so and not otherwise; and claims whose id is a record's. */
  readonly identities: ReadonlyArray<string>
  readonly identitiesFrom: { readonly begins: ReadonlyArray<string>; readonly but: ReadonlyArray<string> }
  /** Documents of state by name. */
  readonly documents: ReadonlyArray<string>
}

/** How many rows of each kind were forgotten. `related`: links of others that no longer name a forgotten record. @public */
export interface Forgotten {
  readonly links: number
  readonly former: number
  readonly related: number
  readonly intents: number
  readonly claims: number
  readonly pending: number
  readonly inbox: number
  readonly due: number
  readonly decisions: number
  readonly conflicts: number
  readonly history: number
  readonly state: number
}

/** Which rows name something that is forgotten. */
export interface ForgetTest {
  readonly item: (mailbox: string, ref: Ref | undefined) => boolean
  readonly record: (ref: Ref | undefined) => boolean
  readonly thing: (mailbox: string, side: Side, ref: Ref) => boolean
  readonly intent: (mailbox: string, intent: Intent) => boolean
  readonly gesture: (mailbox: string, gesture: Gesture) => boolean
  readonly due: (mailbox: string, due: Due) => boolean
  readonly claim: (identity: string, id: Ref) => boolean
}

export const forgetTestOf = (what: Forget): ForgetTest => {
  const items = new Set(what.items.map(({ mailbox, ref }) => JSON.stringify([mailbox, ref])))
  const records = new Set(what.records)
  const identities = new Set(what.identities)
  const { begins, but } = what.identitiesFrom
  const startsAmong = (identity: string, starts: ReadonlyArray<string>): boolean =>
    starts.some((start) => identity.startsWith(start))
  const item = (mailbox: string, ref: Ref | undefined): boolean =>
    ref !== undefined && (mailbox === what.mailbox || items.has(JSON.stringify([mailbox, ref])))
  const record = (ref: Ref | undefined): boolean => ref !== undefined && records.has(ref)
  const thing = (mailbox: string, side: Side, ref: Ref): boolean =>
    mailbox === what.mailbox || (side === 'mail' ? item(mailbox, ref) : record(ref))
  return {
    item,
    record,
    thing,
    intent: (mailbox, { side, ref, source }) =>
      thing(mailbox, side, ref) || thing(mailbox, side === 'mail' ? 'record' : 'mail', source),
    gesture: (mailbox, gesture) =>
      mailbox === what.mailbox ||
      (gesture._tag !== 'Approve' && item(mailbox, gesture.item)) ||
      ('parent' in gesture && record(gesture.parent)),
    due: (mailbox, due) => mailbox === what.mailbox || item(mailbox, due.item) || record(due.record),
    claim: (identity, id) =>
      identities.has(identity) || records.has(id) || (startsAmong(identity, begins) && !startsAmong(identity, but))
  }
}

/** A link of another pair that shows a forgotten record: it names it no longer. */
export const withoutRecords = (link: Link, { record }: Pick<ForgetTest, 'record'>): Link => {
  const { related = [], decided, ...rest } = link
  const kept = related.filter((ref) => !record(ref))
  const facts = Object.entries(decided.facts).filter(([, fact]) => typeof fact !== 'string' || !record(fact))
  return {
    ...rest,
    ...(kept.length === 0 ? {} : { related: kept }),
    decided: { ...decided, facts: Object.fromEntries(facts) }
  }
}

/** Characters that go on an address before it, or after it; a full stop behind it may end a sentence. */
const before = '(?<![a-z0-9._%+-])'
const after = '(?![a-z0-9-]|\\.[a-z0-9])'

/** Whether a text anywhere in a JSON value mentions an address, without regard to case. */
export const mentionTest = (address: string): ((value: unknown) => boolean) => {
  const literal = address.toLowerCase().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  const pattern = new RegExp(`${before}${literal}${after}`)
  const mentions = (value: unknown): boolean => {
    if (typeof value === 'string') return pattern.test(value.toLowerCase())
    return typeof value === 'object' && value !== null && Object.values(value).some(mentions)
  }
  return mentions
}
