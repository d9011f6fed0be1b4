/**
 * The codec of contacts: files of one vCard each, of version 2.1, 3.0 or 4.0. New cards are of version 3.0 unless
 * the host says otherwise: it is the one that all producers read. What comes in from the engine is checked here.
 */
import * as t from 'io-ts'
import type { Answer, CreateEffect, Fields, Marker, Result } from '../../model/index.js'
import { fail, fieldOf, invariant, isEmpty, limits, ok } from '../../model/index.js'
import { contactOf, familiesOf, hasNoteContent, notePart, photosOf, textOf as lineText } from './contact.read.js'
import { addressMembers, mailingAddresses, rows, wantedNames } from './contact.table.js'
import { withDisplayName, withFields } from './contact.write.js'
import type { Decoded, KindCodec } from './kind.js'
import { markerText } from './marker.codec.js'
import { linesOfBytes } from './lines/charset.js'
import type { Card, Reader } from './lines/entry.js'
import { cardOf } from './vcard/card.js'
import type { VCardLibrary } from './lines/library.js'
import { linesOf } from './lines/line.js'
import { longestText, plainText } from './lines/plain.js'
import { textOf, withLine, withLineFor } from './lines/print.js'

const text = /*#__PURE__*/ t.union([t.string, t.null])
const date = /*#__PURE__*/ t.union([
  t.null,
  t.refinement(t.string, (value) => /^(\d{4}-\d{2}-\d{2})?$/.test(value), 'YYYY-MM-DD')
])
const names = /*#__PURE__*/ t.union([text, t.array(text)])
const address = /*#__PURE__*/ t.union([
  t.null,
  t.partial(Object.fromEntries(addressMembers.map((member) => [member, text])))
])
const mailing = /*#__PURE__*/ t.union([t.null, t.literal(''), t.keyof(mailingAddresses)])

const codecs = { text, phone: text, uri: text, part: text, date, list: names, address } as const

const fieldCodecs: { readonly [field: string]: t.Mixed } = {
  ...Object.fromEntries(rows.map((row) => [row.field, codecs[row.shape]])),
  mailingAddressIs: mailing,
  categories: names
}

const expectations = new Map<t.Mixed, string>([
  [text, 'a text'],
  [date, 'a date YYYY-MM-DD'],
  [names, 'a list of texts'],
  [address, `an object of ${addressMembers.join(', ')}`],
  [mailing, Object.keys(mailingAddresses).join(', ')]
])

/** Paths and expected forms, never a value. */
const checked = (set: Fields): Result<Fields> => {
  const paths = Object.entries(fieldCodecs).flatMap(([field, codec]) => {
    const value = fieldOf(set, field)
    return isEmpty(value) || codec.is(value) ? [] : [`${field}: expected ${expectations.get(codec) ?? codec.name}`]
  })
  if (paths.length > 0) return fail({ _tag: 'Malformed', side: 'mail', paths })
  const actual = Math.max(0, ...Object.values(set).map(longestText))
  return actual > limits.fieldLengthMax ? fail({ _tag: 'TooLarge', limit: limits.fieldLengthMax, actual }) : ok(set)
}

/** How new cards are written. */
export interface ContactOptions {
  readonly version: '3.0' | '4.0'
}

/** A file of contacts always holds its one. */
export interface ContactCodec extends KindCodec {
  readonly read: (bytes: Uint8Array) => Answer<Decoded>
}

/** Contacts as vCard files; `library` gives ical.js, or says why it is not there. */
export const contactCodec = (library: () => Answer<VCardLibrary>, { version }: ContactOptions): ContactCodec => {
  const withReader = async <A>(run: (reader: Reader) => Result<A>): Answer<A> => {
    const found = await library()
    return found._tag === 'Left' ? found : run({ library: found.right, wanted: wantedNames })
  }
  return {
    kind: 'contact',
    folder: 'contacts',
    extension: '.vcf',
    rootToo: true,
    read: (bytes) => withReader((reader) => andThen(cardIn(reader, bytes), contactOf)),
    create: (effect) =>
      withReader((reader) => andThen(checked(effect.fields), () => ok(created(reader, version, effect)))),
    update: (bytes, set, _within, marker) =>
      withReader((reader) =>
        andThen(checked(set), () =>
          andThen(cardIn(reader, bytes), (card) => {
            // Whoever writes this field has never seen what it holds: to him it looked empty.
            if (Object.hasOwn(set, notePart) && hasNoteContent(card)) return fail(noteIsContent)
            const next = marked(reader, withFields(reader, card, set), marker)
            return ok(next === card ? bytes : new TextEncoder().encode(textOf(next)))
          })
        )
      ),
    content: (bytes, part) =>
      withReader((reader) => andThen(cardIn(reader, bytes), (card) => ok(contentOf(card, part))))
  }
}

const andThen = <A, B>(result: Result<A>, next: (value: A) => Result<B>): Result<B> =>
  result._tag === 'Left' ? result : next(result.right)

const cardIn = (reader: Reader, bytes: Uint8Array): Result<Card> =>
  andThen(linesOfBytes(bytes), (lines) => cardOf(reader, lines))

/** N stands in every card of ours, so that nobody takes FN, which is for the eye, for the name. */
const created = (reader: Reader, version: '3.0' | '4.0', effect: CreateEffect): Uint8Array => {
  const frame = ['BEGIN:VCARD', `VERSION:${version}`, 'PRODID:-//liaison//files//EN', 'N:;;;;', 'FN:', 'END:VCARD', '']
  const empty = cardOf(reader, linesOf(frame.join('\r\n')))
  invariant(empty._tag === 'Right', 'an empty card of our own can be read')
  const named = withLine(reader, empty.right, { name: 'uid', params: [], components: [[plainText(effect.id)]] })
  const filled = withDisplayName(reader, withFields(reader, named, effect.fields), {})
  return new TextEncoder().encode(textOf(marked(reader, filled, effect.marker)))
}

/** The card with our mark, in the place of one that it bore. */
const marked = (reader: Reader, card: Card, marker: Marker | undefined): Card => {
  if (marker === undefined) return card
  const line = { name: 'x-liaison-record', params: [], components: [[markerText(marker)]] }
  const [standing] = familiesOf(card).get('marker') ?? []
  return standing === undefined ? withLine(reader, card, line) : withLineFor(reader, card, standing.entry, line)
}

const noteIsContent = { _tag: 'Forbidden', side: 'mail', field: notePart } as const

const contentOf = (card: Card, part: string): Uint8Array | undefined => {
  const families = familiesOf(card)
  if (part === notePart) {
    const note = lineText(families.get('note')?.[0])
    return note === '' ? undefined : new TextEncoder().encode(note)
  }
  const photo = photosOf(families).find(({ ref }) => ref.part === part)
  return photo && Buffer.from(photo.base64, 'base64')
}
