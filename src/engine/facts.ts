/**
 * Asks and facts: what a stage must know, as data, and what came of asking. Only `run/gather` talks to a store.
 * Not knowing is a fact of its own, never "no".
 */
import type { AutoTrack, Method } from './ports.js'
import type { Candidate } from './track/resolve.js'
import type {
  FormerLink,
  Found,
  ItemSnapshot,
  Kind,
  Link,
  MatchCode,
  RecordSnapshot,
  RecordType,
  Ref,
  SyncError
} from '../model/index.js'
import { codeName } from '../model/index.js'

/** One thing a stage must know. @public */
export type Ask =
  /** `head`: of a message all but its text, its attachments and its other headers. */
  | { readonly _tag: 'ItemsByRef'; readonly ref: Ref; readonly head?: true }
  /**
   * `engine`: with the engine's own rights, as messages are stored and addresses resolved (2.3/17, R7). `head`: of a
   * stored message all but its text.
   */
  | {
      readonly _tag: 'RecordsByRef'
      readonly type: RecordType
      readonly ref: Ref
      readonly engine?: true
      readonly head?: true
    }
  /** The name of a record whose type is not known: a parent is an account or a contact. `engine`: whoever may read it. */
  | { readonly _tag: 'NamesByRef'; readonly ref: Ref; readonly engine?: true }
  | { readonly _tag: 'LinksByItem'; readonly ref: Ref }
  | { readonly _tag: 'LinksByRecord'; readonly ref: Ref }
  | { readonly _tag: 'FormersByItem'; readonly ref: Ref }
  | { readonly _tag: 'FormersByRecord'; readonly ref: Ref }
  | { readonly _tag: 'ItemByMarker'; readonly kind: Kind; readonly record: Ref }
  | { readonly _tag: 'ItemsByField'; readonly kind: Kind; readonly field: string; readonly value: string }
  /** The user behind an address; known as `undefined` where it is nobody of ours. */
  | { readonly _tag: 'UserOf'; readonly address: string }
  /** Whether the mailbox of that organizer holds a linked copy of the record. */
  | { readonly _tag: 'OrganizerCopy'; readonly record: Ref; readonly organizer: string }
  /** The start of a series' last occurrence, an instant or a date; `null` where it has no end. */
  | { readonly _tag: 'LastOccurrence'; readonly recurrence: string }
  | { readonly _tag: 'RecordsByField'; readonly type: RecordType; readonly field: string; readonly value: string }
  /** Records by a match code, the last created first, at most `max`. */
  | {
      readonly _tag: 'RecordsByCode'
      readonly type: RecordType
      readonly code: MatchCode
      readonly term: string
      readonly max: number
    }
  /** Everybody and everything with this address, users and queues of ours among them (3.7). */
  | { readonly _tag: 'PeopleByAddress'; readonly address: string }
  /** What a user or queue of ours takes, and may do: asked of recipients (A7, P3). */
  | { readonly _tag: 'RecipientOf'; readonly user: string }
  /** The address that mail to a record or a user of ours goes to, empty where it has none (R10). */
  | { readonly _tag: 'AddressOf'; readonly ref: Ref }
  /** Links of a record in all mailboxes of the tenant. */
  | { readonly _tag: 'CopiesOf'; readonly record: Ref }

/** The answer to an ask. @public */
export type Fact<A> =
  | { readonly _tag: 'Known'; readonly value: A }
  | { readonly _tag: 'Absent' }
  | { readonly _tag: 'Unknown'; readonly error: SyncError }

/** A user or queue of ours as a recipient. @public */
export interface Recipient {
  readonly user: string
  readonly queue: boolean
  /** `none` also for somebody without a mailbox. */
  readonly autoTrack: AutoTrack
  readonly mayCreate: boolean
  /** How his mailbox is synchronised, where he has one. */
  readonly method?: Method
}

/** What each ask answers with. */
export interface Answers {
  readonly ItemsByRef: Found<ItemSnapshot>
  readonly RecordsByRef: Found<RecordSnapshot>
  readonly NamesByRef: string
  readonly LinksByItem: ReadonlyArray<Link>
  readonly LinksByRecord: ReadonlyArray<Link>
  readonly FormersByItem: ReadonlyArray<FormerLink>
  readonly FormersByRecord: ReadonlyArray<FormerLink>
  readonly ItemByMarker: ReadonlyArray<Ref>
  readonly ItemsByField: ReadonlyArray<Ref>
  readonly RecordsByField: ReadonlyArray<Ref>
  readonly RecordsByCode: ReadonlyArray<Ref>
  readonly PeopleByAddress: ReadonlyArray<Candidate>
  readonly RecipientOf: Recipient
  readonly CopiesOf: ReadonlyArray<Link>
  readonly AddressOf: string
  readonly UserOf: string | undefined
  readonly OrganizerCopy: boolean
  readonly LastOccurrence: string | null
}

/** Asks of one group differ by their name alone; facts are kept by both, and doubles fall away. */
export const groupOf = (ask: Ask): string => {
  switch (ask._tag) {
    case 'RecordsByRef':
      return `${ask._tag} ${ask.type}${ask.engine === true ? ' engine' : ''}${ask.head === true ? ' head' : ''}`
    case 'NamesByRef':
      return `${ask._tag}${ask.engine === true ? ' engine' : ''}`
    case 'RecordsByCode':
      return `${ask._tag} ${ask.type} ${codeName(ask.code)}`
    case 'ItemByMarker':
      return `${ask._tag} ${ask.kind}`
    case 'ItemsByField':
      return `${ask._tag} ${ask.kind} ${ask.field}`
    case 'RecordsByField':
      return `${ask._tag} ${ask.type} ${ask.field}`
    default:
      return ask._tag
  }
}

export const nameIn = (ask: Ask): string => {
  switch (ask._tag) {
    case 'ItemByMarker':
      return ask.record
    case 'ItemsByField':
    case 'RecordsByField':
      return ask.value
    case 'UserOf':
    case 'PeopleByAddress':
      return ask.address.toLowerCase()
    case 'RecordsByCode':
      return ask.term
    case 'RecipientOf':
      return ask.user
    case 'CopiesOf':
      return ask.record
    case 'OrganizerCopy':
      return `${ask.record} ${ask.organizer.toLowerCase()}`
    case 'LastOccurrence':
      return ask.recurrence
    default:
      return ask.ref
  }
}

/** Facts by their ask. @public */
export class Facts {
  readonly #groups = new Map<string, Map<string, Fact<unknown>>>()

  learn<K extends Ask['_tag']>(ask: Extract<Ask, { readonly _tag: K }>, fact: Fact<Answers[K]>): void {
    const name = groupOf(ask)
    const group = this.#groups.get(name)
    if (group === undefined) this.#groups.set(name, new Map([[nameIn(ask), fact]]))
    else group.set(nameIn(ask), fact)
  }

  knows(ask: Ask): boolean {
    return this.#groups.get(groupOf(ask))?.has(nameIn(ask)) === true
  }

  /** An ask that nobody put is unknown, not absent. */
  of<K extends Ask['_tag']>(ask: Extract<Ask, { readonly _tag: K }>): Fact<Answers[K]> {
    const fact = this.#groups.get(groupOf(ask))?.get(nameIn(ask))
    // `learn` is the only way in and types what it takes by the ask's tag.
    return (
      (fact as Fact<Answers[K]> | undefined) ?? { _tag: 'Unknown', error: { _tag: 'Transient', message: 'not asked' } }
    )
  }
}

/** The known value of a fact, or what to take in its place. */
export const known = <A>(fact: Fact<A>, otherwise: A): A => (fact._tag === 'Known' ? fact.value : otherwise)
