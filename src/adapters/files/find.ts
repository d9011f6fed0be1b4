/**
 * Items by marker or field. A folder has no index, so one is kept in memory, by content version: what was read once
 * is read again only where its bytes are others.
 */
import type { Answer, Kind, Marker, Ref, Value, Version } from '../../model/index.js'
import { fail, fieldOf, ok, sameValue } from '../../model/index.js'
import type { Hits, MailKey, MailStore } from '../../engine/ports.js'
import { answering, errnoOf } from './errors.js'
import type { Folder } from './folder.js'
import { listRefs, placeOf } from './folder.js'
import type { Decoded } from './kind.js'
import { fileAt } from './read.js'
import type { Store } from './store.js'
import { folderOfKind, inTurn, refOfPart, unsupported } from './store.js'

/** The engine only asks whether there is none, one, or several. */
const hitsMax = 3

/** What is known of an item. `values`: of the fields that were ever asked for. */
interface Known {
  readonly within: string
  readonly marker?: Marker
  readonly values: ReadonlyMap<string, Value>
}

/** The items of each version of a file. */
type Index = ReadonlyMap<Version, ReadonlyArray<Known>>

/** One kind's index, and the fields that were ever asked for. */
interface Memory {
  index: Index
  readonly asked: Set<string>
}

export const findOf = (store: Store): MailStore['find'] => {
  const memories = new Map<Kind, Memory>(
    store.shelves.map(({ codec }) => [codec.kind, { index: new Map(), asked: new Set<string>() }])
  )
  return (keys) =>
    answering(async () => {
      const hits = new Map<MailKey, Hits>()
      for (const kind of new Set(keys.map((key) => key.kind))) {
        const memory = memories.get(kind)
        if (memory === undefined) return fail(unsupported(kind, store.shelves))
        const own = keys.filter((key) => key.kind === kind)
        const found = await findIn(store, kind, memory, own)
        if (found._tag === 'Left') return found
        for (const [at, key] of own.entries()) hits.set(key, found.right[at] ?? none)
      }
      return ok(keys.map((key) => hits.get(key) ?? none))
    })
}

const none: Hits = { refs: [] }

const findIn = async (
  store: Store,
  kind: Kind,
  memory: Memory,
  keys: ReadonlyArray<MailKey>
): Answer<ReadonlyArray<Hits>> => {
  const folder = await folderOfKind(store, kind)
  if (folder._tag === 'Left') return folder
  for (const key of keys) if (key._tag === 'ByField') memory.asked.add(key.field)
  const refs = await listRefs(folder.right)
  const found = await inTurn(refs, async (ref) => ({ ref, answer: await lookUp(store, folder.right, ref, memory) }))
  const failed = found.find(({ answer }) => answer._tag === 'Left')?.answer
  if (failed?._tag === 'Left') return failed
  const files = found.flatMap(({ ref, answer }) =>
    answer._tag === 'Right' && answer.right !== undefined ? [{ ref, ...answer.right }] : []
  )
  memory.index = new Map(files.map(({ version, items }) => [version, items]))
  const known = files.flatMap(({ ref, items }) =>
    items.map((item) => ({ ref: refOfPart(ref, item.within), known: item }))
  )
  return ok(keys.map((key) => hitsOf(key, known)))
}

const hitsOf = (key: MailKey, all: ReadonlyArray<{ readonly ref: Ref; readonly known: Known }>): Hits => ({
  refs: all
    .filter(({ known }) => isHit(key, known))
    .map(({ ref }) => ref)
    .slice(0, hitsMax)
})

const isHit = (key: MailKey, { marker, values }: Known): boolean =>
  key._tag === 'ByMarker'
    ? marker?.tenant === key.tenant && marker.record === key.record
    : isSame(key.field, values.get(key.field), key.value)

/** Addresses are the same in capitals; all else is compared as it is. */
const isSame = (field: string, value: Value | undefined, wanted: string): boolean =>
  typeof value === 'string' && /^email\d$/.test(field)
    ? value.trim().toLowerCase() === wanted.trim().toLowerCase()
    : wanted !== '' && sameValue(value, wanted)

/**
 * `undefined`: nothing there that can be read, such as a card that is malformed; what is wrong with it, `read` says.
 * Not to know for another reason is a failure: it must not look like "no hit", after which a second item is made.
 */
const lookUp = async (
  store: Store,
  folder: Folder,
  ref: Ref,
  { index, asked }: Memory
): Answer<{ readonly version: Version; readonly items: ReadonlyArray<Known> } | undefined> => {
  const version = await versionAt(folder, ref)
  const known = version === undefined ? undefined : index.get(version)
  if (version !== undefined && known?.every(({ values }) => [...asked].every((field) => values.has(field))))
    return ok({ version, items: known })
  const file = await fileAt(store, folder, ref)
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  if (typeof file === 'string' || file.bytes === undefined) return ok(undefined)
  const items: Array<Known> = []
  for (const { within } of folder.codec.parts?.(file.bytes) ?? [{ within: '' }]) {
    const decoded = await folder.codec.read(file.bytes, within)
    if (decoded._tag === 'Left' && decoded.left._tag !== 'Malformed') return decoded
    const { fields, marker } = (decoded._tag === 'Right' ? decoded.right : undefined) ?? nothing
    const values = new Map([...asked].map((field) => [field, fieldOf(fields, field) ?? null]))
    items.push({ within, ...(marker !== undefined && { marker }), values })
  }
  return ok({ version: file.version, items })
}

/** A malformed card is remembered too, so that it is not read again at every search. */
const nothing: Decoded = { fields: {} }

const versionAt = async (folder: Folder, ref: Ref): Promise<Version | undefined> => {
  try {
    const place = await placeOf(folder, ref)
    return place._tag === 'Inside' ? (await folder.versions.of(ref, place.path))?.version : undefined
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown
    return undefined
  }
}
