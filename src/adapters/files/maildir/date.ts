/**
 * The date of a header (RFC 5322, 3.3, and its obsolete forms) as an instant. A platform's own reading of such dates
 * takes those without a zone for local ones: the same message would say another instant on another machine.
 */
import type { InstantMs } from '../../../model/index.js'

const pattern =
  /(\d{1,2})\s+([a-z]{3})[a-z]*\s+(\d{2,4})\s+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s+([+-]\d{4}|[a-z]{1,5}))?/i

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** Hours of the zones that old programs name. Any other name is as good as UTC. */
const zones: { readonly [name: string]: number } = {
  EDT: -4,
  EST: -5,
  CDT: -5,
  CST: -6,
  MDT: -6,
  MST: -7,
  PDT: -7,
  PST: -8
}

/** `undefined` where the text holds no date. */
export const instantOfHeader = (text: string): InstantMs | undefined => {
  const [, day, name = '', year = '', hour, minute, second = '0', zone = ''] = pattern.exec(text.slice(0, 200)) ?? []
  const month = months.indexOf(name.toLowerCase())
  if (day === undefined || month < 0) return undefined
  const date = new Date(
    Date.UTC(fullYear(year), month, Number(day), Number(hour), Number(minute), Math.min(59, Number(second)))
  )
  const isReal = date.getUTCDate() === Number(day) && Number(hour) <= 23 && Number(minute) <= 59
  return isReal ? date.getTime() - offsetMs(zone) : undefined
}

/** Two digits up to 49 are of this century, three count from 1900. */
const fullYear = (year: string): number =>
  year.length === 4 ? Number(year) : Number(year) + (year.length === 2 && Number(year) < 50 ? 2000 : 1900)

const offsetMs = (zone: string): number => {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(zone) ?? []
  if (sign === undefined) return (zones[zone.toUpperCase()] ?? 0) * 3_600_000
  const ms = (Number(hours) * 60 + Number(minutes)) * 60_000
  return sign === '-' ? -ms : ms
}
