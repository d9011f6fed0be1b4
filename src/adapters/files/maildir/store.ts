/** The port of a Maildir: messages are read; of what stands in their names, flags and folder may be changed. */
import type {
  Answer,
  ChangeRow,
  Cursor,
  Effect,
  Found,
  ItemSnapshot,
  Outcome,
  Page,
  Ref
} from '../../../model/index.js'
import { fail, fieldOf, headOf, limits, ok, sameValue } from '../../../model/index.js'
import type { Hits, MailKey, MailStore } from '../../../engine/ports.js'
import { afterOf, cursorOf } from '../cursor.codec.js'
import { answering, errnoOf } from '../errors.js'
import { versionsOf } from '../file.js'
import { inTurn } from '../store.js'
import type { Box, MessageAt } from './box.js'
import { fileOfMessage, headOfMessage, openBox, toldVersion, versionOfMessage } from './box.js'
import type { MimeLibrary } from './library.js'
import { parsedAttached, partOfAttached, snapshotOfAttached } from './attached.js'
import { contentOfMessage } from './message.read.js'
import type { MailBox } from './snapshot.js'
import { parsedFile, snapshotOfMessage } from './snapshot.js'
import { writeMessage } from './write.js'

export const maildirOf = (
  mailbox: string,
  library: () => Answer<MimeLibrary>,
  clock: () => number
): Required<Pick<MailStore, 'changes' | 'read' | 'heads' | 'forwarded' | 'find' | 'write' | 'content'>> => {
  const of: MailBox = { mailbox, library, versions: versionsOf(limits.messageBytesMax, clock) }
  const listing: Listing = {}
  // Writers in this process wait for each other.
  let last: Promise<unknown> = Promise.resolve()
  return {
    changes: (_scope, cursor, max) => answering(() => changes(of, listing, cursor, max)),
    read: (refs) => answering(() => read(of, refs, foundAt)),
    heads: (refs) => answering(() => read(of, refs, headAt)),
    forwarded: (refs) => answering(() => read(of, refs, attachedAt)),
    find: findOf(of),
    write: (effects) => {
      const next = last.then(() => write(of, effects))
      last = next.catch(() => undefined)
      return next
    },
    content: (ref, part) => content(of, ref, part)
  }
}

const write = async (of: MailBox, effects: ReadonlyArray<Effect>): Answer<ReadonlyArray<Outcome>> => {
  const outcomes: Array<Outcome> = []
  for (const effect of effects) outcomes.push(await writeMessage(of, effect))
  return ok(outcomes)
}

/** A listing that is under way is kept, so that no folder is read once per page. */
interface Listing {
  underWay?: { readonly next: Cursor; readonly box: Box } | undefined
}

const changes = async (
  of: MailBox,
  listing: Listing,
  cursor: Cursor | undefined,
  max: number
): Answer<Page<ItemSnapshot>> => {
  const { underWay } = listing
  const box = underWay !== undefined && underWay.next === cursor ? ok(underWay.box) : await openBox(of.mailbox)
  if (box._tag === 'Left') return box
  const after = afterOf(cursor, 'email')
  if (after._tag === 'Left') return after
  const { messages } = box.right
  const behind = after.right?.file
  if (behind === undefined) of.versions.keep(messages.map(({ ref }) => ref))
  const rest = behind === undefined ? messages : messages.filter(({ ref }) => ref > behind)
  const slice = rest.slice(0, Math.max(1, Math.min(max, limits.pageRowsMax)))
  const rows = await inTurn(slice, (message) => rowOf(of, box.right, message))
  const last = rest.length > slice.length ? slice.at(-1) : undefined
  const next = cursorOf(last && { file: last.ref })
  listing.underWay = last && { next, box: box.right }
  return ok({ rows: rows.flat(), cursor: next, more: last !== undefined })
}

const rowOf = async (of: MailBox, box: Box, message: MessageAt): Promise<ReadonlyArray<ChangeRow<ItemSnapshot>>> => {
  const { ref } = message
  try {
    const version = await toldVersion(box, message, of.versions)
    return [version === undefined ? { ref } : { ref, version }]
  } catch (thrown) {
    const code = errnoOf(thrown)
    // It was renamed or removed since it was listed: the next listing shows it where it is.
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    if (code === 'EACCES' || code === 'EPERM') return [{ ref }]
    throw thrown
  }
}

/** How often a message is looked for anew that another program renames under our hands. */
const triesMax = 3

const read = async (
  of: MailBox,
  refs: ReadonlyArray<Ref>,
  at: typeof foundAt
): Answer<ReadonlyArray<Found<ItemSnapshot>>> => {
  const found: Array<Found<ItemSnapshot>> = []
  let box = await openBox(of.mailbox)
  if (box._tag === 'Left') return box
  let byRef = new Map(box.right.messages.map((message) => [message.ref, message]))
  // One after the other: a message may be large, and several in memory at once are more than several.
  for (const ref of refs) {
    let one = await at(of, box.right, byRef.get(ref), ref)
    for (
      let tries = 1;
      tries < triesMax && one._tag === 'Right' && one.right._tag === 'Absent' && byRef.has(ref);
      tries++
    ) {
      box = await openBox(of.mailbox)
      if (box._tag === 'Left') return box
      byRef = new Map(box.right.messages.map((message) => [message.ref, message]))
      one = await at(of, box.right, byRef.get(ref), ref)
    }
    if (one._tag === 'Left') return one
    found.push(one.right)
  }
  return ok(found)
}

const foundAt = (of: MailBox, box: Box, message: MessageAt | undefined, ref: Ref): Answer<Found<ItemSnapshot>> =>
  foundAs(snapshotOfMessage, of, box, message, ref)

/** The message that is attached to it, in its place. */
const attachedAt: typeof foundAt = (of, box, message, ref) => foundAs(snapshotOfAttached, of, box, message, ref)

const foundAs = async (
  snapshotAs: typeof snapshotOfMessage,
  of: MailBox,
  box: Box,
  message: MessageAt | undefined,
  ref: Ref
): Answer<Found<ItemSnapshot>> => {
  const file = message === undefined ? 'absent' : await fileOfMessage(box, message, limits.messageBytesMax)
  if (message === undefined || file === 'absent') return ok({ _tag: 'Absent', ref })
  if (file === 'hidden') return ok({ _tag: 'Unreadable', ref, why: 'hidden' })
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  const snapshot = await snapshotAs(of, message, file)
  if (snapshot._tag === 'Right') return ok({ _tag: 'Known', snapshot: snapshot.right })
  const version = versionOfMessage(file.version, message)
  return snapshot.left._tag === 'Malformed'
    ? ok({ _tag: 'Unreadable', ref, why: 'malformed', paths: snapshot.left.paths, version })
    : snapshot
}

/** Of a message that the feed has told of the beginning is enough; of any other the version is a matter of all of it. */
const headAt = async (of: MailBox, box: Box, message: MessageAt | undefined, ref: Ref): ReturnType<typeof foundAt> => {
  const head = message && (await headOfMessage(box, message, of.versions))
  const snapshot = message && head && (await snapshotOfMessage(of, message, head))
  if (snapshot?._tag === 'Right') return ok(headOf({ _tag: 'Known', snapshot: snapshot.right }))
  const whole = await foundAt(of, box, message, ref)
  return whole._tag === 'Left' ? whole : ok(headOf(whole.right))
}

/** The engine only asks whether there is none, one, or several. */
const hitsMax = 3

/** A Maildir has no index, so one is kept in memory, by version, of the fields that were ever asked for. */
const findOf = (of: MailBox): MailStore['find'] => {
  let known = new Map<string, ReadonlyMap<string, unknown>>()
  const asked = new Set<string>()
  const valuesOf = async (box: Box, message: MessageAt): Answer<ReadonlyMap<string, unknown>> => {
    const version = await toldVersion(box, message, of.versions).catch((thrown: unknown) => {
      if (errnoOf(thrown) === undefined) throw thrown
      return undefined
    })
    const there = version === undefined ? undefined : known.get(version)
    if (there !== undefined && [...asked].every((field) => there.has(field))) return ok(there)
    const found = await foundAt(of, box, message, message.ref)
    if (found._tag === 'Left') return found
    const fields = found.right._tag === 'Known' ? found.right.snapshot.fields : {}
    return ok(new Map([['version', version], ...[...asked].map((field) => [field, fieldOf(fields, field)] as const)]))
  }
  return (keys) =>
    answering(async () => {
      const box = await openBox(of.mailbox)
      if (box._tag === 'Left') return box
      for (const key of keys) if (key._tag === 'ByField') asked.add(key.field)
      const all: Array<{ readonly ref: Ref; readonly values: ReadonlyMap<string, unknown> }> = []
      for (const message of keys.some(({ _tag }) => _tag === 'ByField') ? box.right.messages : []) {
        const values = await valuesOf(box.right, message)
        if (values._tag === 'Left') return values
        all.push({ ref: message.ref, values: values.right })
      }
      known = new Map(all.flatMap(({ values }) => [[String(values.get('version')), values]]))
      return ok(keys.map((key) => hitsOf(key, all)))
    })
}

/** A message bears no marker: nobody writes into it. */
const hitsOf = (
  key: MailKey,
  all: ReadonlyArray<{ readonly ref: Ref; readonly values: ReadonlyMap<string, unknown> }>
): Hits => ({
  refs:
    key._tag === 'ByMarker' || key.value === ''
      ? []
      : all
          .filter(({ values }) => {
            const value = values.get(key.field)
            return typeof value === 'string' && sameValue(value, key.value)
          })
          .map(({ ref }) => ref)
          .slice(0, hitsMax)
})

const pieceBytes = 64 * 1024

/** The bytes of a content ref, in pieces. What goes wrong is thrown as a `SyncError`: a stream has no other answer. */
async function* content(of: MailBox, ref: Ref, part: string): AsyncIterable<Uint8Array> {
  const bytes = await answering(() => partOf(of, ref, part), ref)
  if (bytes._tag === 'Left') throw bytes.left
  for (let at = 0; at < bytes.right.length; at += pieceBytes) yield bytes.right.subarray(at, at + pieceBytes)
}

const partOf = async (of: MailBox, ref: Ref, part: string): Answer<Uint8Array> => {
  const box = await answering(() => openBox(of.mailbox))
  if (box._tag === 'Left') return box
  const message = box.right.messages.find((one) => one.ref === ref)
  const file = message === undefined ? 'absent' : await fileOfMessage(box.right, message, limits.messageBytesMax)
  if (file === 'absent') return fail({ _tag: 'Gone', ref })
  if (file === 'hidden') return fail({ _tag: 'Forbidden', side: 'mail', ref })
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  const inner = partOfAttached(part)
  const parsed = await (inner === undefined ? parsedFile(of, file) : parsedAttached(of, file))
  if (parsed._tag === 'Left') return parsed
  const bytes = contentOfMessage(parsed.right, inner ?? part)
  return bytes === undefined ? fail({ _tag: 'Gone', ref }) : ok(bytes)
}
