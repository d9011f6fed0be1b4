/**
 * A mailbox that is one JSON file: `{ "<id>": { "marker"?: …, "fields": { … } } }`. The smallest adapter that keeps every
 * promise of the port it makes; read it beside `src/engine/ports.ts`.
 *
 * It answers and never throws: `answering` turns what the file system throws into a failure that says who acts.
 */
import { readFile, rename, writeFile } from 'node:fs/promises'
import { byCodeUnits, digestOf, fail, isEmpty, ok } from 'liaison'

/** Where this adapter says `false`, the engine does more; where it said `true` and could not, data would be lost. */
const can = {
  kinds: ['contact'],
  feed: 'list',
  deletionsInFeed: false,
  conditional: true,
  clientIds: true,
  readYourWrites: true,
  representationOnWrite: true,
  versions: true,
  changeTimes: 'none',
  marker: true,
  moveKeepsRef: true,
  findByField: true,
  invitations: 'none',
  writeBatchMax: 100,
  itemBytesMax: 1_000_000
}

export const addressBook = ({ path }) => {
  const load = async () => new Map(Object.entries(JSON.parse(await readFile(path, 'utf8'))))

  /** The old file or the new one, never a half: it is written beside and then takes the other's place. */
  const save = async (cards) => {
    await writeFile(`${path}.new`, JSON.stringify(Object.fromEntries(cards), null, 2))
    await rename(`${path}.new`, path)
  }

  /** One at a time: what is read, compared and written must be of one moment. */
  let last = Promise.resolve()
  const alone = (run) => {
    const mine = last.then(run)
    last = mine.catch(() => {})
    return mine
  }

  return {
    can,
    changes: (kind, cursor, max) =>
      answering(async () => (kind === 'contact' ? pageOf(await load(), cursor, max) : otherKind(kind))),
    read: (refs) =>
      answering(async () => {
        const cards = await load()
        return ok(
          refs.map((ref) =>
            cards.has(ref) ? { _tag: 'Known', snapshot: snapshotOf(ref, cards.get(ref)) } : { _tag: 'Absent', ref }
          )
        )
      }),
    find: (keys) =>
      answering(async () => {
        const cards = [...(await load())]
        return ok(
          keys.map((key) => ({
            refs: cards
              .filter(([, card]) => isHit(key, card))
              .map(([ref]) => ref)
              .slice(0, 3)
          }))
        )
      }),
    write: (effects) =>
      alone(() =>
        answering(async () => {
          if (effects.length > can.writeBatchMax)
            return fail({ _tag: 'TooLarge', limit: can.writeBatchMax, actual: effects.length })
          const cards = await load()
          const outcomes = effects.map((effect) => carryOut(cards, effect))
          if (outcomes.some(({ _tag }) => _tag === 'Done')) await save(cards)
          return ok(outcomes)
        })
      ),
    /** Cards have no attachments, so that none can be asked for in good faith. */
    content: (ref) => ({ [Symbol.asyncIterator]: () => ({ next: () => Promise.reject({ _tag: 'Gone', ref }) }) })
  }
}

/** A file that is away is no empty address book: the cycle fails, and the next one tries again. */
const answering = async (run) => {
  try {
    return await run()
  } catch (thrown) {
    if (thrown instanceof SyntaxError) return fail({ _tag: 'Malformed', side: 'mail', paths: ['file: expected JSON'] })
    return fail({ _tag: 'Transient', message: thrown.code ?? 'unknown' })
  }
}

const otherKind = (kind) => fail({ _tag: 'Unsupported', what: `items of kind ${kind}`, remedy: 'take another adapter' })

/** The version is what the card says: equal versions mean equal cards. */
const snapshotOf = (ref, { marker, fields }) => ({
  ref,
  version: digestOf({ marker, fields }),
  kind: 'contact',
  folder: 'contacts',
  ...(marker ? { marker } : {}),
  fields
})

/** A listing in the order of refs. Within it the cursor is the last ref told; at its end, the beginning of the next. */
const pageOf = (cards, cursor = '', max) => {
  const refs = [...cards.keys()].filter((ref) => cursor === '' || ref > cursor).sort(byCodeUnits)
  const rows = refs.slice(0, max).map((ref) => {
    const snapshot = snapshotOf(ref, cards.get(ref))
    return { ref, version: snapshot.version, snapshot }
  })
  const more = refs.length > rows.length
  return ok({ rows, cursor: more ? rows.at(-1).ref : '', more })
}

const isHit = (key, { marker, fields }) =>
  key._tag === 'ByMarker'
    ? marker?.record === key.record && marker.tenant === key.tenant
    : key.value !== '' && String(fields[key.field] ?? '').toLowerCase() === key.value.toLowerCase()

/** One effect, on the cards in memory. One that fails says why, and the others go on. */
const carryOut = (cards, effect) => {
  const { key } = effect
  const failed = (error) => ({ _tag: 'Failed', key, error })
  const done = (ref) => {
    const snapshot = cards.has(ref) ? snapshotOf(ref, cards.get(ref)) : undefined
    return { _tag: 'Done', key, ref, ...(snapshot ? { version: snapshot.version, snapshot } : {}) }
  }
  if (effect._tag === 'Create') {
    if (cards.has(effect.id)) return failed({ _tag: 'AlreadyExists', ref: effect.id })
    cards.set(effect.id, { marker: effect.marker, fields: filled(effect.fields) })
    return done(effect.id)
  }
  const { ref, expected } = effect
  const card = cards.get(ref)
  if (card === undefined) return failed({ _tag: 'Gone', ref })
  if (expected !== undefined && expected !== snapshotOf(ref, card).version)
    return failed({ _tag: 'VersionMismatch', ref })
  if (effect._tag === 'Delete') cards.delete(ref)
  else cards.set(ref, { ...card, fields: filled({ ...card.fields, ...effect.set }) })
  return done(ref)
}

/** Nothing is spelled in one way: a field that is empty is not there. */
const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => !isEmpty(value)))
