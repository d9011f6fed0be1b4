/**
 * A fleet of office mailboxes that nobody owns: seeded, so that a seed gives the same mail wherever it is run.
 * The shapes are those that studies of office mail agree on: few mailboxes get most of the mail (lognormal), a day has
 * two humps and a week has five days, people are away, and a message brings others (a Hawkes process).
 */
const hourS = 3600
const dayS = 24 * hourS

const figures = {
  startS: Date.UTC(2026, 0, 5) / 1000, // a Monday
  messagesADayMedian: 25,
  messagesADaySpread: 1.1,
  messagesADayMax: 400,
  daySpread: 0.35,
  zoneHours: [-8, -5, -5, 0, 0, 1, 1, 1, 2, 2, 3, 5.5, 8, 10],
  workdayShiftHours: 1.5,
  publicHolidayChance: 1 / 40,
  publicHolidayShare: 0.15,
  leaveChance: 0.35,
  leaveShare: 0.3,
  // How many messages one message brings, and how soon: the quick answers, and the slow ones.
  bursts: [
    { children: 0.2, meanS: 8 * 60 },
    { children: 0.15, meanS: 2 * hourS }
  ]
}

/** `[{ id, startS, endS, zoneHours, arrivals }]`, arrivals in whole seconds of the epoch, sorted. */
export const officeFleet = ({ seed, mailboxes, weeks }) => {
  const holidays = publicHolidays(lots(seed, 0), weeks * 7)
  return Array.from({ length: mailboxes }, (_, index) => officeMailbox(lots(seed, index + 1), index, weeks, holidays))
}

const officeMailbox = (lot, index, weeks, holidays) => {
  const { startS, messagesADayMedian, messagesADaySpread, messagesADayMax, zoneHours, workdayShiftHours } = figures
  const endS = startS + weeks * 7 * dayS
  const rate = Math.min(messagesADayMax, messagesADayMedian * Math.exp(messagesADaySpread * lot.normal()))
  const zone = zoneHours[lot.below(zoneHours.length)]
  const shiftS = (zone + workdayShiftHours * lot.normal()) * hourS
  const days = dayShares(lot, weeks * 7, holidays)
  const ownShare = 1 - figures.bursts.reduce((sum, { children }) => sum + children, 0)

  const arrivals = []
  for (let atS = startS; atS < endS; atS += hourS) {
    const share = days[Math.floor((atS - startS) / dayS)] * hourShare(atS + hourS / 2 + shiftS)
    const count = lot.poisson((rate / 24) * ownShare * share)
    for (let own = 0; own < count; own += 1) arrivals.push(atS + hourS * lot.next())
  }
  // The list grows while it is walked: what a message brings may bring more.
  for (let parent = 0; parent < arrivals.length; parent += 1)
    for (const { children, meanS } of figures.bursts)
      for (let left = lot.poisson(children); left > 0; left -= 1) arrivals.push(arrivals[parent] + lot.waitS(meanS))
  const within = arrivals.map(Math.round).filter((atS) => atS < endS)
  const id = `office-${String(index + 1).padStart(3, '0')}`
  return { id, startS, endS, zoneHours: zone, arrivals: Float64Array.from(within).sort() }
}

/** How much of an average hour's mail the hour of a week brings; local time, the mean over a week is 1. */
const hourShare = (localS) => {
  const hour = Math.floor(localS / hourS + 3 * 24) % (7 * 24) // the epoch began on a Thursday; 0 is Monday 00:00
  return week[(hour + 7 * 24) % (7 * 24)]
}

const hump = (hour, at, width) => Math.exp(-(((hour - at) / width) ** 2) / 2)
const workHour = (hour) => 0.03 + hump(hour, 10.5, 1.9) + 0.85 * hump(hour, 15, 1.8) + 0.1 * hump(hour, 20.5, 1.5)
const weekendHour = (hour) => 0.03 + 0.09 * hump(hour, 14, 5)
const weekShape = Array.from({ length: 7 * 24 }, (_, hour) =>
  hour < 5 * 24 ? workHour((hour % 24) + 0.5) : weekendHour((hour % 24) + 0.5)
)
const weekMean = weekShape.reduce((sum, share) => sum + share, 0) / weekShape.length
const week = weekShape.map((share) => share / weekMean)

/** No two days are alike, on a holiday little comes, and somebody on leave gets less for a week or two. */
const dayShares = (lot, days, holidays) => {
  const { daySpread, publicHolidayShare, leaveChance, leaveShare } = figures
  const shares = Array.from({ length: days }, (_, day) => {
    const share = Math.exp(daySpread * lot.normal() - daySpread ** 2 / 2)
    return holidays.has(day) ? share * publicHolidayShare : share
  })
  if (lot.next() >= leaveChance) return shares
  const from = 7 * lot.below(Math.ceil(days / 7))
  const to = from + 7 * (1 + lot.below(2))
  return shares.map((share, day) => (day >= from && day < to ? share * leaveShare : share))
}

const publicHolidays = (lot, days) =>
  new Set(
    Array.from({ length: days }, (_, day) => day).filter(
      (day) => lot.next() < figures.publicHolidayChance && day % 7 < 5
    )
  )

/** A stream of its own for each mailbox, so that a fleet of ten is the beginning of a fleet of a hundred. */
const lots = (seed, stream) => {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const waitS = (meanS) => -meanS * Math.log(1 - next())
  return {
    next,
    waitS,
    below: (limit) => Math.floor(next() * limit),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    /** As many waits of mean 1 as fit into `mean`. */
    poisson: (mean) => {
      let count = 0
      for (let left = mean - waitS(1); left > 0; left -= waitS(1)) count += 1
      return count
    }
  }
}
