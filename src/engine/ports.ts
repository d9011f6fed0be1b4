/**
 * The four ports: signatures, promises, capabilities. An adapter implements one or more of them; `liaison/testing`
 * holds the suite that every adapter runs.
 *
 * Ports answer, they do not throw: what is to be expected comes back as a `Result`. What rejects is a defect.
 */
import type {
  Answer,
  Claim,
  ConflictRow,
  Cursor,
  DecisionRow,
  Due,
  Effect,
  FieldAccess,
  Filter,
  FieldTypes,
  FilterContext,
  FilterList,
  Forget,
  Forgotten,
  FormerLink,
  Found,
  Gesture,
  HistoryRow,
  InboxEntry,
  InboxRow,
  InstantMs,
  Intent,
  ItemSnapshot,
  Kind,
  Link,
  MailboxKey,
  MatchCode,
  Outcome,
  Page,
  Pending,
  RecordSnapshot,
  RecordType,
  Ref,
  Result,
  Side,
  SyncError,
  Version,
  Zones
} from '../model/index.js'
import { fail, ok } from '../model/index.js'
import type { ScheduleInput } from './policies.js'

/** What a store of either side can do. Each line says what the engine does where it cannot. @public */
export interface SideCan {
  /**
   * `log`: changes since a cursor, deletions included where `deletionsInFeed`. `updated-at`: the same from a column of
   * times, rows may come again. `list`: every call lists everything, and its cursor only pages: the one told at the
   * end of a listing begins another. The engine compares versions with its links.
   */
  readonly feed: 'log' | 'updated-at' | 'list'
  /** Where false, the engine asks for a slice of its links by ref at every cycle, and takes only *absent* for gone. */
  readonly deletionsInFeed: boolean
  /** Where false, the engine reads the thing again just before it writes, and takes another version as a refusal. */
  readonly conditional: boolean
  /** Where false, a creation without an answer is looked for by marker or unique key, else among new unlinked things with the same digests. */
  readonly clientIds: boolean
  /** Where false, the engine takes what it sent as the base, unconfirmed until the first later sighting. */
  readonly readYourWrites: boolean
  /** Where false, the engine reads the thing again after the write. */
  readonly representationOnWrite: boolean
  /** Where false, the version of a thing says nothing: the engine compares fields at every touch. */
  readonly versions: boolean
  /** `server`: change times are one clock's. `client`: whoever wrote. Where not `server`, `careful` asks instead of taking the latest. */
  readonly changeTimes: 'server' | 'client' | 'none'
  /** Most effects in one call of `write`; the engine cuts its batches, and a longer one is answered with `TooLarge`. */
  readonly writeBatchMax: number
  /** Bytes of one thing; a larger one is set aside before the write. */
  readonly itemBytesMax: number
  /** Where not true, attachments that the other side names as contents are left behind, and the facts say so. */
  readonly takesContents?: boolean
}

/** @public */
export interface MailCan extends SideCan {
  /** Kinds that this mailbox holds. The engine syncs no others. */
  readonly kinds: ReadonlyArray<Kind>
  /** Where false, the claim in the link store alone remembers a creation. */
  readonly marker: boolean
  /** Kinds whose items bear no mark though others do. */
  readonly unmarked?: ReadonlyArray<Kind>
  /** Where false, a moved item is an item deleted and another made. */
  readonly moveKeepsRef: boolean
  /** Where false, the engine matches nothing by field (`matchOnEntry`). */
  readonly findByField: boolean
  /** Kinds whose items can be given categories, and be relieved of them; none where left out. */
  readonly categories?: ReadonlyArray<Kind>
  /** Whether a message that is made in the folder `sent` goes out. Where not true nothing is sent: what waits keeps waiting. */
  readonly sends?: boolean
  /** Whether writes can be told to send invitations, send by themselves, or never do. Where `implicit`, the engine keeps silent fields alone. */
  readonly invitations: 'explicit' | 'implicit' | 'none'
}

/** @public */
export interface RecordCan extends SideCan {
  /** Types that this store holds. */
  readonly types: ReadonlyArray<RecordType>
  /** Where false, the claim in the link store alone keeps two creations of one identity apart. */
  readonly uniqueKeys: boolean
  /** Where true, `changes` gives each user's own records and the inbox is skipped. */
  readonly filteredFeed: boolean
  /** Where false, the engine lists everything and judges each record in memory. */
  readonly query: boolean
}

/** What the mailbox is searched for. @public */
export type MailKey =
  | { readonly _tag: 'ByMarker'; readonly tenant: string; readonly record: Ref; readonly kind: Kind }
  | { readonly _tag: 'ByField'; readonly kind: Kind; readonly field: string; readonly value: string }

/** What the record store is searched for. @public */
export interface RecordKeyQuery {
  readonly type: RecordType
  readonly code: MatchCode
  /** As `termsOf` makes it of a record's fields. The empty term of one part is nobody's. */
  readonly term: string
  /** Refs wanted at most, and never more than 1000; 3 where left out: mostly the engine asks none, one or several. */
  readonly max?: number
}

/** The refs that answer one key, the last created first and then by ref; no more than were asked for. @public */
export interface Hits {
  readonly refs: ReadonlyArray<Ref>
}

/** A push: something changed. Hints only make a mailbox due; the feed says what. @public */
export interface Hint {
  readonly scope?: string
}

/** The mailbox. A scope of its feed is a kind. A ref is unique over all kinds of the mailbox. @public */
export interface MailStore {
  readonly can: MailCan
  /**
   * Changes after `cursor`, oldest first, at most `max`; `undefined` starts from the beginning, and fixes its cursor
   * before it lists. Each change at least once; no ref twice in a page.
   */
  readonly changes: (scope: Kind, cursor: Cursor | undefined, max: number) => Answer<Page<ItemSnapshot>>
  /** One `Found` per ref, in the order of the refs. `Absent` and `Unreadable` are answers, not errors. */
  readonly read: (refs: ReadonlyArray<Ref>) => Answer<ReadonlyArray<Found<ItemSnapshot>>>
  /**
   * The same of messages without their text, their attachments and their other headers: what the engine judges a message
   * by before it is accepted. Where left out the engine reads them whole, and drops the rest at once.
   */
  readonly heads?: (refs: ReadonlyArray<Ref>) => Answer<ReadonlyArray<Found<ItemSnapshot>>>
  /**
   * Of messages that carry another as an attachment (`message/rfc822`): the attached one, the first where there are
   * several, under the ref of its carrier; parts of its contents are read by `content` under that ref too. `Unreadable`,
   * `malformed`, where none is attached or it cannot be decoded. Asked for forward mailboxes alone; where left out, no
   * mailbox of this store can be one.
   */
  readonly forwarded?: (refs: ReadonlyArray<Ref>) => Answer<ReadonlyArray<Found<ItemSnapshot>>>
  /** One `Hits` per key, in order. */
  readonly find: (keys: ReadonlyArray<MailKey>) => Answer<ReadonlyArray<Hits>>
  /** Carries out effects in order. One `Outcome` per effect, in order; one failed effect stops no other. */
  readonly write: (effects: ReadonlyArray<Effect>) => Answer<ReadonlyArray<Outcome>>
  /** The bytes of a content ref. What it throws is a `SyncError`. */
  readonly content: (ref: Ref, part: string) => AsyncIterable<Uint8Array>
  readonly hints?: (signal: AbortSignal) => AsyncIterable<Hint>
}

/** As whom the record store is read and written: a user by id, or the engine itself. @public */
export type Actor = { readonly _tag: 'Engine' } | { readonly _tag: 'User'; readonly id: string }

/** Members of a filter; with `not`, those that the other filter does not hold. @public */
export interface MembersQuery {
  readonly type: RecordType
  readonly filter: Filter
  readonly context: FilterContext
  readonly not?: { readonly filter: Filter; readonly context: FilterContext }
  /** Data of the users' time zones. A store that is not given them answers conditions on dates with too many. */
  readonly zones?: Zones
  /** Types of the record's fields, where the host has named them. */
  readonly schema?: FieldTypes
}

/**
 * The application's store. A scope of its feed is a record type. A ref is unique over all types of the store: tables
 * that count up on their own put their name before the number.
 * @public
 */
export interface RecordStore {
  readonly can: RecordCan
  readonly changes: (scope: RecordType, cursor: Cursor | undefined, max: number) => Answer<Page<RecordSnapshot>>
  readonly read: (type: RecordType, refs: ReadonlyArray<Ref>, as: Actor) => Answer<ReadonlyArray<Found<RecordSnapshot>>>
  /** Members that the user may read, by ref in code-unit order. May hold too many, never too few: the engine judges. */
  readonly members: (
    query: MembersQuery,
    as: Actor,
    page: { readonly after?: Cursor; readonly max: number }
  ) => Answer<Page<RecordSnapshot>>
  readonly lookup: (keys: ReadonlyArray<RecordKeyQuery>) => Answer<ReadonlyArray<Hits>>
  readonly write: (effects: ReadonlyArray<Effect>, as: Actor) => Answer<ReadonlyArray<Outcome>>
  readonly content: (ref: Ref, part: string) => AsyncIterable<Uint8Array>
}

/** The right to be the one that works on a mailbox, or reads a tenant's feed. `token` grows with every new holder. @public */
export interface Lease {
  readonly tenant: string
  readonly name: string
  readonly holder: string
  readonly token: number
  readonly untilMs: InstantMs
}

/** @public */
export type LeaseAnswer =
  | { readonly _tag: 'Leased'; readonly lease: Lease; readonly forced: boolean }
  | { readonly _tag: 'Busy'; readonly untilMs: InstantMs }

/** A document of state: cursors, pace, memberships. JSON. @public */
export type StateDocument = { readonly [key: string]: unknown }

/**
 * Everything that one commit changes, in one transaction. It names its lease and is refused with `LeaseLost` where
 * another holder has taken it. Rows belong to `mailbox`, but for the inbox rows, which name theirs.
 * @public
 */
export interface Transaction {
  readonly lease: Lease
  readonly mailbox: string
  readonly intents?: ReadonlyArray<Intent>
  /** Keys of intents whose outcome is known. */
  readonly closed?: ReadonlyArray<string>
  readonly links?: ReadonlyArray<Link>
  /** Removes the link of that id and remembers it. */
  readonly ended?: ReadonlyArray<FormerLink>
  /** Ids of former links that are forgotten, because the pair is linked again. */
  readonly revived?: ReadonlyArray<string>
  readonly decisions?: ReadonlyArray<DecisionRow>
  readonly conflicts?: ReadonlyArray<ConflictRow>
  readonly inbox?: ReadonlyArray<InboxRow>
  /** Inbox rows are removed only where no later change has replaced them. */
  readonly settledInbox?: ReadonlyArray<{ readonly type: RecordType; readonly ref: Ref; readonly seq: number }>
  readonly settledPending?: ReadonlyArray<number>
  readonly due?: ReadonlyArray<Due>
  readonly settledDue?: ReadonlyArray<string>
  /** Documents by name, replaced whole. */
  readonly state?: ReadonlyArray<{ readonly name: string; readonly document: StateDocument }>
  readonly history?: ReadonlyArray<HistoryRow>
  /** What is old enough to go, after everything else of the commit. */
  readonly outdated?: Outdated
}

/**
 * What a commit removes because of its age: of each kind of row at most `max`, the oldest first. A decision about a
 * thing that has a link stays, and may stay until one about that thing is written anew.
 * @public
 */
export interface Outdated {
  readonly history: InstantMs
  readonly decisions: InstantMs
  readonly conflicts: InstantMs
  readonly max: number
}

/**
 * Where the engine keeps what it knows. One transaction per commit; there is no "all links": `walk` gives a bounded
 * slice. Every key begins with the tenant.
 * @public
 */
export interface LinkStore {
  /**
   * Takes or renews the lease `name` on the store's own clock. The holder of a live lease renews it with the same
   * token; a lease that has expired or was released is taken with a larger one, by whomever.
   */
  readonly lease: (tenant: string, name: string, holder: string, ttlMs: number) => Answer<LeaseAnswer>
  readonly release: (lease: Lease) => Answer<void>
  /** Inserts the claims whose identity is free, in one statement each; answers the claims that stand, in order. */
  readonly claim: (tenant: string, claims: ReadonlyArray<Claim>) => Answer<ReadonlyArray<Claim>>
  /** Replaces the claim where its generation is still `from`; answers the one that stands. */
  readonly raise: (tenant: string, from: number, to: Claim) => Answer<Claim>
  /** Links by item or record (of one mailbox, or without `mailbox` of all of the tenant), or by related record. */
  readonly linksOf: (
    tenant: string,
    by: 'item' | 'record' | 'related',
    refs: ReadonlyArray<Ref>,
    mailbox?: string
  ) => Answer<ReadonlyArray<Link>>
  /** A slice of a mailbox's links in order of id, after the id given. */
  readonly walk: (key: MailboxKey, after: string | undefined, max: number) => Answer<ReadonlyArray<Link>>
  /** Former links by item or record, of one mailbox, or without `mailbox` of all of the tenant. */
  readonly formerOf: (
    tenant: string,
    by: 'item' | 'record',
    refs: ReadonlyArray<Ref>,
    mailbox?: string
  ) => Answer<ReadonlyArray<FormerLink>>
  readonly openIntents: (key: MailboxKey, max: number) => Answer<ReadonlyArray<Intent>>
  /** Needs no lease. Answers how many wait now; `Left` `QuotaExceeded` past `pendingMax`. */
  readonly append: (key: MailboxKey, gestures: ReadonlyArray<Gesture>, atMs: InstantMs) => Answer<number>
  readonly pending: (key: MailboxKey, max: number) => Answer<ReadonlyArray<Pending>>
  readonly inbox: (key: MailboxKey, after: number, max: number) => Answer<ReadonlyArray<InboxEntry>>
  /** Rows that are looked at again, in order of key; resting ones are left out but for those whose instant has come. */
  readonly due: (key: MailboxKey, max: number, nowMs: InstantMs) => Answer<ReadonlyArray<Due>>
  /** Rows by key, resting ones too. */
  readonly dueOf: (key: MailboxKey, keys: ReadonlyArray<string>) => Answer<ReadonlyArray<Due>>
  readonly decisionsOf: (key: MailboxKey, side: Side, refs: ReadonlyArray<Ref>) => Answer<ReadonlyArray<DecisionRow>>
  /** Oldest first. */
  readonly conflicts: (key: MailboxKey, max: number) => Answer<ReadonlyArray<ConflictRow>>
  /** What the engine wrote to one thing, the largest key first; with `before` only rows of smaller keys. */
  readonly historyOf: (
    key: MailboxKey,
    side: Side,
    ref: Ref,
    before: string | undefined,
    max: number
  ) => Answer<ReadonlyArray<HistoryRow>>
  /** What the engine wrote in one cycle, in order of key, after the key given. */
  readonly historyIn: (
    key: MailboxKey,
    cycle: string,
    after: string | undefined,
    max: number
  ) => Answer<ReadonlyArray<HistoryRow>>
  readonly state: (tenant: string, name: string) => Answer<StateDocument | undefined>
  /**
   * At most `max` pairs of which a link, a former link or the history holds a value that mentions the address, without
   * regard to case. Digests say nothing of their values. Looks at every row of the tenant: for rare use.
   */
  readonly mentioning: (
    tenant: string,
    address: string,
    max: number
  ) => Answer<ReadonlyArray<{ readonly mailbox: string; readonly item: Ref; readonly record: Ref }>>
  /** Removes all that is named, at once, also from what lies unused on disk. Needs no lease. */
  readonly forget: (tenant: string, what: Forget) => Answer<Forgotten>
  readonly transact: (transaction: Transaction) => Answer<void>
}

/** How a mailbox is connected. @public */
export type Method = 'server-side' | 'client' | 'app' | 'router' | 'pop'

/** Which received messages a user or a queue takes (A1 of `tracking.md`). @public */
export type AutoTrack = 'all' | 'replies' | 'known-senders' | 'email-enabled' | 'none'

/** A tracked folder; `regarding`: the record that everything in it is about. @public */
export interface FolderRule {
  readonly folder: string
  readonly regarding?: Ref
}

/** A mailbox as the host configures it. @public */
export interface MailboxFacts {
  readonly user: string
  readonly address: string
  readonly timeZone: string
  readonly method: Method
  /**
   * Whether somebody has approved this address for this mailbox (4.4/1). Until then nothing moves, `not-approved`. Where
   * a set-up test stands, another address than the tested one is not approved before the test was run again.
   */
  readonly approved: boolean
  /**
   * The server that the mailbox is reached through, by any name that its other mailboxes have too (4.3). A failure that its
   * store calls the profile's counts for all of them together, and against none (E1).
   */
  readonly profile?: string
  /** `false`: the mailbox or its user is deactivated, and the mailbox disabled for as long (4.4/4). */
  readonly active?: boolean
  readonly enabled: { readonly incoming: boolean; readonly outgoing: boolean; readonly act: boolean }
  readonly queue: boolean
  /**
   * Messages arrive here as attachments of others: the attached one is taken with its own headers, its envelope never
   * (W4). Such a mailbox only receives: nothing is sent from it, nothing else than e-mail is synchronised, and no folder
   * rule holds. Its store must know how to open them (`MailStore.forwarded`).
   */
  readonly forward?: boolean
  /**
   * A message goes from the mailbox at the cycle after it was stored, and its record stays; of a queue or a forward mailbox
   * alone (4.4/5). No guard counts these deletions: whoever has set this has asked for them.
   */
  readonly deleteProcessed?: boolean
  /** Which received messages are tracked without anybody's asking (A1). */
  readonly autoTrack: AutoTrack
  /** Folders below the inbox whose messages are tracked, and what these are about (3.4). */
  readonly folderRules: ReadonlyArray<FolderRule>
  /** Older messages are not tracked automatically: the later of the mailbox's and its server profile's (A9). */
  readonly startAtMs?: InstantMs
  /** `false`: nothing of a message leaves the mailbox unasked, and automatic tracking is off (A18). */
  readonly probing?: boolean
  /** Nothing is sent before this instant (O4). */
  readonly postponedUntilMs?: InstantMs
  /** When it is due, where that is not as the engine has it. */
  readonly schedule?: ScheduleInput
  /** By record type; a list replaces the default filters of that type, `[]` means none. */
  readonly filters: { readonly [type: string]: FilterList }
}

/** What filters ask of a user beside id, teams, business unit, time zone and time. @public */
export type FilterSurroundings = Omit<FilterContext, 'user' | 'teams' | 'businessUnit' | 'timeZone' | 'nowMs'>

/** What a user may do. @public */
export interface Access {
  readonly privileges: {
    readonly sync: boolean
    readonly create: boolean
    readonly update: boolean
    readonly delete: boolean
  }
  /** By record type and record-side field, such as `contact.jobtitle`. A field that is not named is open. */
  readonly fields: { readonly [field: string]: FieldAccess }
  readonly teams: ReadonlyArray<string>
  readonly businessUnit: string
  /** Any text that changes when what the user may read changes: membership is then judged anew in full. */
  readonly epoch: string
  /** For filters on reports, language, calendars, trees, and on parties with other addresses than the mailbox's own. */
  readonly surroundings?: FilterSurroundings
}

/** Who is who. `oneUser({…})` is the default. @public */
export interface Directory {
  readonly mailbox: (id: string) => Answer<MailboxFacts | undefined>
  /** The user behind each address, compared without regard to case; `undefined` where it is nobody of ours. */
  readonly users: (addresses: ReadonlyArray<string>) => Answer<ReadonlyArray<string | undefined>>
  /** The mailbox of each user or queue, `undefined` where there is none: one user has one mailbox (4.4/3). */
  readonly mailboxesOf: (users: ReadonlyArray<string>) => Answer<ReadonlyArray<string | undefined>>
  readonly access: (user: string) => Answer<Access>
}

/** The one-line way in for functions that throw: what is thrown as a `SyncError` is the answer, all else is `Transient`. @public */
export const port =
  <Args extends ReadonlyArray<unknown>, A>(run: (...args: Args) => Promise<A>) =>
  async (...args: Args): Answer<A> => {
    try {
      return ok(await run(...args))
    } catch (thrown) {
      return fail(isSyncError(thrown) ? thrown : { _tag: 'Transient', unsure: true })
    }
  }

const syncErrorTags: { readonly [tag in SyncError['_tag']]: true } = {
  Transient: true,
  Throttled: true,
  SignInRequired: true,
  Forbidden: true,
  VersionMismatch: true,
  Gone: true,
  CursorExpired: true,
  AlreadyExists: true,
  Malformed: true,
  TooLarge: true,
  QuotaExceeded: true,
  LeaseLost: true,
  Unsupported: true
}

const isSyncError = (thrown: unknown): thrown is SyncError =>
  typeof thrown === 'object' &&
  thrown !== null &&
  '_tag' in thrown &&
  typeof thrown._tag === 'string' &&
  Object.hasOwn(syncErrorTags, thrown._tag)

/** @public */
export type { Result, Version }
