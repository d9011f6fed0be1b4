/**
 * The adapter `files`: a mailbox kept as a folder of files. Contacts are vCards in `root/contacts` or, where there is
 * no such folder, in `root` itself; appointments and tasks are iCalendar files in `root/calendar` and `root/tasks`,
 * one UID each; messages are a Maildir in `root/mail`. Folders below are folders.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Kind, Zones } from '../../model/index.js'
import { isZone, Misuse } from '../../model/index.js'
import type { MailStore } from '../../engine/ports.js'
import { appointmentCodec, taskCodec } from './calendar.codec.js'
import { contactCodec } from './contact.codec.js'
import { feedOf } from './feed.js'
import { versionsOf } from './file.js'
import { findOf } from './find.js'
import type { VCardSource } from './lines/library.js'
import { libraryOf } from './lines/library.js'
import { mailFolder } from './maildir/box.js'
import type { MimeSource } from './maildir/library.js'
import { mimeLibraryOf } from './maildir/library.js'
import { maildirOf } from './maildir/store.js'
import type { Parts } from './parts.js'
import { withMessages } from './parts.js'
import { contentOf, readOf } from './read.js'
import type { KindCodec } from './kind.js'
import type { Store } from './store.js'
import { writeBatchMax, writeOf } from './write.js'
import { platformZones } from './zones.js'

export type { MimeLibrary, MimeOptions, MimeSource } from './maildir/library.js'
export type { IcalDuration, IcalRecur, VCardLibrary, VCardSource } from './lines/library.js'

/** @public */
export interface FilesOptions {
  /** The folder of the mailbox. It must be there: one that is away is a failure, not an empty mailbox. */
  readonly root: string
  /** ical.js, or how to load it; by default the installed package, at first use. */
  readonly ical?: VCardSource
  /** postal-mime, or how to load it; by default the installed package, at first use. */
  readonly mime?: MimeSource
  /**
   * The kinds that the mailbox holds. By default contacts, and those whose folder is there when the store is made. The
   * folder of a kind that is named must be there: without it every call is a failure.
   */
  readonly kinds?: ReadonlyArray<Kind>
  /** IANA name of the mailbox's time zone, in which times without a zone are counted. `UTC` unless said otherwise. */
  readonly timeZone?: string
  /** Time-zone data; by default the platform's own. */
  readonly zones?: Zones
  /** Version of the vCards that are made; those that are there keep theirs. */
  readonly vCardVersion?: '3.0' | '4.0'
  /** Bytes of one file; a larger one is unreadable. 5 MiB unless said otherwise. */
  readonly itemBytesMax?: number
  /** Now, in milliseconds. For judging how long a file has been at rest, and for the stamp of what is made. */
  readonly clock?: () => number
}

/**
 * A mailbox of files. Cards and calendars want the optional peer `ical.js`, messages `postal-mime`; without them every
 * call that reads one answers `Unsupported` with what to install.
 *
 * What a file says and no field holds (photographs, alarms, other programs' properties, other occurrences) survives
 * every write as it stands. Characters that a format cannot hold are replaced: line ends become LF, control
 * characters go.
 *
 * - Refs. A contact's is its path below `contacts` without the extension; that of an appointment or a task is the
 *   file's name where that is an id, else its path below the root, `calendar/team/a.ics`.
 * - Series. A changed occurrence is an item of its own: its ref is the file's with `#` and its moment as the file
 *   writes it (`calendar/a.ics#20260330T090000`), its fields hold `originalStart` and the `globalId` of the series.
 *   Writing it leaves the others alone; deleting it leaves it out of the series (EXDATE). None can be made.
 * - Categories. Those of appointments and tasks can be written, of each occurrence its own; a message can have none.
 * - Messages. The ref is `mail/` and the part of the name that stays through flags and moves. Only `isDraft`,
 *   `isRead`, `isAnswered`, `isFlagged` and `folder` can be set; everything else is `Unsupported`.
 *
 * Throws `Misuse` where a zone or a kind is named that there is not.
 *
 * @category adapter
 * @since 0.1.0
 * @public
 * @example
 * ```ts
 * import { files } from 'liaison/adapters/files'
 *
 * files({ root: 'mailbox' }).can.kinds // => ['contact']
 * files({ root: 'mailbox', kinds: ['appointment', 'email'] }).can.kinds // => ['appointment', 'email']
 * ```
 */
export const files = (options: FilesOptions): MailStore => {
  const { root, ical, vCardVersion = '3.0', itemBytesMax = 5 * 1024 * 1024, clock = Date.now } = options
  const { timeZone = 'UTC', zones = platformZones } = options
  const library = libraryOf(ical)
  const calendars = { timeZone, zones, clock }
  const codecs = [
    contactCodec(library, { version: vCardVersion }),
    appointmentCodec(library, calendars),
    taskCodec(library, calendars)
  ]
  const kinds = options.kinds ?? kindsIn(root, codecs)
  if (!isZone(zones, timeZone)) throw new Misuse('files: timeZone: expected the name of a time zone', ['timeZone'])
  if (kinds.some((kind) => kind !== 'email' && !codecs.some((codec) => codec.kind === kind)))
    throw new Misuse('files: kinds: expected contact, appointment, task, email', ['kinds'])
  const shelves = codecs
    .filter(({ kind }) => kinds.includes(kind))
    .map((codec) => ({ codec, versions: versionsOf(itemBytesMax, clock, codec.parts) }))
  const store: Store = { root, shelves, itemBytesMax }
  const stored: Parts = {
    changes: feedOf(store),
    read: readOf(store),
    find: findOf(store),
    write: writeOf(store, clock),
    content: contentOf(store)
  }
  const kept = kinds.includes('email')
    ? withMessages(stored, maildirOf(root, mimeLibraryOf(options.mime), clock))
    : stored
  const held = [...shelves.map(({ codec }) => codec.kind), ...(kept === stored ? [] : ['email'])]
  return {
    can: {
      kinds: held,
      feed: 'list',
      deletionsInFeed: false,
      conditional: true,
      clientIds: true,
      readYourWrites: true,
      representationOnWrite: true,
      versions: true,
      // Times are those of whoever wrote the file, by his own clock.
      changeTimes: 'client',
      marker: true,
      unmarked: ['email'],
      // Messages keep theirs; of the others the ref is where they lie.
      moveKeepsRef: held.every((kind) => kind === 'email'),
      findByField: true,
      // Nothing is written into a message. No contact is tracked by a category.
      categories: held.filter((kind) => kind === 'appointment' || kind === 'task'),
      sends: false,
      invitations: 'none',
      writeBatchMax,
      itemBytesMax
    },
    ...kept
  }
}

/** Kinds whose folder is there. Contacts always are: the root itself may be their folder. */
const kindsIn = (root: string, codecs: ReadonlyArray<KindCodec>): ReadonlyArray<Kind> => [
  ...codecs.filter(({ rootToo, folder }) => rootToo || isFolder(join(root, folder))).map(({ kind }) => kind),
  ...(isFolder(join(root, mailFolder, 'cur')) ? ['email'] : [])
]

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory()
  } catch {
    // Whatever is wrong with it is said where it is read.
    return false
  }
}
