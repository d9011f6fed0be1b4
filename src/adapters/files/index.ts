/**
 * The adapter `files`: a mailbox kept as a folder of files, one item each. Contacts are vCards, in `root/contacts`
 * or, where there is no such folder, in `root` itself; folders below are folders.
 */
import type { MailStore } from '../../engine/ports.js'
import { contactCodec } from './contact.codec.js'
import { feedOf } from './feed.js'
import { versionsOf } from './file.js'
import { findOf } from './find.js'
import { contentOf, readOf } from './read.js'
import type { Store } from './store.js'
import type { VCardSource } from './lines/library.js'
import { libraryOf } from './lines/library.js'
import { writeBatchMax, writeOf } from './write.js'

export type { VCardLibrary, VCardSource } from './lines/library.js'

/** @public */
export interface FilesOptions {
  /** The folder of the mailbox. It must be there: one that is away is a failure, not an empty mailbox. */
  readonly root: string
  /** ical.js, or how to load it; by default the installed package, at first use. */
  readonly ical?: VCardSource
  /** Version of the vCards that are made; those that are there keep theirs. */
  readonly vCardVersion?: '3.0' | '4.0'
  /** Bytes of one file; a larger one is unreadable. 5 MiB unless said otherwise. */
  readonly itemBytesMax?: number
  /** Now, in milliseconds. Only for judging how long a file has been at rest. */
  readonly clock?: () => number
}

/**
 * A mailbox of files. It needs the optional peer `ical.js`; without it every call that reads a card answers
 * `Unsupported` with what to install.
 *
 * What a card says and no field holds (photographs, labels, other programs' properties) survives every write as it
 * stands. Characters that vCard cannot hold are replaced: line ends become LF, control characters go.
 *
 * @category adapter
 * @since 0.1.0
 * @public
 * @example
 * ```ts
 * import { files } from 'liaison/adapters/files'
 *
 * files({ root: 'mailbox' }).can.kinds // => ['contact']
 * ```
 */
export const files = (options: FilesOptions): MailStore => {
  const { root, ical, vCardVersion = '3.0', itemBytesMax = 5 * 1024 * 1024, clock = Date.now } = options
  const store: Store = {
    root,
    codec: contactCodec(libraryOf(ical), { version: vCardVersion }),
    itemBytesMax,
    versions: versionsOf(itemBytesMax, clock)
  }
  return {
    can: {
      kinds: ['contact'],
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
      moveKeepsRef: false,
      findByField: true,
      invitations: 'none',
      writeBatchMax,
      itemBytesMax
    },
    changes: feedOf(store),
    read: readOf(store),
    find: findOf(store),
    write: writeOf(store, clock),
    content: contentOf(store)
  }
}
