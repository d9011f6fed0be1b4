/**
 * Stores that lie in one way, as real ones do: a wrapper around any store of either side. Engine and rules are tried
 * against them; the checks of this folder must find each one out.
 *
 * A lie keeps `can` as it is. `admitted` says instead what the store then can: the same store, honest about it, whose
 * weaker promises hold.
 */
import type {
  ChangeRow,
  Effect,
  Fields,
  Found,
  ItemSnapshot,
  Outcome,
  Page,
  RecordSnapshot,
  Ref,
  Result,
  Snapshot,
  Version
} from '../../model/index.js'
import { fail, ok } from '../../model/index.js'
import type { MailStore, RecordStore, SideCan } from '../../engine/ports.js'

/** Draws numbers from 0 to 1, the same ones from the same seed. */
type Draw = () => number

/** mulberry32: small, and good enough to choose rows. */
const drawsFrom = (seed: number): Draw => {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** Where a lie is told. What is left out is passed on as it is. @public */
export interface Telling<S extends Snapshot> {
  readonly effect?: (effect: Effect) => Effect
  readonly outcome?: (outcome: Outcome) => Outcome
  readonly found?: (found: Found<S>) => Found<S>
  readonly row?: (row: ChangeRow<S>) => ChangeRow<S>
  readonly rows?: (rows: ReadonlyArray<ChangeRow<S>>) => ReadonlyArray<ChangeRow<S>>
  /** Whether the answer to this write is lost on its way. */
  readonly losesAnswer?: () => boolean
  /** Told what stood before each write of a thing. */
  readonly before?: (found: Found<S>) => void
}

/** One way to lie, and what a store that admits it can do. @public */
export interface Lie {
  readonly name: string
  readonly admits: Partial<SideCan>
  /** A new telling per store: some lies remember. */
  readonly tell: <S extends Snapshot>() => Telling<S>
}

/** A store that tells a lie, and the same store when it admits what it cannot do. @public */
export interface Liar<Store> {
  readonly lying: Store
  readonly admitted: Store
}

/** A mailbox that lies. @public */
export const lyingMail = (store: MailStore, lie: Lie): Liar<MailStore> => {
  const telling = lie.tell<ItemSnapshot>()
  const { heads } = store
  const lying: MailStore = {
    ...store,
    ...(heads === undefined ? {} : { heads: async (refs) => foundThrough(telling, await heads(refs)) }),
    changes: async (scope, cursor, max) => pageThrough(telling, await store.changes(scope, cursor, max)),
    read: async (refs) => foundThrough(telling, await store.read(refs)),
    write: async (effects) => {
      if (telling.before !== undefined) remember(telling, await store.read(refsOf(effects)))
      return outcomesThrough(telling, await store.write(effects.map(telling.effect ?? same)))
    }
  }
  return { lying, admitted: { ...lying, can: { ...store.can, ...lie.admits } } }
}

/** A record store that lies. @public */
export const lyingRecords = (store: RecordStore, lie: Lie): Liar<RecordStore> => {
  const telling = lie.tell<RecordSnapshot>()
  const lying: RecordStore = {
    ...store,
    changes: async (scope, cursor, max) => pageThrough(telling, await store.changes(scope, cursor, max)),
    members: async (query, as, page) => pageThrough(telling, await store.members(query, as, page)),
    read: async (type, refs, as) => foundThrough(telling, await store.read(type, refs, as)),
    write: async (effects, as) => {
      for (const type of telling.before === undefined ? [] : typesOf(effects)) {
        remember(telling, await store.read(type, refsOf(effects), as))
      }
      return outcomesThrough(telling, await store.write(effects.map(telling.effect ?? same), as))
    }
  }
  return { lying, admitted: { ...lying, can: { ...store.can, ...lie.admits } } }
}

const same = <A>(value: A): A => value

const refsOf = (effects: ReadonlyArray<Effect>): ReadonlyArray<Ref> =>
  effects.map((effect) => (effect._tag === 'Create' ? effect.id : effect.ref))

const typesOf = (effects: ReadonlyArray<Effect>): ReadonlyArray<string> => [
  ...new Set(effects.flatMap(({ type }) => (type === undefined ? [] : [type])))
]

const remember = <S extends Snapshot>(telling: Telling<S>, answer: Result<ReadonlyArray<Found<S>>>): void => {
  for (const found of answer._tag === 'Right' ? answer.right : []) telling.before?.(found)
}

const foundThrough = <S extends Snapshot>(
  telling: Telling<S>,
  answer: Result<ReadonlyArray<Found<S>>>
): Result<ReadonlyArray<Found<S>>> =>
  answer._tag === 'Left' ? answer : ok(answer.right.map((found) => telling.found?.(found) ?? found))

const pageThrough = <S extends Snapshot>(telling: Telling<S>, answer: Result<Page<S>>): Result<Page<S>> => {
  if (answer._tag === 'Left') return answer
  const rows = answer.right.rows.map((row) => telling.row?.(row) ?? row)
  return ok({ ...answer.right, rows: telling.rows?.(rows) ?? rows })
}

const outcomesThrough = <S extends Snapshot>(
  telling: Telling<S>,
  answer: Result<ReadonlyArray<Outcome>>
): Result<ReadonlyArray<Outcome>> => {
  if (answer._tag === 'Left') return answer
  if (telling.losesAnswer?.() === true) return fail({ _tag: 'Transient', message: 'the answer was lost', unsure: true })
  return ok(answer.right.map(telling.outcome ?? same))
}

/** The version of a thing is another at every look, as with servers that rewrite what they are asked for. @public */
export const flakyVersions: Lie = {
  name: 'flaky versions',
  admits: { versions: false },
  tell: () => {
    let looks = 0
    const flaky = (version: Version | undefined) => {
      looks += 1
      return version === undefined ? {} : { version: `${version}~${looks}` }
    }
    const steady = (version: Version | undefined) =>
      version === undefined ? {} : { expected: version.replace(/~\d+$/, '') }
    return {
      found: (found) => {
        if (found._tag === 'Absent') return found
        if (found._tag === 'Unreadable') return { ...found, ...flaky(found.version) }
        return { ...found, snapshot: { ...found.snapshot, ...flaky(found.snapshot.version) } }
      },
      row: (row) => {
        const version = flaky(row.version)
        return {
          ...row,
          ...version,
          ...(row.snapshot === undefined ? {} : { snapshot: { ...row.snapshot, ...version } })
        }
      },
      effect: (effect) => (effect._tag === 'Create' ? effect : { ...effect, ...steady(effect.expected) })
    }
  }
}

/** Nothing has a version. @public */
export const noVersions: Lie = {
  name: 'no versions',
  admits: { versions: false, conditional: false },
  tell: () => ({
    found: (found) => {
      if (found._tag === 'Known') return { ...found, snapshot: without(found.snapshot, 'version') }
      return found._tag === 'Absent' ? found : without(found, 'version')
    },
    row: (row) => {
      const rest = without(row, 'version')
      return rest.snapshot === undefined ? rest : { ...rest, snapshot: without(rest.snapshot, 'version') }
    },
    outcome: (outcome) => {
      if (outcome._tag === 'Failed') return outcome
      const rest = without(outcome, 'version')
      return rest.snapshot === undefined ? rest : { ...rest, snapshot: without(rest.snapshot, 'version') }
    }
  })
}

/** A copy without an optional member. */
const without = <A extends object, K extends 'version' | 'snapshot'>(value: A, name: K): A => {
  const copy = { ...value }
  Reflect.deleteProperty(copy, name)
  return copy
}

/** Texts are trimmed, and addresses written in lower case, before they are stored. @public */
export const normalisingWrites: Lie = {
  name: 'normalising writes',
  admits: {},
  tell: () => ({
    effect: (effect) => {
      if (effect._tag === 'Delete') return effect
      return effect._tag === 'Create'
        ? { ...effect, fields: normalised(effect.fields) }
        : { ...effect, set: normalised(effect.set) }
    }
  })
}

const normalised = (fields: Fields): Fields =>
  Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, typeof value === 'string' ? normalText(value) : value])
  )

const normalText = (text: string): string => {
  const trimmed = text.trim()
  return /^[^@\s]+@[^@\s]+$/.test(trimmed) ? trimmed.toLowerCase() : trimmed
}

/** The first looks after a write still show what stood before it. @public */
export const staleReads = (options: { readonly looks?: number } = {}): Lie => ({
  name: 'stale reads after a write',
  admits: { readYourWrites: false },
  tell: <S extends Snapshot>() => {
    const old = new Map<Ref, { readonly found: Found<S>; looks: number }>()
    return {
      before: (found: Found<S>) => old.set(refOf(found), { found, looks: options.looks ?? 2 }),
      found: (found: Found<S>) => {
        const before = old.get(refOf(found))
        if (before === undefined) return found
        before.looks -= 1
        if (before.looks <= 0) old.delete(refOf(found))
        return before.found
      }
    }
  }
})

const refOf = (found: Found): Ref => (found._tag === 'Known' ? found.snapshot.ref : found.ref)

/** Some writes happen and their answers are lost: `Transient`, unsure. One in `oneIn` (3). @public */
export const lostAnswers = (options: { readonly seed: number; readonly oneIn?: number }): Lie => ({
  name: 'lost answers',
  admits: {},
  tell: () => {
    const draw = drawsFrom(options.seed)
    return { losesAnswer: () => draw() * (options.oneIn ?? 3) < 1 }
  }
})

/** Some rows stand in a page twice. One in `oneIn` (2). @public */
export const duplicateRows = (options: { readonly seed: number; readonly oneIn?: number }): Lie => ({
  name: 'duplicate rows',
  admits: {},
  tell: () => {
    const draw = drawsFrom(options.seed)
    return { rows: (rows) => rows.flatMap((row) => (draw() * (options.oneIn ?? 2) < 1 ? [row, row] : [row])) }
  }
})

/** A write is answered without saying what came of it. @public */
export const noRepresentation: Lie = {
  name: 'no representation on write',
  admits: { representationOnWrite: false },
  tell: () => ({
    outcome: (outcome) => (outcome._tag === 'Failed' ? outcome : without(without(outcome, 'version'), 'snapshot'))
  })
}
