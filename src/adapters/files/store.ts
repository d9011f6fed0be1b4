/**
 * What the parts of one mailbox share: where it lies, which kinds it holds, what it remembers of its files. Each
 * call of the port opens the folder anew, so that a mailbox that went away is a failure, and never an empty one.
 */
import type { Answer, Kind } from '../../model/index.js'
import { fail } from '../../model/index.js'
import type { Versions } from './file.js'
import type { Folder } from './folder.js'
import { openFolder } from './folder.js'
import type { KindCodec } from './kind.js'

export interface Store {
  readonly root: string
  readonly codec: KindCodec
  readonly itemBytesMax: number
  readonly versions: Versions
}

/** The folder of a kind; `Unsupported` for one that this mailbox does not hold. */
export const folderOfKind = async ({ root, codec }: Store, kind: Kind): Answer<Folder> =>
  kind === codec.kind ? openFolder(root, codec) : fail(unsupported(kind, codec.kind))

export const unsupported = (kind: Kind, held: Kind) =>
  ({
    _tag: 'Unsupported',
    what: `items of kind ${kind} in a mailbox of files`,
    remedy: `sync ${held} alone with this mailbox, or take another adapter`
  }) as const

/** How many files are open at once: enough to keep a disk busy, far from any limit of a process. */
const filesOpenMax = 8

/** Runs over all, at most so many at once, and answers in their order. */
export const inTurn = async <A, B>(all: ReadonlyArray<A>, run: (one: A) => Promise<B>): Promise<ReadonlyArray<B>> => {
  const results: Array<B> = []
  const waiting = all.entries()
  const worker = async (): Promise<void> => {
    for (const [index, one] of waiting) results[index] = await run(one)
  }
  await Promise.all(Array.from({ length: Math.min(filesOpenMax, all.length) }, worker))
  return results
}
