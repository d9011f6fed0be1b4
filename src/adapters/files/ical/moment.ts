/**
 * Moments as a calendar writes them: a date, a local time of some zone, an instant, a time of no zone. What is read
 * here is their text alone; which instant a local time is, its zone's clock says.
 */
import type { LocalMs } from '../../../model/index.js'
import { dateOfLocal, localOfDate } from '../../../model/index.js'

/** `date`: a day. `local`: what a clock showed. `utc`: an instant. */
export type Written =
  | { readonly is: 'date'; readonly localMs: LocalMs }
  | { readonly is: 'local'; readonly localMs: LocalMs }
  | { readonly is: 'utc'; readonly localMs: LocalMs }

const pattern = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/

/** `undefined` where the text is no moment, or one that no calendar has. A leap second is the one before. */
export const writtenOf = (text: string): Written | undefined => {
  const [, year = '', month = '', day = '', hour, minute = '', second = '', zulu] = pattern.exec(text.trim()) ?? []
  const dayLocalMs = localOfDate(`${year}-${month}-${day}`)
  if (dayLocalMs === undefined) return undefined
  if (hour === undefined) return { is: 'date', localMs: dayLocalMs }
  const [h, m, s] = [Number(hour), Number(minute), Math.min(59, Number(second))]
  if (h > 23 || m > 59 || Number(second) > 60) return undefined
  const localMs = dayLocalMs + ((h * 60 + m) * 60 + s) * 1000
  return { is: zulu === undefined ? 'local' : 'utc', localMs }
}

const isoOf = (localMs: LocalMs): string => new Date(localMs).toISOString()

/** `20260309`. */
export const dateText = (localMs: LocalMs): string => dateOfLocal(localMs).replaceAll('-', '')

/** `20260309T090000`. */
export const localText = (localMs: LocalMs): string => isoOf(localMs).slice(0, 19).replaceAll(/[-:]/g, '')

/** `20260309T090000Z`. */
export const utcText = (instantMs: number): string => `${localText(instantMs)}Z`

/** `2026-03-09T09:00:00Z`, with thousandths only where there are some. */
export const instantText = (instantMs: number): string => isoOf(instantMs).replace('.000Z', 'Z')
