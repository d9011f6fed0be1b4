/**
 * The things of one side, as both stores keep them: current state, versions, change times, feeds by scope, and what
 * the capabilities say may be seen of all that. Whoever changes a thing (the engine through the port, a person through
 * `host`) comes through here, so that no change is missing from a feed.
 */
import type { ChangeRow, Cursor, Found, InstantMs, Page, Ref, Result, Snapshot, Version } from '../../model/index.js'
import { byCodeUnits, limits } from '../../model/index.js'
import type { SideCan } from '../../engine/ports.js'
import { frozenCopy } from './clone.js'
import type { Feed } from './feed.js'
import { feedOf } from './feed.js'

/** A thing as it stands. `snapshot` is what the port shows; `version` is known here also where the port shows none. */
export interface Kept<S extends Snapshot> {
  readonly snapshot: S
  readonly version: Version
  /** Nobody can decode it any more. */
  readonly spoilt: boolean
}

/** Who changes a thing. What the engine writes may stay unseen for a while (`readYourWrites`). */
export type Hand = 'engine' | 'host'

export interface ShelfSettings<S extends Snapshot> {
  readonly can: SideCan
  readonly clock: () => InstantMs
  readonly scopeOf: (snapshot: S) => string
  /** Whether rows of the feed carry snapshots. */
  readonly carries: boolean
  /** Whether the feed tells of a thing at all; of one that it stops telling of it says `gone`. */
  readonly isTold: (snapshot: S) => boolean
  /** Told of each thing of which the port may show something else from now on. */
  readonly onShown?: (ref: Ref) => void
}

export interface Shelf<S extends Snapshot> {
  /** What is there now. */
  readonly at: (ref: Ref) => Kept<S> | undefined
  /** What the port shows of it. */
  readonly found: (ref: Ref) => Found<S>
  /** What the feed and listings say of it. */
  readonly row: (ref: Ref) => ChangeRow<S> | undefined
  /** What the port shows of a scope, in order of ref. */
  readonly refs: (scope: string) => ReadonlyArray<Ref>
  readonly all: () => ReadonlyArray<S>
  readonly keep: (draft: S, hand: Hand, changedAtMs?: InstantMs) => Kept<S>
  readonly drop: (ref: Ref, hand: Hand) => boolean
  readonly spoil: (ref: Ref) => void
  readonly changes: (scope: string, cursor: Cursor | undefined, max: number) => Result<Page<S>>
  readonly start: (scope: string) => Cursor
  readonly expire: () => void
  /** The time of a change made now: of one clock, it never goes back. */
  readonly nowMs: () => InstantMs
}

export const shelfOf = <S extends Snapshot>(settings: ShelfSettings<S>): Shelf<S> => {
  const { can, scopeOf, onShown = () => undefined } = settings
  const things = new Map<Ref, Kept<S>>()
  const feeds = new Map<string, Feed<S>>()
  /** What reads still say of things that the engine has written since the last look at the feed. */
  const former = new Map<Ref, Kept<S> | undefined>()
  let changeCount = 0
  let lastMs = Number.NEGATIVE_INFINITY

  const nowMs = (): InstantMs => {
    lastMs = Math.max(lastMs, Math.trunc(settings.clock()))
    return lastMs
  }
  const seen = (ref: Ref): Kept<S> | undefined => (former.has(ref) ? former.get(ref) : things.get(ref))

  const remember = (ref: Ref, hand: Hand): void => {
    if (hand === 'host') former.delete(ref)
    else if (!can.readYourWrites && !former.has(ref)) former.set(ref, things.get(ref))
  }

  const feedAt = (scope: string): Feed<S> => {
    const standing = feeds.get(scope)
    if (standing !== undefined) return standing
    const feed = feedOf<S>({ feed: can.feed, scope, row: (ref) => feedRow(ref, scope) })
    feeds.set(scope, feed)
    return feed
  }

  const found = (ref: Ref): Found<S> => {
    const kept = seen(ref)
    if (kept === undefined) return { _tag: 'Absent', ref }
    if (!kept.spoilt) return { _tag: 'Known', snapshot: kept.snapshot }
    return { _tag: 'Unreadable', ref, why: 'malformed', paths: ['fields: expected an object'], ...versionOf(kept) }
  }

  const versionOf = ({ snapshot }: Kept<S>) => (snapshot.version === undefined ? {} : { version: snapshot.version })

  const rowOf = (kept: Kept<S>, carries: boolean): ChangeRow<S> => ({
    ref: kept.snapshot.ref,
    ...versionOf(kept),
    ...(carries && !kept.spoilt ? { snapshot: kept.snapshot } : {})
  })

  const feedRow = (ref: Ref, scope: string): ChangeRow<S> | undefined => {
    const kept = things.get(ref)
    const isTold = kept !== undefined && scopeOf(kept.snapshot) === scope && settings.isTold(kept.snapshot)
    if (isTold) return rowOf(kept, settings.carries)
    return can.deletionsInFeed ? { ref, gone: true } : undefined
  }

  const drop = (ref: Ref, hand: Hand): boolean => {
    const standing = things.get(ref)
    if (standing === undefined) return false
    remember(ref, hand)
    things.delete(ref)
    feedAt(scopeOf(standing.snapshot)).note(ref, nowMs(), false)
    onShown(ref)
    return true
  }

  const place = (ref: Ref, kept: Kept<S>, atMs: InstantMs): Kept<S> => {
    things.set(ref, kept)
    feedAt(scopeOf(kept.snapshot)).note(ref, atMs, true)
    onShown(ref)
    return kept
  }

  const nextVersion = (): Version => {
    changeCount += 1
    return `v${changeCount}`
  }

  return {
    at: (ref) => things.get(ref),
    found,
    row: (ref) => {
      const kept = seen(ref)
      return kept === undefined ? undefined : rowOf(kept, true)
    },
    refs: (scope) => {
      const now = feedAt(scope).refs()
      if (former.size === 0) return now
      const listed = new Set(now)
      // Things that are deleted but still seen; those that are made and not yet seen have no row.
      for (const [ref, kept] of former) if (kept !== undefined && scopeOf(kept.snapshot) === scope) listed.add(ref)
      return listed.size === now.length ? now : [...listed].sort(byCodeUnits)
    },
    all: () => [...things.values()].map(({ snapshot }) => snapshot),
    keep: (draft, hand, changedAtMs) => {
      const { ref } = draft
      const standing = things.get(ref)
      if (standing !== undefined && scopeOf(standing.snapshot) !== scopeOf(draft)) drop(ref, hand)
      else remember(ref, hand)
      const version = nextVersion()
      const atMs = nowMs()
      const stamp = {
        ...(can.versions ? { version } : {}),
        ...(can.changeTimes === 'none' ? {} : { changedAtMs: changedAtMs ?? atMs })
      }
      return place(ref, { snapshot: frozenCopy({ ...draft, ...stamp }), version, spoilt: false }, atMs)
    },
    drop,
    spoil: (ref) => {
      const standing = things.get(ref)
      if (standing === undefined) return
      remember(ref, 'host')
      const version = nextVersion()
      const stamp = can.versions ? { version } : {}
      place(ref, { snapshot: frozenCopy({ ...standing.snapshot, ...stamp }), version, spoilt: true }, nowMs())
    },
    changes: (scope, cursor, max) => {
      const unseen = [...former.keys()]
      former.clear()
      for (const ref of unseen) onShown(ref)
      return feedAt(scope).page(cursor, Math.min(limits.pageRowsMax, Math.max(1, Math.trunc(max))))
    },
    start: (scope) => feedAt(scope).start(),
    expire: () => {
      for (const feed of feeds.values()) feed.expire()
    },
    nowMs
  }
}
