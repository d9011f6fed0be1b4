/**
 * One file, read whole and at rest, and its version: a digest of its bytes. What was read once is not read again
 * while the file system can prove that it is the same; where it can not, the bytes are.
 */
import type { BigIntStats } from 'node:fs'
import { constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { lstat, open } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import type { Ref, Version } from '../../model/index.js'
import type { FilePart } from './kind.js'

/** A file as it was read. `bytes` is not there where it is larger than an item may be. */
export interface FileRead {
  readonly version: Version
  readonly bytes?: Uint8Array
  readonly size: number
  readonly changedAtMs: number
  readonly rights: Rights
}

/** Whose a file is, and who may do what with it. A file that is replaced keeps them. */
export interface Rights {
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** `undefined`: it kept changing while it was read, or is no regular file. */
export const readWhole = async (path: string, bytesMax: number): Promise<FileRead | 'not-a-file' | 'unstable'> =>
  (await readStamped(path, bytesMax)).read

interface Stamped {
  readonly read: FileRead | 'not-a-file' | 'unstable'
  readonly stamp?: string
  readonly touchedMs?: number
}

const triesMax = 3

/** A link is not followed, and a pipe that bears the name of an item does not make us wait. */
const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

const readStamped = async (path: string, bytesMax: number): Promise<Stamped> => {
  // Where links cannot be refused at opening (Windows), this look is what refuses them.
  if (!(await lstat(path)).isFile()) return { read: 'not-a-file' }
  for (let tries = 0; tries < triesMax; tries++) {
    const handle = await open(path, flags)
    try {
      const before = await handle.stat({ bigint: true })
      if (!before.isFile()) return { read: 'not-a-file' }
      const content = await contentOf(handle, Number(before.size), bytesMax)
      const after = await handle.stat({ bigint: true })
      if (stampOf(before) === stampOf(after))
        return { read: { ...content, ...shapeOf(after) }, stamp: stampOf(after), touchedMs: touchedMs(after) }
    } finally {
      await handle.close()
    }
  }
  return { read: 'unstable' }
}

const shapeOf = (stats: BigIntStats) => ({
  size: Number(stats.size),
  changedAtMs: Number(stats.mtimeMs),
  rights: { mode: Number(stats.mode) & 0o7777, uid: Number(stats.uid), gid: Number(stats.gid) }
})

const contentOf = async (
  handle: FileHandle,
  size: number,
  bytesMax: number
): Promise<{ version: Version; bytes?: Uint8Array }> => {
  const hash = createHash('sha256')
  if (size > bytesMax) {
    for await (const piece of handle.createReadStream({ autoClose: false, start: 0 })) hash.update(piece)
    return { version: cut(hash.digest('hex')) }
  }
  const bytes = new Uint8Array(await handle.readFile())
  return { version: cut(hash.update(bytes).digest('hex')), bytes }
}

const cut = (hex: string): Version => hex.slice(0, 32)

/** Everything by which a file system shows that a file was touched. The time of change cannot be set by a program. */
const stampOf = (stats: BigIntStats): string =>
  [stats.size, stats.mtimeNs, stats.ctimeNs, stats.ino, stats.dev].join(' ')

const touchedMs = (stats: BigIntStats): number => Math.max(Number(stats.mtimeMs), Number(stats.ctimeMs))

/** A file may be written twice within one granule of its times (2 s on FAT), and the second time be of equal size. */
const granuleMs = 2000

/** The beginning of a file, of which the whole has that version. */
export interface HeadRead {
  readonly version: Version
  readonly bytes: Uint8Array
  readonly changedAtMs: number
}

const headPieceBytes = 16 * 1024

/** Bytes up to the place that `endIn` finds in them; `undefined` where it finds none within so many bytes. */
const headBytes = async (
  handle: FileHandle,
  endIn: (bytes: Uint8Array) => number | undefined,
  bytesMax: number
): Promise<Uint8Array | undefined> => {
  let head: Uint8Array = new Uint8Array()
  while (head.length < bytesMax) {
    const piece = Buffer.alloc(headPieceBytes)
    const { bytesRead } = await handle.read(piece, 0, headPieceBytes, head.length)
    head = Buffer.concat([head, piece.subarray(0, bytesRead)])
    const end = endIn(head)
    if (end !== undefined) return head.slice(0, end)
    if (bytesRead === 0) return head
  }
  return undefined
}

/** A file as the feed tells it: its version, and the items in it. */
interface Told {
  readonly version: Version
  readonly parts: ReadonlyArray<FilePart>
}

/** What is told of files, remembered by ref. */
export interface Versions {
  /** `undefined`: not there, not a file, or not readable now; the reason is `read`'s to find. */
  readonly of: (ref: Ref, path: string) => Promise<Told | undefined>
  /** The beginning of a file whose version is remembered and still its own; else it must be read whole. */
  readonly headOf: (
    ref: Ref,
    path: string,
    endIn: (bytes: Uint8Array) => number | undefined,
    headMax: number
  ) => Promise<HeadRead | undefined>
  /** Forgets what is not among these. */
  readonly keep: (refs: ReadonlyArray<Ref>) => void
}

const whole: ReadonlyArray<FilePart> = [{ within: '' }]

/**
 * A remembered version is trusted only where the file was already at rest for longer than a granule when it was
 * read, and nothing of its stamp has changed since. A clock that is wrong makes entries untrusted, not wrong ones trusted:
 * a time in the future is never at rest.
 */
export const versionsOf = (
  bytesMax: number,
  clock: () => number,
  partsOf: (bytes: Uint8Array) => ReadonlyArray<FilePart> = () => whole
): Versions => {
  const known = new Map<Ref, { readonly stamp: string; readonly told: Told }>()
  return {
    of: async (ref, path) => {
      const entry = known.get(ref)
      const stats = await lstat(path, { bigint: true })
      if (!stats.isFile()) return undefined
      if (entry !== undefined && entry.stamp === stampOf(stats)) return entry.told
      const startedMs = clock()
      const { read, stamp, touchedMs: touched } = await readStamped(path, bytesMax)
      if (typeof read === 'string') return undefined
      const told = { version: read.version, parts: read.bytes === undefined ? whole : partsOf(read.bytes) }
      if (stamp !== undefined && touched !== undefined && startedMs - touched > granuleMs)
        known.set(ref, { stamp, told })
      else known.delete(ref)
      return told
    },
    headOf: async (ref, path, endIn, headMax) => {
      const entry = known.get(ref)
      if (entry === undefined || !(await lstat(path)).isFile()) return undefined
      const handle = await open(path, flags)
      try {
        const bytes = await headBytes(handle, endIn, headMax)
        const stats = await handle.stat({ bigint: true })
        if (bytes === undefined || stats.size > bytesMax || stampOf(stats) !== entry.stamp) return undefined
        return { version: entry.told.version, bytes, changedAtMs: Number(stats.mtimeMs) }
      } finally {
        await handle.close()
      }
    },
    keep: (refs) => {
      const kept = new Set(refs)
      for (const ref of known.keys()) if (!kept.has(ref)) known.delete(ref)
    }
  }
}
