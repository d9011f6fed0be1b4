/**
 * Items by marker or field. A folder has no index, so one is kept in memory, by content version: what was read once
 * is read again only where its bytes are others.
 */
import type { Answer, Marker, Ref, Value, Version } from '../../model/index.js'
import { fail, fieldOf, ok, sameValue } from '../../model/index.js'
import type { Hits, MailKey, MailStore } from '../../engine/ports.js'
import { answering, errnoOf } from './errors.js'
import type { Folder } from './folder.js'
import { listRefs, placeOf } from './folder.js'
import type { Decoded } from './kind.js'
import { fileAt } from './read.js'
import type { Store } from './store.js'
import { folderOfKind, inTurn, unsupported } from './store.js'

/** The engine only asks whether there is none, one, or several. */
const hitsMax = 3

/** What is known of the bytes of one version. `values`: of the fields that were ever asked for. */
interface Known {
  readonly marker?: Marker
  readonly values: ReadonlyMap<string, Value>
}

type Index = Map<Version, Known>

export const findOf = (store: Store): MailStore['find'] => {
  let index: Index = new Map()
  const asked = new Set<string>()
  return (keys) =>
    answering(async () => {
      const other = keys.find(({ kind }) => kind !== store.codec.kind)
      if (other !== undefined) return fail(unsupported(other.kind, store.codec.kind))
      const folder = await folderOfKind(store, store.codec.kind)
      if (folder._tag === 'Left') return folder
      for (const key of keys) if (key._tag === 'ByField') asked.add(key.field)
      const refs = await listRefs(folder.right)
      const found = await inTurn(refs, async (ref) => ({
        ref,
        answer: await lookUp(store, folder.right, ref, index, asked)
      }))
      const failed = found.find(({ answer }) => answer._tag === 'Left')?.answer
      if (failed?._tag === 'Left') return failed
      const known = found.flatMap(({ ref, answer }) =>
        answer._tag === 'Right' && answer.right !== undefined ? [{ ref, entry: answer.right }] : []
      )
      index = new Map(known.map(({ entry }) => [entry.version, entry.known]))
      return ok(keys.map((key) => hitsOf(key, known)))
    })
}

interface Entry {
  readonly version: Version
  readonly known: Known
}

const hitsOf = (key: MailKey, all: ReadonlyArray<{ readonly ref: Ref; readonly entry: Entry }>): Hits => ({
  refs: all
    .filter(({ entry }) => isHit(key, entry.known))
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
  index: Index,
  asked: ReadonlySet<string>
): Answer<Entry | undefined> => {
  const version = await versionAt(store, folder, ref)
  const known = version === undefined ? undefined : index.get(version)
  if (version !== undefined && known !== undefined && [...asked].every((field) => known.values.has(field)))
    return ok({ version, known })
  const file = await fileAt(store, folder, ref)
  if (file === 'unstable') return fail({ _tag: 'Transient', message: `still being written: ${ref}` })
  if (typeof file === 'string' || file.bytes === undefined) return ok(undefined)
  const decoded = await store.codec.read(file.bytes)
  if (decoded._tag === 'Left' && decoded.left._tag !== 'Malformed') return decoded
  const { fields, marker } = decoded._tag === 'Right' ? decoded.right : nothing
  const values = new Map([...asked].map((field) => [field, fieldOf(fields, field) ?? null]))
  return ok({ version: file.version, known: { ...(marker !== undefined && { marker }), values } })
}

/** A malformed card is remembered too, so that it is not read again at every search. */
const nothing: Decoded = { fields: {} }

const versionAt = async (store: Store, folder: Folder, ref: Ref): Promise<Version | undefined> => {
  try {
    const place = await placeOf(folder, ref)
    return place._tag === 'Inside' ? await store.versions.of(ref, place.path) : undefined
  } catch (thrown) {
    if (errnoOf(thrown) === undefined) throw thrown
    return undefined
  }
}
