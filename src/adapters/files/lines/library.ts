/**
 * The door to ical.js, an optional peer: loaded at first use, or handed in. Only what this adapter calls is named
 * here, so that no declaration of ours names that package and a host may pass its own copy.
 */
import type { Answer, Result } from '../../../model/index.js'
import { fail, ok } from '../../../model/index.js'

/** What this adapter calls of ical.js; its default export fits. @public */
export interface VCardLibrary {
  readonly parse: { property(line: string, design?: unknown): unknown }
  readonly stringify: {
    property(property: Array<unknown>, design: unknown, noFold: boolean): string
    value(value: string, type: string, design: unknown, structured: unknown): string
  }
  readonly design: { readonly vcard: unknown; readonly vcard3: unknown; readonly icalendar?: unknown }
  readonly helpers: { foldline(line: string): string }
  /** Only of calendars are these asked. */
  readonly Duration?: { fromString(text: string): IcalDuration }
  readonly Recur?: { fromString(text: string): IcalRecur }
  readonly Time?: { fromDateTimeString(text: string): unknown }
}

/** A span of time, as ical.js reads it: weeks and days are days of the calendar. @public */
export interface IcalDuration {
  readonly weeks: number
  readonly days: number
  readonly hours: number
  readonly minutes: number
  readonly seconds: number
  readonly isNegative: boolean
}

/** A rule of recurrence, as ical.js reads it. @public */
export interface IcalRecur {
  readonly freq: string
  readonly interval: number
  readonly count?: number | null
  readonly until?: { toString(): string } | null
  iterator(start: unknown): { next(): { toString(): string } | null | undefined }
}

/** ical.js itself, or how to load it. @public */
export type VCardSource = VCardLibrary | (() => Promise<unknown>)

/** Loads ical.js once. A failure is not kept: it may be installed while the host runs. */
export const libraryOf = (given?: VCardSource): (() => Answer<VCardLibrary>) => {
  let loaded: VCardLibrary | undefined
  return async () => {
    if (loaded !== undefined) return ok(loaded)
    const found = await load(given ?? (() => import('ical.js')))
    if (found._tag === 'Right') loaded = found.right
    return found
  }
}

const load = async (source: VCardSource): Answer<VCardLibrary> => {
  if (typeof source !== 'function') return checked(source)
  try {
    return checked(await source())
  } catch (thrown) {
    // Anything but a missing package is a defect of that package, and not ours to hide.
    if (!isMissing(thrown)) throw thrown
    return fail(missing)
  }
}

const missing = {
  _tag: 'Unsupported',
  what: 'vCard and iCalendar files: the optional peer ical.js is not installed',
  remedy: 'npm install ical.js, or hand it in: files({ root, ical: ICAL })'
} as const

const checked = (module: unknown): Result<VCardLibrary> => {
  const library = isLibrary(module) ? module : member(module, 'default')
  return isLibrary(library) ? ok(library) : fail(missing)
}

const isMissing = (thrown: unknown): boolean => {
  const code = member(thrown, 'code')
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
}

const isLibrary = (value: unknown): value is VCardLibrary =>
  typeof member(value, 'parse', 'property') === 'function' &&
  typeof member(value, 'stringify', 'property') === 'function' &&
  typeof member(value, 'stringify', 'value') === 'function' &&
  typeof member(value, 'helpers', 'foldline') === 'function' &&
  member(value, 'design', 'vcard3') !== undefined

const member = (value: unknown, ...path: ReadonlyArray<string>): unknown =>
  path.reduce<unknown>(
    (holder, name) =>
      (typeof holder === 'object' && holder !== null) || typeof holder === 'function'
        ? Reflect.get(holder, name)
        : undefined,
    value
  )
