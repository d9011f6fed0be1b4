/**
 * Records by match code: an index for each type and code, filled when somebody first asks by it and kept in step from
 * then on with what the port shows, so that a look-up costs what it finds, and not what there is.
 */
import type { MatchCode, RecordSnapshot, RecordType, Ref } from '../../model/index.js'
import { byCreation, codeName, type Hit, hitsAsked, termsOf } from '../../model/index.js'
import type { Hits, RecordKeyQuery } from '../../engine/ports.js'

/** What the port shows of records. One that nobody can decode has no snapshot. */
export interface Shown {
  readonly refs: (type: RecordType) => ReadonlyArray<Ref>
  readonly at: (ref: Ref) => RecordSnapshot | undefined
}

export interface TermIndexes {
  /** The records of a term. The empty one is nobody's. */
  readonly hits: (key: RecordKeyQuery) => Hits
  /** The port may show something else of this record from now on. */
  readonly renew: (ref: Ref) => void
}

interface Index {
  readonly type: RecordType
  readonly code: MatchCode
  /** Of each term, the last created last: most of what is added is newer than what is there. */
  readonly hits: Map<string, Array<Hit>>
  /** What each record stands under now. */
  readonly standing: Map<Ref, { readonly hit: Hit; readonly terms: ReadonlyArray<string> }>
}

export const termIndexes = (shown: Shown): TermIndexes => {
  const indexes = new Map<string, Index>()

  const indexOf = ({ type, code }: RecordKeyQuery): Index => {
    const name = JSON.stringify([type, codeName(code)])
    const standing = indexes.get(name)
    if (standing !== undefined) return standing
    const index: Index = { type, code, hits: new Map(), standing: new Map() }
    indexes.set(name, index)
    for (const ref of shown.refs(type)) enter(index, ref, (hits, hit) => hits.push(hit))
    for (const hits of index.hits.values()) hits.sort(oldestFirst)
    return index
  }

  const enter = (index: Index, ref: Ref, add: (hits: Array<Hit>, hit: Hit) => void): void => {
    const record = shown.at(ref)
    const terms = record?.type === index.type ? termsOf(index.code, record.fields) : []
    if (record === undefined || terms.length === 0) return
    const hit: Hit = record.createdAtMs === undefined ? { ref } : { ref, createdAtMs: record.createdAtMs }
    index.standing.set(ref, { hit, terms: [...new Set(terms)] })
    for (const term of new Set(terms)) {
      const hits = index.hits.get(term)
      if (hits === undefined) index.hits.set(term, [hit])
      else add(hits, hit)
    }
  }

  const leave = (index: Index, ref: Ref): void => {
    const standing = index.standing.get(ref)
    if (standing === undefined) return
    index.standing.delete(ref)
    for (const term of standing.terms) {
      const hits = index.hits.get(term) ?? []
      hits.splice(placeOf(hits, standing.hit), 1)
      if (hits.length === 0) index.hits.delete(term)
    }
  }

  return {
    hits: (key) => {
      const hits = key.term === '' ? [] : (indexOf(key).hits.get(key.term) ?? [])
      const newest = hits.slice(Math.max(0, hits.length - hitsAsked(key.max)))
      return { refs: newest.reverse().map(({ ref }) => ref) }
    },
    renew: (ref) => {
      for (const index of indexes.values()) {
        leave(index, ref)
        enter(index, ref, (hits, hit) => hits.splice(placeOf(hits, hit), 0, hit))
      }
    }
  }
}

const oldestFirst = (x: Hit, y: Hit): number => byCreation(y, x)

/** Where a hit stands, or would stand, among others. */
const placeOf = (hits: ReadonlyArray<Hit>, hit: Hit): number => {
  let [from, to] = [0, hits.length]
  while (from < to) {
    const middle = (from + to) >>> 1
    const other = hits[middle]
    if (other !== undefined && oldestFirst(other, hit) < 0) from = middle + 1
    else to = middle
  }
  return from
}
