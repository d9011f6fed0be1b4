/**
 * What is compared. Each contestant has one figure that makes it dearer or cheaper; a higher one means fewer visits, and `guess`
 * is where the search for it begins.
 * `at(figure)` answers a policy: `begin(mailbox)` makes the state that it keeps of a mailbox, `next` changes it and says
 * after how many seconds to come back, from `arrivals[from..to)`, which this visit was the first to see.
 */
import { adaptive, client, nextSync, paceFor, stepped } from 'liaison/schedule'
import { scoredFromS } from './replay.mjs'

const leastS = 2 * 60
const mostS = 12 * 60
const within = (seconds) => Math.min(mostS, Math.max(leastS, seconds))

/** The three levels of what a server tells: when everything came, how much, or only that something did. */
const none = { changes: 0, arrivalsAtMs: [] }
export const observations = {
  arrivals: (arrivals, from, to) => {
    if (from === to) return none
    return { changes: to - from, arrivalsAtMs: Array.from(arrivals.subarray(from, to), (atS) => atS * 1000) }
  },
  count: (_arrivals, from, to) => ({ changes: to - from }),
  changed: (_arrivals, from, to) => ({ changes: to > from ? 1 : 0, uncounted: true })
}

/** A policy of the package, asked as an application asks it. */
export const shipped = (policy, observe = observations.arrivals) => ({
  begin: ({ id }) => ({ pace: paceFor(id) }),
  next: (state, arrivals, from, to, nowS) => {
    const next = nextSync(policy, state.pace, observe(arrivals, from, to), nowS * 1000)
    state.pace = next.state
    return next.delayMs / 1000
  }
})

/** All of its figures longer or shorter by one factor, within the bounds that every contestant keeps. */
const scaledSteps = (factor) => {
  const scaled = (ms) => within((ms * factor) / 1000) * 1000
  return {
    ...stepped,
    busyDelayMs: scaled(stepped.busyDelayMs),
    activeDelayMs: scaled(stepped.activeDelayMs),
    idleStepMs: stepped.idleStepMs * factor,
    idleDelayMsMax: scaled(stepped.idleDelayMsMax)
  }
}

const fixed = {
  name: 'fixed interval',
  guess: 5 * 60,
  at: (seconds) => ({ begin: () => undefined, next: () => within(seconds) })
}

const atClient = {
  name: '`client`',
  guess: 5 * 60,
  at: (seconds) => shipped({ ...client, intervalMs: within(seconds) * 1000, intervalMsMin: leastS * 1000 })
}

const atStepped = {
  name: '`stepped`, scaled',
  guess: 1,
  at: (factor) => shipped(scaledSteps(factor))
}

/** Additive increase, multiplicative decrease: what one would write in an afternoon, and the bar to be cleared. */
const aimd = {
  name: 'AIMD',
  guess: 10,
  at: (addedS) => ({
    begin: () => ({ delayS: 5 * 60 }),
    next: (state, _arrivals, from, to) => {
      state.delayS = within(to > from ? state.delayS * 0.8 : state.delayS + addedS)
      return state.delayS
    }
  })
}

const atAdaptive = (name, observe, taste = {}) => ({
  name,
  guess: adaptive.visitPrice,
  at: (visitPrice) => shipped({ ...adaptive, ...taste, visitPrice }, observe)
})

/**
 * What could be had by who knows beforehand how much comes at which hour to whom, and not at which minute: an interval of
 * √(2 · price / rate) wastes nothing where arrivals are even. No policy for use: it has read the future.
 */
const hindsight = (learnShare) => ({
  name: 'hour of the week, in hindsight',
  guess: 20,
  at: (price) => ({
    begin: (mailbox) => ratesInHindsight(mailbox, scoredFromS(mailbox, learnShare)),
    next: (rates, _arrivals, _from, _to, nowS) => within(Math.sqrt((2 * price) / rates[slotOf(nowS + mostS / 4)]))
  })
})

/** 24 hours of working days, then 24 of weekends; UTC, since each mailbox has rates of its own. */
const slotOf = (atS) => {
  const hour = Math.floor(atS / 3600) + 3 * 24 // 0 is a Monday, 00:00
  return (hour % 24) + (hour % (7 * 24) < 5 * 24 ? 0 : 24)
}

const ratesInHindsight = ({ arrivals, endS }, fromS) => {
  const counts = new Float64Array(48)
  const seconds = new Float64Array(48)
  for (let atS = Math.floor(fromS / 3600) * 3600; atS < endS; atS += 3600) seconds[slotOf(atS)] += 3600
  for (const atS of arrivals) if (atS >= fromS) counts[slotOf(atS)] += 1
  // Half a message more, and the time that it would take on average: an hour without mail is no proof that none comes.
  const total = counts.reduce((sum, count) => sum + count, 0)
  const halfMessageS = (0.5 * (endS - fromS)) / Math.max(0.5, total)
  return counts.map((count, slot) => (count + 0.5) / (seconds[slot] + halfMessageS))
}

export const contestants = (learnShare) => ({
  fixed,
  client: atClient,
  stepped: atStepped,
  aimd,
  adaptive: atAdaptive('`adaptive`', observations.arrivals),
  adaptiveCount: atAdaptive('`adaptive`, told counts', observations.count),
  adaptiveChanged: atAdaptive('`adaptive`, told yes or no', observations.changed),
  adaptiveLong: atAdaptive('`adaptive`, `longWaits: 1`', observations.arrivals, { longWaits: 1 }),
  hindsight: hindsight(learnShare)
})

/** With the figures that they come with, whatever that costs. */
export const asShipped = [
  { key: 'client', name: '`client`', policy: shipped(client) },
  { key: 'stepped', name: '`stepped`', policy: shipped(stepped) },
  { key: 'adaptive', name: '`adaptive`', policy: shipped(adaptive) }
]
