/**
 * Carries effects out, in order, each by itself: a refused one stops no other. What both sides do alike is here;
 * what a creation needs is the side's own. A crash in the middle leaves what was written before it.
 */
import type {
  CreateEffect,
  DeleteEffect,
  Effect,
  Outcome,
  Ref,
  Result,
  Side,
  Snapshot,
  SyncError,
  UpdateEffect
} from '../../model/index.js'
import { fail, mergedFields, ok } from '../../model/index.js'
import type { SideCan } from '../../engine/ports.js'
import { bytesOf } from './clone.js'
import type { Door, FaultOp } from './faults.js'
import type { Kept, Shelf } from './shelf.js'
import type { Contents, ReadPut } from './side.js'

/** Effects tried one by one, also those that failed or whose answer was lost. @public */
export interface TriedCounts {
  readonly creates: number
  readonly updates: number
  readonly deletes: number
}

/** Counts that grow, and begin anew when they are told to. */
export interface Tally<K extends string> {
  readonly add: (name: K, count?: number) => void
  readonly counts: () => Readonly<Record<K, number>>
  readonly reset: () => void
}

export const tallyOf = <K extends string>(zero: Readonly<Record<K, number>>): Tally<K> => {
  let standing = { ...zero }
  return {
    add: (name, count = 1) => {
      standing = { ...standing, [name]: standing[name] + count }
    },
    counts: () => ({ ...standing }),
    reset: () => {
      standing = { ...zero }
    }
  }
}

export interface Writer<S extends Snapshot> {
  readonly side: Side
  readonly can: SideCan
  readonly shelf: Shelf<S>
  readonly door: Door
  readonly tried: Tally<keyof TriedCounts>
  readonly typeOf: (snapshot: S) => string
  /** Whether this thing may be changed or removed by who asks. */
  readonly mayWrite: (ref: Ref) => boolean
  /** Why this thing may not stand beside the others. */
  readonly refusal: (draft: S) => SyncError | undefined
  /** The thing that a creation makes, under the ref that it gets. */
  readonly draft: (effect: CreateEffect) => Result<S>
  readonly contents: Contents
  readonly puts?: ReadonlyMap<string, Result<ReadonlyArray<ReadPut>>>
  /** Whether an update may mark a thing. */
  readonly marks?: boolean
  /** Whether a thing of this type may be given categories. */
  readonly categorises?: (type: string) => boolean
  /** What happens beside a write that is carried out. */
  readonly beside?: (effect: Effect, before: S | undefined, after: S | undefined) => void
}

/** `puts`: the contents that effects bring, their bytes read. */
export const carryOut = <S extends Snapshot>(
  writer: Writer<S>,
  effects: ReadonlyArray<Effect>,
  puts: ReadonlyMap<string, Result<ReadonlyArray<ReadPut>>>
): Result<ReadonlyArray<Outcome>> => {
  const { writeBatchMax } = writer.can
  if (effects.length > writeBatchMax) return fail({ _tag: 'TooLarge', limit: writeBatchMax, actual: effects.length })
  return ok(effects.map((effect) => outcomeOf({ ...writer, puts }, effect)))
}

const names = {
  Create: { op: 'create', tried: 'creates' },
  Update: { op: 'update', tried: 'updates' },
  Delete: { op: 'delete', tried: 'deletes' }
} as const satisfies Record<Effect['_tag'], { readonly op: FaultOp; readonly tried: keyof TriedCounts }>

const outcomeOf = <S extends Snapshot>(writer: Writer<S>, effect: Effect): Outcome => {
  const { op, tried } = names[effect._tag]
  writer.tried.add(tried)
  const ref = effect._tag === 'Create' ? effect.id : effect.ref
  const written = writer.door.pass(op, { ref }, () => writeOne(writer, effect))
  const { key } = effect
  if (written._tag === 'Left') return { _tag: 'Failed', key, error: written.left }
  const { ref: madeRef, snapshot } = written.right
  const version = snapshot?.version === undefined ? {} : { version: snapshot.version }
  const shown = snapshot === undefined || !writer.can.representationOnWrite ? {} : { snapshot }
  return { _tag: 'Done', key, ref: madeRef, ...version, ...shown }
}

interface Written<S> {
  readonly ref: Ref
  readonly snapshot?: S
}

const writeOne = <S extends Snapshot>(writer: Writer<S>, effect: Effect): Result<Written<S>> => {
  switch (effect._tag) {
    case 'Create':
      return create(writer, effect)
    case 'Update':
      return update(writer, effect)
    case 'Delete':
      return remove(writer, effect)
  }
}

const create = <S extends Snapshot>(writer: Writer<S>, effect: CreateEffect): Result<Written<S>> => {
  const draft = writer.draft(effect)
  if (draft._tag === 'Left') return draft
  const made = categorised(writer, effect, draft.right)
  const { ref } = made
  if (ref === '') {
    return fail({ _tag: 'Malformed', side: writer.side, ref, paths: ['id: expected a text that is not empty'] })
  }
  if (writer.shelf.at(ref) !== undefined) return fail({ _tag: 'AlreadyExists', ref })
  return put(writer, effect, made, undefined)
}

const update = <S extends Snapshot>(writer: Writer<S>, effect: UpdateEffect): Result<Written<S>> => {
  const target = targetOf(writer, effect)
  if (target._tag === 'Left') return target
  const { snapshot, spoilt } = target.right
  if (spoilt) return fail({ _tag: 'Malformed', side: writer.side, ref: effect.ref, paths: ['fields'] })
  const { state, status } = effect
  const sorted = categorised(writer, effect, snapshot)
  const draft: S = {
    ...sorted,
    ...(state === undefined ? {} : { state }),
    ...(status === undefined ? {} : { status }),
    ...(effect.marker === undefined || writer.marks !== true ? {} : { marker: effect.marker }),
    fields: mergedFields(snapshot.fields, effect.set)
  }
  return put(writer, effect, draft, snapshot)
}

/** The thing with the categories that the effect gives it; without any where it gives none. */
const categorised = <S extends Snapshot>(
  { categorises, typeOf }: Writer<S>,
  { categories }: CreateEffect | UpdateEffect,
  thing: S
): S => {
  if (categories === undefined || categorises?.(typeOf(thing)) !== true) return thing
  const { categories: _before, ...bare } = { categories: [], ...thing }
  return (categories.length === 0 ? bare : { ...bare, categories }) as S
}

const put = <S extends Snapshot>(
  writer: Writer<S>,
  effect: Effect,
  draft: S,
  before: S | undefined
): Result<Written<S>> => {
  const { itemBytesMax } = writer.can
  const actual = bytesOf(draft.fields)
  if (actual > itemBytesMax) return fail({ _tag: 'TooLarge', limit: itemBytesMax, actual })
  const refused = writer.refusal(draft)
  if (refused !== undefined) return fail(refused)
  const attached = withPuts(writer, effect, draft)
  if (attached._tag === 'Left') return attached
  const { snapshot } = writer.shelf.keep(attached.right, 'engine')
  writer.beside?.(effect, before, snapshot)
  return ok({ ref: snapshot.ref, snapshot })
}

/** The thing with the attachments that the effect gives it. */
const withPuts = <S extends Snapshot>(writer: Writer<S>, effect: Effect, draft: S): Result<S> => {
  const read = writer.puts?.get(effect.key)
  if (read === undefined) return ok(draft)
  if (read._tag === 'Left') return read
  const { contents: standing = [], ...bare } = draft
  const contents = writer.contents.put(draft.ref, standing, read.right)
  return ok((contents.length === 0 ? bare : { ...bare, contents }) as S)
}

const remove = <S extends Snapshot>(writer: Writer<S>, effect: DeleteEffect): Result<Written<S>> => {
  const target = targetOf(writer, effect)
  if (target._tag === 'Left') return target
  const { snapshot } = target.right
  writer.shelf.drop(effect.ref, 'engine')
  writer.beside?.(effect, snapshot, undefined)
  return ok({ ref: effect.ref })
}

/** What stands, whatever reads still say: the store itself always knows. */
const targetOf = <S extends Snapshot>(writer: Writer<S>, effect: UpdateEffect | DeleteEffect): Result<Kept<S>> => {
  const { ref, expected } = effect
  const standing = writer.shelf.at(ref)
  if (standing === undefined || writer.typeOf(standing.snapshot) !== effect.type) return fail({ _tag: 'Gone', ref })
  if (!writer.mayWrite(ref)) return fail({ _tag: 'Forbidden', side: writer.side, ref })
  const isStale = writer.can.conditional && expected !== undefined && expected !== standing.version
  return isStale ? fail({ _tag: 'VersionMismatch', ref }) : ok(standing)
}
