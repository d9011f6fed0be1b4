/**
 * Offsets of time zones from the platform's own data, for a host that hands none in. The engine has its own of these;
 * an adapter stands beside the engine and does not see it.
 */
import type { Zones } from '../../model/index.js'

const formats = new Map<string, Intl.DateTimeFormat>()

const formatOf = (zone: string): Intl.DateTimeFormat | undefined => {
  // One clock for all capitals: names come from files, which could spell one zone in thousands of ways.
  const name = zone.toLowerCase()
  const known = formats.get(name)
  if (known !== undefined) return known
  try {
    const made = new Intl.DateTimeFormat('en-US-u-ca-iso8601-nu-latn', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit'
    })
    formats.set(name, made)
    return made
  } catch {
    // A RangeError is how `Intl` says that it does not know a zone. Names of those come from files, and are not kept.
    return undefined
  }
}

export const platformZones: Zones = {
  version: `platform/${process.versions['tz'] ?? 'unknown'}`,
  offsetMs: (zone, instantMs) => {
    if (zone === 'UTC') return 0
    const format = formatOf(zone)
    if (format === undefined) return undefined
    const parts = Object.fromEntries(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]))
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(instantMs / 1000) * 1000
  }
}
