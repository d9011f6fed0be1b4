/**
 * What both sides' stores have in common beside the shelf: clocks, capabilities that are honest together, ids of the
 * store's own, searches, contents.
 */
import type { ContentPut, ContentRef, Effect, InstantMs, Ref, Result, SyncError, Value } from '../../model/index.js'
import { digestOfBytes, limits } from '../../model/index.js'
import { type Hits, port, type SideCan } from '../../engine/ports.js'

/** Counts from 0: a world without a clock still has an order of events. */
export const countingClock = (): (() => InstantMs) => {
  let nowMs = -1
  return () => {
    nowMs += 1
    return nowMs
  }
}

const sideCan: SideCan = {
  feed: 'log',
  deletionsInFeed: true,
  conditional: true,
  clientIds: true,
  readYourWrites: true,
  representationOnWrite: true,
  versions: true,
  changeTimes: 'server',
  writeBatchMax: 50,
  itemBytesMax: 64 * 1024 * 1024,
  takesContents: true
}

/** A listing tells no deletions, and nobody can name the version that he expects where there are none. */
export const sideCanOf = (asked: Partial<SideCan> | undefined): SideCan => {
  const can = { ...sideCan, ...asked }
  return {
    ...can,
    deletionsInFeed: can.deletionsInFeed && can.feed !== 'list',
    conditional: can.conditional && can.versions
  }
}

/** Ids of the store's own, which step over what is there. */
export const idsOf = (idAt: (n: number) => Ref, isTaken: (ref: Ref) => boolean): (() => Ref) => {
  let count = 0
  return () => {
    for (;;) {
      count += 1
      const ref = idAt(count)
      if (!isTaken(ref)) return ref
    }
  }
}

export const pageRows = (max: number): number => Math.min(limits.pageRowsMax, Math.max(1, Math.trunc(max)))

/** The engine only asks none, one or several. */
const hitsMax = 3

/** One thing asked for: a term within a scope and a field. */
export interface Wanted {
  readonly scope: string
  readonly field: string
  readonly term: string
}

/** One pass over each scope and field answers all keys that ask by them. An empty term is nobody's. */
export const hitsOf = (
  wanted: ReadonlyArray<Wanted>,
  refs: (scope: string) => ReadonlyArray<Ref>,
  termsAt: (ref: Ref, field: string) => ReadonlyArray<string>
): ReadonlyArray<Hits> => {
  const found = new Map<string, Array<Ref>>()
  const fields = new Map<string, { readonly scope: string; readonly field: string }>()
  for (const { scope, field, term } of wanted) {
    if (term === '') continue
    fields.set(JSON.stringify([scope, field]), { scope, field })
    found.set(JSON.stringify([scope, field, term]), [])
  }
  for (const { scope, field } of fields.values()) {
    for (const ref of refs(scope)) {
      for (const term of termsAt(ref, field)) {
        const hits = found.get(JSON.stringify([scope, field, term]))
        if (hits !== undefined && hits.length < hitsMax && hits.at(-1) !== ref) hits.push(ref)
      }
    }
  }
  return wanted.map(({ scope, field, term }) => ({
    refs: [...(found.get(JSON.stringify([scope, field, term])) ?? [])]
  }))
}

/** Texts are compared without regard to case, as addresses must be. */
export const termOf = (text: string): string => text.toLowerCase()

/** A list of texts answers to each of them. */
export const termsOf = (value: Value | undefined): ReadonlyArray<string> => {
  const entries: ReadonlyArray<Value | undefined> = Array.isArray(value) ? value : [value]
  return entries.flatMap((entry) => (typeof entry === 'string' ? [termOf(entry)] : []))
}

/** An attachment, or a body too long for a snapshot. @public */
export interface Attached {
  readonly name?: string
  /** Media type. */
  readonly type?: string
}

/** Bytes by thing and part. */
export interface Contents {
  /** The contents of a thing after a write, their bytes kept; what an added one cannot read is its failure. */
  readonly put: (
    ref: Ref,
    standing: ReadonlyArray<ContentRef>,
    puts: ReadonlyArray<ReadPut>
  ) => ReadonlyArray<ContentRef>
  readonly add: (ref: Ref, standing: ReadonlyArray<ContentRef>, bytes: Uint8Array, as: Attached) => ContentRef
  readonly read: (ref: Ref, part: string) => AsyncIterable<Uint8Array>
}

const pieceBytes = 16 * 1024

export const contentsOf = (enter: () => Promise<void>): Contents => {
  const kept = new Map<string, Uint8Array>()
  const contents: Contents = {
    add: (ref, standing, bytes, { name, type = 'application/octet-stream' }) => {
      const part = `p${1 + Math.max(0, ...standing.map((content) => Number(content.part.slice(1))))}`
      kept.set(JSON.stringify([ref, part]), Uint8Array.from(bytes))
      const digest = digestOfBytes(bytes)
      return { part, type, bytes: bytes.length, digest, ...(name === undefined ? {} : { name }) }
    },
    put: (ref, standing, puts) => {
      const after: Array<ContentRef> = []
      for (const put of puts) {
        const stays = put._tag === 'Keep' ? standing.find(({ part }) => part === put.part) : undefined
        if (stays !== undefined) after.push(stays)
        else if (put._tag === 'Read') after.push(contents.add(ref, [...standing, ...after], put.bytes, put.as))
      }
      return after
    },
    read: async function* (ref, part) {
      await enter()
      const bytes = kept.get(JSON.stringify([ref, part]))
      if (bytes === undefined) throw gone(ref)
      for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.slice(from, from + pieceBytes)
    }
  }
  return contents
}

/** A content whose bytes have been read, or one that stays. */
export type ReadPut =
  | { readonly _tag: 'Keep'; readonly part: string }
  | { readonly _tag: 'Read'; readonly bytes: Uint8Array; readonly as: Attached }

/** The bytes of everything that effects bring, by their keys: before anything is written, and never more than allowed. */
export const readPuts = async (
  effects: ReadonlyArray<Effect>
): Promise<ReadonlyMap<string, Result<ReadonlyArray<ReadPut>>>> => {
  const read = new Map<string, Result<ReadonlyArray<ReadPut>>>()
  for (const effect of effects) {
    if (effect._tag !== 'Delete' && effect.contents !== undefined)
      read.set(
        effect.key,
        await port((puts: ReadonlyArray<ContentPut>) => Promise.all(puts.map(readPut)))(effect.contents)
      )
  }
  return read
}

const readPut = async (put: ContentPut): Promise<ReadPut> => {
  if (put._tag === 'Keep') return put
  const pieces: Array<Uint8Array> = []
  let length = 0
  for await (const piece of put.read()) {
    length += piece.length
    if (length > limits.attachmentBytesMax)
      throw { _tag: 'TooLarge', limit: limits.attachmentBytesMax, actual: length } satisfies SyncError
    pieces.push(piece)
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return { _tag: 'Read', bytes, as: { type: put.type, ...(put.name === undefined ? {} : { name: put.name }) } }
}

const gone = (ref: Ref): { readonly _tag: 'Gone'; readonly ref: Ref } => ({ _tag: 'Gone', ref })
