/**
 * Arrivals as a file: `mailbox,epoch_seconds` a line, or `mailbox,start,epoch_seconds` where mailboxes were not all
 * watched from the same instant. A first line that names the columns is skipped.
 */
const dayS = 24 * 60 * 60

/** The fleet of a file, or the line that is no arrival. Every mailbox is watched for as long as the longest one. */
export const fleetFromCsv = (text) => {
  const lines = text.split(/\r?\n/)
  const mailboxes = new Map()
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue
    const cells = line.split(',').map((cell) => cell.trim())
    const times = cells.slice(1).map((cell) => (cell === '' ? Number.NaN : Number(cell)))
    if (index === 0 && times.every(Number.isNaN)) continue
    if (times.length < 1 || times.length > 2 || !times.every(Number.isFinite))
      throw new RangeError(`line ${index + 1}: expected mailbox,epoch_seconds or mailbox,start,epoch_seconds`)
    if (times.some((time) => time > 1e11))
      throw new RangeError(`line ${index + 1}: expected seconds of the epoch, and this looks like milliseconds`)
    const [id] = cells
    const mailbox = mailboxes.get(id) ?? { id, arrivals: [] }
    mailboxes.set(id, mailbox)
    mailbox.arrivals.push(times.at(-1))
    if (times.length === 2) mailbox.startS = times[0]
  }
  if (mailboxes.size === 0) throw new RangeError('no arrivals')
  return spanned([...mailboxes.values()])
}

const spanned = (mailboxes) => {
  const sorted = mailboxes.map((mailbox) => ({ ...mailbox, arrivals: Float64Array.from(mailbox.arrivals).sort() }))
  const first = sorted.reduce((least, { arrivals }) => Math.min(least, arrivals[0]), Number.POSITIVE_INFINITY)
  const started = sorted.map((mailbox) => ({ ...mailbox, startS: mailbox.startS ?? Math.floor(first / dayS) * dayS }))
  const longestS = started.reduce((most, { startS, arrivals }) => Math.max(most, arrivals.at(-1) - startS), 0)
  const spanS = Math.max(1, Math.ceil(longestS / dayS)) * dayS
  return started.map(({ id, startS, arrivals }) => ({
    id,
    startS,
    endS: startS + spanS,
    zoneHours: 0,
    arrivals: arrivals.filter((atS) => atS > startS)
  }))
}

export const csvFromFleet = (fleet) => {
  const lines = fleet.flatMap(({ id, startS, arrivals }) => Array.from(arrivals, (atS) => `${id},${startS},${atS}`))
  return `mailbox,start,epoch_seconds\n${lines.join('\n')}\n`
}
