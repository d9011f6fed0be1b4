/**
 * A mailbox in memory: the port, and beside it `host`, the hand of the person whose mailbox it is. It adds nothing to
 * what is written. Every capability can be switched off, and the store then behaves as one that cannot.
 */
import type {
  CreateEffect,
  Effect,
  Fields,
  Found,
  InstantMs,
  ItemSnapshot,
  Kind,
  Marker,
  Ref,
  SyncError,
  Value
} from '../../model/index.js'
import { fail, fieldOf, headOf, mergedFields, Misuse, ok } from '../../model/index.js'
import type { MailCan, MailStore } from '../../engine/ports.js'
import type { MemoryFaults } from './faults.js'
import { doorOf } from './faults.js'
import { shelfOf } from './shelf.js'
import type { Attached } from './side.js'
import { contentsOf, countingClock, hitsOf, idsOf, readPuts, sideCanOf, termOf, termsOf } from './side.js'
import type { TriedCounts, Writer } from './write.js'
import { carryOut, tallyOf } from './write.js'

/** @public */
export interface MemoryMailSettings {
  /** Milliseconds. Counts from 0 where left out. */
  readonly clock?: () => InstantMs
  readonly can?: Partial<MailCan>
  readonly faults?: MemoryFaults
  /** Ids that the store gives by itself: `m1`, `m2` … */
  readonly ids?: (n: number) => Ref
  /** Whether rows of the feed carry snapshots. True where left out. */
  readonly snapshotsInFeed?: boolean
}

/** An item as a person puts it there. @public */
export interface HostItem {
  readonly ref?: Ref
  readonly kind: Kind
  /** `inbox`, `contacts`, `calendar`, `tasks` where left out. */
  readonly folder?: string
  readonly categories?: ReadonlyArray<string>
  readonly marker?: Marker
  /** The clock's where left out. */
  readonly changedAtMs?: InstantMs
  /** `forwarded`, an object of fields: the message that is attached to this one (`MailStore.forwarded`). */
  readonly fields: Fields
}

/** @public */
export interface ItemEdit {
  /** `null` empties a field; one that is not named keeps its value. */
  readonly set?: Fields
  readonly categories?: ReadonlyArray<string>
  readonly folder?: string
  readonly changedAtMs?: InstantMs
}

/** Messages that the mailbox has sent. @public */
export interface MessageCounts {
  readonly invitations: number
  readonly updates: number
  readonly cancellations: number
  readonly sent: number
}

/** The person's own hand on the mailbox. @public */
export interface MailHost {
  /** Puts an item there, whole; answers its ref. */
  readonly put: (item: HostItem) => Ref
  /** Answers the ref, which is another where the item was moved and `moveKeepsRef` is off. Every edit is a change. */
  readonly edit: (ref: Ref, edit: ItemEdit) => Ref
  /** Answers whether it was there. */
  readonly remove: (ref: Ref) => boolean
  /** The copy carries the marker of the item. */
  readonly copy: (ref: Ref, as?: Ref) => Ref
  /** Adds an attachment and answers its part. */
  readonly attach: (ref: Ref, bytes: Uint8Array, as?: Attached) => string
  /** Spoils an item: from now on nobody can decode it. */
  readonly corrupt: (ref: Ref) => void
  readonly get: (ref: Ref) => ItemSnapshot | undefined
  /** Everything that is there, in the order in which it came. */
  readonly all: () => ReadonlyArray<ItemSnapshot>
  /** Writes that reached the port, one by one. */
  readonly counts: TriedCounts
  readonly messages: MessageCounts
  /** Counts and messages begin at 0 again. */
  readonly resetCounts: () => void
  /** Makes every cursor given so far too old. */
  readonly expireCursors: () => void
}

/** @public */
export interface MemoryMail {
  readonly port: MailStore
  readonly host: MailHost
}

const folders: ReadonlyMap<Kind, string> = new Map([
  ['email', 'inbox'],
  ['contact', 'contacts'],
  ['appointment', 'calendar'],
  ['task', 'tasks']
])

const mailCanOf = (asked: Partial<MailCan> | undefined): MailCan => {
  const { kinds = ['contact', 'appointment', 'task', 'email'], categories = ['email', 'appointment', 'task'] } =
    asked ?? {}
  return {
    marker: true,
    moveKeepsRef: true,
    findByField: true,
    sends: true,
    invitations: 'explicit',
    ...asked,
    kinds,
    categories: categories.filter((kind) => kinds.includes(kind)),
    ...sideCanOf(asked)
  }
}

/**
 * A mailbox in memory.
 * @public
 */
export const memoryMail = (settings: MemoryMailSettings = {}): MemoryMail => {
  const can = mailCanOf(settings.can)
  const door = doorOf('mail', settings.faults)
  const shelf = shelfOf<ItemSnapshot>({
    can,
    clock: settings.clock ?? countingClock(),
    scopeOf: ({ kind }) => kind,
    carries: settings.snapshotsInFeed ?? true,
    isTold: () => true
  })
  const nextId = idsOf(settings.ids ?? ((n) => `m${n}`), (ref) => shelf.at(ref) !== undefined)
  const contents = contentsOf(async () => settings.faults?.onCall?.('mail.content'))
  const tried = tallyOf({ creates: 0, updates: 0, deletes: 0 })
  const messages = tallyOf({ invitations: 0, updates: 0, cancellations: 0, sent: 0 })
  const holds = (kind: Kind): boolean => can.kinds.includes(kind)

  const draft = (item: HostItem, ref: Ref): ItemSnapshot => ({
    ref,
    kind: item.kind,
    folder: item.folder ?? folders.get(item.kind) ?? item.kind,
    ...(item.categories === undefined ? {} : { categories: item.categories }),
    ...(item.marker === undefined || !can.marker ? {} : { marker: item.marker }),
    fields: mergedFields({}, item.fields)
  })

  const writer: Writer<ItemSnapshot> = {
    side: 'mail',
    can,
    shelf,
    door,
    tried,
    contents,
    typeOf: ({ kind }) => kind,
    mayWrite: () => true,
    marks: can.marker,
    categorises: (kind) => can.categories?.includes(kind) === true,
    refusal: () => undefined,
    draft: (effect) => {
      const { kind } = effect
      if (kind === undefined) {
        return fail({ _tag: 'Malformed', side: 'mail', ref: effect.id, paths: ['kind: expected a kind'] })
      }
      return holds(kind)
        ? ok(draft(itemFrom(effect, kind), can.clientIds ? effect.id : nextId()))
        : fail(otherKind(kind))
    },
    beside: (effect, before, after) => {
      if (can.sends && effect._tag === 'Create' && after?.kind === 'email' && after.folder === 'sent')
        messages.add('sent')
      if (can.invitations === 'implicit') sendByItself(effect, before, after)
      if (can.invitations === 'explicit') sendAsAsked(effect)
    }
  }

  const sendAsAsked = ({ messages: asked }: Effect): void => {
    messages.add('invitations', asked?.invitations.length ?? 0)
    messages.add('updates', asked?.updates.length ?? 0)
    messages.add('cancellations', asked?.cancellations.length ?? 0)
  }

  /** What a server does that mails on every write: the engine must know, for nobody asked it to. */
  const sendByItself = (effect: Effect, before: ItemSnapshot | undefined, after: ItemSnapshot | undefined): void => {
    const [was, is] = [attendeesOf(before), attendeesOf(after)]
    messages.add('invitations', is.filter((attendee) => !was.includes(attendee)).length)
    messages.add('cancellations', was.filter((attendee) => !is.includes(attendee)).length)
    if (effect._tag === 'Update') messages.add('updates', is.filter((attendee) => was.includes(attendee)).length)
  }

  /** A marker's ref is compared exactly. Names of fields are behind a `=`, so that none is taken for the marker. */
  const termsAt = (ref: Ref, field: string): ReadonlyArray<string> => {
    const snapshot = shelf.row(ref)?.snapshot
    if (snapshot === undefined) return []
    if (field !== markerField) return termsOf(fieldOf(snapshot.fields, field.slice(1)))
    return snapshot.marker === undefined ? [] : [markerTerm(snapshot.marker)]
  }

  const port: MailStore = {
    can,
    changes: (scope, cursor, max) =>
      door.enter('mail.changes', () => {
        if (!holds(scope)) return fail(otherKind(scope))
        const nothing = () => ({ rows: [], cursor: cursor ?? shelf.start(scope), more: false })
        return door.pass('changes', { scope }, () => shelf.changes(scope, cursor, max), nothing)
      }),
    read: (refs) => door.enter('mail.read', () => ok(refs.map(shelf.found))),
    heads: (refs) => door.enter('mail.heads', () => ok(refs.map((ref) => headOf(shelf.found(ref))))),
    forwarded: (refs) => door.enter('mail.forwarded', () => ok(refs.map((ref) => attachedTo(shelf.found(ref))))),
    find: (keys) =>
      door.enter('mail.find', () => {
        const empty = () => keys.map(() => ({ refs: [] }))
        const wanted = keys.map((key) =>
          key._tag === 'ByMarker'
            ? { scope: key.kind, field: markerField, term: markerTerm(key) }
            : { scope: key.kind, field: `=${key.field}`, term: can.findByField ? termOf(key.value) : '' }
        )
        return door.pass('query', {}, () => ok(hitsOf(wanted, shelf.refs, termsAt)), empty)
      }),
    write: async (effects) => {
      const puts = await readPuts(effects)
      return door.enter('mail.write', () => carryOut(writer, effects, puts))
    },
    content: contents.read
  }

  const standing = (ref: Ref): ItemSnapshot => {
    const kept = shelf.at(ref)
    if (kept === undefined) throw new Misuse(`the mailbox holds no ${ref}`, ['ref'])
    return kept.snapshot
  }

  const edit = (ref: Ref, { set = {}, categories, folder, changedAtMs }: ItemEdit): Ref => {
    const before = standing(ref)
    const moves = folder !== undefined && folder !== before.folder && !can.moveKeepsRef
    const after: ItemSnapshot = {
      ...before,
      ref: moves ? nextId() : ref,
      ...(folder === undefined ? {} : { folder }),
      ...(categories === undefined ? {} : { categories }),
      fields: mergedFields(before.fields, set)
    }
    if (moves) shelf.drop(ref, 'host')
    return shelf.keep(after, 'host', changedAtMs).snapshot.ref
  }

  const host: MailHost = {
    put: (item) => {
      if (!holds(item.kind)) throw new Misuse(`the mailbox holds no items of kind ${item.kind}`, ['kind'])
      return shelf.keep(draft(item, item.ref ?? nextId()), 'host', item.changedAtMs).snapshot.ref
    },
    edit,
    remove: (ref) => shelf.drop(ref, 'host'),
    copy: (ref, as) => shelf.keep({ ...standing(ref), ref: as ?? nextId() }, 'host').snapshot.ref,
    attach: (ref, bytes, as = {}) => {
      const before = standing(ref)
      const content = contents.add(ref, before.contents ?? [], bytes, as)
      shelf.keep({ ...before, contents: [...(before.contents ?? []), content] }, 'host')
      return content.part
    },
    corrupt: shelf.spoil,
    get: (ref) => shelf.at(ref)?.snapshot,
    all: shelf.all,
    get counts() {
      return tried.counts()
    },
    get messages() {
      return messages.counts()
    },
    resetCounts: () => {
      tried.reset()
      messages.reset()
    },
    expireCursors: shelf.expire
  }
  return { port, host }
}

/** The field `forwarded` of a message stands for the one that is attached to it: an object of that one's fields. */
const attachedTo = (found: Found<ItemSnapshot>): Found<ItemSnapshot> => {
  if (found._tag !== 'Known') return found
  const { contents: _contents, ...carrier } = found.snapshot
  const fields = fieldOf(carrier.fields, 'forwarded')
  if (typeof fields === 'object' && fields !== null && !Array.isArray(fields))
    return { _tag: 'Known', snapshot: { ...carrier, fields: fields as Fields } }
  return { _tag: 'Unreadable', ref: carrier.ref, why: 'malformed', paths: ['forwarded: expected a message'] }
}

const markerField = 'marker'

/** A marker of another tenant is foreign, whatever record it names. */
const markerTerm = ({ tenant, record }: Marker): string => JSON.stringify([tenant, record])

const itemFrom = ({ folder, marker, fields }: CreateEffect, kind: Kind): HostItem => ({
  kind,
  fields,
  ...(folder === undefined ? {} : { folder }),
  ...(marker === undefined ? {} : { marker })
})

/** A kind that is missing must not look like a kind without items. */
const otherKind = (kind: Kind): SyncError => ({
  _tag: 'Unsupported',
  what: `items of kind ${kind}`,
  remedy: 'name the kind in memoryMail({ can: { kinds: […] } })'
})

const attendeesOf = (item: ItemSnapshot | undefined): ReadonlyArray<string> =>
  item === undefined
    ? []
    : ['requiredAttendees', 'optionalAttendees'].flatMap((field) => addressesOf(fieldOf(item.fields, field)))

const addressesOf = (value: Value | undefined): ReadonlyArray<string> => {
  const entries: ReadonlyArray<Value | undefined> = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry) => {
    if (typeof entry === 'object' && entry !== null && !Array.isArray(entry) && 'address' in entry) {
      return typeof entry.address === 'string' ? [termOf(entry.address)] : []
    }
    return typeof entry === 'string' && entry !== '' ? [termOf(entry)] : []
  })
}
