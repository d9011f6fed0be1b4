/**
 * What appointments and tasks say alike: text, importance, sensitivity, reminder, the record they are about, their
 * categories, and the files that lie in them.
 */
import type { ContentRef, Fields, InstantMs, Result } from '../../../model/index.js'
import { fail, isEmpty, limits, ok } from '../../../model/index.js'
import type { Decoded } from '../kind.js'
import type { Card, Entry } from '../lines/entry.js'
import { longestText } from '../lines/plain.js'
import { markerOf } from '../marker.codec.js'
import type { Component } from './calendar.js'
import { linesNamed, paramOf, textIn, valueIn } from './calendar.js'
import { instantText } from './moment.js'
import type { Extent } from './time.js'
import { later, momentOf, spanOf } from './time.js'
import type { Times } from './zone.js'
import { clockOfZone } from './zone.js'

/** Part of a body too long for a snapshot: the name of the field that it would have been. */
export const bodyPart = 'body'

/** What a component says, of fields that were read from it. `Malformed` where a value is longer than any may be. */
export const decodedOf = (component: Component, all: Fields): Result<Decoded> => {
  const fields = Object.fromEntries(Object.entries(all).filter(([, value]) => !isEmpty(value)))
  const tooLong = Object.entries(fields).find(([, value]) => longestText(value) > limits.fieldLengthMax)
  if (tooLong !== undefined) return tooMany(`${tooLong[0]}: expected at most ${limits.fieldLengthMax} characters`)
  const categories = categoriesOf(component)
  if (categories.length > limits.fieldsMax) return tooMany(`CATEGORIES: expected at most ${limits.fieldsMax} words`)
  const { body, ...short } = fields
  const isContent = typeof body === 'string' && isLarge(body)
  const marker = markerOf(textIn(component, 'x-liaison-record'))
  const contents = [...attachmentsOf(component).map(({ ref }) => ref), ...(isContent ? [bodyContent(body)] : [])]
  return ok({
    fields: isContent ? short : fields,
    ...(categories.length > 0 && { categories }),
    ...(marker !== undefined && { marker }),
    ...(contents.length > 0 && { contents })
  })
}

const tooMany = (path: string): Result<never> => fail({ _tag: 'Malformed', side: 'mail', paths: [path] })

/** Fields of both kinds. */
export const commonFields = (times: Times, card: Card, component: Component, extent: Extent): Fields => {
  const reminderMs = reminderOf(times, card, component, extent)
  return {
    subject: textIn(component, 'summary'),
    body: bodyOf(component),
    importance: importanceOf(component),
    sensitivity: sensitivityOf(component),
    reminderAt: reminderMs === undefined ? '' : instantText(reminderMs),
    regarding: textIn(component, 'x-liaison-regarding'),
    regardingName: textIn(component, 'x-liaison-regarding-name')
  }
}

/** The line that holds a body as HTML: Outlook's, or RFC 9073's. */
export const richLineOf = (component: Component): Entry | undefined =>
  linesNamed(component, 'x-alt-desc', 'styled-description').find(
    (entry) => paramOf(entry, 'fmttype')?.toLowerCase() === 'text/html' && valueIn(entry) !== ''
  )

export const bodyOf = (component: Component): string => {
  const rich = richLineOf(component)
  return rich === undefined ? textIn(component, 'description') : valueIn(rich)
}

/** 1 to 4 is high, 5 normal, 6 to 9 low (RFC 5545, 3.8.1.9); without it Outlook's own number. */
export const importanceOf = (component: Component): string => {
  const priority = Number.parseInt(textIn(component, 'priority'), 10)
  if (priority >= 1 && priority <= 9) return priority < 5 ? 'high' : priority === 5 ? 'normal' : 'low'
  return ['low', 'normal', 'high'][Number.parseInt(textIn(component, 'x-microsoft-cdo-importance'), 10)] ?? ''
}

const sensitivities: { readonly [written: string]: string } = {
  public: 'normal',
  private: 'private',
  confidential: 'confidential',
  'x-personal': 'personal'
}

/** A class that nobody knows is to be treated as private (RFC 5545, 3.8.1.3). */
export const sensitivityOf = (component: Component): string => {
  const written = textIn(component, 'class').trim().toLowerCase()
  if (written === '') return ''
  return Object.hasOwn(sensitivities, written) ? (sensitivities[written] ?? '') : 'private'
}

export const writtenSensitivity = (sensitivity: string): string =>
  (Object.keys(sensitivities).find((written) => sensitivities[written] === sensitivity) ?? 'private').toUpperCase()

/**
 * Alarms that remind a person at some time: not those that a program keeps for itself (ACTION:NONE), that wait for a
 * place, or that are the second ring of another one.
 */
export const remindersIn = (component: Component): ReadonlyArray<Component> =>
  component.children.filter(
    (alarm) =>
      alarm.name === 'VALARM' &&
      textIn(alarm, 'trigger') !== '' &&
      textIn(alarm, 'action').toUpperCase() !== 'NONE' &&
      textIn(alarm, 'x-apple-proximity') === '' &&
      linesNamed(alarm, 'related-to').length === 0
  )

/** When the first reminder rings. A trigger that cannot be read rings never, and is kept. */
const reminderOf = (times: Times, card: Card, component: Component, extent: Extent): InstantMs | undefined => {
  const [alarm] = remindersIn(component)
  const [trigger] = alarm === undefined ? [] : linesNamed(alarm, 'trigger')
  if (trigger === undefined) return undefined
  const span = spanOf(times.library, valueIn(trigger))
  if (span === undefined) {
    const moment = momentOf(times, card, trigger)
    return moment._tag === 'Right' && moment.right.is === 'time' ? moment.right.atMs : undefined
  }
  const isEnd = paramOf(trigger, 'related')?.toUpperCase() === 'END'
  const anchor = isEnd ? (extent.end ?? extent.start) : (extent.start ?? extent.end)
  if (anchor === undefined) return undefined
  const clock = clockOfZone(times, times.timeZone)
  const timed =
    anchor.is === 'time' ? anchor : { ...anchor, is: 'time' as const, clock, atMs: clock.instantOf(anchor.localMs) }
  const rings = later(timed, span)
  return rings.is === 'time' ? rings.atMs : undefined
}

export const categoriesOf = (component: Component): ReadonlyArray<string> =>
  [...new Set(linesNamed(component, 'categories').flatMap(({ property }) => property?.components.flat() ?? []))].filter(
    (word) => word !== ''
  )

/** Whether the body is a content, and no field. */
export const hasBodyContent = (component: Component): boolean => isLarge(bodyOf(component))

const isLarge = (text: string): boolean => Buffer.byteLength(text) > limits.inlineBytesMax

const bodyContent = (body: string): ContentRef => ({
  part: bodyPart,
  type: 'text/plain; charset=utf-8',
  bytes: Buffer.byteLength(body)
})

/** A file that lies in the item itself. One that is only named is never fetched. */
interface Attachment {
  readonly ref: ContentRef
  readonly base64: string
}

/** Names that producers give to the parameter with the name of the file. */
const fileNames = ['filename', 'x-filename', 'x-oracle-filename', 'x-apple-filename', 'x-evolution-caldav-attach-name']

const attachmentsOf = (component: Component): ReadonlyArray<Attachment> =>
  linesNamed(component, 'attach').flatMap((entry, index) => {
    const base64 = inlineOf(entry)
    if (base64 === undefined) return []
    const name = fileNames.map((param) => paramOf(entry, param)).find((found) => found !== undefined)
    const type = paramOf(entry, 'fmttype') ?? 'application/octet-stream'
    return [
      {
        ref: { part: `attach-${index + 1}`, ...(name !== undefined && { name }), type, bytes: bytesOf(base64) },
        base64
      }
    ]
  })

const inlineOf = (entry: Entry): string | undefined => {
  const isBase64 = paramOf(entry, 'encoding')?.toUpperCase() === 'BASE64'
  if (!isBase64 && entry.property?.valueType !== 'binary') return undefined
  return valueIn(entry).replace(/\s+/g, '')
}

const bytesOf = (base64: string): number =>
  Math.floor(((base64.length - (base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0)) * 3) / 4)

/** The bytes of a part; `undefined` where there is no such one. */
export const contentIn = (component: Component, part: string): Uint8Array | undefined => {
  if (part === bodyPart) return hasBodyContent(component) ? new TextEncoder().encode(bodyOf(component)) : undefined
  const attachment = attachmentsOf(component).find(({ ref }) => ref.part === part)
  return attachment && new Uint8Array(Buffer.from(attachment.base64, 'base64'))
}

/** A list of addresses in the order of the file, each once. */
export const addressesOf = (entries: ReadonlyArray<Entry>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return entries.flatMap((entry) => {
    const address = addressOf(entry)
    const folded = address.toLowerCase()
    if (address === '' || seen.has(folded)) return []
    seen.add(folded)
    return [address]
  })
}

/** The address of a person: a mailto, or what EMAIL says where the person is named by something else. */
export const addressOf = (entry: Entry): string => {
  const uri = valueIn(entry).trim()
  const mailto = /^mailto:(.*)$/is.exec(uri)?.[1]?.trim()
  const stated = paramOf(entry, 'email') ?? paramOf(entry, 'x-email') ?? ''
  if (mailto === undefined)
    return stated !== '' ? stated.replace(/^mailto:/i, '') : uri.includes('@') && !uri.includes(':') ? uri : ''
  try {
    return decodeURIComponent(mailto)
  } catch {
    return mailto
  }
}
