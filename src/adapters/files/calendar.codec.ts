/**
 * The codecs of appointments and tasks: iCalendar files of one UID each. What stands in a file beside the item that
 * is edited, other occurrences among it, is written back as it was. What comes in from the engine is checked here.
 */
import type { Answer, CreateEffect, Fields, Marker, Result } from '../../model/index.js'
import { fail, fieldOf, invariant, isEmpty, ok } from '../../model/index.js'
import { appointmentOf } from './ical/appointment.read.js'
import { withAppointment } from './ical/appointment.write.js'
import type { Component } from './ical/calendar.js'
import {
  calendarOf,
  linesNamed,
  textIn,
  treeOf,
  valueIn,
  wantedOfCalendars,
  withoutComponent
} from './ical/calendar.js'
import { bodyPart, contentIn, hasBodyContent } from './ical/common.read.js'
import type { Edited } from './ical/edit.js'
import { added, componentOf, withText } from './ical/edit.js'
import { appointmentCodecs, checkedFields, taskCodecs } from './ical/fields.codec.js'
import type { ItemName } from './ical/items.js'
import { itemIn, itemsOf, partsOf } from './ical/items.js'
import { utcText } from './ical/moment.js'
import { rawNames } from './ical/names.js'
import { taskOf, withTask } from './ical/task.js'
import type { Times } from './ical/zone.js'
import type { Decoded, FilePart, KindCodec } from './kind.js'
import { linesOfBytes } from './lines/charset.js'
import type { Card, Reader } from './lines/entry.js'
import type { VCardLibrary } from './lines/library.js'
import { linesOf } from './lines/line.js'
import { textOf } from './lines/print.js'
import { markerText } from './marker.codec.js'

/** What calendars need beside ical.js: zones, the mailbox's own one, and now for the stamp of what is made. */
export interface CalendarOptions extends Omit<Times, 'library'> {
  readonly clock: () => number
}

interface Kind {
  readonly kind: 'appointment' | 'task'
  readonly folder: string
  readonly name: ItemName
  readonly codecs: Parameters<typeof checkedFields>[0]
  readonly read: (times: Times, card: Card, component: Component) => Result<Decoded>
  readonly write: (times: Times, edited: Edited, set: Fields) => Result<Edited>
}

const appointments: Kind = {
  kind: 'appointment',
  folder: 'calendar',
  name: 'VEVENT',
  codecs: appointmentCodecs,
  read: appointmentOf,
  write: withAppointment
}

const tasks: Kind = {
  kind: 'task',
  folder: 'tasks',
  name: 'VTODO',
  codecs: taskCodecs,
  read: taskOf,
  write: withTask
}

type Library = () => Answer<VCardLibrary>

export const appointmentCodec = (library: Library, options: CalendarOptions): KindCodec =>
  calendarCodec(library, options, appointments)

export const taskCodec = (library: Library, options: CalendarOptions): KindCodec =>
  calendarCodec(library, options, tasks)

/** What one call reads and writes with. */
interface Tools {
  readonly reader: Reader
  readonly times: Times
}

const calendarCodec = (library: Library, { clock, ...zoned }: CalendarOptions, kind: Kind): KindCodec => {
  const withTools = async <A>(run: (tools: Tools) => Result<A>): Answer<A> => {
    const found = await library()
    if (found._tag === 'Left') return found
    if (found.right.design.icalendar === undefined || !found.right.Recur || !found.right.Duration || !found.right.Time)
      return fail(tooOld)
    return run({
      reader: { library: found.right, wanted: wantedOfCalendars, raw: rawSet },
      times: { ...zoned, library: found.right }
    })
  }
  // A file of many occurrences is asked for one by one: it is read once.
  const known = new WeakMap<Uint8Array, Result<Card>>()
  const cuts = new WeakMap<Uint8Array, ReadonlyArray<FilePart>>()
  const cardIn = ({ reader }: Tools, bytes: Uint8Array): Result<Card> => {
    const card = known.get(bytes) ?? andThen(linesOfBytes(bytes), (lines) => calendarOf(reader, lines))
    known.set(bytes, card)
    return card
  }
  const itemOf = (tools: Tools, bytes: Uint8Array, within: string): Result<{ card: Card; item?: Component }> =>
    andThen(cardIn(tools, bytes), (card) =>
      andThen(itemIn(card, kind.name, within), (item) => ok({ card, ...(item !== undefined && { item }) }))
    )
  return {
    kind: kind.kind,
    folder: kind.folder,
    extension: '.ics',
    rootToo: false,
    parts: (bytes) => {
      const found = cuts.get(bytes) ?? partsIn(bytes, kind.name)
      cuts.set(bytes, found)
      return found
    },
    read: (bytes, within = '') =>
      withTools((tools) =>
        andThen(itemOf(tools, bytes, within), ({ card, item }) =>
          item === undefined ? ok(undefined) : kind.read(tools.times, card, item)
        )
      ),
    create: (effect) => withTools((tools) => created(tools, kind, effect, clock())),
    update: (bytes, set, within = '', marker) =>
      withTools((tools) =>
        andThen(checked(kind, set), () =>
          andThen(itemOf(tools, bytes, within), ({ card, item }) =>
            item === undefined ? fail(gone) : updated(tools, kind, card, item, bytes, set, marker)
          )
        )
      ),
    without: (bytes, within = '') =>
      withTools((tools) =>
        andThen(itemOf(tools, bytes, within), ({ card, item }) =>
          item === undefined ? fail(gone) : withoutOccurrence(tools, kind, card, item)
        )
      ),
    content: (bytes, part, within = '') =>
      withTools((tools) => andThen(itemOf(tools, bytes, within), ({ item }) => ok(item && contentIn(item, part))))
  }
}

const rawSet: ReadonlySet<string> = new Set(rawNames)

const tooOld = {
  _tag: 'Unsupported',
  what: 'iCalendar files: the ical.js that was handed in reads vCards alone',
  remedy: 'hand in all of it: files({ root, ical: ICAL })'
} as const

/** Whoever writes to it by its ref puts the ref in. */
const gone = { _tag: 'Gone', ref: '' } as const

const andThen = <A, B>(result: Result<A>, next: (value: A) => Result<B>): Result<B> =>
  result._tag === 'Left' ? result : next(result.right)

const occurrenceMark = /RECURRENCE-ID/i

/** Most files hold one item, which a look at their bytes says. */
const partsIn = (bytes: Uint8Array, name: ItemName) => {
  const lines = occurrenceMark.test(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1'))
    ? linesOfBytes(bytes)
    : undefined
  return lines?._tag === 'Right' ? partsOf(lines.right, name) : [{ within: '' }]
}

/** What an item is known by does not change, and a file that lies in it comes with no field. */
const checked = (kind: Kind, set: Fields): Result<Fields> => {
  if (!isEmpty(fieldOf(set, 'attachments')))
    return fail({
      _tag: 'Unsupported',
      what: `attachments written to the ${kind.kind}s of a mailbox of files`,
      remedy: 'let them flow to the record alone'
    })
  return checkedFields(kind.codecs, set)
}

const updated = (
  { reader, times }: Tools,
  kind: Kind,
  card: Card,
  item: Component,
  bytes: Uint8Array,
  set: Fields,
  marker: Marker | undefined
): Result<Uint8Array> => {
  // Whoever writes this field has never seen what it holds: to him it looked empty.
  if (Object.hasOwn(set, bodyPart) && hasBodyContent(item)) return fail(bodyIsContent)
  const uid = fieldOf(set, 'globalId')
  if (Object.hasOwn(set, 'globalId') && (uid ?? '') !== textIn(item, 'uid') && kind.kind === 'appointment')
    return fail({ _tag: 'Forbidden', side: 'mail', field: 'globalId' })
  // What cannot be read is not written to: what the rest of it means would be a guess.
  return andThen(kind.read(times, card, item), () =>
    andThen(kind.write(times, marked({ reader, card, begin: item.begin }, marker), set), (next) =>
      ok(next.card === card ? bytes : new TextEncoder().encode(textOf(next.card)))
    )
  )
}

const bodyIsContent = { _tag: 'Forbidden', side: 'mail', field: bodyPart } as const

const created = ({ reader, times }: Tools, kind: Kind, effect: CreateEffect, nowMs: number): Result<Uint8Array> => {
  if (!isEmpty(fieldOf(effect.fields, 'originalStart'))) return fail(noOccurrence)
  return andThen(checked(kind, effect.fields), (fields) => {
    const frame = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//liaison//files//EN', `BEGIN:${kind.name}`]
    const text = [...frame, `DTSTAMP:${utcText(nowMs)}`, `END:${kind.name}`, 'END:VCALENDAR', ''].join('\r\n')
    const card = calendarOf(reader, linesOf(text))
    invariant(card._tag === 'Right', 'an empty calendar of our own can be read')
    const [component] = treeOf(card.right).children
    invariant(component !== undefined, 'an empty calendar of our own holds its item')
    const empty: Edited = { reader, card: card.right, begin: component.begin }
    const globalId = kind.kind === 'appointment' ? fieldOf(fields, 'globalId') : undefined
    const named = withText(empty, 'uid', typeof globalId === 'string' && globalId.trim() !== '' ? globalId : effect.id)
    return andThen(kind.write(times, marked(named, effect.marker), fields), ({ card: made }) =>
      ok(new TextEncoder().encode(textOf(made)))
    )
  })
}

const marked = (edited: Edited, marker: Marker | undefined): Edited =>
  marker === undefined ? edited : withText(edited, 'x-liaison-record', markerText(marker))

const noOccurrence = {
  _tag: 'Unsupported',
  what: 'a changed occurrence of a series as a file of its own',
  remedy: 'change the occurrence where it is, in the file of its series'
} as const

/**
 * An occurrence that is deleted is left out of its series from now on; without that it would be back at its old time.
 * Where the file held nothing else, nothing is left of it.
 */
const withoutOccurrence = (
  { reader }: Tools,
  kind: Kind,
  card: Card,
  item: Component
): Result<Uint8Array | undefined> =>
  andThen(itemsOf(card, kind.name), (items) => {
    if (items.length === 1) return ok(undefined)
    const [moment] = linesNamed(item, 'recurrence-id')
    const series = items.find(({ within }) => within === '')?.component
    const bare = withoutComponent(card, item.begin)
    if (moment?.property === undefined || series === undefined) return ok(new TextEncoder().encode(textOf(bare)))
    const { params, valueType } = moment.property
    const stated = valueType === 'unknown' ? [] : [['value', [valueType.toUpperCase()]] as const]
    const edited = added(
      { reader, card: bare, begin: series.begin },
      {
        name: 'exdate',
        params: [...params.filter(([name]) => name === 'tzid'), ...stated],
        components: [[valueIn(moment).trim()]]
      }
    )
    invariant(componentOf(edited).name === kind.name, 'an occurrence is left out of its own series')
    return ok(new TextEncoder().encode(textOf(edited.card)))
  })
