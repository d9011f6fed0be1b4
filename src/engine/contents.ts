/**
 * Attachments as mappings see them: entries of the field `attachments`, whether a store holds them in that field or
 * names them as contents. The bytes of a content are in no entry; it says where they are, and they go from side to side
 * when the other store asks for them.
 */
import type { ContentPut, ContentRef, Effect, Fields, Ref, Side, Snapshot, Value } from '../model/index.js'
import { fieldOf, isEmpty } from '../model/index.js'

const field = 'attachments'

/** Where an entry's bytes are: side, thing and part. */
const placeField = '@content'

const entriesIn = (fields: Fields): ReadonlyArray<Value> => {
  const value = fieldOf(fields, field)
  return Array.isArray(value) ? (value as ReadonlyArray<Value>) : []
}

/** A content whose part is the name of a field is that field's text, and no attachment. */
const isAttachment = ({ part, name }: ContentRef): boolean => name !== undefined && part !== name

const entryOf = (side: Side, ref: Ref, { part, name, type, bytes, digest }: ContentRef): Value => ({
  name: name ?? part,
  type,
  bytes,
  ...(digest === undefined ? {} : { digest }),
  [placeField]: [side, ref, part]
})

export const withContents = <S extends Snapshot>(side: Side, snapshot: S): S => {
  const attached = (snapshot.contents ?? []).filter(isAttachment)
  if (attached.length === 0) return snapshot
  const entries = [...entriesIn(snapshot.fields), ...attached.map((content) => entryOf(side, snapshot.ref, content))]
  return { ...snapshot, fields: { ...snapshot.fields, [field]: entries } }
}

/** Reads the bytes of one part of one thing of a side. */
export type ReadContent = (side: Side, ref: Ref, part: string) => AsyncIterable<Uint8Array>

/** An effect as a store takes it: entries with bytes elsewhere become contents, all others stay in the field. */
export const withoutContents = (side: Side, effect: Effect, takes: boolean, read: ReadContent): Effect => {
  if (effect._tag === 'Delete') return effect
  const fields = effect._tag === 'Create' ? effect.fields : effect.set
  if (!Object.hasOwn(fields, field)) return effect
  const entries = entriesIn(fields)
  const inline = entries.filter((entry) => placeOf(entry) === undefined)
  const ref = effect._tag === 'Create' ? undefined : effect.ref
  const contents = entries.flatMap((entry) => putOf(side, ref, entry, read))
  const kept = { ...fields, [field]: isEmpty(inline) ? null : inline }
  const put = takes ? { contents } : {}
  return effect._tag === 'Create' ? { ...effect, fields: kept, ...put } : { ...effect, set: kept, ...put }
}

interface Place {
  readonly side: Side
  readonly ref: Ref
  readonly part: string
}

const memberOf = (entry: Value, name: string): Value =>
  typeof entry === 'object' && entry !== null && !Array.isArray(entry)
    ? ((entry as { readonly [member: string]: Value })[name] ?? null)
    : null

/** Whether the bytes of an entry are a content of some store. */
export const isPlaced = (entry: Value): boolean => placeOf(entry) !== undefined

const placeOf = (entry: Value): Place | undefined => {
  const place = memberOf(entry, placeField)
  if (!Array.isArray(place)) return undefined
  const [side, ref, part] = place
  return side === 'mail' || side === 'record' ? { side, ref: String(ref), part: String(part) } : undefined
}

const putOf = (side: Side, ref: Ref | undefined, entry: Value, read: ReadContent): ReadonlyArray<ContentPut> => {
  const place = placeOf(entry)
  if (place === undefined) return []
  if (place.side === side && place.ref === ref) return [{ _tag: 'Keep', part: place.part }]
  return [
    {
      _tag: 'Add',
      name: String(memberOf(entry, 'name')),
      type: String(memberOf(entry, 'type')),
      bytes: Number(memberOf(entry, 'bytes')),
      read: () => read(place.side, place.ref, place.part)
    }
  ]
}
