/**
 * What both sides' stores have in common beside the shelf: clocks, capabilities that are honest together, ids of the
 * store's own, searches, contents.
 */
import type { ContentRef, InstantMs, Ref, Value } from '../../model/index.js'
import { limits } from '../../model/index.js'
import type { Hits, SideCan } from '../../engine/ports.js'

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
  itemBytesMax: 64 * 1024 * 1024
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
  readonly add: (ref: Ref, standing: ReadonlyArray<ContentRef>, bytes: Uint8Array, as: Attached) => ContentRef
  readonly read: (ref: Ref, part: string) => AsyncIterable<Uint8Array>
}

const pieceBytes = 16 * 1024

export const contentsOf = (enter: () => Promise<void>): Contents => {
  const kept = new Map<string, Uint8Array>()
  return {
    add: (ref, standing, bytes, { name, type = 'application/octet-stream' }) => {
      const part = `p${standing.length + 1}`
      kept.set(JSON.stringify([ref, part]), Uint8Array.from(bytes))
      return { part, type, bytes: bytes.length, ...(name === undefined ? {} : { name }) }
    },
    read: async function* (ref, part) {
      await enter()
      const bytes = kept.get(JSON.stringify([ref, part]))
      if (bytes === undefined) throw gone(ref)
      for (let from = 0; from < bytes.length; from += pieceBytes) yield bytes.slice(from, from + pieceBytes)
    }
  }
}

const gone = (ref: Ref): { readonly _tag: 'Gone'; readonly ref: Ref } => ({ _tag: 'Gone', ref })
